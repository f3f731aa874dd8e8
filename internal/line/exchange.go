// SPDX-License-Identifier: Apache-2.0

package line

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// seat is what a place is of.
type seat struct {
	shift string
	role  Role
}

// seat is what somebody would come to: no place if she only goes.
func (p *Place) seat() seat { return seat{p.Shift, p.Role} }

func bySeat(a, b seat) int {
	return cmp.Or(cmp.Compare(a.shift, b.shift), cmp.Compare(a.role, b.role))
}

// refusal is the reason in words why something cannot be done, if err is one.
func refusal(err error) (*fault.Error, bool) {
	reason, ok := errors.AsType[*fault.Error](err)
	return reason, ok && (reason.Code == fault.Conflict || reason.Code == fault.Missing)
}

// exchange makes changes that belong together: all go from where they are before the first comes to where she will be, so that people can follow one another
// and change places. given are places that others have left for it, and still count as taken; it may be nil. Whoever waits is offered what is left free at the end, and nothing before. If some
// changes cannot be made, it returns their reasons by index, and the caller undoes it all: each was refused with everybody else out of her way, so that it is
// refused without them, too.
//
// On PostgreSQL it takes its locks in the order in which one sign-up and one cancellation do: people, bookings, places.
func (s *Store) exchange(ctx context.Context, tx *db.Tx, places []Place, given map[seat]int) (map[int]*fault.Error, error) {
	if err := tx.Share(ctx, bookings); err != nil {
		return nil, fmt.Errorf("share bookings: %w", err)
	}
	var people []string
	for i := range places {
		people = append(people, places[i].Person)
	}
	slices.Sort(people)
	for _, p := range slices.Compact(people) {
		if err := tx.Lock(ctx, "line:person:"+p); err != nil {
			return nil, fmt.Errorf("lock person: %w", err)
		}
	}
	refused := map[int]*fault.Error{}
	try := func(i int, f func() error) error {
		err := db.Nested(ctx, tx, f)
		if reason, ok := refusal(err); ok {
			refused[i] = reason
			return nil
		}
		return err
	}
	left := map[seat]int{}
	maps.Copy(left, given)
	stay := map[int]*Entry{} // those who only change their role
	for i := range places {
		p := &places[i]
		if p.From == "" {
			continue
		}
		err := try(i, func() error {
			e, err := mine(ctx, tx, p.From, p.Person)
			if err != nil {
				return err
			}
			held, at := e.Held, seat{e.Shift, e.Role}
			if p.Shift == p.From && e.State != Offered {
				if err := s.rise(ctx, tx, e, p.Role); err != nil {
					return err
				}
				stay[i] = e
			} else if err := s.depart(ctx, tx, e, "plan"); err != nil {
				return err
			} else if p.Shift == "" {
				if err := s.tellGone(ctx, tx, e); err != nil {
					return err
				}
			}
			left[at] += bit(held)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	for _, at := range slices.SortedFunc(maps.Keys(left), bySeat) {
		if err := vacate(ctx, tx, at, left[at]); err != nil {
			return nil, err
		}
	}
	for i := range places {
		if p := &places[i]; p.Shift != "" && refused[i] == nil {
			if err := try(i, func() error { return s.arriveAt(ctx, tx, p, stay[i]) }); err != nil {
				return nil, err
			}
		}
	}
	for i := range places { // nobody loses a place for one that she does not get
		for j := range places {
			if refused[i] != nil && places[i].Shift != "" && places[j].Shift == "" && places[j].Person == places[i].Person && refused[j] == nil {
				refused[j] = refused[i]
			}
		}
	}
	if len(refused) > 0 {
		return refused, nil
	}
	return nil, s.passOn(ctx, tx, left)
}

// arriveAt puts somebody who has left her old place, or had none, on her new one; e is her booking if she stays on the shift in another role. Who waits for
// just this place waits no longer.
func (s *Store) arriveAt(ctx context.Context, tx *db.Tx, p *Place, e *Entry) error {
	if e != nil {
		return s.settleAs(ctx, tx, e, p.Role)
	}
	switch e, err := mine(ctx, tx, p.Shift, p.Person); {
	case fault.CodeOf(err) == fault.Missing:
	case err != nil:
		return err
	case e.State == Waiting:
		if err := s.depart(ctx, tx, e, "plan"); err != nil {
			return err
		}
	}
	return s.book(ctx, tx, &Entry{Shift: p.Shift, Person: p.Person, Role: p.Role, Source: "plan"}, false)
}

// vacate makes places free that nobody is offered yet.
func vacate(ctx context.Context, tx *db.Tx, at seat, n int) error {
	if n == 0 {
		return nil
	}
	if _, err := tx.Exec(ctx, `UPDATE need SET taken = taken - $1 WHERE shift_id = $2 AND role = $3`, n, at.shift, string(at.role)); err != nil {
		return fmt.Errorf("free places: %w", err)
	}
	return nil
}

// passOn offers places that were vacated and not taken since to the next who wait.
func (s *Store) passOn(ctx context.Context, tx *db.Tx, freed map[seat]int) error {
	for _, at := range slices.SortedFunc(maps.Keys(freed), bySeat) {
		for range freed[at] {
			took, err := take(ctx, tx, at.shift, at.role)
			if err != nil {
				return err
			}
			if !took {
				break
			}
			if err := s.pass(ctx, tx, at.shift, at.role, tx.Now, nil); err != nil {
				return err
			}
		}
	}
	return nil
}
