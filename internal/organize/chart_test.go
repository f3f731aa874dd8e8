// SPDX-License-Identifier: Apache-2.0

package organize_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tenday/tenday/internal/app/apptest"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/organize"
	"github.com/tenday/tenday/internal/roster"
)

// assess records a value of somebody as role.
func assess(t *testing.T, h *apptest.House, role, name string, value int) {
	t.Helper()
	err := db.Do(t.Context(), h.DB, func(tx *db.Tx) error {
		return h.Organize.RecordAssessment(h.As(role), tx, organize.Assessment{Fact: organize.Fact{Person: h.Person[name]}, Value: value, Basis: organize.Said})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// drawn returns the columns as "Town: name value, …".
func drawn(c *organize.Chart) []string {
	var all []string
	for _, col := range c.Columns {
		var cards []string
		for _, p := range col.Cards {
			text := p.Name + " " + string(rune('0'+p.Value))
			if !p.On {
				text = "(" + text + ")"
			}
			cards = append(cards, text)
		}
		all = append(all, col.Label+": "+strings.Join(cards, ", "))
	}
	return all
}

func TestTheWallChartPutsBlanksOnTopAndDimsWhatTheFilterLeavesOut(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		assess(t, h, "lead", "Omar Farah", 2)
		assess(t, h, "lead", "Blair Onlyblaine", 1)
		assess(t, h, "lead", "Omar Farah", 4)
		c, err := h.Organize.Chart(h.As("lead"), organize.Ask{By: organize.BySite, Filter: organize.Filter{Terms: []organize.Term{{Text: "job:MD"}, {Not: true, Text: "value:1"}}}})
		if err != nil {
			t.Fatal(err)
		}
		want := []string{
			"Blaine: Katherine Nguyen-Blaine 0, (Blair Onlyblaine 1), (Omar Farah 4)",
			"Eden Prairie: (Wilma Westberg 0)",
			"Hastings: Mohamed Ali 0, (Rosa Almquist 0), (Ingrid Dahl 0), Peter Dahl 0, (Åsa Lindström 0), (Katherine Nguyen 0)",
		}
		if diff := cmp.Diff(want, drawn(c)); diff != "" {
			t.Error(diff)
		}
		if c.N != 10 || c.On != 3 { // the disputed are in no count
			t.Errorf("%d of %d", c.On, c.N)
		}
	})
}

func TestTheWallChartOfARegionCountsThatRegion(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		for role, want := range map[string][]string{
			"region reader": {"Eden Prairie: Wilma Westberg 0"},
			"site reader":   {"Blaine: Katherine Nguyen-Blaine 0, Omar Farah 0, Blair Onlyblaine 0"},
		} {
			c, err := h.Organize.Chart(h.As(role), organize.Ask{By: organize.BySite})
			if err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(want[0], ",") + 1; c.N != n || len(c.Columns) != 1 || c.Columns[0].Key == "" {
				t.Errorf("%s: N %d, not %d", role, c.N, n)
			}
			got := drawn(c)
			if role == "site reader" { // in the order of names
				want = []string{"Blaine: Omar Farah 0, Katherine Nguyen-Blaine 0, Blair Onlyblaine 0"}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: %s", role, diff)
			}
			whose := map[string]string{"region reader": "region West", "site reader": "her own people"}[role] // B05.4
			if page := h.Get(role, "/chart/print", ""); !strings.Contains(page.Body, "Print of "+whose+" by The "+role) {
				t.Errorf("%s: the print does not say whose people it holds", role)
			}
			page := h.Get(role, "/chart", "")
			for _, p := range apptest.People {
				name := p[0] + " " + p[1]
				if strings.Contains(page.Body, name) != strings.Contains(got[0], name) {
					t.Errorf("%s: page and grant differ about %s", role, name)
				}
			}
		}
		if page := h.Get("lead", "/chart/print", ""); !strings.Contains(page.Body, "Print of unit scope by The lead") {
			t.Error("the print of all does not say so")
		}
		for _, role := range []string{"member", "press", "treasurer", "operator"} {
			if a := h.Get(role, "/chart", ""); a.Status != http.StatusForbidden {
				t.Errorf("%s: %d", role, a.Status)
			}
		}
	})
}

func TestTheWallChartShowsAnyPastDay(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		assess(t, h, "lead", "Omar Farah", 3)
		day := roster.DateOf(h.Clock.Now().In(time.UTC))
		h.Clock.Advance(14 * 24 * time.Hour)
		assess(t, h, "lead", "Omar Farah", 1)
		value := func(asOf roster.Date) int {
			c, err := h.Organize.Chart(h.As("site reader"), organize.Ask{By: organize.BySite, AsOf: asOf})
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range c.Columns[0].Cards {
				if p.Name == "Omar Farah" {
					return p.Value
				}
			}
			return -1
		}
		before := day
		before.Day-- // 30 October
		for _, one := range []struct {
			asOf roster.Date
			want int
		}{{before, 0}, {day, 3}, {roster.Date{}, 1}} {
			if got := value(one.asOf); got != one.want {
				t.Errorf("as of %v: %d, not %d", one.asOf, got, one.want)
			}
		}
	})
}

