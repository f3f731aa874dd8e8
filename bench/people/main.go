// SPDX-License-Identifier: Apache-2.0

// People measures the people list of Tenday and of its peers on this machine: the same 100,000 rows and the same mix
// of pages, 16 connections, the servers under load one after the other, several passes. It prints every pass, the
// median of each server, our ratio to each peer, and the medians as a line of JSON.
//
//	go -C bench run ./people -passes 3 -time 5s
package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"time"

	"github.com/tenday/tenday/bench/load"
	"github.com/tenday/tenday/bench/rows"
)

// contenders are programs of this module that print a rows.Ready line; Tenday, when it is among them, is the first.
var contenders = []string{"peer/tenday", "peer/pocketbase"}

func main() {
	passes := flag.Int("passes", 3, "how often each server is measured, in turn")
	each := flag.Duration("time", 5*time.Second, "how long a pass takes, after a second of warming up")
	flag.Parse()
	if err := measure(min(*passes, 20), *each); err != nil {
		log.Fatal(err)
	}
}

func measure(passes int, each time.Duration) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	dir, err := os.MkdirTemp("", "bench-people-")
	if err != nil {
		return fmt.Errorf("make directory: %w", err)
	}
	defer os.RemoveAll(dir)

	servers := map[string]rows.Ready{}
	for _, name := range contenders {
		start := time.Now()
		ready, end, err := serve(ctx, dir, name)
		if err != nil {
			return fmt.Errorf("serve %s: %w", name, err)
		}
		defer end()
		servers[name] = ready
		fmt.Printf("%-16s ready after %.1f s\n", name, time.Since(start).Seconds())
	}

	results := map[string][]load.Result{}
	for pass := range passes {
		for _, name := range contenders {
			s := servers[name]
			r, err := load.Run(ctx, load.Job{
				Base: s.Base, Cookie: s.Cookie, Paths: s.Paths, Warmup: time.Second, Duration: each,
			})
			if err != nil {
				return fmt.Errorf("pass %d of %s: %w", pass+1, name, err)
			}
			results[name] = append(results[name], r)
			fmt.Printf("%-16s pass %d  %v\n", name, pass+1, r)
		}
	}

	medians := map[string]load.Result{}
	for _, name := range contenders {
		medians[name] = median(results[name])
		fmt.Printf("%-16s median  %v\n", name, medians[name])
	}
	for _, peer := range contenders[1:] {
		fmt.Printf("%s / %s: %.2f\n", contenders[0], peer, medians[contenders[0]].PerSec/medians[peer].PerSec)
	}
	return json.NewEncoder(os.Stdout).Encode(medians)
}

// serve builds and starts one of this module's servers and waits for its ready line.
func serve(ctx context.Context, dir, name string) (ready rows.Ready, end func(), err error) {
	bin := filepath.Join(dir, filepath.Base(name))
	build := exec.CommandContext(ctx, "go", "build", "-o", bin, "./"+name)
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // as it is released
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return ready, nil, fmt.Errorf("build: %w", err)
	}

	cmd := exec.CommandContext(ctx, bin)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // so that it removes its data
	cmd.WaitDelay = 10 * time.Second
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return ready, nil, err
	}
	if err := cmd.Start(); err != nil {
		return ready, nil, err
	}
	end = func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	}
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	if !lines.Scan() {
		end()
		return ready, nil, errors.Join(errors.New("it ended without a ready line"), lines.Err())
	}
	if err := json.Unmarshal(lines.Bytes(), &ready); err != nil {
		end()
		return ready, nil, fmt.Errorf("decode ready line: %w", err)
	}
	return ready, end, nil
}

// median returns the run in the middle by requests a second, with its own times: no mixture of several runs.
func median(runs []load.Result) load.Result {
	sorted := slices.SortedFunc(slices.Values(runs), func(a, b load.Result) int {
		return cmp.Compare(a.PerSec, b.PerSec)
	})
	return sorted[len(sorted)/2]
}
