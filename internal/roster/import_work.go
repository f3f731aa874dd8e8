// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// Progress is how far the work on a list is.
type Progress struct {
	Verb        string // preview, apply, undo
	Done, Total int
	Err         error // what it ended with; told once
	Ended       bool
}

// works is the work under way in the background; Close waits for it.
type works struct {
	mu     sync.Mutex
	wg     sync.WaitGroup
	byList map[string]*Progress
	cancel map[string]context.CancelFunc
	closed bool
}

// Begin runs verb ("preview", "apply" or "undo") on list id in the background of the caller, and returns when it has ended or
// after patience, whichever comes first; Working tells how far it is. The error is that of work that ended in time.
func (s *Store) Begin(ctx context.Context, id, verb string, patience time.Duration) error {
	run := map[string]func(context.Context, string, func(done, total int)) error{
		"preview": s.Preview,
		"apply":   s.apply,
		"undo":    func(ctx context.Context, id string, _ func(int, int)) error { _, err := s.Undo(ctx, id); return err },
	}[verb]
	if run == nil {
		return fmt.Errorf("begin %s: no such work on a list", verb)
	}
	w := &s.works
	w.mu.Lock()
	if p := w.byList[id]; w.closed || p != nil && !p.Ended {
		w.mu.Unlock()
		return fault.New(fault.Conflict, "roster.list.working")
	}
	if w.byList == nil {
		w.byList, w.cancel = map[string]*Progress{}, map[string]context.CancelFunc{}
	}
	w.byList[id] = &Progress{Verb: verb}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx)) // whoever asked may go and come back
	w.cancel[id] = cancel
	w.wg.Add(1)
	w.mu.Unlock()

	ended := make(chan error, 1)
	go func() {
		defer w.wg.Done()
		defer cancel()
		err := run(ctx, id, func(done, total int) {
			w.mu.Lock()
			w.byList[id].Done, w.byList[id].Total = done, total
			w.mu.Unlock()
		})
		w.mu.Lock()
		w.byList[id].Err, w.byList[id].Ended = err, true
		w.mu.Unlock()
		ended <- err
	}()
	select {
	case err := <-ended:
		w.mu.Lock()
		delete(w.byList, id)
		w.mu.Unlock()
		return err
	case <-time.After(patience):
		return nil
	}
}

// Working returns how far the work on list id is; ok is false when none is under way. The end of it is told once.
func (s *Store) Working(id string) (p Progress, ok bool) {
	w := &s.works
	w.mu.Lock()
	defer w.mu.Unlock()
	at := w.byList[id]
	if at == nil {
		return Progress{}, false
	}
	if at.Ended {
		delete(w.byList, id)
	}
	return *at, true
}

// Close ends the work under way, which leaves nothing half done, and waits for it.
func (s *Store) Close() error {
	w := &s.works
	w.mu.Lock()
	w.closed = true
	for _, cancel := range w.cancel {
		cancel()
	}
	w.mu.Unlock()
	w.wg.Wait()
	return nil
}

// Start clears what a program that was killed left behind: a preview that did not come to its end is no preview.
func (s *Store) Start(ctx context.Context) error {
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		ids, err := db.Strings(ctx, tx, `SELECT id FROM list_import WHERE working <> '' ORDER BY id LIMIT 1000`)
		if err != nil {
			return fmt.Errorf("find lists in work: %w", err)
		}
		for _, id := range ids {
			i, err := importOf(ctx, tx, id, "")
			if err != nil {
				return err
			}
			if i.State == ListMapped {
				if err := forgetPreview(ctx, tx, i, ListMapped); err != nil {
					return err
				}
			}
			if _, err := tx.Exec(ctx, `UPDATE list_import SET working = '' WHERE id = $1`, id); err != nil {
				return err
			}
		}
		return nil
	})
}
