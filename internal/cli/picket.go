// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
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

	"github.com/tenday/tenday/internal/fault"
	rooms "github.com/tenday/tenday/internal/line"
	"github.com/tenday/tenday/picket"
)

// picketCmd plans picket lines from a folder of CSV files. It needs no database.
type picketCmd struct {
	Plan    picketPlanCmd    `cmd:"" help:"cli.help.picket_plan"`
	Replan  picketReplanCmd  `cmd:"" help:"cli.help.picket_replan"`
	Explain picketExplainCmd `cmd:"" help:"cli.help.picket_explain"`
}

type picketInput struct {
	Dir    string   `arg:"" help:"cli.arg.picket_dir"`
	Format string   `enum:"${formats}" default:"${format}" help:"cli.flag.picket_format"`
	Set    []string `sep:"none" placeholder:"KEY=VALUE" help:"cli.flag.picket_set"`
}

// read returns the input and prints its warnings; what is wrong is printed with file, line and field.
func (p *picketInput) read(c *console) (*picket.Input, []picket.Problem, error) {
	set := map[string]string{}
	for _, s := range p.Set {
		key, value, ok := strings.Cut(s, "=")
		if !ok {
			return nil, nil, fault.Field("--set", "cli.picket.set", "What", s)
		}
		set[key] = value
	}
	if info, err := os.Stat(p.Dir); err != nil || !info.IsDir() {
		return nil, nil, fault.New(fault.Invalid, "cli.picket.dir", "File", p.Dir)
	}
	in, warnings, err := picket.Read(os.DirFS(p.Dir), set)
	if err != nil {
		return nil, nil, p.refuse(c, err)
	}
	for _, w := range warnings {
		if !c.Quiet {
			fmt.Fprintln(c.err, c.tr.T("cli.picket.warning", "What", w.String()))
		}
	}
	return in, warnings, nil
}

// refuse prints every error of the files, as text or JSON. Any other error is returned as it is.
func (p *picketInput) refuse(c *console, err error) error {
	bad, ok := errors.AsType[*picket.InputError](err)
	if !ok {
		return err
	}
	if p.Format == "json" {
		e := json.NewEncoder(c.out)
		e.SetEscapeHTML(false)
		if err := e.Encode(bad); err != nil {
			return fmt.Errorf("write errors: %w", err)
		}
	} else {
		fmt.Fprintln(c.err, bad.Error())
	}
	return exitError(exitInvalid)
}

type picketPlanCmd struct {
	picketInput `kong:"set='formats=csv,json',set='format=csv'"`
	Output      string `short:"o" default:"-" placeholder:"FILE" help:"cli.flag.picket_output"`
	Strict      bool   `help:"cli.flag.picket_strict"`
	DumpMin     string `placeholder:"FILE" help:"cli.flag.picket_dump"`
}

// Run makes a plan.
func (p *picketPlanCmd) Run(ctx context.Context, c *console) error {
	in, warnings, err := p.read(c)
	if err != nil {
		return err
	}
	r, err := picket.Plan(ctx, in)
	if err != nil {
		return err
	}
	if p.DumpMin != "" {
		if err := toFile(c, p.DumpMin, r.WriteMin); err != nil {
			return err
		}
	}
	return p.write(ctx, c, in, r, p.Output, warnings, p.Strict)
}

// write writes a plan and says in words how good it is.
func (p *picketInput) write(ctx context.Context, c *console, in *picket.Input, r *picket.Result, file string, warnings []picket.Problem, strict bool) error {
	err := toFile(c, file, func(w io.Writer) error {
		if p.Format == "json" {
			return r.WriteJSON(ctx, w, warnings)
		}
		return r.WriteCSV(w)
	})
	if err != nil {
		return err
	}
	missing := c.planned(in, r)
	if strict && missing > 0 {
		return exitError(exitRefused)
	}
	return nil
}

const worstShown = 10

