// SPDX-License-Identifier: Apache-2.0

package vote

import (
	"context"
	"fmt"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// mayConfirm is the ability of a second person: it moves nothing by itself.
const mayConfirm auth.Ability = "vote.confirm"

// confirms returns an error unless the caller may be a second person, for the whole unit.
func confirms(ctx context.Context) (auth.Reach, error) {
	r, err := auth.Allowed(ctx, mayConfirm)
	if err == nil && !r.All {
		err = fault.New(fault.Forbidden, "auth.not_your_role")
	}
	return r, err
}

// human is an account as far as it tells who its owner is. A record that was merged counts as the one that it was joined to.
type human struct {
	account, person    string
	maker, makerPerson string // of the account, by invitation; "" for one made at the console
	suspended          bool
}

const sqlHuman = `SELECT a.id, COALESCE(NULLIF(p.merged_into, ''), a.person_id), a.created_by,
	COALESCE(NULLIF(mp.merged_into, ''), m.person_id, ''), a.suspended_at FROM account a
	LEFT JOIN person p ON p.id = a.person_id LEFT JOIN account m ON m.id = a.created_by LEFT JOIN person mp ON mp.id = m.person_id `

func humanOf(ctx context.Context, tx *db.Tx, account string) (h human, ok bool, err error) {
	var suspended int64
	ok, err = db.Found(tx.Row(ctx, sqlHuman+`WHERE a.id = $1`, account).Scan(&h.account, &h.person, &h.maker, &h.makerPerson, &suspended))
	if err != nil {
		return h, false, fmt.Errorf("read account: %w", err)
	}
	h.suspended = suspended > 0
	return h, ok, nil
}

// is tells whether two accounts are one person's.
func (h human) is(o human) bool {
	return h.account == o.account || h.person != "" && h.person == o.person
}

// made tells whether h brought o in. Whoever did may hold both in one hand, whichever of the two asks and confirms.
func (h human) made(o human) bool {
	return o.maker != "" && o.maker == h.account || o.makerPerson != "" && o.makerPerson == h.person
}

// secondTo refuses a caller who may not be the other one of two: she is the first, or sits at the same device. Errors: Forbidden.
func secondTo(ctx context.Context, tx *db.Tx, account, device string) (first, me human, err error) {
	caller := auth.By(ctx)
	if me, _, err = humanOf(ctx, tx, caller.Account); err != nil {
		return first, me, err
	}
	if first, _, err = humanOf(ctx, tx, account); err != nil {
		return first, me, err
	}
	switch {
	case me.is(first):
		err = fault.New(fault.Forbidden, "vote.second.self")
	case device != "" && device == caller.Device:
		err = fault.New(fault.Forbidden, "vote.second.device")
	}
	return first, me, err
}

// strangerTo is secondTo for two officers: neither may have brought the other in. Errors: Forbidden.
func strangerTo(ctx context.Context, tx *db.Tx, account, device string) error {
	first, me, err := secondTo(ctx, tx, account, device)
	if err == nil && (first.made(me) || me.made(first)) {
		err = fault.New(fault.Forbidden, "vote.second.invited")
	}
	return err
}
