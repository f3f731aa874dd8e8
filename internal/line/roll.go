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
)

// Listed is somebody on a captain's list: name, booking, check-in, phone; nothing else of her.
type Listed struct {
	Entry Entry
	Name  string
	Phone string
	Here  time.Time // when she came, if she is here now
	Left  time.Time // when she left
	Other string    // another line at which she is checked in, too
	Code  string    // the hash of her code, so that a phone without network knows it
}

// Roll is the list of one shift.
type Roll struct {
	Shift  Shift
	People []Listed
}

// Rolls are the lists of a line that the caller leads: the shift that runs and those that begin within the next twelve hours, or the next one.
func (s *Store) Rolls(ctx context.Context, lineID string) (*Line, []Roll, error) {
	var l *Line
	var ids []string
	out, err := db.InRead(ctx, s.d, func(tx *db.Tx) ([]Roll, error) {
		var err error
		if l, err = s.lead(ctx, tx, lineID); err != nil {
			return nil, err
		}
		rules, err := rulesOf(ctx, tx)
		if err != nil {
			return nil, err
		}
		shifts, err := shiftsOf(ctx, tx, "line_id = $1 AND state <> 'cancelled' AND ends_at > $2", l.ID, tx.Now.Add(-rules.lateOut()).UnixMilli())
		if err != nil {
			return nil, err
		}
		var out []Roll
		for i := range shifts {
			x := shifts[i]
			if len(out) > 0 && x.Starts.After(tx.Now.Add(12*time.Hour)) {
				break
			}
			x.Starts, x.Ends = x.Starts.In(l.zone()), x.Ends.In(l.zone())
			people, err := s.roll(ctx, tx, &x)
			if err != nil {
				return nil, err
			}
			for _, p := range people {
				ids = append(ids, p.Entry.Person)
			}
			out = append(out, Roll{x, people})
		}
		return out, nil
	})
	if err != nil {
		return nil, nil, err
	}
	return l, out, s.audit.Read(ctx, audit.Entry{Verb: "line.roll", Object: "line:" + lineID, Scope: "line:" + lineID, Subjects: ids, Count: len(ids)})
}

