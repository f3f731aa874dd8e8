// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"context"
	"fmt"
	"math"
	"math/bits"
)

// Solve returns a cheapest flow, with potentials that prove it.
//
// Errors: ErrRange and ErrUnbalanced for what is no problem; ErrStart; *InfeasibleError with the cut of largest deficit; the
// context's, which is asked every 1,000 pivots. Without a Start (N+1)*(max|Cost|+1) may be at most 2^62; with one, and where each source
// can ship all it has by arcs straight to the only sink, a path may cost at most 2^61: the sum over the nodes of the largest |Cost| at each, or
// over those alone to which, or from which, the arcs lead that do not touch the busiest node, twice, and twice the largest at that one.
//
// Method: primal network simplex with block search over the arcs and strongly feasible trees, so that degenerate pivots cannot
// cycle: W. H. Cunningham, "A network simplex method", Math. Programming 11 (1976) 105-116; block search and the order of the
// arcs after Z. Kiraly, P. Kovacs, "Efficient implementations of minimum-cost flow algorithms", Acta Univ. Sapientiae
// Informatica 4 (2012) 67-118.
func Solve(ctx context.Context, p *Problem, o Options) (*Solution, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	x := &simplex{p: p, mix: newMix(len(p.Arcs), int(p.N))}
	var err error
	if o.Start == nil {
		err = x.cold()
	} else {
		err = x.warm(o.Start)
	}
	if err != nil {
		return nil, err
	}
	block := o.Block
	if !(block > 0) {
		block = defaultBlock
	}
	size := max(int(block*math.Sqrt(float64(len(p.Arcs)))), 20)
	for e := x.price(size); e >= 0; e = x.price(size) {
		x.pivot(e)
		x.pivots++
		if x.pivots%1000 == 0 {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if o.Progress != nil {
				o.Progress(x.pivots)
			}
		}
	}
	return x.solution()
}

// defaultBlock was measured best on picket networks of 75,000 members.
const defaultBlock = 0.5

// branch is an arc as pricing sees it: in the direction in which it can still carry more while it is outside the tree, so an
// arc at its capacity is turned round and its cost negated. cost + pi[src] - pi[dst] < 0 then means that it pays to enter; in
// the tree it is 0. Loops and arcs with Low = Cap never enter: they are the zero branch.
type branch struct {
	src, dst int32
	cost     int64
}

// simplex is one solve. Node p.N is an artificial root; what hangs from it by arc -1 has an artificial arc to it.
type simplex struct {
	p      *Problem
	mix    mix
	arcs   []branch // in mixed order
	pi     []int64  // N+1 potentials, wrapping: only differences count
	tree   tree
	next   int // where pricing goes on
	pivots int64
}

// price returns the branch of most negative reduced cost in the first block that has one, or -1 if there is none at all.
func (x *simplex) price(size int) int {
	pi, arcs := x.pi, x.arcs
	best, at := int64(0), -1
	for left := len(arcs); left > 0; {
		end := min(x.next+size, len(arcs))
		for i, a := range arcs[x.next:end] {
			if c := a.cost + pi[a.src] - pi[a.dst]; c < best {
				best, at = c, x.next+i
			}
		}
		left -= end - x.next
		x.next = end
		if end == len(arcs) {
			x.next = 0
		}
		if at >= 0 {
			return at
		}
	}
	return -1
}

// pivot lets branch e enter: flow goes round the cycle it closes, and the last blocking arc leaves, seen in the direction of
// the cycle from its join. That keeps the tree strongly feasible.
func (x *simplex) pivot(e int) {
	a := x.arcs[e]
	org := &x.p.Arcs[x.mix.arc(e)]
	room := int64(org.Cap - org.Low)
	delta, join, out, below := x.tree.blocking(a.src, a.dst, room)
	if delta > 0 {
		x.tree.push(a.src, a.dst, join, delta)
	}
	if out < 0 { // e itself blocks: it goes from one bound to the other
		x.arcs[e] = branch{a.dst, a.src, -a.cost}
		return
	}
	left := &x.tree.nodes[out]
	if left.arc >= 0 {
		x.turn(int(left.arc), out, left.parent, left.up)
	}
	// The part cut off is hung on by e: on the source's side if the leaving arc is there, else on the target's.
	sigma := a.cost + x.pi[a.src] - x.pi[a.dst]
	up, down := room-delta, delta
	if below == a.src {
		x.tree.hang(a.src, a.dst, out, join, int32(e), up, down)
		x.shift(a.src, -sigma)
	} else {
		x.tree.hang(a.dst, a.src, out, join, int32(e), down, up)
		x.shift(a.dst, sigma)
	}
}

