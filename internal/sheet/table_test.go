// SPDX-License-Identifier: Apache-2.0

package sheet_test

import (
	"bytes"
	"errors"
	"io"
	"iter"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"github.com/tenday/tenday/internal/sheet"
)

func rowsFrom(rows ...[]string) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// writers are both formats: what holds for one holds for the other.
var writers = map[string]func(io.Writer, *sheet.Table) error{"csv": sheet.WriteCSV, "xlsx": sheet.WriteXLSX}

func table(rows ...[]string) *sheet.Table {
	return &sheet.Table{
		Name:    "People: 30 May/[all]",
		Preface: [][]string{{"Saved by", "data lead"}, {"Scope", "unit"}},
		Columns: []sheet.Column{{Title: "Number"}, {Title: "Name", Width: 30}, {Title: "FTE", Kind: sheet.Number}, {Title: "Hired", Kind: sheet.Date}},
		Rows:    rowsFrom(rows...), Watermark: "copy 7", WatermarkTitle: "Copy of",
	}
}

func TestGuardMakesFormulasHarmless(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"=1+1", "+1", "-1", "@SUM(A1)", "＝1", "＋1", "－1", "＠x", "\tx", "\rx", "\nx", " =1", "\u00a0=1", "\ufeff=1", "\x01=1", "\u200b=1",
	} {
		if got := sheet.Guard(s); got != "'"+s {
			t.Errorf("%q: %q", s, got)
		}
	}
	for _, s := range []string{"", " ", "a=1", "0029458", "’x", "O'Brien", "1-2"} {
		if got := sheet.Guard(s); got != s {
			t.Errorf("%q: %q", s, got)
		}
	}
}

func TestATableIsWrittenWithItsOrigin(t *testing.T) {
	t.Parallel()
	want := []string{
		"1: Saved by|data lead", "2: Scope|unit", "4: Number|Name|FTE|Hired|Copy of",
		"5: 0029458|'=HYPERLINK(\"x\")|-12.50|2019-03-07|copy 7", "6: x|Åsa \"A\"; B\nC||'-1|copy 7",
	}
	after := map[string]string{"csv": "8: 7||007||copy 7", "xlsx": "7: 7||007||copy 7"} // a line break is a physical line
	for name, write := range writers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var buf bytes.Buffer
			err := write(&buf, table([]string{"0029458", `=HYPERLINK("x")`, "-12.50", "2019-03-07"},
				[]string{"x", "Åsa \"A\"; B\r\nC", "", "-1", "more than columns"}, []string{"7", "", "007"}))
			if err != nil {
				t.Fatal(err)
			}
			got, _, err := read(t, buf.Bytes(), sheet.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(append(want[:5:5], after[name]), got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCSVOpensInExcelByDoubleClick(t *testing.T) {
	t.Parallel()
	var buf bytes.Buffer
	if err := sheet.WriteCSV(&buf, table([]string{"1", "a;b"})); err != nil {
		t.Fatal(err)
	}
	want := "\ufeffSaved by,data lead\r\nScope,unit\r\n\r\nNumber,Name,FTE,Hired,Copy of\r\n1,\"a;b\",,,copy 7\r\n"
	if diff := cmp.Diff(want, buf.String()); diff != "" {
		t.Error(diff)
	}
}

func TestAnotherProgramReadsTheWorkbook(t *testing.T) {
	t.Parallel()
	var buf bytes.Buffer
	if err := sheet.WriteXLSX(&buf, table([]string{"0029458", "A & <B>", "0.8", "2019-03-07"})); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&buf)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	const name = "People  30 May  all"
	if diff := cmp.Diff([]string{name}, f.GetSheetList()); diff != "" {
		t.Error(diff)
	}
	rows, err := f.GetRows(name)
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"Saved by", "data lead"},
		{"Scope", "unit"},
		nil,
		{"Number", "Name", "FTE", "Hired", "Copy of"},
		{"0029458", "A & <B>", "0.8", "2019-03-07", "copy 7"},
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Error(diff)
	}
	panes, err := f.GetPanes(name)
	if err != nil || !panes.Freeze || panes.YSplit != 4 || panes.TopLeftCell != "A5" {
		t.Error(panes, err)
	}
	if w, err := f.GetColWidth(name, "B"); err != nil || w != 30 {
		t.Error(w, err)
	}
	for cell, want := range map[string]excelize.CellType{"A5": excelize.CellTypeInlineString, "C5": excelize.CellTypeUnset} {
		if got, err := f.GetCellType(name, cell); err != nil || got != want {
			t.Error(cell, got, err)
		}
	}
	id, err := f.GetCellStyle(name, "A4")
	if err != nil {
		t.Fatal(err)
	}
	if style, err := f.GetStyle(id); err != nil || style.Font == nil || !style.Font.Bold {
		t.Error(style, err)
	}
}

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	t.Parallel()
	for name, write := range writers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				// Edges: separators, quotes, breaks, blanks, escapes of the format, other alphabets, no text at all.
				cell := rapid.OneOf(
					rapid.StringOfN(rapid.RuneFrom([]rune("ab,;|\t\"'\n _x0041<>&é北😀0.")), 0, 12, -1),
					rapid.StringMatching(`[0-9]{1,9}`), rapid.Just(""),
				).Filter(func(s string) bool { return sheet.Guard(s) == s })
				width := rapid.IntRange(1, 6).Draw(t, "width")
				columns := make([]sheet.Column, width)
				for i := range columns {
					columns[i].Title = "h"
				}
				rows := rapid.SliceOfN(rapid.SliceOfN(cell, width, width), 0, 8).Draw(t, "rows")
				var buf bytes.Buffer
				err := write(&buf, &sheet.Table{Name: "x", Columns: columns, Rows: rowsFrom(rows...), Watermark: "w", WatermarkTitle: "h"})
				if err != nil {
					t.Fatal(err)
				}
				b, err := open("x", buf.Bytes(), sheet.Limits{})
				if err != nil {
					t.Fatal(err)
				}
				got, err := rowsOf(b.Sheets[0])
				if err != nil {
					t.Fatal(err)
				}
				if len(got) != len(rows)+1 {
					t.Fatalf("%d rows of %d: %q", len(got), len(rows)+1, buf.String())
				}
				for i, want := range rows {
					if diff := cmp.Diff(append(want[:width:width], "w"), got[i+1].Cells); diff != "" {
						t.Fatal(diff)
					}
				}
			})
		})
	}
}

func TestAFailureIsPassedOn(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for name, write := range writers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rows := func(yield func([]string, error) bool) { yield(nil, broken) }
			if err := write(io.Discard, &sheet.Table{Columns: []sheet.Column{{}}, Rows: rows}); !errors.Is(err, broken) {
				t.Error(err)
			}
			r, w := io.Pipe()
			_ = r.CloseWithError(broken)
			tab := table([]string{strings.Repeat("x", 1000)})
			if err := write(w, tab); !errors.Is(err, broken) {
				t.Error(err)
			}
		})
	}
}
