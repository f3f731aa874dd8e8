// SPDX-License-Identifier: Apache-2.0

package noticecli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tenday/tenday/notice"
)

// The exit codes. Fine ones tell the three verdicts apart for scripts that ask.
const (
	OK      = 0
	Found   = 1 // not lawful, too late, no notice, called off, or a vector that fails
	Bad     = 2 // bad input: nothing was evaluated
	AtRisk  = 10
	Unknown = 11
	Breach  = 12
)

// Env is what a command may touch.
type Env struct {
	In       io.Reader
	Out, Err io.Writer
	Now      func() time.Time
	Calendar Calendar
}

// Calendar writes events as iCalendar (RFC 5545), with host after the @ of every UID and stamp as DTSTAMP.
type Calendar func(w io.Writer, events []notice.Event, host string, stamp time.Time) error

// Options are the flags of all commands; each reads its own.
type Options struct {
	Pack   string        // id; "" chooses by the facts
	AsOf   string        // YYYY-MM-DD; "" is today in the first site's zone
	Action string        // id; "" is every action, or the only one where a command needs one
	JSON   bool          // JSON instead of text
	Fine   bool          // exit 10, 11, 12
	Buffer int           // days of house policy; negative is notice.HouseBuffer
	Edits  []notice.Edit // of whatif
	Now    string        // a moment, of guard; "" is now
	Host   string        // of ics
	Stamp  string        // of ics: 20250901T000000Z; "" is now
	ICS    string        // of plan: a file to write the calendar to
}

// Run runs one command on a file, "-" being standard input, and returns the exit code. Commands: check, plan, whatif, guard,
// locked, ics, packs (no file), pack-check and vectors (a folder).
func Run(env Env, command, file string, o Options) int {
	if env.Now == nil {
		env.Now = time.Now
	}
	code, err := run(env, command, file, o)
	if err == nil {
		return code
	}
	report(env, err, o.JSON)
	return Bad
}

func run(env Env, command, file string, o Options) (int, error) {
	switch command {
	case "packs":
		return packs(env, o)
	case "pack-check":
		return packCheck(env, file, o)
	case "vectors":
		return vectors(env, file)
	}
	f, err := load(env, file)
	if err != nil {
		return Bad, err
	}
	if o.Action != "" && !slices.ContainsFunc(f.Actions, func(a notice.Action) bool { return a.ID == o.Action }) {
		return Bad, flagError("E-REF", "--action", "there is no action "+o.Action)
	}
	switch command {
	case "locked":
		return locked(env, f, o)
	case "guard":
		return guard(env, f, o)
	}
	q, err := ask(env, f, o)
	if err != nil {
		return Bad, err
	}
	switch command {
	case "check":
		return q.check()
	case "plan":
		return q.plan()
	case "whatif":
		return q.whatIf()
	case "ics":
		return q.ics()
	}
	return Bad, fmt.Errorf("there is no command %q", command)
}

func open(env Env, file string) (io.ReadCloser, error) {
	if file == "-" {
		return io.NopCloser(env.In), nil
	}
	r, err := os.Open(filepath.Clean(file))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no file %s", file)
	} else if err != nil {
		return nil, fmt.Errorf("open file: %w", err) // it names the file
	}
	return r, nil
}

func load(env Env, file string) (*notice.Facts, error) {
	r, err := open(env, file)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return notice.LoadFacts(r, file)
}

// question is the facts with the pack and the day that the options choose.
type question struct {
	env  Env
	o    Options
	f    *notice.Facts
	p    *notice.Pack
	asOf notice.Day
}

func ask(env Env, f *notice.Facts, o Options) (*question, error) {
	q := &question{env: env, o: o, f: f}
	var err error
	if o.AsOf != "" {
		if q.asOf, err = notice.ParseDay(o.AsOf); err != nil {
			return nil, flagError("E-VALUE", "--as-of", err.Error())
		}
	} else {
		q.asOf = today(env, f)
	}
	if o.Pack == "" {
		q.p, err = notice.Choose(f)
		return q, err
	}
	if q.p = notice.PackByID(o.Pack); q.p == nil {
		return nil, flagError("E-PACK", "--pack", "there is no pack "+o.Pack+": see tenday notice packs")
	}
	return q, nil
}

