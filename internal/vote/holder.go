// SPDX-License-Identifier: Apache-2.0

package vote

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

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
}

// credentialOfficer is the owner number of the one who makes the credentials.
const credentialOfficer = 0

const sqlHolders = `SELECT h.owner, h.account_id, a.display FROM vote_holder h JOIN account a ON a.id = h.account_id
	WHERE h.vote_id = $1 AND h.seq = (SELECT MAX(x.seq) FROM vote_holder x WHERE x.vote_id = h.vote_id AND x.owner = h.owner)
	ORDER BY h.owner LIMIT 100`

func holdersOf(ctx context.Context, tx *db.Tx, id string) ([]Holder, error) {
	all, err := db.All(ctx, tx, func(r *sql.Rows) (h Holder, err error) {
		return h, r.Scan(&h.Owner, &h.Account, &h.Name)
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

// mayAppoint says why the crew that a asks for cannot hold the parts of v. Each is another human; none of them manages votes or had a
// hand in this one. One who had the roll of credentials and the board in one hand could vote for whoever stays away. What is in use
// stays: a trustee whose key generation has begun, a credential officer whose list is in. Errors: Invalid, Conflict.
func mayAppoint(ctx context.Context, tx *db.Tx, v *Vote, a *Ask) error {
	if v.State != Rolled {
		return fault.New(fault.Conflict, "vote.holder.not_now")
	}
	if len(a.Wish.Crew) != v.Draft.Trustees+1 {
		return fault.Field("account", "vote.holder.all")
	}
	hands, err := handsOf(ctx, tx, v.ID)
	if err != nil {
		return err
	}
	crew := make([]human, len(a.Wish.Crew))
	for owner, account := range a.Wish.Crew {
		h, ok, err := humanOf(ctx, tx, account)
		switch {
		case err != nil:
			return err
		case !ok || h.suspended:
			return fault.Field("account", "vote.holder.no_account")
		case slices.ContainsFunc(crew[:owner], h.is):
			return fault.Field("account", "vote.holder.two_parts")
		case slices.ContainsFunc(hands, h.is):
			return fault.Field("account", "vote.holder.officer")
		}
		crew[owner] = h
	}
	changed, err := changes(ctx, tx, v.ID, a.Wish.Crew)
	if err != nil {
		return err
	}
	for _, owner := range changed {
		if owner == credentialOfficer {
			if l, err := listOf(ctx, tx, v.ID); err != nil || l.N > 0 {
				return firstError(err, fault.New(fault.Conflict, "vote.holder.not_now"))
			}
		} else if r, err := roundOf(ctx, tx, v); err != nil || len(r.messages) > 0 {
			return firstError(err, fault.New(fault.Conflict, "vote.holder.keys_begun"))
		}
	}
	return nil
}

// changes returns the owners of whom crew has another account than the vote.
func changes(ctx context.Context, tx *db.Tx, id string, crew []string) (owners []int, err error) {
	now, err := holdersOf(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	for owner, account := range crew {
		if !slices.ContainsFunc(now, func(h Holder) bool { return h.Owner == owner && h.Account == account }) {
			owners = append(owners, owner)
		}
	}
	return owners, nil
}

// handsOf returns who manages votes, and whoever drafted, asked or confirmed anything of vote id.
func handsOf(ctx context.Context, tx *db.Tx, id string) ([]human, error) {
	now := tx.Now.UnixMilli()
	all, err := db.All(ctx, tx, func(r *sql.Rows) (h human, err error) {
		var suspended int64
		return h, r.Scan(&h.account, &h.person, &h.maker, &h.makerPerson, &suspended)
	}, sqlHuman+`WHERE a.id IN (SELECT by_account FROM vote_step WHERE vote_id = $1)
		OR a.id IN (SELECT by_account FROM vote_draft WHERE vote_id = $2)
		OR a.id IN (SELECT by_account FROM vote_ask WHERE vote_id = $3)
		OR a.id IN (SELECT w.by_account FROM vote_ask_word w JOIN vote_ask k ON k.id = w.ask_id WHERE k.vote_id = $4)
		OR a.id IN (SELECT g.account_id FROM role_grant g WHERE g.role = 'officer' AND g.pending = 0 AND g.from_at <= $5 AND g.until_at > $6
			AND (g.ended_at = 0 OR g.ended_at > $7)) ORDER BY a.id LIMIT 1000`, id, id, id, id, now, now, now)
	if err != nil {
		return nil, fmt.Errorf("read officers: %w", err)
	}
	return all, nil
}

// appoint writes the crew that two people agreed on. The second of them, who has now had a hand in it, is none of it.
func appoint(ctx context.Context, tx *db.Tx, reach auth.Reach, v *Vote, a *Ask) error {
	me, _, err := humanOf(ctx, tx, audit.By(ctx).Account)
	if err != nil {
		return err
	}
	changed, err := changes(ctx, tx, v.ID, a.Wish.Crew)
	if err != nil {
		return err
	}
	for _, account := range a.Wish.Crew {
		if h, _, err := humanOf(ctx, tx, account); err != nil || h.is(me) {
			return firstError(err, fault.New(fault.Forbidden, "vote.holder.apart"))
		}
	}
	for _, owner := range changed {
		account := a.Wish.Crew[owner]
		var seq int
		if err := tx.Row(ctx, `SELECT COALESCE(MAX(seq), 0) + 1 FROM vote_holder WHERE vote_id = $1 AND owner = $2`, v.ID, owner).Scan(&seq); err != nil {
			return fmt.Errorf("number holder: %w", err)
		}
		_, err = tx.Exec(ctx, `INSERT INTO vote_holder (vote_id, owner, seq, account_id, by_account, at) VALUES ($1, $2, $3, $4, $5, $6)`,
			v.ID, owner, seq, account, audit.By(ctx).Account, tx.Now.UnixMilli())
		if db.IsUnique(err) {
			return fault.New(fault.Conflict, "vote.changed_meanwhile")
		}
		if err != nil {
			return fmt.Errorf("appoint: %w", err)
		}
		if _, err = audit.Append(ctx, tx, audit.Entry{
			Verb: "vote.appoint", Object: "account:" + account, Scope: reach.Label(), Detail: fmt.Sprintf("vote=%s owner=%d ask=%s", v.ID, owner, a.ID), Count: 1,
		}); err != nil {
			return err
		}
	}
	return nil
}

// apart returns an error if the caller, as a human, holds a part of vote id: whatever role she was given since, she does not act on it.
func apart(ctx context.Context, tx *db.Tx, id string) error {
	me, _, err := humanOf(ctx, tx, audit.By(ctx).Account)
	if err != nil {
		return err
	}
	all, err := holdersOf(ctx, tx, id)
	if err != nil {
		return err
	}
	for _, one := range all {
		h, _, err := humanOf(ctx, tx, one.Account)
		if err != nil {
			return err
		}
		if h.is(me) {
			return fault.New(fault.Forbidden, "vote.holder.apart")
		}
	}
	return nil
}

// Candidate is an account that may be appointed.
type Candidate struct{ ID, Name string }

// Candidates returns the accounts that can hold a part of vote id, by name. The caller manages votes; the read is in the audit before it
// returns.
func (s *Store) Candidates(ctx context.Context, id string) ([]Candidate, error) {
	reach, err := manages(ctx)
	if err != nil {
		return nil, err
	}
	all, err := db.InRead(ctx, s.d, func(tx *db.Tx) ([]Candidate, error) {
		all, err := db.All(ctx, tx, func(r *sql.Rows) (c Candidate, err error) { return c, r.Scan(&c.ID, &c.Name) },
			`SELECT id, display FROM account WHERE suspended_at = 0 ORDER BY display, id LIMIT 2000`)
		if err != nil {
			return nil, fmt.Errorf("read accounts: %w", err)
		}
		return all, nil
	})
	if err != nil {
		return nil, err
	}
	return all, s.log.Read(ctx, audit.Entry{Verb: "vote.candidates", Object: "vote:" + id, Scope: reach.Label(), Count: len(all)})
}
