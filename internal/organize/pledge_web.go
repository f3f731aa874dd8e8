// SPDX-License-Identifier: Apache-2.0

package organize

import (
	"cmp"
	"context"
	"database/sql"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/internal/web"
)

func itoa(n int) string { return strconv.Itoa(n) }

func atoi(s string) (int, error) { return strconv.Atoi(strings.TrimSpace(s)) }

type pledgesView struct {
	Public   shareView    `json:"public"`
	Any      shareView    `json:"any"`
	Lines    []pledgeLine `json:"lines"`
	People   []pledgeRow  `json:"people"` // of the chosen worksite
	Sites    []option     `json:"-"`
	Site     string       `json:"-"`
	Path     string       `json:"-"`
	N        int          `json:"n"`
	List     int          `json:"list_version"`
	Text     string       `json:"text"`
	Version  int          `json:"text_version"`
	Written  string       `json:"-"`
	May      bool         `json:"-"` // write the text
	MaySend  bool         `json:"-"`
	TextForm []textField  `json:"-"`
	Form     web.Form     `json:"-"`
}

type textField struct{ Name, Label, Value, Error string }

type pledgeLine struct {
	Name        string `json:"name"`
	Href        string `json:"-"`
	Public, Any shareView
}

type pledgeRow struct {
	ID, Name, Under string
	Badge           badge
	Day             string
	Can             bool // has a personal address
}

// servePledges serves GET /pledges: the counts, and the people of one worksite.
func (s *Store) servePledges(w http.ResponseWriter, r *http.Request) error {
	return s.pledgesForm(w, r, r.URL.Query().Get("site"), web.Form{}, http.StatusOK)
}

func (s *Store) pledgesForm(w http.ResponseWriter, r *http.Request, site string, f web.Form, status int) error {
	ctx, tr := r.Context(), web.Text(r)
	reach, err := auth.Allowed(ctx, PledgeRead)
	if err != nil {
		return err
	}
	v := pledgesView{Site: site, Path: "/pledges?" + url.Values{"site": {site}}.Encode(), Form: f, May: reachOf(ctx, TestManage).All, MaySend: reachOf(ctx, AssessWrite).Ability != ""}
	var ids []string
	_, err = db.InRead(ctx, s.d, func(tx *db.Tx) (struct{}, error) {
		if err := s.fillPledges(ctx, tx, tr, reach, &v, r); err != nil {
			return struct{}{}, err
		}
		var err error
		if v.Site != "" || len(reach.Sets) > 0 && !reach.All {
			v.People, err = pledgeRows(ctx, tx, tr, reach, v.Site)
		}
		for _, p := range v.People {
			ids = append(ids, p.ID)
		}
		return struct{}{}, err
	})
	if err != nil {
		return err
	}
	if len(ids) > 0 {
		if err := s.seen(ctx, "pledge.list", "", reach, ids); err != nil {
			return err
		}
	}
	return web.Page(w, r, web.View{Page: "pledges", Title: "organize.pledges.title", Status: status, Body: v})
}

func (s *Store) fillPledges(ctx context.Context, tx *db.Tx, tr *i18n.Translator, reach auth.Reach, v *pledgesView, r *http.Request) error {
	ready, err := s.Readiness(ctx, tx, reach)
	if err != nil {
		return err
	}
	all, at, err := places(ctx, tx)
	if err != nil {
		return err
	}
	rules, err := RulesOf(ctx, tx)
	if err != nil {
		return err
	}
	goals := map[string]int{}
	for _, step := range rules.Ladder {
		goals[step.Key] = step.Pct
	}
	v.N, v.List = ready.All.Public.N, ready.All.Version
	v.Public, v.Any = shareOf(tr, ready.All.Public, goals["pledge_public"]), shareOf(tr, ready.All.Pledged, goals["pledge_private"])
	for _, one := range ready.Sites {
		line := pledgeLine{
			Name: tr.T("organize.no_site"), Public: shareOf(tr, one.Public, rules.SiteFloorPct), Any: shareOf(tr, one.Pledged, rules.SiteFloorPct),
			Href: "/pledges?site=" + url.QueryEscape(one.Site),
		}
		if p := at[one.Site]; p != nil {
			line.Name = p.Name
		}
		v.Lines = append(v.Lines, line)
	}
	slices.SortStableFunc(v.Lines, func(a, b pledgeLine) int {
		return cmp.Or(cmp.Compare(a.Public.X*b.Public.N, b.Public.X*a.Public.N), strings.Compare(a.Name, b.Name))
	})
	for _, p := range all {
		if slices.ContainsFunc(ready.Sites, func(one Ready) bool { return one.Site == p.ID }) {
			v.Sites = append(v.Sites, option{p.ID, p.Name, p.ID == v.Site})
		}
	}
	text, err := PledgeText(ctx, tx, 0)
	switch {
	case err == nil:
		v.Text, v.Version, v.Written = text.In(tr.Locale), text.Version, tr.Moment(text.At.In(web.Now(r).Location()))
	case fault.CodeOf(err) != fault.Missing: // none is written yet: the page says so
		return err
	}
	for _, l := range i18n.Locales {
		one := textField{Name: "text_" + l, Label: tr.T("organize.pledge.text_in." + l), Value: text.Texts[l], Error: v.Form.Error("text_" + l)}
		if v.Form.Values != nil {
			one.Value = v.Form.Value(one.Name)
		}
		v.TextForm = append(v.TextForm, one)
	}
	return nil
}

