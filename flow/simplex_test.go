// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"context"
	"errors"
	"math"
	"math/big"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// optimum solves p, proves the answer whichever it is, and returns the cost, or nil and the deficit.
func optimum(t *rapid.T, p *Problem) (*big.Int, int64) {
	s, err := Solve(context.Background(), p, Options{})
	var none *InfeasibleError
	switch {
	case errors.As(err, &none):
		if d, err := VerifyCut(p, none.Cut); err != nil || d != none.Deficit {
			t.Fatalf("cut proves %d (%v), claimed %d", d, err, none.Deficit)
		}
		return nil, none.Deficit
	case err != nil:
		t.Fatal(err)
	}
	c, err := Verify(p, s)
	if err != nil {
		t.Fatal(err)
	}
	return c.Primal, 0
}

func TestSolveAgreesWithTheSlowReference(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		p := problems(t)
		want, unshipped := reference(p)
		got, deficit := optimum(t, p)
		if deficit != unshipped || deficit == 0 && got.Cmp(want) != 0 {
			t.Fatalf("cost %v, deficit %d; the reference has %v, %d", got, deficit, want, unshipped)
		}
	})
}

// The same problem put differently has the same answer.
func TestTheOptimumDoesNotDependOnHowTheProblemIsWritten(t *testing.T) {
	t.Parallel()

	ways := map[string]func(*rapid.T, *Problem) int64{ // each returns the factor by which the optimum grows
		"nodes renumbered": func(t *rapid.T, p *Problem) int64 {
			ids := make([]int32, p.N)
			for v := range ids {
				ids[v] = int32(v)
			}
			ids = rapid.Permutation(ids).Draw(t, "numbers")
			old := slices.Clone(p.Supply)
			for v, id := range ids {
				p.Supply[id] = old[v]
			}
			for i := range p.Arcs {
				p.Arcs[i].From, p.Arcs[i].To = ids[p.Arcs[i].From], ids[p.Arcs[i].To]
			}
			return 1
		},
		"arcs in another order": func(t *rapid.T, p *Problem) int64 {
			p.Arcs = rapid.Permutation(p.Arcs).Draw(t, "arcs")
			return 1
		},
		"arcs split in two": func(_ *rapid.T, p *Problem) int64 {
			for i := range p.Arcs {
				a, b := p.Arcs[i], p.Arcs[i]
				a.Low, a.Cap = a.Low/2, a.Cap/2
				b.Low, b.Cap = b.Low-a.Low, b.Cap-a.Cap
				if b.Low > b.Cap || a.Low > a.Cap {
					continue
				}
				p.Arcs[i] = a
				p.Arcs = append(p.Arcs, b)
			}
			return 1
		},
		"costs times seven": func(_ *rapid.T, p *Problem) int64 {
			for i := range p.Arcs {
				p.Arcs[i].Cost *= 7
			}
			return 7
		},
	}
	for name, change := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			rapid.Check(t, func(t *rapid.T) {
				p := problems(t)
				want, deficit := optimum(t, p)
				factor := change(t, p)
				got, after := optimum(t, p)
				if after != deficit || deficit == 0 && got.Cmp(want.Mul(want, big.NewInt(factor))) != 0 {
					t.Fatalf("optimum %v, deficit %d; before %v, %d", got, after, want, deficit)
				}
			})
		})
	}
}

func TestLowerBoundsMayMoveIntoTheSupplies(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		p := problems(t)
		want, deficit := optimum(t, p)
		fixed := new(big.Int)
		for i := range p.Arcs {
			a := &p.Arcs[i]
			fixed.Add(fixed, big.NewInt(a.Cost*int64(a.Low)))
			p.Supply[a.From] -= a.Low
			p.Supply[a.To] += a.Low
			a.Low, a.Cap = 0, a.Cap-a.Low
		}
		got, after := optimum(t, p)
		if after != deficit || deficit == 0 && got.Add(got, fixed).Cmp(want) != 0 {
			t.Fatalf("optimum %v, deficit %d; before %v, %d", got, after, want, deficit)
		}
	})
}

