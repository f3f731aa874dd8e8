// SPDX-License-Identifier: Apache-2.0

package trail

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/internal/web"
)

type handler struct {
	d   *db.DB
	log *audit.Log
}

// Register adds the audit's pages to s.
func Register(s *web.Server, d *db.DB, log *audit.Log) error {
	h := handler{d, log}
	s.Show(web.Item{Href: "/audit", Key: "audit.nav", Icon: "audit", Access: auth.Need(auth.AuditRead)})
	return s.Add(templates,
		web.Route{Pattern: "GET /audit", Access: auth.Need(auth.AuditRead), Handler: h.list},
		web.Route{Pattern: "POST /audit/verify", Access: auth.Need(auth.AuditRead), Handler: h.verify},
		web.Route{Pattern: "GET /audit/person/{id}", Access: auth.Need(auth.AuditRead), Handler: h.person},
		web.Route{Pattern: "GET /account/opened", Access: web.SignedIn, Handler: h.opened})
}

// shown is a line with its words.
type shown struct {
	Line
	Who   string `json:"-"`
	As    string `json:"-"` // the role's name
	What  string `json:"-"`
	Short string `json:"-"` // of the object: its kind, and enough of its id to tell it from the next
}

// option is one choice of a filter.
type option struct {
	Value, Label string
	Selected     bool
}

// listView is the page of all records.
type listView struct {
	Lines   []shown  `json:"lines"`
	Head    int64    `json:"head"`
	Hash    string   `json:"hash"`
	Actors  []option `json:"-"`
	Verbs   []option `json:"-"`
	Day     string   `json:"-"`
	Object  string   `json:"-"`
	Any     bool     `json:"-"` // a filter is in force
	Next    string   `json:"next,omitempty"`
	Newest  string   `json:"-"`
	Summary string   `json:"-"`
}

// list serves GET /audit.
func (h handler) list(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	reach, err := auth.Allowed(ctx, auth.AuditRead)
	if err != nil {
		return err
	}
	if !reach.All { // records are of the whole unit: a part of it cannot be cut out of them
		return fault.New(fault.Forbidden, "auth.not_your_role")
	}
	f, err := filterOf(r)
	if err != nil {
		return err
	}
	tr, v := web.Text(r), listView{Day: r.FormValue("day"), Object: f.Object}
	v.Any = f.Actor != "" || f.Verb != "" || v.Day != "" || f.Object != ""
	more, err := db.InRead(ctx, h.d, func(tx *db.Tx) (bool, error) {
		lines, more, err := list(ctx, tx, f)
		if err != nil {
			return false, err
		}
		v.Lines = words(tr, lines)
		all, err := actors(ctx, tx)
		if err != nil {
			return false, err
		}
		for _, a := range all {
			v.Actors = append(v.Actors, option{a.ID, a.Name, a.ID == f.Actor})
		}
		v.Head, v.Hash, err = audit.HeadIn(ctx, tx)
		return more, err
	})
	if err != nil {
		return err
	}
	v.Verbs = verbs(tr, f.Verb)
	v.Next, v.Newest = pages(r, v.Lines, more, f.Before)
	v.Summary = tr.T("audit.shown", "N", len(v.Lines))
	if err := h.log.Read(ctx, audit.Entry{Verb: "audit.list", Scope: reach.Label(), Detail: f.detail(), Count: len(v.Lines)}); err != nil {
		return err
	}
	return web.Page(w, r, web.View{Page: "audit", Title: "audit.title", Body: v})
}

// filterOf reads the filter from the address, where ids and days may stand. Errors: Invalid for what is no day or number.
func filterOf(r *http.Request) (Filter, error) {
	f := Filter{Actor: r.FormValue("actor"), Verb: r.FormValue("verb"), Object: r.FormValue("object")}
	if day := r.FormValue("day"); day != "" {
		from, err := time.ParseInLocation(time.DateOnly, day, web.Now(r).Location())
		if err != nil {
			return f, fault.Field("day", "audit.day_form")
		}
		f.From, f.To = from, from.AddDate(0, 0, 1)
	}
	var err error
	f.Before, err = before(r)
	return f, err
}

func before(r *http.Request) (int64, error) {
	text := r.FormValue("before")
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 {
		return 0, fault.New(fault.Missing, "web.missing")
	}
	return n, nil
}

// detail is the filter for the record of the look.
func (f Filter) detail() string {
	var parts []string
	for name, value := range map[string]string{"actor": f.Actor, "verb": f.Verb, "object": f.Object} {
		if value != "" {
			parts = append(parts, name+"="+value)
		}
	}
	if !f.From.IsZero() {
		parts = append(parts, "day="+f.From.Format(time.DateOnly))
	}
	slices.Sort(parts)
	return strings.Join(parts, " ")
}

// words writes each line out in the reader's language.
func words(tr *i18n.Translator, lines []Line) []shown {
	out := make([]shown, len(lines))
	for i, l := range lines {
		s := shown{Line: l, Who: l.Name, What: said(tr, l.Verb, l.Count), Short: short(l.Object)}
		if l.Actor == "" {
			s.Who = tr.T("audit.program")
		} else if l.Name == "" {
			s.Who = tr.T("audit.gone")
		}
		if l.Role != "" {
			s.As = tr.T("auth.role." + l.Role)
		}
		out[i] = s
	}
	return out
}

