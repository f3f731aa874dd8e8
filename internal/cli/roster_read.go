// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/roster/link"
	"github.com/tenday/tenday/internal/sheet"
)

// matchFile is one file as read: its headings, and its cells column by column.
type matchFile struct {
	name    string
	headers []string
	cells   [][]string
	lines   []int
}

// readMatchFile reads the first table of a CSV or XLSX file, whose first row holds the headings.
func readMatchFile(name string) (_ *matchFile, err error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, &fault.Error{Code: fault.Invalid, Key: "cli.list.no_file", Args: map[string]any{"File": name}, Err: err}
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	base := filepath.Base(name)
	book, err := sheet.Open(base, f, info.Size(), sheet.Limits{Rows: 2_000_000, FileBytes: 1 << 30})
	if err != nil {
		return nil, err
	}
	m := &matchFile{name: base}
	for row, err := range book.Sheets[0].Rows() {
		if err != nil {
			return nil, err
		}
		if m.headers == nil {
			m.headers = slices.Clone(row.Cells)
			m.cells = make([][]string, len(m.headers))
			continue
		}
		if len(row.Cells) > len(m.headers) {
			return nil, fault.New(fault.Invalid, "cli.match.wide_row", "File", base, "Line", row.Line, "Column", len(m.headers)+1)
		}
		m.lines = append(m.lines, row.Line)
		for i := range m.headers {
			m.cells[i] = append(m.cells[i], row.Cell(i))
		}
	}
	if len(m.lines) == 0 {
		return nil, fault.New(fault.Invalid, "cli.match.few_rows", "File", base)
	}
	return m, nil
}

// column returns the column that has the heading, -1 if none has.
func (f *matchFile) column(heading string) int {
	return slices.IndexFunc(f.headers, func(h string) bool { return link.Fold(h) == link.Fold(heading) })
}

// columnOf returns the first column of a kind, -1 if there is none.
func columnOf(columns []link.Column, kind link.Kind) int {
	return slices.IndexFunc(columns, func(c link.Column) bool { return c.Kind == kind })
}

// matchLists are one or two files as they are linked. columns says of each file what its columns hold.
type matchLists struct {
	files   []*matchFile
	columns [][]link.Column
	ids     []string // of each row: its id, or its line where the file has no column of ids
	table   link.Table
}

func readMatchLists(a, b, columns string) (*matchLists, error) {
	l := &matchLists{}
	for _, name := range []string{a, b} {
		if name == "" {
			continue
		}
		f, err := readMatchFile(name)
		if err != nil {
			return nil, err
		}
		l.files = append(l.files, f)
		l.columns = append(l.columns, link.Guess(f.headers, f.cells))
	}
	l.wholeNames()
	pairs := l.paired
	if columns != "" {
		declared, err := l.declared(columns)
		if err != nil {
			return nil, err
		}
		pairs = func() [][2]int { return declared }
	}
	for _, p := range pairs() {
		cells := l.files[0].cells[p[0]]
		if len(l.files) == 2 {
			cells = slices.Concat(cells, l.files[1].cells[p[1]])
		}
		l.table.Columns = append(l.table.Columns, l.columns[0][p[0]])
		l.table.Cells = append(l.table.Cells, cells)
	}
	for i, f := range l.files {
		id := columnOf(l.columns[i], link.ID)
		for row, line := range f.lines {
			if id >= 0 {
				l.ids = append(l.ids, f.cells[id][row])
			} else {
				l.ids = append(l.ids, strconv.Itoa(line))
			}
		}
	}
	if len(l.files) == 2 {
		l.table.Split = len(l.files[0].lines)
	}
	return l, nil
}

// telling are the kinds that one column of each list may share under different headings: two dates may be any dates.
var telling = []link.Kind{link.Given, link.Family, link.Name, link.Org, link.Address, link.Place, link.Postcode, link.Phone, link.Email}

