// SPDX-License-Identifier: Apache-2.0

package picket

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"math"
	"slices"

	"github.com/tenday/tenday/flow"
)

// teamAt is a team on a site-shift: one option for each of its people.
type teamAt struct {
	team    int32
	options []int32
}

// arrange plans with teams and rest, which no flow can express: everyone else is planned first; then each team, large ones first, goes
// where it costs least, others making room by shortest paths; then, where someone has too little rest, the one of two shifts is
// taken back that costs less. Every step is exact; their order is not proven best.
func (r *Result) arrange(ctx context.Context) (chosen []int32, err error) {
	m := r.m
	r.k, err = m.build(func(i int32) bool { return m.in.Policy.UseTeams && m.in.Members[i].Team >= 0 })
	if err != nil {
		return nil, err
	}
	s, err := r.k.solve(ctx)
	if err != nil {
		return nil, err
	}
	r.live = flow.NewLive(r.k.p, s)
	if m.in.Policy.UseTeams {
		if err := r.seatTeams(ctx); err != nil {
			return nil, err
		}
	}
	if err := r.rest(ctx); err != nil {
		return nil, err
	}
	chosen = r.k.chosen(r.live.Flow())
	for _, t := range r.teams {
		chosen = append(chosen, t.options...)
	}
	slices.Sort(chosen)
	if _, err := flow.Verify(r.live.Problem(), r.live.Solution()); err != nil {
		return nil, err
	}
	return chosen, nil
}

// seatTeams places each team as often as its people's common limit allows, as long as that improves the plan.
func (r *Result) seatTeams(ctx context.Context) error {
	teams := make([]int32, len(r.in.Teams))
	for i := range teams {
		teams[i] = int32(i)
	}
	slices.SortStableFunc(teams, func(a, b int32) int {
		return cmp.Compare(len(r.in.Teams[b].Members), len(r.in.Teams[a].Members))
	})
	for _, t := range teams {
		if len(r.in.Teams[t].Members) == 0 {
			continue
		}
		limit := math.MaxInt
		for _, i := range r.in.Teams[t].Members {
			limit = min(limit, r.m.limit[i])
		}
		mine := r.fixed(t)
		for _, at := range mine {
			if _, err := r.seat(at); err != nil {
				return err
			}
		}
		for range limit - len(mine) {
			if err := ctx.Err(); err != nil {
				return err
			}
			best, found, err := r.bestSeat(t, mine)
			if err != nil {
				return err
			}
			if !found {
				break
			}
			if _, err := r.seat(best); err != nil {
				return err
			}
			mine = append(mine, best)
		}
		r.teams = append(r.teams, mine...)
	}
	return nil
}

// fixed returns where a team must stay.
func (r *Result) fixed(team int32) (all []teamAt) {
	byShift := map[int32]*teamAt{}
	for _, i := range r.in.Teams[team].Members {
		for at := r.m.first[i]; at < r.m.first[i+1]; at++ {
			if !r.m.options[at].pinned {
				continue
			}
			s := r.m.needs[r.m.options[at].need].Shift
			if byShift[s] == nil {
				byShift[s] = &teamAt{team: team}
			}
			byShift[s].options = append(byShift[s].options, at)
		}
	}
	for _, s := range slices.Sorted(maps.Keys(byShift)) {
		all = append(all, *byShift[s])
	}
	return all
}

const mostSeats = 6 // of a team's site-shifts, by price, that are tried out

// bestSeat returns where placing the team once more improves the plan most, if anywhere.
func (r *Result) bestSeat(team int32, already []teamAt) (best teamAt, found bool, err error) {
	seats := r.seats(team, already)
	slices.SortStableFunc(seats, func(a, b teamAt) int { return cmp.Compare(r.price(a), r.price(b)) })
	least := int64(0)
	var gain Levels
	size := int64(len(r.in.Teams[team].Members))
	if len(already) == 0 && r.in.Policy.PlaceEveryone {
		gain[Unplaced] = -size
	}
	gain[ExtraShifts] = size * int64(len(already))
	for _, s := range seats[:min(len(seats), mostSeats)] {
		cost, err := r.seat(s)
		if _, ok := errors.AsType[*flow.InfeasibleError](err); ok {
			continue
		} else if err != nil {
			return best, false, err
		}
		if err := r.unseat(s.options); err != nil {
			return best, false, err
		}
		if cost += gain.dot(&r.k.weights); cost < least {
			best, found, least = s, true, cost
		}
	}
	return best, found, nil
}

// seats lists the site-shifts where every member of the team has an option, each in the role of lowest price.
func (r *Result) seats(team int32, already []teamAt) (all []teamAt) {
	type line struct{ shift, site int32 }
	m := r.m
	members := r.in.Teams[team].Members
	best := map[line][]int32{}
	for i, who := range members {
		for at := m.first[who]; at < m.first[who+1]; at++ {
			o := &m.options[at]
			n := &m.needs[o.need]
			l := line{n.Shift, n.Site}
			if n.Role == Standby || o.shut || len(best[l]) < i || !r.restedTeam(n, already) {
				continue
			}
			price := func(at int32) int64 {
				u := r.k.levels(at)
				return u.dot(&r.k.weights) - r.live.Pi(r.k.need(m.options[at].need))
			}
			if len(best[l]) == i {
				best[l] = append(best[l], at)
			} else if price(at) < price(best[l][i]) {
				best[l][i] = at
			}
		}
	}
	for _, options := range best {
		if len(options) == len(members) {
			all = append(all, teamAt{team, options})
		}
	}
	slices.SortFunc(all, func(a, b teamAt) int { return slices.Compare(a.options, b.options) })
	return all
}

