// SPDX-License-Identifier: Apache-2.0

package job_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/db/dbtest"
	"github.com/tenday/tenday/internal/job"
)

type note struct{ Person string }

func put(t *testing.T, d *db.DB, jobs ...job.Job) {
	t.Helper()
	err := db.Do(t.Context(), d, func(tx *db.Tx) error {
		for _, j := range jobs {
			if err := job.Put(t.Context(), tx, j); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// states returns how many jobs there are in each state.
func states(t *testing.T, d *db.DB) map[string]int {
	t.Helper()
	n := map[string]int{}
	_, err := db.InRead(t.Context(), d, func(tx *db.Tx) (int, error) {
		all, err := db.Strings(t.Context(), tx, `SELECT state FROM job ORDER BY id`)
		for _, s := range all {
			n[s]++
		}
		return 0, err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func run(t *testing.T, q *job.Queue) int {
	t.Helper()
	n, err := q.RunDue(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAJobRunsOnceWhenItsTimeHasCome(t *testing.T) {
	t.Parallel()

	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		q := job.NewQueue(d, nil)
		var got []note
		q.Handle("remind", func(_ context.Context, r job.Run) error {
			var n note
			err := r.Read(&n)
			got = append(got, n)
			return err
		})
		put(t, d, job.Job{Kind: "remind", Payload: note{"p1"}},
			job.Job{Kind: "remind", Payload: note{"p2"}, RunAt: d.Now().Add(time.Hour)})
		if n := run(t, q) + run(t, q); n != 1 {
			t.Errorf("%d attempts", n)
		}
		if diff := cmp.Diff([]note{{"p1"}}, got); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(map[string]int{"done": 1, "waiting": 1}, states(t, d)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestAJobOfARolledBackWorkNeverWas(t *testing.T) {
	t.Parallel()

	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		err := db.Do(t.Context(), d, func(tx *db.Tx) error {
			return errors.Join(job.Put(t.Context(), tx, job.Job{Kind: "remind"}), context.Canceled)
		})
		if !errors.Is(err, context.Canceled) || len(states(t, d)) != 0 {
			t.Errorf("%v, %v", err, states(t, d))
		}
	})
}

func TestAKeyStandsForOneUnfinishedJob(t *testing.T) {
	t.Parallel()

	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		q := job.NewQueue(d, nil)
		var got []string
		q.Handle("begin", func(ctx context.Context, r job.Run) error {
			var n note
			if err := r.Read(&n); err != nil {
				return err
			}
			got = append(got, n.Person)
			return db.Do(ctx, d, func(tx *db.Tx) error {
				// While it runs a second one of its key is not taken; after Finish it is.
				if err := job.Put(ctx, tx, job.Job{Kind: "begin", Key: r.Key, Payload: note{"too early"}}); err != nil {
					return err
				}
				if err := r.Finish(ctx, tx); err != nil {
					return err
				}
				if r.Attempt == 1 && n.Person == "new" {
					return job.Put(ctx, tx, job.Job{Kind: "begin", Key: r.Key, Payload: note{"next"}})
				}
				return nil
			})
		})
		put(t, d, job.Job{Kind: "begin", Key: "s1", Payload: note{"old"}, RunAt: d.Now().Add(time.Hour)},
			job.Job{Kind: "begin", Key: "s1", Payload: note{"new"}})
		run(t, q)
		if diff := cmp.Diff([]string{"new", "next"}, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestACancelledJobDoesNotRun(t *testing.T) {
	t.Parallel()

	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		q := job.NewQueue(d, nil)
		var got []string
		q.Handle("remind", func(_ context.Context, r job.Run) error { got = append(got, r.Key); return nil })
		put(t, d, job.Job{Kind: "remind", Key: "s_1/a"}, job.Job{Kind: "remind", Key: "s_1/b"}, job.Job{Kind: "remind", Key: "sx1/c"})
		n, err := db.InTx(t.Context(), d, func(tx *db.Tx) (int, error) { return job.Cancel(t.Context(), tx, "remind", "s_1/", "strike off") })
		if err != nil || n != 2 {
			t.Errorf("cancelled %d, %v", n, err)
		}
		run(t, q)
		if diff := cmp.Diff([]string{"sx1/c"}, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestAJobThatFailsIsTriedLaterAndAtLastIsDeadUntilRevived(t *testing.T) {
	t.Parallel()

	dbtest.EachTimed(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		q := job.NewQueue(d, nil)
		tries, broken := 0, true
		q.Handle("mail", func(context.Context, job.Run) error {
			if tries++; tries == 2 {
				panic("somebody@example.org")
			}
			if broken {
				return errors.New("no server")
			}
			return nil
		})
		put(t, d, job.Job{Kind: "mail"})
		if n := run(t, q) + run(t, q); n != 1 {
			t.Errorf("%d attempts at once", n)
		}
		for range 40 {
			clock.Advance(time.Hour + time.Second)
			run(t, q)
		}
		if tries != 30 || states(t, d)["dead"] != 1 {
			t.Errorf("%d tries, then %v", tries, states(t, d))
		}
		broken = false
		rows, err := db.InTx(t.Context(), d, func(tx *db.Tx) ([]job.Row, error) {
			rows, err := job.Unfinished(t.Context(), tx)
			if err != nil || len(rows) != 1 || rows[0].State != job.Dead || rows[0].Reason != "no server" {
				t.Fatalf("%+v, %v", rows, err)
			}
			if ok, err := job.Revive(t.Context(), tx, rows[0].ID); err != nil || !ok {
				t.Fatalf("revive: %v, %v", ok, err)
			}
			return rows, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		run(t, q)
		if states(t, d)["done"] != 1 {
			t.Errorf("revived job %s: %v", rows[0].ID, states(t, d))
		}
	})
}

func TestTheWorkOfAVanishedWorkerIsTakenOverAndItsOwnIsRefused(t *testing.T) {
	t.Parallel()

	dbtest.EachTimed(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		q := job.NewQueue(d, nil)
		var finished []int
		q.Handle("count", func(ctx context.Context, r job.Run) error {
			if r.Attempt == 1 { // this worker sleeps through its lease; another one does the work meanwhile
				clock.Advance(10*time.Minute + time.Second)
				if _, err := q.RunDue(ctx); err != nil {
					t.Error(err)
				}
			}
			return db.Do(ctx, d, func(tx *db.Tx) error {
				tx.AfterCommit(func() { finished = append(finished, r.Attempt) })
				return r.Finish(ctx, tx)
			})
		})
		put(t, d, job.Job{Kind: "count"})
		run(t, q)
		if diff := cmp.Diff([]int{2}, finished); diff != "" {
			t.Error(diff)
		}
	})
}

func TestAQueueAtWorkDoesEachJobOnce(t *testing.T) {
	t.Parallel()

	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		q := job.NewQueue(d, nil)
		var mu sync.Mutex
		seen := map[string]int{}
		const jobs = 60
		all := make(chan struct{})
		q.Handle("one", func(ctx context.Context, r job.Run) error {
			return db.Do(ctx, d, func(tx *db.Tx) error {
				tx.AfterCommit(func() {
					mu.Lock()
					defer mu.Unlock()
					if seen[r.ID]++; len(seen) == jobs {
						close(all)
					}
				})
				return r.Finish(ctx, tx)
			})
		})
		q.Start(t.Context())
		for range jobs / 6 {
			put(t, d, job.Job{Kind: "one"}, job.Job{Kind: "one"}, job.Job{Kind: "one"}, job.Job{Kind: "one"}, job.Job{Kind: "one"}, job.Job{Kind: "one"})
		}
		select {
		case <-all:
		case <-time.After(5 * time.Minute):
		}
		if err := q.Close(); err != nil {
			t.Error(err)
		}
		for id, n := range seen {
			if n != 1 {
				t.Errorf("job %s ran %d times", id, n)
			}
		}
		if len(seen) != jobs {
			t.Errorf("%d of %d ran", len(seen), jobs)
		}
	})
}
