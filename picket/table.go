// SPDX-License-Identifier: Apache-2.0

package picket

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

var idForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$`)

// table is one CSV file. broken means that its structure cannot be trusted, so that references into it are not checked.
type table struct {
	name    string
	columns map[string]int
	rows    []row
	broken  bool
	in      *reading
}

// row is one line of a table; it says where its errors are.
type row struct {
	t      *table
	line   int
	fields []string
}

// reading collects what is wrong in all files.
type reading struct {
	fsys     fs.FS
	errors   []Problem
	warnings []Problem
	read     map[string][]byte
}

func (r *reading) fail(file string, line int, field, code, value string) {
	r.errors = append(r.errors, problem(file, line, field, code, value))
}

// open reads a file with the columns it must and may have. An optional file that is absent is an empty table.
func (r *reading) open(name string, must, may string, optional bool) *table {
	t := &table{name: name, columns: map[string]int{}, in: r}
	raw, err := fs.ReadFile(r.fsys, name)
	switch {
	case errors.Is(err, fs.ErrNotExist) && optional:
		return t
	case err != nil:
		t.fail(0, "", "missing_file", "")
		return t
	}
	r.read[name] = raw
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	for i, line := range bytes.Split(raw, []byte("\n")) {
		if !utf8.Valid(line) {
			t.fail(i+1, "", "not_utf8", "")
		}
	}
	if t.broken {
		return t
	}
	c := csv.NewReader(bytes.NewReader(raw))
	c.FieldsPerRecord = -1
	header, err := c.Read()
	if err != nil {
		t.fail(1, "", "missing_column", "")
		return t
	}
	known := strings.Fields(must + " " + may)
	for i, name := range header {
		name = strings.TrimSpace(name)
		if _, twice := t.columns[name]; twice {
			t.fail(1, name, "duplicate_column", name)
		} else if !slices.Contains(known, name) {
			r.warnings = append(r.warnings, problem(t.name, 1, name, "unknown_column", name))
		}
		t.columns[name] = i
	}
	for name := range strings.FieldsSeq(must) {
		if _, ok := t.columns[name]; !ok {
			t.fail(1, name, "missing_column", "")
		}
	}
	for !t.broken {
		fields, err := c.Read()
		if err != nil {
			if bad, ok := errors.AsType[*csv.ParseError](err); ok {
				t.fail(bad.StartLine, "", "csv_syntax", "")
			}
			break
		}
		line, _ := c.FieldPos(0)
		if len(fields) != len(header) {
			t.fail(line, "", "ragged_row", "")
			break
		}
		t.rows = append(t.rows, row{t, line, fields})
	}
	return t
}

// fail notes an error of the structure.
func (t *table) fail(line int, field, code, value string) {
	t.broken = true
	t.in.fail(t.name, line, field, code, value)
}

// get returns a field without the spaces round it; "" if the column is absent.
func (r row) get(column string) string {
	i, ok := r.t.columns[column]
	if !ok {
		return ""
	}
	return strings.TrimSpace(r.fields[i])
}

func (r row) fail(column, code string) {
	r.t.in.fail(r.t.name, r.line, column, code, r.get(column))
}

// id returns the field if it is one; if not, the whole file is in doubt.
func (r row) id(column string) (string, bool) {
	s := r.get(column)
	if !idForm.MatchString(s) {
		r.t.fail(r.line, column, "bad_id", s)
		return s, false
	}
	return s, true
}

// number returns a whole number within the bounds, or what a blank stands for.
func (r row) number(column string, blank, low, high int) int {
	s := r.get(column)
	if s == "" {
		return blank
	}
	n, err := strconv.Atoi(s)
	switch {
	case err != nil && !errors.Is(err, strconv.ErrRange):
		r.fail(column, "bad_int")
	case err != nil || n < low || n > high:
		r.fail(column, "out_of_range")
	default:
		return n
	}
	return blank
}

// degrees returns a latitude or longitude.
func (r row) degrees(column string, most float64) float64 {
	f, err := strconv.ParseFloat(r.get(column), 64)
	if err != nil {
		r.fail(column, "bad_number")
	} else if !(f >= -most && f <= most) {
		r.fail(column, "out_of_range")
	}
	return f
}

// one returns the field if it is among the allowed ones, blank for an empty field.
func (r row) one(column, blank string, allowed ...string) string {
	s := r.get(column)
	if s == "" && blank != "" {
		return blank
	}
	if !slices.Contains(allowed, s) {
		r.fail(column, "unknown_value")
	}
	return s
}

// ref finds a field among the rows of another table; -1 if it is blank or unknown.
func (r row) ref(column string, ids map[string]int32, into *table) int32 {
	s := r.get(column)
	if i, ok := ids[s]; ok {
		return i
	}
	if s != "" && !into.broken {
		r.fail(column, "unknown_ref")
	}
	return -1
}
