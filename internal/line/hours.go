// SPDX-License-Identifier: Apache-2.0

package line

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/roster"
)

// Hours are somebody's minutes at the lines of a strike, with what is odd about them.
type Hours struct {
	Person  string   `json:"person"`
	Minutes int      `json:"minutes"`
	Flags   []string `json:"flags,omitempty"`
}

// The flags of hours that do not follow from the marks of a day alone.
const (
	ClockOff  = "clock"      // a phone's clock was off by more than two minutes: the time was put right by what it said when it next had a signal
	BeforeOn  = "before_on"  // she came before check-in opened for the minute at which the strike began
	SaysThere = "says_there" // she says that she was at a shift on which nobody checked her in: without minutes
	StillHere = "still_here" // her shift is not over: the minutes are those she will have
)

// HoursOf computes the hours of everybody who checked in at the lines of a strike ("" for lines that stand alone), by person. They count from the minute at which
// it began, and not at all where it never did. Only the coordinator of all of them may ask: it is what the pay desk certifies.
func (s *Store) HoursOf(ctx context.Context, strikeID string) ([]Hours, error) {
	all, err := s.Worked(ctx, strikeID)
	if err != nil {
		return nil, err
	}
	var out []Hours
	for _, w := range all {
		out = append(out, w.Hours)
	}
	slices.SortFunc(out, func(a, b Hours) int { return strings.Compare(a.Person, b.Person) })
	return out, nil
}

// everyLine answers Missing to whoever does not coordinate all lines.
func everyLine(ctx context.Context) (auth.Reach, error) {
	reach, err := auth.Allowed(ctx, mayManage)
	if err == nil && !reach.All {
		err = missing()
	}
	return reach, err
}

// Worked are somebody's hours with her name, and what was certified of them.
type Worked struct {
	Hours
	Name   string    `json:"name"`
	SaidBy string    `json:"-"` // whose word it is
	Said   int       `json:"-"` // the minutes that she certified
	SaidAt time.Time `json:"-"`
	Me     bool      `json:"-"` // the caller's own: another certifies them
}

// wanting says whether the hours want somebody's word and do not have it.
func (w *Worked) wanting() bool {
	return (slices.Contains(w.Flags, NoOut) || slices.Contains(w.Flags, SelfOnly)) && (w.SaidAt.IsZero() || w.Said != w.Minutes)
}

// odd says whether something about the hours is to be looked at: that she is on the line now is nothing odd.
func (h *Hours) odd() bool {
	return slices.ContainsFunc(h.Flags, func(f string) bool { return f != StillHere })
}

// Worked is HoursOf with names, by name; that they were read is on record. Errors: Forbidden; Missing also for an act without a line.
func (s *Store) Worked(ctx context.Context, strikeID string) ([]Worked, error) {
	out, entry, err := s.worked(ctx, strikeID, "line.hours")
	if err != nil {
		return nil, err
	}
	return out, s.audit.Read(ctx, entry)
}

// worked reads them, with what is to be on record of it under a verb.
func (s *Store) worked(ctx context.Context, strikeID, verb string) ([]Worked, audit.Entry, error) {
	reach, err := everyLine(ctx)
	if err != nil {
		return nil, audit.Entry{}, err
	}
	out, err := db.InRead(ctx, s.d, func(tx *db.Tx) ([]Worked, error) {
		if strikeID != "" {
			some, err := db.Strings(ctx, tx, `SELECT id FROM line WHERE strike_id = $1 ORDER BY id LIMIT 1`, strikeID)
			if err != nil {
				return nil, fmt.Errorf("look for lines: %w", err)
			}
			if len(some) == 0 {
				return nil, missing()
			}
		}
		all, err := s.hours(ctx, tx, strikeID)
		if err != nil {
			return nil, err
		}
		return s.worded(ctx, tx, strikeID, all)
	})
	if err != nil {
		return nil, audit.Entry{}, err
	}
	ids := make([]string, len(out))
	for i := range out {
		ids[i] = out[i].Person
	}
	return out, audit.Entry{Verb: verb, Object: "strike:" + strikeID, Scope: reach.Label(), Subjects: ids, Count: len(ids)}, nil
}

