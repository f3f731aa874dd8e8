// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"fmt"
	"strings"

	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/notice"
	"github.com/tenday/tenday/notice/noticecli"
)

// noticeCmd is the legal clock. It needs no database; its answers are English, because the law that it quotes is.
type noticeCmd struct {
	Check   noticeCheckCmd  `cmd:"" help:"cli.help.notice_check"`
	Plan    noticePlanCmd   `cmd:"" help:"cli.help.notice_plan"`
	Whatif  noticeWhatifCmd `cmd:"" help:"cli.help.notice_whatif"`
	Guard   noticeGuardCmd  `cmd:"" help:"cli.help.notice_guard"`
	Locked  noticeLockedCmd `cmd:"" help:"cli.help.notice_locked"`
	Ics     noticeIcsCmd    `cmd:"" help:"cli.help.notice_ics"`
	Packs   noticePacksCmd  `cmd:"" help:"cli.help.notice_packs"`
	Pack    noticePackCmd   `cmd:"" help:"cli.help.notice_pack"`
	Vectors noticeVectors   `cmd:"" help:"cli.help.notice_vectors"`
}

// exitError ends a command that has said already what there is to say.
type exitError int

// Error says which code.
func (e exitError) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

type noticeFile struct {
	File   string `arg:"" help:"cli.arg.notice_file"`
	Format string `enum:"text,json" default:"text" help:"cli.flag.notice_format"`
	AsOf   string `placeholder:"YYYY-MM-DD" help:"cli.flag.notice_as_of"`
	Action string `placeholder:"ID" help:"cli.flag.notice_action"`
}

type noticePacked struct {
	noticeFile
	Pack string `placeholder:"ID" help:"cli.flag.notice_pack"`
}

func (f noticeFile) options() noticecli.Options {
	return noticecli.Options{AsOf: f.AsOf, Action: f.Action, JSON: f.Format == "json", Buffer: notice.HouseBuffer}
}

func (f noticePacked) options() noticecli.Options {
	o := f.noticeFile.options()
	o.Pack = f.Pack
	return o
}

func (c *console) notice(command, file string, o noticecli.Options) error {
	env := noticecli.Env{In: c.in, Out: c.out, Err: c.err, Calendar: writeNoticeCalendar}
	if code := noticecli.Run(env, command, file, o); code != noticecli.OK {
		return exitError(code)
	}
	return nil
}

type noticeCheckCmd struct {
	noticePacked
	Exit string `enum:"plain,fine" default:"plain" help:"cli.flag.notice_exit"`
}

// Run judges the acts of a file.
func (n *noticeCheckCmd) Run(c *console) error {
	o := n.options()
	o.Fine = n.Exit == "fine"
	return c.notice("check", n.File, o)
}

type noticePlanCmd struct {
	noticePacked
	BufferDays int    `default:"12" help:"cli.flag.notice_buffer"`
	Ics        string `placeholder:"FILE" help:"cli.flag.notice_ics"`
	Host       string `default:"localhost" help:"cli.flag.notice_host"`
}

// Run plans one act backward and forward.
func (n *noticePlanCmd) Run(c *console) error {
	if n.BufferDays < 0 || n.BufferDays > 366 {
		return fault.Field("--buffer-days", "cli.notice.buffer")
	}
	o := n.options()
	o.Buffer, o.ICS, o.Host = n.BufferDays, n.Ics, n.Host
	return c.notice("plan", n.File, o)
}

type noticeWhatifCmd struct {
	noticePacked
	Set   []string `sep:"none" placeholder:"PATH=VALUE" help:"cli.flag.notice_set"`
	Unset []string `sep:"none" placeholder:"PATH" help:"cli.flag.notice_unset"`
	Add   []string `sep:"none" placeholder:"PATH=JSON" help:"cli.flag.notice_add"`
	Exit  string   `enum:"plain,fine" default:"plain" help:"cli.flag.notice_exit"`
}

// Run judges a file with changes, which are made in this order: set, unset, add. The file stays as it is.
func (n *noticeWhatifCmd) Run(c *console) error {
	o := n.options()
	o.Fine = n.Exit == "fine"
	for _, edits := range []struct {
		op   string
		args []string
	}{{"set", n.Set}, {"unset", n.Unset}, {"add", n.Add}} {
		for _, arg := range edits.args {
			path, value, ok := noticecli.CutEdit(arg)
			if !ok && edits.op != "unset" {
				return fault.Field("--"+edits.op, "cli.notice.edit", "What", arg)
			}
			o.Edits = append(o.Edits, notice.Edit{Op: edits.op, Path: strings.TrimSpace(path), Value: value})
		}
	}
	return c.notice("whatif", n.File, o)
}

type noticeGuardCmd struct {
	noticeFile
	Now string `placeholder:"MOMENT" help:"cli.flag.notice_now"`
}

// Run compares now with the stated minute.
func (n *noticeGuardCmd) Run(c *console) error {
	o := n.options()
	o.Now = n.Now
	return c.notice("guard", n.File, o)
}

type noticeLockedCmd struct{ noticeFile }

// Run lists the fields that may not change any more.
func (n *noticeLockedCmd) Run(c *console) error { return c.notice("locked", n.File, n.options()) }

type noticeIcsCmd struct {
	noticePacked
	Host  string `default:"localhost" help:"cli.flag.notice_host"`
	Stamp string `placeholder:"UTC" help:"cli.flag.notice_stamp"`
}

// Run writes the calendar of all acts.
func (n *noticeIcsCmd) Run(c *console) error {
	o := n.options()
	o.Host, o.Stamp = n.Host, n.Stamp
	return c.notice("ics", n.File, o)
}

type noticePacksCmd struct {
	Format string `enum:"text,json" default:"text" help:"cli.flag.notice_format"`
}

// Run lists the rule packs of this program.
func (n *noticePacksCmd) Run(c *console) error {
	return c.notice("packs", "", noticecli.Options{JSON: n.Format == "json"})
}

type noticePackCmd struct {
	Check noticePackCheckCmd `cmd:"" help:"cli.help.notice_pack_check"`
}

type noticePackCheckCmd struct {
	File   string `arg:"" help:"cli.arg.notice_pack"`
	Format string `enum:"text,json" default:"text" help:"cli.flag.notice_format"`
}

// Run loads a rule pack and says what is wrong with it.
func (n *noticePackCheckCmd) Run(c *console) error {
	return c.notice("pack-check", n.File, noticecli.Options{JSON: n.Format == "json"})
}

type noticeVectors struct {
	Dir string `arg:"" help:"cli.arg.notice_vectors"`
}

// Run runs a folder of cases.
func (n *noticeVectors) Run(c *console) error { return c.notice("vectors", n.Dir, noticecli.Options{}) }
