// SPDX-License-Identifier: Apache-2.0

// Package tenday_test holds the tests of the repository itself: what every file carries, which packages may use which,
// what is linked and under which licence.
package tenday_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const module = "github.com/tenday/tenday"

var update = flag.Bool("update", false, "rewrite docs/dependencies.tsv and the migrations' SHA256SUMS")

// What internal/ consists of. A new package is added here, in the one place where DESIGN.md says it belongs.
var (
	engines     = words("ballot flow notice picket redline workload")
	foundations = words("audit auth backup calendar chart db drawn fault i18n job mail offline sheet sms suppress web work")
	rooms       = words("back board care comms cost demo evidence line organize patients pay press roster strike table vote")
	tops        = words("app board cli demo") // may use every room

	// roomArrows lists, beside roster and the tops, which room may use which other: importer -> imported.
	roomArrows = map[string][]string{"line": {"strike"}}
)

func words(s string) []string { return strings.Fields(s) }

func TestEveryGoFileNamesItsLicence(t *testing.T) {
	t.Parallel()

	for _, name := range ownFiles(t, ".go") {
		if !bytes.HasPrefix(read(t, name), []byte("// SPDX-License-Identifier: Apache-2.0\n")) {
			t.Errorf("%s: the first line is not the SPDX line", name)
		}
	}
}

func TestNothingIsLeftForLater(t *testing.T) {
	t.Parallel()

	later := regexp.MustCompile(`\b(` + "TO" + "DO|FIX" + `ME)\b`)
	for _, name := range ownFiles(t, ".go", ".sql", ".js", ".css", ".html", ".tmpl", ".md", ".sh", ".yml") {
		for i, line := range bytes.Split(read(t, name), []byte("\n")) {
			if word := later.Find(line); word != nil {
				t.Errorf("%s:%d: %s: do it now or leave it out", name, i+1, word)
			}
		}
	}
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	t.Parallel()

	documented := map[string]bool{} // by folder; folders with nothing but tests are not asked
	for _, name := range ownFiles(t, ".go") {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.PackageClauseOnly|parser.ParseComments)
		if err != nil {
			t.Errorf("parse: %v", err)
			continue
		}
		dir := filepath.Dir(name)
		documented[dir] = documented[dir] || isDoc(file.Doc)
	}
	for _, dir := range slices.Sorted(maps.Keys(documented)) {
		if !documented[dir] {
			t.Errorf("%s: no package comment", dir)
		}
	}
}

func isDoc(c *ast.CommentGroup) bool { return c != nil && strings.TrimSpace(c.Text()) != "" }

func TestArrowsPointOneWay(t *testing.T) {
	t.Parallel()

	for _, p := range goList(t, "linux", "./...") {
		from := strings.TrimPrefix(p.ImportPath, module+"/")
		if top, _, _ := strings.Cut(from, "/"); slices.Contains(engines, top) {
			for _, dep := range p.Deps {
				if strings.HasPrefix(dep, module+"/internal/") || dep == "database/sql" || dep == "net/http" {
					t.Errorf("engine %s depends on %s", from, dep)
				}
			}
		}
		for _, imported := range p.Imports {
			to, ours := strings.CutPrefix(imported, module+"/")
			if ours {
				if err := arrow(from, to); err != nil {
					t.Errorf("%s imports %s: %v", from, to, err)
				}
			}
		}
		if from == "internal/fault" {
			for _, dep := range p.Deps {
				if first, _, _ := strings.Cut(dep, "/"); strings.Contains(first, ".") {
					t.Errorf("internal/fault depends on %s: it is to need the standard library only", dep)
				}
			}
		}
		if part := internalPart(from); part != "" && !slices.Contains(slices.Concat(foundations, rooms, tops), part) {
			t.Errorf("%s is neither a foundation nor a room", from)
		}
	}
}

// arrow says why package from may not import package to; both are paths within the module.
func arrow(from, to string) error {
	a, b := internalPart(from), internalPart(to)
	switch {
	case strings.HasPrefix(from, "cmd/") && to != "internal/cli":
		return errors.New("a command only hands over to internal/cli")
	case strings.HasSuffix(to, "test") && !strings.HasSuffix(from, "test"):
		return errors.New("only tests may use a test's helper")
	case a == b || b == "" || a == "":
		return nil
	case b == "cli", b == "app" && a != "cli" && a != "demo":
		return errors.New("what puts the rooms together is used by no room")
	case slices.Contains(foundations, a) && slices.Contains(rooms, b):
		return errors.New("a foundation knows no room")
	case slices.Contains(rooms, b) && b != "roster" && !slices.Contains(tops, a) && !slices.Contains(roomArrows[a], b):
		return errors.New("this arrow between rooms is not in roomArrows")
	}
	return nil
}

