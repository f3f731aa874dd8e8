// SPDX-License-Identifier: Apache-2.0

package picket

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/tenday/tenday/flow"
)

// Result is a plan: who stands where, how good that is and what is proven of it.
type Result struct {
	Placements []Placement // by start of the shift, site, role, member
	Levels     []Value     // in order
	Shortages  []Shortage  // needs below their target, in the order of needs
	Unplaced   []Left      // everyone without a place, by member
	Changes    []Change    // of a replan: what became of the places that still held; nil in a plan

	mode   Mode      // of a replan
	now    time.Time // of a replan
	in     *Input
	m      *model
	k      *network
	live   *flow.Live
	teams  []teamAt // where teams stand: they are not in the network
	placed []int    // see counts
}

// Placement is one person in one place. Member, Site and Shift are indices into the Input.
type Placement struct {
	Member, Site, Shift int32
	Role                Role
	State               State
	Minutes             int
	Answer              Answer
}

// State is how far a placement has got with its person.
type State string

// The states of a placement that a plan keeps.
const (
	Draft     State = "draft"
	Notified  State = "notified"
	Confirmed State = "confirmed"
	CheckedIn State = "checked_in"
)

// Value is a level of the plan. Bound is the best that any plan can reach, without teams and with no more shifts each than rest allows. It is
// known only while every earlier level equals its bound: after the first gap Known is false.
type Value struct {
	Level        Level
	Value, Bound int64
	Known        bool
}

// Shortage is a need that has fewer people than its target.
type Shortage struct {
	Need   Need
	Placed int
}

// Left is a member without a place, and why.
type Left struct {
	Member int32
	Reason Reason
}

// Plan makes the best plan. Without teams, and as long as nobody's shifts come too close to each other, it is proven best level by level; with
// them the values say how far it can be from the best. Errors: the context's, flow.ErrRange if levels do not fit 64 bits.
func Plan(ctx context.Context, in *Input) (*Result, error) { return newModel(in).plan(ctx) }

func (m *model) plan(ctx context.Context) (*Result, error) {
	k, err := m.build(func(int32) bool { return false })
	if err != nil {
		return nil, err
	}
	s, err := k.solve(ctx)
	if err != nil {
		return nil, err
	}
	r := &Result{in: m.in, m: m, k: k}
	chosen := k.chosen(s.Flow)
	bound := m.value(chosen)
	if len(m.in.Teams) > 0 && m.in.Policy.UseTeams || m.broken(chosen) {
		if chosen, err = r.arrange(ctx); err != nil {
			return nil, err
		}
	} else {
		r.live = flow.NewLive(k.p, s)
	}
	r.report(chosen, bound)
	return r, nil
}

// report fills in what a Result says.
func (r *Result) report(chosen []int32, bound Levels) {
	m := r.m
	value := m.value(chosen)
	known := true
	for _, l := range m.order {
		r.Levels = append(r.Levels, Value{l, value[l], bound[l], known})
		known = known && value[l] == bound[l]
	}
	placed, shifts := make([]int, len(m.needs)), make([]int, len(m.in.Members))
	for _, at := range chosen {
		o := &m.options[at]
		n := &m.needs[o.need]
		placed[o.need]++
		shifts[o.member]++
		r.Placements = append(r.Placements, Placement{
			o.member, n.Site, n.Shift, n.Role, Draft, int(o.minutes), m.in.Answers[Slot{o.member, n.Shift}],
		})
	}
	slices.SortFunc(r.Placements, func(a, b Placement) int {
		return cmp.Or(cmp.Compare(a.Shift, b.Shift), cmp.Compare(a.Site, b.Site), cmp.Compare(a.Role, b.Role), cmp.Compare(a.Member, b.Member))
	})
	for n := range m.needs {
		if placed[n] < m.needs[n].Target {
			r.Shortages = append(r.Shortages, Shortage{m.needs[n], placed[n]})
		}
	}
	for i, x := range shifts {
		if x > 0 {
			continue
		}
		why := m.reasons[i]
		if why == "" {
			why = m.spare(int32(i), placed)
		}
		r.Unplaced = append(r.Unplaced, Left{int32(i), why})
	}
}

// spare says why someone who could be placed is not.
func (m *model) spare(member int32, placed []int) Reason {
	for _, o := range m.of(member) {
		if placed[o.need] < m.needs[o.need].Max {
			return NotNeeded
		}
	}
	return Full
}

// broken says whether anyone has too little rest between two of the chosen options.
func (m *model) broken(chosen []int32) bool {
	return len(m.clashes(chosen)) > 0
}

// clashes returns the pairs of one person's chosen options that do not leave enough rest, unless both are pinned. Options are by member, so pairs are near.
func (m *model) clashes(chosen []int32) (pairs [][2]int32) {
	for i, a := range chosen {
		for _, b := range chosen[i+1:] {
			x, y := &m.options[a], &m.options[b]
			if x.member != y.member {
				break
			}
			if !(x.pinned && y.pinned) && !m.rested(&m.needs[x.need], &m.needs[y.need]) {
				pairs = append(pairs, [2]int32{a, b})
			}
		}
	}
	return pairs
}
