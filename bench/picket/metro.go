// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/tenday/tenday/flow"
	"github.com/tenday/tenday/picket"

	"github.com/tenday/tenday/bench/spent"
)

const metro = "metro-10k"

// plain leaves teams and rest out, so that one flow is the whole plan.
var plain = map[string]string{"use_teams": "false", "min_rest_min": "0"}

// metro solves 10,000 people as one flow, in a process of its own, in turn with LEMON and with ourselves level by level.
func (b *bench) metro() {
	name := filepath.Join(b.dir, "metro.min")
	var want struct {
		Variants []struct {
			Name   string
			Levels map[string]int64
		}
	}
	raw, err := os.ReadFile(filepath.Join(b.plans, metro, "expected.json"))
	check(err)
	check(json.Unmarshal(raw, &want))
	in := b.input(metro, plain)
	r, err := picket.Plan(context.Background(), in)
	check(err)
	l, err := judge(in, r.Placements)
	check(err)
	for at, is := range r.Levels {
		if is.Value != want.Variants[0].Levels[is.Level.String()] || is.Value != l[at] {
			b.fail("%v is %d, counted %d, and the vectors say %d", is.Level, is.Value, l[at], want.Variants[0].Levels[is.Level.String()])
		}
	}
	f, err := os.Create(name)
	check(err)
	check(r.WriteMin(f))
	check(f.Close())

	self, err := os.Executable()
	check(err)
	var ours, steps, lemon []time.Duration
	for range b.runs {
		cost, took := line(exec.Command(self, "-child", "flow", name))
		ours = append(ours, took)
		found, took := line(exec.Command(self, "-child", "levels", filepath.Join(b.plans, metro)))
		steps = append(steps, took)
		if found != fmt.Sprint(l) {
			b.fail("level by level %s, at once %v", found, l)
		}
		if b.lemon != "" {
			peers, took := line(exec.Command(b.lemon, name))
			lemon = append(lemon, took)
			if cost != peers {
				b.fail("ours %s, LEMON %s", cost, peers)
			}
		}
	}
	fmt.Printf("  10,000 people, solve only: at once %s, level by level %s (%.2f)\n", spreadOf(ours), spreadOf(steps), ratio(steps, ours))
	if b.lemon != "" {
		fmt.Printf("  LEMON %s; ratio %.2f\n", spreadOf(lemon), ratio(ours, lemon))
	}
}

// line runs a program that prints cost=C cpu=SECONDS.
func line(c *exec.Cmd) (cost string, took time.Duration) {
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, os.Stderr
	check(c.Run())
	_, rest, _ := strings.Cut(out.String(), "cost=")
	cost, rest, _ = strings.Cut(rest, " cpu=")
	var seconds float64
	_, err := fmt.Sscan(rest, &seconds)
	check(err)
	return cost, time.Duration(seconds * float64(time.Second))
}

// solve is one run of ours: a network at once, or a plan level by level.
func solve(how, name string) {
	if how == "levels" {
		in, _, err := picket.Read(os.DirFS(name), plain)
		check(err)
		l, took := newLadder(in).climb()
		fmt.Printf("cost=%v cpu=%.4f\n", l, took.Seconds())
		return
	}
	f, err := os.Open(name)
	check(err)
	p, err := flow.ReadMin(f)
	check(err)
	check(f.Close())
	start := spent.CPU()
	s, err := flow.Solve(context.Background(), p, flow.Options{})
	check(err)
	took := spent.CPU() - start
	c, err := flow.Verify(p, s)
	check(err)
	fmt.Printf("cost=%v cpu=%.4f\n", c.Primal, took.Seconds())
}

// ladder is a plan without teams and rest as a flow that is solved one level after the other, without weights: after each level, arcs with
// a reduced cost stay as they are. It is built here, not by package picket.
type ladder struct {
	p     *flow.Problem
	costs [7][]int64
	fixed levels
}

func (l *ladder) arc(from, to int32, capacity int, cost levels) {
	l.p.Arcs = append(l.p.Arcs, flow.Arc{From: from, To: to, Cap: int32(capacity)})
	for at, c := range cost {
		l.costs[at] = append(l.costs[at], c)
	}
}

func newLadder(in *picket.Input) *ladder {
	l := &ladder{p: &flow.Problem{N: int32(1 + len(in.Needs))}} // the sink, then the needs
	for k := range in.Needs {
		n := &in.Needs[k]
		for u := 1; u <= n.Target; u++ {
			full := price(n, u)
			for at, v := range full {
				l.fixed[at] += v
				full[at] = -v
			}
			l.arc(int32(1+k), 0, 1, full)
		}
		l.arc(int32(1+k), 0, n.Max-n.Target, levels{})
	}
	supply := map[int32]int32{}
	node := func() int32 { l.p.N++; return l.p.N - 1 }
	for i, possible := range spots(in) {
		if len(possible) == 0 {
			continue
		}
		blocks := map[int32]int32{}
		me, most := node(), in.Members[i].MaxShifts
		for _, s := range possible {
			b := in.Shifts[in.Needs[s.need].Shift].Block
			from, ok := blocks[b]
			if !ok {
				from = node()
				blocks[b] = from
				l.arc(me, from, 1, levels{})
			}
			l.arc(from, int32(1+s.need), 1, levels{burden: s.burden})
		}
		most = min(most, len(blocks))
		supply[me] = int32(most)
		l.fixed[extraShifts] += int64(most * (most - 1) / 2)
		for left := most; left > 0; left-- { // giving up one of left shifts
			var c levels
			c[extraShifts] = -int64(left - 1)
			if left == 1 && in.Policy.PlaceEveryone {
				c[unplaced] = 1
			}
			l.arc(me, 0, 1, c)
		}
	}
	l.p.Supply = make([]int32, l.p.N)
	for v, s := range supply {
		l.p.Supply[v] = s
		l.p.Supply[0] -= s
	}
	return l
}

