// SPDX-License-Identifier: Apache-2.0

package line

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/suppress"
)

// WallLink makes the address of a screen on a wall, which ends at a set time. Its token is told once.
func (s *Store) WallLink(ctx context.Context, strikeID string, until time.Time) (token string, err error) {
	reach, err := auth.Allowed(ctx, mayManage)
	if err != nil {
		return "", err
	}
	if !reach.All {
		return "", missing()
	}
	var raw [16]byte
	_, _ = rand.Read(raw[:]) // never fails
	token = base64.RawURLEncoding.EncodeToString(raw[:])
	return token, db.Do(ctx, s.d, func(tx *db.Tx) error {
		if !until.After(tx.Now) || until.After(tx.Now.AddDate(0, 0, 14)) {
			return fault.Field("until", "line.wall_until")
		}
		id := newID()
		_, err := tx.Exec(ctx, `INSERT INTO wall_link (id, token_sha256, strike_id, until_at, by_account, at) VALUES ($1, $2, $3, $4, $5, $6)`,
			id, hashOf(token), strikeID, until.UnixMilli(), audit.By(ctx).Account, tx.Now.UnixMilli())
		if err != nil {
			return fmt.Errorf("make wall link: %w", err)
		}
		return s.done(ctx, tx, audit.Entry{Verb: "line.wall", Object: "wall:" + id})
	})
}

func hashOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// Link is a wall link as the coordinator sees it.
type Link struct {
	ID    string
	Until time.Time
}

// Links are those that still work, the newest first, for the coordinator of all lines.
func (s *Store) Links(ctx context.Context) ([]Link, error) {
	reach, err := auth.Allowed(ctx, mayManage)
	if err != nil {
		return nil, err
	}
	if !reach.All {
		return nil, missing()
	}
	return db.InRead(ctx, s.d, func(tx *db.Tx) ([]Link, error) {
		return db.All(ctx, tx, func(r *sql.Rows) (l Link, err error) {
			var until int64
			err = r.Scan(&l.ID, &until)
			l.Until = time.UnixMilli(until)
			return l, err
		}, `SELECT id, until_at FROM wall_link WHERE revoked_at = 0 AND until_at > $1 ORDER BY at DESC, id LIMIT 50`, tx.Now.UnixMilli())
	})
}

// RevokeWall ends a wall link at once.
func (s *Store) RevokeWall(ctx context.Context, id string) error {
	reach, err := auth.Allowed(ctx, mayManage)
	if err != nil {
		return err
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		n := 0
		if reach.All {
			if n, err = tx.ExecN(ctx, `UPDATE wall_link SET revoked_at = $1 WHERE id = $2 AND revoked_at = 0`, tx.Now.UnixMilli(), id); err != nil {
				return fmt.Errorf("revoke wall link: %w", err)
			}
		}
		if n == 0 {
			return missing()
		}
		return s.done(ctx, tx, audit.Entry{Verb: "line.wall_off", Object: "wall:" + id})
	})
}

// Few and Hidden stand on the wall for a count of one line's people: one that is less than suppress.K, and one from which such a count would follow. Whoever sees
// the wall may not see the people.
const (
	Few    = -1
	Hidden = -2
)

// blur leaves of a line what the wall may show: no names, no words of somebody's, no small counts, and none that is another's rest.
func (d *Day) blur() {
	d.Captain, d.Phone, d.Weather, d.Supplies, d.Note = "", "", "", "", "" // what somebody wrote may name somebody
	was := *d
	passes := func(x, n int) bool { return suppress.Count{X: x, N: n}.Passes(suppress.K) }
	if !passes(was.Here, was.Expected) { // those who are expected and not here are who arrives, or is missing
		d.Arriving, d.Missing = Hidden, Hidden
		if was.Here >= suppress.K {
			d.Expected, d.Booked = Hidden, Hidden
		}
	}
	if !passes(was.Asked, was.Booked) {
		d.Asked, d.Confirmed = Hidden, Hidden
	}
	if !passes(was.Leaving, was.Here) {
		d.Leaving = Hidden
	}
	before := []int{was.Here, was.Expected, was.Confirmed, was.Asked, was.Booked, was.Arriving, was.Leaving, was.Missing}
	for i, n := range []*int{&d.Here, &d.Expected, &d.Confirmed, &d.Asked, &d.Booked, &d.Arriving, &d.Leaving, &d.Missing} {
		if before[i] < suppress.K {
			*n = Few
		}
	}
	if d.Shift != nil {
		x := *d.Shift
		x.Needs = nil // they count who is booked
		d.Shift = &x
	}
}

// Wall is the board for whoever holds a token: counts, and nobody's name; a small count is Few (picket 6.7). Errors: Missing for a token that ended, was revoked or never was.
func (s *Store) Wall(ctx context.Context, token string) ([]Day, error) {
	return db.InRead(ctx, s.d, func(tx *db.Tx) ([]Day, error) {
		var strike string
		found, err := db.Found(tx.Row(ctx, `SELECT strike_id FROM wall_link WHERE token_sha256 = $1 AND revoked_at = 0 AND until_at > $2`,
			hashOf(token), tx.Now.UnixMilli()).Scan(&strike))
		if err != nil {
			return nil, fmt.Errorf("read wall link: %w", err)
		}
		if !found {
			return nil, missing()
		}
		all, err := lines(ctx, tx)
		if err != nil {
			return nil, err
		}
		days, _, err := s.days(ctx, tx, slices.DeleteFunc(all, func(l Line) bool { return strike != "" && l.Strike != strike }))
		for i := range days {
			days[i].blur()
		}
		return days, err
	})
}
