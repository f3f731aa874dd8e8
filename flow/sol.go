// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"math/big"
)

// WriteSol writes s as a DIMACS solution: "s TOTAL", one "f SRC DST FLOW" for each arc in the order of p, zeros included, and the
// potentials as "c pi NODE VALUE".
func WriteSol(w io.Writer, p *Problem, s *Solution) error {
	if len(s.Flow) != len(p.Arcs) || len(s.Pi) != int(p.N) {
		return fmt.Errorf("write solution: %d flows for %d arcs, %d potentials for %d nodes", len(s.Flow), len(p.Arcs), len(s.Pi), p.N)
	}
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "s %v\n", Cost(p, s.Flow))
	for i := range p.Arcs {
		line(b, "f", int64(p.Arcs[i].From)+1, int64(p.Arcs[i].To)+1, int64(s.Flow[i]))
	}
	for v, pi := range s.Pi {
		line(b, "c pi", int64(v)+1, pi)
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("write solution: %w", err)
	}
	return nil
}

// Cost returns the sum of Cost*Flow over the arcs.
func Cost(p *Problem, flow []int32) *big.Int {
	var w wide
	for i := range p.Arcs {
		w.add(p.Arcs[i].Cost, flow[i])
	}
	return w.big()
}

// ReadSol reads what WriteSol writes. It checks that the file belongs to p: the arcs in order, a potential for each node, and the
// total that the flows cost (code total). It proves nothing: that is Verify's. Errors: *ParseError.
func ReadSol(r io.Reader, p *Problem) (*Solution, error) {
	d := reader{s: newScanner(r), priced: true}
	s := &Solution{Flow: make([]int32, 0, len(p.Arcs)), Pi: make([]int64, p.N)}
	var total *big.Int
	stated := 0 // in this line
	named := make([]bool, p.N)
	priced := 0
	for d.scan() {
		switch kind := d.fields[0]; {
		case kind == "c":
			d.want(4)
			v := d.node(2, "node", p.N)
			pi := d.number(3, "pi", math.MinInt64, math.MaxInt64, "number_range")
			if d.err == nil && named[v] {
				d.fail("duplicate_node", "node", d.fields[2])
			} else if d.err == nil {
				named[v], s.Pi[v] = true, pi
				priced++
			}
		case kind == "s" && total == nil:
			d.want(2)
			if d.err == nil {
				total, stated = d.total(), d.line
			}
		case kind == "s":
			d.fail("duplicate_problem_line", "", "")
		case kind != "f":
			d.fail("syntax", "line", kind)
		case total == nil:
			d.fail("no_problem_line", "", "")
		case len(s.Flow) == len(p.Arcs):
			d.fail("arc_count", "", "")
		default:
			s.Flow = append(s.Flow, d.flow(p, len(s.Flow)))
		}
	}
	switch {
	case d.err != nil:
	case total == nil:
		d.fail("no_problem_line", "", "")
	case len(s.Flow) < len(p.Arcs) || priced < len(s.Pi):
		d.fail("arc_count", "", fmt.Sprintf("%d flows, %d potentials", len(s.Flow), priced))
	case total.Cmp(Cost(p, s.Flow)) != 0:
		d.err = &ParseError{Line: stated, Code: "total", Field: "total", Text: total.String()}
	}
	if d.err != nil {
		return nil, d.err
	}
	return s, nil
}

// flow reads "f SRC DST FLOW", which must be arc i.
func (d *reader) flow(p *Problem, i int) int32 {
	d.want(4)
	from, to := d.node(1, "src", p.N), d.node(2, "dst", p.N)
	f := d.number(3, "flow", 0, maxCap, "number_range")
	if a := &p.Arcs[i]; d.err == nil && (a.From != from || a.To != to) {
		d.fail("flow_arc", "", d.text)
	}
	return int32(f)
}

// total reads the number of "s TOTAL", which may exceed 64 bits.
func (d *reader) total() *big.Int {
	text := d.fields[1]
	n, ok := new(big.Int), false
	if len(text) <= 40 {
		n, ok = n.SetString(text, 10)
	}
	if !ok {
		d.fail("syntax", "total", text)
		return new(big.Int)
	}
	return n
}
