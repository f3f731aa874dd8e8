// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// everyPage follows the links of every persona from her start page and looks at what stands there: each pattern of addresses once on
// a phone and once at a desk; and once for all personas at night and in Spanish.
func everyPage(t *testing.T, h *house) {
	once := &patterns{}
	for _, persona := range []string{"patient", "member", "captain", "officer", "data_lead"} {
		t.Run(persona, func(t *testing.T) {
			t.Parallel()
			w := walker{t: t, p: h.as(t, persona, Phone), persona: persona, once: once}
			w.from(w.p.Path(), "/", "/demo", "/signin?way=own", "/join", "/clinics", "/account")
		})
	}
}

// patterns are those visited. It is safe for concurrent use.
type patterns struct {
	mu   sync.Mutex
	seen map[string]bool
}

// first tells whether nobody asked for key before.
func (p *patterns) first(key string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.seen[key] {
		return false
	}
	if p.seen == nil {
		p.seen = map[string]bool{}
	}
	p.seen[key] = true
	return true
}

type walker struct {
	t       *testing.T
	p       *Tab
	persona string
	mine    patterns  // of this persona
	once    *patterns // of all
}

func (w *walker) from(paths ...string) {
	for len(paths) > 0 {
		path := paths[0]
		paths = paths[1:]
		if key := pattern(path); w.mine.first(key) {
			paths = append(paths, w.look(path, key)...)
		}
	}
}

// look visits a page and returns where it leads.
func (w *walker) look(path, key string) []string {
	p := w.p
	p.Go(path)
	if p.Status == 422 && key == "/people print=1" && w.persona == "data_lead" {
		p.Sees("A print holds up to 100 people") // she reaches all 600; the link says how to get at fewer
		p.Silent()
		return nil
	}
	if p.Status != 200 {
		w.t.Errorf("%s = %d", path, p.Status)
		return nil
	}
	name := w.persona + strings.TrimRight(unsafeInNames.ReplaceAllString(key, "-"), "-")
	p.Shot(name)
	p.Fit()
	links := Eval[[]string](p, `[...document.querySelectorAll("a[href]")].filter(a => a.origin === location.origin).map(a => a.pathname + a.search)`)

	p.Screen(Desk)
	if !w.once.first(key) {
		p.Quick()
	} else {
		p.Fit()
		p.Dark(true)
		p.Contrast()
		p.Dark(false)
		p.Screen(Phone)
		p.Spanish(true)
		p.Go(path)
		p.Quick()
		p.Shot(name + "-es")
		p.Spanish(false)
	}
	p.Screen(Phone)
	return slices.DeleteFunc(links, func(l string) bool { return strings.HasSuffix(l, "/file") })
}

var (
	ids           = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}`)
	unsafeInNames = regexp.MustCompile(`[^a-z0-9_]+`)
)

// pattern is an address without what only chooses rows: two of one pattern are the same page with other rows.
func pattern(path string) string {
	u, err := url.Parse(path)
	if err != nil {
		return path
	}
	key := ids.ReplaceAllString(u.Path, "{id}")
	q := u.Query()
	var keySb115 strings.Builder
	for _, name := range []string{"edit", "print", "show", "state", "way"} {
		if v := q.Get(name); v != "" {
			keySb115.WriteString(" " + name + "=" + v)
		}
	}
	key += keySb115.String()
	return key
}
