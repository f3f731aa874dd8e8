// SPDX-License-Identifier: Apache-2.0

package demo

import (
	"net/http"
	"strings"

	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/web"
)

// register adds the demo's own pages to the house. They are public, and exist nowhere else.
func (d *Demo) register(s *web.Server) error {
	return s.Add(templates,
		web.Route{Pattern: "GET /demo", Access: web.Public, Handler: d.serveChoice},
		web.Route{Pattern: "POST /demo", Access: web.Public, Handler: d.comeIn},
		web.Route{Pattern: "POST /demo/clock", Access: web.Public, Handler: d.setClock})
}

// choice is the page on which a visitor says who she wants to be.
type choice struct {
	Now  string
	Rows []choiceRow
	*web.Demo
}

type choiceRow struct{ Key, Icon, Title, Under string }

func (d *Demo) serveChoice(w http.ResponseWriter, r *http.Request) error {
	tr := web.Text(r)
	c := choice{Now: tr.Moment(web.Now(r)), Demo: d.banner(r)}
	for _, p := range personas {
		title := tr.T("demo.persona."+p.key, "Name", d.truth.nameOf(p))
		c.Rows = append(c.Rows, choiceRow{p.key, p.icon, title, tr.T("demo.persona." + p.key + ".under")})
	}
	return web.Page(w, r, web.View{Page: "demo", Title: "demo.title", Bare: true, Body: c})
}

// nameOf returns the shown name of somebody who can be come in as, "" for the patient.
func (t *truth) nameOf(p persona) string {
	who := t.people[p.person]
	if who == nil {
		return p.name
	}
	given := who["preferred_name"]
	if given == "" {
		given = who["legal_first"]
	}
	return given + " " + who["legal_last"]
}

// comeIn serves POST /demo: one tap, and the visitor is signed in.
func (d *Demo) comeIn(w http.ResponseWriter, r *http.Request) error {
	p, ok := personaOf(r.PostFormValue("as"))
	if !ok {
		return fault.Field("as", "demo.nobody")
	}
	// What she read here goes on in the same language, whatever the account's own is.
	http.SetCookie(w, &http.Cookie{Name: "locale", Value: web.Text(r).Locale, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	if !p.signsIn() {
		return web.Done(w, r, "/clinics", nil)
	}
	return d.signIn(w, r, p, "/")
}

// setClock serves POST /demo/clock: the campaign's time is set, and the visitor returns to where she was.
func (d *Demo) setClock(w http.ResponseWriter, r *http.Request) error {
	at, err := parse(web.Now(r).Location(), r.PostFormValue("at"))
	if err != nil {
		return err
	}
	p, signedIn := d.who(r)
	fresh, err := d.move(r.Context(), at)
	if err != nil {
		return err
	}
	path := web.Local(r.PostFormValue("path"))
	if !fresh {
		return web.Done(w, r, path, nil)
	}
	web.Say(w, r, web.Flash{Key: "demo.put_back", Tone: "info"})
	if !signedIn {
		return web.Done(w, r, path, nil)
	}
	return d.signIn(w, r, p, steady(path))
}

// steady returns path unless it names a row: ids are new in a fresh house, and such a page would be missing.
func steady(path string) string {
	if path, _, _ = strings.Cut(path, "?"); strings.Count(path, "/") > 1 {
		return "/"
	}
	return path
}

// banner is what every page shows of the demo.
func (d *Demo) banner(r *http.Request) *web.Demo {
	tr, now := web.Text(r), web.Now(r)
	b := &web.Demo{Now: tr.Moment(now), At: now.Format(minute), Persona: tr.T("demo.as.nobody")}
	if p, ok := d.who(r); ok {
		b.Persona = tr.T("demo.as." + p.key)
	}
	for i, m := range moments {
		b.Moments = append(b.Moments, web.Moment{
			At: m.at, Label: tr.T(m.key),
			Current: m.at <= b.At && (i == len(moments)-1 || b.At < moments[i+1].at),
		})
	}
	return b
}
