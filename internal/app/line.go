// SPDX-License-Identifier: Apache-2.0

package app

import (
	"cmp"
	"context"
	"time"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/internal/line"
	"github.com/tenday/tenday/internal/offline"
	"github.com/tenday/tenday/internal/strike"
)

// newLine makes the room of the picket lines and lets the strike rule it.
func newLine(cfg Config, a *App) *line.Store {
	s := line.NewStore(cfg.DB, a.Audit)
	s.Mail, s.BaseURL = cfg.Mail, cmp.Or(cfg.BaseURL, cfg.Links)
	s.Strikes = func(ctx context.Context, tx *db.Tx) ([]line.Strike, error) {
		all, err := a.Strike.Known(ctx, tx)
		var out []line.Strike
		for _, n := range all {
			out = append(out, strikeOf(n))
		}
		return out, err
	}
	s.Held = func(ctx context.Context, tx *db.Tx) (time.Time, bool, error) {
		h, err := a.Strike.Held(ctx, tx)
		if h == nil {
			return time.Time{}, false, err
		}
		return h.Until, true, err
	}
	a.Strike.OnChange(func(ctx context.Context, tx *db.Tx, before, after strike.Now) error {
		return s.StrikeChanged(ctx, tx, strikeOf(before), strikeOf(after))
	})
	a.Strike.OnCaptains(s.Leaders)
	a.Strike.OnAsk(func(ctx context.Context, tx *db.Tx, now strike.Now, to strike.State) ([]strike.Effect, error) {
		next := strikeOf(now)
		next.State = string(to)
		all, err := s.WouldCancel(ctx, tx, next)
		var out []strike.Effect
		for _, e := range all {
			out = append(out, strike.Effect{Key: e.Key, N: e.N})
		}
		return out, err
	})
	return s
}

func strikeOf(n strike.Now) line.Strike {
	return line.Strike{ID: n.ID, Title: n.Title, State: string(n.State), Zone: n.Zone, Starts: n.StartsAt, Ends: n.EndsAt, On: n.BeganAt, FactsVersion: n.FactsVersion}
}

// registerLine puts the room's pages, jobs and the check-ins of phones in their places.
func registerLine(a *App, words *i18n.Bundle) error {
	a.Line.Jobs(a.Jobs, words)
	a.Offline.Handle(offline.Kind{Name: "checkin", Apply: func(ctx context.Context, tx *db.Tx, e offline.Event) error {
		return a.Line.Apply(ctx, tx, e.ID, e.At, e.AtDevice, e.Skew, e.Device, e.Data)
	}})
	a.Offline.Handle(offline.Kind{Name: "incident", Apply: func(ctx context.Context, tx *db.Tx, e offline.Event) error {
		return a.Line.ApplyIncident(ctx, tx, e.ID, e.At, e.Data)
	}})
	a.Offline.Handle(offline.Kind{Name: "incident_picture", Longest: line.PictureBytes, Apply: func(ctx context.Context, tx *db.Tx, e offline.Event) error {
		return a.Line.ApplyPicture(ctx, tx, e.ID, e.At, e.Data)
	}})
	a.Offline.Handle(offline.Kind{Name: "line_report", Apply: func(ctx context.Context, tx *db.Tx, e offline.Event) error {
		return a.Line.ApplyReport(ctx, tx, e.ID, e.At, e.Data)
	}})
	return line.Register(a.Server, a.Line, a.Offline.Key())
}
