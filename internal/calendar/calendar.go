// SPDX-License-Identifier: Apache-2.0

package calendar

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	ics "github.com/arran4/golang-ical"
)

// Event is one entry. Its texts may hold anything: what RFC 5545 does not allow is taken out.
type Event struct {
	UID         string    // stable for the life of what it is about, "id@host"
	Seq         int       // rises with every change of what others have seen
	Stamp       time.Time // of the last change; readers compare it where Seq is equal
	Start, End  time.Time // instants; a zero End is not known. Of an AllDay event the dates of both count, End being the day after the last
	AllDay      bool      // a zero End is then the next day
	Zone        string    // IANA name: the start as clocks there show it is added to the description; "" adds nothing
	Summary     string
	Location    string // "" for none
	Description string // may have several lines
	Class       Class  // "" is Confidential
	Cancelled   bool
	Alarms      []time.Duration // before the start, to the minute
}

// Class says how an event may be shown to those with whom a calendar is shared.
type Class string

// The classes of RFC 5545.
const (
	Confidential Class = "CONFIDENTIAL"
	Private      Class = "PRIVATE"
	Public       Class = "PUBLIC"
)

// ContentType is that of what Write writes.
const ContentType = "text/calendar; charset=utf-8"

// refresh is how often a reader is asked to fetch a feed again.
const refresh = "PT1H"

// Write writes events in their order. A name makes it a calendar to subscribe to: it is shown, and readers are asked to come back
// every hour; without one it is a file of events. Errors, before anything is written: an event without UID, stamp, summary or start,
// one that ends before it starts, an unknown Zone; then those of w.
func Write(w io.Writer, name string, events []Event) error {
	cal := ics.NewCalendar()
	cal.SetProductId("-//Tenday//Calendar//EN")
	if name != "" {
		cal.SetName(line(name))
		cal.SetRefreshInterval(refresh) // its name brings VALUE=DURATION
		cal.SetXPublishedTTL(refresh)
	}
	for i, e := range events {
		if err := add(cal, e); err != nil {
			return fmt.Errorf("write event %d (%s): %w", i, line(e.UID), err)
		}
	}
	var b bytes.Buffer // the library drops some errors of a writer
	if err := cal.SerializeTo(&b, ics.WithNewLineWindows); err != nil {
		return fmt.Errorf("write calendar: %w", err)
	}
	_, err := w.Write(b.Bytes())
	return err
}

func add(cal *ics.Calendar, e Event) error {
	uid, summary, description := line(e.UID), line(e.Summary), text(e.Description)
	switch {
	case uid == "" || summary == "":
		return errors.New("it has no UID or no summary")
	case e.Stamp.IsZero() || e.Start.IsZero():
		return errors.New("it has no stamp or no start")
	case !e.End.IsZero() && e.End.Before(e.Start):
		return errors.New("it ends before it starts")
	}
	if e.Zone != "" {
		zone, err := time.LoadLocation(e.Zone)
		if err != nil {
			return fmt.Errorf("find zone: %w", err)
		}
		if !e.AllDay {
			description = strings.TrimPrefix(description+"\n"+e.Start.In(zone).Format("2006-01-02 15:04 MST")+" ("+e.Zone+")", "\n")
		}
	}
	v := cal.AddEvent(uid)
	v.SetDtStampTime(e.Stamp)
	v.SetSequence(e.Seq)
	v.SetSummary(summary)
	if description != "" {
		v.SetDescription(description)
	}
	if where := line(e.Location); where != "" {
		v.SetLocation(where)
	}
	class := e.Class
	if class == "" {
		class = Confidential
	}
	v.SetClass(ics.Classification(class))
	e.times(v)
	if e.Cancelled {
		v.SetStatus(ics.ObjectStatusCancelled)
		return nil // nobody is woken for what is off
	}
	for _, before := range e.Alarms {
		a := v.AddAlarm()
		a.SetAction(ics.ActionDisplay)
		a.SetProperty(ics.ComponentPropertyDescription, summary) // RFC 5545 3.6.6 requires one
		a.SetTrigger(duration(before))
	}
	return nil
}

func (e Event) times(v *ics.VEvent) {
	if !e.AllDay {
		v.SetStartAt(e.Start)
		if !e.End.IsZero() {
			v.SetEndAt(e.End)
		}
		return
	}
	end := e.End
	if end.IsZero() || !end.After(e.Start) {
		end = e.Start.AddDate(0, 0, 1)
	}
	v.SetAllDayStartAt(e.Start)
	v.SetAllDayEndAt(end)
	v.SetTimeTransparency(ics.TransparencyTransparent) // a deadline keeps nobody busy
}

// duration writes how long before the start an alarm rings: in days where it is whole days.
func duration(before time.Duration) string {
	const day = 24 * time.Hour
	if before%day == 0 && before > 0 {
		return fmt.Sprintf("-P%dD", before/day)
	}
	return fmt.Sprintf("-PT%dM", before/time.Minute)
}

// text is s as RFC 5545 allows it: UTF-8, lines ended by line feeds, no control characters. The library escapes the rest but lets
// a lone carriage return through.
func text(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\u2028", "\n", "\u2029", "\n", "\t", " ").Replace(strings.ToValidUTF8(s, "\uFFFD"))
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' {
			return -1
		}
		return r
	}, s))
}

// line is text on one line.
func line(s string) string { return strings.ReplaceAll(text(s), "\n", " ") }