// flagError is bad input on the command line, told as that in a file is.
func flagError(code, flag, msg string) error {
	return &notice.InputError{Code: code, Field: flag, Msg: msg}
}

func today(env Env, f *notice.Facts) notice.Day {
	now := env.Now()
	if len(f.Employer.Sites) > 0 {
		if zone, err := notice.LoadZone(f.Employer.Sites[0].TZ); err == nil {
			now = now.In(zone)
		}
	}
	return notice.DayOf(now)
}

// only is the action that a command is about.
func only(f *notice.Facts, id string) (string, error) {
	if id != "" || len(f.Actions) == 1 {
		if id == "" {
			id = f.Actions[0].ID
		}
		return id, nil
	}
	return "", fmt.Errorf("--action: the file has %d actions: name one", len(f.Actions))
}

func (q *question) check() (int, error) {
	r := notice.Evaluate(q.p, q.f, q.asOf)
	if q.o.Action != "" {
		r, _ = r.Only(q.o.Action)
	}
	show(q.env, q.o, r)
	return exit(r.Verdict, q.o.Fine), nil
}

func exit(v notice.Verdict, fine bool) int {
	switch {
	case v <= notice.Lawful:
		return OK
	case !fine:
		return Found
	case v == notice.AtRisk:
		return AtRisk
	case v == notice.Unsure:
		return Unknown
	}
	return Breach
}

func (q *question) solve(action string) (notice.Plan, error) {
	buffer := q.o.Buffer
	if buffer < 0 {
		buffer = notice.HouseBuffer
	}
	return notice.Solve(q.p, q.f, action, q.asOf, buffer)
}

func (q *question) plan() (int, error) {
	id, err := only(q.f, q.o.Action)
	if err != nil {
		return Bad, err
	}
	pl, err := q.solve(id)
	if err != nil {
		return Bad, err
	}
	if q.o.ICS != "" {
		if err := q.writeICS(q.o.ICS, notice.Events(pl)); err != nil {
			return Bad, err
		}
	}
	show(q.env, q.o, pl)
	if !pl.Feasible {
		return Found, nil
	}
	return OK, nil
}

func (q *question) whatIf() (int, error) {
	d, err := notice.WhatIf(q.p, q.f, q.asOf, q.o.Edits)
	if err != nil {
		return Bad, err
	}
	show(q.env, q.o, d)
	return exit(d.After, q.o.Fine), nil
}

func (q *question) ics() (int, error) {
	var all []notice.Event
	for _, a := range q.f.Actions {
		if q.o.Action != "" && q.o.Action != a.ID {
			continue
		}
		pl, err := q.solve(a.ID)
		if err != nil {
			return Bad, err
		}
		all = append(all, notice.Events(pl)...)
	}
	return OK, q.calendar(q.env.Out, all)
}

