// SPDX-License-Identifier: Apache-2.0

package booth_test

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/tenday/tenday/ballot"
)

// TestAnObserverVerifiesInTheBrowser sees the counts of a good archive, and why another is rejected.
func TestAnObserverVerifiesInTheBrowser(t *testing.T) {
	t.Parallel()

	o := newOffice(t, "single", 1)
	o.el = newElection(t, 3, yesNoBlank)
	var trackers []string
	for _, v := range []int{1, 2, 1} {
		vote := []int{0, 0, 0}
		vote[v] = 1
		raw := must[[]byte](t)(o.el.box.Election().NewBallot(rand.Reader, o.el.credentials[0], [][]int{vote}))
		trackers = append(trackers, must[ballot.Receipt](t)(o.el.box.AppendBallot(raw)).Tracker)
	}
	early := slices.Clone(o.el.file.b)
	o.el.count()
	o.head = o.el.box.Report().Head.Hash.String()
	p := browsers(t)
	p.do(chromedp.Navigate(o.URL + "/observe/"))
	p.screen("ask")
	p.press("verify")
	p.screen("verified")
	p.shot("7-observer")
	if got := folded(eval[string](p, `document.querySelector("[data-results]").innerText`)); got != "Strike? Yes 1 No 0 Blank 0" {
		t.Errorf("results: %q", got)
	}
	want := trackers[0] + " replaced " + trackers[1] + " replaced " + trackers[2] + " counts"
	if got := folded(eval[string](p, `document.querySelector("[data-trackers]").innerText`)); got != want {
		t.Errorf("trackers: %q, want %q", got, want)
	}
	p.says("warn.one_trustee")
	p.says("warn.small_electorate")
	p.until(fmt.Sprintf(`document.querySelector("pre").innerText.includes(%q)`, o.el.uuid))
	p.write("[data-find]", trackers[1][:10]+" "+trackers[1][10:])
	p.until(`[...document.querySelectorAll("[data-trackers] li")].filter(li => !li.hidden).length === 1`)

	again := func(reason string) {
		t.Helper()
		p.do(chromedp.Navigate(o.URL + "/observe/"))
		p.screen("ask")
		p.press("verify")
		p.screen("rejected")
		p.says(reason)
	}
	o.archive = early // does not hold the head that was announced
	again("diff.not_prefix")
	altered := slices.Clone(o.el.file.b)
	altered[len(altered)/2] ^= 1
	o.archive = altered
	again("other")
	if got := p.filled("reason"); got == "" {
		t.Error("no reason")
	}

	// An earlier file of one's own that is no beginning of it.
	o.archive, o.head = nil, ""
	path := filepath.Join(t.TempDir(), "early.bel")
	for _, c := range []struct {
		file   []byte
		screen string
	}{{early, "verified"}, {newElection(t, 1, yesNoBlank).file.b, "rejected"}} {
		if err := os.WriteFile(path, c.file, 0o600); err != nil {
			t.Fatal(err)
		}
		p.do(chromedp.Navigate(o.URL + "/observe/"))
		p.screen("ask")
		p.choose(`[data-file="earlier"]`, path)
		p.press("verify")
		p.screen(c.screen)
	}
}