// wholeNames gives a list with first and last names a column of whole names, where the other has only those.
func (l *matchLists) wholeNames() {
	if len(l.files) < 2 {
		return
	}
	for i, f := range l.files {
		given, family := columnOf(l.columns[i], link.Given), columnOf(l.columns[i], link.Family)
		other := l.columns[1-i]
		name := columnOf(other, link.Name)
		if given < 0 || family < 0 || name < 0 || columnOf(other, link.Family) >= 0 {
			continue
		}
		whole := make([]string, len(f.lines))
		for row := range whole {
			whole[row] = f.cells[given][row] + " " + f.cells[family][row]
		}
		f.headers, f.cells = append(f.headers, other[name].Name), append(f.cells, whole)
		l.columns[i] = append(l.columns[i], link.Column{Name: other[name].Name, Kind: link.Name})
	}
}

// paired finds the columns of the second file that go with those of the first: by heading, else the only one of
// their kind.
func (l *matchLists) paired() (pairs [][2]int) {
	only := func(columns []link.Column, kind link.Kind) int {
		at := columnOf(columns, kind)
		if slices.ContainsFunc(columns[at+1:], func(c link.Column) bool { return c.Kind == kind }) {
			return -1
		}
		return at
	}
	for i, c := range l.columns[0] {
		if c.Kind == link.ID || c.Kind == link.Truth || c.Kind == link.Skip {
			continue
		}
		if len(l.files) == 1 {
			pairs = append(pairs, [2]int{i, i})
			continue
		}
		j := l.files[1].column(c.Name)
		if j < 0 && slices.Contains(telling, c.Kind) && only(l.columns[0], c.Kind) == i {
			j = only(l.columns[1], c.Kind)
		}
		if j >= 0 {
			pairs = append(pairs, [2]int{i, j})
		}
	}
	return pairs
}

// declared reads a file of columns: heading, kind, and where it differs the heading in the second file. What it leaves out is not
// compared. It sets the kinds and returns the pairs.
func (l *matchLists) declared(name string) (pairs [][2]int, err error) {
	f, err := readMatchFile(name)
	if err != nil {
		return nil, err
	}
	if len(f.headers) > 1 && slices.Contains(link.Kinds, link.Kind(strings.ToLower(f.headers[1]))) { // without headings
		for i, h := range f.headers {
			f.cells[i] = slices.Insert(f.cells[i], 0, h)
		}
		f.lines = slices.Insert(f.lines, 0, 1)
	}
	for i := range l.columns {
		for j := range l.columns[i] {
			l.columns[i][j].Kind = link.Skip
		}
	}
	var problems []*fault.Error
	for row, line := range f.lines {
		cell := func(i int) string {
			if i >= len(f.cells) {
				return ""
			}
			return strings.TrimSpace(f.cells[i][row])
		}
		kind := link.Kind(strings.ToLower(cell(1)))
		if !slices.Contains(link.Kinds, kind) {
			problems = append(problems, fault.New(fault.Invalid, "cli.match.bad_kind", "File", f.name, "Line", line, "Kind", cell(1),
				"Kinds", kindsInWords()))
			continue
		}
		at := [2]int{-1, -1}
		missing := false
		for i, file := range l.files {
			heading := cell(0)
			if i == 1 {
				heading = cmp.Or(cell(2), heading)
			}
			if at[i] = file.column(heading); at[i] >= 0 {
				l.columns[i][at[i]].Kind = kind
			} else if i == 0 || kind != link.ID && kind != link.Truth && kind != link.Skip {
				missing = true
				problems = append(problems, fault.New(fault.Invalid, "cli.match.no_such_column", "File", f.name, "Line", line,
					"Column", heading, "In", file.name))
			}
		}
		if !missing && kind != link.ID && kind != link.Truth && kind != link.Skip {
			pairs = append(pairs, at)
		}
	}
	return pairs, fault.Join(problems...)
}

func kindsInWords() string {
	var words []string
	for _, k := range link.Kinds {
		words = append(words, string(k))
	}
	return strings.Join(words, ", ")
}
