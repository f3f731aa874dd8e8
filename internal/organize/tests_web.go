// SPDX-License-Identifier: Apache-2.0

package organize

import (
	"cmp"
	"context"
	"database/sql"
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
	"github.com/tenday/tenday/internal/roster"
	"github.com/tenday/tenday/internal/web"
)

var stateBadges = map[TestState][2]string{TestDraft: {"", "edit"}, TestOpen: {"info", "clock"}, TestClosed: {"ok", "check"}, TestVoid: {"", "close"}}

// shareView is a share as pages show it. Hidden: there are too few on one side for this reader. Later: it comes with the close.
type shareView struct {
	Share
	Text   string // "471 of 600 (78.5 %)"
	Pct    int    // for the bar, rounded down
	Tone   string // ok when the threshold is met
	Hidden bool
	Few    bool // hidden, and all of them but a few
	Later  bool
}

func shareOf(tr *i18n.Translator, s Share, threshold int) shareView {
	v := shareView{Share: s, Text: tr.Share(s.X, s.N), Pct: s.Pct(), Tone: "warn"}
	if s.Meets(threshold) {
		v.Tone = "ok"
	}
	return v
}

func hidden(s Share) shareView {
	few := s.N >= 4*5 && s.N-s.X < 5
	return shareView{Share: Share{N: s.N}, Hidden: true, Few: few}
}

// testLine is one test in the list.
type testLine struct {
	ID, Name, Kind string
	Public         bool
	Badge          badge `json:"-"`
	State          TestState
	When           string `json:"-"`
	Yes            shareView
	Needed         string `json:"-"`
	Version        int    // of the list, of a closed one
}

// rung is one step of the ladder beside what was measured.
type rung struct {
	Name   string
	Pct    int
	Public bool
	Done   bool // a closed test of the kind met it
	Next   bool
	Href   string // opens a form filled in with it
	Text   string
}

type testsView struct {
	Tests  []testLine `json:"tests"`
	Ladder []rung     `json:"-"`
	May    bool       `json:"-"`
	MaySee bool       `json:"-"` // the soft ones
	Rules  bool       `json:"-"`
	N      int        `json:"n"` // of the unit within reach, today
	List   int        `json:"list_version"`
}

// countReach is how far the numbers of tests go that the caller sees: those of her people when she may read them one by one, else
// those of the unit that may be shown to anybody.
func (s *Store) countReach(ctx context.Context) (reach auth.Reach, inside bool, err error) {
	board, err := auth.Allowed(ctx, auth.BoardRead)
	if err != nil {
		return board, false, err
	}
	if insider(ctx, board) {
		return board, true, nil
	}
	return auth.Reach{Ability: auth.BoardRead, All: true}, false, nil
}

// serveTests serves GET /tests.
func (s *Store) serveTests(w http.ResponseWriter, r *http.Request) error {
	ctx, tr := r.Context(), web.Text(r)
	reach, inside, err := s.countReach(ctx)
	if err != nil {
		return err
	}
	v := testsView{MaySee: reachOf(ctx, AssessRead).Ability != ""}
	manage := reachOf(ctx, TestManage)
	v.May, v.Rules = manage.Ability != "", manage.All
	_, err = db.InRead(ctx, s.d, func(tx *db.Tx) (struct{}, error) {
		states := []TestState{TestOpen, TestClosed}
		if v.May {
			states = append(states, TestDraft)
		}
		all, err := tests(ctx, tx, reach, states...)
		if err != nil {
			return struct{}{}, err
		}
		_, at, err := places(ctx, tx)
		if err != nil {
			return struct{}{}, err
		}
		rules, err := RulesOf(ctx, tx)
		if err != nil {
			return struct{}{}, err
		}
		met := map[string]string{} // kind and publicity -> share of the best
		for i := range all {
			t := &all[i]
			line := testLine{
				ID: t.ID, Name: t.Name, Kind: tr.T("organize.kind." + t.Kind), Public: t.Public, State: t.State, Version: t.ListVersion,
				Badge: stateBadge(tr, t.State), When: when(tr, t, web.Now(r).Location()), Needed: strconv.Itoa(t.ThresholdPct) + "\u00a0%",
			}
			if line.Yes, err = s.yes(ctx, tx, tr, t, reach, inside, at); err != nil {
				return struct{}{}, err
			}
			if t.State == TestClosed && line.Yes.Tone == "ok" && met[rungKey(t.Kind, t.Public)] == "" {
				met[rungKey(t.Kind, t.Public)] = line.Yes.Text
			}
			v.Tests = append(v.Tests, line)
		}
		slices.SortStableFunc(v.Tests, func(a, b testLine) int { return cmp.Compare(stateOrder[a.State], stateOrder[b.State]) })
		sizes, err := s.sizes(ctx, tx, reach)
		for _, z := range sizes {
			v.N += z.N
		}
		if err != nil {
			return struct{}{}, err
		}
		v.Ladder = ladder(tr, &rules, met, v.May)
		v.List, err = listVersion(ctx, tx)
		return struct{}{}, err
	})
	if err != nil {
		return err
	}
	return web.Page(w, r, web.View{Page: "tests", Title: "organize.tests.title", Body: v})
}

