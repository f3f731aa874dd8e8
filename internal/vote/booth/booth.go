// SPDX-License-Identifier: Apache-2.0

package booth

import (
	"crypto/sha256"
	"crypto/sha512"
	"embed"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/tenday/tenday/ballot"
)

// Static holds the modules, in the folder static.
//
//go:embed static
var Static embed.FS

// module is one file as it is served.
type module struct {
	body    []byte
	etag    string
	sri     string   // integrity of HTML
	imports []string // names
}

var importLine = regexp.MustCompile(`(?m)^(?:import|export|\}).* from "\./([a-z0-9]+\.js)";$`)

var modules = sync.OnceValue(func() map[string]module {
	all := map[string]module{}
	names, err := fs.Glob(Static, "static/*.js")
	if err != nil {
		panic(err)
	}
	for _, name := range names {
		body, err := Static.ReadFile(name)
		if err != nil {
			panic(err) // it is in this program
		}
		sum, long := sha256.Sum256(body), sha512.Sum384(body)
		m := module{
			body: body,
			etag: `"` + base64.RawURLEncoding.EncodeToString(sum[:9]) + `"`,
			sri:  "sha384-" + base64.StdEncoding.EncodeToString(long[:]),
		}
		for _, found := range importLine.FindAllSubmatch(body, -1) {
			m.imports = append(m.imports, string(found[1]))
		}
		all[path.Base(name)] = m
	}
	return all
})

// Files serves the modules under any address, by the last part of its path. Browsers ask each time whether a module has changed: all of
// them change together with the program.
func Files() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m, ok := modules()[path.Base(r.URL.Path)]
		if !ok {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Type", "text/javascript; charset=utf-8")
		h.Set("Cache-Control", "no-cache")
		h.Set("ETag", m.etag)
		if r.Header.Get("If-None-Match") == m.etag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		_, _ = w.Write(m.body)
	})
}

// Tags returns what a page's head needs for an entry (booth.js, trustee.js or observer.js) whose modules are served under prefix: the
// script and, for everything that it imports, a preload; all with the hash that the browser holds the bytes to. It panics for a name
// that is no module.
func Tags(prefix, entry string) template.HTML {
	var b strings.Builder
	for _, name := range graph(entry) {
		tag := `<link rel="modulepreload" href="%s/%s" integrity="%s">` + "\n"
		if name == entry {
			tag = `<script type="module" src="%s/%s" integrity="%s"></script>` + "\n"
		}
		fmt.Fprintf(&b, tag, template.HTMLEscapeString(prefix), name, modules()[name].sri)
	}
	return template.HTML(b.String()) //nolint:gosec // of our own file names and hashes
}

// graph returns what entry imports, directly or not, in order of name, and entry last.
func graph(entry string) []string {
	seen := map[string]bool{entry: true}
	for queue := []string{entry}; len(queue) > 0; queue = queue[1:] {
		m, ok := modules()[queue[0]]
		if !ok {
			panic("booth: no module " + queue[0])
		}
		for _, name := range m.imports {
			if !seen[name] {
				seen[name] = true
				queue = append(queue, name)
			}
		}
	}
	delete(seen, entry)
	return append(sortedKeys(seen), entry)
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// Bundle returns one hash over all modules, in hex, for people to compare: that of the output of `sha256sum *.js` over the modules as a
// reader has saved them.
func Bundle() string {
	var list strings.Builder
	for _, name := range sortedKeys(modules()) {
		fmt.Fprintf(&list, "%x  %s\n", sha256.Sum256(modules()[name].body), name)
	}
	sum := sha256.Sum256([]byte(list.String()))
	return hex.EncodeToString(sum[:])
}

// Listed returns what the voter's page compares a credential with before anything is chosen: eight bytes of a hash of each public
// credential, in the order of the hashes. It tells nothing that the public list does not.
func Listed(credentials ballot.Credentials) []byte {
	hashes := make([][8]byte, len(credentials))
	for i, c := range credentials {
		sum := sha256.Sum256([]byte(c))
		hashes[i] = [8]byte(sum[:])
	}
	slices.SortFunc(hashes, func(a, b [8]byte) int { return slices.Compare(a[:], b[:]) })
	list := make([]byte, 0, 8*len(hashes))
	for _, h := range hashes {
		list = append(list, h[:]...)
	}
	return list
}
