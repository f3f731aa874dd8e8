// SPDX-License-Identifier: Apache-2.0

package line

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// Team is a car pool: the plan puts all of it at one line in a shift, or none of it.
type Team struct {
	ID     string
	N      int // by which members know it
	People []string
	Left   []string // those of them whom the plan leaves out: on other duty, or no longer in the unit
	Apart  bool     // they hold different shifts now: the plan leaves them where they are
}

// Ban keeps somebody from a line, in some hours or (zero times) in any.
type Ban struct {
	ID, Person   string
	Line         Line
	Starts, Ends time.Time
	Reason       string
	Booked       int // shifts ahead that she holds against it
}

// Way is how long the way from a ZIP, or from all that begin with three digits, to a line really is.
type Way struct {
	ID, ZIP string
	Line    Line
	Minutes int // -1: it cannot be reached
}

// Conditions are what the plan of a strike keeps to, as far as the caller coordinates its lines.
type Conditions struct {
	Strike string
	All    bool // she coordinates all lines: car pools are hers to see
	Lines  []Line
	Slots  []Slot // hours in which shifts lie ahead
	Teams  []Team
	Bans   []Ban
	Ways   []Way
}

// coordinated returns the lines of a strike that the caller coordinates, and whether she coordinates every line. Errors: Forbidden, Missing where there is none.
func coordinated(ctx context.Context, tx *db.Tx, strike string) ([]Line, bool, error) {
	reach, err := auth.Allowed(ctx, mayManage)
	if err != nil {
		return nil, false, err
	}
	all, err := lines(ctx, tx)
	if err != nil {
		return nil, false, err
	}
	all = slices.DeleteFunc(all, func(l Line) bool { return l.Strike != strike || !l.covers(reach) })
	if len(all) == 0 {
		return nil, false, missing()
	}
	return all, reach.All, nil
}

// ConditionsOf returns what the plan of a strike keeps to. Whom it names is recorded as read. Errors: Forbidden, Missing.
func (s *Store) ConditionsOf(ctx context.Context, strike string) (*Conditions, error) {
	c, err := db.InRead(ctx, s.d, func(tx *db.Tx) (*Conditions, error) {
		c := &Conditions{Strike: strike}
		var err error
		if c.Lines, c.All, err = coordinated(ctx, tx, strike); err != nil {
			return nil, err
		}
		at := map[string]Line{}
		var ids []string
		for _, l := range c.Lines {
			at[l.ID] = l
			ids = append(ids, l.ID)
		}
		var args db.Args
		c.Slots, err = db.All(ctx, tx, func(r *sql.Rows) (o Slot, err error) {
			var from, to int64
			err = r.Scan(&from, &to)
			o.Starts, o.Ends = time.UnixMilli(from), time.UnixMilli(to)
			return o, err
		}, `SELECT DISTINCT starts_at, ends_at FROM shift WHERE line_id IN `+args.In(ids)+` AND state <> 'cancelled' AND ends_at > `+args.Add(tx.Now.UnixMilli())+
			` ORDER BY starts_at, ends_at LIMIT 300`, args...)
		if err != nil {
			return nil, fmt.Errorf("read hours of shifts: %w", err)
		}
		if c.Bans, err = bansAt(ctx, tx, at, ids); err != nil {
			return nil, err
		}
		if c.Ways, err = waysTo(ctx, tx, at, ids); err != nil {
			return nil, err
		}
		if c.All {
			c.Teams, err = teamsWithNotes(ctx, tx, strike)
		}
		return c, err
	})
	if err != nil {
		return nil, err
	}
	var people []string
	for _, t := range c.Teams {
		people = append(people, t.People...)
	}
	for _, b := range c.Bans {
		people = append(people, b.Person)
	}
	if len(people) == 0 {
		return c, nil
	}
	slices.Sort(people)
	people = slices.Compact(people)
	return c, s.audit.Read(ctx, audit.Entry{Verb: "line.conditions", Object: "strike:" + strike, Subjects: people, Count: len(people)})
}