// climb solves level after level, each from the tree of the one before.
func (l *ladder) climb() (best levels, took time.Duration) {
	var o flow.Options
	for at := range best {
		for i := range l.p.Arcs {
			l.p.Arcs[i].Cost = l.costs[at][i]
		}
		start := spent.CPU()
		s, err := flow.Solve(context.Background(), l.p, o)
		check(err)
		took += spent.CPU() - start
		best[at] = l.fixed[at] + flow.Cost(l.p, s.Flow).Int64()
		for i := range l.p.Arcs {
			if a := &l.p.Arcs[i]; a.Cost+s.Pi[a.From]-s.Pi[a.To] != 0 {
				a.Low, a.Cap = s.Flow[i], s.Flow[i]
			}
		}
		o.Start = &s.Start
	}
	return best, took
}

// explain prices the other places of people drawn at random, in the plan with teams and rest.
func (b *bench) explain() {
	in := b.input(metro, nil)
	start := spent.CPU()
	r, err := picket.Plan(context.Background(), in)
	check(err)
	fmt.Printf("  the plan with teams and rest: %s\n", short(spent.CPU()-start))
	runtime.LockOSThread() // so that the thread's CPU time is one explanation's
	defer runtime.UnlockOSThread()
	random := rand.New(rand.NewPCG(b.seed, 2))
	var took []time.Duration
	places := 0
	for range b.n {
		who := random.IntN(len(in.Members))
		start := spent.Thread()
		places += len(r.Explain(int32(who)))
		took = append(took, spent.Thread()-start)
	}
	fmt.Printf("  %d people explained, %d places priced: %s\n", b.n, places, tail(took))
}

// replan repairs the plan of 10,000 after one drop-out, after one in a hundred, and after a site closes, and takes people out of the network
// one after the other.
func (b *bench) replan() {
	ctx := context.Background()
	in := b.input(metro, nil)
	r, err := picket.Plan(ctx, in)
	check(err)
	now := in.Shifts[0].At[0].Start.Add(-12 * time.Hour)
	for i := range r.Placements {
		r.Placements[i].State = picket.Notified
	}
	out := func(n int) (all []picket.Event) {
		random := rand.New(rand.NewPCG(b.seed, 3))
		for range n {
			all = append(all, picket.Event{Kind: picket.DropOut, Member: r.Placements[random.IntN(len(r.Placements))].Member, Site: -1, Shift: -1})
		}
		return all
	}
	for _, c := range []struct {
		what   string
		events []picket.Event
	}{
		{"one drop-out", out(1)}, {"100 drop-outs", out(100)}, {"a site closes", []picket.Event{{Kind: picket.CloseSite, Site: 0, Member: -1, Shift: -1}}},
	} {
		for _, mode := range []picket.Mode{picket.Direct, picket.Disturbance, picket.Cost} {
			var took []time.Duration
			changes := 0
			for range b.runs {
				start := spent.CPU()
				again, err := picket.Replan(ctx, in, r.Placements, c.events, now, mode)
				check(err)
				took, changes = append(took, spent.CPU()-start), len(again.Changes)
			}
			fmt.Printf("  %s, %s: %s, %d people's places change\n", c.what, mode, spreadOf(took), changes)
		}
	}
	gone := r.Placements[0]
	start := spent.CPU()
	offers, err := picket.Offers(ctx, in, r.Placements, []picket.Event{{Kind: picket.DropOut, Member: gone.Member, Site: -1, Shift: gone.Shift}}, now, gone.Site, gone.Shift, gone.Role)
	check(err)
	fmt.Printf("  offers for one vacancy: %s, %d offers\n", short(spent.CPU()-start), len(offers))
	b.repair()
}

// repair takes people out of the network one after the other, and compares the end with a fresh solve.
func (b *bench) repair() {
	ctx := context.Background()
	r, err := picket.Plan(ctx, b.input(metro, plain))
	check(err)
	var file bytes.Buffer
	check(r.WriteMin(&file))
	p, err := flow.ReadMin(&file)
	check(err)
	s, err := flow.Solve(ctx, p, flow.Options{})
	check(err)
	var people []int32
	for v, supply := range p.Supply {
		if supply > 0 {
			people = append(people, int32(v))
		}
	}
	rand.New(rand.NewPCG(b.seed, 4)).Shuffle(len(people), func(i, j int) { people[i], people[j] = people[j], people[i] })
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	live := flow.NewLive(p, s)
	var took []time.Duration
	for _, v := range people[:1000] {
		start := spent.Thread()
		_, err := live.Remove(v)
		took = append(took, spent.Thread()-start)
		check(err)
	}
	c, err := flow.Verify(p, live.Solution())
	check(err)
	fresh, err := flow.Solve(ctx, p, flow.Options{})
	check(err)
	if c.Primal.Cmp(flow.Cost(p, fresh.Flow)) != 0 {
		b.fail("after 1,000 repairs %v, solved afresh %v", c.Primal, flow.Cost(p, fresh.Flow))
	}
	fmt.Printf("  1,000 drop-outs repaired in the network, equal to a fresh solve: %s\n", tail(took))
}
