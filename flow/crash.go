// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"cmp"
	"math"
	"slices"
)

const crashRounds = 12

// empty returns a flow in which every arc carries Low, and a forest without arcs.
func (p *Problem) empty() (flow, arc []int32) {
	flow, arc = make([]int32, len(p.Arcs)), make([]int32, p.N)
	for i := range p.Arcs {
		flow[i] = p.Arcs[i].Low
	}
	for v := range arc {
		arc[v] = -1
	}
	return flow, arc
}

// crash improves an empty flow and forest. With one sink, each source ships to it directly what its arcs can take, cheapest first, and
// nodes with nothing left hang on it by arcs with room, in rounds: in each, what has an arc to a node of an earlier round hangs by the
// cheapest way. So every arc of the forest has room towards the sink, which strong feasibility asks for. left, the excess when all arcs
// carry Low, becomes what is still to be shipped. With several sinks nothing is shipped and nothing hangs.
//
// It is for networks whose costs leave no room for an artificial one. Elsewhere it does not pay: the simplex then takes more pivots.
func (p *Problem) crash(left []int64, flow, arc []int32) {
	sink := int32(-1)
	for v, b := range left {
		if b < 0 && sink >= 0 {
			return
		}
		if b < 0 {
			sink = int32(v)
		}
	}
	if sink < 0 {
		return
	}
	p.shipDirectly(sink, left, flow, arc)

	const far = math.MaxInt64
	dist := make([]int64, p.N) // cost of the way to the sink
	next := make([]int64, p.N)
	for v := range dist {
		dist[v], next[v] = far, far
		if i := arc[v]; i >= 0 {
			dist[v] = p.Arcs[i].Cost
		}
	}
	dist[sink] = 0
	for range crashRounds {
		more := false
		for i := range p.Arcs {
			a := &p.Arcs[i]
			if dist[a.From] == far && dist[a.To] != far && left[a.From] == 0 && flow[i] < a.Cap {
				if d := a.Cost + dist[a.To]; d < next[a.From] {
					next[a.From], arc[a.From], more = d, int32(i), true
				}
			}
		}
		if !more {
			break
		}
		for v, d := range next {
			if d != far {
				dist[v], next[v] = d, far
			}
		}
	}
}

// shipDirectly fills the arcs from each source to the sink, cheapest first. An arc that stays between its bounds joins the forest.
func (p *Problem) shipDirectly(sink int32, left []int64, flow, arc []int32) {
	var direct []int32
	for i := range p.Arcs {
		if a := &p.Arcs[i]; a.To == sink && left[a.From] > 0 && a.Low < a.Cap {
			direct = append(direct, int32(i))
		}
	}
	slices.SortFunc(direct, func(i, j int32) int {
		return cmp.Or(cmp.Compare(p.Arcs[i].Cost, p.Arcs[j].Cost), cmp.Compare(i, j))
	})
	for _, i := range direct {
		a := &p.Arcs[i]
		units := min(left[a.From], int64(a.Cap-flow[i]))
		flow[i] += int32(units)
		left[a.From] -= units
		left[sink] += units
		if units > 0 && flow[i] < a.Cap {
			arc[a.From] = i
		}
	}
}
