// SPDX-License-Identifier: Apache-2.0

package ballot

import (
	"fmt"
	"strconv"
	"strings"
)

// Rule says when a vote has passed (spec, section 17). It is fixed before the vote; its texts are those of rules.json.
type Rule struct {
	Quorum Quorum `json:"quorum"`
	Pass   Pass   `json:"pass"`
}

// Quorum is how many must have cast a ballot.
type Quorum struct {
	Kind     string `json:"kind"`               // none, count or fraction (of the eligible)
	Count    int    `json:"count,omitempty"`    // of kind count: at least so many
	Test     string `json:"test,omitempty"`     // of kind fraction: more_than or at_least
	Fraction string `json:"fraction,omitempty"` // of kind fraction, like 1/3
}

// Pass is how many must have said yes, and of whom.
type Pass struct {
	Denominator string `json:"denominator"` // cast, cast_nonblank, eligible or present
	Test        string `json:"test"`        // more_than or at_least
	Fraction    string `json:"fraction"`
}

// Counts is what a Rule is applied to. Present is typed in by an officer where the rule asks for it, and nil where nobody counted.
type Counts struct {
	Eligible int  `json:"eligible"`
	Cast     int  `json:"cast"`
	Yes      int  `json:"yes"`
	No       int  `json:"no"`
	Blank    int  `json:"blank"`
	Present  *int `json:"present,omitempty"`
}

// Outcome is what follows, with the two numbers it follows from.
type Outcome struct {
	Numerator   int    `json:"numerator"`
	Denominator int    `json:"denominator"`
	QuorumMet   bool   `json:"quorum_met"`
	Passed      bool   `json:"passed"`
	Outcome     string `json:"outcome"` // passed, failed or no_quorum
}

// RuleError is a rule that cannot be applied.
type RuleError struct {
	Reason string // rules.present_missing, or rules.invalid for a text the spec does not know
	Text   string
}

func (e *RuleError) Error() string { return e.Reason + ": " + strconv.Quote(e.Text) }

// Decide applies r exactly, in integers. A denominator of 0 never passes; without a quorum nothing passes.
func (r Rule) Decide(c Counts) (Outcome, error) {
	o := Outcome{Numerator: c.Yes}
	switch r.Pass.Denominator {
	case "cast":
		o.Denominator = c.Cast
	case "cast_nonblank":
		o.Denominator = c.Cast - c.Blank
	case "eligible":
		o.Denominator = c.Eligible
	case "present":
		if c.Present == nil {
			return Outcome{}, &RuleError{"rules.present_missing", "present"}
		}
		o.Denominator = *c.Present
	default:
		return Outcome{}, &RuleError{"rules.invalid", r.Pass.Denominator}
	}
	enough, err := compare(o.Numerator, o.Denominator, r.Pass.Test, r.Pass.Fraction)
	if err != nil {
		return Outcome{}, err
	}
	if o.QuorumMet, err = r.Quorum.met(c); err != nil {
		return Outcome{}, err
	}
	switch {
	case !o.QuorumMet:
		o.Outcome = "no_quorum"
	case enough && o.Denominator > 0:
		o.Passed, o.Outcome = true, "passed"
	default:
		o.Outcome = "failed"
	}
	return o, nil
}

func (q Quorum) met(c Counts) (bool, error) {
	switch q.Kind {
	case "none":
		return true, nil
	case "count":
		return c.Cast >= q.Count, nil
	case "fraction":
		return compare(c.Cast, c.Eligible, q.Test, q.Fraction)
	}
	return false, &RuleError{"rules.invalid", q.Kind}
}

// compare reports whether n/d is more than, or at least, the fraction a/b: n*b > a*d or n*b >= a*d. Parts of fractions are below
// 2^20, so the products cannot overflow.
func compare(n, d int, test, fraction string) (bool, error) {
	left, right, ok := strings.Cut(fraction, "/")
	a, err1 := strconv.ParseUint(left, 10, 20)
	b, err2 := strconv.ParseUint(right, 10, 20)
	if !ok || err1 != nil || err2 != nil || b == 0 {
		return false, &RuleError{"rules.invalid", fraction}
	}
	x, y := int64(n)*int64(b), int64(a)*int64(d)
	switch test {
	case "more_than":
		return x > y, nil
	case "at_least":
		return x >= y, nil
	}
	return false, &RuleError{"rules.invalid", test}
}

// String returns the outcome with both numbers: a share never stands without what it is a share of.
func (o Outcome) String() string {
	return fmt.Sprintf("%s: %d of %d", o.Outcome, o.Numerator, o.Denominator)
}
