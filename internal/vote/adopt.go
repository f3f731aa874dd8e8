// SPDX-License-Identifier: Apache-2.0

package vote

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/tenday/tenday/ballot"
	"github.com/tenday/tenday/ballot/bel"
	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/job"
)

// Adopt publishes a vote that was held elsewhere, offline with `tenday ballot` or belenios-tool, from its finished archive: the roll is
// frozen now by the rule of d, everything else is the archive's. r is what its verification said: the caller has verified it (a second
// and more for some hundred ballots), so Adopt checks the container and the chain alone. Errors: Invalid when archive, roll and draft do
// not belong together, Conflict for one that is there.
func (s *Store) Adopt(ctx context.Context, d Draft, archive []byte, r *ballot.Report) (string, error) {
	reach, err := manages(ctx)
	if err != nil {
		return "", err
	}
	sum, err := bel.Scan(ctx, bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		return "", err
	}
	if sum.Head != r.Head.Hash || sum.Stage() != bel.Finished {
		return "", fault.Field("archive", "vote.adopt.other")
	}
	blocks, err := blocksOf(archive)
	if err != nil {
		return "", err
	}
	b := &board{UUID: r.UUID, Report: r}
	list, err := b.unpack(ctx, archive[:blocks[0].end])
	if err != nil {
		return "", err
	}
	id := newID()
	err = db.Do(ctx, s.d, func(tx *db.Tx) error {
		if err := s.adopt(ctx, tx, id, &d, b); err != nil {
			return err
		}
		t, err := tallyOf(ctx, tx, id)
		if err != nil {
			return err
		}
		if t.Electronic != len(list) {
			return fault.Field("archive", "vote.list.count", "N", len(list), "Want", t.Electronic)
		}
		b.VoteID = id
		if err := addBoard(ctx, tx, b, archive); err != nil {
			return err
		}
		if err := insertBlocks(ctx, tx, b.UUID, archive, blocks); err != nil {
			return err
		}
		hash := bel.HashOf(list.Marshal()).Base64()
		if _, err := tx.Exec(ctx, `INSERT INTO vote_list (vote_id, seq, n, hash, list, by_account, at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			id, 1, len(list), hash, string(list.Marshal()), audit.By(ctx).Account, tx.Now.UnixMilli()); err != nil {
			return fmt.Errorf("keep list of credentials: %w", err)
		}
		v, err := voteBy(ctx, tx, "id", id)
		if err != nil {
			return err
		}
		p := &preparation{vote: v, trustees: b.Trustees}
		practice, file, err := p.practice(sum.Timestamp)
		if err != nil {
			return err
		}
		if err := addBoard(ctx, tx, practice, file); err != nil {
			return err
		}
		if err := insertBlock(ctx, tx, practice.UUID, 0, bel.Setup, practice.Sum.Head, 0, file); err != nil {
			return err
		}
		for _, e := range []Event{seal, open, closing, count} {
			if _, err := step(ctx, tx, id, e, "", ""); err != nil {
				return err
			}
		}
		if err := job.Put(ctx, tx, job.Job{Kind: jobHead, Key: id, Payload: id}); err != nil {
			return err
		}
		_, err = audit.Append(ctx, tx, audit.Entry{Verb: "vote.adopt", Object: "vote:" + id, Scope: reach.Label(), Detail: "head=" + sum.Head.String(), Count: r.BallotsCounted})
		return err
	})
	return id, err
}

// adopt adds the vote with the archive's identifier, its draft and its roll.
func (s *Store) adopt(ctx context.Context, tx *db.Tx, id string, d *Draft, b *board) error {
	q := b.Election.Questions
	if len(q) != 1 || q[0].Text != d.Question || q[0].HasBlank() != d.Blank || len(q[0].Answers) != len(d.Answers) {
		return fault.Field("archive", "vote.adopt.other")
	}
	practice, err := ballot.NewUUID(rand.Reader)
	if err != nil {
		return err
	}
	text, err := d.marshal()
	if err != nil {
		return err
	}
	me, now := audit.By(ctx).Account, tx.Now.UnixMilli()
	_, err = tx.Exec(ctx, `INSERT INTO vote (id, uuid, practice_uuid, by_account, at) VALUES ($1, $2, $3, $4, $5)`, id, b.UUID, practice, me, now)
	if db.IsUnique(err) {
		return fault.New(fault.Conflict, "vote.adopt.there")
	}
	if err != nil {
		return fmt.Errorf("add vote: %w", err)
	}
	if _, err := step(ctx, tx, id, begin, "", ""); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO vote_draft (vote_id, seq, draft, by_account, at) VALUES ($1, 1, $2, $3, $4)`, id, text, me, now); err != nil {
		return fmt.Errorf("add draft: %w", err)
	}
	reach, err := manages(ctx)
	if err != nil {
		return err
	}
	_, err = freezeRoll(ctx, tx, reach, id, d, "")
	return err
}

// block is one event's bytes in an archive.
type block struct {
	event      bel.Event
	head       bel.Hash
	start, end int64
	ballot     []byte // of a Ballot
}

func blocksOf(archive []byte) ([]block, error) {
	var all []block
	at := int64(0)
	r := bytes.NewReader(archive)
	for step, err := range bel.Steps(r, int64(len(archive))) {
		if err != nil {
			return nil, err
		}
		one := block{event: step.Event, head: step.Record.Hash, start: at, end: step.Record.End()}
		if step.Event.Type == bel.Ballot {
			if one.ballot, err = bel.Read(r, step.Data[0]); err != nil {
				return nil, err
			}
		}
		at = one.end
		all = append(all, one)
	}
	if len(all) == 0 {
		return nil, errors.New("an archive without events")
	}
	return all, nil
}

func insertBlocks(ctx context.Context, tx *db.Tx, uuid string, archive []byte, blocks []block) error {
	var rows, ballots [][]any
	for _, b := range blocks {
		rows = append(rows, []any{uuid, b.event.Height, string(b.event.Type), b.head.String(), b.start, archive[b.start:b.end]})
		if b.ballot == nil {
			continue
		}
		var cast struct{ Credential string }
		if err := json.Unmarshal(b.ballot, &cast); err != nil {
			return fmt.Errorf("read ballot: %w", err)
		}
		ballots = append(ballots, []any{uuid, bel.HashOf(b.ballot).Base64(), b.event.Height, bel.HashOf([]byte(cast.Credential)).String()})
	}
	err := tx.Insert(ctx, "vote_block", []string{"uuid", "height", "type", "head", "start", "body"}, rows)
	if err == nil {
		err = tx.Insert(ctx, "vote_ballot", []string{"uuid", "tracker", "height", "credential"}, ballots)
	}
	return err
}
