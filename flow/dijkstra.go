// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"math"
	"slices"
)

// dijkstra is a search that is used again: a node counts as seen, done or ranked only in the round in which it was.
type dijkstra struct {
	now   int32
	queue queue
	reach []int32 // nodes done, nearest first
	from  int32
	back  bool // distances are towards from
	ranks bool // nodes have ranks: they lead from the only sink, where there is too much
}

// How much more than dijkstra.now a node's round is once it is done, and once it is ranked again; and how far apart rounds are.
const (
	done   = 1
	ranked = 2
	rounds = 3
)

// begin starts a round in which nothing is seen.
func (d *dijkstra) begin(r *residual) {
	if d.now >= math.MaxInt32-2*rounds {
		for v := range r.nodes {
			r.nodes[v].round = 0
		}
		d.now = 0
	}
	d.now += rounds
	d.reach = d.reach[:0]
	d.queue.reset()
}

func (d *dijkstra) finish(r *residual, v int32) {
	r.nodes[v].round = d.now + done
	d.reach = append(d.reach, v)
}

// run searches along residual steps, by reduced cost, from a node or, if back, towards it, until it is done with a node that has the
// given sign left (found; even ends no search) or with all within most. Of nodes as near, it takes those first that it met first: of
// paths as near, the one with the fewest steps; or low ranks, where they lead. It leaves the nodes it is done with in reach, nearest
// first, without the end.
func (d *dijkstra) run(r *residual, from int32, back bool, most int64, end sign) (at int32, found bool) {
	d.begin(r)
	d.from, d.back = from, back
	r.nodes[from].dist, r.nodes[from].round = 0, d.now
	d.queue.put(0, 0, from)
	open, turn := r.leaves, int64(1)
	if back {
		open, turn = r.enters, -1
	}
	for {
		v, here, ok := d.queue.take()
		if !ok {
			return -1, false
		}
		n := &r.nodes[v]
		if n.round > d.now {
			continue
		}
		if n.left == end && end != even {
			return v, true
		}
		d.finish(r, v)
		stop := r.nodes[v+1].first
		for i := next(open, n.first, stop); i < stop; i = next(open, i+1, stop) { // the open halves, in their order
			h := &r.halves[i]
			w := &r.nodes[h.to]
			far := here + turn*(h.cost+n.pi-w.pi)
			if far > most || w.round > d.now || w.round == d.now && far >= w.dist {
				continue
			}
			w.dist, w.via, w.round = far, h.step, d.now
			if w.left == end && end != even {
				if far == here { // nothing is nearer
					return h.to, true
				}
				most = far - 1 // what is not nearer than this end leads to none that is
			}
			rank := uint8(0)
			if d.guided(end) {
				rank = w.rank
			}
			d.queue.put(far, rank, h.to)
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

// guided tells whether ranks lead to ends of that sign.
func (d *dijkstra) guided(end sign) bool { return d.ranks && d.back && end == tooMuch }
