// SPDX-License-Identifier: Apache-2.0

package booth_test

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"

	"github.com/tenday/tenday/ballot"
	"github.com/tenday/tenday/ballot/group"
	"github.com/tenday/tenday/ballot/pki"
	"github.com/tenday/tenday/internal/vote/booth"
)

// downloads lets a tab save files into a folder and returns a function that waits for one.
func downloads(p *tab) func(part string) string {
	p.t.Helper()
	dir := p.t.TempDir()
	if _, err := chromedp.Call(p.ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
		Behavior: browser.SetDownloadBehaviorBehaviorAllow, DownloadPath: dir,
		BrowserContextID: chromedp.FromContext(p.ctx).BrowserContextID,
	}); err != nil {
		p.t.Fatal(err)
	}
	return func(part string) string {
		p.t.Helper()
		for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
			found, err := filepath.Glob(filepath.Join(dir, "*"+part+"*"))
			if err != nil {
				p.t.Fatal(err)
			}
			for _, path := range found {
				if !strings.HasSuffix(path, ".crdownload") {
					return path
				}
			}
		}
		p.t.Fatalf("no file %s was saved", part)
		return ""
	}
}

// choose puts a file into a field of the screen.
func (p *tab) choose(sel, path string) {
	p.t.Helper()
	found, err := chromedp.Call(p.ctx, runtime.Evaluate, runtime.EvaluateParams{
		Expression: fmt.Sprintf(`document.querySelector('[data-screen]:not([hidden]) %s')`, sel),
	})
	if err != nil {
		p.t.Fatal(err)
	}
	if _, err := chromedp.Call(p.ctx, dom.SetFileInputFiles, dom.SetFileInputFilesParams{Files: []string{path}, ObjectID: found.Result.ObjectID}); err != nil {
		p.t.Fatal(err)
	}
}

const passphrase = "correct horse battery"

// makeKey takes a trustee from the first screen to the key that is kept, and returns its file.
func makeKey(p *tab, saved func(string) string) string {
	p.t.Helper()
	p.screen("make")
	p.write("[data-passphrase]", "short")
	p.press("make")
	p.says("passphrase.short")
	p.write("[data-passphrase]", passphrase)
	p.write("[data-passphrase-again]", passphrase+"!")
	p.press("make")
	p.says("passphrase.differs")
	p.write("[data-passphrase-again]", passphrase)
	p.press("make")
	p.screen("keep")
	p.press("download")
	path := saved("tenday-key-")
	p.press("kept")
	return path
}

