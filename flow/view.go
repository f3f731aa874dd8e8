// SPDX-License-Identifier: Apache-2.0

package flow

import "math"

// view is what is open of a bundle: steps from the core into it, out of it, and between its source and the others. It is a star: arcs lead
// from the source to the others, and from all of them to the core.
type view struct {
	nodes    []int32 // of the problem, the source first
	in, out  []port
	up, down []leg // of each node: to the source, from it
}

type port struct {
	core int32
	node int // of the view
	leg
}

type leg struct {
	cost int64
	step Step
	open bool
}

// look brings bundle k into view.
func (c *core) look(r *residual, k int32) {
	v := &c.view
	source := c.source[k]
	v.nodes, v.up, v.down = append(v.nodes[:0], source), append(v.up[:0], leg{}), append(v.down[:0], leg{})
	v.in, v.out = v.in[:0], v.out[:0]
	for n := 0; n < len(v.nodes); n++ {
		first := r.nodes[v.nodes[n]].first
		for i, h := range r.at(v.nodes[n]) {
			out := leg{h.cost, h.step, has(r.leaves, first+uint32(i))}
			in := leg{-h.cost, ^h.step, has(r.enters, first+uint32(i))}
			switch at := c.where[h.to]; {
			case at < 0 && n == 0: // to one of its own
				v.nodes, v.up, v.down = append(v.nodes, h.to), append(v.up, in), append(v.down, out)
			case at >= 0:
				if out.open {
					v.out = append(v.out, port{at, n, out})
				}
				if in.open {
					v.in = append(v.in, port{at, n, in})
				}
			}
		}
	}
}

// within is what it costs from node x of the view to node y.
func (v *view) within(x, y int) (cost int64, ok bool) {
	if x == y {
		return 0, true
	}
	ok = true
	if x > 0 {
		cost, ok = v.up[x].cost, v.up[x].open
	}
	if y > 0 {
		cost, ok = cost+v.down[y].cost, ok && v.down[y].open
	}
	return cost, ok
}

// inner appends the steps from node x to node y.
func (v *view) inner(steps []Step, x, y int) []Step {
	if x == y {
		return steps
	}
	if x > 0 {
		steps = append(steps, v.up[x].step)
	}
	if y > 0 {
		steps = append(steps, v.down[y].step)
	}
	return steps
}

// cost is that of coming in by port x and going out by port y.
func (v *view) cost(x, y int) (cost int64, ok bool) {
	in, out := &v.in[x], &v.out[y]
	cost, ok = v.within(in.node, out.node)
	return in.cost + cost + out.cost, ok
}

// ports are those in if back, else those out.
func (v *view) ports(back bool) []port {
	if back {
		return v.in
	}
	return v.out
}

// reach is what it costs from port i, one in, to node x if back, else from node x through port i, one out.
func (v *view) reach(i, x int, back bool) (cost int64, ok bool) {
	p := &v.ports(back)[i]
	if back {
		cost, ok = v.within(p.node, x)
	} else {
		cost, ok = v.within(x, p.node)
	}
	return p.cost + cost, ok
}

// best returns the ports of the cheapest way between two core nodes, -1 if there is none.
func (v *view) best(from, to int32) (x, y int) {
	x, y = -1, -1
	least := int64(math.MaxInt64)
	for i := range v.in {
		if v.in[i].core != from {
			continue
		}
		for j := range v.out {
			if v.out[j].core != to {
				continue
			}
			if cost, ok := v.cost(i, j); ok && cost < least {
				least, x, y = cost, i, j
			}
		}
	}
	return x, y
}

// price returns the potentials of the view's nodes, given those of the core and the old ones: the nearest way from the core, as of any
// node; where none leads, as high as the steps that leave ask for.
func (v *view) price(core, old []int64) (pi [widest]int64) {
	const far = math.MaxInt64
	n := len(v.nodes)
	for i := range n {
		pi[i] = far
	}
	for _, in := range v.in {
		pi[in.node] = min(pi[in.node], core[in.core]+in.cost)
	}
	for i := 1; i < n; i++ {
		if v.up[i].open && pi[i] < far {
			pi[0] = min(pi[0], pi[i]+v.up[i].cost)
		}
	}
	for i := 1; i < n; i++ {
		if v.down[i].open && pi[0] < far {
			pi[i] = min(pi[i], pi[0]+v.down[i].cost)
		}
	}
	var lone [widest]bool
	for i, v := range v.nodes {
		if pi[i] == far {
			lone[i], pi[i] = true, old[v]
		}
	}
	for _, out := range v.out {
		if lone[out.node] {
			pi[out.node] = max(pi[out.node], core[out.core]-out.cost)
		}
	}
	for range 2 { // the second time for what the source has asked of the first
		for i := 1; i < n; i++ {
			if lone[i] && v.up[i].open {
				pi[i] = max(pi[i], pi[0]-v.up[i].cost)
			}
			if lone[0] && v.down[i].open {
				pi[0] = max(pi[0], pi[i]-v.down[i].cost)
			}
		}
	}
	return pi
}
