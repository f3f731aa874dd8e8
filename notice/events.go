// SPDX-License-Identifier: Apache-2.0

package notice

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Event is one entry of a calendar, as data: who writes iCalendar adds host and stamp. It names no member.
type Event struct {
	UID         string          // stable; "@host" follows
	Summary     string          // with the local time of a timed event
	Description string          // verdict, authority, disclaimer
	Day         Day             // of an all-day event
	Start, End  time.Time       // UTC, of a timed event; zero for an all-day one. A zero End is not known
	Cancelled   bool            // the act was called off
	Alarms      []time.Duration // before the start
}

// AllDay reports whether the event is a day and not a time.
func (e Event) AllDay() bool { return e.Start.IsZero() }

var alarms = []time.Duration{3 * 24 * time.Hour, 24 * time.Hour}

// Events returns the plan's open steps, each on its safe day, or on the last day that passes at all where the safe one is not known
// or past, and then the act itself. A step without any last day has no event.
func Events(pl Plan) []Event {
	var all []Event
	for _, s := range pl.Steps {
		if s.State != "open" && s.State != "late" {
			continue
		}
		day, err := ParseDay(s.Safe)
		if s.State == "late" || err != nil {
			day, err = ParseDay(s.Last)
		}
		if err != nil {
			continue
		}
		all = append(all, Event{
			UID: pl.Action + "." + s.ID, Day: day, Cancelled: pl.Cancelled, Alarms: alarms,
			Summary:     fmt.Sprintf("Serve the %s by today", noticeWords[s.ID]),
			Description: s.days() + describe(pl, s.Cites),
		})
	}
	start, err := ParseMoment(pl.TargetStart)
	if err != nil {
		return all
	}
	var cites []Cite
	if len(pl.Steps) > 0 {
		cites = pl.Steps[0].Cites
	}
	act := Event{
		UID: pl.Action + ".start", Day: start.Day, Cancelled: pl.Cancelled, Alarms: alarms, Description: describe(pl, cites),
		Summary: capital(pl.Kind) + " starts",
	}
	if start.Clock {
		act.Summary += " at " + start.at.Format("15:04 MST")
		act.Start = start.at.UTC()
		if end, err := ParseMoment(pl.TargetEnd); err == nil {
			act.End = end.Begin().UTC()
		}
	}
	return append(all, act)
}

// days says by when, strictly and leniently.
func (s PlanStep) days() string {
	var all []string
	if s.Safe != "" {
		all = append(all, "To be safe: received by "+s.Safe+".")
	}
	if s.Last != "" {
		all = append(all, "The last day that passes at all: "+s.Last+".")
	}
	return strings.Join(all, " ") + "\n"
}

func describe(pl Plan, cites []Cite) string {
	once := slices.CompactFunc(slices.SortedFunc(slices.Values(cites), func(a, b Cite) int { return cmp.Compare(a.Ref, b.Ref) }),
		func(a, b Cite) bool { return a.Ref == b.Ref })
	return strings.Join([]string{
		"Verdict as of " + pl.AsOf.String() + ": " + pl.Verdict.String() + ".", "Authority: " + refs(once) + ".", Disclaimer,
	}, "\n")
}
