// SPDX-License-Identifier: Apache-2.0

package line

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/roster"
)

// Listed is somebody on a captain's list: name, booking, check-in; nothing else of her. Her phone stands there if she is booked, from a day before the
// shift to its end; never that of one who waits or who came without a booking.
type Listed struct {
	Entry Entry
	Name  string
	Phone string
	Here  time.Time // when she came, if she is here now
	Left  time.Time // when she left
	Other string    // another line at which she is checked in, too
	Code  string    // the hash of her code, so that a phone without network knows it
	Me    bool      // the caller herself
	Alone bool      // she checked herself in, and nobody else has marked her: a second witness is wanted
	Gone  bool      // she has left the unit, or was put out of it, since she was booked: her place waits for somebody to free it
	Fits  []Role    `json:"-"` // other roles that she may have on the shift
}

// Roll is the list of one shift.
type Roll struct {
	Shift  Shift
	People []Listed
	Calls  bool // it is time to call those who have not answered, until the shift begins
}

// gone says that somebody is no member any more: nothing of the line is hers to read, and she is not expected.
func gone(status roster.UnitStatus) bool {
	return status == roster.OutOfUnit || status == roster.LeftUnit
}

// unanswered says whether she holds a place and nobody knows whether she comes.
func (p *Listed) unanswered() bool {
	return p.Entry.Held && p.Entry.Role != Standby && (p.Entry.State == Booked || p.Entry.State == SwapOffered) && p.Entry.Confirmed.IsZero()
}

// Rolls are the lists of a line that the caller leads: the shift that runs and those that begin within the next twelve hours, or the next one; from the evening
// on all of the following day, which are printed then. The captain of one shift gets the list of that shift.
func (s *Store) Rolls(ctx context.Context, lineID string) (*Line, []Roll, error) {
	var l *Line
	var ids []string
	out, err := db.InRead(ctx, s.d, func(tx *db.Tx) ([]Roll, error) {
		var err error
		var caller standing
		if l, caller, err = s.lead(ctx, tx, lineID); err != nil {
			return nil, err
		}
		rules, err := rulesOf(ctx, tx)
		if err != nil {
			return nil, err
		}
		shifts, err := shiftsOf(ctx, tx, "line_id = $1 AND state = 'open' AND ends_at > $2", l.ID, tx.Now.Add(-rules.lateOut()).UnixMilli())
		if err != nil {
			return nil, err
		}
		shifts = slices.DeleteFunc(shifts, func(x Shift) bool { return !caller.over(x.ID) })
		var me []string
		if id := auth.By(ctx); id != nil && id.Person != "" {
			if me, err = selves(ctx, tx, id.Person); err != nil {
				return nil, err
			}
		}
		var out []Roll
		for i := range shifts {
			x := shifts[i]
			if len(out) > 0 && x.Starts.After(rules.horizon(tx.Now.In(l.zone()))) {
				break
			}
			x.Starts, x.Ends = x.Starts.In(l.zone()), x.Ends.In(l.zone())
			people, err := s.roll(ctx, tx, &x, rules)
			if err != nil {
				return nil, err
			}
			for i := range people {
				ids = append(ids, people[i].Entry.Person)
				people[i].Me = slices.Contains(me, people[i].Entry.Person)
			}
			out = append(out, Roll{x, people, !tx.Now.Before(rules.calls(x.Starts)) && tx.Now.Before(x.Starts)})
		}
		return out, nil
	})
	if err != nil {
		return nil, nil, err
	}
	return l, out, s.audit.Read(ctx, audit.Entry{Verb: "line.roll", Object: "line:" + lineID, Scope: "line:" + lineID, Subjects: ids, Count: len(ids)})
}

// horizon is until when the lists of a line's shifts are there together: now carries its zone.
func (r Rules) horizon(now time.Time) time.Time {
	if now.Format("15:04") < r.CallListAt {
		return now.Add(soon)
	}
	return time.Date(now.Year(), now.Month(), now.Day()+2, 0, 0, 0, 0, now.Location()).Add(-time.Millisecond)
}

// soon is how long before a shift its list is there.
const soon = 12 * time.Hour

