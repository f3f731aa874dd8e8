// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/tenday/tenday/picket"
)

// levels are the seven of a plan, in their order.
type levels [7]int64

const (
	shortCaptain = iota
	shortMin
	shortTarget
	spread
	unplaced
	extraShifts
	burden
)

// spot is one possible placement, found here from the rules alone: none of this is shared with package picket.
type spot struct {
	member, need int
	burden       int64
}

// spots lists them by member.
func spots(in *picket.Input) [][]spot {
	all := make([][]spot, len(in.Members))
	for i, m := range in.Members {
		limit := m.MaxTravel
		if limit < 0 {
			limit = in.Policy.MaxTravelMin
		}
		for k, n := range in.Needs {
			answer := in.Answers[picket.Slot{Member: int32(i), Shift: n.Shift}]
			banned := slices.ContainsFunc(in.Bans, func(b picket.Ban) bool {
				return int(b.Member) == i && (b.Site < 0 || b.Site == n.Site) && (b.Shift < 0 || b.Shift == n.Shift)
			})
			fits := n.Role == picket.Line || n.Role == picket.Captain && m.Captain || n.Role == picket.Safety && m.Safety || n.Role == picket.Standby && m.Standby
			if m.Duty != picket.Picket || m.MaxShifts < 1 || answer != picket.Yes && answer != picket.IfNeeded || banned || !fits {
				continue
			}
			minutes, ok := in.Minutes(m.ZIP, n.Site)
			if !ok || minutes > limit {
				continue
			}
			cost := minutes
			if answer == picket.IfNeeded {
				cost += in.Policy.IfNeededMin
			}
			if m.Home == n.Site {
				cost -= min(minutes, in.Policy.HomeBonusMin)
			}
			all[i] = append(all[i], spot{i, k, int64(cost)})
		}
	}
	return all
}

func teamed(in *picket.Input, member int) bool {
	return in.Policy.UseTeams && in.Members[member].Team >= 0
}

// price is what place u (from 1) of a need costs while it is empty.
func price(n *picket.Need, u int) (l levels) {
	switch {
	case u <= n.Min && n.Role == picket.Captain:
		l[shortCaptain], l[spread] = 1, int64(8-4*(u-1)/n.Min)
	case u <= n.Min:
		l[shortMin], l[spread] = 1, int64(8-4*(u-1)/n.Min)
	case u <= n.Target:
		l[shortTarget], l[spread] = 1, int64(4-4*(u-n.Min-1)/(n.Target-n.Min))
	}
	return l
}

// interval is when a need is, as instants at its site.
func interval(in *picket.Input, need int) picket.Interval {
	n := &in.Needs[need]
	return in.Shifts[n.Shift].At[n.Site]
}

// clash says whether one person cannot hold both needs: one block, or too little rest.
func clash(in *picket.Input, a, b int) bool {
	if in.Shifts[in.Needs[a].Shift].Block == in.Shifts[in.Needs[b].Shift].Block {
		return true
	}
	x, y := interval(in, a), interval(in, b)
	if y.Start.Before(x.Start) {
		x, y = y, x
	}
	return y.Start.Sub(x.End) < time.Duration(in.Policy.MinRestMin)*time.Minute
}

// judge checks a plan rule by rule and counts its levels.
func judge(in *picket.Input, plan []picket.Placement) (l levels, err error) {
	possible := spots(in)
	placed, of := make([]int, len(in.Needs)), make([][]int, len(in.Members))
	for _, p := range plan {
		need := slices.IndexFunc(in.Needs, func(n picket.Need) bool { return n.Site == p.Site && n.Shift == p.Shift && n.Role == p.Role })
		at := slices.IndexFunc(possible[p.Member], func(s spot) bool { return s.need == need })
		if at < 0 || teamed(in, int(p.Member)) && p.Role == picket.Standby {
			return l, fmt.Errorf("%s may not stand at %+v", in.Members[p.Member].ID, p)
		}
		for _, other := range of[p.Member] {
			if clash(in, need, other) {
				return l, fmt.Errorf("%s cannot hold %+v and %+v", in.Members[p.Member].ID, in.Needs[need], in.Needs[other])
			}
		}
		of[p.Member] = append(of[p.Member], need)
		placed[need]++
		l[burden] += possible[p.Member][at].burden
	}
	for k := range in.Needs {
		n := &in.Needs[k]
		if placed[k] > n.Max {
			return l, fmt.Errorf("%+v has %d people", *n, placed[k])
		}
		for u := placed[k] + 1; u <= n.Target; u++ {
			for at, v := range price(n, u) {
				l[at] += v
			}
		}
	}
	for i, needs := range of {
		x := int64(len(needs))
		if int(x) > in.Members[i].MaxShifts {
			return l, fmt.Errorf("%s has %d shifts", in.Members[i].ID, x)
		}
		l[extraShifts] += x * (x - 1) / 2
		if x == 0 && len(possible[i]) > 0 && in.Policy.PlaceEveryone {
			l[unplaced]++
		}
	}
	if in.Policy.UseTeams {
		for _, t := range in.Teams {
			if err := together(in, t, of); err != nil {
				return l, err
			}
		}
	}
	return l, nil
}

// together says whether a team stands at one site or not at all, in each shift.
func together(in *picket.Input, t picket.Team, of [][]int) error {
	where := func(member int32) (all [][2]int32) {
		for _, need := range of[member] {
			all = append(all, [2]int32{in.Needs[need].Shift, in.Needs[need].Site})
		}
		slices.SortFunc(all, func(a, b [2]int32) int { return slices.Compare(a[:], b[:]) })
		return all
	}
	for _, m := range t.Members[1:] {
		if !slices.Equal(where(m), where(t.Members[0])) {
			return fmt.Errorf("team %s is split", t.ID)
		}
	}
	return nil
}
