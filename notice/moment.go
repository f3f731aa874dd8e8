// SPDX-License-Identifier: Apache-2.0

package notice

import (
	"fmt"
	"strings"
	"time"
)

// Moment is a point of time as a person writes it, with its zone: 2025-11-05T07:00[America/Chicago], or a date alone,
// 2025-10-24[America/Chicago]. The zero Moment means "not recorded".
type Moment struct {
	Day   Day  // the date as written, in the zone named
	Clock bool // whether a time of day was written too
	at    time.Time
	zone  *time.Location
}

// ParseMoment reads YYYY-MM-DD[THH:MM[:SS][±HH:MM]] and an IANA zone in brackets (after RFC 9557). Errors are *InputError: E-VALUE
// for what is not a moment, E-TIME-GAP for a time that clocks skip there, E-TIME-AMBIGUOUS for one that they show twice and that
// has no offset, E-TIME-OFFSET for an offset that is not in force then.
func ParseMoment(s string) (Moment, error) {
	text, name, ok := strings.Cut(strings.TrimSuffix(s, "]"), "[")
	if !ok || !strings.HasSuffix(s, "]") {
		return Moment{}, inputErr(eValue, "%q names no zone: write it as 2025-11-05T07:00[America/Chicago]", s)
	}
	zone, err := LoadZone(name)
	if err != nil {
		return Moment{}, inputErr(eValue, "%v", err)
	}
	date, clock, timed := strings.Cut(text, "T")
	day, err := ParseDay(date)
	if err != nil {
		return Moment{}, inputErr(eValue, "%v", err)
	}
	m := Moment{Day: day, Clock: timed, zone: zone}
	if !timed {
		m.at = firstAt(day.Start(), zone)
		if DayOf(m.at) != day {
			return Moment{}, inputErr(eGap, "there was no %s in %s: the calendar skips it", date, name)
		}
		return m, nil
	}
	offset := ""
	if i := strings.IndexAny(clock, "+-"); i >= 0 {
		clock, offset = clock[:i], clock[i:]
	}
	t, err := parseClock(clock)
	if err != nil {
		return Moment{}, inputErr(eValue, "%v", err)
	}
	m.at, err = resolve(day.Start().Add(t), offset, zone)
	return m, err
}

func parseClock(s string) (time.Duration, error) {
	for _, layout := range []string{"15:04", "15:04:05"} {
		if t, err := time.Parse(layout, s); err == nil && len(s) == len(layout) {
			return t.Sub(time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)), nil
		}
	}
	return 0, fmt.Errorf("%q is not a time: write HH:MM, from 00:00 to 23:59", s)
}

// resolve finds the one instant at which clocks in zone show w. Go's time.Date would choose silently: 02:30 on 2026-03-08 in
// Chicago, which never was, becomes 01:30.
func resolve(w time.Time, offset string, zone *time.Location) (time.Time, error) {
	all := instants(w, zone)
	if len(all) == 0 {
		return time.Time{}, inputErr(eGap, "%s does not exist on %s in %s: clocks go forward past it", w.Format("15:04"),
			w.Format(time.DateOnly), zone)
	}
	var offsets []string
	for _, t := range all {
		offsets = append(offsets, t.Format("-07:00"))
		if offset == offsets[len(offsets)-1] {
			return t, nil
		}
	}
	switch {
	case offset != "":
		return time.Time{}, inputErr(eOffset, "%s is not the offset of %s then: write %s", offset, zone,
			strings.Join(offsets, " or "))
	case len(all) > 1:
		return time.Time{}, inputErr(eAmbiguous, "%s happens twice on %s in %s: add %s", w.Format("15:04"), w.Format(time.DateOnly),
			zone, strings.Join(offsets, " or "))
	}
	return all[0], nil
}

// IsZero reports whether the moment is not recorded.
func (m Moment) IsZero() bool { return m.zone == nil }

// Begin returns the instant meant; of a date alone, its first.
func (m Moment) Begin() time.Time { return m.at }

// End returns the instant meant; of a date alone, 24:00: an unknown clock time works against whoever has to show it.
func (m Moment) End() time.Time {
	if m.Clock || m.IsZero() {
		return m.at
	}
	return firstAt((m.Day + 1).Start(), m.zone)
}

// dayIn returns the date of the moment in zone. A date alone keeps the date that was written.
func (m Moment) dayIn(zone *time.Location) Day {
	if !m.Clock {
		return m.Day
	}
	return DayOf(m.at.In(zone))
}

// String returns the moment with its offset, so that ParseMoment reads it back in every week of the year; "" for zero.
func (m Moment) String() string {
	switch {
	case m.IsZero():
		return ""
	case !m.Clock:
		return m.Day.String() + "[" + m.zone.String() + "]"
	}
	return momentText(m.at, m.zone)
}

// momentText writes the instant t as clocks in zone show it; seconds only where there are some.
func momentText(t time.Time, zone *time.Location) string {
	t = t.In(zone)
	layout := "2006-01-02T15:04-07:00"
	if t.Second() != 0 {
		layout = "2006-01-02T15:04:05-07:00"
	}
	return t.Format(layout) + "[" + zone.String() + "]"
}
