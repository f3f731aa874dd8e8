// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"math/big"
	"slices"

	"pgregory.net/rapid"
)

// problems draws small problems aimed at the edges: loops, parallel arcs, arcs without room, lower bounds, negative costs, ties,
// and both feasible and infeasible supplies.
func problems(t *rapid.T) *Problem {
	n := rapid.Int32Range(1, 9).Draw(t, "nodes")
	p := &Problem{N: n, Supply: make([]int32, n)}
	node := rapid.Int32Range(0, n-1)
	most := rapid.SampledFrom([]int64{0, 1, 9, 1 << 40}).Draw(t, "largest cost")
	feasible := rapid.Bool().Draw(t, "feasible")
	unfed := rapid.Int32Range(0, n/3).Draw(t, "unfed") // nodes into which nothing leads, and after them some that one of those feeds
	kids := rapid.Int32Range(0, unfed).Draw(t, "kids")
	fed := map[int32]bool{}
	for range rapid.IntRange(0, 24).Draw(t, "arcs") {
		a := Arc{From: node.Draw(t, "from"), To: rapid.Int32Range(unfed, n-1).Draw(t, "to"), Cost: rapid.Int64Range(-most, most).Draw(t, "cost")}
		if a.To < unfed+kids {
			if a.From %= unfed; fed[a.To] {
				a.To = n - 1
			}
			fed[a.To] = true
		}
		a.Low = max(rapid.Int32Range(-6, 3).Draw(t, "low"), 0)
		a.Cap = a.Low + rapid.Int32Range(0, 5).Draw(t, "room")
		p.Arcs = append(p.Arcs, a)
		if feasible {
			f := rapid.Int32Range(a.Low, a.Cap).Draw(t, "flow")
			p.Supply[a.From] += f
			p.Supply[a.To] -= f
		}
	}
	if !feasible {
		for range rapid.IntRange(0, 4).Draw(t, "pairs") {
			u := rapid.Int32Range(0, 4).Draw(t, "units")
			p.Supply[node.Draw(t, "source")] += u
			p.Supply[node.Draw(t, "sink")] -= u
		}
	}
	return p
}

// reference solves p the slow and obvious way: arcs that pay filled, then shortest residual paths found by Bellman and Ford from
// any node with too much to any with too little. It returns the least cost, or how much stays unshipped.
func reference(p *Problem) (cost *big.Int, unshipped int64) {
	flow := make([]int64, len(p.Arcs))
	left := make([]int64, p.N)
	for v, s := range p.Supply {
		left[v] = int64(s)
	}
	for i, a := range p.Arcs {
		flow[i] = int64(a.Low)
		if a.Cost < 0 {
			flow[i] = int64(a.Cap)
		}
		left[a.From] -= flow[i]
		left[a.To] += flow[i]
	}
	for {
		const far = int64(1) << 60
		dist, via := make([]int64, p.N), make([]int, p.N)
		for v := range dist {
			dist[v], via[v] = far, -1
			if left[v] > 0 {
				dist[v] = 0
			}
		}
		for range p.N {
			for i, a := range p.Arcs {
				if flow[i] < int64(a.Cap) && dist[a.From] < far && dist[a.From]+a.Cost < dist[a.To] {
					dist[a.To], via[a.To] = dist[a.From]+a.Cost, 2*i
				}
				if flow[i] > int64(a.Low) && dist[a.To] < far && dist[a.To]-a.Cost < dist[a.From] {
					dist[a.From], via[a.From] = dist[a.To]-a.Cost, 2*i+1
				}
			}
		}
		to := -1
		for v := range dist {
			if left[v] < 0 && dist[v] < far && (to < 0 || dist[v] < dist[to]) {
				to = v
			}
		}
		if to < 0 {
			break
		}
		v := to
		for via[v] >= 0 {
			if i := via[v] / 2; via[v]%2 == 0 {
				flow[i]++
				v = int(p.Arcs[i].From)
			} else {
				flow[i]--
				v = int(p.Arcs[i].To)
			}
		}
		left[v]--
		left[to]++
	}
	cost = new(big.Int)
	for i, a := range p.Arcs {
		cost.Add(cost, new(big.Int).Mul(big.NewInt(a.Cost), big.NewInt(flow[i])))
	}
	for _, l := range left {
		unshipped += max(l, 0)
	}
	return cost, unshipped
}

func (p *Problem) clone() *Problem {
	return &Problem{p.N, slices.Clone(p.Supply), slices.Clone(p.Arcs)}
}
