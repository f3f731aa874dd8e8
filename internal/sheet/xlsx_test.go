// SPDX-License-Identifier: Apache-2.0

package sheet_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/sheet"
)

// parts returns a minimal workbook around a worksheet, so that a test shows only what it is about.
func parts(worksheet string) []string {
	const rel = `http://schemas.openxmlformats.org/officeDocument/2006/relationships`
	return []string{
		"xl/workbook.xml", `<workbook><sheets><sheet name="List" sheetId="1" r:id="rId1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels", `<Relationships><Relationship Id="rId1" Type="` + rel + `/worksheet" Target="worksheets/sheet1.xml"/>` +
			`<Relationship Id="rId2" Type="` + rel + `/sharedStrings" Target="/xl/sharedStrings.xml"/>` +
			`<Relationship Id="rId3" Type="` + rel + `/styles" Target="styles.xml"/></Relationships>`,
		"xl/sharedStrings.xml", `<sst><si><t>zero</t></si><si><r><t>ri</t></r><r><t>ch</t></r><rPh><t>hint</t></rPh></si><si/></sst>`,
		"xl/styles.xml", `<styleSheet><numFmts><numFmt numFmtId="164" formatCode="[$-409]&quot;day&quot; d/mmm/yy"/>` +
			`<numFmt numFmtId="165" formatCode="[Red]0.0&quot;d&quot;\d_d"/></numFmts>` +
			`<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>` +
			`<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="20"/></cellXfs></styleSheet>`,
		"xl/worksheets/sheet1.xml", worksheet,
	}
}

func cells(inner string) string {
	return `<?xml version="1.0" encoding="UTF-8"?><worksheet><sheetData>` + inner + `</sheetData></worksheet>`
}

func TestWorksheetCellsAreRead(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		in    string
		want  []string
		kinds []sheet.Kind
	}{
		"numbers as stored": {
			`<row r="1"><c r="A1"><v>29458</v></c><c r="B1"><v>1.0</v></c><c r="C1" t="n"><v>-0.75</v></c></row>`,
			[]string{"1: 29458|1.0|-0.75"},
			[]sheet.Kind{sheet.Number, sheet.Number, sheet.Number},
		},
		"numbers with exponent or noise": {
			`<row r="1"><c><v>6.515550142E9</v></c><c><v>0.80000000000000004</v></c><c><v>1E+300</v></c><c><v>12345678901234567890</v></c></row>`,
			[]string{"1: 6515550142|0.8|1E+300|12345678901234567890"},
			[]sheet.Kind{sheet.Number, sheet.Number, sheet.Number, sheet.Number},
		},
		"dates stay serials": {
			`<row r="1"><c s="1"><v>43531</v></c><c s="2"><v>43531.5</v></c><c s="3"><v>43531</v></c><c s="4"><v>0.5</v></c><c s="1"><v>0</v></c><c t="d"><v>2019-03-07</v></c></row>`,
			[]string{"1: 43531|43531.5|43531|0.5|0|2019-03-07"},
			[]sheet.Kind{sheet.Date, sheet.Date, sheet.Number, sheet.Number, sheet.Date, sheet.Date},
		},
		"dates and zeros as text": {
			`<row r="1"><c t="inlineStr"><is><t>03/07/2019</t></is></c><c t="str"><v>0029458</v></c></row>`,
			[]string{"1: 03/07/2019|0029458"},
			[]sheet.Kind{sheet.String, sheet.String},
		},
		"shared, rich and empty text": {
			`<row r="1"><c t="s"><v>0</v></c><c t="s"><v>1</v></c><c t="s"><v>2</v></c><c t="inlineStr"><is><r><t>a</t></r><r><t xml:space="preserve"> b</t></r><rPh><t>x</t></rPh></is></c></row>`,
			[]string{"1: zero|rich||a b"},
			[]sheet.Kind{sheet.String, sheet.String, sheet.String, sheet.String},
		},
		"booleans and errors": {
			`<row r="1"><c t="b"><v>1</v></c><c t="b"><v>0</v></c><c t="e"><v>#N/A</v></c></row>`,
			[]string{"1: TRUE|FALSE|#N/A"},
			[]sheet.Kind{sheet.Bool, sheet.Bool, sheet.Broken},
		},
		"formulas give the value that was saved": {
			`<row r="1"><c t="str"><f>HYPERLINK("http://x")</f><v>click</v></c><c><f>1+1</f><v>3</v></c></row>`,
			[]string{"1: click|3"},
			[]sheet.Kind{sheet.String, sheet.Number},
		},
		"escapes": {
			`<row r="1"><c t="str"><v>a&amp;b &#xE9;&lt;&#10;x_x000D__x000A_y _x005F_x0041_ _xZZZZ_</v></c><c t="str"><v><![CDATA[<&amp;>]]></v></c></row>`,
			[]string{"1: a&b é<\nx\ny _x0041_ _xZZZZ_|<&amp;>"},
			[]sheet.Kind{sheet.String, sheet.String},
		},
		"gaps in rows and columns": {
			`<!-- <row r="9"> --><row r="3"/><row r="5"><c r="C5"><v>1</v></c><c r="E5" s="1"/></row>`,
			[]string{"5: ||1"},
			[]sheet.Kind{sheet.String, sheet.String, sheet.Number},
		},
		"no references": {
			`<row><c><v>1</v></c></row><row><c/><c><v>2</v></c></row>`,
			[]string{"1: 1", "2: |2"},
			[]sheet.Kind{sheet.Number},
		},
		"prefixes": {
			`<x:row r="1"><x:c r="A1" t='str'><x:v>a</x:v></x:c></x:row>`,
			[]string{"1: a"},
			[]sheet.Kind{sheet.String},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, err := open("list.xlsx", pack(t, parts(cells(tt.in))...), sheet.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			rows, err := rowsOf(b.Sheets[0])
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, show(rows)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tt.kinds, rows[0].Kinds); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDamageIsAnErrorAndNeverAShorterList(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"ends in a row":         `<worksheet><sheetData><row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="A2"><v>`,
		"no rows part":          `<worksheet></worksheet>`,
		"row not closed":        cells(`<row r="1"><c r="A1"><v>1</v></c>`),
		"cell not closed":       cells(`<row r="1"><c r="A1"><v>1</v></row>`),
		"rows out of order":     cells(`<row r="2"><c><v>1</v></c></row><row r="1"><c><v>1</v></c></row>`),
		"a row beyond Excel":    cells(`<row r="99999999"/>`),
		"cells out of order":    cells(`<row r="1"><c r="B1"><v>1</v></c><c r="A1"><v>1</v></c></row>`),
		"a column beyond Excel": cells(`<row r="1"><c r="ZZZZ1"><v>1</v></c></row>`),
		"no such shared text":   cells(`<row r="1"><c t="s"><v>9</v></c></row>`),
		"no UTF-8":              cells("<row r=\"1\"><c t=\"str\"><v>\xff</v></c></row>"),
		"another encoding":      `<?xml version="1.0" encoding="UTF-16"?><worksheet><sheetData/></worksheet>`,
		"a document type":       `<!DOCTYPE x [<!ENTITY a "b">]>` + cells(""),
		"an unknown entity":     cells(`<row r="1"><c t="str"><v>&a;</v></c></row>`),
		"a tag without end":     `<worksheet><sheetData><row r="` + strings.Repeat("1", 600<<10),
		"text without end":      cells(`<row r="1"><c t="str"><v>` + strings.Repeat("x", 600<<10) + `</v></c></row>`),
	}
	for name, in := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := read(t, pack(t, parts(in)...), sheet.Limits{})
			if key(err) != "sheet.damaged" {
				t.Error(err)
			}
		})
	}
	t.Run("a byte changed", func(t *testing.T) {
		t.Parallel()
		var buf bytes.Buffer
		z := zip.NewWriter(&buf)
		for p, i := parts(cells(`<row r="1"><c r="A1"><v>4711</v></c></row>`)), 0; i < len(p); i += 2 {
			w, err := z.CreateHeader(&zip.FileHeader{Name: p[i], Method: zip.Store})
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.WriteString(w, p[i+1])
		}
		_ = z.Close()
		_, _, err := read(t, bytes.Replace(buf.Bytes(), []byte("4711"), []byte("4712"), 1), sheet.Limits{})
		if key(err) != "sheet.damaged" {
			t.Error(err)
		}
	})
}

