// SPDX-License-Identifier: Apache-2.0

package line

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// CheckIn is one arrival or departure as a captain records it. Person, Code or Name says whose.
type CheckIn struct {
	ID     string `json:"-"` // UUIDv7 of the device
	Line   string `json:"line"`
	Person string `json:"person,omitempty"`
	Code   string `json:"code,omitempty"`
	Name   string `json:"name,omitempty"` // of method walk_in: hers in full
	Kind   string `json:"kind"`           // in, out
	Method string `json:"method"`         // code, search, paper, walk_in

	Paper    string        `json:"paper,omitempty"`    // of method paper: what stood on the sheet, by the line's clock: "7:05"; the latest such minute before At
	PaperAt  int64         `json:"paper_at,omitempty"` // the same as an instant, Unix milliseconds
	At       time.Time     `json:"-"`
	AtDevice time.Time     `json:"-"`
	Skew     time.Duration `json:"-"`
	Device   string        `json:"-"`
}

const (
	clockOff  = 2 * time.Minute // from where a device's clock is flagged
	longStale = 72 * time.Hour  // how old a mark may be that a captain enters; the coordinator enters older ones from paper
)

// The flags of a mark.
const (
	flagClock = "clock"  // the device's clock was off
	flagSelf  = "self"   // she recorded it of herself: it wants a second witness
	flagNotOn = "not_on" // the strike had not begun: it counts from when it does
)

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

// checkIn adds the row and takes the booking on. It has to lie in a shift that the caller looks after; the same id twice is one row; somebody at two
// lines is written as it was, and shown; what somebody records of herself is flagged until another has marked her, too.
func (s *Store) checkIn(ctx context.Context, tx *db.Tx, c CheckIn) error {
	l, caller, err := s.leadAt(ctx, tx, c.Line, c.At)
	if err != nil {
		return err
	}
	if c.Kind != "in" && c.Kind != "out" || !slices.Contains([]string{"code", "search", "paper", "walk_in"}, c.Method) {
		return fault.New(fault.Invalid, "line.unreadable")
	}
	if err := c.fromPaper(l); err != nil {
		return err
	}
	if c.At.After(tx.Now.Add(clockOff)) {
		return fault.New(fault.Invalid, "line.in_future")
	}
	rules, err := rulesOf(ctx, tx)
	if err != nil {
		return err
	}
	around, err := c.around(ctx, tx, l, caller, rules)
	if err != nil {
		return err
	}
	if c.Person, around, err = s.whose(ctx, tx, around, c, rules); err != nil {
		return err
	}
	var flags []string
	if c.Skew.Abs() > clockOff {
		flags = append(flags, flagClock)
	}
	if own, err := isMe(ctx, tx, c.Person); err != nil {
		return err
	} else if own {
		flags = append(flags, flagSelf)
	}
	if strike, err := s.strike(ctx, tx, l.Strike); err != nil {
		return err
	} else if !strike.on(c.At) {
		flags = append(flags, flagNotOn)
	}
	n, err := tx.ExecN(ctx, `INSERT INTO checkin (id, person_id, line_id, kind, at, at_device, skew, method, device_id, by_account, received_at, flags)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (id) DO NOTHING`,
		c.ID, c.Person, l.ID, c.Kind, c.At.UnixMilli(), c.AtDevice.UnixMilli(), c.Skew.Milliseconds(), c.Method, c.Device,
		audit.By(ctx).Account, tx.Now.UnixMilli(), strings.Join(flags, " "))
	if err != nil {
		return fmt.Errorf("check in: %w", err)
	}
	if n == 0 {
		return nil // it came before
	}
	if c.Kind == "in" {
		if err := s.arrive(ctx, tx, around, c, rules); err != nil {
			return err
		}
	}
	return s.done(ctx, tx, audit.Entry{Verb: "line.checkin", Object: "line:" + l.ID, Detail: c.Kind + " " + c.Method, Subjects: []string{c.Person}, Count: 1})
}

// onPaper says whether the time stood on a sheet: also that of a walk-in.
func (c *CheckIn) onPaper() bool { return c.Method == "paper" || c.Paper != "" || c.PaperAt > 0 }

