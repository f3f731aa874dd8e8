// SPDX-License-Identifier: Apache-2.0

package picket

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"
)

// Mode is what a replan puts first.
type Mode string

// Direct adds people and calls standbys, but moves nobody; Disturbance moves people only to save a minimum or a captain; Cost makes the
// best plan and, among equals, the one nearest to the old.
const (
	Direct      Mode = "direct"
	Disturbance Mode = "disturbance"
	Cost        Mode = "cost"
)

var modeOrders = map[Mode]Order{
	Direct:      {ShortCaptain, ShortMin, Disturbed, ShortTarget, Spread, Unplaced, ExtraShifts, BurdenMin},
	Disturbance: {ShortCaptain, ShortMin, Disturbed, ShortTarget, Spread, Unplaced, ExtraShifts, BurdenMin},
	Cost:        {ShortCaptain, ShortMin, ShortTarget, Spread, Unplaced, ExtraShifts, BurdenMin, Disturbed},
}

const (
	callTime  = 15 * time.Minute // from a call to leaving
	worthSpan = 60 * time.Minute // of a running shift that must be left on arrival
)

// spot is where a placement is.
type spot struct {
	member, site, shift int32
	role                Role
}

// Replan repairs a plan after events, applied in their order. now is an instant. Earlier placements who are checked in, or in a shift that has
// started or starts within the policy's freeze, stay (standbys excepted); into such a shift only standbys still come, if they arrive
// an hour before its end. Shifts that have ended leave the problem and the plan. When someone of a team has left, the others stay where
// they are.
//
// Placements keep their states; new and moved ones are drafts. Errors: *EventError; those of Plan.
func Replan(ctx context.Context, in *Input, earlier []Placement, events []Event, now time.Time, mode Mode) (*Result, error) {
	p := &replan{in: in.copied(), now: now, mode: mode, kept: map[spot]State{}, stays: map[spot]bool{}}
	if err := p.begin(earlier, events); err != nil {
		return nil, err
	}
	p.dropEnded()
	m := p.model()
	r, err := m.plan(ctx)
	if err != nil {
		return nil, err
	}
	for i := range r.Placements {
		q := &r.Placements[i]
		if s, ok := p.kept[spot{q.Member, q.Site, q.Shift, q.Role}]; ok {
			q.State = s
		}
	}
	r.mode, r.now, r.Changes = mode, now, p.changes(r)
	return r, nil
}

// replan is one under way. kept are the earlier placements that still hold, stays those of teams that someone has left.
type replan struct {
	in    *Input
	now   time.Time
	mode  Mode
	kept  map[spot]State
	stays map[spot]bool
}

// begin takes the earlier plan and what has happened since.
func (p *replan) begin(earlier []Placement, events []Event) error {
	for _, e := range earlier {
		p.kept[spot{e.Member, e.Site, e.Shift, e.Role}] = e.State
	}
	for _, e := range events {
		if err := p.apply(e); err != nil {
			return err
		}
	}
	return nil
}

// copied is a copy as deep as events reach.
func (in *Input) copied() *Input {
	c := *in
	c.Needs, c.Answers = slices.Clone(in.Needs), maps.Clone(in.Answers)
	c.Members, c.Teams = slices.Clone(in.Members), slices.Clone(in.Teams)
	return &c
}

func (p *replan) apply(e Event) error {
	in := p.in
	switch e.Kind {
	case DropOut, NoShow:
		if gone := p.leave(e.Member, e.Shift); e.Kind == NoShow && !gone {
			return &EventError{e.Line, "no such placement"}
		}
	case Available:
		in.Answers[Slot{e.Member, e.Shift}] = e.Answer
	case NeedChange:
		n := Need{e.Site, e.Shift, e.Role, e.Min, e.Target, e.Max}
		at := slices.IndexFunc(in.Needs, func(o Need) bool { return o.Site == n.Site && o.Shift == n.Shift && o.Role == n.Role })
		if at < 0 {
			in.Needs = append(in.Needs, n)
			in.sortNeeds()
		} else {
			in.Needs[at] = n
		}
	case CloseSite:
		shut := func(site, shift int32) bool { return site == e.Site && (e.Shift < 0 || shift == e.Shift) }
		in.Needs = slices.DeleteFunc(in.Needs, func(n Need) bool { return shut(n.Site, n.Shift) })
		maps.DeleteFunc(p.kept, func(s spot, _ State) bool { return shut(s.site, s.shift) })
	case Notify, Confirm, CheckIn:
		states := map[Kind]State{Notify: Notified, Confirm: Confirmed, CheckIn: CheckedIn}
		for s := range p.kept {
			if s.member == e.Member && s.site == e.Site && s.shift == e.Shift {
				p.kept[s] = states[e.Kind]
				return nil
			}
		}
		return &EventError{e.Line, "no such placement"}
	default:
		return &EventError{e.Line, "unknown kind"}
	}
	return nil
}

