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
)

// Hours are somebody's minutes at the lines of a strike, with what is odd about them.
type Hours struct {
	Person  string   `json:"person"`
	Minutes int      `json:"minutes"`
	Flags   []string `json:"flags,omitempty"`
}

// HoursOf computes the hours of everybody who checked in at the lines of a strike ("" for lines that stand alone), by person. They count from the minute at which
// it began, and not at all where it never did. Only the coordinator of all of them may ask: it is what the pay desk certifies.
func (s *Store) HoursOf(ctx context.Context, strikeID string) ([]Hours, error) {
	reach, err := auth.Allowed(ctx, mayManage)
	if err != nil {
		return nil, err
	}
	if !reach.All {
		return nil, missing()
	}
	out, err := db.InRead(ctx, s.d, func(tx *db.Tx) ([]Hours, error) { return s.hours(ctx, tx, strikeID) })
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, h := range out {
		ids = append(ids, h.Person)
	}
	return out, s.audit.Read(ctx, audit.Entry{Verb: "line.hours", Object: "strike:" + strikeID, Scope: reach.Label(), Subjects: ids, Count: len(ids)})
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
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read check-ins: %w", err)
	}
	var out []Hours
	for _, person := range order {
		h := Hours{Person: person}
		worked := shifts[person]
		if !begun {
			worked = nil
		}
		h.Minutes, h.Flags = Credit(Stretch{Start: strike.On, End: strike.Ends}, worked, marks[person], rules.lateOut())
		if !begun {
			h.Flags = append(h.Flags, NotOn)
			slices.Sort(h.Flags)
		}
		out = append(out, h)
	}
	return out, nil
}
