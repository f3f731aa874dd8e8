// SPDX-License-Identifier: Apache-2.0

package sheet

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/tenday/tenday/internal/fault"
)

const (
	keyQuoteNotClosed      = "sheet.quote_not_closed"
	keyQuoteNotClosedFirst = "sheet.quote_not_closed_first"
)

func (b *Book) openCSV(r io.ReaderAt, size int64) error {
	sample, err := b.lines(r, size)
	if err != nil {
		return err
	}
	comma, err := sniff(sample)
	if err != nil {
		return err
	}
	read := func(s *Sheet, yield func(Row) bool) error {
		l, err := s.book.lines(r, size)
		if err != nil {
			return err
		}
		p := &parser{lines: l, comma: comma, row: row{b: s.book}}
		if err := p.run(yield); err != nil {
			return err
		}
		l.warn()
		return nil
	}
	b.Sheets = []*Sheet{{Name: b.Name, book: b, read: read}}
	return nil
}

// parser reads delimited text. It is encoding/csv's RFC 4180 but for three things that careless files need: the place of a
// quote's opening is kept, for that is where a person has to look; CR alone ends a line; blanks around a quoted cell are no
// part of it. A quote inside a cell that began without one is text (5" pipe).
type parser struct {
	*lines
	comma byte
	row   row

	col      int
	open     bool // inside a quoted cell
	openLine int
	cell     []byte // of the open cell
}

func (p *parser) run(yield func(Row) bool) error {
	for {
		line, ended, err := p.next()
		switch {
		case errors.Is(err, io.EOF) && p.open:
			return p.notClosed()
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if !p.open {
			if p.n == 1 && separator(line) != 0 {
				continue
			}
			p.row.line, p.col = p.n, 0
		}
		if err := p.parse(line, ended); err != nil {
			return err
		}
		if p.open {
			continue
		}
		if err := p.row.end(yield); err != nil {
			return err
		}
	}
}

// parse reads the cells of one physical line, which may begin and end inside a quoted cell.
func (p *parser) parse(line []byte, ended bool) error {
	for {
		if !p.open {
			start := bytes.TrimLeft(line, " ")
			if len(start) > 0 && start[0] == '"' {
				p.open, p.openLine, p.cell = true, p.n, p.cell[:0]
				line = start[1:]
			}
		}
		var value []byte
		more := false
		if p.open {
			rest, closed, err := p.quoted(line, ended)
			if err != nil || !closed {
				return err
			}
			value, p.open = p.cell, false
			line, more = rest, len(rest) > 0
			if more {
				line = line[1:]
			}
		} else {
			value, line, more = bytes.Cut(line, []byte{p.comma})
		}
		if err := p.row.set(p.col, string(value), String); err != nil {
			return err
		}
		if !more {
			return nil
		}
		p.col++
	}
}

// quoted appends to the open cell up to its closing quote; rest is empty or begins with a separator.
func (p *parser) quoted(line []byte, ended bool) (rest []byte, closed bool, err error) {
	for {
		text, after, found := bytes.Cut(line, []byte{'"'})
		p.cell = append(p.cell, text...)
		if !found {
			if ended {
				p.cell = append(p.cell, '\n')
			}
			// An open quote swallows whatever follows: better to say so than that a cell is too long.
			if p.n > p.openLine && utf8.RuneCount(p.cell) > p.b.lim.CellRunes {
				return nil, false, p.notClosed()
			}
			return nil, false, nil
		}
		if len(after) > 0 && after[0] == '"' {
			p.cell = append(p.cell, '"')
			line = after[1:]
			continue
		}
		after = bytes.TrimLeft(after, " ")
		if len(after) > 0 && after[0] != p.comma {
			// The quote that opens the next quoted cell: the one before it was never closed.
			return nil, false, p.notClosed()
		}
		return after, true, nil
	}
}

func (p *parser) notClosed() error {
	return p.b.fault(fault.Invalid, keyQuoteNotClosed, "Line", p.openLine, "Column", p.col+1)
}

const separators = ",;\t|"

// separator returns the one that Excel's first line "sep=;" names, or 0.
func separator(line []byte) byte {
	s, ok := strings.CutPrefix(strings.ToLower(string(line)), "sep=")
	if !ok || len(s) != 1 || !strings.Contains(separators, s) {
		return 0
	}
	return s[0]
}

// sniff chooses the separator that cuts the most lines of the beginning into the same number of cells, and the most cells.
func sniff(l *lines) (byte, error) {
	const sample = 200
	var counts [len(separators)]map[int]int
	var inQuote [len(separators)]bool
	var cells [len(separators)]int
	for range sample {
		line, _, err := l.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return 0, err
		}
		if l.n == 1 {
			if c := separator(line); c != 0 {
				return c, nil
			}
		}
		for i := range separators {
			var extra int
			extra, inQuote[i] = countCells(line, separators[i], inQuote[i])
			cells[i] += extra
			if inQuote[i] {
				continue
			}
			if counts[i] == nil {
				counts[i] = map[int]int{}
			}
			counts[i][cells[i]]++
			cells[i] = 0
		}
	}
	best, bestScore := byte(','), 0
	for i := range separators {
		for n, lines := range counts[i] {
			if score := n * lines; score > bestScore {
				best, bestScore = separators[i], score
			}
		}
	}
	return best, nil
}

// countCells returns how often comma separates cells on a line, and whether the line ends inside quotes.
func countCells(line []byte, comma byte, inQuote bool) (int, bool) {
	n, start := 0, true
	for _, c := range line {
		switch {
		case c == '"' && (inQuote || start):
			inQuote = !inQuote
			start = false
		case c == comma && !inQuote:
			n++
			start = true
		case c != ' ':
			// Another candidate may be the true one, and its cells may be quoted.
			start = strings.IndexByte(separators, c) >= 0
		}
	}
	return n, inQuote
}
