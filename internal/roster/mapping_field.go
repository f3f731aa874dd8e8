// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"encoding/json"
	"fmt"
	"slices"
)

// Field is what a column of a list says about a person. NoField is a column that is not read.
type Field uint8

// The fields. FullName is read into the four parts of a name; FieldJobClass is worked out from title and credential and is
// not mapped. LeftOut is a column that is known and not wanted: birth dates, pay and street addresses are not kept.
const (
	NoField Field = iota
	FieldEmployeeNumber
	FieldNPI
	FieldUnionID
	FieldFullName
	FieldGiven
	FieldMiddle
	FieldFamily
	FieldSuffix
	FieldPreferredName
	FieldPronouns
	FieldCredential
	FieldJobTitle
	FieldJobClass
	FieldDepartment
	FieldWorksiteCode
	FieldWorksiteName
	FieldFTE
	FieldShift
	FieldHireDate
	FieldEffectiveDate
	FieldStatus
	FieldHomeZIP
	FieldPhone
	FieldEmail
	FieldPersonalPhone
	FieldPersonalEmail
	FieldWorkPhone
	FieldLanguages
	FieldCardSignedOn
	FieldOKToText
	FieldBestTime
	FieldSubmittedOn
	LeftOut
	fieldCount
)

var fieldNames = [fieldCount]string{
	"", "employee_number", "npi", "union_id", "full_name", "given", "middle", "family", "suffix", "preferred_name",
	"pronouns", "credential", "job_title", "job_class", "department", "worksite_code", "worksite_name", "fte", "shift",
	"hire_date", "effective_date", "status", "home_zip", "phone", "email", "personal_phone", "personal_email",
	"work_phone", "languages", "card_signed_on", "ok_to_text", "best_time", "submitted_on", "left_out",
}

// Fields returns the fields that a column may be mapped to, in the order a form lists them.
func Fields() []Field {
	all := make([]Field, 0, fieldCount)
	for f := FieldEmployeeNumber; f < fieldCount; f++ {
		if f != FieldJobClass {
			all = append(all, f)
		}
	}
	return all
}

// ParseField returns the field of a name; the empty name is NoField.
func ParseField(name string) (Field, error) {
	if i := slices.Index(fieldNames[:], name); i >= 0 {
		return Field(i), nil
	}
	return NoField, fmt.Errorf("parse field: no field %q", name)
}

// String returns the field's stable name, "" for NoField. Its words have the key "roster.field." + the name.
func (f Field) String() string { return fieldNames[f] }

// MarshalText writes the field's name.
func (f Field) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// UnmarshalText reads the field's name.
func (f *Field) UnmarshalText(b []byte) (err error) {
	*f, err = ParseField(string(b))
	return err
}

// Same reports whether two values of the field say one thing. Names and departments in capitals or without marks, and a
// title's class beside a licence's, are no change.
func (f Field) Same(a, b string) bool {
	switch f {
	case FieldGiven, FieldMiddle, FieldFamily, FieldSuffix, FieldFullName, FieldPreferredName, FieldDepartment, FieldJobTitle,
		FieldWorksiteName, FieldCredential:
		return Fold(a) == Fold(b)
	case FieldJobClass:
		return a == b || JobClass(a).Agrees(JobClass(b))
	}
	return a == b
}

// Values holds the normalised text of each field; "" is "nothing said", never "erase". As JSON it is an object of the
// fields that say something.
type Values [fieldCount]string

// MarshalJSON writes the fields that say something, by name.
func (v Values) MarshalJSON() ([]byte, error) {
	m := map[string]string{}
	for f, s := range v {
		if s != "" {
			m[fieldNames[f]] = s
		}
	}
	return json.Marshal(m)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (v *Values) UnmarshalJSON(b []byte) error {
	var m map[Field]string
	if err := json.Unmarshal(b, &m); err != nil {
		return fmt.Errorf("read values: %w", err)
	}
	*v = Values{}
	for f, s := range m {
		v[f] = s
	}
	return nil
}
