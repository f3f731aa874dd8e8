// SPDX-License-Identifier: Apache-2.0

package strike

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
)

// holdFor is how long one person's Hold lasts.
const holdFor = 30 * time.Minute

// Hold says that outgoing campaign mail stands still.
type Hold struct {
	ID        string
	By, Name  string
	Device    string
	At        time.Time
	Until     time.Time // zero: until it is released
	Confirmed string    // shown name of the second person, "" for none
}

const sqlHold = `SELECT h.id, h.by_account, COALESCE(a.display, ''), h.by_device, h.at, h.until_at, h.confirmed_by, COALESCE(b.display, '')
	FROM strike_hold h LEFT JOIN account a ON a.id = h.by_account LEFT JOIN account b ON b.id = h.confirmed_by
	WHERE h.released_at = 0 AND (h.confirmed_by <> '' OR h.until_at > $1) ORDER BY h.at DESC, h.id DESC LIMIT 1`

// Held returns the Hold in force, nil for none. Rooms that send ask it in the transaction in which they send.
func (s *Store) Held(ctx context.Context, tx *db.Tx) (*Hold, error) {
	all, err := db.All(ctx, tx, func(r *sql.Rows) (*Hold, error) {
		var h Hold
		var at, until int64
		var second string
		err := r.Scan(&h.ID, &h.By, &h.Name, &h.Device, &at, &until, &second, &h.Confirmed)
		h.At, h.Until = time.UnixMilli(at), time.UnixMilli(until)
		if second != "" {
			h.Until = time.Time{}
		}
		return &h, err
	}, sqlHold, tx.Now.UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("read hold: %w", err)
	}
	if len(all) == 0 {
		return nil, nil //nolint:nilnil // nothing is held
	}
	return all[0], nil
}

// Stop is one committee member's Hold: outgoing campaign mail stops at once, for half an hour or until a second person confirms
// or releases it. The state of no action changes. Errors: Conflict while one is in force.
func (s *Store) Stop(ctx context.Context) error {
	return s.write(ctx, func(tx *db.Tx, _ *book) error {
		h, err := s.Held(ctx, tx)
		if err != nil || h != nil {
			return orConflict(err, "strike.hold.already")
		}
		id := newID()
		err = tx.Insert(ctx, "strike_hold", []string{"id", "by_account", "by_device", "at", "until_at"}, [][]any{{
			id, auth.By(ctx).Account, auth.By(ctx).Device, tx.Now.UnixMilli(), tx.Now.Add(holdFor).UnixMilli(),
		}})
		if err != nil {
			return fmt.Errorf("hold: %w", err)
		}
		return s.done(ctx, tx, audit.Entry{Verb: "strike.hold", Object: "hold:" + id})
	})
}

// Keep is the second person's word: the Hold lasts until somebody releases it. Errors: Forbidden for the one who pressed it,
// Conflict when none is in force.
func (s *Store) Keep(ctx context.Context, id string) error {
	return s.secondHold(ctx, id, "strike.hold_keep", func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE strike_hold SET confirmed_by = $1, confirmed_at = $2 WHERE id = $3`, auth.By(ctx).Account, tx.Now.UnixMilli(), id)
		return err
	})
}

// Release ends a Hold before its time; it takes a second person. Errors: Forbidden for the one who pressed it, Conflict when none
// is in force.
func (s *Store) Release(ctx context.Context, id string) error {
	return s.secondHold(ctx, id, "strike.release", func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE strike_hold SET released_by = $1, released_at = $2 WHERE id = $3`, auth.By(ctx).Account, tx.Now.UnixMilli(), id)
		return err
	})
}

func (s *Store) secondHold(ctx context.Context, id, verb string, f func(tx *db.Tx) error) error {
	if _, err := auth.Allowed(ctx, mayConfirm); err != nil {
		return err
	}
	return s.locked(ctx, func(tx *db.Tx, _ *book) error {
		h, err := s.Held(ctx, tx)
		if err != nil || h == nil || h.ID != id {
			return orConflict(err, "strike.hold.none")
		}
		if err := secondTo(ctx, tx, h.By, h.Device); err != nil {
			return err
		}
		if err := f(tx); err != nil {
			return fmt.Errorf("set hold: %w", err)
		}
		return s.done(ctx, tx, audit.Entry{Verb: verb, Object: "hold:" + id})
	})
}
