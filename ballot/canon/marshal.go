// SPDX-License-Identifier: Apache-2.0

package canon

import (
	"fmt"
	"reflect"
	"strconv"
)

// Marshaler is a type that writes itself.
type Marshaler interface{ AppendCanon([]byte) []byte }

// Marshal returns the canonical encoding of v, for the types that Unmarshal reads. It panics on others: they are mistakes in code.
func Marshal(v any) []byte { return appendValue(nil, reflect.ValueOf(v)) }

var marshaler = reflect.TypeFor[Marshaler]()

func appendValue(b []byte, v reflect.Value) []byte {
	if v.Type().Implements(marshaler) {
		return v.Interface().(Marshaler).AppendCanon(b)
	}
	switch v.Kind() {
	case reflect.Struct:
		b = append(b, '{')
		comma := false
		for _, f := range layoutOf(v.Type()) {
			value := v.Field(f.index)
			if f.optional && value.IsZero() {
				continue
			}
			if comma {
				b = append(b, ',')
			}
			comma = true
			b = append(AppendString(b, f.name), ':')
			b = appendValue(b, value)
		}
		return append(b, '}')
	case reflect.Slice, reflect.Array:
		b = append(b, '[')
		for i := range v.Len() {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendValue(b, v.Index(i))
		}
		return append(b, ']')
	case reflect.Pointer:
		return appendValue(b, v.Elem())
	case reflect.String:
		return AppendString(b, v.String())
	case reflect.Int:
		return strconv.AppendInt(b, v.Int(), 10)
	case reflect.Bool:
		return strconv.AppendBool(b, v.Bool())
	}
	panic(fmt.Sprintf("canon: %v has no canonical form", v.Type()))
}

// AppendString appends s as a JSON string. Escaped are the quotation mark, the backslash and the bytes below 0x20 and 0x7f; all else
// stays raw UTF-8 (spec, section 3). s must be UTF-8.
func AppendString(b []byte, s string) []byte {
	const short = "btn\x00fr" // the letters for 0x08 to 0x0d
	b = append(b, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c >= 0x08 && c <= 0x0d && c != 0x0b:
			b = append(b, '\\', short[c-0x08])
		case c < 0x20 || c == 0x7f:
			b = fmt.Appendf(b, `\u%04x`, c)
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}