// listed are those of some lines that have a shift which runs or begins soon, the first to begin first.
func (s *Store) listed(ctx context.Context, of []Line) ([]Line, error) {
	return db.InRead(ctx, s.d, func(tx *db.Tx) ([]Line, error) {
		shifts, err := shiftsOf(ctx, tx, "state = 'open' AND ends_at > $1 AND starts_at <= $2", tx.Now.UnixMilli(), tx.Now.Add(soon).UnixMilli())
		if err != nil {
			return nil, err
		}
		slices.SortStableFunc(shifts, func(a, b Shift) int { return a.Starts.Compare(b.Starts) })
		var out []Line
		for _, x := range shifts {
			at := slices.IndexFunc(of, func(l Line) bool { return l.ID == x.LineID })
			if at >= 0 && !slices.ContainsFunc(out, func(l Line) bool { return l.ID == x.LineID }) {
				out = append(out, of[at])
			}
		}
		return out, nil
	})
}

// callable is how long before a shift the numbers of those who stand on it are shown: people have to reach each other on the day, not the week before.
const callable = 24 * time.Hour

// reached says whether numbers are shown now: from a day before the shift until those who stayed on have gone.
func (x *Shift) reached(now time.Time, rules Rules) bool {
	return x.Decided == Open && !now.Before(x.Starts.Add(-callable)) && now.Before(x.Ends.Add(rules.lateOut()))
}

