// SPDX-License-Identifier: Apache-2.0

package sheet

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// WriteCSV writes t as comma-separated UTF-8 with a byte-order mark and CRLF, which Excel opens with a double click. Memory
// does not grow with the rows. On an error the output is cut short and must not be kept.
func WriteCSV(w io.Writer, t *Table) error {
	out := bufio.NewWriterSize(w, 64<<10)
	_, _ = out.WriteString(bomUTF8) // out keeps its first error for Flush
	for _, line := range t.Preface {
		t.csvRow(out, line, false)
	}
	if len(t.Preface) > 0 {
		t.csvRow(out, nil, false)
	}
	t.csvRow(out, t.titles(), false)
	var buf []string
	for values, err := range t.Rows {
		if err != nil {
			return fmt.Errorf("read rows to write: %w", err)
		}
		buf = t.cells(buf, values)
		t.csvRow(out, buf, true)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write csv: %w", err)
	}
	return nil
}

func (t *Table) csvRow(out *bufio.Writer, cells []string, data bool) {
	for i, s := range cells {
		if i > 0 {
			_ = out.WriteByte(',')
		}
		if data && t.isNumber(i, s) {
			_, _ = out.WriteString(s)
			continue
		}
		s = Guard(oneBreak.Replace(strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "\uFFFD")))
		// Other separators are quoted too, for programs of another locale and for our own reader, which guess.
		if strings.ContainsAny(s, separators+"\"\n") || strings.TrimSpace(s) != s {
			s = `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
		}
		_, _ = out.WriteString(s)
	}
	_, _ = out.WriteString("\r\n")
}
