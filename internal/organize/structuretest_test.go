// SPDX-License-Identifier: Apache-2.0

package organize_test

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tenday/tenday/internal/app/apptest"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/organize"
	"github.com/tenday/tenday/internal/roster"
)

// sticker opens a public test of the whole unit.
func sticker(t testing.TB, h *apptest.House, edit func(*organize.Test)) string {
	t.Helper()
	test := organize.Test{Name: "Sticker day", Question: "Wore the sticker", Kind: "sticker", Public: true, ThresholdPct: 70, Closes: h.Clock.Now().Add(48 * time.Hour)}
	if edit != nil {
		edit(&test)
	}
	id, err := h.Organize.MakeTest(h.As("lead"), test, true)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// frozen is everything that is stored about a test, byte for byte.
func frozen(t testing.TB, h *apptest.House, test string) string {
	t.Helper()
	out, err := db.InRead(t.Context(), h.DB, func(tx *db.Tx) (string, error) {
		var a, b, c, d string
		var n, v int
		err := tx.Row(t.Context(), `SELECT state, frozen_ids_sha256, frozen_n, frozen_list_version, result FROM structure_test WHERE id = $1`, test).Scan(&a, &b, &n, &v, &c)
		if err != nil {
			return "", err
		}
		ids, err := db.Strings(t.Context(), tx, `SELECT person_id || state FROM structure_test_eligible WHERE test_id = $1 ORDER BY person_id`, test)
		d = strings.Join(ids, " ")
		return fmt.Sprint(a, b, n, v, c, d), err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// B06.4, B07.3: who was never asked is unknown, which is not yes and not no; two leave, one is merged, answers come late: the closed result is byte for byte what it was.
func TestAClosedResultNeverChanges(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		id := sticker(t, h, nil)
		for _, name := range []string{"Ingrid Dahl", "Omar Farah"} {
			if err := send(t, h, "lead", "participation", v7(), h.Clock.Now(), map[string]any{"test": id, "person": h.Person[name], "state": "yes", "evidence": "captain"}); err != nil {
				t.Fatal(err)
			}
		}
		h.Clock.Advance(48 * time.Hour)
		if n, err := h.Jobs.RunDue(t.Context()); err != nil || n == 0 { // the clock closes it
			t.Fatalf("%d jobs, %v", n, err)
		}
		was := frozen(t, h, id)
		if !strings.HasPrefix(was, "closed") || !strings.Contains(was, `{"n":10,"yes":2,"verified":0,"captain":2,"no":0,"unknown":8,`) {
			t.Fatalf("closed as %s", was)
		}
		late := send(t, h, "captain", "participation", v7(), h.Clock.Now().Add(-time.Hour), map[string]any{"test": id, "person": h.Person["Peter Dahl"], "state": "yes", "evidence": "captain"})
		if fault.CodeOf(late) != fault.Conflict {
			t.Errorf("an answer after the close: %v", late)
		}
		for _, name := range []string{"Ingrid Dahl", "Wilma Westberg"} {
			if err := h.Roster.Edit(h.As("data_lead"), h.Person[name], "status", map[string][]string{"unit_status": {"left"}, "why": {"moved"}}); err != nil {
				t.Fatal(err)
			}
		}
		for act, err := range map[string]error{
			"open": h.Organize.OpenTest(h.As("lead"), id), "close": h.Organize.CloseTest(h.As("lead"), id), "void": h.Organize.VoidTest(h.As("lead"), id, "because"),
		} {
			if fault.CodeOf(err) != fault.Conflict {
				t.Errorf("%s of a closed test: %v", act, err)
			}
		}
		if err := h.Organize.NoteTest(h.As("lead"), id, "One photo was of another day."); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(was, frozen(t, h, id)); diff != "" {
			t.Errorf("the result changed:\n%s", diff)
		}
		page := h.Get("lead", "/tests/"+id, "").Body
		for _, want := range []string{"2</span> <span class=\"of\">of 10", "One photo was of another day.", "Frozen: 10 people"} {
			if !strings.Contains(page, want) {
				t.Errorf("the page lacks %q", want)
			}
		}
	})
}

func TestTheUnitOfAnEarlierDayIsCounted(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		day := roster.DateOf(h.Clock.Now())
		id := sticker(t, h, func(x *organize.Test) { x.AsOf = day })
		h.Clock.Advance(24 * time.Hour)
		if err := h.Roster.Edit(h.As("data_lead"), h.Person["Ingrid Dahl"], "status", map[string][]string{"unit_status": {"left"}, "why": {"moved"}}); err != nil {
			t.Fatal(err)
		}
		if err := h.Organize.CloseTest(h.As("lead"), id); err != nil {
			t.Fatal(err)
		}
		if got := frozen(t, h, id); !strings.Contains(got, `{"n":10,`) {
			t.Errorf("of the day before: %.200s", got)
		}
		now := sticker(t, h, nil)
		if err := h.Organize.CloseTest(h.As("lead"), now); err != nil {
			t.Fatal(err)
		}
		if got := frozen(t, h, now); !strings.Contains(got, `{"n":9,`) {
			t.Errorf("of today: %.200s", got)
		}
	})
}

