// SPDX-License-Identifier: Apache-2.0

package organize_test

import (
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tenday/tenday/internal/app/apptest"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/organize"
)

// overlapping counts pairs of leaderships of one person that share an instant.
func overlapping(t testing.TB, d *db.DB) (n int) {
	t.Helper()
	_, err := db.InRead(t.Context(), d, func(tx *db.Tx) (struct{}, error) {
		return struct{}{}, tx.Row(t.Context(), `SELECT COUNT(*) FROM leadership a JOIN leadership b ON b.led = a.led AND b.id > a.id
			WHERE (a.until_at = 0 OR a.until_at > b.since_at) AND (b.until_at = 0 OR b.until_at > a.since_at)
			AND NOT (a.until_at = a.since_at) AND NOT (b.until_at = b.since_at)`).Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// B08.3: whatever is appointed, and whatever the clock does, nobody has two leaders at one instant.
func TestNobodyEverHasTwoLeaders(t *testing.T) {
	t.Parallel()

	h := apptest.New(t)
	lead := h.As("lead")
	people := []string{h.Person["Rosa Almquist"], h.Person["Ingrid Dahl"], h.Person["Peter Dahl"], h.Person["Omar Farah"], h.Person["Wilma Westberg"]}
	rapid.Check(t, func(t *rapid.T) {
		for range rapid.IntRange(1, 8).Draw(t, "acts") {
			leader := rapid.SampledFrom(append([]string{""}, people...)).Draw(t, "leader")
			led := rapid.SliceOfNDistinct(rapid.SampledFrom(people), 1, 3, rapid.ID[string]).Draw(t, "led")
			if err := h.Organize.Lead(lead, leader, led); err != nil && fault.CodeOf(err) != fault.Invalid { // herself
				t.Fatal(err)
			}
			h.Clock.Advance(time.Duration(rapid.IntRange(-2, 3).Draw(t, "hours")) * time.Hour)
		}
	})
	if n := overlapping(t, h.DB); n > 0 {
		t.Errorf("%d leaderships overlap", n)
	}
}

func TestTwoWhoAppointAtOnceLeaveOneLeader(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		leaders := []string{h.Person["Rosa Almquist"], h.Person["Peter Dahl"], h.Person["Omar Farah"], h.Person["Wilma Westberg"]}
		led := []string{h.Person["Ingrid Dahl"], h.Person["Katherine Nguyen"]}
		var wg sync.WaitGroup
		for i := range 16 {
			ctx := h.As("lead")
			wg.Go(func() {
				if err := h.Organize.Lead(ctx, leaders[i%len(leaders)], led); err != nil && fault.CodeOf(err) != fault.Conflict {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := overlapping(t, h.DB); n > 0 {
			t.Errorf("%d leaderships overlap", n)
		}
		err := db.Do(t.Context(), h.DB, func(tx *db.Tx) error {
			var n int
			if err := tx.Row(t.Context(), `SELECT COUNT(*) FROM leadership WHERE until_at = 0 AND led = $1`, led[0]).Scan(&n); err != nil || n != 1 {
				t.Errorf("%d active leaders, %v; want 1", n, err)
			}
			// What goes past the room is stopped by the constraint.
			_, err := tx.Exec(t.Context(), `INSERT INTO leadership (id, leader, led, since_at, by_account) VALUES ($1, $2, $3, 1, 'x')`, v7(), leaders[0], led[0])
			return err
		})
		if !db.IsUnique(err) {
			t.Errorf("a second active leader is taken: %v", err)
		}
	})
}

func TestCoverageSaysWhyNot(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		rosa, ingrid, peter := h.Person["Rosa Almquist"], h.Person["Ingrid Dahl"], h.Person["Peter Dahl"]
		lead := h.As("lead")
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(h.Organize.Lead(lead, rosa, []string{ingrid, peter}))
		check := func(when string, want organize.Cover) {
			t.Helper()
			c, err := h.Organize.Coverage(h.As("lead"))
			must(err)
			if c.Cover != want {
				t.Errorf("%s: %+v, want %+v", when, c.Cover, want)
			}
		}
		check("the captain is not assessed", organize.Cover{N: 10, NoOne: 8, Unsure: 2, Leaders: 1})
		must(send(t, h, "lead", "assessment", v7(), h.Clock.Now(), map[string]any{"person": rosa, "value": 1, "basis": "did"}))
		check("no talk", organize.Cover{N: 10, NoOne: 8, Old: 2, Leaders: 1})
		must(send(t, h, "captain", "conversation", v7(), h.Clock.Now(), map[string]any{"person": ingrid, "channel": "call", "outcome": "talked"}))
		must(send(t, h, "captain", "conversation", v7(), h.Clock.Now(), map[string]any{"person": peter, "channel": "call", "outcome": "no_answer"}))
		must(send(t, h, "lead", "conversation", v7(), h.Clock.Now(), map[string]any{"person": peter, "channel": "call", "outcome": "talked"}))
		check("her captain talked with one", organize.Cover{N: 10, NoOne: 8, Old: 1, Covered: 1, Leaders: 1})
		h.Clock.Advance(14 * 24 * time.Hour)
		check("on the last day that counts", organize.Cover{N: 10, NoOne: 8, Old: 1, Covered: 1, Leaders: 1})
		h.Clock.Advance(24 * time.Hour)
		check("the talk is old", organize.Cover{N: 10, NoOne: 8, Old: 2, Leaders: 1})
		must(send(t, h, "captain", "conversation", v7(), h.Clock.Now(), map[string]any{"person": ingrid, "channel": "call", "outcome": "talked"}))
		must(send(t, h, "lead", "assessment", v7(), h.Clock.Now(), map[string]any{"person": rosa, "value": 4, "basis": "said"})) // B08.2
		check("the captain is a 4", organize.Cover{N: 10, NoOne: 8, Unsure: 2, Leaders: 1})
		must(h.Roster.Edit(h.As("data_lead"), rosa, "status", map[string][]string{"unit_status": {"left"}, "why": {"moved"}}))
		check("the captain has left", organize.Cover{N: 9, NoOne: 7, Left: 2})
	})
}

func TestWhomSheLeadsSheSees(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		blair := h.Person["Blair Onlyblaine"]
		record := func() error {
			return send(t, h, "captain", "assessment", v7(), h.Clock.Now(), map[string]any{"person": blair, "value": 2, "basis": "said"})
		}
		if err := record(); fault.CodeOf(err) != fault.Missing {
			t.Fatalf("before: %v", err)
		}
		if err := h.Organize.Lead(h.As("lead"), h.Person["Rosa Almquist"], []string{blair}); err != nil {
			t.Fatal(err)
		}
		if err := record(); err != nil {
			t.Errorf("her captain: %v", err)
		}
		if err := h.Organize.Lead(h.As("lead"), h.Person["Omar Farah"], []string{blair}); err != nil {
			t.Fatal(err)
		}
		if err := record(); fault.CodeOf(err) != fault.Missing {
			t.Errorf("after another took over: %v", err)
		}
		for role, want := range map[string]fault.Code{"captain": fault.Forbidden, "site reader": fault.Missing, "member": fault.Forbidden} {
			if err := h.Organize.Lead(h.As(role), h.Person["Rosa Almquist"], []string{h.Person["Ingrid Dahl"]}); fault.CodeOf(err) != want {
				t.Errorf("%s appoints: %v, want %q", role, err, want)
			}
		}
	})
}
