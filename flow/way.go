// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"math"
	"slices"
)

// search finds the cheapest path between start, a node of the problem, and a node of the core that has the given sign left, and lifts
// potentials to it. It returns the end, -1 if there is none, and the steps in the direction of the flow.
func (c *core) search(l *Live, start int32, end sign) (at int32, steps []Step) {
	r, d := &l.net.residual, &c.d
	c.refresh(r)
	d.rerank(&c.residual) // by what the last search saw: whoever waited for that one did not wait for this
	d.begin(&c.residual, end == tooMuch)
	x, own := 0, c.where[start]
	if own >= 0 {
		d.seed(&c.residual, own, 0, end)
	} else {
		c.look(r, ^own)
		x = slices.Index(c.view.nodes, start)
		c.seeds(x, end)
	}
	v, found := d.search(&c.residual, math.MaxInt64, end)
	if !found {
		d.trails = d.trails[:0]
		return -1, nil
	}
	l.lift(&c.ground, v)
	path, seed := d.path(&c.residual, v, func(i int32) (from, to int32) { return c.ends(l.p, i) })
	return c.id[v], c.spell(l, path, start, seed)
}

// ends are the nodes between which an arc of the core or a pair leads.
func (c *core) ends(p *Problem, i int32) (from, to int32) {
	if i < c.arcs {
		a := &p.Arcs[i]
		return c.where[a.From], c.where[a.To]
	}
	w := &c.pairs[i-c.arcs]
	return w.from, w.to
}

// lacks tells whether a node with that sign left is in a bundle, where searches of the core do not find it.
func (c *core) lacks(l *Live, end sign) bool {
	for v, left := range l.left {
		if signOf(left) == end && c.where[v] < 0 {
			return true
		}
	}
	return false
}

// seeds starts a search at the neighbours of node x of the view.
func (c *core) seeds(x int, end sign) {
	d := &c.d
	least := int64(math.MaxInt64)
	for _, now := range [...]bool{false, true} { // the nearest one is at 0
		for i, p := range c.view.ports(d.back) {
			far, ok := c.view.reach(i, x, d.back)
			if !ok {
				continue
			}
			if d.back {
				far += c.pi[p.core]
			} else {
				far -= c.pi[p.core]
			}
			if least = min(least, far); now {
				d.seed(&c.residual, p.core, far-least, end)
			}
		}
	}
}

// spell writes a path of the core, which begins or ends at seed, as the arcs of the problem that it stands for, those between seed and start
// with them.
func (c *core) spell(l *Live, path []Step, start, seed int32) []Step {
	r := &l.net.residual
	var steps []Step
	own := func() {
		k := ^c.where[start]
		if k < 0 {
			return
		}
		c.look(r, k)
		v, back := &c.view, c.d.back
		x, port, least := slices.Index(v.nodes, start), -1, int64(math.MaxInt64)
		for i, p := range v.ports(back) {
			if far, ok := v.reach(i, x, back); ok && p.core == seed && far < least {
				port, least = i, far
			}
		}
		if back {
			in := &v.in[port]
			steps = v.inner(append(steps, in.step), in.node, x)
		} else {
			out := &v.out[port]
			steps = append(v.inner(steps, x, out.node), out.step)
		}
	}
	if !c.d.back {
		own()
	}
	for _, s := range path {
		i, _ := s.Arc()
		if i < c.arcs {
			steps = append(steps, s)
			continue
		}
		w := &c.pairs[i-c.arcs]
		for x, y := range c.offers(r, uint32(i-c.arcs)) {
			if cost, _ := c.view.cost(x, y); cost == w.cost {
				in, out := &c.view.in[x], &c.view.out[y]
				steps = append(c.view.inner(append(steps, in.step), in.node, out.node), out.step)
				break
			}
		}
	}
	if c.d.back {
		own()
	}
	return steps
}
