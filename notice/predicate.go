// SPDX-License-Identifier: Apache-2.0

package notice

import (
	"reflect"
	"slices"
)

// Predicate is a condition on facts, in Kleene's three-valued logic: what an unknown fact cannot change is decided without it.
// Exactly one of All, Any, Not and Fact is set.
type Predicate struct {
	All  []*Predicate
	Any  []*Predicate
	Not  *Predicate
	Fact string   // the name of a fact
	In   []string // its value is one of these
}

func (p *Predicate) read(r *reader, n *node, path string) {
	var raw struct {
		All   []*Predicate `key:"all"`
		Any   []*Predicate `key:"any"`
		Not   *Predicate   `key:"not"`
		Fact  string       `key:"fact"`
		In    []string     `key:"in"`
		Eq    string       `key:"eq"`
		Group string       `key:"group"`
	}
	before := len(r.errs)
	r.object(n, reflect.ValueOf(&raw).Elem(), path)
	if len(r.errs) > before {
		return
	}
	*p = Predicate{All: raw.All, Any: raw.Any, Not: raw.Not, Fact: raw.Fact, In: raw.In}
	forms := 0
	for _, set := range []bool{raw.All != nil, raw.Any != nil, raw.Not != nil, raw.Fact != ""} {
		if set {
			forms++
		}
	}
	tests := len(raw.In)
	if raw.Eq != "" {
		p.In, tests = []string{raw.Eq}, tests+1
	}
	if raw.Group != "" {
		p.In, tests = []string{"@" + raw.Group}, tests+1 // replaced by the group when the pack is checked
	}
	switch {
	case forms != 1:
		r.fail(n, path, ePack, "a condition is one of all, any, not, or fact")
	case raw.Fact != "" && (tests == 0 || raw.Eq != "" && raw.Group != "" || len(raw.In) > 0 && (raw.Eq != "" || raw.Group != "")):
		r.fail(n, path, ePack, "a fact is compared by one of eq, in, or group")
	case raw.Fact == "" && tests > 0:
		r.fail(n, path, ePack, "eq, in and group need a fact")
	case raw.Fact != "" && !knownFact(raw.Fact):
		r.fail(n, path+".fact", ePack, "there is no fact %q", raw.Fact)
	}
}

// walk calls f with p and every condition in it.
func (p *Predicate) walk(f func(*Predicate)) {
	if p == nil {
		return
	}
	f(p)
	p.Not.walk(f)
	for _, q := range slices.Concat(p.All, p.Any) {
		q.walk(f)
	}
}

// test decides p; nil holds. undecided are the paths of the facts that would have to be known.
func (p *Predicate) test(fact func(name string) (value, path string)) (t Tri, undecided []string) {
	switch {
	case p == nil:
		return Yes, nil
	case p.Not != nil:
		t, undecided = p.Not.test(fact)
		return -t, undecided
	case p.All != nil:
		return fold(p.All, Yes, fact)
	case p.Any != nil:
		return fold(p.Any, No, fact)
	}
	value, path := fact(p.Fact)
	if value == "" || value == "unknown" {
		return Unknown, []string{path}
	}
	return triOf(slices.Contains(p.In, value)), nil
}

// fold is "and" where start is Yes and "or" where it is No.
func fold(ps []*Predicate, start Tri, fact func(string) (string, string)) (Tri, []string) {
	t := start
	var undecided []string
	for _, p := range ps {
		u, why := p.test(fact)
		if u == -start {
			return -start, nil
		}
		if u == Unknown {
			t, undecided = Unknown, append(undecided, why...)
		}
	}
	return t, undecided
}
