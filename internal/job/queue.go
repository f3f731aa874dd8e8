// SPDX-License-Identifier: Apache-2.0

package job

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/tenday/tenday/internal/db"
)

const (
	workers  = 4
	beat     = time.Second      // how often the clock is looked at; a Put in this process wakes the queue at once
	patience = 5 * time.Minute  // of one attempt
	lease    = 10 * time.Minute // after which another worker takes over from one that vanished
	attempts = 30               // over some 21 hours: a mail server that is down for a night is not the end
)

// Handler does one attempt. What it writes and Run.Finish belong in one transaction; one that only sends may just return nil.
// An error has the job tried again. It must not put names or addresses into its errors: they are stored and logged.
type Handler func(ctx context.Context, r Run) error

// Queue runs the jobs of one database. Handle everything before Start.
type Queue struct {
	db       *db.DB
	log      *slog.Logger
	handlers map[string]Handler

	stop context.CancelFunc
	runs sync.WaitGroup
}

// NewQueue returns a queue that does nothing yet. log may be nil.
func NewQueue(d *db.DB, log *slog.Logger) *Queue {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Queue{db: d, log: log, handlers: map[string]Handler{}}
}

// Handle says who does the jobs of kind. It panics if somebody does already: that is a mistake in the program.
func (q *Queue) Handle(kind string, h Handler) {
	if q.handlers[kind] != nil {
		panic("job: two handlers of " + kind)
	}
	q.handlers[kind] = h
}

// Start begins to work, until Close.
func (q *Queue) Start(ctx context.Context) {
	ctx, q.stop = context.WithCancel(context.WithoutCancel(ctx))
	put, end := q.db.Watch(Topic, 0)
	wake := make(chan struct{}, workers)
	q.runs.Go(func() {
		defer end()
		tick := time.NewTicker(beat)
		defer tick.Stop()
		for {
			select {
			case wake <- struct{}{}:
			default: // all workers know
			}
			select {
			case <-ctx.Done():
				close(wake)
				return
			case <-tick.C:
			case <-put:
			}
		}
	})
	for range workers {
		q.runs.Go(func() {
			for range wake {
				if _, err := q.RunDue(ctx); err != nil && ctx.Err() == nil {
					q.log.Error("run jobs", "error", err)
				}
			}
		})
	}
}

// Close waits for the attempts under way.
func (q *Queue) Close() error {
	if q.stop != nil {
		q.stop()
	}
	q.runs.Wait()
	return nil
}

// RunDue does what is due now, one after the other, and returns how many attempts that were. A handler's failure is not an
// error of RunDue: it stands with its job.
func (q *Queue) RunDue(ctx context.Context) (int, error) {
	for n := 0; ; n++ {
		r, ok, err := q.claim(ctx)
		if err != nil || !ok {
			return n, err
		}
		if err := q.try(ctx, r); err != nil {
			return n + 1, err
		}
	}
}

// claim takes the job that is due longest: one that waits, or one whose worker vanished. A look before the write spares an idle
// queue the writer. Workers of PostgreSQL step over each other's rows; those of SQLite take turns.
func (q *Queue) claim(ctx context.Context) (r Run, ok bool, err error) {
	const due = `SELECT id FROM job WHERE state = $1 AND run_at <= $2 ORDER BY run_at, id LIMIT 1`
	for _, state := range []State{Waiting, Running} {
		some, err := db.InRead(ctx, q.db, func(tx *db.Tx) ([]string, error) {
			return db.Strings(ctx, tx, due, string(state), tx.Now.UnixMilli())
		})
		if err != nil {
			return r, false, fmt.Errorf("look for jobs: %w", err)
		}
		if len(some) == 0 {
			continue
		}
		r, err = db.InTx(ctx, q.db, func(tx *db.Tx) (r Run, err error) {
			query := due
			if tx.Engine == db.Postgres {
				query += ` FOR UPDATE SKIP LOCKED`
			}
			ids, err := db.Strings(ctx, tx, query, string(state), tx.Now.UnixMilli())
			if err != nil || len(ids) == 0 {
				return r, err
			}
			var runAt int64
			if err := tx.Row(ctx, `SELECT id, kind, key, run_at, attempt + 1, payload FROM job WHERE id = $1`, ids[0]).
				Scan(&r.ID, &r.Kind, &r.Key, &runAt, &r.Attempt, &r.payload); err != nil {
				return r, err
			}
			r.RunAt = time.UnixMilli(runAt)
			_, err = tx.Exec(ctx, `UPDATE job SET state = 'running', run_at = $1, attempt = $2 WHERE id = $3`,
				tx.Now.Add(lease).UnixMilli(), r.Attempt, r.ID)
			return r, err
		})
		if err != nil {
			return r, false, fmt.Errorf("claim job: %w", err)
		}
		if r.ID != "" {
			return r, true, nil
		}
	}
	return r, false, nil
}

// try runs the handler and writes down how it went.
func (q *Queue) try(ctx context.Context, r Run) error {
	err := q.call(ctx, r)
	if errors.Is(err, ErrLost) {
		return nil
	}
	// The attempt is over, whatever told the queue to stop: its end is written.
	ctx = context.WithoutCancel(ctx)
	return db.Do(ctx, q.db, func(tx *db.Tx) error {
		var state State
		if err := tx.Row(ctx, `SELECT state FROM job WHERE id = $1 AND attempt = $2`, r.ID, r.Attempt).Scan(&state); err != nil {
			if errors.Is(err, sql.ErrNoRows) {
				return nil
			}
			return fmt.Errorf("read job: %w", err)
		}
		if state != Running { // its handler finished or dropped it
			return nil
		}
		end := func(to State, again int64) error {
			reason := ""
			if err != nil {
				reason = err.Error()
			}
			if err := r.end(ctx, tx, to, reason, again); !errors.Is(err, ErrLost) {
				return err
			}
			return nil
		}
		switch {
		case err == nil:
			return end(Done, 0)
		case r.Attempt >= attempts:
			q.log.Error("job is dead", "kind", r.Kind, "job", r.ID, "error", err)
			return end(Dead, 0)
		default:
			q.log.Warn("job failed", "kind", r.Kind, "job", r.ID, "attempt", r.Attempt, "error", err)
			return end(Waiting, tx.Now.Add(pause(r.Attempt)).UnixMilli())
		}
	})
}

// call runs the handler; a panic in it is an error like another.
func (q *Queue) call(ctx context.Context, r Run) (err error) {
	h := q.handlers[r.Kind]
	if h == nil {
		return fmt.Errorf("nobody does jobs of kind %q", r.Kind)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %T", p) // its text may hold anything
		}
	}()
	return h(ctx, r)
}

// pause is how long to wait after the nth attempt: 10 s, 20 s, doubling up to an hour.
func pause(n int) time.Duration { return min(10*time.Second<<min(n-1, 20), time.Hour) }