// leave takes a member out of a shift, or all (-1), and says whether she had a place there.
func (p *replan) leave(member, shift int32) (gone bool) {
	for s := range p.in.Shifts {
		if shift < 0 || int32(s) == shift {
			delete(p.in.Answers, Slot{member, int32(s)})
		}
	}
	maps.DeleteFunc(p.kept, func(s spot, _ State) bool {
		hit := s.member == member && (shift < 0 || s.shift == shift)
		gone = gone || hit
		return hit
	})
	return gone
}

// dropEnded takes what is over out of the problem; each shift worked counts against its member's limit.
func (p *replan) dropEnded() {
	over := func(site, shift int32) bool { return !p.in.Shifts[shift].At[site].End.After(p.now) }
	p.in.Needs = slices.DeleteFunc(p.in.Needs, func(n Need) bool { return over(n.Site, n.Shift) })
	maps.DeleteFunc(p.kept, func(s spot, _ State) bool {
		if over(s.site, s.shift) {
			p.in.Members[s.member].MaxShifts = max(p.in.Members[s.member].MaxShifts-1, 0)
			return true
		}
		return false
	})
}

// model is the input's, with what the earlier placements pin, spare and shut.
func (p *replan) model() *model {
	p.splitTeams()
	p.makeRoom()
	m := newModel(p.in)
	m.order = modeOrders[p.mode]
	had := map[Slot]spot{}
	for s, state := range p.kept {
		had[Slot{s.member, s.shift}] = s
		m.owed += points(state)
	}
	m.keep(p.kept)
	for i := range m.options {
		o := &m.options[i]
		n := &m.needs[o.need]
		s, ok := had[Slot{o.member, n.Shift}]
		frozen := p.frozen(n)
		if same := ok && s.site == n.Site && s.role == n.Role; same {
			o.kept, o.points, o.pinned = true, -int32(points(p.kept[s])), p.pins(s)
			continue
		}
		if ok && s.role == Standby {
			o.points = -int32(points(p.kept[s]))
		} else if ok && s.site == n.Site {
			o.points = -int32(max(points(p.kept[s])-1, 0))
		}
		o.shut = frozen && !p.reaches(o, n)
	}
	return m
}

// points are what changing a placement costs.
func points(s State) int64 {
	switch s {
	case Notified:
		return 1
	case Confirmed, CheckedIn:
		return 10
	}
	return 0
}

func (p *replan) frozen(n *Need) bool {
	freeze := time.Duration(p.in.Policy.FreezeMin) * time.Minute
	return !p.in.Shifts[n.Shift].At[n.Site].Start.After(p.now.Add(freeze))
}

// reaches says whether someone called now still comes to a frozen shift: only standbys are called.
func (p *replan) reaches(o *option, n *Need) bool {
	arrives := p.now.Add(callTime + time.Duration(o.minutes)*time.Minute)
	latest := p.in.Shifts[n.Shift].At[n.Site].End.Add(-worthSpan)
	return p.in.Members[o.member].Standby && !arrives.After(latest)
}

// pins says whether an earlier placement must stay; a team does if one of its people must.
func (p *replan) pins(s spot) bool {
	n := Need{Site: s.site, Shift: s.shift}
	stays := func(s spot) bool {
		return p.stays[s] || p.kept[s] == CheckedIn || s.role != Standby && (p.mode == Direct || p.frozen(&n))
	}
	if t := p.in.Members[s.member].Team; t >= 0 && p.in.Policy.UseTeams {
		for _, mate := range p.in.Teams[t].Members {
			for r := range Standby {
				if mine := (spot{mate, s.site, s.shift, r}); p.holds(mine) && stays(mine) {
					return true
				}
			}
		}
	}
	return stays(s)
}

