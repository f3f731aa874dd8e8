// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"cmp"
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
	at     []int32 // of each node of the problem: its number in the core, or ^k in bundle k
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
		c.enter(r, ^c.at[v])
		c.spoil(^c.at[v])
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
	c.at, c.id, c.source = make([]int32, len(feeder)), nil, nil
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
		c.at[v] = ^int32(len(c.source))
		for _, h := range r.at(v) {
			if feeder[h.to] == v {
				c.at[h.to] = c.at[v]
			}
		}
		c.source = append(c.source, v)
	}
	for v := range c.at {
		if c.at[v] >= 0 {
			c.at[v] = int32(len(c.id))
			c.id = append(c.id, int32(v))
		}
	}
	c.state, c.seen, c.moving = make([]state, len(c.source)), make([]int32, len(c.source)), make([]bool, len(c.id))
}

// pair lists the pairs that could ever have a way, unless there are more than most.
func (c *core) pair(r *residual, most int) bool {
	c.pairs, c.first = nil, make([]uint32, len(c.id)+1)
	met := slices.Repeat([]int32{-1}, len(c.id))
	for to := range int32(len(c.id)) {
		c.turn()
		met[to] = to
		for _, h := range r.at(c.id[to]) {
			k := ^c.at[h.to]
			if k < 0 || c.seen[k] == c.round {
				continue
			}
			c.seen[k] = c.round
			for _, v := range c.inside(r, k) {
				for _, h := range r.at(v) {
					if from := c.at[h.to]; from >= 0 && met[from] != to {
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
		if c.at[h.to] == ^k {
			c.members = append(c.members, h.to)
		}
	}
	return c.members
}

// lay lays out the halves.
func (c *core) lay(l *Live) {
	n := len(c.id)
	c.nodes, c.places = make([]node, n+1), make([]place, len(l.p.Arcs)+len(c.pairs))
	count := func(from, to int32) {
		c.nodes[from].first++
		if from != to {
			c.nodes[to].first++
		}
	}
	each := func(do func(from, to int32)) {
		for i := range l.p.Arcs {
			if from, to, ok := c.between(&l.p.Arcs[i]); ok {
				do(from, to)
			}
		}
		for i := range c.pairs {
			do(c.pairs[i].from, c.pairs[i].to)
		}
	}
	each(count)
	total := uint32(0)
	for v := range c.nodes {
		total, c.nodes[v].first = total+c.nodes[v].first, total
	}
	c.halves = make([]half, total)
	c.leaves, c.enters = make([]uint64, total/64+1), make([]uint64, total/64+1)
	free := make([]uint32, n)
	for v := range free {
		free[v] = c.nodes[v].first
		c.nodes[v].pi = l.s.Pi[c.id[v]]
	}
	add := func(i, from, to int32) {
		at := &c.places[i]
		at.from = free[from]
		free[from]++
		at.to = at.from
		if from != to {
			at.to = free[to]
			free[to]++
		}
		c.halves[at.to] = half{to: from, step: ^Step(i)}
		c.halves[at.from] = half{to: to, step: Step(i)}
	}
	for i := range l.p.Arcs {
		a := &l.p.Arcs[i]
		if from, to, ok := c.between(a); ok {
			add(int32(i), from, to)
			c.set(int32(i), a, l.s.Flow[i])
		}
	}
	for i := range c.pairs {
		add(c.arcs+int32(i), c.pairs[i].from, c.pairs[i].to)
	}
}

// direct counts the arcs of the core.
func (c *core) direct(p *Problem) (n int) {
	for i := range p.Arcs {
		if _, _, ok := c.between(&p.Arcs[i]); ok {
			n++
		}
	}
	return n
}

// between tells whether an arc is one of the core, and between which of its nodes.
func (c *core) between(a *Arc) (from, to int32, ok bool) {
	from, to = c.at[a.From], c.at[a.To]
	return from, to, from >= 0 && to >= 0
}

// touch takes over that an arc has changed.
func (c *core) touch(i int32, a *Arc, flow int32) {
	if c == nil {
		return
	}
	from, to, ok := c.between(a)
	if ok {
		c.set(i, a, flow)
		return
	}
	k := ^min(from, to)
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
	if v = c.at[v]; v < 0 {
		c.spoil(^v)
		return
	}
	c.nodes[v].pi = pi
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
			if k := ^c.at[h.to]; k >= 0 {
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
	pi := c.view.price(c.nodes, l.s.Pi)
	for n, v := range c.view.nodes {
		if l.s.Pi[v] != pi[n] {
			l.undo.node(l, v)
			l.s.Pi[v], l.net.nodes[v].pi = pi[n], pi[n]
		}
	}
}

// priceAt does that for the bundle that a node is in, if it is in one.
func (l *Live) priceAt(v int32) {
	c := l.core
	if c == nil || c.at[v] >= 0 {
		return
	}
	c.turn()
	c.price(l, ^c.at[v])
}
