// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"context"
	"fmt"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/db"
)

// invite makes a code for a person within the caller's reach: ten minutes, one use, for her alone. Errors: Missing.
func (s *Store) invite(ctx context.Context, within Reach, person string) (string, error) {
	code := newInvitationCode()
	return code, db.Do(ctx, s.d, func(tx *db.Tx) error {
		p, err := s.one(ctx, tx, within, person)
		if err != nil {
			return err
		}
		err = keepCode(ctx, tx, code, oneTime{
			Kind: kindInvitation, Person: p.ID, CreatedBy: audit.By(ctx).Account,
			Expires: tx.Now.Add(invitationLife),
		})
		if err != nil {
			return err
		}
		_, err = audit.Append(ctx, tx, audit.Entry{
			Verb: "invitation.make", Object: "person:" + p.ID, Scope: within.Label(),
			Subjects: []string{p.ID}, Count: 1,
		})
		return err
	})
}

// invitation is a live code with whom it is for and from.
type invitation struct {
	Person Person
	From   string // who invited
	hash   string
}

// invitation returns the live invitation of a code. Errors: Missing for every other.
func (s *Store) invitation(ctx context.Context, code string) (invitation, error) {
	return db.InRead(ctx, s.d, func(tx *db.Tx) (invitation, error) {
		inv := invitation{hash: hashCode(plainCode(code))}
		o, ok, err := findCode(ctx, tx, kindInvitation, inv.hash)
		if err != nil {
			return inv, err
		}
		if !ok || !o.live(tx.Now) {
			return inv, errNoInvitation
		}
		if inv.Person, err = s.one(ctx, tx, Reach{All: true}, o.Person); err != nil {
			return inv, err
		}
		_, err = db.Found(tx.Row(ctx, `SELECT display FROM account WHERE id = $1`, o.CreatedBy).Scan(&inv.From))
		return inv, err
	})
}

// mailJoin sends the link that makes the account. Somebody who has an account already is pairing another phone: her link goes to
// the address on file or nowhere, so that an invitation never moves an account to somebody else's mailbox.
func (s *Store) mailJoin(ctx context.Context, origin, hash, address, locale string) error {
	code := newLinkCode()
	send, err := db.InTx(ctx, s.d, func(tx *db.Tx) (bool, error) {
		o, ok, err := findCode(ctx, tx, kindInvitation, hash)
		if err != nil || !ok || !o.live(tx.Now) {
			return false, err
		}
		link := oneTime{
			Kind: kindLink, Person: o.Person, Address: address, CreatedBy: o.CreatedBy,
			Data: jsonOf(invited{Invitation: hash, Locale: locale}), Expires: tx.Now.Add(invitationLife),
		}
		var email string
		var suspended int64
		err = tx.Row(ctx, `SELECT id, email, suspended_at FROM account WHERE person_id = $1 ORDER BY id LIMIT 1`, o.Person).
			Scan(&link.Account, &email, &suspended)
		if has, err := db.Found(err); err != nil || has && (email != address || suspended > 0) {
			return false, err
		}
		return true, keepCode(ctx, tx, code, link)
	})
	if err != nil || !send {
		return err
	}
	if err := s.post(ctx, locale, address, origin+linkPath+code, invitationLife); err != nil {
		return fmt.Errorf("link of an invitation: %w", err)
	}
	return nil
}
