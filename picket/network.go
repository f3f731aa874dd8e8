// SPDX-License-Identifier: Apache-2.0

package picket

import (
	"context"
	"fmt"
	"slices"

	"github.com/tenday/tenday/flow"
)

// network is a model as a minimum-cost flow. Node 0 is the sink, then come the needs, the members that have options, and their blocks if
// they may take several shifts. A member's supply is the shifts she may take; what she does not take goes straight to the sink.
type network struct {
	m       *model
	p       *flow.Problem
	weights Levels
	what    []int32  // for each arc the option, or ^index into parts
	parts   []Levels // what one unit changes on arcs that are no option; parts[0] is nothing
	arc     []int32  // for each option its arc, or -1
	from    []int32  // for each option the node it leaves
	people  []int32  // for each member her node, or -1
}

const sink = 0

func (k *network) need(n int32) int32 { return 1 + n }

// build makes the network; limits are the most shifts of each member, skip leaves members out.
func (m *model) build(skip func(member int32) bool) (*network, error) {
	k := &network{m: m, p: &flow.Problem{N: 1 + int32(len(m.needs))}, parts: make([]Levels, 1)}
	k.arc, k.from = make([]int32, len(m.options)), make([]int32, len(m.options))
	k.people = make([]int32, len(m.in.Members))
	for n := range m.needs {
		k.places(int32(n))
	}
	supply := map[int32]int32{}
	for i := range m.in.Members {
		k.people[i] = -1
		for o := m.first[i]; o < m.first[i+1]; o++ {
			k.arc[o] = -1
		}
		if most := max(m.restLimit(int32(i)), m.pinned(int32(i), -1)); most > 0 && !skip(int32(i)) {
			supply[k.p.N] = int32(most)
			k.person(int32(i), most)
		}
	}
	k.p.Supply = make([]int32, k.p.N)
	for v, s := range supply {
		k.p.Supply[v] = s
		k.p.Supply[sink] -= s
	}
	var low, high, lowAt, highAt Levels
	for _, w := range k.what {
		var l Levels
		if w < 0 {
			l = k.parts[^w]
			spanOf(&low, &high, &l)
		} else {
			l = k.levels(w)
			spanOf(&lowAt, &highAt, &l)
		}
	}
	high.add(&low, -1)
	highAt.add(&lowAt, -1)
	var err error
	if k.weights, err = append(slices.Clip(m.order), moved).weights(high, highAt, len(m.needs)); err != nil {
		return nil, err
	}
	for i, w := range k.what {
		l := k.unit(w)
		k.p.Arcs[i].Cost = l.dot(&k.weights)
	}
	return k, nil
}

func spanOf(low, high, l *Levels) {
	for i := range l {
		low[i], high[i] = min(low[i], l[i]), max(high[i], l[i])
	}
}

// unit returns what one unit more on an arc of the given kind changes.
func (k *network) unit(what int32) Levels {
	if what < 0 {
		return k.parts[^what]
	}
	return k.levels(what)
}

func (k *network) levels(o int32) (l Levels) {
	at := &k.m.options[o]
	l[BurdenMin], l[Disturbed] = int64(at.burden), int64(at.points)
	if at.kept {
		l[moved] = -1
	}
	return l
}

func (k *network) add(from, to int32, capacity int, l Levels) {
	at := int32(0)
	if l != (Levels{}) {
		at = int32(len(k.parts))
		if last := k.parts[at-1]; last == l {
			at--
		} else {
			k.parts = append(k.parts, l)
		}
	}
	k.p.Arcs = append(k.p.Arcs, flow.Arc{From: from, To: to, Cap: int32(capacity)})
	k.what = append(k.what, ^at)
}

// places adds the arcs of a need, a convex step each.
func (k *network) places(n int32) {
	need := &k.m.needs[n]
	for u := 1; u <= need.Max; {
		l, same := need.tier(u), 1
		if u > need.Target {
			same = need.Max - need.Target
		}
		for u+same <= need.Target && need.tier(u+same) == l {
			same++
		}
		k.add(k.need(n), sink, same, l)
		u += same
	}
}

// person adds a member with her unused shifts, which cost more and more, and her options.
func (k *network) person(i int32, most int) {
	me := k.p.N
	k.p.N++
	k.people[i] = me
	for left := most; left > 0; left-- { // giving up one of left shifts
		var l Levels
		l[ExtraShifts] = -int64(left - 1)
		if left == 1 && k.m.in.Policy.PlaceEveryone {
			l[Unplaced] = 1
		}
		k.add(me, sink, 1, l)
	}
	blocks := map[int32]int32{}
	for at := k.m.first[i]; at < k.m.first[i+1]; at++ {
		o := &k.m.options[at]
		if o.shut {
			continue
		}
		from := me
		if most >= 2 {
			b := k.m.in.Shifts[k.m.needs[o.need].Shift].Block
			v, ok := blocks[b]
			if !ok {
				v = k.p.N
				k.p.N++
				blocks[b] = v
				k.add(me, v, max(k.m.pinned(i, b), 1), Levels{})
			}
			from = v
		}
		k.arc[at], k.from[at] = int32(len(k.p.Arcs)), from
		a := flow.Arc{From: from, To: k.need(o.need), Cap: 1}
		if o.pinned {
			a.Low = 1
		}
		k.p.Arcs = append(k.p.Arcs, a)
		k.what = append(k.what, at)
	}
}

// pinned counts the options of a member that must be, in one block or in all (-1).
func (m *model) pinned(member, block int32) (n int) {
	for _, o := range m.of(member) {
		if o.pinned && (block < 0 || m.in.Shifts[m.needs[o.need].Shift].Block == block) {
			n++
		}
	}
	return n
}

// solve returns the proven optimum.
func (k *network) solve(ctx context.Context) (*flow.Solution, error) {
	s, err := flow.Solve(ctx, k.p, flow.Options{})
	if err != nil {
		return nil, fmt.Errorf("solve plan: %w", err)
	}
	if _, err := flow.Verify(k.p, s); err != nil {
		return nil, fmt.Errorf("verify plan: %w", err)
	}
	return s, nil
}

// chosen returns the options that a flow uses.
func (k *network) chosen(carried []int32) []int32 {
	var all []int32
	for o, a := range k.arc {
		if a >= 0 && carried[a] > 0 {
			all = append(all, int32(o))
		}
	}
	return all
}

// along sums what a residual path changes.
func (k *network) along(steps []flow.Step) (l Levels) {
	for _, s := range steps {
		arc, forward := s.Arc()
		u := k.unit(k.what[arc])
		if forward {
			l.add(&u, 1)
		} else {
			l.add(&u, -1)
		}
	}
	return l
}

// value counts the levels of a set of options from scratch.
func (m *model) value(chosen []int32) (l Levels) {
	placed, shifts := make([]int, len(m.needs)), make([]int64, len(m.in.Members))
	l[Disturbed] = m.owed
	for _, at := range chosen {
		o := &m.options[at]
		placed[o.need]++
		shifts[o.member]++
		l[BurdenMin] += int64(o.burden)
		l[Disturbed] += int64(o.points)
	}
	for n := range m.needs {
		need := &m.needs[n]
		for u := placed[n] + 1; u <= need.Target; u++ {
			t := need.tier(u)
			l.add(&t, -1)
		}
	}
	for i, x := range shifts {
		l[ExtraShifts] += x * (x - 1) / 2
		if x == 0 && m.reasons[i] == "" && m.in.Policy.PlaceEveryone {
			l[Unplaced]++
		}
	}
	return l
}
