// SPDX-License-Identifier: Apache-2.0

package link

import (
	"slices"
	"testing"

	"github.com/tenday/tenday/internal/roster/link/linktest"
)

// Blocks save nearly all of the work and lose next to none of the pairs.
func TestBlocksLoseFewPairs(t *testing.T) {
	t.Parallel()

	a, b, ta, tb := linktest.New(9).Two(4000, 0.5)
	table := tableOf(linktest.Headers, slices.Concat(a, b))
	table.Split = len(a)
	fields, n := table.fields()
	r := rows{n: n, split: table.Split}
	found, err := r.candidates(t.Context(), fields)
	if err != nil {
		t.Fatal(err)
	}
	truth := slices.Concat(ta, tb)
	right := 0
	for _, p := range found {
		i, j := p.rows()
		if int(i) >= r.split || int(j) < r.split {
			t.Fatalf("rows %d and %d are of one file", i, j)
		}
		if truth[i] == truth[j] {
			right++
		}
	}
	whole := 0
	for _, who := range tb {
		if who[0] == 'P' {
			whole++
		}
	}
	if float64(right) < 0.999*float64(whole) || float64(len(found)) > 0.2*r.all() {
		t.Errorf("%d of %d pairs among %d of %.0f", right, whole, len(found), r.all())
	}
	if !slices.IsSorted(found) || len(slices.Compact(slices.Clone(found))) != len(found) {
		t.Error("pairs are not ascending, or some stand twice")
	}
}

func TestFewRowsAreAllCompared(t *testing.T) {
	t.Parallel()

	for _, r := range []rows{{n: 40}, {n: 40, split: 15}} {
		found, err := r.candidates(t.Context(), nil)
		if err != nil || float64(len(found)) != r.all() || !slices.IsSorted(found) {
			t.Errorf("%+v: %d pairs, %v", r, len(found), err)
		}
	}
}