func (r *Result) restedTeam(n *Need, already []teamAt) bool {
	for _, t := range already {
		if !r.m.rested(n, &r.m.needs[r.m.options[t.options[0]].need]) {
			return false
		}
	}
	return true
}

// price is a lower bound of what seating the team costs, from the potentials alone.
func (r *Result) price(t teamAt) (sum int64) {
	for _, at := range t.options {
		u := r.k.levels(at)
		sum += u.dot(&r.k.weights) + r.live.Pi(sink) - r.live.Pi(r.k.need(r.m.options[at].need))
	}
	return sum
}

// seat adds a team's people to their needs and returns what that costs.
func (r *Result) seat(t teamAt) (cost int64, err error) {
	for i, at := range t.options {
		paths, err := r.live.AddSupply(r.k.need(r.m.options[at].need), sink, 1)
		if err != nil {
			return 0, errors.Join(err, r.unseat(t.options[:i]))
		}
		u := r.k.levels(at)
		cost += r.cost(paths) + u.dot(&r.k.weights)
	}
	return cost, nil
}

func (r *Result) unseat(options []int32) error {
	for _, at := range slices.Backward(options) {
		if _, err := r.live.AddSupply(r.k.need(r.m.options[at].need), sink, -1); err != nil {
			return err
		}
	}
	return nil
}

// cost is what paths changed in all.
func (r *Result) cost(paths []flow.Path) (sum int64) {
	for _, p := range paths {
		l := r.k.along(p.Steps)
		sum += int64(p.Units) * l.dot(&r.k.weights)
	}
	return sum
}

// rest takes shifts back until everyone has enough time between those left. What one takes back another may make possible again, since
// people move: so each is offered again as long as that improves the plan.
func (r *Result) rest(ctx context.Context) error {
	taken, err := r.takeBack(ctx)
	if err != nil {
		return err
	}
	for again := len(taken) > 0; again; {
		again = false
		for i, at := range slices.Backward(taken) {
			if err := ctx.Err(); err != nil {
				return err
			}
			given, err := r.giveAgain(at)
			if err != nil {
				return err
			}
			if given {
				taken, again = slices.Delete(taken, i, i+1), true
			}
		}
	}
	_, err = r.takeBack(ctx) // taking an offer back may have moved others, at no cost
	return err
}

// takeBack takes shifts back until no two are too close, and returns an option of each.
func (r *Result) takeBack(ctx context.Context) (taken []int32, err error) {
	for {
		clashes := r.m.clashes(r.k.chosen(r.live.Flow()))
		if len(clashes) == 0 {
			return taken, nil
		}
		done := map[int32]bool{}
		for _, c := range clashes {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if who := r.m.options[c[0]].member; done[who] || !r.carries(c[0]) || !r.carries(c[1]) {
				continue
			} else {
				done[who] = true
			}
			at, err := r.giveUp(c[0], c[1])
			if err != nil {
				return nil, err
			}
			taken = append(taken, at)
		}
	}
}

// giveUp shuts the shift of one of two options, whichever costs less, and returns that one.
func (r *Result) giveUp(a, b int32) (at int32, err error) {
	if r.m.options[a].pinned {
		a, b = b, a
	}
	first, err := r.shut(a, 0)
	if err != nil || r.m.options[b].pinned {
		return a, err
	}
	if _, err := r.shut(a, 1); err != nil {
		return a, err
	}
	second, err := r.shut(b, 0)
	if err != nil || second <= first {
		return b, err
	}
	if _, err := r.shut(b, 1); err != nil {
		return b, err
	}
	_, err = r.shut(a, 0)
	return a, err
}

// giveAgain opens the shift of an option if its person has time for it now, all others too, and the plan is the better for it.
func (r *Result) giveAgain(at int32) (given bool, err error) {
	m := r.m
	o := &m.options[at]
	for i := m.first[o.member]; i < m.first[o.member+1]; i++ {
		if r.k.arc[i] >= 0 && r.carries(i) && !m.rested(&m.needs[o.need], &m.needs[m.options[i].need]) {
			return false, nil
		}
	}
	cost, err := r.shut(at, 1)
	if err != nil {
		return false, err
	}
	if cost < 0 && len(m.clashes(r.k.chosen(r.live.Flow()))) == 0 {
		return true, nil
	}
	_, err = r.shut(at, 0)
	return false, err
}

func (r *Result) carries(o int32) bool { return r.live.Flow()[r.k.arc[o]] > 0 }

// shut sets the capacity of all that a person can do in the shift of an option, and returns what that costs. Pinned places stay.
func (r *Result) shut(at int32, capacity int32) (cost int64, err error) {
	m, o := r.m, r.m.options[at]
	shift := m.needs[o.need].Shift
	for i := m.first[o.member]; i < m.first[o.member+1]; i++ {
		arc := r.k.arc[i]
		if arc < 0 || m.needs[m.options[i].need].Shift != shift || m.options[i].pinned {
			continue
		}
		before := int64(r.live.Flow()[arc])
		paths, err := r.live.SetCap(arc, capacity)
		if err != nil {
			return 0, err
		}
		cost += r.cost(paths)
		if before == 1 && capacity == 0 {
			cost -= r.k.p.Arcs[arc].Cost
		} else if before == 0 && len(paths) > 0 { // it was worth taking
			cost += r.k.p.Arcs[arc].Cost
		}
	}
	return cost, nil
}
