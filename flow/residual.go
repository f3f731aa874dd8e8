// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"cmp"
	"math/bits"
)

// residual is a Problem, its flow and potentials as searches read them, whose time is that of looking at memory: which arcs are open is
// a bit each, so few that they stay in the cache; all else that a node has of its arcs lies side by side; and an open arc costs one look
// more, at its other end. Memory: 41 bytes an arc, 32 a node.
type residual struct {
	nodes  []node // and one more, for where the halves of the last end
	halves []half
	leaves []uint64 // for each half a bit: its step has room
	enters []uint64 // its step walked the other way has room
	places []place
}

// node is 32 bytes, two in a cache line.
type node struct {
	pi    int64 // Solution.Pi
	dist  int64
	round int32  // dijkstra.now when seen, and more when done or ranked
	via   Step   // the step that led here
	first uint32 // of its halves; they are fewer than 2^32
	left  sign   // of what Live.left has there
	rank  uint8  // see rank.go
}

// sign is whether a node has too much, too little or nothing left while a change is under way.
type sign int8

const (
	tooLittle sign = -1
	even      sign = 0
	tooMuch   sign = 1
)

func signOf(left int64) sign { return sign(cmp.Compare(left, 0)) }

// half is an arc as its one end has it: the step that leaves there. A loop has one half.
type half struct {
	cost int64 // of the step, so negative for an arc walked back
	to   int32
	step Step
}

// place is where the halves of an arc are: at its From and at its To.
type place struct{ from, to uint32 }

func newResidual(p *Problem, s *Solution) residual {
	ends := newEnds(p)
	n := len(ends.steps)
	r := residual{make([]node, p.N+1), make([]half, n), make([]uint64, n/64+1), make([]uint64, n/64+1), make([]place, len(p.Arcs))}
	for v := range r.nodes {
		r.nodes[v].first = uint32(ends.first[v])
	}
	for v, pi := range s.Pi {
		r.nodes[v].pi = pi
	}
	for i, s := range ends.steps {
		arc, along := s.Arc()
		a, at := &p.Arcs[arc], &r.places[arc]
		if along {
			at.from, r.halves[i] = uint32(i), half{a.Cost, a.To, s}
		} else {
			at.to, r.halves[i] = uint32(i), half{-a.Cost, a.From, s}
		}
		if a.From == a.To {
			at.to = at.from
		}
	}
	for i := range p.Arcs {
		r.set(int32(i), &p.Arcs[i], s.Flow[i])
	}
	return r
}

// set takes over what an arc costs and has room for. Whatever changes an arc or its flow must call it.
func (r *residual) set(arc int32, a *Arc, flow int32) {
	at := r.places[arc]
	r.halves[at.to].cost = -a.Cost
	r.halves[at.from].cost = a.Cost // of a loop, this one counts
	more, less := flow < a.Cap, flow > a.Low
	put(r.leaves, at.to, less)
	put(r.enters, at.to, more)
	put(r.leaves, at.from, more)
	put(r.enters, at.from, less)
}

func put(open []uint64, i uint32, on bool) {
	open[i/64] &^= 1 << (i % 64)
	if on {
		open[i/64] |= 1 << (i % 64)
	}
}

func has(open []uint64, i uint32) bool { return open[i/64]>>(i%64)&1 != 0 }

// next returns the first of halves i up to stop whose bit is set, or some number from stop on.
func next(open []uint64, i, stop uint32) uint32 {
	for i < stop {
		if word := open[i/64] >> (i % 64); word != 0 {
			return i + uint32(bits.TrailingZeros64(word))
		}
		i = (i | 63) + 1
	}
	return stop
}

func (r *residual) at(v int32) []half { return r.halves[r.nodes[v].first:r.nodes[v+1].first] }