var stateOrder = map[TestState]int{TestOpen: 0, TestDraft: 1, TestClosed: 2, TestVoid: 3}

func rungKey(kind string, public bool) string { return kind + strconv.FormatBool(public) }

func ladder(tr *i18n.Translator, rules *Rules, met map[string]string, may bool) []rung {
	var out []rung
	next := true
	for _, step := range rules.Ladder {
		text := met[rungKey(step.Kind, step.Public)]
		one := rung{Name: tr.T("organize.ladder." + step.Key), Pct: step.Pct, Public: step.Public, Done: text != "", Text: text}
		if step.Kind != "" && !one.Done && next {
			one.Next, next = true, false
		}
		if may && step.Kind != "" {
			one.Href = "/tests/new?step=" + step.Key
		}
		out = append(out, one)
	}
	return out
}

func stateBadge(tr *i18n.Translator, s TestState) badge {
	look := stateBadges[s]
	return badge{look[0], look[1], tr.T("organize.test.state." + string(s))}
}

func when(tr *i18n.Translator, t *Test, zone *time.Location) string {
	switch t.State {
	case TestClosed:
		return tr.T("organize.test.closed_at", "When", tr.Moment(t.ClosedAt.In(zone)))
	case TestOpen:
		return tr.T("organize.test.closes_at", "When", tr.Moment(t.Closes.In(zone)))
	case TestVoid:
		return t.VoidWhy
	case TestDraft:
	}
	return tr.T("organize.test.draft_until", "When", tr.Moment(t.Closes.In(zone)))
}

// yes is the share of a test as the reader may see it.
func (s *Store) yes(ctx context.Context, tx *db.Tx, tr *i18n.Translator, t *Test, reach auth.Reach, inside bool, at map[string]*place) (shareView, error) {
	switch {
	case t.State == TestDraft || t.State == TestVoid:
		return shareView{}, nil
	case !inside && t.State == TestOpen:
		return shareView{Later: true}, nil
	}
	sites, err := s.count(ctx, tx, t, reach, at)
	if err != nil {
		return shareView{}, err
	}
	all := sum(sites)
	share := Share{all.Yes, all.N}
	if !inside {
		if _, total := shownTally(partition(t, sites)); !total {
			return hidden(share), nil
		}
	}
	return shareOf(tr, share, t.ThresholdPct), nil
}

// partition are the cells of the one partition that the test fixed before it opened.
func partition(t *Test, sites []SiteTally) []SiteTally {
	if t.Partition == auth.Unit {
		return []SiteTally{{Tally: sum(sites)}}
	}
	return byRegion(sites)
}

type testView struct {
	Test      Test      `json:"test"`
	Kind      string    `json:"-"`
	Badge     badge     `json:"-"`
	When      string    `json:"-"`
	All       Tally     `json:"all"`
	Yes       shareView `json:"yes"`
	Needed    int       `json:"needed"`
	Lines     []siteRow `json:"lines"`
	Regions   bool      `json:"-"` // lines are regions
	Inside    bool      `json:"-"`
	Part      bool      `json:"-"` // N is that of the reader's reach, not of all whom it counts
	List      int       `json:"list_version"`
	Notes     []noteRow `json:"notes"`
	May       bool      `json:"-"`
	MayEnter  bool      `json:"-"`
	Below     int       `json:"below"` // worksites under the line
	Floor     int       `json:"floor_pct"`
	Form      web.Form  `json:"-"`
	ShortHash string    `json:"-"`
	Nobody    bool      `json:"-"`
}

type siteRow struct {
	Name string `json:"name"`
	Href string `json:"-"`
	Tally
	Yes shareView `json:"share"`
}

