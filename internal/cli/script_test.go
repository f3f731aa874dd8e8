// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/tenday/tenday/internal/db"
)

// asProgram makes the test's binary the program itself.
const asProgram = "TENDAY_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(Main(os.Args[1:]))
	}
	testscript.Main(m, map[string]func(){"tenday": func() { os.Exit(Main(os.Args[1:])) }})
}

// The scripts run the program as a person would; testdata/script says what for.
func TestScripts(t *testing.T) {
	t.Parallel()

	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("LANG", "en_US.UTF-8")
			env.Setenv("TENDAY_TEST_PG", os.Getenv("TENDAY_TEST_PG"))
			return nil
		},
		Condition: func(cond string) (bool, error) {
			if cond == "netns" { // may a process be started without a network
				return exec.CommandContext(t.Context(), "unshare", "-rn", "true").Run() == nil, nil
			}
			return cond == "pg" && os.Getenv("TENDAY_TEST_PG") != "", nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"code":   runForCode,
			"pipe":   pipeOut,
			"last":   lastWord,
			"sql":    runSQL,
			"flip":   flipByte,
			"newkey": newKey,
			"newpg":  newPostgres,
			"since":  ageSettings,
			"absent": absentText,
		},
	})
}

// code N tenday ARG...: runs tenday and asks for its exit code, "any" for whichever.
func runForCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N tenday ARG...")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if err != nil {
		got = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if args[0] != "any" && got != args[0] {
		ts.Fatalf("exit code %s, want %s", got, args[0])
	}
}

// pipe FILE VAR: sets VAR to the first line of FILE, "stdout" for the last output.
func pipeOut(ts *testscript.TestScript, _ bool, args []string) {
	line, _, _ := strings.Cut(ts.ReadFile(args[0]), "\n")
	ts.Setenv(args[1], strings.TrimSpace(line))
}

// last FILE VAR: sets VAR to the last word of FILE.
func lastWord(ts *testscript.TestScript, _ bool, args []string) {
	words := strings.Fields(ts.ReadFile(args[0]))
	ts.Setenv(args[1], words[len(words)-1])
}

// sql FILE|DSN [KEYFILE] STATEMENT: changes a database behind the program's back.
func runSQL(ts *testscript.TestScript, _ bool, args []string) {
	cfg := db.Config{DSN: args[0]}
	if !db.IsPostgres(args[0]) {
		cfg.DSN = ts.MkAbs(args[0])
	}
	if len(args) == 3 {
		cfg.KeyFile = ts.MkAbs(args[1])
	}
	d, err := db.Open(context.Background(), cfg)
	ts.Check(err)
	defer d.Close()
	ts.Check(db.Do(context.Background(), d, func(tx *db.Tx) error {
		_, err := tx.Exec(context.Background(), args[len(args)-1])
		return err
	}))
}

// flip FILE: changes the byte in the middle.
func flipByte(ts *testscript.TestScript, _ bool, args []string) {
	name := ts.MkAbs(args[0])
	b, err := os.ReadFile(name)
	ts.Check(err)
	b[len(b)/2] ^= 1
	ts.Check(os.WriteFile(name, b, 0o600))
}

// newkey FILE: a key of its own.
func newKey(ts *testscript.TestScript, _ bool, args []string) {
	key := make([]byte, 32)
	_, _ = rand.Read(key)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(hex.EncodeToString(key)), 0o600))
}

// newpg VAR [SAME]: a fresh database on the test server with an empty schema, which has the name of that in SAME; dropped at
// the end.
func newPostgres(ts *testscript.TestScript, _ bool, args []string) {
	admin, err := sql.Open("pgx", os.Getenv("TENDAY_TEST_PG"))
	ts.Check(err)
	name := "t_" + strings.ToLower(rand.Text())
	schema := name
	if len(args) == 2 {
		u, err := url.Parse(ts.Getenv(args[1]))
		ts.Check(err)
		schema = u.Query().Get("search_path")
	}
	run := func(on *sql.DB, stmt string) {
		_, err := on.ExecContext(context.Background(), stmt)
		ts.Check(err)
	}
	run(admin, `CREATE DATABASE `+name)
	ts.Defer(func() {
		run(admin, `DROP DATABASE `+name+` WITH (FORCE)`)
		_ = admin.Close()
	})
	u, err := url.Parse(os.Getenv("TENDAY_TEST_PG"))
	ts.Check(err)
	u.Path = "/" + name
	q := u.Query()
	q.Set("search_path", schema)
	u.RawQuery = q.Encode()
	inside, err := sql.Open("pgx", u.String())
	ts.Check(err)
	run(inside, `CREATE SCHEMA `+schema)
	ts.Check(inside.Close())
	ts.Setenv(args[0], u.String())
}

// since FILE NAME VALUE: sets a setting.
func ageSettings(ts *testscript.TestScript, _ bool, args []string) {
	runSQL(ts, false, []string{args[0], `UPDATE setting SET value = '` + args[2] + `' WHERE name = '` + args[1] + `'`})
}

// absent FILE... TEXT: none of the files, or those beside them, holds the text.
func absentText(ts *testscript.TestScript, neg bool, args []string) {
	text := args[len(args)-1]
	for _, pattern := range args[:len(args)-1] {
		names, err := filepath.Glob(ts.MkAbs(pattern) + "*")
		ts.Check(err)
		found := false
		for _, name := range names {
			b, err := os.ReadFile(name)
			ts.Check(err)
			found = found || strings.Contains(string(b), text)
		}
		if found != neg {
			ts.Fatalf("%s: %q found: %v", pattern, text, found)
		}
	}
}
