// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"cmp"
	"math"
	"slices"
)

// Most nodes of the networks that people make are somebody's own: a source, into which nothing leads, and nodes that it alone feeds.
// Flow passes through such a bundle from one of its few neighbours to another, and many bundles have the same neighbours. The core is what is
// left when bundles are taken out. Of all ways through them, only the cheapest one between two neighbours matters to a search, so they
// are one step, a pair: a search reads a tenth of the nodes and a third of the steps. What is within a bundle follows from its
// neighbours when somebody asks (price).

// core is the network of the nodes outside bundles. Its halves are those of arcs between two of them, and of pairs.
type core struct {
	ground
	where  []int32 // of each node of the problem: its number in the core, or ^k in bundle k
	source []int32 // of each bundle
	state  []state // of each bundle
	pairs  []pair  // by to, then from
	first  []uint32
	arcs   int32 // the step of pair i is arcs + i

	dirty   []int32 // bundles whose pairs may be wrong
	stale   []int32 // bundles whose potentials may be wrong
	moved   []int32 // core nodes whose potentials have changed since bundles were priced
	moving  []bool  // of each core node: it is among them
	out     []int32 // bundles that are out while their flow changes
	lost    []uint32
	round   int32
	seen    []int32 // round, of each bundle
	view    view
	members []int32  // of a bundle
	found   []uint32 // pairs of the bundle in view
}

// state is a set.
type state uint8

const (
	isOut state = 1 << iota
	isDirty
	isStale
)

const (
	widest  = 32      // halves of a bundle's nodes: its pairs are up to the square
	dearest = 1 << 58 // so that a way through a bundle fits
)

// newCore finds the bundles of a problem; sink is in none. It returns nil unless searches then have at most so many steps to look at. Time: that
// of reading each bundle once for each of its neighbours.
func newCore(l *Live, sink int32, most int) *core {
	r := &l.net.residual
	c := &core{arcs: int32(len(l.p.Arcs))}
	feeder := c.feeders(l.p)
	feeder[sink] = several
	for wide := widest; ; wide /= 2 {
		c.bundle(r, feeder, wide)
		if c.pair(r, most-c.direct(l.p)) {
			break
		}
		if wide == 0 {
			return nil
		}
	}
	c.lay(l)
	for _, v := range c.source {
		c.enter(r, ^c.where[v])
		c.spoil(^c.where[v])
	}
	return c
}

// No node feeds a source; more than one feeds a node that is in no bundle.
const (
	nobody  = -1
	several = -2
)

// feeders returns for each node the one node that arcs lead from to it.
func (c *core) feeders(p *Problem) []int32 {
	feeder := slices.Repeat([]int32{nobody}, int(p.N))
	for i := range p.Arcs {
		a := &p.Arcs[i]
		if feeder[a.To] == nobody {
			feeder[a.To] = a.From
		} else {
			feeder[a.To] = several
		}
		if magnitude(a.Cost) > dearest {
			feeder[a.From], feeder[a.To] = several, several
		}
	}
	return feeder
}

// bundle numbers the bundles whose nodes have at most wide halves, and the nodes outside.
func (c *core) bundle(r *residual, feeder []int32, wide int) {
	c.where, c.id, c.source = make([]int32, len(feeder)), nil, nil
	for v := range int32(len(feeder)) {
		if feeder[v] != nobody {
			continue
		}
		halves := len(r.at(v))
		for _, h := range r.at(v) {
			if feeder[h.to] == v {
				halves += len(r.at(h.to))
			}
		}
		if halves > wide {
			continue
		}
		c.where[v] = ^int32(len(c.source))
		for _, h := range r.at(v) {
			if feeder[h.to] == v {
				c.where[h.to] = c.where[v]
			}
		}
		c.source = append(c.source, v)
	}
	c.number(r)
	c.state, c.seen, c.moving = make([]state, len(c.source)), make([]int32, len(c.source)), make([]bool, len(c.id))
}

const hub = 1 << 12 // halves of a node that brings together what is far apart

// number numbers the nodes outside bundles, neighbours close together: searches then find them in the same pages of memory.
func (c *core) number(r *residual) {
	const none = math.MaxInt32
	for v := range c.where {
		if c.where[v] >= 0 {
			c.where[v] = none
		}
	}
	add := func(v int32) {
		if c.where[v] == none {
			c.where[v] = int32(len(c.id))
			c.id = append(c.id, v)
		}
	}
	for v := range int32(len(c.where)) {
		n := len(c.id)
		for add(v); n < len(c.id); n++ {
			if all := r.at(c.id[n]); len(all) < hub {
				for _, h := range all {
					add(h.to)
				}
			}
		}
	}
}

