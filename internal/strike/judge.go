// SPDX-License-Identifier: Apache-2.0

package strike

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/notice"
)

// presumed is the pack that asks the questions while the answers do not choose one yet.
const presumed = "us-nlra-hc"

// Judged is what the legal clock says of one action. Nothing in it was computed here.
type Judged struct {
	AsOf     notice.Day
	Pack     *notice.Pack
	Chosen   bool // the facts chose the pack; else it is presumed, and its first line asks why
	Facts    *notice.Facts
	Report   notice.Report
	Verdict  notice.Verdict // of the action
	CountsAs string         // strike, picket, refusal, none, contested
	Lines    []notice.Line  // of the action
	Plan     *notice.Plan   // nil where no pack governs
}

// Paper tells whether the plan has a notice that announces the act: a rally without signs needs none.
func (j *Judged) Paper() bool {
	return j.Plan != nil && slices.ContainsFunc(j.Plan.Steps, func(s notice.PlanStep) bool { return s.ID == string(TenDay) })
}

// Yes tells whether the legal clock has no objection: lawful, or at risk, which counsel and a written reason answer. Unknown is no.
func (j *Judged) Yes() bool {
	return j != nil && (j.Verdict == notice.Lawful || j.Verdict == notice.AtRisk)
}

// judge asks the legal clock about an action whose start and sites are said; nil for one whose are not.
func (b *book) judge(a *Action) (*Judged, error) {
	if a.Starts.IsZero() || len(a.Sites) == 0 {
		return nil, nil //nolint:nilnil // there is nothing to judge yet
	}
	f, err := b.facts()
	if err != nil {
		return nil, err
	}
	j := &Judged{AsOf: notice.DayOf(b.now), Facts: f, Chosen: true}
	if j.Pack, err = notice.Choose(f); err != nil {
		j.Pack, j.Chosen = notice.PackByID(presumed), false
	}
	j.Report = notice.Evaluate(j.Pack, f, j.AsOf)
	for _, r := range j.Report.Actions {
		if r.ID == a.ID {
			j.Verdict, j.CountsAs = r.Verdict, r.CountsAs
		}
	}
	for _, l := range j.Report.Lines {
		if l.Action == a.ID {
			j.Lines = append(j.Lines, l)
		}
	}
	plan, err := notice.Solve(j.Pack, f, a.ID, j.AsOf, notice.HouseBuffer)
	if e, ok := errors.AsType[*notice.InputError](err); ok && e.Code == "E-PACK" {
		return j, nil
	} else if err != nil {
		return nil, fmt.Errorf("plan action: %w", err)
	}
	j.Plan = &plan
	return j, nil
}

// keepReport keeps what the legal clock said when something was decided, with all that it was made of. Reports are added and
// never changed: a hearing years later can replay the answer.
func (s *Store) keepReport(ctx context.Context, tx *db.Tx, b *book, a *Action, event string) error {
	j, err := b.judge(a)
	if err != nil || j == nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO strike_pack (sha256, source) VALUES ($1, $2) ON CONFLICT (sha256) DO NOTHING`, j.Pack.SHA256(), j.Pack.Source())
	if err != nil {
		return fmt.Errorf("keep rule pack: %w", err)
	}
	err = tx.Insert(ctx, "strike_report", []string{
		"id", "strike_id", "event", "verdict", "as_of", "pack", "facts", "report", "by_account", "at",
	}, [][]any{{
		newID(), a.ID, event, j.Verdict.String(), j.AsOf.String(), j.Pack.SHA256(), string(j.Facts.JSON()), string(j.Report.JSON()),
		audit.By(ctx).Account, tx.Now.UnixMilli(),
	}})
	if err != nil {
		return fmt.Errorf("keep report: %w", err)
	}
	return nil
}
