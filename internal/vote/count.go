// SPDX-License-Identifier: Apache-2.0

package vote

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/tenday/tenday/ballot"
	"github.com/tenday/tenday/ballot/bel"
	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/job"
)

// OpenNow opens a sealed vote whose hour has come, if nothing else did. Errors: Missing, Conflict, Forbidden.
func (s *Store) OpenNow(ctx context.Context, id string) error {
	reach, err := manages(ctx)
	if err != nil {
		return err
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		if err := apart(ctx, tx, id); err != nil {
			return err
		}
		return openVote(ctx, tx, id, reach.Label())
	})
}

func openVote(ctx context.Context, tx *db.Tx, id, scope string) error {
	v, err := voteBy(ctx, tx, "id", id)
	if err != nil {
		return err
	}
	if v.State == Sealed && tx.Now.Before(v.Draft.opensAt()) {
		return fault.New(fault.Conflict, "vote.open.too_early")
	}
	if _, err := step(ctx, tx, id, open, "", ""); err != nil {
		return err
	}
	_, err = audit.Append(ctx, tx, audit.Entry{Verb: "vote.open", Object: "vote:" + id, Scope: scope, Count: 1})
	return err
}

// CloseNow ends an open vote whose hour has come, and adds the encrypted ballots up. Errors: Missing, Conflict.
func (s *Store) CloseNow(ctx context.Context, id string) error {
	reach, err := manages(ctx)
	if err != nil {
		return err
	}
	return s.closeVote(ctx, id, reach.Label())
}

// closeVote first ends the vote, so that no ballot comes any more, then has the engine verify the whole archive and append the end and
// the tally. Either part may be done already, by an attempt that was cut short.
func (s *Store) closeVote(ctx context.Context, id, scope string) error {
	v, err := db.InTx(ctx, s.d, func(tx *db.Tx) (*Vote, error) {
		v, err := voteBy(ctx, tx, "id", id)
		if err != nil || v.State == Counting {
			return v, err
		}
		if err := lockBoard(ctx, tx, v.UUID); err != nil { // a ballot under way is in or refused
			return nil, err
		}
		if v.State == Open && tx.Now.Before(v.Draft.closesAt()) {
			return nil, fault.New(fault.Conflict, "vote.close.too_early")
		}
		if _, err := step(ctx, tx, id, closing, "", ""); err != nil {
			return nil, err
		}
		_, err = audit.Append(ctx, tx, audit.Entry{Verb: "vote.close", Object: "vote:" + id, Scope: scope, Count: 1})
		return v, err
	})
	if err != nil {
		return err
	}
	return s.tally(ctx, v)
}

func (s *Store) tally(ctx context.Context, v *Vote) error {
	b, err := db.InRead(ctx, s.d, func(tx *db.Tx) (*board, error) { return boardOf(ctx, tx, v.UUID) })
	if err != nil {
		return err
	}
	var steps []boxStep
	if b.Sum.Last == bel.Setup || b.Sum.Last == bel.Ballot {
		steps = append(steps, boxStep{do: (*ballot.Box).EndBallots})
	}
	if len(steps) > 0 || b.Sum.Last == bel.EndBallots {
		steps = append(steps, boxStep{do: (*ballot.Box).AppendTally, also: func(ctx context.Context, tx *db.Tx, _ *ballot.Report) error {
			tx.Touch(Topic)
			return job.Put(ctx, tx, job.Job{Kind: jobHead, Key: v.ID, Payload: v.ID})
		}})
	}
	return s.withBox(ctx, v.UUID, steps...)
}

