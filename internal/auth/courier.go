// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tenday/tenday/internal/fault"
)

const (
	mailsAtOnce   = 4
	mailsWaiting  = 1000
	mailsPatience = time.Minute
)

// courier does in the background what must not be seen from outside by the time it takes: whether an address has an account.
type courier struct {
	all     sync.WaitGroup
	waiting atomic.Int64
	slots   chan struct{}
}

func newCourier() *courier { return &courier{slots: make(chan struct{}, mailsAtOnce)} }

// run starts work, which outlives the request. Errors: TooMany when too much is waiting.
func (c *courier) run(log *slog.Logger, work func(context.Context) error) error {
	if c.waiting.Add(1) > mailsWaiting {
		c.waiting.Add(-1)
		return fault.New(fault.TooMany, "auth.too_many")
	}
	c.all.Go(func() {
		defer c.waiting.Add(-1)
		c.slots <- struct{}{}
		defer func() { <-c.slots }()
		ctx, cancel := context.WithTimeout(context.Background(), mailsPatience)
		defer cancel()
		if err := work(ctx); err != nil {
			log.Error("send link", "error", err)
		}
	})
	return nil
}

func (c *courier) wait() { c.all.Wait() }
