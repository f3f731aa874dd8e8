// SPDX-License-Identifier: Apache-2.0

package demo

import (
	"context"
	"crypto/rand"
	"embed"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/mail"
	"github.com/tenday/tenday/internal/web"
)

// Text holds the demo's sentences.
//
//go:embed text/*.json
var Text embed.FS

//go:embed templates/*.html
var templates embed.FS

// Config says how a demo is built.
type Config struct {
	Log     *slog.Logger
	Version string
	At      string      // "2025-11-05T06:40" in the campaign's zone; "" is that morning
	Mail    mail.Sender // carries the one-time links
	Links   string      // where links in mail lead: the address that is listened on
	Keep    string      // file that the database is copied to in the end; "" for none

	banner func(*http.Request) *web.Demo
	key    string // of the shell, base64
}

// Demo is a campaign with a clock that can be moved. It serves until it is closed.
type Demo struct {
	cfg   Config
	truth *truth

	moving sync.Mutex // held by whoever moves the clock

	mu      sync.Mutex // guards now, and the count of those in it
	now     *house
	leaving sync.WaitGroup
	failed  error // of a house that could not be closed
}

// New builds the campaign up to cfg.At. Errors: Invalid for a time outside the story, Conflict when Keep names a file.
func New(ctx context.Context, cfg Config) (*Demo, error) {
	d := &Demo{cfg: cfg}
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	d.cfg.banner, d.cfg.key = d.banner, base64.StdEncoding.EncodeToString(key)
	if cfg.At == "" {
		d.cfg.At = opening
	}
	if err := absent(cfg.Keep); err != nil {
		return nil, err
	}
	zone, err := time.LoadLocation(zoneName)
	if err != nil {
		return nil, fmt.Errorf("demo's zone: %w", err)
	}
	at, err := parse(zone, d.cfg.At)
	if err != nil {
		return nil, err
	}
	if d.truth, err = readTruth(); err != nil {
		return nil, err
	}
	d.now, err = d.build(ctx, at)
	return d, err
}

// build makes a fresh house and plays the story in it.
func (d *Demo) build(ctx context.Context, at time.Time) (*house, error) {
	h, err := newHouse(ctx, d.cfg, d.truth)
	if err != nil {
		return nil, err
	}
	if err := d.register(h.Server); err != nil {
		return nil, errors.Join(err, h.close())
	}
	h.handler = h.Handler()
	if err := h.play(ctx, at); err != nil {
		return nil, errors.Join(err, h.close())
	}
	h.Jobs.Start(ctx) // links and reminders go out from here on, and not while the story is played
	return h, nil
}

// enter returns the house of the moment; leave it with users.Done.
func (d *Demo) enter() *house {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.now.users.Add(1)
	return d.now
}

// swap puts next in the place of the house, which closes when those in it have left.
func (d *Demo) swap(next *house) {
	d.mu.Lock()
	defer d.mu.Unlock()
	old := d.now
	d.now = next
	d.leaving.Go(func() {
		err := old.retire()
		d.mu.Lock()
		defer d.mu.Unlock()
		d.failed = errors.Join(d.failed, err)
	})
}

// move sets the clock. Forward, and while the story goes on from where the visitors left it, the house stays; else a fresh one
// takes its place, and what they changed is gone: fresh says so.
func (d *Demo) move(ctx context.Context, to time.Time) (fresh bool, err error) {
	d.moving.Lock()
	defer d.moving.Unlock()
	h := d.enter()
	defer h.users.Done()
	ctx = context.WithoutCancel(ctx)                                 // half a story is of no use to whoever asks next
	if now := h.clock.Now().Truncate(time.Minute); !to.Before(now) { // the minute of now is no step back
		err := h.play(ctx, to)
		if err == nil {
			return false, nil
		}
		if fault.CodeOf(err) == fault.Internal {
			return false, err
		} // else a visitor's change stands in the story's way
	}
	next, err := d.build(ctx, to)
	if err != nil {
		return false, err
	}
	d.swap(next)
	return true, nil
}

// signIn signs the browser of r in as p in the house of the moment, then goes on to location.
func (d *Demo) signIn(w http.ResponseWriter, r *http.Request, p persona, location string) error {
	h := d.enter()
	defer h.users.Done()
	var err error
	h.Auth.Sessions(http.HandlerFunc(func(w http.ResponseWriter, in *http.Request) {
		if err = h.Auth.SignIn(in.Context(), h.accounts[p.key], web.Text(r).T("demo.device")); err == nil {
			err = web.Done(w, r, location, nil)
		}
	})).ServeHTTP(w, r)
	return err
}

// who returns the persona that the caller of r came in as.
func (d *Demo) who(r *http.Request) (persona, bool) {
	id := auth.By(r.Context())
	if id == nil {
		return persona{}, false
	}
	h := d.enter()
	defer h.users.Done()
	for key, account := range h.accounts {
		if account == id.Account {
			return personaOf(key)
		}
	}
	return persona{}, false
}

// ServeHTTP serves the campaign. Strangers who come to its front door are shown whom they can be.
func (d *Demo) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := d.enter()
	defer h.users.Done()
	_, err := r.Cookie("tenday")
	if r.Method == http.MethodGet && (r.URL.Path == "/" && err != nil || r.URL.Path == "/signin" && r.URL.RawQuery == "" && !h.signedOut(w, r)) {
		http.Redirect(w, r, "/demo", http.StatusSeeOther)
		return
	}
	h.handler.ServeHTTP(w, r)
}

// signedOut tells whether somebody signed the browser of r out: the sign-in page says who.
func (h *house) signedOut(w http.ResponseWriter, r *http.Request) (out bool) {
	h.Auth.Sessions(http.HandlerFunc(func(_ http.ResponseWriter, in *http.Request) { out = h.Auth.Revoked(in.Context()) })).ServeHTTP(w, r)
	return out
}

// Stop ends the streams of pages that renew themselves, so that a server that shuts down need not wait for them.
func (d *Demo) Stop() {
	h := d.enter()
	defer h.users.Done()
	h.Server.Stop()
}

// Now returns the campaign's time.
func (d *Demo) Now() time.Time {
	h := d.enter()
	defer h.users.Done()
	return h.clock.Now().In(h.zone)
}

// Close waits for requests under way, copies the database to Config.Keep and removes everything else.
func (d *Demo) Close(ctx context.Context) error {
	d.leaving.Wait()
	var kept error
	if d.cfg.Keep != "" {
		kept = d.now.DB.CopyTo(ctx, d.cfg.Keep)
	}
	return errors.Join(kept, d.now.retire(), d.failed)
}
