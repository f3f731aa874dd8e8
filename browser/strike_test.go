// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// noticeDay is the afternoon on which the notice of the story was served; the state agency's receipt is not known.
const noticeDay = "2025-10-24T15:00"

// TestStrike goes from "we want to strike on Nov 5" to a served, reviewed notice in seven steps, then through the day: two people
// call it off, and captains say that they know.
func TestStrike(t *testing.T) {
	t.Parallel()

	if testing.Short() {
		t.Skip("short: nothing was done in a browser")
	}
	h := serve(t, Open(t), noticeDay)
	path := sevenSteps(t, h)
	lockedStart(t, h, path)
	laterStart(t, h, path)
	clockOfTheDay(t, h, path)
	strikeOff(t, h, path)
}

// sets puts values into fields by id, as a date picker does.
func sets(p *Tab, fields ...string) {
	p.t.Helper()
	for i := 0; i < len(fields); i += 2 {
		if !Eval[bool](p, fmt.Sprintf(`(() => { const e = document.getElementById(%q); e.value = %q; e.dispatchEvent(new Event("change", {bubbles: true}));
			return e.value === %q })()`, fields[i], fields[i+1], fields[i+1])) {
			p.t.Fatalf("%s: field %s does not take %q", p.Path(), fields[i], fields[i+1])
		}
	}
}

func ticks(p *Tab, name, value string) {
	p.t.Helper()
	p.Click(fmt.Sprintf(`input[name=%q][value=%q]`, name, value))
}

// taps presses the button or link with the words, inside main.
func taps(p *Tab, words string) {
	p.t.Helper()
	p.Follow(fmt.Sprintf(`//main//*[self::a or self::button][contains(., %q)]`, words))
}

