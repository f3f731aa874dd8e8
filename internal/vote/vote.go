// SPDX-License-Identifier: Apache-2.0

package vote

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/tenday/tenday/ballot"
	"github.com/tenday/tenday/ballot/bel"
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
	return v, v.Draft.unmarshal([]byte(draft))
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
	return db.InRead(ctx, s.d, func(tx *db.Tx) ([]*Vote, error) {
		query := sqlVotes
		if !drafts(ctx) {
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
	if v.State != Drafted || drafts(ctx) {
		return v, nil
	}
	return nil, errMissing()
}

// drafts tells whether the caller sees drafts: who manages votes, and who confirms.
func drafts(ctx context.Context) bool {
	if _, err := manages(ctx); err == nil {
		return true
	}
	_, err := confirms(ctx)
	return err == nil
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
			if _, err := step(ctx, tx, id, begin, "", ""); err != nil {
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

// mayCallOff says why a vote cannot end without a result: no reason is given, or a trustee has decrypted: whoever could know the result
// by then must not choose whether others do. Errors: Invalid, Conflict.
func mayCallOff(ctx context.Context, tx *db.Tx, v *Vote, note string) error {
	if _, err := v.State.Next(callOff); err != nil {
		return err
	}
	if note == "" {
		return fault.Field("note", "vote.note_missing")
	}
	if v.State != Counting {
		return nil
	}
	if err := lockBoard(ctx, tx, v.UUID); err != nil { // a part under way is in or comes too late
		return err
	}
	b, err := boardOf(ctx, tx, v.UUID)
	if err == nil && (b.Sum.Last == bel.PartialDecryption || b.Sum.Last == bel.Result) {
		err = fault.New(fault.Conflict, "vote.call_off.decrypted")
	}
	return err
}

// callOffVote ends a vote without a result.
func callOffVote(ctx context.Context, tx *db.Tx, reach auth.Reach, v *Vote, a *Ask) error {
	if _, err := step(ctx, tx, v.ID, callOff, a.Wish.Note, a.ID); err != nil {
		return err
	}
	for _, kind := range []string{jobOpen, jobClose} {
		if _, err := job.Cancel(ctx, tx, kind, v.ID, "called off"); err != nil {
			return err
		}
	}
	if err := keepUntil(ctx, tx, v); err != nil {
		return err
	}
	_, err := audit.Append(ctx, tx, audit.Entry{Verb: "vote.call_off", Object: "vote:" + v.ID, Scope: reach.Label(), Detail: "ask=" + a.ID, Count: 1})
	return err
}

// Step is one thing that happened to a vote.
type Step struct {
	Event Event     `json:"event"`
	State State     `json:"state,omitempty"` // "" for what moved nothing
	Note  string    `json:"note,omitempty"`
	At    time.Time `json:"at"`
	By    string    `json:"-"` // who did it, or confirmed it; "" for the clock
	Asked string    `json:"-"` // who asked for it, of an act of two
}

func stepsOf(ctx context.Context, tx *db.Tx, id string) ([]Step, error) {
	all, err := db.All(ctx, tx, func(r *sql.Rows) (s Step, err error) {
		var at int64
		err = r.Scan(&s.Event, &s.State, &s.Note, &at, &s.By, &s.Asked)
		s.At = time.UnixMilli(at)
		return s, err
	}, `SELECT s.event, s.state, s.note, s.at, COALESCE(b.display, ''), COALESCE(q.display, '') FROM vote_step s
		LEFT JOIN account b ON b.id = s.by_account LEFT JOIN vote_ask a ON a.id = s.ask_id LEFT JOIN account q ON q.id = a.by_account
		WHERE s.vote_id = $1 ORDER BY s.seq LIMIT 100`, id)
	if err != nil {
		return nil, errors.Join(errors.New("read steps of vote"), err)
	}
	return all, nil
}

// agreedOf returns what two people agreed on that moved nothing: who holds the parts, and paper totals that were withdrawn.
func agreedOf(ctx context.Context, tx *db.Tx, id string) ([]Step, error) {
	all, err := db.All(ctx, tx, func(r *sql.Rows) (s Step, err error) {
		var at int64
		err = r.Scan(&s.Event, &at, &s.By, &s.Asked)
		s.At = time.UnixMilli(at)
		return s, err
	}, `SELECT a.kind, w.at, b.display, q.display FROM vote_ask a JOIN vote_ask_word w ON w.ask_id = a.id AND w.word = 'confirmed'
		JOIN account b ON b.id = w.by_account JOIN account q ON q.id = a.by_account
		WHERE a.vote_id = $1 AND a.kind IN ('appoint', 'withdraw') ORDER BY w.at, a.id LIMIT 100`, id)
	if err != nil {
		return nil, errors.Join(errors.New("read agreements of vote"), err)
	}
	return all, nil
}
