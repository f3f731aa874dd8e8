// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/i18n"
)

// Handler answers a request or says why not. It must not write anything before it returns an error.
type Handler func(w http.ResponseWriter, r *http.Request) error

// Access says who may call a route. Its zero value is no declaration, and Add refuses it.
type Access struct {
	kind    string
	Ability string // what one of the caller's grants must hold; "" for the kinds without
}

// The kinds of access that need no ability.
var (
	Public   = Access{kind: "public"}   // anyone, without a name
	SignedIn = Access{kind: "signedin"} // whoever is signed in; the handler shows her own
)

// Need is the access of callers who hold the ability in some scope; what they see is for the store to filter.
func Need(ability string) Access { return Access{kind: "ability", Ability: ability} }

// String returns the declaration in a word, for tests and documents.
func (a Access) String() string {
	if a.kind == "ability" {
		return a.Ability
	}
	return a.kind
}

// Route is one page or act: a ServeMux pattern with its method ("GET /people/{id}"), who may call it, and what it does.
type Route struct {
	Pattern string
	Access  Access
	Handler Handler
	Quiet   bool // leaves no line in the log unless it fails: of a secret ballot not even the hour is written down
}

// Viewer is who looks at the page, as far as the shell shows it.
type Viewer struct {
	ID     string // account; "" when nobody is signed in
	Name   string
	Roles  string
	Locale string // "" to follow the browser
}

// Gate decides whether r may go on to a route of the given access. It returns the request with what handlers need to know of
// the caller, and the viewer. Errors: SignedOut, Forbidden.
type Gate func(r *http.Request, a Access) (*http.Request, Viewer, error)

// Item is a room in the navigation, shown to those who may go there.
type Item struct {
	Href, Key, Icon string
	Access          Access
	Tab             bool // also at the bottom of a phone; four at most
}

// Config is what a server is made of.
type Config struct {
	Texts    *i18n.Bundle
	Gate     Gate
	May      func(ctx context.Context, a Access) bool // for the navigation: would Gate let this caller pass
	Now      func() time.Time
	Zone     *time.Location // the campaign's
	Campaign string
	Version  string
	Key      []byte // 32 bytes, for Seal
	Secure   bool   // served by https: cookies say so
	Log      *slog.Logger
	Demo     func(r *http.Request) *Demo // nil outside the demo
	Healthy  func(context.Context) error
	Watch    func(topic string, age time.Duration) (changed <-chan struct{}, end func()) // of the database, for pages that renew themselves
}

// Server is the shell. Add everything before Handler is called.
type Server struct {
	cfg    Config
	mux    *http.ServeMux
	routes []Route
	items  []Item
	pages  *pages
	static *static
	stats  *stats

	stopping chan struct{}
	stopOnce sync.Once
}

// New returns a server with the shell's own routes: static files, health, language.
func New(cfg Config) (*Server, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Zone == nil {
		cfg.Zone = time.UTC
	}
	s := &Server{cfg: cfg, mux: http.NewServeMux(), stats: newStats(), stopping: make(chan struct{})}
	var err error
	if s.static, err = newStatic(); err != nil {
		return nil, err
	}
	if s.pages, err = newPages(s); err != nil {
		return nil, err
	}
	err = s.Add(nil, Route{Pattern: "GET /static/{file...}", Access: Public, Handler: s.static.serve},
		Route{Pattern: "GET /healthz", Access: Public, Handler: s.health},
		Route{Pattern: "POST /locale", Access: Public, Handler: s.setLocale},
		Route{Pattern: "GET /metrics", Access: Need("system.operate"), Handler: s.stats.serve},
		Route{Pattern: "/", Access: Public, Handler: func(http.ResponseWriter, *http.Request) error { return fault.New(fault.Missing, "web.missing") }})
	return s, err
}

// Add registers a room's routes and parses its templates, "templates/*.html" of files; each is a page by its file name without
// ending, which must be unique. files may be nil.
func (s *Server) Add(files fs.FS, routes ...Route) error {
	if files != nil {
		if err := s.pages.add(files); err != nil {
			return err
		}
	}
	for _, r := range routes {
		if r.Access.kind == "" {
			return fmt.Errorf("route %s declares no access", r.Pattern)
		}
		s.routes = append(s.routes, r)
		s.mux.Handle(r.Pattern, s.serve(r))
	}
	return nil
}

