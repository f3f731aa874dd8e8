// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/tenday/tenday/internal/fault"
)

// Line is one physical line of a list; No counts from 1, blank lines included.
type Line struct {
	No    int
	Cells []string
}

// Aside is a line that is no row, and why: one of the reasons below.
type Aside struct {
	Line   int    `json:"line"`
	Reason string `json:"reason"`
	Text   string `json:"text"`
}

// The reasons for setting a line aside. Their words have the key "roster.aside." + the reason.
const (
	AboveHeader    = "above_header"
	BlankLine      = "blank"
	RepeatedHeader = "repeated_header"
	Subtotal       = "subtotal"
	GrandTotal     = "grand_total"
	LoneCell       = "lone_cell" // one cell filled in a table of five columns or more: a remark
)

// Sheet is a list parted into its header, its rows and the lines that are neither.
type Sheet struct {
	Header Line
	Rows   []Line
	Aside  []Aside
}

const (
	headerWithin   = 30
	headerMinWords = 3
)

// ReadSheet finds the header, the first of 30 lines with three known column words, and sets aside by number what is no
// row. Without a header the error is Invalid, "roster.header_missing".
func ReadSheet(lines []Line) (*Sheet, error) {
	at := -1
	for i, l := range lines[:min(headerWithin, len(lines))] {
		known := 0
		for _, c := range l.Cells {
			if f, _ := fieldOf(c); f != NoField {
				known++
			}
		}
		if known >= headerMinWords {
			at = i
			break
		}
	}
	if at < 0 {
		return nil, fault.New(fault.Invalid, "roster.header_missing", "lines", min(headerWithin, len(lines)))
	}
	s := &Sheet{Header: lines[at], Rows: make([]Line, 0, len(lines)-at)}
	for i, l := range lines {
		switch reason := asideReason(l, s.Header); {
		case i == at:
		case i < at && reason != BlankLine:
			s.aside(l, AboveHeader)
		case reason != "":
			s.aside(l, reason)
		default:
			s.Rows = append(s.Rows, l)
		}
	}
	return s, nil
}

func (s *Sheet) aside(l Line, reason string) {
	s.Aside = append(s.Aside, Aside{l.No, reason, clean(strings.Join(l.Cells, " "))})
}

func asideReason(l, header Line) string {
	filled, first := 0, ""
	for _, c := range l.Cells {
		if c = clean(c); c != "" {
			if filled++; filled == 1 {
				first = c
			}
		}
	}
	if filled == 0 {
		return BlankLine
	}
	if 3*filled <= len(header.Cells) {
		switch w := Fold(first); {
		case strings.HasPrefix(w, "grand total"), strings.HasPrefix(w, "total general"), w == "total":
			return GrandTotal
		case strings.HasPrefix(w, "subtotal"), strings.HasPrefix(w, "sub total"), strings.HasPrefix(w, "total "):
			return Subtotal
		}
		if filled == 1 && len(header.Cells) >= 5 {
			return LoneCell
		}
	}
	if len(l.Cells) == len(header.Cells) && first == clean(header.Cells[0]) && fingerprint(l.Cells) == fingerprint(header.Cells) {
		return RepeatedHeader
	}
	return ""
}

// Fingerprint returns the SHA-256 of the folded headings: a list with the same ones is read as the last was.
func (s *Sheet) Fingerprint() string { return fingerprint(s.Header.Cells) }

func fingerprint(cells []string) string {
	h := sha256.New()
	for _, c := range cells {
		h.Write([]byte(Fold(clean(c)) + "\n"))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Column returns the cells of column i, row by row, at most n of them; n < 0 is all.
func (s *Sheet) Column(i, n int) []string {
	if n < 0 || n > len(s.Rows) {
		n = len(s.Rows)
	}
	cells := make([]string, n)
	for r := range cells {
		cells[r] = cell(s.Rows[r].Cells, i)
	}
	return cells
}

// Samples returns the first three different values of column i that say something.
func (s *Sheet) Samples(i int) []string {
	var out []string
	seen := map[string]bool{}
	for _, r := range s.Rows {
		c := clean(cell(r.Cells, i))
		if blank(c) || seen[c] {
			continue
		}
		seen[c] = true
		if out = append(out, c); len(out) == 3 {
			break
		}
	}
	return out
}

func cell(cells []string, i int) string {
	if i < len(cells) {
		return cells[i]
	}
	return ""
}
