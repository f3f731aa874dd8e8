// SPDX-License-Identifier: Apache-2.0

package link

import (
	"cmp"
	"slices"
)

// edge is a pair with its weight.
type edge struct {
	pair   pair
	weight float64
}

// cut is the weight from which two rows are one: more likely than not. It is the same for every file.
const cut = 0.0

// loudest is how much one pair may say for or against joining two clusters, in bits.
const loudest = 10.0

// mostAsked is how many pairs of two clusters are compared before they are joined.
const mostAsked = 100

// clusters joins rows along the heaviest edges first, two clusters only where the pairs between them, all counted, speak for it: one
// chance likeness does not chain two people together. It returns the cluster of each row, named by its first row.
func (m *model) clusters(edges []edge) []int32 {
	of := make([]int32, m.n)
	members := make(map[int32][]int32)
	for i := range of {
		of[i] = int32(i)
	}
	get := func(c int32) []int32 {
		if ms := members[c]; ms != nil {
			return ms
		}
		return []int32{c}
	}
	edges = slices.Clone(edges)
	slices.SortFunc(edges, func(a, b edge) int { return cmp.Or(cmp.Compare(b.weight, a.weight), cmp.Compare(a.pair, b.pair)) })
	levels := make([]level, len(m.fields))
	between := func(as, bs []int32) float64 {
		step := max(1, len(as)*len(bs)/mostAsked)
		total, n := 0.0, 0
		for at := 0; at < len(as)*len(bs); at += step {
			i, j := as[at/len(bs)], bs[at%len(bs)]
			i, j = min(i, j), max(i, j)
			m.compare(i, j, levels)
			total += max(-loudest, min(loudest, m.weight(i, j, levels)))
			n++
		}
		return total / float64(n)
	}
	for again := true; again; {
		again = false
		waiting := edges[:0]
		for _, e := range edges {
			if e.weight < cut {
				break
			}
			i, j := e.pair.rows()
			a, b := of[i], of[j]
			if a == b {
				continue
			}
			as, bs := get(a), get(b)
			if len(as)+len(bs) > 2 && between(as, bs) < cut {
				waiting = append(waiting, e)
				continue
			}
			again = true
			to, from := min(a, b), max(a, b)
			all := append(slices.Clone(get(to)), get(from)...)
			slices.Sort(all)
			for _, r := range all {
				of[r] = to
			}
			members[to] = all
			delete(members, from)
		}
		edges = waiting
	}
	return of
}