// teamsOf returns the car pools of a strike by number, their people by the records that stand for them.
func teamsOf(ctx context.Context, tx *db.Tx, strike string) (all []Team, err error) {
	err = tx.Rows(ctx, `SELECT t.id, t.n, CASE WHEN p.merged_into <> '' THEN p.merged_into ELSE p.id END FROM line_team t JOIN line_team_member m ON m.team_id = t.id
		JOIN person p ON p.id = m.person_id WHERE t.strike_id = $1 AND t.removed_at = 0 ORDER BY t.n, 3 LIMIT 100000`, []any{strike}, func(r *sql.Rows) error {
		var t Team
		var person string
		if err := r.Scan(&t.ID, &t.N, &person); err != nil {
			return err
		}
		if last := len(all) - 1; last < 0 || all[last].ID != t.ID {
			all = append(all, t)
		}
		of := &all[len(all)-1]
		if !slices.Contains(of.People, person) {
			of.People = append(of.People, person)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read car pools: %w", err)
	}
	return all, nil
}

// teamsWithNotes are the car pools, with what keeps the plan from keeping them together.
func teamsWithNotes(ctx context.Context, tx *db.Tx, strike string) ([]Team, error) {
	all, err := teamsOf(ctx, tx, strike)
	if err != nil {
		return nil, err
	}
	var people []string
	for _, t := range all {
		people = append(people, t.People...)
	}
	able, held := map[string]bool{}, map[string]string{}
	for part := range slices.Chunk(people, 500) {
		var args db.Args
		err := tx.Rows(ctx, `SELECT p.id FROM person p LEFT JOIN availability a ON a.person_id = p.id WHERE p.id IN `+args.In(part)+
			` AND p.unit_status = 'in' AND COALESCE(a.other_duty, 0) = 0 ORDER BY p.id LIMIT 500`, args, func(r *sql.Rows) error {
			var id string
			err := r.Scan(&id)
			able[id] = true
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("read who can come: %w", err)
		}
		args = nil
		err = tx.Rows(ctx, `SELECT e.person_id, e.shift_id FROM shift_entry e JOIN shift s ON s.id = e.shift_id JOIN line l ON l.id = s.line_id WHERE e.person_id IN `+args.In(part)+
			` AND e.state IN ('booked', 'swap_offered') AND s.ends_at > `+args.Add(tx.Now.UnixMilli())+` AND l.strike_id = `+args.Add(strike)+
			` ORDER BY e.person_id, e.shift_id LIMIT 20000`, args, func(r *sql.Rows) error {
			var id, shift string
			err := r.Scan(&id, &shift)
			held[id] += shift + " "
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("read their shifts: %w", err)
		}
	}
	for i := range all {
		t := &all[i]
		for _, p := range t.People {
			if !able[p] {
				t.Left = append(t.Left, p)
			}
			t.Apart = t.Apart || held[p] != held[t.People[0]]
		}
	}
	return all, nil
}

// fromBans are those of some lines, the person by the record that stands for her.
const (
	fromBans  = ` FROM line_ban b JOIN person p ON p.id = b.person_id WHERE b.removed_at = 0 AND b.line_id IN `
	bannedOne = `CASE WHEN p.merged_into <> '' THEN p.merged_into ELSE p.id END`
)

func bansAt(ctx context.Context, tx *db.Tx, at map[string]Line, ids []string) ([]Ban, error) {
	var args db.Args
	query := `SELECT b.id, b.line_id, ` + bannedOne + `, b.starts_at, b.ends_at, b.reason, (SELECT COUNT(*) FROM shift_entry e JOIN shift s ON s.id = e.shift_id
		WHERE e.person_id = b.person_id AND e.state IN ('booked', 'swap_offered') AND s.line_id = b.line_id AND s.ends_at > ` + args.Add(tx.Now.UnixMilli()) + `
		AND (b.starts_at = 0 OR s.starts_at < b.ends_at AND s.ends_at > b.starts_at))` + fromBans + args.In(ids) + ` ORDER BY b.at, b.id LIMIT 20000`
	all, err := db.All(ctx, tx, func(r *sql.Rows) (b Ban, err error) {
		var line string
		var from, to int64
		err = r.Scan(&b.ID, &line, &b.Person, &from, &to, &b.Reason, &b.Booked)
		b.Line = at[line]
		if from > 0 {
			b.Starts, b.Ends = time.UnixMilli(from), time.UnixMilli(to)
		}
		return b, err
	}, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read bans: %w", err)
	}
	return all, nil
}

func waysTo(ctx context.Context, tx *db.Tx, at map[string]Line, ids []string) ([]Way, error) {
	var args db.Args
	all, err := db.All(ctx, tx, func(r *sql.Rows) (w Way, err error) {
		var line string
		err = r.Scan(&w.ID, &line, &w.ZIP, &w.Minutes)
		w.Line = at[line]
		return w, err
	}, `SELECT id, line_id, zip, minutes FROM line_way WHERE removed_at = 0 AND line_id IN `+args.In(ids)+` ORDER BY zip, line_id LIMIT 50000`, args...)
	if err != nil {
		return nil, fmt.Errorf("read ways: %w", err)
	}
	return all, nil
}

// onlyOne returns the one member within the caller's reach who has this whole name. Errors: Invalid.
func onlyOne(ctx context.Context, tx *db.Tx, field, name string) (string, error) {
	all, err := named(ctx, tx, name)
	if err == nil && len(all) == 1 {
		return all[0], nil
	}
	if err != nil && fault.CodeOf(err) != fault.Invalid {
		return "", err
	}
	return "", fault.Field(field, "line.condition.unknown", "Name", strings.Join(strings.Fields(name), " "))
}

// AddTeam makes a car pool of two to five people by their whole names, and returns its id and number; somebody is in one at most. Errors: Invalid by field, Missing for whoever
// does not coordinate the whole.
func (s *Store) AddTeam(ctx context.Context, strike string, names []string) (id string, n int, err error) {
	if err := whole(ctx); err != nil {
		return "", 0, err
	}
	id = newID()
	err = db.Do(ctx, s.d, func(tx *db.Tx) error {
		if _, _, err := coordinated(ctx, tx, strike); err != nil {
			return err
		}
		var people []string
		for _, name := range names {
			person, err := onlyOne(ctx, tx, "names", name)
			if err != nil {
				return err
			}
			people = append(people, person)
		}
		slices.Sort(people)
		if people = slices.Compact(people); len(people) < 2 || len(people) > 5 || len(people) < len(names) {
			return fault.Field("names", "line.condition.team_size")
		}
		if err := apart(ctx, tx, strike, people); err != nil {
			return err
		}
		if err := tx.Row(ctx, `SELECT COALESCE(MAX(n), 0) + 1 FROM line_team WHERE strike_id = $1`, strike).Scan(&n); err != nil {
			return fmt.Errorf("number car pool: %w", err)
		}
		_, err := tx.Exec(ctx, `INSERT INTO line_team (id, strike_id, n, by_account, at) VALUES ($1, $2, $3, $4, $5)`,
			id, strike, n, audit.By(ctx).Account, tx.Now.UnixMilli())
		if err != nil {
			return fmt.Errorf("add car pool: %w", err)
		}
		var rows [][]any
		for _, p := range people {
			rows = append(rows, []any{id, p})
		}
		if err := tx.Insert(ctx, "line_team_member", []string{"team_id", "person_id"}, rows); err != nil {
			return err
		}
		return s.done(ctx, tx, audit.Entry{Verb: "line.team", Object: "team:" + id, Subjects: people, Count: len(people)})
	})
	return id, n, err
}

// apart refuses a car pool with somebody who is in another one. What two do at once queues here.
func apart(ctx context.Context, tx *db.Tx, strike string, people []string) error {
	if err := tx.Lock(ctx, "line:teams:"+strike); err != nil {
		return fmt.Errorf("lock car pools: %w", err)
	}
	all, err := teamsOf(ctx, tx, strike)
	if err != nil {
		return err
	}
	for _, t := range all {
		for _, p := range people {
			if slices.Contains(t.People, p) {
				names, err := namesOf(ctx, tx, []string{p})
				if err != nil {
					return err
				}
				return fault.Field("names", "line.condition.team_twice", "Name", names[p], "N", t.N)
			}
		}
	}
	return nil
}

// AddBan keeps somebody, by her whole name, from a line: in some hours, or (the zero Slot) in any. It takes her off no shift. Errors: Invalid by field, Missing for a line that is
// not the caller's to coordinate.
func (s *Store) AddBan(ctx context.Context, line, name string, at Slot, reason string) (id string, err error) {
	id = newID()
	return id, db.Do(ctx, s.d, func(tx *db.Tx) error {
		l, err := s.manage(ctx, tx, line)
		if err != nil {
			return err
		}
		person, err := onlyOne(ctx, tx, "name", name)
		if err != nil {
			return err
		}
		if reason = strings.TrimSpace(reason); len(reason) > longest {
			return fault.Field("reason", "line.too_long")
		}
		var from, to int64
		if !at.Starts.IsZero() {
			from, to = at.Starts.UnixMilli(), at.Ends.UnixMilli()
		}
		_, err = tx.Exec(ctx, `INSERT INTO line_ban (id, line_id, person_id, starts_at, ends_at, reason, by_account, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			id, l.ID, person, from, to, reason, audit.By(ctx).Account, tx.Now.UnixMilli())
		if err != nil {
			return fmt.Errorf("add ban: %w", err)
		}
		return s.done(ctx, tx, audit.Entry{Verb: "line.ban", Object: "line:" + l.ID, Subjects: []string{person}, Count: 1})
	})
}

var zipOrPrefix = regexp.MustCompile(`^\d{3}(\d{2})?$`)

// SetWay says how many minutes the way from a ZIP, or from all that begin with three digits, to a line takes, or (-1) that the line cannot be reached from there.
// It replaces what was said before. Errors: Invalid by field, Missing for a line that is not the caller's to coordinate.
func (s *Store) SetWay(ctx context.Context, line, zip string, minutes int) (id string, err error) {
	zip = strings.TrimSpace(zip)
	var problems []*fault.Error
	if !zipOrPrefix.MatchString(zip) {
		problems = append(problems, fault.Field("zip", "line.condition.zip_form"))
	}
	if minutes < -1 || minutes > 600 {
		problems = append(problems, fault.Field("minutes", "line.condition.minutes"))
	}
	if err := fault.Join(problems...); err != nil {
		return "", err
	}
	return db.InTx(ctx, s.d, func(tx *db.Tx) (string, error) {
		l, err := s.manage(ctx, tx, line)
		if err != nil {
			return "", err
		}
		_, err = tx.Exec(ctx, `INSERT INTO line_way (id, line_id, zip, minutes, by_account, at) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (line_id, zip) DO UPDATE SET minutes = excluded.minutes, by_account = excluded.by_account, at = excluded.at, removed_at = 0`,
			newID(), l.ID, zip, minutes, audit.By(ctx).Account, tx.Now.UnixMilli())
		if err != nil {
			return "", fmt.Errorf("set way: %w", err)
		}
		if err := tx.Row(ctx, `SELECT id FROM line_way WHERE line_id = $1 AND zip = $2`, l.ID, zip).Scan(&id); err != nil {
			return "", fmt.Errorf("read way: %w", err)
		}
		return id, s.done(ctx, tx, audit.Entry{Verb: "line.way", Object: "line:" + l.ID, Detail: zip})
	})
}

// The kinds of conditions, as addresses name them.
const (
	teams = "teams"
	bans  = "bans"
	ways  = "ways"
)

// Lift takes a car pool, a ban or a way away, or (back) puts it back, and returns its strike. Errors: Missing, Invalid where somebody of a car pool is in another by now.
func (s *Store) Lift(ctx context.Context, kind, id string, back bool) (strike string, err error) {
	return db.InTx(ctx, s.d, func(tx *db.Tx) (string, error) {
		entry, strike, err := s.lifted(ctx, tx, kind, id, back)
		if err != nil {
			return "", err
		}
		at, was := tx.Now.UnixMilli(), "removed_at = 0"
		if back {
			at, was = 0, "removed_at > 0"
		}
		table := map[string]string{teams: "line_team", bans: "line_ban", ways: "line_way"}[kind]
		n, err := tx.ExecN(ctx, `UPDATE `+table+` SET removed_at = $1 WHERE id = $2 AND `+was, at, id)
		if err != nil {
			return "", fmt.Errorf("lift condition: %w", err)
		}
		if n == 0 {
			return "", missing()
		}
		if !back {
			entry.Verb += "_off"
		}
		return strike, s.done(ctx, tx, entry)
	})
}

// lifted says what is put on record of a condition that is lifted or put back, and whether the caller may.
func (s *Store) lifted(ctx context.Context, tx *db.Tx, kind, id string, back bool) (e audit.Entry, strike string, err error) {
	if kind == teams {
		if err := whole(ctx); err != nil {
			return e, "", err
		}
		people, err := db.Strings(ctx, tx, `SELECT person_id FROM line_team_member WHERE team_id = $1 ORDER BY person_id LIMIT 5`, id)
		if err != nil {
			return e, "", fmt.Errorf("read car pool: %w", err)
		}
		found, err := db.Found(tx.Row(ctx, `SELECT strike_id FROM line_team WHERE id = $1`, id).Scan(&strike))
		if err != nil {
			return e, "", fmt.Errorf("read car pool: %w", err)
		}
		if !found {
			return e, "", missing()
		}
		if back {
			if err := apart(ctx, tx, strike, people); err != nil {
				return e, "", err
			}
		}
		return audit.Entry{Verb: "line.team", Object: "team:" + id, Subjects: people, Count: len(people)}, strike, nil
	}
	query, verb := `SELECT line_id, person_id FROM line_ban WHERE id = $1`, "line.ban"
	switch kind {
	case bans:
	case ways:
		query, verb = `SELECT line_id, zip FROM line_way WHERE id = $1`, "line.way"
	default:
		return e, "", missing()
	}
	var line, what string
	found, err := db.Found(tx.Row(ctx, query, id).Scan(&line, &what))
	if err != nil {
		return e, "", fmt.Errorf("read condition: %w", err)
	}
	if !found {
		return e, "", missing()
	}
	l, err := s.manage(ctx, tx, line)
	if err != nil {
		return e, "", err
	}
	e = audit.Entry{Verb: verb, Object: "line:" + l.ID, Detail: what}
	if kind == bans {
		e.Detail, e.Subjects, e.Count = "", []string{what}, 1
	}
	return e, l.Strike, nil
}

// keeps writes a strike's conditions into the planner's files, as far as they are about those who are read: able are the members on picket duty among them.
func (g *ground) keeps(ctx context.Context, tx *db.Tx, f files, all []Team, known, able map[string]bool) error {
	rows := [][]string{{"team_id", "member_id"}}
	taken := map[string]bool{}
	for _, t := range all {
		t.People = slices.DeleteFunc(t.People, func(p string) bool { return !able[p] || taken[p] }) // records that were joined since may be in two
		for _, p := range t.People {
			if len(t.People) > 1 {
				taken[p] = true
				rows = append(rows, []string{strconv.Itoa(t.N), short(p)})
			}
		}
	}
	f.put("teams.csv", rows)
	at := map[string]Line{}
	var ids []string
	for _, l := range g.lines {
		at[l.ID] = l
		ids = append(ids, l.ID)
	}
	rows = [][]string{{"member_id", "site_id", "shift_id"}}
	var args db.Args
	query := `SELECT b.line_id, ` + bannedOne + `, b.starts_at, b.ends_at` + fromBans + args.In(ids) + ` ORDER BY b.id LIMIT 20000` // a reason is not read
	err := tx.Rows(ctx, query, args, func(r *sql.Rows) error {
		var line, person string
		var from, to int64
		if err := r.Scan(&line, &person, &from, &to); err != nil || !known[person] {
			return err
		}
		if from == 0 {
			rows = append(rows, []string{short(person), short(line), ""})
			return nil
		}
		for slot, at := range g.spans {
			if _, ok := g.shifts[[2]string{short(line), slot}]; ok && at[0] < to && at[1] > from {
				rows = append(rows, []string{short(person), short(line), slot})
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read bans for the plan: %w", err)
	}
	slices.SortFunc(rows[1:], slices.Compare)
	f.put("bans.csv", rows)
	ways, err := waysTo(ctx, tx, at, ids)
	if err != nil {
		return err
	}
	rows = [][]string{{"zip", "site_id", "minutes"}}
	for _, w := range ways {
		minutes := ""
		if w.Minutes >= 0 {
			minutes = strconv.Itoa(w.Minutes)
		}
		rows = append(rows, []string{w.ZIP, short(w.Line.ID), minutes})
	}
	f.put("travel.csv", rows)
	return nil
}

// banned refuses somebody at a line that she is kept from, in the words of the planner; to others it is said without them, and the reason to nobody.
func banned(ctx context.Context, tx *db.Tx, ids []string, x *Shift) error {
	var args db.Args
	query := `SELECT COUNT(*) FROM line_ban WHERE line_id = ` + args.Add(x.LineID) + ` AND person_id IN ` + args.In(ids) + ` AND removed_at = 0
		AND (starts_at = 0 OR starts_at < ` + args.Add(x.Ends.UnixMilli()) + ` AND ends_at > ` + args.Add(x.Starts.UnixMilli()) + `)`
	var n int
	if err := tx.Row(ctx, query, args...).Scan(&n); err != nil {
		return fmt.Errorf("look for a ban: %w", err)
	}
	if n == 0 {
		return nil
	}
	l, err := lineOf(ctx, tx, x.LineID)
	if err != nil {
		return err
	}
	key := "line.banned"
	if by := auth.By(ctx); by != nil && slices.Contains(ids, by.Person) {
		key = "picket.say.ban"
	}
	return fault.New(fault.Conflict, key, "Site", l.Name)
}
