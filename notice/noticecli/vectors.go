// SPDX-License-Identifier: Apache-2.0

package noticecli

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/tenday/tenday/notice"
)

// vector is a case with its expected answer, tenday.notice.vector/1. Only the parts of Expect that Assert names count.
type vector struct {
	Schema  string          `json:"schema"`
	ID      string          `json:"id"`
	Command string          `json:"command"`
	Pack    string          `json:"pack"`
	AsOf    string          `json:"as_of"`
	Assert  []string        `json:"assert"`
	Args    []string        `json:"args"`
	Facts   json.RawMessage `json:"facts"`
	Expect  expected        `json:"expect"`
}

type expected struct {
	Verdict     string                    `json:"verdict"`
	VerdictIn   []string                  `json:"verdict_in"`
	Exit        *int                      `json:"exit"`
	Lines       map[string]string         `json:"lines"`
	LinesIn     map[string][]string       `json:"lines_in"`
	NoLines     []string                  `json:"no_lines"`
	Hurts       map[string][]string       `json:"hurts"`
	Dates       map[string]string         `json:"dates"`
	Actions     map[string]expectedAction `json:"actions"`
	Advisories  []string                  `json:"advisories"`
	Conflicts   *int                      `json:"conflicts"`
	Renotices   *int                      `json:"renotices"`
	Error       *expectedError            `json:"error"`
	Plan        map[string]string         `json:"plan"`
	WhatIf      *expectedDiff             `json:"whatif"`
	Guard       map[string]any            `json:"guard"`
	Locked      []string                  `json:"locked"`
	ICSContains []string                  `json:"ics_contains"`
}

type expectedAction struct {
	Verdict  string              `json:"verdict"`
	CountsAs string              `json:"counts_as"`
	Lines    map[string]string   `json:"lines"`
	LinesIn  map[string][]string `json:"lines_in"`
}

type expectedError struct {
	Code  string `json:"code"`
	Field string `json:"field"`
}

type expectedDiff struct {
	Before  string               `json:"before"`
	After   string               `json:"after"`
	Changed map[string][2]string `json:"changed"`
}

// vectors runs every vector of a folder, prints the failures and a count, and returns Found if there are any.
func vectors(env Env, dir string) (int, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return Bad, fmt.Errorf("list %s: %w", dir, err)
	}
	if len(names) == 0 {
		return Bad, fmt.Errorf("there is no vector in %s", dir)
	}
	failed := 0
	for _, name := range names {
		problems, err := RunVector(env, name)
		if err != nil {
			return Bad, err
		}
		for _, p := range problems {
			fmt.Fprintf(env.Out, "%s: %s\n", filepath.Base(name), p)
		}
		if len(problems) > 0 {
			failed++
		}
	}
	fmt.Fprintf(env.Out, "%d vectors, %d failed\n", len(names), failed)
	if failed > 0 {
		return Found, nil
	}
	return OK, nil
}

// RunVector runs one vector through the command it names and returns what differs from its expectation, nil if nothing does.
func RunVector(env Env, name string) ([]string, error) {
	data, err := os.ReadFile(filepath.Clean(name))
	if err != nil {
		return nil, fmt.Errorf("read vector: %w", err)
	}
	var v vector
	dec := json.NewDecoder(bytes.NewReader(data))
	if err := dec.Decode(&v); err != nil {
		return nil, fmt.Errorf("read vector %s: %w", name, err)
	}
	if v.Schema != "tenday.notice.vector/1" {
		return nil, fmt.Errorf("%s is no vector: its schema is %q", name, v.Schema)
	}
	o, err := options(v.Args)
	if err != nil {
		return nil, fmt.Errorf("read vector %s: %w", name, err)
	}
	o.AsOf, o.JSON = v.AsOf, true
	t := &trial{env: env, v: v, o: o}
	t.out, t.code = t.run(v.Command)
	t.compare()
	return t.problems, nil
}