var pledgeBadges = map[PledgeState][2]string{PledgePublic: {"ok", "check"}, PledgePrivate: {"info", "check"}, Withdrawn: {"warn", "undo"}, NoPledge: {"", "unknown"}}

func pledgeRows(ctx context.Context, tx *db.Tx, tr *i18n.Translator, reach auth.Reach, site string) ([]pledgeRow, error) {
	var args db.Args
	from, where := among(reach, &args, "person_stand", "s", "person_now", "n")
	query := `SELECT s.person_id, n.given, n.family, COALESCE(w.town, ''), n.job_class, s.pledge, s.pledge_day, n.email <> ''` + from +
		` LEFT JOIN worksite w ON w.id = s.worksite_id` + where + ` AND s.in_unit = 1`
	if site != "" {
		query += ` AND s.worksite_id = ` + args.Add(site)
	}
	query += ` ORDER BY n.sort_key, s.person_id LIMIT ` + args.Add(mostBulk)
	return db.All(ctx, tx, func(r *sql.Rows) (p pledgeRow, err error) {
		var given, family, town, job, day string
		var state PledgeState
		err = r.Scan(&p.ID, &given, &family, &town, &job, &state, &day, &p.Can)
		look := pledgeBadges[state]
		p.Name, p.Under, p.Badge, p.Day = given+" "+family, join(job, town), badge{look[0], look[1], tr.T("organize.pledge." + string(state))}, tr.ISODay(day)
		return p, err
	}, query, args...)
}

// sendLinks serves POST /pledges/send: those ticked get a link, to pledge or, with a test, to say that they took part.
func (s *Store) sendLinks(w http.ResponseWriter, r *http.Request) error {
	n, err := s.SendLinks(r.Context(), slices.Clone(r.PostForm["person"]), r.PostFormValue("test"))
	if f, ok := web.Refill(r, err); ok && fault.CodeOf(err) == fault.Invalid {
		return s.pledgesForm(w, r, r.PostFormValue("site"), f, http.StatusUnprocessableEntity)
	} else if err != nil {
		return err
	}
	web.Say(w, r, web.Flash{Key: "organize.pledge.sent", Args: map[string]any{"N": n, "Of": len(r.PostForm["person"])}})
	return web.Done(w, r, "/pledges?site="+url.QueryEscape(r.PostFormValue("site")), nil)
}

// writeText serves POST /pledges/text.
func (s *Store) writeText(w http.ResponseWriter, r *http.Request) error {
	texts := map[string]string{}
	for _, l := range i18n.Locales {
		texts[l] = r.PostFormValue("text_" + l)
	}
	_, err := s.WritePledgeText(r.Context(), texts)
	if f, ok := web.Refill(r, err); ok {
		return s.pledgesForm(w, r, "", f, http.StatusUnprocessableEntity)
	} else if err != nil {
		return err
	}
	web.Say(w, r, web.Flash{Key: "organize.pledge.text_saved"})
	return web.Done(w, r, "/pledges", nil)
}

// publicView lists who has pledged publicly: what everybody signed in may see.
type publicView struct {
	People []publicRow `json:"people"`
	Texts  []wordsRow  `json:"texts"` // each version that somebody here put her name to, the newest first
	N      int         `json:"n"`
	Next   string      `json:"-"`
	Path   string      `json:"-"`
}

// listRenews is how many seconds old the list may be where no script runs: who takes her pledge back is off it within a minute.
const listRenews = 45

type publicRow struct {
	Name, Under string
	Head        string // the worksite, of its first line
	Version     int    // of the words, when they are not those that the others here promised; else 0
}

type wordsRow struct {
	Version int    `json:"version"`
	Text    string `json:"text"`
	Old     bool   `json:"-"`
}

