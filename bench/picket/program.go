// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tenday/tenday/picket"
)

// program is a plan with teams and rest as an integer program. It is solved level by level: what each reached binds those after it.
type program struct {
	terms  [7][]term // of the levels, whose values are constant + terms
	fixed  levels
	rows   []row
	bounds []string
	binary []string
}

type term struct {
	times int64
	name  string
}

type row struct {
	terms []term
	sign  string
	right int64
}

func (p *program) row(sign string, right int64, terms ...term) {
	if len(terms) > 0 {
		p.rows = append(p.rows, row{terms, sign, right})
	}
}

// bounded adds a variable between 0 and most.
func (p *program) bounded(name string, most int) string {
	p.bounds = append(p.bounds, fmt.Sprintf("0 <= %s <= %d", name, most))
	return name
}

// newProgram writes the rules of a plan down.
func newProgram(in *picket.Input) *program {
	p := &program{}
	at := make([][]term, len(in.Needs)) // who stands there
	type line struct{ team, shift, site int32 }
	seats := map[line]string{}
	for i, possible := range spots(in) {
		m := &in.Members[i]
		var all []term
		blocks := map[int32][]term{}
		sites := map[line][]term{}
		held := map[int]string{}
		for _, s := range possible {
			n := &in.Needs[s.need]
			if teamed(in, i) && n.Role == picket.Standby {
				continue
			}
			x := term{1, fmt.Sprintf("x%d_%d", i, s.need)}
			p.binary = append(p.binary, x.name)
			held[s.need] = x.name
			all, at[s.need] = append(all, x), append(at[s.need], x)
			b := in.Shifts[n.Shift].Block
			blocks[b] = append(blocks[b], x)
			if s.burden != 0 {
				p.terms[burden] = append(p.terms[burden], term{s.burden, x.name})
			}
			l := line{m.Team, n.Shift, n.Site}
			sites[l] = append(sites[l], x)
		}
		for _, b := range slices.Sorted(maps.Keys(blocks)) {
			p.row("<=", 1, blocks[b]...)
		}
		p.rest(in, held)
		p.count(in, i, all, len(possible) > 0)
		if !teamed(in, i) {
			continue
		}
		for shift := range in.Shifts { // at each site all of the team or none
			for site := range in.Sites {
				l := line{m.Team, int32(shift), int32(site)}
				seat, ok := seats[l]
				if !ok {
					seat = fmt.Sprintf("t%d_%d_%d", m.Team, shift, site)
					seats[l] = seat
					p.binary = append(p.binary, seat)
				}
				p.row("=", 0, append(sites[l], term{-1, seat})...)
			}
		}
	}
	for k := range in.Needs {
		p.need(k, &in.Needs[k], at[k])
	}
	return p
}

// rest keeps one person's shifts apart.
func (p *program) rest(in *picket.Input, held map[int]string) {
	type slot struct {
		block int32
		when  picket.Interval
	}
	slots := map[slot][]int{}
	var order []slot
	for _, need := range slices.Sorted(maps.Keys(held)) {
		s := slot{in.Shifts[in.Needs[need].Shift].Block, interval(in, need)}
		if slots[s] == nil {
			order = append(order, s)
		}
		slots[s] = append(slots[s], need)
	}
	for _, a := range order {
		for _, b := range order {
			first, second := slots[a], slots[b]
			if a.block == b.block || b.when.Start.Before(a.when.Start) || !clash(in, first[0], second[0]) {
				continue
			}
			var terms []term
			for _, need := range slices.Concat(first, second) {
				terms = append(terms, term{1, held[need]})
			}
			p.row("<=", 1, terms...)
		}
	}
}

// count bounds one person's shifts and pays for none and for more than one.
func (p *program) count(in *picket.Input, i int, all []term, placeable bool) {
	most := in.Members[i].MaxShifts
	p.row("<=", int64(most), all...)
	if placeable && in.Policy.PlaceEveryone {
		p.fixed[unplaced]++
		if len(all) > 0 {
			u := p.bounded(fmt.Sprintf("u%d", i), 1)
			p.terms[unplaced] = append(p.terms[unplaced], term{-1, u})
			p.row("<=", 0, append(negative(all), term{1, u})...)
		}
	}
	if most < 2 || len(all) < 2 {
		return
	}
	sum := negative(all)
	for j := range most {
		g := p.bounded(fmt.Sprintf("g%d_%d", i, j), 1)
		sum = append(sum, term{1, g})
		if j > 0 {
			p.terms[extraShifts] = append(p.terms[extraShifts], term{int64(j), g})
		}
	}
	p.row("=", 0, sum...)
}

