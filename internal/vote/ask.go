// SPDX-License-Identifier: Apache-2.0

package vote

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// Kind is an act that takes two people: one who manages votes asks, and somebody else confirms what she sees.
type Kind string

// The kinds.
const (
	AskFreeze   Kind = "freeze"
	AskAppoint  Kind = "appoint"
	AskSeal     Kind = "seal"
	AskCertify  Kind = "certify"
	AskCallOff  Kind = "call_off"
	AskWithdraw Kind = "withdraw" // of a paper count that was witnessed
)

// Wish is what is asked for; which fields mean something depends on the kind.
type Wish struct {
	Crew    []string `json:"crew,omitempty"`    // accounts by owner: the credential officer, then the trustees
	Present *int     `json:"present,omitempty"` // at the meeting, where the rule asks for it
	Note    string   `json:"note,omitempty"`
	Paper   string   `json:"paper,omitempty"` // the count to withdraw
	Stand   string   `json:"stand,omitempty"` // what the confirmer must find unchanged; the store fills it in
}

// Ask is an act that waits for its second person.
type Ask struct {
	ID     string    `json:"id"`
	Kind   Kind      `json:"kind"`
	Wish   Wish      `json:"-"`
	At     time.Time `json:"at"`
	Name   string    `json:"-"` // of who asked
	Mine   bool      `json:"-"`
	by     string
	device string
	seq    int
}