// B07.5: twelve at once, one undo.
func TestOneUndoTakesBackWhatWasEnteredTogether(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		id := sticker(t, h, nil)
		ingrid, peter, blair := h.Person["Ingrid Dahl"], h.Person["Peter Dahl"], h.Person["Blair Onlyblaine"]
		yes := func() int {
			var v struct{ All organize.Tally }
			h.Get("lead", "/tests/"+id, "application/json").JSON(t, &v)
			return v.All.Yes
		}
		if _, err := h.Organize.EnterMany(h.As("captain"), id, answers(organize.Yes, ingrid, blair), organize.ByCaptain); fault.CodeOf(err) != fault.Missing {
			t.Errorf("somebody out of reach: %v", err)
		}
		if n := yes(); n != 0 {
			t.Errorf("%d entered although one was refused", n)
		}
		bulk, err := h.Organize.EnterMany(h.As("captain"), id, answers(organize.Yes, ingrid, peter), organize.ByCaptain)
		if err != nil || yes() != 2 {
			t.Fatalf("%d entered, %v; want 2", yes(), err)
		}
		if _, err := h.Organize.EnterMany(h.As("captain"), id, answers(organize.Yes, ingrid), organize.Photo); fault.CodeOf(err) != fault.Forbidden {
			t.Errorf("a captain verifies: %v", err)
		}
		if _, err := h.Organize.UndoMany(h.As("lead"), bulk); fault.CodeOf(err) != fault.Missing {
			t.Errorf("the lead undoes what the captain entered: %v", err)
		}
		if _, err := h.Organize.UndoMany(h.As("captain"), bulk); err != nil || yes() != 0 {
			t.Errorf("%d stand after the undo, %v", yes(), err)
		}
	})
}

func TestACaptainOfTwoWorksitesEntersAllHerPeopleOrThoseOfOne(t *testing.T) {
	t.Parallel()

	h := apptest.New(t)
	id := sticker(t, h, nil)
	enter := func(site string) (chosen string, people int) {
		page := h.Get("captain", "/tests/"+id+"/enter?site="+site, "").Body
		if m := regexp.MustCompile(`<option value="([^"]*)" selected>`).FindStringSubmatch(page); m != nil {
			chosen = m[1]
		}
		return chosen, strings.Count(page, `name="person"`)
	}
	if _, n := enter(""); n != 5 {
		t.Errorf("%d people, want five", n)
	}
	if err := errors.Join(h.Organize.Mark(h.As("lead"), h.Person["Rosa Almquist"], "captain"),
		h.Organize.Lead(h.As("lead"), h.Person["Rosa Almquist"], []string{h.Person["Omar Farah"]})); err != nil {
		t.Fatal(err)
	}
	page := h.Get("captain", "/tests/"+id+"/enter", "").Body
	if all := `<option value="" selected>All worksites`; !strings.Contains(page, all) {
		t.Errorf("all are shown and a worksite is named: the page lacks %s", all)
	}
	if at, n := enter(""); at != "" || n != 6 {
		t.Errorf("%d people of %q, want all six", n, at)
	}
	if at, n := enter(h.Site["0308"]); at != h.Site["0308"] || n != 1 {
		t.Errorf("%d people of %q, want the one at Blaine", n, at)
	}
}

// B07.4: assessed 1 or 2, and no public yes in the last two closed tests.
func TestWhoSaidYesAndDidNothing(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		ingrid, peter, asa := h.Person["Ingrid Dahl"], h.Person["Peter Dahl"], h.Person["Åsa Lindström"]
		for person, value := range map[string]int{ingrid: 1, peter: 2, asa: 3} {
			if err := send(t, h, "captain", "assessment", v7(), h.Clock.Now(), map[string]any{"person": person, "value": value, "basis": "said"}); err != nil {
				t.Fatal(err)
			}
		}
		soft := func(role string) (names []string) {
			var v struct{ People []struct{ Name string } }
			h.Get(role, "/tests/soft", "application/json").JSON(t, &v)
			for _, p := range v.People {
				names = append(names, p.Name)
			}
			return names
		}
		if got := soft("lead"); got != nil {
			t.Errorf("before any test: %v", got)
		}
		for _, yes := range []string{ingrid, ""} { // Ingrid took part in the first of two
			id := sticker(t, h, nil)
			if yes != "" {
				if err := send(t, h, "captain", "participation", v7(), h.Clock.Now(), map[string]any{"test": id, "person": yes, "state": "yes", "evidence": "captain"}); err != nil {
					t.Fatal(err)
				}
			}
			h.Clock.Advance(time.Hour)
			if err := h.Organize.CloseTest(h.As("lead"), id); err != nil {
				t.Fatal(err)
			}
		}
		for role, want := range map[string][]string{"lead": {"Peter Dahl"}, "captain": {"Peter Dahl"}, "site reader": nil} {
			if diff := cmp.Diff(want, soft(role)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", role, diff)
			}
		}
	})
}

