// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"slices"
	"strings"
)

// Kind is what a row would change, for counts and filters. Its words have the key "roster.delta." + the kind.
type Kind string

// The kinds. The first ones are changes of a person on file; NewPerson and below say what the row itself is.
const (
	Moved      Kind = "moved"
	Renamed    Kind = "renamed"
	FTEChange  Kind = "fte"
	ShiftOther Kind = "shift"
	JobChange  Kind = "job"
	LeaveOther Kind = "leave"
	DeptChange Kind = "department"
	PhoneOther Kind = "phone"
	EmailOther Kind = "email"
	ZIPChange  Kind = "home_zip"
	NumberKind Kind = "number"
	HireOther  Kind = "hire_date" // shown, not taken over
	Returned   Kind = "returned"  // left before, is on the list again
	SecondJob  Kind = "second"    // another job of a person on the list
	JobGone    Kind = "job_gone"  // a second job that the list no longer has
	TitleAsks  Kind = "title"     // the title now falls under a rule of the unit: a person decides
	NoWorksite Kind = "no_worksite"

	Pronoun  Kind = "pronouns"
	GoesBy   Kind = "preferred_name"
	Speaks   Kind = "languages"
	Signed   Kind = "card_signed_on"
	PersMail Kind = "personal_email"

	NewRow   Kind = "new"
	Conflict Kind = "conflict" // same number, other name
	Possible Kind = "possible" // maybe the same person
	Stranger Kind = "stranger" // a union's row that fits nobody on the employer's list
	Unread   Kind = "unreadable"
	Repeat   Kind = "repeat"
)

// Delta is one thing that a row says differently.
type Delta struct {
	Kind   Kind   `json:"kind"`
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
	Kept   bool   `json:"kept,omitempty"` // what is on file stays
}

// rowDiff is what applying a row would do to a person on file.
type rowDiff struct {
	Deltas []Delta  `json:"deltas,omitempty"`
	Job    string   `json:"job,omitempty"`   // the employment that the row continues
	Opens  bool     `json:"opens,omitempty"` // a new employment begins, and Job ends
	Ends   []string `json:"ends,omitempty"`  // employments that the list no longer has
	Retire []string `json:"retire,omitempty"`
}

func (d *rowDiff) kinds() []Kind {
	var out []Kind
	for _, x := range d.Deltas {
		out = append(out, x.Kind)
	}
	return out
}

func (d *rowDiff) add(k Kind, before, after string) {
	d.Deltas = append(d.Deltas, Delta{Kind: k, Before: before, After: after})
}

// pairJobs says which of jobs each row continues, by worksite code, then in order: an index into jobs, opens for a job that is
// not on file, same for a row whose job stands on a row before it. rest are the jobs that no row continues.
func pairJobs(sites []string, jobs []Employment, code map[string]string) (of []int, rest []int) {
	of = make([]int, len(sites))
	taken := make([]bool, len(jobs))
	seen := map[string]bool{}
	for i, site := range sites {
		of[i] = unpaired
		if site == "" {
			continue
		}
		if seen[site] {
			of[i] = same
			continue
		}
		seen[site] = true
		for j, e := range jobs {
			if !taken[j] && code[e.WorksiteID] == site {
				of[i], taken[j] = j, true
				break
			}
		}
	}
	for i := range of {
		if of[i] != unpaired {
			continue
		}
		j := slices.Index(taken, false)
		switch {
		case j >= 0:
			of[i], taken[j] = j, true
		case sites[i] == "":
			of[i] = same
		default:
			of[i] = opens
		}
	}
	for j, t := range taken {
		if !t {
			rest = append(rest, j)
		}
	}
	return of, rest
}

// What pairJobs says of a row that continues no job.
const (
	unpaired = -3
	same     = -2
	opens    = -1
)

