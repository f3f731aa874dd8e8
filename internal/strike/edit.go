// SPDX-License-Identifier: Apache-2.0

package strike

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/web"
)

// editView is the form of an action, new or not.
type editView struct {
	ID      string   `json:"id,omitempty"` // "" for a new one
	Version int      `json:"facts_version"`
	State   State    `json:"state"`
	Locked  bool     `json:"locked"`
	Form    web.Form `json:"form"`
	Kinds   []option
	Starts  momentField
	Ends    momentField
	Groups  []siteGroup
	Sites   int    // of all worksites
	Scopes  bool   // the worksites lie in several zones
	Scope   string // the one chosen
	Title   string
}

func (s *Store) serveNew(w http.ResponseWriter, r *http.Request) error {
	return s.editPage(w, r, "", web.Form{}, http.StatusOK)
}

func (s *Store) serveEdit(w http.ResponseWriter, r *http.Request) error {
	return s.editPage(w, r, r.PathValue("strike"), web.Form{}, http.StatusOK)
}

func (s *Store) editPage(w http.ResponseWriter, r *http.Request, id string, f web.Form, status int) error {
	ctx, tr := r.Context(), web.Text(r)
	v := editView{ID: id, Form: f, State: Draft}
	_, err := db.InRead(ctx, s.d, func(tx *db.Tx) (struct{}, error) {
		b, err := s.open(ctx, tx)
		if err != nil {
			return struct{}{}, err
		}
		a := &Action{Kind: Strike}
		if id != "" {
			if a, err = b.one(r); err != nil {
				return struct{}{}, err
			}
			v.Version, v.State, v.Locked = a.FactsVersion, a.State, b.unlocked(a) != nil
		}
		typed := f.Values
		if typed == nil {
			typed = url.Values{}
		}
		kind, ids := Kind(typed.Get("kind")), typed["sites"]
		if f.Values == nil {
			kind, ids = a.Kind, a.SiteIDs()
			v.Title, v.Scope = a.Title, a.StartScope
		} else {
			v.Title, v.Scope = typed.Get("title"), typed.Get("scope")
		}
		for _, k := range Kinds {
			v.Kinds = append(v.Kinds, option{string(k), tr.T("strike.kind." + string(k)), k == kind})
		}
		v.Starts = b.momentOf(tr, typed, "starts", a.Starts, f.Error("starts"))
		v.Ends = b.momentOf(tr, typed, "ends", a.Ends, f.Error("ends"))
		v.Groups, v.Sites = b.groups(tr, ids, typed["region"]), len(b.sites)
		zones := map[string]bool{}
		for _, one := range b.sites {
			zones[one.Zone] = true
		}
		v.Scopes = len(zones) > 1
		return struct{}{}, nil
	})
	if err != nil {
		return err
	}
	return web.Page(w, r, web.View{Page: "strike-edit", Title: "strike.title", Status: status, Body: v})
}

// readWish reads the form. The end's zone is the start's.
func (s *Store) readWish(r *http.Request) (Wish, error) {
	q := r.PostForm
	if q == nil {
		if err := r.ParseForm(); err != nil {
			return Wish{}, fault.New(fault.Invalid, "strike.form")
		}
		q = r.PostForm
	}
	q.Set("ends_zone", q.Get("starts_zone"))
	w := Wish{Kind: Kind(q.Get("kind")), Title: strings.TrimSpace(q.Get("title")), Scope: q.Get("scope")}
	var problems [2]*fault.Error
	w.Starts, problems[0] = readMoment(q, "starts")
	w.Ends, problems[1] = readMoment(q, "ends")
	b, err := db.InRead(r.Context(), s.d, func(tx *db.Tx) (*book, error) { return s.open(r.Context(), tx) })
	if err != nil {
		return w, err
	}
	w.Sites = b.readSites(q, q.Get("starts_date"))
	if w.Title == "" {
		w.Title = web.Text(r).T("strike.kind." + string(w.Kind))
	}
	return w, fault.Join(problems[:]...)
}

// takeNew serves POST /strike/new: the wish is put on file, and planned at once unless it is to stay a draft.
func (s *Store) takeNew(w http.ResponseWriter, r *http.Request) error {
	wish, err := s.readWish(r)
	draft := r.PostFormValue("draft") != ""
	if err == nil && !draft {
		err = incomplete(wish)
	}
	id := ""
	if err == nil {
		id, err = s.Make(r.Context(), wish)
	}
	if f, ok := web.Refill(r, err); ok {
		return s.editPage(w, r, "", f, http.StatusUnprocessableEntity)
	} else if err != nil {
		return err
	}
	if !draft {
		if err := s.Take(r.Context(), id, Plan, 1); err != nil {
			return err
		}
	}
	return back(w, r, id, "strike.said.saved")
}

// takeEdit serves POST /strike/{strike}/edit.
func (s *Store) takeEdit(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("strike")
	wish, err := s.readWish(r)
	version, _ := strconv.Atoi(r.PostFormValue("version")) // a wrong one is a stale one
	if err == nil {
		err = s.Change(r.Context(), id, version, wish)
	}
	if f, ok := web.Refill(r, err); ok {
		return s.editPage(w, r, id, f, http.StatusUnprocessableEntity)
	} else if err != nil {
		return err
	}
	return back(w, r, id, "strike.said.saved")
}
