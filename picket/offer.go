// SPDX-License-Identifier: Apache-2.0

package picket

import (
	"context"
	"fmt"
	"time"
)

// Offer is one way to fill an empty place. Chain is 1 where one free person is called, 2 where one moves and another may be called to the place that
// she leaves, 0 for the exact replan, which may touch more. Delta is what it changes against leaving the place empty, in the order of
// Disturbance; Changes are the people affected.
type Offer struct {
	Chain   int
	Changes []Change
	Delta   Levels
}

// Offers returns at most three ways to fill one empty place after events, fewest people first: the best free person, the best chain of at most
// two, and the exact replan, each only if it is better than all before it. They are exact: within its length no chain is better. Who is
// pinned stays. Teams stay as they are: only the exact one moves them. Errors: those of Replan; *EventError if there is no such need.
func Offers(ctx context.Context, in *Input, earlier []Placement, events []Event, now time.Time, site, shift int32, role Role) ([]Offer, error) {
	p := &replan{in: in.copied(), now: now, mode: Disturbance, kept: map[spot]State{}, stays: map[spot]bool{}}
	if err := p.begin(earlier, events); err != nil {
		return nil, err
	}
	p.dropEnded()
	m := p.model()
	vacant := m.needAt(site, shift, role)
	if vacant < 0 {
		return nil, &EventError{0, "no such need"}
	}
	f := newFilling(m)
	var all []Offer
	better := func(o Offer, found bool) {
		none := len(all) == 0 && m.order.Compare(o.Delta, Levels{}) < 0
		if found && (none || len(all) > 0 && m.order.Compare(o.Delta, all[len(all)-1].Delta) < 0) {
			all = append(all, o)
		}
	}
	if one, at, found := f.call(vacant, -1); found {
		better(Offer{Chain: 1, Delta: one, Changes: []Change{f.change(-1, at)}}, true)
	}
	better(f.move(vacant))
	left := m.value(f.chosen)
	r, err := Replan(ctx, in, earlier, events, now, Disturbance)
	if err != nil {
		return nil, fmt.Errorf("replan for offers: %w", err)
	}
	exact := Offer{Changes: r.Changes}
	for _, v := range r.Levels {
		exact.Delta[v.Level] = v.Value - left[v.Level]
	}
	better(exact, true)
	return all, nil
}

// filling is a plan with a gap: what is chosen, and how many and whom that leaves.
type filling struct {
	m      *model
	chosen []int32
	placed []int             // by need
	mine   map[int32][]int32 // options chosen, by member
	known  map[int32]int32   // by need, the option that fills best the place someone leaves there; -1: none
}

func newFilling(m *model) *filling {
	f := &filling{m: m, placed: make([]int, len(m.needs)), mine: map[int32][]int32{}, known: map[int32]int32{}}
	for at := range m.options {
		if o := &m.options[at]; o.kept {
			f.chosen = append(f.chosen, int32(at))
			f.placed[o.need]++
			f.mine[o.member] = append(f.mine[o.member], int32(at))
		}
	}
	return f
}

// call returns the free person, other than one, who fills a need best, and what that changes.
func (f *filling) call(need, except int32) (best Levels, at int32, found bool) {
	m := f.m
	n := &m.needs[need]
	if f.placed[need] >= n.Max {
		return best, -1, false
	}
	place := n.tier(f.placed[need] + 1)
	at = -1
	for i := range m.options {
		o := &m.options[i]
		if o.need != need || o.member == except || o.kept || o.shut || !f.fits(int32(i), -1) || f.teamed(o.member) {
			continue
		}
		l := f.taken(int32(i), len(f.mine[o.member]))
		l.add(&place, 1)
		if !found || m.order.Compare(l, best) < 0 {
			best, at, found = l, int32(i), true
		}
	}
	return best, at, found
}

// move returns the best chain in which one person goes to the need from another place, which someone free may fill.
func (f *filling) move(need int32) (best Offer, found bool) {
	m := f.m
	if f.placed[need] >= m.needs[need].Max {
		return best, false
	}
	place := m.needs[need].tier(f.placed[need] + 1)
	for i := range m.options {
		o := &m.options[i]
		if o.need != need || o.kept || o.shut || f.teamed(o.member) {
			continue
		}
		for _, from := range f.mine[o.member] {
			left := m.options[from].need
			if m.options[from].pinned || !f.fits(int32(i), from) {
				continue
			}
			l := place
			own, old := m.levelsOf(int32(i)), m.levelsOf(from)
			l.add(&own, 1)
			l.add(&old, -1)
			gap := m.needs[left].tier(f.placed[left])
			l.add(&gap, -1)
			o := Offer{Chain: 2, Delta: l, Changes: []Change{f.change(from, int32(i))}}
			if more, at := f.follow(left, o.Changes[0].Member); at >= 0 && m.order.Compare(more, Levels{}) < 0 {
				o.Delta.add(&more, 1)
				o.Changes = append(o.Changes, f.change(-1, at))
			}
			if !found || m.order.Compare(o.Delta, best.Delta) < 0 {
				best, found = o, true
			}
		}
	}
	return best, found
}

// follow is call for a place that someone leaves.
func (f *filling) follow(need, leaver int32) (l Levels, at int32) {
	f.placed[need]--
	defer func() { f.placed[need]++ }()
	at, ok := f.known[need]
	if !ok {
		_, at, _ = f.call(need, -1)
		f.known[need] = at
	}
	if at >= 0 && f.m.options[at].member == leaver {
		l, at, _ = f.call(need, leaver)
		return l, at
	}
	if at >= 0 {
		l = f.taken(at, len(f.mine[f.m.options[at].member]))
		place := f.m.needs[need].tier(f.placed[need] + 1)
		l.add(&place, 1)
	}
	return l, at
}

func (f *filling) teamed(member int32) bool {
	return f.m.in.Policy.UseTeams && f.m.in.Members[member].Team >= 0
}

// fits says whether a member can take an option beside those she has, apart from one that she leaves.
func (f *filling) fits(at, leaves int32) bool {
	o := &f.m.options[at]
	count := 1
	for _, has := range f.mine[o.member] {
		if has == leaves {
			continue
		}
		if count++; !f.m.rested(&f.m.needs[o.need], &f.m.needs[f.m.options[has].need]) {
			return false
		}
	}
	return count <= f.m.limit[o.member]
}

// taken is what one more place for a member changes, apart from the need's own levels.
func (f *filling) taken(at int32, has int) Levels {
	l := f.m.levelsOf(at)
	l[ExtraShifts] = int64(has)
	if has == 0 && f.m.in.Policy.PlaceEveryone {
		l[Unplaced] = -1
	}
	return l
}

// change is one person's, from and to options (-1: none).
func (f *filling) change(from, to int32) Change {
	place := func(at int32) *Placement {
		if at < 0 {
			return nil
		}
		o := &f.m.options[at]
		n := &f.m.needs[o.need]
		return &Placement{o.member, n.Site, n.Shift, n.Role, Draft, int(o.minutes), f.m.in.Answers[Slot{o.member, n.Shift}]}
	}
	o := &f.m.options[to]
	c := Change{Member: o.member, Shift: f.m.needs[o.need].Shift, From: place(from), To: place(to)}
	if from >= 0 {
		c.Points = int64(o.points) - int64(f.m.options[from].points)
	}
	return c
}

// levelsOf are those of a placement itself.
func (m *model) levelsOf(at int32) (l Levels) {
	o := &m.options[at]
	l[BurdenMin], l[Disturbed] = int64(o.burden), int64(o.points)
	return l
}
