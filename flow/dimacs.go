// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// ParseError says what is wrong with a file: the line (1 is the first, 0 the file as a whole), a code, the field (src, low, ...; may
// be empty) and what stood there.
//
// Codes: no_problem_line, duplicate_problem_line, problem_type, syntax, node_range, duplicate_node, arc_count,
// capacity_below_lower, negative_lower, number_range, unbalanced; in solutions also total and flow_arc.
type ParseError struct {
	Line              int
	Code, Field, Text string
}

func (e *ParseError) Error() string {
	var b strings.Builder
	if e.Line > 0 {
		fmt.Fprintf(&b, "line %d: ", e.Line)
	}
	if e.Field != "" && e.Field != "line" {
		b.WriteString(e.Field + ": ")
	}
	if e.Text != "" {
		fmt.Fprintf(&b, "%q: ", e.Text)
	}
	b.WriteString(messages[e.Code])
	return b.String()
}

// messages say what each code asks for.
var messages = map[string]string{
	"no_problem_line":        "the first line is missing: p min NODES ARCS of a problem, s TOTAL of a solution",
	"duplicate_problem_line": "there is a line p or s already",
	"problem_type":           "only minimum-cost flow problems are read: p min NODES ARCS",
	"syntax":                 "this cannot be read; lines are p min NODES ARCS, n ID SUPPLY and a SRC DST LOW CAP COST, of a solution s TOTAL and f SRC DST FLOW",
	"node_range":             "not a node: they are numbered from 1 to the number in the problem line",
	"duplicate_node":         "the supply of this node was given before",
	"arc_count":              "not as many as the problem has",
	"capacity_below_lower":   "the capacity is below the lower bound",
	"negative_lower":         "a lower bound is 0 or more",
	"number_range":           "too large or too small a number",
	"unbalanced":             "all supplies together must be 0",
	"total":                  "not what the flow below costs",
	"flow_arc":               "not the arc of the problem that comes next: a solution has them all, in the problem's order",
}

// ReadMin reads a minimum-cost flow problem in DIMACS format: lines c (comment), "p min NODES ARCS", "n ID SUPPLY" and
// "a SRC DST LOW CAP COST", nodes counted from 1. Fields are parted by spaces or tabs; lines may end in CR LF, be blank, and the last
// one need not end. Everything else is a *ParseError, the first one found. Memory follows NODES and the arcs present.
//
// Format: "The First DIMACS International Algorithm Implementation Challenge: Problem definitions and specifications" (1990).
func ReadMin(r io.Reader) (*Problem, error) {
	d := reader{s: newScanner(r)}
	var p *Problem
	var arcs int
	var named map[int32]bool
	for d.scan() {
		switch kind := d.fields[0]; {
		case kind == "p" && p != nil:
			d.fail("duplicate_problem_line", "", "")
		case kind == "p":
			p, arcs = d.problem()
			named = map[int32]bool{}
		case kind != "n" && kind != "a":
			d.fail("syntax", "line", kind)
		case p == nil:
			d.fail("no_problem_line", "", "")
		case kind == "n":
			if v, s := d.supply(p.N); d.err == nil && named[v] {
				d.fail("duplicate_node", "id", d.fields[1])
			} else if d.err == nil {
				named[v], p.Supply[v] = true, s
			}
		case len(p.Arcs) == arcs:
			d.fail("arc_count", "", "")
		default:
			p.Arcs = append(p.Arcs, d.arc(p.N))
		}
	}
	switch {
	case d.err != nil:
	case p == nil:
		d.fail("no_problem_line", "", "")
	case len(p.Arcs) < arcs:
		d.fail("arc_count", "", strconv.Itoa(len(p.Arcs)))
	default:
		if err := p.check(); errors.Is(err, ErrUnbalanced) {
			d.err = &ParseError{Code: "unbalanced"}
		} else if err != nil {
			d.err = &ParseError{Code: "number_range", Field: "supply"}
		}
	}
	if d.err != nil {
		return nil, d.err
	}
	return p, nil
}

// problem reads "p min NODES ARCS".
func (d *reader) problem() (*Problem, int) {
	if len(d.fields) > 1 && d.fields[1] != "min" {
		d.fail("problem_type", "type", d.fields[1])
		return nil, 0
	}
	d.want(4)
	nodes := d.number(2, "nodes", 0, math.MaxInt32-1, "number_range")
	arcs := d.number(3, "arcs", 0, math.MaxInt32, "number_range")
	if d.err != nil {
		return nil, 0
	}
	return &Problem{N: int32(nodes), Supply: make([]int32, nodes), Arcs: make([]Arc, 0, min(arcs, 1<<16))}, int(arcs)
}

// supply reads "n ID SUPPLY" and returns the node from 0.
func (d *reader) supply(n int32) (v, supply int32) {
	d.want(3)
	v = d.node(1, "id", n)
	return v, int32(d.number(2, "supply", math.MinInt32, math.MaxInt32, "number_range"))
}

// arc reads "a SRC DST LOW CAP COST".
func (d *reader) arc(n int32) Arc {
	d.want(6)
	a := Arc{From: d.node(1, "src", n), To: d.node(2, "dst", n)}
	low := d.number(3, "low", math.MinInt64, maxCap, "number_range")
	if d.err == nil && low < 0 {
		d.fail("negative_lower", "low", d.fields[3])
	}
	high := d.number(4, "cap", math.MinInt64, maxCap, "number_range")
	if d.err == nil && high < low {
		d.fail("capacity_below_lower", "cap", d.fields[4])
	}
	a.Low, a.Cap = int32(low), int32(high)
	a.Cost = d.number(5, "cost", math.MinInt64, math.MaxInt64, "number_range")
	return a
}

// WriteMin writes p in DIMACS format, each line of comment before it as a c line. ReadMin gives the same Problem back, apart from a nil
// slice for an empty one.
func WriteMin(w io.Writer, p *Problem, comment string) error {
	b := bufio.NewWriter(w)
	if comment != "" {
		for line := range strings.Lines(comment) {
			b.WriteString("c " + strings.TrimRight(line, "\r\n") + "\n")
		}
	}
	fmt.Fprintf(b, "p min %d %d\n", p.N, len(p.Arcs))
	for v, s := range p.Supply {
		if s != 0 {
			line(b, "n", int64(v)+1, int64(s))
		}
	}
	for i := range p.Arcs {
		a := &p.Arcs[i]
		line(b, "a", int64(a.From)+1, int64(a.To)+1, int64(a.Low), int64(a.Cap), a.Cost)
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("write problem: %w", err)
	}
	return nil
}

// line writes a line of numbers; the buffer keeps the first error for Flush.
func line(b *bufio.Writer, kind string, numbers ...int64) {
	b.WriteString(kind)
	for _, n := range numbers {
		b.WriteByte(' ')
		b.Write(strconv.AppendInt(b.AvailableBuffer(), n, 10))
	}
	b.WriteByte('\n')
}
