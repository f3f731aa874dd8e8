// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"io"
	"time"

	"github.com/tenday/tenday/internal/calendar"
	"github.com/tenday/tenday/notice"
)

// writeNoticeCalendar writes the legal clock's events: UTC times, no VTODO, nobody's name, every event confidential.
func writeNoticeCalendar(w io.Writer, events []notice.Event, host string, stamp time.Time) error {
	all := make([]calendar.Event, len(events))
	for i, e := range events {
		all[i] = calendar.Event{
			UID: e.UID + "@" + host, Stamp: stamp, Start: e.Start, End: e.End, Summary: e.Summary, Description: e.Description,
			Cancelled: e.Cancelled, Alarms: e.Alarms,
		}
		if e.Cancelled {
			all[i].Seq = 1 // the file before it had 0
		}
		if e.AllDay() {
			all[i].Start, all[i].AllDay = e.Day.Start(), true
		}
	}
	return calendar.Write(w, "", all)
}
