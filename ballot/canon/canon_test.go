// SPDX-License-Identifier: Apache-2.0

package canon_test

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tenday/tenday/ballot/canon"
)

type inner struct {
	X canon.Decimal `json:"x"`
	B *bool         `json:"b,omitempty"`
}

type record struct {
	Name  string   `json:"name"`
	N     int      `json:"n"`
	Pair  [2]inner `json:"pair"`
	List  []int    `json:"list"`
	Maybe *inner   `json:"maybe,omitempty"`
}

const good = `{"name":"a/<é\u007f\n","n":-3,"pair":[{"x":"0"},{"x":"12","b":true}],"list":[],"maybe":{"x":"7"}}`

func TestACanonicalRecordIsReadAndWrittenBackTheSame(t *testing.T) {
	t.Parallel()

	var v record
	if err := canon.Unmarshal([]byte(good), &v); err != nil {
		t.Fatal(err)
	}
	want := record{"a/<é\x7f\n", -3, [2]inner{{X: "0"}, {X: "12", B: new(true)}}, []int{}, &inner{X: "7"}}
	if diff := cmp.Diff(want, v); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(good, string(canon.Marshal(v))); diff != "" {
		t.Error(diff)
	}
}

func TestEveryOtherFormIsRefusedForItsReason(t *testing.T) {
	t.Parallel()

	for _, test := range []struct{ name, in, reason, field string }{
		{"nothing", ``, canon.Syntax, ""},
		{"two values", `{"x":"1"}{}`, canon.Syntax, ""},
		{"Latin-1", "{\"x\":\"\xe9\"}", canon.Syntax, ""},
		{"half a surrogate pair", `{"x":"\ud800"}`, canon.Syntax, ""},
		{"a low surrogate first", `{"x":"\udc00\ud800"}`, canon.Syntax, ""},
		{"an escaped backslash before u", `{"x":"\\ud800"}`, canon.Schema, "/x"},
		{"null", `{"x":null}`, canon.Schema, "/x"},
		{"a number for a string", `{"x":1}`, canon.Schema, "/x"},
		{"a sign", `{"x":"-1"}`, canon.Schema, "/x"},
		{"an empty decimal", `{"x":""}`, canon.Schema, "/x"},
		{"a missing field", `{}`, canon.Schema, "/x"},
		{"an unknown field", `{"x":"1","y":"1"}`, canon.Schema, "/y"},
		{"an unknown field that writes to terminals", `{"x":"1","\u001b[2J":1}`, canon.Schema, "/?"},
		{"an unknown field that looks like a path", `{"x":"1","a/b: all is well":1}`, canon.Schema, "/?"},
		{"an unknown field of a megabyte", `{"x":"1","` + strings.Repeat("y", 1<<20) + `":1}`, canon.Schema, "/?"},
		{"a repeated field", `{"x":"1","x":"1"}`, canon.Schema, "/x"},
		{"a number for a truth value", `{"x":"1","b":0}`, canon.Schema, "/b"},
		{"white space", `{"x": "1"}`, canon.Canonical, ""},
		{"white space at the end", "{\"x\":\"1\"}\n", canon.Canonical, ""},
		{"another order", `{"b":true,"x":"1"}`, canon.Canonical, ""},
		{"a leading zero", `{"x":"01"}`, canon.Canonical, "/x"},
		{"an escaped digit", `{"x":"\u0031"}`, canon.Canonical, "/x"},
		{"an array", `[]`, canon.Schema, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var v inner
			err := canon.Unmarshal([]byte(test.in), &v)
			var e *canon.Error
			if !errors.As(err, &e) || e.Reason != test.reason || e.Field != test.field {
				t.Errorf("got %v, want %s at %q", err, test.reason, test.field)
			}
		})
	}
}

func TestStringsAreWrittenLikeTheVectors(t *testing.T) {
	t.Parallel()

	data, err := os.ReadFile("../testdata/vectors/encoding.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors struct {
		Strings []struct {
			In  string `json:"utf8_hex"`
			Out string `json:"json_hex"`
		} `json:"json_strings"`
	}
	if err := json.Unmarshal(data, &vectors); err != nil {
		t.Fatal(err)
	}
	for _, v := range vectors.Strings {
		in, _ := hex.DecodeString(v.In)
		if got := hex.EncodeToString(canon.AppendString(nil, string(in))); got != v.Out {
			t.Errorf("%q is written %s, want %s", in, got, v.Out)
		}
	}
}

func TestWhatIsWrittenIsReadBackTheSame(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		in := record{Name: rapid.String().Draw(t, "name"), N: rapid.Int().Draw(t, "n"), List: []int{1}}
		in.Pair[0].X, in.Pair[1].X = "0", canon.Decimal(rapid.StringMatching(`[1-9][0-9]{0,9}`).Draw(t, "x"))
		var out record
		if err := canon.Unmarshal(canon.Marshal(in), &out); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(in, out); diff != "" {
			t.Error(diff)
		}
	})
}

func FuzzUnmarshal(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte(`{"x":"\ud83d\ude00"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var v record
		if canon.Unmarshal(data, &v) != nil {
			return
		}
		if !utf8.Valid(data) || !json.Valid(data) {
			t.Errorf("accepted, but not JSON")
		}
		if got := canon.Marshal(v); string(got) != string(data) {
			t.Errorf("accepted, but written back as %s", got)
		}
	})
}
