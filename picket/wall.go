// SPDX-License-Identifier: Apache-2.0

package picket

import (
	"errors"
	"regexp"
	"time"
)

var wallTime = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d([+-]\d\d:\d\d|Z)?$`)

// instant returns when a wall time is in a zone, or why it is not: bad_time, time_does_not_exist (clocks went forward over it),
// time_ambiguous (clocks went back over it; an offset decides).
func instant(text string, zone *time.Location) (at time.Time, code string) {
	if !wallTime.MatchString(text) {
		return at, "bad_time"
	}
	const layout = "2006-01-02T15:04"
	if len(text) > len(layout) {
		at, err := time.Parse(layout+"Z07:00", text)
		if err != nil {
			return at, "bad_time"
		}
		return at.In(zone), ""
	}
	naive, err := time.Parse(layout, text)
	if err != nil {
		return at, "bad_time"
	}
	// The wall time with the offsets in force half a day before and after: what reads back as itself exists.
	var found []time.Time
	for _, near := range []time.Duration{-12 * time.Hour, 12 * time.Hour} {
		_, offset := naive.Add(near).In(zone).Zone()
		t := naive.Add(-time.Duration(offset) * time.Second).In(zone)
		if t.Format(layout) == text && (len(found) == 0 || !found[0].Equal(t)) {
			found = append(found, t)
		}
	}
	switch len(found) {
	case 0:
		return at, "time_does_not_exist"
	case 1:
		return found[0], ""
	}
	return at, "time_ambiguous"
}

// Instant returns when a wall time is at the sites; with an offset it is the same everywhere. Errors: what is wrong with it, in a word:
// bad_time, time_does_not_exist, time_ambiguous; several_zones if the sites do not agree and no offset decides.
func (in *Input) Instant(text string) (time.Time, error) {
	var at time.Time
	for i, s := range in.Sites {
		t, code := instant(text, s.Zone)
		switch {
		case code != "":
			return at, errors.New(code)
		case i > 0 && !t.Equal(at):
			return at, errors.New("several_zones")
		}
		at = t
	}
	return at, nil
}

// WallTime returns when a wall time is in a zone. Errors: bad_time, time_does_not_exist, time_ambiguous (an offset decides).
func WallTime(text string, zone *time.Location) (time.Time, error) {
	at, code := instant(text, zone)
	if code != "" {
		return at, errors.New(code)
	}
	return at, nil
}
