// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/internal/web"
	"github.com/tenday/tenday/internal/work"
)

// stepView is one step of a list's way, for the partial "steps".
type stepView struct {
	Text          string
	Done, Current bool
}

func stepsOf(r *http.Request, at int) []stepView {
	var out []stepView
	for i, key := range []string{"upload", "columns", "preview", "applied"} {
		out = append(out, stepView{web.Text(r).T("roster.list.step." + key), i < at, i == at})
	}
	return out
}

// listView is the page of one list, whatever its state.
type listView struct {
	List   *Import        `json:"list"`
	Tally  *Tally         `json:"tally,omitempty"`
	Work   *work.Progress `json:"work,omitempty"`
	Failed string         `json:"failed,omitempty"` // what the work ended with
	Same   string         `json:"same_file,omitempty"`
	Kept   []keptView     `json:"kept,omitempty"`
	Steps  []stepView     `json:"-"`
	Tiles  []tile         `json:"-"`
	Stops  []string       `json:"stops,omitempty"`
	Notes  []noteCount    `json:"-"`
	Bad    []ListRow      `json:"-"` // rows set aside or with cells that cannot be read
	Rules  []UnitRule     `json:"-"`
	Second bool           `json:"-"` // the reader may confirm what another asked for

	MaySites bool `json:"-"` // the reader may add worksites
	Undo     bool `json:"-"`
	places   map[string]string
	tr       *i18n.Translator
}

type tile struct {
	Label, Value, Of, Under, Href, Tone string
	Pct                                 int
}

type noteCount struct {
	Field, Note string
	N           int
}

type keptView struct {
	Kept
	Name string `json:"name,omitempty"`
}

// serveList serves GET /lists/{id}: the columns until they are said, how far the work is, the preview, what was applied or
// undone.
func (s *Store) serveList(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	p, ok := s.works.Look(id, !web.ByScript(r)) // before the list is read: when it says that the work has ended, the list says so too
	i, err := s.Import(r.Context(), id)
	if err != nil {
		return err
	}
	v := &listView{List: i, tr: web.Text(r), Rules: UnitRules, MaySites: reach(r.Context(), auth.RosterEdit).All}
	if ok && !p.Ended {
		v.Work = &p
	} else if ok && p.Err != nil {
		v.Failed = web.ProblemOf(v.tr, p.Err).Text
	}
	if v.Work == nil && v.Failed == "" && (i.State == ListUploaded || i.State == ListMapped) {
		return s.columnsPage(w, r, web.Form{Values: url.Values{}}, http.StatusOK)
	}
	if err := s.fill(r, v); err != nil {
		return err
	}
	return web.Page(w, r, web.View{Page: "import", Title: "roster.list.one", Renew: 2 * bit(v.Work != nil), Body: v})
}

// fill reads what the page shows beside the list itself.
func (s *Store) fill(r *http.Request, v *listView) error {
	ctx, i := r.Context(), v.List
	at := map[ImportState]int{ListPreviewed: 2, ListStopped: 2, ListApplied: 4, ListReverted: 4}[i.State]
	if v.Work != nil {
		at = map[string]int{"preview": 2, "apply": 3, "undo": 4}[v.Work.Verb]
	}
	v.Steps = stepsOf(r, at)
	var err error
	if v.Same, err = s.SameFile(ctx, i); err != nil {
		return err
	}
	if v.places, err = s.towns(ctx); err != nil {
		return err
	}
	v.Second = i.OverrideWhy != "" && i.OverrideBy != audit.By(ctx).Account
	_, err = auth.Allowed(ctx, auth.ListRevert)
	v.Undo = err == nil
	if v.Work != nil || i.State == ListDiscarded {
		return nil
	}
	if v.Tally, err = s.Tally(ctx, i.ID); err != nil {
		return err
	}
	v.tiles()
	for _, st := range i.Summary.Stops {
		args := map[string]any{"Field": v.tr.T("roster.field." + st.Field), "N": st.N, "Of": st.Of, "Line": st.Line}
		v.Stops = append(v.Stops, v.tr.M("roster.list.stop."+st.Rule, args))
	}
	for _, key := range sortedKeys(i.Summary.Notes) {
		field, note := cutSpace(key)
		v.Notes = append(v.Notes, noteCount{field, note, i.Summary.Notes[key]})
	}
	if v.Bad, _, _, err = s.Rows(ctx, i.ID, RowFilter{Problems: true}); err != nil {
		return err
	}
	var ids []string
	for _, b := range v.Bad {
		ids = append(ids, b.PersonID)
	}
	if i.Summary.Undone != nil {
		for _, k := range i.Summary.Undone.Kept {
			ids = append(ids, k.Person)
		}
		names, err := s.names(ctx, ids)
		if err != nil {
			return err
		}
		for _, k := range i.Summary.Undone.Kept {
			v.Kept = append(v.Kept, keptView{k, names[k.Person]})
		}
	}
	return s.saw(r, "list.read", "list:"+i.ID, ids)
}