// Decrypt takes a trustee's part of the count: of her own number alone, verified by the engine. With enough of them the result follows
// at once. Errors: Missing, Conflict, Invalid with the engine's reason.
func (s *Store) Decrypt(ctx context.Context, id string, owner int, part, side []byte) error {
	v, err := db.InRead(ctx, s.d, func(tx *db.Tx) (*Vote, error) {
		v, me, err := trusteeOf(ctx, tx, id)
		if err == nil && me != owner {
			err = fault.Field("owner", "vote.part.other_owner", "Owner", me)
		}
		return v, err
	})
	if err != nil {
		return err
	}
	if v.State != Counting {
		return fault.New(fault.Conflict, "vote.part.not_now")
	}
	if err := s.tally(ctx, v); err != nil { // if the close was cut short
		return refusedPart(err)
	}
	add := boxStep{
		do: func(b *ballot.Box) error { return b.AppendDecryption(owner, part) },
		also: func(ctx context.Context, tx *db.Tx, _ *ballot.Report) error {
			if len(side) > 0 && len(side) < mostAnswer {
				if _, err := tx.Exec(ctx, `INSERT INTO vote_side (uuid, owner, side) VALUES ($1, $2, $3)`, v.UUID, owner, string(side)); err != nil {
					return fmt.Errorf("keep side proof: %w", err)
				}
			}
			if _, state, err := stateOf(ctx, tx, id); err != nil || state != Counting { // two people may have called it off meanwhile
				return firstError(err, fault.New(fault.Conflict, "vote.part.not_now"))
			}
			tx.Touch(Topic)
			_, err := audit.Append(ctx, tx, audit.Entry{Verb: "vote.part", Object: "vote:" + id, Detail: fmt.Sprintf("owner=%d", owner), Count: 1})
			return err
		},
	}
	if err := s.withBox(ctx, v.UUID, add); err != nil {
		return refusedPart(err)
	}
	return s.result(ctx, v)
}

// result appends the result if enough trustees have decrypted. That too few have is no error.
func (s *Store) result(ctx context.Context, v *Vote) error {
	err := s.withBox(ctx, v.UUID, boxStep{
		do: (*ballot.Box).AppendResult,
		also: func(ctx context.Context, tx *db.Tx, r *ballot.Report) error {
			if _, err := step(ctx, tx, v.ID, count, "", ""); err != nil {
				return err
			}
			if err := job.Put(ctx, tx, job.Job{Kind: jobHead, Key: v.ID, Payload: v.ID}); err != nil {
				return err
			}
			_, err := audit.Append(ctx, tx, audit.Entry{Verb: "vote.count", Object: "vote:" + v.ID, Detail: "head=" + r.Head.Hash.String(), Count: r.BallotsCounted})
			return err
		},
	})
	if r, ok := errors.AsType[*ballot.Reject](err); ok && (r.Reason == "decryption.missing" || r.Reason == "event.order") {
		return nil
	}
	if r, ok := errors.AsType[*ballot.Reject](err); ok {
		return s.blame(ctx, v, r)
	}
	return err
}

// blame names the trustees whose side proofs are wrong or missing when nothing can be decoded.
func (s *Store) blame(ctx context.Context, v *Vote, r *ballot.Reject) error {
	sides := map[int][]byte{}
	_, err := db.InRead(ctx, s.d, func(tx *db.Tx) (struct{}, error) {
		return struct{}{}, tx.Rows(ctx, `SELECT owner, side FROM vote_side WHERE uuid = $1 ORDER BY owner LIMIT 100`, []any{v.UUID}, func(r *sql.Rows) error {
			var owner int
			var side string
			err := r.Scan(&owner, &side)
			sides[owner] = []byte(side)
			return err
		})
	})
	if err != nil {
		return err
	}
	var culprits []int
	err = s.withBox(ctx, v.UUID, boxStep{do: func(b *ballot.Box) error {
		culprits = b.Culprits(sides)
		return r
	}})
	return &fault.Error{
		Code: fault.Conflict, Key: "vote.part.undecodable", Err: err,
		Args: map[string]any{"Reason": r.Reason, "Who": fmt.Sprint(culprits)},
	}
}

func refusedPart(err error) error {
	r, ok := errors.AsType[*ballot.Reject](err)
	if !ok {
		return err
	}
	return &fault.Error{Code: fault.Invalid, Key: "vote.part.refused", Field: "decryption", Args: map[string]any{"Reason": r.Reason}, Err: err}
}

