// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/tenday/tenday/ballot"
	"github.com/tenday/tenday/ballot/bel"
	"github.com/tenday/tenday/ballot/canon"
	"github.com/tenday/tenday/ballot/pki"
)

// ballotCmd is the secret ballot, offline: files in, files out, no database and no network. What it says beside help is English, as
// are the reason codes that other programs read.
type ballotCmd struct {
	Setup       ballotSetupCmd       `cmd:"" help:"cli.help.ballot_setup"`
	Credentials ballotCredentialsCmd `cmd:"" help:"cli.help.ballot_credentials"`
	Trustee     ballotTrusteeCmd     `cmd:"" help:"cli.help.ballot_trustee"`
	Cast        ballotCastCmd        `cmd:"" help:"cli.help.ballot_cast"`
	Close       ballotCloseCmd       `cmd:"" help:"cli.help.ballot_close"`
	Tally       ballotTallyCmd       `cmd:"" help:"cli.help.ballot_tally"`
	Decrypt     ballotDecryptCmd     `cmd:"" help:"cli.help.ballot_decrypt"`
	Result      ballotResultCmd      `cmd:"" help:"cli.help.ballot_result"`
	Verify      ballotVerifyCmd      `cmd:"" help:"cli.help.ballot_verify"`
	VerifyDiff  ballotDiffCmd        `cmd:"" help:"cli.help.ballot_verify_diff"`
	Receipt     ballotReceiptCmd     `cmd:"" help:"cli.help.ballot_receipt"`
}

// The exit codes of ballot commands (spec, section 12).
const (
	errRejected = exitError(1)
	errUsage    = exitError(2)
	errNotReady = exitError(3)
)

// ballotOut are the flags of every ballot command.
type ballotOut struct {
	Format string `enum:"text,json" default:"text" help:"cli.flag.ballot_format"`
	Force  bool   `help:"cli.flag.ballot_force"`
}

// refusalError is why a command does not do it: a reason code, and a sentence for people.
type refusalError struct {
	code   exitError
	reason string
	text   string
}

func (e *refusalError) Error() string { return e.text + " (" + e.reason + ")" }

func notReady(format string, args ...any) error {
	return &refusalError{errNotReady, "not_ready", fmt.Sprintf(format, args...)}
}

func ballotMisuse(format string, args ...any) error {
	return &refusalError{errUsage, "usage", fmt.Sprintf(format, args...)}
}

// ballotFailure is a refusal as a program reads it. Numbers that say nothing are null.
type ballotFailure struct {
	OK      bool   `json:"ok"`
	Reason  string `json:"reason"`
	Record  *int   `json:"record"`
	Offset  *int64 `json:"offset"`
	Height  *int   `json:"height"`
	Field   string `json:"field"`
	Message string `json:"message"`
}

// reasonOf returns what err is to people and programs, and its exit code; false for what is ours.
func reasonOf(err error) (f ballotFailure, code exitError, ok bool) {
	f.Message = err.Error()
	if e, ok := errors.AsType[*refusalError](err); ok {
		f.Reason, f.Message = e.reason, e.text
		return f, e.code, true
	}
	if e, ok := errors.AsType[*ballot.Reject](err); ok {
		f.Reason, f.Field, f.Message = e.Reason, e.Field, e.Message
		if e.Record >= 0 {
			f.Record, f.Offset = &e.Record, &e.Offset
		}
		if e.Height >= 0 {
			f.Height = &e.Height
		}
		return f, errRejected, true
	}
	if e, ok := errors.AsType[*canon.Error](err); ok {
		f.Reason, f.Field, f.Message = e.Reason, e.Field, e.Detail
		return f, errRejected, true
	}
	if e, ok := errors.AsType[*pki.Error](err); ok {
		f.Reason = e.Reason
		return f, errRejected, true
	}
	if e, ok := errors.AsType[*ballot.CredentialError](err); ok {
		f.Reason = e.Reason
		return f, errRejected, true
	}
	if e, ok := errors.AsType[*ballot.VotesError](err); ok {
		f.Reason = e.Reason
		return f, errRejected, true
	}
	if e, ok := errors.AsType[*ballot.RosterError](err); ok {
		f.Reason = e.Reason
		return f, errRejected, true
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		f.Reason = "input.missing"
		return f, errNotReady, true
	case errors.Is(err, fs.ErrExist):
		f.Reason = "output.exists"
		return f, errUsage, true
	}
	return f, 0, false
}

