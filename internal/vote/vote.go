// SPDX-License-Identifier: Apache-2.0

package vote

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/tenday/tenday/ballot"
	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/job"
)

// Vote is a vote as it stands.
type Vote struct {
	ID       string    `json:"id"`
	UUID     string    `json:"uuid"`
	Practice string    `json:"practice_uuid"`
	Draft    Draft     `json:"draft"`
	State    State     `json:"state"`
	At       time.Time `json:"since"` // of the newest step
	Note     string    `json:"note"`  // of the newest step
	By       string    `json:"-"`     // account that drafted it
}

// Opens and Closes are the hours in the vote's own zone.
func (v *Vote) Opens() time.Time { return v.Draft.opensAt() }

// Closes is when the last ballot is taken.
func (v *Vote) Closes() time.Time { return v.Draft.closesAt() }

const sqlVotes = `SELECT v.id, v.uuid, v.practice_uuid, v.by_account, d.draft, s.state, s.note, s.at FROM vote v
	JOIN vote_draft d ON d.vote_id = v.id AND d.seq = (SELECT MAX(x.seq) FROM vote_draft x WHERE x.vote_id = v.id)
	JOIN vote_step s ON s.vote_id = v.id AND s.seq = (SELECT MAX(y.seq) FROM vote_step y WHERE y.vote_id = v.id) `

func scanVote(r *sql.Rows) (*Vote, error) {
	v := &Vote{}
	var draft string
	var at int64
	if err := r.Scan(&v.ID, &v.UUID, &v.Practice, &v.By, &draft, &v.State, &v.Note, &at); err != nil {
		return nil, err
	}
	v.At = time.UnixMilli(at)
	return v, json.Unmarshal([]byte(draft), &v.Draft)
}

// voteBy returns the vote whose column (id, uuid, practice_uuid) is value. Errors: Missing.
func voteBy(ctx context.Context, tx *db.Tx, column, value string) (*Vote, error) {
	all, err := db.All(ctx, tx, scanVote, sqlVotes+`WHERE v.`+column+` = $1`, value)
	if err != nil {
		return nil, fmt.Errorf("read vote: %w", err)
	}
	if len(all) == 0 {
		return nil, errMissing()
	}
	return all[0], nil
}

// Votes returns the votes that the caller of ctx may know of, the newest first: an officer all, others those whose roll is frozen.
func (s *Store) Votes(ctx context.Context) ([]*Vote, error) {
	if auth.By(ctx) == nil {
		return nil, fault.New(fault.SignedOut, "auth.signed_out")
	}
	_, officer := manages(ctx)
	return db.InRead(ctx, s.d, func(tx *db.Tx) ([]*Vote, error) {
		query := sqlVotes
		if officer != nil {
			query += `WHERE s.state <> 'draft' AND NOT (s.state = 'called_off' AND s.seq = 2) `
		}
		all, err := db.All(ctx, tx, scanVote, query+`ORDER BY v.id DESC LIMIT 200`)
		if err != nil {
			return nil, fmt.Errorf("read votes: %w", err)
		}
		return all, nil
	})
}

// known returns vote id if the caller of ctx may know of it. Errors: SignedOut, Missing.
func known(ctx context.Context, tx *db.Tx, id string) (*Vote, error) {
	if auth.By(ctx) == nil {
		return nil, fault.New(fault.SignedOut, "auth.signed_out")
	}
	v, err := voteBy(ctx, tx, "id", id)
	if err != nil {
		return nil, err
	}
	if _, err := manages(ctx); err == nil || v.State != Drafted {
		return v, nil
	}
	return nil, errMissing()
}

// Draft makes a vote of d, or gives vote id (not "") a newer draft. Errors: Invalid by field, Missing, Conflict once the roll is frozen.
func (s *Store) Draft(ctx context.Context, id string, d Draft) (string, error) {
	reach, err := manages(ctx)
	if err != nil {
		return "", err
	}
	return db.InTx(ctx, s.d, func(tx *db.Tx) (string, error) {
		if err := d.check(tx.Now); err != nil {
			return "", err
		}
		text, err := d.marshal()
		if err != nil {
			return "", err
		}
		verb, seq := "vote.edit", 1
		me, now := audit.By(ctx).Account, tx.Now.UnixMilli()
		if id == "" {
			verb, id = "vote.draft", newID()
			var uuids [2]string
			for i := range uuids {
				if uuids[i], err = ballot.NewUUID(rand.Reader); err != nil {
					return "", err
				}
			}
			if _, err := tx.Exec(ctx, `INSERT INTO vote (id, uuid, practice_uuid, by_account, at) VALUES ($1, $2, $3, $4, $5)`,
				id, uuids[0], uuids[1], me, now); err != nil {
				return "", fmt.Errorf("add vote: %w", err)
			}
			if _, err := step(ctx, tx, id, begin, ""); err != nil {
				return "", err
			}
		} else {
			_, state, err := stateOf(ctx, tx, id)
			if err != nil {
				return "", err
			}
			if state != Drafted {
				return "", fault.New(fault.Conflict, "vote.draft.frozen")
			}
			if err := tx.Row(ctx, `SELECT MAX(seq) + 1 FROM vote_draft WHERE vote_id = $1`, id).Scan(&seq); err != nil {
				return "", fmt.Errorf("number draft: %w", err)
			}
		}
		_, err = tx.Exec(ctx, `INSERT INTO vote_draft (vote_id, seq, draft, by_account, at) VALUES ($1, $2, $3, $4, $5)`, id, seq, text, me, now)
		if db.IsUnique(err) {
			return "", fault.New(fault.Conflict, "vote.changed_meanwhile")
		}
		if err != nil {
			return "", fmt.Errorf("add draft: %w", err)
		}
		tx.Touch(Topic)
		_, err = audit.Append(ctx, tx, audit.Entry{Verb: verb, Object: "vote:" + id, Scope: reach.Label(), Count: 1})
		return id, err
	})
}

// CallOff ends a vote without a result. note says why, for everybody to read. Errors: Missing, Invalid without a note, Conflict after the
// count.
func (s *Store) CallOff(ctx context.Context, id, note string) error {
	reach, err := manages(ctx)
	if err != nil {
		return err
	}
	if note == "" {
		return fault.Field("note", "vote.note_missing")
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		if _, err := step(ctx, tx, id, callOff, note); err != nil {
			return err
		}
		for _, kind := range []string{jobOpen, jobClose} {
			if _, err := job.Cancel(ctx, tx, kind, id, "called off"); err != nil {
				return err
			}
		}
		_, err := audit.Append(ctx, tx, audit.Entry{Verb: "vote.call_off", Object: "vote:" + id, Scope: reach.Label(), Count: 1})
		return err
	})
}

// Step is one thing that happened to a vote.
type Step struct {
	Event Event     `json:"event"`
	State State     `json:"state"`
	Note  string    `json:"note,omitempty"`
	At    time.Time `json:"at"`
}

func stepsOf(ctx context.Context, tx *db.Tx, id string) ([]Step, error) {
	all, err := db.All(ctx, tx, func(r *sql.Rows) (s Step, err error) {
		var at int64
		err = r.Scan(&s.Event, &s.State, &s.Note, &at)
		s.At = time.UnixMilli(at)
		return s, err
	}, `SELECT event, state, note, at FROM vote_step WHERE vote_id = $1 ORDER BY seq LIMIT 100`, id)
	if err != nil {
		return nil, errors.Join(errors.New("read steps of vote"), err)
	}
	return all, nil
}
