// SPDX-License-Identifier: Apache-2.0

package roster_test

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/db/dbtest"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/roster"
)

// people returns the ids that list v1 gave to the people of the truth.
func (r *room) people(v1 string) map[string]string {
	r.t.Helper()
	who, _ := truth(r.t, "employer_list_v1.csv")
	out := map[string]string{}
	for _, l := range r.lines(`SELECT CAST(line AS TEXT) || ' ' || person_id FROM list_row WHERE import_id = $1`, v1) {
		line, id, _ := strings.Cut(l, " ")
		no, err := strconv.Atoi(line)
		r.must(err)
		out[who[no]] = id
	}
	return out
}

// decideByTruth answers every row that is asked about as the truth says.
func (r *room) decideByTruth(list string, people map[string]string) (right, asked int) {
	r.t.Helper()
	who, _ := truth(r.t, "employer_list_v2.csv")
	var all []roster.Decided
	for _, l := range r.lines(`SELECT CAST(line AS TEXT) || ' ' || reasons FROM list_row WHERE import_id = $1 AND state = 'proposed' ORDER BY line`, list) {
		line, reasons, _ := strings.Cut(l, " ")
		no, err := strconv.Atoi(line)
		r.must(err)
		d := roster.Decided{Line: no, What: roster.MakeNew}
		if id := people[who[no]]; id != "" {
			d.What, d.Person = roster.LinkRow, id
			if strings.HasPrefix(reasons, `[{"id":"`+id) {
				right++
			}
		}
		all = append(all, d)
	}
	r.must(r.Decide(r.ctx, list, all))
	return right, len(all)
}

func TestTheDemoListsComeInAsTheTruthSays(t *testing.T) {
	t.Parallel()

	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRoom(t, d)
		v1 := r.apply(roster.EmployerList, "employer_list_v1.csv", "2025-05-30")
		if diff := cmp.Diff([]string{"disputed 5", "in 602", "out 5"}, r.lines(`SELECT unit_status || ' ' || CAST(COUNT(*) AS TEXT)
			FROM person GROUP BY unit_status ORDER BY 1`)); diff != "" {
			t.Errorf("unit after list v1 (-want +got)\n%s", diff)
		}
		people := r.people(v1.ID)
		truthOf := map[string]string{}
		for p, id := range people {
			truthOf[id] = p
		}
		v2 := r.preview(roster.EmployerList, "employer_list_v2.xlsx", demoFile(t, "employer_list_v2.xlsx"), "2025-10-31")
		if v2.State != roster.ListPreviewed || v2.Summary.Notes["employee_number zero_restored"] == 0 || v2.Summary.Notes["home_zip zero_restored"] == 0 {
			t.Errorf("preview of v2: %s %v", v2.State, v2.Summary.Notes)
		}
		columns, err := r.Columns(r.ctx, v2.ID)
		r.must(err)
		if columns.HeaderLine != 5 || len(columns.Samples[0]) != 3 {
			t.Errorf("header on line %d, samples %v", columns.HeaderLine, columns.Samples[0])
		}
		right, asked := r.decideByTruth(v2.ID, people)
		if asked != 11 || right != 10 {
			t.Errorf("%d rows asked about, %d with the right person on top; want 11 and 10", asked, right)
		}
		who, _ := truth(t, "employer_list_v2.csv")
		got, fresh, wrong := map[string][]string{}, map[string]bool{}, 0
		kindOf := map[string]string{
			"moved": "moved", "renamed": "renamed", "fte": "fte", "shift": "shift", "job": "job", "home_zip": "home_zip",
			"phone": "phone", "leave": "status",
		}
		for _, l := range r.lines(`SELECT CAST(line AS TEXT) || ' ' || state || ' ' || person_id || ' ' || kinds FROM list_row WHERE import_id = $1`, v2.ID) {
			f := strings.Fields(l)
			no, err := strconv.Atoi(f[0])
			r.must(err)
			if f[1] == "new" {
				fresh[who[no]] = true
				continue
			}
			if p := truthOf[f[2]]; p != who[no] {
				wrong++
				t.Errorf("line %d is %s and was linked to %s", no, who[no], p)
			}
			for _, k := range f[3:] {
				if want := kindOf[k]; want != "" && !slices.Contains(got[want], who[no]) {
					got[want] = append(got[want], who[no])
				}
			}
		}
		for id := range fresh {
			got["new"] = append(got["new"], id)
		}
		for _, id := range r.lines(`SELECT person_id FROM list_absent a WHERE import_id = $1 AND NOT EXISTS (SELECT 1 FROM list_row r
			WHERE r.import_id = a.import_id AND r.person_id = a.person_id AND r.state = 'linked')`, v2.ID) {
			got["absent"] = append(got["absent"], truthOf[id])
		}
		want := map[string][]string{}
		for _, row := range demoRows(t, "expected_diff.csv") {
			k := row["change"]
			if k == "left" || k == "omitted_on_leave" {
				k = "absent"
			}
			if slices.Contains([]string{"new", "absent"}, k) || slices.ContainsFunc(slices.Collect(mapValues(kindOf)), func(v string) bool { return v == k }) {
				want[k] = append(want[k], row["person_id"])
			}
		}
		for k := range want {
			slices.Sort(want[k])
			slices.Sort(got[k])
			if diff := cmp.Diff(want[k], got[k]); diff != "" {
				t.Errorf("%s: want %d, got %d (-want +got)\n%s", k, len(want[k]), len(got[k]), diff)
			}
			t.Logf("%s: %d of %d", k, len(got[k]), len(want[k]))
		}
		r.must(r.Apply(r.ctx, v2.ID))
		if left := r.lines(`SELECT id FROM person WHERE unit_status = 'left'`); len(left) > 0 {
			t.Errorf("the list alone made %d people leave", len(left))
		}
		t.Log(r.lines(`SELECT CAST(version AS TEXT) || ' ' || as_of || ' ' || CAST(n AS TEXT) FROM unit_list ORDER BY version`), wrong)
		t.Log(r.lines(`SELECT state || ' ' || CAST(COUNT(*) AS TEXT) FROM pair GROUP BY state`))
	})
}