// B07.4: they are listed by captain, whatever the order in which they came on the roster.
func TestWhoSaidYesAndDidNothingIsListedByCaptain(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		for leader, led := range map[string][]string{"Rosa Almquist": {"Katherine Nguyen", "Ingrid Dahl"}, "Blair Onlyblaine": {"Mohamed Ali", "Peter Dahl"}} {
			var ids []string
			for _, name := range led {
				ids = append(ids, h.Person[name])
				if err := send(t, h, "captain", "assessment", v7(), h.Clock.Now(), map[string]any{"person": h.Person[name], "value": 2, "basis": "said"}); err != nil {
					t.Fatal(err)
				}
			}
			if err := errors.Join(h.Organize.Mark(h.As("lead"), h.Person[leader], "captain"), h.Organize.Lead(h.As("lead"), h.Person[leader], ids)); err != nil {
				t.Fatal(err)
			}
		}
		if err := h.Organize.CloseTest(h.As("lead"), sticker(t, h, nil)); err != nil {
			t.Fatal(err)
		}
		var v struct {
			People []struct{ Name, Captain, Said string }
		}
		h.Get("lead", "/tests/soft", "application/json").JSON(t, &v)
		var got []string
		for _, p := range v.People {
			got = append(got, p.Captain)
			if !strings.HasPrefix(p.Said, "2, said so") {
				t.Errorf("%s said %q", p.Name, p.Said)
			}
		}
		if len(got) != 4 || got[0] != got[1] || got[2] != got[3] {
			t.Errorf("in the order of %q", got)
		}
	})
}

// Whoever may not read the people sees nothing of an open test, and of a closed one its one partition without small groups.
func TestOutsidersSeeNoRunningAndNoSmallCount(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		id := sticker(t, h, nil)
		for _, name := range []string{"Ingrid Dahl", "Peter Dahl", "Omar Farah", "Rosa Almquist", "Mohamed Ali"} {
			if err := send(t, h, "lead", "participation", v7(), h.Clock.Now(), map[string]any{"test": id, "person": h.Person[name], "state": "yes", "evidence": "captain"}); err != nil {
				t.Fatal(err)
			}
		}
		type seen struct {
			Yes   struct{ X, N int }
			All   organize.Tally
			Lines []struct {
				Name  string
				Share struct{ X, N int }
			}
			Test struct{ Result organize.Result }
		}
		read := func(role string) (v seen) {
			h.Get(role, "/tests/"+id, "application/json").JSON(t, &v)
			return v
		}
		if v := read("officer"); v.All.Yes != 0 || len(v.Lines) != 0 {
			t.Errorf("the officer sees a running count: %+v", v)
		}
		if v := read("captain"); v.All.N != 5 || v.All.Yes != 3 {
			t.Errorf("the captain sees %+v of her own five", v.All)
		}
		if err := h.Organize.CloseTest(h.As("lead"), id); err != nil {
			t.Fatal(err)
		}
		v := read("officer")
		if v.Yes.X != 5 || v.All.Verified+v.All.Captain+v.All.Unknown != 0 || len(v.Test.Result.Sites) != 0 {
			t.Errorf("the officer sees %+v", v)
		}
		for _, l := range v.Lines { // nine in the East, one in the West
			if l.Share.X != 0 {
				t.Errorf("the officer sees %d of %s", l.Share.X, l.Name)
			}
		}
		if v := read("captain"); v.All.N != 5 || v.All.Yes != 3 || len(v.Test.Result.Sites) != 0 {
			t.Errorf("the captain sees %+v", v)
		}
		if v := read("region reader"); v.All.N != 1 || v.All.Yes != 0 {
			t.Errorf("the West's organizer sees %+v", v.All)
		}
		if v := read("lead"); len(v.Lines) != 3 || v.All.Yes != 5 {
			t.Errorf("the lead sees %+v", v)
		}
	})
}

func TestATestIsManagedWithinReach(t *testing.T) {
	t.Parallel()

	h := apptest.New(t)
	for _, c := range []struct {
		role, scope, id string
		want            fault.Code
	}{
		{"lead", "unit", "", fault.OK},
		{"site reader", "unit", "", fault.Invalid},
		{"site reader", "site", h.Site["0308"], fault.OK},
		{"site reader", "site", h.Site["0901"], fault.Invalid},
		{"region reader", "region", "West", fault.OK},
		{"region reader", "region", "East", fault.Invalid},
		{"captain", "unit", "", fault.Forbidden},
		{"officer", "unit", "", fault.Forbidden},
	} {
		_, err := h.Organize.MakeTest(h.As(c.role), organize.Test{
			Name: "x", Question: "y", Kind: "petition", ThresholdPct: 60, Closes: h.Clock.Now().Add(time.Hour),
			Scope: auth.Scope(c.scope), ScopeID: c.id,
		}, false)
		if fault.CodeOf(err) != c.want {
			t.Errorf("%s makes one of %s %s: %v, want %q", c.role, c.scope, c.id, err, c.want)
		}
	}
}

// answers is one answer of several people.
func answers(a organize.Answer, people ...string) map[string]organize.Answer {
	out := map[string]organize.Answer{}
	for _, id := range people {
		out[id] = a
	}
	return out
}
