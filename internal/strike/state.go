// SPDX-License-Identifier: Apache-2.0

package strike

import (
	"maps"
	"slices"

	"github.com/tenday/tenday/internal/fault"
)

// State is where an action stands.
type State string

// The states, from plan to return.
const (
	Draft     State = "draft"
	Planned   State = "planned"
	Noticed   State = "noticed"
	On        State = "on"
	Ended     State = "ended"
	Suspended State = "suspended"
	Settled   State = "settled"
	CalledOff State = "called_off"
	Closed    State = "closed"
)

// States lists them in the order of a life.
var States = []State{Draft, Planned, Noticed, On, Ended, Suspended, Settled, CalledOff, Closed}

// Event is what moves an action on.
type Event string

// The events.
const (
	Plan    Event = "plan"     // what is to happen is said: start, sites
	Rework  Event = "rework"   // back to the drawing board, before anything was sent
	Serve   Event = "serve"    // reviewed, signed off, received and proved
	Begin   Event = "begin"    // the stated minute, after two people's Go
	End     Event = "end"      // the stated end, or two people's word
	Suspend Event = "suspend"  // off while it runs
	Settle  Event = "settle"   // off by an agreement
	CallOff Event = "call_off" // off before it begins
	Close   Event = "close"    // everybody is back, everything is counted
)

// The events that leave the state as it is: two people move a fact. They stand in no table; amend says when they may happen.
const (
	Extend   Event = "extend"    // the start, by a writing that both parties signed: 29 U.S.C. 158(g)
	MoveEnd  Event = "move_end"  // the end, once a copy of the notice has left
	FirstOut Event = "first_out" // the minute at which the first person went out
	Correct  Event = "correct"   // an answer that the served notice rests on
)

// Events lists them in the order of a life.
var Events = []Event{Plan, Rework, Serve, Begin, End, Suspend, Settle, CallOff, Close}

// Actor is who may bring an event about.
type Actor string

// The actors.
const (
	OnePerson  Actor = "one"   // strike.act
	TwoPeople  Actor = "two"   // strike.act asks, strike.confirm confirms
	Clock      Actor = "clock" // the stated time alone
	ClockOrTwo Actor = "clock_or_two"
)

// Step is where an event leads and who brings it about.
type Step struct {
	To  State
	By  Actor
	Off bool // everything downstream stops
}

// life is the whole life of an action; docs/states.md is drawn from it. What is not in it does not happen.
var life = map[State]map[Event]Step{
	Draft:   {Plan: {To: Planned, By: OnePerson}},
	Planned: {Rework: {To: Draft, By: OnePerson}, Serve: {To: Noticed, By: TwoPeople}, CallOff: {To: CalledOff, By: TwoPeople}},
	Noticed: {
		Begin: {To: On, By: Clock}, CallOff: {To: CalledOff, By: TwoPeople, Off: true},
		Settle: {To: Settled, By: TwoPeople, Off: true},
	},
	On: {
		End: {To: Ended, By: ClockOrTwo}, Suspend: {To: Suspended, By: TwoPeople, Off: true},
		Settle: {To: Settled, By: TwoPeople, Off: true},
	},
	Ended:     {Close: {To: Closed, By: OnePerson}},
	Suspended: {Close: {To: Closed, By: OnePerson}},
	Settled:   {Close: {To: Closed, By: OnePerson}},
}

// never says of steps that people ask for why there is none; the other refusals say what is possible.
var never = map[State]map[Event]string{
	Suspended: {Begin: "strike.never.resume"},
	Noticed:   {Rework: "strike.never.edit_served", Plan: "strike.never.edit_served"},
	Ended:     {Begin: "strike.never.second_strike"},
	CalledOff: {Serve: "strike.never.revive"},
	Draft:     {Serve: "strike.never.plan_first"},
	Closed:    {Begin: "strike.never.final"},
}

// Next returns the step that e is from s. Errors: Conflict, which says why not.
func (s State) Next(e Event) (Step, error) {
	if step, ok := life[s][e]; ok {
		return step, nil
	}
	if key := never[s][e]; key != "" {
		return Step{}, fault.New(fault.Conflict, key)
	}
	return Step{}, fault.New(fault.Conflict, "strike.refused."+string(s))
}

// Allowed returns the events that may happen in s, in the order of a life.
func (s State) Allowed() []Event {
	allowed := slices.Collect(maps.Keys(life[s]))
	slices.SortFunc(allowed, func(a, b Event) int { return slices.Index(Events, a) - slices.Index(Events, b) })
	return allowed
}

// Over tells whether nothing more is to happen to those who were to take part.
func (s State) Over() bool {
	return s == Ended || s == Suspended || s == Settled || s == CalledOff || s == Closed
}
