// SPDX-License-Identifier: Apache-2.0

package line

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/base32"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/roster"
)

// CheckIn is one arrival or departure as a captain records it. Person or Code says whose.
type CheckIn struct {
	ID     string `json:"-"` // UUIDv7 of the device
	Line   string `json:"line"`
	Person string `json:"person,omitempty"`
	Code   string `json:"code,omitempty"`
	Kind   string `json:"kind"`   // in, out
	Method string `json:"method"` // code, search, paper, walk_in

	PaperAt  int64         `json:"paper_at,omitempty"` // of method paper: what stood on the sheet, Unix milliseconds
	At       time.Time     `json:"-"`
	AtDevice time.Time     `json:"-"`
	Skew     time.Duration `json:"-"`
	Device   string        `json:"-"`
}

// clockOff is from where a device's clock is flagged.
const clockOff = 2 * time.Minute

// Record writes a check-in that comes from a form, now.
func (s *Store) Record(ctx context.Context, c CheckIn) error {
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		if c.ID == "" {
			c.ID = newID()
		}
		if c.At.IsZero() {
			c.At = tx.Now
		}
		c.AtDevice = c.At
		if id := auth.By(ctx); id != nil {
			c.Device = id.Device
		}
		return s.checkIn(ctx, tx, c)
	})
}

// Apply writes a check-in that a phone has kept while it had no network. Errors: Missing when the caller does not lead the line.
func (s *Store) Apply(ctx context.Context, tx *db.Tx, id uuid.UUID, at, atDevice time.Time, skew time.Duration, device string, data json.RawMessage) error {
	var c CheckIn
	if err := json.Unmarshal(data, &c); err != nil {
		return &fault.Error{Code: fault.Invalid, Key: "line.unreadable", Err: err}
	}
	c.ID, c.At, c.AtDevice, c.Skew, c.Device = id.String(), at, atDevice, skew, device
	return s.checkIn(ctx, tx, c)
}

// checkIn adds the row and takes the booking on. The same id twice is one row; somebody at two lines is written as it was, and shown.
func (s *Store) checkIn(ctx context.Context, tx *db.Tx, c CheckIn) error {
	l, err := s.lead(ctx, tx, c.Line)
	if err != nil {
		return err
	}
	if c.Kind != "in" && c.Kind != "out" || !slices.Contains([]string{"code", "search", "paper", "walk_in"}, c.Method) {
		return fault.New(fault.Invalid, "line.unreadable")
	}
	if c.Person, err = s.whose(ctx, tx, l, c); err != nil {
		return err
	}
	if c.Method == "paper" && c.PaperAt > 0 {
		c.At = time.UnixMilli(c.PaperAt)
	}
	if c.At.After(tx.Now.Add(clockOff)) {
		return fault.New(fault.Invalid, "line.in_future")
	}
	flags := ""
	if c.Skew.Abs() > clockOff {
		flags = "clock"
	}
	n, err := tx.ExecN(ctx, `INSERT INTO checkin (id, person_id, line_id, kind, at, at_device, skew, method, device_id, by_account, received_at, flags)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (id) DO NOTHING`,
		c.ID, c.Person, l.ID, c.Kind, c.At.UnixMilli(), c.AtDevice.UnixMilli(), c.Skew.Milliseconds(), c.Method, c.Device,
		audit.By(ctx).Account, tx.Now.UnixMilli(), flags)
	if err != nil {
		return fmt.Errorf("check in: %w", err)
	}
	if n == 0 {
		return nil // it came before
	}
	if c.Kind == "in" {
		if err := s.arrive(ctx, tx, l, c); err != nil {
			return err
		}
	}
	return s.done(ctx, tx, audit.Entry{Verb: "line.checkin", Object: "line:" + l.ID, Detail: c.Kind + " " + c.Method, Subjects: []string{c.Person}, Count: 1})
}

// whose resolves a code, or takes a person whom the captain sees: somebody with a booking at this line. Walk-ins are looked up by name before.
func (s *Store) whose(ctx context.Context, tx *db.Tx, l *Line, c CheckIn) (string, error) {
	person := c.Person
	if c.Code != "" {
		found, err := db.Found(tx.Row(ctx, `SELECT person_id FROM member_code WHERE code = $1`, strings.ToUpper(strings.TrimSpace(c.Code))).Scan(&person))
		if err != nil {
			return "", fmt.Errorf("read code: %w", err)
		}
		if !found {
			return "", fault.New(fault.Invalid, "line.code_unknown")
		}
		return person, nil
	}
	if c.Method == "walk_in" {
		var n int
		if err := tx.Row(ctx, `SELECT COUNT(*) FROM person WHERE id = $1 AND merged_into = ''`, person).Scan(&n); err != nil {
			return "", fmt.Errorf("look for person: %w", err)
		}
		if n == 0 {
			return "", fault.New(fault.Missing, "scope.person")
		}
		return person, nil
	}
	var n int
	err := tx.Row(ctx, `SELECT COUNT(*) FROM shift_entry e JOIN shift s ON s.id = e.shift_id WHERE e.person_id = $1 AND s.line_id = $2`, person, l.ID).Scan(&n)
	if err != nil {
		return "", fmt.Errorf("look for booking: %w", err)
	}
	if n == 0 {
		return "", fault.New(fault.Missing, "scope.person")
	}
	return person, nil
}

