// SPDX-License-Identifier: Apache-2.0

package board_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tenday/tenday/internal/app/apptest"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/organize"
)

// readyJSON is what the tests read of the page.
type readyJSON struct {
	All struct {
		Pledged, Public, Coverage organize.Share
		Hidden                    bool
	} `json:"all"`
	Sites []organize.Ready `json:"sites"`
	Weak  []struct {
		Name, Limits string
		Least        organize.Share
	} `json:"weak"`
	Trend []organize.Week `json:"trend"`
}

func TestReadinessNamesWeakWorksitesOnlyToThoseWhoReadTheirPeople(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		pledge := func(names ...string) {
			for _, name := range names {
				err := db.Do(t.Context(), h.DB, func(tx *db.Tx) error {
					return h.Organize.RecordPaperPledge(h.As("lead"), tx, organize.Fact{Person: h.Person[name]}, organize.PledgePublic, 1)
				})
				if err != nil {
					t.Fatal(err)
				}
			}
		}
		if _, err := h.Organize.WritePledgeText(h.As("lead"), map[string]string{"en": "I will not cross.", "es": "No cruzaré."}); err != nil {
			t.Fatal(err)
		}
		pledge("Omar Farah", "Blair Onlyblaine")
		h.Clock.Advance(8 * 24 * time.Hour)
		pledge("Ingrid Dahl")

		for role, want := range map[string]struct {
			n, public int
			weak      string
		}{
			"lead":        {10, 3, "Blaine (0308) Eden Prairie (0333) Hastings (0901)"},
			"site reader": {3, 2, "Blaine (0308)"},
			"captain":     {5, 1, "Hastings (0901)"},
		} {
			var v readyJSON
			a := h.Get(role, "/board/ready", "application/json")
			a.JSON(t, &v)
			var weak []string
			for _, w := range v.Weak {
				weak = append(weak, w.Name)
				if w.Limits == "" {
					t.Errorf("%s: nothing limits %s", role, w.Name)
				}
			}
			slices.Sort(weak)
			if got := strings.Join(weak, " "); v.All.Public.N != want.n || v.All.Public.X != want.public || got != want.weak {
				t.Errorf("%s: %d of %d, weak: %s", role, v.All.Public.X, v.All.Public.N, got)
			}
			if role == "lead" && (len(v.Trend) < 2 || v.Trend[len(v.Trend)-2].Public != 2) {
				t.Errorf("trend %+v", v.Trend)
			}
		}
		for _, role := range []string{"data_lead", "officer"} {
			var v readyJSON
			a := h.Get(role, "/board/ready", "application/json")
			a.JSON(t, &v)
			if !v.All.Hidden || v.All.Public.X != 0 || len(v.Weak)+len(v.Trend)+len(v.Sites) != 0 {
				t.Errorf("%s is told %.400s", role, a.Body)
			}
		}
	})
}

// B06.2: all of a worksite pledged publicly and nobody of it is booked: it is at 0 %, and the bookings are what limits it.
func TestAWorksiteThatPledgedAndIsNotBookedIsNotReady(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		if _, err := h.Organize.WritePledgeText(h.As("lead"), map[string]string{"en": "I will not cross.", "es": "No cruzaré."}); err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, p := range apptest.People {
			if p[2] != "0901" {
				continue
			}
			n++
			err := db.Do(t.Context(), h.DB, func(tx *db.Tx) error {
				return h.Organize.RecordPaperPledge(h.As("lead"), tx, organize.Fact{Person: h.Person[p[0]+" "+p[1]]}, organize.PledgePublic, 1)
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		var v readyJSON
		h.Get("lead", "/board/ready", "application/json").JSON(t, &v)
		at := slices.IndexFunc(v.Sites, func(s organize.Ready) bool { return s.Site == h.Site["0901"] })
		if at < 0 {
			t.Fatalf("Hastings is not among %+v", v.Sites)
		}
		got := v.Sites[at]
		if got.Public != (organize.Share{X: n, N: n}) || got.Least != (organize.Share{N: n}) || got.Limits != "booked" {
			t.Errorf("Hastings: public %+v, least %+v, limited by %s", got.Public, got.Least, got.Limits)
		}
		if page := h.Get("lead", "/board", "").Body; !strings.Contains(page, "limited by booked shifts: 0 of 6") {
			t.Error("the board does not say so")
		}
	})
}

// An officer reads no names. She is shown what was released: once a day, and only while the difference to every number that she was
// shown before is nothing, or several people on either side.
func TestWhoReadsNoNamesLearnsNothingFromOneDayToTheNext(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		lead := h.As("lead")
		if _, err := h.Organize.WritePledgeText(lead, map[string]string{"en": "I will not cross."}); err != nil {
			t.Fatal(err)
		}
		names := []string{"Rosa Almquist", "Katherine Nguyen", "Mohamed Ali", "Ingrid Dahl", "Peter Dahl", "Omar Farah", "Wilma Westberg"}
		pledge := func(names ...string) {
			t.Helper()
			for _, name := range names {
				err := db.Do(lead, h.DB, func(tx *db.Tx) error {
					return h.Organize.RecordPaperPledge(lead, tx, organize.Fact{Person: h.Person[name]}, organize.PledgePrivate, 1)
				})
				if err != nil {
					t.Fatal(err)
				}
			}
		}
		seen := func() string {
			t.Helper()
			var v struct {
				Outside map[string]organize.Outside `json:"outside"`
			}
			a := h.Get("officer", "/board/ready", "application/json")
			a.JSON(t, &v)
			o := v.Outside["pledged"]
			if o.Hidden != (o.X == 0) {
				t.Errorf("hidden and told: %+v", o)
			}
			if o.Hidden {
				return "hidden"
			}
			return fmt.Sprintf("%d of %d on %v", o.X, o.N, o.Day)
		}
		day := func() { h.Clock.Advance(24 * time.Hour) }
		want := func(what, w string) {
			t.Helper()
			if got := seen(); got != w {
				t.Errorf("%s: she sees %q, want %q", what, got, w)
			}
		}
		pledge(names[:4]...)
		want("four of ten", "hidden")
		pledge(names[4])
		want("a fifth on the same day", "hidden")
		day()
		want("the next day", "hidden") // 4 then, 5 now: one apart
		if _, err := h.Board.Read(h.As("officer"), today); err != nil {
			t.Fatal(err)
		}
		err := db.Do(lead, h.DB, func(tx *db.Tx) error { // as if she had come for the first time now
			_, err := tx.Exec(lead, `DELETE FROM measure_release WHERE measure = 'pledged'`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		day()
		want("five of ten", "5 of 10 on 2025-11-02")
		pledge(names[5])
		want("a sixth on the same day", "5 of 10 on 2025-11-02")
		day()
		want("a sixth, the next day", "5 of 10 on 2025-11-02")
		body := h.Get("officer", "/", "").Body
		if !strings.Contains(body, "as of Sun 2 Nov 2025") || strings.Contains(body, "6</span> <span class=\"of\">of 10") {
			t.Errorf("the board does not say of which day it is, or tells more:\n%.3000s", body)
		}
	})
}