// internalPart returns the x of internal/x and of internal/x/y, and "" for other paths.
func internalPart(p string) string {
	rest, ok := strings.CutPrefix(p, "internal/")
	if !ok {
		return ""
	}
	part, _, _ := strings.Cut(rest, "/")
	return part
}

func TestWhatIsLinkedIsListed(t *testing.T) {
	t.Parallel()
	need(t, "cmd/tenday/main.go")

	licences := map[string]string{}
	for _, goos := range []string{"linux", "darwin", "windows"} {
		for _, p := range goList(t, goos, "-deps", "./cmd/tenday") {
			if p.Module == nil || p.Module.Main {
				continue
			}
			if goos == "linux" && len(p.CgoFiles) > 0 { // elsewhere `make release` shows that it builds without
				t.Errorf("%s uses a C compiler: %v", p.ImportPath, p.CgoFiles)
			}
			if _, ok := licences[p.Module.Path]; !ok {
				licences[p.Module.Path] = licence(t, p.Module.Dir)
			}
		}
	}
	var table strings.Builder
	table.WriteString("module\tlicence\n")
	for _, m := range slices.Sorted(maps.Keys(licences)) {
		if !slices.Contains(words("Apache-2.0 BSD-2-Clause BSD-3-Clause ISC MIT"), licences[m]) {
			t.Errorf("%s: licence %s is not one we link", m, licences[m])
		}
		fmt.Fprintf(&table, "%s\t%s\n", m, licences[m])
	}
	golden(t, "docs/dependencies.tsv", table.String())
}

// licenceMarks are words that only one licence has; the first match counts, so the narrower stands before the wider.
var licenceMarks = []struct{ licence, mark string }{
	{"Apache-2.0", "Apache License Version 2.0"},
	{"MPL-2.0", "Mozilla Public License"},
	{"AGPL-3.0", "GNU AFFERO GENERAL PUBLIC LICENSE"},
	{"LGPL", "GNU LESSER GENERAL PUBLIC LICENSE"},
	{"GPL", "GNU GENERAL PUBLIC LICENSE"},
	{"MIT", "Permission is hereby granted, free of charge, to any person obtaining a copy"},
	{"ISC", "Permission to use, copy, modify, and/or distribute this software for any purpose"},
	{"ISC", "Permission to use, copy, modify, and distribute this software for any purpose"},
	{"BSD-3-Clause", "may be used to endorse or promote products derived"},
	{"BSD-2-Clause", "Redistribution and use in source and binary forms"},
}

// licence reads the licence of the module in dir, or "unknown".
func licence(t *testing.T, dir string) string {
	t.Helper()

	for _, pattern := range words("LICENSE* LICENCE* License* license* COPYING*") {
		names, _ := filepath.Glob(filepath.Join(dir, pattern))
		for _, name := range names {
			text := strings.Join(strings.Fields(string(read(t, name))), " ")
			for _, l := range licenceMarks {
				if strings.Contains(text, l.mark) {
					return l.licence
				}
			}
		}
	}
	return "unknown"
}

func TestReleasedMigrationsStayAsTheyAre(t *testing.T) {
	t.Parallel()

	const dir = "internal/db/migrations"
	names, _ := filepath.Glob(dir + "/*.sql")
	if len(names) == 0 {
		t.Skip("there are no migrations in " + dir)
	}
	var sums strings.Builder
	for _, name := range names {
		fmt.Fprintf(&sums, "%s  %s\n", sum(read(t, name)), filepath.Base(name))
	}
	golden(t, dir+"/SHA256SUMS", sums.String())
}

func TestVendoredWebFilesAreTheOnesNamed(t *testing.T) {
	t.Parallel()

	const dir = "internal/web/static/vendor"
	need(t, dir+"/MANIFEST.json")
	var manifest []struct{ File, Name, Version, SHA256, Licence string }
	if err := json.Unmarshal(read(t, dir+"/MANIFEST.json"), &manifest); err != nil {
		t.Fatalf("decode MANIFEST.json: %v", err)
	}
	listed := []string{"MANIFEST.json"}
	for _, m := range manifest {
		listed = append(listed, m.File)
		if m.Name == "" || m.Version == "" || m.Licence == "" {
			t.Errorf("%s: name %q, version %q or licence %q is missing", m.File, m.Name, m.Version, m.Licence)
		}
		if got := sum(read(t, path.Join(dir, m.File))); got != m.SHA256 {
			t.Errorf("%s has SHA-256 %s, MANIFEST.json says %s", m.File, got, m.SHA256)
		}
	}
	var there []string
	for _, name := range files(t, dir) {
		if base := filepath.Base(name); !strings.HasPrefix(base, "LICENSE") && !strings.HasSuffix(base, ".LICENSE") {
			rel, _ := filepath.Rel(dir, name)
			there = append(there, filepath.ToSlash(rel))
		}
	}
	slices.Sort(listed)
	if diff := cmp.Diff(listed, there); diff != "" {
		t.Errorf("vendored files (-listed +there):\n%s", diff)
	}
}