func mapValues(m map[string]string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for _, v := range m {
			if !yield(v) {
				return
			}
		}
	}
}

func TestAListWhoseColumnsSlidIsStoppedWhereItBegins(t *testing.T) {
	t.Parallel()

	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRoom(t, d)
		r.apply(roster.EmployerList, "employer_list_v1.csv", "2025-05-30")
		before := r.dump()
		i := r.preview(roster.EmployerList, "employer_list_v2_misaligned.csv", demoFile(t, "employer_list_v2_misaligned.csv"), "2025-10-31")
		var got []string
		for _, s := range i.Summary.Stops {
			got = append(got, s.Rule+" "+s.Field)
			if s.Line < 40 || s.Line > 46 {
				t.Errorf("%s begins on line %d, want 42", s.Field, s.Line)
			}
			t.Logf("%s %s: %d of %d, from line %d", s.Rule, s.Field, s.N, s.Of, s.Line)
		}
		if diff := cmp.Diff([]string{"field hire_date", "field home_zip", "field phone", "field email"}, got); diff != "" || i.State != roster.ListStopped {
			t.Errorf("%s (-want +got)\n%s", i.State, diff)
		}
		if err := r.Apply(r.ctx, i.ID); fault.CodeOf(err) != fault.Conflict {
			t.Errorf("a stopped list was applied: %v", err)
		}
		if diff := cmp.Diff(before, r.dump()); diff != "" {
			t.Errorf("a stopped list changed something (-before +after)\n%s", diff)
		}
		r.must(r.Override(r.ctx, i.ID, "checked by hand"))
		if err := r.Confirm(r.ctx, i.ID); fault.CodeOf(err) != fault.Conflict {
			t.Errorf("one person overruled a stop: %v", err)
		}
		r.must(r.Confirm(as(t, "second"), i.ID))
		if i, _ = r.Import(r.ctx, i.ID); i.State != roster.ListPreviewed {
			t.Errorf("after the second person: %s", i.State)
		}
	})
}

