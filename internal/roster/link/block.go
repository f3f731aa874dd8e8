// SPDX-License-Identifier: Apache-2.0

package link

import (
	"cmp"
	"context"
	"hash/fnv"
	"iter"
	"slices"
	"strings"
	"sync"

	"github.com/xrash/smetrics"
)

// A slot is one thing that rows are put into blocks by: a word of a name, the month and day of a birth. Rows with one key of a
// slot stand in one block.
type slot struct {
	field *field
	alone bool     // specific enough to find pairs by itself; else together with a slot of another field
	keys  []uint64 // keys of value v: keys[first[v]:first[v+1]]
	first []int32
}

func hashOf(parts ...string) uint64 {
	h := fnv.New64a()
	for _, p := range parts {
		_, _ = h.Write([]byte(p))
		_, _ = h.Write([]byte{0})
	}
	return h.Sum64()
}

func (f *field) slot(alone bool, keys func(v *value) []string) slot {
	space := f.Name
	if f.twins {
		space = "" // a name in the wrong column is found as well
	}
	s := slot{field: f, alone: alone, first: make([]int32, 1, len(f.values)+1)}
	for i := range f.values {
		from := len(s.keys)
		for _, k := range keys(&f.values[i]) {
			if h := hashOf(space, k); k != "" && !slices.Contains(s.keys[from:], h) {
				s.keys = append(s.keys, h)
			}
		}
		s.first = append(s.first, int32(len(s.keys)))
	}
	return s
}

func (s *slot) of(row int32) []uint64 {
	v := s.field.of[row]
	if v < 0 {
		return nil
	}
	return s.keys[s.first[v]:s.first[v+1]]
}

func one(key func(v *value) string) func(v *value) []string {
	return func(v *value) []string { return []string{key(v)} }
}

func head(s string, n int) string { return s[:min(n, len(s))] }
func tail(s string, n int) string { return s[max(0, len(s)-n):] }

func whole(v *value) string { return v.text }
func glued(v *value) string { return v.glued }

// sounds returns how each word sounds, and the group of each nickname.
func sounds(v *value) []string {
	var keys []string
	for _, w := range v.words {
		keys = append(keys, soundex(w))
		for _, g := range NicknameGroups(w) {
			keys = append(keys, "~"+string(rune(g)))
		}
	}
	return keys
}

func soundex(w string) string {
	if w[0] < 'a' || w[0] > 'z' {
		return w
	}
	return smetrics.Soundex(w)
}

// rarest returns the n words that weigh most.
func (v *value) rarest(n int) []string {
	order := make([]int, len(v.words))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(v.weights[j], v.weights[i]) })
	var out []string
	for _, i := range order[:min(n, len(order))] {
		out = append(out, v.words[i])
	}
	return out
}

// slots returns what rows are put into blocks by in this field.
func (f *field) slots() []slot {
	switch f.Kind {
	case Given, Family, Name:
		return []slot{
			f.slot(true, func(v *value) []string { return v.words }),
			f.slot(false, sounds),
			f.slot(false, one(func(v *value) string { return head(glued(v), 3) })),
			f.slot(false, one(func(v *value) string { return "$" + tail(glued(v), 3) })),
		}
	case Date:
		part := func(key func(y, m, d string) string) func(v *value) []string {
			return one(func(v *value) string {
				if v.day.IsZero() {
					return ""
				}
				return key(v.parts())
			})
		}
		return []slot{
			f.slot(true, one(whole)),
			f.slot(false, part(func(y, m, _ string) string { return y + "." + m })),
			f.slot(false, part(func(y, _, d string) string { return y + ".." + d })),
			f.slot(false, part(func(_, m, d string) string { return "." + m + "." + d })),
			f.slot(false, part(func(y, _, _ string) string { return y })),
		}
	case Phone, Code:
		return []slot{
			f.slot(true, one(whole)),
			f.slot(false, one(func(v *value) string { return head(v.text, len(v.text)/2) })),
			f.slot(false, one(func(v *value) string { return "$" + tail(v.text, len(v.text)/2) })),
		}
	case Email:
		return []slot{
			f.slot(true, one(whole)),
			f.slot(true, one(func(v *value) string { return v.local })),
			f.slot(false, one(func(v *value) string { return head(v.local, 4) })),
			f.slot(false, one(func(v *value) string { return strings.TrimPrefix(v.text, v.local) })),
		}
	case Postcode:
		return []slot{
			f.slot(true, one(whole)),
			f.slot(false, one(area)),
		}
	case Place:
		return []slot{
			f.slot(false, sounds),
			f.slot(false, one(func(v *value) string { return head(glued(v), 3) })),
		}
	case Number:
		return []slot{f.slot(false, one(whole))}
	case Category:
		return []slot{f.slot(false, one(whole))}
	default:
		return []slot{
			f.slot(true, one(whole)),
			f.slot(true, func(v *value) []string {
				var keys []string
				for _, w := range v.words {
					keys = append(keys, w)
					if v.number != "" {
						keys = append(keys, v.number+" "+soundex(w))
					}
				}
				for i := 1; i < len(v.words); i++ {
					keys = append(keys, v.words[i-1]+" "+v.words[i])
				}
				return keys
			}),
			f.slot(false, func(v *value) []string { return append(v.rarest(2), v.number) }),
			f.slot(false, one(func(v *value) string { return head(glued(v), 4) })),
		}
	}
}

