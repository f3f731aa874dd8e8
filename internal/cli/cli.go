// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/i18n"
)

// The exit codes.
const (
	exitOK       = 0
	exitCheck    = 1 // a check found something
	exitInvalid  = 2 // bad input or usage
	exitRefused  = 3 // the state stands against it
	exitInternal = 4 // ours
)

// commands is the whole command line. Every help text is a key; "_detail" beside it holds examples.
type commands struct {
	common

	Init      initCmd      `cmd:"" help:"cli.help.init"`
	Serve     serveCmd     `cmd:"" help:"cli.help.serve"`
	Migrate   migrateCmd   `cmd:"" help:"cli.help.migrate"`
	Backup    backupCmd    `cmd:"" help:"cli.help.backup"`
	Restore   restoreCmd   `cmd:"" help:"cli.help.restore"`
	Demo      demoCmd      `cmd:"" help:"cli.help.demo"`
	Doctor    doctorCmd    `cmd:"" help:"cli.help.doctor"`
	List      listCmd      `cmd:"" help:"cli.help.list"`
	Roster    rosterCmd    `cmd:"" help:"cli.help.roster"`
	Notice    noticeCmd    `cmd:"" help:"cli.help.notice"`
	Ballot    ballotCmd    `cmd:"" help:"cli.help.ballot"`
	Flow      flowCmd      `cmd:"" help:"cli.help.flow"`
	Picket    picketCmd    `cmd:"" help:"cli.help.picket"`
	Audit     auditCmd     `cmd:"" help:"cli.help.audit"`
	Retention retentionCmd `cmd:"" help:"cli.help.retention"`
	Version   versionCmd   `cmd:"" help:"cli.help.version"`
}

// common are the flags of every command.
type common struct {
	DB        string `name:"db" env:"TENDAY_DB" default:"tenday.db" placeholder:"PATH|postgres://…" help:"cli.flag.db"`
	KeyFile   string `env:"TENDAY_KEY_FILE" placeholder:"PATH" help:"cli.flag.key_file"`
	LogFormat string `enum:"text,json" default:"text" help:"cli.flag.log_format"`
	Quiet     bool   `short:"q" help:"cli.flag.quiet"`
}

// console is where a command reads and writes, and the flags that all share.
type console struct {
	common
	tr  *i18n.Translator
	in  io.Reader
	out io.Writer
	err io.Writer
}

// errCheck ends a command whose findings have been printed already.
var errCheck = errors.New("a check found something")

// softMemory is where the collector begins to work harder: an import of 100,000 rows then stays below 500 MB. It is no limit, and
// GOMEMLIMIT, where it is set, comes first.
const softMemory = 280 << 20

// Main runs the command line of args and returns the exit code.
func Main(args []string) int {
	spoken := locale(os.Getenv)
	bundle, err := sentences(spoken)
	if err != nil {
		fmt.Fprintln(os.Stderr, "tenday:", err)
		return exitInternal
	}
	c := &console{tr: bundle.For(spoken), in: os.Stdin, out: os.Stdout, err: os.Stderr}
	if len(args) == 0 {
		fmt.Fprint(c.out, c.tr.T("cli.welcome"))
		return exitOK
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(softMemory)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return c.exit(c.run(ctx, args))
}

func (c *console) run(ctx context.Context, args []string) error {
	var cmds commands
	parser, err := kong.New(&cmds, kong.Name("tenday"), kong.Description("cli.help.tenday"), kong.PostBuild(c.translate),
		kong.Help(c.help), kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}))
	if err != nil {
		return fmt.Errorf("read command table: %w", err)
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		return &fault.Error{Code: fault.Invalid, Key: "cli.usage", Args: map[string]any{"What": err.Error()}, Err: err}
	}
	c.common = cmds.common
	if err := c.noSecrets(args); err != nil {
		return err
	}
	parsed.BindTo(ctx, (*context.Context)(nil))
	return parsed.Run(c)
}

// exit prints err, if any, and returns the code that it stands for.
func (c *console) exit(err error) int {
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errCheck):
		return exitCheck
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(c.err, "tenday:", c.tr.T("cli.stopped"))
		return exitRefused
	}
	if code, ok := errors.AsType[exitError](err); ok {
		return int(code)
	}
	e, ok := errors.AsType[*fault.Error](err)
	if !ok {
		fmt.Fprintln(c.err, "tenday:", c.tr.T("cli.internal", "What", err.Error()))
		return exitInternal
	}
	fmt.Fprintln(c.err, "tenday:", c.tr.M(e.Key, e.Args))
	for _, p := range e.Problems {
		fmt.Fprintln(c.err, "  "+c.problem(p))
	}
	switch e.Code {
	case fault.Invalid, fault.Missing, fault.TooLarge:
		return exitInvalid
	case fault.Internal:
		return exitInternal
	}
	return exitRefused
}

// problem writes one problem of bad input, with the field where it has one; file and line stand in its sentence or arguments.
func (c *console) problem(p *fault.Error) string {
	text := c.tr.M(p.Key, p.Args)
	if p.Field != "" {
		text = p.Field + ": " + text
	}
	return text
}

// say prints a result in words, on standard output.
func (c *console) say(key string, args ...any) { fmt.Fprintln(c.out, c.tr.T(key, args...)) }

// note prints what a person wants to know and a script does not, on standard error, unless --quiet.
func (c *console) note(key string, args ...any) {
	if !c.Quiet {
		fmt.Fprintln(c.err, c.tr.T(key, args...))
	}
}
