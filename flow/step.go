// SPDX-License-Identifier: Apache-2.0

package flow

// Step is one arc of a residual path: arc i walked along is i, walked back is ^i (a negative number).
type Step int32

// Arc returns the arc and whether it is walked along (more on it) or back (less on it).
func (s Step) Arc() (i int32, along bool) {
	if s < 0 {
		return int32(^s), false
	}
	return int32(s), true
}

// ahead returns where s leads and how many units it has room for.
func (s Step) ahead(p *Problem, flow []int32) (to, room int32) {
	if s < 0 {
		a := &p.Arcs[^s]
		return a.From, flow[^s] - a.Low
	}
	a := &p.Arcs[s]
	return a.To, a.Cap - flow[s]
}

// ends lists for every node the steps that leave it; a loop once.
type ends struct {
	first []int
	steps []Step
}

func newEnds(p *Problem) ends {
	first := make([]int, p.N+2)
	for i := range p.Arcs {
		a := &p.Arcs[i]
		first[a.From+2]++
		if a.From != a.To {
			first[a.To+2]++
		}
	}
	for v := 2; v < len(first); v++ {
		first[v] += first[v-1]
	}
	steps := make([]Step, first[len(first)-1])
	for i := range p.Arcs {
		a := &p.Arcs[i]
		steps[first[a.From+1]] = Step(i)
		first[a.From+1]++
		if a.From != a.To {
			steps[first[a.To+1]] = ^Step(i)
			first[a.To+1]++
		}
	}
	return ends{first, steps}
}

func (e *ends) at(v int32) []Step { return e.steps[e.first[v]:e.first[v+1]] }
