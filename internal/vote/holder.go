// SPDX-License-Identifier: Apache-2.0

package vote

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// Holder is somebody whom a vote relies on: a trustee (Owner from 1) or the credential officer (Owner 0).
type Holder struct {
	Owner   int    `json:"owner"`
	Account string `json:"account"`
	Name    string `json:"name"`
	person  string
}

// credentialOfficer is the owner number of the one who makes the credentials.
const credentialOfficer = 0

const sqlHolders = `SELECT h.owner, h.account_id, a.display, a.person_id FROM vote_holder h JOIN account a ON a.id = h.account_id
	WHERE h.vote_id = $1 AND h.seq = (SELECT MAX(x.seq) FROM vote_holder x WHERE x.vote_id = h.vote_id AND x.owner = h.owner)
	ORDER BY h.owner LIMIT 100`

func holdersOf(ctx context.Context, tx *db.Tx, id string) ([]Holder, error) {
	all, err := db.All(ctx, tx, func(r *sql.Rows) (h Holder, err error) {
		return h, r.Scan(&h.Owner, &h.Account, &h.Name, &h.person)
	}, sqlHolders, id)
	if err != nil {
		return nil, fmt.Errorf("read holders: %w", err)
	}
	return all, nil
}

// ownerOf returns the number of the caller's key in vote id, -1 if she holds none, and whether she makes the credentials.
func ownerOf(ctx context.Context, tx *db.Tx, id string) (owner int, credentials bool, err error) {
	me := auth.By(ctx)
	owner = -1
	if me == nil {
		return owner, false, fault.New(fault.SignedOut, "auth.signed_out")
	}
	all, err := holdersOf(ctx, tx, id)
	for _, h := range all {
		switch {
		case h.Account != me.Account:
		case h.Owner == credentialOfficer:
			credentials = true
		default:
			owner = h.Owner
		}
	}
	return owner, credentials, err
}

// same tells whether two accounts are one person's.
func same(a, b Holder) bool { return a.Account == b.Account || a.person != "" && a.person == b.person }

// Appoint names the account that holds the key of an owner, or makes the credentials (owner 0), until keys or list are there. The
// credential officer is nobody who manages votes and no trustee: one who had the roll of credentials and the board in one hand could
// vote for whoever stays away. Errors: Missing, Invalid, Conflict.
func (s *Store) Appoint(ctx context.Context, id string, owner int, account string) error {
	reach, err := manages(ctx)
	if err != nil {
		return err
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		v, err := voteBy(ctx, tx, "id", id)
		if err != nil {
			return err
		}
		if v.State != Rolled || owner < 0 || owner > v.Draft.Trustees {
			return fault.New(fault.Conflict, "vote.holder.not_now")
		}
		h := Holder{Owner: owner, Account: account}
		var suspended int64
		ok, err := db.Found(tx.Row(ctx, `SELECT person_id, suspended_at FROM account WHERE id = $1`, account).Scan(&h.person, &suspended))
		if err != nil {
			return fmt.Errorf("read account: %w", err)
		}
		if !ok || suspended > 0 {
			return fault.Field("account", "vote.holder.no_account")
		}
		if err := mayHold(ctx, tx, s, id, h); err != nil {
			return err
		}
		if owner == credentialOfficer {
			if l, err := listOf(ctx, tx, id); err != nil || l.N > 0 {
				return firstError(err, fault.New(fault.Conflict, "vote.holder.not_now"))
			}
		} else if r, err := roundOf(ctx, tx, v); err != nil || len(r.messages) > 0 {
			return firstError(err, fault.New(fault.Conflict, "vote.holder.keys_begun"))
		}
		var seq int
		if err := tx.Row(ctx, `SELECT COALESCE(MAX(seq), 0) + 1 FROM vote_holder WHERE vote_id = $1 AND owner = $2`, id, owner).Scan(&seq); err != nil {
			return fmt.Errorf("number holder: %w", err)
		}
		_, err = tx.Exec(ctx, `INSERT INTO vote_holder (vote_id, owner, seq, account_id, by_account, at) VALUES ($1, $2, $3, $4, $5, $6)`,
			id, owner, seq, account, audit.By(ctx).Account, tx.Now.UnixMilli())
		if db.IsUnique(err) {
			return fault.New(fault.Conflict, "vote.changed_meanwhile")
		}
		if err != nil {
			return fmt.Errorf("appoint: %w", err)
		}
		tx.Touch(Topic)
		_, err = audit.Append(ctx, tx, audit.Entry{
			Verb: "vote.appoint", Object: "account:" + account, Scope: reach.Label(), Detail: fmt.Sprintf("vote=%s owner=%d", id, owner), Count: 1,
		})
		return err
	})
}

// mayHold says why h must not be appointed.
func mayHold(ctx context.Context, tx *db.Tx, s *Store, id string, h Holder) error {
	all, err := holdersOf(ctx, tx, id)
	if err != nil {
		return err
	}
	for _, other := range all {
		if other.Owner != h.Owner && same(other, h) {
			return fault.Field("account", "vote.holder.two_parts")
		}
	}
	if h.Owner != credentialOfficer {
		return nil
	}
	managers, err := db.All(ctx, tx, func(r *sql.Rows) (m Holder, err error) { return m, r.Scan(&m.Account, &m.person) },
		`SELECT DISTINCT a.id, a.person_id FROM account a WHERE a.id IN (SELECT by_account FROM vote_step WHERE vote_id = $1)
			OR a.id IN (SELECT by_account FROM vote_draft WHERE vote_id = $2)
			OR a.id IN (SELECT g.account_id FROM role_grant g WHERE g.role = 'officer' AND g.pending = 0 AND g.from_at <= $3 AND g.until_at > $4
				AND (g.ended_at = 0 OR g.ended_at > $5)) ORDER BY a.id LIMIT 1000`,
		id, id, tx.Now.UnixMilli(), tx.Now.UnixMilli(), tx.Now.UnixMilli())
	if err != nil {
		return fmt.Errorf("read officers: %w", err)
	}
	for _, m := range managers {
		if same(m, h) {
			return fault.Field("account", "vote.holder.officer")
		}
	}
	return nil
}

// apart returns an error if the caller makes the credentials of vote id: whatever role she was given since, she does not act on it.
func apart(ctx context.Context, tx *db.Tx, id string) error {
	_, credentials, err := ownerOf(ctx, tx, id)
	if err == nil && credentials {
		return fault.New(fault.Forbidden, "vote.holder.apart")
	}
	return err
}

// Candidate is an account that may be appointed.
type Candidate struct{ ID, Name string }

// Candidates returns the accounts that can hold a part of a vote, by name. The caller manages votes.
func (s *Store) Candidates(ctx context.Context) ([]Candidate, error) {
	if _, err := manages(ctx); err != nil {
		return nil, err
	}
	return db.InRead(ctx, s.d, func(tx *db.Tx) ([]Candidate, error) {
		all, err := db.All(ctx, tx, func(r *sql.Rows) (c Candidate, err error) { return c, r.Scan(&c.ID, &c.Name) },
			`SELECT id, display FROM account WHERE suspended_at = 0 ORDER BY display, id LIMIT 2000`)
		if err != nil {
			return nil, fmt.Errorf("read accounts: %w", err)
		}
		return all, nil
	})
}