// roll returns who is booked, waits or came, by name. One query by the shift's index, one for the marks.
func (s *Store) roll(ctx context.Context, tx *db.Tx, x *Shift) ([]Listed, error) {
	entries, err := entriesOf(ctx, tx, "shift_id = $1 AND state <> 'cancelled' ORDER BY id", x.ID)
	if err != nil {
		return nil, err
	}
	byPerson := map[string]*Listed{}
	all := make([]Listed, len(entries))
	for i, e := range entries {
		all[i].Entry = e
		byPerson[e.Person] = &all[i]
	}
	sort := map[string]string{}
	err = tx.Rows(ctx, `SELECT e.person_id, n.given, n.family, n.phone, n.sort_key, COALESCE(c.code, '') FROM shift_entry e JOIN person p ON p.id = e.person_id
		JOIN person_now n ON n.person_id = CASE WHEN p.merged_into <> '' THEN p.merged_into ELSE p.id END
		LEFT JOIN member_code c ON c.person_id = e.person_id WHERE e.shift_id = $1 AND e.state <> 'cancelled' ORDER BY e.id LIMIT 20000`, []any{x.ID}, func(r *sql.Rows) error {
		var id, given, family, phone, key, code string
		if err := r.Scan(&id, &given, &family, &phone, &key, &code); err != nil {
			return err
		}
		if p := byPerson[id]; p != nil {
			p.Name, p.Phone = given+" "+family, phone
			sort[id] = key
			if code != "" {
				p.Code = hashOf(code)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read names: %w", err)
	}
	err = tx.Rows(ctx, `SELECT c.person_id, c.line_id, c.kind, c.at, l.name FROM checkin c JOIN line l ON l.id = c.line_id WHERE c.at > $1 AND c.at < $2
		AND c.person_id IN (SELECT person_id FROM shift_entry WHERE shift_id = $3) ORDER BY c.at, c.id LIMIT 50000`,
		[]any{x.Starts.Add(-4 * time.Hour).UnixMilli(), x.Ends.Add(4 * time.Hour).UnixMilli(), x.ID}, func(r *sql.Rows) error {
			var id, line, kind, name string
			var at int64
			if err := r.Scan(&id, &line, &kind, &at, &name); err != nil {
				return err
			}
			p := byPerson[id]
			when := time.UnixMilli(at).In(x.Starts.Location())
			switch {
			case p == nil:
			case line != x.LineID:
				p.Other = ""
				if kind == "in" {
					p.Other = name
				}
			case kind == "in" && p.Here.IsZero():
				p.Here, p.Left = when, time.Time{}
			case kind == "out" && !p.Here.IsZero():
				p.Here, p.Left = time.Time{}, when
			}
			return nil
		})
	if err != nil {
		return nil, fmt.Errorf("read marks: %w", err)
	}
	slices.SortStableFunc(all, func(a, b Listed) int {
		if c := slices.Index(Roles, a.Entry.Role) - slices.Index(Roles, b.Entry.Role); c != 0 && (a.Entry.Role == Captain || b.Entry.Role == Captain) {
			return c
		}
		if sort[a.Entry.Person] < sort[b.Entry.Person] {
			return -1
		}
		return bit(sort[a.Entry.Person] > sort[b.Entry.Person])
	})
	return all, nil
}

// namesOf returns the names of people whom a page of the coordinator shows.
func namesOf(ctx context.Context, tx *db.Tx, ids []string) (map[string]string, error) {
	out := map[string]string{}
	for part := range slices.Chunk(slices.Compact(slices.Sorted(slices.Values(ids))), 500) {
		var args db.Args
		err := tx.Rows(ctx, `SELECT p.id, n.given, n.family FROM person p JOIN person_now n ON n.person_id = CASE WHEN p.merged_into <> '' THEN p.merged_into ELSE p.id END
			WHERE p.id IN `+args.In(part)+` ORDER BY p.id LIMIT 1000`, args, func(r *sql.Rows) error {
			var id, given, family string
			err := r.Scan(&id, &given, &family)
			out[id] = given + " " + family
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("read names: %w", err)
		}
	}
	return out, nil
}

// Mine is a shift as a member sees it.
type Mine struct {
	Shift   Shift
	Line    Line
	Entry   *Entry // nil: she is not on it
	Captain string // name, for those who are booked
	Phone   string
	State   ShiftState
	Late    bool // too late to leave by herself
	Swap    string
	Briefed map[Role]bool // of the roles that want it
}

// OneShift returns a shift for anybody who is signed in; the captain's name and number for those who are on it.
func (s *Store) OneShift(ctx context.Context, id string) (*Mine, error) {
	person, err := me(ctx)
	if err != nil {
		return nil, err
	}
	return db.InRead(ctx, s.d, func(tx *db.Tx) (*Mine, error) {
		x, l, err := shiftOf(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		if x.Decided == Draft && len(x.Needs) == 0 {
			return nil, missing()
		}
		return s.mineOf(ctx, tx, x, l, person)
	})
}

func (s *Store) mineOf(ctx context.Context, tx *db.Tx, x *Shift, l *Line, person string) (*Mine, error) {
	rules, err := rulesOf(ctx, tx)
	if err != nil {
		return nil, err
	}
	m := &Mine{Shift: *x, Line: *l, State: x.State(tx.Now, rules), Late: !tx.Now.Before(x.Starts.Add(-rules.cancelUntil()))}
	a, err := availabilityOf(ctx, tx, person)
	if err != nil {
		return nil, err
	}
	m.Briefed = map[Role]bool{Captain: a.Captain, Safety: a.Safety}
	entries, err := entriesOf(ctx, tx, "shift_id = $1 AND person_id = $2 AND state <> 'cancelled' ORDER BY id", x.ID, person)
	if err != nil {
		return nil, err
	}
	if len(entries) == 0 {
		return m, nil
	}
	m.Entry = &entries[0]
	if m.Entry.State == Waiting {
		if m.Entry.Number, err = number(ctx, tx, m.Entry); err != nil {
			return nil, err
		}
	}
	d := Day{Line: *l, Shift: x}
	if _, err := d.captain(ctx, tx, nil); err != nil {
		return nil, err
	}
	m.Captain, m.Phone = d.Captain, d.Phone
	_, err = db.Found(tx.Row(ctx, `SELECT state FROM swap WHERE entry_id = $1 AND state IN ('open', 'taken')`, m.Entry.ID).Scan(&m.Swap))
	if err != nil {
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
		shifts, err := shiftsOf(ctx, tx, "ends_at > $1 AND (state = 'open' OR id IN (SELECT shift_id FROM shift_entry WHERE person_id = $2))", tx.Now.Add(-24*time.Hour).UnixMilli(), person)
		if err != nil {
			return struct{}{}, err
		}
		for i := range shifts {
			x, l := &shifts[i], at[shifts[i].LineID]
			if l == nil {
				continue
			}
			x.Starts, x.Ends = x.Starts.In(l.zone()), x.Ends.In(l.zone())
			m, err := s.mineOf(ctx, tx, x, l, person)
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

// Wish is a swap that waits for the captain.
type Wish struct{ Swap, Giver, Taker string }

// Wishes are the swaps of a line's shifts that somebody took.
func wishes(ctx context.Context, tx *db.Tx, lineID string) ([]Wish, error) {
	all, err := db.All(ctx, tx, func(r *sql.Rows) (w Wish, err error) { return w, r.Scan(&w.Swap, &w.Giver, &w.Taker) },
		`SELECT w.id, e.person_id, w.taker_id FROM swap w JOIN shift_entry e ON e.id = w.entry_id JOIN shift s ON s.id = e.shift_id
			WHERE s.line_id = $1 AND w.state = 'taken' AND s.ends_at > $2 ORDER BY w.taken_at, w.id LIMIT 100`, lineID, tx.Now.UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("read swaps: %w", err)
	}
	return all, nil
}

// Find returns a line by its name, with the ids of its shifts by start, for whoever coordinates it. Errors: Missing.
func (s *Store) Find(ctx context.Context, name string) (id string, shifts []string, err error) {
	_, err = db.InRead(ctx, s.d, func(tx *db.Tx) (struct{}, error) {
		found, err := db.Found(tx.Row(ctx, `SELECT id FROM line WHERE name = $1 AND closed_at = 0 ORDER BY id DESC LIMIT 1`, name).Scan(&id))
		if err != nil {
			return struct{}{}, fmt.Errorf("find line: %w", err)
		}
		if !found {
			return struct{}{}, missing()
		}
		if _, err := s.manage(ctx, tx, id); err != nil {
			return struct{}{}, err
		}
		all, err := shiftsOf(ctx, tx, "line_id = $1", id)
		for _, x := range all {
			shifts = append(shifts, x.ID)
		}
		return struct{}{}, err
	})
	return id, shifts, err
}
