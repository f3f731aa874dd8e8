// SPDX-License-Identifier: Apache-2.0

package offline

import (
	"context"
	"fmt"
	"time"

	"github.com/tenday/tenday/internal/db"
)

// How long the package keeps what it need not: policy, to be confirmed by counsel. An id is remembered longer than any phone keeps
// its queue; past that the fact itself, which bears the same id, is there to recognize it by.
const (
	keepEventDays   = 400
	keepSeenDays    = 30  // refused, and put away by its author
	keepRefusedDays = 180 // refused, and never looked at
)

// RetentionTables are those that Purge deletes from.
var RetentionTables = []string{"sync_event", "sync_refused"}

// past are the conditions under which a row is past its date, by table.
func past(tx *db.Tx) map[string]struct {
	where string
	args  []any
} {
	ago := func(days int) int64 { return tx.Now.Add(-time.Duration(days) * 24 * time.Hour).UnixMilli() }
	return map[string]struct {
		where string
		args  []any
	}{
		"sync_event":   {` WHERE received_at < $1`, []any{ago(keepEventDays)}},
		"sync_refused": {` WHERE seen_at > 0 AND seen_at < $1 OR refused_at < $2`, []any{ago(keepSeenDays), ago(keepRefusedDays)}},
	}
}

// Expired counts what Purge would delete.
func Expired(ctx context.Context, tx *db.Tx) (int, error) {
	sum := 0
	for table, p := range past(tx) {
		var n int
		if err := tx.Row(ctx, `SELECT COUNT(*) FROM `+table+p.where, p.args...).Scan(&n); err != nil {
			return 0, fmt.Errorf("count old rows of %s: %w", table, err)
		}
		sum += n
	}
	return sum, nil
}

// Purge deletes what is past its date: ids of events, and what was not accepted, with what it said.
func Purge(ctx context.Context, tx *db.Tx) (int, error) {
	sum := 0
	for table, p := range past(tx) {
		n, err := tx.ExecN(ctx, `DELETE FROM `+table+p.where, p.args...)
		if err != nil {
			return 0, fmt.Errorf("delete old rows of %s: %w", table, err)
		}
		sum += n
	}
	return sum, nil
}
