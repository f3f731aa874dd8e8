// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// ErrSinks says that Remove does not know which sink is to go without the supply of the node.
var ErrSinks = errors.New("more than one sink, or the node is one")

// Live keeps an optimal solution optimal while its problem changes. Each change restores optimality by shortest residual paths on reduced
// costs, and returns them; if there is no flow any more, the change is taken back and the error is an *InfeasibleError.
// Not for concurrent use.
//
// Method: successive shortest paths with potentials: J. Edmonds, R. M. Karp, "Theoretical improvements in algorithmic efficiency for
// network flow problems", J. ACM 19 (1972) 248-264.
type Live struct {
	p      *Problem
	s      *Solution
	net    ground // p and s as searches read them: set and the like keep it
	core   *core  // what of it searches read for which it pays
	looked int64  // at how many nodes searches of the whole have
	undo   undo
	sinks  int             // how many nodes have a negative supply
	sink   int32           // one of them, if there is one: looked for when it is needed
	left   map[int32]int64 // nodes with too much (> 0) or too little, never 0: empty unless a change is under way
}

// Path is what one shortest path carried: Units from From to To along Steps, which never meet a node twice.
type Path struct {
	From, To, Units int32
	Steps           []Step
}

// NewLive takes p and its optimal solution s over: both change with it. Their correctness is the caller's to check (Verify).
// Memory: 41 bytes an arc and 24 a node beside them, at most as much again once searches have looked at a quarter of the nodes
// (core.go), and what the largest search so far has needed.
func NewLive(p *Problem, s *Solution) *Live {
	l := &Live{p: p, s: s, net: ground{residual: newResidual(p, s)}, left: map[int32]int64{}}
	for v, b := range p.Supply {
		if b < 0 {
			l.sinks, l.sink = l.sinks+1, int32(v)
		}
	}
	return l
}

// onlySink returns the one node with a negative supply, -1 if there is none or more than one.
func (l *Live) onlySink() int32 {
	if l.sinks != 1 {
		return -1
	}
	if l.p.Supply[l.sink] >= 0 { // it has moved
		l.sink = int32(slices.IndexFunc(l.p.Supply, func(b int32) bool { return b < 0 }))
	}
	return l.sink
}

func (l *Live) setSupply(v, b int32) {
	if l.p.Supply[v] < 0 {
		l.sinks--
	}
	if b < 0 {
		l.sinks++
	}
	l.p.Supply[v] = b
}

// Problem returns the problem as it now is. It is Live's own: read it only.
func (l *Live) Problem() *Problem { return l.p }

// Flow returns the flow of Solution, and takes no time. It is Live's own: read it only.
func (l *Live) Flow() []int32 { return l.s.Flow }

// Pi returns the potential of a node in Solution, without those of all others.
func (l *Live) Pi(node int32) int64 {
	l.priceAt(node)
	return l.s.Pi[node]
}

// Solution returns the optimal solution of Problem. It is Live's own: read it only. Its Start has no tree, and until it is asked for,
// potentials may be old ones.
func (l *Live) Solution() *Solution {
	l.price()
	l.s.Start = Start{}
	return l.s
}

// SetCap changes the capacity of an arc. Errors: ErrRange, *InfeasibleError.
func (l *Live) SetCap(arc, capacity int32) ([]Path, error) {
	if err := l.known(arc); err != nil {
		return nil, err
	}
	a := &l.p.Arcs[arc]
	if capacity < a.Low || capacity > maxCap {
		return nil, fmt.Errorf("capacity %d of arc %d, which carries at least %d: %w", capacity, arc, a.Low, ErrRange)
	}
	l.priceAt(a.From)
	return l.change(func() error {
		l.core.takeOut(&l.net.residual, a.From)
		l.setBounds(arc, a.Low, capacity)
		return l.settle(arc)
	})
}

// SetCost changes the cost of an arc. Errors: ErrRange if a reduced cost might not fit.
func (l *Live) SetCost(arc int32, cost int64) ([]Path, error) {
	if err := l.known(arc); err != nil {
		return nil, err
	}
	if magnitude(cost) > 1<<61 {
		return nil, fmt.Errorf("cost %d of arc %d: %w", cost, arc, ErrRange)
	}
	if magnitude(cost) > dearest { // a way through a bundle might not fit
		l.price()
		l.core = nil
	}
	l.priceAt(l.p.Arcs[arc].From)
	return l.change(func() error {
		a := &l.p.Arcs[arc]
		l.core.takeOut(&l.net.residual, a.From)
		l.undo.arc(l, arc)
		a.Cost = cost
		l.set(arc)
		return l.settle(arc)
	})
}