// turn orients branch e, which leaves the tree between child and parent, in the direction that has room.
func (x *simplex) turn(e int, child, parent int32, up int64) {
	src, dst := child, parent
	if up == 0 {
		src, dst = parent, child
	}
	if b := &x.arcs[e]; b.src != src {
		*b = branch{src, dst, -b.cost}
	}
}

// shift adds by to the potentials of the subtree of v, or takes it from all others if they are fewer: only differences count.
func (x *simplex) shift(v int32, by int64) {
	nodes, next, pi := x.tree.nodes, x.tree.next, x.pi
	n := int(nodes[v].size)
	if others := len(nodes) - n; others < n {
		v, n, by = next[nodes[v].last], others, -by
	}
	for ; n > 0; n-- {
		pi[v] += by
		v = next[v]
	}
}

// solution reads the flow off the tree, or the cut if the artificial arcs still carry anything.
func (x *simplex) solution() (*Solution, error) {
	p, n := x.p, x.p.N
	flow := make([]int32, len(p.Arcs))
	for i := range p.Arcs {
		a := &p.Arcs[i]
		flow[i] = a.Low
		if a.From == a.To && a.Cost < 0 || a.From != a.To && a.Low < a.Cap && x.arcs[x.mix.place(i)].src == a.To {
			flow[i] = a.Cap
		}
	}
	s := Start{Flow: flow, TreeArc: make([]int32, n), Root: -1}
	short := false
	for v := range n {
		t := &x.tree.nodes[v]
		if t.arc < 0 {
			s.TreeArc[v] = -1
			if s.Root < 0 {
				s.Root = v
			}
			short = short || t.up < infinite && t.up > 0 || t.down < infinite && t.down > 0
			continue
		}
		i := x.mix.arc(int(t.arc))
		s.TreeArc[v] = int32(i)
		if a := &p.Arcs[i]; a.From == v {
			flow[i] = a.Low + int32(t.down)
		} else {
			flow[i] = a.Low + int32(t.up)
		}
	}
	if short {
		return nil, infeasible(p, flow)
	}
	root := x.pi[n]
	for v := range n {
		x.pi[v] -= root
	}
	return &Solution{Flow: flow, Pi: x.pi[:n:n], Start: s, Pivots: x.pivots}, nil
}

// bigCost returns a cost for artificial arcs such that two of them outweigh every path of real arcs, and says whether all
// potentials then fit.
func (p *Problem) bigCost() (int64, error) {
	var most uint64
	for i := range p.Arcs {
		most = max(most, magnitude(p.Arcs[i].Cost))
	}
	hi, lo := bits.Mul64(uint64(p.N)+1, most+1)
	if hi != 0 || lo > 1<<62 {
		return 0, fmt.Errorf("%d nodes with costs up to %d: %w", p.N, most, ErrRange)
	}
	return int64(uint64(p.N)*most/2 + 1), nil
}

// pathsFit reports ErrRange unless every simple path costs at most 2^61: each arc of a path can be laid to another one of its nodes, so the largest costs at the
// nodes bound it. A path passes the node with the most arcs once, by two of them at most; or each other arc is laid to the node that it leads to, or from, which
// two of the path touch at the most: many people at few places cost what the places do.
func (p *Problem) pathsFit() error {
	degree := make([]int32, p.N)
	for i := range p.Arcs {
		degree[p.Arcs[i].From]++
		degree[p.Arcs[i].To]++
	}
	hub := int32(0)
	for v, d := range degree {
		if d > degree[hub] {
			hub = int32(v)
		}
	}
	var atHub uint64
	most, either, from, to := make([]uint64, p.N), make([]uint64, p.N), make([]uint64, p.N), make([]uint64, p.N)
	for i := range p.Arcs {
		a := &p.Arcs[i]
		c := magnitude(a.Cost)
		most[a.From], most[a.To] = max(most[a.From], c), max(most[a.To], c)
		if a.From == hub || a.To == hub {
			atHub = max(atHub, c)
			continue
		}
		either[a.From], either[a.To] = max(either[a.From], c), max(either[a.To], c)
		from[a.From], to[a.To] = max(from[a.From], c), max(to[a.To], c)
	}
	rest := min(total(either, 1), total(from, 2), total(to, 2))
	if total(most, 1) > 1<<61 && (atHub > 1<<60 || 2*atHub+rest > 1<<61) {
		return fmt.Errorf("costs of a path above 2^61: %w", ErrRange)
	}
	return nil
}

// total sums costs so many times, up to somewhat more than 2^61.
func total(costs []uint64, times uint64) (sum uint64) {
	const enough = 1<<61 + 1
	for _, c := range costs {
		if sum += min(c, enough) * times; sum >= enough {
			return enough
		}
	}
	return sum
}