// tiles are the counts, each leading to its rows.
func (v *listView) tiles() {
	id, t := v.List.ID, v.Tally
	rows := func(q string) string { return listPath(id) + "/rows?" + q }
	add := func(key string, n, of int, href, tone string) {
		if n == 0 && key != "new" && key != "absent" {
			return
		}
		x := tile{Label: v.tr.T("roster.list.tile." + key), Value: v.tr.Int(n), Under: v.tr.T("roster.list.under." + key), Href: href, Tone: tone, Pct: -1}
		if of > 0 {
			x.Of = v.tr.T("roster.list.of", "Of", v.tr.Int(of))
		}
		v.Tiles = append(v.Tiles, x)
	}
	waiting := t.States[RowProposed]
	add("waiting", waiting, 0, rows("state=proposed"), "warn")
	if v.List.Kind == EmployerList {
		add("new", t.Kinds[NewRow], v.List.RowsTotal, rows("kind=new"), "")
		add("absent", t.AbsentAll(), 0, listPath(id)+"/absent", "")
	}
	for _, k := range []Kind{
		Moved, Renamed, FTEChange, ShiftOther, JobChange, LeaveOther, PhoneOther, EmailOther, PersMail, GoesBy, Pronoun, Speaks, Signed,
		ZIPChange, NumberKind, Returned, SecondJob, JobGone, TitleAsks, NoWorksite, Conflict, Possible, Stranger, Unread, Repeat,
	} {
		tone := ""
		if k == Unread || k == Conflict {
			tone = "warn"
		}
		add(string(k), t.Kinds[k], 0, rows("kind="+string(k)), tone)
	}
	add("held", t.States[RowHeld], 0, rows("state=held"), "")
	add("skipped", t.States[RowSkipped], 0, rows("state=skipped"), "")
}

// Closing names the worksites from which everybody moved.
func (v *listView) Closing() []string {
	var out []string
	for _, code := range v.List.Summary.Closing {
		out = append(out, v.places[code])
	}
	return out
}

// Problem says what is wrong with one cell.
func (v *listView) Problem(f Finding) string { return problemText(v.tr, f) }

// Linked is how many rows were linked to a person on file.
func (v *listView) Linked() int { return v.List.Summary.States[string(RowLinked)] }

func problemText(tr *i18n.Translator, f Finding) string {
	return tr.T("roster.field."+f.Field.String()) + ": " + f.Value + " " + tr.T("roster.problem."+f.Code)
}

// towns returns the town of each worksite code.
func (s *Store) towns(ctx context.Context) (map[string]string, error) {
	all, err := s.Worksites(ctx)
	out := map[string]string{}
	for _, w := range all {
		out[w.Code] = w.Town
	}
	return out, err
}

type columnsView struct {
	List    *Import    `json:"list"`
	Columns *Columns   `json:"columns"`
	Steps   []stepView `json:"-"`
	Form    web.Form   `json:"form"`
	Same    string     `json:"same_file,omitempty"`
	Today   string     `json:"-"`
	tr      *i18n.Translator
}

func (s *Store) serveColumns(w http.ResponseWriter, r *http.Request) error {
	return s.columnsPage(w, r, web.Form{Values: url.Values{}}, http.StatusOK)
}

func (s *Store) columnsPage(w http.ResponseWriter, r *http.Request, f web.Form, status int) error {
	id := r.PathValue("id")
	i, err := s.Import(r.Context(), id)
	if err != nil {
		return err
	}
	if err := nextList.check(i.State, ListMapped); err != nil && i.State != ListMapped {
		return err
	}
	v := columnsView{List: i, Steps: stepsOf(r, 1), Form: f, Today: web.Now(r).Format("2006-01-02"), tr: web.Text(r)}
	if v.Columns, err = s.Columns(r.Context(), id); err != nil {
		return err
	}
	if v.Same, err = s.SameFile(r.Context(), i); err != nil {
		return err
	}
	if err := s.log.Read(r.Context(), audit.Entry{Verb: "list.columns", Object: "list:" + id}); err != nil {
		return err
	}
	return web.Page(w, r, web.View{Page: "import-columns", Title: "roster.list.columns", Status: status, Body: &v})
}

// Choice is one option of a select.
type Choice struct {
	Value, Label string
	Selected     bool
}

// Fields are what column c may be read as.
func (v *columnsView) Fields(c int) []Choice {
	now := v.List.Mapping.Columns[c].Field
	if t := v.Form.Values["field-"+strconv.Itoa(c)]; len(t) > 0 {
		now, _ = ParseField(t[0]) // what was typed is shown again, right or wrong
	}
	out := []Choice{{"", v.tr.T("roster.list.not_read"), now == NoField}}
	for _, f := range Fields() {
		out = append(out, Choice{f.String(), v.tr.T("roster.field." + f.String()), f == now})
	}
	return out
}

