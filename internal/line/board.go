// SPDX-License-Identifier: Apache-2.0

package line

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/google/uuid"

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
	Confirmed int       `json:"confirmed"`
	Asked     int       `json:"unanswered"` // booked for the shift, and have not said whether they come: from when they are called to its start
	CallNow   bool      `json:"call_now"`   // fewer are expected than the least
	Booked    int       `json:"booked"`     // for the shift that runs or opens next
	Min       int       `json:"min"`        // of that shift
	Arriving  int       `json:"arriving"`   // booked for a start within the hour, and not here yet
	Leaving   int       `json:"leaving"`    // here, and through within the hour
	Missing   int       `json:"missing"`    // of the shift that runs: booked and not here, from 15 minutes after the start
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
	Untaken   bool      `json:"not_handed_over"` // ten minutes into the shift, and the captain before has not handed over
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
		mine, err := s.ledOf(ctx, tx, all)
		if err != nil {
			return nil, err
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

// sqlHere are those who have a mark at one of some lines in the past day, each by the record that stands for her, and all her other records: where she was last may
// stand with any of them. CROSS JOIN: SQLite begins with her, not with all marks. It is read from checkin_line and checkin_person: the board of one line does not grow with the union.
const sqlHere = `WITH there AS MATERIALIZED (SELECT DISTINCT CASE WHEN p.merged_into <> '' THEN p.merged_into ELSE p.id END AS id FROM checkin x JOIN person p ON p.id = x.person_id
		WHERE x.line_id IN {lines} AND x.at > {from} AND x.at <= {to}),
	self AS MATERIALIZED (SELECT id, id AS human FROM there UNION SELECT q.id, t.id FROM there t JOIN person q ON q.merged_into = t.id WHERE q.merged_into <> '')
	SELECT s.human, c.line_id, c.kind, c.at FROM self s CROSS JOIN checkin c
	WHERE c.person_id = s.id AND c.at > {from} AND c.at <= {to} ORDER BY c.at, CASE c.kind WHEN 'out' THEN 0 ELSE 1 END, c.id LIMIT 100000`

// sqlUntil is when the shifts of those who came end.
const sqlUntil = `SELECT CASE WHEN p.merged_into <> '' THEN p.merged_into ELSE p.id END, s.line_id, MAX(s.ends_at) FROM shift s JOIN shift_entry e ON e.shift_id = s.id
	JOIN person p ON p.id = e.person_id WHERE s.line_id IN {lines} AND s.ends_at > {from} AND s.starts_at <= {to} AND e.state = 'attended' GROUP BY 1, 2 ORDER BY 1, 2 LIMIT 100000`

// sqlHereAll and sqlUntilAll are the same where the lines are all there are: nobody can be elsewhere, and who was joined to whom is read once for all.
const (
	sqlHereAll = `SELECT c.person_id, c.line_id, c.kind, c.at FROM checkin c WHERE c.line_id IN {lines} AND c.at > {from} AND c.at <= {to}
		ORDER BY c.at, CASE c.kind WHEN 'out' THEN 0 ELSE 1 END, c.id LIMIT 100000`
	sqlUntilAll = `SELECT e.person_id, s.line_id, s.ends_at FROM shift s JOIN shift_entry e ON e.shift_id = s.id
		WHERE s.line_id IN {lines} AND s.ends_at > {from} AND s.starts_at <= {to} AND e.state = 'attended' ORDER BY s.ends_at, e.id LIMIT 100000`
	sqlJoined = `SELECT id, merged_into FROM person WHERE merged_into <> '' ORDER BY merged_into, id LIMIT 1000000`
)

// joined returns whom each record stands for that was joined to another.
func joined(ctx context.Context, tx *db.Tx) (map[string]string, error) {
	into := map[string]string{}
	err := tx.Rows(ctx, sqlJoined, nil, func(r *sql.Rows) error {
		var id, one string
		err := r.Scan(&id, &one)
		into[id] = one
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read joined records: %w", err)
	}
	return into, nil
}

// between writes lines and two moments into a query, from its left to its right, as SQLite wants its parameters.
func between(query string, lines []string, from, to time.Time) (string, db.Args) {
	var args db.Args
	text := gap.ReplaceAllStringFunc(query, func(name string) string {
		switch name {
		case "{lines}":
			return args.In(lines)
		case "{from}":
			return args.Add(from.UnixMilli())
		}
		return args.Add(to.UnixMilli())
	})
	return text, args
}

var gap = regexp.MustCompile(`{(lines|from|to)}`)

// here returns who is at which of some lines, from the last marks of the past day: in, not out, not at another line since, and with a shift there that has
// not been over for longer than counts.
func here(ctx context.Context, tx *db.Tx, of []string, rules Rules) (map[string][]presence, error) {
	type last struct {
		line string
		in   bool
		at   time.Time
	}
	var count int
	if err := tx.Row(ctx, `SELECT COUNT(*) FROM line`).Scan(&count); err != nil {
		return nil, fmt.Errorf("count lines: %w", err)
	}
	marks, ends := sqlHere, sqlUntil
	human := func(id string) string { return id } // the queries know
	if len(of) == count {
		into, err := joined(ctx, tx)
		if err != nil {
			return nil, err
		}
		marks, ends = sqlHereAll, sqlUntilAll
		human = func(id string) string { return cmp.Or(into[id], id) }
	}
	now := map[string]last{}
	past := tx.Now.Add(-26 * time.Hour)
	query, args := between(marks, of, past, tx.Now.Add(clockOff))
	err := tx.Rows(ctx, query, args, func(r *sql.Rows) error {
		var person, line, kind string
		var at int64
		if err := r.Scan(&person, &line, &kind, &at); err != nil {
			return err
		}
		person = human(person)
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
	until := map[[2]string]time.Time{} // person and line -> end of her last shift there that has begun to open
	query, args = between(ends, of, past, tx.Now.Add(rules.captainsIn()))
	err = tx.Rows(ctx, query, args, func(r *sql.Rows) error {
		var person, line string
		var at int64
		if err := r.Scan(&person, &line, &at); err != nil {
			return err
		}
		key := [2]string{human(person), line}
		if end := time.UnixMilli(at); end.After(until[key]) {
			until[key] = end
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read shifts of those here: %w", err)
	}
	out := map[string][]presence{}
	for person, l := range now {
		if !slices.Contains(of, l.line) {
			continue
		}
		end, ok := until[[2]string{person, l.line}]
		if !ok {
			end = l.at.Add(time.Duration(rules.Hours) * time.Hour)
		}
		if l.in && tx.Now.Before(end.Add(rules.lateOut())) {
			out[l.line] = append(out[l.line], presence{person, end})
		}
	}
	return out, nil
}

// days are the lines' counts, with the people who lead them. What can be read of all lines together is: there may be hundreds.
func (s *Store) days(ctx context.Context, tx *db.Tx, all []Line) (days []Day, people []string, err error) {
	if len(all) == 0 {
		return nil, nil, nil
	}
	rules, err := rulesOf(ctx, tx)
	if err != nil {
		return nil, nil, err
	}
	var ids []string
	index := map[string]int{}
	for i, l := range all {
		ids, index[l.ID] = append(ids, l.ID), i
	}
	there, err := here(ctx, tx, ids, rules)
	if err != nil {
		return nil, nil, err
	}
	var args db.Args
	shifts, err := shiftsOf(ctx, tx, "line_id IN "+args.In(ids)+" AND state <> 'cancelled' AND ends_at > "+args.Add(tx.Now.UnixMilli())+
		" AND starts_at < "+args.Add(tx.Now.Add(48*time.Hour).UnixMilli()), args...)
	if err != nil {
		return nil, nil, err
	}
	days = make([]Day, len(all))
	for i, l := range all {
		days[i] = Day{Line: l, Age: -1, Here: len(there[l.ID])}
	}
	for i := range shifts {
		if d := &days[index[shifts[i].LineID]]; d.Shift == nil { // they come by start
			d.runs(&shifts[i])
		}
	}
	if err := count(ctx, tx, days, shifts, there, rules); err != nil {
		return nil, nil, err
	}
	incidents, err := openIncidents(ctx, tx, ids)
	if err != nil {
		return nil, nil, err
	}
	strikes, err := s.strikes(ctx, tx)
	if err != nil {
		return nil, nil, err
	}
	var late []string
	for i := range days {
		if x := days[i].Shift; x != nil && !tx.Now.Before(x.Starts.Add(handoverLate)) {
			late = append(late, x.ID)
		}
	}
	untaken, err := handovers(ctx, tx, late)
	if err != nil {
		return nil, nil, err
	}
	for i := range days {
		d := &days[i]
		d.Untaken = d.Shift != nil && untaken[d.Shift.ID] != ""
		for _, p := range there[d.Line.ID] {
			if !p.until.After(tx.Now.Add(time.Hour)) {
				d.Leaving++
			}
		}
		d.Incidents = incidents[d.Line.ID]
		if err := d.reports(ctx, tx, rules); err != nil {
			return nil, nil, err
		}
		captain, err := d.captain(ctx, tx, there[d.Line.ID])
		if err != nil {
			return nil, nil, err
		}
		if captain != "" {
			people = append(people, captain)
		}
		if !d.alarm(tx.Now) {
			d.Phone = "" // her number is there for the alarm, not for good
		}
		if strike := strikes.of(d.Line.Strike); strike.ID != "" && d.Shift != nil {
			d.Stale = d.Shift.Facts != strike.FactsVersion
		}
	}
	return days, people, nil
}

// runs makes a shift the one that the line's numbers are of.
func (d *Day) runs(x *Shift) {
	x.Starts, x.Ends = x.Starts.In(d.Line.zone()), x.Ends.In(d.Line.zone())
	d.Shift = x
	for _, n := range x.Needs {
		if n.Role != Standby {
			d.Min += n.Min
		}
	}
}

// count fills in what is expected: before anybody came, the booked less those who usually stay away, and from when those are called who have not answered, of the confirmed alone; then who is here and those booked who still may come. Of the
// shifts that are looked at, those that run or open next and those that begin within the hour, bookings are read at once. Standby waits at home: it is booked
// for no line, and missing at none.
func count(ctx context.Context, tx *db.Tx, days []Day, shifts []Shift, there map[string][]presence, rules Rules) error {
	var ids []string
	next := map[string]*Day{} // by shift
	index := map[string]*Day{}
	for i := range days {
		index[days[i].Line.ID] = &days[i]
		if x := days[i].Shift; x != nil {
			next[x.ID] = &days[i]
			ids = append(ids, x.ID)
		}
	}
	arriving := map[string]*Day{}
	for i := range shifts {
		if x := &shifts[i]; x.Starts.After(tx.Now) && !x.Starts.After(tx.Now.Add(time.Hour)) {
			arriving[x.ID] = index[x.LineID]
			if next[x.ID] == nil {
				ids = append(ids, x.ID)
			}
		}
	}
	came := map[string]map[string]bool{} // line -> who is here
	for line, all := range there {
		came[line] = map[string]bool{}
		for _, p := range all {
			came[line][p.person] = true
		}
	}
	coming := map[*Day]int{}
	for part := range slices.Chunk(ids, 500) {
		var args db.Args
		query := `SELECT e.shift_id, e.state, e.confirmed_at, CASE WHEN p.merged_into <> '' THEN p.merged_into ELSE p.id END FROM shift_entry e JOIN person p ON p.id = e.person_id
			WHERE e.shift_id IN ` + args.In(part) + ` AND e.state IN ('booked', 'swap_offered', 'attended', 'absent') AND e.source <> 'walk_in'
			AND (e.role <> 'standby' OR e.state = 'attended') ORDER BY e.shift_id, e.id LIMIT 200000`
		err := tx.Rows(ctx, query, args, func(r *sql.Rows) error {
			var shift, state, person string
			var confirmed int64
			if err := r.Scan(&shift, &state, &confirmed, &person); err != nil {
				return err
			}
			may := State(state) == Booked || State(state) == SwapOffered
			if d := arriving[shift]; d != nil && may && !came[d.Line.ID][person] {
				d.Arriving++
			}
			if d := next[shift]; d != nil {
				d.Booked++
				d.Confirmed += bit(may && confirmed > 0)
				d.Asked += bit(may && confirmed == 0)
				if may && !came[d.Line.ID][person] {
					coming[d]++
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("count booked: %w", err)
		}
	}
	for _, d := range next {
		d.Expected = d.Here + coming[d]
		calling := !tx.Now.Before(rules.calls(d.Shift.Starts))
		if d.Here == 0 {
			of := d.Booked
			if calling {
				of = d.Confirmed
			}
			d.Expected = int(float64(of)*(1-rules.AbsentRate) + 0.5)
		}
		d.CallNow = calling && d.Expected < d.Min
		if !calling || !tx.Now.Before(d.Shift.Starts) {
			d.Asked = 0
		}
		if !tx.Now.Before(d.Shift.Starts.Add(minutes(rules.MissingListMin))) {
			d.Missing = coming[d]
		}
	}
	return nil
}

// openIncidents counts those of some lines that are not closed.
func openIncidents(ctx context.Context, tx *db.Tx, lines []string) (map[string]int, error) {
	n := map[string]int{}
	var args db.Args
	err := tx.Rows(ctx, `SELECT line_id, COUNT(*) FROM incident WHERE line_id IN `+args.In(lines)+` AND state <> 'closed' GROUP BY line_id ORDER BY line_id LIMIT 1000`, args,
		func(r *sql.Rows) error {
			var line string
			var some int
			err := r.Scan(&line, &some)
			n[line] = some
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("count incidents: %w", err)
	}
	return n, nil
}

// reports fills in the last report.
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
	ID       string    `json:"-"` // the phone's, UUIDv7; "" is a new one. The same twice is one
	At       time.Time `json:"-"` // zero is now
	Line     string    `json:"line"`
	Here     int       `json:"here"`
	Weather  string    `json:"weather"`
	Supplies string    `json:"supplies"`
	Note     string    `json:"note"`
}

// Report adds a report of a line that the caller leads.
func (s *Store) Report(ctx context.Context, lineID string, in ReportIn) error {
	in.Line = lineID
	return db.Do(ctx, s.d, func(tx *db.Tx) error { return s.report(ctx, tx, in) })
}

// ApplyReport writes a report that a phone has kept while it had no network: of the hour when it was written.
func (s *Store) ApplyReport(ctx context.Context, tx *db.Tx, id uuid.UUID, at time.Time, data json.RawMessage) error {
	in := ReportIn{Here: -1}
	if err := json.Unmarshal(data, &in); err != nil {
		return &fault.Error{Code: fault.Invalid, Key: "line.unreadable", Err: err}
	}
	in.ID, in.At = id.String(), at
	return s.report(ctx, tx, in)
}

func (s *Store) report(ctx context.Context, tx *db.Tx, in ReportIn) error {
	if in.Here < 0 || in.Here > 100000 {
		return fault.Field("here", "line.here_range")
	}
	if len(in.Weather) > longest || len(in.Supplies) > longest || len(in.Note) > longest {
		return fault.Field("note", "line.too_long")
	}
	if in.At.IsZero() || in.At.After(tx.Now) || in.At.Before(tx.Now.Add(-longStale)) {
		in.At = tx.Now
	}
	l, _, err := s.leadAt(ctx, tx, in.Line, in.At)
	if err != nil {
		return err
	}
	person := ""
	if id := auth.By(ctx); id != nil {
		person = id.Person
	}
	n, err := tx.ExecN(ctx, `INSERT INTO line_report (id, line_id, at, here, captain, weather, supplies, note, by_account)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO NOTHING`,
		cmp.Or(in.ID, newID()), l.ID, in.At.UnixMilli(), in.Here, person, in.Weather, in.Supplies, in.Note, audit.By(ctx).Account)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	if n == 0 {
		return nil // it came before
	}
	return s.done(ctx, tx, audit.Entry{Verb: "line.report", Object: "line:" + l.ID})
}
