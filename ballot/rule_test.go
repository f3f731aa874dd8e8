// SPDX-License-Identifier: Apache-2.0

package ballot_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tenday/tenday/ballot"
)

func TestRulesDecideLikeTheVectors(t *testing.T) {
	t.Parallel()

	for _, v := range decode[[]struct {
		ID       string
		Rules    ballot.Rule
		Counts   ballot.Counts
		Expected struct {
			ballot.Outcome
			Error string
		}
	}](t, vector(t, "rules.json")) {
		got, err := v.Rules.Decide(v.Counts)
		if e := (*ballot.RuleError)(nil); errors.As(err, &e) && e.Reason != v.Expected.Error || err == nil && v.Expected.Error != "" {
			t.Errorf("%s: got %v, want %s", v.ID, err, v.Expected.Error)
		}
		if diff := cmp.Diff(v.Expected.Outcome, got); diff != "" {
			t.Errorf("%s: %s", v.ID, diff)
		}
	}
}

func TestARuleThatNobodyKnowsIsNotApplied(t *testing.T) {
	t.Parallel()

	half := ballot.Pass{Denominator: "cast", Test: "more_than", Fraction: "1/2"}
	for _, r := range []ballot.Rule{
		{},
		{Pass: half},
		{Pass: half, Quorum: ballot.Quorum{Kind: "fraction", Test: "at_least", Fraction: "1/0"}},
		{Pass: ballot.Pass{Denominator: "cast", Test: "more_than", Fraction: "-1/2"}, Quorum: ballot.Quorum{Kind: "none"}},
		{Pass: ballot.Pass{Denominator: "cast", Test: "about", Fraction: "1/2"}, Quorum: ballot.Quorum{Kind: "none"}},
	} {
		if got, err := r.Decide(ballot.Counts{Eligible: 10, Cast: 10, Yes: 10}); err == nil {
			t.Errorf("%+v gives %v", r, got)
		}
	}
}