// servePublic serves GET /pledges/public: those who pledged until yesterday. Who looks again every minute does not learn when.
func (s *Store) servePublic(w http.ResponseWriter, r *http.Request) error {
	ctx, tr := r.Context(), web.Text(r)
	v := publicView{Path: r.URL.RequestURI()}
	var ids []string
	_, err := db.InRead(ctx, s.d, func(tx *db.Tx) (struct{}, error) {
		day, err := today(ctx, tx)
		if err != nil {
			return struct{}{}, err
		}
		whole, err := s.Readiness(ctx, tx, auth.Reach{All: true})
		if err != nil {
			return struct{}{}, err
		}
		v.N = whole.All.known
		last, from := "", [2]string{r.URL.Query().Get("at"), r.URL.Query().Get("after")}
		args := db.Args{day.String(), from[0], from[1], 2*page + 1}
		all, err := db.All(ctx, tx, func(rows *sql.Rows) (h Held, err error) {
			return h, rows.Scan(&h.Person, &h.Site, &h.Given, &h.Family, &h.Town, &h.Job)
		}, `SELECT s.person_id, s.worksite_id, n.given, n.family, COALESCE(w.name, ''), n.job_class FROM person_stand s JOIN person_now n ON n.person_id = s.person_id
			LEFT JOIN worksite w ON w.id = s.worksite_id WHERE s.pledge = 'public' AND s.in_unit + 0 = 1 AND s.pledge_day < $1
			AND (s.worksite_id, s.person_id) > ($2, $3) ORDER BY s.worksite_id, s.person_id LIMIT $4`, args...)
		if err != nil {
			return struct{}{}, err
		}
		if len(all) > 2*page {
			all = all[:2*page]
			end := all[len(all)-1]
			v.Next = "/pledges/public?" + url.Values{"at": {end.Site}, "after": {end.Person}}.Encode()
		}
		for _, p := range all {
			row := publicRow{Name: p.Name(), Under: p.Job}
			if p.Site != last {
				last, row.Head = p.Site, p.Town
			}
			v.People, ids = append(v.People, row), append(ids, p.Person)
		}
		return struct{}{}, v.words(ctx, tx, tr, ids)
	})
	if err != nil {
		return err
	}
	if err := s.seen(ctx, "pledge.public", "", auth.Reach{All: true}, ids); err != nil {
		return err
	}
	return web.Page(w, r, web.View{Page: "pledges-public", Title: "organize.pledges.public_title", Renew: listRenews, Body: v})
}

// words puts to each of ids, who are v.People, the words that she pledged to: newer ones are not hers.
func (v *publicView) words(ctx context.Context, tx *db.Tx, tr *i18n.Translator, ids []string) error {
	newest, err := PledgeText(ctx, tx, 0)
	if fault.CodeOf(err) == fault.Missing { // none is written yet, and nobody pledged
		return nil
	} else if err != nil {
		return err
	}
	of, err := versionsOf(ctx, tx, ids)
	if err != nil {
		return err
	}
	used := map[int]bool{}
	for _, id := range ids {
		used[of[id]] = true
	}
	for i, id := range ids {
		if len(used) > 1 && of[id] != newest.Version {
			v.People[i].Version = of[id]
		}
	}
	if len(used) == 0 {
		used[newest.Version] = true
	}
	for _, version := range slices.Backward(slices.Sorted(maps.Keys(used))) {
		words, err := PledgeText(ctx, tx, version)
		if err != nil {
			return err
		}
		v.Texts = append(v.Texts, wordsRow{version, words.In(tr.Locale), version != newest.Version})
	}
	return nil
}

// replyView is a member's own page. It names nobody.
type replyView struct {
	Action  string
	Test    *Test
	Text    string
	Version int
	State   PledgeState
	Since   string
	Older   *wordsRow // what she pledged to, when there are newer words
	Changed bool      // the words changed while she read them
	Answer  Answer
	Until   string
	Back    string // signed in: where she came from
	Done    bool
	Why     string // the link is dead, or there is nothing to answer
	Form    web.Form
}

func replyOf(r *http.Request, a *Asked) replyView {
	tr := web.Text(r)
	v := replyView{Test: a.Test, Answer: a.Answer, Action: r.URL.Path}
	if !a.Until.IsZero() {
		v.Until = tr.Moment(a.Until.In(web.Now(r).Location()))
	}
	if a.Test == nil {
		v.Text, v.Version, v.State, v.Since = a.Words.In(tr.Locale), a.Words.Version, a.Pledge.State, tr.Moment(a.Pledge.At.In(web.Now(r).Location()))
		if a.Older != nil {
			v.Older = &wordsRow{Version: a.Older.Version, Text: a.Older.In(tr.Locale), Old: true}
		}
	}
	return v
}

