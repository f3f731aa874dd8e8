// SPDX-License-Identifier: Apache-2.0

package line

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/roster"
	"github.com/tenday/tenday/picket"
)

const longest = 2000 // of a text, in bytes

// Add makes a line. Its worksite, where it has one, gives ZIP, zone and region. Errors: Forbidden, Invalid by field.
func (s *Store) Add(ctx context.Context, l Line) (string, error) {
	reach, err := auth.Allowed(ctx, mayManage)
	if err != nil {
		return "", err
	}
	l.Name, l.Place, l.ZIP = strings.TrimSpace(l.Name), strings.TrimSpace(l.Place), strings.TrimSpace(l.ZIP)
	return db.InTx(ctx, s.d, func(tx *db.Tx) (string, error) {
		if l.Worksite != "" {
			var zip, tz, region string
			found, err := db.Found(tx.Row(ctx, `SELECT zip, tz, region FROM worksite WHERE id = $1`, l.Worksite).Scan(&zip, &tz, &region))
			if err != nil {
				return "", fmt.Errorf("read worksite: %w", err)
			}
			if !found {
				return "", fault.Field("worksite", "line.no_worksite")
			}
			l.Zone, l.Region = tz, region
			if l.ZIP == "" {
				l.ZIP = zip
			}
		}
		if _, err := time.LoadLocation(l.Zone); err != nil || l.Zone == "" {
			zone, err := db.Zone(ctx, tx)
			if err != nil {
				return "", err
			}
			l.Zone = zone.String()
		}
		if err := l.check(); err != nil {
			return "", err
		}
		if !l.covers(reach) {
			return "", missing()
		}
		l.ID = newID()
		err := tx.Insert(ctx, "line", []string{
			"id", "strike_id", "name", "place", "worksite_id", "region", "zip", "tz", "public_way", "parking", "toilets", "shelter", "by_account", "at",
		}, [][]any{{
			l.ID, l.Strike, l.Name, l.Place, l.Worksite, l.Region, l.ZIP, l.Zone, l.PublicWay, l.Parking, l.Toilets, l.Shelter,
			audit.By(ctx).Account, tx.Now.UnixMilli(),
		}})
		if err != nil {
			return "", err
		}
		return l.ID, s.done(ctx, tx, audit.Entry{Verb: "line.add", Object: "line:" + l.ID})
	})
}

func (l *Line) check() error {
	var problems []*fault.Error
	if l.Name == "" || len(l.Name) > 80 {
		problems = append(problems, fault.Field("name", "line.name_length"))
	}
	if l.Place == "" || len(l.Place) > 200 {
		problems = append(problems, fault.Field("place", "line.place_length"))
	}
	if len(l.ZIP) < 5 || strings.Trim(l.ZIP[:5], "0123456789") != "" {
		problems = append(problems, fault.Field("zip", "line.zip_form"))
	}
	for field, text := range map[string]string{"public_way": l.PublicWay, "parking": l.Parking, "toilets": l.Toilets, "shelter": l.Shelter} {
		if len(text) > longest {
			problems = append(problems, fault.Field(field, "line.too_long"))
		}
	}
	return fault.Join(problems...)
}

// done ends a writing transaction: the audit's entry comes last, and pages hear of it.
func (s *Store) done(ctx context.Context, tx *db.Tx, e audit.Entry) error {
	tx.Touch(Topic)
	_, err := audit.Append(ctx, tx, e)
	return err
}

// NameCaptain makes somebody lead a line, or stand in for its captain; out takes that back. Errors: Missing for a line or person out of
// reach.
func (s *Store) NameCaptain(ctx context.Context, lineID, person string, deputy, out bool) error {
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		l, err := s.manage(ctx, tx, lineID)
		if err != nil {
			return err
		}
		if !out { // one who has left the unit, or the caller's reach, can still be taken away
			if err := s.inReach(ctx, tx, person); err != nil {
				return err
			}
		}
		if out {
			_, err = tx.Exec(ctx, `DELETE FROM line_captain WHERE line_id = $1 AND person_id = $2`, l.ID, person)
		} else {
			_, err = tx.Exec(ctx, `INSERT INTO line_captain (line_id, person_id, deputy, by_account, at) VALUES ($1, $2, $3, $4, $5)
				ON CONFLICT (line_id, person_id) DO UPDATE SET deputy = excluded.deputy`, l.ID, person, bit(deputy), audit.By(ctx).Account, tx.Now.UnixMilli())
		}
		if err != nil {
			return fmt.Errorf("name captain: %w", err)
		}
		return s.done(ctx, tx, audit.Entry{Verb: "line.captain", Object: "line:" + l.ID, Subjects: []string{person}, Count: 1})
	})
}

