// SPDX-License-Identifier: Apache-2.0

package suppress

import (
	_ "embed"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

//go:embed testdata/suppress.json
var vectors []byte

func TestATableAgreesWithTheVectors(t *testing.T) {
	t.Parallel()

	var cases []struct {
		ID    string
		K     int
		Cells [][2]int
		Out   struct {
			Cells []any
			Total any
		}
	}
	if err := json.Unmarshal(vectors, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) == 0 {
		t.Fatal("no vectors")
	}
	for _, c := range cases {
		var cells []Count
		var sum Count
		for _, x := range c.Cells {
			cells = append(cells, Count{x[0], x[1]})
			sum = sum.Plus(Count{x[0], x[1]})
		}
		show := func(ok bool, c Count) any {
			if !ok {
				return "hidden"
			}
			return []any{float64(c.X), float64(c.N)}
		}
		shown, total := Table(cells, c.K)
		var got []any
		for i, ok := range shown {
			got = append(got, show(ok, cells[i]))
		}
		if diff := cmp.Diff(append(c.Out.Cells, c.Out.Total), append(got, show(total, sum))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.ID, diff)
		}
	}
}

// Whoever adds up and subtracts what is shown, in every way there is, never gets the exact count of a group that fails.
func TestShownNumbersCannotBeSubtracted(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		k := rapid.IntRange(2, 6).Draw(t, "k")
		cells := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Count {
			n := rapid.IntRange(1, 4*k).Draw(t, "n")
			// Near none and near all is where it goes wrong.
			x := rapid.OneOf(rapid.IntRange(0, n), rapid.IntRange(max(0, n-1), n)).Draw(t, "x")
			return Count{x, n}
		}), 1, 8).Draw(t, "cells")

		shown, total := Table(cells, k)
		var all Count
		var open []Count
		for i, c := range cells {
			all = all.Plus(c)
			if shown[i] {
				open = append(open, c)
			}
		}
		for set := range 1 << len(open) {
			var sum Count
			for i, c := range open {
				if set>>i&1 == 1 {
					sum = sum.Plus(c)
				}
			}
			if sum.N > 0 && !sum.Passes(k) {
				t.Fatalf("k %d, %v: %v shown add up to %v", k, cells, open, sum)
			}
			if rest := all.Minus(sum); total && rest.N > 0 && !rest.Passes(k) {
				t.Fatalf("k %d, %v: the total less some of %v is %v", k, cells, open, rest)
			}
		}
	})
}

// Whoever keeps every table that was ever released and subtracts any from any, cell by cell and in sums, never gets the exact
// count of a group that fails, also when people came, went and answered between them.
func TestReleasesCannotBeSubtracted(t *testing.T) {
	t.Parallel()

	released := 0
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.IntRange(2, 5).Draw(t, "k")
		cells := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Count {
			n := rapid.IntRange(0, 8*k).Draw(t, "n")
			return Count{rapid.IntRange(0, n).Draw(t, "x"), n}
		}), 1, 4).Draw(t, "cells")
		var out [][]Count
		for range rapid.IntRange(1, 6).Draw(t, "weeks") {
			next := make([]Count, len(cells))
			for i, c := range cells {
				n := max(0, c.N+rapid.SampledFrom([]int{0, 0, 0, 1, -1, 2 * k, 3 * k}).Draw(t, "came"))
				next[i] = Count{min(n, max(0, c.X+rapid.SampledFrom([]int{0, 0, 0, 1, -1, k, -k, 2 * k}).Draw(t, "answered"))), n}
			}
			cells = next
			if Next(out, cells, k) {
				out = append(out, cells)
			}
		}
		released += len(out)
		for i := range out {
			for j := range i {
				for set := 1; set < 1<<len(cells); set++ {
					var d Count
					for c := range cells {
						if set>>c&1 == 1 {
							d = d.Plus(out[i][c].Minus(out[j][c]))
						}
					}
					if d != (Count{}) && (abs(d.X) < k || abs(d.N-d.X) < k) {
						t.Fatalf("k %d: %v after %v tells of %v", k, out[i], out[j], d)
					}
				}
			}
		}
	})
	if released == 0 {
		t.Error("nothing was ever released")
	}
}
