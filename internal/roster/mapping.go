// SPDX-License-Identifier: Apache-2.0

package roster

import "github.com/tenday/tenday/internal/fault"

// ListKind says whose list it is.
type ListKind string

// The kinds. A union's list adds contacts and names, never employment.
const (
	EmployerList ListKind = "employer"
	UnionList    ListKind = "union"
)

// Column says how one column is read. Order is the order of its names or dates, "" for other fields.
type Column struct {
	Heading string `json:"heading"`
	Field   Field  `json:"field"`
	Order   Order  `json:"order,omitempty"`
}

// Mapping says how the columns of a list are read. It holds headings and no cells, so that it can be remembered under the
// fingerprint of the header it was made for.
type Mapping struct {
	Kind        ListKind `json:"kind"`
	Fingerprint string   `json:"fingerprint"`
	Columns     []Column `json:"columns"`
}

// GuessMapping proposes the mapping of a list. Of two columns that claim one field the one whose heading says so more
// fully has it, then the one further left.
func GuessMapping(s *Sheet, kind ListKind) Mapping {
	m := Mapping{Kind: kind, Fingerprint: s.Fingerprint(), Columns: make([]Column, len(s.Header.Cells))}
	var holder, weight [fieldCount]int
	for i, h := range s.Header.Cells {
		m.Columns[i].Heading = clean(h)
		f, w := fieldOf(h)
		switch {
		case kind == UnionList && f == FieldPhone:
			f = FieldPersonalPhone
		case kind == UnionList && f == FieldEmail:
			f = FieldPersonalEmail
		case f == FieldWorksiteCode && !mostlyDigits(s.Column(i, 200)):
			f = FieldWorksiteName
		case f == FieldWorksiteName && mostlyDigits(s.Column(i, 200)):
			f = FieldWorksiteCode
		}
		if f == NoField || f != LeftOut && weight[f] >= w {
			continue
		}
		if f != LeftOut && weight[f] > 0 {
			m.Columns[holder[f]].Field = NoField
		}
		m.Columns[i].Field = f
		holder[f], weight[f] = i, w
	}
	for i := range m.Columns {
		m.Columns[i].Order = guessOrder(m.Columns[i].Field, s, i)
	}
	return m
}

func guessOrder(f Field, s *Sheet, i int) Order {
	switch f {
	case FieldFullName:
		return GuessNameOrder(s.Column(i, -1))
	case FieldHireDate, FieldEffectiveDate, FieldCardSignedOn, FieldSubmittedOn:
		return GuessDateOrder(s.Column(i, -1))
	}
	return ""
}

func mostlyDigits(cells []string) bool {
	some, digits := 0, 0
	for _, c := range cells {
		if c = clean(c); c != "" {
			some++
			if allDigits(c) {
				digits++
			}
		}
	}
	return some > 0 && 2*digits > some
}

// Check returns one Invalid with every fault of the mapping, or nil: a field mapped twice, no name, and for an employer's
// list no worksite.
func (m Mapping) Check() error {
	var problems []*fault.Error
	var at [fieldCount]int
	for i, c := range m.Columns {
		if c.Field == NoField || c.Field == LeftOut {
			continue
		}
		if before := at[c.Field]; before > 0 {
			problems = append(problems, fault.Field(c.Field.String(), "roster.mapping.twice", "first", before, "second", i+1))
			continue
		}
		at[c.Field] = i + 1
	}
	if at[FieldFullName] == 0 && (at[FieldFamily] == 0 || at[FieldGiven] == 0) {
		problems = append(problems, fault.Field(FieldFullName.String(), "roster.mapping.name"))
	}
	if m.Kind == EmployerList && at[FieldWorksiteCode] == 0 && at[FieldWorksiteName] == 0 {
		problems = append(problems, fault.Field(FieldWorksiteCode.String(), "roster.mapping.worksite"))
	}
	return fault.Join(problems...)
}
