// SPDX-License-Identifier: Apache-2.0

package organize_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tenday/tenday/internal/app/apptest"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/organize"
	"github.com/tenday/tenday/internal/roster"
)

// twin puts a second record of Katherine Nguyen on the roster, with her mobile, into her captain's turf, and returns it and the pair.
func twin(t *testing.T, h *apptest.House) (id, pair string) {
	t.Helper()
	lead, katherine := h.As("data_lead"), h.Person["Katherine Nguyen"]
	id, err := h.Roster.AddPerson(lead, roster.NewPerson{
		Name: roster.Name{Given: "Kate", Family: "Nguyen"}, UnitStatus: roster.InUnit,
		WorksiteID: h.Site["0901"], JobClass: roster.NP, FTE: 80, StartsOn: roster.Date{Year: 2025, Month: time.June, Day: 2}, Number: "0071863",
		Phone: "+16515550101", Email: "kate@post.example.org",
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Roster.FindPairs(lead); err != nil {
		t.Fatal(err)
	}
	all, err := h.Roster.Pairs(lead, roster.PairOpen)
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(all, func(p *roster.PairRow) bool { return p.A == katherine && p.B == id })
	if at < 0 {
		t.Fatal("they are no pair")
	}
	return id, all[at].ID
}

func TestWhatWasRecordedBetweenAMergeAndItsUndoingGoesToTheRightOne(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		katherine := h.Person["Katherine Nguyen"]
		kate, pair := twin(t, h)
		record := func(person, note string, value int) (talk, rating string) {
			t.Helper()
			talk, rating = v7(), v7()
			h.Clock.Advance(time.Minute)
			for id, e := range map[string]map[string]any{
				talk:   {"person": person, "channel": "call", "outcome": "talked", "note": note, "note_visibility": "shared"},
				rating: {"person": person, "value": value, "basis": "said"},
			} {
				kind := "conversation"
				if id == rating {
					kind = "assessment"
				}
				if err := send(t, h, "lead", kind, id, h.Clock.Now(), e); err != nil {
					t.Fatal(err)
				}
			}
			return talk, rating
		}
		record(kate, "of Kate, before", 4)
		record(katherine, "of Katherine, before", 1)
		if err := h.Roster.Merge(h.As("data_lead"), pair, roster.Merge{Keep: katherine}); err != nil {
			t.Fatal(err)
		}
		if p := mine(t, h, "captain")["Katherine Nguyen"]; p.Value != 1 || len(p.Notes) != 2 {
			t.Errorf("as one she is %+v", p)
		}
		hers, value := record(katherine, "of Kate, meanwhile", 5)
		record(kate, "of Kate by her own id, meanwhile", 3) // a phone that has not heard of it
		record(katherine, "of Katherine, meanwhile", 2)
		page := h.Get("data_lead", "/duplicates/"+pair, "").Body
		if !strings.Contains(page, hers) || !strings.Contains(page, "Talk: The lead") || strings.Contains(page, "meanwhile") {
			t.Errorf("the data lead is not asked about the talk, or reads what it said:\n%.4000s", page)
		}
		if err := h.Roster.Unmerge(h.As("data_lead"), pair, []string{hers, value}); err != nil {
			t.Fatal(err)
		}
		notes := func(person string) (out []string) {
			err := db.Do(t.Context(), h.DB, func(tx *db.Tx) (err error) {
				out, err = db.Strings(t.Context(), tx, `SELECT note FROM conversation WHERE person_id = $1 ORDER BY note`, person)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
		if diff := cmp.Diff([]string{"of Kate by her own id, meanwhile", "of Kate, before", "of Kate, meanwhile"}, notes(kate)); diff != "" {
			t.Errorf("Kate's (-want +got)\n%s", diff)
		}
		if diff := cmp.Diff([]string{"of Katherine, before", "of Katherine, meanwhile"}, notes(katherine)); diff != "" {
			t.Errorf("Katherine's (-want +got)\n%s", diff)
		}
		if a, b := current(t, h, katherine).Value, current(t, h, kate).Value; a != 2 || b != 3 {
			t.Errorf("they stand at %d and %d, want 2 and 3", a, b)
		}
	})
}

// A merge may lie on another: what was recorded of the first record is still hers.
func TestFactsOfARecordThatWasMergedTwiceAreFound(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		katherine, peter, ingrid := h.Person["Katherine Nguyen"], h.Person["Peter Dahl"], h.Person["Ingrid Dahl"]
		drive(t, h)
		for kind, data := range map[string]map[string]any{
			"conversation": {"channel": "call", "outcome": "talked", "note": "shared words", "note_visibility": "shared", "next_step": "Meet"},
			"assessment":   {"value": 4, "basis": "said"}, "pledge": {"state": "public", "text_version": 1},
		} {
			data["person"] = katherine
			if err := send(t, h, "lead", kind, v7(), h.Clock.Now(), data); err != nil {
				t.Fatal(err)
			}
		}
		h.Clock.Advance(9 * 24 * time.Hour)
		err := db.Do(t.Context(), h.DB, func(tx *db.Tx) error { // as two merges leave it
			for loser, winner := range map[string]string{katherine: peter, peter: ingrid} {
				for _, q := range []string{`UPDATE person SET merged_into = $1 WHERE id = $2`, `DELETE FROM person_now WHERE person_id <> $1 AND person_id = $2`} {
					if _, err := tx.Exec(t.Context(), q, winner, loser); err != nil {
						return err
					}
				}
			}
			return h.Organize.Rebuild(t.Context(), tx, []string{katherine, peter, ingrid})
		})
		if err != nil {
			t.Fatal(err)
		}
		p := mine(t, h, "captain")["Ingrid Dahl"]
		if p.Value != 4 || p.Next != "Meet" || len(p.Notes) != 1 || p.Pledge != organize.PledgePublic {
			t.Errorf("on her captain's phone she is %+v", p)
		}
		c, err := h.Organize.Chart(h.As("lead"), organize.Ask{By: organize.BySite, AsOf: roster.DateOf(h.Clock.Now().AddDate(0, 0, -2))})
		if err != nil {
			t.Fatal(err)
		}
		for _, column := range c.Columns {
			for _, card := range column.Cards {
				if card.Person == ingrid && (card.Value != 4 || card.Pledge != organize.PledgePublic) {
					t.Errorf("on the chart of two days ago she is %+v", card)
				}
			}
		}
		weeks, err := db.InRead(t.Context(), h.DB, func(tx *db.Tx) ([]organize.Week, error) {
			return h.Organize.Trend(t.Context(), tx, auth.Reach{All: true}, roster.DateOf(h.Clock.Now().AddDate(0, 0, -2)))
		})
		if err != nil || weeks[0].Public != 1 {
			t.Errorf("the trend is %+v, %v", weeks, err)
		}
	})
}

// Lists that come and go, and merges, leave a closed result alone.
func TestListsAndMergesLeaveAClosedResultAlone(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		lead := h.As("data_lead")
		_, pair := twin(t, h)
		id := sticker(t, h, nil)
		if _, err := h.Organize.EnterMany(h.As("lead"), id, answers(organize.Yes, h.Person["Katherine Nguyen"], h.Person["Omar Farah"]), organize.ByCaptain); err != nil {
			t.Fatal(err)
		}
		if err := h.Organize.CloseTest(h.As("lead"), id); err != nil {
			t.Fatal(err)
		}
		was := frozen(t, h, id)
		same := func(after string) {
			t.Helper()
			if diff := cmp.Diff(was, frozen(t, h, id)); diff != "" {
				t.Errorf("after %s:\n%s", after, diff)
			}
		}
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(h.Roster.Merge(lead, pair, roster.Merge{Keep: h.Person["Katherine Nguyen"]}))
		same("a merge")
		must(h.Roster.Unmerge(lead, pair, nil))
		same("its undoing")
		var file strings.Builder
		file.WriteString("Employee ID,First Name,Last Name,Clinic Code,Job Title,FTE\n0090001,New,Person,0901,NP,1.0\n")
		for i, p := range apptest.People { // Omar Farah is not on it, Wilma Westberg has moved
			if site := p[2]; p[0] != "Omar" {
				if p[0] == "Wilma" {
					site = "0308"
				}
				fmt.Fprintf(&file, "00294%02d,%s,%s,%s,%s,0.8\n", i, p[0], p[1], site, p[3])
			}
		}
		list, err := h.Roster.Upload(lead, roster.EmployerList, "list.csv", strings.NewReader(file.String()), int64(file.Len()))
		must(err)
		must(h.Roster.SetAsOf(lead, list, roster.DateOf(h.Clock.Now()), false))
		i, err := h.Roster.Import(lead, list)
		must(err)
		must(h.Roster.SetMapping(lead, list, i.Mapping))
		must(h.Roster.Preview(lead, list, nil))
		must(h.Roster.DecideAbsent(lead, list, nil, roster.AbsentLeft))
		must(h.Roster.Apply(lead, list))
		same("a list")
		if _, err := h.Roster.Undo(lead, list); err != nil {
			t.Fatal(err)
		}
		same("its undoing")
	})
}

