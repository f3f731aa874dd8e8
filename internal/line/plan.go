// SPDX-License-Identifier: Apache-2.0

package line

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tenday/tenday/flow"
	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/picket"
)

// Level is one level of a plan: what it is now, what the plan makes of it, and the best that any plan can reach.
type Level struct {
	Name  string `json:"name"`
	Today int64  `json:"today"`
	Value int64  `json:"value"`
	Bound *int64 `json:"bound"` // null: not known
}

// Place is one change that a plan proposes.
type Place struct {
	Key     string `json:"key"`
	Person  string `json:"person"`
	Shift   string `json:"shift"` // "": she would be released
	From    string `json:"from"`  // "": new
	Role    Role   `json:"role"`
	Minutes int    `json:"minutes"`
	Hidden  bool   `json:"hidden,omitempty"` // of a replacement: the caller may not see who it is until she has come onto her list
	Outcome string `json:"outcome,omitempty"`
	Refusal string `json:"refusal,omitempty"`
}

// Proposal is a plan that was made and what became of it.
type Proposal struct {
	ID     string    `json:"id"`
	Strike string    `json:"strike"`
	At     time.Time `json:"at"`
	Levels []Level   `json:"levels"`
	Places []Place   `json:"places"`
}

// Propose plans all lines of a strike anew from what is booked and offered, and keeps the proposal. Nobody is told and nothing is booked.
// Confirmed people are moved only to save a minimum or a captain. Errors: Missing for whoever does not coordinate the whole, Conflict where
// nothing can be planned, or more than one plan can hold.
func (s *Store) Propose(ctx context.Context, strikeID string) (string, error) {
	reach, err := auth.Allowed(ctx, mayManage)
	if err != nil {
		return "", err
	}
	if !reach.All {
		return "", missing()
	}
	var now time.Time
	g, err := db.InRead(ctx, s.d, func(tx *db.Tx) (*ground, error) { now = tx.Now; return s.ground(ctx, tx, strikeID, nil) })
	if err != nil {
		return "", err
	}
	if len(g.in.Needs) == 0 || len(g.in.Members) == 0 {
		return "", fault.New(fault.Conflict, "line.plan_nothing")
	}
	today, err := picket.Assess(g.in, g.earlier, now)
	if err != nil {
		return "", fmt.Errorf("assess bookings: %w", err)
	}
	r, err := picket.Replan(ctx, g.in, g.earlier, nil, now, picket.Disturbance) // outside any transaction: it takes its time
	if errors.Is(err, flow.ErrRange) {
		return "", &fault.Error{Code: fault.Conflict, Key: "line.plan_large", Err: err}
	} else if err != nil {
		return "", fmt.Errorf("plan lines: %w", err)
	}
	levels := compare(today, r.Levels)
	text, err := json.Marshal(levels)
	if err != nil {
		return "", fmt.Errorf("write levels: %w", err)
	}
	id := newID()
	places := g.changes(r.Changes)
	return id, db.Do(ctx, s.d, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO line_plan (id, strike_id, mode, input_sha256, levels, by_account, at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			id, strikeID, string(picket.Disturbance), g.in.SHA256, string(text), audit.By(ctx).Account, tx.Now.UnixMilli())
		if err != nil {
			return fmt.Errorf("keep plan: %w", err)
		}
		var rows [][]any
		for _, p := range places {
			rows = append(rows, []any{id, p.Person, p.Shift, p.From, string(p.Role), p.Minutes})
		}
		if err := tx.Insert(ctx, "line_plan_place", []string{"plan_id", "person_id", "shift_id", "from_shift", "role", "minutes"}, rows); err != nil {
			return err
		}
		return s.done(ctx, tx, audit.Entry{Verb: "line.plan", Object: "plan:" + id, Count: len(places)})
	})
}

func compare(today, plan []picket.Value) (out []Level) {
	for _, t := range today {
		l := Level{Name: t.Level.String(), Today: t.Value}
		for _, v := range plan {
			if v.Level == t.Level {
				l.Value = v.Value
				if v.Known {
					l.Bound = &v.Bound
				}
			}
		}
		out = append(out, l)
	}
	return out
}

// PlanOf returns a proposal. Errors: Missing.
func (s *Store) PlanOf(ctx context.Context, id string) (*Proposal, error) {
	reach, err := auth.Allowed(ctx, mayManage)
	if err != nil {
		return nil, err
	}
	p, err := db.InRead(ctx, s.d, func(tx *db.Tx) (*Proposal, error) {
		if !reach.All {
			return nil, missing()
		}
		return planOf(ctx, tx, id)
	})
	if err != nil {
		return nil, err
	}
	var people []string
	for _, one := range p.Places {
		people = append(people, one.Person)
	}
	return p, s.audit.Read(ctx, audit.Entry{Verb: "line.plan_open", Object: "plan:" + id, Scope: reach.Label(), Subjects: people, Count: len(people)})
}

