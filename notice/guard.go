// SPDX-License-Identifier: Apache-2.0

package notice

import (
	"fmt"
	"math"
	"time"
)

// The states of a guard.
const (
	GuardFar       = "far"        // more than 24 hours to go
	GuardNear      = "near"       // within 24 hours
	GuardImminent  = "imminent"   // within 15 minutes
	GuardGo        = "go"         // the stated minute
	GuardTooLate   = "too_late"   // past it, and nobody is out
	GuardStarted   = "started"    // somebody is out
	GuardNoNotice  = "no_notice"  // nothing states a time
	GuardCalledOff = "called_off" // the act is cancelled
)

// GuardState is the clock on the day, tenday.notice.guard/1. It speaks of the stated minute alone: whether the notice was in time
// is for Evaluate.
type GuardState struct {
	Schema         string `json:"schema"`
	Action         string `json:"action"`
	Stated         string `json:"stated"`
	Now            string `json:"now"`
	MinutesToStart int    `json:"minutes_to_start"` // whole minutes, rounded up: 0 is the stated minute, negative is past it
	State          string `json:"state"`
	Say            string `json:"say"`
	Disclaimer     string `json:"disclaimer"`
}

// JSON returns the state, indented by one space and ended by a line feed.
func (g GuardState) JSON() []byte { return marshal(g) }

// Guard compares now with the start that the papers state for action. Only an extension that both signed before the stated time,
// and not after now, moves it. At sites in several zones the earliest start counts; times are shown in its zone. The error is an
// *InputError with the code E-REF.
func Guard(f *Facts, action string, now time.Time) (GuardState, error) {
	a := f.action(action)
	if a == nil {
		return GuardState{}, inputErr(eRef, "there is no action %q", action)
	}
	act := newAct(f, a)
	g := GuardState{Schema: "tenday.notice.guard/1", Action: action, Now: momentText(now, act.zone), Disclaimer: Disclaimer}
	if a.State == "cancelled" {
		g.State, g.Say = GuardCalledOff, "This act is called off. Do not walk out."
		return g, nil
	}
	st := act.stated(f, func(m Moment) bool { return !m.End().After(now) })
	if !st.timed {
		g.State, g.Say = GuardNoNotice, "No notice on file states a time for this act. Do not walk out: ask the strike committee."
		return g, nil
	}
	at := earliest(begin(f, st.start, st.announce.StartScope, a.Sites))
	g.Stated = momentText(at.at, at.zone)
	g.MinutesToStart = int(math.Ceil(at.at.Sub(now).Minutes()))
	clock := at.at.In(at.zone).Format("15:04 on 2 January")
	switch m := g.MinutesToStart; {
	case a.State == "ended":
		g.State, g.Say = GuardStarted, "The act is over."
	case a.State == "underway":
		g.State, g.Say = GuardStarted, "The act has started."
	case m < 0:
		g.State = GuardTooLate
		g.Say = fmt.Sprintf("The stated time, %s, passed %s ago. Do not walk out. Not without a writing both have signed.", clock,
			plural(-m, "minute", "minutes"))
	case m == 0:
		g.State, g.Say = GuardGo, "This is the stated minute: "+clock+"."
	case m <= 15:
		g.State, g.Say = GuardImminent, fmt.Sprintf("%s to go. Nobody goes out before %s.", plural(m, "minute", "minutes"), clock)
	case m <= minutesADay:
		g.State, g.Say = GuardNear, "The stated time is "+clock+"."
	default:
		g.State, g.Say = GuardFar, "The stated time is "+clock+", more than a day away."
	}
	return g, nil
}
