// SPDX-License-Identifier: Apache-2.0

package canon

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
)

// Unmarshaler is a type that reads itself. What it refuses it reports by Reader.Fail.
type Unmarshaler interface{ ReadCanon(*Reader) }

// Unmarshal reads data into *v. Structs have every exported field with a `json` tag, in the canonical order; `omitempty` makes one
// optional (use a pointer where the zero value can be present). Other kinds: slices, fixed-size arrays, pointers,
// string, Decimal, int, bool. The error is an *Error.
func Unmarshal(data []byte, v any) error {
	return Read(data, func(r *Reader) { r.Value(v) })
}

// Value reads the current value into *v.
func (r *Reader) Value(v any) { r.value(reflect.ValueOf(v).Elem()) }

var (
	unmarshaler = reflect.TypeFor[Unmarshaler]()
	decimal     = reflect.TypeFor[Decimal]()
)

func (r *Reader) value(v reflect.Value) {
	t := v.Type()
	if reflect.PointerTo(t).Implements(unmarshaler) {
		v.Addr().Interface().(Unmarshaler).ReadCanon(r)
		return
	}
	switch t.Kind() {
	case reflect.Struct:
		r.object(v)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(t, 0, 0))
		r.Array(func(i int) {
			v.Grow(1)
			v.SetLen(i + 1)
			v.Index(i).SetZero()
			r.value(v.Index(i))
		})
	case reflect.Array:
		n := 0
		r.Array(func(i int) {
			if n = i + 1; n > v.Len() {
				r.Fail(Schema, "too many items")
				return
			}
			r.value(v.Index(i))
		})
		if n < v.Len() {
			r.Fail(Schema, "too few items")
		}
	case reflect.Pointer:
		v.Set(reflect.New(t.Elem()))
		r.value(v.Elem())
	case reflect.String:
		if t == decimal {
			v.SetString(string(r.Decimal()))
		} else {
			v.SetString(r.Text())
		}
	case reflect.Int:
		v.SetInt(r.Int())
	case reflect.Bool:
		v.SetBool(r.Bool())
	default:
		panic(fmt.Sprintf("canon: %v has no canonical form", t))
	}
}

func (r *Reader) object(v reflect.Value) {
	l := layoutOf(v.Type())
	seen := r.Object(func(key string) (int, func()) {
		for place, f := range l {
			if f.name == key {
				return place, func() { r.value(v.Field(f.index)) }
			}
		}
		return 0, nil
	})
	for place, f := range l {
		if r.err == nil && !f.optional && seen&(1<<place) == 0 {
			r.path = append(r.path, f.name)
			r.Fail(Schema, "missing field")
		}
	}
}

// field is one exported field of a struct.
type field struct {
	name     string
	index    int
	optional bool
}

var layouts sync.Map // reflect.Type to []field

func layoutOf(t reflect.Type) []field {
	if l, ok := layouts.Load(t); ok {
		return l.([]field)
	}
	var l []field
	for i := range t.NumField() {
		name, option, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if name != "" && name != "-" {
			l = append(l, field{name, i, option == "omitempty"})
		}
	}
	layouts.Store(t, l)
	return l
}
