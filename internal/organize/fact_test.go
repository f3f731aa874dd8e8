// SPDX-License-Identifier: Apache-2.0

package organize_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/tenday/tenday/internal/app/apptest"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/organize"
	"github.com/tenday/tenday/internal/roster"
)

// send applies one event of a phone as role.
func send(t testing.TB, h *apptest.House, role, kind, id string, at time.Time, data map[string]any) error {
	t.Helper()
	b, err := json.Marshal(data)
	if err != nil {
		t.Fatal(err)
	}
	ctx := h.As(role)
	return db.Do(ctx, h.DB, func(tx *db.Tx) error {
		return h.Organize.Events()[kind](ctx, tx, at, uuid.MustParse(id), b)
	})
}

// current returns where a person stands, as the lead reads it.
func current(t testing.TB, h *apptest.House, person string) organize.Current {
	t.Helper()
	ctx := h.As("lead")
	c, err := db.InRead(ctx, h.DB, func(tx *db.Tx) (organize.Current, error) { return h.Organize.Current(ctx, tx, person) })
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func v7() string { return uuid.Must(uuid.NewV7()).String() }

func TestWhatAPhoneSendsStandsOnceHoweverOftenItComes(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		ingrid, at := h.Person["Ingrid Dahl"], h.Clock.Now().Add(-time.Hour)
		talk, value := v7(), v7()
		for range 2 {
			if err := send(t, h, "captain", "conversation", talk, at, map[string]any{
				"person": ingrid, "channel": "call", "outcome": "talked",
				"issues": []string{"inbox time"}, "note": "call after six", "note_visibility": "private",
			}); err != nil {
				t.Fatal(err)
			}
			if err := send(t, h, "captain", "assessment", value, at, map[string]any{"person": ingrid, "value": 2, "basis": "said", "conversation": talk}); err != nil {
				t.Fatal(err)
			}
		}
		got := current(t, h, ingrid)
		if got.Value != 2 || got.Basis != organize.Said || !got.TalkAt.Equal(at.Truncate(time.Millisecond)) || got.Outcome != organize.Talked {
			t.Errorf("she stands at %+v", got)
		}
		n, err := db.InRead(t.Context(), h.DB, func(tx *db.Tx) (n int, err error) {
			return n, tx.Row(t.Context(), `SELECT (SELECT COUNT(*) FROM conversation) + (SELECT COUNT(*) FROM assessment)`).Scan(&n)
		})
		if err != nil || n != 2 {
			t.Errorf("%d facts, %v; want 2", n, err)
		}
	})
}

func TestACaptainRecordsHerOwnPeopleAlone(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		if err := db.Do(t.Context(), h.DB, func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `UPDATE person SET unit_status = 'out' WHERE id = $1`, h.Person["Peter Dahl"])
			return err
		}); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			role, person string
			value        int
			want         fault.Code
		}{
			{"captain", "Ingrid Dahl", 3, fault.OK},
			{"captain", "Blair Onlyblaine", 3, fault.Missing},
			{"captain", "Nobody", 3, fault.Missing},
			{"captain", "Ingrid Dahl", 6, fault.Invalid},
			{"captain", "Peter Dahl", 3, fault.Conflict}, // out of the unit
			{"lapsed", "Ingrid Dahl", 3, fault.Forbidden},
			{"member", "Ingrid Dahl", 3, fault.Forbidden},
			{"data_lead", "Ingrid Dahl", 3, fault.Forbidden},
			{"site reader", "Blair Onlyblaine", 3, fault.OK},
			{"site reader", "Ingrid Dahl", 3, fault.Missing},
		} {
			err := send(t, h, c.role, "assessment", v7(), h.Clock.Now(), map[string]any{"person": h.Person[c.person], "value": c.value, "basis": "said"})
			if fault.CodeOf(err) != c.want {
				t.Errorf("%s assesses %s %d: %v, want %q", c.role, c.person, c.value, err, c.want)
			}
		}
		if err := send(t, h, "captain", "assessment", v7(), h.Clock.Now().Add(time.Hour), map[string]any{"person": h.Person["Ingrid Dahl"], "value": 1, "basis": "did"}); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("a fact of the future is taken: %v", err)
		}
	})
}

