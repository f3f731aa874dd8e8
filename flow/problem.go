// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"errors"
	"fmt"
	"math"
)

// Errors of a Problem that Solve, Verify and the readers will not take. They come wrapped with the place.
var (
	ErrUnbalanced = errors.New("supplies do not sum to zero")
	ErrRange      = errors.New("number out of range")
	ErrStart      = errors.New("start is not a feasible flow on a spanning forest")
)

// Arc carries between Low and Cap units from one node to another, at Cost a unit. Arcs may be parallel; an arc from a node
// to itself is allowed. 0 <= Low <= Cap <= 2^31-2.
type Arc struct {
	From, To, Low, Cap int32
	Cost               int64
}

// Problem asks for the cheapest flow that respects all arcs and in which, at every node, flow out less flow in is its Supply.
// Nodes are 0 to N-1. A positive Supply is a source, a negative one a sink; together they are zero, and the positive ones
// sum to at most 2^31-1.
type Problem struct {
	N      int32
	Supply []int32
	Arcs   []Arc
}

const (
	maxCap   = math.MaxInt32 - 1
	maxTotal = math.MaxInt32
)

// check reports the first thing that makes p no problem at all: ErrRange or ErrUnbalanced, with the arc or node named.
func (p *Problem) check() error {
	if p.N < 0 || p.N == math.MaxInt32 || len(p.Supply) != int(p.N) {
		return fmt.Errorf("%d nodes with %d supplies: %w", p.N, len(p.Supply), ErrRange)
	}
	if len(p.Arcs) > math.MaxInt32 {
		return fmt.Errorf("%d arcs: %w", len(p.Arcs), ErrRange)
	}
	var in, out int64
	for _, s := range p.Supply {
		if s > 0 {
			in += int64(s)
		} else {
			out -= int64(s)
		}
	}
	if in != out {
		return fmt.Errorf("supply %d, demand %d: %w", in, out, ErrUnbalanced)
	}
	if in > maxTotal {
		return fmt.Errorf("supply %d in all: %w", in, ErrRange)
	}
	for i := range p.Arcs {
		a := &p.Arcs[i]
		if uint32(a.From) >= uint32(p.N) || uint32(a.To) >= uint32(p.N) {
			return fmt.Errorf("arc %d from %d to %d of %d nodes: %w", i, a.From, a.To, p.N, ErrRange)
		}
		if a.Low < 0 || a.Low > a.Cap || a.Cap > maxCap {
			return fmt.Errorf("arc %d with bounds %d and %d: %w", i, a.Low, a.Cap, ErrRange)
		}
	}
	return nil
}

func (p *Problem) ends(i int32) (from, to int32) { return p.Arcs[i].From, p.Arcs[i].To }

// excess returns for every node what is left to ship when each arc carries its Low.
func (p *Problem) excess() []int64 {
	b := make([]int64, p.N)
	for v, s := range p.Supply {
		b[v] = int64(s)
	}
	for i := range p.Arcs {
		a := &p.Arcs[i]
		b[a.From] -= int64(a.Low)
		b[a.To] += int64(a.Low)
	}
	return b
}

// magnitude is |x| without overflow.
func magnitude(x int64) uint64 {
	if x < 0 {
		return -uint64(x)
	}
	return uint64(x)
}
