// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"context"
	"errors"
	"sync"

	"github.com/tenday/tenday/internal/db"
)

// Log records what was read. Readers who come together share one commit, so that a page costs its reader one wait and the disk
// far less than a commit each. Close it when done. It is safe for concurrent use.
type Log struct {
	d     *db.DB
	queue chan pending
	quit  chan struct{}
	done  sync.WaitGroup
}

type pending struct {
	actor Actor
	entry Entry
	err   chan error
}

// errClosed answers a Read that comes after Close.
var errClosed = errors.New("audit log is closed")

// most is how many records one commit holds.
const most = 128

// NewLog starts the log of d.
func NewLog(d *db.DB) *Log {
	// Without a buffer: what was taken is written, and what was not is told so, also while the log closes.
	l := &Log{d: d, queue: make(chan pending), quit: make(chan struct{})}
	l.done.Go(l.run)
	return l
}

// Close writes what is queued and ends the log.
func (l *Log) Close() error {
	close(l.quit)
	l.done.Wait()
	return nil
}

// Read records e as an act of ctx's actor and returns once it is durable. A page that shows people is sent only after that.
func (l *Log) Read(ctx context.Context, e Entry) error {
	p := pending{actor: By(ctx), entry: e, err: make(chan error, 1)}
	select {
	case l.queue <- p:
	case <-l.quit:
		return errClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-p.err:
		return err
	case <-ctx.Done(): // recorded or not: who has gone sees nothing
		return ctx.Err()
	}
}

func (l *Log) run() {
	for {
		select {
		case p := <-l.queue:
			l.write(p)
		case <-l.quit:
			for {
				select {
				case p := <-l.queue:
					l.write(p)
				default:
					return
				}
			}
		}
	}
}

// write commits first and all that has queued up behind it.
func (l *Log) write(first pending) {
	batch := []pending{first}
	for len(batch) < most {
		select {
		case p := <-l.queue:
			batch = append(batch, p)
			continue
		default:
		}
		break
	}
	ctx := context.Background() // the batch is everybody's: no one caller's leaving stops it
	err := db.Do(ctx, l.d, func(tx *db.Tx) error {
		_, err := appendAll(ctx, tx, batch)
		return err
	})
	for _, p := range batch {
		p.err <- err
	}
}
