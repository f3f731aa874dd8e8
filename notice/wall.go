// SPDX-License-Identifier: Apache-2.0

package notice

import "time"

// A wall clock is what clocks in some zone show. It is carried as a time.Time in UTC that has the same fields, so that wall
// clocks subtract without regard to changes of the clocks.

// wall returns what clocks in loc show at t.
func wall(t time.Time, loc *time.Location) time.Time {
	t = t.In(loc)
	_, offset := t.Zone()
	return t.UTC().Add(time.Duration(offset) * time.Second)
}

// around calls f with every offset that loc has within 26 hours of w, oldest first, and with the instant at which it begins
// (zero for the first).
func around(w time.Time, loc *time.Location, f func(offset time.Duration, from time.Time)) {
	const most = 26 * time.Hour // no offset and no jump has ever been wider
	var from time.Time
	for t := w.Add(-most); ; {
		_, seconds := t.In(loc).Zone()
		f(time.Duration(seconds)*time.Second, from)
		_, end := t.In(loc).ZoneBounds()
		if !end.IsZero() && !end.After(t) { // Go 1.26 on 31 December of a leap year: the end of the zone lies behind t
			end = t.Add(24 * time.Hour)
		}
		if end.IsZero() || end.After(w.Add(most)) {
			return
		}
		t, from = end, end
	}
}

// instants returns every instant at which clocks in loc show w, earliest first: none where clocks skip w, two where they repeat
// it.
func instants(w time.Time, loc *time.Location) []time.Time {
	var all []time.Time
	around(w, loc, func(offset time.Duration, _ time.Time) {
		t := w.Add(-offset)
		if wall(t, loc).Equal(w) && (len(all) == 0 || all[len(all)-1].Before(t)) {
			all = append(all, t.In(loc))
		}
	})
	return all
}

// firstAt returns the first instant at which clocks in loc show w, or, where they skip it, the instant of the jump.
func firstAt(w time.Time, loc *time.Location) time.Time {
	if all := instants(w, loc); len(all) > 0 {
		return all[0]
	}
	jump := w
	around(w, loc, func(offset time.Duration, from time.Time) {
		if !from.IsZero() && from.Add(offset).After(w) && wall(from.Add(-time.Second), loc).Before(w) {
			jump = from
		}
	})
	return jump.In(loc)
}

// steady reports whether loc keeps one offset from a to b, give or take a day.
func steady(a, b time.Time, loc *time.Location) bool {
	_, end := a.Add(-24 * time.Hour).In(loc).ZoneBounds()
	return end.IsZero() || end.After(b.Add(24*time.Hour))
}