// planned writes the levels, what is proven of them and the worst shortages to standard error, and returns how many minimum and captain
// places stay empty.
func (c *console) planned(in *picket.Input, r *picket.Result) (missing int64) {
	c.note("cli.picket.placed", "N", len(r.Placements))
	for _, v := range r.Levels {
		key := "cli.picket.level_gap"
		switch {
		case !v.Known:
			key = "cli.picket.level_unknown"
		case v.Value == v.Bound:
			key = "cli.picket.level_best"
		}
		c.note(key, "Level", strings.ToLower(c.tr.T("line.level."+v.Level.String())), "Value", v.Value, "Bound", v.Bound)
		if v.Level == picket.ShortCaptain || v.Level == picket.ShortMin {
			missing += v.Value
		}
	}
	worst := slices.Clone(r.Shortages)
	slices.SortStableFunc(worst, func(a, b picket.Shortage) int {
		below := func(s picket.Shortage) int { return max(s.Need.Min-s.Placed, 0)*1000 + s.Need.Target - s.Placed }
		return below(b) - below(a)
	})
	for _, s := range worst[:min(len(worst), worstShown)] {
		n := s.Need
		c.note("cli.picket.short", "Site", in.Sites[n.Site].ID, "Shift", in.Shifts[n.Shift].ID, "Role", n.Role.String(),
			"Placed", s.Placed, "Min", n.Min, "Target", n.Target)
	}
	return missing
}

type picketReplanCmd struct {
	picketInput `kong:"set='formats=csv,json',set='format=csv'"`
	Plan        string `required:"" placeholder:"plan.csv" help:"cli.flag.picket_plan"`
	Events      string `required:"" placeholder:"events.csv" help:"cli.flag.picket_events"`
	Now         string `required:"" placeholder:"2025-11-05T09:00" help:"cli.flag.picket_now"`
	Mode        string `enum:"direct,disturbance,cost" default:"disturbance" help:"cli.flag.picket_mode"`
	Output      string `short:"o" default:"-" placeholder:"FILE" help:"cli.flag.picket_output"`
}

// Run repairs a plan after events.
func (p *picketReplanCmd) Run(ctx context.Context, c *console) error {
	in, warnings, err := p.read(c)
	if err != nil {
		return err
	}
	now, err := in.Instant(p.Now)
	if err != nil {
		return fault.Field("--now", "cli.picket.now", "What", err.Error())
	}
	earlier, err := readBeside(p.Plan, in.ReadPlan)
	if err != nil {
		return p.refuse(c, err)
	}
	events, err := readBeside(p.Events, in.ReadEvents)
	if err != nil {
		return p.refuse(c, err)
	}
	r, err := picket.Replan(ctx, in, earlier, events, now, picket.Mode(p.Mode))
	if bad, ok := errors.AsType[*picket.EventError](err); ok {
		return p.refuse(c, &picket.InputError{Problems: []picket.Problem{{
			File: filepath.Base(p.Events), Line: bad.Line, Code: "no_such_placement", Message: bad.What,
		}}})
	} else if err != nil {
		return err
	}
	c.note("cli.picket.changed", "N", len(r.Changes))
	return p.write(ctx, c, in, r, p.Output, warnings, false)
}

// readBeside reads a file of any folder.
func readBeside[T any](name string, read func(fs.FS, string) (T, error)) (T, error) {
	return read(os.DirFS(filepath.Dir(name)), filepath.Base(name))
}

type picketExplainCmd struct {
	picketInput `kong:"set='formats=text,json',set='format=text'"`
	Plan        string `required:"" placeholder:"plan.csv" help:"cli.flag.picket_plan"`
	Member      string `required:"" placeholder:"ID" help:"cli.flag.picket_member"`
}

// Run says why a member is where she is. What the plan says is the start; where it is not the best, the best plan nearest to it is
// explained.
func (p *picketExplainCmd) Run(ctx context.Context, c *console) error {
	in, _, err := p.read(c)
	if err != nil {
		return err
	}
	member := slices.IndexFunc(in.Members, func(m picket.Member) bool { return m.ID == p.Member })
	if member < 0 {
		return fault.Field("--member", "cli.picket.member", "What", p.Member)
	}
	earlier, err := readBeside(p.Plan, in.ReadPlan)
	if err != nil {
		return p.refuse(c, err)
	}
	r, err := picket.Replan(ctx, in, earlier, nil, time.Time{}, picket.Cost)
	if err != nil {
		return err
	}
	words := func(s picket.Sentence) string { return rooms.Say(c.tr, in, int32(member), s) }
	if p.Format == "json" {
		return r.WriteExplanation(c.out, int32(member), words)
	}
	for _, s := range r.Say(int32(member)) {
		fmt.Fprintln(c.out, words(s))
	}
	return nil
}
