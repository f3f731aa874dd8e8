// SPDX-License-Identifier: Apache-2.0

package sheet

import (
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Table is what is written to a file: who may see it and when it was made on top, then a header, then the rows.
type Table struct {
	Name    string     // of the sheet in an .xlsx
	Preface [][]string // rows above the header: who, when, scope, list version
	Columns []Column
	Rows    iter.Seq2[[]string, error] // one value a column, missing ones are blank; the first error ends the writing

	// Watermark is repeated in a last column of every row, so that a part cut out of the file still says whose copy it is.
	// None is written when it is blank.
	Watermark      string
	WatermarkTitle string
}

// Column is one column of a Table.
type Column struct {
	Title string
	// Kind is Number for values that are summed: an integer or a decimal in plain digits, at most 15 of them. What is none,
	// and everything of another kind (a date as ISO 8601), is written as text, so leading zeros stay.
	Kind  Kind
	Width float64 // in an .xlsx, in characters; 0 lets the title decide
}

// Guard makes a cell harmless to programs that take text for a formula: one that begins with = + - @, a full-width variant of
// these, a tab or a line break gets an apostrophe before it. Blanks in front do not hide the sign, as some programs trim
// them. After OWASP, "CSV Injection".
func Guard(s string) string {
	if s == "" {
		return s
	}
	if strings.ContainsRune("\t\r\n", rune(s[0])) {
		return "'" + s
	}
	s2 := strings.TrimLeftFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
	})
	first, _ := utf8.DecodeRuneInString(s2)
	if strings.ContainsRune("=+-@＝＋－＠", first) && s2 != "" {
		return "'" + s
	}
	return s
}

// isNumber reports whether s is a number as a spreadsheet keeps it exactly: -12.50, but not 007, 1e9 or 16 digits.
func isNumber(s string) bool {
	whole, part, point := strings.Cut(strings.TrimPrefix(s, "-"), ".")
	return allDigits(whole) && (!point || allDigits(part)) && len(whole)+len(part) <= 15 && (len(whole) == 1 || whole[0] != '0')
}

func allDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// titles returns the header.
func (t *Table) titles() []string {
	var all []string
	for _, c := range t.Columns {
		all = append(all, c.Title)
	}
	if t.Watermark != "" {
		all = append(all, t.WatermarkTitle)
	}
	return all
}

// cells pads or cuts a row to the columns and adds the watermark; the slice is used anew for each row.
func (t *Table) cells(buf, values []string) []string {
	buf = append(buf[:0], values[:min(len(values), len(t.Columns))]...)
	for len(buf) < len(t.Columns) {
		buf = append(buf, "")
	}
	if t.Watermark != "" {
		buf = append(buf, t.Watermark)
	}
	return buf
}

// isNumber reports whether the value in column i of a row is written as a number.
func (t *Table) isNumber(i int, value string) bool {
	return i < len(t.Columns) && t.Columns[i].Kind == Number && isNumber(value)
}