func TestTheOptimumIsConvexInOneCapacity(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		p := problems(t)
		if len(p.Arcs) == 0 {
			return
		}
		a := &p.Arcs[rapid.IntRange(0, len(p.Arcs)-1).Draw(t, "arc")]
		var at [3]*big.Int
		for i := range at {
			at[i], _ = optimum(t, p)
			a.Cap++
		}
		if at[0] == nil || at[1] == nil || at[2] == nil {
			return
		}
		if sum := new(big.Int).Add(at[0], at[2]); sum.Cmp(new(big.Int).Lsh(at[1], 1)) < 0 {
			t.Fatalf("optima %v, %v, %v", at[0], at[1], at[2])
		}
	})
}

// Any optimal solution of a like problem is a start for this one if its flow is still feasible: here the costs differ.
func TestAStartLeadsToTheSameOptimum(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		p := problems(t)
		s, err := Solve(t.Context(), p, Options{})
		if err != nil {
			return
		}
		for i := range p.Arcs {
			p.Arcs[i].Cost = rapid.Int64Range(-9, 9).Draw(t, "cost")
		}
		want, _ := reference(p)
		got, err := Solve(t.Context(), p, Options{Start: &s.Start})
		if err != nil {
			t.Fatal(err)
		}
		if c, err := Verify(p, got); err != nil || c.Primal.Cmp(want) != 0 {
			t.Fatalf("optimum %v (%v), want %v", c.Primal, err, want)
		}
	})
}

func TestBadProblemsAndStartsAreErrors(t *testing.T) {
	t.Parallel()

	line := func(cost int64) *Problem { return &Problem{2, []int32{1, -1}, []Arc{{0, 1, 0, 2, cost}}} }
	tests := []struct {
		name  string
		p     *Problem
		start *Start
		want  error
	}{
		{"unbalanced", &Problem{1, []int32{1}, nil}, nil, ErrUnbalanced},
		{"supply missing", &Problem{2, []int32{0}, nil}, nil, ErrRange},
		{"supply in all", &Problem{4, []int32{math.MaxInt32, 1, -math.MaxInt32, -1}, nil}, nil, ErrRange},
		{"node", &Problem{1, []int32{0}, []Arc{{0, 1, 0, 1, 1}}}, nil, ErrRange},
		{"capacity below lower", &Problem{1, []int32{0}, []Arc{{0, 0, 2, 1, 1}}}, nil, ErrRange},
		{"capacity 2^31-1", &Problem{1, []int32{0}, []Arc{{0, 0, 0, math.MaxInt32, 1}}}, nil, ErrRange},
		{"cost without a start", line(1 << 61), nil, ErrRange},
		{"cost without a way straight to the sink", &Problem{3, []int32{1, 0, -1}, []Arc{{0, 1, 0, 1, 1 << 60}, {1, 2, 0, 1, 0}}}, nil, ErrRange},
		{"lowest cost", line(math.MinInt64), nil, ErrRange},
		{"cost with a start", line(1 << 61), &Start{[]int32{1}, []int32{-1, 0}, 0}, ErrRange},
		{"start too short", line(1), &Start{nil, []int32{-1, 0}, 0}, ErrStart},
		{"start not feasible", line(1), &Start{[]int32{2}, []int32{-1, 0}, 0}, ErrStart},
		{"start not a forest", line(1), &Start{[]int32{1}, []int32{0, 0}, 0}, ErrStart},
		{"start with an arc in between", line(1), &Start{[]int32{1}, []int32{-1, -1}, 0}, ErrStart},
		{"start with an unknown arc", line(1), &Start{[]int32{1}, []int32{7, -1}, 0}, ErrStart},
	}
	for _, tt := range tests {
		if _, err := Solve(t.Context(), tt.p, Options{Start: tt.start}); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
	if s, err := Solve(t.Context(), line(1<<59), Options{Start: &Start{[]int32{1}, []int32{-1, 0}, 0}}); err != nil || s.Flow[0] != 1 {
		t.Errorf("a large cost with a start: %v", err)
	}
}

// However many people there are, a path passes each of a few places once: what it can cost does not grow with them.
func TestManySourcesAtFewPlacesFitHoweverLargeTheirCosts(t *testing.T) {
	t.Parallel()

	const people, places, room = 60, 2, 7
	p := &Problem{N: 1 + places + people, Supply: make([]int32, 1+places+people)}
	for v := range places {
		p.Arcs = append(p.Arcs, Arc{int32(1 + v), 0, 0, room, 0})
	}
	for i := range people {
		me := int32(1 + places + i)
		p.Supply[me], p.Supply[0] = 1, p.Supply[0]-1
		p.Arcs = append(p.Arcs, Arc{me, 0, 0, 1, 0})
		for v := range places {
			p.Arcs = append(p.Arcs, Arc{me, int32(1 + v), 0, 1, -1<<57 + int64(i)})
		}
	}
	s, err := Solve(t.Context(), p, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Verify(p, s); err != nil {
		t.Error(err)
	}
	for i := range people { // the first fourteen cost least
		at := places + i*(1+places)
		if placed := s.Flow[at] == 0; placed != (i < places*room) {
			t.Errorf("person %d is placed: %v", i, placed)
		}
	}
}

// Costs that leave no room for an artificial one are solved from what goes straight to the sink.
func TestLargeCostsAreSolvedFromTheSink(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		p := problems(t)
		p.N++
		p.Supply = append(p.Supply, 0)
		for v := range p.N - 1 {
			s := max(p.Supply[v], -p.Supply[v])
			p.Supply[v] = s
			p.Supply[p.N-1] -= s
			p.Arcs = append(p.Arcs, Arc{v, p.N - 1, 0, s, rapid.Int64Range(-9, 9).Draw(t, "straight")}, Arc{v, p.N - 1, 0, 2, 3})
		}
		for i := range p.Arcs {
			a := &p.Arcs[i]
			a.Low, a.Cap = 0, a.Cap-a.Low
			a.Cost %= 10
		}
		if len(p.Arcs) > 0 { // one large cost leaves room for paths, but not for a cost above all of them
			p.Arcs[rapid.IntRange(0, len(p.Arcs)-1).Draw(t, "dear")].Cost = 15 << 56 * rapid.SampledFrom([]int64{1, -1}).Draw(t, "sign")
		}
		want, _ := reference(p)
		got, deficit := optimum(t, p)
		if deficit != 0 || got.Cmp(want) != 0 {
			t.Fatalf("optimum %v, deficit %d, want %v", got, deficit, want)
		}
	})
}

