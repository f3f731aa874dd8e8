// SPDX-License-Identifier: Apache-2.0

package sheet

import (
	"archive/zip"
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tenday/tenday/internal/fault"
)

// Cell styles of the written workbook, by their place in xlsxStyles.
const (
	styleText  = 1 // format "@": a number typed over it stays text
	styleBold  = 2
	styleCents = 3 // 0.00
)

const (
	xlsxHead = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	xlsxMain = `http://schemas.openxmlformats.org/spreadsheetml/2006/main`
	xlsxRel  = `http://schemas.openxmlformats.org/officeDocument/2006/relationships`
	xlsxPkg  = `http://schemas.openxmlformats.org/package/2006`
	xlsxType = `application/vnd.openxmlformats-officedocument.spreadsheetml.`

	xlsxTypes = xlsxHead + `<Types xmlns="` + xlsxPkg + `/content-types">` +
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Override PartName="/xl/workbook.xml" ContentType="` + xlsxType + `sheet.main+xml"/>` +
		`<Override PartName="/xl/styles.xml" ContentType="` + xlsxType + `styles+xml"/>` +
		`<Override PartName="/xl/worksheets/sheet1.xml" ContentType="` + xlsxType + `worksheet+xml"/></Types>`
	xlsxRoot = xlsxHead + `<Relationships xmlns="` + xlsxPkg + `/relationships">` +
		`<Relationship Id="rId1" Type="` + xlsxRel + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`
	xlsxRels = xlsxHead + `<Relationships xmlns="` + xlsxPkg + `/relationships">` +
		`<Relationship Id="rId1" Type="` + xlsxRel + `/worksheet" Target="worksheets/sheet1.xml"/>` +
		`<Relationship Id="rId2" Type="` + xlsxRel + `/styles" Target="styles.xml"/></Relationships>`
	xlsxStyles = xlsxHead + `<styleSheet xmlns="` + xlsxMain + `">` +
		`<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>` +
		`<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>` +
		`<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>` +
		`<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>` +
		`<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>` +
		`<cellXfs count="4"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>` +
		`<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>` +
		`<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/>` +
		`<xf numFmtId="2" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>` +
		`<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`
)

