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
	back  bool    // distances are towards the seeds
	end   int32   // that was found

	ahead [32]look

	ranks  bool    // nodes have ranks (rank.go): they lead to the only sink, where it has too much
	trails []trail // of a search that they lead
	head   []int32 // of each node in reach: the first of the trails from there
}

// look is a step that a search looks at: how far the other end is by it.
type look struct {
	far int64
	i   uint32 // of the half
	to  int32
}

// ground is a network with what searches it.
type ground struct {
	residual
	d  dijkstra
	id []int32 // of each node, in the problem; nil if it is the same
}

func (g *ground) number(v int32) int32 {
	if g.id == nil {
		return v
	}
	return g.id[v]
}

const noStep = Step(math.MinInt32) // no arc has this number

// How much more than dijkstra.now a node's round is once it is done, and once it is ranked again; and how far apart rounds are.
const (
	done   = 1
	ranked = 2
	rounds = 3
)

// begin starts a round in which nothing is seen.
func (d *dijkstra) begin(r *residual, back bool) {
	if d.now >= math.MaxInt32-2*rounds {
		for v := range r.nodes {
			r.nodes[v].round = 0
		}
		d.now = 0
	}
	d.now += rounds
	d.back, d.reach, d.trails = back, d.reach[:0], d.trails[:0]
	d.queue.reset()
}

func (d *dijkstra) finish(r *residual, v int32) {
	r.nodes[v].round = d.now + done
	d.reach = append(d.reach, v)
}

// run searches from a node or, if back, towards it: see search.
func (d *dijkstra) run(r *residual, from int32, back bool, most int64, end sign) (at int32, found bool) {
	d.begin(r, back)
	d.seed(r, from, 0, end)
	return d.search(r, most, end)
}

// seed makes v a node that a search begins at, so far away.
func (d *dijkstra) seed(r *residual, v int32, far int64, end sign) {
	n := &r.nodes[v]
	if n.round == d.now && n.dist <= far {
		return
	}
	n.dist, n.via, n.round = far, noStep, d.now
	d.queue.put(far, d.lead(n, end), v)
}

// search goes along residual steps, by reduced cost, until it is done with a node that has the given sign left (found; even ends no
// search) or with all within most. Of nodes as near, it takes those first that it met first: of paths as near, the one with
// the fewest steps; or low ranks, where they lead. It leaves the nodes it is done with in reach, nearest first, without the end.
func (d *dijkstra) search(r *residual, most int64, end sign) (at int32, found bool) {
	open, turn := r.leaves, int64(1)
	if d.back {
		open, turn = r.enters, -1
	}
	pi := r.pi
	guided, nearest := d.guided(end), int64(math.MaxInt64) // end so far
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
			d.end = v
			return v, true
		}
		d.finish(r, v)
		stop := r.nodes[v+1].first
		for i := next(open, n.first, stop); i < stop; { // the open halves, in their order
			ahead := d.ahead[:0]
			for ; i < stop && len(ahead) < cap(ahead); i = next(open, i+1, stop) { // apart, so that memory is read ahead
				h := &r.halves[i]
				ahead = append(ahead, look{here + turn*(h.cost+pi[v]-pi[h.to]), i, h.to})
			}
			for _, a := range ahead {
				if a.far > nearest {
					continue
				}
				w := &r.nodes[a.to]
				met := w.round >= d.now
				if guided && (!met || a.far <= w.dist) {
					d.trails = append(d.trails, trail{a.far, a.i, a.to, v, -1})
				}
				if a.far > most || met && a.far >= w.dist {
					continue
				}
				w.dist, w.via, w.round = a.far, r.halves[a.i].step, d.now
				if w.left == end && end != even {
					if a.far == here { // nothing is nearer
						d.end = a.to
						return a.to, true
					}
					most, nearest = a.far-1, a.far // what is not nearer than this end leads to none that is
				}
				d.queue.put(a.far, d.lead(w, end), a.to)
			}
		}
	}
}

// path returns the steps between a node that is done and the seed that it was reached from, in the direction in which flow would go, and
// the seed. ends tells where the arc of a step leads.
func (d *dijkstra) path(r *residual, end int32, ends func(i int32) (from, to int32)) (steps []Step, seed int32) {
	seed = end
	for s := r.nodes[seed].via; s != noStep; s = r.nodes[seed].via {
		i, along := s.Arc()
		from, to := ends(i)
		if seed = to; along {
			seed = from
		}
		if d.back {
			s = ^s
		}
		steps = append(steps, s)
	}
	if !d.back {
		slices.Reverse(steps)
	}
	return steps, seed
}

// guided tells whether ranks lead to ends of that sign.
func (d *dijkstra) guided(end sign) bool { return d.ranks && d.back && end == tooMuch }

// lead is the rank of n where ranks lead.
func (d *dijkstra) lead(n *node, end sign) uint8 {
	if d.guided(end) {
		return n.rank
	}
	return 0
}
