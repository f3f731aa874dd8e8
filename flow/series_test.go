// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Whatever the order of changes, and whether or not anybody has asked for potentials between them: every path is one that flow can
// take, together they are the change of the flow, what cannot be done leaves all as it was, and the end is the optimum.
func TestASeriesOfChangesIsItsPaths(t *testing.T) {
	t.Parallel()

	for seed := range uint64(1600) {
		r := rand.New(rand.NewPCG(seed, 1))
		p := crew(r)
		s, err := Solve(t.Context(), p, Options{})
		if err != nil {
			continue
		}
		l := NewLive(p, s)
		if r.IntN(4) > 0 {
			contracted(l, int32(r.IntN(int(p.N))))
		}
		for range 25 {
			if l.core != nil && r.IntN(8) == 0 { // as after very many searches
				l.core.round = max(l.core.round, math.MaxInt32-r.Int32N(9))
				l.core.d.now = max(l.core.d.now, math.MaxInt32-3*rounds)
			}
			asked, core := r.IntN(4) == 0, l.core
			if asked {
				l.Solution()
			}
			before, flow, pi := p.clone(), slices.Clone(s.Flow), slices.Clone(s.Pi)
			paths, changed, err := vary(l, r)
			var none *InfeasibleError
			switch {
			case err == nil:
				walk(t, p, flow, s.Flow, changed, paths)
			case errors.As(err, &none) || errors.Is(err, ErrSinks):
				if diff := cmp.Diff(before, p) + cmp.Diff(flow, s.Flow); diff != "" {
					t.Fatalf("seed %d: after %v (-before +after):\n%s", seed, err, diff)
				}
				if asked && core == l.core && !slices.Equal(pi, l.Solution().Pi) {
					t.Fatalf("seed %d: after %v: potentials %v, before %v", seed, err, s.Pi, pi)
				}
			default:
				t.Fatal(err)
			}
			if r.IntN(6) == 0 {
				if _, err := Verify(p, l.Solution()); err != nil {
					t.Fatalf("seed %d: %v", seed, err)
				}
			}
		}
		if _, err := Verify(p, l.Solution()); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
	}
}

// crew makes a small plan: places that feed the sink, hubs that feed places, people with turns of their own, and oddities of each.
func crew(r *rand.Rand) *Problem {
	p := &Problem{N: 1, Supply: []int32{0}}
	node := func(supply int32) int32 {
		p.N++
		p.Supply = append(p.Supply, supply)
		p.Supply[0] -= supply
		return p.N - 1
	}
	dearest := []int64{1, 3, 30}[r.IntN(3)]
	arc := func(from, to, low, room int32) {
		p.Arcs = append(p.Arcs, Arc{from, to, low, low + room, r.Int64N(dearest)})
	}
	odd := func() bool { return r.IntN(12) == 0 }
	var to []int32
	for range 1 + r.IntN(5) {
		to = append(to, node(0))
		for range 2 {
			arc(to[len(to)-1], 0, r.Int32N(12)/11, r.Int32N(4))
			p.Arcs[len(p.Arcs)-1].Cost *= -3
		}
	}
	for range r.IntN(6) {
		hub := node(0)
		for range 3 {
			arc(hub, to[r.IntN(len(to))], 0, 1+r.Int32N(9))
		}
		to = append(to, hub)
	}
	for range r.IntN(16) {
		most := 1 + r.Int32N(3)
		person := node(most)
		if !odd() {
			arc(person, 0, 0, most)
		}
		from := []int32{person}
		for range r.IntN(4) {
			turn := node(0)
			from = append(from, turn)
			for arc(person, turn, 0, 1+r.Int32N(2)); odd(); {
				arc(person, turn, 0, 1) // then it is nobody's own
			}
			if odd() {
				p.Supply[turn]++
				p.Supply[0]--
			}
			if odd() {
				arc(turn, []int32{turn, person, 0}[r.IntN(3)], 0, 2)
			}
		}
		for range r.IntN(7) {
			arc(from[r.IntN(len(from))], to[r.IntN(len(to))], 0, 1+r.Int32N(2))
		}
	}
	r.Shuffle(len(p.Arcs), func(i, j int) { p.Arcs[i], p.Arcs[j] = p.Arcs[j], p.Arcs[i] })
	return p
}

// vary makes some change and returns the arc that it put anywhere, -1 if none.
func vary(l *Live, r *rand.Rand) (paths []Path, changed int32, err error) {
	p := l.p
	v, arc := r.Int32N(p.N), r.Int32N(int32(len(p.Arcs)))
	a := &p.Arcs[arc]
	switch r.IntN(10) {
	case 0, 1:
		paths, err = l.SetCap(arc, a.Low+r.Int32N(4))
		return paths, arc, err
	case 2, 3:
		paths, err = l.SetCost(arc, a.Cost+r.Int64N(41)-20)
		return paths, arc, err
	case 4:
		paths, err = l.AddSupply(v, 0, r.Int32N(5)-2)
	case 5:
		l.ShortestFrom(v, r.Int64N(30))
		l.ShortestTo(v, r.Int64N(30))
	default:
		paths, err = l.Remove(v)
	}
	return paths, -1, err
}

// walk fails unless paths lead from flow to now, but for the arc that was changed and those that can carry nothing any more.
func walk(t *testing.T, p *Problem, flow, now []int32, changed int32, paths []Path) {
	t.Helper()
	for i := range flow {
		flow[i] = min(flow[i], p.Arcs[i].Cap)
	}
	if changed >= 0 {
		flow[changed] = now[changed]
		for _, path := range paths {
			for _, s := range path.Steps {
				if i, along := s.Arc(); i == changed && along {
					flow[i] -= path.Units
				} else if i == changed {
					flow[i] += path.Units
				}
			}
		}
	}
	for _, path := range paths {
		met, v := map[int32]bool{path.From: true}, path.From
		for _, s := range path.Steps {
			i, along := s.Arc()
			from, to := p.ends(i)
			if along {
				flow[i] += path.Units
			} else {
				flow[i] -= path.Units
				from, to = to, from
			}
			if from != v || met[to] || flow[i] < p.Arcs[i].Low || flow[i] > p.Arcs[i].Cap {
				t.Fatalf("path %+v at arc %d", path, i)
			}
			met[to], v = true, to
		}
		if v != path.To || path.Units <= 0 {
			t.Fatalf("path %+v ends at %d", path, v)
		}
	}
	if diff := cmp.Diff(now, flow); diff != "" {
		t.Fatalf("paths lead elsewhere (-flow +paths):\n%s", diff)
	}
}