// AddSupply adds delta to the supply of node and takes it from that of sink (a negative delta the other way round). Errors: ErrRange,
// *InfeasibleError.
func (l *Live) AddSupply(node, sink, delta int32) ([]Path, error) {
	if node < 0 || node >= l.p.N || sink < 0 || sink >= l.p.N {
		return nil, fmt.Errorf("nodes %d and %d of %d: %w", node, sink, l.p.N, ErrRange)
	}
	if delta == math.MinInt32 {
		return nil, fmt.Errorf("supply %d more: %w", delta, ErrRange)
	}
	if delta < 0 {
		node, sink, delta = sink, node, -delta
	}
	return l.change(func() error {
		if !l.addSupply(node, delta) || !l.addSupply(sink, -delta) || !l.totalFits() {
			return fmt.Errorf("supply %d more at node %d: %w", delta, node, ErrRange)
		}
		return nil
	})
}

// Remove takes a node out: its arcs can carry nothing any more, and its supply leaves together with as much demand of the only
// sink. Errors: ErrSinks if the node has a supply and there is
// not exactly one sink; ErrRange; *InfeasibleError.
func (l *Live) Remove(node int32) ([]Path, error) {
	if node < 0 || node >= l.p.N {
		return nil, fmt.Errorf("node %d of %d: %w", node, l.p.N, ErrRange)
	}
	sink := l.onlySink()
	if l.p.Supply[node] != 0 && (sink < 0 || sink == node) {
		return nil, fmt.Errorf("remove node %d: %w", node, ErrSinks)
	}
	return l.change(func() error {
		if b := l.p.Supply[node]; b != 0 {
			l.addSupply(node, -b)
			l.addSupply(sink, b)
		}
		l.core.takeOut(&l.net.residual, node)
		for _, h := range l.net.at(node) {
			arc, _ := h.step.Arc()
			f := l.s.Flow[arc]
			l.setBounds(arc, 0, 0)
			l.setFlow(arc, 0)
			l.leave(l.p.Arcs[arc].From, int64(f))
			l.leave(l.p.Arcs[arc].To, -int64(f))
		}
		l.core.putBack(&l.net.residual)
		return nil
	})
}

func (l *Live) known(arc int32) error {
	if arc < 0 || int(arc) >= len(l.p.Arcs) {
		return fmt.Errorf("arc %d of %d: %w", arc, len(l.p.Arcs), ErrRange)
	}
	return nil
}

// change runs one change, routes what it has left over, and takes all back if either fails.
func (l *Live) change(do func() error) ([]Path, error) {
	l.undo.reset()
	l.contract()
	err := do()
	var paths []Path
	if err == nil {
		paths, err = l.route()
	}
	if err != nil {
		l.undo.run(l)
		for v, left := range l.left {
			l.leave(v, -left)
		}
		l.core.putBack(&l.net.residual)
		return nil, err
	}
	return paths, nil
}

// contract finds the core once searches have looked at a quarter as many nodes as there are, which takes as long, if it has half the
// steps of the whole.
func (l *Live) contract() {
	sink := l.onlySink()
	if l.looked <= int64(l.p.N/4) || sink < 0 {
		return
	}
	l.looked = math.MinInt64 // never again
	if l.core = newCore(l, sink, len(l.p.Arcs)/2); l.core != nil {
		l.core.rank(l, sink)
	}
}

// settle puts an arc whose cost or bounds have changed at the bound that its reduced cost, of potentials that were right before, asks for;
// its ends then have too much or too little.
func (l *Live) settle(arc int32) error {
	a, f := &l.p.Arcs[arc], l.s.Flow[arc]
	rc, ok := reduced(a.Cost, l.s.Pi[a.From], l.s.Pi[a.To])
	if !ok {
		return fmt.Errorf("reduced cost of arc %d: %w", arc, ErrRange)
	}
	want := min(max(f, a.Low), a.Cap)
	if rc < 0 {
		want = a.Cap
	} else if rc > 0 {
		want = a.Low
	}
	l.setFlow(arc, want)
	l.core.putBack(&l.net.residual)
	l.leave(a.From, int64(f)-int64(want))
	l.leave(a.To, int64(want)-int64(f))
	return nil
}

// route sends units from where there are too many to where there are too few, the cheapest way, until nothing is left. What finds no
// way is put aside, so that the proof is the largest deficit. The only sink, through which most ways lead, takes and gives whatever there
// is: two short ways are found sooner than the one through it, and what it has too much or too little of comes to nothing in the end.
func (l *Live) route() ([]Path, error) {
	var paths []Path
	sink, stuck := l.onlySink(), false
	for {
		start, ok := l.start()
		switch {
		case !ok && stuck:
			return nil, infeasible(l.p, l.s.Flow)
		case !ok:
			return paths, nil
		}
		end := tooLittle
		if l.left[start] < 0 {
			end = tooMuch
		}
		if sink >= 0 && start != sink {
			l.mark(sink, end)
		}
		at, steps := l.search(start, end)
		if sink >= 0 {
			l.mark(sink, signOf(l.left[sink]))
		}
		if at < 0 {
			stuck = true
			l.leave(start, -l.left[start])
			continue
		}
		units := max(l.left[start], -l.left[start])
		if at != sink {
			units = min(units, max(l.left[at], -l.left[at]))
		}
		if end == tooMuch {
			start, at = at, start
		}
		paths = append(paths, l.send(start, at, units, steps))
	}
}