func planOf(ctx context.Context, tx *db.Tx, id string) (*Proposal, error) {
	p := &Proposal{ID: id}
	var at int64
	var levels string
	found, err := db.Found(tx.Row(ctx, `SELECT strike_id, levels, at FROM line_plan WHERE id = $1`, id).Scan(&p.Strike, &levels, &at))
	if err != nil {
		return nil, fmt.Errorf("read plan: %w", err)
	}
	if !found {
		return nil, missing()
	}
	p.At = time.UnixMilli(at)
	if err := json.Unmarshal([]byte(levels), &p.Levels); err != nil {
		return nil, fmt.Errorf("read levels: %w", err)
	}
	p.Places, err = db.All(ctx, tx, func(r *sql.Rows) (x Place, err error) {
		err = r.Scan(&x.Person, &x.Shift, &x.From, &x.Role, &x.Minutes, &x.Outcome, &x.Refusal)
		x.Key = x.Person + "/" + x.Shift + "/" + x.From
		return x, err
	}, `SELECT person_id, shift_id, from_shift, role, minutes, outcome, refusal FROM line_plan_place WHERE plan_id = $1
		ORDER BY shift_id, role, person_id, from_shift LIMIT 20000`, id)
	if err != nil {
		return nil, fmt.Errorf("read places: %w", err)
	}
	return p, nil
}

// Accept books what a plan proposes: all of it, or the places whose keys are given. Each is booked by the same rules as a sign-up; one that can no
// longer be is refused with its reason, and the rest goes on. Errors: Missing.
func (s *Store) Accept(ctx context.Context, id string, keys []string) (booked, refused int, err error) {
	reach, err := auth.Allowed(ctx, mayManage)
	if err != nil {
		return 0, 0, err
	}
	if !reach.All {
		return 0, 0, missing()
	}
	p, err := db.InRead(ctx, s.d, func(tx *db.Tx) (*Proposal, error) { return planOf(ctx, tx, id) })
	if err != nil {
		return 0, 0, err
	}
	slices.SortStableFunc(p.Places, func(a, b Place) int { return bit(a.Shift != "") - bit(b.Shift != "") }) // who goes makes room
	chosen := map[string]bool{}
	for _, key := range keys {
		chosen[key] = true
	}
	for _, one := range p.Places {
		if one.Outcome != "" || keys != nil && !chosen[one.Key] {
			continue
		}
		var reason *fault.Error
		err := db.Do(ctx, s.d, func(tx *db.Tx) error { return s.acceptOne(ctx, tx, id, one, nil) })
		if errors.As(err, &reason) && (reason.Code == fault.Conflict || reason.Code == fault.Missing) {
			refused++
			err = db.Do(ctx, s.d, func(tx *db.Tx) error { return s.acceptOne(ctx, tx, id, one, reason) })
		} else if err == nil {
			booked++
		}
		if err != nil {
			return booked, refused, err
		}
	}
	return booked, refused, nil
}

// acceptOne books one place of a plan, or notes why it was not.
func (s *Store) acceptOne(ctx context.Context, tx *db.Tx, plan string, p Place, refusal *fault.Error) error {
	outcome, why := "accepted", ""
	if refusal != nil {
		outcome, why = "refused", refusal.Key
	} else if err := s.carryOut(ctx, tx, p); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `UPDATE line_plan_place SET outcome = $1, refusal = $2 WHERE plan_id = $3 AND person_id = $4 AND shift_id = $5 AND from_shift = $6`,
		outcome, why, plan, p.Person, p.Shift, p.From)
	if err != nil {
		return fmt.Errorf("note outcome: %w", err)
	}
	return s.done(ctx, tx, audit.Entry{Verb: "line.plan_accept", Object: "plan:" + plan, Detail: outcome, Subjects: []string{p.Person}, Count: 1})
}

// carryOut makes one change: out of one shift, into another, or both.
func (s *Store) carryOut(ctx context.Context, tx *db.Tx, p Place) error {
	if p.From != "" {
		e, err := mine(ctx, tx, p.From, p.Person)
		if err != nil {
			return err
		}
		if err := s.leave(ctx, tx, e, "plan"); err != nil {
			return err
		}
		if p.Shift == "" {
			return s.tellGone(ctx, tx, e)
		}
	}
	return s.book(ctx, tx, &Entry{Shift: p.Shift, Person: p.Person, Role: p.Role, Source: "plan"}, false)
}
