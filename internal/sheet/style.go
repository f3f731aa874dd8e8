// SPDX-License-Identifier: Apache-2.0

package sheet

import (
	"fmt"
	"strconv"
	"strings"
)

// readStyles returns for each cell style whether it shows a date.
func (w *workbook) readStyles(part string) ([]bool, error) {
	if w.parts[part] == nil {
		return nil, nil
	}
	formats := map[int]bool{}
	var dates []bool
	inCells := false
	err := w.scan(part, func(x *xmlScanner, t token) error {
		switch name := string(x.name); {
		case t == text:
		case name == "cellXfs":
			inCells = t == startTag
		case t == startTag && name == "numFmt":
			code, err := x.attrText("formatCode")
			if err != nil {
				return err
			}
			formats[number(x.attr("numFmtId"))] = isDateFormat(code)
		case t == startTag && name == "xf" && inCells:
			if len(dates) > 1<<16 {
				return fmt.Errorf("%w: more styles than Excel has", errXML)
			}
			id := number(x.attr("numFmtId"))
			own, known := formats[id]
			dates = append(dates, own || !known && isDateID(id))
		}
		return nil
	})
	return dates, err
}

// isDateID knows the built-in formats with a day in them: ECMA-376 part 1, 18.8.30, East Asian ones included.
func isDateID(id int) bool {
	return id >= 14 && id <= 17 || id == 22 || id >= 27 && id <= 36 || id >= 50 && id <= 58
}

// isDateFormat reports whether a format code shows a day or a year, outside of quotes, brackets and escapes.
func isDateFormat(code string) bool {
	for i := 0; i < len(code); i++ {
		switch code[i] {
		case '\\', '_', '*':
			i++
		case '"', '[':
			end := strings.IndexByte(code[i+1:], map[byte]byte{'"': '"', '[': ']'}[code[i]])
			if end < 0 {
				return false
			}
			i += end + 1
		case 'd', 'D', 'y', 'Y':
			return true
		case 'G', 'g':
			if len(code) >= i+7 && strings.EqualFold(code[i:i+7], "General") {
				i += 6
			}
		}
	}
	return false
}

// number reads a count or an index; what is none is -1.
func number(b []byte) int {
	if len(b) == 0 || len(b) > 9 {
		return -1
	}
	n := 0
	for _, c := range b {
		if c < '0' || c > '9' {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	return n
}

// plain writes a stored number without exponent and without the noise of binary fractions, when that loses nothing: up to 15
// digits is what a spreadsheet itself keeps. Other numbers stay as the file has them.
func plain(s string) string {
	digits := 0
	for _, c := range s {
		if c >= '0' && c <= '9' {
			digits++
		}
	}
	if digits <= 15 && !strings.ContainsAny(s, "eE") {
		return s
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f >= 1e15 || f <= -1e15 {
		return s
	}
	short := strconv.FormatFloat(f, 'g', 15, 64)
	if f, err = strconv.ParseFloat(short, 64); err != nil {
		return s
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

// shift adds days to a date serial.
func shift(serial string, days int) string {
	f, err := strconv.ParseFloat(serial, 64)
	if days == 0 || err != nil {
		return serial
	}
	return plain(strconv.FormatFloat(f+float64(days), 'f', -1, 64))
}