// fromPaper takes the time from the sheet.
func (c *CheckIn) fromPaper(l *Line) error {
	switch {
	case !c.onPaper():
	case c.PaperAt > 0:
		c.At = time.UnixMilli(c.PaperAt)
	default:
		t, err := time.Parse("15:04", strings.TrimSpace(c.Paper))
		if err != nil {
			return fault.Field("paper", "line.paper_time")
		}
		now := c.At.In(l.zone())
		at := time.Date(now.Year(), now.Month(), now.Day(), t.Hour(), t.Minute(), 0, 0, now.Location())
		if at.After(now) {
			at = at.AddDate(0, 0, -1)
		}
		c.At = at
	}
	return nil
}

// around returns the shifts of the line, and of the caller, in which the mark can lie whoever it is of, the one that begins last first. Errors: Conflict for none: nobody arrives
// at a time when nobody was expected, and nobody but the coordinator enters what is days old.
func (c *CheckIn) around(ctx context.Context, tx *db.Tx, l *Line, caller standing, rules Rules) ([]Shift, error) {
	off := int64(-1) // who leaves may leave what is cancelled
	if c.Kind == "in" {
		off = c.At.UnixMilli()
	}
	all, err := shiftsOf(ctx, tx, "line_id = $1 AND state <> 'draft' AND starts_at <= $2 AND ends_at > $3 AND (state = 'open' OR off_at > $4)",
		l.ID, c.At.Add(rules.captainsIn()).UnixMilli(), c.At.Add(-rules.lateOut()).UnixMilli(), off)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(x Shift) bool { return !caller.over(x.ID) })
	if len(all) == 0 || !caller.coordinates && c.At.Before(tx.Now.Add(-longStale)) {
		return nil, noShiftThen(rules)
	}
	slices.Reverse(all)
	return all, nil
}

func noShiftThen(rules Rules) error {
	return fault.New(fault.Conflict, "line.no_shift_then", "Min", rules.OpenCheckinMin, "Captain", int(rules.captainsIn().Minutes()))
}

// open leaves of the shifts around a mark those that it can lie in for somebody: captains and safety leads come earlier to theirs. Errors: Conflict for none.
func (c *CheckIn) open(ctx context.Context, tx *db.Tx, around []Shift, person string, rules Rules) ([]Shift, error) {
	var out []Shift
	for _, x := range around {
		if x.Starts.After(c.At.Add(rules.checkinOpens())) {
			e, err := mine(ctx, tx, x.ID, person)
			if fault.CodeOf(err) == fault.Missing || err == nil && (e.Role != Captain && e.Role != Safety || e.State == Waiting || e.State == Offered) {
				continue
			} else if err != nil {
				return nil, err
			}
		}
		out = append(out, x)
	}
	if len(out) == 0 {
		return nil, noShiftThen(rules)
	}
	return out, nil
}

// whose resolves a code, which its owner has shown; or takes somebody who is booked on one of the shifts; or, as a walk-in, somebody whom the caller may
// see. Nobody is checked in, and so put on a list with her name, by an id alone. With her come the shifts that are open to her.
func (s *Store) whose(ctx context.Context, tx *db.Tx, around []Shift, c CheckIn, rules Rules) (string, []Shift, error) {
	person, err := s.marked(ctx, tx, c)
	if err != nil {
		return "", nil, err
	}
	if around, err = c.open(ctx, tx, around, person, rules); err != nil {
		return "", nil, err
	}
	if c.Code != "" || c.byName() {
		return person, around, nil
	}
	for i := range around {
		if _, err := mine(ctx, tx, around[i].ID, person); err == nil {
			return person, around, nil
		} else if fault.CodeOf(err) != fault.Missing {
			return "", nil, err
		}
	}
	if c.Method != "walk_in" {
		return "", nil, fault.New(fault.Missing, "scope.person")
	}
	return person, around, s.inReach(ctx, tx, person)
}

func (c *CheckIn) byName() bool { return c.Name != "" && c.Method == "walk_in" }