func TestVendoredAxeIsTheOnePinned(t *testing.T) {
	t.Parallel()

	const pinned = "tools/js/node_modules/axe-core/axe.min.js"
	need(t, pinned)
	if !bytes.Equal(read(t, pinned), read(t, "browser/testdata/axe.min.js")) {
		t.Errorf("browser/testdata/axe.min.js differs from %s", pinned)
	}
}

func TestJavaScriptTypesHold(t *testing.T) {
	t.Parallel()

	const tsc = "tools/js/node_modules/.bin/tsc"
	need(t, tsc)
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("node is not installed: the types of our JavaScript go unchecked")
	}
	var pages, workers int
	for _, name := range ownFiles(t, ".js") {
		switch base := path.Base(name); {
		case !strings.HasPrefix(name, "internal/") || !strings.Contains(name, "/static/"):
		case base == "sw.js" || strings.HasSuffix(base, "worker.js"):
			workers++
		default:
			pages++
		}
	}
	if pages+workers == 0 {
		t.Skip("there is no JavaScript of ours under internal/*/static")
	}
	for config, n := range map[string]int{"tsconfig.json": pages, "tsconfig.worker.json": workers} {
		if n == 0 {
			continue
		}
		if out, err := exec.Command(tsc, "--pretty", "false", "-p", "tools/js/"+config).CombinedOutput(); err != nil {
			t.Errorf("tsc -p tools/js/%s: %v\n%s", config, err, out)
		}
	}
}

// ownFiles lists what we wrote ourselves with one of the extensions: not what is vendored, test data or built.
func ownFiles(t *testing.T, extensions ...string) []string {
	t.Helper()

	return slices.DeleteFunc(files(t, "."), func(name string) bool {
		return !slices.Contains(extensions, path.Ext(name)) || strings.Contains(name, "/vendor/") ||
			strings.Contains(name, "/testdata/")
	})
}

// files lists the regular files under root in order, with slashes, without hidden, built and installed folders.
func files(t *testing.T, root string) []string {
	t.Helper()

	var names []string
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != root && (strings.HasPrefix(d.Name(), ".") && d.Name() != ".ci" ||
			d.Name() == "node_modules" || name == "dist"):
			return fs.SkipDir
		case d.Type().IsRegular():
			names = append(names, filepath.ToSlash(name))
		}
		return nil
	})
	if err != nil {
		t.Fatalf("list files: %v", err)
	}
	return names
}

type listed struct {
	ImportPath              string
	Imports, Deps, CgoFiles []string
	Module                  *struct {
		Path, Dir string
		Main      bool
	}
}

// goList asks `go list` as if a C compiler were at hand, so that packages which would use one show themselves.
func goList(t *testing.T, goos string, args ...string) []listed {
	t.Helper()

	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Imports,Deps,CgoFiles,Module"}, args...)...)
	cmd.Env = append(os.Environ(), "GOOS="+goos, "CGO_ENABLED=1")
	cmd.Stderr = &strings.Builder{}
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, cmd.Stderr)
	}
	var all []listed
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatalf("decode the output of %v: %v", cmd.Args, err)
		}
		all = append(all, p)
	}
}

// golden holds the file to want, or writes it when -update is given.
func golden(t *testing.T, name, want string) {
	t.Helper()

	if *update {
		if err := os.WriteFile(name, []byte(want), 0o644); err != nil {
			t.Fatalf("update: %v", err)
		}
	}
	if diff := cmp.Diff(string(read(t, name)), want); diff != "" {
		t.Errorf("%s (-file +found); after a look, go test . -update rewrites it:\n%s", name, diff)
	}
}

func need(t *testing.T, name string) {
	t.Helper()

	if _, err := os.Stat(name); err != nil {
		t.Skipf("%s is missing", name)
	}
}

func read(t *testing.T, name string) []byte {
	t.Helper()

	b, err := os.ReadFile(name)
	if err != nil {
		t.Errorf("read: %v", err)
	}
	return b
}

func sum(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}
