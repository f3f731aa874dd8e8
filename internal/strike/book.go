// SPDX-License-Identifier: Apache-2.0

package strike

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/notice"
)

// book is everything that the legal clock looks at, as one transaction sees it.
type book struct {
	now      time.Time // in zone
	zone     *time.Location
	employer string
	actions  []*Action // by start
	notices  []*Notice // by the time they were made
	sites    []Site    // all worksites, by town, then code
	answers  map[string]answers
	claims   []Claim
}

// Claim is what somebody printed about the start of an action. It never moves the clock.
type Claim struct {
	ID, Action, Source string
	On, Says           notice.Day
}

const sqlSites = `SELECT id, code, name, town, address, postal_city, state, zip, tz, kind, region, closes_on, status
	FROM worksite ORDER BY town, code, id LIMIT 5000`

func (s *Store) open(ctx context.Context, tx *db.Tx) (*book, error) {
	b := &book{}
	var err error
	if b.zone, err = db.Zone(ctx, tx); err != nil {
		return nil, err
	}
	b.now = tx.Now.In(b.zone)
	if b.actions, err = actions(ctx, tx); err != nil {
		return nil, err
	}
	if b.notices, err = notices(ctx, tx); err != nil {
		return nil, err
	}
	if b.answers, err = allAnswers(ctx, tx); err != nil {
		return nil, err
	}
	if b.sites, err = db.All(ctx, tx, func(r *sql.Rows) (Site, error) { return scanSite(r) }, sqlSites); err != nil {
		return nil, fmt.Errorf("read worksites: %w", err)
	}
	if b.claims, err = claims(ctx, tx); err != nil {
		return nil, err
	}
	_, err = db.Found(tx.Row(ctx, `SELECT name FROM employer ORDER BY id LIMIT 1`).Scan(&b.employer))
	return b, err
}

// action returns one action. Errors: Missing.
func (b *book) action(id string) (*Action, error) {
	for _, a := range b.actions {
		if a.ID == id {
			return a, nil
		}
	}
	return nil, fault.New(fault.Missing, "strike.missing")
}

// paper returns the notice that announces the action and stands, nil if there is none.
func (b *book) paper(action string) *Notice {
	for _, n := range slices.Backward(b.notices) {
		if n.Action == action && n.Withdrawn.IsZero() {
			return n
		}
	}
	return nil
}

// ofCampaign returns the papers of the whole campaign that stand.
func (b *book) ofCampaign() []*Notice {
	var out []*Notice
	for _, n := range b.notices {
		if n.Action == "" && n.Withdrawn.IsZero() {
			out = append(out, n)
		}
	}
	return out
}

func (b *book) notice(id string) (*Notice, error) {
	for _, n := range b.notices {
		if n.ID == id {
			return n, nil
		}
	}
	return nil, fault.New(fault.Missing, "strike.notice.missing")
}

func (b *book) site(id string) (Site, bool) {
	i := slices.IndexFunc(b.sites, func(s Site) bool { return s.ID == id })
	if i < 0 {
		return Site{}, false
	}
	return b.sites[i], true
}

// given returns the answers that concern the action, the campaign's among them.
func (b *book) given(a *Action) answers {
	all := answers{}
	maps.Copy(all, b.answers[""])
	if a != nil {
		maps.Copy(all, b.answers[a.ID])
	}
	return all
}

// write runs f as one transaction of somebody who may act for the strike committee. All that write here queue for one lock:
// they are few, and the legal clock looks at all of it together. What they leave must be facts that the engine can read.
func (s *Store) write(ctx context.Context, f func(tx *db.Tx, b *book) error) error {
	if _, err := auth.Allowed(ctx, mayAct); err != nil {
		return err
	}
	return s.locked(ctx, f)
}

// locked is write for those who were asked already: a second person, the clock.
func (s *Store) locked(ctx context.Context, f func(tx *db.Tx, b *book) error) error {
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		if err := tx.Lock(ctx, "strike"); err != nil {
			return fmt.Errorf("lock strikes: %w", err)
		}
		b, err := s.open(ctx, tx)
		if err != nil {
			return err
		}
		return f(tx, b)
	})
}

// done ends a writing transaction: the facts that it leaves must be readable, whoever watches is told, and the act is recorded.
func (s *Store) done(ctx context.Context, tx *db.Tx, e audit.Entry) error {
	b, err := s.open(ctx, tx)
	if err != nil {
		return err
	}
	if _, err := b.facts(); err != nil {
		return err
	}
	tx.Touch("strike")
	_, err = audit.Append(ctx, tx, e)
	return err
}
