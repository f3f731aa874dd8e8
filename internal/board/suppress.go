// SPDX-License-Identifier: Apache-2.0

package board

// K is how many people must stand on each side of a number before it is shown to those who may not read the people.
const K = 5

// Count is X people of N.
type Count struct{ X, N int }

func (c Count) plus(o Count) Count  { return Count{c.X + o.X, c.N + o.N} }
func (c Count) minus(o Count) Count { return Count{c.X - o.X, c.N - o.N} }
func (c Count) passes(k int) bool   { return c.X >= k && c.N-c.X >= k }

// Suppress decides what may be shown of one measure over a partition: shown[i] for each cell, and total for their sum. A cell is
// hidden when fewer than k people stand on either side; then the smallest shown cells (by N, the first of equals) as well, until
// the hidden ones together pass and are more than one, so that subtracting the shown ones from the total tells nothing. When all
// are hidden the total stands alone, if it passes. The cells must not overlap, and nobody may have the same measure by another
// partition.
func Suppress(cells []Count, k int) (shown []bool, total bool) {
	shown = make([]bool, len(cells))
	var all, hidden Count
	n := 0
	for i, c := range cells {
		all = all.plus(c)
		if shown[i] = c.passes(k); !shown[i] {
			hidden, n = hidden.plus(c), n+1
		}
	}
	for n > 0 && n < len(cells) && (n == 1 || !hidden.passes(k)) {
		smallest := -1
		for i, c := range cells {
			if shown[i] && (smallest < 0 || c.N < cells[smallest].N) {
				smallest = i
			}
		}
		shown[smallest] = false
		hidden, n = hidden.plus(cells[smallest]), n+1
	}
	return shown, n < len(cells) || all.passes(k)
}
