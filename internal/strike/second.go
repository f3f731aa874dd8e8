// SPDX-License-Identifier: Apache-2.0

package strike

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// sqlHuman reads who stands behind an account: the record that remains of its person, "" for none, and the account that made it.
// Each step of the walk up is one merge, by the key of person.
const sqlHuman = `WITH RECURSIVE up (id, into_id) AS (SELECT p.id, p.merged_into FROM person p JOIN account a ON a.person_id = p.id WHERE a.id = $1
	UNION SELECT p.id, p.merged_into FROM up JOIN person p ON p.id = up.into_id)
	SELECT COALESCE((SELECT id FROM up WHERE into_id = ''), a.person_id), a.created_by FROM account a WHERE a.id = $2`

// oneHuman tells whether two accounts may be one human's: they are one account, or of one person, whichever of her records they
// name. Nobody can tell who is behind an account without a person: it is not another human than the account that made it, or that
// it made.
func oneHuman(ctx context.Context, tx *db.Tx, x, y string) (bool, error) {
	if x == y {
		return true, nil
	}
	var person, maker [2]string
	for i, id := range []string{x, y} {
		if _, err := db.Found(tx.Row(ctx, sqlHuman, id, id).Scan(&person[i], &maker[i])); err != nil {
			return false, fmt.Errorf("compare people: %w", err)
		}
	}
	if person[0] == "" || person[1] == "" {
		return maker[0] == y || maker[1] == x, nil
	}
	return person[0] == person[1], nil
}

// sameHuman tells whether the account may be of whoever calls.
func sameHuman(ctx context.Context, tx *db.Tx, account string) (bool, error) {
	return oneHuman(ctx, tx, auth.By(ctx).Account, account)
}

// secondTo refuses whoever may not be the other one of two: she may be the first, or sits at the same device. Errors: Forbidden.
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

const (
	sqlRoles = `SELECT g.role FROM role_grant g JOIN account a ON a.id = g.account_id WHERE g.account_id = $1 AND a.suspended_at = 0
		AND g.pending = 0 AND g.from_at <= $2 AND g.until_at > $3 AND (g.ended_at = 0 OR g.ended_at > $4) ORDER BY g.role, g.id LIMIT 100`
	sqlSignedOut = `SELECT COUNT(*) FROM device WHERE id = $1 AND state = 'revoked'`
)

// stillMay tells whether a word that was said before still counts: its account is not suspended and holds the ability today, and
// the device on which it was said has not been signed out since.
func stillMay(ctx context.Context, tx *db.Tx, account, device string, a auth.Ability) (bool, error) {
	now, holds := tx.Now.UnixMilli(), false
	err := tx.Rows(ctx, sqlRoles, []any{account, now, now, now}, func(r *sql.Rows) error {
		var role auth.Role
		err := r.Scan(&role)
		holds = holds || role.Has(a)
		return err
	})
	if err != nil || !holds {
		return false, err
	}
	var out int
	if err := tx.Row(ctx, sqlSignedOut, device).Scan(&out); err != nil {
		return false, fmt.Errorf("read device: %w", err)
	}
	return out == 0, nil
}

// orFault returns err, or else a Forbidden with the sentence.
func orFault(err error, key string) error {
	if err != nil {
		return err
	}
	return fault.New(fault.Forbidden, key)
}
