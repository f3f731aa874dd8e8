// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/web"
)

// importRoutes are the pages of lists and of duplicates.
func (s *Store) importRoutes() []web.Route {
	list, revert, pair := auth.Need(auth.ListImport), auth.Need(auth.ListRevert), auth.Need(auth.PairDecide)
	return []web.Route{
		{Pattern: "GET /lists", Access: list, Handler: s.serveLists},
		{Pattern: "GET /lists/compare", Access: list, Handler: s.serveCompare},
		{Pattern: "GET /lists/upload", Access: list, Handler: s.serveUpload},
		{Pattern: "POST /lists/upload", Access: list, Handler: s.takeUpload},
		{Pattern: "GET /lists/{id}", Access: list, Handler: s.serveList},
		{Pattern: "GET /lists/{id}/columns", Access: list, Handler: s.serveColumns},
		{Pattern: "POST /lists/{id}/columns", Access: list, Handler: s.takeColumns},
		{Pattern: "POST /lists/{id}/sheet", Access: list, Handler: s.takeSheet},
		{Pattern: "GET /lists/{id}/rows", Access: list, Handler: s.serveRows},
		{Pattern: "POST /lists/{id}/rows", Access: list, Handler: s.takeRows},
		{Pattern: "GET /lists/{id}/absent", Access: list, Handler: s.serveAbsent},
		{Pattern: "POST /lists/{id}/absent", Access: list, Handler: s.takeAbsent},
		{Pattern: "POST /lists/{id}/worksites", Access: auth.Need(auth.RosterEdit), Handler: s.takeSites},
		{Pattern: "POST /lists/{id}/preview", Access: list, Handler: s.work("preview")},
		{Pattern: "POST /lists/{id}/apply", Access: list, Handler: s.work("apply")},
		{Pattern: "POST /lists/{id}/override", Access: list, Handler: s.takeOverride},
		{Pattern: "POST /lists/{id}/confirm", Access: list, Handler: s.takeConfirm},
		{Pattern: "POST /lists/{id}/discard", Access: list, Handler: s.takeDiscard},
		{Pattern: "GET /lists/{id}/undo", Access: revert, Handler: s.serveUndo},
		{Pattern: "POST /lists/{id}/undo", Access: revert, Handler: s.work("undo")},
		{Pattern: "GET /duplicates", Access: pair, Handler: s.servePairs},
		{Pattern: "POST /duplicates/find", Access: pair, Handler: s.takeFindPairs},
		{Pattern: "GET /duplicates/{id}", Access: pair, Handler: s.servePair},
		{Pattern: "POST /duplicates/{id}/merge", Access: pair, Handler: s.takeMerge},
		{Pattern: "POST /duplicates/{id}/different", Access: pair, Handler: s.takeDifferent},
		{Pattern: "POST /duplicates/{id}/unmerge", Access: pair, Handler: s.takeUnmerge},
	}
}

// patience is how long a form waits for its work before it shows how far it is.
const patience = 1500 * time.Millisecond

func listPath(id string) string { return "/lists/" + id }

// work serves POST /lists/{id}/preview, /apply and /undo: the work goes on when the reader leaves.
func (s *Store) work(verb string) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		id := r.PathValue("id")
		ended, err := s.Begin(r.Context(), id, verb, patience)
		if err != nil {
			return err
		}
		if ended && verb == "apply" {
			web.Say(w, r, web.Flash{Key: "roster.list.applied_flash", Undo: listPath(id) + "/undo"})
		}
		return web.Done(w, r, listPath(id), nil)
	}
}

type uploadView struct {
	Steps []stepView `json:"-"`
	Form  web.Form   `json:"form"`
}

func (s *Store) serveUpload(w http.ResponseWriter, r *http.Request) error {
	return uploadPage(w, r, web.Form{Values: url.Values{}}, http.StatusOK)
}

func uploadPage(w http.ResponseWriter, r *http.Request, f web.Form, status int) error {
	return web.Page(w, r, web.View{
		Page: "import-upload", Title: "roster.list.upload", Status: status,
		Body: uploadView{Steps: stepsOf(r, 0), Form: f},
	})
}

// takeUpload serves POST /lists/upload. The file is read in memory, never written beside the database.
func (s *Store) takeUpload(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseMultipartForm(65 << 20); err != nil {
		if !errors.Is(err, http.ErrNotMultipart) {
			return err
		}
	}
	id, err := s.upload(r)
	if err != nil {
		f, ok := web.Refill(r, err)
		if !ok {
			return err
		}
		return uploadPage(w, r, f, http.StatusUnprocessableEntity)
	}
	return web.Done(w, r, listPath(id)+"/columns", map[string]string{"id": id})
}

func (s *Store) upload(r *http.Request) (string, error) {
	day, err := ParseDate(r.PostFormValue("as_of"))
	if err != nil || day.IsZero() {
		return "", fault.Field("as_of", "roster.list.as_of_needed")
	}
	file, header, err := r.FormFile("file")
	if err != nil {
		return "", fault.Field("file", "roster.list.file_needed")
	}
	defer file.Close()
	id, err := s.Upload(r.Context(), ListKind(r.PostFormValue("kind")), header.Filename, file, header.Size)
	if err != nil {
		return "", err
	}
	// A day that is too old is said on the page of the columns, where it can be changed; the file is kept.
	if err := s.SetAsOf(r.Context(), id, day, false); err != nil && fault.CodeOf(err) != fault.Invalid {
		return "", err
	}
	return id, nil
}

