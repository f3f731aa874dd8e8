// SPDX-License-Identifier: Apache-2.0

package line

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// Mine is a shift as a member sees it.
type Mine struct {
	Shift   Shift
	Line    Line
	Entry   *Entry // nil: she is not on it
	Captain string // name, for those who are booked; OneShift alone fills it in
	Phone   string // hers, on the day, if she gives it
	State   ShiftState
	Late    bool // too late to leave by herself
	Swap    string
	Briefed map[Role]bool // of the roles that want it
}

// OneShift returns a shift for anybody who is signed in; a draft only for those who look after it. Who is booked gets the captain's name, and on the day the
// captain's number if she gives it: that she read it is on record. Errors: Missing.
func (s *Store) OneShift(ctx context.Context, id string) (*Mine, error) {
	person, err := me(ctx)
	if err != nil {
		return nil, err
	}
	captain := ""
	m, err := db.InRead(ctx, s.d, func(tx *db.Tx) (*Mine, error) {
		x, l, err := shiftOf(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		if x.Decided == Draft {
			c, err := s.may(ctx, tx, l)
			if err != nil {
				return nil, err
			}
			if !c.over(x.ID) {
				return nil, missing()
			}
		}
		rules, err := rulesOf(ctx, tx)
		if err != nil {
			return nil, err
		}
		m, err := s.mineOf(ctx, tx, x, l, person, rules)
		if err != nil || m.Entry == nil || !slices.Contains([]State{Booked, SwapOffered, Attended}, m.Entry.State) {
			return m, err
		}
		captain, err = m.callCaptain(ctx, tx, rules)
		return m, err
	})
	if err != nil || captain == "" {
		return m, err
	}
	verb := "line.captain_name"
	if m.Phone != "" {
		verb = "line.captain_phone"
	}
	return m, s.audit.Read(ctx, audit.Entry{Verb: verb, Object: "shift:" + id, Subjects: []string{captain}, Count: 1})
}

// callCaptain fills in who leads the shift, and her number where she gives it to those on her shift.
func (m *Mine) callCaptain(ctx context.Context, tx *db.Tx, rules Rules) (person string, err error) {
	d := Day{Line: m.Line, Shift: &m.Shift}
	if person, err = d.captain(ctx, tx, nil); err != nil || person == "" {
		return "", err
	}
	m.Captain = d.Captain
	if !m.Shift.reached(tx.Now, rules) {
		return person, nil
	}
	var gives bool
	if _, err := db.Found(tx.Row(ctx, `SELECT show_phone FROM availability WHERE person_id = $1`, person).Scan(&gives)); err != nil {
		return "", fmt.Errorf("read captain's choice: %w", err)
	}
	if gives {
		m.Phone = d.Phone
	}
	return person, nil
}

func (s *Store) mineOf(ctx context.Context, tx *db.Tx, x *Shift, l *Line, person string, rules Rules) (*Mine, error) {
	m := &Mine{Shift: *x, Line: *l, State: x.State(tx.Now, rules), Late: !tx.Now.Before(x.Starts.Add(-rules.cancelUntil()))}
	e, err := mine(ctx, tx, x.ID, person)
	switch {
	case fault.CodeOf(err) == fault.Missing:
		a, err := availabilityOf(ctx, tx, person)
		m.Briefed = map[Role]bool{Captain: a.Captain, Safety: a.Safety}
		return m, err
	case err != nil:
		return nil, err
	}
	m.Entry = e
	if e.State == Waiting {
		if e.Number, err = number(ctx, tx, e); err != nil {
			return nil, err
		}
	}
	if _, err = db.Found(tx.Row(ctx, `SELECT state FROM swap WHERE entry_id = $1 AND state IN ('open', 'taken')`, e.ID).Scan(&m.Swap)); err != nil {
		return nil, fmt.Errorf("read swap: %w", err)
	}
	return m, nil
}

// Ask is a colleague's place that the caller was asked to take. Whose it is she is not told.
type Ask struct {
	Swap, State string
	Mine        bool // she took it; the captain decides
	Shift       Shift
	Line        Line
	Role        Role
}

// MyShifts are the caller's own, those she was asked about, and those open for sign-up, by start.
func (s *Store) MyShifts(ctx context.Context) (own, open []Mine, asks []Ask, err error) {
	person, err := me(ctx)
	if err != nil {
		return nil, nil, nil, err
	}
	_, err = db.InRead(ctx, s.d, func(tx *db.Tx) (struct{}, error) {
		all, err := lines(ctx, tx)
		if err != nil {
			return struct{}{}, err
		}
		at := map[string]*Line{}
		for i := range all {
			at[all[i].ID] = &all[i]
		}
		ids, err := selves(ctx, tx, person)
		if err != nil {
			return struct{}{}, err
		}
		var args db.Args
		where := "ends_at > " + args.Add(tx.Now.Add(-24*time.Hour).UnixMilli()) + " AND (state = 'open' OR state = 'cancelled' AND id IN (SELECT shift_id FROM shift_entry WHERE person_id IN " +
			args.In(ids) + "))"
		shifts, err := shiftsOf(ctx, tx, where, args...)
		if err != nil {
			return struct{}{}, err
		}
		rules, err := rulesOf(ctx, tx)
		if err != nil {
			return struct{}{}, err
		}
		for i := range shifts {
			x, l := &shifts[i], at[shifts[i].LineID]
			if l == nil {
				continue
			}
			x.Starts, x.Ends = x.Starts.In(l.zone()), x.Ends.In(l.zone())
			m, err := s.mineOf(ctx, tx, x, l, person, rules)
			if err != nil {
				return struct{}{}, err
			}
			if m.Entry != nil {
				own = append(own, *m)
			} else if x.Ends.After(tx.Now) && x.Decided == Open {
				open = append(open, *m)
			}
		}
		asks, err = s.asks(ctx, tx, person)
		return struct{}{}, err
	})
	return own, open, asks, err
}

func (s *Store) asks(ctx context.Context, tx *db.Tx, person string) ([]Ask, error) {
	type one struct {
		id, state, taker, shift string
		role                    Role
	}
	all, err := db.All(ctx, tx, func(r *sql.Rows) (o one, err error) { return o, r.Scan(&o.id, &o.state, &o.taker, &o.shift, &o.role) },
		`SELECT w.id, w.state, w.taker_id, e.shift_id, e.role FROM swap_ask a JOIN swap w ON w.id = a.swap_id JOIN shift_entry e ON e.id = w.entry_id
			JOIN shift s ON s.id = e.shift_id WHERE a.person_id = $1 AND w.state IN ('open', 'taken') AND s.starts_at > $2 ORDER BY s.starts_at, w.id LIMIT 50`,
		person, tx.Now.UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("read who asks: %w", err)
	}
	var out []Ask
	for _, o := range all {
		if o.state == "taken" && o.taker != person {
			continue
		}
		x, l, err := shiftOf(ctx, tx, o.shift)
		if err != nil {
			return nil, err
		}
		out = append(out, Ask{Swap: o.id, State: o.state, Mine: o.taker == person, Shift: *x, Line: *l, Role: o.role})
	}
	return out, nil
}
