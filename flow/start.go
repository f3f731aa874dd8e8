// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"fmt"
	"slices"
)

// cold starts with all that is to be shipped waiting at the artificial root. If the cost that its arcs need does not fit, it is done
// without: see crash.
func (x *simplex) cold() error {
	left := x.p.excess()
	flow, arc := x.p.empty()
	big, err := x.p.bigCost()
	if err != nil {
		x.p.crash(left, flow, arc)
		if slices.ContainsFunc(left, func(b int64) bool { return b != 0 }) {
			return err
		}
		if big, err = 0, x.p.pathsFit(); err != nil {
			return err
		}
	}
	if err := x.plant(&Start{Flow: flow, TreeArc: arc}); err != nil {
		return err
	}
	for v, b := range left {
		if t := &x.tree.nodes[v]; b > 0 {
			t.up, t.down = infinite-b, b
		} else if b < 0 {
			t.up, t.down = -b, infinite+b
		}
	}
	x.layOut(flow)
	x.tree.order()
	x.potentials(left, big)
	return nil
}

// layOut fills the branches; an arc that carries its Cap in start is turned round.
func (x *simplex) layOut(start []int32) {
	p := x.p
	x.arcs = make([]branch, len(p.Arcs))
	for i := range p.Arcs {
		a := &p.Arcs[i]
		switch {
		case a.From == a.To || a.Low == a.Cap:
		case start[i] == a.Cap:
			x.arcs[x.mix.place(i)] = branch{a.To, a.From, -a.Cost}
		default:
			x.arcs[x.mix.place(i)] = branch{a.From, a.To, a.Cost}
		}
	}
}

// warm starts with the flow and forest of s. An arc of the forest that leaves no room towards the root would allow cycling; it is
// at a bound, so it can leave the forest, and its child hangs on the artificial root instead, by an arc that carries nothing and
// costs nothing.
func (x *simplex) warm(s *Start) error {
	p, n := x.p, x.p.N
	if err := p.pathsFit(); err != nil {
		return err
	}
	if len(s.Flow) != len(p.Arcs) || len(s.TreeArc) != int(n) {
		return fmt.Errorf("%d flows for %d arcs, %d tree arcs for %d nodes: %w", len(s.Flow), len(p.Arcs), len(s.TreeArc), n, ErrStart)
	}
	if err := p.feasible(s.Flow); err != nil {
		return fmt.Errorf("%w: %w", ErrStart, err)
	}
	if err := x.plant(s); err != nil {
		return err
	}
	x.layOut(s.Flow)
	inTree := 0
	for i := range p.Arcs {
		if a := &p.Arcs[i]; a.From != a.To && s.Flow[i] > a.Low && s.Flow[i] < a.Cap {
			inTree++
		}
	}
	for v := range n {
		t := &x.tree.nodes[v]
		if t.arc < 0 {
			continue
		}
		i := s.TreeArc[v]
		if a := &p.Arcs[i]; s.Flow[i] > a.Low && s.Flow[i] < a.Cap {
			inTree--
		}
		if t.up == 0 {
			t.parent, t.arc, t.up, t.down = n, -1, infinite, 0
		}
	}
	if inTree != 0 {
		return fmt.Errorf("%d arcs between their bounds outside the forest: %w", inTree, ErrStart)
	}
	if !x.tree.order() {
		return fmt.Errorf("tree arcs close a cycle: %w", ErrStart)
	}
	x.potentials(nil, 0)
	return nil
}

// plant sets each node's parent, arc and rooms from s.
func (x *simplex) plant(s *Start) error {
	p, n := x.p, x.p.N
	x.tree.nodes, x.tree.next = make([]twig, n+1), make([]int32, n+1)
	x.tree.nodes[n].parent = -1
	for v := range n {
		t := &x.tree.nodes[v]
		i := s.TreeArc[v]
		if i < 0 {
			t.parent, t.arc, t.up = n, -1, infinite
			continue
		}
		if int(i) >= len(p.Arcs) {
			return fmt.Errorf("node %d: tree arc %d of %d: %w", v, i, len(p.Arcs), ErrStart)
		}
		a := &p.Arcs[i]
		carried, room := int64(s.Flow[i]-a.Low), int64(a.Cap-s.Flow[i])
		t.arc = int32(x.mix.place(int(i)))
		switch {
		case a.From == a.To:
			return fmt.Errorf("node %d: tree arc %d is a loop: %w", v, i, ErrStart)
		case a.From == v:
			t.parent, t.up, t.down = a.To, room, carried
		case a.To == v:
			t.parent, t.up, t.down = a.From, carried, room
		default:
			return fmt.Errorf("node %d: tree arc %d is elsewhere: %w", v, i, ErrStart)
		}
	}
	return nil
}

// potentials follows the tree from the root, where they are 0, so that its arcs get reduced cost 0. Artificial arcs cost big; they point
// to the root, except from where left is negative.
func (x *simplex) potentials(left []int64, big int64) {
	x.pi = make([]int64, x.p.N+1)
	nodes, next := x.tree.nodes, x.tree.next
	root := x.p.N
	for v := next[root]; v != root; v = next[v] {
		t := &nodes[v]
		if t.arc < 0 {
			x.pi[v] = -big
			if left != nil && left[v] < 0 {
				x.pi[v] = big
			}
			continue
		}
		a := &x.p.Arcs[x.mix.arc(int(t.arc))]
		if a.From == v {
			x.pi[v] = x.pi[t.parent] - a.Cost
		} else {
			x.pi[v] = x.pi[t.parent] + a.Cost
		}
	}
}

// order makes the list in preorder, with sizes and last nodes, from the parents. It reports whether all nodes hang together.
func (t *tree) order() bool {
	nodes, next := t.nodes, t.next
	root := int32(len(nodes) - 1)
	first := make([]int32, len(nodes)) // children: the first, then from sibling to sibling
	sibling := make([]int32, len(nodes))
	for v := range first {
		first[v] = -1
	}
	for v := root - 1; v >= 0; v-- {
		up := nodes[v].parent
		sibling[v], first[up] = first[up], v
	}
	sibling[root] = -1
	seen, before := 0, root
	for v := root; ; {
		n := &nodes[v]
		n.prev, next[before], n.size = before, v, 1
		before = v
		seen++
		if first[v] >= 0 {
			v = first[v]
			continue
		}
		n.last = v
		for v != root && sibling[v] < 0 { // v is done; so is its parent
			up := nodes[v].parent
			nodes[up].size += nodes[v].size
			nodes[up].last = nodes[v].last
			v = up
		}
		if v == root {
			break
		}
		nodes[nodes[v].parent].size += nodes[v].size
		v = sibling[v]
	}
	nodes[root].prev, next[before] = before, root
	return seen == len(nodes)
}