func TestABrokenQuoteIsNamedByLineAndColumn(t *testing.T) {
	t.Parallel()

	r := newRoom(t, dbtest.SQLite(t, nil))
	lines := bytes.Split(demoFile(t, "employer_list_v1.csv"), []byte("\n"))
	cells := bytes.Split(lines[211], []byte(","))
	cells[6] = append([]byte(`"`), cells[6]...)
	lines[211] = bytes.Join(cells, []byte(","))
	_, err := r.Upload(r.ctx, roster.EmployerList, "file.csv", bytes.NewReader(bytes.Join(lines, []byte("\n"))), -1)
	f, ok := err.(*fault.Error) //nolint:errorlint // as it is returned
	if !ok || f.Key != "sheet.quote_not_closed" {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]any{"File": "file.csv", "Line": 212, "Column": 7, "First": 2, "Last": 211}, f.Args); diff != "" {
		t.Error(diff)
	}
}

// The union's list adds contacts and what people told about themselves; jobs, numbers and the unit stay as they are, and whoever is
// not on the employer's list waits.
func TestTheUnionListAddsContactsAndNoJobs(t *testing.T) {
	t.Parallel()

	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRoom(t, d)
		v1 := r.apply(roster.EmployerList, "employer_list_v1.csv", "2025-05-30")
		people := r.people(v1.ID)
		v2 := r.preview(roster.EmployerList, "employer_list_v2.csv", demoFile(t, "employer_list_v2.csv"), "2025-10-31")
		r.decideByTruth(v2.ID, people)
		r.must(r.Apply(r.ctx, v2.ID))
		who2, _ := truth(t, "employer_list_v2.csv")
		for _, l := range r.lines(`SELECT CAST(line AS TEXT) || ' ' || person_id FROM list_row WHERE import_id = $1 AND state = 'applied'`, v2.ID) {
			line, id, _ := strings.Cut(l, " ")
			no, err := strconv.Atoi(line)
			r.must(err)
			people[who2[no]] = id
		}
		fixed := []string{`SELECT id || unit_status FROM person ORDER BY id`, `SELECT id || ends_on FROM employment ORDER BY id`, `SELECT id || until_on FROM person_identifier ORDER BY id`}
		var before [][]string
		for _, q := range fixed {
			before = append(before, r.lines(q))
		}
		i := r.preview(roster.UnionList, "union_list.csv", demoFile(t, "union_list.csv"), "2025-10-31")
		who, _ := truth(t, "union_list.csv")
		var right, wrong, strangers, missed int
		for _, l := range r.lines(`SELECT CAST(line AS TEXT) || ' ' || state || ' ' || reasons FROM list_row WHERE import_id = $1`, i.ID) {
			f := strings.SplitN(l, " ", 3)
			no, err := strconv.Atoi(f[0])
			r.must(err)
			known := people[who[no]]
			switch {
			case f[1] == "linked":
				t.Errorf("line %d of the union's list was linked by itself", no)
			case f[1] != "proposed":
			case f[2] == "null" && known == "":
				strangers++
			case f[2] == "null":
				missed++
			case known != "" && strings.HasPrefix(f[2], `[{"id":"`+known):
				right++
			default:
				wrong++
			}
		}
		t.Logf("%d rows: %d right person on top, %d another, %d not proposed, %d strangers; %v", i.Summary.Rows, right, wrong, missed, strangers, i.Summary.States)
		if right < 501 || wrong > 0 {
			t.Errorf("%d right, %d wrong", right, wrong)
		}
		_, err := r.DecideAll(r.ctx, i.ID, roster.LinkRow, 50)
		r.must(err)
		r.must(r.Apply(r.ctx, i.ID))
		for n, q := range fixed {
			if diff := cmp.Diff(before[n], r.lines(q)); diff != "" {
				t.Errorf("the union's list changed a job, a number or a status (-before +after)\n%.1000s", diff)
			}
		}
		if n := r.lines(`SELECT id FROM contact_point WHERE source_import = $1 AND (status <> 'unverified' OR is_personal = 0)`, i.ID); len(n) > 0 {
			t.Errorf("%d contacts are not personal and unverified", len(n))
		}
		t.Log(len(r.lines(`SELECT id FROM contact_point WHERE source_import = $1`, i.ID)), "contacts,",
			len(r.lines(`SELECT line FROM list_row WHERE import_id = $1 AND state = 'held'`, i.ID)), "rows held")
		if err := r.Decide(r.ctx, i.ID, []roster.Decided{{Line: 2, What: roster.MakeNew}}); fault.CodeOf(err) != fault.Conflict {
			t.Errorf("a row of an applied list was decided: %v", err)
		}
	})
}