type noteRow struct {
	Text, By, When string
}

// serveTest serves GET /tests/{test}.
func (s *Store) serveTest(w http.ResponseWriter, r *http.Request) error {
	return s.testPage(w, r, web.Form{}, http.StatusOK)
}

func (s *Store) testPage(w http.ResponseWriter, r *http.Request, f web.Form, status int) error {
	ctx, tr := r.Context(), web.Text(r)
	reach, inside, err := s.countReach(ctx)
	if err != nil {
		return err
	}
	v := testView{Inside: inside, Part: inside && !reach.All, Form: f}
	_, err = db.InRead(ctx, s.d, func(tx *db.Tx) (struct{}, error) {
		if v.Test, err = testOf(ctx, tx, r.PathValue("test")); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, s.fillTest(ctx, tx, tr, reach, &v)
	})
	if err != nil {
		return err
	}
	v.Badge, v.When = stateBadge(tr, v.Test.State), when(tr, &v.Test, web.Now(r).Location())
	v.Kind = tr.T("organize.kind." + v.Test.Kind)
	for i := range v.Notes {
		ms, _ := strconv.ParseInt(v.Notes[i].When, 10, 64)
		v.Notes[i].When = tr.Moment(moment(ms).In(web.Now(r).Location()))
	}
	return web.Page(w, r, web.View{Page: "test", Title: "organize.tests.title", Status: status, Body: v})
}

func (s *Store) fillTest(ctx context.Context, tx *db.Tx, tr *i18n.Translator, reach auth.Reach, v *testView) error {
	t := &v.Test
	ok, err := touches(ctx, tx, reach, t)
	if err != nil {
		return err
	}
	v.May, err = contains(ctx, tx, reachOf(ctx, TestManage), t.Scope, t.ScopeID)
	if err != nil {
		return err
	}
	v.May = v.May && reachOf(ctx, TestManage).Ability != ""
	if !ok || (t.State == TestDraft || t.State == TestVoid) && !v.May {
		return fault.New(fault.Missing, "organize.test.missing")
	}
	rules, err := RulesOf(ctx, tx)
	if err != nil {
		return err
	}
	v.Floor = rules.SiteFloorPct
	if t.PerSite {
		v.Floor = t.ThresholdPct
	}
	v.MayEnter = t.State == TestOpen && reachOf(ctx, AssessWrite).Ability != ""
	v.List = t.ListVersion
	if t.State != TestClosed {
		if v.List, err = listVersion(ctx, tx); err != nil {
			return err
		}
	} else {
		v.ShortHash = t.IDsSHA256[:12]
	}
	if v.Notes, err = testNotes(ctx, tx, t.ID); err != nil {
		return err
	}
	_, at, err := places(ctx, tx)
	if err != nil {
		return err
	}
	if v.Yes, err = s.yes(ctx, tx, tr, t, reach, v.Inside, at); err != nil || v.Yes.Later || t.State == TestDraft || t.State == TestVoid {
		return err
	}
	sites, err := s.count(ctx, tx, t, reach, at)
	if err != nil {
		return err
	}
	v.All, v.Needed = sum(sites), Needed(sum(sites).N, t.ThresholdPct)
	if !v.Inside { // one partition, and of each cell its yes alone
		v.Regions = true
		cells := partition(t, sites)
		shown, _ := shownTally(cells)
		for i, c := range cells {
			row := siteRow{Name: cmp.Or(c.Region, tr.T("organize.whole_unit")), Yes: hidden(Share{c.Yes, c.N})}
			if shown[i] {
				row.Yes = shareOf(tr, Share{c.Yes, c.N}, v.Floor)
			}
			v.Lines = append(v.Lines, row)
		}
		v.All = Tally{N: v.All.N}
		if !v.Yes.Hidden {
			v.All.Yes = v.Yes.X
		}
		t.Result = Result{}
		return nil
	}
	v.Nobody = v.All.N == 0
	for _, c := range sites {
		row := siteRow{Name: tr.T("organize.no_site"), Tally: c.Tally, Yes: shareOf(tr, Share{c.Yes, c.N}, v.Floor)}
		if p := at[c.Site]; p != nil {
			row.Name = p.Name
			if v.MayEnter {
				row.Href = "/tests/" + t.ID + "/enter?site=" + url.QueryEscape(c.Site)
			}
		}
		if row.Yes.Tone != "ok" {
			v.Below++
		}
		v.Lines = append(v.Lines, row)
	}
	slices.SortStableFunc(v.Lines, func(a, b siteRow) int { // the weakest first, which is what one acts upon
		return cmp.Or(cmp.Compare(a.Tally.Yes*b.Tally.N, b.Tally.Yes*a.Tally.N), cmp.Compare(b.Tally.N, a.Tally.N), strings.Compare(a.Name, b.Name))
	})
	if v.Part {
		t.Result = Result{} // of others' people
	}
	return nil
}

