// SPDX-License-Identifier: Apache-2.0

package job

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/tenday/tenday/internal/db"
)

// State is where a job stands.
type State string

// The states. Waiting becomes Running and, when an attempt fails, Waiting again; the others are final, but for a dead job that
// the operator sends round once more.
const (
	Waiting   State = "waiting"
	Running   State = "running"
	Done      State = "done"
	Cancelled State = "cancelled"
	Dead      State = "dead"
)

// Topic is touched whenever a job was put.
const Topic = "job"

// Job is what to do.
type Job struct {
	Kind    string
	Key     string    // unique among the unfinished of its kind; "" for none
	RunAt   time.Time // zero: now
	Payload any       // becomes JSON; ids only
}

// Put queues j. One whose key is waiting already is not doubled: it gets the new time and payload. One whose key is running is
// left to its worker, and so is the new: put it from the handler's own transaction, after Finish.
func Put(ctx context.Context, tx *db.Tx, j Job) error {
	payload, err := json.Marshal(j.Payload)
	if err != nil {
		return fmt.Errorf("write payload of %s: %w", j.Kind, err)
	}
	if j.RunAt.IsZero() {
		j.RunAt = tx.Now
	}
	id, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("make id: %w", err)
	}
	_, err = tx.Exec(ctx, `INSERT INTO job (id, kind, key, state, run_at, payload, at) VALUES ($1, $2, $3, 'waiting', $4, $5, $6)
		ON CONFLICT (kind, key) WHERE key <> '' AND state IN ('waiting', 'running') DO UPDATE
		SET run_at = CASE job.state WHEN 'waiting' THEN excluded.run_at ELSE job.run_at END,
			payload = CASE job.state WHEN 'waiting' THEN excluded.payload ELSE job.payload END`,
		id.String(), j.Kind, j.Key, j.RunAt.UnixMilli(), string(payload), tx.Now.UnixMilli())
	if err != nil {
		return fmt.Errorf("queue %s: %w", j.Kind, err)
	}
	tx.Touch(Topic)
	return nil
}

// sqlCancel takes its rows from the index job_key, whose condition it repeats: tens of thousands of others may be waiting. A range stands for LIKE, which
// asks each of a kind; the column is compared by bytes, as it is indexed.
const sqlCancel = `UPDATE job SET state = 'cancelled', reason = $1, finished_at = $2
	WHERE kind = $3 AND key <> '' AND state IN ('waiting', 'running') AND +state = 'waiting' AND key >= $4 AND key < $5`

func cancelText(e db.Engine) string {
	if e == db.Postgres {
		return strings.NewReplacer("key >=", `key COLLATE "C" >=`, "key < $", `key COLLATE "C" < $`, "+state", "state").Replace(sqlCancel)
	}
	return sqlCancel
}

// Cancel takes back the waiting jobs of kind whose key begins with prefix and returns how many there were. One that is running
// is not stopped: its handler looks at the facts when it acts, and finds them changed.
func Cancel(ctx context.Context, tx *db.Tx, kind, prefix, reason string) (int, error) {
	n, err := tx.ExecN(ctx, cancelText(tx.Engine), reason, tx.Now.UnixMilli(), kind, prefix, db.Prefix(prefix))
	if err != nil {
		return 0, fmt.Errorf("cancel %s: %w", kind, err)
	}
	return n, nil
}

// ErrLost says that another worker has the job by now, or that it is finished: what was written must be rolled back.
var ErrLost = errors.New("the job is another worker's")

// Run is one attempt at a job.
type Run struct {
	ID, Kind, Key string
	Attempt       int // from 1
	RunAt         time.Time
	payload       string
}

// Read unpacks the payload into v.
func (r Run) Read(v any) error {
	if err := json.Unmarshal([]byte(r.payload), v); err != nil {
		return fmt.Errorf("read payload of %s: %w", r.Kind, err)
	}
	return nil
}

// Finish marks the job done in the transaction that did its work: with it, or not at all. Errors: ErrLost.
func (r Run) Finish(ctx context.Context, tx *db.Tx) error { return r.end(ctx, tx, Done, "", 0) }

// Drop marks the job cancelled, with a reason in a few words, in the transaction that found it overtaken. Errors: ErrLost.
func (r Run) Drop(ctx context.Context, tx *db.Tx, reason string) error {
	return r.end(ctx, tx, Cancelled, reason, 0)
}

