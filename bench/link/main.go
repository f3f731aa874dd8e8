// SPDX-License-Identifier: Apache-2.0

// Link writes two lists of people who do not exist, and the truth about them, for a measurement of tenday roster match:
//
//	go -C bench run ./link -n 100000 -dir /tmp/link
//	/usr/bin/time -v tenday roster match /tmp/link/a.csv /tmp/link/b.csv -o /tmp/link/pairs.csv --truth /tmp/link/truth.csv
package main

import (
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tenday/tenday/internal/roster/link/linktest"
)

func main() {
	n := flag.Int("n", 100_000, "rows of each list")
	shared := flag.Float64("shared", 0.6, "share of the first list's people who are on the second")
	seed := flag.Uint64("seed", 7, "seed")
	dir := flag.String("dir", ".", "folder to write to")
	flag.Parse()
	if err := write(*dir, *n, *shared, *seed); err != nil {
		fmt.Fprintln(os.Stderr, "link:", err)
		os.Exit(1)
	}
}

func write(dir string, n int, shared float64, seed uint64) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	a, b, whoA, whoB := linktest.New(seed).Two(n, shared)
	var truth [][]string
	for i := range a {
		truth = append(truth, []string{a[i][0], whoA[i]})
	}
	for i := range b {
		truth = append(truth, []string{b[i][0], whoB[i]})
	}
	return errors.Join(
		save(filepath.Join(dir, "a.csv"), linktest.Headers, a),
		save(filepath.Join(dir, "b.csv"), linktest.Headers, b),
		save(filepath.Join(dir, "truth.csv"), []string{"id", "person"}, truth),
	)
}

func save(name string, headers []string, rows [][]string) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	w := csv.NewWriter(f)
	return errors.Join(w.Write(headers), w.WriteAll(rows), f.Close())
}
