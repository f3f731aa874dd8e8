// SPDX-License-Identifier: Apache-2.0

package picket

import (
	"archive/zip"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// vectorFiles are the planning cases of the specification; testdata/vectors.zip has a README.
var vectorFiles = sync.OnceValues(func() (*zip.ReadCloser, error) { return zip.OpenReader("testdata/vectors.zip") })

// vectors returns one folder of the cases.
func vectors(tb testing.TB, folder string) fs.FS {
	tb.Helper()
	z, err := vectorFiles()
	if err != nil {
		tb.Fatal(err)
	}
	sub, err := fs.Sub(z, folder)
	if err != nil {
		tb.Fatal(err)
	}
	return sub
}

func load(tb testing.TB, fsys fs.FS, name string, into any) {
	tb.Helper()
	b, err := fs.ReadFile(fsys, name)
	if err != nil {
		tb.Fatal(err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		tb.Fatal(err)
	}
}

type edit struct {
	File, Op, Text, From, To, Hex string
	Line, A, B                    int
}

// apply makes the edit in a copy of the files.
func (e edit) apply(tb testing.TB, files fstest.MapFS) {
	tb.Helper()
	unhex := func(s string) []byte {
		b, err := hex.DecodeString(s)
		if err != nil {
			tb.Fatal(err)
		}
		return b
	}
	data := func() []byte { return files[e.File].Data }
	lines := func() []string { return strings.Split(strings.TrimSuffix(string(data()), "\n"), "\n") }
	put := func(b []byte) { files[e.File] = &fstest.MapFile{Data: b} }
	join := func(l []string) { put([]byte(strings.Join(l, "\n") + "\n")) }
	switch e.Op {
	case "delete_file":
		delete(files, e.File)
	case "write_file":
		put([]byte(e.Text))
	case "set_line":
		l := lines()
		l[e.Line-1] = e.Text
		join(l)
	case "append_line":
		join(append(lines(), e.Text))
	case "crlf":
		put(bytes.ReplaceAll(data(), []byte("\n"), []byte("\r\n")))
	case "prefix_bytes_hex":
		put(append(unhex(e.Hex), data()...))
	case "replace_bytes_hex":
		put(bytes.Replace(data(), unhex(e.From), unhex(e.To), 1))
	case "reverse_rows":
		l := lines()
		slices.Reverse(l[1:])
		join(l)
	case "swap_columns":
		l := lines()
		for i := range l {
			f := strings.Split(l[i], ",")
			f[e.A], f[e.B] = f[e.B], f[e.A]
			l[i] = strings.Join(f, ",")
		}
		join(l)
	default:
		tb.Fatalf("unknown edit %q", e.Op)
	}
}

func folder(tb testing.TB, dir fs.FS) fstest.MapFS {
	tb.Helper()
	files := fstest.MapFS{}
	entries, err := fs.ReadDir(dir, ".")
	if err != nil {
		tb.Fatal(err)
	}
	for _, e := range entries {
		b, err := fs.ReadFile(dir, e.Name())
		if err != nil {
			tb.Fatal(err)
		}
		files[e.Name()] = &fstest.MapFile{Data: b}
	}
	return files
}

func TestBadInputIsListedExactlyAndOddInputGivesTheSamePlan(t *testing.T) {
	t.Parallel()

	var bad struct {
		Rejected, Accepted []struct {
			Name   string
			Edits  []edit
			Errors []struct {
				File, Field, Code string
				Line              int
			}
		}
	}
	load(t, vectors(t, "."), "bad-plan.json", &bad)
	if len(bad.Rejected) != 37 || len(bad.Accepted) != 8 {
		t.Fatalf("%d rejected, %d accepted", len(bad.Rejected), len(bad.Accepted))
	}
	type place struct {
		File, Field, Code string
		Line              int
	}
	for _, b := range bad.Rejected {
		files := folder(t, vectors(t, "plan/tiny-8"))
		for _, e := range b.Edits {
			e.apply(t, files)
		}
		_, _, err := Read(files, nil)
		var in *InputError
		if !errors.As(err, &in) {
			t.Errorf("%s: %v", b.Name, err)
			continue
		}
		var got, want []place
		for _, p := range in.Problems {
			got = append(got, place{p.File, p.Field, p.Code, p.Line})
		}
		for _, e := range b.Errors {
			want = append(want, place(e))
		}
		less := func(a, b place) int { return strings.Compare(a.File+a.Field, b.File+b.Field) }
		slices.SortStableFunc(got, less)
		slices.SortStableFunc(want, less)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s%v", b.Name, diff, err)
		}
	}
}
