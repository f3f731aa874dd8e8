// SPDX-License-Identifier: Apache-2.0

package picket

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing wrong, or odd, in an input file. Line 1 is the header, 0 the file as a whole. Value is what stood there, cut to
// 60 bytes, and never the reason of a ban.
type Problem struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Field   string `json:"field"`
	Code    string `json:"code"`
	Value   string `json:"value,omitempty"`
	Message string `json:"message"`
}

func (p Problem) String() string {
	at := p.File
	if p.Line > 0 {
		at += fmt.Sprint(":", p.Line)
	}
	if p.Field != "" {
		at += ": " + p.Field
	}
	return at + ": " + p.Message
}

// InputError is every error of the files, by file and line: at most 100 of them, and how many more there are.
type InputError struct {
	Problems []Problem `json:"errors"`
	More     int       `json:"more,omitempty"`
}

func (e *InputError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	if e.More > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", e.More))
	}
	return strings.Join(lines, "\n")
}

const mostProblems = 100

// problems makes the error, or nil.
func problems(all []Problem) error {
	if len(all) == 0 {
		return nil
	}
	sortProblems(all)
	e := &InputError{Problems: all}
	if len(all) > mostProblems {
		e.Problems, e.More = all[:mostProblems], len(all)-mostProblems
	}
	return e
}

func sortProblems(all []Problem) {
	slices.SortStableFunc(all, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Field, b.Field))
	})
}

var messages = map[string]string{
	"missing_file":        "the file is missing",
	"missing_column":      "the column is missing",
	"duplicate_column":    "the column is there twice",
	"unknown_column":      "the column is not known and was not read",
	"ragged_row":          "the row has more or fewer fields than the header",
	"not_utf8":            "the line is not UTF-8",
	"csv_syntax":          "the quotes in this row do not match",
	"bad_id":              "%q is not an id (letters, digits, . _ -, at most 32, a letter or digit first)",
	"duplicate_id":        "%q is there twice",
	"bad_zip":             "%q is not a ZIP (55118 or 55118-1234)",
	"unknown_zip":         "no place is known for %q",
	"zip_estimated":       "%q is not in the table: the mean of its first three digits is taken",
	"unknown_role":        "%q is not a role (captain, safety)",
	"bad_int":             "%q is not a whole number",
	"bad_number":          "%q is not a number",
	"out_of_range":        "%s is out of range",
	"unknown_value":       "%q is not one of the values allowed here",
	"unknown_ref":         "%q does not exist",
	"unknown_zone":        "%q is not a time zone such as America/Chicago",
	"missing_value":       "a value is missing",
	"bad_time":            "%q is not a time such as 2025-11-05T07:00",
	"time_ambiguous":      "%q is there twice that night: add the offset",
	"time_does_not_exist": "%q does not exist: clocks go forward over it",
	"ends_before_start":   "the shift does not end after it starts",
	"too_long":            "the shift is longer than 25 hours",
	"overlap_needs_block": "shifts that overlap need the same block",
	"not_in_order":        "%s: the order is min <= target <= max",
	"duplicate_need":      "this role is asked for twice",
	"contradiction":       "%q contradicts an earlier answer",
	"team_size":           "a team is 2 to 5 people",
	"in_two_teams":        "%q is in another team already",
	"not_on_picket_duty":  "%q is not on picket duty",
	"unknown_field":       "there is no such policy; there are " + strings.Join(policies(), ", "),
	"bad_type":            "%s has the wrong type",
	"json_syntax":         "this is not JSON",
	"site_not_noticed":    "%q is not in the served notice",
	"time_not_noticed":    "%q lies outside the hours of the served notice",
}

// problem makes one with its message.
func problem(file string, line int, field, code, value string) Problem {
	if len(value) > 60 {
		value = strings.ToValidUTF8(value[:60], "")
	}
	text := messages[code]
	if strings.Contains(text, "%") {
		text = fmt.Sprintf(text, value)
	}
	return Problem{file, line, field, code, value, text}
}
