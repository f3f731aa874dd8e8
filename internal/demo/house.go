// SPDX-License-Identifier: Apache-2.0

package demo

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/tenday/tenday/internal/app"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/mail"
)

// house is one campaign on a database of its own, played up to some moment of the story.
type house struct {
	*app.App
	zone     *time.Location
	clock    *clock
	dir      string
	handler  http.Handler
	accounts map[string]string // persona -> account
	captains map[string]string // person -> account, of everybody who leads
	truth    *truth
	employer string
	played   int // steps of the story
	users    sync.WaitGroup
}

// newHouse opens an empty database in a folder of its own.
func newHouse(ctx context.Context, cfg Config, truth *truth) (_ *house, err error) {
	h := &house{clock: &clock{}, accounts: map[string]string{}, truth: truth}
	for _, p := range personas {
		if p.signsIn() {
			h.accounts[p.key] = uuid.Must(uuid.NewV7()).String()
		}
	}
	if h.zone, err = time.LoadLocation(zoneName); err != nil {
		return nil, fmt.Errorf("demo's zone: %w", err)
	}
	if h.dir, err = os.MkdirTemp("", "tenday-demo-"); err != nil {
		return nil, fmt.Errorf("make folder for the demo: %w", err)
	}
	h.clock.stand(story[0].time(h.zone))
	d, err := db.Open(ctx, db.Config{DSN: filepath.Join(h.dir, "demo.db"), Clock: h.clock.Now, Scratch: true})
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(h.dir))
	}
	h.App = &app.App{DB: d}
	if _, err := d.Migrate(ctx); err != nil {
		return nil, errors.Join(err, h.close())
	}
	if err := prepare(ctx, d, cfg.key); err != nil {
		return nil, errors.Join(err, h.close())
	}
	a, err := app.New(ctx, app.Config{
		DB: d, Log: cfg.Log, Version: cfg.Version, Demo: cfg.banner, Mail: cfg.Mail, Links: cfg.Links,
		Texts: []fs.FS{Text},
	})
	if err != nil {
		return nil, errors.Join(err, h.close())
	}
	a.Line.Mail = nowhere{}
	h.App = a
	return h, nil
}

// nowhere takes the letters about shifts. The story books hundreds of people; between theirs a visitor would not find the link that
// she asked for, nor the demo's address.
type nowhere struct{}

func (nowhere) Send(context.Context, mail.Message) error { return nil }

// prepare sets what the shell reads when it is built. All houses of a demo seal with one key: what one says, the next can show.
func prepare(ctx context.Context, d *db.DB, key string) error {
	return db.Do(ctx, d, func(tx *db.Tx) error {
		for setting, value := range map[string]string{"campaign.name": campaignName, "campaign.zone": zoneName, "web.key": key} {
			if err := db.PutSetting(ctx, tx, setting, value); err != nil {
				return err
			}
		}
		return nil
	})
}

// play goes through the story up to and including the minute of to, and lets the clock run from there.
func (h *house) play(ctx context.Context, to time.Time) error {
	for h.played < len(story) && !story[h.played].time(h.zone).After(to) {
		s := story[h.played]
		h.clock.stand(s.time(h.zone))
		// The day turns before the step, as at midnight: what the step looks at is of its own day.
		err := h.Roster.NewDay(ctx)
		if err == nil {
			err = s.do(ctx, h)
		}
		if err != nil {
			h.clock.run(h.clock.Now())
			return fmt.Errorf("step of %s: %w", s.at, err)
		}
		h.played++
	}
	h.clock.run(to)
	return h.Roster.NewDay(ctx)
}

// as returns a context in which persona key acts.
func (h *house) as(ctx context.Context, key string) (context.Context, error) {
	id, err := h.Auth.IdentityOf(ctx, h.accounts[key])
	if err != nil {
		return nil, err
	}
	return auth.As(ctx, id), nil
}

// retire closes the house once the last request in it has been answered.
func (h *house) retire() error {
	h.users.Wait()
	return h.close()
}

func (h *house) close() error {
	var errs []error
	if h.Audit != nil {
		errs = append(errs, h.App.Close())
	}
	return errors.Join(append(errs, h.DB.Close(), os.RemoveAll(h.dir))...)
}
