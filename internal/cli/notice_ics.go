// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"

	"github.com/tenday/tenday/notice"
)

// writeNoticeCalendar writes the legal clock's events as RFC 5545: CRLF, UTC times, no VTODO, nobody's name. Every event is
// confidential: a leaked date does harm.
func writeNoticeCalendar(w io.Writer, events []notice.Event, host string, stamp time.Time) error {
	cal := ics.NewCalendarFor("tenday")
	for _, e := range events {
		v := cal.AddEvent(plainLine(e.UID + "@" + host))
		v.SetDtStampTime(stamp)
		v.SetSummary(plainText(e.Summary))
		v.SetDescription(plainText(e.Description))
		v.SetClass(ics.ClassificationConfidential)
		v.SetSequence(0)
		if e.Cancelled {
			v.SetSequence(1)
			v.SetStatus(ics.ObjectStatusCancelled)
		}
		if e.AllDay() {
			day := e.Day.Start()
			v.SetAllDayStartAt(day)
			v.SetAllDayEndAt(day.AddDate(0, 0, 1))
		} else {
			v.SetStartAt(e.Start)
			if !e.End.IsZero() {
				v.SetEndAt(e.End)
			}
		}
		for _, before := range e.Alarms {
			a := v.AddAlarm()
			a.SetAction(ics.ActionDisplay)
			a.SetProperty(ics.ComponentPropertyDescription, plainText(e.Summary)) // RFC 5545 3.6.6 requires one
			a.SetTrigger(fmt.Sprintf("-P%dD", int(before.Hours())/24))
		}
	}
	return cal.SerializeTo(w, ics.WithNewLineWindows)
}

// plainText drops control characters, which the library lets through; a line feed becomes its \n.
func plainText(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' || r == 0x7f {
			return -1
		}
		return r
	}, s)
}

// plainLine drops every control character.
func plainLine(s string) string { return strings.ReplaceAll(plainText(s), "\n", "") }
