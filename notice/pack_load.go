// SPDX-License-Identifier: Apache-2.0

package notice

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io"
	"slices"
	"sync"
)

//go:embed packs/*.json
var packFiles embed.FS

// embedded are the packs of packs/, by id and then newest version first.
var embedded = sync.OnceValue(func() []*Pack {
	names, err := packFiles.ReadDir("packs")
	if err != nil {
		panic("notice: list embedded packs: " + err.Error())
	}
	var all []*Pack
	for _, n := range names {
		data, err := packFiles.ReadFile("packs/" + n.Name())
		if err != nil {
			panic("notice: read embedded pack: " + err.Error())
		}
		p, err := parsePack(data, n.Name())
		if err != nil {
			panic("notice: embedded pack: " + err.Error()) // a test loads them all
		}
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b *Pack) int { return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(b.Version, a.Version)) })
	return all
})

// Packs returns the newest version of every embedded pack, by id.
func Packs() []*Pack {
	return slices.CompactFunc(slices.Clone(embedded()), func(a, b *Pack) bool { return a.ID == b.ID })
}

// PackByID returns the newest embedded pack with that id, nil if there is none.
func PackByID(id string) *Pack {
	for _, p := range embedded() {
		if p.ID == id {
			return p
		}
	}
	return nil
}

// PackByHash returns the embedded pack, of any version, whose file has that SHA-256 in hexadecimal; nil if there is none. It
// answers again what a stored report answered.
func PackByHash(sha256 string) *Pack {
	for _, p := range embedded() {
		if p.sha == sha256 {
			return p
		}
	}
	return nil
}

// Choose returns the one embedded pack that governs the employer. The error is an *InputError with the code E-PACK; its Field names
// the fact that would have decided.
func Choose(f *Facts) (*Pack, error) {
	var chosen []*Pack
	field := ""
	for _, p := range Packs() {
		e := &evaluation{p: p, f: f}
		t, undecided := e.test(p.Select.When, &act{Action: &Action{}})
		switch t {
		case Yes:
			chosen = append(chosen, p)
		case Unknown:
			field = cmp.Or(field, undecided[0])
		}
	}
	if len(chosen) == 1 {
		return chosen[0], nil
	}
	err := inputErr(ePack, "no rule pack governs this employer; name one with --pack to see why")
	switch {
	case len(chosen) > 1:
		err.Msg = "several rule packs govern this employer: name one with --pack"
	case field != "":
		err.Msg = "which rule pack governs cannot be told: record " + field
	}
	err.File, err.Field = f.name, cmp.Or(field, "employer")
	if steps, ok := splitPath(err.Field); ok {
		n, _ := f.json.walk(steps)
		err.Line, err.Col = lineCol(f.src, n.pos)
	}
	return nil, err
}

// LoadPack reads a rule pack; name is what its errors call it. A pack does not load without citation, confidence, effective date,
// breach and question on every rule, nor with a kind, fact, event or field that the engine does not know. Errors are InputErrors
// with the codes E-PACK, E-JSON, E-MISSING and E-VALUE, or come from r. The Pack is safe for concurrent use.
func LoadPack(r io.Reader, name string) (*Pack, error) {
	data, err := readAll(r, name)
	if err != nil {
		return nil, err
	}
	return parsePack(data, name)
}

func parsePack(data []byte, name string) (*Pack, error) {
	r := &reader{name: name, data: data}
	p := &Pack{src: bytes.Clone(data)}
	n := r.decode(p)
	if len(r.errs) == 0 {
		(&packCheck{p: p, r: r, root: n}).all()
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(data)
	p.sha = hex.EncodeToString(sum[:])
	p.of = p.askedOf()
	return p, nil
}

// askedOf collects whose receipts the rules ask about, by kind of notice.
func (p *Pack) askedOf() map[string]map[string]bool {
	of := map[string]map[string]bool{}
	add := func(kind string, recipients []string) {
		if kind != "" && of[kind] == nil {
			of[kind] = map[string]bool{}
		}
		for _, r := range recipients {
			of[kind][r] = true
		}
	}
	for i := range p.Rules {
		r := &p.Rules[i]
		for _, ref := range r.events() {
			add(ref.Notice, ref.Of)
		}
		if r.Kind == "recipients" {
			add(r.Notice, r.All)
		}
	}
	return of
}

// events are the events that a rule refers to.
func (r *Rule) events() []*EventRef {
	all := []*EventRef{r.From, r.To, r.First, r.Then}
	if r.Bar != nil {
		all = append(all, r.Bar.From, r.Bar.Until)
	}
	return slices.DeleteFunc(all, func(e *EventRef) bool { return e == nil })
}

// predicates are the conditions of a rule.
func (r *Rule) predicates() []*Predicate {
	all := []*Predicate{r.When}
	if r.Bar != nil {
		all = append(all, r.Bar.Fact)
	}
	for _, v := range r.Breach.Varies {
		all = append(all, v.When)
	}
	return all
}
