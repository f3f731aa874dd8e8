// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// demoPath finds a demo list: beside these tests, or among what the demo itself is made of.
func demoPath(name string) string {
	path := filepath.Join("testdata", "demo", name)
	if _, err := os.Stat(path); err != nil {
		return filepath.Join("..", "demo", "data", name)
	}
	return path
}

// readLines reads a CSV by physical lines, blank ones included; no demo cell holds a line break.
func readLines(tb testing.TB, file string) []Line {
	tb.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	var lines []Line
	for text := range strings.Lines(string(bytes.TrimPrefix(raw, []byte("\uFEFF")))) {
		r := csv.NewReader(strings.NewReader(text))
		cells, err := r.Read()
		if strings.TrimSpace(text) != "" && err != nil {
			tb.Fatal(err)
		}
		lines = append(lines, Line{len(lines) + 1, cells})
	}
	return lines
}

func demoPlaces(tb testing.TB) *Places {
	tb.Helper()
	var all []Place
	for _, l := range readLines(tb, demoPath("sites.csv"))[1:] {
		all = append(all, Place{Code: l.Cells[0], Name: l.Cells[1], Town: l.Cells[2], Kind: l.Cells[3]})
	}
	return NewPlaces(all)
}

func demoContext(tb testing.TB) ParseContext {
	tb.Helper()
	return ParseContext{
		NumberWidth: 7, DepartmentWidth: 4, Places: demoPlaces(tb), Region: "US", MailDomains: []string{"clinic.example.org"},
	}
}

// readDemoList parses a list with the mapping that is guessed for it.
func readDemoList(tb testing.TB, name string, kind ListKind) (*Sheet, Mapping, []Parsed) {
	tb.Helper()
	sheet, err := ReadSheet(readLines(tb, demoPath(name)))
	if err != nil {
		tb.Fatal(err)
	}
	m := GuessMapping(sheet, kind)
	if err := m.Check(); err != nil {
		tb.Fatal(err)
	}
	ctx := demoContext(tb)
	rows := make([]Parsed, len(sheet.Rows))
	for i, l := range sheet.Rows {
		rows[i] = m.Row(l.No, l.Cells, ctx)
	}
	return sheet, m, rows
}

// truthOf returns the person and the note of each line of a file.
func truthOf(tb testing.TB, file string) (person, note map[int]string) {
	tb.Helper()
	person, note = map[int]string{}, map[int]string{}
	for _, l := range readLines(tb, demoPath("truth.csv"))[1:] {
		if l.Cells[0] == file {
			no, err := strconv.Atoi(l.Cells[1])
			if err != nil {
				tb.Fatal(err)
			}
			person[no], note[no] = l.Cells[2], l.Cells[3]
		}
	}
	return person, note
}

// rollOf builds one record a person out of the rows of list v1, as an import does.
func rollOf(tb testing.TB) []Known {
	tb.Helper()
	_, _, rows := readDemoList(tb, "employer_list_v1.csv", EmployerList)
	who, _ := truthOf(tb, "employer_list_v1.csv")
	at := map[string]int{}
	var people []Known
	for i := range rows {
		k := rows[i].Known()
		k.ID, k.Kind = who[rows[i].Line], ""
		if j, ok := at[k.ID]; ok {
			people[j].Worksites = append(people[j].Worksites, k.Worksites...)
			continue
		}
		at[k.ID] = len(people)
		people = append(people, k)
	}
	return people
}

// B04.7: at the shipped weights nobody is linked wrongly, and every second row of somebody is asked about.
func TestListV2AgainstV1LinksNobodyWrongly(t *testing.T) {
	t.Parallel()

	people := rollOf(t)
	known := map[string]bool{}
	for _, p := range people {
		known[p.ID] = true
	}
	index := NewIndex(DefaultRule, people, nil)
	_, _, rows := readDemoList(t, "employer_list_v2.csv", EmployerList)
	who, note := truthOf(t, "employer_list_v2.csv")
	var linked, wrong, queued, queuedRight, fresh, missed int
	for i := range rows {
		p := who[rows[i].Line]
		cs := index.Match(rows[i].Known())
		switch {
		case len(cs) == 0:
			fresh++
			if known[p] {
				missed++
				t.Errorf("line %d: %s is on file and was not proposed", rows[i].Line, p)
			}
		case cs[0].Band == Auto:
			linked++
			if cs[0].ID != p {
				wrong++
				t.Errorf("line %d: linked to %s, is %s", rows[i].Line, cs[0].ID, p)
			}
		default:
			queued++
			if cs[0].ID == p {
				queuedRight++
			} else {
				t.Logf("line %d: %s asked about %s: %d %v", rows[i].Line, p, cs[0].ID, cs[0].Score, cs[0].Reasons)
			}
		}
		if strings.HasPrefix(note[rows[i].Line], "duplicate: nickname") && (len(cs) == 0 || cs[0].Band != Queue || cs[0].ID != p) {
			t.Errorf("line %d: the second row of %s is not in the queue", rows[i].Line, p)
		}
	}
	repeats := Repeats(rows)
	for line, n := range note {
		if first, ok := repeats[line]; n == "duplicate: exact" && (!ok || who[first] != who[line]) {
			t.Errorf("line %d: an exact repeat was not seen", line)
		}
	}
	t.Logf("%d rows: %d linked (%d wrong), %d queued (%d right), %d new (%d missed), %d repeats", len(rows), linked, wrong, queued, queuedRight, fresh, missed, len(repeats))
	if linked != 589 || wrong != 0 || queued != 11 || queuedRight != 10 || fresh != 30 || missed != 0 || len(repeats) != 3 {
		t.Errorf("want 589 linked (0 wrong), 11 queued (10 right), 30 new (0 missed), 3 repeats")
	}
}

