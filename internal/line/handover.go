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
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/internal/job"
)

// handoverLate is how long after the start of a shift headquarters hears that its captains have not handed over.
const handoverLate = 10 * time.Minute

// sqlHandover are those of some shifts that take a line over from a shift with another captain and are not handed over: with the shift before.
const sqlHandover = `SELECT s.id, a.id FROM shift s JOIN shift a ON a.line_id = s.line_id AND a.state = 'open' AND a.ends_at <= s.starts_at AND a.ends_at > s.starts_at - 3600000
	WHERE s.state = 'open' AND s.id IN {shifts}
	AND EXISTS (SELECT 1 FROM shift_entry c WHERE c.shift_id = a.id AND c.role = 'captain' AND c.state IN ('booked', 'swap_offered', 'attended'))
	AND NOT EXISTS (SELECT 1 FROM shift_entry c JOIN shift_entry d ON d.person_id = c.person_id WHERE c.shift_id = a.id AND d.shift_id = s.id
		AND c.role = 'captain' AND d.role = 'captain' AND c.state <> 'cancelled' AND d.state <> 'cancelled')
	AND NOT EXISTS (SELECT 1 FROM handover h WHERE h.shift_id = s.id AND h.at > 0) ORDER BY s.id, a.ends_at DESC, a.id LIMIT 1000`

// handovers returns, by shift, the one before it from whose captain it is still to be taken over.
func handovers(ctx context.Context, tx *db.Tx, shifts []string) (map[string]string, error) {
	out := map[string]string{}
	for part := range slices.Chunk(shifts, 500) {
		var args db.Args
		err := tx.Rows(ctx, strings.Replace(sqlHandover, "{shifts}", args.In(part), 1), args, func(r *sql.Rows) error {
			var id, before string
			err := r.Scan(&id, &before)
			if out[id] == "" {
				out[id] = before
			}
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("read handovers: %w", err)
		}
	}
	return out, nil
}

// Handover is a line that passes from one captain to the next.
type Handover struct {
	Shift  Shift // that begins
	Here   int   // by the marks
	Said   int   // by who leaves; -1 while she has not said it
	SaidBy string
	Leaves bool // the caller looks after the shift that ends: she says the count
	Comes  bool // and after the one that begins: she confirms it, unless she said it
}

// Handovers are those of a line that the caller has a part in: from when the coming captain is checked in.
func (s *Store) Handovers(ctx context.Context, lineID string) ([]Handover, error) {
	return db.InRead(ctx, s.d, func(tx *db.Tx) ([]Handover, error) {
		l, caller, err := s.lead(ctx, tx, lineID)
		if err != nil {
			return nil, err
		}
		rules, err := rulesOf(ctx, tx)
		if err != nil {
			return nil, err
		}
		shifts, err := shiftsOf(ctx, tx, `line_id = $1 AND state = 'open' AND starts_at <= $2 AND ends_at > $3 AND EXISTS (SELECT 1 FROM shift_entry c
			WHERE c.shift_id = shift.id AND c.role = 'captain' AND c.state = 'attended')`, l.ID, tx.Now.Add(rules.captainsIn()).UnixMilli(), tx.Now.UnixMilli())
		if err != nil || len(shifts) == 0 {
			return nil, err
		}
		var ids []string
		for i := range shifts {
			ids = append(ids, shifts[i].ID)
		}
		before, err := handovers(ctx, tx, ids)
		if err != nil || len(before) == 0 {
			return nil, err
		}
		there, err := here(ctx, tx, []string{l.ID}, rules)
		if err != nil {
			return nil, err
		}
		var out []Handover
		for _, x := range shifts {
			if before[x.ID] == "" || !caller.over(x.ID) && !caller.over(before[x.ID]) {
				continue
			}
			x.Starts, x.Ends = x.Starts.In(l.zone()), x.Ends.In(l.zone())
			h := Handover{Shift: x, Here: len(there[l.ID]), Said: -1, Leaves: caller.over(before[x.ID]), Comes: caller.over(x.ID)}
			by := ""
			if _, err := db.Found(tx.Row(ctx, `SELECT h.said, h.said_by, COALESCE(a.display, '') FROM handover h LEFT JOIN account a ON a.id = h.said_by WHERE h.shift_id = $1`,
				x.ID).Scan(&h.Said, &by, &h.SaidBy)); err != nil {
				return nil, fmt.Errorf("read handover: %w", err)
			}
			h.Comes = h.Comes && h.Said >= 0 && by != audit.By(ctx).Account
			out = append(out, h)
		}
		return out, nil
	})
}

// taken returns the shift that begins and the one before it, if the line is still to be handed over. Errors: Missing, Conflict.
func (s *Store) taken(ctx context.Context, tx *db.Tx, shiftID string) (x *Shift, l *Line, caller standing, before string, err error) {
	if x, l, err = shiftOf(ctx, tx, shiftID); err != nil {
		return nil, nil, caller, "", err
	}
	if caller, err = s.may(ctx, tx, l); err != nil {
		return nil, nil, caller, "", err
	}
	if !caller.any() {
		return nil, nil, caller, "", missing()
	}
	all, err := handovers(ctx, tx, []string{x.ID})
	if err != nil {
		return nil, nil, caller, "", err
	}
	if before = all[x.ID]; !caller.over(x.ID) && (before == "" || !caller.over(before)) {
		return nil, nil, caller, "", missing()
	}
	rules, err := rulesOf(ctx, tx)
	if err != nil {
		return nil, nil, caller, "", err
	}
	if before == "" || tx.Now.Before(x.Starts.Add(-rules.captainsIn())) || !tx.Now.Before(x.Ends) {
		return nil, nil, caller, "", fault.New(fault.Conflict, "line.handover.over")
	}
	return x, l, caller, before, nil
}

// SayCount is the word of the captain who leaves: so many are here. Errors: Missing, Invalid, Conflict where the line was handed over or has nobody to hand over to.
func (s *Store) SayCount(ctx context.Context, shiftID string, n int) error {
	if n < 0 || n > 100000 {
		return fault.Field("here", "line.here_range")
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		x, l, caller, before, err := s.taken(ctx, tx, shiftID)
		if err != nil {
			return err
		}
		if !caller.over(before) {
			return missing()
		}
		k, err := tx.ExecN(ctx, `INSERT INTO handover (shift_id, said, said_by, said_at) VALUES ($1, $2, $3, $4)
			ON CONFLICT (shift_id) DO UPDATE SET said = excluded.said, said_by = excluded.said_by, said_at = excluded.said_at WHERE handover.at = 0`,
			x.ID, n, audit.By(ctx).Account, tx.Now.UnixMilli())
		if err != nil {
			return fmt.Errorf("say count: %w", err)
		}
		if k == 0 {
			return fault.New(fault.Conflict, "line.handover.over")
		}
		return s.done(ctx, tx, audit.Entry{Verb: "line.handover_say", Object: "shift:" + x.ID, Scope: "line:" + l.ID, Count: n})
	})
}