// Orders are the orders in which the names or dates of column c may stand, nil where there is no choice.
func (v *columnsView) Orders(c int) []Choice {
	col := v.List.Mapping.Columns[c]
	var all []Order
	switch col.Field {
	case FieldFullName:
		all = []Order{LastFirst, FirstLast}
	case FieldHireDate, FieldEffectiveDate, FieldCardSignedOn, FieldSubmittedOn:
		all = []Order{MDY, DMY}
	}
	var out []Choice
	for _, o := range all {
		out = append(out, Choice{string(o), v.tr.T("roster.list.order." + string(o)), o == col.Order})
	}
	return out
}

// Samples are the values of column c that say something.
func (v *columnsView) Samples(c int) []string { return v.Columns.Samples[c] }

type rowsView struct {
	List   *Import           `json:"list"`
	Rows   []ListRow         `json:"rows"`
	Kind   Kind              `json:"kind,omitempty"`
	State  RowState          `json:"state,omitempty"`
	Next   string            `json:"next,omitempty"`
	Names  map[string]string `json:"-"`
	Open   bool              `json:"open"` // decisions may be taken
	places map[string]string
	tr     *i18n.Translator
}

func (s *Store) serveRows(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	i, err := s.Import(r.Context(), id)
	if err != nil {
		return err
	}
	v := &rowsView{List: i, Kind: Kind(r.FormValue("kind")), State: RowState(r.FormValue("state")), tr: web.Text(r)}
	after, err := strconv.Atoi("0" + r.FormValue("after"))
	if err != nil {
		return fault.New(fault.Missing, "web.missing")
	}
	var more bool
	if v.Rows, v.Names, more, err = s.Rows(r.Context(), id, RowFilter{Kind: v.Kind, State: v.State, After: after}); err != nil {
		return err
	}
	if more {
		q := url.Values{"kind": {string(v.Kind)}, "state": {string(v.State)}, "after": {strconv.Itoa(v.Rows[len(v.Rows)-1].Line)}}
		v.Next = listPath(id) + "/rows?" + q.Encode()
	}
	v.Open = i.State == ListPreviewed || i.State == ListStopped
	if v.places, err = s.towns(r.Context()); err != nil {
		return err
	}
	ids := sortedKeys(v.Names)
	if err := s.saw(r, "list.rows", "list:"+id, ids); err != nil {
		return err
	}
	return web.Page(w, r, web.View{Page: "import-rows", Title: "roster.list.rows", Body: v})
}

// Head says which rows these are.
func (v *rowsView) Head() string {
	switch {
	case v.State == RowProposed:
		return v.tr.T("roster.list.tile.waiting")
	case v.Kind != "":
		return v.tr.T("roster.list.tile." + string(v.Kind))
	case v.State != "":
		return v.tr.T("roster.row." + string(v.State))
	}
	return v.tr.T("roster.list.rows")
}

// Why returns the reasons of a candidate in words.
func (v *rowsView) Why(c Candidate) []string { return reasonTexts(v.tr, c.Reasons) }

// Problem says what is wrong with one cell.
func (v *rowsView) Problem(f Finding) string { return problemText(v.tr, f) }

// Value shows one side of a difference: worksites by their town, words of tables in the reader's language.
func (v *rowsView) Value(k Kind, value string) string {
	switch k {
	case Moved, SecondJob, JobGone:
		if town := v.places[value]; town != "" {
			return town
		}
	case ShiftOther:
		if value != "" {
			return v.tr.T("roster.shift." + value)
		}
	case LeaveOther:
		return v.tr.T("roster.list.leave." + value)
	case HireOther, Signed, Returned:
		if d, err := ParseDate(value); err == nil && !d.IsZero() {
			return v.tr.ISODay(value)
		}
	}
	return value
}

// Place is the town of a row's worksite.
func (v *rowsView) Place(code string) string { return v.places[code] }

func reasonTexts(tr *i18n.Translator, all []Reason) []string {
	var out []string
	for _, r := range all {
		args := map[string]any{}
		for k, value := range r.Args {
			if k == "system" {
				value = tr.T("roster.field." + value)
			}
			args[k] = value
		}
		out = append(out, tr.M("roster.reason."+r.Code, args))
	}
	return out
}

type absentView struct {
	List   *Import        `json:"list"`
	People []AbsentPerson `json:"people"`
	Open   bool           `json:"open"`
}

func (s *Store) serveAbsent(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	i, err := s.Import(r.Context(), id)
	if err != nil {
		return err
	}
	v := absentView{List: i, Open: i.State == ListPreviewed || i.State == ListStopped}
	if v.People, err = s.Absents(r.Context(), id); err != nil {
		return err
	}
	var ids []string
	for _, p := range v.People {
		ids = append(ids, p.PersonID)
	}
	if err := s.saw(r, "list.absent_read", "list:"+id, ids); err != nil {
		return err
	}
	return web.Page(w, r, web.View{Page: "import-absent", Title: "roster.list.tile.absent", Body: v})
}
