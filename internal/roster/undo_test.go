// SPDX-License-Identifier: Apache-2.0

package roster_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/db/dbtest"
	"github.com/tenday/tenday/internal/roster"
)

func TestUndoingADemoListLeavesTheDatabaseAsItWas(t *testing.T) {
	t.Parallel()

	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRoom(t, d)
		empty := r.dump()
		v1 := r.apply(roster.EmployerList, "employer_list_v1.csv", "2025-05-30")
		people := r.people(v1.ID)
		first := r.dump(v1.ID)
		v2 := r.preview(roster.EmployerList, "employer_list_v2.xlsx", demoFile(t, "employer_list_v2.xlsx"), "2025-10-31")
		r.decideByTruth(v2.ID, people)
		r.must(r.DecideAbsent(r.ctx, v2.ID, nil, roster.AbsentLeft))
		r.must(r.Apply(r.ctx, v2.ID))
		u, err := r.Undo(r.ctx, v2.ID)
		r.must(err)
		if len(u.Kept) > 0 {
			t.Errorf("kept %v", u.Kept)
		}
		if diff := cmp.Diff(first, r.dump(v1.ID, v2.ID)); diff != "" {
			t.Errorf("v2 was undone (-before +after)\n%.3000s", diff)
		}
		again := r.preview(roster.EmployerList, "employer_list_v2.csv", demoFile(t, "employer_list_v2.csv"), "2025-10-31")
		r.decideByTruth(again.ID, people)
		r.must(r.Apply(r.ctx, again.ID))
		u, err = r.Undo(r.ctx, v1.ID) // both lists, the later one first
		r.must(err)
		if diff := cmp.Diff([]string{again.ID, v1.ID}, u.Lists); diff != "" || len(u.Kept) > 0 {
			t.Errorf("kept %v (-want +got)\n%s", u.Kept, diff)
		}
		if diff := cmp.Diff(empty, r.dump(v1.ID, v2.ID, again.ID)); diff != "" {
			t.Errorf("both were undone (-before +after)\n%.3000s", diff)
		}
	})
}

// Fourteen people are edited over a weekend between a list and its undoing: the edits stay and are listed, the rest is as before.
func TestEditsSinceAListOutliveItsUndoing(t *testing.T) {
	t.Parallel()

	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRoom(t, d)
		r.apply(roster.EmployerList, "employer_list_v1.csv", "2025-05-30")
		v2 := r.apply(roster.EmployerList, "employer_list_v2.csv", "2025-10-31")
		zips := r.lines(`SELECT entity_id FROM change WHERE import_id = $1 AND field = 'home_zip' ORDER BY entity_id LIMIT 10`, v2.ID)
		fresh := r.lines(`SELECT id FROM person WHERE source_import = $1 ORDER BY id LIMIT 4`, v2.ID)
		for _, id := range append(slices.Clone(zips), fresh...) {
			r.must(r.Edit(r.ctx, id, "about", url.Values{"pronouns": {"they/them"}}))
		}
		u, err := r.Undo(r.ctx, v2.ID)
		r.must(err)
		edited, referred := map[string]bool{}, map[string]bool{}
		for _, k := range u.Kept {
			if k.Why == "edited" && k.Field == "pronouns" {
				edited[k.Person] = true
			} else if k.Why == "referred" {
				referred[k.Person] = true
			}
		}
		if len(edited) != 14 || len(referred) != 4 {
			t.Errorf("%d edits listed, %d people kept: %v", len(edited), len(referred), u.Kept)
		}
		if n := r.lines(`SELECT id FROM person WHERE pronouns = 'they/them'`); len(n) != 14 {
			t.Errorf("%d edits stay", len(n))
		}
		if s := r.lines(`SELECT unit_status FROM person WHERE source_import = $1`, v2.ID); !slices.Equal(s, []string{"unknown", "unknown", "unknown", "unknown"}) {
			t.Errorf("people of the list that stay: %v", s)
		}
		for _, id := range zips { // the ZIP that the list brought is taken back, the edit beside it stays
			was := r.lines(`SELECT before FROM change WHERE entity_id = $1 AND field = 'home_zip' ORDER BY id LIMIT 1`, id)
			now := r.lines(`SELECT '"' || home_zip || '"' FROM person WHERE id = $1`, id)
			if diff := cmp.Diff(was, now); diff != "" {
				t.Error(diff)
			}
		}
	})
}

