// SPDX-License-Identifier: Apache-2.0

// Testreport reads `go test -json` and prints what a person wants to see: one line a package as it ends, the whole
// output of what failed, then every test that was skipped and passed in none of the runs, with its reason, and last the line
// `N passed, N failed, N skipped`.
// Tests and subtests count one each, and so does a package that fails without a failing test (build, panic, timeout).
// Lines that are not JSON pass through, so several runs may be piped in one after the other. It exits 1 on a failure.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

func main() {
	ok, err := report(os.Stdin, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "testreport:", err)
	}
	if err != nil || !ok {
		os.Exit(1)
	}
}

// event is one line of `go doc test2json`, and of `go help buildjson`.
type event struct {
	Action      string
	Package     string
	Test        string
	Elapsed     float64
	Output      string
	FailedBuild string
	ImportPath  string // of build-output
}

// run holds what is not yet known to be of no interest: the output of tests and packages that have not passed.
type run struct {
	out                     io.Writer
	output                  map[[2]string]*strings.Builder // by package and test; "" is the package itself
	builds                  map[string]*strings.Builder    // by import path
	failedIn                map[string]int                 // failed tests by package, in the run going on
	skips                   []skip
	ran                     map[[2]string]bool // passed or failed, by package and test
	passed, failed, skipped int
}

type skip struct {
	test   [2]string
	reason string
}

// report copies what matters of r to w. It returns false when anything failed or when no result was seen at all.
func report(r io.Reader, w io.Writer) (ok bool, err error) {
	s := &run{
		out: w, output: map[[2]string]*strings.Builder{}, builds: map[string]*strings.Builder{},
		failedIn: map[string]int{}, ran: map[[2]string]bool{},
	}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) != nil || e.Action == "" {
			fmt.Fprintln(w, lines.Text())
			continue
		}
		s.take(e)
	}
	told := map[[2]string]bool{}
	for _, k := range s.skips {
		if s.ran[k.test] || told[k.test] {
			continue
		}
		told[k.test] = true
		s.skipped++
		fmt.Fprintf(w, "SKIPPED: %s %s: %s\n", k.test[0], k.test[1], k.reason)
	}
	fmt.Fprintf(w, "%d passed, %d failed, %d skipped\n", s.passed, s.failed, s.skipped)
	return s.failed == 0 && s.passed > 0, lines.Err()
}

func (s *run) take(e event) {
	switch e.Action {
	case "output":
		hold(s.output, [2]string{e.Package, e.Test}, e.Output)
	case "build-output":
		hold(s.builds, e.ImportPath, e.Output)
	case "pass", "fail", "skip":
		if e.Test != "" {
			s.endTest(e)
		} else {
			s.endPackage(e)
		}
	}
}

func (s *run) endTest(e event) {
	text := release(s.output, [2]string{e.Package, e.Test})
	s.ran[[2]string{e.Package, e.Test}] = e.Action != "skip" || s.ran[[2]string{e.Package, e.Test}]
	switch e.Action {
	case "pass":
		s.passed++
	case "fail":
		s.failed++
		s.failedIn[e.Package]++
		fmt.Fprint(s.out, text)
	case "skip":
		s.skips = append(s.skips, skip{[2]string{e.Package, e.Test}, reason(text)})
	}
}

func (s *run) endPackage(e event) {
	text := release(s.output, [2]string{e.Package, ""})
	switch e.Action {
	case "pass":
		fmt.Fprintf(s.out, "ok    %s %.1fs\n", e.Package, e.Elapsed)
	case "skip":
		fmt.Fprintf(s.out, "-     %s: no tests\n", e.Package)
	case "fail":
		fmt.Fprint(s.out, release(s.builds, e.FailedBuild))
		if s.failedIn[e.Package] == 0 {
			s.failed++
			var open []string
			for key := range s.output { // a panic or a timeout ends tests without an event of their own
				if key[0] == e.Package {
					open = append(open, key[1])
				}
			}
			slices.Sort(open)
			for _, test := range open {
				fmt.Fprint(s.out, release(s.output, [2]string{e.Package, test}))
			}
		}
		fmt.Fprint(s.out, text)
		fmt.Fprintf(s.out, "FAIL  %s %.1fs\n", e.Package, e.Elapsed)
	}
	delete(s.failedIn, e.Package)
}

func hold[K comparable](m map[K]*strings.Builder, key K, text string) {
	if m[key] == nil {
		m[key] = &strings.Builder{}
	}
	m[key].WriteString(text)
}

func release[K comparable](m map[K]*strings.Builder, key K) string {
	b := m[key]
	delete(m, key)
	if b == nil {
		return ""
	}
	return b.String()
}

// reason is a skipped test's own last words, without the frame lines of the test runner.
func reason(text string) string {
	var said []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "=== ") && !strings.HasPrefix(line, "--- ") {
			said = append(said, line)
		}
	}
	if len(said) == 0 {
		return "no reason given"
	}
	return strings.Join(said, " ")
}
