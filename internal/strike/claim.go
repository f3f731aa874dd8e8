// SPDX-License-Identifier: Apache-2.0

package strike

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/notice"
)

const sqlClaims = `SELECT id, strike_id, source, printed_on, says FROM strike_claim ORDER BY at, id LIMIT 500`

func claims(ctx context.Context, tx *db.Tx) ([]Claim, error) {
	all, err := db.All(ctx, tx, func(r *sql.Rows) (c Claim, err error) {
		var on, says string
		if err := r.Scan(&c.ID, &c.Action, &c.Source, &on, &says); err != nil {
			return c, err
		}
		if c.On, err = notice.ParseDay(on); err != nil {
			return c, err
		}
		c.Says, err = notice.ParseDay(says)
		return c, err
	}, sqlClaims)
	if err != nil {
		return nil, fmt.Errorf("read claims: %w", err)
	}
	return all, nil
}

// Hear records what somebody printed about the day of an action. It is shown beside the stated start and moves nothing. Errors:
// Missing, Invalid by field.
func (s *Store) Hear(ctx context.Context, action, source string, on, says notice.Day) error {
	return s.write(ctx, func(tx *db.Tx, b *book) error {
		if _, err := b.action(action); err != nil {
			return err
		}
		if source == "" || len(source) > titleMost {
			return fault.Field("source", "strike.claim.source")
		}
		err := tx.Insert(ctx, "strike_claim", []string{"id", "strike_id", "source", "printed_on", "says", "by_account", "at"}, [][]any{{
			newID(), action, source, on.String(), says.String(), audit.By(ctx).Account, tx.Now.UnixMilli(),
		}})
		if err != nil {
			return fmt.Errorf("record claim: %w", err)
		}
		return s.done(ctx, tx, audit.Entry{Verb: "strike.claim", Object: "strike:" + action})
	})
}