// Two rows of one person at two worksites are two jobs, one of them the first, and she is counted once.
func TestTwoRowsOfOnePersonAreTwoJobs(t *testing.T) {
	t.Parallel()

	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRoom(t, d)
		list := "Employee ID,Last Name,First Name,Job Title,Location Code,FTE\n1,Ali,Mohamed,Physician,0842,0.60\n1,ALI,MOHAMED,Physician,0774,0.40\n"
		for _, day := range []string{"2025-05-30", "2025-10-31"} {
			i := r.preview(roster.EmployerList, "two.csv", []byte(list), day)
			r.must(r.Apply(r.ctx, i.ID))
			if diff := cmp.Diff([]string{"2 100 0000001"}, r.lines(`SELECT CAST(worksite_n AS TEXT) || ' ' || CAST(fte AS TEXT) || ' ' || employee_number FROM person_now`)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if diff := cmp.Diff([]string{"1", "0"}, r.lines(`SELECT CAST(is_primary AS TEXT) FROM employment ORDER BY id`)); diff != "" {
				t.Errorf("primary (-want +got)\n%s", diff)
			}
		}
		if diff := cmp.Diff([]string{"1", "1"}, r.lines(`SELECT CAST(n AS TEXT) FROM unit_list ORDER BY version`)); diff != "" {
			t.Errorf("counted (-want +got)\n%s", diff)
		}
	})
}

// listMaker makes employer lists of a few people over a few worksites, as an employer would: most people stay, some move, marry,
// leave, come, get another number or stand on the list twice.
type listMaker struct {
	t    *rapid.T
	rows [][]string // number, family, given, title, site, FTE, shift, hired, ZIP, phone, e-mail
	next int
}

var (
	families = []string{"Nguyen", "Ali", "Dahl", "Lindström", "Almquist", "Park", "O'Keefe", "Larson-Groß"}
	givens   = []string{"Katherine", "Kate", "Mohamed", "Ingrid", "Åsa", "Peter", "Hui", "Bob"}
	codes    = []string{"0842", "0774", "0443", "0755"}
	titles   = []string{"Physician", "Nurse Practitioner", "Site Lead Physician", "Medical Director", "PA-C"}
)

func (m *listMaker) person() []string {
	pick := func(from []string, what string) string { return rapid.SampledFrom(from).Draw(m.t, what) }
	m.next++
	return []string{
		fmt.Sprintf("%07d", m.next), pick(families, "family"), pick(givens, "given"), pick(titles, "title"), pick(codes, "site"),
		pick([]string{"1.00", "0.80", "0.50"}, "fte"), pick([]string{"Day", "Evening"}, "shift"), "2019-03-07", "55033",
		fmt.Sprintf("(651) 555-01%02d", rapid.IntRange(0, 20).Draw(m.t, "phone")), fmt.Sprintf("p%d@clinic.example.org", m.next),
	}
}

func (m *listMaker) list() []byte {
	if len(m.rows) == 0 {
		for range rapid.IntRange(4, 8).Draw(m.t, "people") {
			m.rows = append(m.rows, m.person())
		}
	} else {
		for range rapid.IntRange(1, 4).Draw(m.t, "changes") {
			i := rapid.IntRange(0, len(m.rows)-1).Draw(m.t, "whom")
			row := append([]string(nil), m.rows[i]...)
			fresh := m.person()
			switch c := rapid.IntRange(0, 12).Draw(m.t, "what"); {
			case c == 11 && len(m.rows) > 4:
				m.rows = append(m.rows[:i:i], m.rows[i+1:]...)
				continue
			case c == 12:
				m.rows = append(m.rows, fresh)
				continue
			case c == 0 && rapid.Bool().Draw(m.t, "second job"):
				row[4] = fresh[4]
				m.rows = append(m.rows, row)
				continue
			case c == 8:
				row[8] = ""
			case c < 11:
				row[c] = fresh[c]
			}
			m.rows[i] = row
		}
	}
	var b strings.Builder
	b.WriteString("Employee ID,Last Name,First Name,Job Title,Location Code,FTE,Shift,Hire Date,Home ZIP,Home Phone,Work Email\n")
	for _, row := range m.rows {
		b.WriteString(strings.Join(row, ",") + "\n")
	}
	return []byte(b.String())
}

