// SPDX-License-Identifier: Apache-2.0

package picket

import (
	"cmp"
	"slices"
)

// Change is what a replan does to one person in one shift. From or To is nil where she had, or has, no place; if both are there, site or
// role differ. Points is what it disturbs: see Replan.
type Change struct {
	Member, Shift int32
	From, To      *Placement
	Points        int64
}

// changes compares the places that still held after the events with those of the plan: by shift, then member.
func (p *replan) changes(r *Result) []Change {
	now := map[Slot]*Placement{}
	for i := range r.Placements {
		q := &r.Placements[i]
		now[Slot{q.Member, q.Shift}] = q
	}
	all := []Change{}
	for s, state := range p.kept {
		slot := Slot{s.member, s.shift}
		to := now[slot]
		delete(now, slot)
		if to != nil && to.Site == s.site && to.Role == s.role {
			continue
		}
		minutes, _ := p.in.Minutes(p.in.Members[s.member].ZIP, s.site)
		c := Change{Member: s.member, Shift: s.shift, To: to, Points: points(state), From: &Placement{
			Member: s.member, Site: s.site, Shift: s.shift, Role: s.role, State: state, Minutes: minutes, Answer: p.in.Answers[slot],
		}}
		switch {
		case to != nil && s.role == Standby:
			c.Points = 0
		case to != nil && to.Site == s.site:
			c.Points = min(points(state), 1)
		}
		all = append(all, c)
	}
	for slot, to := range now {
		all = append(all, Change{Member: slot.Member, Shift: slot.Shift, To: to})
	}
	slices.SortFunc(all, func(a, b Change) int {
		return cmp.Or(cmp.Compare(a.Shift, b.Shift), cmp.Compare(a.Member, b.Member))
	})
	return all
}
