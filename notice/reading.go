// SPDX-License-Identifier: Apache-2.0

package notice

import (
	"math"
	"strconv"
	"time"
)

// "Not less than ten days prior" is defined by no statute or regulation; hence several readings of one period. In autumn the wall
// clock is stricter, in spring the elapsed hours: ten days at one clock time are 241 or 239 hours.
//
//	civil             date(A) - date(S) >= N                           315 NLRB 468 (1994)
//	wall              A >= S + N calendar days at the same wall clock, in the act's zone
//	elapsed           A - S >= 24 N hours
//	clear             N full days between: date(A) - date(S) >= N + 1
//	last_day_omitted  as civil, and an Nth day on a weekend or holiday is not counted   Minn. Stat. 645.15
//	month_end         months end the day before the corresponding date; where there is none, on the month's last day
//
// A span bounded from above (Max) is read by civil, last_day_omitted and month_end only.

// point is one end of a period: a date for the readings that count days, an instant for those that count hours.
type point struct {
	day  Day
	at   time.Time
	zone *time.Location // in which instants are shown
}

// measure is what one reading says of a period. Without S there is no have and no earliest, without A no latest.
type measure struct {
	pass     Tri    // Unknown where an end is missing or the calendar does not reach
	have     string // in unit
	margin   int    // minutes to spare; negative: short
	latest   bound  // of a minimum: the last S that passes; of a maximum: the last A
	earliest bound  // of a minimum: the first A that passes; of a maximum: the first S
	beyond   bool   // the calendar does not reach
}

// bound is the edge of what passes: a whole day, or a minute. The zero bound is "not known".
type bound struct {
	day    Day
	minute time.Time // zero for a whole day
	zone   *time.Location
	ok     bool
}

func dayBound(d Day) bound { return bound{day: d, ok: true} }

func minuteBound(t time.Time, zone *time.Location) bound {
	return bound{day: DayOf(t.In(zone)), minute: t, zone: zone, ok: true}
}

// sooner is b some days before.
func (b bound) sooner(days int) bound {
	b.day -= Day(days)
	if !b.minute.IsZero() {
		return minuteBound(b.minute.Add(-time.Duration(days)*24*time.Hour), b.zone)
	}
	return b
}

func (b bound) String() string {
	switch {
	case !b.ok:
		return ""
	case b.minute.IsZero():
		return b.day.String()
	}
	return momentText(b.minute, b.zone)
}

// wholeDay is the last day at whose end a latest bound still holds.
func (b bound) wholeDay() Day {
	if b.minute.IsZero() {
		return b.day
	}
	return b.day - 1
}

// before orders latest bounds of one reading.
func (b bound) before(c bound) bool {
	if b.minute.IsZero() || c.minute.IsZero() {
		return b.day < c.day
	}
	return b.minute.Before(c.minute)
}

// span is a period to be measured. A nil end is not known.
type span struct {
	n    int
	unit string
	max  bool
	s, a *point
	lag  int // days after S on which a paper counts as received
	cal  *Calendar
}

const minutesADay = 24 * 60

// read measures sp in one way. Its bounds on S are of the day of dispatch where a lag makes a paper count later.
func (sp span) read(reading string) measure {
	if sp.lag == 0 {
		return sp.plain(reading)
	}
	if sp.s != nil {
		s := *sp.s
		s.day, s.at = s.day+Day(sp.lag), s.at.Add(time.Duration(sp.lag)*24*time.Hour)
		sp.s = &s
	}
	m := sp.plain(reading)
	if sp.max {
		m.earliest = m.earliest.sooner(sp.lag)
	} else {
		m.latest = m.latest.sooner(sp.lag)
	}
	return m
}

func (sp span) plain(reading string) measure {
	switch {
	case reading == "wall":
		return sp.wall()
	case reading == "elapsed":
		return sp.elapsed()
	case sp.unit == "working_day":
		return sp.working()
	case sp.unit == "month":
		return sp.months(reading)
	case reading == "last_day_omitted":
		return sp.omitted()
	case reading == "clear":
		return sp.days(1)
	}
	return sp.days(0)
}

