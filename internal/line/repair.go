// SPDX-License-Identifier: Apache-2.0

package line

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/picket"
)

// Answer is one way to fill a place that has become empty.
type Answer struct {
	Chain  int
	Places []Place
	Helps  string // the first level that it makes better
}

// Repairs returns up to three ways to fill the place of somebody who drops out or did not come, fewest people first. A captain's, or a safety person's, can be taken by
// somebody of the same shift: that comes first where nobody could travel in time, and else last. Nobody is moved out of a shift that the
// caller does not look after, and who is neither within her reach nor on her lists stays without a name: a search for help is no look through the unit.
func (s *Store) Repairs(ctx context.Context, entryID string) (*Entry, []Answer, error) {
	var now time.Time
	var e *Entry
	var near []Answer
	var starts time.Time
	g, err := db.InRead(ctx, s.d, func(tx *db.Tx) (*ground, error) {
		var err error
		now = tx.Now
		if e, err = s.led(ctx, tx, entryID); err != nil {
			return nil, err
		}
		x, l, err := shiftOf(ctx, tx, e.Shift)
		if err != nil {
			return nil, err
		}
		if starts = x.Starts; l.Closed {
			return &ground{}, nil // nobody stands there any more
		}
		if near, err = stepUp(ctx, tx, e, x); err != nil {
			return nil, err
		}
		gap, err := s.vacancyOf(ctx, tx, e, x, l)
		if err != nil {
			return nil, err
		}
		return s.ground(ctx, tx, l.Strike, gap)
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
	var all []Answer
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
		if p := a.Places[0]; len(a.Places) == 1 && slices.ContainsFunc(near, func(n Answer) bool { return n.Places[0].Person == p.Person && p.From == p.Shift }) {
			continue
		}
		all = append(all, a)
	}
	if freeze := time.Duration(g.in.Policy.FreezeMin) * time.Minute; starts.After(now.Add(freeze)) {
		all = append(all, near...)
	} else {
		all = append(near, all...)
	}
	var out []Answer
	var people []string
	for _, a := range all {
		ok, err := db.InRead(ctx, s.d, func(tx *db.Tx) (bool, error) { return s.veil(ctx, tx, a.Places) })
		if err != nil {
			return nil, nil, err
		}
		if !ok {
			continue
		}
		for _, p := range a.Places {
			people = append(people, p.Person)
		}
		if out = append(out, a); len(out) == 3 {
			break
		}
	}
	return e, out, s.audit.Read(ctx, audit.Entry{Verb: "line.repair", Object: "shift:" + e.Shift, Subjects: people, Count: len(people)})
}

// veil hides those of an answer whom the caller may not see, and says whether all its shifts are hers to look after.
func (s *Store) veil(ctx context.Context, tx *db.Tx, places []Place) (bool, error) {
	for i := range places {
		p := &places[i]
		p.Hidden = p.From == ""
		for _, shift := range []string{p.Shift, p.From} {
			if shift == "" {
				continue
			}
			if _, _, _, err := s.ledShift(ctx, tx, shift); fault.CodeOf(err) == fault.Missing {
				return false, nil
			} else if err != nil {
				return false, err
			}
		}
		if !p.Hidden {
			continue
		}
		if err := s.inReach(ctx, tx, p.Person); err == nil {
			p.Hidden = false
		} else if fault.CodeOf(err) != fault.Missing {
			return false, err
		}
	}
	return true, nil
}

// Repair lets somebody go and carries out one answer, in one transaction: the last place in each need is still given once, and what becomes free on the way is
// for those of the answer alone. Errors: Conflict when something has changed since.
func (s *Store) Repair(ctx context.Context, entryID string, places []Place) error {
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		e, err := s.led(ctx, tx, entryID)
		if err != nil {
			return err
		}
		if ok, err := s.veil(ctx, tx, places); err != nil {
			return err
		} else if !ok {
			return missing()
		}
		people := []string{e.Person}
		for _, p := range places {
			people = append(people, p.Person)
			if p.Hidden { // whom she may not see has to have offered these hours
				if err := offered(ctx, tx, p); err != nil {
					return err
				}
			}
		}
		freed := map[seat]int{}
		if e.State == Booked || e.State == SwapOffered {
			freed[seat{e.Shift, e.Role}] = bit(e.Held)
			if err := s.depart(ctx, tx, e, "replaced"); err != nil {
				return err
			}
			if err := s.tellGone(ctx, tx, e); err != nil {
				return err
			}
		} else if e.State == Attended && e.Held { // she came, and has left: her hours stay, her place does not
			freed[seat{e.Shift, e.Role}] = 1
			if err := tx.Share(ctx, bookings); err != nil {
				return fmt.Errorf("share bookings: %w", err)
			}
			n, err := tx.ExecN(ctx, `UPDATE shift_entry SET held = 0, seq = seq + 1 WHERE id = $1 AND held = 1 AND role = $2`, e.ID, string(e.Role))
			if err != nil {
				return fmt.Errorf("free place: %w", err)
			}
			if n == 0 { // another repair has freed it
				return fault.New(fault.Conflict, "line.moved_on")
			}
		}
		refused, err := s.exchange(ctx, tx, places, freed)
		if err != nil {
			return err
		}
		for i := range places {
			if reason := refused[i]; reason != nil {
				return reason
			}
		}
		return s.done(ctx, tx, audit.Entry{Verb: "shift.repair", Object: "shift:" + e.Shift, Subjects: people, Count: len(people)})
	})
}

// offered answers Missing for somebody who has not said that she could come then.
func offered(ctx context.Context, tx *db.Tx, p Place) error {
	var n int
	err := tx.Row(ctx, `SELECT COUNT(*) FROM available a JOIN shift s ON s.starts_at = a.starts_at AND s.ends_at = a.ends_at WHERE a.person_id = $1 AND s.id = $2`,
		p.Person, p.Shift).Scan(&n)
	if err != nil {
		return fmt.Errorf("look for hours: %w", err)
	}
	if n == 0 {
		return fault.New(fault.Missing, "scope.person")
	}
	return nil
}