func (s *Store) takeColumns(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	i, err := s.Import(r.Context(), id)
	if err != nil {
		return err
	}
	err = s.readColumns(r, i)
	if err == nil {
		_, err = s.Begin(r.Context(), id, "preview", patience)
	}
	if err != nil {
		f, ok := web.Refill(r, err)
		if !ok {
			return err
		}
		return s.columnsPage(w, r, f, http.StatusUnprocessableEntity)
	}
	return web.Done(w, r, listPath(id), nil)
}

func (s *Store) readColumns(r *http.Request, i *Import) error {
	day, err := ParseDate(r.PostFormValue("as_of"))
	if err != nil {
		return fault.Field("as_of", "roster.list.as_of_needed")
	}
	m := Mapping{Columns: i.Mapping.Columns}
	for c := range m.Columns {
		name := strconv.Itoa(c)
		f, err := ParseField(r.PostFormValue("field-" + name))
		if err != nil {
			return fault.Field("field-"+name, "roster.list.field_unknown")
		}
		m.Columns[c].Field = f
		if o := r.PostFormValue("order-" + name); o != "" {
			m.Columns[c].Order = Order(o)
		}
	}
	return errors.Join(s.SetMapping(r.Context(), i.ID, m), s.SetAsOf(r.Context(), i.ID, day, r.PostFormValue("historical") == "1"))
}

func (s *Store) takeSheet(w http.ResponseWriter, r *http.Request) error {
	if err := s.ChooseSheet(r.Context(), r.PathValue("id"), r.PostFormValue("sheet")); err != nil {
		return err
	}
	return web.Done(w, r, listPath(r.PathValue("id"))+"/columns", nil)
}

// takeRows serves POST /lists/{id}/rows: one decision for a row ("line"), for those ticked ("lines"), or for all that wait and
// score at least "from".
func (s *Store) takeRows(w http.ResponseWriter, r *http.Request) error {
	id, what := r.PathValue("id"), Decision(r.PostFormValue("what"))
	back := listPath(id) + "/rows?" + url.Values{"state": {r.PostFormValue("back_state")}, "kind": {r.PostFormValue("back_kind")}}.Encode()
	if from := r.PostFormValue("from"); from != "" {
		score, err := strconv.Atoi(from)
		if err != nil {
			return fault.Field("from", "roster.list.decision_unknown")
		}
		n, err := s.DecideAll(r.Context(), id, what, max(1, score))
		if err != nil {
			return err
		}
		web.Say(w, r, web.Flash{Key: "roster.list.decided", Args: map[string]any{"N": n}})
		return web.Done(w, r, back, map[string]int{"decided": n})
	}
	var all []Decided
	for _, v := range r.PostForm["line"] {
		// A button carries its whole decision: line, what, person.
		line, rest, _ := strings.Cut(v, " ")
		no, err := strconv.Atoi(line)
		if err != nil {
			return fault.New(fault.Invalid, "roster.list.decision_unknown")
		}
		d := Decided{Line: no, What: what}
		if rest != "" {
			one, person, _ := strings.Cut(rest, " ")
			d.What, d.Person = Decision(one), person
			all = []Decided{d} // the button, not the ticks beside it
			break
		}
		all = append(all, d)
	}
	if err := s.Decide(r.Context(), id, all); err != nil {
		return err
	}
	return web.Done(w, r, back, map[string]int{"decided": len(all)})
}

func (s *Store) takeAbsent(w http.ResponseWriter, r *http.Request) error {
	id, what := r.PathValue("id"), AbsentDecision(r.PostFormValue("what"))
	people := r.PostForm["person"]
	if len(people) == 0 && r.PostFormValue("all") == "" {
		return fault.New(fault.Invalid, "roster.list.nobody_ticked")
	}
	if r.PostFormValue("all") != "" {
		people = nil
	}
	if err := s.DecideAbsent(r.Context(), id, people, what); err != nil {
		return err
	}
	return web.Done(w, r, listPath(id)+"/absent", nil)
}

func (s *Store) takeOverride(w http.ResponseWriter, r *http.Request) error {
	if err := s.Override(r.Context(), r.PathValue("id"), r.PostFormValue("why")); err != nil {
		return err
	}
	return web.Done(w, r, listPath(r.PathValue("id")), nil)
}

func (s *Store) takeConfirm(w http.ResponseWriter, r *http.Request) error {
	if err := s.Confirm(r.Context(), r.PathValue("id")); err != nil {
		return err
	}
	return web.Done(w, r, listPath(r.PathValue("id")), nil)
}

func (s *Store) takeDiscard(w http.ResponseWriter, r *http.Request) error {
	if err := s.Discard(r.Context(), r.PathValue("id")); err != nil {
		return err
	}
	return web.Done(w, r, "/lists", nil)
}

// saw records that the people of ids were shown.
func (s *Store) saw(r *http.Request, verb, object string, ids []string) error {
	return s.log.Read(r.Context(), audit.Entry{Verb: verb, Object: object, Scope: "unit", Subjects: ids, Count: len(ids)})
}