func (p *replan) holds(s spot) bool { _, ok := p.kept[s]; return ok }

// splitTeams ends the teams of which some have a place that others have lost; who has one stays.
func (p *replan) splitTeams() {
	if !p.in.Policy.UseTeams {
		return
	}
	type siteShift struct{ site, shift int32 }
	for t, team := range p.in.Teams {
		at := map[siteShift][]spot{}
		for s := range p.kept {
			if slices.Contains(team.Members, s.member) {
				at[siteShift{s.site, s.shift}] = append(at[siteShift{s.site, s.shift}], s)
			}
		}
		split := false
		for _, spots := range at {
			split = split || len(spots) < len(team.Members)
		}
		if !split {
			continue
		}
		for _, spots := range at {
			for _, s := range spots {
				p.stays[s] = true
			}
		}
		for _, i := range team.Members {
			p.in.Members[i].Team = -1
		}
		p.in.Teams[t].Members = nil
	}
}

// makeRoom raises the maximum of needs that have more people pinned than they allow.
func (p *replan) makeRoom() {
	pinned := map[Need]int{}
	for s := range p.kept {
		if p.pins(s) {
			pinned[Need{Site: s.site, Shift: s.shift, Role: s.role}]++
		}
	}
	for i := range p.in.Needs {
		n := &p.in.Needs[i]
		n.Max = max(n.Max, pinned[Need{Site: n.Site, Shift: n.Shift, Role: n.Role}])
	}
}

// keep adds an option for each earlier placement that the input no longer allows (an answer or a limit may have changed since): whoever is
// there may stay.
func (m *model) keep(kept map[spot]State) {
	have := map[spot]bool{} // of those kept: options are many more
	for _, o := range m.options {
		n := &m.needs[o.need]
		s := spot{o.member, n.Site, n.Shift, n.Role}
		if _, ok := kept[s]; ok {
			have[s] = true
		}
	}
	need := map[spot]int32{} // by what it is of; there is one
	for k := range m.needs {
		n := &m.needs[k]
		need[spot{-1, n.Site, n.Shift, n.Role}] = int32(k)
	}
	var more []option
	for s := range kept {
		k, ok := need[spot{-1, s.site, s.shift, s.role}]
		if !ok || have[s] {
			continue
		}
		n, who := &m.needs[k], &m.in.Members[s.member]
		minutes, _ := m.in.Minutes(who.ZIP, s.site)
		o := option{member: s.member, need: k, minutes: int32(minutes)}
		o.burden = m.in.burden(who, n, m.in.Answers[Slot{s.member, s.shift}], o.minutes)
		more = append(more, o)
	}
	if len(more) == 0 {
		return
	}
	before := func(a, b option) int { return cmp.Or(cmp.Compare(a.member, b.member), cmp.Compare(a.need, b.need)) }
	slices.SortFunc(more, before)
	all := make([]option, 0, len(m.options)+len(more))
	for _, o := range m.options { // they are in this order: few are laid between many
		for len(more) > 0 && before(more[0], o) < 0 {
			all, more = append(all, more[0]), more[1:]
		}
		all = append(all, o)
	}
	all = append(all, more...)
	m.options = all
	at := int32(0)
	for i := range m.in.Members {
		for m.first[i] = at; int(at) < len(m.options) && m.options[at].member == int32(i); at++ {
		}
	}
	m.first[len(m.in.Members)] = at
}

// Assess counts the levels of earlier placements as they stand at an instant, in the order of a plan: what a new plan is compared with.
func Assess(in *Input, earlier []Placement, now time.Time) ([]Value, error) {
	p := &replan{in: in.copied(), now: now, mode: Direct, kept: map[spot]State{}, stays: map[spot]bool{}}
	if err := p.begin(earlier, nil); err != nil {
		return nil, err
	}
	p.dropEnded()
	m := p.model()
	l := m.value(newFilling(m).chosen)
	var all []Value
	for _, k := range planOrder {
		all = append(all, Value{Level: k, Value: l[k]})
	}
	return all, nil
}
