// SPDX-License-Identifier: Apache-2.0

package line

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tenday/tenday/flow"
	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/work"
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
	Line    string `json:"line,omitempty"` // where she would come to, or else leave
	Person  string `json:"person"`
	Shift   string `json:"shift"` // "": she would be released
	From    string `json:"from"`  // "": new
	Role    Role   `json:"role"`
	Minutes int    `json:"minutes"`
	Hidden  bool   `json:"hidden,omitempty"` // of a replacement: the caller may not see who it is until she has come onto her list
	Outcome string `json:"outcome,omitempty"`
	Refusal string `json:"refusal,omitempty"`
	Again   bool   `json:"again,omitempty"` // it was refused since nothing was free, and may go now

	why  map[string]any // arguments of Refusal
	left Role           // what she is where she would leave
}

// PlanSum is how much a plan changes, at one line or in all, and what became of it. Refused are those that could not be made.
type PlanSum struct {
	Line     string `json:"line,omitempty"`
	Name     string `json:"name,omitempty"`
	New      int    `json:"new"`
	Move     int    `json:"move"`
	Release  int    `json:"release"`
	Open     int    `json:"open"`
	Accepted int    `json:"accepted"`
	Refused  int    `json:"refused"`
}

// N is how many changes there are.
func (p PlanSum) N() int { return p.New + p.Move + p.Release }

func (p *PlanSum) add(o *PlanSum) {
	p.New, p.Move, p.Release = p.New+o.New, p.Move+o.Move, p.Release+o.Release
	p.Open, p.Accepted, p.Refused = p.Open+o.Open, p.Accepted+o.Accepted, p.Refused+o.Refused
}

// Proposal is a plan that was made and what became of it.
type Proposal struct {
	ID     string
	Strike string
	At     time.Time
	Levels []Level
	All    PlanSum
	Lines  []PlanSum // by name
	Places []Place   // of the page that was asked for, by line and start
	Worths []Worth   // where one more person is worth most when all is accepted, of the line that was asked for or of all; the first of Short
	Short  int
	ByHand []ByHand
}

// ByHand is what the lines of a plan want today, in all, in a role that is not planned. Short are the places below the minimum that are empty.
type ByHand struct {
	Role   Role `json:"role"`
	Taken  int  `json:"taken"`
	Target int  `json:"target"`
	Short  int  `json:"short"`
}

// byHandOf are the roles that are not planned, in the order of pages.
func byHandOf(ctx context.Context, tx *db.Tx, strike string) ([]ByHand, error) {
	all, err := db.All(ctx, tx, func(r *sql.Rows) (b ByHand, err error) { return b, r.Scan(&b.Role, &b.Taken, &b.Target, &b.Short) },
		`SELECT n.role, SUM(CASE WHEN n.taken < n.target THEN n.taken ELSE n.target END), SUM(n.target), SUM(CASE WHEN n.taken < n.min THEN n.min - n.taken ELSE 0 END)
			FROM need n JOIN shift s ON s.id = n.shift_id JOIN line l ON l.id = s.line_id WHERE l.strike_id = $1 AND s.state <> 'cancelled' AND s.ends_at > $2
			AND n.target > 0 AND n.role NOT IN ('captain', 'safety', 'line', 'standby') GROUP BY n.role ORDER BY n.role LIMIT 20`, strike, tx.Now.UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("count what is booked by hand: %w", err)
	}
	slices.SortFunc(all, func(a, b ByHand) int { return slices.Index(Roles, a.Role) - slices.Index(Roles, b.Role) })
	return all, nil
}

// whole is for those who coordinate every line. Errors: Forbidden, Missing.
func whole(ctx context.Context) error {
	reach, err := auth.Allowed(ctx, mayManage)
	if err == nil && !reach.All {
		err = missing()
	}
	return err
}

// Propose plans all lines of a strike anew from what is booked and offered, and keeps the proposal. Nobody is told and nothing is booked.
// Confirmed people are moved only to save a minimum or a captain. Errors: Missing for whoever does not coordinate the whole, Conflict where
// nothing can be planned, or more than one plan can hold.
func (s *Store) Propose(ctx context.Context, strikeID string) (string, error) {
	id := newID()
	none := func(int, int) {}
	explain, err := s.propose(ctx, strikeID, id, none)
	if err != nil {
		return "", err
	}
	return id, explain(ctx, none)
}

