// SPDX-License-Identifier: Apache-2.0

package strike

import (
	"context"
	"database/sql"
	_ "embed" // tendays.json
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// Task is one line of the ten-day list. Day counts from the start: it is work's own calendar, no deadline of any law.
type Task struct {
	ID, Action  string
	Day         int
	What        string // a key of the interface's sentences, or plain words
	Drill       bool
	Owner, Name string // account and its shown name, "" for nobody yet
	Done        time.Time
	DoneBy      string // shown name
}

//go:embed tendays.json
var tendaysJSON []byte

// defaultTasks is the list that every plan begins with, merged from several unions' checklists: data, which a union changes.
var defaultTasks = sync.OnceValue(func() []Task {
	var rows []struct {
		Day   int    `json:"day"`
		What  string `json:"what"`
		Drill bool   `json:"drill"`
	}
	if err := json.Unmarshal(tendaysJSON, &rows); err != nil {
		panic(fmt.Errorf("tendays.json: %w", err)) // embedded: a test reads it
	}
	var out []Task
	for _, r := range rows {
		out = append(out, Task{Day: r.Day, What: r.What, Drill: r.Drill})
	}
	return out
})

var taskColumns = []string{"id", "strike", "day", "what", "drill", "by_account", "at"}

// addTasks gives a plan its list, once.
func addTasks(ctx context.Context, tx *db.Tx, action string) error {
	var n int
	if err := tx.Row(ctx, `SELECT COUNT(*) FROM strike_task WHERE strike = $1`, action).Scan(&n); err != nil || n > 0 {
		return err
	}
	var rows [][]any
	for _, t := range defaultTasks() {
		rows = append(rows, []any{newID(), action, t.Day, t.What, bit(t.Drill), audit.By(ctx).Account, tx.Now.UnixMilli()})
	}
	if err := tx.Insert(ctx, "strike_task", taskColumns, rows); err != nil {
		return fmt.Errorf("make ten-day list: %w", err)
	}
	return nil
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

const sqlTasks = `SELECT t.id, t.strike, t.day, t.what, t.drill, t.owner, COALESCE(o.display, ''), t.done_at, COALESCE(d.display, '')
	FROM strike_task t LEFT JOIN account o ON o.id = t.owner LEFT JOIN account d ON d.id = t.done_by
	WHERE t.strike = $1 ORDER BY t.day, t.id LIMIT 500`

func tasks(ctx context.Context, tx *db.Tx, action string) ([]Task, error) {
	all, err := db.All(ctx, tx, func(r *sql.Rows) (t Task, err error) {
		var done int64
		err = r.Scan(&t.ID, &t.Action, &t.Day, &t.What, &t.Drill, &t.Owner, &t.Name, &done, &t.DoneBy)
		if done > 0 {
			t.Done = time.UnixMilli(done)
		}
		return t, err
	}, sqlTasks, action)
	if err != nil {
		return nil, fmt.Errorf("read tasks: %w", err)
	}
	return all, nil
}

// AddTask adds a line of one's own to the list. Errors: Missing, Invalid by field.
func (s *Store) AddTask(ctx context.Context, action string, day int, what string) error {
	return s.write(ctx, func(tx *db.Tx, b *book) error {
		if _, err := b.action(action); err != nil {
			return err
		}
		if what == "" || len(what) > whyMost {
			return fault.Field("what", "strike.task.what")
		}
		if day < -60 || day > 60 {
			return fault.Field("day", "strike.task.day")
		}
		err := tx.Insert(ctx, "strike_task", taskColumns, [][]any{{newID(), action, day, what, 0, audit.By(ctx).Account, tx.Now.UnixMilli()}})
		if err != nil {
			return fmt.Errorf("add task: %w", err)
		}
		return s.done(ctx, tx, audit.Entry{Verb: "strike.task", Object: "strike:" + action, Detail: "what=added"})
	})
}

// SetTask says who owns a line of the list and whether it is done, and returns its action. Errors: Missing, Invalid for an owner who cannot see
// the list.
func (s *Store) SetTask(ctx context.Context, id, owner string, done bool) (action string, err error) {
	err = s.write(ctx, func(tx *db.Tx, _ *book) error {
		var before string
		var doneAt int64
		err := tx.Row(ctx, `SELECT strike, owner, done_at FROM strike_task WHERE id = $1`, id).Scan(&action, &before, &doneAt)
		if ok, err := db.Found(err); err != nil {
			return fmt.Errorf("read task: %w", err)
		} else if !ok {
			return fault.New(fault.Missing, "strike.missing")
		}
		if owner != before && owner != "" {
			all, err := holders(ctx, tx)
			if err != nil {
				return err
			}
			if !slices.ContainsFunc(all, func(h holder) bool { return h.ID == owner }) {
				return fault.Field("owner", "strike.ask.no_such")
			}
		}
		by := ""
		switch {
		case !done:
			doneAt = 0
		case doneAt == 0:
			doneAt, by = tx.Now.UnixMilli(), audit.By(ctx).Account
		default:
			if err := tx.Row(ctx, `SELECT done_by FROM strike_task WHERE id = $1`, id).Scan(&by); err != nil {
				return fmt.Errorf("read task: %w", err)
			}
		}
		if _, err := tx.Exec(ctx, `UPDATE strike_task SET owner = $1, done_at = $2, done_by = $3 WHERE id = $4`, owner, doneAt, by, id); err != nil {
			return fmt.Errorf("set task: %w", err)
		}
		return s.done(ctx, tx, audit.Entry{Verb: "strike.task", Object: "strike:" + action, Detail: "task=" + id})
	})
	return action, err
}

// holder is an account that may own a task: it holds a role that works at the strike.
type holder struct{ ID, Name, Person, Role string }

const sqlHolders = `SELECT DISTINCT a.id, a.display, a.person_id, '' FROM role_grant g JOIN account a ON a.id = g.account_id
	WHERE g.role IN ('strike_committee', 'officer', 'lead', 'picket_coordinator', 'organizer', 'captain', 'press', 'care_desk')
	AND g.pending = 0 AND g.from_at <= $1 AND g.until_at > $2 AND (g.ended_at = 0 OR g.ended_at > $3) AND a.suspended_at = 0
	ORDER BY a.display, a.id LIMIT 2000`

func holders(ctx context.Context, tx *db.Tx) ([]holder, error) {
	now := tx.Now.UnixMilli()
	all, err := db.All(ctx, tx, func(r *sql.Rows) (h holder, err error) {
		return h, r.Scan(&h.ID, &h.Name, &h.Person, &h.Role)
	}, sqlHolders, now, now, now)
	if err != nil {
		return nil, fmt.Errorf("read who can own a task: %w", err)
	}
	return all, nil
}
