// SPDX-License-Identifier: Apache-2.0

package vote

import (
	"context"
	"fmt"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/job"
)

// keepUntil has the record of a vote that is over deleted when its days of retention are.
func keepUntil(ctx context.Context, tx *db.Tx, v *Vote) error {
	return job.Put(ctx, tx, job.Job{Kind: jobForget, Key: v.ID, RunAt: tx.Now.AddDate(0, 0, v.Draft.Retention), Payload: v.ID})
}

// holdSetting says why nothing is deleted for the time being; `tenday retention hold` sets it.
const holdSetting = "retention.hold"

// heldAgain is how long a legal hold puts a deletion off, to look again.
const heldAgain = 7 * 24 * time.Hour

// sqlForget deletes what tells of single people and single ballots. What stays is what the law asks to keep for longer: the question, the
// rule, the steps and who took them, the counts, the totals of paper, the head of the archive.
var sqlForget = []string{
	`DELETE FROM vote_block WHERE uuid IN (SELECT b.uuid FROM vote_board b WHERE b.vote_id = $1)`,
	`DELETE FROM vote_ballot WHERE uuid IN (SELECT b.uuid FROM vote_board b WHERE b.vote_id = $1)`,
	`DELETE FROM vote_cipher WHERE uuid IN (SELECT b.uuid FROM vote_board b WHERE b.vote_id = $1)`,
	`DELETE FROM vote_credential WHERE uuid IN (SELECT b.uuid FROM vote_board b WHERE b.vote_id = $1)`,
	`DELETE FROM vote_side WHERE uuid IN (SELECT b.uuid FROM vote_board b WHERE b.vote_id = $1)`,
	`DELETE FROM vote_list WHERE vote_id = $1`,
	`DELETE FROM vote_key WHERE vote_id = $1`,
	`DELETE FROM vote_challenge_step WHERE challenge_id IN (SELECT c.id FROM vote_challenge c WHERE c.vote_id = $1)`,
	`DELETE FROM vote_challenge WHERE vote_id = $1`,
	`DELETE FROM vote_roll_change WHERE vote_id = $1`,
	`DELETE FROM vote_roll WHERE vote_id = $1`,
}

// runForget deletes the record of a vote, unless a legal hold is in force.
func (s *Store) runForget(ctx context.Context, r job.Run) error {
	var id string
	if err := r.Read(&id); err != nil {
		return err
	}
	err := db.Do(ctx, s.d, func(tx *db.Tx) error {
		if err := r.Finish(ctx, tx); err != nil {
			return err
		}
		why, err := db.Setting(ctx, tx, holdSetting)
		if err != nil {
			return err
		}
		if why != "" {
			return job.Put(ctx, tx, job.Job{Kind: jobForget, Key: id, RunAt: tx.Now.Add(heldAgain), Payload: id})
		}
		t, err := tallyOf(ctx, tx, id)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO vote_kept (vote_id, electronic, paper, struck, at) VALUES ($1, $2, $3, $4, $5)`,
			id, t.Electronic, t.Paper, t.Struck, tx.Now.UnixMilli()); err != nil {
			return fmt.Errorf("keep counts of roll: %w", err)
		}
		for _, query := range sqlForget {
			if _, err := tx.Exec(ctx, query, id); err != nil {
				return fmt.Errorf("delete record of vote: %w", err)
			}
		}
		tx.Touch(Topic)
		_, err = audit.Append(ctx, tx, audit.Entry{Verb: "vote.forget", Object: "vote:" + id, Count: t.Eligible()})
		return err
	})
	if err == nil {
		s.parsed.mu.Lock()
		clear(s.parsed.by)
		s.parsed.mu.Unlock()
	}
	return err
}
