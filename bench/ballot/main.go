// SPDX-License-Identifier: Apache-2.0

// Command ballot has `tenday ballot verify` and Debian's `belenios-tool election verify` check the same archive in turn and prints user
// CPU and wall time of each, their medians, ranges and ratio.
//
//	go -C bench run ./ballot -tenday TENDAY -archive FILE.bel [-ballots 0] [-pairs 5] [-jobs 1]
//
// TENDAY is the program, built. With -ballots N, the archive is cut after its Nth ballot, which is a valid earlier archive. Both run as
// processes, so that each pays for its start; the order within a pair alternates.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/tenday/tenday/ballot/bel"
)

// figure is one run.
type figure struct{ user, wall time.Duration }

func main() {
	log.SetFlags(0)
	tenday := flag.String("tenday", "tenday", "the program")
	archive := flag.String("archive", "", "an archive that both accept")
	ballots := flag.Int("ballots", 0, "cut after so many ballots; 0: all of it")
	pairs := flag.Int("pairs", 5, "alternating runs of each")
	jobs := flag.Int("jobs", 1, "of tenday")
	flag.Parse()
	dir, err := os.MkdirTemp("", "bench-ballot-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	name, n, err := cut(*archive, dir, *ballots)
	if err != nil {
		log.Fatal(err)
	}
	ours := []string{*tenday, "ballot", "verify", "--format", "json", "--jobs", strconv.Itoa(*jobs), name}
	theirs := []string{"belenios-tool", "election", "verify", "--dir", dir}
	var a, b []figure
	for i := range *pairs {
		order := [][]string{ours, theirs}
		if i%2 == 1 {
			slices.Reverse(order)
		}
		for _, args := range order {
			f, err := run(args)
			if err != nil {
				log.Fatal(err)
			}
			if args[0] == ours[0] {
				a = append(a, f)
			} else {
				b = append(b, f)
			}
		}
	}
	fmt.Printf("%d ballots, %d pairs, %d jobs of tenday\n", n, *pairs, *jobs)
	for _, what := range []struct {
		name string
		of   func(figure) float64
	}{
		{"user s", func(f figure) float64 { return f.user.Seconds() }},
		{"wall s", func(f figure) float64 { return f.wall.Seconds() }},
	} {
		x, y := numbers(a, what.of), numbers(b, what.of)
		ratios := make([]float64, len(x))
		for i := range x {
			ratios[i] = what.of(b[i]) / what.of(a[i])
		}
		slices.Sort(ratios)
		fmt.Printf("%s  tenday %s  belenios-tool %s  ratio %s\n", what.name, middle(x), middle(y), middle(ratios))
	}
}

// cut copies the archive up to its nth ballot into dir and returns the file's name and how many ballots it has.
func cut(archive, dir string, n int) (name string, ballots int, err error) {
	f, err := os.Open(archive)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", 0, err
	}
	if _, err := bel.Scan(context.Background(), f, info.Size()); err != nil {
		return "", 0, err
	}
	size := info.Size()
	for step, err := range bel.Steps(f, info.Size()) {
		if err != nil {
			return "", 0, err
		}
		if step.Event.Type != bel.Ballot {
			continue
		}
		if ballots++; ballots == n {
			size = step.Record.End()
			break
		}
	}
	whole := make([]byte, size)
	if _, err := f.ReadAt(whole, 0); err != nil {
		return "", 0, err
	}
	name = filepath.Join(dir, filepath.Base(archive))
	return name, ballots, os.WriteFile(name, whole, 0o600)
}

func run(args []string) (figure, error) {
	cmd := exec.Command(args[0], args[1:]...)
	begin := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		return figure{}, fmt.Errorf("%s: %w: %s", args[0], err, out)
	}
	return figure{cmd.ProcessState.UserTime(), time.Since(begin)}, nil
}

func numbers(all []figure, of func(figure) float64) []float64 {
	out := make([]float64, len(all))
	for i, f := range all {
		out[i] = of(f)
	}
	slices.Sort(out)
	return out
}

// middle returns the median and the range of sorted numbers.
func middle(x []float64) string {
	return fmt.Sprintf("%.2f (%.2f..%.2f)", x[len(x)/2], x[0], x[len(x)-1])
}
