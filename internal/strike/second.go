// SPDX-License-Identifier: Apache-2.0

package strike

import (
	"context"
	"fmt"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// sameHuman tells whether the account belongs to whoever calls: it is hers, or another one of the same person.
func sameHuman(ctx context.Context, tx *db.Tx, account string) (bool, error) {
	me := auth.By(ctx)
	if me.Account == account {
		return true, nil
	}
	if me.Person == "" {
		return false, nil
	}
	var n int
	err := tx.Row(ctx, `SELECT COUNT(*) FROM account WHERE id = $1 AND person_id = $2`, account, me.Person).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("compare people: %w", err)
	}
	return n > 0, nil
}

// secondTo refuses whoever may not be the other one of two: she is the first, or sits at the same device. Errors: Forbidden.
func secondTo(ctx context.Context, tx *db.Tx, account, device string) error {
	same, err := sameHuman(ctx, tx, account)
	if err != nil {
		return err
	}
	if same || device != "" && device == auth.By(ctx).Device {
		return fault.New(fault.Forbidden, "strike.second")
	}
	return nil
}

// orFault returns err, or else a Forbidden with the sentence.
func orFault(err error, key string) error {
	if err != nil {
		return err
	}
	return fault.New(fault.Forbidden, key)
}
