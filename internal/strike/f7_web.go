// SPDX-License-Identifier: Apache-2.0

package strike

import (
	"errors"
	"io"
	"net/http"
	"net/url"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/internal/web"
	"github.com/tenday/tenday/notice"
)

// f7View is the page of the worksheet.
type f7View struct {
	*f7Sheet
	Parts    []partView  `json:"-"`
	Form     web.Form    `json:"form"`
	When     momentField `json:"-"`
	Ref      string      `json:"ref"`
	File     string      `json:"file,omitempty"`
	Received string      `json:"received,omitempty"`
	MayAct   bool        `json:"-"`
}

// partView is one section as the page shows it.
type partView struct {
	Number int
	Label  string
	Shown  []map[string]any // for the shared partial of a field
}

func (v f7View) parts(tr *i18n.Translator) []partView {
	var out []partView
	for i, p := range v.f7Sheet.Parts {
		one := partView{Number: i + 1, Label: tr.T("papers.f7.part." + p.ID)}
		for _, a := range p.Fields {
			one.Shown = append(one.Shown, v.field(tr, a))
		}
		out = append(out, one)
	}
	return out
}

func (v f7View) field(tr *i18n.Translator, a f7Answer) map[string]any {
	value := a.Value
	if v.Form.Values.Has(a.Name) {
		value = v.Form.Value(a.Name)
	}
	f := map[string]any{
		"Name": a.Name, "Label": tr.T("papers.f7.field." + a.ID), "Type": map[string]string{"number": "text", "url": "text"}[a.Kind], "Value": value,
		"Asked": a.Required, "Hint": "", "Error": v.Form.Error(a.Name), "Inputmode": map[string]string{"number": "numeric"}[a.Kind], "Options": nil,
	}
	if f["Type"] == "" {
		f["Type"] = a.Kind
	}
	switch {
	case a.Known:
		f["Hint"] = tr.T("papers.f7.known")
	case a.Required && value == "":
		f["Hint"] = tr.T("papers.f7.asked")
	}
	if a.Choices != nil {
		options := []option{{Selected: value == ""}}
		for _, c := range a.Choices {
			options = append(options, option{c, tr.T("papers.f7." + a.ID + "." + c), value == c})
		}
		f["Type"], f["Options"] = "select", options
	}
	return f
}

// serveF7 serves GET /f7/{notice}.
func (s *Store) serveF7(w http.ResponseWriter, r *http.Request) error {
	return s.f7Page(w, r, web.Form{}, http.StatusOK)
}

func (s *Store) f7Page(w http.ResponseWriter, r *http.Request, form web.Form, status int) error {
	ctx, tr := r.Context(), web.Text(r)
	v := f7View{Form: form, MayAct: may(ctx, mayAct)}
	if v.Form.Values == nil {
		v.Form.Values = url.Values{}
	}
	_, err := db.InRead(ctx, s.d, func(tx *db.Tx) (struct{}, error) {
		b, err := s.open(ctx, tx)
		if err != nil {
			return struct{}{}, err
		}
		if v.f7Sheet, err = b.worksheet(ctx, tx, r.PathValue("notice")); err != nil {
			return struct{}{}, err
		}
		received := notice.Moment{}
		if d := v.Filed; d != nil && d.State == Received {
			v.Ref, received, v.Received = d.ProofRef, d.Received, sayMoment(tr, d.Received)
			if d.File != nil {
				v.File = d.File.Name
			}
		}
		v.Parts = v.parts(tr)
		v.When = b.momentOf(tr, v.Form.Values, "received", received, v.Form.Error("received"))
		v.When.Label, v.When.Required = tr.T("papers.f7.when"), true
		return struct{}{}, nil
	})
	if err != nil {
		return err
	}
	// The worksheet names people of both sides.
	if err := s.log.Read(ctx, audit.Entry{Verb: "strike.worksheet_open", Object: "notice:" + v.Notice, Scope: "unit", Count: 1}); err != nil {
		return err
	}
	return web.Page(w, r, web.View{Page: "f7", Title: "papers.f7.title", Status: status, Body: v})
}

// takeF7 serves POST /f7/{notice}.
func (s *Store) takeF7(w http.ResponseWriter, r *http.Request) error {
	given := map[string]string{}
	for name := range r.PostForm {
		given[name] = r.PostFormValue(name)
	}
	id := r.PathValue("notice")
	if err := s.FillF7(r.Context(), id, given); err != nil {
		if f, ok := web.Refill(r, err); ok {
			return s.f7Page(w, r, f, http.StatusUnprocessableEntity)
		}
		return err
	}
	web.Say(w, r, web.Flash{Key: "papers.f7.kept"})
	return web.Done(w, r, "/f7/"+id, nil)
}

// takeConfirmation serves POST /f7/{notice}/upload: the portal's number, when it was given, and its page as a file.
func (s *Store) takeConfirmation(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseMultipartForm(ProofMost + 1<<20); err != nil && !errors.Is(err, http.ErrNotMultipart) {
		return err
	}
	id := r.PathValue("notice")
	at, problem := readMoment(r.PostForm, "received")
	var file Upload
	err := error(nil)
	if problem != nil {
		err = problem
	} else if file, err = oneFile(r); err == nil {
		err = s.ConfirmF7(r.Context(), id, r.PostFormValue("ref"), at, file)
	}
	if err != nil {
		if f, ok := web.Refill(r, err); ok {
			return s.f7Page(w, r, f, http.StatusUnprocessableEntity)
		}
		return err
	}
	web.Say(w, r, web.Flash{Key: "papers.f7.confirmed"})
	return web.Done(w, r, "/f7/"+id, nil)
}

// oneFile is the file of a form, the zero Upload where none was chosen.
func oneFile(r *http.Request) (Upload, error) {
	f, head, err := r.FormFile("file")
	if errors.Is(err, http.ErrMissingFile) || errors.Is(err, http.ErrNotMultipart) {
		return Upload{}, nil
	} else if err != nil {
		return Upload{}, err
	}
	defer f.Close()
	if head.Size > ProofMost {
		return Upload{}, fault.Field("file", "strike.file.size", "N", ProofMost>>20)
	}
	body, err := io.ReadAll(f)
	if err != nil {
		return Upload{}, err
	}
	return Upload{Name: head.Filename, Body: body}, nil
}
