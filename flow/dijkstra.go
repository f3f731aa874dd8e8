// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"math"
	"math/bits"
	"slices"
)

// dijkstra is a search that is used again: a node counts as seen or done only in the round in which it was.
type dijkstra struct {
	now   int32
	heap  []entry
	level []int32 // found at the distance that is being looked at: no need of the heap
	reach []int32 // nodes done, nearest first
	from  int32
	back  bool // distances are towards from
}

type entry struct {
	dist int64
	node int32
}

// run searches along residual steps, by reduced cost, from a node or, if back, towards it, until it is done with a node that has the
// given sign left (found; even ends no search) or with all within most. It leaves the nodes it is done with in reach, nearest first,
// without the end.
func (d *dijkstra) run(r *residual, from int32, back bool, most int64, end sign) (at int32, found bool) {
	if d.now >= math.MaxInt32-2 {
		for v := range r.nodes {
			r.nodes[v].round = 0
		}
		d.now = 0
	}
	d.now += 2
	d.from, d.back = from, back
	d.heap, d.level, d.reach = d.heap[:0], append(d.level[:0], from), d.reach[:0]
	r.nodes[from].dist, r.nodes[from].round = 0, d.now
	open, turn := r.leaves, int64(1)
	if back {
		open, turn = r.enters, -1
	}
	here, next := int64(0), 0
	for {
		var v int32
		switch {
		case next < len(d.level): // the oldest first: of paths as near, the one with the fewest steps
			v, next = d.level[next], next+1
		case len(d.heap) > 0:
			top := d.pop()
			v, here = top.node, top.dist
			d.level, next = d.level[:0], 0
		default:
			return -1, false
		}
		n := &r.nodes[v]
		if n.round > d.now {
			continue
		}
		n.round++
		if n.left == end && end != even {
			return v, true
		}
		d.reach = append(d.reach, v)
		for i, stop := uint(n.first), uint(r.nodes[v+1].first); i < stop; i++ { // the open halves, in their order
			word := open[i/64] >> (i % 64)
			if word == 0 {
				i |= 63
				continue
			}
			if i += uint(bits.TrailingZeros64(word)); i >= stop {
				break
			}
			h := &r.halves[i]
			w := &r.nodes[h.to]
			far := here + turn*(h.cost+n.pi-w.pi)
			if far > most || w.round > d.now || w.round == d.now && far >= w.dist {
				continue
			}
			w.dist, w.via, w.round = far, h.step, d.now
			if w.left == end && end != even {
				if far == here { // nothing is nearer
					w.round++
					return h.to, true
				}
				most = far - 1 // what is not nearer than this end leads to none that is
			}
			if far == here {
				d.level = append(d.level, h.to)
			} else {
				d.push(entry{far, h.to})
			}
		}
	}
}

// path returns the steps between from and a node that is done, in the direction in which flow would go.
func (d *dijkstra) path(p *Problem, r *residual, end int32) []Step {
	var steps []Step
	for v := end; v != d.from; {
		s := r.nodes[v].via
		arc, along := s.Arc()
		if along {
			v = p.Arcs[arc].From
		} else {
			v = p.Arcs[arc].To
		}
		if d.back {
			s = ^s
		}
		steps = append(steps, s)
	}
	if !d.back {
		slices.Reverse(steps)
	}
	return steps
}

// push and pop keep a binary heap by distance, then node, so that ties fall the same way everywhere.
func (d *dijkstra) push(e entry) {
	d.heap = append(d.heap, e)
	h := d.heap
	i := len(h) - 1
	for i > 0 {
		up := (i - 1) / 2
		if !e.before(h[up]) {
			break
		}
		h[i], i = h[up], up
	}
	h[i] = e
}

func (d *dijkstra) pop() entry {
	h := d.heap
	top, e := h[0], h[len(h)-1]
	h = h[:len(h)-1]
	for i := 0; len(h) > 0; {
		c := 2*i + 1
		if c+1 < len(h) && h[c+1].before(h[c]) {
			c++
		}
		if c >= len(h) || !h[c].before(e) {
			h[i] = e
			break
		}
		h[i], i = h[c], c
	}
	d.heap = h
	return top
}

func (e entry) before(f entry) bool { return e.dist < f.dist || e.dist == f.dist && e.node < f.node }
