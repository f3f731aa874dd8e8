// SPDX-License-Identifier: Apache-2.0

package sheet

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"
)

// errXML marks XML that no spreadsheet program writes; the reader of a part turns it into "damaged".
var errXML = errors.New("read XML")

// maxToken bounds one tag or one run of text: the longest text Excel stores is 32,767 characters.
const maxToken = 512 << 10

type token uint8

const (
	startTag token = iota
	endTag
	text
)

// xmlScanner reads the XML of a spreadsheet part: tags by local name, attributes, text. encoding/xml would hold any text
// whole, however long; of the rest of XML, other entities and document types are refused, which are ways to make a small
// file large.
type xmlScanner struct {
	r     *bufio.Reader
	name  []byte // of the tag, without prefix; valid until the next call, like attrs and raw
	attrs []byte
	raw   []byte // text as it stands
	cdata bool   // raw needs no unescaping
	ended bool   // the last tag was <x/>: its end comes next
	began bool   // something but a byte-order mark was read
}

func newXMLScanner(r io.Reader) *xmlScanner {
	return &xmlScanner{r: bufio.NewReaderSize(r, maxToken)}
}

// next returns io.EOF at the end of the part.
func (x *xmlScanner) next() (token, error) {
	if x.ended {
		x.ended = false
		return endTag, nil
	}
	for {
		c, err := x.r.Peek(1)
		if err != nil {
			return 0, x.fail(err)
		}
		if c[0] != '<' {
			return text, x.readText()
		}
		tag, err := x.readTag()
		if err != nil {
			return 0, err
		}
		x.began = true
		switch {
		case len(tag) == 0:
			return 0, errXML
		case tag[0] == '/':
			x.name = local(bytes.TrimSpace(tag[1:]))
			return endTag, nil
		case tag[0] == '?':
			if err := x.instruction(tag); err != nil {
				return 0, err
			}
		case bytes.HasPrefix(tag, []byte("!--")):
			if err := x.skipComment(tag); err != nil {
				return 0, err
			}
		case bytes.HasPrefix(tag, []byte("![CDATA[")):
			return text, x.readCDATA(tag)
		case tag[0] == '!':
			return 0, fmt.Errorf("%w: document type", errXML)
		default:
			if n := len(tag) - 1; tag[n] == '/' {
				tag, x.ended = tag[:n], true
			}
			i := bytes.IndexAny(tag, " \t\r\n")
			if i < 0 {
				i = len(tag)
			}
			x.name, x.attrs = local(tag[:i]), tag[i:]
			return startTag, nil
		}
	}
}

// fail keeps io.EOF and the errors of the file, and turns a token that does not fit into errXML.
func (x *xmlScanner) fail(err error) error {
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return fmt.Errorf("%w: token over %d bytes", errXML, maxToken)
	case errors.Is(err, io.EOF):
		return io.EOF
	}
	return fmt.Errorf("read part: %w", err)
}

func (x *xmlScanner) readText() error {
	raw, err := x.r.ReadSlice('<')
	if err == nil {
		raw = raw[:len(raw)-1]
		_ = x.r.UnreadByte()
	} else if !errors.Is(err, io.EOF) {
		return x.fail(err)
	}
	if !x.began {
		raw = bytes.TrimPrefix(raw, []byte(bomUTF8))
	}
	x.raw, x.cdata = raw, false
	return nil
}

// readTag returns what stands between < and >; a > in an attribute does not end it.
func (x *xmlScanner) readTag() ([]byte, error) {
	tag, err := x.r.ReadSlice('>')
	if err == nil && (bytes.Count(tag, []byte{'"'})%2 == 0 || tag[1] == '!' || tag[1] == '?') {
		return tag[1 : len(tag)-1], nil
	}
	whole := bytes.Clone(tag)
	for err == nil && bytes.Count(whole, []byte{'"'})%2 != 0 && len(whole) <= maxToken {
		tag, err = x.r.ReadSlice('>')
		whole = append(whole, tag...)
	}
	switch {
	case errors.Is(err, io.EOF), len(whole) > maxToken:
		return nil, fmt.Errorf("%w: tag not closed", errXML)
	case err != nil:
		return nil, x.fail(err)
	}
	return whole[1 : len(whole)-1], nil
}