func TestUnionListFindsItsPeople(t *testing.T) {
	t.Parallel()

	people := rollOf(t)
	// The roster once both lists are applied: dated rows of both stand beside each other.
	known := map[string]int{}
	for i, p := range people {
		known[p.ID] = i
	}
	_, _, v2 := readDemoList(t, "employer_list_v2.csv", EmployerList)
	who2, _ := truthOf(t, "employer_list_v2.csv")
	for i := range v2 {
		p, k := who2[v2[i].Line], v2[i].Known()
		j, ok := known[p]
		if !ok {
			j = len(people)
			known[p], people = j, append(people, Known{ID: p, HireDate: k.HireDate})
		}
		on := &people[j]
		on.Names, on.Phones, on.Emails = append(on.Names, k.Names...), append(on.Phones, k.Phones...), append(on.Emails, k.Emails...)
		on.Worksites = append(on.Worksites, k.Worksites...)
		if on.JobClass == "" || on.JobClass.covers(k.JobClass) {
			on.JobClass = k.JobClass
		}
	}
	index := NewIndex(DefaultRule, people, nil)
	_, _, rows := readDemoList(t, "union_list.csv", UnionList)
	who, note := truthOf(t, "union_list.csv")
	var top, asked, none, outsiders, outsidersAsked int
	entries := make([]Known, len(rows))
	for i := range rows {
		p := who[rows[i].Line]
		entries[i] = rows[i].Known()
		cs := index.Match(entries[i])
		_, isKnown := known[p]
		entries[i].ID = strconv.Itoa(rows[i].Line)
		switch {
		case !isKnown:
			outsiders++
			if len(cs) > 0 {
				outsidersAsked++
				t.Logf("outsider line %d %s: %v", rows[i].Line, note[rows[i].Line], cs[0])
			}
		case len(cs) == 0:
			none++
		case cs[0].Band == Auto:
			t.Errorf("line %d: a union row linked by itself", rows[i].Line)
		case cs[0].ID == p:
			top++
		default:
			asked++
		}
	}
	found, extra := 0, 0
	for _, pair := range NewIndex(DefaultRule, entries, nil).Pairs() {
		a, _ := strconv.Atoi(pair.A)
		b, _ := strconv.Atoi(pair.B)
		if who[a] == who[b] {
			found++
		} else {
			extra++
		}
	}
	t.Logf("%d rows: %d right on top, %d another on top, %d not proposed, %d outsiders (%d asked about); inside the list %d pairs, %d more", len(rows), top, asked, none, outsiders, outsidersAsked, found, extra)
	if top < 501 || asked > 0 || outsidersAsked > 0 || found < 24 || extra > 3 {
		t.Error("want at least 501 right, none wrong, no outsider, 24 pairs inside the list and at most 3 more")
	}
}

// A field that differs for 30 % of the matched people stops an import: the October list must pass, and the list whose
// columns slid down a row must not.
func TestTheShiftedListDiffersInTheColumnsThatSlid(t *testing.T) {
	t.Parallel()

	people := rollOf(t)
	_, _, v1 := readDemoList(t, "employer_list_v1.csv", EmployerList)
	who, _ := truthOf(t, "employer_list_v1.csv")
	before := map[string]*Parsed{}
	for i := range v1 {
		if p := who[v1[i].Line]; before[p] == nil {
			before[p] = &v1[i]
		}
	}
	index := NewIndex(DefaultRule, people, nil)
	for file, want := range map[string][]string{
		"employer_list_v2.csv": nil, "employer_list_v2_misaligned.csv": {"email", "hire_date", "home_zip", "phone"},
	} {
		_, _, rows := readDemoList(t, file, EmployerList)
		matched, changed := 0, map[string]int{}
		for i := range rows {
			row := &rows[i]
			cs := index.Match(row.Known())
			if len(cs) == 0 || cs[0].Band != Auto {
				continue
			}
			matched++
			was := before[cs[0].ID]
			for f := range fieldCount {
				if a, b := was.Values[f], row.Values[f]; f != FieldPhone && f != FieldPersonalPhone && f != FieldJobTitle &&
					f != FieldWorksiteName && a != "" && b != "" && !f.Same(a, b) {
					changed[f.String()]++
				}
			}
			if a, b := was.Phone(), row.Phone(); a != "" && b != "" && a != b {
				changed["phone"]++
			}
		}
		var stops []string
		for f, n := range changed {
			if 100*n >= 30*matched {
				stops = append(stops, f)
			}
		}
		slices.Sort(stops)
		t.Logf("%s: %d matched, changed %v", file, matched, changed)
		if !slices.Equal(stops, want) {
			t.Errorf("%s: stops on %v, want %v", file, stops, want)
		}
	}
}