// mayCertify says why the outcome cannot be declared yet: the counts must stand, paper ballots be in, and the challenge days be over.
// What the confirmer must find unchanged is the outcome. Errors: Conflict, Invalid.
func mayCertify(ctx context.Context, tx *db.Tx, v *Vote, present *int) (stand string, err error) {
	if _, err := v.State.Next(certify); err != nil {
		return "", err
	}
	papers, err := papersOf(ctx, tx, v)
	if err != nil {
		return "", err
	}
	for _, p := range papers {
		if !p.Witnessed && !p.Withdrawn {
			return "", fault.New(fault.Conflict, "vote.certify.paper")
		}
	}
	if tx.Now.Before(v.At.AddDate(0, 0, v.Draft.ChallengeDays)) {
		return "", fault.New(fault.Conflict, "vote.certify.days", "Days", v.Draft.ChallengeDays)
	}
	if v.Draft.Pass.Denominator == "present" && present == nil {
		return "", fault.Field("present", "vote.certify.present")
	}
	o, err := outcome(ctx, tx, v, present)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s yes=%d cast=%d eligible=%d", o.Word, o.Yes, o.Cast, o.Eligible), nil
}

// certifyVote declares the outcome that two people agreed on. Its note has, for presentOf, how many were at the meeting.
func certifyVote(ctx context.Context, tx *db.Tx, reach auth.Reach, v *Vote, a *Ask) error {
	o, err := outcome(ctx, tx, v, a.Wish.Present)
	if err != nil {
		return err
	}
	text := o.Word
	if a.Wish.Present != nil {
		text += fmt.Sprintf(" present=%d", *a.Wish.Present)
	}
	if a.Wish.Note != "" {
		text += " " + a.Wish.Note
	}
	if _, err := step(ctx, tx, v.ID, certify, text, a.ID); err != nil {
		return err
	}
	if err := keepUntil(ctx, tx, v); err != nil {
		return err
	}
	_, err = audit.Append(ctx, tx, audit.Entry{Verb: "vote.certify", Object: "vote:" + v.ID, Scope: reach.Label(), Detail: o.Word + " ask=" + a.ID, Count: 1})
	return err
}

// The kinds of jobs.
const (
	jobOpen   = "vote.open"
	jobClose  = "vote.close"
	jobHead   = "vote.head"
	jobRemind = "vote.remind"
	jobTell   = "vote.tell"
	jobForget = "vote.forget"
)

// Handle registers the room's jobs: votes open and close at their hours, heads, reminders and
// decisions about the roll go out by mail, and what need not be kept any longer goes.
func (s *Store) Handle(q *job.Queue) {
	q.Handle(jobOpen, s.runOpen)
	q.Handle(jobClose, s.runClose)
	q.Handle(jobHead, s.runHead)
	q.Handle(jobRemind, s.runRemind)
	q.Handle(jobTell, s.runTell)
	q.Handle(jobForget, s.runForget)
}

func (s *Store) runOpen(ctx context.Context, r job.Run) error {
	var id string
	if err := r.Read(&id); err != nil {
		return err
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		_, state, err := stateOf(ctx, tx, id)
		if err != nil {
			return err
		}
		if state != Sealed {
			return r.Drop(ctx, tx, "not sealed any more")
		}
		if err := r.Finish(ctx, tx); err != nil {
			return err
		}
		return openVote(ctx, tx, id, string(auth.Unit))
	})
}

func (s *Store) runClose(ctx context.Context, r job.Run) error {
	var id string
	if err := r.Read(&id); err != nil {
		return err
	}
	dropped, err := db.InTx(ctx, s.d, func(tx *db.Tx) (bool, error) {
		_, state, err := stateOf(ctx, tx, id)
		if err != nil {
			return false, err
		}
		switch state {
		case Open, Counting:
			return false, nil
		case Sealed: // the job of opening comes before: both may be due after a night without power
			return false, openVote(ctx, tx, id, string(auth.Unit))
		}
		return true, r.Drop(ctx, tx, "not open any more")
	})
	if err != nil || dropped {
		return err
	}
	return s.closeVote(ctx, id, string(auth.Unit))
}
