// SPDX-License-Identifier: Apache-2.0

package demo

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/tenday/tenday/ballot"
	"github.com/tenday/tenday/ballot/bel"
	"github.com/tenday/tenday/internal/vote"
)

// The strike vote was held offline beforehand, by data/vote.sh: making and verifying 541 ballots takes longer than a demo may. A test
// verifies the archive; the page and the archive say that voters and votes are made up.
func readVote() (archive []byte, report *ballot.Report, err error) {
	packed, err := data.ReadFile("data/vote.bel.gz")
	if err != nil {
		return nil, nil, fmt.Errorf("open strike vote: %w", err)
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, nil, fmt.Errorf("open strike vote: %w", err)
	}
	archive, err = io.ReadAll(z)
	var said []byte
	if err == nil {
		said, err = data.ReadFile("data/vote.report.json")
	}
	if err == nil {
		err = json.Unmarshal(said, &report)
	}
	if err == nil && report.Stage != bel.Finished {
		err = errors.New("it is not finished")
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read strike vote: %w", err)
	}
	return archive, report, nil
}

// The day is the demo's: sources print June (F050) and more than 90 percent (F049), no counts and no turnout.
var voteStory = []step{
	{"2025-06-13T20:30", adoptVote},
	{"2025-06-13T21:00", declareVote},
}

const voteQuestion = "Shall the bargaining committee be authorized to call a strike?"

func adoptVote(ctx context.Context, h *house) error {
	archive, report, err := readVote()
	if err != nil {
		return err
	}
	if ctx, err = h.as(ctx, "officer"); err != nil {
		return err
	}
	_, err = h.Vote.Adopt(ctx, vote.Draft{
		Kind: "strike_authorization", Name: "Strike authorization, June 2025",
		Description: "Demo: made-up voters, made-up votes, made-up trustees. The election was held beforehand, offline; its archive is real and verifies.",
		Question:    voteQuestion, Answers: []string{"Yes", "No"}, Blank: true, Max: 1, AsOf: "2025-06-02",
		Opens: "2025-06-12T07:00", Closes: "2025-06-13T20:00", Zone: zoneName, Quorum: ballot.Quorum{Kind: "fraction", Test: "at_least", Fraction: "1/2"},
		Pass: ballot.Pass{Denominator: "cast", Test: "more_than", Fraction: "1/2"}, Source: "made up for the demo",
		Retention: 365, Trustees: 3, Threshold: 2,
	}, archive, report)
	return err
}

func declareVote(ctx context.Context, h *house) error {
	ctx, err := h.as(ctx, "officer")
	if err != nil {
		return err
	}
	all, err := h.Vote.Votes(ctx)
	if err != nil {
		return err
	}
	for _, v := range all {
		if v.State == vote.Counted && v.Draft.Question == voteQuestion {
			return h.agree(ctx, v.ID, vote.AskCertify)
		}
	}
	return errors.New("the strike vote is not there")
}

// agree has a second person confirm what the officer asks for.
func (h *house) agree(ctx context.Context, id string, k vote.Kind) error {
	if err := h.Vote.Ask(ctx, id, k, vote.Wish{}); err != nil {
		return err
	}
	ctx, err := h.as(ctx, second)
	if err != nil {
		return err
	}
	o, err := h.Vote.Overview(ctx, id)
	if err != nil {
		return err
	}
	if len(o.Asks) != 1 {
		return fmt.Errorf("%d acts wait for a second person", len(o.Asks))
	}
	return h.Vote.Confirm(ctx, id, o.Asks[0].ID)
}
