// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// everyPage follows the links of every persona from her start page and looks at what stands there, on a phone and at a desk. Each
// pattern of addresses is held against the rules for accessible pages once at a desk, at night and in Spanish; and on a phone
// wherever a persona sees a kind of element there that nobody saw before.
func everyPage(t *testing.T, h *house) {
	once := &looks{}
	for _, persona := range []string{"patient", "member", "captain", "officer", "data_lead", "lead", "strike"} {
		t.Run(persona, func(t *testing.T) {
			t.Parallel()
			w := walker{t: t, p: h.as(t, persona, Phone), persona: persona, once: once}
			w.from(w.p.Path(), "/", "/demo", "/signin?way=own", "/join", "/clinics", "/account")
		})
	}
}

// looks are what was looked at: kinds of elements by pattern of addresses. It is safe for concurrent use.
type looks struct {
	mu   sync.Mutex
	seen map[string]map[string]bool
}

// first tells whether nobody asked for key before, and fresh whether kinds holds one that nobody brought to key.
func (l *looks) first(key string, kinds ...string) (first, fresh bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	known := l.seen[key]
	if first = known == nil; first {
		known = map[string]bool{}
		if l.seen == nil {
			l.seen = map[string]map[string]bool{}
		}
		l.seen[key] = known
	}
	for _, k := range kinds {
		fresh = fresh || !known[k]
		known[k] = true
	}
	return first, fresh
}

type walker struct {
	t       *testing.T
	p       *Tab
	persona string
	mine    looks  // of this persona
	once    *looks // of all
}

func (w *walker) from(paths ...string) {
	type link struct{ to, on string }
	var links []link
	for _, path := range paths {
		links = append(links, link{path, "the start"})
	}
	for len(links) > 0 {
		l := links[0]
		links = links[1:]
		key := pattern(l.to)
		if first, _ := w.mine.first(key); !first {
			continue
		}
		for _, path := range w.look(l.to, l.on, key) {
			links = append(links, link{path, l.to})
		}
	}
}

// isPage tells a page from a file that is there to be kept: a list, a calendar, an archive.
func (w *walker) isPage(path, on string) bool {
	kind := Eval[string](w.p, fmt.Sprintf(`fetch(%q).then(r => r.status === 200 && r.headers.get("Content-Disposition")?.startsWith("attachment")
		? "file" : r.headers.get("Content-Type") ?? "")`, path))
	if kind == "" {
		w.t.Errorf("%s, linked on %s, does not say what it is", path, on)
	}
	return strings.HasPrefix(kind, "text/html")
}

// look visits a page and returns where it leads.
func (w *walker) look(path, on, key string) []string {
	p := w.p
	if !w.isPage(path, on) {
		return nil
	}
	p.Go(path)
	if p.Status == 422 && key == "/people print=1" && slices.Contains([]string{"data_lead", "lead"}, w.persona) {
		p.Sees("A print holds up to 100 people") // they reach all 600; the link says how to get at fewer
		p.Silent()
		return nil
	}
	if p.Status != 200 {
		p.Silent()
		if status := p.Status; status >= 500 || w.linked(path, on) {
			w.t.Errorf("%s, linked on %s = %d", path, on, status)
		}
		return nil
	}
	name := w.persona + strings.TrimRight(unsafeInNames.ReplaceAllString(key, "-"), "-")
	p.Shot(name)
	links := w.links()
	kinds := Eval[[]string](p, `[...new Set([...document.body.querySelectorAll("*")].map(e => [e.tagName, e.type ?? "", e.role ?? "", e.className].join(" ")))]`)
	first, fresh := w.once.first(key, kinds...)

	if fresh {
		p.Fit()
	} else {
		p.Quick()
	}
	p.Screen(Desk)
	if first {
		p.Fit()
	} else {
		p.Quick()
	}
	p.Screen(Phone)
	if first {
		p.Dark(true)
		p.Contrast()
		p.Dark(false)
		p.Spanish(true)
		p.Go(path)
		p.Quick()
		p.Shot(name + "-es")
		p.Spanish(false)
	}
	return links
}

// links returns where the page leads.
func (w *walker) links() []string {
	return Eval[[]string](w.p, `[...document.querySelectorAll("a[href]:not([download])")].filter(a => a.origin === location.origin).map(a => a.pathname + a.search)`)
}

// linked tells whether a page still leads to path: another journey on the same demo may have taken away what was there.
func (w *walker) linked(path, on string) bool {
	if !strings.HasPrefix(on, "/") {
		return true
	}
	w.p.Go(on)
	w.p.Silent()
	return slices.Contains(w.links(), path)
}

var (
	ids           = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}|[1-9A-HJ-NP-Za-km-z]{14}\b`)
	unsafeInNames = regexp.MustCompile(`[^a-z0-9_]+`)
)

// pattern is an address without what only chooses rows: two of one pattern are the same page with other rows.
func pattern(path string) string {
	u, err := url.Parse(path)
	if err != nil {
		return path
	}
	var key strings.Builder
	key.WriteString(ids.ReplaceAllString(u.Path, "{id}"))
	q := u.Query()
	for _, name := range []string{"edit", "print", "show", "state", "way"} {
		if v := q.Get(name); v != "" {
			key.WriteString(" " + name + "=" + v)
		}
	}
	return key.String()
}
