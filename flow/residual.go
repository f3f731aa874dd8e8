// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"cmp"
	"iter"
	"math/bits"
)

// residual is a Problem, its flow and potentials as searches read them, whose time is that of looking at memory: which arcs are open is
// a bit each, so few that they stay in the cache; all else that a node has of its arcs lies side by side; and an open arc costs one look
// more, at its other end. Memory: 41 bytes an arc, 24 a node.
type residual struct {
	pi     []int64 // Solution.Pi
	nodes  []node  // and one more, for where the halves of the last end
	halves []half
	leaves []uint64 // for each half a bit: its step has room
	enters []uint64 // its step walked the other way has room
	places []place
}

// node is what a search notes of one.
type node struct {
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

// link is an arc as a residual takes it over.
type link struct {
	from, to   int32
	cost       int64
	more, less bool // than its flow
}

func linkOf(a *Arc, flow int32) link { return link{a.From, a.To, a.Cost, flow < a.Cap, flow > a.Low} }

func newResidual(p *Problem, s *Solution) residual {
	return layOut(s.Pi, len(p.Arcs), func(yield func(int32, link) bool) {
		for i := range p.Arcs {
			yield(int32(i), linkOf(&p.Arcs[i], s.Flow[i]))
		}
	})
}

// layOut lays out the arcs that each yields with their numbers, below arcs, the same ones whenever it is asked.
func layOut(pi []int64, arcs int, each iter.Seq2[int32, link]) residual {
	r := residual{pi: pi, nodes: make([]node, len(pi)+1), places: make([]place, arcs)}
	for _, a := range each {
		r.nodes[a.from].first++
		if a.from != a.to {
			r.nodes[a.to].first++
		}
	}
	free, total := make([]uint32, len(pi)+1), uint32(0)
	for v := range r.nodes {
		n := &r.nodes[v]
		total, n.first, free[v] = total+n.first, total, total
	}
	r.halves, r.leaves, r.enters = make([]half, total), make([]uint64, total/64+1), make([]uint64, total/64+1)
	for i, a := range each {
		at := &r.places[i]
		at.from = free[a.from]
		free[a.from]++
		at.to = at.from
		if a.from != a.to {
			at.to = free[a.to]
			free[a.to]++
		}
		r.halves[at.to] = half{to: a.from, step: ^Step(i)}
		r.halves[at.from] = half{to: a.to, step: Step(i)}
		r.set(i, a)
	}
	return r
}

// set takes over what an arc costs and has room for. Whatever changes an arc or its flow must call it.
func (r *residual) set(i int32, a link) {
	at := r.places[i]
	r.halves[at.to].cost = -a.cost
	r.halves[at.from].cost = a.cost // of a loop, this one counts
	put(r.leaves, at.to, a.less)
	put(r.enters, at.to, a.more)
	put(r.leaves, at.from, a.more)
	put(r.enters, at.from, a.less)
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
