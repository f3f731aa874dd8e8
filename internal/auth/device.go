// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// Device is a browser that somebody signed in on.
type Device struct {
	ID       string    `json:"id"`
	Label    string    `json:"label"` // "Chrome · Android"
	Active   bool      `json:"active"`
	Current  bool      `json:"current"` // the one that asks
	Since    time.Time `json:"since"`
	LastSeen time.Time `json:"last_seen"`
	Ended    time.Time `json:"ended,omitzero"`
}

// browsers and systems are looked for in this order: each names itself after those it descends from.
var (
	browsers = [][2]string{
		{"Edg", "Edge"},
		{"OPR/", "Opera"},
		{"SamsungBrowser", "Samsung Internet"},
		{"Firefox", "Firefox"},
		{"FxiOS", "Firefox"},
		{"CriOS", "Chrome"},
		{"Chrome", "Chrome"},
		{"Safari", "Safari"},
	}
	systems = [][2]string{
		{"Android", "Android"},
		{"iPhone", "iPhone"},
		{"iPad", "iPad"},
		{"Windows", "Windows"},
		{"CrOS", "ChromeOS"},
		{"Macintosh", "Mac"},
		{"Linux", "Linux"},
	}
)

// deviceLabel names a browser and its machine so that its owner knows it again, "Chrome · Android". It is kept, so it is a name
// and no sentence: the same in every language.
func deviceLabel(agent string) string {
	find := func(table [][2]string) string {
		for _, row := range table {
			if strings.Contains(agent, row[0]) {
				return row[1]
			}
		}
		return ""
	}
	browser, system := find(browsers), find(systems)
	switch {
	case browser == "" && system == "":
		return "?"
	case browser == "" || system == "":
		return browser + system
	}
	return browser + " · " + system
}

// sqlDevices reads an account's newest devices by index; those signed out long ago fall off the end.
const sqlDevices = `SELECT id, label, state, created_at, last_seen_at, revoked_at FROM device WHERE account_id = $1
	ORDER BY CASE WHEN state = 'revoked' THEN 1 ELSE 0 END, last_seen_at DESC, id LIMIT 30`

func devices(ctx context.Context, tx *db.Tx, account, current string) ([]Device, error) {
	return db.All(ctx, tx, func(r *sql.Rows) (Device, error) {
		var d Device
		var state string
		var since, seen, ended int64
		err := r.Scan(&d.ID, &d.Label, &state, &since, &seen, &ended)
		d.Active, d.Current = state != "revoked", d.ID == current
		d.Since, d.LastSeen = time.UnixMilli(since), time.UnixMilli(seen)
		if ended > 0 {
			d.Ended = time.UnixMilli(ended)
		}
		return d, err
	}, sqlDevices, account)
}

// revokeOf signs out a device that must be the account's. Errors: Missing.
func (s *Store) revokeOf(ctx context.Context, account, device string) error {
	owner, err := db.InRead(ctx, s.d, func(tx *db.Tx) (owner string, err error) {
		_, err = db.Found(tx.Row(ctx, `SELECT account_id FROM device WHERE id = $1`, device).Scan(&owner))
		return owner, err
	})
	if err != nil || owner != account {
		return errors.Join(err, fault.New(fault.Missing, "auth.no_device"))
	}
	return s.RevokeDevice(ctx, device)
}

// revokeOthers signs out all devices of the account but one and returns how many.
func revokeOthers(ctx context.Context, tx *db.Tx, account, but string) (int, error) {
	n, err := tx.ExecN(ctx, `UPDATE device SET state = 'revoked', revoked_at = $1, revoked_by = $2
		WHERE account_id = $3 AND state <> 'revoked' AND id <> $4`, tx.Now.UnixMilli(), audit.By(ctx).Account, account, but)
	if err != nil {
		return 0, fmt.Errorf("sign out devices: %w", err)
	}
	return n, nil
}
