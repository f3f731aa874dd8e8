// SPDX-License-Identifier: Apache-2.0

package line

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/picket"
)

// Answer is one way to fill a place that has become empty.
type Answer struct {
	Chain  int
	Places []Place
	Helps  string // the first level that it makes better
}

// Repairs returns up to three ways to fill the place of somebody who drops out or did not come, fewest people first. The caller leads the line; who is
// named in them may be of another, since that is where help comes from.
func (s *Store) Repairs(ctx context.Context, entryID string) (*Entry, []Answer, error) {
	var now time.Time
	var e *Entry
	g, err := db.InRead(ctx, s.d, func(tx *db.Tx) (*ground, error) {
		var err error
		now = tx.Now
		if e, err = s.led(ctx, tx, entryID); err != nil {
			return nil, err
		}
		_, l, err := shiftOf(ctx, tx, e.Shift)
		if err != nil {
			return nil, err
		}
		return s.ground(ctx, tx, l.Strike)
	})
	if err != nil {
		return nil, nil, err
	}
	slot := g.slotOf[e.Shift]
	if slot == "" || !slices.Contains(planned, e.Role) {
		return e, nil, nil
	}
	member := slices.IndexFunc(g.in.Members, func(m picket.Member) bool { return m.ID == short(e.Person) })
	shift := slices.IndexFunc(g.in.Shifts, func(x picket.Shift) bool { return x.ID == slot })
	site := slices.IndexFunc(g.in.Sites, func(x picket.Site) bool { return g.shifts[[2]string{x.ID, slot}] == e.Shift })
	var events []picket.Event
	if member >= 0 {
		events = []picket.Event{{Kind: picket.DropOut, Member: int32(member), Site: -1, Shift: int32(shift)}}
	}
	offers, err := picket.Offers(ctx, g.in, g.earlier, events, now, int32(site), int32(shift), engineRole(e.Role))
	if err != nil {
		return nil, nil, fmt.Errorf("look for a replacement: %w", err)
	}
	var out []Answer
	var people []string
	for _, o := range offers {
		a := Answer{Chain: o.Chain, Places: g.changes(o.Changes)}
		if len(a.Places) == 0 || len(a.Places) > 6 { // more than six people is a plan, not a repair
			continue
		}
		for _, l := range []picket.Level{picket.ShortCaptain, picket.ShortMin, picket.ShortTarget, picket.Spread} {
			if o.Delta[l] < 0 {
				a.Helps = l.String()
				break
			}
		}
		for _, p := range a.Places {
			people = append(people, p.Person)
		}
		out = append(out, a)
	}
	return e, out, s.audit.Read(ctx, audit.Entry{Verb: "line.repair", Object: "shift:" + e.Shift, Subjects: people, Count: len(people)})
}

// Repair lets somebody go and carries out one answer, in one transaction: the last place in each need is still given once. Errors: Conflict when
// something has changed since.
func (s *Store) Repair(ctx context.Context, entryID string, places []Place) error {
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		e, err := s.led(ctx, tx, entryID)
		if err != nil {
			return err
		}
		people := []string{e.Person}
		if e.State == Booked || e.State == SwapOffered {
			held := e.Held
			if err := move(ctx, tx, e, Leave, "replaced"); err != nil {
				return err
			}
			if err := forget(ctx, tx, e, "replaced"); err != nil {
				return err
			}
			if held { // the place is for whom the captain chose, not for the next in line
				if _, err := tx.Exec(ctx, `UPDATE need SET taken = taken - 1 WHERE shift_id = $1 AND role = $2`, e.Shift, string(e.Role)); err != nil {
					return fmt.Errorf("free place: %w", err)
				}
			}
		}
		for _, p := range places {
			people = append(people, p.Person)
			if err := s.carryOut(ctx, tx, p); err != nil {
				return err
			}
		}
		return s.done(ctx, tx, audit.Entry{Verb: "shift.repair", Object: "shift:" + e.Shift, Subjects: people, Count: len(people)})
	})
}
