// SPDX-License-Identifier: Apache-2.0

package line

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// State is where a booking stands.
type State string

// The states. Booked, SwapOffered and Offered hold a place; Waiting holds a number.
const (
	Booked      State = "booked"
	Waiting     State = "waitlist"
	Offered     State = "offered"      // a place is held for her, for a while
	SwapOffered State = "swap_offered" // booked, and looking for somebody else
	Off         State = "cancelled"
	Attended    State = "attended"
	Absent      State = "absent"
)

// Event is what moves a booking on.
type Event string

// The events.
const (
	Leave    Event = "leave"    // by herself, her captain, or because the shift is off
	Hold     Event = "hold"     // a place is free for her
	Lapse    Event = "lapse"    // she did not take it in time
	Take     Event = "take"     // she takes it
	Seek     Event = "seek"     // she looks for somebody else
	Keep     Event = "keep"     // she takes that back, or time is up
	Arrive   Event = "arrive"   // checked in
	Miss     Event = "miss"     // the captain says, from half an hour after the start, that she did not come
	HandOver Event = "handover" // the captain approved who comes instead
)

// next is the whole life of a booking. Walk-ins are a booking made at the line, then attended.
var next = map[State]map[Event]State{
	Booked:      {Leave: Off, Seek: SwapOffered, Arrive: Attended, Miss: Absent},
	Waiting:     {Leave: Off, Hold: Offered},
	Offered:     {Leave: Off, Lapse: Waiting, Take: Booked},
	SwapOffered: {Leave: Off, Keep: Booked, HandOver: Off, Arrive: Attended, Miss: Absent},
	Absent:      {Arrive: Attended},
}

// Next returns the state that e leads to. Errors: Conflict, with what is possible.
func (s State) Next(e Event) (State, error) {
	if to, ok := next[s][e]; ok {
		return to, nil
	}
	return "", &fault.Error{Code: fault.Conflict, Key: "line.step_refused", Args: map[string]any{
		"State": string(s), "Event": string(e), "Allowed": slices.Sorted(maps.Keys(next[s])),
	}}
}

// Entry is one person's booking of one shift.
type Entry struct {
	ID         string    `json:"id"`
	Shift      string    `json:"shift"`
	Person     string    `json:"person"`
	Role       Role      `json:"role"`
	State      State     `json:"state"`
	Source     string    `json:"source"` // self, plan, captain, walk_in
	Held       bool      `json:"-"`      // stands for a place: those who wait, walk in or were absent do not
	Ticket     int       `json:"-"`
	OfferUntil time.Time `json:"offer_until,omitzero"`
	Confirmed  time.Time `json:"confirmed,omitzero"`
	Told       bool      `json:"confirmed_by_captain,omitempty"` // she told her captain, who recorded it
	WantsOut   bool      `json:"wants_out,omitempty"`            // asked to be replaced
	Seq        int       `json:"-"`
	Number     int       `json:"number,omitempty"` // in the waiting list, from 1
}

// bookings is the lock that all share who change bookings, before they hold a row of any. Who ends those of whole shifts has it alone: nobody books meanwhile, and
// what was read of them holds.
const bookings = "line:bookings"

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// addEntry writes a new booking and its first step.
func addEntry(ctx context.Context, tx *db.Tx, e *Entry, why string) error {
	e.ID = newID()
	_, err := tx.Exec(ctx, `INSERT INTO shift_entry (id, shift_id, person_id, role, state, source, held, ticket, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		e.ID, e.Shift, e.Person, string(e.Role), string(e.State), e.Source, bit(e.Held), e.Ticket, tx.Now.UnixMilli())
	if db.IsUnique(err) {
		return fault.New(fault.Conflict, "line.twice")
	}
	if err != nil {
		return fmt.Errorf("book: %w", err)
	}
	return step(ctx, tx, e, "", why)
}

// move takes a booking on; who gets a place that it held is the caller's to say. The condition on its state lets one of two at once win, and that on its role
// counts the place that she leaves. Errors: Conflict.
func move(ctx context.Context, tx *db.Tx, e *Entry, by Event, why string) error {
	to, err := e.State.Next(by)
	if err != nil {
		return err
	}
	from := e.State
	switch by {
	case Hold:
		e.Held = true
	case Lapse, Leave, HandOver, Miss:
		e.Held = false
	}
	wants := ""
	if e.WantsOut {
		wants = "wants_out"
	}
	until := int64(0)
	if !e.OfferUntil.IsZero() {
		until = e.OfferUntil.UnixMilli()
	}
	if err := tx.Share(ctx, bookings); err != nil {
		return fmt.Errorf("share bookings: %w", err)
	}
	n, err := tx.ExecN(ctx, `UPDATE shift_entry SET state = $1, ticket = $2, offer_until = $3, note = $4, held = $5, seq = seq + 1
		WHERE id = $6 AND state = $7 AND role = $8`, string(to), e.Ticket, until, wants, bit(e.Held), e.ID, string(from), string(e.Role))
	if err != nil {
		return fmt.Errorf("move booking: %w", err)
	}
	if n == 0 {
		return fault.New(fault.Conflict, "line.moved_on")
	}
	e.State = to
	e.Seq++
	return step(ctx, tx, e, from, why)
}

// step appends what happened.
func step(ctx context.Context, tx *db.Tx, e *Entry, from State, why string) error {
	_, err := tx.Exec(ctx, `INSERT INTO shift_step (entry_id, seq, from_state, to_state, why, by_account, at)
		SELECT $1, COALESCE(MAX(seq), 0) + 1, CAST($2 AS TEXT), CAST($3 AS TEXT), CAST($4 AS TEXT), CAST($5 AS TEXT), CAST($6 AS BIGINT) FROM shift_step WHERE entry_id = $7`,
		e.ID, string(from), string(e.State), why, audit.By(ctx).Account, tx.Now.UnixMilli(), e.ID)
	if err != nil {
		return fmt.Errorf("note step: %w", err)
	}
	tx.Touch(Topic)
	return nil
}
