// SPDX-License-Identifier: Apache-2.0

// Package app puts the rooms on one database and behind one server. It holds no rule of its own: `tenday serve`, the demo and
// the tests all get the same house from New.
package app

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/audit/trail"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/board"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/internal/job"
	"github.com/tenday/tenday/internal/line"
	"github.com/tenday/tenday/internal/mail"
	"github.com/tenday/tenday/internal/offline"
	"github.com/tenday/tenday/internal/organize"
	"github.com/tenday/tenday/internal/roster"
	"github.com/tenday/tenday/internal/sheet"
	"github.com/tenday/tenday/internal/strike"
	"github.com/tenday/tenday/internal/vote"
	"github.com/tenday/tenday/internal/web"
)

// Config says what the house stands on. DB is open and migrated, and stays the caller's to close.
type Config struct {
	DB      *db.DB
	Log     *slog.Logger
	Version string
	Secure  bool // served by https
	Demo    func(r *http.Request) *web.Demo
	Texts   []fs.FS // of what stands on top of the house: the demo's

	BaseURL string      // where the campaign is reached; "" for loopback
	Links   string      // where the rooms' links lead when BaseURL is "": the address that is listened on
	Proxied bool        // behind a proxy of ours
	Mail    mail.Sender // carries the one-time links
}

// App is the house.
type App struct {
	DB       *db.DB
	Audit    *audit.Log
	Auth     *auth.Store
	Roster   *roster.Store
	Board    *board.Store
	Jobs     *job.Queue
	Organize *organize.Store
	Offline  *offline.Store
	Strike   *strike.Store
	Line     *line.Store
	Vote     *vote.Store
	Server   *web.Server

	stop context.CancelFunc // of what Start began
	runs sync.WaitGroup
}

// Texts are the sentences of every part and those of more.
func Texts(locales []string, more ...fs.FS) (*i18n.Bundle, error) {
	return i18n.Read(locales, append([]fs.FS{i18n.Text, db.Text, sheet.Text, auth.Text, board.Text, job.Text, offline.Text, organize.Text, roster.Text, strike.Text, trail.Text, line.Text, vote.Text, web.Texts}, more...)...)
}