// propose is Propose for an id that was made before, but for the reasons that members read: explain writes them, which takes a large union minutes. It tells at
// which of its steps it is: what is in the plan is read, the plan is made, it is kept.
func (s *Store) propose(ctx context.Context, strikeID, id string, progress func(step, steps int)) (explain work.Run, err error) {
	if err := whole(ctx); err != nil {
		return nil, err
	}
	progress(1, 3)
	var now time.Time
	g, err := db.InRead(ctx, s.d, func(tx *db.Tx) (*ground, error) { now = tx.Now; return s.ground(ctx, tx, strikeID, nil) })
	if err != nil {
		return nil, err
	}
	if len(g.in.Needs) == 0 || len(g.in.Members) == 0 {
		return nil, fault.New(fault.Conflict, "line.plan_nothing")
	}
	progress(2, 3)
	today, err := picket.Assess(g.in, g.earlier, now)
	if err != nil {
		return nil, fmt.Errorf("assess bookings: %w", err)
	}
	r, err := picket.Replan(ctx, g.in, g.earlier, nil, now, picket.Disturbance) // outside any transaction: it takes its time
	if errors.Is(err, flow.ErrRange) {
		return nil, &fault.Error{Code: fault.Conflict, Key: "line.plan_large", Err: err}
	} else if err != nil {
		return nil, fmt.Errorf("plan lines: %w", err)
	}
	levels := compare(today, r.Levels)
	text, err := json.Marshal(levels)
	if err != nil {
		return nil, fmt.Errorf("write levels: %w", err)
	}
	progress(3, 3)
	places, worths := g.changes(r.Changes), g.worths(r)
	explain = func(ctx context.Context, progress func(done, total int)) error {
		return s.explain(ctx, strikeID, id, r, g, places, progress)
	}
	return explain, db.Do(ctx, s.d, func(tx *db.Tx) error {
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
		if err := keepWorths(ctx, tx, id, worths); err != nil {
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

// planPage is how many places one page of a plan holds; a plan that has no more is shown whole.
const planPage = 250

// PlanOf returns a proposal with its places, if they fit a page; else those of one line, if one is named, from the n-th on. It records who was
// shown. Errors: Missing.
func (s *Store) PlanOf(ctx context.Context, id, line string, from int) (*Proposal, error) {
	if err := whole(ctx); err != nil {
		return nil, err
	}
	p, err := db.InRead(ctx, s.d, func(tx *db.Tx) (*Proposal, error) {
		p, err := planOf(ctx, tx, id)
		if err == nil {
			p.Worths, p.Short, err = worthsOf(ctx, tx, id, line)
		}
		if err == nil {
			p.ByHand, err = byHandOf(ctx, tx, p.Strike)
		}
		if err == nil && (line != "" || p.All.N() <= planPage) {
			if p.Places, err = placesOf(ctx, tx, id, line, max(from, 0)); err == nil {
				err = again(ctx, tx, id, p.Places)
			}
		}
		return p, err
	})
	if err != nil {
		return nil, err
	}
	var people []string
	for _, one := range p.Places {
		people = append(people, one.Person)
	}
	return p, s.audit.Read(ctx, audit.Entry{Verb: "line.plan_open", Object: "plan:" + id, Scope: string(auth.Unit), Subjects: people, Count: len(people)})
}

// A place belongs to the line of the shift that somebody would come to, or else leave.
const fromPlaces = ` FROM line_plan_place p JOIN shift s ON s.id = CASE WHEN p.shift_id <> '' THEN p.shift_id ELSE p.from_shift END JOIN line l ON l.id = s.line_id `

// Each place asks for its shift and line by their keys; what is grouped is what one plan has.
const sqlPlanSums = `SELECT l.id, l.name, p.outcome, SUM(CASE WHEN p.from_shift = '' THEN 1 ELSE 0 END), SUM(CASE WHEN p.shift_id = '' THEN 1 ELSE 0 END), COUNT(*)` +
	fromPlaces + `WHERE p.plan_id = $1 GROUP BY l.id, l.name, p.outcome ORDER BY l.name, l.id, p.outcome LIMIT 10000`

// planOf returns a proposal without its places. Errors: Missing.
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
	err = tx.Rows(ctx, sqlPlanSums, []any{id}, func(r *sql.Rows) error {
		var one PlanSum
		var outcome string
		var n int
		if err := r.Scan(&one.Line, &one.Name, &outcome, &one.New, &one.Release, &n); err != nil {
			return err
		}
		one.Move = n - one.New - one.Release
		*map[string]*int{"": &one.Open, "accepted": &one.Accepted, "refused": &one.Refused}[outcome] = n
		if last := len(p.Lines) - 1; last >= 0 && p.Lines[last].Line == one.Line {
			p.Lines[last].add(&one)
		} else {
			p.Lines = append(p.Lines, one)
		}
		p.All.add(&one)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("count places: %w", err)
	}
	return p, nil
}

const placeColumns = `SELECT s.line_id, p.person_id, p.shift_id, p.from_shift, p.role, p.minutes, p.outcome, p.refusal`

// scanPlace reads a place, and into more what columns stand behind its own.
func scanPlace(r *sql.Rows, more ...any) (p Place, err error) {
	var refusal string
	err = r.Scan(append([]any{&p.Line, &p.Person, &p.Shift, &p.From, &p.Role, &p.Minutes, &p.Outcome, &refusal}, more...)...)
	p.Key = p.Person + "/" + p.Shift + "/" + p.From
	var why string
	if p.Refusal, why, _ = strings.Cut(refusal, " "); why != "" && err == nil {
		err = json.Unmarshal([]byte(why), &p.why)
	}
	return p, err
}

// placesOf returns a page of a plan's places, of one line or ("") of all, by line and start.
func placesOf(ctx context.Context, tx *db.Tx, id, line string, from int) ([]Place, error) {
	all, err := db.All(ctx, tx, func(r *sql.Rows) (Place, error) { return scanPlace(r) }, placeColumns+fromPlaces+`WHERE p.plan_id = $1 AND (s.line_id = $2 OR $3 = '')
		ORDER BY l.name, l.id, s.starts_at, s.id, p.role, p.person_id, p.shift_id, p.from_shift LIMIT $4 OFFSET $5`, id, line, line, planPage, from)
	if err != nil {
		return nil, fmt.Errorf("read places: %w", err)
	}
	return all, nil
}
