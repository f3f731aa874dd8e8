// SPDX-License-Identifier: Apache-2.0

package line

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// Day is one line on the board. Counts only, but for the captain, whom the wall does not show.
type Day struct {
	Line      Line      `json:"line"`
	Here      int       `json:"here"`
	Expected  int       `json:"expected"`
	Booked    int       `json:"booked"`   // for the shift that runs or opens next
	Min       int       `json:"min"`      // of that shift
	Arriving  int       `json:"arriving"` // booked for a start within the hour
	Leaving   int       `json:"leaving"`  // here, and through within the hour
	Missing   int       `json:"missing"`  // of the shift that runs: booked and not here, from 15 minutes after the start
	Captain   string    `json:"captain,omitempty"`
	Phone     string    `json:"-"` // the captain's, while there is an alarm
	OnDuty    bool      `json:"captain_here"`
	Report    time.Time `json:"report,omitzero"`
	Age       int       `json:"report_age_min"` // since the last report, or since the first arrival; -1: nothing to report yet
	Red       bool      `json:"red"`
	Weather   string    `json:"weather,omitempty"`
	Supplies  string    `json:"supplies,omitempty"`
	Note      string    `json:"note,omitempty"`
	Incidents int       `json:"incidents"`
	Shift     *Shift    `json:"shift,omitempty"` // that runs or opens next
	Stale     bool      `json:"stale"`           // the strike's hours changed since the shifts were set
}

// Board is the day at all lines that the caller may lead.
func (s *Store) Board(ctx context.Context) ([]Day, error) {
	var people []string
	days, err := db.InRead(ctx, s.d, func(tx *db.Tx) ([]Day, error) {
		all, err := lines(ctx, tx)
		if err != nil {
			return nil, err
		}
		var mine []Line
		for i := range all {
			c, err := s.may(ctx, tx, &all[i])
			if err != nil {
				return nil, err
			}
			if c.any() {
				mine = append(mine, all[i])
			}
		}
		days, captains, err := s.days(ctx, tx, mine)
		people = captains
		return days, err
	})
	if err != nil || len(people) == 0 {
		return days, err
	}
	return days, s.audit.Read(ctx, audit.Entry{Verb: "line.board", Subjects: people, Count: len(people)})
}

// presence is who is at a line now, with the end of the shift that holds her there.
type presence struct {
	person string
	until  time.Time
}

