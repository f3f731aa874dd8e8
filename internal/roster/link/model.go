// SPDX-License-Identifier: Apache-2.0

package link

import (
	"iter"
	"math"
	"math/rand/v2"
	"slices"
)

// A model says how much each level of each field tells (Fellegi and Sunter 1969). Its chances are estimated on the rows at hand, without
// examples, by expectation and maximization.
type model struct {
	rows
	fields []*field
	prior  float64     // log2 of the odds that two rows taken at random are one
	match  [][]float64 // field, level: how often it is seen between two rows that are one
	apart  [][]float64 // field, level: how often between two that are not
	drawn  [][]float64 // field, level: how often between two rows taken at random
	rare   [][]float32 // field, value: what to add to the weight of the level same
}

const (
	draws    = 150_000 // pairs taken at random
	rounds   = 40
	settled  = 1e-4 // no chance moved further in a round
	firm     = 20.0 // pairs that the usual chances of a kind stand for, and
	stiff    = 0.5  // more by the share of those seen: files of few columns are else read as lists of streets or families
	hopeless = -14  // bits below which a pair is not kept
)

// compare fills levels, one a field, with how near rows i and j are.
func (m *model) compare(i, j int32, levels []level) {
	for k, f := range m.fields {
		levels[k] = f.levelOf(i, j)
	}
	for k, f := range m.fields {
		if f.twin > k && levels[k] != f.same() && levels[f.twin] != m.fields[f.twin].same() {
			m.exchange(k, f.twin, i, j, levels)
		}
	}
}

// exchange looks whether cells of two fields stand in each other's column.
func (m *model) exchange(k, l int, i, j int32, levels []level) {
	f, g := m.fields[k], m.fields[l]
	fi, fj, gi, gj := f.of[i], f.of[j], g.of[i], g.of[j]
	cross := func(a, b int32) (near, known bool) {
		if a < 0 || b < 0 {
			return false, false
		}
		x, y := &f.values[a], &g.values[b]
		return x.text == y.text || len(x.text) > 3 && alike(x.text, y.text, 0.9) > 0, true
	}
	one, oneKnown := cross(fi, gj)
	two, twoKnown := cross(fj, gi)
	if (one && (two || !twoKnown)) || (two && !oneKnown) {
		levels[k], levels[l] = f.exchanged(), missing
	}
}

func newModel(r rows, fields []*field) *model {
	m := &model{rows: r, fields: fields}
	for _, f := range fields {
		m.match = append(m.match, slices.Clone(f.usual))
		m.rare = append(m.rare, make([]float32, len(f.values)))
	}
	m.draw()
	m.expect()
	return m
}

// draw measures how often each level is seen between rows taken at random; equal values are counted, not drawn.
func (m *model) draw() {
	levels := make([]level, len(m.fields))
	for _, f := range m.fields {
		m.drawn = append(m.drawn, make([]float64, len(f.levels)))
	}
	for p := range m.someOf() {
		i, j := p.rows()
		m.compare(i, j, levels)
		for k, l := range levels {
			if l != missing {
				m.drawn[k][l]++
			}
		}
	}
	for k, f := range m.fields {
		equal, known := m.equal(f)
		equal /= max(1, known)
		drawn := m.drawn[k]
		others := sum(drawn) - drawn[f.same()]
		for l := range drawn {
			drawn[l] = (drawn[l] + 0.5) / (others + 1) * (1 - equal)
		}
		drawn[f.same()] = equal
		m.apart = append(m.apart, slices.Clone(drawn))
	}
}

// someOf yields all pairs of few rows, and of many as many as draws, taken at random but the same each time.
func (m *model) someOf() iter.Seq[pair] {
	if m.few() {
		return m.every()
	}
	return func(yield func(pair) bool) {
		rng := rand.New(rand.NewPCG(1, 2))
		for range draws {
			i, j := int32(rng.IntN(m.n)), int32(rng.IntN(m.n))
			if m.split > 0 {
				i, j = int32(rng.IntN(m.split)), int32(m.split+rng.IntN(m.n-m.split))
			}
			if i != j && !yield(pairOf(i, j)) {
				return
			}
		}
	}
}

// holders returns how many rows of each file have each value; of one file, all are in b.
func (m *model) holders(f *field) (a, b []float64) {
	a, b = make([]float64, len(f.values)), make([]float64, len(f.values))
	for row, v := range f.of {
		switch {
		case v < 0:
		case row < m.split:
			a[v]++
		default:
			b[v]++
		}
	}
	return a, b
}