// TakeOver is the word of the captain who comes: she confirms the count or puts it right, and the captains before her are released. They are signed out, unless they stay
// on the line. Errors: Missing; Invalid; Conflict before the count was said, and for whoever said it.
func (s *Store) TakeOver(ctx context.Context, shiftID string, n int, stays bool) error {
	if n < 0 || n > 100000 {
		return fault.Field("here", "line.here_range")
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		x, l, caller, before, err := s.taken(ctx, tx, shiftID)
		if err != nil {
			return err
		}
		if !caller.over(x.ID) {
			return missing()
		}
		by := ""
		found, err := db.Found(tx.Row(ctx, `SELECT said_by FROM handover WHERE shift_id = $1`, x.ID).Scan(&by))
		if err != nil {
			return fmt.Errorf("read handover: %w", err)
		}
		if !found {
			return fault.New(fault.Conflict, "line.handover.unsaid")
		}
		if by == audit.By(ctx).Account {
			return fault.New(fault.Conflict, "line.handover.self")
		}
		k, err := tx.ExecN(ctx, `UPDATE handover SET here = $1, by_account = $2, at = $3, stays = $4 WHERE shift_id = $5 AND at = 0`,
			n, audit.By(ctx).Account, tx.Now.UnixMilli(), bit(stays), x.ID)
		if err != nil {
			return fmt.Errorf("hand over: %w", err)
		}
		if k == 0 {
			return fault.New(fault.Conflict, "line.handover.over")
		}
		released, err := s.release(ctx, tx, l, before, stays)
		if err != nil {
			return err
		}
		return s.done(ctx, tx, audit.Entry{Verb: "line.handover", Object: "shift:" + x.ID, Scope: "line:" + l.ID, Detail: fmt.Sprintf("here=%d stays=%d", n, bit(stays)), Subjects: released, Count: len(released)})
	})
}

