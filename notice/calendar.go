// SPDX-License-Identifier: Apache-2.0

package notice

import (
	"slices"
	"time"
)

// Calendar is a list of holidays that a person verified for a range of days. Outside it the engine refuses to guess.
type Calendar struct {
	VerifiedFrom    *Day      `key:"verified_from"`
	VerifiedThrough *Day      `key:"verified_through"`
	VerifiedBy      string    `key:"verified_by"`
	Holidays        []Holiday `key:"holidays"`
}

// Holiday is a day on which offices are closed.
type Holiday struct {
	Date *Day   `key:"date*"`
	Name string `key:"name*"`
}

// covers reports whether the calendar can answer for every day from a to b.
func (c *Calendar) covers(a, b Day) bool {
	return c.VerifiedFrom != nil && c.VerifiedThrough != nil && *c.VerifiedFrom <= a && b <= *c.VerifiedThrough
}

func weekend(d Day) bool { return d.Weekday() == time.Saturday || d.Weekday() == time.Sunday }

// off reports whether d, which the calendar covers, is a Saturday, Sunday or holiday.
func (c *Calendar) off(d Day) bool {
	return weekend(d) || slices.ContainsFunc(c.Holidays, func(h Holiday) bool { return *h.Date == d })
}

// roll moves d by step until it is a working day. ok is false where the calendar does not reach.
func (c *Calendar) roll(d Day, step Day) (day Day, ok bool) {
	for c.covers(d, d) {
		if !c.off(d) {
			return d, true
		}
		d += step
	}
	return 0, false
}

// between counts the working days after a and before b. ok is false where the calendar does not reach.
func (c *Calendar) between(a, b Day) (n int, ok bool) {
	if b-a > 1 && !c.covers(a+1, b-1) {
		return 0, false
	}
	for d := a + 1; d < b; d++ {
		if !c.off(d) {
			n++
		}
	}
	return n, true
}
