// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/internal/web"
)

// placeView is the form of a worksite.
type placeView struct {
	ID   string   `json:"id,omitempty"` // "" for a new one
	Form web.Form `json:"form"`

	tr *i18n.Translator
	at *placed
}

// Options are the options of a select.
func (v placeView) Options(name string) []option {
	var all []option
	put := func(value, label string) { all = append(all, option{value, label, value == v.Form.Value(name)}) }
	switch name {
	case "kind":
		for _, k := range []string{"clinic", "urgent_care", "hospital", "office"} {
			put(k, v.tr.T("roster.kind."+k))
		}
	case "status":
		for _, s := range []WorksiteStatus{Open, Closing, Closed} {
			put(string(s), v.tr.T("roster.site.is_"+string(s)))
		}
	case "patients_go_to":
		put("", v.tr.T("roster.people.not_said"))
		for i := range v.at.Sites {
			if w := &v.at.Sites[i]; w.ID != v.ID {
				put(w.ID, v.at.label(w))
			}
		}
	}
	return all
}

// texts are the fields of a worksite that are text, by the name that form and table give them.
func (w *Worksite) texts() map[string]*string {
	return map[string]*string{
		"name": &w.Name, "town": &w.Town, "address": &w.Address, "postal_city": &w.PostalCity, "state": &w.State,
		"county": &w.County, "zip": &w.ZIP, "tz": &w.Zone, "region": &w.Region, "kind": &w.Kind, "phone": &w.Phone, "opens": &w.Opens,
		"closes": &w.Closes, "open_days": &w.OpenDays, "status": (*string)(&w.Status), "patients_go_to": &w.PatientsGoTo,
	}
}

func (s *Store) placeForm(w http.ResponseWriter, r *http.Request, id string, form web.Form, status int) error {
	if err := wholeUnit(r.Context(), auth.RosterEdit); err != nil {
		return err
	}
	at, err := s.places(r.Context())
	if err != nil {
		return err
	}
	title := "roster.site.add"
	if id != "" {
		title = "roster.site.edit"
		site := at.ByID[id]
		if site == nil {
			return fault.New(fault.Missing, "roster.site.missing")
		}
		if form.Values == nil {
			form.Values = valuesOf(site)
		}
	} else if form.Values == nil {
		form.Values = url.Values{"tz": {"America/Chicago"}, "open_days": {"Mon-Fri"}}
		if len(at.Sites) > 0 {
			form.Values.Set("tz", at.Sites[0].Zone)
			form.Values.Set("state", at.Sites[0].State)
		}
	}
	return web.Page(w, r, web.View{Page: "worksite-edit", Title: title, Status: status, Body: placeView{ID: id, Form: form, tr: web.Text(r), at: at}})
}

func valuesOf(w *Worksite) url.Values {
	v := url.Values{"code": {w.Code}, "closes_on": {w.ClosesOn.String()}}
	for name, text := range w.texts() {
		v.Set(name, *text)
	}
	if w.Lat != 0 || w.Lng != 0 {
		v.Set("lat", strconv.FormatFloat(w.Lat, 'f', -1, 64))
		v.Set("lng", strconv.FormatFloat(w.Lng, 'f', -1, 64))
	}
	return v
}

// newWorksite serves GET /worksites/new, changeWorksite GET /worksites/{id}/edit.
func (s *Store) newWorksite(w http.ResponseWriter, r *http.Request) error {
	return s.placeForm(w, r, "", web.Form{}, http.StatusOK)
}

func (s *Store) changeWorksite(w http.ResponseWriter, r *http.Request) error {
	return s.placeForm(w, r, r.PathValue("id"), web.Form{}, http.StatusOK)
}

// fill sets a worksite's fields from a form; Code and the employer stay.
func (w *Worksite) fill(form url.Values) error {
	for name, text := range w.texts() {
		*text = clean(form.Get(name))
	}
	var problems []*fault.Error
	var err error
	if w.ClosesOn, err = ParseDate(form.Get("closes_on")); err != nil {
		problems = append(problems, fault.Field("closes_on", "roster.worksite.closes_on_needed"))
	}
	if w.Status == Open {
		w.ClosesOn, w.PatientsGoTo = Date{}, ""
	}
	for name, degrees := range map[string]*float64{"lat": &w.Lat, "lng": &w.Lng} {
		*degrees = 0
		if text := clean(form.Get(name)); !blank(text) {
			if *degrees, err = strconv.ParseFloat(text, 64); err != nil || !(math.Abs(*degrees) <= 180) { // nor NaN
				problems = append(problems, fault.Field(name, "roster.worksite.place_impossible"))
			}
		}
	}
	return fault.Join(problems...)
}