func TestACardGivesSomebodyAContactAndTheUndoTakesItBack(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		her, leader := h.Person["Omar Farah"], h.Person["Blair Onlyblaine"]
		contact := func() string {
			c, err := h.Organize.Chart(h.As("lead"), organize.Ask{By: organize.ByContact})
			if err != nil {
				t.Fatal(err)
			}
			for _, col := range c.Columns {
				for _, p := range col.Cards {
					if p.Person == her {
						return col.Key
					}
				}
			}
			return "gone"
		}
		a := h.Post("site reader", "/chart/person/"+her+"/contact", url.Values{"leader": {leader}, "path": {"//evil.example/chart"}})
		if a.Status != http.StatusSeeOther || a.Location != "/chart" {
			t.Fatalf("%d to %s: %.300s", a.Status, a.Location, a.Body)
		}
		if got := contact(); got != leader {
			t.Errorf("contact %q", got)
		}
		if a := h.Post("site reader", "/chart/person/"+her+"/contact?leader=&path=%2Fchart%3Fby%3Dcontact", nil); a.Location != "/chart?by=contact" {
			t.Errorf("undo: %d to %s", a.Status, a.Location)
		}
		if got := contact(); got != "" {
			t.Errorf("after the undo: %q", got)
		}
		// Whoever is out of reach is not there, on the card and behind it.
		for _, path := range []string{"/chart/person/" + h.Person["Wilma Westberg"], "/chart/person/" + her + "x"} {
			if a := h.Get("site reader", path, ""); a.Status != http.StatusNotFound {
				t.Errorf("GET %s: %d", path, a.Status)
			}
		}
		if a := h.Post("site reader", "/chart/person/"+h.Person["Wilma Westberg"]+"/contact", url.Values{"leader": {leader}}); a.Status != http.StatusNotFound {
			t.Errorf("out of reach: %d", a.Status)
		}
		if a := h.Post("captain", "/chart/person/"+her+"/contact", url.Values{"leader": {leader}}); a.Status != http.StatusForbidden {
			t.Errorf("captain: %d", a.Status)
		}
	})
}

func TestTheScaleIsChangedForTheWholeUnitOnly(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		form := url.Values{}
		for i, c := range organize.UsualScale().Colours {
			form.Set("colour"+string(rune('1'+i)), c)
			form.Set("word"+string(rune('1'+i)), "level "+string(rune('1'+i)))
		}
		if a := h.Post("region reader", "/chart/scale", form); a.Status != http.StatusForbidden {
			t.Errorf("organizer of a region: %d", a.Status)
		}
		if a := h.Post("lead", "/chart/scale", form); a.Status != http.StatusSeeOther {
			t.Fatalf("%d: %.300s", a.Status, a.Body)
		}
		if page := h.Get("lead", "/chart", ""); !strings.Contains(page.Body, "level 4") {
			t.Error("the chart does not use the new words")
		}
		form.Set("colour2", form.Get("colour1"))
		if a := h.Post("lead", "/chart/scale", form); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "look alike") {
			t.Errorf("two equal colours: %d", a.Status)
		}
		if err := h.Organize.SetScale(h.As("press"), organize.UsualScale()); fault.CodeOf(err) != fault.Forbidden {
			t.Errorf("press: %v", err)
		}
	})
}

