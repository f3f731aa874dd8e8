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
	"github.com/tenday/tenday/picket"
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
	Over    bool          // and nobody checked her in: she is asked whether she was there
	Says    string        // what she answered
	Briefed map[Role]bool // of the roles that want it
	Back    string        // of the last shift before work resumes: her worksite; OneShift alone fills it in, for those who are booked
	BackMin int           // the way there from the line, an estimate
	Why     *Why          `json:"-"` // how she came to it; OneShift alone fills it in, for those who are booked
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
		if err := m.whyHere(ctx, tx); err != nil {
			return nil, err
		}
		if err := s.wayBack(ctx, tx, m); err != nil {
			return nil, err
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

// wayBack fills in how far it is to work, where work resumes when the shift ends.
func (s *Store) wayBack(ctx context.Context, tx *db.Tx, m *Mine) error {
	strike, err := s.strike(ctx, tx, m.Line.Strike)
	if err != nil || strike.Ends.IsZero() || m.Shift.Ends.Before(strike.Ends) {
		return err
	}
	var name, zip string
	_, err = db.Found(tx.Row(ctx, `SELECT w.name, w.zip FROM person_now n JOIN worksite w ON w.id = n.worksite_id WHERE n.person_id = $1`, m.Entry.Person).Scan(&name, &zip))
	if err != nil {
		return fmt.Errorf("read where she works: %w", err)
	}
	if from, to := usable(m.Line.ZIP), usable(zip); from != "" && to != "" {
		m.Back, m.BackMin = name, picket.WayMinutes(from, to)
	}
	return nil
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
	if m.Over = !tx.Now.Before(x.Ends) && x.Decided == Open && (e.State == Booked || e.State == SwapOffered || e.State == Absent); m.Over {
		if m.Says, err = saidOf(ctx, tx, e.ID); err != nil {
			return nil, err
		}
	}
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

// MyShifts is what a member chooses from, each list by start.
type MyShifts struct {
	Own   []Mine
	Asks  []Ask  // what colleagues asked her to take
	Open  []Mine // for sign-up: all there are, or where they are many those of one line, or of the lines nearest to her
	Line  string // the line that was asked for
	Lines []Line // where more are open than Open holds: all lines that have some, by name
}

// A member's page holds what a phone shows and loads: of more than mostOpen shifts those of the nearest lines, enoughOpen or somewhat more.
const (
	mostOpen   = 60
	enoughOpen = 24
)

// MyShifts are the caller's own, those she was asked about, and those open for sign-up: of one line if she names it.
func (s *Store) MyShifts(ctx context.Context, line string) (*MyShifts, error) {
	person, err := me(ctx)
	if err != nil {
		return nil, err
	}
	return db.InRead(ctx, s.d, func(tx *db.Tx) (*MyShifts, error) {
		all, err := lines(ctx, tx)
		if err != nil {
			return nil, err
		}
		at := map[string]*Line{}
		for i := range all {
			at[all[i].ID] = &all[i]
		}
		ids, err := selves(ctx, tx, person)
		if err != nil {
			return nil, err
		}
		rules, err := rulesOf(ctx, tx)
		if err != nil {
			return nil, err
		}
		v := &MyShifts{}
		var args db.Args
		where := "id IN (SELECT shift_id FROM shift_entry WHERE person_id IN " + args.In(ids) + " AND state <> 'cancelled') AND ends_at > " +
			args.Add(tx.Now.Add(-24*time.Hour).UnixMilli()) + " AND state <> 'draft'"
		own, err := shiftsOf(ctx, tx, where, args...)
		if err != nil {
			return nil, err
		}
		has := map[string]bool{}
		for i := range own {
			x, l := &own[i], at[own[i].LineID]
			if l == nil {
				continue
			}
			has[x.ID] = true
			x.Starts, x.Ends = x.Starts.In(l.zone()), x.Ends.In(l.zone())
			m, err := s.mineOf(ctx, tx, x, l, person, rules)
			if err != nil {
				return nil, err
			}
			v.Own = append(v.Own, *m)
		}
		open, err := v.open(ctx, tx, ids[0], all, line)
		if err != nil {
			return nil, err
		}
		for i := range open {
			x, l := &open[i], at[open[i].LineID]
			if l == nil || has[x.ID] {
				continue
			}
			x.Starts, x.Ends = x.Starts.In(l.zone()), x.Ends.In(l.zone())
			v.Open = append(v.Open, Mine{Shift: *x, Line: *l, State: x.State(tx.Now, rules), Late: !tx.Now.Before(x.Starts.Add(-rules.cancelUntil()))})
		}
		v.Asks, err = s.asks(ctx, tx, person)
		return v, err
	})
}

// open returns the shifts that are open for sign-up and that the page shows.
func (v *MyShifts) open(ctx context.Context, tx *db.Tx, person string, all []Line, line string) ([]Shift, error) {
	n, total := map[string]int{}, 0
	err := tx.Rows(ctx, `SELECT line_id, COUNT(*) FROM shift WHERE state = 'open' AND ends_at > $1 GROUP BY line_id ORDER BY line_id LIMIT 1000`, []any{tx.Now.UnixMilli()}, func(r *sql.Rows) error {
		var id string
		var some int
		err := r.Scan(&id, &some)
		n[id] = some
		total += some
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count open shifts: %w", err)
	}
	const isOpen = "state = 'open' AND ends_at > "
	if total <= mostOpen {
		return shiftsOf(ctx, tx, isOpen+"$1", tx.Now.UnixMilli())
	}
	v.Lines = slices.DeleteFunc(slices.Clone(all), func(l Line) bool { return n[l.ID] == 0 })
	chosen := []string{line}
	if v.Line = line; n[line] == 0 {
		v.Line = ""
		near, err := nearest(ctx, tx, person, v.Lines)
		if err != nil {
			return nil, err
		}
		chosen = nil
		for i, some := 0, 0; i < len(near) && some < enoughOpen; i++ {
			chosen = append(chosen, near[i].ID)
			some += n[near[i].ID]
		}
	}
	var args db.Args
	where := isOpen + args.Add(tx.Now.UnixMilli()) + " AND line_id IN " + args.In(chosen)
	return shiftsOf(ctx, tx, where, args...)
}

// nearest returns lines by the way of somebody to them, that of her own worksite first.
func nearest(ctx context.Context, tx *db.Tx, person string, all []Line) ([]Line, error) {
	var zip, site, siteZIP string
	_, err := db.Found(tx.Row(ctx, `SELECT p.home_zip, COALESCE(n.worksite_id, ''), COALESCE(w.zip, '') FROM person p LEFT JOIN person_now n ON n.person_id = p.id
		LEFT JOIN worksite w ON w.id = n.worksite_id WHERE p.id = $1`, person).Scan(&zip, &site, &siteZIP))
	if err != nil {
		return nil, fmt.Errorf("read where she lives: %w", err)
	}
	zip = usable(zip, siteZIP)
	type one struct {
		Line
		away int
	}
	var by []one
	for _, l := range all {
		o := one{l, picket.WayMinutes(zip, l.ZIP)}
		if site != "" && l.Worksite == site {
			o.away = -1
		}
		by = append(by, o)
	}
	slices.SortStableFunc(by, func(a, b one) int { return a.away - b.away }) // then by name, as they came
	var out []Line
	for _, o := range by {
		out = append(out, o.Line)
	}
	return out, nil
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