// marked is who a mark says that it is of, by the record that stands for her now.
func (s *Store) marked(ctx context.Context, tx *db.Tx, c CheckIn) (string, error) {
	if c.Code != "" {
		var owner string
		found, err := db.Found(tx.Row(ctx, `SELECT c.person_id FROM member_code c JOIN person p ON p.id = c.person_id WHERE c.code = $1 AND p.unit_status = 'in'`,
			strings.ToUpper(strings.TrimSpace(c.Code))).Scan(&owner))
		if err != nil {
			return "", fmt.Errorf("read code: %w", err)
		}
		if !found {
			return "", fault.New(fault.Invalid, "line.code_unknown")
		}
		return human(ctx, tx, owner)
	}
	if c.Method == "code" {
		return "", fault.New(fault.Invalid, "line.code_unknown")
	}
	if c.byName() {
		all, err := named(ctx, tx, c.Name) // the mark is on record, last of all: nobody keeps the audit waiting for a booking
		if err == nil && len(all) != 1 {
			err = fault.Field("name", "line.walk_in_unknown")
		}
		if err != nil {
			return "", err
		}
		return all[0], nil
	}
	return human(ctx, tx, c.Person)
}

// arrive marks the booking that a check-in belongs to, or makes one at the line. A check-in before the hour belongs to the shift that begins then
// if she is on it (its window is open 20 minutes before, for who leads it 45), else to the one that runs, else to the next one that she is on.
func (s *Store) arrive(ctx context.Context, tx *db.Tx, around []Shift, c CheckIn, rules Rules) error {
	opens := c.At.Add(rules.checkinOpens())
	for _, early := range []bool{false, true} {
		for i := range around {
			x := &around[i]
			if !c.At.Before(x.Ends) || x.Starts.After(opens) != early {
				continue
			}
			e, err := mine(ctx, tx, x.ID, c.Person)
			if fault.CodeOf(err) == fault.Missing {
				continue
			} else if err != nil {
				return err
			}
			err = s.come(ctx, tx, x, e, c)
			if f, ok := errors.AsType[*fault.Error](err); ok && f.Key == "line.moved_on" { // she cancels at this moment, and is here: as it stands now
				return s.arrive(ctx, tx, around, c, rules)
			}
			return err
		}
	}
	slices.Reverse(around) // the one that began first and still runs
	for i := range around {
		if x := &around[i]; c.At.Before(x.Ends) {
			return s.walkIn(ctx, tx, x, c)
		}
	}
	return nil
}

// come takes a booking on to attended.
func (s *Store) come(ctx context.Context, tx *db.Tx, x *Shift, e *Entry, c CheckIn) error {
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
	return s.walkIn(ctx, tx, x, c)
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

// NewCode gives the caller another code; the one before, wherever it is written or photographed, is nobody's from now on.
func (s *Store) NewCode(ctx context.Context) error {
	person, err := me(ctx)
	if err != nil {
		return err
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM member_code WHERE person_id = $1`, person); err != nil {
			return fmt.Errorf("end code: %w", err)
		}
		if _, err := codeOf(ctx, tx, person); err != nil {
			return err
		}
		return s.done(ctx, tx, audit.Entry{Verb: "shift.code", Object: "person:" + person, Subjects: []string{person}, Count: 1})
	})
}

// FindWalkIn returns the one member of the unit whom the caller may see and who has exactly this name; "" for nobody, for several, and for those whom she
// may not see, alike: nobody learns from it who is in the unit.
func (s *Store) FindWalkIn(ctx context.Context, lineID, name string) (string, error) {
	return db.InTx(ctx, s.d, func(tx *db.Tx) (string, error) {
		if _, _, err := s.lead(ctx, tx, lineID); err != nil {
			return "", err
		}
		all, err := s.called(ctx, tx, lineID, name)
		if err != nil || len(all) != 1 {
			return "", err
		}
		return all[0], nil
	})
}

// called are those whom the caller may see and who have this name, two at most, and puts on record that they were looked for.
func (s *Store) called(ctx context.Context, tx *db.Tx, lineID, name string) ([]string, error) {
	all, err := named(ctx, tx, name)
	if err != nil {
		return nil, fmt.Errorf("find walk-in: %w", err)
	}
	return all, s.done(ctx, tx, audit.Entry{Verb: "line.find", Object: "line:" + lineID, Subjects: all, Count: len(all)})
}

// MarkAbsent says, for the captain and from half an hour after the start, that somebody did not come. A later check-in overrides it.
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
		if tx.Now.Before(x.Starts.Add(minutes(rules.AbsentMin))) {
			return fault.New(fault.Conflict, "line.absent_early", "Min", rules.AbsentMin)
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
