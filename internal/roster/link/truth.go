// SPDX-License-Identifier: Apache-2.0

package link

// Score compares the pairs found with those that are right.
type Score struct {
	Found int // pairs found
	Right int // of those, the right ones
	True  int // pairs that were to be found
}

// Precision returns the share of the pairs found that are right; 0 when none was found.
func (s Score) Precision() float64 { return share(s.Right, s.Found) }

// Recall returns the share of the true pairs that were found; 0 when there are none.
func (s Score) Recall() float64 { return share(s.Right, s.True) }

// F1 returns the harmonic mean of both.
func (s Score) F1() float64 { return share(2*s.Right, s.Found+s.True) }

func share(n, of int) float64 {
	if of == 0 {
		return 0
	}
	return float64(n) / float64(of)
}

// ScoreLabels scores the pairs by who each row is; rows with the empty label are one with no other.
func (r *Result) ScoreLabels(label []string) Score {
	s := Score{Found: len(r.Pairs)}
	for _, p := range r.Pairs {
		if label[p.A] != "" && label[p.A] == label[p.B] {
			s.Right++
		}
	}
	first, second := map[string]int{}, map[string]int{}
	for row, l := range label {
		switch split := r.model.split; {
		case l == "":
		case split == 0:
			s.True += first[l]
			first[l]++
		case row < split:
			first[l]++
		default:
			second[l]++
		}
	}
	for l, n := range second {
		s.True += n * first[l]
	}
	return s
}

// ScorePairs scores the pairs by a list of the true ones, each in either order; what the list names twice counts once.
func (r *Result) ScorePairs(truth [][2]int) Score {
	is := make(map[pair]bool, len(truth))
	for _, t := range truth {
		is[pairOf(int32(t[0]), int32(t[1]))] = true
	}
	s := Score{Found: len(r.Pairs), True: len(is)}
	for _, p := range r.Pairs {
		if is[pairOf(int32(p.A), int32(p.B))] {
			s.Right++
		}
	}
	return s
}
