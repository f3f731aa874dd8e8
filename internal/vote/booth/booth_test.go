// SPDX-License-Identifier: Apache-2.0

package booth_test

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/tenday/tenday/ballot"
	"github.com/tenday/tenday/internal/vote/booth"
)

// loads matches the imports of a module.
var loads = regexp.MustCompile(`from "\./([a-z0-9]+\.js)";|new URL\("\./([a-z]+\.js)"`)

func modules(t testing.TB) map[string]string {
	t.Helper()
	all := map[string]string{}
	paths, err := filepath.Glob("static/*.js")
	if err != nil || len(paths) < 20 {
		t.Fatal(paths, err)
	}
	for _, path := range paths {
		all[filepath.Base(path)] = string(must[[]byte](t)(booth.Static.ReadFile(filepath.ToSlash(path))))
	}
	return all
}

func TestEveryModuleIsReachedAndTagged(t *testing.T) {
	t.Parallel()

	all := modules(t)
	reached := map[string]bool{"worker.js": true}
	for _, entry := range []string{"booth.js", "trustee.js", "observer.js"} {
		tags := string(booth.Tags("/x", entry))
		for name := range all {
			if tagged := strings.Contains(tags, `"/x/`+name+`" integrity="sha384-`); tagged {
				reached[name] = true
				for _, m := range loads.FindAllStringSubmatch(all[name], -1) {
					if m[1] != "" && !strings.Contains(tags, "/x/"+m[1]) {
						t.Errorf("%s loads %s, which %s does not tag", name, m[1], entry)
					}
				}
			}
		}
		if strings.Count(tags, "<script") != 1 || !strings.HasSuffix(strings.TrimSpace(tags), "</script>") {
			t.Errorf("%s: %s", entry, tags)
		}
	}
	for queue := []string{"worker.js"}; len(queue) > 0; queue = queue[1:] {
		for _, m := range loads.FindAllStringSubmatch(all[queue[0]], -1) {
			if m[1] != "" && !reached[m[1]] {
				reached[m[1]] = true
				queue = append(queue, m[1])
			}
		}
	}
	for name := range all {
		if !reached[name] {
			t.Errorf("nothing loads %s", name)
		}
	}
}

// TestModulesTakeNoShortcuts: nothing is drawn as HTML, nothing goes elsewhere, and randomness is the browser's generator alone.
func TestModulesTakeNoShortcuts(t *testing.T) {
	t.Parallel()

	for name, body := range modules(t) {
		for _, not := range []string{"innerHTML", "insertAdjacentHTML", "document.write", "eval(", "Math.random", "alert(", "console.", "http://", "https://", "XMLHttpRequest", "sendBeacon"} {
			if strings.Contains(body, not) {
				t.Errorf("%s uses %s", name, not)
			}
		}
	}
}

func TestTheBundleIsTheHashThatAReaderComputes(t *testing.T) {
	t.Parallel()

	if _, err := exec.LookPath("sha256sum"); err != nil {
		t.Skip("sha256sum is not installed")
	}
	out, err := exec.Command("sh", "-c", "cd static && LC_ALL=C sha256sum *.js | sha256sum").Output()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Fields(string(out))[0]; got != booth.Bundle() {
		t.Errorf("a reader computes %s, we show %s", got, booth.Bundle())
	}
}

func TestModulesAreServedUnderAnyAddress(t *testing.T) {
	t.Parallel()

	get := func(path, etag string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
		r.Header.Set("If-None-Match", etag)
		w := httptest.NewRecorder()
		booth.Files().ServeHTTP(w, r)
		return w
	}
	first := get("/a/b/booth.js", "")
	if first.Code != http.StatusOK || first.Body.String() != modules(t)["booth.js"] || first.Header().Get("Content-Type") != "text/javascript; charset=utf-8" {
		t.Errorf("%d %v", first.Code, first.Header())
	}
	if again := get("/booth.js", first.Header().Get("ETag")); again.Code != http.StatusNotModified || again.Body.Len() > 0 {
		t.Errorf("asked again: %d", again.Code)
	}
	for _, path := range []string{"/", "/booth.go", "/static", "/a/../../doc.go"} {
		if w := get(path, ""); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

func TestTheListTellsMembersOnly(t *testing.T) {
	t.Parallel()

	e := newNode(t)
	el := newElection(t, 3, yesNoBlank)
	list := booth.Listed(el.public)
	reversed := slices.Clone(el.public)
	slices.Reverse(reversed)
	if string(list) != string(booth.Listed(reversed)) || len(list) != 24 {
		t.Error("the list depends on the order of the credentials")
	}
	stranger := must[ballot.Credential](t)(ballot.NewCredential(rand.Reader))
	open(t, e, el)
	for i, c := range append(slices.Clone(el.credentials), stranger) {
		got := call[bool](t, e, "crew.js", "operations.listed", map[string]any{"credential": c.Reveal(), "list": octets(list)})
		if got != (i < 3) {
			t.Errorf("credential %d is listed: %v", i, got)
		}
	}
}

// TestAChangedModuleDoesNotRun has the server change one byte of a module after the page was drawn: the browser refuses it.
func TestAChangedModuleDoesNotRun(t *testing.T) {
	t.Parallel()

	p := browsers(t)
	honest := booth.Files()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/":
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprintf(w, `<!doctype html><title>x</title>%s<main data-observer><section data-screen="ask" hidden><h1>Ask</h1></section></main>`, booth.Tags("/m", "observer.js"))
		case "/m/group.js":
			rec := httptest.NewRecorder()
			honest.ServeHTTP(rec, r)
			w.Header().Set("Content-Type", "text/javascript")
			fmt.Fprint(w, rec.Body.String()+" ")
		default:
			honest.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(srv.Close)
	p.do(chromedp.Navigate(srv.URL + "/"))
	p.hears("integrity") // it was refused
	if eval[bool](p, `!document.querySelector("[data-screen]").hidden`) {
		t.Error("a changed module runs")
	}
}