// days reads civil days; extra is 1 where the first and the last do not count.
func (sp span) days(extra int) (m measure) {
	n := Day(sp.n + extra)
	if sp.max {
		n = -n
	}
	if sp.s != nil && sp.a != nil {
		have := int(sp.a.day-sp.s.day) - extra
		m.have = strconv.Itoa(have)
		m.margin = (have - sp.n) * minutesADay
		if sp.max {
			m.margin = -m.margin
		}
		m.pass = triOf(m.margin >= 0)
	}
	switch {
	case sp.max:
		if sp.s != nil {
			m.latest = dayBound(sp.s.day - n)
		}
		if sp.a != nil {
			m.earliest = dayBound(sp.a.day + n)
		}
	default:
		if sp.a != nil {
			m.latest = dayBound(sp.a.day - n)
		}
		if sp.s != nil {
			m.earliest = dayBound(sp.s.day + n)
		}
	}
	return m
}

// hundredths writes x with at most two decimals, cut and not rounded: 9.999 days are not ten.
func hundredths(x float64) float64 { return math.Floor(x*100) / 100 }

func (sp span) elapsed() (m measure) {
	need := time.Duration(sp.n) * 24 * time.Hour
	if sp.s != nil && sp.a != nil {
		d := sp.a.at.Sub(sp.s.at)
		m.have = strconv.FormatFloat(hundredths(d.Hours()), 'f', -1, 64)
		m.margin = int(math.Floor((d - need).Minutes()))
		m.pass = triOf(d >= need)
	}
	if sp.a != nil {
		m.latest = minuteBound(sp.a.at.Add(-need).Truncate(time.Minute), sp.a.zone)
	}
	if sp.s != nil {
		m.earliest = minuteBound(ceilMinute(sp.s.at.Add(need)), sp.zone())
	}
	return m
}

// zone is the act's, else the receipt's.
func (sp span) zone() *time.Location {
	if sp.a != nil {
		return sp.a.zone
	}
	return sp.s.zone
}

func ceilMinute(t time.Time) time.Time {
	if r := t.Truncate(time.Minute); !r.Equal(t) {
		return r.Add(time.Minute)
	}
	return t
}

// due is the first instant that is n calendar days after s on the wall clock of zone. Where clocks show it twice the first
// counts, full days having passed; where they skip it, the jump.
func due(s time.Time, n int, zone *time.Location) time.Time {
	return firstAt(wall(s, zone).AddDate(0, 0, n), zone)
}

func (sp span) wall() (m measure) {
	if sp.s != nil && sp.a != nil {
		at := due(sp.s.at, sp.n, sp.a.zone)
		have := wall(sp.a.at, sp.a.zone).Sub(wall(sp.s.at, sp.a.zone)).Hours() / 24
		m.have = strconv.FormatFloat(hundredths(have), 'f', 2, 64)
		m.margin = int(math.Floor(sp.a.at.Sub(at).Minutes()))
		m.pass = triOf(!sp.a.at.Before(at))
	}
	if sp.a != nil {
		m.latest = minuteBound(latestWall(sp.a.at, sp.n, sp.a.zone), sp.a.zone)
	}
	if sp.s != nil {
		m.earliest = minuteBound(ceilMinute(due(sp.s.at, sp.n, sp.zone())), sp.zone())
	}
	return m
}

// latestWall is the greatest minute s with due(s) not after a. In weeks when clocks change it is found by trying: a subtraction
// would name the wrong one of two equal clock times, or a time that never was.
func latestWall(a time.Time, n int, zone *time.Location) time.Time {
	s := a.Add(-time.Duration(n) * 24 * time.Hour).Truncate(time.Minute)
	if steady(s, a, zone) {
		return s
	}
	_, offset := a.In(zone).Zone()
	least, most := time.Duration(offset)*time.Second, time.Duration(offset)*time.Second
	around(s, zone, func(offset time.Duration, _ time.Time) { least, most = min(least, offset), max(most, offset) })
	for s = s.Add(most - least).Add(time.Minute); due(s, n, zone).After(a); {
		s = s.Add(-time.Minute)
	}
	return s
}

