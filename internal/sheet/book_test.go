// SPDX-License-Identifier: Apache-2.0

package sheet_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/sheet"
)

func open(name string, data []byte, lim sheet.Limits) (*sheet.Book, error) {
	return sheet.Open(name, bytes.NewReader(data), int64(len(data)), lim)
}

// read returns all rows of the first sheet, "line: cell|cell".
func read(t *testing.T, data []byte, lim sheet.Limits) ([]string, *sheet.Book, error) {
	t.Helper()
	b, err := open("list", data, lim)
	if err != nil {
		return nil, nil, err
	}
	rows, err := rowsOf(b.Sheets[0])
	return show(rows), b, err
}

func rowsOf(s *sheet.Sheet) ([]sheet.Row, error) {
	var rows []sheet.Row
	for r, err := range s.Rows() {
		if err != nil {
			return rows, err
		}
		rows = append(rows, r)
	}
	return rows, nil
}

func key(err error) string {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f.Key
	}
	if err != nil {
		return "not a fault: " + err.Error()
	}
	return ""
}

func warnings(b *sheet.Book) []string {
	var keys []string
	for _, w := range b.Warnings() {
		keys = append(keys, w.Key)
	}
	return keys
}

// pack makes a zip of pairs of name and content.
func pack(t testing.TB, parts ...string) []byte {
	t.Helper()
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for i := 0; i < len(parts); i += 2 {
		w, err := z.Create(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(parts[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestOtherFormatsAreNamedWithWhatToDo(t *testing.T) {
	t.Parallel()
	ole := "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 70_000)
	locked := []byte(ole)
	for i, c := range []byte("EncryptedPackage") {
		locked[65_530+2*i] = c // across the 64 KiB that are searched at a time
	}
	tests := map[string]struct {
		data []byte
		want string
	}{
		"nothing":                 {nil, "sheet.empty"},
		"old Excel":               {[]byte(ole), "sheet.old_excel"},
		"Excel with a password":   {locked, "sheet.encrypted"},
		"PDF":                     {[]byte("%PDF-1.7\n"), "sheet.pdf"},
		"HTML saved as .xls":      {[]byte("\xef\xbb\xbf \r\n<HTML><table><tr><td>1"), "sheet.web_page"},
		"XML Spreadsheet 2003":    {[]byte(`<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">`), "sheet.old_excel"},
		"OpenDocument":            {pack(t, "mimetype", "application/vnd.oasis.opendocument.spreadsheet", "content.xml", "<x/>"), "sheet.ods"},
		"Numbers":                 {pack(t, "Index/Document.iwa", "x"), "sheet.numbers"},
		"binary Excel":            {pack(t, "xl/workbook.bin", "x"), "sheet.binary_excel"},
		"Word":                    {pack(t, "[Content_Types].xml", "<x/>", "word/document.xml", "<x/>"), "sheet.not_a_sheet"},
		"a zip of something else": {pack(t, "list.csv", "a,b"), "sheet.packed"},
		"an empty zip":            {pack(t), "sheet.packed"},
		"half a zip":              {pack(t, "xl/workbook.xml", "<x/>")[:40], "sheet.damaged"},
		"gzip":                    {[]byte("\x1f\x8b\x08"), "sheet.packed"},
		"photo":                   {[]byte("\xff\xd8\xff\xe0"), "sheet.picture"},
		"a workbook named twice":  {pack(t, "xl/workbook.xml", "<x/>", `XL\workbook.xml`, "<x/>"), "sheet.damaged"},
		"no sheet":                {pack(t, "xl/workbook.xml", "<workbook/>"), "sheet.damaged"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, err := open("list.xlsx", tt.data, sheet.Limits{})
			if key(err) != tt.want || b != nil {
				t.Errorf("got %q, want %q", key(err), tt.want)
			}
		})
	}
}

func TestFormatIsToldByContentNotByName(t *testing.T) {
	t.Parallel()
	b, err := open("list.xlsx", []byte("a,b\n"), sheet.Limits{})
	if err != nil || b.Format != sheet.CSV {
		t.Errorf("got %v, %v", b, err)
	}
}

func TestAFileOverTheLimitIsRefusedUnread(t *testing.T) {
	t.Parallel()
	_, err := sheet.Open("list.csv", nil, 65<<20, sheet.Limits{})
	if key(err) != "sheet.file_too_large" || fault.CodeOf(err) != fault.TooLarge {
		t.Error(err)
	}
}

func TestRowsCanBeReadAgainAndBrokenOff(t *testing.T) {
	t.Parallel()
	b, err := open("list.csv", []byte("a\nb\nc\n"), sheet.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		for r, err := range b.Sheets[0].Rows() {
			if err != nil || r.Line != 1 {
				t.Fatal(r, err)
			}
			break
		}
	}
	rows, err := rowsOf(b.Sheets[0])
	if err != nil || len(rows) != 3 {
		t.Error(rows, err)
	}
	if diff := cmp.Diff(sheet.Progress{Bytes: 6, Total: 6, Rows: 3}, b.Progress()); diff != "" {
		t.Error(diff)
	}
}

func TestARowAnswersForColumnsItDoesNotHave(t *testing.T) {
	t.Parallel()
	r := sheet.Row{Cells: []string{"a"}}
	if r.Cell(0) != "a" || r.Cell(1) != "" || r.Cell(-1) != "" || r.Kind(0) != sheet.String {
		t.Error(r)
	}
}

func TestRepairMojibake(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in, want string
		repaired bool
	}{
		{"GIBSON NYSTRÃ¶M, IAN K", "GIBSON NYSTRöM, IAN K", true},
		{"JosÃ©", "José", true},
		{"Ã\u0081lvaro", "Álvaro", true}, // a byte that Windows-1252 does not have
		{"Oâ€™Brien", "O’Brien", true},
		{"Nyström", "Nyström", false},
		{"O’BRIEN", "O’BRIEN", false},
		{"Ã¶ and 北", "Ã¶ and 北", false},
		{"plain", "plain", false},
		{"", "", false},
	}
	for _, tt := range tests {
		if got, ok := sheet.RepairMojibake(tt.in); got != tt.want || ok != tt.repaired {
			t.Errorf("%q: got %q, %v", tt.in, got, ok)
		}
	}
}