// here returns who is at which line, from the last marks of the past day: in, not out, not at another line since, and with a shift there that has
// not been over for longer than counts.
func here(ctx context.Context, tx *db.Tx, rules Rules) (map[string][]presence, error) {
	type last struct {
		line string
		in   bool
		at   time.Time
	}
	now := map[string]last{}
	err := tx.Rows(ctx, `SELECT CASE WHEN p.merged_into <> '' THEN p.merged_into ELSE p.id END, c.line_id, c.kind, c.at FROM checkin c JOIN person p ON p.id = c.person_id
		WHERE c.at > $1 AND c.at <= $2 ORDER BY c.at, CASE c.kind WHEN 'out' THEN 0 ELSE 1 END, c.id LIMIT 100000`,
		[]any{tx.Now.Add(-26 * time.Hour).UnixMilli(), tx.Now.Add(clockOff).UnixMilli()}, func(r *sql.Rows) error {
			var person, line, kind string
			var at int64
			if err := r.Scan(&person, &line, &kind, &at); err != nil {
				return err
			}
			was := now[person]
			switch {
			case kind == "in" && !(was.in && was.line == line):
				now[person] = last{line, true, time.UnixMilli(at)}
			case kind == "out" && was.line == line:
				now[person] = last{line, false, time.UnixMilli(at)}
			}
			return nil
		})
	if err != nil {
		return nil, fmt.Errorf("read who is here: %w", err)
	}
	until := map[string]time.Time{} // person and line -> end of her last shift there that has begun to open
	err = tx.Rows(ctx, `SELECT CASE WHEN p.merged_into <> '' THEN p.merged_into ELSE p.id END, s.line_id, MAX(s.ends_at) FROM shift_entry e JOIN shift s ON s.id = e.shift_id
		JOIN person p ON p.id = e.person_id WHERE e.state = 'attended' AND s.ends_at > $1 AND s.starts_at <= $2 GROUP BY 1, 2 ORDER BY 1, 2 LIMIT 100000`,
		[]any{tx.Now.Add(-26 * time.Hour).UnixMilli(), tx.Now.Add(rules.checkinOpens()).UnixMilli()}, func(r *sql.Rows) error {
			var person, line string
			var ends int64
			err := r.Scan(&person, &line, &ends)
			until[person+line] = time.UnixMilli(ends)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("read shifts of those here: %w", err)
	}
	out := map[string][]presence{}
	for person, l := range now {
		end, ok := until[person+l.line]
		if !ok {
			end = l.at.Add(time.Duration(rules.Hours) * time.Hour)
		}
		if l.in && tx.Now.Before(end.Add(rules.lateOut())) {
			out[l.line] = append(out[l.line], presence{person, end})
		}
	}
	return out, nil
}

func (s *Store) days(ctx context.Context, tx *db.Tx, all []Line) (days []Day, people []string, err error) {
	rules, err := rulesOf(ctx, tx)
	if err != nil {
		return nil, nil, err
	}
	there, err := here(ctx, tx, rules)
	if err != nil {
		return nil, nil, err
	}
	for _, l := range all {
		d := Day{Line: l, Age: -1}
		shifts, err := shiftsOf(ctx, tx, "line_id = $1 AND state <> 'cancelled' AND ends_at > $2 AND starts_at < $3", l.ID,
			tx.Now.UnixMilli(), tx.Now.Add(48*time.Hour).UnixMilli())
		if err != nil {
			return nil, nil, err
		}
		d.Here = len(there[l.ID])
		for _, p := range there[l.ID] {
			if !p.until.After(tx.Now.Add(time.Hour)) {
				d.Leaving++
			}
		}
		if len(shifts) > 0 {
			x := &shifts[0]
			x.Starts, x.Ends = x.Starts.In(l.zone()), x.Ends.In(l.zone())
			d.Shift = x
			for _, n := range x.Needs {
				d.Min += n.Min
			}
		}
		if err := d.count(ctx, tx, there[l.ID], rules); err != nil {
			return nil, nil, err
		}
		for _, x := range shifts {
			if x.Starts.After(tx.Now) && !x.Starts.After(tx.Now.Add(time.Hour)) {
				n, err := booked(ctx, tx, x.ID)
				if err != nil {
					return nil, nil, err
				}
				d.Arriving += n
			}
		}
		if err := d.reports(ctx, tx, rules); err != nil {
			return nil, nil, err
		}
		captain, err := d.captain(ctx, tx, there[l.ID])
		if err != nil {
			return nil, nil, err
		}
		if captain != "" {
			people = append(people, captain)
		}
		if !d.alarm(tx.Now) {
			d.Phone = "" // her number is there for the alarm, not for good
		}
		strike, err := s.strike(ctx, tx, l.Strike)
		if err != nil {
			return nil, nil, err
		}
		if strike.ID != "" && d.Shift != nil {
			var facts int
			if err := tx.Row(ctx, `SELECT facts_version FROM shift WHERE id = $1`, d.Shift.ID).Scan(&facts); err != nil {
				return nil, nil, fmt.Errorf("read version: %w", err)
			}
			d.Stale = facts != strike.FactsVersion
		}
		days = append(days, d)
	}
	return days, people, nil
}

func booked(ctx context.Context, tx *db.Tx, shiftID string) (n int, err error) {
	err = tx.Row(ctx, `SELECT COUNT(*) FROM shift_entry WHERE shift_id = $1 AND state IN ('booked', 'swap_offered', 'attended', 'absent') AND source <> 'walk_in'`,
		shiftID).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count booked: %w", err)
	}
	return n, nil
}

// count fills in what is expected: before anybody came, the booked less those who usually stay away; then who is here and those booked who still may come.
func (d *Day) count(ctx context.Context, tx *db.Tx, there []presence, rules Rules) error {
	if d.Shift == nil {
		return nil
	}
	var err error
	if d.Booked, err = booked(ctx, tx, d.Shift.ID); err != nil {
		return err
	}
	if d.Here == 0 {
		d.Expected = int(float64(d.Booked)*(1-rules.AbsentRate) + 0.5)
		return nil
	}
	still, err := db.Strings(ctx, tx, `SELECT CASE WHEN p.merged_into <> '' THEN p.merged_into ELSE p.id END FROM shift_entry e JOIN person p ON p.id = e.person_id
		WHERE e.shift_id = $1 AND e.state IN ('booked', 'swap_offered') ORDER BY e.id LIMIT 20000`, d.Shift.ID)
	if err != nil {
		return fmt.Errorf("read who may still come: %w", err)
	}
	coming := 0
	for _, one := range still {
		if !slices.ContainsFunc(there, func(p presence) bool { return p.person == one }) {
			coming++
		}
	}
	d.Expected = d.Here + coming
	if !tx.Now.Before(d.Shift.Starts.Add(minutes(rules.MissingListMin))) {
		d.Missing = coming
	}
	return nil
}

