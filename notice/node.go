// SPDX-License-Identifier: Apache-2.0

package notice

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits of a file, so that a hostile one costs an error and nothing else.
const (
	maxBytes = 10 << 20
	maxDepth = 64
)

// node is a JSON value that remembers where it stood.
type node struct {
	kind   byte // '{' '[' '"' '0' 't' 'f' 'n'
	pos    int  // byte offset
	text   string
	fields []field // of an object, in file order
	items  []*node // of an array
}

type field struct {
	name string
	pos  int
	node *node
}

func (n *node) get(name string) *node {
	for _, f := range n.fields {
		if f.name == name {
			return f.node
		}
	}
	return nil
}

// readAll reads at most maxBytes.
func readAll(r io.Reader, name string) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if len(data) > maxBytes {
		return nil, InputErrors{{Code: eJSON, File: name, Line: 1, Col: 1, Msg: "the file is longer than 10 MB"}}
	}
	return data, nil
}

// parseJSON reads exactly one value. Its error has the code E-JSON; at is where it was found.
func parseJSON(data []byte) (n *node, at int, err error) {
	if !utf8.Valid(data) {
		for i := 0; i < len(data); {
			r, size := utf8.DecodeRune(data[i:])
			if r == utf8.RuneError && size <= 1 {
				return nil, i, inputErr(eJSON, "not UTF-8")
			}
			i += size
		}
	}
	p := &parser{data: data, dec: json.NewDecoder(bytes.NewReader(data))}
	p.dec.UseNumber()
	n, err = p.value(0)
	if err == nil {
		if _, more := p.dec.Token(); !errors.Is(more, io.EOF) {
			err = inputErr(eJSON, "something follows the one value of the file")
		}
	}
	if err == nil {
		return n, 0, nil
	}
	if e, ok := errors.AsType[*InputError](err); ok {
		return nil, p.next(), e
	}
	at = p.next()
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		at = max(int(syntax.Offset)-1, 0)
	}
	return nil, min(at, len(data)), inputErr(eJSON, "not JSON: %s", strings.TrimPrefix(err.Error(), "json: "))
}

type parser struct {
	data []byte
	dec  *json.Decoder
}

// next is the offset of the next token.
func (p *parser) next() int {
	i := int(p.dec.InputOffset())
	for i < len(p.data) && strings.IndexByte(" \t\r\n,:", p.data[i]) >= 0 {
		i++
	}
	return i
}

func (p *parser) value(depth int) (*node, error) {
	n := &node{pos: p.next()}
	if depth > maxDepth {
		return nil, inputErr(eJSON, "nested more than %d deep", maxDepth)
	}
	token, err := p.dec.Token()
	if errors.Is(err, io.EOF) {
		return nil, inputErr(eJSON, "the file ends too early")
	} else if err != nil {
		return nil, err
	}
	switch t := token.(type) {
	case json.Delim:
		n.kind = byte(t)
		for p.dec.More() {
			if err := p.element(n, depth+1); err != nil {
				return nil, err
			}
		}
		_, err := p.dec.Token()
		if errors.Is(err, io.EOF) {
			return nil, inputErr(eJSON, "the file ends too early")
		}
		return n, err
	case string:
		n.kind, n.text = '"', t
	case json.Number:
		n.kind, n.text = '0', t.String()
	case bool:
		n.kind, n.text = 'f', "false"
		if t {
			n.kind, n.text = 't', "true"
		}
	default:
		n.kind, n.text = 'n', "null"
	}
	return n, nil
}

func (p *parser) element(n *node, depth int) error {
	if n.kind == '[' {
		item, err := p.value(depth)
		n.items = append(n.items, item)
		return err
	}
	f := field{pos: p.next()}
	token, err := p.dec.Token()
	if err != nil {
		return err
	}
	f.name = token.(string) // the decoder accepts nothing else here
	if n.get(f.name) != nil {
		return inputErr(eJSON, "the key %q stands twice", f.name)
	}
	f.node, err = p.value(depth)
	n.fields = append(n.fields, f)
	return err
}

// canonical writes n with sorted keys and without white space: the form that is hashed.
func (n *node) canonical(b *bytes.Buffer) {
	switch n.kind {
	case '{':
		b.WriteByte('{')
		sorted := slices.SortedFunc(slices.Values(n.fields), func(x, y field) int { return strings.Compare(x.name, y.name) })
		for i, f := range sorted {
			if i > 0 {
				b.WriteByte(',')
			}
			writeString(b, f.name)
			b.WriteByte(':')
			f.node.canonical(b)
		}
		b.WriteByte('}')
	case '[':
		b.WriteByte('[')
		for i, item := range n.items {
			if i > 0 {
				b.WriteByte(',')
			}
			item.canonical(b)
		}
		b.WriteByte(']')
	case '"':
		writeString(b, n.text)
	default:
		b.WriteString(n.text)
	}
}

func writeString(b *bytes.Buffer, s string) {
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s)       // a string always encodes
	b.Truncate(b.Len() - 1) // without the line feed
}

// lineCol turns a byte offset into a line and a column, both from 1, the column in characters.
func lineCol(data []byte, pos int) (line, col int) {
	head := data[:min(pos, len(data))]
	line = bytes.Count(head, []byte("\n")) + 1
	return line, utf8.RuneCount(head[bytes.LastIndexByte(head, '\n')+1:]) + 1
}
