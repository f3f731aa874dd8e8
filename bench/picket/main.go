// SPDX-License-Identifier: Apache-2.0

// Command picket measures picket plans beside their peers, on the same input in the same run, in turn; objectives must be equal.
//
//	go -C bench run ./picket [-figure all|file|metro|explain|replan|program|differ] [-runs 5] [-lemon LEMON] [-vectors DIR|ZIP]
//
// file: 600 people from files to file, and where the time goes; metro: 10,000 people as one minimum-cost flow, beside LEMON's network
// simplex (flow/lemon/lemon.cc) and solved one level after the other; explain and replan at that size; program: plans with
// teams beside the same integer program in cbc (Debian: coinor-cbc), level by level; differ: small random campaigns with teams, in which
// whatever is claimed of a plan must be what cbc proves. All times are CPU times: other work on the machine does not count.
package main

import (
	"archive/zip"
	"cmp"
	"flag"
	"fmt"
	"io/fs"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tenday/tenday/picket"
)

type bench struct {
	runs   int
	lemon  string
	tenday string // the program, built
	dir    string // for files
	plans  string // a folder for each plan of the vectors
	n      int
	seed   uint64
	limit  time.Duration
	failed bool
}

func main() {
	log.SetFlags(0)
	b := &bench{}
	figure := flag.String("figure", "all", "which figure")
	vectors := flag.String("vectors", "../picket/testdata/vectors.zip", "the picket vectors")
	flag.IntVar(&b.runs, "runs", 5, "alternating runs of each")
	flag.StringVar(&b.lemon, "lemon", "", "the compiled lemon.cc; empty: no LEMON")
	flag.IntVar(&b.n, "n", 200, "campaigns of differ, people of explain and replan")
	flag.Uint64Var(&b.seed, "seed", 1, "the first seed")
	flag.DurationVar(&b.limit, "limit", time.Minute, "CPU time of cbc for each level")
	child := flag.String("child", "", "one run of ours on a file (what the bench runs itself for)")
	flag.Parse()
	if *child != "" {
		solve(*child, flag.Arg(0))
		return
	}
	b.run(*figure, *vectors)
	if b.failed {
		os.Exit(1)
	}
}

func (b *bench) run(figure, vectors string) {
	var err error
	b.dir, err = os.MkdirTemp("", "picket")
	check(err)
	defer os.RemoveAll(b.dir)
	b.plans = filepath.Join(b.dir, "plan")
	z, err := zip.OpenReader(vectors)
	check(err)
	plans, err := fs.Sub(z, "plan")
	check(err)
	check(os.CopyFS(b.plans, plans))
	b.tenday = filepath.Join(b.dir, "tenday")
	build := exec.Command("go", "build", "-o", b.tenday, "./cmd/tenday")
	build.Dir, build.Stderr = "..", os.Stderr
	check(build.Run())

	for _, f := range []struct {
		name string
		run  func()
	}{{"file", b.file}, {"metro", b.metro}, {"explain", b.explain}, {"replan", b.replan}, {"program", b.program}, {"differ", b.differ}} {
		if figure == f.name || figure == "all" {
			fmt.Println(f.name)
			f.run()
		}
	}
}

func (b *bench) fail(format string, args ...any) {
	b.failed = true
	fmt.Printf("  WRONG: "+format+"\n", args...)
}

func (b *bench) input(name string, set map[string]string) *picket.Input {
	in, _, err := picket.Read(os.DirFS(filepath.Join(b.plans, name)), set)
	check(err)
	return in
}

// file runs the whole program on 600 people, and on nothing: what is left is the plan.
func (b *bench) file() {
	out := filepath.Join(b.dir, "plan.csv")
	var plan, start, elapsed []time.Duration
	for range b.runs {
		c := exec.Command(b.tenday, "picket", "plan", filepath.Join(b.plans, "twin-600"), "-o", out)
		began := time.Now()
		check(c.Run())
		plan, elapsed = append(plan, used(c)), append(elapsed, time.Since(began))
		c = exec.Command(b.tenday, "version")
		check(c.Run())
		start = append(start, used(c))
	}
	fmt.Printf("  600 people, files to file: CPU %s, elapsed %s; of it to start and read the words: %s\n", spreadOf(plan), spreadOf(elapsed), spreadOf(start))
	c := exec.Command(b.tenday, "version")
	c.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	text, err := c.CombinedOutput()
	check(err)
	type part struct {
		name string
		ms   float64
	}
	var parts []part
	var sum float64
	for line := range strings.Lines(string(text)) {
		var p part
		var at float64
		if n, _ := fmt.Sscanf(line, "init %s @%f ms, %f ms clock", &p.name, &at, &p.ms); n == 3 {
			parts, sum = append(parts, p), sum+p.ms
		}
	}
	slices.SortFunc(parts, func(a, b part) int { return cmp.Compare(b.ms, a.ms) })
	fmt.Printf("  packages initialised before main: %.1f ms elapsed, most by %s %.1f ms, %s %.1f ms\n", sum, parts[0].name, parts[0].ms, parts[1].name, parts[1].ms)
}

// program compares plans with teams with the integer program, level by level.
func (b *bench) program() {
	for _, name := range []string{"tiny-8", "small-60", "twin-600"} {
		var ours, its []time.Duration
		var v verdict
		for range b.runs {
			var err error
			if v, err = compare(b.input(name, nil), b.limit); err != nil {
				b.fail("%s: %v", name, err)
				return
			}
			ours, its = append(ours, v.took), append(its, v.itsTook)
			if v.wrong != "" {
				b.fail("%s: %s", name, v.wrong)
			}
		}
		fmt.Printf("  %s: ours %v in %s; cbc %v (%d levels proven) in %s; ratio %.0f\n", name, v.ours, spreadOf(ours), v.best[:v.proven], v.proven,
			spreadOf(its), ratio(its, ours))
	}
}

func (b *bench) differ() {
	if differ(b.n, b.seed, b.limit) > 0 {
		b.failed = true
	}
}

func median(all []time.Duration) time.Duration {
	all = slices.Sorted(slices.Values(all))
	return all[len(all)/2]
}

func ratio(a, b []time.Duration) float64 { return median(a).Seconds() / median(b).Seconds() }

// spreadOf is the median, the least and the most.
func spreadOf(all []time.Duration) string {
	return fmt.Sprintf("%s (%s to %s)", short(median(all)), short(slices.Min(all)), short(slices.Max(all)))
}

// tail is the median, the 95th percentile and the most.
func tail(all []time.Duration) string {
	all = slices.Sorted(slices.Values(all))
	return fmt.Sprintf("median %s, p95 %s, most %s", short(median(all)), short(all[len(all)*95/100]), short(all[len(all)-1]))
}

func short(d time.Duration) time.Duration {
	switch {
	case d > time.Second:
		return d.Round(10 * time.Millisecond)
	case d > 10*time.Millisecond:
		return d.Round(100 * time.Microsecond)
	}
	return d.Round(10 * time.Microsecond)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
