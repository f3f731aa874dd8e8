// SPDX-License-Identifier: Apache-2.0

package flow

import "slices"

// undo remembers what a change of a Live found, so that it can be taken back.
type undo struct {
	arcs  []oldArc
	nodes []oldNode
}

type oldArc struct {
	at   int32
	arc  Arc
	flow int32
}

type oldNode struct {
	at, supply int32
	pi         int64
}

func (u *undo) reset() { u.arcs, u.nodes = u.arcs[:0], u.nodes[:0] }

func (u *undo) arc(l *Live, i int32) {
	u.arcs = append(u.arcs, oldArc{i, l.p.Arcs[i], l.s.Flow[i]})
}

func (u *undo) node(l *Live, v int32) {
	u.nodes = append(u.nodes, oldNode{v, l.p.Supply[v], l.s.Pi[v]})
}

func (u *undo) run(l *Live) {
	for _, a := range slices.Backward(u.arcs) {
		l.p.Arcs[a.at], l.s.Flow[a.at] = a.arc, a.flow
		l.set(a.at)
	}
	for _, n := range slices.Backward(u.nodes) {
		l.setSupply(n.at, n.supply)
		l.pi(n.at, n.pi)
	}
}
