// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"math"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestVerifyRejectsWhatIsChanged(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		p := problems(t)
		s, err := Solve(t.Context(), p, Options{})
		if err != nil || len(p.Arcs) == 0 {
			return
		}
		i := rapid.IntRange(0, len(p.Arcs)-1).Draw(t, "arc")
		by := rapid.Int32Range(1, 3).Draw(t, "by")

		bad := *s
		bad.Flow = slices.Clone(s.Flow)
		bad.Flow[i] += by
		if a := p.Arcs[i]; a.From != a.To {
			if _, err := Verify(p, &bad); err == nil {
				t.Fatal("a changed flow passes")
			}
		}
		q := p.clone()
		q.Supply[p.Arcs[i].From] += by
		if _, err := Verify(q, s); err == nil {
			t.Fatal("a changed supply passes")
		}
		// A changed potential may be another optimal one; it never proves another cost.
		bad = *s
		bad.Pi = slices.Clone(s.Pi)
		bad.Pi[p.Arcs[i].From] += 1 << 50
		c, err := Verify(p, &bad)
		if err == nil && c.Primal.Cmp(Cost(p, s.Flow)) != 0 {
			t.Fatal("a changed potential proves another cost")
		}
		for v := range s.Pi {
			s.Pi[v] += int64(by)
		}
		if _, err := Verify(p, s); err != nil {
			t.Fatalf("all potentials moved by %d: %v", by, err)
		}
	})
}

func TestVerifyNamesTheArc(t *testing.T) {
	t.Parallel()

	p := &Problem{2, []int32{2, -2}, []Arc{{0, 1, 0, 2, 5}, {0, 1, 0, 2, 3}}}
	tests := []struct {
		name string
		s    Solution
		want string
	}{
		{"dear arc used", Solution{Flow: []int32{2, 0}, Pi: []int64{0, 3}}, "arc 0 carries 2, not its lower bound 0, though its reduced cost is 2"},
		{"cheap arc empty", Solution{Flow: []int32{2, 0}, Pi: []int64{0, 5}}, "arc 1 carries 0 of 2 though its reduced cost is -2"},
		{"over capacity", Solution{Flow: []int32{-1, 3}, Pi: []int64{0, 3}}, "arc 0 carries -1, outside 0 to 2"},
		{"lost", Solution{Flow: []int32{0, 1}, Pi: []int64{0, 3}}, "node 0 ships 1, its supply is 2"},
		{"too short", Solution{Flow: []int32{0}, Pi: []int64{0, 3}}, "1 flows for 2 arcs, 2 potentials for 2 nodes"},
		{"overflow", Solution{Flow: []int32{0, 2}, Pi: []int64{math.MaxInt64, math.MinInt64}}, "arc 0: reduced cost: number out of range"},
	}
	for _, tt := range tests {
		if _, err := Verify(p, &tt.s); err == nil || err.Error() != tt.want {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.want)
		}
	}
	if _, err := Verify(p, &Solution{Flow: []int32{0, 2}, Pi: []int64{0, 3}}); err != nil {
		t.Errorf("the optimum: %v", err)
	}
}

func TestVerifyCutRefusesWhatProvesNothing(t *testing.T) {
	t.Parallel()

	p := &Problem{3, []int32{2, 0, -2}, []Arc{{0, 1, 0, 2, 1}, {1, 2, 0, 1, 1}}}
	if d, err := VerifyCut(p, []int32{0, 1}); d != 1 || err != nil {
		t.Errorf("the cut: %d, %v", d, err)
	}
	for _, cut := range [][]int32{{}, {0}, {0, 0, 1}, {3}, {-1}, {0, 1, 2}} {
		if _, err := VerifyCut(p, cut); err == nil {
			t.Errorf("cut %v passes", cut)
		}
	}
}

func TestWideTotalsAreExact(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		var w wide
		want := new(big.Int)
		for range rapid.IntRange(1, 9).Draw(t, "terms") {
			x := rapid.OneOf(rapid.Int64(), rapid.SampledFrom([]int64{math.MinInt64, math.MaxInt64, -1})).Draw(t, "x")
			y := rapid.OneOf(rapid.Int32(), rapid.SampledFrom([]int32{math.MinInt32, math.MaxInt32, -1})).Draw(t, "y")
			term := new(big.Int).Mul(big.NewInt(x), big.NewInt(int64(y)))
			if rapid.Bool().Draw(t, "add") {
				w.add(x, y)
				want.Add(want, term)
			} else {
				w.sub(x, y)
				want.Sub(want, term)
			}
		}
		if got := w.big(); got.Cmp(want) != 0 {
			t.Fatalf("%v, want %v", got, want)
		}
	})
}