// rows are the rows to link: those of the first file come first. Within one file split is 0.
type rows struct {
	n     int
	split int // where the rows of the second file begin, 0 for one file
}

// pairs returns how many pairs a block gives; rows of the block are ascending.
func (r rows) pairs(block []entry) int {
	n := len(block)
	if r.split == 0 {
		return n * (n - 1) / 2
	}
	a, _ := slices.BinarySearchFunc(block, int32(r.split), func(e entry, at int32) int { return cmp.Compare(e.row, at) })
	return a * (n - a)
}

// all returns how many pairs there are.
func (r rows) all() float64 {
	if r.split == 0 {
		return float64(r.n) * float64(r.n-1) / 2
	}
	return float64(r.split) * float64(r.n-r.split)
}

// few reports whether all pairs can be compared: blocks only save work.
func (r rows) few() bool { return r.all() <= 1<<19 }

// every yields all pairs, ascending.
func (r rows) every() iter.Seq[pair] {
	return func(yield func(pair) bool) {
		last := r.n
		if r.split > 0 {
			last = r.split
		}
		for i := range last {
			for j := max(i+1, r.split); j < r.n; j++ {
				if !yield(pairOf(int32(i), int32(j))) {
					return
				}
			}
		}
	}
}

type entry struct {
	key uint64
	row int32
}

// pair is two rows, the lower in the upper half.
type pair uint64

func pairOf(i, j int32) pair { return pair(min(i, j))<<32 | pair(max(i, j)) }

func (p pair) rows() (i, j int32) { return int32(p >> 32), int32(p & 0xffffffff) }

// finder collects the pairs that are worth comparing.
type finder struct {
	rows
	mutex sync.Mutex
	found []pair // up to sorted ascending and without repeats
	limit int    // pairs found at which repeats are thrown out
}

// atOnce is how many new pairs are collected before repeats among them are thrown out.
const atOnce = 6 << 20

// candidates returns the pairs of rows that share a block, ascending. Small blocks come first; a block too big for the budget of its
// pass finds nobody, so that the work grows with the number of rows and not with its square.
func (r rows) candidates(ctx context.Context, fields []*field) ([]pair, error) {
	if r.few() {
		return slices.Collect(r.every()), nil
	}
	var passes []func()
	f := finder{rows: r, limit: atOnce}
	var together []slot
	for _, field := range fields {
		for _, s := range field.slots() {
			if s.alone {
				passes = append(passes, func() { f.pass(f.entries(s), max(300_000, 4*r.n)) })
			}
			if !s.alone || field.Kind != Email {
				together = append(together, s)
			}
		}
	}
	for i, s := range together {
		for _, t := range together[i+1:] {
			if s.field != t.field {
				passes = append(passes, func() { f.pass(f.both(s, t), max(50_000, r.n/2)) })
			}
		}
	}
	parallel(len(passes), 1, func(_, from, _ int) {
		if ctx.Err() == nil {
			passes[from]()
		}
	})
	f.compact()
	return f.found, ctx.Err()
}

func (f *finder) entries(s slot) []entry {
	out := make([]entry, 0, f.n)
	for row := range int32(f.n) {
		for _, k := range s.of(row) {
			out = append(out, entry{k, row})
		}
	}
	return out
}

func (f *finder) both(s, t slot) []entry {
	out := make([]entry, 0, f.n)
	for row := range int32(f.n) {
		for _, a := range s.of(row) {
			for _, b := range t.of(row) {
				out = append(out, entry{a ^ b*0x9e3779b97f4a7c15, row})
			}
		}
	}
	return out
}

// pass adds the pairs of the smallest blocks until budget is spent.
func (f *finder) pass(es []entry, budget int) {
	slices.SortFunc(es, func(a, b entry) int { return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.row, b.row)) })
	type block struct{ from, to, pairs int }
	var blocks []block
	for from := 0; from < len(es); {
		to := from + 1
		for to < len(es) && es[to].key == es[from].key {
			to++
		}
		if n := f.pairs(es[from:to]); n > 0 && n <= budget {
			blocks = append(blocks, block{from, to, n})
		}
		from = to
	}
	slices.SortStableFunc(blocks, func(a, b block) int { return cmp.Compare(a.pairs, b.pairs) })
	var found []pair
	for _, b := range blocks {
		if budget -= b.pairs; budget < 0 {
			break
		}
		found = f.within(es[b.from:b.to], found)
	}
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if f.found = append(f.found, found...); len(f.found) > f.limit {
		f.compact()
	}
}

// within appends the pairs of one block.
func (r rows) within(block []entry, found []pair) []pair {
	for i, a := range block {
		for _, b := range block[i+1:] {
			if a.row != b.row && (r.split == 0 || int(a.row) < r.split && int(b.row) >= r.split) {
				found = append(found, pairOf(a.row, b.row))
			}
		}
	}
	return found
}

func (f *finder) compact() {
	slices.Sort(f.found)
	f.found = slices.Compact(f.found)
	f.limit = len(f.found) + atOnce
}