func testNotes(ctx context.Context, tx *db.Tx, test string) ([]noteRow, error) {
	return db.All(ctx, tx, func(r *sql.Rows) (n noteRow, err error) {
		return n, r.Scan(&n.Text, &n.By, &n.When)
	}, `SELECT n.note, COALESCE(a.display, ''), CAST(n.at AS TEXT) FROM structure_test_note n LEFT JOIN account a ON a.id = n.by_account
		WHERE n.test_id = $1 ORDER BY n.id LIMIT 100`, test)
}

// newTest serves GET /tests/new; ?step= fills in a rung of the ladder.
func (s *Store) newTest(w http.ResponseWriter, r *http.Request) error {
	return s.newTestForm(w, r, web.Form{}, http.StatusOK)
}

type option struct {
	Value, Label string
	Selected     bool
}

type newTestView struct {
	Form      web.Form
	Kinds     []option
	Scopes    []option
	Partition []option
	Evidence  []option
	Values    map[string]string
	Public    bool
	PerSite   bool
	N         int
	List      int
}

func (s *Store) newTestForm(w http.ResponseWriter, r *http.Request, f web.Form, status int) error {
	ctx, tr := r.Context(), web.Text(r)
	reach, err := auth.Allowed(ctx, TestManage)
	if err != nil {
		return err
	}
	v := newTestView{Form: f, Values: map[string]string{}}
	_, err = db.InRead(ctx, s.d, func(tx *db.Tx) (struct{}, error) {
		rules, err := RulesOf(ctx, tx)
		if err != nil {
			return struct{}{}, err
		}
		all, _, err := places(ctx, tx)
		if err != nil {
			return struct{}{}, err
		}
		v.fill(r, tr, &rules, f)
		v.scopes(tr, reach, all, f.Value("scope"))
		sizes, err := s.sizes(ctx, tx, reach)
		for _, z := range sizes {
			v.N += z.N
		}
		if err != nil {
			return struct{}{}, err
		}
		v.List, err = listVersion(ctx, tx)
		return struct{}{}, err
	})
	if err != nil {
		return err
	}
	return web.Page(w, r, web.View{Page: "test-new", Title: "organize.test.new", Status: status, Body: v})
}

// fill takes what was typed, else the rung that was chosen, else a sticker day until Friday.
func (v *newTestView) fill(r *http.Request, tr *i18n.Translator, rules *Rules, f web.Form) {
	step := Step{Key: "", Kind: "sticker", Public: true, Pct: 70}
	for _, one := range rules.Ladder {
		if one.Key == r.URL.Query().Get("step") && one.Kind != "" {
			step = one
		}
	}
	now := web.Now(r)
	days := (int(time.Friday) - int(now.Weekday()) + 7) % 7
	if days == 0 && now.Hour() >= 15 {
		days = 7
	}
	v.Values = map[string]string{
		"threshold": strconv.Itoa(step.Pct), "closes_on": now.AddDate(0, 0, days).Format(time.DateOnly), "closes_at": "17:00", "kind": step.Kind,
		"question": tr.T("organize.question." + step.Kind), "name": "", "as_of": "",
	}
	if step.Key != "" {
		v.Values["name"] = tr.T("organize.ladder." + step.Key)
	}
	v.Public, v.PerSite = step.Public, step.PerSite
	partitionNow, evidence := string(auth.Region), "any"
	if f.Values != nil {
		for name := range v.Values {
			v.Values[name] = f.Value(name)
		}
		v.Public, v.PerSite = f.Value("public") != "", f.Value("per_site") != ""
		partitionNow, evidence = f.Value("partition"), f.Value("evidence")
	}
	for _, k := range Kinds {
		v.Kinds = append(v.Kinds, option{k, tr.T("organize.kind." + k), k == v.Values["kind"]})
	}
	for _, p := range []auth.Scope{auth.Region, auth.Unit} {
		v.Partition = append(v.Partition, option{string(p), tr.T("organize.partition." + string(p)), string(p) == partitionNow})
	}
	for _, e := range []string{"any", "verified"} {
		v.Evidence = append(v.Evidence, option{e, tr.T("organize.needed." + e), e == evidence})
	}
}

