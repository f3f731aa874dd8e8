// SPDX-License-Identifier: Apache-2.0

package board_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tenday/tenday/internal/app/apptest"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/board"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/roster"
)

var today = roster.Date{Year: 2025, Month: time.October, Day: 31}

// numbers are those of a board that a reader could act on.
type numbers struct {
	In, Disputed int
	One          string
	Regions      map[string]string
	Sites        int
	SitesOpen    bool
}

func seen(t *testing.T, h *apptest.House, role string) numbers {
	t.Helper()
	b, err := h.Board.Read(h.As(role), today)
	if err != nil {
		t.Fatalf("%s: %v", role, err)
	}
	say := func(s board.Share) string {
		if s.Hidden {
			return "hidden"
		}
		return fmt.Sprintf("%d/%d", s.X, s.N)
	}
	n := numbers{
		In: b.Unit.In, Disputed: b.Unit.Disputed, One: say(b.One), Regions: map[string]string{}, Sites: len(b.Sites),
		SitesOpen: b.SitesOpen(),
	}
	for _, r := range b.Regions {
		n.Regions[r.Name] = say(r.One)
	}
	return n
}

// Ten are in the unit: nine in the East, of whom five can be reached, and one in the West who cannot.
func TestWhoeverMayNotReadPeopleSeesNoCountThatNamesThem(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		want := map[string]numbers{
			"data_lead":     {In: 10, Disputed: 1, One: "5/10", Regions: map[string]string{"East": "5/9", "West": "0/1"}, Sites: 3, SitesOpen: true},
			"officer":       {In: 10, Disputed: 1, One: "5/10", Regions: map[string]string{"East": "hidden", "West": "hidden"}, Sites: 3},
			"captain":       {In: 5, One: "2/5", Regions: map[string]string{"East": "2/5"}, Sites: 1, SitesOpen: true},
			"site reader":   {In: 3, One: "2/3", Regions: map[string]string{"East": "2/3"}, Sites: 1, SitesOpen: true},
			"region reader": {In: 1, Disputed: 1, One: "0/1", Regions: map[string]string{"West": "0/1"}, Sites: 1, SitesOpen: true},
		}
		for role, w := range want {
			if diff := cmp.Diff(w, seen(t, h, role)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", role, diff)
			}
		}
		for _, role := range []string{"member", "press", "treasurer", "operator"} {
			if _, err := h.Board.Read(h.As(role), today); fault.CodeOf(err) != fault.Forbidden {
				t.Errorf("%s reads the board: %v", role, err)
			}
		}
	})
}

func TestTheFirstPageFitsWhoeverComesIn(t *testing.T) {
	t.Parallel()

	h := apptest.New(t)
	for _, c := range []struct {
		role, path string
		status     int
		has, not   string
	}{
		{"", "/", 303, "", "Hastings"},
		{"officer", "/", 200, "Are we ready?", "5 of 9"},
		{"data_lead", "/", 200, "5 of 9", ""},
		{"data_lead", "/board/worksites", 200, "3 of 6", ""},
		{"officer", "/board/worksites", 200, "Hastings", "3 of 6"},
		{"captain", "/", 200, "See and call your people", "Blaine"},
		{"captain", "/board", 200, "2 of 5", "Eden Prairie"},
		{"member", "/", 200, "/people/" + h.Person["Katherine Nguyen"], "Are we ready?"},
		{"member", "/board", 403, "", "Hastings"},
		{"press", "/board", 403, "", "Hastings"},
	} {
		a := h.Get(c.role, c.path, "")
		if a.Status != c.status || !strings.Contains(a.Body, c.has) || c.not != "" && strings.Contains(a.Body, c.not) {
			t.Errorf("%s as %q = %d, want %d with %q and without %q:\n%.2500s", c.path, c.role, a.Status, c.status, c.has, c.not, a.Body)
		}
	}
	var got struct{ Regions []struct{ One board.Share } }
	h.Get("officer", "/board", "application/json").JSON(t, &got)
	for _, r := range got.Regions {
		if r.One.X != 0 || !r.One.Hidden {
			t.Errorf("JSON carries what is hidden: %+v", r.One)
		}
	}
}

