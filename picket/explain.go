// SPDX-License-Identifier: Apache-2.0

package picket

import (
	"cmp"
	"math"
	"slices"

	"github.com/tenday/tenday/flow"
)

// Alternative is another place that a member could have.
//
// Delta is what forcing it would change in the plan, level by level, with everyone else placed again as well as possible: exact, and the
// same for every best plan. Key names the sentence to say: alt.captain, alt.min, alt.target, alt.spread, alt.unplaced,
// alt.extra, alt.burden by the first level that changes, alt.tie if none does, alt.full if no exchange is possible at all (Possible is
// false), team for people who stand with a team.
type Alternative struct {
	Site, Shift int32
	Role        Role
	Minutes     int
	Possible    bool
	Delta       Levels
	Key         string
	hurt        int32 // the need where the level that Key names gets worse; -1 if it is none
}

const mostAlternatives = 20

var altKeys = [levelCount]string{
	"alt.captain", "alt.min", "alt.target", "alt.spread", "alt.unplaced", "alt.extra", "alt.burden", "alt.disturbed", "",
}

// Explain lists the other places of a member, cheapest first, at most 20. It tells nothing of anyone else. Not for concurrent use.
//
// The price of an arc is its reduced cost plus the residual distance from its head back to its tail; the reduced cost alone is only a
// lower bound where the optimum is degenerate.
func (r *Result) Explain(member int32) []Alternative {
	all := r.alternatives(member)
	return all[:min(len(all), mostAlternatives)]
}

func (r *Result) alternatives(member int32) []Alternative {
	m := r.m
	var all []Alternative
	searched := int32(-1)
	var reach flow.Reach
	for at := m.first[member]; at < m.first[member+1]; at++ {
		o := &m.options[at]
		n := &m.needs[o.need]
		a := Alternative{Site: n.Site, Shift: n.Shift, Role: n.Role, Minutes: int(o.minutes), hurt: -1}
		arc := r.k.arc[at]
		switch {
		case o.shut:
			continue
		case m.in.Policy.UseTeams && m.in.Members[member].Team >= 0:
			a.Key = "team"
		case arc < 0 || r.live.Problem().Arcs[arc].Cap == 0: // shut for rest
			a.Key = "alt.full"
		case r.live.Flow()[arc] > 0:
			continue
		default:
			if from := r.k.from[at]; from != searched {
				reach, searched = r.live.ShortestTo(from, math.MaxInt64), from
			}
			a.price(r.k, at, reach)
		}
		all = append(all, a)
	}
	slices.SortStableFunc(all, func(a, b Alternative) int {
		if a.Possible != b.Possible {
			return cmp.Compare(b2i(b.Possible), b2i(a.Possible))
		}
		return m.order.Compare(a.Delta, b.Delta)
	})
	return all
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// price fills in what option at would change, given the search towards the node that it leaves.
func (a *Alternative) price(k *network, at int32, reach flow.Reach) {
	head := k.need(k.m.options[at].need)
	if _, ok := reach.Cost(head); !ok {
		a.Key = "alt.full"
		return
	}
	a.Possible = true
	steps := reach.Steps(head)
	a.Delta = k.along(steps)
	own := k.levels(at)
	a.Delta.add(&own, 1)
	a.Key = "alt.tie"
	for _, l := range k.m.order {
		if a.Delta[l] != 0 {
			a.Key, a.hurt = altKeys[l], k.hurt(steps, l)
			break
		}
	}
}

// hurt returns the need at which a residual path makes a level worse.
func (k *network) hurt(steps []flow.Step, l Level) int32 {
	for _, s := range steps {
		arc, forward := s.Arc()
		if from := k.p.Arcs[arc].From; !forward && from > sink && from <= int32(len(k.m.needs)) && k.unit(k.what[arc])[l] < 0 {
			return from - 1
		}
	}
	return -1
}

// Worth is what one more qualified person, with no travel and counted nowhere else, would change if she came for one need alone.
type Worth struct {
	Need  Need
	Delta Levels
}

// One is what one more person changes in a need where placed are already, if nobody moves for it.
func (n Need) One(placed int) Worth { return Worth{n, n.tier(placed + 1)} }

// Compare compares two places to recruit for: -1 if w is worth more.
func (w Worth) Compare(o Worth) int { return planOrder.Compare(w.Delta, o.Delta) }

// Recruit says what one more person is worth in each need, best first. Not for concurrent use.
func (r *Result) Recruit() []Worth {
	reach := r.live.ShortestTo(sink, math.MaxInt64)
	var all []Worth
	for n := range r.m.needs {
		w := Worth{Need: r.m.needs[n]}
		if v := r.k.need(int32(n)); reachable(reach, v) {
			w.Delta = r.k.along(reach.Steps(v))
		}
		all = append(all, w)
	}
	slices.SortStableFunc(all, func(a, b Worth) int { return r.m.order.Compare(a.Delta, b.Delta) })
	return all
}

func reachable(r flow.Reach, v int32) bool { _, ok := r.Cost(v); return ok }
