// SPDX-License-Identifier: Apache-2.0

// Command flow runs package flow and LEMON's network simplex on the same networks in turn and prints medians of CPU time and their ratio.
//
//	go -C bench run ./flow -lemon LEMON [-runs 5] [-members 75000 -sites 500 -seeds 101,102] [FILE.min ...]
//
// LEMON is flow/lemon/lemon.cc, compiled: g++ -O2 -o LEMON lemon.cc (Debian: liblemon-dev). With -members, networks of a picket plan are
// made from each seed; files are taken as they are. Objectives must be equal. Reading the file is not timed, Verify is
// timed apart. With -repair, drop-outs and other changes are repaired one after the other and the end is compared with a fresh solve, or proven optimal.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"log"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/tenday/tenday/flow"

	"github.com/tenday/tenday/bench/spent"
)

func main() {
	log.SetFlags(0)
	lemon := flag.String("lemon", "", "the compiled lemon.cc; empty: package flow alone")
	runs := flag.Int("runs", 5, "alternating runs of each")
	members := flag.Int("members", 0, "members of made networks")
	sites := flag.Int("sites", 500, "sites of made networks, six shifts each")
	seeds := flag.String("seeds", "101", "seeds of made networks")
	repair := flag.Int("repair", 0, "drop-outs to repair")
	child := flag.Bool("child", false, "solve one file and print its figures (what the bench runs itself for)")
	flag.Parse()
	files := flag.Args()
	if *child {
		fmt.Println(solve(files[0]))
		return
	}
	if *members > 0 {
		dir, err := os.MkdirTemp("", "flow")
		check(err)
		defer os.RemoveAll(dir)
		for seed := range strings.SplitSeq(*seeds, ",") {
			n, err := strconv.ParseUint(seed, 10, 64)
			check(err)
			name := filepath.Join(dir, fmt.Sprintf("made-%d-%d-%s.min", *members, *sites, seed))
			f, err := os.Create(name)
			check(err)
			check(flow.WriteMin(f, generate(*members, *sites, n), ""))
			check(f.Close())
			files = append(files, name)
		}
	}
	for _, name := range files {
		compare(name, *lemon, *runs)
		if *repair > 0 {
			repairs(name, *repair)
		}
	}
}

// compare runs both on one file in turn.
func compare(name, lemon string, runs int) {
	self, err := os.Executable()
	check(err)
	var ours, theirs []figures
	for range runs {
		ours = append(ours, run(self, "-child", name))
		if lemon != "" {
			theirs = append(theirs, run(lemon, name))
		}
	}
	a := median(ours)
	fmt.Printf("%s\n  flow   %.3f s, %d MiB at most\n", filepath.Base(name), a.cpu, a.mib)
	if lemon == "" {
		return
	}
	b := median(theirs)
	fmt.Printf("  LEMON  %.3f s, %d MiB at most\n  ratio  %.2f, objectives equal: %v\n", b.cpu, b.mib, a.cpu/b.cpu, a.cost == b.cost)
}

// figures are what one run says of itself.
type figures struct {
	cost string
	cpu  float64
	mib  int
}

func run(program string, args ...string) figures {
	var out bytes.Buffer
	c := exec.Command(program, args...)
	c.Stdout, c.Stderr = &out, os.Stderr
	check(c.Run())
	var f figures
	var status int
	_, err := fmt.Sscanf(out.String(), "status=%d cost=%s cpu=%f rss_mib=%d", &status, &f.cost, &f.cpu, &f.mib)
	check(err)
	if status != 1 {
		log.Fatalf("%s: %s", program, out.String())
	}
	return f
}

// median returns the run of median time.
func median(f []figures) figures {
	slices.SortFunc(f, func(a, b figures) int {
		switch {
		case a.cpu < b.cpu:
			return -1
		case a.cpu > b.cpu:
			return 1
		}
		return 0
	})
	return f[len(f)/2]
}

func read(name string) *flow.Problem {
	f, err := os.Open(name)
	check(err)
	defer f.Close()
	p, err := flow.ReadMin(f)
	check(err)
	return p
}

// solve prints the line that lemon.cc prints, and the time of the proof beside it.
func solve(name string) string {
	p := read(name)
	start := spent.CPU()
	s, err := flow.Solve(context.Background(), p, flow.Options{})
	check(err)
	took := spent.CPU() - start
	c, err := flow.Verify(p, s)
	check(err)
	proof := spent.CPU() - start - took
	return fmt.Sprintf("status=1 cost=%v cpu=%.4f rss_mib=%d pivots=%d verify=%.4f", c.Primal, took.Seconds(), peak(), s.Pivots, proof.Seconds())
}

// repairs takes people out one after the other, as drop-outs do, and proves the last state; then, each time from the first plan, takes
// one shift from people and gives it back, and lets needs want one person less or more.
func repairs(name string, n int) {
	p := read(name)
	s, err := flow.Solve(context.Background(), p, flow.Options{})
	check(err)
	sink := int32(slices.IndexFunc(p.Supply, func(b int32) bool { return b < 0 }))
	var people, places []int32
	for v, b := range p.Supply {
		if b > 0 {
			people = append(people, int32(v))
		}
	}
	for i, a := range p.Arcs {
		if a.To == sink && a.Cap > 1 {
			places = append(places, int32(i))
		}
	}
	some := func(all []int32, i int) int32 { return all[(i*7919+13)%len(all)] }
	series := func(what string, change func(*flow.Live, int) error) (*flow.Problem, *big.Int) {
		q := &flow.Problem{N: p.N, Supply: slices.Clone(p.Supply), Arcs: slices.Clone(p.Arcs)}
		live := flow.NewLive(q, &flow.Solution{Flow: slices.Clone(s.Flow), Pi: slices.Clone(s.Pi)})
		runtime.GC()
		runtime.LockOSThread() // so that the thread's CPU time is the repair's; on a busy machine the clock on the wall counts others' work
		defer runtime.UnlockOSThread()
		var took, busy []time.Duration
		for i := range n {
			start, used := time.Now(), spent.Thread()
			err := change(live, i)
			took, busy = append(took, time.Since(start)), append(busy, spent.Thread()-used)
			check(err)
		}
		c, err := flow.Verify(q, live.Solution())
		check(err)
		fmt.Printf("  %d times %s, proven optimal at the end: elapsed %s; CPU %s\n", n, what, spread(took), spread(busy))
		return q, c.Primal
	}
	q, total := series("a person out", func(l *flow.Live, i int) error { _, err := l.Remove(some(people, i)); return err })
	fresh, err := flow.Solve(context.Background(), q, flow.Options{})
	check(err)
	fmt.Printf("  the total is that of a fresh solve: %v\n", total.Cmp(flow.Cost(q, fresh.Flow)) == 0)
	series("a person's shift taken or given back", func(l *flow.Live, i int) error {
		_, err := l.AddSupply(some(people, i/2), sink, int32(i%2*2-1))
		return err
	})
	for _, by := range []int32{-1, 1} {
		series(fmt.Sprintf("a need's places %+d", by), func(l *flow.Live, i int) error {
			at := some(places, i)
			_, err := l.SetCap(at, l.Problem().Arcs[at].Cap+by)
			return err
		})
	}
}

func spread(all []time.Duration) string {
	slices.Sort(all)
	n := len(all)
	return fmt.Sprintf("median %v, p95 %v, most %v", all[n/2], all[n*95/100], all[n-1])
}

func peak() int64 {
	var r syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &r))
	return r.Maxrss / 1024
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
