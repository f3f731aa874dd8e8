// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"context"
	"fmt"
	"slices"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// takesTwo tells whether giving g is an act of two people: the whole unit, files of many people, and at whatever scope a role
// that is made for the whole unit and reads people, saves lists or gives roles. A narrow one is the first step to a wide one.
func (g *Grant) takesTwo() bool {
	powers := []Ability{PersonRead, Export, GrantManage}
	return g.Scope == Unit || g.MayExport || g.Role.Widest() == Unit && slices.ContainsFunc(powers, g.Role.Has)
}

// is tells whether the account is the identity's own, or another one of the same human.
func (id *Identity) is(account, person string) bool {
	return account == id.Account || person != "" && person == id.Person
}

// maySecond says why the identity, whose account maker made, may not confirm g. One person is never both sides: not the one who
// asked, nor the one who gets it, nor somebody whom the asker brought in, who may be herself under another name. Errors:
// Forbidden.
func (id *Identity) maySecond(g listedGrant, maker string) error {
	switch {
	case !id.isOfficer():
		return fault.New(fault.Forbidden, "auth.second_officer")
	case id.is(g.givenBy, g.giverPerson):
		return fault.New(fault.Forbidden, "auth.second_person")
	case id.is(g.Account, g.person):
		return fault.New(fault.Forbidden, "auth.second_own")
	case maker != "" && maker == g.givenBy:
		return fault.New(fault.Forbidden, "auth.second_invited", "Name", g.giver)
	}
	return nil
}

// makerOf returns the account that made this one, by invitation; "" for the first.
func makerOf(ctx context.Context, tx *db.Tx, account string) (maker string, err error) {
	if _, err = db.Found(tx.Row(ctx, `SELECT created_by FROM account WHERE id = $1`, account).Scan(&maker)); err != nil {
		return "", fmt.Errorf("read maker of account: %w", err)
	}
	return maker, nil
}

// spans refuses what is done to somebody whose grants reach further than the caller's right to manage them: who works at a
// worksite may lead the whole unit. An officer's reaches everything. Errors: Forbidden.
func (s *Store) spans(ctx context.Context, tx *db.Tx, reach Reach, grants []Grant) error {
	places, err := s.maps(ctx, tx)
	if err != nil {
		return err
	}
	for _, g := range grants {
		ok, err := reach.covers(ctx, tx, places, g.Scope, g.ScopeID)
		if err != nil {
			return err
		}
		if !ok {
			return fault.New(fault.Forbidden, "auth.not_yours_to_end")
		}
	}
	return nil
}
