// SPDX-License-Identifier: Apache-2.0

package notice

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// The strict reader fills a struct from JSON after its tags. key names the key, with a * where it is required; of lists the
// values allowed, or names such a list (@notice). A key without a field is refused. Every problem is collected with its place,
// which is why encoding/json's own decoding is not used.

// maxErrors is how many problems of a file are told.
const maxErrors = 20

type reader struct {
	name string
	data []byte
	errs InputErrors
}

// custom is a type that reads its own JSON.
type custom interface {
	read(r *reader, n *node, path string)
}

func (r *reader) fail(n *node, path, code, format string, args ...any) {
	r.failAt(n.pos, path, code, format, args...)
}

func (r *reader) failAt(pos int, path, code, format string, args ...any) {
	e := inputErr(code, format, args...)
	e.File, e.Field = r.name, path
	e.Line, e.Col = lineCol(r.data, pos)
	r.errs = append(r.errs, e)
}

// err returns what was collected, in file order, or nil.
func (r *reader) err() error {
	if len(r.errs) == 0 {
		return nil
	}
	slices.SortStableFunc(r.errs, func(a, b *InputError) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
	})
	return r.errs[:min(len(r.errs), maxErrors)]
}

// decode reads data into the struct that v points to and returns its JSON.
func (r *reader) decode(v any) *node {
	n, at, err := parseJSON(r.data)
	if err != nil {
		r.failAt(at, "", eJSON, "%s", err.(*InputError).Msg) //nolint:errorlint // parseJSON returns nothing else
		return nil
	}
	r.value(n, reflect.ValueOf(v).Elem(), "", "")
	return n
}

var triWords = map[string]Tri{"yes": Yes, "no": No, "unknown": Unknown}

func (r *reader) value(n *node, v reflect.Value, path, of string) {
	if c, ok := reflect.TypeAssert[custom](v.Addr()); ok {
		c.read(r, n, path)
		return
	}
	switch p := v.Addr().Interface().(type) {
	case *Tri:
		if s, ok := r.text(n, path, "yes|no|unknown"); ok {
			*p = triWords[s]
		}
		return
	case *Moment:
		r.moment(n, p, path)
		return
	case *Day:
		if s, ok := r.text(n, path, ""); ok {
			r.day(n, s, p, path)
		}
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if n.kind == 'n' && of == "null" {
			return
		}
		v.Set(reflect.New(v.Type().Elem()))
		r.value(n, v.Elem(), path, of)
	case reflect.Struct:
		r.object(n, v, path)
	case reflect.Map:
		r.dict(n, v, path, of)
	case reflect.Slice:
		if n.kind != '[' {
			r.fail(n, path, eValue, "write a list: [ ... ]")
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), len(n.items), len(n.items))) // never nil: an empty list says "none"
		for i, item := range n.items {
			r.value(item, v.Index(i), fmt.Sprintf("%s[%d]", path, i), of)
		}
	case reflect.String:
		if s, ok := r.text(n, path, of); ok {
			v.SetString(s)
		}
	case reflect.Int:
		i, err := strconv.Atoi(n.text)
		if n.kind != '0' || err != nil || i < 0 || i > 1e9 {
			r.fail(n, path, eValue, "write a whole number that is not negative")
			return
		}
		v.SetInt(int64(i))
	case reflect.Bool:
		if n.kind != 't' && n.kind != 'f' {
			r.fail(n, path, eValue, "write true or false")
			return
		}
		v.SetBool(n.kind == 't')
	default:
		panic("strict reader: no rule for " + v.Type().String())
	}
}

func (r *reader) text(n *node, path, of string) (string, bool) {
	if n.kind != '"' {
		r.fail(n, path, eValue, "write a text in quotes, or leave the key out")
		return "", false
	}
	if of != "" && !slices.Contains(allowed(of), n.text) {
		r.fail(n, path, eValue, "%q is not known here: write one of %s", n.text, strings.Join(allowed(of), ", "))
		return "", false
	}
	return n.text, true
}

func (r *reader) moment(n *node, m *Moment, path string) {
	s, ok := r.text(n, path, "")
	if !ok {
		return
	}
	var err error
	if *m, err = ParseMoment(s); err != nil {
		e := err.(*InputError) //nolint:errorlint // ParseMoment returns nothing else
		r.fail(n, path, e.Code, "%s", e.Msg)
	}
}

// day accepts a moment too and takes its date.
func (r *reader) day(n *node, s string, d *Day, path string) {
	var err error
	if *d, err = ParseDay(s); err == nil {
		return
	}
	m, momentErr := ParseMoment(s)
	if momentErr != nil {
		r.fail(n, path, eValue, "%v", err)
	}
	*d = m.Day
}

func (r *reader) dict(n *node, v reflect.Value, path, of string) {
	if n.kind != '{' {
		r.fail(n, path, eValue, "write an object: { ... }")
		return
	}
	v.Set(reflect.MakeMapWithSize(v.Type(), len(n.fields)))
	for _, f := range n.fields {
		item := reflect.New(v.Type().Elem()).Elem()
		if keys, ok := strings.CutPrefix(of, "keys:"); ok && !slices.Contains(allowed(keys), f.name) {
			r.failAt(f.pos, join(path, f.name), eValue, "%q is not known here: write one of %s", f.name,
				strings.Join(allowed(keys), ", "))
			continue
		}
		r.value(f.node, item, join(path, f.name), "")
		v.SetMapIndex(reflect.ValueOf(f.name).Convert(v.Type().Key()), item)
	}
}

func (r *reader) object(n *node, v reflect.Value, path string) {
	if n.kind != '{' {
		r.fail(n, path, eValue, "write an object: { ... }")
		return
	}
	keys := keysOf(v.Type())
	for _, f := range n.fields {
		i := slices.IndexFunc(keys, func(k key) bool { return k.name == f.name })
		if i < 0 {
			r.failAt(f.pos, join(path, f.name), eJSON, "there is no key %q here", f.name)
			continue
		}
		r.value(f.node, v.Field(keys[i].index), join(path, f.name), keys[i].of)
	}
	for _, k := range keys {
		if k.required && n.get(k.name) == nil {
			r.fail(n, join(path, k.name), eMissing, "the key %q is required", k.name)
		}
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

type key struct {
	name, of string
	index    int
	required bool
}

var keyCache sync.Map // reflect.Type -> []key

func keysOf(t reflect.Type) []key {
	if keys, ok := keyCache.Load(t); ok {
		return keys.([]key)
	}
	var keys []key
	for i := range t.NumField() {
		tag, ok := t.Field(i).Tag.Lookup("key")
		if !ok {
			continue
		}
		name, required := strings.CutSuffix(tag, "*")
		keys = append(keys, key{name: name, of: t.Field(i).Tag.Get("of"), index: i, required: required})
	}
	keyCache.Store(t, keys)
	return keys
}

var allowedCache sync.Map // tag -> []string

// allowed returns the values that an "of" tag lists.
func allowed(of string) []string {
	if all, ok := allowedCache.Load(of); ok {
		return all.([]string)
	}
	list := of
	if name, ok := strings.CutPrefix(of, "@"); ok {
		list = lists[name]
	}
	all := strings.Split(list, "|")
	allowedCache.Store(of, all)
	return all
}