// diffRows compares all rows of one person on one list with what is on file about her. The first row carries what is hers and
// not a job's.
func (c *comparison) diffRows(f *file, rows []*Parsed) []rowDiff {
	if c.kind == UnionList {
		return c.diffUnion(f, rows)
	}
	jobs := f.jobs(c.asOf)
	sites := make([]string, len(rows))
	for i, p := range rows {
		sites[i] = p.Values[FieldWorksiteCode]
	}
	of, rest := pairJobs(sites, jobs, c.code)
	out := make([]rowDiff, len(rows))
	for i, p := range rows {
		d := &out[i]
		if i == 0 {
			c.diffPerson(d, f, rows)
		}
		switch at := of[i]; {
		case at >= 0:
			d.Job = jobs[at].ID
			c.diffJob(d, &jobs[at], p)
		case at == opens && len(jobs) == 0 && i == 0:
			d.Opens = true
			d.add(Returned, f.lastDay().String(), sites[i])
		case at == opens:
			d.Opens = true
			d.add(SecondJob, "", sites[i])
		}
		if sites[i] == "" {
			d.add(NoWorksite, "", p.Values[FieldWorksiteName])
			d.Deltas[len(d.Deltas)-1].Kept = true
		}
	}
	if !c.historical {
		for _, j := range rest {
			out[0].Ends = append(out[0].Ends, jobs[j].ID)
			out[0].add(JobGone, c.code[jobs[j].WorksiteID], "")
		}
	}
	return out
}

// comparison is what a list is compared under.
type comparison struct {
	kind       ListKind
	asOf       Date
	historical bool
	code       map[string]string // worksite id -> code
}

func (c *comparison) diffJob(d *rowDiff, e *Employment, p *Parsed) {
	v := &p.Values
	change := func(k Kind, f Field, before, after string) {
		if after != "" && !f.Same(before, after) {
			d.Opens = true
			d.add(k, before, after)
		}
	}
	change(Moved, FieldWorksiteCode, c.code[e.WorksiteID], v[FieldWorksiteCode])
	moved := d.Opens
	fte := ""
	if e.FTE >= 0 {
		fte = FormatFTE(e.FTE)
	}
	change(FTEChange, FieldFTE, fte, v[FieldFTE])
	change(ShiftOther, FieldShift, string(e.Shift), v[FieldShift])
	title, rule := v[FieldJobTitle], titleRule(v[FieldJobTitle])
	switch {
	case title != "" && rule != titleRule(e.TitlePrinted):
		d.Opens = true
		d.add(JobChange, e.TitlePrinted, title)
		if rule != "" {
			d.add(TitleAsks, "", rule)
		}
	case v[FieldJobClass] != "":
		change(JobChange, FieldJobClass, string(e.JobClass), v[FieldJobClass])
	}
	if !moved { // departments follow the worksite
		change(DeptChange, FieldDepartment, e.Department, v[FieldDepartment])
	}
	if s := v[FieldStatus]; s == "active" && e.OnLeave || s == "leave" && !e.OnLeave {
		d.Opens = true
		d.add(LeaveOther, map[bool]string{true: "leave", false: "active"}[e.OnLeave], s)
	}
}

func (c *comparison) diffPerson(d *rowDiff, f *file, rows []*Parsed) {
	p := rows[0]
	v := &p.Values
	if f.UnitStatus == LeftUnit && len(f.jobs(c.asOf)) > 0 {
		d.add(Returned, "", "")
	}
	if !slices.ContainsFunc(rows, func(p *Parsed) bool { return sameName(f.names, p.Name()) }) {
		d.add(Renamed, f.legal().String(), p.Name().String())
	}
	phone, kept := f.contact("phone", true)
	if n := p.Phone(); n != "" && !f.hasContact("phone", n) {
		d.Deltas = append(d.Deltas, Delta{PhoneOther, phone, n, kept})
	}
	if m := v[FieldEmail]; m != "" && !f.hasContact("email", m) {
		was, _ := f.contact("email", false)
		d.add(EmailOther, was, m)
	}
	if z := v[FieldHomeZIP]; z != "" && z != f.HomeZIP {
		d.add(ZIPChange, f.HomeZIP, z)
	}
	if h := p.Date(FieldHireDate); !h.IsZero() && !f.hired().IsZero() && h != f.hired() {
		d.Deltas = append(d.Deltas, Delta{HireOther, f.hired().String(), h.String(), true})
	}
	c.diffNumbers(d, f, rows)
}