func TestWorksheetLimits(t *testing.T) {
	t.Parallel()
	wide := func(n int) string {
		return cells(`<row r="1">` + strings.Repeat(`<c><v>1</v></c>`, n) + `</row>`)
	}
	many := parts(cells(""))
	many[1] = `<workbook><sheets>` + strings.Repeat(`<sheet name="x" r:id="rId1"/>`, 65) + `</sheets></workbook>`
	tests := map[string]struct {
		in   []string
		lim  sheet.Limits
		want string
	}{
		"200 columns":      {parts(wide(200)), sheet.Limits{}, ""},
		"256 columns":      {parts(wide(256)), sheet.Limits{}, ""},
		"300 columns":      {parts(wide(300)), sheet.Limits{}, "sheet.too_many_columns"},
		"a long cell":      {parts(cells(`<row><c t="str"><v>123456</v></c></row>`)), sheet.Limits{CellRunes: 5}, "sheet.cell_too_long"},
		"a very long cell": {parts(cells(`<row><c t="str"><v>` + strings.Repeat("x", 300_000) + `</v></c></row>`)), sheet.Limits{}, "sheet.cell_too_long"},
		"too many rows":    {parts(cells(`<row><c><v>1</v></c></row><row/><row><c><v>1</v></c></row>`)), sheet.Limits{Rows: 1}, "sheet.too_many_rows"},
		"too much text":    {parts(cells("")), sheet.Limits{TextBytes: 12}, "sheet.too_much_text"},
		"too many sheets":  {many, sheet.Limits{}, "sheet.too_many_sheets"},
		"too many parts":   {strings.Split(strings.Repeat("x\x00x\x00", 10_001), "\x00")[:20_002], sheet.Limits{}, "sheet.expands_too_much"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := read(t, pack(t, tt.in...), tt.lim)
			if key(err) != tt.want || err != nil && fault.CodeOf(err) != fault.TooLarge {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// bomb packs a worksheet of n MiB of blanks, which shrink a thousandfold; the directory states size bytes. One block is
// deflated and repeated, so making it costs nothing either.
func bomb(t *testing.T, n int, size uint64) []byte {
	t.Helper()
	var block bytes.Buffer
	fl, err := flate.NewWriter(&block, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = fl.Write(bytes.Repeat([]byte(" "), 1<<20))
	_ = fl.Flush()
	data := append(bytes.Repeat(block.Bytes(), n), 1, 0, 0, 0xff, 0xff) // an empty last block

	p := parts("")
	small, err := zip.NewReader(bytes.NewReader(pack(t, p[:8]...)), int64(len(pack(t, p[:8]...))))
	if err != nil {
		t.Fatal(err)
	}
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for _, f := range small.File {
		if err := z.Copy(f); err != nil {
			t.Fatal(err)
		}
	}
	w, err := z.CreateRaw(&zip.FileHeader{
		Name: p[8], Method: zip.Deflate, CompressedSize64: uint64(len(data)), UncompressedSize64: size,
	})
	if err != nil {
		t.Fatal(err)
	}
	_, _ = w.Write(data)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

//nolint:paralleltest // counts what it allocates
func TestZipBombsAreRefusedBeforeTheyExpand(t *testing.T) {
	for name, tt := range map[string]struct {
		data []byte
		want string
	}{
		"over the size":      {bomb(t, 1025, 1025<<20), "sheet.expands_too_much"},
		"over the ratio":     {bomb(t, 100, 100<<20), "sheet.expands_too_much"},
		"the directory lies": {bomb(t, 1025, 1000), "sheet.damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, _, err := read(t, tt.data, sheet.Limits{})
			runtime.ReadMemStats(&after)
			if key(err) != tt.want {
				t.Error(err)
			}
			if used := after.TotalAlloc - before.TotalAlloc; used > 8<<20 {
				t.Errorf("allocated %d bytes", used)
			}
		})
	}
}

func TestFormulasWithoutASavedValueAreSaid(t *testing.T) {
	t.Parallel()
	_, b, err := read(t, pack(t, parts(cells(`<row r="7"><c r="AB7"><f>1+1</f></c><c r="AC7" t="str"><f>""</f><v></v></c></row>`))...), sheet.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	want := []sheet.Warning{{
		Key:  "sheet.formulas_without_value",
		Args: map[string]any{"File": "list", "Sheet": "List", "Count": 1, "Cells": "AB7"},
	}}
	if diff := cmp.Diff(want, b.Warnings()); diff != "" {
		t.Error(diff)
	}
}

func TestMacrosAnd1904DatesAreSaid(t *testing.T) {
	t.Parallel()
	p := parts(cells(`<row r="1"><c s="1"><v>42069</v></c><c><v>42069</v></c></row>`))
	p[1] = strings.Replace(p[1], "<sheets>", `<workbookPr date1904="1"/><sheets>`, 1)
	p[3] = strings.Replace(p[3], "</Rel", `<Relationship Id="m" Type="x/vbaProject" Target="vbaProject.bin"/></Rel`, 1)
	got, b, err := read(t, pack(t, p...), sheet.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"1: 43531|42069"}, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"sheet.dates_1904", "sheet.macros_ignored"}, warnings(b)); diff != "" {
		t.Error(diff)
	}
}

func TestAWorkbookOfAnotherProgramIsRead(t *testing.T) {
	t.Parallel()
	f := excelize.NewFile()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	style, err := f.NewStyle(&excelize.Style{NumFmt: 14})
	check(err)
	check(f.SetSheetRow("Sheet1", "A1", &[]any{"Example Health", nil, nil}))
	check(f.MergeCell("Sheet1", "A1", "C1"))
	check(f.SetSheetRow("Sheet1", "A3", &[]any{29458, "0029458", 0.8, true, 43531}))
	check(f.SetCellStyle("Sheet1", "E3", "E3", style))
	_, err = f.NewSheet("Notes & more")
	check(err)
	check(f.SetSheetVisible("Notes & more", false))
	var buf bytes.Buffer
	check(f.Write(&buf))
	check(f.Close())

	b, err := open("list.xlsx", buf.Bytes(), sheet.Limits{})
	check(err)
	if len(b.Sheets) != 2 || b.Sheets[0].Hidden || !b.Sheets[1].Hidden || b.Sheets[1].Name != "Notes & more" {
		t.Error(b.Sheets)
	}
	rows, err := rowsOf(b.Sheets[0])
	check(err)
	if diff := cmp.Diff([]string{"1: Example Health", "3: 29458|0029458|0.8|TRUE|43531"}, show(rows)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]sheet.Kind{sheet.Number, sheet.String, sheet.Number, sheet.Bool, sheet.Date}, rows[1].Kinds); diff != "" {
		t.Error(diff)
	}
	want := []sheet.Warning{
		{Key: "sheet.merged_cells", Args: map[string]any{"File": "list.xlsx", "Sheet": "Sheet1", "Count": 1, "Ranges": "A1:C1"}},
	}
	if diff := cmp.Diff(want, b.Warnings()); diff != "" {
		t.Error(diff)
	}
	if p := b.Progress(); p.Rows != 2 || p.Bytes != p.Total || p.Total == 0 {
		t.Error(fmt.Sprint(p))
	}
}

// TestTheDemoListIsTheSameInBothFormats reads the two forms of one employer's list.
func TestTheDemoListIsTheSameInBothFormats(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("TENDAY_SHARED")
	if dir == "" {
		t.Skip("TENDAY_SHARED is not set: the demo lists were NOT compared")
	}
	lists := map[string][]string{}
	for _, ext := range []string{"csv", "xlsx"} {
		data, err := os.ReadFile(filepath.Join(dir, "data/demo/employer_list_v2."+ext))
		if err != nil {
			t.Fatal(err)
		}
		rows, b, err := read(t, data, sheet.Limits{})
		if err != nil || string(b.Format) != ext {
			t.Fatal(err)
		}
		lists[ext] = rows
	}
	if diff := cmp.Diff(lists["csv"], lists["xlsx"]); diff != "" || len(lists["csv"]) < 630 {
		t.Errorf("%d rows: %s", len(lists["csv"]), diff)
	}
	t.Logf("%d rows with a value, to line %.5s", len(lists["csv"]), lists["csv"][len(lists["csv"])-1])
}