// NameCaptainByName is NameCaptain for a whole name, of somebody within the caller's reach; she counts as briefed from then on. Errors: Invalid when nobody, or
// more than one, has that name.
func (s *Store) NameCaptainByName(ctx context.Context, lineID, name string, deputy bool) error {
	all, err := db.InRead(ctx, s.d, func(tx *db.Tx) ([]string, error) { return named(ctx, tx, name) })
	if err != nil {
		return err
	}
	if len(all) != 1 {
		return fault.Field("name", "line.captain_unknown")
	}
	if err := s.NameCaptain(ctx, lineID, all[0], deputy, false); err != nil {
		return err
	}
	return s.Brief(ctx, lineID, all[0], true, false)
}

const mostGiven = 6 // words of a given name

// named returns those members of the unit whom the caller may see and who have exactly this name, two at the most. Errors: Invalid for half a name.
func named(ctx context.Context, tx *db.Tx, name string) ([]string, error) {
	reach, err := auth.Allowed(ctx, auth.PersonRead)
	if fault.CodeOf(err) == fault.Forbidden { // she may see nobody
		reach = auth.Reach{}
	} else if err != nil {
		return nil, err
	}
	words := strings.Fields(name)
	if len(words) < 2 {
		return nil, fault.Field("name", "line.walk_in_name")
	}
	var args db.Args
	var keys []string
	for i := 1; i < len(words) && i <= mostGiven; i++ { // a family name may be of several words: van der Berg, García López
		key := roster.Fold(strings.Join(words[i:], " ") + " " + strings.Join(words[:i], " "))
		keys = append(keys, `n.sort_key = `+args.Add(key)+` OR n.sort_key >= `+args.Add(key+" ")+` AND n.sort_key < `+args.Add(db.Prefix(key+" ")))
	}
	query := `SELECT n.person_id FROM person_now n WHERE n.unit_status = 'in' AND (` + strings.Join(keys, " OR ") + `) AND ` + reach.Where("n.person_id", &args) +
		` ORDER BY n.sort_key, n.person_id LIMIT 2`
	all, err := db.Strings(ctx, tx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("find by name: %w", err)
	}
	return all, nil
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// inReach answers Missing for somebody whom the caller may not see, and for nobody.
func (s *Store) inReach(ctx context.Context, tx *db.Tx, person string) error {
	reach, err := auth.Allowed(ctx, auth.PersonRead)
	if fault.CodeOf(err) == fault.Forbidden { // she may see nobody
		return fault.New(fault.Missing, "scope.person")
	} else if err != nil {
		return err
	}
	var args db.Args
	var n int
	query := `SELECT COUNT(*) FROM person p WHERE p.id = ` + args.Add(person) + ` AND p.merged_into = '' AND p.unit_status = 'in' AND ` + reach.Where("p.id", &args)
	if err := tx.Row(ctx, query, args...).Scan(&n); err != nil {
		return fmt.Errorf("look for person: %w", err)
	}
	if n == 0 {
		return fault.New(fault.Missing, "scope.person")
	}
	return nil
}

// Run is a row of shifts that follow one another: from the first start to the last end, each of Hours; the last may be shorter.
type Run struct {
	From, To string // wall times at the line, 2025-11-05T07:00
	Hours    int    // 0: the campaign's
}

// AddShifts adds shifts to a line, as drafts that take the line's needs, or those of their kind. They are cut by the clock on the wall, so
// that a 24-hour act has six whenever clocks change; the one in which they do is an hour longer or shorter. Errors: Invalid by field, also for a time
// that the clocks skip or show twice.
func (s *Store) AddShifts(ctx context.Context, lineID string, run Run) ([]string, error) {
	return db.InTx(ctx, s.d, func(tx *db.Tx) ([]string, error) {
		l, err := s.manage(ctx, tx, lineID)
		if err != nil {
			return nil, err
		}
		if l.Closed {
			return nil, fault.New(fault.Conflict, "line.closed")
		}
		rules, err := rulesOf(ctx, tx)
		if err != nil {
			return nil, err
		}
		if run.Hours == 0 {
			run.Hours = rules.Hours
		}
		walls, err := run.cut(l.zone())
		if err != nil {
			return nil, err
		}
		strike, err := s.strike(ctx, tx, l.Strike)
		if err != nil {
			return nil, err
		}
		var ids []string
		for i := range walls[1:] {
			x := Shift{ID: newID(), LineID: l.ID, Starts: walls[i].at, Ends: walls[i+1].at, Kind: "day"}
			if h := x.Starts.In(l.zone()).Hour(); h < 6 || h >= 20 {
				x.Kind = "night"
			}
			_, err := tx.Exec(ctx, `INSERT INTO shift (id, line_id, kind, starts, ends, starts_at, ends_at, state, facts_version, by_account, at)
				VALUES ($1, $2, $3, $4, $5, $6, $7, 'draft', $8, $9, $10)`, x.ID, l.ID, x.Kind, walls[i].text, walls[i+1].text,
				x.Starts.UnixMilli(), x.Ends.UnixMilli(), strike.FactsVersion, audit.By(ctx).Account, tx.Now.UnixMilli())
			if err != nil {
				return nil, fmt.Errorf("add shift: %w", err)
			}
			if err := inherit(ctx, tx, &x); err != nil {
				return nil, err
			}
			ids = append(ids, x.ID)
		}
		return ids, s.done(ctx, tx, audit.Entry{Verb: "shift.add", Object: "line:" + l.ID, Count: len(ids)})
	})
}

type wall struct {
	text string
	at   time.Time
}

const mostShifts = 200

// cut returns the wall times between which the shifts of a run lie.
func (run Run) cut(zone *time.Location) ([]wall, error) {
	var ends [2]wall
	for i, field := range []string{"from", "to"} {
		text := []string{run.From, run.To}[i]
		at, err := picket.WallTime(text, zone)
		if err != nil {
			return nil, fault.Field(field, "line.wall."+err.Error(), "Text", text)
		}
		ends[i] = wall{text, at}
	}
	if run.Hours < 1 || run.Hours > 12 {
		return nil, fault.Field("hours", "line.hours_range")
	}
	if !ends[1].at.After(ends[0].at) {
		return nil, fault.Field("to", "line.ends_before")
	}
	const form = "2006-01-02T15:04"
	day, err := time.Parse(form, ends[0].text[:len(form)]) // a wall without a zone: additions never meet a change of clocks
	if err != nil {
		return nil, fmt.Errorf("read wall time: %w", err)
	}
	all := []wall{ends[0]}
	for {
		day = day.Add(time.Duration(run.Hours) * time.Hour)
		at, err := picket.WallTime(day.Format(form), zone)
		if err != nil {
			return nil, fault.Field("from", "line.wall."+err.Error(), "Text", day.Format(form))
		}
		if !at.Before(ends[1].at) {
			return append(all, ends[1]), nil
		}
		if all = append(all, wall{day.Format(form), at}); len(all) > mostShifts {
			return nil, fault.Field("to", "line.too_many_shifts", "Max", mostShifts)
		}
	}
}

// OpenShifts opens all drafts of a line for sign-up. A shift without needs stays a draft: it would have no places. Errors: Conflict when the
// strike it belongs to has not been noticed, Invalid when one of them lies outside of the hours that were.
func (s *Store) OpenShifts(ctx context.Context, lineID string) (int, error) {
	return s.openShifts(ctx, lineID, false)
}

// OpenShiftsOutside is OpenShifts by somebody who has read that shifts lie outside of the noticed hours, and wants them.
func (s *Store) OpenShiftsOutside(ctx context.Context, lineID string) (int, error) {
	return s.openShifts(ctx, lineID, true)
}

// outside says whether any of a shift lies before or after the hours that a strike is noticed for: nobody is protected then.
func (x *Shift) outside(strike Strike) bool {
	return !strike.Starts.IsZero() && x.Starts.Before(strike.Starts) || !strike.Ends.IsZero() && x.Ends.After(strike.Ends)
}

func (s *Store) openShifts(ctx context.Context, lineID string, outside bool) (int, error) {
	return db.InTx(ctx, s.d, func(tx *db.Tx) (int, error) {
		l, err := s.manage(ctx, tx, lineID)
		if err != nil {
			return 0, err
		}
		if l.Closed {
			return 0, fault.New(fault.Conflict, "line.closed")
		}
		strike, err := s.strike(ctx, tx, l.Strike)
		if err != nil {
			return 0, err
		}
		if l.Strike != "" && s.Strikes != nil && strike.State != "noticed" && strike.State != "on" {
			return 0, fault.New(fault.Conflict, "line.not_noticed")
		}
		drafts, err := shiftsOf(ctx, tx, "line_id = $1 AND state = 'draft'", l.ID)
		if err != nil {
			return 0, err
		}
		if !outside && slices.ContainsFunc(drafts, func(x Shift) bool { return len(x.Needs) > 0 && x.outside(strike) }) {
			return 0, fault.Field("outside", "line.outside_first")
		}
		n, err := tx.ExecN(ctx, `UPDATE shift SET state = 'open', facts_version = $1 WHERE line_id = $2 AND state = 'draft'
			AND EXISTS (SELECT 1 FROM need n WHERE n.shift_id = shift.id)`, strike.FactsVersion, l.ID)
		if err != nil {
			return 0, fmt.Errorf("open shifts: %w", err)
		}
		rules, err := rulesOf(ctx, tx)
		if err != nil {
			return 0, err
		}
		all, err := shiftsOf(ctx, tx, "line_id = $1 AND state = 'open' AND ends_at > $2", l.ID, tx.Now.UnixMilli())
		if err != nil {
			return 0, err
		}
		for i := range all {
			if err := s.lookAtMissing(ctx, tx, &all[i], l, rules, strike); err != nil {
				return 0, err
			}
			if err := s.lookAtHandover(ctx, tx, &all[i], l, strike); err != nil {
				return 0, err
			}
		}
		return n, s.done(ctx, tx, audit.Entry{Verb: "shift.open", Object: "line:" + l.ID, Count: n})
	})
}
