// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"math"
	"slices"
)

// dijkstra is a search that is used again: a node counts as seen or done only in the round in which it was.
type dijkstra struct {
	dist  []int64
	via   []Step  // the step that led here
	round []int32 // 2*round when seen, one more when done
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

func newDijkstra(n int) dijkstra {
	return dijkstra{dist: make([]int64, n), via: make([]Step, n), round: make([]int32, n)}
}

func (d *dijkstra) seen(v int32) bool { return d.round[v] >= d.now }
func (d *dijkstra) done(v int32) bool { return d.round[v] > d.now }

// run searches along residual steps, by reduced cost, from a node or, if back, towards it, until it is done with a node that is
// an end (found) or with all within most. It leaves the nodes it is done with in reach, nearest first, without the end.
func (d *dijkstra) run(l *Live, from int32, back bool, most int64, isEnd func(int32) bool) (end int32, found bool) {
	if d.now >= math.MaxInt32-2 {
		clear(d.round)
		d.now = 0
	}
	d.now += 2
	d.from, d.back = from, back
	d.heap, d.level, d.reach = d.heap[:0], append(d.level[:0], from), d.reach[:0]
	d.dist[from], d.round[from] = 0, d.now
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
		if d.done(v) {
			continue
		}
		d.round[v]++
		if isEnd(v) {
			return v, true
		}
		d.reach = append(d.reach, v)
		for _, s := range l.ends.at(v) {
			a, f := &l.p.Arcs[max(s, ^s)], l.s.Flow[max(s, ^s)]
			against := s < 0 != back // the flow would go against the arc
			if against && f == a.Low || !against && f == a.Cap {
				continue
			}
			w := a.To
			if s < 0 {
				w = a.From
			}
			if d.done(w) {
				continue
			}
			c := a.Cost + l.s.Pi[a.From] - l.s.Pi[a.To]
			if against {
				c = -c
			}
			far := here + c
			if far > most || d.seen(w) && far >= d.dist[w] {
				continue
			}
			d.dist[w], d.via[w], d.round[w] = far, s, d.now
			end := isEnd(w)
			if end && far == here { // nothing is nearer
				d.round[w]++
				return w, true
			}
			if end {
				most = far - 1 // what is not nearer than this end leads to none that is
			}
			if far == here {
				d.level = append(d.level, w)
			} else {
				d.push(entry{far, w})
			}
		}
	}
}

// path returns the steps between from and a node that is done, in the direction in which flow would go.
func (d *dijkstra) path(p *Problem, end int32) []Step {
	var steps []Step
	for v := end; v != d.from; {
		s := d.via[v]
		a := &p.Arcs[max(s, ^s)]
		v = a.From
		if s < 0 {
			v = a.To
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
