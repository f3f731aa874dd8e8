// SPDX-License-Identifier: Apache-2.0

package line

import "time"

// Reminder is one message about a booking, and when it is due.
type Reminder struct {
	Kind string
	At   time.Time
}

// The kinds of reminders.
const (
	ConfirmRequest = "confirm_request"
	DayOfMail      = "day_of_mail"
	Text30         = "text_30"
	Text30Quiet    = "text_30_not_sent_quiet_hours" // stands in the list, and is not sent
	MissingList    = "captain_missing_list"
	AskAttended    = "attended_question"
)

// Reminders are the messages of a booking, in order: those that were due before it was made are left out. Times are those of the zone that
// starts carries; the sequence is the one that Mobilize publishes. oddHours: she takes messages at night about her own shift.
func Reminders(rules Rules, starts, ends, booked time.Time, oddHours bool) []Reminder {
	zone := starts.Location()
	on := func(days int, clock string) time.Time {
		t, err := time.Parse("15:04", clock)
		if err != nil {
			return time.Time{}
		}
		d := starts.AddDate(0, 0, days)
		return time.Date(d.Year(), d.Month(), d.Day(), t.Hour(), t.Minute(), 0, 0, zone)
	}
	all := []Reminder{{ConfirmRequest, on(-rules.ConfirmDaysBefore, rules.ConfirmAt)}}
	dayOf := on(0, rules.DayOfAt)
	if starts.Before(on(0, rules.EarlyBefore)) {
		dayOf = starts.Add(-minutes(rules.EarlyMin))
		if dayOf.Before(on(0, rules.NotBefore)) || !oddHours {
			dayOf = on(-1, rules.EveningBefore)
		}
	}
	text := Reminder{Text30, starts.Add(-minutes(rules.TextMin))}
	if !oddHours && rules.quiet(text.At) {
		text.Kind = Text30Quiet
	}
	all = append(all, Reminder{DayOfMail, dayOf}, text, Reminder{MissingList, starts.Add(minutes(rules.MissingListMin))})
	if !ends.IsZero() {
		all = append(all, Reminder{AskAttended, ends.Add(minutes(rules.AskedAfterMin))})
	}
	out := all[:0]
	for _, r := range all {
		if r.At.After(booked) {
			out = append(out, r)
		}
	}
	return out
}

// quiet says whether an instant lies in the quiet hours of its zone.
func (r Rules) quiet(at time.Time) bool {
	now := at.Format("15:04")
	return now >= r.QuietFrom || now < r.QuietTo
}