func short(object string) string {
	kind, id, _ := strings.Cut(object, ":")
	return kind + " …" + id[max(0, len(id)-6):]
}

// said is the sentence of a verb; one of a part that is gone shows as it was written.
func said(tr *i18n.Translator, verb string, count int) string {
	key := "audit.verb." + verb
	if text := tr.T(key, "N", count); text != key {
		return text
	}
	return verb
}

func verbs(tr *i18n.Translator, selected string) []option {
	var out []option
	for _, verb := range known() {
		out = append(out, option{verb, tr.T("audit.verb."+verb, "N", 1), verb == selected})
	}
	slices.SortFunc(out, func(a, b option) int {
		return cmp.Or(strings.Compare(a.Label, b.Label), strings.Compare(a.Value, b.Value))
	})
	return out
}

// pages returns the addresses of older records and of the newest, "" for none.
func pages(r *http.Request, lines []shown, more bool, before int64) (next, newest string) {
	q := url.Values{}
	for _, name := range []string{"actor", "verb", "day", "object"} {
		if v := r.FormValue(name); v != "" {
			q.Set(name, v)
		}
	}
	address := func() string {
		if len(q) == 0 {
			return r.URL.Path
		}
		return r.URL.Path + "?" + q.Encode()
	}
	if before > 0 {
		newest = address()
	}
	if more {
		q.Set("before", strconv.FormatInt(lines[len(lines)-1].Seq, 10))
		next = address()
	}
	return next, newest
}

// verify serves POST /audit/verify: the whole chain, once, when somebody asks.
func (h handler) verify(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	chain, err := audit.Verify(ctx, h.d, nil)
	if err != nil {
		return err
	}
	if err := h.log.Read(ctx, audit.Entry{Verb: "audit.verify", Count: 1}); err != nil {
		return err
	}
	f := web.Flash{Key: "audit.holds", Args: map[string]any{"N": int(chain.Records)}}
	if chain.Bad != 0 {
		f = web.Flash{Key: "audit.broken", Args: map[string]any{"Seq": strconv.FormatInt(chain.Bad, 10)}, Tone: "stop"}
	}
	web.Say(w, r, f)
	return web.Done(w, r, "/audit", chain)
}

// personView is the trail of one person.
type personView struct {
	ID      string  `json:"id"`
	Name    string  `json:"name"`
	MayOpen bool    `json:"-"` // her page: an officer reads trails, not people
	Lines   []shown `json:"lines"`
	Next    string  `json:"next,omitempty"`
	Newest  string  `json:"-"`
	Summary string  `json:"-"`
}

// person serves GET /audit/person/{id}: who saw, exported or changed this?
func (h handler) person(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	reach, err := auth.Allowed(ctx, auth.AuditRead)
	if err != nil {
		return err
	}
	from, err := before(r)
	if err != nil {
		return err
	}
	tr, v := web.Text(r), personView{ID: r.PathValue("id")}
	more, err := db.InRead(ctx, h.d, func(tx *db.Tx) (bool, error) {
		var err error
		if v.Name, err = personName(ctx, tx, reach, v.ID); err != nil {
			return false, err
		}
		lines, more, err := about(ctx, tx, v.ID, from)
		v.Lines = words(tr, lines)
		return more, err
	})
	if err != nil {
		return err
	}
	_, refused := auth.Allowed(ctx, auth.PersonRead)
	v.MayOpen = refused == nil
	v.Next, v.Newest = pages(r, v.Lines, more, from)
	v.Summary = tr.T("audit.shown", "N", len(v.Lines))
	if err := h.log.Read(ctx, audit.Entry{
		Verb: "audit.person", Object: "person:" + v.ID, Scope: reach.Label(),
		Subjects: []string{v.ID}, Count: 1,
	}); err != nil {
		return err
	}
	return web.Page(w, r, web.View{Page: "audit-person", Title: "audit.person_title", Body: v})
}

// openedView is what a member reads of herself.
type openedView struct {
	OnRoster bool         `json:"on_roster"`
	Looks    []openedLine `json:"looks"`
}

type openedLine struct {
	Opened
	As string `json:"-"`
}

// opened serves GET /account/opened: who opened my profile?
func (h handler) opened(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	me := auth.By(ctx)
	v := openedView{OnRoster: me.Person != ""}
	if v.OnRoster {
		looks, err := db.InRead(ctx, h.d, func(tx *db.Tx) ([]Opened, error) {
			return opened(ctx, tx, me.Person, me.Account, web.Now(r).Location())
		})
		if err != nil {
			return err
		}
		for _, o := range looks {
			line := openedLine{Opened: o}
			if o.Role != "" {
				line.As = web.Text(r).T("auth.role." + o.Role)
			}
			v.Looks = append(v.Looks, line)
		}
	}
	return web.Page(w, r, web.View{Page: "audit-opened", Title: "audit.opened_title", Body: v})
}
