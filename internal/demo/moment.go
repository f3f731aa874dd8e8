// SPDX-License-Identifier: Apache-2.0

package demo

import (
	"time"

	"github.com/tenday/tenday/internal/fault"
)

// zoneName is where the campaign lives.
const zoneName = "America/Chicago"

// minute is the form of a time in addresses and fields: what <input type="datetime-local"> sends.
const minute = "2006-01-02T15:04"

// moment is a point of the story that the clock can be set to.
type moment struct {
	at  string // in the campaign's zone
	key string
}

// moments are the presets. The day of the notice is printed nowhere: the announcement was made on a Friday (F007, F008), and 24
// October is the last one that leaves ten days.
var moments = []moment{
	{"2025-05-30T09:00", "demo.moment.list"},
	{"2025-10-24T15:00", "demo.moment.notice"},
	{"2025-10-31T16:30", "demo.moment.arrival"},
	{"2025-11-04T18:00", "demo.moment.eve"},
	{"2025-11-05T06:40", "demo.moment.morning"},
	{"2025-11-06T07:00", "demo.moment.return"},
}

// The story goes from the first list to the days after the return.
const (
	first   = "2025-05-30T09:00"
	last    = "2025-11-20T23:59"
	opening = "2025-11-05T06:40" // where a demo begins unless told otherwise
)

// parse reads a time of the campaign. Errors: Invalid for what is no time, or outside the story.
func parse(zone *time.Location, text string) (time.Time, error) {
	t, err := time.ParseInLocation(minute, text, zone)
	if err != nil {
		return t, &fault.Error{Code: fault.Invalid, Key: "demo.no_time", Field: "at", Err: err}
	}
	if text < first || text > last {
		return t, fault.Field("at", "demo.outside", "First", first[:10], "Last", last[:10])
	}
	return t, nil
}
