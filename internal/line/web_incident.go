// SPDX-License-Identifier: Apache-2.0

package line

import (
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/web"
)

type captureView struct {
	Line  Line
	ID    string
	Kinds []option
	Form  web.Form
}

// captureForm serves GET /lines/{line}/incident.
func (h handler) captureForm(w http.ResponseWriter, r *http.Request) error {
	return h.capturePage(w, r, web.Form{}, http.StatusOK)
}

func (h handler) capturePage(w http.ResponseWriter, r *http.Request, f web.Form, status int) error {
	tr := web.Text(r)
	l, err := db.InRead(r.Context(), h.d, func(tx *db.Tx) (*Line, error) { return h.lead(r.Context(), tx, r.PathValue("line")) })
	if err != nil {
		return err
	}
	v := captureView{Line: *l, ID: newID(), Form: f}
	for _, k := range IncidentKinds {
		v.Kinds = append(v.Kinds, option{Value: k, Label: tr.T("line.incident." + k)})
	}
	return web.Page(w, r, web.View{Page: "lineincident", Title: "line.incident.title", Status: status, Body: v})
}

const mostPhoto = 20 << 20

// capture serves POST /lines/{line}/incident/upload.
func (h handler) capture(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseMultipartForm(1 << 20); err != nil {
		return fault.New(fault.Invalid, "web.unreadable")
	}
	var photo []byte
	if file, _, err := r.FormFile("photo"); err == nil {
		defer file.Close()
		if photo, err = io.ReadAll(io.LimitReader(file, mostPhoto+1)); err != nil {
			return fault.New(fault.Invalid, "web.unreadable")
		}
		if len(photo) > mostPhoto {
			return fault.New(fault.TooLarge, "web.too_large")
		}
	}
	_, err := h.Capture(r.Context(), Incident{ID: r.PostFormValue("id"), Line: r.PathValue("line"), Kind: r.PostFormValue("kind"), Privileged: r.PostFormValue("privileged") != ""},
		strings.TrimSpace(r.PostFormValue("text")), photo)
	if f, ok := web.Refill(r, err); ok {
		return h.capturePage(w, r, f, http.StatusUnprocessableEntity)
	} else if err != nil {
		return err
	}
	web.Say(w, r, web.Flash{Key: "line.said.incident"})
	return h.dayDone(w, r)
}

type incidentRow struct {
	Incident
	What, When string
}

// incidents serves GET /incidents.
func (h handler) incidents(w http.ResponseWriter, r *http.Request) error {
	all, err := h.Incidents(r.Context())
	if err != nil {
		return err
	}
	tr := web.Text(r)
	rows := []incidentRow{}
	for _, in := range all {
		rows = append(rows, incidentRow{in, tr.T("line.incident." + in.Kind), tr.Moment(in.At.In(web.Now(r).Location()))})
	}
	return web.Page(w, r, web.View{Page: "incidents", Title: "line.incidents.title", Body: rows})
}

type incidentView struct {
	incidentRow
	Versions []wordsRow
	Pics     []Picture
	Form     web.Form
}

type wordsRow struct {
	Words
	When string
}

// incident serves GET /incidents/{incident}.
func (h handler) incident(w http.ResponseWriter, r *http.Request) error {
	return h.incidentPage(w, r, web.Form{}, http.StatusOK)
}

func (h handler) incidentPage(w http.ResponseWriter, r *http.Request, f web.Form, status int) error {
	in, err := h.OneIncident(r.Context(), r.PathValue("incident"))
	if err != nil {
		return err
	}
	tr, zone := web.Text(r), web.Now(r).Location()
	v := incidentView{incidentRow: incidentRow{*in, tr.T("line.incident." + in.Kind), tr.Moment(in.At.In(zone))}, Pics: in.Pictures, Form: f}
	for _, x := range in.Words {
		v.Versions = append(v.Versions, wordsRow{x, tr.Moment(x.At.In(zone))})
	}
	return web.Page(w, r, web.View{Page: "incident", Title: "line.incident.one", Status: status, Body: v})
}

// describe serves POST /incidents/{incident}.
func (h handler) describe(w http.ResponseWriter, r *http.Request) error {
	get := func(f string) string { return strings.TrimSpace(r.PostFormValue(f)) }
	err := h.Describe(r.Context(), r.PathValue("incident"), Words{Text: get("text"), People: get("people"), Witnesses: get("witnesses")})
	if f, ok := web.Refill(r, err); ok {
		return h.incidentPage(w, r, f, http.StatusUnprocessableEntity)
	} else if err != nil {
		return err
	}
	web.Say(w, r, web.Flash{Key: "line.said.described"})
	return web.Done(w, r, "/incidents/"+url.PathEscape(r.PathValue("incident")), nil)
}

// picture serves GET /incident-pictures/{picture}; ?original=1 as it was taken.
func (h handler) picture(w http.ResponseWriter, r *http.Request) error {
	original := r.URL.Query().Get("original") != ""
	body, mime, err := h.Look(r.Context(), r.PathValue("picture"), original)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", mime)
	w.Header().Set("Cache-Control", "private, no-store")
	if original {
		w.Header().Set("Content-Disposition", "attachment")
	}
	_, _ = w.Write(body) // whoever asked has gone: nothing to answer
	return nil
}
