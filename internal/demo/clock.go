// SPDX-License-Identifier: Apache-2.0

package demo

import (
	"sync"
	"time"
)

// clock is the campaign's: it ticks on from where it was set, or stands still while the story is played. It is safe for
// concurrent use.
type clock struct {
	mu  sync.Mutex
	at  time.Time
	set time.Time // on the machine's clock; zero: standing still
}

// Now returns the campaign's time.
func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.set.IsZero() {
		return c.at
	}
	return c.at.Add(time.Since(c.set))
}

// stand puts the clock to t and stops it there.
func (c *clock) stand(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at, c.set = t, time.Time{}
}

// run lets the clock tick on from t.
func (c *clock) run(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at, c.set = t, time.Now()
}