// reports fills in the last report and the open incidents.
func (d *Day) reports(ctx context.Context, tx *db.Tx, rules Rules) error {
	var at int64
	found, err := db.Found(tx.Row(ctx, `SELECT at, weather, supplies, note FROM line_report WHERE line_id = $1 ORDER BY at DESC, id DESC LIMIT 1`,
		d.Line.ID).Scan(&at, &d.Weather, &d.Supplies, &d.Note))
	if err != nil {
		return fmt.Errorf("read report: %w", err)
	}
	since := time.Time{}
	if found {
		d.Report = time.UnixMilli(at).In(d.Line.zone())
		since = d.Report
	}
	if d.Here > 0 && (!found || tx.Now.Sub(since) > 20*time.Hour) {
		var first int64
		if err := tx.Row(ctx, `SELECT COALESCE(MIN(at), 0) FROM checkin WHERE line_id = $1 AND at > $2`, d.Line.ID, tx.Now.Add(-20*time.Hour).UnixMilli()).Scan(&first); err != nil {
			return fmt.Errorf("read first arrival: %w", err)
		}
		since = time.UnixMilli(first)
	}
	if d.Here > 0 && !since.IsZero() {
		d.Age = int(tx.Now.Sub(since).Minutes())
		d.Red = d.Age > rules.ReportRedMin
	}
	if err := tx.Row(ctx, `SELECT COUNT(*) FROM incident WHERE line_id = $1 AND state <> 'closed'`, d.Line.ID).Scan(&d.Incidents); err != nil {
		return fmt.Errorf("count incidents: %w", err)
	}
	return nil
}

// captain fills in who leads the line: of those booked as captain for the shift who is here, else who is booked, else whom the line names.
func (d *Day) captain(ctx context.Context, tx *db.Tx, there []presence) (person string, err error) {
	shift := ""
	if d.Shift != nil {
		shift = d.Shift.ID
	}
	type one struct{ person, given, family, phone string }
	all, err := db.All(ctx, tx, func(r *sql.Rows) (o one, err error) { return o, r.Scan(&o.person, &o.given, &o.family, &o.phone) },
		`SELECT n.person_id, n.given, n.family, n.phone FROM (
			SELECT e.person_id, 0 AS rank FROM shift_entry e WHERE e.shift_id = $1 AND e.role = 'captain' AND e.state IN ('booked', 'swap_offered', 'attended')
			UNION ALL SELECT c.person_id, 1 + c.deputy FROM line_captain c WHERE c.line_id = $2) x
			JOIN person p ON p.id = x.person_id JOIN person_now n ON n.person_id = CASE WHEN p.merged_into <> '' THEN p.merged_into ELSE p.id END
			ORDER BY x.rank, n.sort_key, x.person_id LIMIT 20`, shift, d.Line.ID)
	if err != nil {
		return "", fmt.Errorf("read captain: %w", err)
	}
	isHere := func(o one) bool {
		return slices.ContainsFunc(there, func(p presence) bool { return p.person == o.person })
	}
	i := slices.IndexFunc(all, isHere)
	d.OnDuty = i >= 0
	if i < 0 && len(all) > 0 {
		i = 0
	}
	if i < 0 {
		return "", nil
	}
	d.Captain, d.Phone = all[i].given+" "+all[i].family, all[i].phone
	return all[i].person, nil
}

// alarm says whether the captain has to be called: the line is silent for too long, or a shift runs and she is not there.
func (d *Day) alarm(now time.Time) bool {
	return d.Red || d.Shift != nil && !now.Before(d.Shift.Starts) && !d.OnDuty
}

// ReportIn is what a captain says of her line, some time every hour.
type ReportIn struct {
	Here                    int
	Weather, Supplies, Note string
}

// Report adds a report of a line that the caller leads.
func (s *Store) Report(ctx context.Context, lineID string, in ReportIn) error {
	if in.Here < 0 || in.Here > 100000 {
		return fault.Field("here", "line.here_range")
	}
	if len(in.Weather) > longest || len(in.Supplies) > longest || len(in.Note) > longest {
		return fault.Field("note", "line.too_long")
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		l, _, err := s.lead(ctx, tx, lineID)
		if err != nil {
			return err
		}
		person := ""
		if id := auth.By(ctx); id != nil {
			person = id.Person
		}
		_, err = tx.Exec(ctx, `INSERT INTO line_report (id, line_id, at, here, captain, weather, supplies, note, by_account) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			newID(), l.ID, tx.Now.UnixMilli(), in.Here, person, in.Weather, in.Supplies, in.Note, audit.By(ctx).Account)
		if err != nil {
			return fmt.Errorf("report: %w", err)
		}
		return s.done(ctx, tx, audit.Entry{Verb: "line.report", Object: "line:" + l.ID})
	})
}
