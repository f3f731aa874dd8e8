// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"context"
	"fmt"
	"slices"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// Suspend shuts an account out at its next request and signs all its devices out; Resume lets it in again, by a new link.
// Errors: Missing, Forbidden when it holds a role that the caller could not give or reaches further than she does, Conflict for
// the last officer, and for the return of somebody who is not in the unit.
func (s *Store) Suspend(ctx context.Context, account string) error {
	return s.change(ctx, account, func(tx *db.Tx, a holderRow) error { return shutOut(ctx, tx, a, "") })
}

// Resume takes Suspend back.
func (s *Store) Resume(ctx context.Context, account string) error {
	return s.change(ctx, account, func(tx *db.Tx, a holderRow) error {
		if a.Person != "" {
			if _, err := s.one(ctx, tx, Reach{All: true}, a.Person); fault.CodeOf(err) == fault.Missing {
				return fault.New(fault.Conflict, "auth.not_in_unit")
			} else if err != nil {
				return err
			}
		}
		if _, err := tx.Exec(ctx, `UPDATE account SET suspended_at = 0 WHERE id = $1`, a.ID); err != nil {
			return fmt.Errorf("resume account: %w", err)
		}
		_, err := audit.Append(ctx, tx, audit.Entry{Verb: "account.resume", Object: "account:" + a.ID, Count: 1})
		return err
	})
}

// change runs act on the account if the caller may handle all that it holds.
func (s *Store) change(ctx context.Context, account string, act func(*db.Tx, holderRow) error) error {
	reach, err := Allowed(ctx, GrantManage)
	if err != nil {
		return err
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		a, err := accountIn(ctx, tx, reach, account)
		if err != nil {
			return err
		}
		theirs := &Identity{Account: account}
		if err := loadGrants(ctx, tx, theirs); err != nil {
			return err
		}
		for _, g := range theirs.Grants {
			if !By(ctx).mayHandle(g.Role) {
				return fault.New(fault.Forbidden, "auth.not_yours_to_end")
			}
		}
		if err := s.spans(ctx, tx, reach, theirs.Grants); err != nil {
			return err
		}
		return act(tx, a)
	})
}

// shutOut suspends the account and signs its devices out. Errors: Conflict for the last officer.
func shutOut(ctx context.Context, tx *db.Tx, a holderRow, why string) error {
	theirs := &Identity{Account: a.ID}
	if err := loadGrants(ctx, tx, theirs); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE account SET suspended_at = $1 WHERE id = $2`, tx.Now.UnixMilli(), a.ID); err != nil {
		return fmt.Errorf("suspend account: %w", err)
	}
	if theirs.isOfficer() {
		if err := someOfficer(ctx, tx); err != nil {
			return err
		}
	}
	if _, err := revokeOthers(ctx, tx, a.ID, ""); err != nil {
		return err
	}
	_, err := audit.Append(ctx, tx, audit.Entry{Verb: "account.suspend", Object: "account:" + a.ID, Detail: why, Subjects: personOf(a.Person), Count: 1})
	return err
}

// SuspendPeople shuts out the accounts of people who left the unit, within the transaction that took them out: supervisors never
// hold one. Nobody is asked, since the roster decides. Errors: Conflict when the last officer would be among them.
func (s *Store) SuspendPeople(ctx context.Context, tx *db.Tx, people []string) error {
	for some := range slices.Chunk(people, 500) { // an engine takes some thousands of parameters
		var args db.Args
		query := holderColumns + "a.suspended_at = 0 AND a.person_id <> '' AND a.person_id IN " + args.In(some) + " ORDER BY a.id"
		all, err := db.All(ctx, tx, scanHolder, query, args...)
		if err != nil {
			return fmt.Errorf("read accounts of people: %w", err)
		}
		for _, a := range all {
			if err := shutOut(ctx, tx, a, "why=unit_status"); err != nil {
				return err
			}
		}
	}
	return nil
}
