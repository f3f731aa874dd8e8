// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"fmt"
	"math/big"
)

// Certificate is what Verify found: the cost of the flow, the bound that the potentials prove for every flow (the same number),
// how many arcs there are and how many of them are tight, that is, have reduced cost 0.
type Certificate struct {
	Primal, Dual *big.Int
	Arcs, Tight  int
}

// Verify proves that s is an optimal solution of p, or names the first arc or node that spoils it. It shares no code with Solve:
//
//  1. Low <= Flow <= Cap on each arc, and at every node flow out less flow in is the Supply;
//  2. Flow < Cap implies a reduced cost >= 0, Flow > Low implies one <= 0;
//  3. the sum of Cost*Flow equals the sum over the arcs of rc*Low (rc > 0) or rc*Cap, less the sum over the nodes of Pi*Supply.
//
// Errors: those of a Problem; ErrRange also for a reduced cost outside 64 bits; all others say what is wrong.
func Verify(p *Problem, s *Solution) (Certificate, error) {
	if err := p.check(); err != nil {
		return Certificate{}, err
	}
	if len(s.Flow) != len(p.Arcs) || len(s.Pi) != int(p.N) {
		return Certificate{}, fmt.Errorf("%d flows for %d arcs, %d potentials for %d nodes", len(s.Flow), len(p.Arcs), len(s.Pi), p.N)
	}
	if err := p.feasible(s.Flow); err != nil {
		return Certificate{}, err
	}
	c := Certificate{Arcs: len(p.Arcs)}
	var primal, dual wide
	for i := range p.Arcs {
		a := &p.Arcs[i]
		rc, ok := reduced(a.Cost, s.Pi[a.From], s.Pi[a.To])
		switch {
		case !ok:
			return Certificate{}, fmt.Errorf("arc %d: reduced cost: %w", i, ErrRange)
		case rc < 0 && s.Flow[i] < a.Cap:
			return Certificate{}, fmt.Errorf("arc %d carries %d of %d though its reduced cost is %d", i, s.Flow[i], a.Cap, rc)
		case rc > 0 && s.Flow[i] > a.Low:
			return Certificate{}, fmt.Errorf("arc %d carries %d, not its lower bound %d, though its reduced cost is %d", i, s.Flow[i], a.Low, rc)
		case rc == 0:
			c.Tight++
		}
		primal.add(a.Cost, s.Flow[i])
		if rc > 0 {
			dual.add(rc, a.Low)
		} else {
			dual.add(rc, a.Cap)
		}
	}
	for v, b := range p.Supply {
		dual.sub(s.Pi[v], b)
	}
	c.Primal, c.Dual = primal.big(), dual.big()
	if c.Primal.Cmp(c.Dual) != 0 {
		return Certificate{}, fmt.Errorf("the flow costs %v, its bound is %v", c.Primal, c.Dual)
	}
	return c, nil
}

// feasible names the first arc outside its bounds or node out of balance.
func (p *Problem) feasible(flow []int32) error {
	net := make([]int64, p.N)
	for i := range p.Arcs {
		a, f := &p.Arcs[i], flow[i]
		if f < a.Low || f > a.Cap {
			return fmt.Errorf("arc %d carries %d, outside %d to %d", i, f, a.Low, a.Cap)
		}
		net[a.From] += int64(f)
		net[a.To] -= int64(f)
	}
	for v, b := range p.Supply {
		if net[v] != int64(b) {
			return fmt.Errorf("node %d ships %d, its supply is %d", v, net[v], b)
		}
	}
	return nil
}

// reduced returns cost + from - to and whether it fits.
func reduced(cost, from, to int64) (int64, bool) {
	// Two steps that may each overflow cancel; the 128-bit sum decides.
	var w wide
	w.add(cost, 1)
	w.add(from, 1)
	w.sub(to, 1)
	return int64(w.lo), w.hi == int64(w.lo)>>63
}