// roll returns who is booked, waits or came, by name. One query by the shift's index, one for the marks.
func (s *Store) roll(ctx context.Context, tx *db.Tx, x *Shift, rules Rules) ([]Listed, error) {
	entries, err := entriesOf(ctx, tx, "shift_id = $1 AND state <> 'cancelled' ORDER BY id", x.ID)
	if err != nil {
		return nil, err
	}
	byPerson, byHuman := map[string]*Listed{}, map[string]*Listed{}
	all := make([]Listed, len(entries))
	for i, e := range entries {
		all[i].Entry = e
		byPerson[e.Person] = &all[i]
	}
	sort := map[string]string{}
	err = tx.Rows(ctx, `SELECT e.person_id, n.person_id, n.given, n.family, n.phone, n.sort_key, COALESCE(c.code, ''), COALESCE(a.captain, 0), COALESCE(a.safety, 0), n.unit_status
		FROM shift_entry e JOIN person p ON p.id = e.person_id
		JOIN person_now n ON n.person_id = CASE WHEN p.merged_into <> '' THEN p.merged_into ELSE p.id END
		LEFT JOIN member_code c ON c.person_id = e.person_id LEFT JOIN availability a ON a.person_id = e.person_id WHERE e.shift_id = $1 AND e.state <> 'cancelled' ORDER BY e.id LIMIT 20000`, []any{x.ID}, func(r *sql.Rows) error {
		var id, one, given, family, phone, key, code string
		var captain, safety bool
		var status roster.UnitStatus
		if err := r.Scan(&id, &one, &given, &family, &phone, &key, &code, &captain, &safety, &status); err != nil {
			return err
		}
		if p := byPerson[id]; p != nil {
			p.Name, p.Gone = given+" "+family, gone(status)
			p.Fits = x.fits(&p.Entry, map[Role]bool{Captain: captain, Safety: safety, OnLine: true})
			if p.Entry.Source != "walk_in" && p.Entry.State != Waiting && p.Entry.State != Offered && x.reached(tx.Now, rules) {
				p.Phone = phone
			}
			byHuman[one], sort[id] = p, key
			if code != "" {
				p.Code = hashOf(code)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read names: %w", err)
	}
	seen := map[string]bool{} // marked by somebody else
	err = tx.Rows(ctx, `SELECT CASE WHEN p.merged_into <> '' THEN p.merged_into ELSE p.id END, c.line_id, c.kind, c.at, c.flags, l.name
		FROM checkin c JOIN line l ON l.id = c.line_id JOIN person p ON p.id = c.person_id WHERE c.at > $1 AND c.at < $2 AND c.person_id IN (
			SELECT person_id FROM shift_entry WHERE shift_id = $3
			UNION SELECT q.merged_into FROM shift_entry e JOIN person q ON q.id = e.person_id WHERE e.shift_id = $4 AND q.merged_into <> ''
			UNION SELECT q.id FROM shift_entry e JOIN person q ON q.merged_into = e.person_id AND q.merged_into <> '' WHERE e.shift_id = $5)
		ORDER BY c.at, c.id LIMIT 50000`,
		[]any{x.Starts.Add(-4 * time.Hour).UnixMilli(), x.Ends.Add(4 * time.Hour).UnixMilli(), x.ID, x.ID, x.ID}, func(r *sql.Rows) error {
			var id, line, kind, flags, name string
			var at int64
			if err := r.Scan(&id, &line, &kind, &at, &flags, &name); err != nil {
				return err
			}
			p := byHuman[id]
			when := time.UnixMilli(at).In(x.Starts.Location())
			own := slices.Contains(strings.Fields(flags), flagSelf)
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
			if p != nil && line == x.LineID {
				seen[id] = seen[id] || !own
				p.Alone = p.Alone || own
			}
			return nil
		})
	if err != nil {
		return nil, fmt.Errorf("read marks: %w", err)
	}
	for id, p := range byHuman {
		p.Alone = p.Alone && !seen[id]
	}
	numbered(all)
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

// fits are the other roles that somebody on the shift could take now: that have a place left, and she is fit for.
func (x *Shift) fits(e *Entry, fit map[Role]bool) (out []Role) {
	if !slices.Contains([]State{Booked, SwapOffered, Attended}, e.State) {
		return nil
	}
	for _, n := range x.Needs {
		if n.Role != e.Role && fit[n.Role] && n.Taken < n.Max {
			out = append(out, n.Role)
		}
	}
	return out
}

// numbered gives those who wait their numbers, by role: the same that they read on their own pages.
func numbered(all []Listed) {
	var wait []*Entry
	for i := range all {
		if e := &all[i].Entry; e.State == Waiting {
			wait = append(wait, e)
		}
	}
	slices.SortFunc(wait, func(a, b *Entry) int { return a.Ticket - b.Ticket })
	last := map[Role]int{}
	for _, e := range wait {
		last[e.Role]++
		e.Number = last[e.Role]
	}
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

// Wish is a swap that waits for the captain: who would come instead of whom.
type Wish struct {
	Swap, Giver, Taker string
	Own                bool // the caller is one of the two: another decides
}

// Wishes are the swaps that somebody took of the shifts that the caller looks after, with names. That they were read is on record.
func (s *Store) Wishes(ctx context.Context, lineID string) ([]Wish, error) {
	var ids []string
	all, err := db.InRead(ctx, s.d, func(tx *db.Tx) ([]Wish, error) {
		l, caller, err := s.lead(ctx, tx, lineID)
		if err != nil {
			return nil, err
		}
		type one struct {
			Wish
			shift string
		}
		some, err := db.All(ctx, tx, func(r *sql.Rows) (w one, err error) { return w, r.Scan(&w.Swap, &w.Giver, &w.Taker, &w.shift) },
			`SELECT w.id, e.person_id, w.taker_id, s.id FROM swap w JOIN shift_entry e ON e.id = w.entry_id JOIN shift s ON s.id = e.shift_id
				WHERE s.line_id = $1 AND w.state = 'taken' AND s.ends_at > $2 ORDER BY w.taken_at, w.id LIMIT 100`, l.ID, tx.Now.UnixMilli())
		if err != nil {
			return nil, fmt.Errorf("read swaps: %w", err)
		}
		var out []Wish
		for _, w := range some {
			if !caller.over(w.shift) {
				continue
			}
			for _, p := range []string{w.Giver, w.Taker} {
				own, err := isMe(ctx, tx, p)
				if err != nil {
					return nil, err
				}
				w.Own = w.Own || own
			}
			out, ids = append(out, w.Wish), append(ids, w.Giver, w.Taker)
		}
		names, err := namesOf(ctx, tx, ids)
		for i := range out {
			out[i].Giver, out[i].Taker = names[out[i].Giver], names[out[i].Taker]
		}
		return out, err
	})
	if err != nil || len(ids) == 0 {
		return all, err
	}
	return all, s.audit.Read(ctx, audit.Entry{Verb: "line.swaps", Object: "line:" + lineID, Scope: "line:" + lineID, Subjects: ids, Count: len(ids)})
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