func (q *question) writeICS(name string, all []notice.Event) (err error) {
	w, err := os.OpenFile(filepath.Clean(name), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600) // a leaked date does harm
	if err != nil {
		return fmt.Errorf("write calendar: %w", err)
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	return q.calendar(w, all)
}

func (q *question) calendar(w io.Writer, all []notice.Event) error {
	stamp := q.env.Now().UTC()
	if q.o.Stamp != "" {
		var err error
		if stamp, err = time.Parse("20060102T150405Z", q.o.Stamp); err != nil {
			return fmt.Errorf("--stamp: %q is not a UTC time such as 20250901T000000Z", q.o.Stamp)
		}
	}
	host := q.o.Host
	if host == "" {
		host = "localhost"
	}
	if q.env.Calendar == nil {
		return errors.New("this program writes no calendars")
	}
	return q.env.Calendar(w, all, host, stamp)
}

func guard(env Env, f *notice.Facts, o Options) (int, error) {
	id, err := only(f, o.Action)
	if err != nil {
		return Bad, err
	}
	now := env.Now()
	if o.Now != "" {
		m, err := notice.ParseMoment(o.Now)
		if err != nil {
			if e, ok := errors.AsType[*notice.InputError](err); ok {
				e.Field = "--now"
			}
			return Bad, err
		}
		now = m.Begin()
	}
	g, err := notice.Guard(f, id, now)
	if err != nil {
		return Bad, err
	}
	show(env, o, g)
	switch g.State {
	case notice.GuardTooLate, notice.GuardNoNotice, notice.GuardCalledOff:
		return Found, nil
	}
	return OK, nil
}

func locked(env Env, f *notice.Facts, o Options) (int, error) {
	paths := notice.Locked(f)
	if o.JSON {
		return OK, writeJSON(env.Out, struct {
			Schema string   `json:"schema"`
			Locked []string `json:"locked"`
		}{"tenday.notice.locked/1", paths})
	}
	for _, p := range paths {
		fmt.Fprintln(env.Out, p)
	}
	return OK, nil
}

func packs(env Env, o Options) (int, error) {
	type row struct {
		ID       string `json:"id"`
		Version  string `json:"version"`
		Complete bool   `json:"complete"`
		Title    string `json:"title"`
		SHA256   string `json:"sha256"`
	}
	var rows []row
	for _, p := range notice.Packs() {
		rows = append(rows, row{p.ID, p.Version, p.Complete, p.Title, p.SHA256()})
	}
	if o.JSON {
		return OK, writeJSON(env.Out, rows)
	}
	for _, r := range rows {
		part := "partial"
		if r.Complete {
			part = "complete"
		}
		fmt.Fprintf(env.Out, "%-14s %-10s %-9s %.12s  %s\n", r.ID, r.Version, part, r.SHA256, r.Title)
	}
	return OK, nil
}

func packCheck(env Env, file string, o Options) (int, error) {
	r, err := open(env, file)
	if err != nil {
		return Bad, err
	}
	defer r.Close()
	p, err := notice.LoadPack(r, file)
	if err != nil {
		return Bad, err
	}
	if o.JSON {
		return OK, writeJSON(env.Out, notice.PackRef{ID: p.ID, Version: p.Version, SHA256: p.SHA256(), Complete: p.Complete})
	}
	fmt.Fprintf(env.Out, "%s %s loads: %d rules, sha256 %s\n", p.ID, p.Version, len(p.Rules), p.SHA256())
	return OK, nil
}

type shown interface {
	JSON() []byte
	Text() string
}

func show(env Env, o Options, v shown) {
	if o.JSON {
		_, _ = env.Out.Write(v.JSON()) // a closed pipe is the reader's choice
		return
	}
	fmt.Fprint(env.Out, v.Text())
}

func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	return enc.Encode(v)
}

// problem is an error as JSON, tenday.notice.error/1.
type problem struct {
	Schema  string `json:"schema,omitempty"`
	Code    string `json:"code"`
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Field   string `json:"field"`
	Message string `json:"message"`
}

func problemOf(err error) problem {
	p := problem{Code: "E-INPUT", Message: err.Error()}
	if e, ok := errors.AsType[*notice.InputError](err); ok {
		p = problem{Code: e.Code, File: e.File, Line: e.Line, Column: e.Col, Field: e.Field, Message: e.Msg}
	}
	return p
}

// report prints what is wrong with the input: as text on standard error, as JSON on standard output, the first problem on top
// and all of them below it.
func report(env Env, err error, asJSON bool) {
	if !asJSON {
		for line := range strings.Lines(err.Error() + "\n") {
			fmt.Fprint(env.Err, "tenday notice: ", line)
		}
		return
	}
	out := struct {
		problem
		Errors []problem `json:"errors"`
	}{problem: problemOf(err)}
	out.Schema = "tenday.notice.error/1"
	if all, ok := errors.AsType[notice.InputErrors](err); ok {
		for _, e := range all {
			out.Errors = append(out.Errors, problemOf(e))
		}
	} else {
		out.Errors = []problem{problemOf(err)}
	}
	if err := writeJSON(env.Out, out); err != nil {
		fmt.Fprintln(env.Err, "tenday notice:", err)
	}
}
