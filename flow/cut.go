// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"errors"
	"fmt"
)

// InfeasibleError says that no flow respects all bounds and supplies, and proves it: the nodes of Cut have Deficit units more to
// ship than their arcs can carry away. No cut has a larger deficit, and Deficit is the least supply that stays unshipped.
type InfeasibleError struct {
	Cut     []int32 // ascending
	Deficit int64
}

func (e *InfeasibleError) Error() string {
	return fmt.Sprintf("no feasible flow: %d units cannot leave a set of %d nodes", e.Deficit, len(e.Cut))
}

// VerifyCut returns by how much the nodes of cut have more to ship than their arcs can carry away: the sum of their supplies and of
// Low over arcs into the cut, less the sum of Cap over arcs out of it. An error says that the cut proves nothing: a node is
// unknown or named twice, or the deficit is not positive.
func VerifyCut(p *Problem, cut []int32) (deficit int64, err error) {
	if err := p.check(); err != nil {
		return 0, err
	}
	in := make([]bool, p.N)
	for _, v := range cut {
		if v < 0 || v >= p.N || in[v] {
			return 0, fmt.Errorf("cut: node %d is unknown or named twice", v)
		}
		in[v] = true
		deficit += int64(p.Supply[v])
	}
	for i := range p.Arcs {
		a := &p.Arcs[i]
		switch {
		case in[a.To] && !in[a.From]:
			deficit += int64(a.Low)
		case in[a.From] && !in[a.To]:
			deficit -= int64(a.Cap)
		}
	}
	if deficit <= 0 {
		return deficit, errors.New("cut: its nodes can ship all they have")
	}
	return deficit, nil
}

// infeasible makes the proof from a flow that ships as much as possible: the cut is what the unshipped supply can still reach.
func infeasible(p *Problem, flow []int32) error {
	left := make([]int64, p.N)
	for v, b := range p.Supply {
		left[v] = int64(b)
	}
	for i := range p.Arcs {
		a := &p.Arcs[i]
		left[a.From] -= int64(flow[i])
		left[a.To] += int64(flow[i])
	}
	ends := newEnds(p)
	in := make([]bool, p.N)
	var queue []int32
	e := &InfeasibleError{}
	for v, l := range left {
		if l > 0 {
			e.Deficit += l
			in[v] = true
			queue = append(queue, int32(v))
		}
	}
	for len(queue) > 0 {
		v := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		for _, s := range ends.at(v) {
			if to, room := s.ahead(p, flow); room > 0 && !in[to] {
				in[to] = true
				queue = append(queue, to)
			}
		}
	}
	for v := range p.N {
		if in[v] {
			e.Cut = append(e.Cut, v)
		}
	}
	return e
}