func TestACancelledContextStopsTheSolver(t *testing.T) {
	t.Parallel()

	p := grid(60)
	ctx, cancel := context.WithCancel(t.Context())
	var seen []int64
	_, err := Solve(ctx, p, Options{Progress: func(n int64) { seen = append(seen, n); cancel() }})
	if !errors.Is(err, context.Canceled) || !cmp.Equal(seen, []int64{1000}) {
		t.Errorf("error %v after progress %v", err, seen)
	}
}

func TestTheSameProblemHasTheSameSolution(t *testing.T) {
	t.Parallel()

	p := grid(30)
	first, err := Solve(t.Context(), p, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		again, err := Solve(t.Context(), p, Options{})
		if diff := cmp.Diff(first, again); diff != "" || err != nil {
			t.Fatalf("%v (-first +again):\n%s", err, diff)
		}
	}
}

// grid is a torus of n by n nodes with costs from a fixed series, half the nodes sources, half sinks.
func grid(n int32) *Problem {
	p := &Problem{N: n * n, Supply: make([]int32, n*n)}
	x := uint32(1)
	next := func(below uint32) int64 {
		x = x*1664525 + 1013904223
		return int64(x >> 8 % below)
	}
	for v := range n * n {
		p.Supply[v] = 1 - 2*(v%2)
		row, column := v/n, v%n
		for _, to := range []int32{row*n + (column+1)%n, (row+1)%n*n + column} {
			p.Arcs = append(p.Arcs, Arc{v, to, 0, 3, next(1000)}, Arc{to, v, 0, 3, next(1000)})
		}
	}
	if n%2 != 0 {
		p.Supply[0]--
	}
	return p
}

func BenchmarkSolve(b *testing.B) {
	p := grid(100) // 10,000 nodes, 40,000 arcs
	for b.Loop() {
		if _, err := Solve(b.Context(), p, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