// release signs the captains of a shift out who are at its line now.
func (s *Store) release(ctx context.Context, tx *db.Tx, l *Line, shift string, stays bool) ([]string, error) {
	captains, err := db.Strings(ctx, tx, `SELECT CASE WHEN p.merged_into <> '' THEN p.merged_into ELSE p.id END FROM shift_entry e JOIN person p ON p.id = e.person_id
		WHERE e.shift_id = $1 AND e.role = 'captain' AND e.state = 'attended' ORDER BY 1 LIMIT 50`, shift)
	if err != nil {
		return nil, fmt.Errorf("read captains before: %w", err)
	}
	if stays {
		return captains, nil
	}
	rules, err := rulesOf(ctx, tx)
	if err != nil {
		return nil, err
	}
	there, err := here(ctx, tx, []string{l.ID}, rules)
	if err != nil {
		return nil, err
	}
	device := ""
	if id := auth.By(ctx); id != nil {
		device = id.Device
	}
	for _, person := range captains {
		if !slices.ContainsFunc(there[l.ID], func(p presence) bool { return p.person == person }) {
			continue
		}
		now := tx.Now.UnixMilli()
		if _, err := tx.Exec(ctx, `INSERT INTO checkin (id, person_id, line_id, kind, at, at_device, skew, method, device_id, by_account, received_at, flags)
			VALUES ($1, $2, $3, 'out', $4, $5, 0, 'search', $6, $7, $8, '')`, newID(), person, l.ID, now, now, device, audit.By(ctx).Account, now); err != nil {
			return nil, fmt.Errorf("release captain: %w", err)
		}
	}
	return captains, nil
}

// lookAtHandover queues, or renews, the look at whether a shift was handed over ten minutes after its start.
func (s *Store) lookAtHandover(ctx context.Context, tx *db.Tx, x *Shift, l *Line, strike Strike) error {
	at := x.Starts.Add(handoverLate)
	if !at.After(tx.Now) {
		return nil
	}
	n := note{Shift: x.ID, Seq: x.Seq, Facts: strike.FactsVersion, SendBefore: x.Ends.UnixMilli()}
	return job.Put(ctx, tx, job.Job{Kind: jobHandover, Key: shiftKey(l, x) + "handover", RunAt: at, Payload: n})
}

// noHandover says whether a shift that runs was not handed over, by a message's lights: nothing where shift or strike is not what it was.
func (s *Store) noHandover(ctx context.Context, tx *db.Tx, n note) (*Shift, *Line, bool, error) {
	x, l, err := shiftOf(ctx, tx, n.Shift)
	if err != nil {
		return nil, nil, false, err
	}
	strike, err := s.strike(ctx, tx, l.Strike)
	if err != nil || x.Decided != Open || x.Seq != n.Seq || tx.Now.UnixMilli() >= n.SendBefore || strike.ID != "" && (strike.off() || n.overtaken(x, strike)) {
		return x, l, false, err
	}
	all, err := handovers(ctx, tx, []string{x.ID})
	return x, l, all[x.ID] != "", err
}

// alarmHandover queues one letter to each who coordinates the line.
func (s *Store) alarmHandover(ctx context.Context, tx *db.Tx, n note) error {
	x, l, open, err := s.noHandover(ctx, tx, n)
	if err != nil || !open {
		return err
	}
	to, err := s.headquarters(ctx, tx, l)
	if err != nil {
		return err
	}
	return write(ctx, tx, jobHandoverMail, shiftKey(l, x)+"handover/", n, to)
}

// sendHandover writes to one of them, without a name.
func (s *Store) sendHandover(ctx context.Context, r job.Run, words *i18n.Bundle) error {
	var n note
	if err := r.Read(&n); err != nil {
		return err
	}
	var x *Shift
	var l *Line
	var email, locale string
	var held time.Time
	open, err := db.InRead(ctx, s.d, func(tx *db.Tx) (open bool, err error) {
		if x, l, open, err = s.noHandover(ctx, tx, n); err != nil || !open {
			return false, err
		}
		if held, err = s.held(ctx, tx); err != nil {
			return false, err
		}
		_, err = db.Found(tx.Row(ctx, `SELECT email, locale FROM account WHERE id = $1 AND suspended_at = 0`, n.To).Scan(&email, &locale))
		return open, err
	})
	if err != nil {
		return fmt.Errorf("read handover: %w", err)
	}
	return s.post(ctx, r, words, notice{
		kind: "handover", email: email, locale: locale, stale: !open, held: held,
		text: func(tr *i18n.Translator) string {
			return tr.M("line.mail.handover", map[string]any{"Line": l.Name, "When": span(tr, x), "Link": s.BaseURL + "/lines/board"})
		},
		entry: audit.Entry{Verb: "line.handover_alarm", Object: "shift:" + n.Shift},
	})
}
