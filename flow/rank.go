// SPDX-License-Identifier: Apache-2.0

package flow

import "math"

// An optimal solution has wide plateaus of nodes between which steps cost nothing, and a search that looks for the sink there without
// a hint walks through most of one. So each node has a rank: how many such steps from the sink to it, when somebody last looked. Searches
// towards a node take low ranks first and go almost straight, if the potentials are the distances from the sink: then every node
// has a way that costs nothing. A change makes both wrong around it. They are mended where a search has been, no farther: what is
// stale elsewhere costs time once, when a search gets there, and never makes a result wrong.
//
// Method: R. E. Korf, "Real-time heuristic search", Artificial Intelligence 42 (1990) 189-211, for learning where one has been.

// rank ranks all nodes of the core. Of the optimal potentials it takes the distances from the sink; the flow stays.
func (l *Live) rank(c *core, sink int32) {
	l.core = c
	c.d.ranks = true
	c.d.begin(&c.residual, true)
	for v := range int32(len(c.id)) {
		if v != c.at[sink] {
			c.d.finish(&c.residual, v)
		}
	}
	l.rerank(&c.ground)
	l.undo = undo{} // of all nodes, and there is nothing to take back
}

// rerank makes the potentials and ranks of the nodes in reach what those of the others ask for. Potentials only rise, so that no
// residual step becomes negative.
func (l *Live) rerank(g *ground) {
	d, r := &g.d, &g.residual
	in, out := d.now+done, d.now+ranked
	d.queue.reset()
	for _, v := range d.reach {
		n := &r.nodes[v]
		n.dist, n.rank = math.MaxInt64, lastRank
		stop := r.nodes[v+1].first
		for i := next(r.enters, n.first, stop); i < stop; i = next(r.enters, i+1, stop) {
			h := &r.halves[i]
			w := &r.nodes[h.to]
			if w.round == in {
				continue
			}
			if far := w.pi - h.cost - n.pi; far < n.dist || far == n.dist && w.after() < n.rank {
				n.dist, n.rank = far, w.after()
			}
		}
		if n.dist < math.MaxInt64 {
			d.queue.put(n.dist, n.rank, v)
		}
	}
	most := int64(0)
	for {
		v, here, ok := d.queue.take()
		if !ok {
			break
		}
		n := &r.nodes[v]
		if n.round == out {
			continue
		}
		n.round, most = out, here
		stop := r.nodes[v+1].first
		for i := next(r.leaves, n.first, stop); i < stop; i = next(r.leaves, i+1, stop) {
			h := &r.halves[i]
			w := &r.nodes[h.to]
			if w.round != in {
				continue
			}
			if far := here + h.cost + n.pi - w.pi; far < w.dist || far == w.dist && n.after() < w.rank {
				w.dist, w.rank = far, n.after()
				d.queue.put(far, w.rank, h.to)
			}
		}
	}
	for _, v := range d.reach {
		n := &r.nodes[v]
		if n.round == in {
			n.dist = most // no way there: as high as any, so that no step out of it becomes negative
		}
		if n.dist != 0 {
			l.setPi(g.number(v), n.pi+n.dist)
		}
	}
}

// after is the rank of a node that is best reached from n at no cost.
func (n *node) after() uint8 { return min(n.rank, lastRank-1) + 1 }
