// SPDX-License-Identifier: Apache-2.0

package notice

import (
	"fmt"
	"slices"
)

// Verdict is what a rule says of an act. Greater is worse; an action has the worst of its lines, a file the worst of its actions.
type Verdict int8

// The verdicts, best first. A missing fact is never Lawful; and what is known may already be Unlawful whatever else is missing.
const (
	NA       Verdict = iota // the rule does not govern this act
	Lawful                  // every reading passes
	AtRisk                  // the base reading passes and a stricter one fails, or the point is contested
	Unsure                  // a fact is missing; the line asks for it
	Unlawful                // the base reading or an express text fails
)

var verdictWords = []string{"na", "lawful", "at_risk", "unknown", "unlawful"}

// String returns na, lawful, at_risk, unknown or unlawful.
func (v Verdict) String() string { return verdictWords[v] }

// MarshalText writes what String returns.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText reads what String returns.
func (v *Verdict) UnmarshalText(b []byte) error {
	i := slices.Index(verdictWords, string(b))
	if i < 0 {
		return fmt.Errorf("%q is not a verdict", b)
	}
	*v = Verdict(i)
	return nil
}

func (v *Verdict) read(r *reader, n *node, path string) {
	if s, ok := r.text(n, path, "@verdict"); ok {
		*v = Verdict(slices.Index(verdictWords, s))
	}
}
