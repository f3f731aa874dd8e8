// SPDX-License-Identifier: Apache-2.0

package sheet

import (
	"embed"
	"errors"
	"io"
	"iter"
	"slices"
	"sync/atomic"
	"unicode/utf8"

	"github.com/tenday/tenday/internal/fault"
)

// Text holds the sentences of this package's faults and warnings, one file a language.
//
//go:embed text/*.json
var Text embed.FS

// Format is how a file is written inside, whatever its name says.
type Format string

// The formats that are read.
const (
	XLSX Format = "xlsx"
	CSV  Format = "csv" // any delimited text
)

// Book is an opened file. It is not safe for concurrent use, but for Progress.
type Book struct {
	Name   string // as given to Open; shown in faults
	Format Format
	Sheets []*Sheet // in the file's order, hidden ones too; a text file has one, with the file's name

	lim      Limits
	warnings []Warning
	opened   int // warnings from Open, which every reading keeps
	bytes    atomic.Int64
	total    atomic.Int64
	rows     atomic.Int64
}

// Sheet is one table of a Book.
type Sheet struct {
	Name   string
	Hidden bool // the employer's program does not show it

	book *Book
	read func(s *Sheet, yield func(Row) bool) error
}

// Row is one row with at least one value.
type Row struct {
	// Line is the 1-based row number of an .xlsx, or the physical line of a text file on which the row begins: a cell with
	// line breaks makes the next row's Line jump. Rows without any value are not returned, so Line may also skip.
	Line int
	// Cells holds the values without trailing blanks. Line breaks in a cell are "\n".
	Cells []string
	// Kinds says what an .xlsx cell is, index for index; nil for a text file.
	Kinds []Kind
}

// Cell returns the value in column i, counted from 0, and "" beyond the last value.
func (r Row) Cell(i int) string {
	if i < 0 || i >= len(r.Cells) {
		return ""
	}
	return r.Cells[i]
}

// Kind returns what the cell in column i is; String for every cell of a text file.
func (r Row) Kind(i int) Kind {
	if i < 0 || i >= len(r.Kinds) {
		return String
	}
	return r.Kinds[i]
}

// Kind is what a cell of an .xlsx is.
type Kind uint8

// The kinds of cells.
//
// A Number is the number as the file stores it ("29458", "1.0"), but for an exponent or float noise, which are written
// out ("6.515550142E9" is 6515550142, 0.80000000000000004 is 0.8): formatting is not part of it, so a leading zero that was
// only shown is gone.
//
// A Date is a Number in a date style. It stays a serial day ("43531"), the same text that a .csv of the same list holds, so
// that one rule downstream normalises both; a workbook of the 1904 system is moved to the usual one.
//
// A Bool is TRUE or FALSE. A Broken cell holds the error it shows, like "#N/A".
const (
	String Kind = iota
	Number
	Date
	Bool
	Broken
)

// Warning is something a person should know before relying on a file that could be read. Key and Args are a sentence of
// Text.
type Warning struct {
	Key  string
	Args map[string]any
}

// Warnings returns what was noticed so far; it is complete once all rows of a sheet were read.
func (b *Book) Warnings() []Warning { return slices.Clone(b.warnings) }

// Progress says how far a reading is: Bytes of Total, of an .xlsx as expanded, and Rows so far.
type Progress struct {
	Bytes, Total, Rows int64
}

// Progress returns how far the latest call of Rows is. It may be called from any goroutine.
func (b *Book) Progress() Progress {
	total := b.total.Load()
	return Progress{Bytes: min(b.bytes.Load(), total), Total: total, Rows: b.rows.Load()}
}

// Rows returns the sheet's rows from the top, each time it is ranged over. An error comes last, is a *fault.Error unless the
// file itself could not be read, and ends the sequence; rows before it are good as far as they go.
func (s *Sheet) Rows() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		b := s.book
		b.bytes.Store(0)
		b.rows.Store(0)
		b.warnings = b.warnings[:b.opened]
		var last Row
		first := 0
		err := s.read(s, func(r Row) bool {
			if b.rows.Add(1) == 1 {
				first = r.Line
			}
			last = r
			return yield(r, nil)
		})
		if err != nil && !errors.Is(err, errStopped) {
			yield(Row{}, b.rowsRead(err, first, last.Line))
		}
	}
}