// B01.6: whatever the order and however often events come, what stands is the same.
func TestTheOrderInWhichEventsComeDoesNotMatter(t *testing.T) {
	t.Parallel()

	h := apptest.New(t)
	ingrid := h.Person["Ingrid Dahl"]
	type event struct {
		kind, role, id string
		at             time.Time
		data           map[string]any
	}
	stands := func(t *rapid.T, events []event) organize.Current {
		ctx := t.Context()
		if err := db.Do(ctx, h.DB, func(tx *db.Tx) error {
			for _, table := range []string{"conversation", "assessment", "retraction"} {
				if _, err := tx.Exec(ctx, `DELETE FROM `+table); err != nil {
					return err
				}
			}
			return h.Organize.Rebuild(ctx, tx, []string{ingrid})
		}); err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			b, _ := json.Marshal(e.data)
			ctx := h.As(e.role)
			if err := db.Do(ctx, h.DB, func(tx *db.Tx) error {
				return h.Organize.Events()[e.kind](ctx, tx, e.at, uuid.MustParse(e.id), b)
			}); err != nil {
				t.Fatal(err)
			}
		}
		lead := h.As("lead")
		c, err := db.InRead(lead, h.DB, func(tx *db.Tx) (organize.Current, error) { return h.Organize.Current(lead, tx, ingrid) })
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	rapid.Check(t, func(t *rapid.T) {
		var events []event
		for range rapid.IntRange(1, 6).Draw(t, "n") {
			e := event{role: rapid.SampledFrom([]string{"captain", "lead"}).Draw(t, "by"), id: v7()}
			e.at = h.Clock.Now().Add(-time.Duration(rapid.IntRange(0, 3).Draw(t, "hours")) * time.Hour) // often the same moment
			e.data = map[string]any{"person": ingrid}
			if rapid.Bool().Draw(t, "talk") {
				e.kind = "conversation"
				e.data["channel"], e.data["outcome"] = "call", rapid.SampledFrom(organize.Outcomes).Draw(t, "outcome")
			} else {
				e.kind = "assessment"
				e.data["basis"], e.data["value"] = "said", rapid.IntRange(1, 5).Draw(t, "value")
			}
			events = append(events, e)
			if rapid.IntRange(0, 3).Draw(t, "back") == 0 {
				events = append(events, event{"retract", e.role, v7(), e.at, map[string]any{"fact": e.id}})
			}
		}
		want := stands(t, events)
		again := rapid.Permutation(slices.Concat(events, events)).Draw(t, "order")
		if diff := cmp.Diff(want, stands(t, again)); diff != "" {
			t.Fatalf("in another order (-first +second):\n%s", diff)
		}
	})
}

func TestACorrectionIsALaterRow(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		ingrid, first, second := h.Person["Ingrid Dahl"], v7(), v7()
		ctx := h.As("captain")
		noon := h.Clock.Now().Add(-3 * time.Hour)
		for _, a := range []organize.Assessment{
			{Fact: organize.Fact{ID: first, Person: ingrid, At: noon}, Value: 1, Basis: organize.Said},
			{Fact: organize.Fact{ID: second, Person: ingrid, At: noon.Add(time.Hour)}, Value: 4, Basis: organize.Said, Corrects: first},
		} {
			if err := db.Do(ctx, h.DB, func(tx *db.Tx) error { return h.Organize.RecordAssessment(ctx, tx, a) }); err != nil {
				t.Fatal(err)
			}
		}
		if got := current(t, h, ingrid); got.Value != 4 {
			t.Errorf("value %d, want the correction", got.Value)
		}
		for at, want := range map[time.Duration]int{-time.Minute: 0, time.Minute: 1, 2 * time.Hour: 4} {
			got, err := db.InRead(ctx, h.DB, func(tx *db.Tx) (map[string]organize.Current, error) {
				return h.Organize.ValuesAt(ctx, tx, noon.Add(at))
			})
			if err != nil || got[ingrid].Value != want {
				t.Errorf("as of %v after noon: %d, %v; want %d", at, got[ingrid].Value, err, want)
			}
		}
		if err := send(t, h, "lead", "retract", v7(), h.Clock.Now(), map[string]any{"fact": second}); fault.CodeOf(err) != fault.Missing {
			t.Errorf("the lead takes back what the captain recorded: %v", err)
		}
		if err := send(t, h, "captain", "retract", v7(), h.Clock.Now(), map[string]any{"fact": second}); err != nil {
			t.Fatal(err)
		}
		if got := current(t, h, ingrid); got.Value != 1 {
			t.Errorf("value %d after the correction was taken back, want 1", got.Value)
		}
	})
}

func TestWhereSheStandsFollowsTheRoster(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		id, err := h.Roster.AddPerson(t.Context(), roster.NewPerson{
			Name: roster.Name{Given: "New", Family: "Comer"}, UnitStatus: roster.InUnit, WorksiteID: h.Site["0308"], JobClass: "MD", FTE: 80,
			StartsOn: roster.Date{Year: 2020, Month: 1, Day: 1},
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := current(t, h, id); got.Site != h.Site["0308"] || !got.InUnit || got.Pledge != organize.NoPledge {
			t.Errorf("a new person stands at %+v", got)
		}
	})
}