// serveReply serves GET /reply/{code}. It uses nothing up.
func (s *Store) serveReply(w http.ResponseWriter, r *http.Request) error {
	a, err := s.Ask(r.Context(), r.PathValue("code"))
	if err != nil {
		return s.deadReply(w, r, err)
	}
	v := replyOf(r, a)
	v.Done = r.URL.Query().Get("done") != ""
	return replyPage(w, r, v, http.StatusOK)
}

func replyPage(w http.ResponseWriter, r *http.Request, v replyView, status int) error {
	w.Header().Set("Referrer-Policy", "no-referrer")
	return web.Page(w, r, web.View{Page: "reply", Title: "organize.reply.title", Status: status, Bare: v.Back == "", Body: v})
}

// deadReply says why a link opens nothing, and how to get another.
func (s *Store) deadReply(w http.ResponseWriter, r *http.Request, err error) error {
	switch fault.CodeOf(err) {
	case fault.Missing:
		return replyPage(w, r, replyView{Why: web.Text(r).Fault(err)}, http.StatusNotFound)
	case fault.Conflict:
		return replyPage(w, r, replyView{Why: web.Text(r).Fault(err)}, http.StatusConflict)
	}
	return err
}

// reply serves POST /reply/{code}: her tap, and nothing else, counts.
func (s *Store) reply(w http.ResponseWriter, r *http.Request) error {
	version, err := atoi(cmp.Or(r.PostFormValue("version"), "0"))
	if err != nil {
		return fault.Field("version", "organize.choose")
	}
	link, answer := r.PathValue("code"), r.PostFormValue("answer")
	next, err := s.Reply(r.Context(), link, answer, version)
	if fault.CodeOf(err) == fault.Missing {
		next, err = s.Repeated(r.Context(), link, answer)
	}
	switch code := fault.CodeOf(err); {
	case isNewWords(err):
		a, err := s.Ask(r.Context(), link)
		if err != nil {
			return s.deadReply(w, r, err)
		}
		v := replyOf(r, a)
		v.Changed = true
		return replyPage(w, r, v, http.StatusConflict)
	case code == fault.Missing || code == fault.Conflict:
		return s.deadReply(w, r, err)
	case err != nil:
		return err
	}
	return web.Done(w, r, replyPath+next+"?done=1", nil)
}

// serveAskLink serves GET /reply: a personal address gets a link.
func (s *Store) serveAskLink(w http.ResponseWriter, r *http.Request) error {
	return web.Page(w, r, web.View{Page: "reply-ask", Title: "organize.reply.title", Bare: true, Body: askView{Sent: r.URL.Query().Get("sent") != ""}})
}

type askView struct {
	Form web.Form
	Sent bool
}

// askLink serves POST /reply.
func (s *Store) askLink(w http.ResponseWriter, r *http.Request) error {
	err := s.AskLink(r.Context(), r.PostFormValue("email"))
	if f, ok := web.Refill(r, err); ok {
		return web.Page(w, r, web.View{Page: "reply-ask", Title: "organize.reply.title", Bare: true, Status: http.StatusUnprocessableEntity, Body: askView{Form: f}})
	} else if err != nil {
		return err
	}
	return web.Done(w, r, "/reply?sent=1", nil)
}

// serveMine serves GET /my-pledge to a member who is signed in.
func (s *Store) serveMine(w http.ResponseWriter, r *http.Request) error {
	a, err := s.MyPledge(r.Context())
	if fault.CodeOf(err) == fault.Missing {
		return replyPage(w, r, replyView{Why: web.Text(r).Fault(err), Back: "/"}, http.StatusOK)
	} else if err != nil {
		return err
	}
	v := replyOf(r, a)
	v.Back, v.Done = "/", r.URL.Query().Get("done") != ""
	return replyPage(w, r, v, http.StatusOK)
}

// saveMine serves POST /my-pledge.
func (s *Store) saveMine(w http.ResponseWriter, r *http.Request) error {
	version, err := atoi(cmp.Or(r.PostFormValue("version"), "0"))
	if err != nil {
		return fault.Field("version", "organize.choose")
	}
	if err := s.SetMyPledge(r.Context(), r.PostFormValue("answer"), version); isNewWords(err) {
		a, err := s.MyPledge(r.Context())
		if err != nil {
			return err
		}
		v := replyOf(r, a)
		v.Back, v.Changed = "/", true
		return replyPage(w, r, v, http.StatusConflict)
	} else if err != nil {
		return err
	}
	return web.Done(w, r, "/my-pledge?done=1", nil)
}