// arrive marks the booking that a check-in belongs to, or makes one at the line. A check-in before the hour belongs to the shift that begins then
// if she is on it (its window is open 20 minutes before), else to the one that runs.
func (s *Store) arrive(ctx context.Context, tx *db.Tx, l *Line, c CheckIn) error {
	rules, err := rulesOf(ctx, tx)
	if err != nil {
		return err
	}
	at := c.At
	around, err := shiftsOf(ctx, tx, "line_id = $1 AND starts_at <= $2 AND ends_at > $3", l.ID, at.Add(rules.checkinOpens()).UnixMilli(), at.Add(-rules.lateOut()).UnixMilli())
	if err != nil || len(around) == 0 {
		return err
	}
	slices.Reverse(around) // the one that begins last first
	for i := range around {
		if !at.Before(around[i].Ends) {
			continue
		}
		e, err := mine(ctx, tx, around[i].ID, c.Person)
		if fault.CodeOf(err) == fault.Missing {
			continue
		} else if err != nil {
			return err
		}
		switch e.State {
		case Attended:
			return nil
		case Booked, SwapOffered, Absent:
			return move(ctx, tx, e, Arrive, c.Method)
		case Offered:
			e.OfferUntil = time.Time{}
			if err := move(ctx, tx, e, Take, "at the line"); err != nil {
				return err
			}
			return move(ctx, tx, e, Arrive, c.Method)
		}
		if err := s.leave(ctx, tx, e, "came anyway"); err != nil { // she waited for a place
			return err
		}
		return s.walkIn(ctx, tx, &around[i], c)
	}
	for i := range around {
		if x := &around[i]; !at.Before(x.Starts) && at.Before(x.Ends) || i == len(around)-1 && at.Before(x.Ends) {
			return s.walkIn(ctx, tx, x, c)
		}
	}
	return nil
}

func (s *Store) walkIn(ctx context.Context, tx *db.Tx, x *Shift, c CheckIn) error {
	e := &Entry{Shift: x.ID, Person: c.Person, Role: OnLine, State: Booked, Source: "walk_in"}
	if err := addEntry(ctx, tx, e, "at the line"); err != nil {
		return err
	}
	return move(ctx, tx, e, Arrive, c.Method)
}

// MyCode returns the code that the caller shows at a line: 128 random bits, made when she first asks.
func (s *Store) MyCode(ctx context.Context) (string, error) {
	person, err := me(ctx)
	if err != nil {
		return "", err
	}
	return db.InTx(ctx, s.d, func(tx *db.Tx) (string, error) { return codeOf(ctx, tx, person) })
}

func codeOf(ctx context.Context, tx *db.Tx, person string) (string, error) {
	var raw [16]byte
	_, _ = rand.Read(raw[:]) // never fails
	code := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw[:])
	if _, err := tx.Exec(ctx, `INSERT INTO member_code (person_id, code, made_at) VALUES ($1, $2, $3) ON CONFLICT (person_id) DO NOTHING`,
		person, code, tx.Now.UnixMilli()); err != nil {
		return "", fmt.Errorf("make code: %w", err)
	}
	err := tx.Row(ctx, `SELECT code FROM member_code WHERE person_id = $1`, person).Scan(&code)
	return code, err
}

// FindWalkIn returns the one member of the unit who has exactly this name, "" for nobody or several: a captain does not look through the unit.
func (s *Store) FindWalkIn(ctx context.Context, lineID, name string) (string, error) {
	words := strings.Fields(name)
	if len(words) < 2 {
		return "", fault.Field("name", "line.walk_in_name")
	}
	return db.InTx(ctx, s.d, func(tx *db.Tx) (string, error) {
		if _, err := s.lead(ctx, tx, lineID); err != nil {
			return "", err
		}
		key := roster.Fold(words[len(words)-1] + " " + strings.Join(words[:len(words)-1], " "))
		all, err := db.Strings(ctx, tx, `SELECT person_id FROM person_now WHERE unit_status = 'in' AND (sort_key = $1 OR sort_key >= $2 AND sort_key < $3)
			ORDER BY sort_key, person_id LIMIT 3`, key, key+" ", db.Prefix(key+" "))
		if err != nil {
			return "", fmt.Errorf("find walk-in: %w", err)
		}
		found := ""
		if len(all) == 1 {
			found = all[0]
		}
		return found, s.done(ctx, tx, audit.Entry{Verb: "line.find", Object: "line:" + lineID, Subjects: all, Count: len(all)})
	})
}

