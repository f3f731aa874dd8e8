// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// ParseContext is what a row's reading depends on beside its cells. It is only read, and may serve many goroutines.
type ParseContext struct {
	NumberWidth     int      // digits of the employer's numbers; 0 restores no zeros
	DepartmentWidth int      // digits of its department codes; 0 restores no zeros
	Places          *Places  // worksites on file; nil keeps codes as printed
	MailDomains     []string // the employer's, which are no personal contact
	Region          string   // where phone numbers are dialled, "US"
}

// Finding is a note or a problem about one cell: the value as printed and the code of a Note or a Problem.
type Finding struct {
	Field Field  `json:"field"`
	Value string `json:"value"`
	Code  string `json:"code"`
}

// Parsed is one row of a list in normal form. FTE is written "0.80", dates are ISO, yes and no are "yes" and "no", status is
// "active", "leave" or "left"; a worksite is its code on file, and a name stands in its parts. A row that is Unreadable
// lacks a name or has a number nobody can read; any other problem costs only its own cell.
type Parsed struct {
	Line       int       `json:"line"`
	Kind       ListKind  `json:"kind"`
	Values     Values    `json:"values"`
	Notes      []Finding `json:"notes,omitempty"`
	Problems   []Finding `json:"problems,omitempty"`
	Unreadable bool      `json:"unreadable,omitempty"`
}

// Row reads one row. It never fails: what cannot be read is in Problems.
func (m Mapping) Row(line int, cells []string, ctx ParseContext) Parsed {
	r := rowReader{Parsed: Parsed{Line: line, Kind: m.Kind}, ctx: ctx}
	for i, c := range m.Columns {
		if c.Field != NoField && c.Field != LeftOut {
			r.raw[c.Field], r.order[c.Field] = cell(cells, i), c.Order
		}
	}
	r.name()
	r.identifiers()
	r.work()
	r.contacts()
	r.words()
	return r.Parsed
}

// Name returns the row's name.
func (p *Parsed) Name() Name {
	v := &p.Values
	return Name{Given: v[FieldGiven], Middle: v[FieldMiddle], Family: v[FieldFamily], Suffix: v[FieldSuffix]}
}

// Date returns the day in a date field, zero if none.
func (p *Parsed) Date(f Field) Date {
	d, _ := ParseDate(p.Values[f]) // written by String
	return d
}

// FTE returns hundredths of full time; ok is false if the row does not say.
func (p *Parsed) FTE() (hundredths int, ok bool) {
	n, err := strconv.Atoi(strings.ReplaceAll(p.Values[FieldFTE], ".", ""))
	return n, err == nil
}

// Phone returns the number to reach her at: a personal one, else the one whose column does not say whose it is.
func (p *Parsed) Phone() string { return cmp.Or(p.Values[FieldPersonalPhone], p.Values[FieldPhone]) }

// Known returns what the row says as a record to match; its ID is empty.
func (p *Parsed) Known() Known {
	v := &p.Values
	k := Known{Kind: p.Kind, Names: []Name{p.Name()}, JobClass: JobClass(v[FieldJobClass]), HireDate: p.Date(FieldHireDate)}
	if nick := v[FieldPreferredName]; nick != "" {
		k.Names = append(k.Names, Name{Given: nick, Family: v[FieldFamily]})
	}
	for _, f := range []Field{FieldEmployeeNumber, FieldNPI, FieldUnionID} {
		if v[f] != "" {
			k.Identifiers = append(k.Identifiers, Identifier{System: f.String(), Value: v[f]})
		}
	}
	for _, f := range []Field{FieldPhone, FieldPersonalPhone} {
		if v[f] != "" {
			k.Phones = append(k.Phones, KnownPhone{Value: v[f]})
		}
	}
	if v[FieldEmail] != "" {
		k.Emails = append(k.Emails, KnownEmail{Value: v[FieldEmail]})
	}
	if v[FieldPersonalEmail] != "" {
		k.Emails = append(k.Emails, KnownEmail{Value: v[FieldPersonalEmail], Personal: true})
	}
	if v[FieldWorksiteCode] != "" {
		k.Worksites = []string{v[FieldWorksiteCode]}
	}
	return k
}