// decide answers what a list asks, by chance.
func (m *listMaker) decide(r *room, i *roster.Import) {
	if i.State == roster.ListStopped {
		r.must(r.Override(r.ctx, i.ID, "drawn by chance"))
		r.must(r.Confirm(as(r.t, "second"), i.ID))
	}
	what := rapid.SampledFrom([]roster.Decision{roster.LinkRow, roster.MakeNew, roster.HoldRow, roster.SkipRow}).Draw(m.t, "decision")
	_, err := r.DecideAll(r.ctx, i.ID, what, 1)
	r.must(err)
	r.must(r.DecideAbsent(r.ctx, i.ID, nil, rapid.SampledFrom([]roster.AbsentDecision{"", roster.AbsentLeft, roster.AbsentLeave, roster.AbsentAsk}).Draw(m.t, "absent")))
}

// Whatever came before, a list and its undoing with no edit in between leave the database as it was, ids included.
func TestImportAndUndoLeaveNoTrace(t *testing.T) {
	t.Parallel()

	each := func(t *testing.T, fresh func(testing.TB, *dbtest.Clock) *db.DB) {
		t.Parallel()
		var r *room
		lists := 0
		rapid.Check(t, func(rt *rapid.T) {
			if lists%10 == 0 { // or the roster, and what is compared, grows and grows
				r = newRoom(t, fresh(t, nil))
			}
			lists++
			m := &listMaker{t: rt, next: rapid.IntRange(0, 30).Draw(rt, "next")} // another campaign on the same roster: numbers are its own
			var undone []string
			day := r.lastDay()
			for range rapid.IntRange(1, 4).Draw(rt, "steps") {
				day = day.AddDays(7)
				before := r.dump(undone...)
				i := r.preview(roster.EmployerList, "list.csv", m.list(), day.String())
				m.decide(r, i)
				r.must(r.Apply(r.ctx, i.ID))
				if rapid.Bool().Draw(rt, "undo") {
					u, err := r.Undo(r.ctx, i.ID)
					r.must(err)
					undone = append(undone, i.ID)
					if diff := cmp.Diff(before, r.dump(undone...)); diff != "" || len(u.Kept) > 0 {
						rt.Fatalf("kept %v (-before +after)\n%.4000s", u.Kept, diff)
					}
				}
				m.meddle(r)
			}
		})
	}
	t.Run("sqlite", func(t *testing.T) { each(t, dbtest.SQLite) })
	t.Run("postgres", func(t *testing.T) { each(t, dbtest.Postgres) })
}

func (r *room) lastDay() roster.Date {
	r.t.Helper()
	day, err := roster.ParseDate(append(r.lines(`SELECT as_of FROM list_import ORDER BY as_of DESC LIMIT 1`), "2025-01-01")[0])
	r.must(err)
	return day
}

// meddle merges a pair, takes a merge back or calls two people different.
func (m *listMaker) meddle(r *room) {
	state := rapid.SampledFrom([]roster.PairState{roster.PairOpen, roster.PairMerged}).Draw(m.t, "pairs")
	pairs, err := r.Pairs(r.ctx, state)
	r.must(err)
	if len(pairs) == 0 || rapid.Bool().Draw(m.t, "leave it") {
		return
	}
	p := pairs[rapid.IntRange(0, len(pairs)-1).Draw(m.t, "pair")]
	switch {
	case state == roster.PairMerged:
		r.must(r.Unmerge(r.ctx, p.ID, nil))
	case rapid.Bool().Draw(m.t, "different"):
		r.must(r.Different(r.ctx, p.ID))
	default:
		r.must(r.Merge(r.ctx, p.ID, roster.Merge{Keep: p.A, From: map[string]string{"name": p.B, "home_zip": p.B}}))
	}
}