func TestAnOlderListIsRefusedUnlessItIsHistory(t *testing.T) {
	t.Parallel()

	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRoom(t, d)
		const head = "Employee ID,Last Name,First Name,Job Title,Location Code,FTE\n"
		now := r.preview(roster.EmployerList, "now.csv", []byte(head+"1,Ali,Mohamed,Physician,0842,0.60\n"), "2025-10-31")
		r.must(r.Apply(r.ctx, now.ID))
		before := r.dump()
		old, err := r.Upload(r.ctx, roster.EmployerList, "old.csv", strings.NewReader(head+"1,Ali,Mohamed,Physician,0774,0.80\n2,Gone,Greta,Physician,0774,1.00\n"), -1)
		r.must(err)
		day := roster.Date{Year: 2025, Month: 5, Day: 30}
		if err := r.SetAsOf(r.ctx, old, day, false); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("an older list: %v", err)
		}
		r.must(r.SetAsOf(r.ctx, old, day, true))
		r.must(r.Preview(r.ctx, old, nil))
		r.must(r.Apply(r.ctx, old))
		if diff := cmp.Diff([]string{"2025-05-30 2025-05-30"}, r.lines(`SELECT starts_on || ' ' || ends_on FROM employment WHERE source_import = $1`, old)); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		if n := r.lines(`SELECT id FROM person`); len(n) != 1 {
			t.Errorf("%d people", len(n))
		}
		_, err = r.Undo(r.ctx, old)
		r.must(err)
		if diff := cmp.Diff(before, r.dump(old)); diff != "" {
			t.Errorf("undone (-before +after)\n%s", diff)
		}
	})
}

// A campaign that begins has no worksites, and its first list names them all.
func TestTheFirstListBringsItsWorksites(t *testing.T) {
	t.Parallel()

	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRoom(t, d)
		list := "Employee ID,Last Name,First Name,Job Title,Credential,Location Code,Work Location\n" +
			"1,Almquist,Rosa,Nurse Practitioner,NP,17,EXAMPLE HEALTH PINE CITY URGENT CARE\n" +
			"2,Dahl,Peter,Physician,MD,1803,Example Health Ely Clinic\n3,Dahl,Ingrid,Physician,MD,1803,Example Health Ely Clinic\n"
		i := r.preview(roster.EmployerList, "first.csv", []byte(list), "2025-05-30")
		if n := i.Summary.Unknown; len(n) != 2 {
			t.Fatalf("unknown worksites = %v, want two", n)
		}
		n, err := r.AddListSites(r.ctx, i.ID)
		r.must(err)
		if n != 2 {
			t.Errorf("added %d worksites, want 2", n)
		}
		r.must(r.Preview(r.ctx, i.ID, nil))
		r.must(r.Apply(r.ctx, i.ID))
		sites, err := r.Worksites(r.ctx)
		r.must(err)
		got := map[string]string{}
		for _, w := range sites {
			if w.Code == "0017" || w.Code == "1803" {
				got[w.Code] = w.Town + ", " + w.Kind
			}
		}
		if diff := cmp.Diff(map[string]string{"0017": "Pine City, urgent_care", "1803": "Ely, clinic"}, got); diff != "" {
			t.Errorf("worksites (-want +got):\n%s", diff)
		}
	})
}
