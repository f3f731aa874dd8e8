// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// reader goes through a DIMACS file line by line and keeps the first error.
type reader struct {
	s      *bufio.Scanner
	priced bool // "c pi" lines count
	line   int
	fields []string
	text   string
	err    error
}

func newScanner(r io.Reader) *bufio.Scanner {
	s := bufio.NewScanner(r)
	s.Buffer(nil, 1<<20)
	return s
}

// scan goes to the next line that is neither blank nor a comment. It returns false at the end and after an error.
func (d *reader) scan() bool {
	for d.err == nil && d.s.Scan() {
		d.line++
		d.text = d.s.Text()
		d.fields = strings.FieldsFunc(d.text, func(r rune) bool { return r == ' ' || r == '\t' })
		if len(d.fields) > 0 && d.fields[0] != "c" || d.priced && len(d.fields) > 1 && d.fields[1] == "pi" {
			return true
		}
	}
	if err := d.s.Err(); errors.Is(err, bufio.ErrTooLong) {
		d.line++
		d.fail("syntax", "line", "longer than a mebibyte")
	} else if err != nil && d.err == nil {
		d.err = fmt.Errorf("read line %d: %w", d.line+1, err)
	}
	return false
}

// fail notes an error in this line, unless there is one already.
func (d *reader) fail(code, field, text string) {
	if d.err == nil {
		d.err = &ParseError{Line: d.line, Code: code, Field: field, Text: clip(text)}
	}
}

// want notes a syntax error unless the line has n fields.
func (d *reader) want(n int) {
	if len(d.fields) != n {
		d.fail("syntax", "line", d.text)
	}
}

// number reads field i, which must be whole (syntax) and within the bounds (the given code).
func (d *reader) number(i int, field string, low, high int64, code string) int64 {
	if d.err != nil {
		return 0
	}
	n, err := strconv.ParseInt(d.fields[i], 10, 64)
	switch {
	case errors.Is(err, strconv.ErrRange):
		d.fail(code, field, d.fields[i])
	case err != nil:
		d.fail("syntax", field, d.fields[i])
	case n < low || n > high:
		d.fail(code, field, d.fields[i])
	default:
		return n
	}
	return 0
}

// node reads field i as a node from 1 to n and returns it from 0.
func (d *reader) node(i int, field string, n int32) int32 {
	return int32(d.number(i, field, 1, int64(n), "node_range") - 1)
}

func clip(s string) string {
	if len(s) > 60 {
		s = s[:60]
	}
	return strings.ToValidUTF8(s, "?")
}
