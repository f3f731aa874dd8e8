// SPDX-License-Identifier: Apache-2.0

package notice

import (
	"bytes"
	"errors"
	"reflect"
	"slices"
	"strings"
)

// Edit is one change to a facts file. The file itself is never written.
type Edit struct {
	Op    string `json:"op"`              // set, unset, add
	Path  string `json:"path"`            // actions[s1].start
	Value string `json:"value,omitempty"` // set: a text, or JSON where the field is no text; add: JSON of the new item
}

// Diff is what edits would change, tenday.notice.whatif/1.
type Diff struct {
	Schema  string   `json:"schema"`
	Edits   []Edit   `json:"edits"`
	Before  Verdict  `json:"before"`
	After   Verdict  `json:"after"`
	Changed []Change `json:"changed"` // in the order of the report after, then lines that went
}

// Change is a line that says something else. A line that did not exist counts as na.
type Change struct {
	Rule   string  `json:"rule"`
	Action string  `json:"action"`
	From   Verdict `json:"from"`
	To     Verdict `json:"to"`
	Why    string  `json:"why"`
	Hurts  []Hurt  `json:"hurts"`
}

// JSON returns the diff, indented by one space and ended by a line feed.
func (d Diff) JSON() []byte { return marshal(d) }

// WhatIf evaluates f as it is and with edits. Errors are *InputError: E-PATH for an edit that selects nothing, or those of
// LoadFacts for facts that the edits would break.
func WhatIf(p *Pack, f *Facts, asOf Day, edits []Edit) (Diff, error) {
	edited, err := f.Edited(edits)
	if err != nil {
		return Diff{}, err
	}
	before, after := Evaluate(p, f, asOf), Evaluate(p, edited, asOf)
	d := Diff{Schema: "tenday.notice.whatif/1", Edits: edits, Before: before.Verdict, After: after.Verdict, Changed: []Change{}}
	if edits == nil {
		d.Edits = []Edit{}
	}
	type at struct{ rule, action string }
	old := map[at]Line{}
	for _, l := range before.Lines {
		old[at{l.Rule, l.Action}] = l
	}
	for _, l := range after.Lines {
		was := old[at{l.Rule, l.Action}].Verdict
		delete(old, at{l.Rule, l.Action})
		if was != l.Verdict {
			d.Changed = append(d.Changed, Change{l.Rule, l.Action, was, l.Verdict, l.Why, l.Hurts})
		}
	}
	for _, l := range before.Lines {
		if _, gone := old[at{l.Rule, l.Action}]; gone && l.Verdict != NA {
			d.Changed = append(d.Changed, Change{l.Rule, l.Action, l.Verdict, NA, "The line is gone.", []Hurt{}})
		}
	}
	return d, nil
}

// Edited returns a copy of f with the edits made, checked like any facts. Errors as WhatIf.
func (f *Facts) Edited(edits []Edit) (*Facts, error) {
	root := f.json.clone()
	for _, e := range edits {
		if err := root.edit(e); err != nil {
			err.File = f.name
			return nil, err
		}
	}
	var b bytes.Buffer
	root.canonical(&b)
	g, err := parseFacts(b.Bytes(), f.name)
	if all, ok := errors.AsType[InputErrors](err); ok {
		for _, e := range all {
			e.Line, e.Col = 0, 0 // those of no file that anybody can open
		}
	}
	return g, err
}

func (n *node) clone() *node {
	out := *n
	out.fields = slices.Clone(n.fields)
	for i := range out.fields {
		out.fields[i].node = out.fields[i].node.clone()
	}
	out.items = slices.Clone(n.items)
	for i := range out.items {
		out.items[i] = out.items[i].clone()
	}
	return &out
}

func (n *node) edit(e Edit) *InputError {
	steps, ok := splitPath(e.Path)
	if !ok {
		return pathErr(e, "this is not a path: write it as actions[s1].start")
	}
	if e.Op == "add" {
		return n.add(e, steps)
	}
	parent, left := n.walk(steps[:len(steps)-1])
	last := steps[len(steps)-1]
	for len(left) > 0 && e.Op == "set" && !left[0].index && parent.kind == '{' { // make the objects on the way
		next := &node{kind: '{'}
		parent.fields = append(parent.fields, field{name: left[0].name, node: next})
		parent, left = next, left[1:]
	}
	at := parent.pick(last)
	if !last.index {
		at = slices.IndexFunc(parent.fields, func(f field) bool { return f.name == last.name })
	}
	switch {
	case len(left) > 0, last.index && (parent.kind != '[' || at < 0), !last.index && parent.kind != '{', e.Op == "unset" && at < 0:
		return pathErr(e, "this selects nothing")
	case e.Op == "unset" && last.index:
		parent.items = slices.Delete(parent.items, at, at+1)
		return nil
	case e.Op == "unset":
		parent.fields = slices.Delete(parent.fields, at, at+1)
		return nil
	case e.Op != "set":
		return pathErr(e, "an edit is set, unset or add")
	}
	value, err := e.value(steps)
	switch {
	case err != nil:
		return err
	case last.index:
		parent.items[at] = value
	case at >= 0:
		parent.fields[at].node = value
	default:
		parent.fields = append(parent.fields, field{name: last.name, node: value})
	}
	return nil
}

func (n *node) add(e Edit, steps []step) *InputError {
	value, _, err := parseJSON([]byte(e.Value))
	if err != nil {
		return pathErr(e, "what is added is JSON: "+err.(*InputError).Msg) //nolint:errorlint // parseJSON returns nothing else
	}
	list, left := n.walk(steps)
	switch {
	case len(left) == 1 && !left[0].index && list.kind == '{': // not recorded so far
		list.fields = append(list.fields, field{name: left[0].name, node: &node{kind: '[', items: []*node{value}}})
	case len(left) > 0 || list.kind != '[':
		return pathErr(e, "this selects no list")
	default:
		list.items = append(list.items, value)
	}
	return nil
}

// value reads the value of a set: as it stands where the field holds a text, else as JSON.
func (e Edit) value(steps []step) (*node, *InputError) {
	if textual(steps) && !strings.HasPrefix(e.Value, `"`) {
		return &node{kind: '"', text: e.Value}, nil
	}
	n, _, err := parseJSON([]byte(e.Value))
	if err != nil {
		return nil, pathErr(e, "the value is to be JSON: "+err.(*InputError).Msg) //nolint:errorlint // parseJSON returns nothing else
	}
	return n, nil
}

// textual reports whether the field at steps is written as a text in JSON; of an unknown one it is.
func textual(steps []step) bool {
	t := reflect.TypeFor[Facts]()
	for _, s := range steps {
		for t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		switch {
		case t.Kind() == reflect.Slice || t.Kind() == reflect.Map:
			t = t.Elem()
		case t.Kind() == reflect.Struct && !s.index:
			keys := keysOf(t)
			i := slices.IndexFunc(keys, func(k key) bool { return k.name == s.name })
			if i < 0 {
				return true
			}
			t = t.Field(keys[i].index).Type
		default:
			return true
		}
	}
	switch t {
	case reflect.TypeFor[Moment](), reflect.TypeFor[Tri](), reflect.TypeFor[Day](), reflect.TypeFor[*Day]():
		return true
	}
	return t.Kind() == reflect.String
}

func pathErr(e Edit, msg string) *InputError {
	return &InputError{Code: ePath, Field: e.Path, Msg: msg}
}