func negative(terms []term) (all []term) {
	for _, t := range terms {
		all = append(all, term{-t.times, t.name})
	}
	return all
}

// need bounds the people at a need and pays for its empty places.
func (p *program) need(k int, n *picket.Need, at []term) {
	for u := 1; u <= n.Target; u++ {
		for l, v := range price(n, u) {
			p.fixed[l] += v
		}
	}
	if len(at) == 0 {
		return
	}
	sum := negative(at)
	for u := 1; u <= n.Target; u++ {
		z := p.bounded(fmt.Sprintf("z%d_%d", k, u), 1)
		sum = append(sum, term{1, z})
		for l, v := range price(n, u) {
			if v != 0 {
				p.terms[l] = append(p.terms[l], term{-v, z})
			}
		}
	}
	if n.Max > n.Target {
		sum = append(sum, term{1, p.bounded(fmt.Sprintf("o%d", k), n.Max-n.Target)})
	}
	p.row("=", 0, sum...)
}

// write writes the program for one level in CPLEX LP format; reached are the levels before it.
func (p *program) write(w io.Writer, level int, reached levels) error {
	b := bufio.NewWriter(w)
	terms := func(all []term) {
		for i, t := range all {
			if i%8 == 7 {
				fmt.Fprintln(b)
			}
			fmt.Fprintf(b, " %+d %s", t.times, t.name)
		}
	}
	fmt.Fprint(b, "Minimize\n obj:")
	terms(p.terms[level])
	fmt.Fprint(b, "\nSubject To\n")
	for i, r := range p.rows {
		fmt.Fprintf(b, " r%d:", i)
		terms(r.terms)
		fmt.Fprintf(b, " %s %d\n", r.sign, r.right)
	}
	for l := range level {
		if len(p.terms[l]) > 0 {
			fmt.Fprintf(b, " level%d:", l)
			terms(p.terms[l])
			fmt.Fprintf(b, " <= %d\n", reached[l]-p.fixed[l])
		}
	}
	fmt.Fprintf(b, "Bounds\n %s\nBinaries\n %s\nEnd\n", strings.Join(p.bounds, "\n "), strings.Join(p.binary, "\n "))
	return b.Flush()
}

// errTime says that a level was not proven in the time it was given.
var errTime = errors.New("not proven in time")

// solve returns the best levels, how many of them are proven, and the CPU time it took.
func (p *program) solve(limit time.Duration) (best levels, proven int, took time.Duration, err error) {
	dir, err := os.MkdirTemp("", "program")
	if err != nil {
		return best, 0, 0, err
	}
	defer os.RemoveAll(dir)
	name := filepath.Join(dir, "plan.lp")
	for l := range best {
		if len(p.terms[l]) == 0 {
			best[l] = p.fixed[l]
			continue
		}
		f, err := os.Create(name)
		if err != nil {
			return best, l, took, err
		}
		if err := errors.Join(p.write(f, l, best), f.Close()); err != nil {
			return best, l, took, err
		}
		value, used, err := cbc(name, limit)
		took += used
		if err != nil {
			return best, l, took, err
		}
		best[l] = p.fixed[l] + int64(math.Round(value))
	}
	return best, len(best), took, nil
}

// cbc runs COIN-OR's cbc. Its preprocessing is off: with it, optima below a proven bound have been seen.
func cbc(file string, limit time.Duration) (float64, time.Duration, error) {
	answer := file + ".sol"
	c := exec.Command("cbc", file, "-preprocess", "off", "-seconds", strconv.Itoa(int(limit.Seconds())), "-timeMode", "cpu", "-solve", "-solution", answer)
	out, err := c.CombinedOutput()
	if err != nil {
		return 0, 0, fmt.Errorf("cbc: %w: %s", err, out)
	}
	text, err := os.ReadFile(answer)
	if err != nil {
		return 0, 0, fmt.Errorf("cbc: %w: %s", err, out)
	}
	var value float64
	line, _, _ := strings.Cut(string(text), "\n")
	if strings.HasPrefix(line, "Stopped on time") {
		return 0, used(c), errTime
	}
	if _, err := fmt.Sscanf(line, "Optimal - objective value %g", &value); err != nil {
		return 0, 0, fmt.Errorf("cbc: %s: %s", line, out)
	}
	return value, used(c), nil
}

func used(c *exec.Cmd) time.Duration { return c.ProcessState.UserTime() + c.ProcessState.SystemTime() }
