// SPDX-License-Identifier: Apache-2.0

package sheet

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/tenday/tenday/internal/fault"
)

const (
	bomUTF8    = "\xef\xbb\xbf"
	bomUTF16LE = "\xff\xfe"
	bomUTF16BE = "\xfe\xff"
)

// namedLines is how many places a warning lists before it only counts.
const namedLines = 20

// lines reads a text file by physical lines, ended by LF, CRLF or CR, as UTF-8.
//
// The encoding is decided line by line: what is no valid UTF-8 is Windows-1252. A pure file of either kind comes out right,
// and so does a UTF-8 file into which a few lines were pasted, which a choice for the whole file would garble.
type lines struct {
	b     *Book
	r     *bufio.Reader
	n     int // number of the line last returned
	long  int // refuse a line longer than this
	buf   []byte
	utf8  bool  // some line needed UTF-8
	other []int // first lines that were no UTF-8
	count int   // how many those were
}

func (b *Book) lines(r io.ReaderAt, size int64) (*lines, error) {
	var head [3]byte
	n, err := r.ReadAt(head[:], 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read file: %w", err)
	}
	var in io.Reader = &counting{r: io.NewSectionReader(r, 0, size), n: &b.bytes}
	switch bom := head[:n]; {
	case bytes.HasPrefix(bom, []byte(bomUTF16LE)), bytes.HasPrefix(bom, []byte(bomUTF16BE)):
		in = unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Reader(in)
	case bytes.HasPrefix(bom, []byte(bomUTF8)):
		if _, err := io.CopyN(io.Discard, in, int64(len(bomUTF8))); err != nil {
			return nil, fmt.Errorf("read file: %w", err)
		}
	}
	// Four bytes a character is UTF-8's most, and a line may hold every column full.
	long := min(b.lim.Columns*b.lim.CellRunes*utf8.UTFMax, 16<<20)
	return &lines{b: b, r: bufio.NewReaderSize(in, 64<<10), long: long}, nil
}

// next returns the line without its end, valid until the next call, and whether an end stood there. After the last line it
// returns io.EOF.
func (l *lines) next() (line []byte, ended bool, err error) {
	l.buf = l.buf[:0]
	for !ended {
		peek, err := l.r.Peek(1)
		if err == nil {
			peek, _ = l.r.Peek(l.r.Buffered())
		} else if !errors.Is(err, io.EOF) {
			return nil, false, fmt.Errorf("read file: %w", err)
		}
		if len(peek) == 0 {
			break
		}
		i := bytes.IndexAny(peek, "\r\n")
		if i < 0 {
			l.buf = append(l.buf, peek...)
			discard(l.r, len(peek))
		} else {
			l.buf = append(l.buf, peek[:i]...)
			cr := peek[i] == '\r'
			discard(l.r, i+1)
			if next, err := l.r.Peek(1); cr && err == nil && next[0] == '\n' {
				discard(l.r, 1)
			}
			ended = true
		}
		if len(l.buf) > l.long {
			return nil, false, l.b.fault(fault.TooLarge, "sheet.line_too_long", "Line", l.n+1, "Max", l.long)
		}
	}
	if !ended && len(l.buf) == 0 {
		return nil, false, io.EOF
	}
	l.n++
	return l.decode(), ended, l.refuseNUL()
}

// discard drops bytes that were peeked at, which cannot fail.
func discard(r *bufio.Reader, n int) { _, _ = r.Discard(n) }

func (l *lines) refuseNUL() error {
	if bytes.IndexByte(l.buf, 0) < 0 {
		return nil
	}
	return l.b.fault(fault.Invalid, "sheet.not_text", "Line", l.n)
}

func (l *lines) decode() []byte {
	ascii := true
	for _, c := range l.buf {
		if c >= utf8.RuneSelf {
			ascii = false
			break
		}
	}
	switch {
	case ascii:
	case utf8.Valid(l.buf):
		l.utf8 = true
	default:
		l.count++
		if len(l.other) < namedLines {
			l.other = append(l.other, l.n)
		}
		out := make([]byte, 0, len(l.buf)*3/2)
		for _, c := range l.buf {
			out = utf8.AppendRune(out, charmap.Windows1252.DecodeByte(c))
		}
		return out
	}
	return l.buf
}

// warn tells which lines were read as Windows-1252, if that is in doubt.
func (l *lines) warn() {
	switch {
	case l.count == 0:
	case l.utf8:
		l.b.warn("sheet.mixed_encodings", "Count", l.count, "Lines", joinInts(l.other, l.count))
	default:
		l.b.warn("sheet.windows_1252", "Count", l.count)
	}
}
