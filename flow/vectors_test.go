// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
)

// vectors are the instances of the specification; testdata/vectors.zip has a README.
var vectors = sync.OnceValues(func() (*zip.ReadCloser, error) { return zip.OpenReader("testdata/vectors.zip") })

func open(tb testing.TB, name string) io.ReadCloser {
	tb.Helper()
	z, err := vectors()
	if err != nil {
		tb.Fatal(err)
	}
	f, err := z.Open(name)
	if err != nil {
		tb.Fatal(err)
	}
	return f
}

func load(tb testing.TB, name string, into any) {
	tb.Helper()
	f := open(tb, name)
	defer f.Close()
	if err := json.NewDecoder(f).Decode(into); err != nil {
		tb.Fatal(err)
	}
}

func readMin(tb testing.TB, name string) *Problem {
	tb.Helper()
	f := open(tb, name)
	defer f.Close()
	p, err := ReadMin(f)
	if err != nil {
		tb.Fatalf("%s: %v", name, err)
	}
	return p
}

func TestEveryVectorHasItsOptimumOrItsDeficit(t *testing.T) {
	t.Parallel()

	var all struct {
		Instances []struct{ File, Status, Optimum, Deficit string }
	}
	load(t, "dimacs/optima.json", &all)
	if len(all.Instances) != 23 {
		t.Fatalf("%d instances, want 23", len(all.Instances))
	}
	for _, in := range all.Instances {
		t.Run(in.File, func(t *testing.T) {
			t.Parallel()

			p := readMin(t, "dimacs/"+in.File)
			s, err := Solve(t.Context(), p, Options{})
			if in.Status == "infeasible" {
				var none *InfeasibleError
				if !errors.As(err, &none) {
					t.Fatalf("error %v, want an infeasible one", err)
				}
				d, err := VerifyCut(p, none.Cut)
				if err != nil || d != none.Deficit || jsonNumber(d) != in.Deficit {
					t.Errorf("cut proves %d (%v), claimed %d, want %s", d, err, none.Deficit, in.Deficit)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			c, err := Verify(p, s)
			if err != nil || c.Primal.String() != in.Optimum || c.Dual.Cmp(c.Primal) != 0 {
				t.Errorf("optimum %v (%v), want %s", c.Primal, err, in.Optimum)
			}
			again, err := Solve(t.Context(), p, Options{Start: &s.Start})
			if err != nil || again.Pivots != 0 {
				t.Errorf("from the optimal start: %v, %+v", err, again)
			} else if _, err := Verify(p, again); err != nil {
				t.Errorf("from the optimal start: %v", err)
			}
			var file bytes.Buffer
			if err := WriteSol(&file, p, s); err != nil {
				t.Fatal(err)
			}
			read, err := ReadSol(&file, p)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := Verify(p, read); err != nil {
				t.Errorf("written and read back: %v", err)
			}
		})
	}
}

func jsonNumber(n int64) string { b, _ := json.Marshal(n); return string(b) }

func TestBadFilesAreRejectedWithLineAndCode(t *testing.T) {
	t.Parallel()

	var bad struct {
		Rejected []struct {
			Name, Text, Code string
			Line             int
		}
		Accepted []struct{ Name, Text, Optimum string }
	}
	load(t, "bad-dimacs.json", &bad)
	if len(bad.Rejected) != 23 || len(bad.Accepted) != 6 {
		t.Fatalf("%d rejected, %d accepted", len(bad.Rejected), len(bad.Accepted))
	}
	for _, b := range bad.Rejected {
		_, err := ReadMin(strings.NewReader(b.Text))
		var e *ParseError
		if !errors.As(err, &e) || e.Line != b.Line || e.Code != b.Code {
			t.Errorf("%s: %v, want line %d, code %s", b.Name, err, b.Line, b.Code)
		} else if messages[e.Code] == "" {
			t.Errorf("%s: no words for %s", b.Name, e.Code)
		}
	}
	for _, b := range bad.Accepted {
		p, err := ReadMin(strings.NewReader(b.Text))
		if err != nil {
			t.Errorf("%s: %v", b.Name, err)
			continue
		}
		s, err := Solve(t.Context(), p, Options{})
		if err != nil {
			t.Errorf("%s: %v", b.Name, err)
			continue
		}
		if c, err := Verify(p, s); err != nil || c.Primal.String() != b.Optimum {
			t.Errorf("%s: optimum %v (%v), want %s", b.Name, c.Primal, err, b.Optimum)
		}
	}
}