// New builds the house.
func New(ctx context.Context, cfg Config) (*App, error) {
	links := cmp.Or(cfg.BaseURL, cfg.Links)
	a := &App{DB: cfg.DB, Audit: audit.NewLog(cfg.DB), Auth: auth.NewStore(cfg.DB, cfg.Secure)}
	a.Roster = roster.NewStore(cfg.DB, a.Audit)
	a.Jobs = job.NewQueue(cfg.DB, cfg.Log)
	a.Auth.BaseURL, a.Auth.Proxied, a.Auth.Mail, a.Auth.Audit = cfg.BaseURL, cfg.Proxied, cfg.Mail, a.Audit
	a.Auth.People, a.Auth.MailDomains = roster.PeopleSource{}, roster.MailDomains
	a.Roster.OnOut = a.Auth.SuspendPeople
	if cfg.Log != nil {
		a.Auth.Log = cfg.Log
	}
	a.Roster.LogTo(cfg.Log)
	a.Strike = strike.NewStore(cfg.DB, a.Audit)
	a.Line = newLine(cfg, a)
	a.Line.LogTo(cfg.Log)
	a.Organize = newOrganize(cfg, a)
	a.Vote = vote.NewStore(cfg.DB, a.Audit)
	a.Vote.BaseURL, a.Vote.Mail, a.Vote.Network = links, cfg.Mail, a.Auth.Network
	a.Board = board.NewStore(cfg.DB, a.Roster, a.Organize)
	a.Organize.BaseURL, a.Organize.Mail = links, cfg.Mail
	a.Roster.OnChange, a.Roster.PerSite = a.Organize.RosterChanged, a.Organize.RosterPerSite
	bundle, err := Texts(i18n.Locales, cfg.Texts...)
	if err != nil {
		return nil, err
	}
	s, err := a.settings(ctx)
	if err != nil {
		return nil, err
	}
	a.Server, err = web.New(web.Config{
		Texts: bundle, Gate: a.Auth.Gate, May: a.Auth.May, Now: cfg.DB.Now, Zone: s.zone, Campaign: s.campaign, Version: cfg.Version,
		Key: s.key, Secure: cfg.Secure, Log: cfg.Log, Demo: cfg.Demo, Healthy: cfg.DB.Ping, Watch: cfg.DB.Watch,
	})
	if err != nil {
		return nil, err
	}
	if a.Offline, err = offline.NewStore(cfg.DB, s.key, cfg.Log); err != nil {
		return nil, err
	}
	for _, room := range []func() error{
		func() error { return board.Register(a.Server, a.Board) },
		func() error { return auth.Register(a.Server, a.Auth) },
		func() error { return roster.Register(a.Server, a.Roster) },
		func() error { return organize.Register(a.Server, a.Organize, a.Jobs) },
		func() error { return organize.RegisterPhone(a.Server, a.Organize, a.Offline) },
		func() error { return organize.RegisterChart(a.Server, a.Organize) },
		func() error { return organize.RegisterSheet(a.Server, a.Organize) },
		func() error { return organize.RegisterPack(a.Server, a.Organize) },
		func() error { return organize.RegisterTurf(a.Server, a.Organize) },
		func() error { return offline.Register(a.Server, a.Offline) },
		func() error { return strike.Register(a.Server, a.Strike, a.Jobs) },
		func() error { return strike.RegisterPapers(a.Server, a.Strike, bundle, links, a.Auth.IdentityOf) },
		func() error { return registerLine(a, bundle) },
		func() error { return vote.Register(a.Server, a.Vote, a.Jobs) },
		func() error { return trail.Register(a.Server, a.DB, a.Audit) },
		func() error { return job.Register(a.Server, a.DB) },
	} {
		if err := room(); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// Handler serves the house. Sessions stand outside the shell, so that its gate finds them; the booth has none.
func (a *App) Handler() http.Handler { return vote.Apart(a.Auth.Sessions(a.Server.Handler())) }

// Start begins what a serving program does beside answering: it clears what a killed one left behind, and turns the day at
// midnight. One program serves a database at a time; commands beside it do not call Start.
func (a *App) Start(ctx context.Context, log *slog.Logger) error {
	if err := errors.Join(a.Roster.Start(ctx), a.newDay(ctx)); err != nil {
		return err
	}
	a.Jobs.Start(ctx)
	ctx, a.stop = context.WithCancel(context.WithoutCancel(ctx))
	a.runs.Go(func() { a.Organize.CountAlong(ctx, log) })
	a.runs.Go(func() {
		tick := time.NewTicker(time.Minute)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				if err := a.newDay(ctx); err != nil && ctx.Err() == nil {
					log.Error("turn the day", "error", err)
				}
			}
		}
	})
	return nil
}

// newDay turns the roster's day, once a day, and lets go of old jobs.
func (a *App) newDay(ctx context.Context) error {
	return errors.Join(a.Roster.NewDay(ctx), db.Do(ctx, a.DB, func(tx *db.Tx) error { return job.Prune(ctx, tx) }))
}

// Close waits for work under way and writes what is queued. The database stays open.
func (a *App) Close() error {
	if a.stop != nil {
		a.stop()
	}
	a.runs.Wait()
	return errors.Join(a.Jobs.Close(), a.Roster.Close(), a.Line.Close(), a.Vote.Close(), a.Auth.Close(), a.Audit.Close())
}

type settings struct {
	campaign string
	zone     *time.Location
	key      []byte
}

// settings reads what the shell needs and makes the sealing key on the first start.
func (a *App) settings(ctx context.Context) (settings, error) {
	return db.InTx(ctx, a.DB, func(tx *db.Tx) (settings, error) {
		var s settings
		var err error
		if s.campaign, err = db.Setting(ctx, tx, "campaign.name"); err != nil {
			return s, err
		}
		if s.zone, err = db.Zone(ctx, tx); err != nil {
			return s, err
		}
		text, err := db.Setting(ctx, tx, "web.key")
		if err != nil {
			return s, err
		}
		if text == "" {
			s.key = make([]byte, 32)
			_, _ = rand.Read(s.key) // never fails
			return s, db.PutSetting(ctx, tx, "web.key", base64.StdEncoding.EncodeToString(s.key))
		}
		if s.key, err = base64.StdEncoding.DecodeString(text); err != nil {
			return s, fmt.Errorf("read sealing key: %w", err)
		}
		return s, nil
	})
}
