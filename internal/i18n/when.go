// SPDX-License-Identifier: Apache-2.0

package i18n

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

var (
	weekdays = map[string][]string{
		"en": {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"},
		"es": {"dom", "lun", "mar", "mié", "jue", "vie", "sáb"},
	}
	months = map[string][]string{
		"en": {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
		"es": {"ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sept", "oct", "nov", "dic"},
	}
)

// Day writes a civil day out, "Wed 5 Nov 2025" or "mié 5 nov 2025". The zone of t is ignored.
func (t *Translator) Day(day time.Time) string {
	return fmt.Sprintf("%s %d %s %d", weekdays[t.Locale][day.Weekday()], day.Day(), months[t.Locale][day.Month()-1], day.Year())
}

// ISODay writes an ISO day ("2025-11-05") out as Day does; what is no day stays as it is, "" too.
func (t *Translator) ISODay(iso string) string {
	day, err := time.Parse(time.DateOnly, iso)
	if err != nil {
		return iso
	}
	return t.Day(day)
}

// Clock writes the time of day, "7:00 a.m." or "7:00 a. m.".
func (t *Translator) Clock(at time.Time) string {
	half := []string{"a.m.", "p.m."}
	if t.Locale == "es" {
		half = []string{"a.\u00a0m.", "p.\u00a0m."}
	}
	h := at.Hour() % 12
	if h == 0 {
		h = 12
	}
	return fmt.Sprintf("%d:%02d\u00a0%s", h, at.Minute(), half[at.Hour()/12])
}

// Moment writes day and time of day, in the zone that at carries: "Wed 5 Nov 2025, 7:00 a.m.".
func (t *Translator) Moment(at time.Time) string { return t.Day(at) + ", " + t.Clock(at) }

// Int writes n with the locale's thousands mark: "60,000", "60 000" in Spanish (thin space from five digits on).
func (t *Translator) Int(n int) string {
	s := strconv.Itoa(n)
	sign := ""
	if n < 0 {
		sign, s = "-", s[1:]
	}
	mark, from := ",", 4
	if t.Locale == "es" {
		mark, from = "\u202f", 5
	}
	if len(s) < from {
		return sign + s
	}
	var parts []string
	for len(s) > 3 {
		parts = append([]string{s[len(s)-3:]}, parts...)
		s = s[:len(s)-3]
	}
	return sign + strings.Join(append([]string{s}, parts...), mark)
}

// Share writes x of n with its share, "471 of 600 (78.5 %)": a share never stands without its numbers.
func (t *Translator) Share(x, n int) string {
	if n == 0 {
		return t.T("i18n.share_none")
	}
	tenths := (2000*x + n) / (2 * n) // rounded half up
	pct := fmt.Sprintf("%d.%d", tenths/10, tenths%10)
	if t.Locale == "es" {
		pct = strings.Replace(pct, ".", ",", 1)
	}
	return t.T("i18n.share", "X", t.Int(x), "Of", t.Int(n), "Pct", pct+"\u00a0%")
}
