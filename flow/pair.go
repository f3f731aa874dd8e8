// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"cmp"
	"iter"
	"math"
	"slices"
)

// pair is the cheapest way from one core node to another through bundles, and through how many it costs that; 0 if there is none, and
// unknown while its last one is out.
type pair struct {
	from, to int32
	ways     int32
	round    int32
	cost     int64
	here     int64 // through the bundle in view, if round is now
}

const unknown = -1

// link is the step that searches see: it has room while there is a way.
func (w *pair) link() link { return link{w.from, w.to, w.cost, w.ways != 0, false} }

// refresh makes all pairs right again after changes by touch alone.
func (c *core) refresh(r *residual) {
	for _, k := range c.dirty {
		members := c.inside(r, k)
		for _, b := range members {
			for _, h := range r.at(b) {
				to := c.where[h.to]
				if to < 0 {
					continue
				}
				for _, a := range members {
					for _, h := range r.at(a) {
						if i, ok := c.find(c.where[h.to], to); ok {
							c.pairs[i].ways = unknown
							c.lost = append(c.lost, i)
						}
					}
				}
			}
		}
		c.state[k] &^= isDirty
	}
	c.dirty = c.dirty[:0]
	c.regain(r)
}

// takeOut takes the bundle that v is in out of its pairs, before its flow changes; putBack puts all those back.
func (c *core) takeOut(r *residual, v int32) {
	if c == nil || c.where[v] >= 0 {
		return
	}
	k := ^c.where[v]
	if c.state[k]&(isOut|isDirty) != 0 {
		return
	}
	c.state[k] |= isOut
	c.out = append(c.out, k)
	c.through(r, k)
	for _, i := range c.found {
		w := &c.pairs[i]
		if w.here == w.cost && w.ways != unknown {
			if w.ways--; w.ways == 0 {
				w.ways = unknown
				c.lost = append(c.lost, i)
			}
		}
	}
}

func (c *core) putBack(r *residual) {
	if c == nil {
		return
	}
	for _, k := range c.out {
		c.state[k] &^= isOut
		c.enter(r, k)
	}
	c.out = c.out[:0]
	c.regain(r)
}

// enter counts the ways through a bundle.
func (c *core) enter(r *residual, k int32) {
	c.through(r, k)
	for _, i := range c.found {
		switch w := &c.pairs[i]; {
		case w.ways == 0 || w.here < w.cost || w.here == w.cost && w.ways == unknown:
			w.cost, w.ways = w.here, 1
			c.show(i)
		case w.here == w.cost:
			w.ways++
		}
	}
}

// regain finds the cheapest ways of lost pairs that are still unknown.
func (c *core) regain(r *residual) {
	for _, i := range c.lost {
		w := &c.pairs[i]
		if w.ways != unknown {
			continue
		}
		w.ways = 0
		for x, y := range c.offers(r, i) {
			cost, _ := c.view.cost(x, y)
			if w.ways == 0 || cost < w.cost {
				w.cost, w.ways = cost, 0
			}
			if cost == w.cost {
				w.ways++
			}
		}
		c.show(i)
	}
	c.lost = c.lost[:0]
}

// show lets searches see a pair.
func (c *core) show(i uint32) {
	c.set(c.arcs+int32(i), c.pairs[i].link())
}

// turn begins a round in which no bundle is seen and no pair found.
func (c *core) turn() {
	if c.round == math.MaxInt32 {
		clear(c.seen)
		for i := range c.pairs {
			c.pairs[i].round = 0
		}
		c.round = 0
	}
	c.round++
}

func (c *core) find(from, to int32) (i uint32, ok bool) {
	all := c.pairs[c.first[to]:c.first[to+1]]
	n, ok := slices.BinarySearchFunc(all, from, func(w pair, from int32) int { return cmp.Compare(w.from, from) })
	return c.first[to] + uint32(n), ok
}

// through finds all pairs that bundle k has a way for, and its cheapest.
func (c *core) through(r *residual, k int32) {
	c.look(r, k)
	c.turn()
	c.found = c.found[:0]
	for x := range c.view.in {
		for y := range c.view.out {
			cost, ok := c.view.cost(x, y)
			if !ok {
				continue
			}
			i, ok := c.find(c.view.in[x].core, c.view.out[y].core)
			if !ok { // of a node with itself
				continue
			}
			w := &c.pairs[i]
			if w.round != c.round {
				w.round, w.here = c.round, cost
				c.found = append(c.found, i)
			}
			w.here = min(w.here, cost)
		}
	}
}

// offers brings every bundle into view that has a way for pair i, and yields the ports of its cheapest.
func (c *core) offers(r *residual, i uint32) iter.Seq2[int, int] {
	return func(yield func(x, y int) bool) {
		c.turn()
		now, w := c.round, &c.pairs[i]
		open, v := r.leaves, c.id[w.from]
		if to := c.id[w.to]; len(r.at(to)) < len(r.at(v)) {
			open, v = r.enters, to
		}
		stop := r.nodes[v+1].first
		for i := next(open, r.nodes[v].first, stop); i < stop; i = next(open, i+1, stop) {
			k := ^c.where[r.halves[i].to]
			if k < 0 || c.seen[k] == now {
				continue
			}
			c.seen[k] = now
			c.look(r, k)
			if x, y := c.view.best(w.from, w.to); x >= 0 && !yield(x, y) {
				return
			}
		}
	}
}
