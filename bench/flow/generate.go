// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/tenday/tenday/flow"
)

const (
	shifts  = 6 // a day in two blocks
	nearest = 10
	longest = 90 // minutes
)

// place is a point on a plain, in minutes of travel.
type place struct{ x, y float64 }

func (p place) minutes(q place) int64 { return int64(5 + math.Hypot(p.x-q.x, p.y-q.y)) }

// generate makes the network of a picket plan: members live around sites of log-normal size, in places of some fifty people that share
// their arcs; each offers 58 % of the shifts at the ten nearest sites; 6 % are left out; 70, 25 and 5 % take one, two and three
// shifts. A site asks for a target in proportion to its size, a minimum of 40 % and a maximum of 150 % + 2. Costs are the exact
// weights of levels as in package picket.
func generate(members, sites int, seed uint64) *flow.Problem {
	r := rand.New(rand.NewPCG(seed, 0))
	side := 12 * math.Sqrt(float64(sites))
	at, size := make([]place, sites), make([]float64, sites)
	var total float64
	for i := range at {
		at[i], size[i] = place{r.Float64() * side, r.Float64() * side}, math.Exp(0.8*r.NormFloat64())
		total += size[i]
	}
	needs := sites * shifts
	perLevel := int64(needs)*longest + 1 // burden
	extra, unplaced := perLevel, 3*perLevel
	spread := 2 * unplaced
	target := 9 * spread
	minimum := 2 * target

	p := &flow.Problem{N: int32(1 + needs)} // the sink, then the needs
	arc := func(from, to, capacity int32, cost int64) {
		if capacity > 0 {
			p.Arcs = append(p.Arcs, flow.Arc{From: from, To: to, Cap: capacity, Cost: cost})
		}
	}
	node := func() int32 { p.N++; return p.N - 1 }
	for i := range sites {
		want := int32(math.Round(size[i] / total * float64(members) * 1.2 / shifts))
		least, most := int32(math.Ceil(0.4*float64(want))), want*3/2+2
		for s := range shifts {
			n := int32(1 + i*shifts + s)
			for q := range int32(4) {
				arc(n, 0, quarter(least, q), -minimum-int64(8-q)*spread)
				arc(n, 0, quarter(want-least, q), -target-int64(4-q)*spread)
			}
			arc(n, 0, most-want, 0)
		}
	}
	supply := map[int32]int32{}
	for left := members; left > 0; {
		home := at[r.IntN(sites)]
		here := place{home.x + 9*r.NormFloat64(), home.y + 9*r.NormFloat64()}
		near := make([]int, sites)
		for i := range near {
			near[i] = i
		}
		slices.SortFunc(near, func(a, b int) int { return cmp.Compare(here.minutes(at[a]), here.minutes(at[b])) })
		var shared [shifts]int32
		for s := range shared {
			shared[s] = node()
			for _, i := range near[:min(nearest, sites)] {
				if m := here.minutes(at[i]); m <= longest {
					arc(shared[s], int32(1+i*shifts+s), math.MaxInt32-1, m)
				}
			}
		}
		for range min(left, 1+r.IntN(100)) {
			left--
			if r.Float64() < 0.06 {
				continue
			}
			m := node()
			most := int32(1)
			if d := r.Float64(); d > 0.95 {
				most = 3
			} else if d > 0.7 {
				most = 2
			}
			most = min(most, 2) // two blocks a day
			supply[m] = most
			arc(m, 0, 1, unplaced-extra*int64(most-1))
			if most > 1 {
				arc(m, 0, 1, 0)
			}
			from := [2]int32{m, m}
			if most > 1 {
				for b := range from {
					from[b] = node()
					arc(m, from[b], 1, 0)
				}
			}
			for s := range shared {
				if r.Float64() < 0.58 {
					arc(from[s/3], shared[s], 1, int64(r.IntN(2)*r.IntN(2)*30))
				}
			}
		}
	}
	p.Supply = make([]int32, p.N)
	for v, s := range supply {
		p.Supply[v] = s
		p.Supply[0] -= s
	}
	return p
}

// quarter returns how many of n units are in the given quarter, as package picket counts them.
func quarter(n, q int32) int32 { return (q+1)*n/4 - q*n/4 }