// Show adds rooms to the navigation, in order.
func (s *Server) Show(items ...Item) { s.items = append(s.items, items...) }

// Routes returns every route, the shell's own among them.
func (s *Server) Routes() []Route { return slices.Clone(s.routes) }

// Handler returns the whole server: recovery, headers, protection of forms from other origins, logging, routes.
func (s *Server) Handler() http.Handler {
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.answer(w, r, fault.New(fault.Forbidden, "web.cross_origin"))
	}))
	return s.observe(headers(guard.Handler(compress(s.mux))))
}

// requestKey holds what the shell knows of a request.
type requestKey struct{}

type request struct {
	server *Server
	route  Route
	viewer Viewer
	tr     *i18n.Translator
	start  time.Time
	fault  *slog.Attr
}

func of(r *http.Request) *request {
	q, _ := r.Context().Value(requestKey{}).(*request)
	return q
}

func (s *Server) serve(route Route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := of(r)
		q.route = route
		r.Body = http.MaxBytesReader(w, r.Body, maxBody(route))
		in, viewer, err := s.cfg.Gate(r, route.Access)
		q.viewer = viewer
		q.tr = s.translator(r, viewer)
		if err != nil {
			s.answer(w, r, err)
			return
		}
		if err := readable(in); err != nil {
			s.answer(w, in, err)
			return
		}
		if err := route.Handler(w, in); err != nil {
			s.answer(w, in, err)
		}
	})
}

// readable refuses requests that hold what is no text, in path, query or form, before a handler passes it on to a database.
// Errors: Missing for the path, Invalid for the rest.
func readable(r *http.Request) error {
	if !isText(r.URL.Path) {
		return fault.New(fault.Missing, "web.missing")
	}
	if q, err := url.QueryUnescape(r.URL.RawQuery); err != nil || !isText(q) {
		return fault.New(fault.Invalid, "web.unreadable")
	}
	if r.Method != http.MethodPost {
		return nil
	}
	if err := r.ParseForm(); err != nil { // of an upload this reads nothing
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return err
		}
		return fault.New(fault.Invalid, "web.unreadable")
	}
	for name, values := range r.PostForm {
		if !isText(name) || slices.ContainsFunc(values, func(v string) bool { return !isText(v) }) {
			return fault.New(fault.Invalid, "web.unreadable")
		}
	}
	return nil
}

func isText(s string) bool { return strings.IndexByte(s, 0) < 0 && utf8.ValidString(s) }

// Uploads are the one thing larger than a form.
const (
	maxForm   = 1 << 20
	maxUpload = 65 << 20
)

func maxBody(r Route) int64 {
	if strings.HasSuffix(r.Pattern, "/upload") {
		return maxUpload
	}
	return maxForm
}

// translator picks the language: the account's own, then the cookie's, then the browser's.
func (s *Server) translator(r *http.Request, v Viewer) *i18n.Translator {
	locale := v.Locale
	if locale == "" {
		if c, err := r.Cookie("locale"); err == nil && slices.Contains(i18n.Locales, c.Value) {
			locale = c.Value
		} else {
			locale = s.cfg.Texts.Match(r.Header.Get("Accept-Language"))
		}
	}
	return s.cfg.Texts.For(locale)
}

// Text returns the translator of the request.
func Text(r *http.Request) *i18n.Translator { return of(r).tr }

// Now returns the campaign's time in its zone.
func Now(r *http.Request) time.Time {
	s := of(r).server
	return s.cfg.Now().In(s.cfg.Zone)
}

// Caller returns who looks.
func Caller(r *http.Request) Viewer { return of(r).viewer }

// setLocale serves POST /locale. The choice lives in a cookie; the account's own language is changed on its page.
func (s *Server) setLocale(w http.ResponseWriter, r *http.Request) error {
	value := r.PostFormValue("value")
	if !slices.Contains(i18n.Locales, value) {
		return fault.Field("value", "web.locale_unknown")
	}
	http.SetCookie(w, &http.Cookie{
		Name: "locale", Value: value, Path: "/", MaxAge: 365 * 24 * 3600, HttpOnly: true,
		Secure: s.cfg.Secure, SameSite: http.SameSiteLaxMode,
	})
	return Done(w, r, Local(r.PostFormValue("path")), nil)
}

// Local returns path when it leads to this server, else "/": a form must not send anybody elsewhere.
func Local(path string) string {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") {
		return "/"
	}
	return path
}
