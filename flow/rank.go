// SPDX-License-Identifier: Apache-2.0

package flow

import "math"

// An optimal solution has wide plateaus of nodes between which steps cost nothing, and a search that looks for the sink there without
// a hint walks through most of one. So each node of the core has a rank: how many such steps from the sink to it, when somebody last looked.
// Searches towards a node take low ranks first and go almost straight. A change makes ranks wrong around it. They are mended where a search
// has been, no farther, before the next one begins: what is stale elsewhere costs time once, when a search gets there, and never makes a result wrong.
//
// Method: R. E. Korf, "Real-time heuristic search", Artificial Intelligence 42 (1990) 189-211, for learning where one has been.

// lastRank is the rank of nodes that are so far or farther, and of those to which no step leads at no cost.
const lastRank = math.MaxUint8

// trail is a step that a search towards a node has looked at: half i, of a node that is done, walked the other way, from another that is as
// near by it as by any step looked at before.
type trail struct {
	far      int64
	i        uint32
	from, to int32
	next     int32 // of those from there; -1: none
}

// rank ranks all nodes of the core.
func (c *core) rank(l *Live, sink int32) {
	for v := range c.nodes {
		c.nodes[v].rank = lastRank
	}
	sink = c.where[sink]
	c.nodes[sink].rank = 0
	c.d.ranks, c.d.head = true, make([]int32, len(c.nodes))
	c.d.run(&c.residual, sink, false, 0, even)
	for _, v := range c.d.reach[1:] {
		n := &c.nodes[v]
		arc, along := n.via.Arc()
		up, to := c.ends(l.p, arc)
		if !along {
			up = to
		}
		n.rank = c.nodes[up].after()
	}
}

// rerank ranks the nodes in reach anew, by the steps that the search looked at and that cost nothing since potentials were lifted.
func (d *dijkstra) rerank(r *residual) {
	if len(d.trails) == 0 {
		return
	}
	in, out, far := d.now+done, d.now+ranked, r.nodes[d.end].dist
	d.queue.reset()
	for _, v := range d.reach {
		r.nodes[v].rank, d.head[v] = lastRank, -1
	}
	for i := range d.trails {
		t := &d.trails[i]
		w, n := &r.nodes[t.from], &r.nodes[t.to]
		switch {
		case !has(r.enters, t.i):
		case w.round == in && t.far == w.dist:
			t.next, d.head[t.from] = d.head[t.from], int32(i)
		case w.round != in && t.far == far:
			n.rank = min(n.rank, w.after())
		}
	}
	for _, v := range d.reach {
		if n := &r.nodes[v]; n.rank < lastRank {
			d.queue.put(0, n.rank, v)
		}
	}
	for {
		v, _, ok := d.queue.take()
		if !ok {
			return
		}
		n := &r.nodes[v]
		if n.round == out {
			continue
		}
		n.round = out
		for i := d.head[v]; i >= 0; i = d.trails[i].next {
			to := d.trails[i].to
			if w := &r.nodes[to]; n.after() < w.rank {
				w.rank = n.after()
				d.queue.put(0, w.rank, to)
			}
		}
	}
}

// after is the rank of a node that is best reached from n at no cost.
func (n *node) after() uint8 { return min(n.rank, lastRank-1) + 1 }
