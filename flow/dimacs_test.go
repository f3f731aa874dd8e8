// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		p := problems(t)
		var b bytes.Buffer
		if err := WriteMin(&b, p, "drawn\nat random"); err != nil {
			t.Fatal(err)
		}
		got, err := ReadMin(&b)
		if diff := cmp.Diff(p, got, cmpopts.EquateEmpty()); diff != "" || err != nil {
			t.Fatalf("%v (-written +read):\n%s", err, diff)
		}
	})
}

func TestParseErrorsSayWhatStoodThere(t *testing.T) {
	t.Parallel()

	tests := []struct{ text, want string }{
		{"p min 2 1\na 1 2 0 nine 2\n", `line 2: cap: "nine": this cannot be read`},
		{"p min 2 1\na 1 7 0 9 2\n", `line 2: dst: "7": not a node`},
		{"p min 2 1\nn 1 3\na 1 2 0 9 2\n", "all supplies together must be 0"},
		{"p max 2 1\n", `line 1: type: "max": only minimum-cost flow`},
		{"", "the first line is missing"},
		{"p min\n", `line 1: "p min": this cannot be read`},
		{"c " + strings.Repeat("x", 1<<21), `line 1: "longer than a mebibyte": this cannot be read`},
	}
	for _, tt := range tests {
		if _, err := ReadMin(strings.NewReader(tt.text)); err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%.40q: %v, want %s", tt.text, err, tt.want)
		}
	}
}

func TestASolutionFileMustBelongToItsProblem(t *testing.T) {
	t.Parallel()

	p := &Problem{2, []int32{3, -3}, []Arc{{0, 1, 0, 9, 2}}}
	tests := []struct{ name, text, code string }{
		{"right", "c ok\ns 6\nf 1 2 3\nc pi 1 0\nc pi 2 2\n", ""},
		{"wrong total", "s 7\nf 1 2 3\nc pi 1 0\nc pi 2 2\n", "total"},
		{"wrong arc", "s 6\nf 2 1 3\nc pi 1 0\nc pi 2 2\n", "flow_arc"},
		{"too many", "s 6\nf 1 2 3\nf 1 2 3\n", "arc_count"},
		{"too few", "s 6\n", "arc_count"},
		{"no potential", "s 6\nf 1 2 3\nc pi 1 0\n", "arc_count"},
		{"twice", "s 6\nf 1 2 3\nc pi 1 0\nc pi 1 0\n", "duplicate_node"},
		{"no total", "f 1 2 3\n", "no_problem_line"},
		{"empty", "", "no_problem_line"},
		{"negative flow", "s 6\nf 1 2 -3\n", "number_range"},
		{"total a word", "s six\n", "syntax"},
	}
	for _, tt := range tests {
		_, err := ReadSol(strings.NewReader(tt.text), p)
		var e *ParseError
		if errors.As(err, &e); tt.code == "" && err != nil || tt.code != "" && (e == nil || e.Code != tt.code) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.code)
		}
	}
}

func FuzzReadMin(f *testing.F) {
	f.Add("p min 2 1\nn 1 3\nn 2 -3\na 1 2 0 9 2\n")
	f.Add("c ok\r\n\r\np  min\t2 1\r\nn 1 +3\nn 2 -3\na 1\t2 0 9 2")
	f.Fuzz(func(t *testing.T, text string) {
		for line := range strings.Lines(text) {
			if w := strings.Fields(line); len(w) > 2 && w[0] == "p" && len(w[2]) > 5 {
				t.Skip("memory follows the number of nodes")
			}
		}
		p, err := ReadMin(strings.NewReader(text))
		if err != nil {
			if _, ok := errors.AsType[*ParseError](err); !ok {
				t.Fatalf("%v is no ParseError", err)
			}
			return
		}
		var b bytes.Buffer
		if err := WriteMin(&b, p, ""); err != nil {
			t.Fatal(err)
		}
		again, err := ReadMin(&b)
		if diff := cmp.Diff(p, again, cmpopts.EquateEmpty()); diff != "" || err != nil {
			t.Fatalf("%v (-read +again):\n%s", err, diff)
		}
	})
}

func FuzzReadSol(f *testing.F) {
	f.Add("c ok\ns 6\nf 1 2 3\nc pi 1 0\nc pi 2 2\n")
	p := &Problem{2, []int32{3, -3}, []Arc{{0, 1, 0, 9, 2}}}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ReadSol(strings.NewReader(text), p)
		if err == nil && (len(s.Flow) != 1 || len(s.Pi) != 2) {
			t.Fatalf("%+v", s)
		}
	})
}
