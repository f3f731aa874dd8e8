// SPDX-License-Identifier: Apache-2.0

package link

import (
	"math/bits"
	"strings"

	"github.com/xrash/smetrics"
)

// JaroWinkler returns how alike two folded words are, 0 to 1, with the customary boost for up to four equal first letters of
// words that are 0.7 alike.
func JaroWinkler(a, b string) float64 { return smetrics.JaroWinkler(a, b, 0.7, 4) }

// alike returns the Jaro-Winkler similarity of two texts if it is floor or more, else 0. Most pairs are told apart by their letters alone,
// which is what makes it fast: letters that only one of them has cannot match.
func alike(a, b string, floor float64) float64 {
	if len(a) == 0 || len(b) == 0 {
		return 0
	}
	x, y := letters(a), letters(b)
	la, lb := float64(len(a)), float64(len(b))
	m := min(la-float64(bits.OnesCount64(x&^y)), lb-float64(bits.OnesCount64(y&^x)))
	bound := (m/la + m/lb + 1) / 3
	if bound > 0.7 {
		same := 0
		for same < min(4, len(a), len(b)) && a[same] == b[same] {
			same++
		}
		bound += 0.1 * float64(same) * (1 - bound)
	}
	if bound < floor {
		return 0
	}
	if s := JaroWinkler(a, b); s >= floor {
		return s
	}
	return 0
}

// letters returns the set of bytes of a text; some seldom ones share a place.
func letters(s string) uint64 {
	var set uint64
	for i := range len(s) {
		set |= 1 << (s[i] & 63)
	}
	return set
}

// longest is how much of a text edits looks at.
const longest = 48

// edits returns how many letters must be put in, left out, replaced or swapped with their neighbour to make b of a (optimal
// string alignment), of their first 48 bytes.
func edits(a, b string) int {
	a, b = a[:min(len(a), longest)], b[:min(len(b), longest)]
	var rows [3][longest + 1]uint8
	before, last, now := &rows[0], &rows[1], &rows[2]
	for j := range len(b) + 1 {
		last[j] = uint8(j)
	}
	for i := 1; i <= len(a); i++ {
		now[0] = uint8(i)
		for j := 1; j <= len(b); j++ {
			cost := uint8(1)
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d := min(last[j]+1, now[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, before[j-2]+1)
			}
			now[j] = d
		}
		before, last, now = last, now, before
	}
	return int(last[len(b)])
}

// within reports whether at most n edits make b of a.
func within(a, b string, n int) bool {
	if d := len(a) - len(b); d > n || -d > n {
		return false
	}
	x, y := letters(a), letters(b)
	if bits.OnesCount64(x&^y) > n || bits.OnesCount64(y&^x) > n {
		return false
	}
	return edits(a, b) <= n
}

// Swapped reports whether a is b with two neighbouring signs in the other order.
func Swapped(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) - 1 {
		if a[i] != b[i] {
			return a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
		}
	}
	return false
}

// overlap compares two texts word by word, rare words counting most (soft TF-IDF). dice is the weight of the words that both
// have by the weight of all; part is the same by the weight of the lighter text, so 1 where one is within the other.
func overlap(a, b *value, near func(x, y string) float64) (dice, part float64) {
	if len(a.words) > len(b.words) {
		a, b = b, a
	}
	var taken uint64
	var both, ofA, ofB float64
	for i, x := range a.words {
		best, at := 0.0, -1
		for j, y := range b.words {
			if j < 64 && taken&(1<<j) != 0 {
				continue
			}
			if s := near(x, y); s > best {
				best, at = s, j
				if s == 1 {
					break
				}
			}
		}
		if at >= 0 {
			if at < 64 {
				taken |= 1 << at
			}
			w := min(a.weights[i], b.weights[at])
			if best < 1 {
				w = (a.weights[i] + b.weights[at]) / 2
			}
			both += best * w
		}
	}
	for _, w := range a.weights {
		ofA += w
	}
	for _, w := range b.weights {
		ofB += w
	}
	if ofA == 0 || ofB == 0 {
		return 0, 0
	}
	return min(1, 2*both/(ofA+ofB)), min(1, both/min(ofA, ofB))
}

// alikeWords compares two words of a text: numbers only as equal, an abbreviation nearly as well as the word.
func alikeWords(x, y string) float64 {
	switch {
	case x == y:
		return 1
	case x[0] != y[0] && len(x) < 5 || isNumber(x) || isNumber(y):
		return 0
	case abbreviates(x, y) || abbreviates(y, x):
		return 0.9
	}
	return alike(x, y, 0.9)
}

// alikeNames compares two words of a person's name: nicknames and initials count.
func alikeNames(x, y string) float64 {
	switch {
	case x == y:
		return 1
	case Nicknames(x, y):
		return 0.95
	case len(x) == 1 || len(y) == 1:
		if x[0] == y[0] {
			return 0.7
		}
		return 0
	}
	return alike(x, y, 0.84)
}

// abbreviates reports whether short is the beginning of long, or its first letter and some of the others in their order:
// "ave", "blvd", "ctr".
func abbreviates(short, long string) bool {
	if len(short) >= len(long) || short[0] != long[0] {
		return false
	}
	if strings.HasPrefix(long, short) {
		return true
	}
	if len(short) < 2 || len(short) > 4 || short[len(short)-1] != long[len(long)-1] && len(short) < 3 {
		return false
	}
	j := 0
	for i := 0; i < len(long) && j < len(short); i++ {
		if long[i] == short[j] {
			j++
		}
	}
	return j == len(short)
}

func isNumber(s string) bool { return s != "" && s[0] >= '0' && s[0] <= '9' }