// createWorksite serves POST /worksites/new.
func (s *Store) createWorksite(w http.ResponseWriter, r *http.Request) error {
	if err := wholeUnit(r.Context(), auth.RosterEdit); err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return err
	}
	site := Worksite{ID: newID(), Code: clean(r.PostForm.Get("code"))}
	e, _, err := s.numbering(r.Context())
	if err != nil {
		return err
	}
	site.EmployerID = e.ID
	if err = site.fill(r.PostForm); err == nil {
		err = s.AddWorksites(r.Context(), []Worksite{site})
	}
	return s.placed303(w, r, "", site.ID, "roster.site.added", err)
}

// editWorksite serves POST /worksites/{id}.
func (s *Store) editWorksite(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	id := r.PathValue("id")
	return s.placed303(w, r, id, id, "roster.site.edited", s.EditWorksite(r.Context(), id, r.PostForm))
}

// placed303 leads to the worksite, or back to the form with what is wrong.
func (s *Store) placed303(w http.ResponseWriter, r *http.Request, id, to, said string, err error) error {
	if err == nil {
		web.Say(w, r, web.Flash{Key: said})
		return web.Done(w, r, "/worksites/"+to, map[string]string{"id": to})
	}
	form, ok := web.Refill(r, err)
	if !ok {
		return err
	}
	return s.placeForm(w, r, id, form, http.StatusUnprocessableEntity)
}

// EditWorksite changes a worksite to what the form says. Each change is journalled; when the region changes, so do the derived
// rows of everyone who works there. Errors: Forbidden but for the whole unit, whose facts worksites are (a region is somebody's
// reach); Missing, Invalid by field, Conflict.
func (s *Store) EditWorksite(ctx context.Context, id string, form url.Values) error {
	if err := wholeUnit(ctx, auth.RosterEdit); err != nil {
		return err
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		all, err := worksites(ctx, tx)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(w Worksite) bool { return w.ID == id })
		if i < 0 {
			return fault.New(fault.Missing, "roster.site.missing")
		}
		was, now := all[i], all[i]
		if err := now.fill(form); err != nil {
			return err
		}
		if err := now.check(); err != nil {
			return err
		}
		by := byHand(ctx)
		put := func(column string, before, after any) error {
			if before == after {
				return nil
			}
			return set(ctx, tx, by, field{table: "worksite", id: id, column: column, before: before, after: after})
		}
		// A worksite that closes has a day: the day comes before the status, and goes after it.
		closes := func() error { return put("closes_on", was.ClosesOn.String(), now.ClosesOn.String()) }
		if now.Status != Open {
			if err := closes(); err != nil {
				return err
			}
		}
		to := now.texts()
		for column, text := range was.texts() {
			if err := put(column, *text, *to[column]); err != nil {
				return err
			}
		}
		if now.Status == Open {
			err = closes()
		}
		if err := errors.Join(err, put("lat", was.Lat, now.Lat), put("lng", was.Lng, now.Lng)); err != nil {
			return err
		}
		if was.Region != now.Region {
			if err := s.refreshSite(ctx, tx, id); err != nil {
				return err
			}
		}
		if err := changed(ctx, tx); err != nil {
			return err
		}
		_, err = audit.Append(ctx, tx, audit.Entry{Verb: "worksite.edit", Object: "worksite:" + id, Count: 1})
		return err
	})
}

func (s *Store) refreshSite(ctx context.Context, tx *db.Tx, id string) error {
	people, err := db.Strings(ctx, tx, `SELECT person_id FROM person_site WHERE worksite_id = $1 ORDER BY person_id`, id)
	if err != nil {
		return fmt.Errorf("read people of the worksite: %w", err)
	}
	today, err := s.today(ctx, tx)
	if err != nil {
		return err
	}
	return errors.Join(refresh(ctx, tx, today, slices.Clone(people)), s.tell(ctx, tx, people))
}
