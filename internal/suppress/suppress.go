// SPDX-License-Identifier: Apache-2.0

package suppress

// K is how many people must stand on each side of a number before it is shown to those who may not read the people.
const K = 5

// Count is X people of N.
type Count struct{ X, N int }

// Plus adds another group's count.
func (c Count) Plus(o Count) Count { return Count{c.X + o.X, c.N + o.N} }

// Minus takes another group's count away.
func (c Count) Minus(o Count) Count { return Count{c.X - o.X, c.N - o.N} }

// Passes tells whether at least k people stand on each side.
func (c Count) Passes(k int) bool { return c.X >= k && c.N-c.X >= k }

// Table decides what may be shown of one measure over a partition: shown[i] for each cell, and total for their sum. A cell is
// hidden when fewer than k people stand on either side; then the smallest shown cells (by N, the first of equals) as well, until
// the hidden ones together pass and are more than one, so that subtracting the shown ones from the total tells nothing. When all
// are hidden the total stands alone, if it passes. The cells must not overlap, and nobody may have the same measure by another
// partition.
func Table(cells []Count, k int) (shown []bool, total bool) {
	shown = make([]bool, len(cells))
	var all, hidden Count
	n := 0
	for i, c := range cells {
		all = all.Plus(c)
		if shown[i] = c.Passes(k); !shown[i] {
			hidden, n = hidden.Plus(c), n+1
		}
	}
	for n > 0 && n < len(cells) && (n == 1 || !hidden.Passes(k)) {
		smallest := -1
		for i, c := range cells {
			if shown[i] && (smallest < 0 || c.N < cells[smallest].N) {
				smallest = i
			}
		}
		shown[smallest] = false
		hidden, n = hidden.Plus(cells[smallest]), n+1
	}
	return shown, n < len(cells) || all.Passes(k)
}

// Next decides whether a measure that was shown as each of before may now be shown as next, cell by cell of the same partition. It
// may when, beside every earlier release, each change of a cell and each sum of such changes is nothing at all or has at least k
// people more or fewer on both sides. Else the difference of two tables would count those few who came, went or changed their
// minds between them, and who came and who went may be known.
func Next(before [][]Count, next []Count, k int) bool {
	for _, b := range before {
		if len(b) != len(next) || !apart(b, next, k) {
			return false
		}
	}
	return true
}

func apart(before, next []Count, k int) bool {
	var changed []Count
	for i := range next {
		if d := next[i].Minus(before[i]); d != (Count{}) {
			changed = append(changed, d)
		}
	}
	if len(changed) > mostChanged {
		return false
	}
	for set := 1; set < 1<<len(changed); set++ {
		var sum Count
		for i, d := range changed {
			if set>>i&1 == 1 {
				sum = sum.Plus(d)
			}
		}
		if sum != (Count{}) && (abs(sum.X) < k || abs(sum.N-sum.X) < k) {
			return false
		}
	}
	return true
}

// mostChanged bounds the sums that are tried; a partition has a handful of regions.
const mostChanged = 16

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}
