// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// After any series of changes the solution is the optimum of the changed problem; a change that cannot be repaired leaves all as it was.
func TestLiveStaysOptimal(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		p := problems(t)
		s, err := Solve(t.Context(), p, Options{})
		if err != nil || len(p.Arcs) == 0 {
			return
		}
		l := NewLive(p, s)
		node, arc := rapid.Int32Range(0, p.N-1), rapid.Int32Range(0, int32(len(p.Arcs)-1))
		to := int32(-1)
		if rapid.Bool().Draw(t, "contracted") {
			to = node.Draw(t, "to")
			contracted(l, to)
		}
		for range rapid.IntRange(1, 8).Draw(t, "changes") {
			agrees(t, l, to)
			before, flow, pi := p.clone(), slices.Clone(s.Flow), slices.Clone(l.Solution().Pi)
			core := l.core
			wanted := p.clone()
			var err error
			switch rapid.IntRange(0, 3).Draw(t, "kind") {
			case 0:
				i, c := arc.Draw(t, "arc"), rapid.Int32Range(0, 7).Draw(t, "capacity")
				wanted.Arcs[i].Cap = c
				_, err = l.SetCap(i, c)
			case 1:
				i, c := arc.Draw(t, "arc"), rapid.Int64Range(-9, 9).Draw(t, "cost")
				wanted.Arcs[i].Cost = c
				_, err = l.SetCost(i, c)
			case 2:
				v, sink, d := node.Draw(t, "node"), node.Draw(t, "sink"), rapid.Int32Range(-3, 3).Draw(t, "units")
				wanted.Supply[v] += d
				wanted.Supply[sink] -= d
				_, err = l.AddSupply(v, sink, d)
			case 3:
				v := node.Draw(t, "node")
				for i := range wanted.Arcs {
					if a := &wanted.Arcs[i]; a.From == v || a.To == v {
						a.Low, a.Cap = 0, 0
					}
				}
				sink := onlySink(wanted)
				if wanted.Supply[v] != 0 && sink >= 0 {
					wanted.Supply[sink] += wanted.Supply[v]
					wanted.Supply[v] = 0
				}
				_, err = l.Remove(v)
			}
			var none *InfeasibleError
			switch {
			case err == nil:
				if diff := cmp.Diff(wanted, p); diff != "" {
					t.Fatalf("changed problem (-want +got):\n%s", diff)
				}
				agrees(t, l, to)
				c, err := Verify(p, l.Solution())
				if err != nil {
					t.Fatal(err)
				}
				if want, _ := reference(p); c.Primal.Cmp(want) != 0 {
					t.Fatalf("cost %v, afresh %v", c.Primal, want)
				}
				continue
			case errors.As(err, &none):
				if d, err := VerifyCut(wanted, none.Cut); err != nil || d != none.Deficit {
					t.Fatalf("cut proves %d (%v), claimed %d", d, err, none.Deficit)
				}
				if _, unshipped := reference(wanted); unshipped != none.Deficit {
					t.Fatalf("deficit %d, afresh %d", none.Deficit, unshipped)
				}
			case !errors.Is(err, ErrRange) && !errors.Is(err, ErrSinks):
				t.Fatal(err)
			}
			agrees(t, l, to)
			if l.core != core { // found, or given up, before the change: other potentials that prove the same
				pi = slices.Clone(l.Solution().Pi)
			}
			if diff := cmp.Diff(before, p) + cmp.Diff(flow, s.Flow) + cmp.Diff(pi, l.Solution().Pi); diff != "" {
				t.Fatalf("after %v (-before +after):\n%s", err, diff)
			}
			if _, err := Verify(p, l.Solution()); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// On a plateau, where every way costs nothing, a search towards the sink's surplus goes along one way, again and again.
func TestASearchOnAPlateauGoesStraight(t *testing.T) {
	t.Parallel()

	const side = 60
	p := &Problem{N: side * side, Supply: make([]int32, side*side)}
	for v := range p.N {
		if v%side > 0 {
			p.Arcs = append(p.Arcs, Arc{v, v - 1, 0, 9, 0}, Arc{v - 1, v, 0, 9, 0})
		}
		if v >= side {
			p.Arcs = append(p.Arcs, Arc{v, v - side, 0, 9, 0}, Arc{v - side, v, 0, 9, 0})
		}
	}
	sink := p.N - 1
	p.Supply[sink], p.Supply[side/2] = -9, 9
	s, err := Solve(t.Context(), p, Options{})
	if err != nil {
		t.Fatal(err)
	}
	l := NewLive(p, s)
	contracted(l, sink)
	for range 9 {
		paths, err := l.AddSupply(0, sink, -1)
		if err != nil || len(paths) != 1 {
			t.Fatal(paths, err)
		}
		if n := len(l.core.d.reach); n > 4*side {
			t.Errorf("a path of %d steps was found among %d nodes of %d", len(paths[0].Steps), n, p.N)
		}
	}
}

// contracted gives l a core, whatever it is worth.
func contracted(l *Live, sink int32) {
	l.core, l.looked = newCore(l, sink, math.MaxInt), math.MinInt64
	l.core.rank(l, sink)
}

// agrees fails unless what searches read is the problem and the solution as they are, with the core that contracted made for sink unless that is -1, and
// nothing is left anywhere.
func agrees(t rapid.TB, l *Live, sink int32) {
	t.Helper()
	if len(l.left) != 0 {
		t.Fatalf("left after a change: %v", l.left)
	}
	same := func(name string, want, got residual) {
		t.Helper()
		for v := range got.nodes {
			n := &got.nodes[v]
			w := &want.nodes[v]
			w.dist, w.round, w.via, w.rank = n.dist, n.round, n.via, n.rank // of the last search
		}
		if !reflect.DeepEqual(want, got) {
			t.Fatalf("%s: searches read\n%+v\nwhere there is\n%+v", name, got, want)
		}
	}
	same("whole", newResidual(l.p, l.s), l.net.residual)
	c := l.core
	if c == nil || sink < 0 || len(c.dirty) > 0 { // they will be seen to when somebody searches
		return
	}
	want := newCore(l, sink, math.MaxInt)
	if !slices.Equal(want.id, c.id) {
		t.Fatalf("the core is of nodes %v and should be of %v", c.id, want.id)
	}
	for i := range c.pairs { // a step that is closed costs what it did
		if c.pairs[i].ways == 0 {
			at := c.places[int(c.arcs)+i]
			c.halves[at.from].cost, c.halves[at.to].cost = 0, 0
		}
		if g, w := c.pairs[i], want.pairs[i]; g.ways != w.ways || w.ways > 0 && g.cost != w.cost {
			t.Fatalf("pair %d is %+v and should be %+v", i, g, w)
		}
	}
	same("core", want.residual, c.residual)
}

// The same where nodes have more arcs than a word has bits, and where people share hubs, some of them taking two turns.
func TestLiveStaysOptimalAroundHubs(t *testing.T) {
	t.Parallel()

	for seed := range uint64(8) {
		r := rand.New(rand.NewPCG(seed, 0))
		const hubs, people = 5, 150
		p := &Problem{N: 1 + hubs + people, Supply: make([]int32, 1+hubs+people)}
		for h := range int32(hubs) {
			p.Arcs = append(p.Arcs, Arc{1 + h, 0, 0, 1 + r.Int32N(9), -99}, Arc{1 + h, 0, 0, r.Int32N(25), r.Int64N(9) - 50})
		}
		for v := int32(1 + hubs); v < 1+hubs+people; v++ {
			p.Supply[v] = 1 + r.Int32N(2)
			p.Supply[0] -= p.Supply[v]
			p.Arcs = append(p.Arcs, Arc{v, 0, 0, 2, 9})
			from := []int32{v}
			if seed%2 > 0 && p.Supply[v] == 2 {
				from = nil
				for range 2 {
					p.Arcs = append(p.Arcs, Arc{v, p.N, 0, 1, 0})
					from = append(from, p.N)
					p.N++
					p.Supply = append(p.Supply, 0)
				}
			}
			for h := range int32(hubs) {
				if r.IntN(3) > 0 {
					p.Arcs = append(p.Arcs, Arc{from[int(h)%len(from)], 1 + h, 0, 1, r.Int64N(20)})
				}
			}
		}
		s, err := Solve(t.Context(), p, Options{})
		if err != nil {
			t.Fatal(err)
		}
		l := NewLive(p, s)
		if seed%4 > 1 {
			contracted(l, 0)
		}
		for _, i := range r.Perm(people)[:people*2/3] {
			v, arc := int32(1+hubs+i), r.Int32N(int32(len(p.Arcs)))
			switch r.IntN(6) {
			case 0:
				_, err = l.AddSupply(v, 0, 1)
			case 1:
				_, err = l.SetCost(arc, p.Arcs[arc].Cost+r.Int64N(9)-4)
			case 2:
				_, err = l.SetCap(arc, p.Arcs[arc].Cap+1)
			default:
				_, err = l.Remove(v)
			}
			var none *InfeasibleError
			if err != nil && !errors.As(err, &none) {
				t.Fatal(err)
			}
			agrees(t, l, 0)
			c, err := Verify(p, l.Solution())
			if err != nil {
				t.Fatal(err)
			}
			fresh, err := Solve(t.Context(), p, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if want := Cost(p, fresh.Flow); c.Primal.Cmp(want) != 0 {
				t.Fatalf("seed %d: cost %v, afresh %v", seed, c.Primal, want)
			}
		}
	}
}

func onlySink(p *Problem) int32 {
	sink := int32(-1)
	for v, s := range p.Supply {
		if s < 0 && sink >= 0 {
			return -1
		}
		if s < 0 {
			sink = int32(v)
		}
	}
	return sink
}

func TestShortestFromPricesAnExchange(t *testing.T) {
	t.Parallel()

	// Two people, two places: 0 goes to 2, 1 to 3; the other way round costs 4 more.
	p := &Problem{5, []int32{1, 1, 0, 0, -2}, []Arc{
		{0, 2, 0, 1, 1}, {0, 3, 0, 1, 3}, {1, 2, 0, 1, 3}, {1, 3, 0, 1, 1}, {2, 4, 0, 1, 0}, {3, 4, 0, 1, 0},
	}}
	s, err := Solve(t.Context(), p, Options{})
	if err != nil {
		t.Fatal(err)
	}
	l := NewLive(p, s)
	r := l.ShortestFrom(3, 100)
	back, ok := r.Cost(0)
	price := back + p.Arcs[1].Cost + s.Pi[0] - s.Pi[3]
	if !ok || price != 4 {
		t.Errorf("the exchange costs %d (%v), want 4", price, ok)
	}
	if diff := cmp.Diff([]Step{^Step(3), 2, ^Step(0)}, r.Steps(0)); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
	if nodes := l.ShortestFrom(3, -1).Nodes(); len(nodes) != 1 {
		t.Errorf("nothing is within -1, yet %v", nodes)
	}
}