func TestALeaderIsMarkedFromHerCardAndTheMarkTakenBack(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		ingrid := h.Person["Ingrid Dahl"]
		card := h.Get("lead", "/chart/person/"+ingrid, "").Body
		if !strings.Contains(card, "Mark as a leader") || strings.Contains(h.Get("captain", "/chart/person/"+ingrid, "").Body, "Mark as a leader") {
			t.Error("the card offers it to the wrong one")
		}
		a := h.Post("lead", "/chart/person/"+ingrid+"/mark", map[string][]string{"role": {"captain"}, "path": {"/chart?by=shift"}})
		if a.Status != 303 || a.Location != "/chart?by=shift" || current(t, h, ingrid).Marked != "captain" {
			t.Fatalf("%d to %q: she is %q", a.Status, a.Location, current(t, h, ingrid).Marked)
		}
		if a := h.Post("lead", "/chart/person/"+ingrid+"/mark?role=", nil); a.Status != 303 || current(t, h, ingrid).Marked != "" {
			t.Errorf("taken back: %d, she is %q", a.Status, current(t, h, ingrid).Marked)
		}
		for role, want := range map[string]int{"captain": 403, "site reader": 404, "member": 403} {
			if a := h.Post(role, "/chart/person/"+ingrid+"/mark", map[string][]string{"role": {"captain"}}); a.Status != want {
				t.Errorf("%s: %d, want %d", role, a.Status, want)
			}
		}
	})
}