// sevenSteps returns the path of the strike that was noticed.
func sevenSteps(t *testing.T, h *house) string {
	receipt := filepath.Join(t.TempDir(), "receipt.pdf")
	if err := os.WriteFile(receipt, []byte("%PDF-1.4 received, signed"), 0o600); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	p, omar, ruth := h.as(t, "strike", Desk), h.as(t, "reviewer", Phone), h.as(t, "officer", Phone)

	p.Go("/strike") // 1: what, where, when
	p.Follow(`a[href="/strike/new"]`)
	p.Type("#title", "We strike on Nov 5")
	sets(p, "starts_date", "2025-11-05", "starts_time", "07:00", "ends_date", "2025-11-06", "ends_time", "07:00")
	p.Click(`input[name="all"]`)
	taps(p, "Plan it")
	path, _, _ := strings.Cut(p.Path(), "?")
	p.Sees("Next", "by Fri 24 Oct 2025", "most lenient reading: Sun 26 Oct 2025", "state mediation agency")

	p.Go(path + "/questions") // 2: what the law asks
	ticks(p, "action.purpose", "bargaining")
	ticks(p, "action.target", "employer")
	ticks(p, "action.series_announced", "no")
	taps(p, "Save")
	p.Sees("Have the final paper checked")

	p.Follow(`main ol a[href^="/letters/"]`) // 3: the letters
	p.Sees("7:00")

	for i, q := range []*Tab{omar, ruth} { // 4: two members read the paper
		q.Go(path)
		taps(q, "Check the paper")
		q.SeesNot("7:00 a.m.", "Nov 2025")
		sets(q, "starts_date", map[bool]string{true: "2025-11-06", false: "2025-11-05"}[i == 0], "starts_time", "07:00")
		q.Click(`input[name="all"]`)
		taps(q, "This is what the paper says")
		if i == 0 { // a slip of the thumb
			q.Sees("do not say the same", "The start differs")
			q.Fit()
			q.Shot("strike-review-differs")
			sets(q, "starts_date", "2025-11-05")
			taps(q, "This is what the paper says")
		}
		q.Sees("say the same")
	}

	p.Go(path) // 5: counsel
	taps(p, "Record it")
	p.Type("#counsel input[name=counsel], input#counsel", "J. Brandt")
	taps(p, "Record")

	p.Sees("Serve the papers and keep the proof") // 6: served, each with its proof
	taps(p, "Record deliveries")
	for paper := range 2 {
		ids := Eval[[]string](p, fmt.Sprintf(`[...document.querySelectorAll("main form")[%d].querySelectorAll("section.copy")].map(e => e.id)`, paper))
		for _, id := range ids {
			if Eval[string](p, fmt.Sprintf(`document.getElementById("state-%s").value`, id)) == "received" {
				continue
			}
			day := map[bool]string{true: "2025-10-24", false: "2024-03-06"}[paper == 0]
			sets(p, "state-"+id, "received", "method-"+id, "in_person", "received-"+id+"_date", day, "received-"+id+"_time", "12:00", "proof-"+id, "receipt")
			p.Do(chromedp.SetUploadFiles(chromedp.CSS("#file-"+id), []string{receipt}))
		}
		action := Eval[string](p, fmt.Sprintf(`document.querySelectorAll("main form")[%d].getAttribute("action")`, paper))
		p.Follow(fmt.Sprintf(`form[action=%q] .form-end button`, action))
		if paper == 0 {
			p.Go(path + "/deliveries")
		}
	}

	p.Sees("Everything is there: two people confirm", "lawful") // 7: two people
	p.Fit()
	p.Shot("strike-ready")
	taps(p, "Ask for the second person")
	p.Sees("Waiting for a second person")
	omar.Go(path)
	omar.Sees("You are asked as the second person")
	omar.Fit()
	omar.Shot("strike-second")
	taps(omar, "Confirm")
	omar.Sees("The notice is served")
	t.Logf("seven steps took %v", time.Since(began).Round(time.Millisecond))
	p.Go(path)
	p.Sees("noticed", "lawful")
	for _, page := range []string{"", "/verdict", "/deliveries", "/list", "/questions"} {
		p.Go(path + page)
		p.Fit()
		omar.Go(path + page)
		omar.Fit()
		omar.Shot("strike" + strings.ReplaceAll(page, "/", "-"))
	}
	return path
}

// lockedStart: the page offers two ways and shows who would be hurt.
func lockedStart(t *testing.T, h *house, path string) {
	p := h.as(t, "strike", Phone)
	p.Go(path + "/edit")
	p.Sees("The notice has left: start, end, sites, kind and name stand")
	taps(p, "See the two ways")
	p.Sees("Both parties have signed a later start", "Withdraw, and serve a new notice", "HC-33", "339 NLRB 1262", "strikers lose their protection")
	p.Fit()
	p.Shot("strike-locked")
	p.Spanish(true)
	p.Go(path + "/verdict")
	p.Sees("Lo que dice el reloj legal", "legal", "No es asesoría legal")
	p.Fit()
	p.Shot("strike-verdict-es")
}