// Repeats returns, for every row whose values are all equal to those of a row before it, the line of that first row.
func Repeats(rows []Parsed) map[int]int {
	first, out := map[Values]int{}, map[int]int{}
	for i := range rows {
		if at, ok := first[rows[i].Values]; ok {
			out[rows[i].Line] = at
		} else {
			first[rows[i].Values] = rows[i].Line
		}
	}
	return out
}

type rowReader struct {
	Parsed
	ctx   ParseContext
	raw   [fieldCount]string
	order [fieldCount]Order
}

// put keeps what a reader returned for field f.
func (r *rowReader) put(f Field, value string, note Note, problem Problem) {
	if note != "" {
		r.Notes = append(r.Notes, Finding{f, clean(r.raw[f]), string(note)})
	}
	if problem != "" {
		r.Problems = append(r.Problems, Finding{f, clean(r.raw[f]), string(problem)})
		return
	}
	r.Values[f] = value
}

func (r *rowReader) name() {
	var n Name
	var note Note
	var problem Problem
	field := FieldFullName
	if r.raw[FieldFamily] != "" || r.raw[FieldFullName] == "" {
		field = FieldFamily
		n, note, problem = ReadNameParts(r.raw[FieldGiven], r.raw[FieldMiddle], r.raw[FieldFamily], r.raw[FieldSuffix])
	} else {
		n, note, problem = ReadName(r.raw[FieldFullName], r.order[FieldFullName])
	}
	r.put(field, "", note, problem)
	r.Unreadable = problem != ""
	v := &r.Values
	v[FieldGiven], v[FieldMiddle], v[FieldFamily], v[FieldSuffix], v[FieldCredential] = n.Given, n.Middle, n.Family, n.Suffix, n.Credential
	if s, note := repair(r.raw[FieldPreferredName]); !blank(s) {
		r.put(FieldPreferredName, NameCase(s), note, "")
	} else {
		v[FieldPreferredName] = n.Nickname
	}
}

func (r *rowReader) identifiers() {
	s, note, problem := ReadEmployeeNumber(r.raw[FieldEmployeeNumber], r.ctx.NumberWidth)
	r.put(FieldEmployeeNumber, s, note, problem)
	r.Unreadable = r.Unreadable || problem != ""
	s, problem = ReadNPI(r.raw[FieldNPI])
	r.put(FieldNPI, s, "", problem)
	r.plain(FieldUnionID)
}

func (r *rowReader) work() {
	v := &r.Values
	r.plain(FieldJobTitle)
	if c := clean(r.raw[FieldCredential]); !blank(c) {
		v[FieldCredential] = c
	}
	job, note := ReadJob(v[FieldJobTitle], v[FieldCredential])
	r.raw[FieldJobClass] = r.raw[FieldJobTitle]
	r.put(FieldJobClass, string(job), note, "")
	r.plain(FieldDepartment)
	if d := v[FieldDepartment]; allDigits(d) && len(d) < r.ctx.DepartmentWidth {
		r.put(FieldDepartment, strings.Repeat("0", r.ctx.DepartmentWidth-len(d))+d, ZeroRestored, "")
	}
	r.worksite()
	if n, ok, note, problem := ReadFTE(r.raw[FieldFTE]); ok || problem != "" {
		r.put(FieldFTE, FormatFTE(n), note, problem)
	}
	shift, note := ReadShift(r.raw[FieldShift])
	r.put(FieldShift, string(shift), note, "")
	for _, f := range []Field{FieldHireDate, FieldEffectiveDate, FieldCardSignedOn, FieldSubmittedOn} {
		d, note, problem := ReadDate(r.raw[f], r.order[f])
		r.put(f, d.String(), note, problem)
	}
}