// Later puts the job back until a time, in the transaction that found that it may not be done yet. Nothing failed: it does not count as an attempt.
// Errors: ErrLost.
func (r Run) Later(ctx context.Context, tx *db.Tx, at time.Time, reason string) error {
	if err := r.end(ctx, tx, Waiting, reason, at.UnixMilli()); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE job SET attempt = attempt - 1 WHERE id = $1`, r.ID); err != nil {
		return fmt.Errorf("put job %s off: %w", r.ID, err)
	}
	return nil
}

// end moves the job on if this attempt still holds it. again is when it runs next; 0 keeps the time.
func (r Run) end(ctx context.Context, tx *db.Tx, to State, reason string, again int64) error {
	finished := tx.Now.UnixMilli()
	if to == Waiting {
		finished = 0
	}
	if again == 0 {
		again = r.RunAt.UnixMilli()
	}
	n, err := tx.ExecN(ctx, `UPDATE job SET state = $1, reason = $2, run_at = $3, finished_at = $4
		WHERE id = $5 AND state = 'running' AND attempt = $6`, string(to), reason, again, finished, r.ID, r.Attempt)
	if err != nil {
		return fmt.Errorf("end job %s: %w", r.ID, err)
	}
	if n == 0 {
		return ErrLost
	}
	return nil
}

// Row is a job as the operator sees it.
type Row struct {
	ID       string    `json:"id"`
	Kind     string    `json:"kind"`
	State    State     `json:"state"`
	RunAt    time.Time `json:"run_at"`
	Attempt  int       `json:"attempt"`
	Reason   string    `json:"reason"`
	At       time.Time `json:"at"`
	Finished time.Time `json:"finished"` // zero while unfinished
}

// Unfinished returns the dead, the running and the waiting jobs, in that order and by time, 500 of each at most. The index
// job_due finds each state.
func Unfinished(ctx context.Context, tx *db.Tx) ([]Row, error) {
	var all []Row
	for _, state := range []State{Dead, Running, Waiting} {
		rows, err := db.All(ctx, tx, scanRow, `SELECT id, kind, state, run_at, attempt, reason, at, finished_at FROM job
			WHERE state = $1 ORDER BY run_at, id LIMIT 500`, string(state))
		if err != nil {
			return nil, fmt.Errorf("read jobs: %w", err)
		}
		all = append(all, rows...)
	}
	return all, nil
}

func scanRow(r *sql.Rows) (j Row, err error) {
	var runAt, at, finished int64
	err = r.Scan(&j.ID, &j.Kind, &j.State, &runAt, &j.Attempt, &j.Reason, &at, &finished)
	j.RunAt, j.At = time.UnixMilli(runAt), time.UnixMilli(at)
	if finished != 0 {
		j.Finished = time.UnixMilli(finished)
	}
	return j, err
}

// Revive sends a dead job round again, from its first attempt. It tells whether there was such a job.
func Revive(ctx context.Context, tx *db.Tx, id string) (bool, error) {
	n, err := tx.ExecN(ctx, `UPDATE job SET state = 'waiting', run_at = $1, attempt = 0, finished_at = 0
		WHERE id = $2 AND state = 'dead' AND NOT EXISTS (SELECT 1 FROM job o WHERE o.kind = job.kind AND o.key = job.key
			AND o.key <> '' AND o.state IN ('waiting', 'running'))`, tx.Now.UnixMilli(), id)
	if err != nil {
		return false, fmt.Errorf("revive job: %w", err)
	}
	tx.Touch(Topic)
	return n == 1, nil
}

// kept is how long a finished job stays to be looked at.
const kept = 30 * 24 * time.Hour

// Prune deletes what was due, and done or cancelled, more than thirty days ago. The dead stay. The time it was due is asked for
// as well because the index job_due holds that.
func Prune(ctx context.Context, tx *db.Tx) error {
	before := tx.Now.Add(-kept).UnixMilli()
	_, err := tx.Exec(ctx, `DELETE FROM job WHERE state IN ('done', 'cancelled') AND run_at < $1 AND finished_at < $2`, before, before)
	if err != nil {
		return fmt.Errorf("prune jobs: %w", err)
	}
	return nil
}
