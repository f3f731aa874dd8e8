// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"slices"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/organize"
	"github.com/tenday/tenday/internal/strike"
)

// newOrganize makes the room of the talks and tells it what the lines and the strike know of people.
func newOrganize(cfg Config, a *App) *organize.Store {
	s := organize.NewStore(cfg.DB, a.Audit)
	s.Roster, s.Booked = a.Roster, a.Line.Booked
	s.NoticeServed = func(ctx context.Context, tx *db.Tx) (bool, error) {
		all, err := a.Strike.Live(ctx, tx)
		return slices.ContainsFunc(all, func(n strike.Now) bool {
			return n.Kind == strike.Strike && (n.State == strike.Noticed || n.State == strike.On)
		}), err
	}
	return s
}
