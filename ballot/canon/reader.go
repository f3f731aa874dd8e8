// SPDX-License-Identifier: Apache-2.0

package canon

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// Decimal is a JSON string of digits: an element or a scalar. Whether it is in range is for its user to say.
type Decimal string

// Reader walks once through one record whose syntax was checked. After the first error it reads nothing more.
type Reader struct {
	data  []byte
	pos   int
	path  []string
	err   *Error // json.schema, or what Fail was given
	loose *Error // the first place that is not canonical; only counts if the schema holds
}

// Read checks the syntax of data, lets read walk through it, and checks that nothing is left and every byte was canonical.
func Read(data []byte, read func(*Reader)) error {
	if err := CheckSyntax(data); err != nil {
		return err
	}
	r := &Reader{data: data}
	read(r)
	r.space()
	switch {
	case r.err != nil:
		return r.err
	case r.loose != nil:
		return r.loose
	}
	return nil
}

// Failed reports whether something was refused already.
func (r *Reader) Failed() bool { return r.err != nil }

// Field returns the JSON pointer of the current value.
func (r *Reader) Field() string { return pointer(r.path) }

func pointer(path []string) string {
	if len(path) == 0 {
		return ""
	}
	return "/" + strings.Join(path, "/")
}

// Fail refuses the current value.
func (r *Reader) Fail(reason, detail string) {
	if r.err == nil {
		r.err = &Error{reason, r.Field(), detail}
		r.pos = len(r.data)
	}
}

func (r *Reader) notCanonical(field, detail string) {
	if r.loose == nil {
		r.loose = &Error{Canonical, field, detail}
	}
}

// space passes over white space, which canonical JSON has none of.
func (r *Reader) space() {
	start := r.pos
	for r.pos < len(r.data) && strings.IndexByte(" \t\r\n", r.data[r.pos]) >= 0 {
		r.pos++
	}
	if r.pos > start {
		r.notCanonical("", "white space")
	}
}

// next passes over white space and returns the next byte without taking it.
func (r *Reader) next() byte {
	r.space()
	if r.pos >= len(r.data) {
		return 0
	}
	return r.data[r.pos]
}

func (r *Reader) take(c byte) bool {
	if r.next() != c {
		return false
	}
	r.pos++
	return true
}

// Object reads an object. For each key, in any order, field returns how to read the value and the key's place in the canonical
// order; a nil function refuses the key. Keys are escaped for JSON pointers by nobody: ours need none.
func (r *Reader) Object(field func(key string) (place int, read func())) (seen uint64) {
	if !r.take('{') {
		r.Fail(Schema, "not an object")
		return 0
	}
	last := -1
	for !r.take('}') && r.err == nil {
		if seen != 0 {
			r.take(',')
		}
		r.next()
		key := r.str()
		r.take(':')
		r.path = append(r.path, key)
		place, read := field(key)
		switch {
		case read == nil:
			r.path[len(r.path)-1] = shown(key)
			r.Fail(Schema, "unknown field")
			return seen
		case seen&(1<<place) != 0:
			r.Fail(Schema, "repeated field")
			return seen
		case place < last:
			r.notCanonical(pointer(r.path[:len(r.path)-1]), "order of fields")
		}
		last = place
		seen |= 1 << place
		read()
		if r.err != nil {
			return seen
		}
		r.path = r.path[:len(r.path)-1]
	}
	return seen
}

// shown returns a key that nobody knows as a refusal may quote it: "?" if it is not short and plain. Who made the record chose it, and
// it ends on terminals and in logs.
func shown(key string) string {
	const most = 40
	for i := range len(key) {
		c := key[i] | 0x20 // letters in lower case
		if i == most || (c < 'a' || c > 'z') && (key[i] < '0' || key[i] > '9') && key[i] != '_' {
			return "?"
		}
	}
	return key
}

// Array reads an array and calls each at the start of each item.
func (r *Reader) Array(each func(i int)) {
	if !r.take('[') {
		r.Fail(Schema, "not an array")
		return
	}
	for i := 0; !r.take(']') && r.err == nil; i++ {
		if i > 0 {
			r.take(',')
		}
		r.path = append(r.path, strconv.Itoa(i))
		each(i)
		if r.err != nil {
			return
		}
		r.path = r.path[:len(r.path)-1]
	}
}

// Text reads a string.
func (r *Reader) Text() string {
	if r.next() != '"' {
		r.Fail(Schema, "not a string")
		return ""
	}
	return r.str()
}

// str reads the string that begins here.
func (r *Reader) str() string {
	start := r.pos
	plain := true
	for r.pos++; r.data[r.pos] != '"'; r.pos++ {
		switch r.data[r.pos] {
		case '\\':
			r.pos++
			plain = false
		case 0x7f:
			plain = false
		}
	}
	r.pos++
	token := r.data[start:r.pos]
	if plain {
		return string(token[1 : len(token)-1])
	}
	var s string
	if err := json.Unmarshal(token, &s); err != nil {
		r.Fail(Syntax, "not a string")
		return ""
	}
	if !bytes.Equal(AppendString(nil, s), token) {
		r.notCanonical(r.Field(), "escape")
	}
	return s
}

// Decimal reads a string of digits.
func (r *Reader) Decimal() Decimal {
	s := r.Text()
	if r.err != nil {
		return ""
	}
	if s == "" || strings.Trim(s, "0123456789") != "" {
		r.Fail(Schema, "not a decimal number")
		return ""
	}
	if len(s) > 1 && s[0] == '0' {
		r.notCanonical(r.Field(), "leading zero")
	}
	return Decimal(s)
}

// Int reads an integer.
func (r *Reader) Int() int64 {
	r.next()
	start := r.pos
	for r.pos < len(r.data) && strings.IndexByte("+-.0123456789eE", r.data[r.pos]) >= 0 {
		r.pos++
	}
	token := string(r.data[start:r.pos])
	n, err := strconv.ParseInt(token, 10, 64)
	if err != nil {
		r.Fail(Schema, "not an integer")
		return 0
	}
	if strconv.FormatInt(n, 10) != token {
		r.notCanonical(r.Field(), "form of the integer")
	}
	return n
}

// Bool reads true or false.
func (r *Reader) Bool() bool {
	r.next()
	switch rest := r.data[r.pos:]; {
	case bytes.HasPrefix(rest, []byte("true")):
		r.pos += 4
		return true
	case bytes.HasPrefix(rest, []byte("false")):
		r.pos += 5
	default:
		r.Fail(Schema, "neither true nor false")
	}
	return false
}