// scopes are those that lie within reach.
func (v *newTestView) scopes(tr *i18n.Translator, reach auth.Reach, all []place, chosen string) {
	add := func(value, label string) { v.Scopes = append(v.Scopes, option{value, label, value == chosen}) }
	if reach.All {
		add("unit", tr.T("organize.whole_unit"))
	}
	seen := map[string]bool{"": true}
	for _, p := range all {
		if !seen[p.Region] && (reach.All || slices.Contains(reach.Regions, p.Region)) {
			seen[p.Region] = true
			add("region:"+p.Region, tr.T("organize.region", "Name", p.Region))
		}
	}
	for _, p := range all {
		if reach.All || slices.Contains(reach.Regions, p.Region) || slices.Contains(reach.Sites, p.ID) {
			add("site:"+p.ID, p.Name)
		}
	}
}

// makeTest serves POST /tests: a draft, or, by the button "open", an open test.
func (s *Store) makeTest(w http.ResponseWriter, r *http.Request) error {
	open := r.PostFormValue("do") == "open"
	t, err := readTest(r)
	var id string
	if err == nil {
		id, err = s.MakeTest(r.Context(), t, open)
	}
	if f, ok := web.Refill(r, err); ok {
		return s.newTestForm(w, r, f, http.StatusUnprocessableEntity)
	} else if err != nil {
		return err
	}
	key := "organize.test.saved"
	if open {
		key = "organize.test.opened"
	}
	web.Say(w, r, web.Flash{Key: key, Args: map[string]any{"Name": t.Name}})
	return web.Done(w, r, "/tests/"+id, map[string]string{"id": id})
}

func readTest(r *http.Request) (Test, error) {
	value := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	t := Test{
		Name: value("name"), Question: value("question"), Kind: value("kind"), Public: value("public") != "", PerSite: value("per_site") != "",
		Verified: value("evidence") == "verified", Partition: auth.Scope(value("partition")),
	}
	var problems []*fault.Error
	scope, id, _ := strings.Cut(value("scope"), ":")
	t.Scope, t.ScopeID = auth.Scope(scope), id
	var err error
	if t.ThresholdPct, err = strconv.Atoi(value("threshold")); err != nil {
		problems = append(problems, fault.Field("threshold", "organize.test.threshold_range"))
	}
	if t.Closes, err = time.ParseInLocation("2006-01-02 15:04", value("closes_on")+" "+value("closes_at"), web.Now(r).Location()); err != nil {
		problems = append(problems, fault.Field("closes_on", "organize.test.closes_when"))
	}
	if t.AsOf, err = roster.ParseDate(value("as_of")); err != nil {
		problems = append(problems, fault.Field("as_of", "organize.test.closes_when"))
	}
	return t, fault.Join(problems...)
}

// moveTest serves POST /tests/{test}/{act}: open, close, void, note.
func (s *Store) moveTest(w http.ResponseWriter, r *http.Request) error {
	ctx, id := r.Context(), r.PathValue("test")
	var err error
	switch act := r.PathValue("act"); act {
	case "open":
		err = s.OpenTest(ctx, id)
	case "close":
		err = s.CloseTest(ctx, id)
	case "void":
		err = s.VoidTest(ctx, id, r.PostFormValue("why"))
	case "note":
		err = s.NoteTest(ctx, id, r.PostFormValue("note"))
	default:
		return fault.New(fault.Missing, "web.missing")
	}
	if f, ok := web.Refill(r, err); ok && fault.CodeOf(err) == fault.Invalid {
		return s.testPage(w, r, f, http.StatusUnprocessableEntity)
	} else if err != nil {
		return err
	}
	web.Say(w, r, web.Flash{Key: "organize.test.did." + r.PathValue("act")})
	if r.PathValue("act") == "void" {
		return web.Done(w, r, "/tests", nil)
	}
	return web.Done(w, r, "/tests/"+id, nil)
}

// seen records that people were shown.
func (s *Store) seen(ctx context.Context, verb, object string, reach auth.Reach, ids []string) error {
	return s.log.Read(ctx, audit.Entry{Verb: verb, Object: object, Scope: reach.Label(), Subjects: ids, Count: len(ids)})
}