// Ask asks for an act of two people. It is tried as far as it can be, so that what is refused is refused at once. The newest of a kind
// counts. Errors: Missing, Forbidden, Conflict, Invalid.
func (s *Store) Ask(ctx context.Context, id string, k Kind, w Wish) error {
	reach, err := manages(ctx)
	if err != nil {
		return err
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		v, err := voteBy(ctx, tx, "id", id)
		if err != nil {
			return err
		}
		if err := apart(ctx, tx, id); err != nil {
			return err
		}
		w.Stand = ""
		a := &Ask{ID: newID(), Kind: k, Wish: w, by: audit.By(ctx).Account, device: audit.By(ctx).Device}
		if a.seq, _, err = stateOf(ctx, tx, id); err != nil {
			return err
		}
		if a.Wish.Stand, err = s.allowed(ctx, tx, v, a); err != nil {
			return err
		}
		text, err := json.Marshal(a.Wish)
		if err != nil {
			return fmt.Errorf("write ask: %w", err)
		}
		if _, err := tx.Exec(ctx, `INSERT INTO vote_ask (id, vote_id, kind, step_seq, wish, by_account, device, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			a.ID, id, string(k), a.seq, string(text), a.by, a.device, tx.Now.UnixMilli()); err != nil {
			return fmt.Errorf("add ask: %w", err)
		}
		tx.Touch(Topic)
		_, err = audit.Append(ctx, tx, audit.Entry{Verb: "vote.ask", Object: "vote:" + id, Scope: reach.Label(), Detail: "kind=" + string(k) + " ask=" + a.ID, Count: 1})
		return err
	})
}

// allowed says why a must not be asked for, or confirmed, as the vote stands; else what its confirmer must find unchanged.
func (s *Store) allowed(ctx context.Context, tx *db.Tx, v *Vote, a *Ask) (stand string, err error) {
	switch a.Kind {
	case AskFreeze:
		if _, err := v.State.Next(freeze); err != nil {
			return "", err
		}
		var seq int
		if err := tx.Row(ctx, `SELECT MAX(seq) FROM vote_draft WHERE vote_id = $1`, v.ID).Scan(&seq); err != nil {
			return "", fmt.Errorf("number draft: %w", err)
		}
		return fmt.Sprintf("draft=%d", seq), v.Draft.check(tx.Now)
	case AskAppoint:
		return "", mayAppoint(ctx, tx, v, a)
	case AskSeal:
		if _, err := v.State.Next(seal); err != nil {
			return "", err
		}
		p, err := prepare(ctx, tx, v)
		if err != nil {
			return "", err
		}
		return p.stand(), p.mayBegin(tx.Now)
	case AskCertify:
		return mayCertify(ctx, tx, v, a.Wish.Present)
	case AskCallOff:
		return "", mayCallOff(ctx, tx, v, a.Wish.Note)
	case AskWithdraw:
		return "", mayWithdraw(ctx, tx, v, a.Wish.Paper)
	}
	return "", errMissing()
}

// Confirm is the second person's word, and does what was asked for. Errors: Missing, Conflict when it does not wait any more or the vote
// has changed since, Forbidden unless the caller is another human at another device who was not brought in by the first, nor brought
// her in, and holds no part of the vote.
func (s *Store) Confirm(ctx context.Context, id, ask string) error {
	reach, err := confirms(ctx)
	if err != nil {
		return err
	}
	a, v, err := s.waiting(ctx, id, ask)
	if err != nil {
		return err
	}
	if a.Kind == AskSeal { // its archives are made before the transaction
		return s.seal(ctx, v, reach, a)
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		v, err := s.word(ctx, tx, id, a)
		if err != nil {
			return err
		}
		switch a.Kind {
		case AskFreeze:
			return freezeVote(ctx, tx, reach, v, a)
		case AskAppoint:
			return appoint(ctx, tx, reach, v, a)
		case AskCertify:
			return certifyVote(ctx, tx, reach, v, a)
		case AskCallOff:
			return callOffVote(ctx, tx, reach, v, a)
		case AskWithdraw:
			return withdraw(ctx, tx, id, a.Wish.Paper)
		}
		return errMissing()
	})
}

// waiting reads an ask that waits, and its vote.
func (s *Store) waiting(ctx context.Context, id, ask string) (a *Ask, v *Vote, err error) {
	a, err = db.InRead(ctx, s.d, func(tx *db.Tx) (*Ask, error) {
		if v, err = known(ctx, tx, id); err != nil {
			return nil, err
		}
		return askOf(ctx, tx, id, ask)
	})
	return a, v, err
}

// word notes the caller's word for a, if it may be given now, and returns the vote.
func (s *Store) word(ctx context.Context, tx *db.Tx, id string, a *Ask) (*Vote, error) {
	v, err := voteBy(ctx, tx, "id", id)
	if err != nil {
		return nil, err
	}
	if _, err := askOf(ctx, tx, id, a.ID); err != nil {
		return nil, err
	}
	if err := strangerTo(ctx, tx, a.by, a.device); err != nil {
		return nil, err
	}
	if err := apart(ctx, tx, id); err != nil {
		return nil, err
	}
	stand, err := s.allowed(ctx, tx, v, a)
	if err == nil && stand != a.Wish.Stand {
		err = fault.New(fault.Conflict, "vote.changed_meanwhile")
	}
	if err != nil {
		return nil, err
	}
	return v, addWord(ctx, tx, a.ID, "confirmed")
}

func addWord(ctx context.Context, tx *db.Tx, ask, word string) error {
	_, err := tx.Exec(ctx, `INSERT INTO vote_ask_word (ask_id, word, by_account, device, at) VALUES ($1, $2, $3, $4, $5)`,
		ask, word, audit.By(ctx).Account, audit.By(ctx).Device, tx.Now.UnixMilli())
	if db.IsUnique(err) {
		return fault.New(fault.Conflict, "vote.ask.over")
	}
	if err != nil {
		return fmt.Errorf("note word: %w", err)
	}
	tx.Touch(Topic)
	return nil
}

// Drop ends an ask without doing it: whoever asked takes it back, or whoever could confirm it does not. Errors: Missing, Conflict.
func (s *Store) Drop(ctx context.Context, id, ask string) error {
	_, officer := manages(ctx)
	reach, second := confirms(ctx)
	if officer != nil && second != nil {
		return second
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		a, err := askOf(ctx, tx, id, ask)
		if err != nil {
			return err
		}
		if err := addWord(ctx, tx, a.ID, "dropped"); err != nil {
			return err
		}
		_, err = audit.Append(ctx, tx, audit.Entry{Verb: "vote.ask_drop", Object: "vote:" + id, Scope: reach.Label(), Detail: "kind=" + string(a.Kind) + " ask=" + ask, Count: 1})
		return err
	})
}

// sqlAsks are the asks without a word, the newest of each kind, as long as the vote stands where it stood.
const sqlAsks = `SELECT a.id, a.kind, a.step_seq, a.wish, a.by_account, a.device, a.at, c.display FROM vote_ask a JOIN account c ON c.id = a.by_account
	WHERE a.vote_id = $1 AND NOT EXISTS (SELECT 1 FROM vote_ask_word w WHERE w.ask_id = a.id)
	AND NOT EXISTS (SELECT 1 FROM vote_ask n WHERE n.vote_id = a.vote_id AND n.kind = a.kind AND n.id > a.id)
	AND a.step_seq = (SELECT MAX(s.seq) FROM vote_step s WHERE s.vote_id = a.vote_id) ORDER BY a.id LIMIT 20`

func asksOf(ctx context.Context, tx *db.Tx, id string) ([]*Ask, error) {
	me := auth.By(ctx)
	all, err := db.All(ctx, tx, func(r *sql.Rows) (*Ask, error) {
		a := &Ask{}
		var wish string
		var at int64
		if err := r.Scan(&a.ID, &a.Kind, &a.seq, &wish, &a.by, &a.device, &at, &a.Name); err != nil {
			return nil, err
		}
		a.At, a.Mine = time.UnixMilli(at), me != nil && me.Account == a.by
		return a, json.Unmarshal([]byte(wish), &a.Wish)
	}, sqlAsks, id)
	if err != nil {
		return nil, fmt.Errorf("read asks: %w", err)
	}
	return all, nil
}

// askOf returns the ask if it waits. Errors: Conflict if not.
func askOf(ctx context.Context, tx *db.Tx, id, ask string) (*Ask, error) {
	all, err := asksOf(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(all, func(a *Ask) bool { return a.ID == ask }); i >= 0 {
		return all[i], nil
	}
	return nil, fault.New(fault.Conflict, "vote.ask.over")
}

// namesOf returns the names of those whom asks would appoint, by account.
func namesOf(ctx context.Context, tx *db.Tx, asks []*Ask) (map[string]string, error) {
	names := map[string]string{}
	for _, a := range asks {
		for _, account := range a.Wish.Crew {
			var name string
			if _, err := db.Found(tx.Row(ctx, `SELECT display FROM account WHERE id = $1`, account).Scan(&name)); err != nil {
				return nil, fmt.Errorf("read account: %w", err)
			}
			names[account] = name
		}
	}
	return names, nil
}
