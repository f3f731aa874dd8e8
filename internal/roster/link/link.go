// SPDX-License-Identifier: Apache-2.0

package link

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"runtime"
	"slices"
	"sync"
)

// Column is a column and what it holds.
type Column struct {
	Name string
	Kind Kind
}

// Table is the rows to link, column by column: those of the first file, then those of the second.
type Table struct {
	Columns []Column
	Cells   [][]string // by column, then row
	Split   int        // rows of the first file when there are two, whose rows are linked with each other's only; 0 for one file
}

// Stage is a part of the work, for those who wait.
type Stage string

// The stages, in their order.
const (
	Reading   Stage = "read"
	Blocking  Stage = "block"
	Comparing Stage = "compare"
	Learning  Stage = "learn"
	Joining   Stage = "join"
)

// Errors of Link.
var (
	ErrNoColumn = errors.New("no column to compare")
	ErrFewRows  = errors.New("fewer than two rows to compare")
)

// Pair is two rows found to be one person or thing. Bits is the evidence, the logarithm to base 2 of the odds; a pair that others of its
// cluster join may have less than nothing of its own.
type Pair struct {
	A, B int
	Bits float64
}

// Chance returns the evidence of a pair as a probability, if the columns told independent things.
func (p Pair) Chance() float64 { return chanceOf(p.Bits) }

// Reason is what one column says about a pair: how near its cells are, and what that adds to the evidence, in bits.
type Reason struct {
	Column string  `json:"column"`
	Level  string  `json:"level"`
	Bits   float64 `json:"bits"`
}

// Result is what Link found.
type Result struct {
	Pairs    []Pair // by A, then B
	Cluster  []int  // of each row: the first row of its cluster
	Compared int    // pairs that were worth comparing
	model    *model
}

// Link finds the rows that are one person or thing, and says why. The same table gives the same result. It holds some 12 bytes and one
// more for each column by pair compared; progress, which may be nil, hears when a stage begins. Errors: ErrNoColumn, ErrFewRows, the context's.
func Link(ctx context.Context, t Table, progress func(Stage)) (*Result, error) {
	tell := func(s Stage) error {
		if progress != nil {
			progress(s)
		}
		return ctx.Err()
	}
	if err := tell(Reading); err != nil {
		return nil, err
	}
	fields, n := t.fields()
	switch {
	case len(fields) == 0:
		return nil, ErrNoColumn
	case n < 2 || t.Split >= n:
		return nil, ErrFewRows
	}
	r := rows{n: n, split: t.Split}
	m := newModel(r, fields)
	if err := tell(Blocking); err != nil {
		return nil, err
	}
	pairs, err := r.candidates(ctx, fields)
	if err != nil {
		return nil, err
	}
	if err := tell(Comparing); err != nil {
		return nil, err
	}
	c := m.compareAll(ctx, pairs)
	if err := tell(Learning); err != nil {
		return nil, err
	}
	m.learn(c)
	if err := tell(Joining); err != nil {
		return nil, err
	}
	res := &Result{Compared: len(pairs), model: m}
	res.join(m.clusters(m.edges(c)))
	return res, nil
}

func (t Table) fields() (fields []*field, n int) {
	var own []int
	for i, c := range t.Columns {
		if c.Kind.compared() {
			own = append(own, i)
		}
		n = len(t.Cells[i])
	}
	fields = make([]*field, len(own))
	parallel(len(own), 1, func(_, from, _ int) {
		fields[from] = readField(t.Columns[own[from]], slices.Values(t.Cells[own[from]]))
	})
	fields = slices.DeleteFunc(fields, func(f *field) bool { return len(f.values) == 0 })
	pairUp(fields)
	return fields, n
}

// pairUp finds the fields whose cells may stand in each other's column: first and last name, two lines of an address.
func pairUp(fields []*field) {
	mistaken := func(a, b Kind) bool { return a == Given && b == Family || a == Address && b == Address }
	for k, f := range fields {
		for l, g := range fields[k+1:] {
			if f.twin == none && g.twin == none && (mistaken(f.Kind, g.Kind) || mistaken(g.Kind, f.Kind)) {
				f.twin, g.twin = k+1+l, k
			}
		}
	}
}

// compared are pairs with their levels, a byte a field.
type compared struct {
	pairs  []pair
	levels []level
	width  int
}

func (c compared) of(p int) []level { return c.levels[p*c.width : (p+1)*c.width] }

// atATime is how many pairs one processor compares at a time.
const atATime = 1 << 14

// compareAll compares pairs and keeps those that are not hopeless, in their order.
func (m *model) compareAll(ctx context.Context, pairs []pair) compared {
	width := len(m.fields)
	parts := make([]compared, (len(pairs)+atATime-1)/atATime)
	parallel(len(pairs), atATime, func(part, from, to int) {
		if ctx.Err() != nil {
			return
		}
		levels := make([]level, width)
		own := &parts[part]
		for _, p := range pairs[from:to] {
			i, j := p.rows()
			m.compare(i, j, levels)
			if m.weight(i, j, levels) > hopeless {
				own.pairs = append(own.pairs, p)
				own.levels = append(own.levels, levels...)
			}
		}
	})
	all := compared{width: width}
	for _, p := range parts {
		all.pairs = append(all.pairs, p.pairs...)
		all.levels = append(all.levels, p.levels...)
	}
	return all
}

func (m *model) edges(c compared) []edge {
	var edges []edge
	for p, pr := range c.pairs {
		i, j := pr.rows()
		if w := m.weight(i, j, c.of(p)); w >= cut {
			edges = append(edges, edge{pr, w})
		}
	}
	return edges
}

// join lists the pairs within each cluster; between two files, those with a row in each.
func (r *Result) join(of []int32) {
	members := map[int32][]int32{}
	for row, c := range of {
		r.Cluster = append(r.Cluster, int(c))
		members[c] = append(members[c], int32(row))
	}
	m := r.model
	levels := make([]level, len(m.fields))
	for _, rows := range members {
		for x, i := range rows {
			for _, j := range rows[x+1:] {
				if m.split == 0 || int(i) < m.split && int(j) >= m.split {
					m.compare(i, j, levels)
					r.Pairs = append(r.Pairs, Pair{int(i), int(j), m.weight(i, j, levels)})
				}
			}
		}
	}
	slices.SortFunc(r.Pairs, func(a, b Pair) int { return cmp.Or(cmp.Compare(a.A, b.A), cmp.Compare(a.B, b.B)) })
}

// Reasons returns what each column says about a pair, in the order of the columns; a column with a blank cell says nothing.
func (r *Result) Reasons(p Pair) iter.Seq[Reason] {
	return func(yield func(Reason) bool) {
		m := r.model
		levels := make([]level, len(m.fields))
		m.compare(int32(p.A), int32(p.B), levels)
		for k, l := range levels {
			if l != missing && !yield(Reason{m.fields[k].Name, m.fields[k].levels[l], m.bits(k, l, int32(p.A))}) {
				return
			}
		}
	}
}

// Prior returns the evidence in bits with which every pair begins: how rare it is that two rows are one.
func (r *Result) Prior() float64 { return r.model.prior }

// parallel calls f for each part of 0..n of the size, on all processors.
func parallel(n, size int, f func(part, from, to int)) {
	var group sync.WaitGroup
	parts := make(chan int)
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for p := range parts {
				f(p, p*size, min(n, (p+1)*size))
			}
		})
	}
	for p := range (n + size - 1) / size {
		parts <- p
	}
	close(parts)
	group.Wait()
}
