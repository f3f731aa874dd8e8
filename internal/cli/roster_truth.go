// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"slices"

	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/roster/link"
)

// matchTruth says which rows are one: either a label for each row, or the pairs.
type matchTruth struct {
	labels []string
	pairs  [][2]int
}

func (t *matchTruth) score(res *link.Result) link.Score {
	if t.pairs != nil {
		return res.ScorePairs(t.pairs)
	}
	return res.ScoreLabels(t.labels)
}

// truth reads the file that says which rows are one; without one, the columns that say so in the lists; nil where nothing does.
//
// A file of two columns of ids, the second with ids of the second list, is one of pairs. In any other the ids stand in the column that is
// called so, or the first, and beside each the label that all rows of one person have: in the column of the kind truth, or the last.
func (l *matchLists) truth(name string) (*matchTruth, error) {
	if name == "" {
		return l.ownTruth(), nil
	}
	f, err := readMatchFile(name)
	if err != nil {
		return nil, err
	}
	if len(f.headers) < 2 {
		return nil, fault.New(fault.Invalid, "cli.match.truth_form", "File", f.name)
	}
	rows := make(map[string][]int, len(l.ids))
	for row, id := range l.ids {
		rows[id] = append(rows[id], row)
	}
	guessed := link.Guess(f.headers, f.cells)
	for i, h := range f.headers { // a list that has its truth in it says so by the columns file
		if at := l.files[0].column(h); at >= 0 && (l.columns[0][at].Kind == link.ID || l.columns[0][at].Kind == link.Truth) {
			guessed[i].Kind = l.columns[0][at].Kind
		}
	}
	id, label := max(0, columnOf(guessed, link.ID)), columnOf(guessed, link.Truth)
	if label < 0 && len(f.headers) == 2 && l.arePairs(f, rows) {
		return l.pairsOf(f, rows)
	}
	if label < 0 || label == id {
		label = len(f.headers) - 1
	}
	t := &matchTruth{labels: make([]string, len(l.ids))}
	for row, line := range f.lines {
		own := rows[f.cells[id][row]]
		if len(own) == 0 {
			return nil, fault.New(fault.Invalid, "cli.match.no_such_id", "File", f.name, "Line", line, "Column", f.headers[id], "ID", f.cells[id][row])
		}
		for _, r := range own {
			t.labels[r] = f.cells[label][row]
		}
	}
	return t, nil
}

func (l *matchLists) ownTruth() *matchTruth {
	var t matchTruth
	for i, f := range l.files {
		at := columnOf(l.columns[i], link.Truth)
		if at < 0 {
			return nil
		}
		t.labels = append(t.labels, f.cells[at]...)
	}
	return &t
}

// arePairs reports whether nine in ten rows of a file name a row of the lists in each column.
func (l *matchLists) arePairs(f *matchFile, rows map[string][]int) bool {
	known := 0
	for row := range f.lines {
		if len(rows[f.cells[0][row]]) > 0 && len(rows[f.cells[1][row]]) > 0 {
			known++
		}
	}
	return 10*known >= 9*len(f.lines)
}

func (l *matchLists) pairsOf(f *matchFile, rows map[string][]int) (*matchTruth, error) {
	t := &matchTruth{pairs: [][2]int{}}
	split := l.table.Split
	// Both lists may use one id: the first column then means the first list.
	pick := func(line int, column int, id string) (int, error) {
		own := rows[id]
		if split > 0 {
			own = slices.DeleteFunc(slices.Clone(own), func(r int) bool { return (column == 0) != (r < split) })
		}
		if len(own) == 0 {
			return 0, fault.New(fault.Invalid, "cli.match.no_such_id", "File", f.name, "Line", line, "Column", f.headers[column], "ID", id)
		}
		return own[0], nil
	}
	for row, line := range f.lines {
		a, err := pick(line, 0, f.cells[0][row])
		if err != nil {
			return nil, err
		}
		b, err := pick(line, 1, f.cells[1][row])
		if err != nil {
			return nil, err
		}
		if a != b {
			t.pairs = append(t.pairs, [2]int{a, b})
		}
	}
	return t, nil
}
