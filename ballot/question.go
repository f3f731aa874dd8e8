// SPDX-License-Identifier: Apache-2.0

package ballot

// Question asks for min to max of its answers; a question with blank also takes a blank ballot instead.
type Question struct {
	Answers []string `json:"answers"`
	Blank   *bool    `json:"blank,omitempty"` // nil means false
	Min     int      `json:"min"`
	Max     int      `json:"max"`
	Text    string   `json:"question"`
}

// HasBlank reports whether slot 0 is the blank one.
func (q *Question) HasBlank() bool { return q.Blank != nil && *q.Blank }

// Slots returns how many ciphertexts an answer has: one per answer, one more for blank.
func (q *Question) Slots() int { return len(q.Answers) + q.firstAnswer() }

// firstAnswer returns the slot of the first answer.
func (q *Question) firstAnswer() int {
	if q.HasBlank() {
		return 1
	}
	return 0
}

// overall returns how many branches the overall proof has (spec, section 7).
func (q *Question) overall() int { return q.Max - q.Min + 1 + q.firstAnswer() }

// maxSlots is our limit on the slots of all questions; the format has none. Verification keeps some elements per slot, each of a hundred
// times the bytes that an empty answer takes in an election's text, so without it a small file would fill any memory. A ballot of so many
// slots has some ten million bytes.
const maxSlots = 4096

// valid is the rule of section 5.
func (q *Question) valid() bool {
	return len(q.Answers) > 0 && 0 <= q.Min && q.Min <= q.Max && q.Max <= len(q.Answers) && q.Max >= 1
}
