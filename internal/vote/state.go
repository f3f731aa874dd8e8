// SPDX-License-Identifier: Apache-2.0

package vote

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// State is where a vote stands: the state of its newest step.
type State string

// Event is what moves a vote on.
type Event string

// The states and events.
const (
	Drafted   State = "draft"      // its officer still changes it
	Rolled    State = "roll"       // the roll is frozen; keys and credentials are made, challenges decided
	Sealed    State = "sealed"     // the archive has begun: nothing about the vote can change; it waits for its hour
	Open      State = "open"       // ballots are taken
	Counting  State = "counting"   // closed; the trustees decrypt
	Counted   State = "counted"    // the result is on the board
	Certified State = "certified"  // an officer has declared the outcome, paper ballots included
	CalledOff State = "called_off" // with a reason

	begin   Event = "draft"
	freeze  Event = "freeze"
	seal    Event = "seal"
	open    Event = "open"
	closing Event = "close"
	count   Event = "count"
	certify Event = "certify"
	callOff Event = "call_off"
)

// next is the whole life of a vote; docs/states.md is drawn from it.
var next = map[State]map[Event]State{
	"":        {begin: Drafted},
	Drafted:   {freeze: Rolled, callOff: CalledOff},
	Rolled:    {seal: Sealed, callOff: CalledOff},
	Sealed:    {open: Open, callOff: CalledOff},
	Open:      {closing: Counting, callOff: CalledOff},
	Counting:  {count: Counted, callOff: CalledOff}, // while nobody has decrypted: see mayCallOff
	Counted:   {certify: Certified},
	Certified: {},
	CalledOff: {},
}

// Next returns the state that e leads to, or a Conflict that names where the vote stands.
func (s State) Next(e Event) (State, error) {
	if to, ok := next[s][e]; ok {
		return to, nil
	}
	return "", fault.New(fault.Conflict, "vote.step_refused", "State", string(s), "Event", string(e))
}

// States returns every state, sorted.
func States() []State {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(next)), func(s State) bool { return s == "" })
}

// Past tells whether a vote in state s has come to be at least in state t, for what pages may show.
func (s State) Past(t State) bool {
	order := []State{Drafted, Rolled, Sealed, Open, Counting, Counted, Certified}
	return slices.Index(order, s) >= slices.Index(order, t)
}

// The primary key (vote_id, seq) makes sqlLastStep one probe, and lets one of two officers at once win sqlStep.
const (
	sqlLastStep = `SELECT seq, state FROM vote_step WHERE vote_id = $1 ORDER BY seq DESC LIMIT 1`
	sqlStep     = `INSERT INTO vote_step (vote_id, seq, event, state, note, ask_id, by_account, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`
)

// stateOf returns the newest step. Errors: Missing.
func stateOf(ctx context.Context, tx *db.Tx, id string) (seq int, s State, err error) {
	ok, err := db.Found(tx.Row(ctx, sqlLastStep, id).Scan(&seq, &s))
	if err != nil {
		return 0, "", fmt.Errorf("read state of vote: %w", err)
	}
	if !ok {
		return 0, "", errMissing()
	}
	return seq, s, nil
}

// step appends e and returns the state that it leads to. ask is what two people agreed on, "" for an act of one or of the clock. Errors:
// Missing, Conflict.
func step(ctx context.Context, tx *db.Tx, id string, e Event, note, ask string) (State, error) {
	seq, from, err := stateOf(ctx, tx, id)
	if err != nil && e != begin {
		return "", err
	}
	to, err := from.Next(e)
	if err != nil {
		return "", err
	}
	_, err = tx.Exec(ctx, sqlStep, id, seq+1, string(e), string(to), note, ask, audit.By(ctx).Account, tx.Now.UnixMilli())
	if db.IsUnique(err) {
		return "", fault.New(fault.Conflict, "vote.changed_meanwhile")
	}
	if err != nil {
		return "", fmt.Errorf("append step of vote: %w", err)
	}
	tx.Touch(Topic)
	return to, nil
}

// Topic is touched by whatever changes a vote.
const Topic = "vote"

func errMissing() error { return fault.New(fault.Missing, "vote.missing") }