// omitted reads Minn. Stat. 645.15: where the Nth day is a Saturday, Sunday or holiday, the next working day stands for it.
func (sp span) omitted() (m measure) {
	n := Day(sp.n)
	if sp.a != nil {
		m.latest = sp.omittedFromAct(n)
	}
	if sp.s != nil {
		limit, ok := sp.cal.roll(sp.s.day+n, +1)
		m.beyond = !ok
		if ok {
			m.earliest = dayBound(limit)
		}
		if ok && sp.a != nil {
			m.have = strconv.Itoa(int(sp.a.day - sp.s.day))
			m.margin = int(sp.a.day-limit) * minutesADay
			if sp.max {
				m.margin = -m.margin
			}
			m.pass = triOf(m.margin >= 0)
		}
	}
	if sp.max {
		m.latest, m.earliest = m.earliest, m.latest
	}
	return m
}

// omittedFromAct returns the last S of a minimum, or the first of a maximum; not known where the calendar does not reach.
func (sp span) omittedFromAct(n Day) bound {
	for s := sp.a.day - n; ; s-- {
		try := s
		if sp.max {
			try-- // the day before does not stretch as far
		}
		limit, ok := sp.cal.roll(try+n, +1)
		switch {
		case !ok:
			return bound{}
		case sp.max && limit < sp.a.day, !sp.max && limit <= sp.a.day:
			return dayBound(s)
		}
	}
}

// working reads clear working days: the first and the last do not count.
func (sp span) working() (m measure) {
	if sp.s != nil {
		m.earliest = sp.count(sp.s.day, +1)
	}
	if sp.a != nil {
		m.latest = sp.count(sp.a.day, -1)
	}
	if sp.s == nil || sp.a == nil {
		return m
	}
	have, ok := sp.cal.between(sp.s.day, sp.a.day)
	if !ok {
		m.beyond = true
		return m
	}
	m.have = strconv.Itoa(have)
	m.pass = triOf(have >= sp.n)
	m.margin = (have - sp.n) * minutesADay // of working days
	return m
}

// count returns the day after n working days from d, forward or back; not known where the calendar does not reach.
func (sp span) count(d Day, step Day) bound {
	for n := 0; n < sp.n; {
		d += step
		if !sp.cal.covers(d, d) {
			return bound{}
		}
		if !sp.cal.off(d) {
			n++
		}
	}
	return dayBound(d + step)
}

// months reads a lapse in months, the first day counted.
func (sp span) months(reading string) (m measure) {
	last := func(s Day, n int) Day {
		d, same := s.monthsLater(n)
		if same || reading == "civil" {
			return d - 1
		}
		return d
	}
	if sp.s != nil {
		m.latest = dayBound(last(sp.s.day, sp.n))
	}
	if sp.a != nil {
		s, _ := sp.a.day.monthsLater(-sp.n)
		for s -= 3; last(s, sp.n) < sp.a.day; s++ { // February is at most three days short
		}
		m.earliest = dayBound(s)
	}
	if sp.s != nil && sp.a != nil {
		n := 0
		for last(sp.s.day, n) < sp.a.day {
			n++
		}
		m.have = strconv.Itoa(n)
		m.margin = int(m.latest.day-sp.a.day) * minutesADay
		m.pass = triOf(m.margin >= 0)
	}
	return m
}

// unitOf names what have and need of a reading count.
func unitOf(reading, unit string) string {
	if reading == "elapsed" {
		return "hour"
	}
	return unit
}

// need is what a reading asks for, in unitOf.
func (sp span) need(reading string) string {
	if reading == "elapsed" {
		return strconv.Itoa(sp.n * 24)
	}
	return strconv.Itoa(sp.n)
}