// worksite finds the code by the printed code, then by the printed name.
func (r *rowReader) worksite() {
	r.plain(FieldWorksiteName)
	code, name := clean(r.raw[FieldWorksiteCode]), r.Values[FieldWorksiteName]
	if r.ctx.Places == nil {
		r.plain(FieldWorksiteCode)
		return
	}
	if found, note := r.ctx.Places.Code(code); found != "" {
		r.put(FieldWorksiteCode, found, note, "")
		return
	}
	field := FieldWorksiteName
	if name == "" {
		field, name = FieldWorksiteCode, code
	}
	found, note := r.ctx.Places.Named(name)
	switch {
	case found != "":
		r.Values[FieldWorksiteCode] = found
		r.put(field, r.Values[field], note, "")
	case !blank(name):
		r.Problems = append(r.Problems, Finding{field, name, string(WorksiteUnknown)})
	}
}

func (r *rowReader) contacts() {
	zip, note, problem := ReadZIP(r.raw[FieldHomeZIP])
	r.put(FieldHomeZIP, zip.Five, note, problem) // four digits more would name her street
	for _, f := range []Field{FieldPhone, FieldPersonalPhone, FieldWorkPhone} {
		phone, problem := ReadPhone(r.raw[f], r.ctx.Region)
		text := phone.E164
		if f == FieldWorkPhone {
			text = phone.String()
		}
		r.put(f, text, "", problem)
	}
	email, note, problem := ReadEmail(r.raw[FieldEmail], nil)
	r.put(FieldEmail, email, note, problem)
	email, note, problem = ReadEmail(r.raw[FieldPersonalEmail], r.ctx.MailDomains)
	r.put(FieldPersonalEmail, email, note, problem)
	if problem == WorkEmail && r.Values[FieldEmail] == "" {
		r.Values[FieldEmail] = email // refused as a contact, but it says who she is
	}
}

var (
	statusWords = map[string]string{
		"a": "active", "active": "active", "act": "active", "activo": "active", "activa": "active",
		"l": "leave", "loa": "leave", "leave": "leave", "on leave": "leave", "leave of absence": "leave", "fmla": "leave",
		"licencia": "leave", "con licencia": "leave",
		"t": "left", "term": "left", "terminated": "left", "inactive": "left", "separated": "left", "retired": "left",
		"resigned": "left", "baja": "left", "inactivo": "left", "inactiva": "left",
	}
	yesNo = map[string]string{
		"y": "yes", "yes": "yes", "true": "yes", "1": "yes", "x": "yes", "ok": "yes", "sure": "yes", "si": "yes",
		"n": "no", "no": "no", "false": "no", "0": "no",
	}
)

func (r *rowReader) words() {
	r.lookup(FieldStatus, statusWords)
	r.lookup(FieldOKToText, yesNo)
	r.plain(FieldPronouns)
	r.Values[FieldPronouns] = strings.ToLower(r.Values[FieldPronouns])
	r.plain(FieldBestTime)
	if s, note := repair(r.raw[FieldLanguages]); !blank(s) {
		r.put(FieldLanguages, languages(s), note, "")
	}
}

// plain keeps a cell's text, repaired and cleaned.
func (r *rowReader) plain(f Field) {
	s, note := repair(r.raw[f])
	if !blank(s) {
		r.put(f, s, note, "")
	}
}

func (r *rowReader) lookup(f Field, table map[string]string) {
	w := Fold(clean(r.raw[f]))
	if blank(w) {
		return
	}
	value, ok := table[w]
	note := Note("")
	if !ok {
		note = WordUnknown
	}
	r.put(f, value, note, "")
}

// languages writes "English; some Spanish" as "English, Spanish (some)", each once, in the order given.
func languages(s string) string {
	var out []string
	for _, l := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ';' || r == '/' || r == '&' }) {
		l = NameCase(strings.TrimSpace(l))
		for _, w := range []string{"some ", "a little ", "un poco de ", "algo de "} {
			if len(l) > len(w) && strings.EqualFold(l[:len(w)], w) {
				l = NameCase(l[len(w):]) + " (some)"
			}
		}
		if l != "" && !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	return strings.Join(out, ", ")
}