// search finds the cheapest path between start and a node with the given sign left, -1 if there is none, and lifts potentials to it. It
// returns the end and the steps in the direction of the flow.
func (l *Live) search(start int32, end sign) (at int32, steps []Step) {
	if c := l.core; c != nil {
		if at, steps = c.search(l, start, end); at >= 0 || !c.lacks(l, end) {
			return at, steps
		}
	}
	l.price()
	d := &l.net.d
	at, found := d.run(&l.net.residual, start, end == tooMuch, math.MaxInt64, end)
	l.looked += int64(len(d.reach))
	if found {
		l.lift(&l.net, at)
		steps, _ = d.path(&l.net.residual, at, l.p.ends)
	}
	return at, steps
}

// start returns the node with something left that has the fewest arcs, so that the search does not begin at the hub.
func (l *Live) start() (node int32, ok bool) {
	node = -1
	for v := range l.left {
		few, most := len(l.net.at(v)), math.MaxInt
		if node >= 0 {
			most = len(l.net.at(node))
		}
		if few < most || few == most && v < node {
			node = v
		}
	}
	return node, node >= 0
}

// lift changes the potentials so that the shortest path to end becomes tight and no residual step negative.
func (l *Live) lift(g *ground, end int32) {
	far := g.nodes[end].dist
	for _, v := range g.d.reach {
		by := g.nodes[v].dist - far
		if g.d.back {
			by = -by
		}
		if by != 0 {
			l.setPi(g.number(v), g.pi[v]+by)
		}
	}
}

// send carries so many units, or as many as fit, along a path.
func (l *Live) send(from, to int32, units int64, steps []Step) Path {
	for _, s := range steps {
		_, room := s.ahead(l.p, l.s.Flow)
		units = min(units, int64(room))
	}
	for _, s := range steps {
		i, _ := s.Arc()
		l.core.takeOut(&l.net.residual, l.p.Arcs[i].From) // where arcs of bundles begin
	}
	for _, s := range steps {
		if arc, along := s.Arc(); along {
			l.setFlow(arc, l.s.Flow[arc]+int32(units))
		} else {
			l.setFlow(arc, l.s.Flow[arc]-int32(units))
		}
	}
	l.core.putBack(&l.net.residual)
	l.leave(from, -units)
	l.leave(to, units)
	return Path{from, to, int32(units), steps}
}

func (l *Live) setFlow(arc, flow int32) {
	l.undo.arc(l, arc)
	l.s.Flow[arc] = flow
	l.set(arc)
}

// set tells searches what an arc now is. Whatever changes an arc or its flow must call it.
func (l *Live) set(arc int32) {
	a, flow := &l.p.Arcs[arc], l.s.Flow[arc]
	l.net.set(arc, linkOf(a, flow))
	l.core.touch(arc, a, flow)
}

func (l *Live) setPi(v int32, pi int64) {
	l.undo.node(l, v)
	l.pi(v, pi)
}

func (l *Live) pi(v int32, pi int64) {
	l.s.Pi[v] = pi
	l.core.move(v, pi)
}

// leave adds to what is left at v.
func (l *Live) leave(v int32, more int64) {
	left := l.left[v] + more
	if l.left[v] = left; left == 0 {
		delete(l.left, v)
	}
	l.mark(v, signOf(left))
}

// mark lets searches see what is left at v.
func (l *Live) mark(v int32, left sign) {
	l.net.nodes[v].left = left
	if l.core != nil && l.core.where[v] >= 0 {
		l.core.nodes[l.core.where[v]].left = left
	}
}

func (l *Live) setBounds(arc, low, capacity int32) {
	l.undo.arc(l, arc)
	a := &l.p.Arcs[arc]
	a.Low, a.Cap = low, capacity
	l.set(arc)
}

// addSupply reports whether the supply of v then still fits.
func (l *Live) addSupply(v, delta int32) bool {
	l.undo.node(l, v)
	sum := int64(l.p.Supply[v]) + int64(delta)
	l.setSupply(v, int32(sum))
	l.leave(v, int64(delta))
	return sum >= -maxTotal && sum <= maxTotal
}

func (l *Live) totalFits() bool {
	var in int64
	for _, s := range l.p.Supply {
		in += int64(max(s, 0))
	}
	return in <= maxTotal
}