// rowsRead completes a fault with the rows that came before it. Who knows which row was the header sets First anew.
func (b *Book) rowsRead(err error, first, last int) error {
	f, ok := err.(*fault.Error) //nolint:errorlint // made by this package, never wrapped
	if !ok || f.Key != keyQuoteNotClosed {
		return err
	}
	if first == 0 {
		f.Key = keyQuoteNotClosedFirst
		return f
	}
	f.Args["First"], f.Args["Last"] = first, last
	return f
}

// errStopped ends a reading whose caller broke off.
var errStopped = errors.New("read no further")

// Open tells the format of a file by its content and prepares it for reading. name is used in sentences only; r must stay
// readable while rows are read and is not closed.
//
// It returns a *fault.Error: TooLarge beyond lim, Invalid for whatever is no .xlsx and no delimited text, with what to do.
func Open(name string, r io.ReaderAt, size int64, lim Limits) (*Book, error) {
	b := &Book{Name: name, lim: lim.orDefault()}
	b.total.Store(size)
	if size > b.lim.FileBytes {
		return nil, b.fault(fault.TooLarge, "sheet.file_too_large", "MaxMB", b.lim.FileBytes>>20)
	}
	if size == 0 {
		return nil, b.fault(fault.Invalid, "sheet.empty")
	}
	format, err := b.detect(r, size)
	if err != nil {
		return nil, err
	}
	b.Format = format
	open := b.openCSV
	if format == XLSX {
		open = b.openXLSX
	}
	if err := open(r, size); err != nil {
		return nil, err
	}
	b.opened = len(b.warnings)
	return b, nil
}

// fault returns an Error whose sentence names the file.
func (b *Book) fault(code fault.Code, key string, args ...any) *fault.Error {
	return fault.New(code, key, append(args, "File", b.Name)...)
}

func (b *Book) warn(key string, args ...any) {
	w := Warning{Key: key, Args: map[string]any{"File": b.Name}}
	for i := 0; i+1 < len(args); i += 2 {
		w.Args[args[i].(string)] = args[i+1]
	}
	b.warnings = append(b.warnings, w)
}

// row builds the Rows of both formats under the limits.
type row struct {
	b     *Book
	line  int
	cells []string
	kinds []Kind
	width int // of the row before: a good guess for this one
}

// set puts a value into column col, counted from 0. Blank cells cost nothing, however many there are.
func (r *row) set(col int, value string, kind Kind) error {
	if value == "" {
		return nil
	}
	if col >= r.b.lim.Columns {
		return r.b.fault(fault.TooLarge, "sheet.too_many_columns", "Line", r.line, "Column", col+1, "Max", r.b.lim.Columns)
	}
	if len(value) > r.b.lim.CellRunes && utf8.RuneCountInString(value) > r.b.lim.CellRunes {
		return r.b.cellTooLong(r.line, col)
	}
	if r.cells == nil {
		r.cells = make([]string, 0, r.width)
	}
	for len(r.cells) < col {
		r.cells = append(r.cells, "")
	}
	r.cells = append(r.cells, value)
	if r.b.Format == XLSX {
		if r.kinds == nil {
			r.kinds = make([]Kind, 0, r.width)
		}
		for len(r.kinds) < col {
			r.kinds = append(r.kinds, String)
		}
		r.kinds = append(r.kinds, kind)
	}
	return nil
}

// end hands the row over, unless it is blank, and begins anew.
func (r *row) end(yield func(Row) bool) error {
	if len(r.cells) == 0 {
		return nil
	}
	if r.b.rows.Load() >= int64(r.b.lim.Rows) {
		return r.b.fault(fault.TooLarge, "sheet.too_many_rows", "Line", r.line, "Max", r.b.lim.Rows)
	}
	out := Row{Line: r.line, Cells: r.cells, Kinds: r.kinds}
	r.width = max(r.width, len(r.cells))
	r.cells, r.kinds = nil, nil
	if !yield(out) {
		return errStopped
	}
	return nil
}

func (b *Book) cellTooLong(line, col int) error {
	return b.fault(fault.TooLarge, "sheet.cell_too_long", "Line", line, "Column", col+1, "Max", b.lim.CellRunes)
}