// pair lists the pairs that could ever have a way, unless there are more than most.
func (c *core) pair(r *residual, most int) bool {
	c.pairs, c.first = nil, make([]uint32, len(c.id)+1)
	met := slices.Repeat([]int32{-1}, len(c.id))
	for to := range int32(len(c.id)) {
		c.turn()
		met[to] = to
		for _, h := range r.at(c.id[to]) {
			k := ^c.where[h.to]
			if k < 0 || c.seen[k] == c.round {
				continue
			}
			c.seen[k] = c.round
			for _, v := range c.inside(r, k) {
				for _, h := range r.at(v) {
					if from := c.where[h.to]; from >= 0 && met[from] != to {
						met[from] = to
						c.pairs = append(c.pairs, pair{from: from, to: to})
					}
				}
			}
		}
		if len(c.pairs) > most {
			return false
		}
		slices.SortFunc(c.pairs[c.first[to]:], func(a, b pair) int { return cmp.Compare(a.from, b.from) })
		c.first[to+1] = uint32(len(c.pairs))
	}
	return true
}

// inside returns the nodes of bundle k, the source first, until it is asked for others.
func (c *core) inside(r *residual, k int32) []int32 {
	c.members = append(c.members[:0], c.source[k])
	for _, h := range r.at(c.source[k]) {
		if c.where[h.to] == ^k {
			c.members = append(c.members, h.to)
		}
	}
	return c.members
}

// lay lays out the halves.
func (c *core) lay(l *Live) {
	pi := make([]int64, len(c.id))
	for v, id := range c.id {
		pi[v] = l.s.Pi[id]
	}
	c.residual = layOut(pi, len(l.p.Arcs)+len(c.pairs), func(yield func(int32, link) bool) {
		for i := range l.p.Arcs {
			if own, ok := c.between(&l.p.Arcs[i], l.s.Flow[i]); ok {
				yield(int32(i), own)
			}
		}
		for i := range c.pairs {
			yield(c.arcs+int32(i), c.pairs[i].link())
		}
	})
}

// direct counts the arcs of the core.
func (c *core) direct(p *Problem) (n int) {
	for i := range p.Arcs {
		if _, ok := c.between(&p.Arcs[i], 0); ok {
			n++
		}
	}
	return n
}

// between returns an arc as one between nodes of the core, and whether it is.
func (c *core) between(a *Arc, flow int32) (own link, ok bool) {
	own = linkOf(a, flow)
	own.from, own.to = c.where[a.From], c.where[a.To]
	return own, min(own.from, own.to) >= 0
}

// touch takes over that an arc has changed.
func (c *core) touch(i int32, a *Arc, flow int32) {
	if c == nil {
		return
	}
	own, ok := c.between(a, flow)
	if ok {
		c.set(i, own)
		return
	}
	k := ^min(own.from, own.to)
	if c.state[k]&(isOut|isDirty) == 0 {
		c.state[k] |= isDirty
		c.dirty = append(c.dirty, k)
	}
	c.spoil(k)
}

// spoil notes that the potentials within a bundle may be wrong.
func (c *core) spoil(k int32) {
	if c.state[k]&isStale == 0 {
		c.state[k] |= isStale
		c.stale = append(c.stale, k)
	}
}

// move takes over the potential of a node of the problem.
func (c *core) move(v int32, pi int64) {
	if c == nil {
		return
	}
	if v = c.where[v]; v < 0 {
		c.spoil(^v)
		return
	}
	c.pi[v] = pi
	if !c.moving[v] {
		c.moving[v] = true
		c.moved = append(c.moved, v)
	}
}

// price gives the nodes of bundles the potentials that those of their neighbours ask for.
func (l *Live) price() {
	c := l.core
	if c == nil {
		return
	}
	c.turn()
	for _, k := range c.stale {
		c.state[k] &^= isStale
		c.price(l, k)
	}
	for _, v := range c.moved {
		c.moving[v] = false
		for _, h := range l.net.at(c.id[v]) {
			if k := ^c.where[h.to]; k >= 0 {
				c.price(l, k)
			}
		}
	}
	c.stale, c.moved = c.stale[:0], c.moved[:0]
}

// price does that for one bundle, once in a round.
func (c *core) price(l *Live, k int32) {
	if c.seen[k] == c.round {
		return
	}
	c.seen[k] = c.round
	c.look(&l.net.residual, k)
	pi := c.view.price(c.pi, l.s.Pi)
	for n, v := range c.view.nodes {
		if l.s.Pi[v] != pi[n] {
			l.undo.node(l, v)
			l.s.Pi[v] = pi[n]
		}
	}
}

// priceAt does that for the bundle that a node is in, if it is in one.
func (l *Live) priceAt(v int32) {
	c := l.core
	if c == nil || c.where[v] >= 0 {
		return
	}
	c.turn()
	c.price(l, ^c.where[v])
}
