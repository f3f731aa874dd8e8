// SPDX-License-Identifier: Apache-2.0

package line

import (
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/tenday/tenday/internal/auth"
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
	l, err := db.InRead(r.Context(), h.d, func(tx *db.Tx) (*Line, error) {
		l, _, err := h.lead(r.Context(), tx, r.PathValue("line"))
		return l, err
	})
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
	if _, err := db.InRead(r.Context(), h.d, func(tx *db.Tx) (*Line, error) { // before a byte of the picture is read
		l, _, err := h.lead(r.Context(), tx, r.PathValue("line"))
		return l, err
	}); err != nil {
		return err
	}
	photo, err := photoIn(r)
	if err != nil {
		return err
	}
	_, err = h.Capture(r.Context(), Incident{ID: r.PostFormValue("id"), Line: r.PathValue("line"), Kind: r.PostFormValue("kind"), Privileged: r.PostFormValue("privileged") != ""},
		strings.TrimSpace(r.PostFormValue("text")), photo)
	if f, ok := web.Refill(r, err); ok {
		return h.capturePage(w, r, f, http.StatusUnprocessableEntity)
	} else if err != nil {
		return err
	}
	web.Say(w, r, web.Flash{Key: "line.said.incident"})
	return h.dayDone(w, r)
}

// photoIn returns the picture of a form, nil for none. All of the form stays in memory: no plain copy of a picture is written to a disk.
func photoIn(r *http.Request) ([]byte, error) {
	if err := r.ParseMultipartForm(65 << 20); err != nil { // the most that an upload holds
		return nil, fault.New(fault.Invalid, "web.unreadable")
	}
	file, _, err := r.FormFile("photo")
	if err != nil {
		return nil, nil //nolint:nilerr // a form without a picture
	}
	defer file.Close()
	photo, err := io.ReadAll(io.LimitReader(file, mostPhoto+1))
	if err != nil {
		return nil, fault.New(fault.Invalid, "web.unreadable")
	}
	if len(photo) > mostPhoto {
		return nil, fault.New(fault.TooLarge, "web.too_large")
	}
	return photo, nil
}

// attach serves POST /incidents/{incident}/upload: a picture that comes later.
func (h handler) attach(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("incident")
	if _, err := db.InRead(r.Context(), h.d, func(tx *db.Tx) (*Incident, error) { return h.Store.incident(r.Context(), tx, id) }); err != nil {
		return err
	}
	photo, err := photoIn(r)
	if err == nil {
		err = h.Attach(r.Context(), id, photo)
	}
	if f, ok := web.Refill(r, err); ok {
		return h.incidentPage(w, r, f, http.StatusUnprocessableEntity)
	} else if err != nil {
		return err
	}
	web.Say(w, r, web.Flash{Key: "line.said.attached"})
	return web.Done(w, r, "/incidents/"+url.PathEscape(id), nil)
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
	Own      bool
	Acts     []string // what the caller may do about it
	Export   bool
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
	judge, err := db.InRead(r.Context(), h.d, func(tx *db.Tx) (bool, error) { return h.judges(r.Context(), tx, in) })
	if err != nil {
		return err
	}
	if judge {
		v.Acts = IncidentState(in.State).Acts()
	}
	_, reads := auth.By(r.Context()).Reach(mayIncident)
	_, exports := auth.By(r.Context()).Reach(auth.Export)
	v.Export, v.Own = reads && exports, in.By == auth.By(r.Context()).Account
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

// judge serves POST /incidents/{incident}/{act}: review, close or reopen.
func (h handler) judge(w http.ResponseWriter, r *http.Request) error {
	act, id := r.PathValue("act"), r.PathValue("incident")
	if act != Review && act != Close && act != Reopen {
		return fault.New(fault.Missing, "web.missing")
	}
	if err := h.Judge(r.Context(), id, act); err != nil {
		return err
	}
	web.Say(w, r, web.Flash{Key: "line.said.incident_" + act})
	return web.Done(w, r, "/incidents/"+url.PathEscape(id), nil)
}

// export serves GET /incidents/{incident}/export: an archive for counsel.
func (h handler) export(w http.ResponseWriter, r *http.Request) error {
	return h.ExportIncident(r.Context(), r.PathValue("incident"), func() io.Writer {
		w.Header().Set("Content-Type", "application/zip")
		w.Header().Set("Content-Disposition", `attachment; filename="incident.zip"`)
		w.Header().Set("Cache-Control", "private, no-store")
		return w
	})
}