func TestAWorksiteThatClosesStandsOnTheBoard(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		closes := url.Values{
			"code": {"0901"}, "name": {"Example Health Hastings Clinic"}, "town": {"Hastings"}, "tz": {"America/Chicago"},
			"region": {"East"}, "kind": {"clinic"}, "status": {"closing"}, "closes_on": {"2025-11-01"}, "patients_go_to": {h.Site["0308"]},
		}
		if err := h.Roster.EditWorksite(h.As("data_lead"), h.Site["0901"], closes); err != nil {
			t.Fatal(err)
		}
		for day, want := range map[roster.Date]roster.WorksiteStatus{today: roster.Closing, today.AddDays(1): roster.Closed} {
			b, err := h.Board.Read(h.As("officer"), day)
			if err != nil {
				t.Fatal(err)
			}
			if len(b.Closing) != 1 || b.Closing[0].Now != want || b.Closing[0].GoTo != "Blaine" || b.Closing[0].In != 6 {
				t.Errorf("on %v: %+v, want Hastings %s with 6 people, patients to Blaine", day, b.Closing, want)
			}
		}
	})
}

// B06.5: that a worksite closes is public; how many work there is no captain's of another to read, and not nobody either.
func TestWhoReachesNobodyAtAClosingWorksiteIsNotToldThatNobodyWorksThere(t *testing.T) {
	t.Parallel()

	h := apptest.New(t)
	closes := url.Values{
		"code": {"0333"}, "name": {"Example Health Eden Prairie Clinic"}, "town": {"Eden Prairie"}, "tz": {"America/Chicago"},
		"region": {"West"}, "kind": {"clinic"}, "status": {"closing"}, "closes_on": {"2025-11-01"},
	}
	if err := h.Roster.EditWorksite(h.As("data_lead"), h.Site["0333"], closes); err != nil {
		t.Fatal(err)
	}
	for role, counts := range map[string]bool{"officer": true, "lead": true, "captain": false, "site reader": false} {
		page := h.Get(role, "/board", "").Body
		if !strings.Contains(page, "Eden Prairie") || strings.Contains(page, "of the unit are listed there") || strings.Contains(page, "of the unit is listed there") != counts {
			t.Errorf("%s: is told how many work there, %t wanted", role, counts)
		}
	}
}

func TestTheTimelineHasDatesAndSources(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		ctx := h.As("data_lead")
		month := roster.Date{Year: 2024, Month: time.February, Day: 1}
		entries := []board.Entry{
			{On: today.AddDays(5), Precision: board.Day, Said: "A strike", Source: "F001", Certainty: board.Disputed, Otherwise: "Another day (F004)"},
			{On: month, Precision: board.Month, Said: "Bargaining begins", Source: "F040", Certainty: board.Stated},
		}
		if err := h.Board.AddTimeline(ctx, entries); err != nil {
			t.Fatal(err)
		}
		b, err := h.Board.Read(ctx, today)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]board.Entry{entries[1], entries[0]}, b.Timeline); diff != "" {
			t.Errorf("timeline (-want +got):\n%s", diff)
		}
		page := h.Get("officer", "/board", "").Body
		for _, want := range []string{`<time datetime="2024-02">Feb 2024</time>`, "Sources disagree", "Another day (F004)", "Source: F040"} {
			if !strings.Contains(page, want) {
				t.Errorf("the page lacks %q", want)
			}
		}
		for _, bad := range []board.Entry{{Said: "x", Source: "F1"}, {On: today, Said: "x"}, {On: today, Source: "F1", Said: "x", Certainty: board.Disputed}} {
			if err := h.Board.AddTimeline(ctx, []board.Entry{bad}); fault.CodeOf(err) != fault.Invalid {
				t.Errorf("%+v is taken: %v", bad, err)
			}
		}
	})
}

func TestBeforeAnyListTheBoardSaysWhatToDo(t *testing.T) {
	t.Parallel()

	h := apptest.New(t)
	err := db.Do(t.Context(), h.DB, func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `DELETE FROM person_now`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for role, want := range map[string]string{"data_lead": "Go to lists", "officer": "once the data lead has applied"} {
		if a := h.Get(role, "/", ""); a.Status != 200 || !strings.Contains(a.Body, want) {
			t.Errorf("%s: %d without %q", role, a.Status, want)
		}
	}
}

// A picket coordinator reads people of the whole unit, but no contact of theirs.
func TestWhoeverMayNotSeeContactsIsNotShownWhoHasNone(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		err := db.Do(t.Context(), h.DB, func(tx *db.Tx) (err error) {
			g := auth.Grant{Role: "picket_coordinator", Scope: auth.Unit}
			if g.Account, err = auth.AddAccount(t.Context(), tx, auth.Account{Display: "Picket", Email: "picket@post.example.org"}); err != nil {
				return err
			}
			h.Account["picket"] = g.Account
			_, err = auth.AddGrant(t.Context(), tx, g)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(seen(t, h, "officer"), seen(t, h, "picket")); diff != "" {
			t.Errorf("she sees other shares than an officer (-officer +picket):\n%s", diff)
		}
	})
}