// TestThreeTrusteesMakeCheckAndUseAKeyInTheirBrowsers is a whole election with a group of three: one loses everything, one comes back on another
// device with the file, two count. No secret goes out.
func TestThreeTrusteesMakeCheckAndUseAKeyInTheirBrowsers(t *testing.T) {
	t.Parallel()

	o := newOffice(t, "threshold", 3)
	first := browsers(t)
	people := []*tab{first, first.another(), first.another()}
	var saved []func(string) string
	var files []string
	for i, p := range people {
		saved = append(saved, downloads(p))
		p.do(chromedp.Navigate(fmt.Sprintf("%s/trustee/%d", o.URL, i+1)))
		files = append(files, makeKey(p, saved[i]))
	}
	for _, p := range people {
		p.screen("ready")
		p.press("check")
		p.says("key.checked")
	}
	if diff := cmp.Diff([]int{1, 2, 3}, o.checked); diff != "" {
		t.Errorf("keys checked (-want +got):\n%s", diff)
	}
	if a, b := eval[string](people[0], `document.querySelector("[data-certs]").innerText`), eval[string](people[1], `document.querySelector("[data-certs]").innerText`); a != b || len(a) < 3*64 {
		t.Errorf("fingerprints to compare differ: %q, %q", a, b)
	}

	o.el = newElectionWith(t, o.trustees, 3, yesNoBlank)
	for i, v := range [][][]int{{{0, 1, 0}}, {{0, 0, 1}}} {
		raw := must[[]byte](t)(o.el.box.Election().NewBallot(rand.Reader, o.el.credentials[i], v))
		must[ballot.Receipt](t)(o.el.box.AppendBallot(raw))
	}
	o.decrypt = true
	// Too early.
	people[0].do(chromedp.Navigate(o.URL + "/trustee/1"))
	people[0].screen("ready")
	people[0].press("decrypt")
	people[0].screen("open") // a new page does not hold the key
	people[0].write("[data-passphrase]", "another passphrase")
	people[0].press("open")
	people[0].says("key.passphrase")
	people[0].write("[data-passphrase]", passphrase) // the locked key is on this device
	people[0].press("open")
	people[0].says("archive.stage")
	o.el.closeVote()
	people[0].press("decrypt")
	people[0].screen("decrypted")

	// The second comes on a device that has nothing; first with somebody else's file.
	fresh := first.another()
	keep := downloads(fresh)
	fresh.do(chromedp.Navigate(o.URL + "/trustee/2"))
	fresh.screen("ready")
	fresh.press("decrypt")
	fresh.screen("open")
	fresh.write("[data-passphrase]", passphrase)
	fresh.press("open")
	fresh.says("key.file")
	fresh.choose("[data-key-file]", files[0])
	fresh.press("open")
	fresh.says("key.other")
	fresh.choose("[data-key-file]", files[1])
	fresh.write("[data-passphrase]", passphrase)
	fresh.press("open")
	fresh.screen("decrypted")
	fresh.press("save")
	lines := strings.Split(strings.TrimSpace(string(must[[]byte](t)(os.ReadFile(keep("tenday-decryption-"))))), "\n")
	if len(lines) != 2 || !strings.HasPrefix(lines[1], `{"owner":2,`) {
		t.Errorf("for belenios-tool: %d lines", len(lines))
	}
	if err := o.el.box.AppendResult(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]int{{0, 1, 1}}, o.el.box.Report().Result); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	o.el.toolVerifies()

	for i, path := range files {
		f := must[booth.KeyFile](t)(booth.ParseKeyFile(must[[]byte](t)(os.ReadFile(path))))
		secret := must[[]byte](t)(f.Open(passphrase))
		seed := must[pki.Seed](t)(pki.ParseSeed(secret))
		d := must[group.Secret](t)(pki.OpenDecryptionKey(seed, o.dkeys[i]))
		for _, s := range o.wire {
			for _, plain := range []string{string(secret), string(d.AppendDecimal(nil)), passphrase, base64.StdEncoding.EncodeToString(secret)} {
				if strings.Contains(s, plain) {
					t.Errorf("a secret of trustee %d goes out", i+1)
				}
			}
		}
	}
	for _, p := range append(people, fresh) {
		if said := p.console(); len(said) > 0 {
			t.Errorf("the console says %q", said)
		}
	}
}

// TestASingleTrusteeMakesAndUsesAKey is the simple form, and what is saved for belenios-tool works there.
func TestASingleTrusteeMakesAndUsesAKey(t *testing.T) {
	t.Parallel()

	o := newOffice(t, "single", 1)
	p := browsers(t)
	saved := downloads(p)
	p.do(chromedp.Navigate(o.URL + "/trustee/1"))
	makeKey(p, saved)
	p.screen("ready")
	p.press("check")
	p.says("key.checked")
	p.press("plain")
	x := must[group.Secret](t)(pki.ParsePrivateKey(must[[]byte](t)(os.ReadFile(saved(".privkey")))))
	if got := group.GeneratorSecretTable().Pow(x).String(); got != string(o.keys[0]) {
		t.Error("the saved key is another")
	}
	o.el = newElectionWith(t, o.trustees, 1, yesNoBlank)
	o.el.closeVote() // nobody voted
	o.decrypt = true
	p.do(chromedp.Navigate(o.URL + "/trustee/1"))
	p.screen("ready")
	p.press("decrypt")
	p.screen("open")
	p.write("[data-passphrase]", passphrase)
	p.press("open")
	p.screen("decrypted")
	if err := o.el.box.AppendResult(); err != nil {
		t.Fatal(err)
	}
	o.el.toolVerifies()

	p.do(chromedp.Navigate(o.URL + "/trustee/1"))
	p.screen("ready")
	if left := eval[int](p, "localStorage.length"); left != 1 {
		t.Errorf("%d keys on the device", left)
	}
	p.press("forget")
	p.says("key.forgotten")
	if left := eval[int](p, "localStorage.length"); left != 0 {
		t.Errorf("%d keys left on the device", left)
	}
}
