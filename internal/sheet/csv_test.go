// SPDX-License-Identifier: Apache-2.0

package sheet_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/unicode"

	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/sheet"
)

func show(rows []sheet.Row) []string {
	var out []string
	for _, r := range rows {
		out = append(out, fmt.Sprintf("%d: %s", r.Line, strings.Join(r.Cells, "|")))
	}
	return out
}

func utf16(t *testing.T, e unicode.Endianness, s string) string {
	t.Helper()
	out, err := unicode.UTF16(e, unicode.UseBOM).NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestDelimitedTextIsRead(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		in    string
		want  []string
		warns []string
	}{
		"commas, no last line end":      {"a,b\n1,2", []string{"1: a|b", "2: 1|2"}, nil},
		"CRLF":                          {"a,b\r\n1,2\r\n", []string{"1: a|b", "2: 1|2"}, nil},
		"CR alone":                      {"a,b\r1,2\r\r3,4\r", []string{"1: a|b", "2: 1|2", "4: 3|4"}, nil},
		"semicolons, decimal commas":    {"a;b;c\n1,5;x;y\n2,5;x;y\n", []string{"1: a|b|c", "2: 1,5|x|y", "3: 2,5|x|y"}, nil},
		"tabs":                          {"a\tb\n1,2\t3\n", []string{"1: a|b", "2: 1,2|3"}, nil},
		"pipes":                         {"a|b|c\n1|2|3\n", []string{"1: a|b|c", "2: 1|2|3"}, nil},
		"Excel's sep line":              {"sep=;\r\na;b,c\r\n", []string{"2: a|b,c"}, nil},
		"semicolons inside quotes":      {"a,\"x;y;z\"\nb,\"x;y;z\"\n", []string{"1: a|x;y;z", "2: b|x;y;z"}, nil},
		"one column":                    {"a\nb\n", []string{"1: a", "2: b"}, nil},
		"only title lines":              {"Example Health\n\nConfidential\n", []string{"1: Example Health", "3: Confidential"}, nil},
		"only blank lines and commas":   {"\n,,,\n\n", nil, nil},
		"trailing and missing cells":    {"a,b,c\n1,,\n,2\n", []string{"1: a|b|c", "2: 1", "3: |2"}, nil},
		"byte-order mark":               {"\xef\xbb\xbfa,b\n", []string{"1: a|b"}, nil},
		"byte-order mark alone":         {"\xef\xbb\xbf", nil, nil},
		"quotes, doubled and empty":     {`"a ""b""",""` + ",c\n", []string{`1: a "b"||c`}, nil},
		"quote inside a plain cell":     {"5\" pipe,b\n", []string{`1: 5" pipe|b`}, nil},
		"blanks around a quoted cell":   {"a, \"Smith, J\" ,b\n", []string{"1: a|Smith, J|b"}, nil},
		"blanks of a plain cell stay":   {"a, b ,c\n", []string{"1: a| b |c"}, nil},
		"line break in a cell":          {"a,b\n\"x\r\ny\",2\n3,4\n", []string{"1: a|b", "2: x\ny|2", "4: 3|4"}, nil},
		"line break at the end of file": {"a,b\n1,\"x\ny\"", []string{"1: a|b", "2: 1|x\ny"}, nil},
		"Windows-1252":                  {"a,b\nNystr\xf6m,\x93x\x94\n", []string{"1: a|b", "2: Nyström|“x”"}, []string{"sheet.windows_1252"}},
		"a pasted line of Windows-1252": {"Åsa\nNystr\xf6m\nJosé\n", []string{"1: Åsa", "2: Nyström", "3: José"}, []string{"sheet.mixed_encodings"}},
		"UTF-16 LE":                     {utf16(t, unicode.LittleEndian, "a,Å\r\n1,2\r\n"), []string{"1: a|Å", "2: 1|2"}, nil},
		"UTF-16 BE":                     {utf16(t, unicode.BigEndian, "a,Å\r\n1,2\r\n"), []string{"1: a|Å", "2: 1|2"}, nil},
		"dates and zeros stay text":     {"03/07/2019,0029458,1/0/1900,6.51556E+09\n", []string{"1: 03/07/2019|0029458|1/0/1900|6.51556E+09"}, nil},
		"a formula is text":             {"=1+1,@x\n", []string{"1: =1+1|@x"}, nil},
		"200 columns":                   {strings.Repeat("x,", 199) + "x\n", []string{"1: " + strings.Repeat("x|", 199) + "x"}, nil},
		"300 columns, all blank but 2":  {"a,b" + strings.Repeat(",", 298) + "\n", []string{"1: a|b"}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, b, err := read(t, []byte(tt.in), sheet.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tt.warns, warnings(b)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDelimitedTextIsRefusedWithThePlace(t *testing.T) {
	t.Parallel()
	small := sheet.Limits{Rows: 2, CellRunes: 5}
	tests := map[string]struct {
		in   string
		lim  sheet.Limits
		key  string
		args map[string]any
	}{
		"NUL":                  {"a\nb\x00\n", sheet.Limits{}, "sheet.not_text", map[string]any{"Line": 2}},
		"UTF-16 without a BOM": {"a\x00,\x00b\x00", sheet.Limits{}, "sheet.not_text", map[string]any{"Line": 1}},
		"300 columns":          {"a\n" + strings.Repeat("x,", 299) + "x\n", sheet.Limits{}, "sheet.too_many_columns", map[string]any{"Line": 2, "Column": 257, "Max": 256}},
		"a long cell":          {"a\nb,éééééé\n", small, "sheet.cell_too_long", map[string]any{"Line": 2, "Column": 2, "Max": 5}},
		"too many rows":        {"a\nb\n\nc\n", small, "sheet.too_many_rows", map[string]any{"Line": 4, "Max": 2}},
		"a line without end":   {strings.Repeat("x", 6000), small, "sheet.line_too_long", map[string]any{"Line": 1, "Max": 5 * 256 * 4}},
		"a quote to the end of the file": {
			"h,h\na,b\nc,\"d\ne,f\n",
			sheet.Limits{},
			"sheet.quote_not_closed",
			map[string]any{"Line": 3, "Column": 2, "First": 1, "Last": 2},
		},
		"a quote that the next quoted cell ends": {
			"h,h\n1,\"A, B\n2,\"C, D\"\n3,\"E, F\"\n",
			sheet.Limits{},
			"sheet.quote_not_closed",
			map[string]any{"Line": 2, "Column": 2, "First": 1, "Last": 1},
		},
		"a quote not doubled": {
			"h\n\"The \"Best\" Clinic\"\n",
			sheet.Limits{},
			"sheet.quote_not_closed",
			map[string]any{"Line": 2, "Column": 1, "First": 1, "Last": 1},
		},
		"a quote that swallows more than a cell": {
			"h\n\"1\n2\n3\n4\n5\n", small, "sheet.quote_not_closed",
			map[string]any{"Line": 2, "Column": 1, "First": 1, "Last": 1},
		},
		"a quote on the first line": {"\"a\nb\n", sheet.Limits{}, "sheet.quote_not_closed_first", map[string]any{"Line": 1, "Column": 1}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := read(t, []byte(tt.in), tt.lim)
			f, ok := errors.AsType[*fault.Error](err)
			if !ok {
				t.Fatalf("no fault: %v", err)
			}
			tt.args["File"] = "list"
			if diff := cmp.Diff(tt.key, f.Key); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tt.args, f.Args); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestABrokenQuoteOnLine212SaysWhatWasReadBefore(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("n,a,b,c,d,e,f\n")
	for i := 2; i <= 300; i++ {
		if i == 212 {
			b.WriteString("212,a,b,c,d,e,\"Smith, J\n")
			continue
		}
		fmt.Fprintf(&b, "%d,a,b,c,d,e,\"Doe, K\"\n", i)
	}
	rows, _, err := read(t, []byte(b.String()), sheet.Limits{})
	f, _ := errors.AsType[*fault.Error](err)
	if f == nil || len(rows) != 211 {
		t.Fatal(len(rows), err)
	}
	f.Args["First"] = 2 // who reads the rows knows that line 1 is the header
	if got, want := sentence(t, "en", f.Key, f.Args), "list, line 212, column 7: quote not closed; rows 2-211 read; nothing applied"; got != want {
		t.Errorf("got %q", got)
	}
}

func TestAMixedFileNamesTheFirstLinesOnly(t *testing.T) {
	t.Parallel()
	_, b, err := read(t, []byte("é\n"+strings.Repeat("\xe9\n", 30)), sheet.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	w := b.Warnings()[0]
	if w.Args["Count"] != 30 || !strings.HasPrefix(w.Args["Lines"].(string), "2, 3, 4,") || !strings.HasSuffix(w.Args["Lines"].(string), ", 21, …") {
		t.Error(w)
	}
}
