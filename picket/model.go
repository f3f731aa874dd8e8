// SPDX-License-Identifier: Apache-2.0

package picket

import (
	"slices"
	"time"
)

// Reason says why a member has no place.
type Reason string

// The first five, in this order, are of people who could not be placed at all; Full and NotNeeded of those who could.
const (
	OnDuty    Reason = "duty"
	NoShifts  Reason = "max_shifts"
	NoHours   Reason = "no_hours"
	Banned    Reason = "ban"
	TooFar    Reason = "too_far"
	NoPlace   Reason = "no_place"
	Full      Reason = "full"
	NotNeeded Reason = "not_needed"
)

// option is one possible placement.
type option struct {
	member, need    int32
	minutes, burden int32
	points          int32 // what keeping an earlier placement by it spares, negative
	kept            bool  // is an earlier placement
	pinned, shut    bool  // must be, may not be
}

// model is an input turned into possible placements.
type model struct {
	in      *Input
	needs   []Need
	options []option // by member, then need
	first   []int32  // options of member i are options[first[i]:first[i+1]]
	reasons []Reason // "" for those who can be placed
	limit   []int    // most shifts of each member
	order   Order
	owed    int64 // points of all earlier placements
}

func newModel(in *Input) *model {
	m := &model{in: in, needs: in.Needs, order: planOrder, limit: make([]int, len(in.Members)), reasons: make([]Reason, len(in.Members))}
	banned := map[Ban]bool{}
	for _, b := range in.Bans {
		banned[b] = true
	}
	ways := map[zipSite]int32{}
	for i := range in.Members {
		m.first = append(m.first, int32(len(m.options)))
		m.limit[i] = in.Members[i].MaxShifts
		m.reasons[i] = m.member(int32(i), banned, ways)
	}
	m.first = append(m.first, int32(len(m.options)))
	return m
}

func (m *model) of(member int32) []option { return m.options[m.first[member]:m.first[member+1]] }

// member adds the options of one member; if there are none, it returns why.
func (m *model) member(i int32, banned map[Ban]bool, ways map[zipSite]int32) Reason {
	in := m.in
	who := &in.Members[i]
	offered := make([]Answer, len(in.Shifts))
	hours := false
	for s := range in.Shifts {
		offered[s] = in.Answers[Slot{i, int32(s)}]
		hours = hours || offered[s] != ""
	}
	switch {
	case who.Duty != Picket:
		return OnDuty
	case who.MaxShifts == 0:
		return NoShifts
	case !hours:
		return NoHours
	}
	ban := func(site, shift int32) bool {
		return len(banned) > 0 && (banned[Ban{i, site, shift}] || banned[Ban{i, -1, shift}] || banned[Ban{i, site, -1}] || banned[Ban{i, -1, -1}])
	}
	limit := who.MaxTravel
	if limit < 0 {
		limit = in.Policy.MaxTravelMin
	}
	way := make([]int32, len(in.Sites)) // -1: too far
	free, near := false, false
	for s := range in.Sites {
		way[s] = in.way(who.ZIP, int32(s), ways)
		if int(way[s]) > limit {
			way[s] = -1
		}
		near = near || way[s] >= 0
		for k := range in.Shifts {
			free = free || offered[k] != "" && !ban(int32(s), int32(k))
		}
	}
	before := len(m.options)
	for k := range m.needs {
		n := &m.needs[k]
		if offered[n.Shift] == "" || way[n.Site] < 0 || !who.fits(n.Role) || ban(n.Site, n.Shift) {
			continue
		}
		o := option{member: i, need: int32(k), minutes: way[n.Site]}
		o.burden = in.burden(who, n, offered[n.Shift], o.minutes)
		m.options = append(m.options, o)
	}
	switch {
	case len(m.options) > before:
		return ""
	case !free:
		return Banned
	case !near:
		return TooFar
	}
	return NoPlace
}

// burden is what a placement counts in minutes.
func (in *Input) burden(who *Member, n *Need, a Answer, minutes int32) int32 {
	burden := minutes
	if a == IfNeeded {
		burden += int32(in.Policy.IfNeededMin)
	}
	if who.Home == n.Site {
		burden -= min(minutes, int32(in.Policy.HomeBonusMin))
	}
	return burden
}

// way is Minutes, kept; -1 where the site cannot be reached.
func (in *Input) way(zip string, site int32, known map[zipSite]int32) int32 {
	key := zipSite{zip, site}
	w, ok := known[key]
	if !ok {
		minutes, reached := in.Minutes(zip, site)
		if w = int32(minutes); !reached {
			w = -1
		}
		known[key] = w
	}
	return w
}

// fits says whether a member may take a role.
func (m *Member) fits(r Role) bool {
	return r == Line || r == Captain && m.Captain || r == Safety && m.Safety || r == Standby && m.Standby
}

// rested says whether one person may hold both needs: not the same block, and enough time between them.
func (m *model) rested(a, b *Need) bool {
	in := m.in
	x, y := &in.Shifts[a.Shift], &in.Shifts[b.Shift]
	if a.Shift == b.Shift || x.Block == y.Block {
		return false
	}
	first, second := x.At[a.Site], y.At[b.Site]
	if second.Start.Before(first.Start) {
		first, second = second, first
	}
	return !second.Start.Before(first.End.Add(time.Duration(in.Policy.MinRestMin) * time.Minute))
}

// restLimit cuts a member's shifts to the most that can be chosen from the options with enough rest between them: always the one that ends
// first (the classic greedy choice, exact for intervals).
func (m *model) restLimit(member int32) int {
	rest := time.Duration(m.in.Policy.MinRestMin) * time.Minute
	var slots []Interval
	blocks := map[int32]bool{}
	for _, o := range m.of(member) {
		if o.shut {
			continue
		}
		n := &m.needs[o.need]
		s := &m.in.Shifts[n.Shift]
		blocks[s.Block] = true
		slots = append(slots, s.At[n.Site])
	}
	slices.SortFunc(slots, func(a, b Interval) int { return a.End.Compare(b.End) })
	count := 0
	var free time.Time
	for _, s := range slots {
		if count == 0 || !s.Start.Before(free) {
			count++
			free = s.End.Add(rest)
		}
	}
	return min(m.limit[member], len(blocks), count)
}