// skipComment reads on to -->, of which tag is the beginning up to the first >.
func (x *xmlScanner) skipComment(tag []byte) error {
	for closed := len(tag) >= 5 && bytes.HasSuffix(tag, []byte("--")); !closed; {
		more, err := x.r.ReadSlice('>')
		if err != nil {
			return fmt.Errorf("%w: comment not closed", errXML)
		}
		closed = bytes.HasSuffix(more, []byte("-->"))
	}
	return nil
}

func (x *xmlScanner) readCDATA(tag []byte) error {
	data := append(bytes.Clone(tag[len("![CDATA["):]), '>')
	for !bytes.HasSuffix(data, []byte("]]>")) {
		more, err := x.r.ReadSlice('>')
		if err != nil || len(data) > maxToken {
			return fmt.Errorf("%w: CDATA not closed", errXML)
		}
		data = append(data, more...)
	}
	x.raw, x.cdata = data[:len(data)-3], true
	return nil
}

// instruction checks the encoding that <?xml ... ?> declares.
func (x *xmlScanner) instruction(tag []byte) error {
	if !bytes.HasPrefix(tag, []byte("?xml ")) {
		return nil
	}
	decl := xmlScanner{attrs: bytes.TrimSuffix(tag[5:], []byte("?"))}
	switch enc := bytes.ToLower(decl.attr("encoding")); string(enc) {
	case "", "utf-8", "utf8", "us-ascii":
		return nil
	default:
		return fmt.Errorf("%w: encoding %q", errXML, enc)
	}
}

// attr returns the raw value of the attribute with this local name, or nil.
func (x *xmlScanner) attr(name string) []byte {
	a := x.attrs
	for {
		eq := bytes.IndexByte(a, '=')
		if eq < 0 {
			return nil
		}
		key := bytes.TrimSpace(a[:eq])
		a = bytes.TrimSpace(a[eq+1:])
		if len(a) == 0 || a[0] != '"' && a[0] != '\'' {
			return nil
		}
		end := bytes.IndexByte(a[1:], a[0])
		if end < 0 {
			return nil
		}
		if string(local(key)) == name {
			return a[1 : end+1]
		}
		a = a[end+2:]
	}
}

// attrText returns an attribute unescaped.
func (x *xmlScanner) attrText(name string) (string, error) {
	b, err := unescape(nil, x.attr(name))
	return string(b), err
}

// appendText adds the current text, unescaped, to dst.
func (x *xmlScanner) appendText(dst []byte) ([]byte, error) {
	if x.cdata {
		return append(dst, x.raw...), nil
	}
	return unescape(dst, x.raw)
}

func local(name []byte) []byte {
	return name[bytes.IndexByte(name, ':')+1:]
}

var entities = map[string]rune{"lt": '<', "gt": '>', "amp": '&', "quot": '"', "apos": '\''}

func unescape(dst, raw []byte) ([]byte, error) {
	for {
		i := bytes.IndexByte(raw, '&')
		if i < 0 {
			return append(dst, raw...), nil
		}
		dst = append(dst, raw[:i]...)
		end := bytes.IndexByte(raw[i:], ';')
		if end < 0 {
			return nil, fmt.Errorf("%w: entity not closed", errXML)
		}
		name := string(raw[i+1 : i+end])
		r, ok := entities[name]
		if !ok {
			if r, ok = charRef(name); !ok {
				return nil, fmt.Errorf("%w: entity", errXML)
			}
		}
		dst = utf8.AppendRune(dst, r)
		raw = raw[i+end+1:]
	}
}

// charRef reads #10 and #xA.
func charRef(name string) (rune, bool) {
	if len(name) < 2 || name[0] != '#' {
		return 0, false
	}
	digits, base := name[1:], 10
	if digits[0] == 'x' {
		digits, base = digits[1:], 16
	}
	n, err := strconv.ParseUint(digits, base, 21)
	return rune(n), err == nil && n != 0 && utf8.ValidRune(rune(n))
}
