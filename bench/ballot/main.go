// SPDX-License-Identifier: Apache-2.0

// Command ballot measures Tenday's secret ballots beside Debian's belenios-tool, which must be installed. Each figure is one command; the
// archives are made by casting in this process, kept in -dir and used again.
//
//	go -C bench run ./ballot -figure core     # verification per core: user CPU of 1,000 ballots, one job
//	go -C bench run ./ballot -figure cores    # the same on every core: wall time
//	go -C bench run ./ballot -figure count    # from the close to the result, 1,000 ballots, three trustees: wall time against six commands
//	go -C bench run ./ballot -figure memory   # peak memory and user CPU at 1,000, 10,000 and 100,000 ballots
//
// Runs of the two alternate, in pairs whose order alternates too; medians and ranges are printed with the load at both ends. -ballots
// makes any of them smaller: -figure core -ballots 60 -pairs 1 is a first look.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

func main() {
	log.SetFlags(0)
	var b bench
	figure := flag.String("figure", "", "core, cores, count or memory")
	flag.IntVar(&b.ballots, "ballots", 0, "how many, 1,000 unless told; with memory the most, 100,000 unless told")
	flag.IntVar(&b.pairs, "pairs", 5, "alternating runs of each")
	flag.IntVar(&b.peerMost, "peer-most", 10000, "with memory: the most ballots that belenios-tool checks (27 ms each)")
	flag.StringVar(&b.dir, "dir", filepath.Join(os.TempDir(), "bench-ballot"), "where archives are kept")
	child := flag.String("child", "", "one run of our own, in a process of its own: verify or count")
	flag.Parse()
	if *child != "" {
		if err := runChild(*child, flag.Args()); err != nil {
			log.Fatal(err)
		}
		return
	}
	if b.ballots == 0 {
		b.ballots = map[bool]int{true: 100_000, false: 1000}[*figure == "memory"]
	}
	run := map[string]func() error{
		"core": func() error { return b.verify(1, "user s", func(f figures) float64 { return f.user.Seconds() }) },
		"cores": func() error {
			return b.verify(runtime.NumCPU(), "wall s", func(f figures) float64 { return f.wall.Seconds() })
		},
		"count":  b.count,
		"memory": b.memory,
	}[*figure]
	if run == nil {
		flag.Usage()
		os.Exit(2)
	}
	fmt.Printf("%s, %d cores, load %s\n", *figure, runtime.NumCPU(), load())
	if err := run(); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("load at the end %s\n", load())
}

// bench is what the flags say.
type bench struct {
	ballots, pairs, peerMost int
	dir                      string
}

// verify compares `verify` of one archive.
func (b *bench) verify(jobs int, unit string, of func(figures) float64) error {
	a, err := b.archive(b.ballots)
	if err != nil {
		return err
	}
	ours, theirs, err := pairs(b.pairs, func() (figures, error) { return own("verify", a.file(), strconv.Itoa(jobs)) },
		func() (figures, error) { return peer(a.dir, "election", "verify", "--dir", a.dir) })
	if err != nil {
		return err
	}
	fmt.Printf("%d ballots, %d pairs, %d jobs\n", b.ballots, b.pairs, jobs)
	compare(unit, numbers(ours, of), numbers(theirs, of))
	return nil
}

// count compares what lies between the close and the result: ours verifies once and counts in one process, as the server does; theirs are
// the six commands that make and check the same events.
func (b *bench) count() error {
	a, err := b.archive(b.ballots)
	if err != nil {
		return err
	}
	ours, theirs, err := pairs(b.pairs, a.countOurs, a.countTheirs)
	if err != nil {
		return err
	}
	wall := func(f figures) float64 { return f.wall.Seconds() }
	fmt.Printf("%d ballots, %d pairs, 3 trustees\n", b.ballots, b.pairs)
	compare("wall s", numbers(ours, wall), numbers(theirs, wall))
	return nil
}

// memory shows how peak memory and time grow with the number of ballots.
func (b *bench) memory() error {
	for n := min(1000, b.ballots); n <= b.ballots; n *= 10 {
		a, err := b.archive(n)
		if err != nil {
			return err
		}
		var ours, theirs []figures
		for range b.pairs {
			f, err := own("verify", a.file(), strconv.Itoa(runtime.NumCPU()))
			if err != nil {
				return err
			}
			ours = append(ours, f)
			if n > b.peerMost {
				continue
			}
			if f, err = peer(a.dir, "election", "verify", "--dir", a.dir); err != nil {
				return err
			}
			theirs = append(theirs, f)
		}
		for name, all := range map[string][]figures{"tenday": ours, "belenios-tool": theirs} {
			if len(all) == 0 {
				continue
			}
			memory := numbers(all, func(f figures) float64 { return float64(f.memory) / 1024 })
			user := numbers(all, func(f figures) float64 { return f.user.Seconds() / float64(n) * 1000 })
			fmt.Printf("%7d ballots  %-13s  peak MB %s  user ms a ballot %s\n", n, name, middle(memory), middle(user))
		}
	}
	return nil
}

// pairs runs two things in turn, the order within a pair alternating.
func pairs(n int, ours, theirs func() (figures, error)) (a, b []figures, err error) {
	for i := range n {
		for j := range 2 {
			if (i+j)%2 == 0 {
				f, err := ours()
				if err != nil {
					return nil, nil, err
				}
				a = append(a, f)
				continue
			}
			f, err := theirs()
			if err != nil {
				return nil, nil, err
			}
			b = append(b, f)
		}
	}
	return a, b, nil
}

func compare(unit string, ours, theirs []float64) {
	ratios := make([]float64, len(ours))
	for i := range ours {
		ratios[i] = theirs[i] / ours[i]
	}
	fmt.Printf("%s  tenday %s  belenios-tool %s  ratio %s\n", unit, middle(ours), middle(theirs), middle(ratios))
}

func numbers(all []figures, of func(figures) float64) []float64 {
	out := make([]float64, len(all))
	for i, f := range all {
		out[i] = of(f)
	}
	return out
}

// middle returns the median and the range.
func middle(x []float64) string {
	x = slices.Sorted(slices.Values(x))
	return fmt.Sprintf("%.2f (%.2f..%.2f)", x[len(x)/2], x[0], x[len(x)-1])
}

func load() string {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Join(strings.Fields(string(b))[:3], " ")
}

// figures are what one run took; memory is its peak, in kB.
type figures struct {
	user, wall time.Duration
	memory     int64
}