// equal returns how many pairs have one value of a field, and how many have any.
func (m *model) equal(f *field) (same, known float64) {
	a, b := m.holders(f)
	for v := range a {
		if m.split == 0 {
			same += b[v] * (b[v] - 1) / 2
		} else {
			same += a[v] * b[v]
		}
	}
	na, nb := sum(a), sum(b)
	if m.split == 0 {
		return same, nb * (nb - 1) / 2
	}
	return same, na * nb
}

// weight returns the evidence in bits that rows i and j are one: the logarithm of the odds, the prior included.
func (m *model) weight(i, j int32, levels []level) float64 {
	w := m.prior
	for k, l := range levels {
		w += m.bits(k, l, i)
	}
	return w
}

// bits returns what one field adds. Row i tells the value where they are equal.
func (m *model) bits(k int, l level, i int32) float64 {
	if l == missing {
		return 0
	}
	w := math.Log2(m.match[k][l] / m.apart[k][l])
	if f := m.fields[k]; l == f.same() {
		w += float64(m.rare[k][f.of[i]])
	}
	return min(w, m.fields[k].most[l])
}

// expect sets the prior to the usual: half the rows of the smaller file have another that is one with them.
func (m *model) expect() {
	smaller := m.n
	if m.split > 0 {
		smaller = min(m.split, m.n-m.split)
	}
	m.prior = math.Log2(0.5 * float64(smaller) / m.all())
	m.setRare(nil)
}

// learn estimates the model on candidates.
func (m *model) learn(c compared) {
	known := make([]float64, len(m.fields)) // pairs that have a value on both sides
	for k, f := range m.fields {
		_, n := m.equal(f)
		known[k] = max(1, n)
	}
	for range rounds {
		s := m.seen(c)
		moved := 0.0
		for k, f := range m.fields {
			n := sum(s.levels[k])
			for l, seen := range s.levels[k] {
				was := m.match[k][l]
				m.match[k][l] = (seen + (firm+stiff*n)*f.usual[l]) / (n + firm + stiff*n)
				moved = max(moved, math.Abs(was-m.match[k][l]))
				floor := 0.5 / draws
				if level(l) == f.same() {
					floor = 1 / known[k]
				}
				m.apart[k][l] = max(m.drawn[k][l]-seen/known[k], 0) + floor
			}
		}
		m.setRare(s.agree)
		m.prior = math.Log2(max(1, s.total) / m.all())
		if moved < settled {
			break
		}
	}
}

// sums are what is expected of the pairs that are one.
type sums struct {
	total  float64
	levels [][]float64 // field, level
	agree  [][]float64 // field, value: pairs that have it on both sides
}

func (m *model) seen(c compared) sums {
	var s sums
	for _, f := range m.fields {
		s.levels = append(s.levels, make([]float64, len(f.levels)))
		s.agree = append(s.agree, make([]float64, len(f.values)))
	}
	for p, pr := range c.pairs {
		i, j := pr.rows()
		levels := c.of(p)
		chance := chanceOf(m.weight(i, j, levels))
		if chance < 1e-6 {
			continue
		}
		s.total += chance
		for k, l := range levels {
			if l == missing {
				continue
			}
			s.levels[k][l] += chance
			if f := m.fields[k]; l == f.same() {
				s.agree[k][f.of[i]] += chance
			}
		}
	}
	return s
}

// setRare sets what the rarity of each value adds to its field's weight for equal ones. agree holds the pairs that are one by value: a
// value that stands in ten rows of one person is as rare as one that stands in one.
func (m *model) setRare(agree [][]float64) {
	for k, f := range m.fields {
		a, b := m.holders(f)
		na, nb := sum(a), sum(b)
		base := math.Log2(m.apart[k][f.same()])
		for v := range f.values {
			pairs, others, rows := b[v]*(b[v]-1)/2, b[v]/2, nb
			if m.split > 0 {
				pairs, others, rows = a[v]*b[v], max(a[v], b[v]), min(na, nb)
			}
			if agree != nil {
				pairs = max(0, pairs-agree[k][v])
			}
			m.rare[k][v] = float32(base - math.Log2((1+pairs/max(1, others))/max(1, rows, f.Kind.usualRows())))
		}
	}
}

func sum(xs []float64) float64 {
	s := 0.0
	for _, x := range xs {
		s += x
	}
	return s
}

func chanceOf(weight float64) float64 { return 1 / (1 + math.Exp2(-weight)) }
