// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"regexp"
	"strings"
	"testing"
)

const find = ".find [data-search]"

// minute is that of the clock, which goes on.
var minute = regexp.MustCompile(`\d+:\d\d`)

// B02.2: a name that is at another clinic only does not exist for her.
func searchStopsAtTheTurf(t *testing.T, h *house) {
	for _, s := range []Screen{Phone, Desk} {
		p := h.as(t, "captain", s)
		search := func(name string) {
			p.Go("/people")
			p.Type(find, name)
			p.Submit(find)
		}
		said := func(name string) string {
			return minute.ReplaceAllString(strings.ReplaceAll(p.Main(), name, "…"), "…")
		}
		search("Zimmerman") // of Eagan, Woodbury and Blaine
		elsewhere := said("Zimmerman")
		p.SeesNot("Teressa", "Stormie", "Kelsey")
		search("Qqzzxx")
		if nowhere := said("Qqzzxx"); nowhere != elsewhere {
			t.Errorf("%s: a name of another clinic is told from one that is nowhere:\n%s\n%s", s.Name, elsewhere, nowhere)
		}
		search("Bakken")
		p.Sees("Bakken, Sasha")
	}
}

// B02.3: her list leaves by Print alone, and the print is on record.
func printIsOnRecord(t *testing.T, h *house) {
	for _, s := range []Screen{Phone, Desk} {
		p := h.as(t, "captain", s)
		p.Follow(`main a[href^="/people"]`)
		p.Sees("Print")
		if n := Eval[int](p, `document.querySelectorAll("[href*=export], [action*=export], [download], [href$='.csv'], [href$='.xlsx']").length`); n != 0 {
			t.Errorf("%s: %d ways to a file", s.Name, n)
		}
		p.Follow(`a[href*="print=1"]`)
		p.Sees("10 people", "This print is on record with your name")

		o := h.as(t, "officer", s)
		o.Go("/audit?verb=person.print")
		o.Sees("Kali Lund", "Captain", "printed a list of people", "10")
	}
}

// B02.4: the officer signs the lost phone out; its next tap is refused.
func lostPhone(t *testing.T, h *house) {
	// She knows the phone by when it was last seen: it is the newest of hers.
	lost, o := h.as(t, "captain", Phone), h.as(t, "officer", Desk)
	lost.Go("/people")
	lost.Sees("Bakken, Sasha")

	o.Go("/access?show=roles")
	o.Follow(`//a[contains(., "Kali Lund")]`)
	o.Sees("Phones and computers", "Browser of the demo")
	for Eval[int](o, `document.querySelectorAll("form[action$='/signout'] .danger").length`) > 0 {
		o.Follow(`form[action$="/signout"] .danger`)
	}
	o.Sees("signed out")

	lost.Follow(`main a[href^="/people/"]`)
	lost.SeesNot("Bakken", "Sasha", "Hastings")
	lost.Sees("This phone was signed out by Ruth Amundson")
	lost.Silent()
	lost.Fit()
	lost.Shot("signed-out")
}

// B25.1: who opened, listed and changed a person's record; and whose doing it was.
func trailOfAPerson(t *testing.T, h *house) {
	for _, s := range []Screen{Phone, Desk} {
		p := h.as(t, "data_lead", s)
		p.Go("/people")
		p.Type(find, "Thorson Brenda")
		p.Submit(find)
		p.Follow(`//a[contains(., "Thorson, Brenda")]`)
		p.Sees("Brenda")
		id := p.Path()[len("/people/"):]

		o := h.as(t, "officer", s)
		o.Go("/audit?verb=person.open")
		o.Follow(`main a[href="/audit/person/` + id + `"]`)
		o.Sees("Who saw, exported or changed this?", "Thorson", "opened a profile", "saw a list of people", "Ingrid Solberg", "Data lead")
		o.Fit()
		o.Follow(`.page-head .back`)
		o.Sees("Who saw, exported and changed what")
		if o.Status != 200 {
			t.Errorf("back leads to %d", o.Status)
		}
	}
}
