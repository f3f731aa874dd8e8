// SPDX-License-Identifier: Apache-2.0

// Package work carries on what takes longer than a reader waits, in the background of whoever asked for it: she may go and come
// back, see how far it is, stop it where the room lets her, and find out how it ended. What was done stands in the room's own
// tables; here is only what is under way in this program, and all of it is forgotten when that ends.
//
// Always: one piece of work to a key; its end is told once; Close waits for all. Not for what must happen later, or again until it
// succeeds: that is internal/job.
package work

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/tenday/tenday/internal/fault"
)

// Progress is how far a piece of work is.
type Progress struct {
	Verb        string // the room's word for it
	Done, Total int    // Total is 0 while nothing is known of it
	Seconds     int    // since it began
	Ended       bool
	Err         error // what it ended with
	Stopped     bool  // it ended because somebody stopped it
}

// Run is one piece of work. It ends early when ctx does, and says how far it is as often as it likes.
type Run func(ctx context.Context, progress func(done, total int)) error

// Desk holds the work under way, a piece to a key. It is safe for concurrent use.
type Desk struct {
	Busy string       // key of the Conflict for whoever begins what is under way
	Log  *slog.Logger // what goes wrong with nobody there to be told; nil: nowhere. Set before the first work

	mu     sync.Mutex
	wg     sync.WaitGroup
	pieces map[string]*piece
	closed bool
}

type piece struct {
	Progress
	began  time.Time
	alone  bool // whoever asked has her answer already
	cancel context.CancelFunc
}

// Begin runs a piece of work under key with what ctx carries, but not with its end: whoever asked may go. It returns when the work
// has ended, with its error, or after patience; Look then tells how far it is. Errors: Conflict while there is other work under key.
func (d *Desk) Begin(ctx context.Context, key, verb string, patience time.Duration, run Run) (ended bool, err error) {
	d.mu.Lock()
	if p := d.pieces[key]; d.closed || p != nil && !p.Ended {
		d.mu.Unlock()
		return false, fault.New(fault.Conflict, d.Busy)
	}
	if d.pieces == nil {
		d.pieces = map[string]*piece{}
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	p := &piece{Progress: Progress{Verb: verb}, began: time.Now(), cancel: cancel}
	d.pieces[key] = p
	over := make(chan struct{})
	d.wg.Go(func() { // while Close cannot wait yet
		defer cancel()
		err := safely(run)(ctx, func(done, total int) {
			d.mu.Lock()
			p.Done, p.Total = done, total
			d.mu.Unlock()
		})
		d.mu.Lock()
		p.Err, p.Ended, p.Stopped = err, true, p.Stopped && err != nil
		alone := p.alone
		d.mu.Unlock()
		close(over)
		if alone && ours(err) && ctx.Err() == nil && d.Log != nil {
			d.Log.Error("work in the background", "verb", verb, "error", err)
		}
	})
	d.mu.Unlock()
	select {
	case <-over:
	case <-time.After(patience):
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if p.alone = !p.Ended; p.alone {
		return false, nil
	}
	if d.pieces[key] == p {
		delete(d.pieces, key)
	}
	return true, p.Err
}

// ours says whether an error is none that a reader may do something about.
func ours(err error) bool {
	f, ok := errors.AsType[*fault.Error](err)
	return err != nil && (!ok || f.Code == fault.Internal)
}

// safely makes an error of a panic: in a request it would end that one alone. What it was said with may name somebody: its type stands for it.
func safely(run Run) Run {
	return func(ctx context.Context, progress func(done, total int)) (err error) {
		defer func() {
			if what := recover(); what != nil {
				err = fmt.Errorf("panic: %T\n%s", what, debug.Stack())
			}
		}()
		return run(ctx, progress)
	}
}

// Look returns how far the work under key is; ok is false when there is none. Its end is told once: to the first who looks with tell.
func (d *Desk) Look(key string, tell bool) (now Progress, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p := d.pieces[key]
	if p == nil {
		return Progress{}, false
	}
	if p.Ended && tell {
		delete(d.pieces, key)
	}
	now = p.Progress
	now.Seconds = int(time.Since(p.began).Seconds())
	return now, true
}

// Stop asks the work under key to end. What it has done by then stays done or not, as the room says.
func (d *Desk) Stop(key string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if p := d.pieces[key]; p != nil && !p.Ended {
		p.Stopped = true
		p.cancel()
	}
}

// Close stops all work and waits for it. None can begin any more.
func (d *Desk) Close() error {
	d.mu.Lock()
	d.closed = true
	for _, p := range d.pieces {
		p.cancel()
	}
	d.mu.Unlock()
	d.wg.Wait()
	return nil
}