// diffNumbers retires the number on file when no row carries it, and adds those that are new.
func (c *comparison) diffNumbers(d *rowDiff, f *file, rows []*Parsed) {
	for field, system := range map[Field]string{FieldEmployeeNumber: "employee_number", FieldNPI: "npi", FieldUnionID: "union_id"} {
		var have, listed []string
		for _, i := range f.identifiers {
			if i.System == system && i.Until.IsZero() {
				have = append(have, i.Value)
			}
		}
		for _, p := range rows {
			if n := p.Values[field]; n != "" && !slices.Contains(listed, n) {
				listed = append(listed, n)
			}
		}
		if len(listed) == 0 {
			continue
		}
		before := ""
		for _, i := range f.identifiers {
			if i.System == system && i.Until.IsZero() && !slices.Contains(listed, i.Value) {
				d.Retire = append(d.Retire, i.ID)
				before = i.Value
			}
		}
		for _, n := range listed {
			if !slices.Contains(have, n) {
				d.add(NumberKind, before, n)
			}
		}
	}
	slices.Sort(d.Retire)
}

// diffUnion compares union rows of one person: contacts, the name she goes by, pronouns, languages, card. Later rows count
// where they say more.
func (c *comparison) diffUnion(f *file, rows []*Parsed) []rowDiff {
	out := make([]rowDiff, len(rows))
	seen := map[string]bool{}
	once := func(d *rowDiff, k Kind, before, after string) {
		if after != "" && before != after && !seen[string(k)+after] {
			seen[string(k)+after] = true
			d.add(k, before, after)
		}
	}
	for i, p := range rows {
		d, v := &out[i], &p.Values
		if n := p.Phone(); n != "" && !f.hasContact("phone", n) {
			once(d, PhoneOther, "", n)
		}
		if m := v[FieldPersonalEmail]; m != "" && !f.hasContact("email", m) {
			once(d, PersMail, "", m)
		}
		shown := f.shown(c.asOf)
		if nick := v[FieldPreferredName]; nick != "" && Fold(nick) != Fold(shown.Given) {
			once(d, GoesBy, shown.Given, nick)
		}
		once(d, Pronoun, f.Pronouns, v[FieldPronouns])
		once(d, Speaks, strings.Join(f.Languages, ", "), v[FieldLanguages])
		once(d, Signed, f.CardSignedOn.String(), v[FieldCardSignedOn])
	}
	return out
}

// legal returns the legal name in force, whatever the day.
func (f *file) legal() Name {
	var n Name
	for _, x := range f.names {
		if x.Kind == Legal || n == (Name{}) {
			n = x.Name
		}
	}
	return n
}

// sameName reports whether a printed name is one on file, former ones apart: equal when folded, in either order, or with the
// words of a part run together or left out.
func sameName(names []PersonName, printed Name) bool {
	p := nameForm{partOf(printed.Given), partOf(printed.Family)}
	last := -1
	for i, n := range names {
		if n.Kind == Legal {
			last = i
		}
	}
	for i, n := range names {
		if n.Kind == Former || n.Kind == Legal && i != last {
			continue
		}
		q := nameForm{partOf(n.Name.Given), partOf(n.Name.Family)}
		if q.given.text == "" {
			q.given = p.given
		}
		if q.family.text == "" {
			q.family = p.family
		}
		if sameWords(p.given, q.given) && sameWords(p.family, q.family) || sameWords(p.given, q.family) && sameWords(p.family, q.given) {
			return true
		}
	}
	return false
}

func sameWords(a, b part) bool {
	return joinWords(a) == joinWords(b)
}

// contact returns the contact of a kind that a list gave, and whether it was checked since: then it stays.
func (f *file) contact(kind string, personal bool) (value string, kept bool) {
	for _, c := range f.contacts {
		if c.Kind == kind && c.Personal == personal {
			value, kept = c.Value, kept || c.Status == WorksOK
		}
	}
	return value, kept
}

func (f *file) hasContact(kind, value string) bool {
	return slices.ContainsFunc(f.contacts, func(c Contact) bool { return c.Kind == kind && c.Value == value })
}

// lastDay returns the last day of the job that ended last.
func (f *file) lastDay() Date {
	var d Date
	for _, e := range f.employments {
		if d.Before(e.EndsOn) {
			d = e.EndsOn
		}
	}
	return d
}

// joinWords runs the words of a part together; an initial beside a word is left out ("CHUE J, HER").
func joinWords(p part) string {
	var b strings.Builder
	for _, w := range p.words {
		if len(p.words) == 1 || len(w) > 1 {
			b.WriteString(w)
		}
	}
	return b.String()
}
