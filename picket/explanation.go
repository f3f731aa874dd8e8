// SPDX-License-Identifier: Apache-2.0

package picket

import "slices"

// Sentence is one thing to say to a member about her places. Key names it; the other fields are what it speaks of, zero or -1 where it
// speaks of nothing such. It never tells another person's name, state or reason.
//
// Keys: placed; the alt.… of Alternative; if_needed, extra, team, ban about those who may be placed; un.duty, un.max_shifts, un.no_hours,
// un.ban, un.too_far, un.no_place, un.full, un.not_needed about those who have no place.
type Sentence struct {
	Key         string
	Site, Shift int32 // where and when: of the place, or of the alternative; of un.too_far the nearest site
	Role        Role
	Minutes     int   // from the member's ZIP to Site, an estimate
	Hurt        *Need // alt.captain, alt.min, alt.target, alt.spread: the need that would suffer; if_needed: the one she is needed for
	Amount      int64 // alt.target: places; alt.burden: minutes; extra: which shift it is; alt.full: people there now
	Of          int   // extra: shifts offered; alt.full: most people; un.too_far: her limit in minutes; if_needed: 1 minimum, 2 target
	Delta       Levels
}

// Say explains to a member where she is, and what any other place would change. First her places, then alternatives, cheapest first.
// Not for concurrent use.
func (r *Result) Say(member int32) []Sentence {
	in := r.in
	who := &in.Members[member]
	placed := r.counts()
	var mine []Placement
	for _, p := range r.Placements {
		if p.Member == member {
			mine = append(mine, p)
		}
	}
	var all []Sentence
	for i, p := range mine {
		all = append(all, Sentence{Key: "placed", Site: p.Site, Shift: p.Shift, Role: p.Role, Minutes: p.Minutes})
		if p.Answer == IfNeeded {
			if n := r.m.needAt(p.Site, p.Shift, p.Role); n >= 0 && placed[n] <= r.m.needs[n].Target {
				s := Sentence{Key: "if_needed", Site: p.Site, Shift: p.Shift, Role: p.Role, Hurt: &r.m.needs[n], Of: 2}
				if placed[n] <= s.Hurt.Min {
					s.Of = 1
				}
				all = append(all, s)
			}
		}
		if i > 0 {
			all = append(all, Sentence{Key: "extra", Site: p.Site, Shift: p.Shift, Amount: int64(i + 1), Of: who.MaxShifts})
		}
		if who.Team >= 0 && in.Policy.UseTeams {
			all = append(all, Sentence{Key: "team", Site: p.Site, Shift: p.Shift})
		}
	}
	if len(mine) == 0 {
		all = append(all, r.none(member))
	}
	for _, b := range in.Bans {
		if b.Member == member && b.Site >= 0 {
			all = append(all, Sentence{Key: "ban", Site: b.Site, Shift: b.Shift})
		}
	}
	if who.Team >= 0 && in.Policy.UseTeams && len(mine) > 0 {
		return all // the team's sentence says why
	}
	for _, a := range r.Explain(member) {
		s := Sentence{Key: a.Key, Site: a.Site, Shift: a.Shift, Role: a.Role, Minutes: a.Minutes, Delta: a.Delta}
		if a.hurt >= 0 {
			s.Hurt = &r.m.needs[a.hurt]
		}
		switch n := r.m.needAt(a.Site, a.Shift, a.Role); {
		case a.Key == "alt.full" && n >= 0:
			s.Amount, s.Of = int64(placed[n]), r.m.needs[n].Max
		case a.Key == "alt.target":
			s.Amount = a.Delta[ShortTarget]
		case a.Key == "alt.burden":
			s.Amount = a.Delta[BurdenMin]
		}
		all = append(all, s)
	}
	return all
}

// counts are how many are placed in each need. They are counted once: whoever explains a plan explains it to many.
func (r *Result) counts() []int {
	if r.placed == nil {
		type place struct {
			site, shift int32
			role        Role
		}
		n := map[place]int{}
		for _, p := range r.Placements {
			n[place{p.Site, p.Shift, p.Role}]++
		}
		r.placed = make([]int, len(r.m.needs))
		for i, need := range r.m.needs {
			r.placed[i] = n[place{need.Site, need.Shift, need.Role}]
		}
	}
	return r.placed
}

// none says why a member has no place.
func (r *Result) none(member int32) Sentence {
	s := Sentence{Key: "un.no_place", Site: -1, Shift: -1}
	i := slices.IndexFunc(r.Unplaced, func(l Left) bool { return l.Member == member })
	if i < 0 {
		return s
	}
	s.Key = "un." + string(r.Unplaced[i].Reason)
	if r.Unplaced[i].Reason == TooFar {
		who := &r.in.Members[member]
		if s.Of = who.MaxTravel; s.Of < 0 {
			s.Of = r.in.Policy.MaxTravelMin
		}
		for site := range r.in.Sites {
			if minutes, ok := r.in.Minutes(who.ZIP, int32(site)); ok && (s.Site < 0 || minutes < s.Minutes) {
				s.Site, s.Minutes = int32(site), minutes
			}
		}
	}
	return s
}

// needAt finds a need; -1 if there is none.
func (m *model) needAt(site, shift int32, role Role) int32 {
	return int32(slices.IndexFunc(m.needs, func(n Need) bool { return n.Site == site && n.Shift == shift && n.Role == role }))
}