// WriteXLSX writes t as an Excel workbook of one sheet: header bold, frozen and filtered. It streams: unlike a library's
// writer it keeps no copy of the list, neither in memory nor in a temporary file, where an encrypted database would leak it.
// On an error the output is cut short and must not be kept.
func WriteXLSX(w io.Writer, t *Table) error {
	z := zip.NewWriter(w)
	for _, part := range []struct{ name, text string }{
		{"[Content_Types].xml", xlsxTypes},
		{"_rels/.rels", xlsxRoot},
		{"xl/workbook.xml", xlsxHead + `<workbook xmlns="` + xlsxMain + `" xmlns:r="` + xlsxRel + `"><sheets><sheet name="` +
			escape(sheetName(t.Name)) + `" sheetId="1" r:id="rId1"/></sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", xlsxRels},
		{"xl/styles.xml", xlsxStyles},
	} {
		f, err := z.Create(part.name)
		if err == nil {
			_, err = io.WriteString(f, part.text)
		}
		if err != nil {
			return fmt.Errorf("write xlsx: %w", err)
		}
	}
	f, err := z.Create("xl/worksheets/sheet1.xml")
	if err != nil {
		return fmt.Errorf("write xlsx: %w", err)
	}
	x := &xlsxWriter{t: t, out: bufio.NewWriterSize(f, 64<<10)}
	if err := x.sheet(); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("write xlsx: %w", err)
	}
	return nil
}

// xlsxWriter writes the worksheet part. out keeps its first error for Flush.
type xlsxWriter struct {
	t   *Table
	out *bufio.Writer
	row int
}

func (x *xlsxWriter) sheet() error {
	titles := x.t.titles()
	header := len(x.t.Preface) + 1
	if header > 1 {
		header++ // a blank row between
	}
	x.print(xlsxHead, `<worksheet xmlns="`, xlsxMain, `"><sheetViews><sheetView workbookViewId="0"><pane ySplit="`,
		strconv.Itoa(header), `" topLeftCell="A`, strconv.Itoa(header+1),
		`" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>`)
	if len(titles) > 0 {
		x.print(`<cols>`)
		for i, title := range titles {
			width := float64(min(max(utf8.RuneCountInString(title)+4, 10), 40))
			if i < len(x.t.Columns) && x.t.Columns[i].Width > 0 {
				width = x.t.Columns[i].Width
			}
			n := strconv.Itoa(i + 1)
			x.print(`<col min="`, n, `" max="`, n, `" width="`, strconv.FormatFloat(width, 'f', -1, 64), `" customWidth="1"/>`)
		}
		x.print(`</cols>`)
	}
	x.print(`<sheetData>`)
	for _, line := range x.t.Preface {
		x.cells(line, styleText, false)
	}
	x.row = header - 1
	x.cells(titles, styleBold, false)
	var buf []string
	for values, err := range x.t.Rows {
		if err != nil {
			return fmt.Errorf("read rows to write: %w", err)
		}
		if x.row == excelRows {
			return fault.New(fault.TooLarge, "sheet.too_many_rows", "File", x.t.Name, "Line", x.row, "Max", excelRows)
		}
		buf = x.t.cells(buf, values)
		x.cells(buf, styleText, true)
	}
	x.print(`</sheetData>`)
	if len(titles) > 0 {
		x.print(`<autoFilter ref="A`, strconv.Itoa(header), `:`, columnName(len(titles)-1), strconv.Itoa(x.row), `"/>`)
	}
	x.print(`</worksheet>`)
	if err := x.out.Flush(); err != nil {
		return fmt.Errorf("write xlsx: %w", err)
	}
	return nil
}

func (x *xlsxWriter) print(parts ...string) {
	for _, s := range parts {
		_, _ = x.out.WriteString(s)
	}
}

func (x *xlsxWriter) cells(cells []string, style int, data bool) {
	x.row++
	row := strconv.Itoa(x.row)
	x.print(`<row r="`, row, `">`)
	for i, s := range cells {
		if s == "" {
			continue
		}
		ref := columnName(i) + row
		if data && x.t.isNumber(i, s) {
			x.print(`<c r="`, ref, `"`)
			if _, cents, _ := strings.Cut(s, "."); len(cents) == 2 {
				x.print(` s="`, strconv.Itoa(styleCents), `"`)
			}
			x.print(`><v>`, s, `</v></c>`)
			continue
		}
		x.print(`<c r="`, ref, `" s="`, strconv.Itoa(style), `" t="inlineStr"><is><t xml:space="preserve">`,
			escape(escapeX(Guard(oneBreak.Replace(s)))), `</t></is></c>`)
	}
	x.print(`</row>`)
}

// escape writes text for XML; characters that XML cannot hold become U+FFFD.
func escape(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r > '~' || strings.ContainsRune(`<>&"'`, r) }) < 0 {
		return s
	}
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a strings.Builder does not fail
	return b.String()
}

// escapeX protects text that looks like one of the format's own escapes (_x0041_ would be read as A).
func escapeX(s string) string {
	if !strings.Contains(s, "_x") {
		return s
	}
	var b strings.Builder
	for i := range len(s) {
		if s[i] == '_' && unescapeX(s[i:min(i+7, len(s))]) != s[i:min(i+7, len(s))] {
			b.WriteString("_x005F")
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// sheetName keeps to Excel's rules: 1 to 31 characters, some of them not allowed.
func sheetName(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`[]:*?/\`, r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	if r := []rune(s); len(r) > 31 {
		s = string(r[:31])
	}
	if s = strings.Trim(s, " '"); s == "" {
		return "Sheet1"
	}
	return s
}