// laterStart: one puts the signed writing on file, another reads it on her phone; a slip moves nothing, the right start does.
func laterStart(t *testing.T, h *house, path string) {
	writing := filepath.Join(t.TempDir(), "signed.pdf")
	if err := os.WriteFile(writing, []byte("%PDF-1.4 signed by both"), 0o600); err != nil {
		t.Fatal(err)
	}
	p, omar := h.as(t, "strike", Desk), h.as(t, "reviewer", Phone)
	p.Go(path + "/change")
	sets(p, "new_starts_time", "07:30", "agreed_date", "2025-10-24", "agreed_time", "14:00")
	p.Do(chromedp.SetUploadFiles(chromedp.CSS("#document"), []string{writing}))
	p.Click("#signed")
	p.Follow(`form[action$="/extension/upload"] button`)
	p.Sees("Waiting for a second person", "7:00")
	omar.Go(path)
	omar.Sees("You are asked as the second person", "Open the writing")
	omar.SeesNot("7:30")
	omar.Fit()
	omar.Shot("strike-extension")
	for _, clock := range []string{"08:30", "07:30"} {
		sets(omar, "read_date", "2025-11-05", "read_time", clock)
		omar.Click("#signed")
		omar.Follow(`form[action$="/confirm"] button`)
		if clock == "08:30" {
			omar.Sees("names another start than the one you read")
		}
	}
	p.Go(path)
	p.Sees("Wed 5 Nov 2025, 7:30", "Start moved by a writing that both signed", "lawful")
	p.Go(path + "/change") // the end alone, by two
	sets(p, "end_date", "2025-11-07")
	p.Type(`form[action$="/end"] input[name=why]`, "Two days")
	p.Follow(`form[action$="/end"] button`)
	p.Sees("Waiting for a second person")
	omar.Go(path)
	omar.Sees("End moved", "nobody has to say Go again")
	taps(omar, "Confirm")
	p.Go(path)
	p.Sees("until Fri 7 Nov 2025")
}

// moveTo sets the demo's clock.
func moveTo(p *Tab, at string) {
	p.t.Helper()
	said := Eval[string](p, fmt.Sprintf(`fetch("/demo/clock", {method: "POST", body: new URLSearchParams({at: %q, path: "/strike"})})
		.then(async r => r.ok ? "" : r.status + " " + new DOMParser().parseFromString(await r.text(), "text/html").body.innerText)`, at))
	if said != "" {
		p.t.Fatalf("the clock does not go to %s: %.600s", at, said)
	}
}

// clockOfTheDay: on a captain's phone, ten minutes before.
func clockOfTheDay(t *testing.T, h *house, path string) {
	p := h.as(t, "captain", Phone)
	moveTo(p, "2025-11-05T06:50")
	p.Go("/strike")
	p.Follow(`//main//a[contains(., "One-day strike")]`)
	p.Go(strings.TrimSuffix(p.Path(), "/") + "/guard")
	p.Sees("Stated", "7:00 a.m.", "Now", "6:50 a.m.", "Nobody goes out yet")
	p.Fit()
	p.Shot("strike-guard")
	moveTo(p, "2025-11-05T07:20")
	p.Go(path + "/guard") // nobody said Go to this one
	p.Sees("Two people have not said Go: do not walk out")
	p.Fit()
}

// B14.1, B14.4: one asks at her desk, another confirms on her phone; captains say that they know, or are called.
func strikeOff(t *testing.T, h *house, path string) {
	p, q, captain := h.as(t, "strike", Desk), h.as(t, "reviewer", Phone), h.as(t, "captain", Phone)
	p.Go(path)
	taps(p, "Strike off")
	p.Sees("Called off", "withdraws the notice", "captain")
	p.Fit()
	p.Shot("strike-off")
	p.Type("#why-call_off", "An agreement is near")
	taps(p, "Call it off")
	p.Sees("Waiting for a second person")
	if n := Eval[int](p, `document.querySelectorAll("form[action$='/confirm']").length`); n != 0 {
		t.Error("the one who asked may confirm")
	}
	q.Go(path)
	q.Sees("Called off", "An agreement is near")
	taps(q, "Confirm")
	q.Sees("called off")
	captain.Go(path)
	captain.Sees("It is off: say that you know")
	captain.Fit()
	captain.Shot("strike-know")
	silent := func() (n int) {
		q.Go(path)
		said := Eval[string](q, `document.querySelector("#acks .badge").innerText`)
		if _, err := fmt.Sscanf(said, "%d of", &n); err != nil {
			t.Fatalf("%q: %v", said, err)
		}
		return n
	}
	before := silent()
	q.Fit()
	taps(captain, "I know")
	captain.Sees("It is called off")
	if after := silent(); after != before-1 {
		t.Errorf("%d silent, then %d", before, after)
	}
}
