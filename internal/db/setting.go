// SPDX-License-Identifier: Apache-2.0

package db

import (
	"context"
	"fmt"
	"time"
	_ "time/tzdata" // a bare machine has no zones
)

// Setting returns the value of a setting, "" for one that was never set.
func Setting(ctx context.Context, tx *Tx, name string) (string, error) {
	var v string
	if _, err := Found(tx.Row(ctx, `SELECT value FROM setting WHERE name = $1`, name).Scan(&v)); err != nil {
		return "", fmt.Errorf("read setting %s: %w", name, err)
	}
	return v, nil
}

// PutSetting sets a setting.
func PutSetting(ctx context.Context, tx *Tx, name, value string) error {
	_, err := tx.Exec(ctx, `INSERT INTO setting (name, value) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
	if err != nil {
		return fmt.Errorf("set %s: %w", name, err)
	}
	return nil
}

// Zone returns the campaign's time zone (setting campaign.zone), UTC until one is set.
func Zone(ctx context.Context, tx *Tx) (*time.Location, error) {
	name, err := Setting(ctx, tx, "campaign.zone")
	if err != nil || name == "" {
		return time.UTC, err
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("campaign's zone: %w", err)
	}
	return zone, nil
}
