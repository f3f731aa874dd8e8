// SPDX-License-Identifier: Apache-2.0

package sheet

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tenday/tenday/internal/fault"
)

// texts are the shared strings, end to end: a slice of strings would cost a header and an allocation for each.
type texts struct {
	all  []byte
	ends []uint32
}

func (t *texts) at(i int) ([]byte, bool) {
	if i < 0 || i >= len(t.ends) {
		return nil, false
	}
	start := uint32(0)
	if i > 0 {
		start = t.ends[i-1]
	}
	return t.all[start:t.ends[i]], true
}

func (w *workbook) readTexts() (*texts, error) {
	out := &texts{}
	if w.textsIn == "" || w.parts[w.textsIn] == nil {
		return out, nil
	}
	var capture, phonetic bool
	err := w.scan(w.textsIn, func(x *xmlScanner, t token) error {
		if t == text {
			if !capture || phonetic {
				return nil
			}
			var err error
			out.all, err = x.appendText(out.all)
			return err
		}
		switch string(x.name) {
		case "t":
			capture = t == startTag
		case "rPh": // how to pronounce it
			phonetic = t == startTag
		case "si":
			if t == startTag {
				return nil
			}
			out.ends = append(out.ends, uint32(len(out.all)))
			if int64(len(out.all)+4*len(out.ends)) > w.b.lim.TextBytes {
				return w.b.fault(fault.TooLarge, "sheet.too_much_text", "MaxMB", w.b.lim.TextBytes>>20)
			}
		}
		return nil
	})
	return out, err
}

// cleanText undoes the escapes of the format (_x000D_, ECMA-376 part 1, 22.9.2.19) and makes every line break "\n".
func cleanText(b []byte) (string, error) {
	if !utf8.Valid(b) {
		return "", fmt.Errorf("%w: no UTF-8", errXML)
	}
	s := string(b)
	if strings.Contains(s, "_x") {
		s = unescapeX(s)
	}
	if strings.Contains(s, "\r") {
		s = oneBreak.Replace(s)
	}
	if strings.Contains(s, "\x00") {
		return "", fmt.Errorf("%w: NUL", errXML)
	}
	return s, nil
}

var oneBreak = strings.NewReplacer("\r\n", "\n", "\r", "\n")

func unescapeX(s string) string {
	var b strings.Builder
	for {
		i := strings.Index(s, "_x")
		if i < 0 || len(s) < i+7 {
			b.WriteString(s)
			return b.String()
		}
		n, err := strconv.ParseUint(s[i+2:i+6], 16, 16)
		if err != nil || s[i+6] != '_' || !utf8.ValidRune(rune(n)) {
			b.WriteString(s[:i+2])
			s = s[i+2:]
			continue
		}
		b.WriteString(s[:i])
		b.WriteRune(rune(n))
		s = s[i+7:]
	}
}
