// SPDX-License-Identifier: Apache-2.0

package offline

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// By the index of author and seen_at; nobody has hundreds.
const sqlRefused = `SELECT event_id, kind, at, fault_key, fault_args, CASE WHEN LENGTH(data) > $1 THEN '' ELSE data END FROM sync_refused
	WHERE account_id = $2 AND seen_at = 0 ORDER BY at DESC, event_id LIMIT 200`

// Refused returns what of the caller's was not accepted and she has not put away, the newest first. Errors: SignedOut.
func (s *Store) Refused(ctx context.Context) ([]Refusal, error) {
	who := auth.By(ctx)
	if who == nil {
		return nil, fault.New(fault.SignedOut, "auth.signed_out")
	}
	all, err := db.InRead(ctx, s.d, func(tx *db.Tx) ([]Refusal, error) {
		return db.All(ctx, tx, func(rows *sql.Rows) (Refusal, error) {
			var r Refusal
			var args, data string
			if err := rows.Scan(&r.ID, &r.Kind, &r.At, &r.Key, &args, &data); err != nil {
				return r, err
			}
			if json.Valid([]byte(data)) { // a box that did not open is none
				r.Data = json.RawMessage(data)
			}
			return r, json.Unmarshal([]byte(args), &r.Args)
		}, sqlRefused, longestData, who.Account)
	})
	if err != nil {
		return nil, fmt.Errorf("read refused events: %w", err)
	}
	return all, nil
}

// Seen puts a refused event away; it stays on file. Errors: Missing, also for somebody else's.
func (s *Store) Seen(ctx context.Context, id string) error {
	who := auth.By(ctx)
	if who == nil {
		return fault.New(fault.SignedOut, "auth.signed_out")
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		n, err := tx.ExecN(ctx, `UPDATE sync_refused SET seen_at = $1 WHERE event_id = $2 AND account_id = $3`,
			tx.Now.UnixMilli(), id, who.Account)
		if err != nil {
			return fmt.Errorf("put refused event away: %w", err)
		}
		if n == 0 {
			return fault.New(fault.Missing, "offline.no_refusal")
		}
		return nil
	})
}

// reread fills r with why the event was refused when it came before.
func (t *taking) reread(ctx context.Context, tx *db.Tx, e Sent, r *Refusal) error {
	var args string
	err := tx.Row(ctx, `SELECT at, fault_key, fault_args FROM sync_refused
		WHERE event_id = $1 AND account_id = $2 AND digest = $3`,
		e.ID, t.who.Account, digest(e)).Scan(&r.At, &r.Key, &args)
	if ok, problem := db.Found(err); !ok && problem == nil { // past its date, and deleted
		r.Key = "offline.forgotten"
		return nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(args), &r.Args)
	}
	if err != nil {
		return fmt.Errorf("read refusal: %w", err)
	}
	return nil
}