// TakeHours is Worked for a file, for whoever may export all besides. More than a hundred different people in a day nobody takes out alone: then it is asked for
// as that file, and nil comes back; or, with export, it is the file that was asked for under that id and that a second person approved. Errors: Forbidden,
// Missing, Conflict.
func (s *Store) TakeHours(ctx context.Context, file roster.File, export string) ([]Worked, error) {
	if own, err := auth.Allowed(ctx, auth.Export); err != nil {
		return nil, err
	} else if !own.All {
		return nil, fault.New(fault.Forbidden, "scope.export")
	}
	out, entry, err := s.worked(ctx, file.Of, "line.hours_export")
	if err != nil {
		return nil, err
	}
	return db.InTx(ctx, s.d, func(tx *db.Tx) ([]Worked, error) {
		if export != "" {
			if err := file.Approved(ctx, tx, export, len(out)); err != nil {
				return nil, err
			}
			entry.Object = "export:" + export
			_, err := audit.Append(ctx, tx, entry)
			return out, err
		}
		alone, err := roster.TakeAlone(ctx, tx, entry)
		if err != nil || alone {
			return out, err
		}
		return nil, file.Ask(ctx, tx, len(out))
	})
}

// worded adds names and certificates.
func (s *Store) worded(ctx context.Context, tx *db.Tx, strikeID string, all []Hours) ([]Worked, error) {
	var ids []string
	for _, h := range all {
		ids = append(ids, h.Person)
	}
	names, err := namesOf(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	self := ""
	if id := auth.By(ctx); id != nil && id.Person != "" {
		if self, err = human(ctx, tx, id.Person); err != nil {
			return nil, err
		}
	}
	out := make([]Worked, len(all))
	index := map[string]*Worked{}
	for i, h := range all {
		out[i] = Worked{Hours: h, Name: names[h.Person], Me: h.Person == self}
		index[h.Person] = &out[i]
	}
	err = tx.Rows(ctx, `SELECT h.person_id, h.minutes, h.at, COALESCE(a.display, '') FROM hours_word h LEFT JOIN account a ON a.id = h.by_account
		WHERE h.strike_id = $1 ORDER BY h.person_id LIMIT 200000`, []any{strikeID}, func(r *sql.Rows) error {
		var person, by string
		var minutes int
		var at int64
		err := r.Scan(&person, &minutes, &at, &by)
		if w := index[person]; w != nil {
			w.Said, w.SaidAt, w.SaidBy = minutes, time.UnixMilli(at), by
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read certificates: %w", err)
	}
	slices.SortStableFunc(out, func(a, b Worked) int { return strings.Compare(roster.Fold(a.Name), roster.Fold(b.Name)) })
	return out, nil
}

// Certify keeps the coordinator's word for somebody's hours as she saw them. Nobody certifies her own. Errors: Forbidden, Missing; Conflict where the marks make
// other minutes by now.
func (s *Store) Certify(ctx context.Context, strikeID, person string, minutes int) error {
	if _, err := everyLine(ctx); err != nil {
		return err
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		if own, err := isMe(ctx, tx, person); err != nil {
			return err
		} else if own {
			return fault.New(fault.Forbidden, "line.of.own")
		}
		all, err := s.hours(ctx, tx, strikeID)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(h Hours) bool { return h.Person == person })
		if i < 0 {
			return missing()
		}
		if all[i].Minutes != minutes {
			return fault.New(fault.Conflict, "line.of.changed")
		}
		_, err = tx.Exec(ctx, `INSERT INTO hours_word (strike_id, person_id, minutes, by_account, at) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (strike_id, person_id) DO UPDATE SET minutes = excluded.minutes, by_account = excluded.by_account, at = excluded.at`,
			strikeID, person, minutes, audit.By(ctx).Account, tx.Now.UnixMilli())
		if err != nil {
			return fmt.Errorf("certify hours: %w", err)
		}
		return s.done(ctx, tx, audit.Entry{Verb: "line.certify", Object: "strike:" + strikeID, Detail: strconv.Itoa(minutes), Subjects: []string{person}, Count: 1})
	})
}

// workedActs are the acts that lines belong to, the newest first; one without an id for lines that stand alone.
func (s *Store) workedActs(ctx context.Context) ([]Strike, error) {
	return db.InRead(ctx, s.d, func(tx *db.Tx) ([]Strike, error) {
		ids, err := db.Strings(ctx, tx, `SELECT strike_id FROM line GROUP BY strike_id ORDER BY MAX(at) DESC, strike_id LIMIT 100`)
		if err != nil {
			return nil, fmt.Errorf("read acts: %w", err)
		}
		known, err := s.strikes(ctx, tx)
		if err != nil {
			return nil, err
		}
		var out []Strike
		for _, id := range ids {
			out = append(out, known.of(id))
			out[len(out)-1].ID = id
		}
		return out, nil
	})
}

func (s *Store) hours(ctx context.Context, tx *db.Tx, strikeID string) ([]Hours, error) {
	rules, err := rulesOf(ctx, tx)
	if err != nil {
		return nil, err
	}
	strike, err := s.strike(ctx, tx, strikeID)
	if err != nil {
		return nil, err
	}
	var over int64 // when it was called off, suspended or settled: nothing counts from then on
	if err := tx.Row(ctx, `SELECT COALESCE(MIN(s.off_at), 0) FROM line l JOIN shift s ON s.line_id = l.id
		WHERE l.strike_id = $1 AND s.off_why IN ('called_off', 'suspended', 'settled')`, strikeID).Scan(&over); err != nil {
		return nil, fmt.Errorf("read when it was off: %w", err)
	}
	if at := time.UnixMilli(over); over > 0 && (strike.Ends.IsZero() || at.Before(strike.Ends)) {
		strike.Ends = at
	}
	begun := strike.ID == "" || !strike.On.IsZero()
	never, on := !begun && !tx.Now.Before(strike.Starts), strike.On
	if !begun {
		on = strike.Starts // which is still to come, or nothing counts
	}
	shifts := map[string][]Stretch{}
	err = tx.Rows(ctx, `SELECT CASE WHEN p.merged_into <> '' THEN p.merged_into ELSE p.id END, s.line_id, s.starts_at, s.ends_at, s.off_at FROM shift_entry e
		JOIN shift s ON s.id = e.shift_id JOIN line l ON l.id = s.line_id JOIN person p ON p.id = e.person_id
		WHERE l.strike_id = $1 AND e.state = 'attended' ORDER BY e.person_id, s.starts_at, s.id LIMIT 200000`, []any{strikeID}, func(r *sql.Rows) error {
		var person, lineID string
		var from, to, off int64
		if err := r.Scan(&person, &lineID, &from, &to, &off); err != nil {
			return err
		}
		if off > 0 {
			to = min(to, off)
		}
		shifts[person] = append(shifts[person], Stretch{lineID, time.UnixMilli(from), time.UnixMilli(to)})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read shifts worked: %w", err)
	}
	marks := map[string][]Mark{}
	more := map[string][]string{} // flags
	var order []string
	err = tx.Rows(ctx, `SELECT c.id, CASE WHEN p.merged_into <> '' THEN p.merged_into ELSE p.id END, c.line_id, c.kind, c.at, c.flags FROM checkin c
		JOIN line l ON l.id = c.line_id JOIN person p ON p.id = c.person_id WHERE l.strike_id = $1 ORDER BY 2, c.at, c.id LIMIT 400000`, []any{strikeID}, func(r *sql.Rows) error {
		var m Mark
		var person, kind, flags string
		var at int64
		if err := r.Scan(&m.ID, &person, &m.Line, &kind, &at, &flags); err != nil {
			return err
		}
		m.In, m.At, m.Self = kind == "in", time.UnixMilli(at), slices.Contains(strings.Fields(flags), flagSelf)
		if len(marks[person]) == 0 {
			order = append(order, person)
		}
		marks[person] = append(marks[person], m)
		if slices.Contains(strings.Fields(flags), flagClock) {
			more[person] = append(more[person], ClockOff)
		}
		if m.In && begun && m.At.Before(on.Add(-rules.captainsIn())) {
			more[person] = append(more[person], BeforeOn)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read check-ins: %w", err)
	}
	claims, err := db.Strings(ctx, tx, `SELECT DISTINCT CASE WHEN p.merged_into <> '' THEN p.merged_into ELSE p.id END FROM shift_step t JOIN shift_entry e ON e.id = t.entry_id
		JOIN shift s ON s.id = e.shift_id JOIN line l ON l.id = s.line_id JOIN person p ON p.id = e.person_id WHERE l.strike_id = $1 AND t.why = $2 AND e.state IN ('booked', 'swap_offered', 'absent')
		AND NOT EXISTS (SELECT 1 FROM shift_step u WHERE u.entry_id = t.entry_id AND u.why = $3 AND u.seq > t.seq) ORDER BY 1 LIMIT 200000`, strikeID, saysThere, saysNotThere)
	if err != nil {
		return nil, fmt.Errorf("read who says she was there: %w", err)
	}
	for _, person := range claims {
		more[person] = append(more[person], SaysThere)
		if len(marks[person]) == 0 {
			order = append(order, person)
		}
	}
	var out []Hours
	for _, person := range order {
		h := Hours{Person: person}
		worked := shifts[person]
		if never {
			worked, more[person] = nil, append(more[person], NotOn)
		}
		h.Minutes, h.Flags = Credit(Stretch{Start: on, End: strike.Ends}, worked, marks[person], rules.lateOut())
		if i := slices.Index(h.Flags, NoOut); i >= 0 && slices.ContainsFunc(worked, func(x Stretch) bool { return tx.Now.Before(x.End) && !x.Start.After(tx.Now.Add(rules.captainsIn())) }) {
			h.Flags[i] = StillHere
		}
		h.Flags = append(h.Flags, more[person]...)
		slices.Sort(h.Flags)
		h.Flags = slices.Compact(h.Flags)
		out = append(out, h)
	}
	return out, nil
}
