// SPDX-License-Identifier: Apache-2.0

package picket

import (
	"context"
	"errors"
	"fmt"

	"github.com/tenday/tenday/flow"
)

// TeamCost is where a team stands and what keeping it together costs: Cost is by how much the plan would be better, level by level, if this
// team alone were split, the others staying where they are; all zero: it costs nothing. Rest between shifts of the split team's people is
// not looked at, so Cost may be too high, never too low. A team that may not move is not priced.
type TeamCost struct {
	Team  int32
	Sites []int32 // of its shifts, in the order in which they were found
	Cost  Levels
}

// TeamCosts prices every team that has a place. Errors: the context's.
func (r *Result) TeamCosts(ctx context.Context) ([]TeamCost, error) {
	if len(r.teams) == 0 {
		return nil, nil
	}
	s, err := r.newSplitting(ctx)
	if err != nil {
		return nil, fmt.Errorf("price teams: %w", err)
	}
	var all []TeamCost
	for t := range r.in.Teams {
		c := TeamCost{Team: int32(t)}
		pinned := false
		for _, seat := range r.teams {
			if seat.team == int32(t) {
				c.Sites = append(c.Sites, r.m.needs[r.m.options[seat.options[0]].need].Site)
				pinned = pinned || r.m.options[seat.options[0]].pinned
			}
		}
		if len(c.Sites) == 0 {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if !pinned {
			if c.Cost, err = s.cost(int32(t)); err != nil {
				return nil, fmt.Errorf("price team %s: %w", r.in.Teams[t].ID, err)
			}
		}
		all = append(all, c)
	}
	return all, nil
}

// splitting is the finished plan in a network that has the people of teams as well, but none of their shifts: to give one team's people
// theirs and empty its places is then a repair, and so is taking that back.
type splitting struct {
	r      *Result
	k      *network
	live   *flow.Live
	supply map[int32]int32 // of the people of teams, by member
	before Levels
}

func (r *Result) newSplitting(ctx context.Context) (*splitting, error) {
	k, err := r.m.build(func(int32) bool { return false })
	if err != nil {
		return nil, err
	}
	for at, arc := range k.arc {
		if arc < 0 {
			continue
		}
		was := r.k.arc[at]
		if a := &k.p.Arcs[arc]; r.teamed(r.m.options[at].member) {
			a.Low = 0
		} else if was >= 0 && r.live.Problem().Arcs[was].Cap == 0 {
			a.Low, a.Cap = 0, 0
		}
	}
	supply := map[int32]int32{}
	for i, v := range k.people {
		if v >= 0 && r.teamed(int32(i)) {
			supply[int32(i)] = k.p.Supply[v]
			k.p.Supply[sink] += k.p.Supply[v]
			k.p.Supply[v] = 0
		}
	}
	for _, seat := range r.teams {
		for _, at := range seat.options {
			k.p.Supply[k.need(r.m.options[at].need)]++
			k.p.Supply[sink]--
		}
	}
	s, err := k.solve(ctx)
	if err != nil {
		return nil, err
	}
	x := &splitting{r: r, k: k, live: flow.NewLive(k.p, s), supply: supply}
	x.before = x.value(-1)
	return x, nil
}

func (r *Result) teamed(member int32) bool {
	return r.in.Policy.UseTeams && r.in.Members[member].Team >= 0
}

// value counts the levels with all teams but one where they stand.
func (x *splitting) value(without int32) Levels {
	chosen := x.k.chosen(x.live.Flow())
	for _, seat := range x.r.teams {
		if seat.team != without {
			chosen = append(chosen, seat.options...)
		}
	}
	return x.r.m.value(chosen)
}

func (x *splitting) cost(team int32) (Levels, error) {
	if err := errors.Join(x.places(team, -1), x.people(team, 1)); err != nil {
		return Levels{}, err
	}
	cost, split := x.before, x.value(team)
	cost.add(&split, -1)
	return cost, errors.Join(x.people(team, -1), x.places(team, 1))
}

// places fills (1) or empties (-1) the places of a team.
func (x *splitting) places(team, by int32) error {
	for _, seat := range x.r.teams {
		if seat.team != team {
			continue
		}
		for _, at := range seat.options {
			if _, err := x.live.AddSupply(x.k.need(x.r.m.options[at].need), sink, by); err != nil {
				return err
			}
		}
	}
	return nil
}

// people gives (1) a team's people their shifts, or takes them (-1).
func (x *splitting) people(team, by int32) error {
	for _, who := range x.r.in.Teams[team].Members {
		if most := x.supply[who]; most > 0 {
			if _, err := x.live.AddSupply(x.k.people[who], sink, by*most); err != nil {
				return err
			}
		}
	}
	return nil
}