// options reads the flags of a vector's command.
func options(args []string) (Options, error) {
	o := Options{Buffer: -1}
	fs := flag.NewFlagSet("vector", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	edit := func(op string) func(string) error {
		return func(s string) error {
			path, value, ok := CutEdit(s)
			if !ok && op != "unset" {
				return errors.New("write PATH=VALUE")
			}
			o.Edits = append(o.Edits, notice.Edit{Op: op, Path: path, Value: value})
			return nil
		}
	}
	fs.StringVar(&o.Pack, "pack", "", "")
	fs.StringVar(&o.Action, "action", "", "")
	fs.StringVar(&o.Now, "now", "", "")
	fs.StringVar(&o.Host, "host", "", "")
	fs.StringVar(&o.Stamp, "stamp", "", "")
	fs.IntVar(&o.Buffer, "buffer-days", -1, "")
	fs.Func("set", "", edit("set"))
	fs.Func("unset", "", edit("unset"))
	fs.Func("add", "", edit("add"))
	fs.Func("exit", "", func(s string) error { o.Fine = s == "fine"; return nil })
	fs.Func("format", "", func(string) error { return nil })
	err := fs.Parse(args)
	return o, err
}

// CutEdit takes PATH=VALUE apart at the first = outside brackets.
func CutEdit(s string) (path, value string, ok bool) {
	depth := 0
	for i, r := range s {
		switch r {
		case '[':
			depth++
		case ']':
			depth--
		case '=':
			if depth == 0 {
				return s[:i], s[i+1:], true
			}
		}
	}
	return s, "", false
}

// trial is one run of a vector.
type trial struct {
	env      Env
	v        vector
	o        Options
	out      []byte
	code     int
	problems []string
}

func (t *trial) run(command string) ([]byte, int) {
	var out bytes.Buffer
	env := t.env
	env.In, env.Out, env.Err = bytes.NewReader(t.v.Facts), &out, io.Discard
	code := Run(env, command, "-", t.o)
	return out.Bytes(), code
}

func (t *trial) fail(format string, args ...any) {
	t.problems = append(t.problems, fmt.Sprintf(format, args...))
}

func (t *trial) equal(what string, want, got any) {
	if fmt.Sprint(want) != fmt.Sprint(got) {
		t.fail("%s: want %v, got %v", what, want, got)
	}
}

func (t *trial) read(out []byte, v any) bool {
	if err := json.Unmarshal(out, v); err != nil {
		t.fail("the answer cannot be read: %v: %.200s", err, out)
		return false
	}
	return true
}

func (t *trial) asserts(key string) bool { return slices.Contains(t.v.Assert, key) }

func (t *trial) compare() {
	x := t.v.Expect
	if t.asserts("exit") && x.Exit != nil {
		t.equal("exit", *x.Exit, t.code)
	}
	if t.asserts("error") && x.Error != nil {
		t.error(*x.Error)
		return
	}
	switch t.v.Command {
	case "check":
		t.check()
	case "whatif":
		t.whatIf()
	case "guard":
		t.guard()
	case "locked":
		t.locked()
	case "ics":
		t.ics()
	}
	if t.asserts("plan") {
		t.plan()
	}
}

func (t *trial) error(want expectedError) {
	var got problem
	if t.read(t.out, &got) {
		t.equal("error code", want.Code, got.Code)
		t.equal("error field", want.Field, got.Field)
	}
}

func (t *trial) check() {
	var r notice.Report
	if !t.read(t.out, &r) {
		return
	}
	x := t.v.Expect
	t.equal("pack", t.v.Pack, r.Pack.ID)
	if t.asserts("verdict") {
		t.equal("verdict", x.Verdict, r.Verdict)
	}
	if t.asserts("verdict_in") && !slices.Contains(x.VerdictIn, r.Verdict.String()) {
		t.fail("verdict: want one of %v, got %v", x.VerdictIn, r.Verdict)
	}
	if t.asserts("lines") {
		t.lines("", x.Lines, r)
	}
	if t.asserts("lines_in") {
		t.linesIn("", x.LinesIn, r)
	}
	for _, rule := range x.NoLines {
		if v := worst(r, "", rule); t.asserts("no_lines") && v > notice.NA {
			t.fail("%s: want no line, got %v", rule, v)
		}
	}
	if t.asserts("hurts") {
		t.hurts(r)
	}
	if t.asserts("dates") {
		for _, key := range slices.Sorted(maps.Keys(x.Dates)) {
			t.equal(key, x.Dates[key], date(r, key))
		}
	}
	if t.asserts("actions") {
		t.actions(r)
	}
	if t.asserts("advisories") {
		var got []string
		for _, a := range r.Advisories {
			got = append(got, a.ID)
		}
		slices.Sort(got)
		t.equal("advisories", slices.Sorted(slices.Values(x.Advisories)), got)
	}
	if t.asserts("conflicts") && x.Conflicts != nil {
		t.equal("conflicts", *x.Conflicts, len(r.Conflicts))
	}
	if t.asserts("renotices") && x.Renotices != nil {
		t.equal("renotices", *x.Renotices, r.Renotices)
	}
}

// worst is the worst line of a rule, on one action or on all.
func worst(r notice.Report, action, rule string) notice.Verdict {
	v := notice.NA
	for _, l := range r.Lines {
		if l.Rule == rule && (action == "" || l.Action == action) {
			v = max(v, l.Verdict)
		}
	}
	return v
}

func (t *trial) lines(action string, want map[string]string, r notice.Report) {
	for _, rule := range slices.Sorted(maps.Keys(want)) {
		t.equal(action+" "+rule, want[rule], worst(r, action, rule))
	}
}

func (t *trial) linesIn(action string, want map[string][]string, r notice.Report) {
	for _, rule := range slices.Sorted(maps.Keys(want)) {
		if v := worst(r, action, rule); !slices.Contains(want[rule], v.String()) {
			t.fail("%s %s: want one of %v, got %v", action, rule, want[rule], v)
		}
	}
}

func (t *trial) hurts(r notice.Report) {
	for rule, want := range t.v.Expect.Hurts {
		var got []string
		for _, l := range r.Lines {
			if l.Rule == rule && l.Verdict == worst(r, "", rule) {
				for _, h := range l.Hurts {
					if !slices.Contains(got, h.Effect) {
						got = append(got, h.Effect)
					}
				}
			}
		}
		slices.Sort(got)
		t.equal("hurts "+rule, slices.Sorted(slices.Values(want)), got)
	}
}

func (t *trial) actions(r notice.Report) {
	for _, id := range slices.Sorted(maps.Keys(t.v.Expect.Actions)) {
		want := t.v.Expect.Actions[id]
		i := slices.IndexFunc(r.Actions, func(a notice.ActionReport) bool { return a.ID == id })
		if i < 0 {
			t.fail("there is no action %s in the report", id)
			continue
		}
		if want.Verdict != "" {
			t.equal(id+" verdict", want.Verdict, r.Actions[i].Verdict)
		}
		if want.CountsAs != "" {
			t.equal(id+" counts_as", want.CountsAs, r.Actions[i].CountsAs)
		}
		t.lines(id, want.Lines, r)
		t.linesIn(id, want.LinesIn, r)
	}
}

// date finds "[action/]RULE.have.READING" and the like, or "[action/]RULE.<key of dates>", on the worst line of the rule.
func date(r notice.Report, key string) string {
	action, rest, ok := strings.Cut(key, "/")
	if !ok {
		action, rest = "", key
	}
	rule, what, _ := strings.Cut(rest, ".")
	for _, l := range r.Lines {
		if l.Rule != rule || action != "" && l.Action != action || l.Verdict != worst(r, action, rule) {
			continue
		}
		if s, ok := l.Dates[what]; ok {
			return s
		}
		field, reading, _ := strings.Cut(what, ".")
		for _, x := range l.Readings {
			if x.ID != reading {
				continue
			}
			switch field {
			case "have":
				return x.Have
			case "latest":
				return x.Latest
			case "earliest":
				return x.Earliest
			case "margin_minutes":
				if x.MarginMinutes != nil {
					return strconv.Itoa(*x.MarginMinutes)
				}
			}
		}
	}
	return "nothing"
}

// plan reads the plan, of a check the plan of its action.
func (t *trial) plan() {
	out := t.out
	if t.v.Command != "plan" {
		out, _ = t.run("plan")
	}
	var pl notice.Plan
	if !t.read(out, &pl) {
		return
	}
	for _, key := range slices.Sorted(maps.Keys(t.v.Expect.Plan)) {
		t.equal("plan "+key, t.v.Expect.Plan[key], planned(pl, key))
	}
}

func planned(pl notice.Plan, key string) string {
	if key == "serve_from" {
		return pl.ServeFrom
	}
	id, what, _ := strings.Cut(key, ".")
	if id == "earliest_start" {
		return pl.EarliestStart[what]
	}
	for _, s := range pl.Steps {
		if s.ID != id {
			continue
		}
		field, reading, _ := strings.Cut(what, ".")
		switch field {
		case "safe":
			return s.Safe
		case "state":
			return s.State
		case "done":
			return s.Done
		case "latest":
			return s.Latest[reading]
		case "not_before":
			return s.NotBefore[reading]
		}
	}
	return "nothing"
}

func (t *trial) whatIf() {
	var d notice.Diff
	if !t.read(t.out, &d) || !t.asserts("whatif") || t.v.Expect.WhatIf == nil {
		return
	}
	want := *t.v.Expect.WhatIf
	t.equal("before", want.Before, d.Before)
	t.equal("after", want.After, d.After)
	got := map[string][2]string{}
	for _, c := range d.Changed {
		got[c.Rule] = [2]string{c.From.String(), c.To.String()}
	}
	t.equal("changed", want.Changed, got)
}

func (t *trial) guard() {
	var got map[string]any
	if !t.read(t.out, &got) || !t.asserts("guard") {
		return
	}
	for _, key := range slices.Sorted(maps.Keys(t.v.Expect.Guard)) {
		t.equal("guard "+key, t.v.Expect.Guard[key], got[key])
	}
}

func (t *trial) locked() {
	var got struct {
		Locked []string `json:"locked"`
	}
	if t.read(t.out, &got) && t.asserts("locked") {
		t.equal("locked", t.v.Expect.Locked, got.Locked)
	}
}

func (t *trial) ics() {
	unfolded := strings.ReplaceAll(string(t.out), "\r\n ", "")
	lines := strings.Split(unfolded, "\r\n")
	for _, want := range t.v.Expect.ICSContains {
		if t.asserts("ics_contains") && !slices.Contains(lines, want) {
			t.fail("the calendar has no line %s", want)
		}
	}
}