// MarkAbsent says, for the captain and from fifteen minutes after the start, that somebody did not come. A later check-in overrides it.
func (s *Store) MarkAbsent(ctx context.Context, entryID string) error {
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		e, err := s.led(ctx, tx, entryID)
		if err != nil {
			return err
		}
		x, _, err := shiftOf(ctx, tx, e.Shift)
		if err != nil {
			return err
		}
		rules, err := rulesOf(ctx, tx)
		if err != nil {
			return err
		}
		if tx.Now.Before(x.Starts.Add(minutes(rules.MissingListMin))) {
			return fault.New(fault.Conflict, "line.absent_early", "Min", rules.MissingListMin)
		}
		held := e.Held
		if err := move(ctx, tx, e, Miss, "captain"); err != nil {
			return err
		}
		if held { // somebody else may come; she may still, too
			if _, err := tx.Exec(ctx, `UPDATE need SET taken = taken - 1 WHERE shift_id = $1 AND role = $2`, e.Shift, string(e.Role)); err != nil {
				return fmt.Errorf("free place: %w", err)
			}
		}
		return s.done(ctx, tx, audit.Entry{Verb: "shift.absent", Object: "shift:" + e.Shift, Subjects: []string{e.Person}, Count: 1})
	})
}

// Hours are somebody's minutes at the lines of a strike, with what is odd about them.
type Hours struct {
	Person  string   `json:"person"`
	Minutes int      `json:"minutes"`
	Flags   []string `json:"flags,omitempty"`
}

// HoursOf computes the hours of everybody who checked in at the lines of a strike ("" for lines that stand alone), by person. Only the
// coordinator of all of them may ask: it is what the pay desk certifies.
func (s *Store) HoursOf(ctx context.Context, strikeID string) ([]Hours, error) {
	reach, err := auth.Allowed(ctx, mayManage)
	if err != nil {
		return nil, err
	}
	if !reach.All {
		return nil, missing()
	}
	out, err := db.InRead(ctx, s.d, func(tx *db.Tx) ([]Hours, error) { return s.hours(ctx, tx, strikeID) })
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, h := range out {
		ids = append(ids, h.Person)
	}
	return out, s.audit.Read(ctx, audit.Entry{Verb: "line.hours", Object: "strike:" + strikeID, Scope: reach.Label(), Subjects: ids, Count: len(ids)})
}

func (s *Store) hours(ctx context.Context, tx *db.Tx, strikeID string) ([]Hours, error) {
	rules, err := rulesOf(ctx, tx)
	if err != nil {
		return nil, err
	}
	strike, err := s.strike(ctx, tx, strikeID)
	if err != nil {
		return nil, err
	}
	shifts := map[string][]Stretch{}
	err = tx.Rows(ctx, `SELECT e.person_id, s.line_id, s.starts_at, s.ends_at, s.off_at FROM shift_entry e JOIN shift s ON s.id = e.shift_id
		JOIN line l ON l.id = s.line_id WHERE l.strike_id = $1 AND e.state = 'attended' ORDER BY e.person_id, s.starts_at LIMIT 200000`, []any{strikeID}, func(r *sql.Rows) error {
		var person, lineID string
		var from, to, off int64
		if err := r.Scan(&person, &lineID, &from, &to, &off); err != nil {
			return err
		}
		if off > 0 {
			to = min(to, off)
		}
		shifts[person] = append(shifts[person], Stretch{lineID, time.UnixMilli(from), time.UnixMilli(to)})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read shifts worked: %w", err)
	}
	marks := map[string][]Mark{}
	var order []string
	err = tx.Rows(ctx, `SELECT c.id, c.person_id, c.line_id, c.kind, c.at FROM checkin c JOIN line l ON l.id = c.line_id
		WHERE l.strike_id = $1 ORDER BY c.person_id, c.at, c.id LIMIT 400000`, []any{strikeID}, func(r *sql.Rows) error {
		var m Mark
		var person, kind string
		var at int64
		if err := r.Scan(&m.ID, &person, &m.Line, &kind, &at); err != nil {
			return err
		}
		m.In, m.At = kind == "in", time.UnixMilli(at)
		if len(marks[person]) == 0 {
			order = append(order, person)
		}
		marks[person] = append(marks[person], m)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read check-ins: %w", err)
	}
	var out []Hours
	for _, person := range order {
		h := Hours{Person: person}
		h.Minutes, h.Flags = Credit(Stretch{Start: strike.Starts, End: strike.Ends}, shifts[person], marks[person], rules.lateOut())
		out = append(out, h)
	}
	return out, nil
}
