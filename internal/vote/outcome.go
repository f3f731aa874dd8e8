// SPDX-License-Identifier: Apache-2.0

package vote

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/tenday/tenday/ballot"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// Outcome is the result with everything it is a share of. Electronic and paper counts stand side by side; the rule takes both.
type Outcome struct {
	Answers    []Share        `json:"answers"`
	Eligible   int            `json:"eligible"`
	Electronic int            `json:"electronic"` // ballots that count
	Paper      int            `json:"paper"`      // valid and witnessed
	Spoiled    int            `json:"spoiled"`
	Cast       int            `json:"cast"`
	Yes        int            `json:"yes"` // of the answer that the rule asks for
	Rule       ballot.Outcome `json:"rule"`
	Word       string         `json:"outcome"`  // passed, failed, no_quorum; "" while it cannot be said
	Warnings   []string       `json:"warnings"` // warn.*: what the counts may tell of single people
	Stands     bool           `json:"-"`        // Word can be said
}

// Share is one answer's count.
type Share struct {
	Name       string `json:"name"` // "" for blank
	Electronic int    `json:"electronic"`
	Paper      int    `json:"paper"`
}

// N is the sum.
func (s Share) N() int { return s.Electronic + s.Paper }

// outcome applies the rule to what is on the board and in the boxes. present may be nil.
func outcome(ctx context.Context, tx *db.Tx, v *Vote, present *int) (*Outcome, error) {
	b, err := boardOf(ctx, tx, v.UUID)
	if err != nil {
		return nil, err
	}
	if b.Report.Result == nil {
		return nil, fault.New(fault.Conflict, "vote.result.none")
	}
	t, err := tallyOf(ctx, tx, v.ID)
	if err != nil {
		return nil, err
	}
	papers, err := papersOf(ctx, tx, v)
	if err != nil {
		return nil, err
	}
	return decide(v, b.Report, t, papers, present)
}

func decide(v *Vote, r *ballot.Report, t Tally, papers []*PaperCount, present *int) (*Outcome, error) {
	o := &Outcome{Eligible: t.Eligible(), Electronic: r.BallotsCounted, Warnings: []string{}}
	for i, name := range v.Draft.slots() {
		o.Answers = append(o.Answers, Share{Name: name, Electronic: r.Result[0][i]})
	}
	for _, p := range papers {
		if p.Withdrawn || !p.Witnessed {
			continue
		}
		o.Paper += p.Ballots()
		o.Spoiled += p.Spoiled
		for i := range o.Answers {
			o.Answers[i].Paper += p.Counts[i]
		}
	}
	o.Cast = o.Electronic + o.Paper
	yes, blank := v.Draft.yesSlot(), 0
	o.Yes = o.Answers[yes].N()
	if v.Draft.Blank {
		blank = o.Answers[0].N()
	}
	if o.Eligible < smallUnit {
		o.Warnings = append(o.Warnings, "small_electorate")
	}
	for _, w := range r.Warnings {
		if w.Code == "warn.few_ballots" || w.Code == "warn.unanimous" {
			o.Warnings = append(o.Warnings, w.Code[len("warn."):])
		}
	}
	if !slices.Contains(o.Warnings, "unanimous") && slices.ContainsFunc(o.Answers, func(a Share) bool { return a.N() == o.Cast && o.Cast > 0 }) {
		o.Warnings = append(o.Warnings, "unanimous")
	}
	var err error
	o.Rule, err = v.Draft.rule().Decide(ballot.Counts{
		Eligible: o.Eligible, Cast: o.Cast, Yes: o.Yes, No: o.Cast - o.Yes - blank, Blank: blank, Present: present,
	})
	if e, ok := errors.AsType[*ballot.RuleError](err); ok && e.Reason == "rules.present_missing" {
		return o, nil
	}
	if err != nil {
		return nil, fmt.Errorf("apply rule: %w", err)
	}
	o.Word, o.Stands = o.Rule.Outcome, true
	return o, nil
}