func TestTicksOfASheetAreOneActWithOneUndo(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		now := h.Clock.Now()
		test, err := h.Organize.MakeTest(h.As("lead"), organize.Test{
			Name: "Petition", Question: "She signed.", Kind: "petition", Public: true, Opens: now, Closes: now.Add(72 * time.Hour),
			AsOf: roster.DateOf(now.UTC()), ThresholdPct: 70, Scope: "unit", Partition: "unit",
		}, true)
		if err != nil {
			t.Fatal(err)
		}
		omar, blair, wilma := h.Person["Omar Farah"], h.Person["Blair Onlyblaine"], h.Person["Wilma Westberg"]
		ticks := func() string {
			c, err := h.Organize.Chart(h.As("lead"), organize.Ask{By: organize.BySite, Filter: organize.Filter{Terms: []organize.Term{{Text: "test:" + test + ":yes"}}}})
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, col := range c.Columns {
				for _, p := range col.Cards {
					if p.On {
						names = append(names, p.Name)
					}
				}
			}
			return strings.Join(names, ", ")
		}
		page := h.Get("site reader", "/chart/sheet", "")
		if page.Status != http.StatusOK || !strings.Contains(page.Body, "Omar Farah") || strings.Contains(page.Body, "Wilma") {
			t.Errorf("sheet: %d", page.Status)
		}
		form := url.Values{"test": {test}, "evidence": {"sheet"}, "path": {"/chart/sheet?test=" + test}, "yes": {omar, blair}}
		if a := h.Post("site reader", "/chart/sheet", form); a.Status != http.StatusSeeOther || !strings.HasPrefix(a.Location, "/chart/sheet?") {
			t.Fatalf("%d: %.300s", a.Status, a.Body)
		}
		if got := ticks(); got != "Omar Farah, Blair Onlyblaine" {
			t.Errorf("ticked: %s", got)
		}
		// One out of reach among them, and nobody is recorded.
		form["yes"] = []string{omar, blair, wilma}
		form["was"] = []string{omar, blair}
		if a := h.Post("site reader", "/chart/sheet", form); a.Status != http.StatusNotFound {
			t.Errorf("out of reach: %d", a.Status)
		}
		form["yes"] = []string{blair}
		h.Post("site reader", "/chart/sheet", form)
		if got := ticks(); got != "Blair Onlyblaine" {
			t.Errorf("after one was unticked: %s", got)
		}
		var bulk string
		if _, err := db.InRead(t.Context(), h.DB, func(tx *db.Tx) (int, error) {
			return 0, tx.Row(t.Context(), `SELECT bulk_id FROM participation WHERE state = 'unknown'`).Scan(&bulk)
		}); err != nil {
			t.Fatal(err)
		}
		if a := h.Post("lead", "/chart/sheet/undo/"+bulk, nil); a.Status != http.StatusNotFound {
			t.Errorf("somebody else's undo: %d", a.Status)
		}
		if a := h.Post("site reader", "/chart/sheet/undo/"+bulk, nil); a.Status != http.StatusSeeOther {
			t.Errorf("undo: %d", a.Status)
		}
		if got := ticks(); got != "Omar Farah, Blair Onlyblaine" {
			t.Errorf("after the undo: %s", got)
		}
	})
}

func TestThePrintPackHoldsOnesOwnPeopleAndACodeForEach(t *testing.T) {
	t.Parallel()

	h := apptest.New(t)
	page := h.Get("captain", "/my/pack", "")
	if page.Status != http.StatusOK || strings.Count(page.Body, "pack-qr") != 5 || strings.Contains(page.Body, "Omar") || !strings.Contains(page.Body, "Ingrid Dahl") {
		t.Errorf("%d with %d codes", page.Status, strings.Count(page.Body, "pack-qr"))
	}
	if a := h.Get("member", "/my/pack", ""); a.Status != http.StatusForbidden {
		t.Errorf("member: %d", a.Status)
	}
}

// A worksite of more people than a page holds comes card by card; its sums are of all, and only who was shown is on record.
func TestALargeWorksiteComesInPages(t *testing.T) {
	t.Parallel()

	h := apptest.New(t)
	fill(t, h, 4*260, 4)
	seen := map[string]bool{}
	with := 0
	for _, skip := range []int{0, 250} {
		c, err := h.Organize.Chart(h.As("lead"), organize.Ask{By: organize.BySite, From: 3, Skip: skip})
		if err != nil {
			t.Fatal(err)
		}
		col := c.Columns[0]
		if len(c.Columns) != 1 || col.N != 260 || len(col.Cards) != min(250, 260-skip) || c.Skip != skip || col.With == 0 || with > 0 && col.With != with {
			t.Fatalf("from card %d: %d columns, %d of %d cards, %d with us", skip, len(c.Columns), len(col.Cards), col.N, col.With)
		}
		with = col.With
		for _, p := range col.Cards {
			seen[p.Person] = true
		}
	}
	if len(seen) != 260 {
		t.Errorf("two pages show %d of 260", len(seen))
	}
	whole, err := h.Organize.Chart(h.As("lead"), organize.Ask{By: organize.BySite, From: 3, Whole: true})
	if err != nil || len(whole.Columns[0].Cards) != 260 {
		t.Errorf("paper has %d of 260 (%v)", len(whole.Columns[0].Cards), err)
	}
	first := h.Get("lead", "/chart?from=3", "")
	for _, text := range []string{"cards 1 to 250 of 260", "from=3&amp;skip=250"} {
		if !strings.Contains(first.Body, text) {
			t.Errorf("the first page has no %q", text)
		}
	}
	if second := h.Get("lead", "/chart?from=3&skip=250", ""); !strings.Contains(second.Body, "cards 251 to 260 of 260") || !strings.Contains(second.Body, "from=4") {
		t.Error("the second page does not lead on")
	}
}
