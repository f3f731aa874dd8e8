// SPDX-License-Identifier: Apache-2.0

package sheet

import (
	"fmt"
	"strconv"
	"unicode/utf8"
)

// The edges of an Excel sheet; a reference beyond them is damage.
const (
	excelRows    = 1 << 20
	excelColumns = 1 << 14
)

func (w *workbook) readSheet(s *Sheet, part string, yield func(Row) bool) error {
	var size int64
	for _, name := range []string{part, w.textsIn} {
		if f := w.parts[name]; f != nil && (name == part || w.texts == nil) {
			size += int64(f.UncompressedSize64)
		}
	}
	w.b.total.Store(size)
	if w.texts == nil {
		t, err := w.readTexts()
		if err != nil {
			return err
		}
		w.texts = t
	}
	g := &grid{w: w, row: row{b: w.b}, yield: yield}
	if err := w.scan(part, g.token); err != nil {
		return err
	}
	if !g.whole {
		return w.b.damaged(fmt.Errorf("%w: sheet ends early", errXML))
	}
	if g.mergeCount > 0 {
		w.b.warn("sheet.merged_cells", "Sheet", s.Name, "Count", g.mergeCount, "Ranges", joinInts(g.merged, g.mergeCount))
	}
	if g.unsaved > 0 {
		w.b.warn("sheet.formulas_without_value", "Sheet", s.Name, "Count", g.unsaved, "Cells", joinInts(g.unsavedAt, g.unsaved))
	}
	return nil
}

// grid reads the cells of a worksheet part, token by token.
type grid struct {
	w     *workbook
	row   row
	yield func(Row) bool

	inCell  bool
	capture bool // the text belongs to the cell's value
	ph      bool // inside a phonetic hint
	col     int  // of the current cell, from 0
	typ     string
	style   int
	formula bool
	value   []byte

	whole      bool // the end of the rows was seen
	merged     []string
	mergeCount int
	unsaved    int // formulas that were never computed
	unsavedAt  []string
}

func (g *grid) token(x *xmlScanner, t token) error {
	switch {
	case t == text:
		return g.text(x)
	case t == startTag:
		return g.start(x)
	}
	switch string(x.name) {
	case "v", "t":
		g.capture = false
	case "rPh":
		g.ph = false
	case "c":
		if g.inCell {
			g.inCell = false
			return g.cell()
		}
	case "row":
		if !g.whole {
			return g.row.end(g.yield)
		}
	case "sheetData":
		if g.inCell || len(g.row.cells) > 0 {
			return fmt.Errorf("%w: row not closed", errXML)
		}
		g.whole = true
	}
	return nil
}

func (g *grid) start(x *xmlScanner) error {
	if g.whole {
		if string(x.name) == "mergeCell" {
			g.mergeCount++
			if len(g.merged) < namedLines {
				g.merged = append(g.merged, string(x.attr("ref")))
			}
		}
		return nil
	}
	switch string(x.name) {
	case "row":
		line := g.row.line + 1
		if r := x.attr("r"); r != nil {
			line = number(r)
		}
		if len(g.row.cells) > 0 || line <= g.row.line || line > excelRows {
			return fmt.Errorf("%w: row %d after %d", errXML, line, g.row.line)
		}
		g.row.line, g.col = line, -1
	case "c":
		col := g.col + 1
		if r := x.attr("r"); r != nil {
			col = column(r)
		}
		if g.inCell || g.row.line == 0 || col <= g.col || col >= excelColumns {
			return fmt.Errorf("%w: cell %d after %d", errXML, col, g.col)
		}
		g.inCell, g.capture, g.ph, g.formula = true, false, false, false
		g.col, g.value = col, g.value[:0]
		g.typ, g.style = cellType(x.attr("t")), number(x.attr("s"))
	case "v":
		g.capture = g.inCell && g.typ != "inlineStr"
	case "t":
		g.capture = g.inCell && g.typ == "inlineStr"
	case "rPh":
		g.ph = true
	case "f":
		g.formula = true
	}
	return nil
}

// cellType returns a constant for each type that is known: no garbage in the hottest place.
func cellType(b []byte) string {
	for _, known := range []string{"", "s", "n", "str", "inlineStr", "b", "e", "d"} {
		if string(b) == known {
			return known
		}
	}
	return "str"
}

func (g *grid) text(x *xmlScanner) error {
	if !g.capture || g.ph {
		return nil
	}
	var err error
	g.value, err = x.appendText(g.value)
	if err == nil && len(g.value) > g.w.b.lim.CellRunes*utf8.UTFMax*7 { // 7: every character as _xHHHH_
		return g.w.b.cellTooLong(g.row.line, g.col)
	}
	return err
}

// cell turns what was read into a value of the row.
func (g *grid) cell() error {
	if len(g.value) == 0 {
		if g.formula && g.typ != "str" {
			g.unsaved++
			if len(g.unsavedAt) < namedLines {
				g.unsavedAt = append(g.unsavedAt, columnName(g.col)+strconv.Itoa(g.row.line))
			}
		}
		return nil
	}
	raw := g.value
	if g.typ == "s" {
		shared, ok := g.w.texts.at(number(raw))
		if !ok {
			return fmt.Errorf("%w: no such shared text", errXML)
		}
		raw = shared
	}
	value, err := cleanText(raw)
	if err != nil {
		return err
	}
	kind := String
	switch g.typ {
	case "b":
		kind = Bool
		switch value {
		case "1":
			value = "TRUE"
		case "0":
			value = "FALSE"
		}
	case "e":
		kind = Broken
	case "d": // ISO 8601, which few programs write
		kind = Date
	case "", "n":
		kind, value = Number, plain(value)
		if g.style >= 0 && g.style < len(g.w.dates) && g.w.dates[g.style] {
			kind, value = Date, shift(value, g.w.date)
		}
	}
	return g.row.set(g.col, value, kind)
}

// column reads the letters of a reference like "AB12" as a column from 0, or -1.
func column(ref []byte) int {
	n := 0
	for i, c := range ref {
		switch {
		case c >= 'A' && c <= 'Z' && i < 3:
			n = n*26 + int(c-'A') + 1
		case c >= '0' && c <= '9' && i > 0:
			return n - 1
		default:
			return -1
		}
	}
	return -1
}

// columnName is the reverse: 0 is "A", 27 is "AB".
func columnName(col int) string {
	name := ""
	for col++; col > 0; col = (col - 1) / 26 {
		name = string(rune('A'+(col-1)%26)) + name
	}
	return name
}
