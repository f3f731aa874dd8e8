// SPDX-License-Identifier: Apache-2.0

package web

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/tenday/tenday/internal/i18n"
)

//go:embed templates/*.html
var shellTemplates embed.FS

// Texts holds the shell's own sentences.
//
//go:embed text/*.json
var Texts embed.FS

// View is one page. Body is the room's own typed view: the page's "content" sees it as .Body, a JSON client gets it alone.
type View struct {
	Page   string // template file without ending
	Title  string // key; names no person
	Status int    // 0: 200
	Bare   bool   // without navigation: sign-in, errors, what the public reads
	Renew  int    // seconds after which a browser without scripts asks for the page anew; 0: it stays
	Body   any
}

// Demo is what the demo's banner shows.
type Demo struct {
	Now, At, Persona string
	Moments          []Moment
}

// Moment is one point of the campaign that the demo's clock can be set to.
type Moment struct {
	At, Label string
	Current   bool
}

// root is what layout.html reads; the list stands at its top.
type root struct {
	Locale, Title, Path, Version, Campaign, Now, Search string

	Renew int
	Nav   []navItem
	User  *user
	Demo  *Demo
	Flash *flashView
	Body  any
}

type navItem struct {
	Href, Label, Icon string
	Current, Tab      bool
}

type user struct{ Name, Roles string }

// pages holds the parsed templates, by locale and page.
type pages struct {
	server *Server
	base   map[string]*template.Template
	byName map[string]map[string]*template.Template
}

func newPages(s *Server) (*pages, error) {
	p := &pages{server: s, base: map[string]*template.Template{}, byName: map[string]map[string]*template.Template{}}
	for _, locale := range i18n.Locales {
		t, err := template.New("shell").Funcs(s.funcs(locale)).ParseFS(shellTemplates, "templates/*.html")
		if err != nil {
			return nil, fmt.Errorf("parse layout: %w", err)
		}
		p.base[locale] = t
		p.byName[locale] = map[string]*template.Template{}
	}
	return p, p.one(shellTemplates, "templates/error.html")
}

func (p *pages) add(files fs.FS) error {
	names, err := fs.Glob(files, "templates/*.html")
	if err != nil {
		return fmt.Errorf("list templates: %w", err)
	}
	for _, name := range names {
		if err := p.one(files, name); err != nil {
			return err
		}
	}
	return nil
}

// one parses a page for every locale: the shell, the room's shared pieces (files that begin with "_"), then the page itself.
func (p *pages) one(files fs.FS, name string) error {
	page := strings.TrimSuffix(path.Base(name), ".html")
	if strings.HasPrefix(page, "_") {
		return nil
	}
	shared, err := fs.Glob(files, "templates/_*.html")
	if err != nil {
		return fmt.Errorf("list shared templates: %w", err)
	}
	for locale, base := range p.base {
		if p.byName[locale][page] != nil {
			return fmt.Errorf("template %s: a page of that name is there already", name)
		}
		t, err := base.Clone()
		if err == nil {
			t, err = t.ParseFS(files, append(shared, name)...)
		}
		if err != nil {
			return fmt.Errorf("parse %s: %w", name, err)
		}
		p.fold(t, locale)
		p.byName[locale][page] = t
	}
	return nil
}

// funcs are what templates may call; they range, test and print, and that is all.
func (s *Server) funcs(locale string) template.FuncMap {
	tr := s.cfg.Texts.For(locale)
	return template.FuncMap{
		"t":      tr.T,
		"static": s.static.url,
		"dict":   dict,
		"day":    tr.ISODay,
		"moment": func(at time.Time) string { return tr.Moment(at.In(s.cfg.Zone)) },
		"int":    tr.Int,
		"share":  tr.Share,
		"fault":  tr.Fault,
		"fte":    func(hundredths int) string { return strconv.FormatFloat(float64(hundredths)/100, 'f', 2, 64) },
	}
}

func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("dict: %d values, want pairs", len(pairs))
	}
	m := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		key, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict: %v is no name", pairs[i])
		}
		m[key] = pairs[i+1]
	}
	return m, nil
}

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// Page answers with v in the form that was asked for: JSON to a client that accepts it, "content" alone to htmx for a part of a
// page, else the whole page. Nothing is sent unless all of it could be written.
func Page(w http.ResponseWriter, r *http.Request, v View) error {
	status := max(v.Status, http.StatusOK)
	if wantsJSON(r) {
		return JSON(w, status, v.Body)
	}
	q := of(r)
	t := q.server.pages.byName[q.tr.Locale][v.Page]
	if t == nil {
		return fmt.Errorf("no template for page %q", v.Page)
	}
	part := "layout"
	switch {
	case r.Header.Get("HX-Request-Type") == "partial":
		part = "content"
	case v.Bare:
		part = "bare"
	}
	b := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(b)
	b.Reset()
	if err := t.ExecuteTemplate(b, part, q.root(w, r, v)); err != nil {
		return fmt.Errorf("write page %s: %w", v.Page, err)
	}
	return send(w, status, "text/html; charset=utf-8", b.Bytes())
}

func (q *request) root(w http.ResponseWriter, r *http.Request, v View) *root {
	s := q.server
	now := s.cfg.Now().In(s.cfg.Zone)
	out := &root{
		Locale: q.tr.Locale, Title: q.tr.T(v.Title), Path: r.URL.RequestURI(), Version: s.cfg.Version, Campaign: s.cfg.Campaign,
		Now: q.tr.Moment(now), Renew: v.Renew, Body: v.Body, Flash: takeFlash(w, r, q.tr),
	}
	if r.Method != http.MethodGet { // forms send it back to return here, and only a page can be returned to
		out.Path = Local(r.URL.Path)
	}
	if q.viewer.ID != "" {
		out.User = &user{Name: q.viewer.Name, Roles: q.viewer.Roles}
	}
	if s.cfg.Demo != nil {
		out.Demo = s.cfg.Demo(r)
	}
	if v.Bare {
		return out
	}
	for _, i := range s.items {
		if s.cfg.May == nil || !s.cfg.May(r.Context(), i.Access) {
			continue
		}
		current := r.URL.Path == i.Href || i.Href != "/" && strings.HasPrefix(r.URL.Path, i.Href+"/")
		out.Nav = append(out.Nav, navItem{Href: i.Href, Label: q.tr.T(i.Key), Icon: i.Icon, Current: current, Tab: i.Tab})
	}
	return out
}

// ByScript tells whether a script asks, to renew a part of a page: what is told once is kept for the page.
func ByScript(r *http.Request) bool { return r.Header.Get("HX-Request") != "" }

func wantsJSON(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("Accept"), "application/json")
}

// JSON answers with v.
func JSON(w http.ResponseWriter, status int, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return send(w, status, "application/json", b)
}

func send(w http.ResponseWriter, status int, kind string, body []byte) error {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // whoever asked has gone: nothing to answer
	return nil
}

// Done answers a form: a browser is sent to location by 303, a JSON client gets v.
func Done(w http.ResponseWriter, r *http.Request, location string, v any) error {
	if wantsJSON(r) {
		if v == nil {
			v = map[string]string{"location": location}
		}
		return JSON(w, http.StatusOK, v)
	}
	http.Redirect(w, r, location, http.StatusSeeOther)
	return nil
}

// Block is v for a block of data in a page (<script type="application/json">): scripts read it, the policy lets nobody run it.
func Block(v any) (template.JS, error) {
	b, err := json.Marshal(v)  // escapes <, > and &, so that nothing in it ends the block
	return template.JS(b), err //nolint:gosec // JSON
}