// fail tells why err stops a command. file is what it is about, may be "". changed says that a file was written before.
func (o ballotOut) fail(c *console, file string, err error) error {
	f, code, ok := reasonOf(err)
	if !ok {
		return err
	}
	if o.Format == "json" {
		if err := o.print(c, f); err != nil {
			return err
		}
		return code
	}
	var b strings.Builder
	if file != "" {
		b.WriteString(filepath.Base(file) + ": ")
	}
	if f.Record != nil {
		fmt.Fprintf(&b, "record %d, ", *f.Record)
	}
	if f.Height != nil {
		fmt.Fprintf(&b, "event at height %d, ", *f.Height)
	}
	if f.Field != "" {
		b.WriteString(strings.TrimPrefix(f.Field, "/") + ": ")
	}
	text := strings.TrimSuffix(b.String(), ", ")
	if text != b.String() {
		text += ": "
	}
	fmt.Fprintf(c.err, "tenday: %s%s (%s). Nothing was changed.\n", text, strings.TrimSuffix(f.Message, " ("+f.Reason+")"), f.Reason)
	return code
}

// print writes v, one JSON object on one line.
func (o ballotOut) print(c *console, v any) error {
	e := json.NewEncoder(c.out)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// done answers a command that worked: v to a program, text to people.
func (o ballotOut) done(c *console, v map[string]any, format string, args ...any) error {
	if o.Format == "json" {
		v["ok"] = true
		return o.print(c, v)
	}
	_, err := fmt.Fprintf(c.out, format+"\n", args...)
	return err
}

// write makes a file that must not be there, unless --force is given. A secret is for its owner's eyes.
func (o ballotOut) write(name string, content []byte, secret bool) error {
	mode := os.FileMode(0o644)
	if secret {
		mode = 0o400
	}
	if o.Force {
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("replace file: %w", err)
		}
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return fmt.Errorf("write file: %w", err)
	}
	_, err = f.Write(content)
	if err := errors.Join(err, f.Sync(), f.Close(), ballot.SyncFolder(name)); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// loose returns content with the newline that loose files end in.
func loose(content []byte) []byte { return append(slices.Clip(content), '\n') }

// readBallotFile reads a small file; "-" is standard input.
func (c *console) readBallotFile(name string) ([]byte, error) {
	const most = 64 << 20
	in := c.in
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, fmt.Errorf("read file: %w", err)
		}
		defer f.Close()
		in = f
	}
	b, err := io.ReadAll(io.LimitReader(in, most+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if len(b) > most {
		return nil, &refusalError{errRejected, "limit.size", name + " is over 64 MiB"}
	}
	return b, nil
}

// readLine reads a loose file of one record, without the white space around it.
func (c *console) readLine(name string) ([]byte, error) {
	b, err := c.readBallotFile(name)
	return []byte(strings.TrimSpace(string(b))), err
}

// reportView is a Report as the spec has it (section 12).
type reportView struct {
	OK bool `json:"ok"`
	*ballot.Report
}

// stageWords says the stage of an archive in a few words.
var stageWords = map[bel.Stage]string{
	bel.Open: "open for ballots", bel.Closed: "closed", bel.Tallied: "tallied, nobody has decrypted yet",
	bel.Decrypting: "being decrypted", bel.Finished: "counted",
}

// report prints what a verified archive says.
func (o ballotOut) report(c *console, r *ballot.Report, questions []ballot.Question) error {
	if o.Format == "json" {
		return o.print(c, reportView{true, r})
	}
	fmt.Fprintf(c.out, "%s.bel: verified\n", r.UUID)
	rows := [][2]string{
		{"fingerprint", r.Fingerprint},
		{"stage", stageWords[r.Stage]},
		{"credentials", strconv.Itoa(r.Credentials)},
		{"ballots", fmt.Sprintf("%d counted of %d cast", r.BallotsCounted, r.BallotEvents)},
		{"head", fmt.Sprintf("%s at height %d", r.Head.Hash, r.Head.Height)},
	}
	if len(r.Owners) > 0 {
		rows = append(rows, [2]string{"decrypted by", strings.Trim(fmt.Sprint(r.Owners), "[]")})
	}
	for _, row := range rows {
		fmt.Fprintf(c.out, "  %-14s%s\n", row[0], row[1])
	}
	for i, counts := range r.Result {
		q := questions[i]
		fmt.Fprintf(c.out, "\n  %s\n", q.Text)
		names := q.Answers
		if q.HasBlank() {
			names = append([]string{"(blank)"}, names...)
		}
		for j, n := range counts {
			fmt.Fprintf(c.out, "  %6d of %d  %s\n", n, r.BallotsCounted, names[j])
		}
	}
	for _, w := range r.Warnings {
		fmt.Fprintf(c.out, "\n  note: %s (%s)\n", w.Text, w.Code)
	}
	return nil
}
