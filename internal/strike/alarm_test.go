// SPDX-License-Identifier: Apache-2.0

package strike_test

import (
	"testing"
	"time"

	"github.com/tenday/tenday/internal/strike"
)

// The queue's own alarm makes the steps of the clock: at the stated minute and not before; an action that is off has none.
func TestTheAlarmRingsAtTheStatedMinute(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, c *campaign) {
		ring := func(wall string) int {
			c.at(wall)
			n, err := c.Jobs.RunDue(t.Context())
			c.must(err)
			return n
		}
		id := c.noticed()
		c.at("2025-11-04T18:00")
		c.must(c.Strike.SayGo(c.as("marit"), id))
		c.must(c.Strike.SayGo(c.as("omar"), id))
		ring("2025-11-05T06:59")
		if s := c.action(id).State; s != strike.Noticed {
			t.Fatalf("a minute before: %s", s)
		}
		ring("2025-11-05T07:00")
		if s := c.action(id).State; s != strike.On {
			t.Fatalf("at the minute: %s", s)
		}
		ring("2025-11-06T07:00")
		if s := c.action(id).State; s != strike.Ended {
			t.Fatalf("at the end: %s", s)
		}
	})
	each(t, func(t *testing.T, c *campaign) {
		id := c.noticed()
		c.must(c.both(id, strike.CallOff, "no"))
		c.at("2025-11-05T07:00")
		_, err := c.Jobs.RunDue(t.Context())
		c.must(err)
		if s := c.action(id).State; s != strike.CalledOff {
			t.Errorf("state %s", s)
		}
	})
}

// A program that was down at the stated minute makes the step late, but by the stated minute: it is people who went out, not it.
func TestAProgramThatWasDownMakesBothSteps(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, c *campaign) {
		id := c.noticed()
		c.at("2025-11-04T18:00")
		c.must(c.Strike.SayGo(c.as("marit"), id))
		c.must(c.Strike.SayGo(c.as("omar"), id))
		c.at("2025-11-06T09:00")
		c.must(c.Strike.Tick(t.Context()))
		a := c.action(id)
		if a.State != strike.Ended || !a.Began.Begin().Equal(a.Starts.Begin()) || a.Over.Begin().Sub(a.Began.Begin()) != 24*time.Hour {
			t.Errorf("%s from %s to %s", a.State, a.Began, a.Over)
		}
	})
}
