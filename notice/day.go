// SPDX-License-Identifier: Apache-2.0

package notice

import (
	"fmt"
	"time"
)

// Day is a civil date: days since 1970-01-01, in no zone. It is never a midnight, because some midnights do not exist.
type Day int32

// Date returns the day with the given year, month and day of month; a 31 June becomes 1 July.
func Date(year int, month time.Month, day int) Day {
	return Day(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// DayOf returns the date that t shows in its own location.
func DayOf(t time.Time) Day {
	y, m, d := t.Date()
	return Date(y, m, d)
}

// ParseDay reads YYYY-MM-DD, from 1900 to 2199: 8(g) is of 1974, and a year outside is a slip of the finger.
func ParseDay(s string) (Day, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0, fmt.Errorf("%q is not a date: write YYYY-MM-DD", s)
	}
	if t.Year() < 1900 || t.Year() > 2199 {
		return 0, fmt.Errorf("the year of %q is not between 1900 and 2199", s)
	}
	return DayOf(t), nil
}

// Start returns 00:00 UTC of the day, for formats that can only write a day as a time.
func (d Day) Start() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

// Weekday returns the day of the week.
func (d Day) Weekday() time.Weekday { return d.Start().Weekday() }

// String returns YYYY-MM-DD.
func (d Day) String() string { return d.Start().Format(time.DateOnly) }

// MarshalText writes YYYY-MM-DD.
func (d Day) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what ParseDay reads.
func (d *Day) UnmarshalText(b []byte) (err error) {
	*d, err = ParseDay(string(b))
	return err
}

// monthsLater returns the same day of the month n months on. ok is false, and the day is the month's last, where the month has
// no such day.
func (d Day) monthsLater(n int) (later Day, ok bool) {
	y, m, dom := d.Start().Date()
	first := time.Date(y, m+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	if last := first.AddDate(0, 1, -1).Day(); dom > last {
		return DayOf(first) + Day(last) - 1, false
	}
	return DayOf(first) + Day(dom) - 1, true
}
