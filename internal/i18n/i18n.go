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

// Bundle holds the sentences of the locales that were read.
type Bundle struct {
	locales []string
	tr      map[string]*Translator
	tags    language.Matcher
}

// Translator speaks one locale. It is safe for concurrent use.
type Translator struct {
	Locale string
	plain  map[string]string // sentences without arguments: no template to run
	filled map[string]bool   // the others, which loc knows
	loc    *i18n.Localizer
}

// New reads text/*.json of every file system given. A key that stands twice for a locale is an error.
func New(texts ...fs.FS) (*Bundle, error) { return Read(Locales, texts...) }

// Read is New for some locales only: a command speaks to one reader, who would wait for the other sentences in vain.
func Read(locales []string, texts ...fs.FS) (*Bundle, error) {
	b := i18n.NewBundle(language.English)
	out := &Bundle{locales: locales, tr: map[string]*Translator{}}
	var tags []language.Tag
	for _, l := range locales {
		out.tr[l] = &Translator{Locale: l, plain: map[string]string{}, filled: map[string]bool{}, loc: i18n.NewLocalizer(b, l)}
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
				return nil, fmt.Errorf("text file %s: %w", name, err)
			}
		}
	}
	return out, nil
}

func (b *Bundle) read(into *i18n.Bundle, text fs.FS, name string) error {
	stem := strings.TrimSuffix(path.Base(name), ".json")
	locale := stem[strings.LastIndexByte(stem, '.')+1:]
	if !slices.Contains(Locales, locale) {
		return errors.New("no such locale")
	}
	tr, wanted := b.tr[locale]
	if !wanted {
		return nil
	}
	raw, err := fs.ReadFile(text, name)
	if err != nil {
		return err
	}
	var all map[string]any
	if err := json.Unmarshal(raw, &all); err != nil {
		return err
	}
	var filled []*i18n.Message
	for key, said := range all {
		if _, twice := tr.plain[key]; twice || tr.filled[key] {
			return fmt.Errorf("%s stands twice", key)
		}
		if s, ok := said.(string); ok && !strings.Contains(s, "{{") {
			tr.plain[key] = s
			continue
		}
		m, err := i18n.NewMessage(said)
		if err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		if m.One == "" && !strings.Contains(m.Other, "{{") {
			tr.plain[key] = m.Other
			continue
		}
		m.ID, tr.filled[key] = key, true
		filled = append(filled, m)
	}
	return into.AddMessages(language.Make(locale), filled...)
}

// For returns the translator of locale, that of the first one read for any that was not.
func (b *Bundle) For(locale string) *Translator {
	if t, ok := b.tr[locale]; ok {
		return t
	}
	return b.tr[b.locales[0]]
}

// Match returns the best of our locales for an Accept-Language header.
func (b *Bundle) Match(accept string) string {
	tags, _, err := language.ParseAcceptLanguage(accept)
	if err != nil || len(tags) == 0 {
		return b.locales[0]
	}
	_, i, _ := b.tags.Match(tags...)
	return b.locales[i]
}

// Keys returns the keys of locale, sorted.
func (b *Bundle) Keys(locale string) []string {
	t := b.tr[locale]
	keys := slices.AppendSeq(slices.Collect(maps.Keys(t.plain)), maps.Keys(t.filled))
	slices.Sort(keys)
	return keys
}

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
