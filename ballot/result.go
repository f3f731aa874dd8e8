// SPDX-License-Identifier: Apache-2.0

package ballot

import (
	"fmt"

	"github.com/tenday/tenday/ballot/bel"
	"github.com/tenday/tenday/ballot/canon"
	"github.com/tenday/tenday/ballot/group"
	"github.com/tenday/tenday/ballot/pki"
)

// ready reports whether enough trustees of every item have decrypted.
func (s *state) ready() bool {
	first := 1
	for _, t := range s.trustees {
		if len(s.present(first, t)) < t.needed() {
			return false
		}
		first += t.members()
	}
	return true
}

// present returns which members of the item whose first owner is given have decrypted, counted from 1 within the item: the smallest
// that are needed, in ascending order.
func (s *state) present(first int, t Trustee) (indexes []int) {
	for d := 1; d <= t.members() && len(indexes) < t.needed(); d++ {
		if s.factors[first+d-1] != nil {
			indexes = append(indexes, d)
		}
	}
	return indexes
}

// decode combines the factors and finds the counts (section 9). sides are side proofs by owner, to name who is to blame; may be nil.
func (s *state) decode(sides map[int][]byte) error {
	if s.result != nil {
		return nil
	}
	result := choicesOf(s.election, func() int { return 0 })
	find := newLog(s.counted)
	for i, row := range s.tally {
		for j, c := range row {
			factor := group.One()
			first := 1
			for _, t := range s.trustees {
				factor = factor.Mul(s.combine(first, t, i, j))
				first += t.members()
			}
			r, ok := find(c.Beta.Mul(factor.Inverse()))
			if !ok {
				message := "a combined value is not the encryption of a possible count"
				if len(sides) > 0 {
					message += fmt.Sprintf("; side proofs wrong or missing of trustees %v", s.culprits(sides))
				}
				return bel.Refuse("result.undecodable", message)
			}
			result[i][j] = r
		}
	}
	for i, counts := range result {
		if !s.election.Questions[i].possible(counts, s.counted) {
			return bel.Refuse("result.bounds", fmt.Sprintf("the counts of question %d contradict its rules", i+1))
		}
	}
	s.result = result
	return nil
}

// combine returns alpha to the secret of a whole item, for one slot.
func (s *state) combine(first int, t Trustee, i, j int) group.Element {
	if t.Single != nil {
		return s.factors[first][i][j]
	}
	factor := group.One()
	indexes := s.present(first, t)
	for k, l := range pki.Lagrange(indexes) {
		factor = factor.Mul(s.factors[first+indexes[k]-1][i][j].Pow(l))
	}
	return factor
}

// possible reports whether n ballots can have given these counts (section 10, C 7).
func (q *Question) possible(counts []int, n int) bool {
	if q.HasBlank() {
		n -= counts[0]
	}
	answers := counts[q.firstAnswer():]
	for _, r := range answers {
		if r > n {
			return false
		}
	}
	sum := sumOf(answers)
	return q.Min*n <= sum && sum <= q.Max*n
}

// linearFrom is the size from which a search takes giant steps.
const linearFrom = 10_000

// newLog returns a function that finds r with g^r = x and 0 <= r <= most, in variable time.
func newLog(most int) func(x group.Element) (r int, ok bool) {
	baby := min(most, linearFrom)
	table := make(map[[8]byte]int, baby+1) // the first bytes of a hash; a hit is checked
	key := func(x group.Element) [8]byte { h := bel.HashOf(x.AppendDecimal(nil)); return [8]byte(h[:]) }
	g := group.Generator()
	if most > linearFrom {
		y := group.One()
		for r := range baby {
			table[key(y)] = r
			y = y.Mul(g)
		}
		giant := y.Inverse() // g^-baby
		return func(x group.Element) (int, bool) {
			for high := 0; high <= most; high += baby {
				if low, ok := table[key(x)]; ok && high+low <= most && g.Pow(group.NewScalar(int64(low))) == x {
					return high + low, true
				}
				x = x.Mul(giant)
			}
			return 0, false
		}
	}
	return func(x group.Element) (int, bool) {
		y := group.One()
		for r := 0; r <= most; r++ {
			if y == x {
				return r, true
			}
			y = y.Mul(g)
		}
		return 0, false
	}
}

// finish checks a published result (section 10, C 7).
func (s *state) finish(step bel.Step, data []byte, sides map[int][]byte) error {
	refuse := func(err error) error { return step.Data[0].At(step.Event.Height, err) }
	if !s.ready() {
		return refuse(fail("decryption.missing", "", "not enough partial decryptions"))
	}
	if err := s.decode(sides); err != nil {
		return err
	}
	var w wireResult
	if err := canon.Unmarshal(data, &w); err != nil {
		return refuse(err)
	}
	if len(w.Result) != len(s.result) {
		return refuse(fail("result.shape", "/result", "number of questions"))
	}
	mismatch := false
	for i := range w.Result {
		if len(w.Result[i]) != len(s.result[i]) {
			return refuse(fail("result.shape", fmt.Sprintf("/result/%d", i), "number of answers"))
		}
		for j := range w.Result[i] {
			mismatch = mismatch || w.Result[i][j] != s.result[i][j]
		}
	}
	if mismatch {
		return refuse(fail("result.mismatch", "/result", "the published counts differ from the decoded ones"))
	}
	return nil
}
