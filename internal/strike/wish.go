// SPDX-License-Identifier: Apache-2.0

package strike

import (
	"context"
	"fmt"
	"slices"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/notice"
)

// Wish is what somebody wants to happen.
type Wish struct {
	Kind   Kind
	Title  string
	Starts notice.Moment
	Ends   notice.Moment // zero: open-ended
	Scope  string        // StartScope of an Action
	Sites  []string      // worksite ids
}

// titleMost is how long a title may be, in bytes.
const titleMost = 120

// Make puts a wish on file as a draft and returns its id. What is missing may be missing: Plan asks for it. Errors: Invalid by
// field.
func (s *Store) Make(ctx context.Context, w Wish) (id string, err error) {
	id = newID()
	return id, s.write(ctx, func(tx *db.Tx, b *book) error { return s.make(ctx, tx, b, id, w, "") })
}

func (s *Store) make(ctx context.Context, tx *db.Tx, b *book, id string, w Wish, supersedes string) error {
	if err := b.check(w); err != nil {
		return err
	}
	err := tx.Insert(ctx, "strike", []string{
		"id", "kind", "title", "state", "starts", "starts_at", "ends", "ends_at", "start_scope", "facts_version", "supersedes", "by_account", "at",
	}, [][]any{{
		id, w.Kind, w.Title, Draft, w.Starts.String(), instant(w.Starts), w.Ends.String(), instant(w.Ends), w.Scope, 1, supersedes,
		audit.By(ctx).Account, tx.Now.UnixMilli(),
	}})
	if err == nil {
		err = setSites(ctx, tx, id, w.Sites)
	}
	if err != nil {
		return fmt.Errorf("make strike: %w", err)
	}
	return s.done(ctx, tx, audit.Entry{Verb: "strike.make", Object: "strike:" + id})
}

// Change changes a draft or a plan that nothing was sent of; version is the one that whoever changes it has read. Its notice is
// changed with it, which voids the reviews. Of one that is locked nothing changes, nor the name by which everybody knows it: the
// start moves by AskExtend, the end by AskEnd. Errors: Missing, Invalid by field, Conflict when it is locked or was changed
// meanwhile.
func (s *Store) Change(ctx context.Context, id string, version int, w Wish) error {
	return s.write(ctx, func(tx *db.Tx, b *book) error {
		a, err := b.action(id)
		if err != nil {
			return err
		}
		if err := b.check(w); err != nil {
			return err
		}
		stated := a.Kind == w.Kind && a.Starts.String() == w.Starts.String() && a.StartScope == w.Scope && slices.Equal(sorted(a.SiteIDs()), sorted(w.Sites))
		same := stated && a.Ends.String() == w.Ends.String() // members, lines and shifts follow the end too
		if err := b.unlocked(a); err != nil && (!same || a.Title != w.Title) {
			return err
		}
		switch {
		case version != a.FactsVersion:
			return fault.New(fault.Conflict, "strike.changed_meanwhile")
		case a.State == Planned && (w.Starts.IsZero() || !w.Starts.Clock || len(w.Sites) == 0):
			return incomplete(w)
		case a.State.Over():
			return fault.New(fault.Conflict, "strike.refused."+string(a.State))
		}
		before := a.Now()
		if !same {
			a.FactsVersion++
		}
		_, err = tx.Exec(ctx, `UPDATE strike SET kind = $1, title = $2, starts = $3, starts_at = $4, ends = $5, ends_at = $6, start_scope = $7,
			facts_version = $8 WHERE id = $9`, w.Kind, w.Title, w.Starts.String(), instant(w.Starts), w.Ends.String(), instant(w.Ends), w.Scope,
			a.FactsVersion, id)
		if err != nil {
			return fmt.Errorf("change strike: %w", err)
		}
		if !stated {
			if _, err := tx.Exec(ctx, `DELETE FROM strike_site WHERE strike_id = $1`, id); err != nil {
				return fmt.Errorf("change sites: %w", err)
			}
			if err := setSites(ctx, tx, id, w.Sites); err != nil {
				return err
			}
			if n := b.paper(id); n != nil {
				if err := restate(ctx, tx, n, w); err != nil {
					return err
				}
			}
		}
		if !same {
			if err := s.tell(ctx, tx, before, id); err != nil {
				return err
			}
		}
		return s.done(ctx, tx, audit.Entry{Verb: "strike.change", Object: "strike:" + id})
	})
}

// check returns what is wrong with a wish in itself.
func (b *book) check(w Wish) error {
	var problems []*fault.Error
	if !slices.Contains(Kinds, w.Kind) {
		problems = append(problems, fault.Field("kind", "strike.ask.no_such"))
	}
	if w.Title == "" || len(w.Title) > titleMost {
		problems = append(problems, fault.Field("title", "strike.title_needed"))
	}
	if !w.Ends.IsZero() && (w.Starts.IsZero() || !w.Ends.End().After(w.Starts.Begin())) {
		problems = append(problems, fault.Field("ends", "strike.time.ends_before"))
	}
	zones := map[string]bool{}
	for _, id := range w.Sites {
		site, ok := b.site(id)
		if !ok {
			problems = append(problems, fault.Field("sites", "strike.no_site"))
			break
		}
		zones[site.Zone] = true
	}
	if len(zones) > 1 && w.Scope == "" && !w.Starts.IsZero() {
		problems = append(problems, fault.Field("scope", "strike.time.whose"))
	}
	return fault.Join(problems...)
}

func incomplete(w Wish) error {
	var problems []*fault.Error
	if w.Starts.IsZero() || !w.Starts.Clock {
		problems = append(problems, fault.Field("starts", "strike.time.needed"))
	}
	if len(w.Sites) == 0 {
		problems = append(problems, fault.Field("sites", "strike.sites_needed"))
	}
	return fault.Join(problems...)
}

// unlocked refuses to change what a sent notice states. Errors: Conflict.
func (b *book) unlocked(a *Action) error {
	f, err := b.facts()
	if err != nil {
		return err
	}
	if a.State != Draft && a.State != Planned || b.locked(f, a.ID) {
		return fault.New(fault.Conflict, "strike.locked")
	}
	return nil
}

func setSites(ctx context.Context, tx *db.Tx, id string, sites []string) error {
	var rows [][]any
	for _, w := range slices.Compact(sorted(sites)) {
		rows = append(rows, []any{id, w})
	}
	return tx.Insert(ctx, "strike_site", []string{"strike_id", "worksite_id"}, rows)
}

func sorted(ids []string) []string { return slices.Sorted(slices.Values(ids)) }

// instant is the moment in Unix milliseconds, 0 for none.
func instant(m notice.Moment) int64 {
	if m.IsZero() {
		return 0
	}
	return m.Begin().UnixMilli()
}

// tell calls the hooks with what the action was and what it is now, and sets its alarm clock.
func (s *Store) tell(ctx context.Context, tx *db.Tx, before Now, id string) error {
	a, err := actionOf(ctx, tx, id)
	if err != nil {
		return err
	}
	for _, f := range s.changed {
		if err := f(ctx, tx, before, a.Now()); err != nil {
			return err
		}
	}
	return schedule(ctx, tx, a)
}
