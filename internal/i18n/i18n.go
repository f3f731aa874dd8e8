// SPDX-License-Identifier: Apache-2.0

// Package i18n speaks the interface's languages.
//
// Every sentence a person reads has a key; the sentences stand in flat JSON files, text/<locale>.json or
// text/<part>.<locale>.json, beside the code that shows them. A sentence is a Go text template ("{{.N}} of {{.Of}}") or an
// object with plural forms. What comes back is text: html/template escapes it like any other.
package i18n

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"

	"github.com/tenday/tenday/internal/fault"
)

// Locales are the interface's languages, the default first.
var Locales = []string{"en", "es"}

// Bundle holds the sentences of every locale.
type Bundle struct {
	keys map[string]map[string]bool
	tr   map[string]*Translator
	tags language.Matcher
}

// Translator speaks one locale. It is safe for concurrent use.
type Translator struct {
	Locale string
	plain  map[string]string // sentences without arguments: no template to run
	loc    *i18n.Localizer
}

// New reads text/*.json of every file system given. A key that stands twice for a locale is an error.
func New(texts ...fs.FS) (*Bundle, error) {
	b := i18n.NewBundle(language.English)
	b.RegisterUnmarshalFunc("json", json.Unmarshal)
	out := &Bundle{keys: map[string]map[string]bool{}, tr: map[string]*Translator{}}
	var tags []language.Tag
	for _, l := range Locales {
		out.keys[l] = map[string]bool{}
		out.tr[l] = &Translator{Locale: l, plain: map[string]string{}, loc: i18n.NewLocalizer(b, l)}
		tags = append(tags, language.Make(l))
	}
	out.tags = language.NewMatcher(tags)
	for _, text := range texts {
		names, err := fs.Glob(text, "text/*.json")
		if err != nil {
			return nil, fmt.Errorf("list texts: %w", err)
		}
		for _, name := range names {
			if err := out.read(b, text, name); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

func (b *Bundle) read(into *i18n.Bundle, text fs.FS, name string) error {
	raw, err := fs.ReadFile(text, name)
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	stem := strings.TrimSuffix(path.Base(name), ".json")
	locale := stem[strings.LastIndexByte(stem, '.')+1:]
	tr, ok := b.tr[locale]
	if !ok {
		return fmt.Errorf("text file %s: no such locale", name)
	}
	f, err := into.ParseMessageFileBytes(raw, locale+".json")
	if err != nil {
		return fmt.Errorf("text file %s: %w", name, err)
	}
	for _, m := range f.Messages {
		if b.keys[locale][m.ID] {
			return fmt.Errorf("text file %s: %s stands twice", name, m.ID)
		}
		b.keys[locale][m.ID] = true
		if m.One == "" && !strings.Contains(m.Other, "{{") {
			tr.plain[m.ID] = m.Other
		}
	}
	return nil
}

// For returns the translator of locale, English for one that is not spoken.
func (b *Bundle) For(locale string) *Translator {
	if t, ok := b.tr[locale]; ok {
		return t
	}
	return b.tr[Locales[0]]
}

// Match returns the best of our locales for an Accept-Language header.
func (b *Bundle) Match(accept string) string {
	tags, _, err := language.ParseAcceptLanguage(accept)
	if err != nil || len(tags) == 0 {
		return Locales[0]
	}
	_, i, _ := b.tags.Match(tags...)
	return Locales[i]
}

// Keys returns the keys of locale, sorted.
func (b *Bundle) Keys(locale string) []string { return slices.Sorted(maps.Keys(b.keys[locale])) }

// Plain returns the sentence of a key that takes no arguments, and false for any other.
func (t *Translator) Plain(key string) (string, bool) {
	s, ok := t.plain[key]
	return s, ok
}

// T returns the sentence of key; args are pairs of name and value. A plural sentence takes its number from the argument N. A
// key that has no sentence is returned as it is: it shows on the page, and a test finds it.
func (t *Translator) T(key string, args ...any) string {
	if s, ok := t.plain[key]; ok {
		return s
	}
	data := make(map[string]any, len(args)/2)
	for i := 0; i+1 < len(args); i += 2 {
		data[fmt.Sprint(args[i])] = args[i+1]
	}
	return t.M(key, data)
}

// M is T with the arguments in a map.
func (t *Translator) M(key string, data map[string]any) string {
	if s, ok := t.plain[key]; ok {
		return s
	}
	c := &i18n.LocalizeConfig{MessageID: key, TemplateData: data}
	switch n := data["N"].(type) {
	case int, int64, string:
		c.PluralCount = n
	}
	s, err := t.loc.Localize(c)
	if err != nil && s == "" {
		return key
	}
	return s
}

// Fault returns the sentence of err: its own when it is a *fault.Error, that of an internal error otherwise.
func (t *Translator) Fault(err error) string {
	e, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return t.T("fault.internal")
	}
	return t.M(e.Key, e.Args)
}
