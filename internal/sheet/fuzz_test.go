// SPDX-License-Identifier: Apache-2.0

package sheet_test

import (
	"bytes"
	"testing"
	"unicode/utf8"

	"github.com/tenday/tenday/internal/sheet"
)

// fuzzLimits keep a run small and let the limits themselves be reached.
var fuzzLimits = sheet.Limits{FileBytes: 1 << 20, ExpandedBytes: 1 << 20, TextBytes: 1 << 16, Rows: 100, Columns: 20, CellRunes: 50, Sheets: 3}

// hold fails unless what was read keeps the promises of Row: every fault has a sentence, lines ascend, the last cell is no
// blank, nothing is over a limit, all is text.
func hold(t *testing.T, data []byte) {
	t.Helper()
	b, err := open("f", data, fuzzLimits)
	if err != nil {
		known(t, err)
		return
	}
	if len(b.Sheets) == 0 {
		t.Fatal("no sheet")
	}
	for _, s := range b.Sheets {
		line, n := 0, 0
		for r, err := range s.Rows() {
			if err != nil {
				known(t, err)
				break
			}
			n++
			if r.Line <= line || len(r.Cells) == 0 || r.Cells[len(r.Cells)-1] == "" || n > 100 || len(r.Cells) > 20 {
				t.Fatalf("row %d of line %d after %d: %q", n, r.Line, line, r.Cells)
			}
			if b.Format == sheet.XLSX && len(r.Kinds) != len(r.Cells) {
				t.Fatal(r)
			}
			for _, c := range r.Cells {
				if !utf8.ValidString(c) || utf8.RuneCountInString(c) > 50 || bytes.ContainsAny([]byte(c), "\x00\r") {
					t.Fatalf("%q", c)
				}
			}
			line = r.Line
		}
	}
}

func known(t *testing.T, err error) {
	t.Helper()
	if _, ok := sentences(t, "en")[key(err)]; !ok {
		t.Fatal(err)
	}
}

func FuzzCSV(f *testing.F) {
	for _, s := range []string{
		"", "a,b\n1,2\n", "a;\"b\nc\";d\r\n", "\"a", "\"a\n\"b\"", "sep=|\na|b", "\xff\xfea\x00\n\x00", "\xfe\xff\x00a", "\xef\xbb\xbfa\rb\r", "é\n\xe9\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(hold)
}

// FuzzXLSX changes the parts of a workbook; a changed zip would mostly test archive/zip's checksums. Run it with
// -fuzzminimizetime=20x: making five texts smaller would take the whole time.
func FuzzXLSX(f *testing.F) {
	p := parts(cells(`<row r="1"><c r="A1" s="1"><v>43531</v></c><c t="s"><v>1</v></c><c t="inlineStr"><is><t>x_x000D_&amp;</t></is></c></row>`))
	f.Add(p[1], p[3], p[5], p[7], p[9])
	f.Add(p[1], p[3], p[5], p[7], cells(`<row><c t="e"><f>1/0</f><v>#DIV/0!</v></c></row>`)+`<mergeCell ref="A1:B2"/>`)
	f.Add(p[1], p[3], p[5], p[7], `<!-- > --><?x?><![CDATA[>]]><a b=">"/>`+cells(``))
	f.Fuzz(func(t *testing.T, workbook, rels, texts, styles, list string) {
		hold(t, pack(t, p[0], workbook, p[2], rels, p[4], texts, p[6], styles, p[8], list))
	})
}
