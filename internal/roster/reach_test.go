// SPDX-License-Identifier: Apache-2.0

package roster_test

import (
	"context"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tenday/tenday/internal/app/apptest"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/roster"
)

// give makes an account with one grant, whom Get and Post may act as by name.
func give(t *testing.T, h *apptest.House, name, person string, g auth.Grant) {
	t.Helper()
	err := db.Do(t.Context(), h.DB, func(tx *db.Tx) (err error) {
		g.Account, err = auth.AddAccount(t.Context(), tx, auth.Account{
			Person: person, Display: "The " + name,
			Email: strings.ReplaceAll(name, " ", ".") + "@post.example.org",
		})
		if err != nil {
			return err
		}
		h.Account[name] = g.Account
		_, err = auth.AddGrant(t.Context(), tx, g)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// blaine gives "site data" the data lead's role for Blaine alone.
func blaine(t *testing.T, h *apptest.House) {
	t.Helper()
	give(t, h, "site data", "", auth.Grant{Role: auth.DataLead, Scope: auth.Site, ScopeID: h.Site["0308"], MayExport: true})
}

// stranger puts a second Katherine Nguyen at Blaine, with the phone of the one at Hastings: a pair across the border of a reach.
func stranger(t *testing.T, h *apptest.House) (id string, pair *roster.PairRow) {
	t.Helper()
	id, err := h.Roster.AddPerson(h.As("data_lead"), roster.NewPerson{
		Name: roster.Name{Given: "Kate", Family: "Nguyen"}, UnitStatus: roster.InUnit,
		WorksiteID: h.Site["0308"], JobClass: roster.NP, FTE: 80, StartsOn: roster.Date{Year: 2025, Month: time.June, Day: 2}, Number: "0071863",
		Phone: "+16515550101",
	})
	if err != nil {
		t.Fatal(err)
	}
	all := openPairs(t, h)
	at := slices.IndexFunc(all, func(p *roster.PairRow) bool { return p.B == id })
	if at < 0 {
		t.Fatal("not proposed")
	}
	return id, all[at]
}

func TestAPairIsForWhoeverReachesBothOfIt(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		blaine(t, h)
		kate, p := stranger(t, h)
		path := "/duplicates/" + p.ID
		if a := h.Get("site data", path, ""); a.Status != 404 || strings.Contains(a.Body, "555-0101") {
			t.Errorf("half of the pair opens it: %d", a.Status)
		}
		for _, act := range []string{"/merge", "/different", "/unmerge"} {
			if a := h.Post("site data", path+act, url.Values{"keep": {kate}}); a.Status != 404 {
				t.Errorf("%s = %d", act, a.Status)
			}
		}
		if a := h.Post("site data", "/duplicates/find", nil); a.Status != 403 {
			t.Errorf("looks through everybody = %d", a.Status)
		}
		if a := h.Get("site data", "/duplicates", ""); a.Status != 200 || strings.Contains(a.Body, "/duplicates/find") || strings.Contains(a.Body, p.ID) {
			t.Errorf("the list = %d", a.Status)
		}
		// The record at Blaine remains: it is hers to look after, and what was joined to it with it.
		if err := h.Roster.Merge(h.As("data_lead"), p.ID, roster.Merge{Keep: kate}); err != nil {
			t.Fatal(err)
		}
		if a := h.Get("site data", path, ""); a.Status != 200 {
			t.Errorf("merged into hers = %d", a.Status)
		}
		if a := h.Get("site data", "/duplicates?state=merged", ""); !strings.Contains(a.Body, p.ID) {
			t.Error("it is not among the merged")
		}
		if err := h.Roster.Unmerge(h.As("data_lead"), p.ID, nil); err != nil {
			t.Fatal(err)
		}
		if err := h.Roster.Merge(h.As("data_lead"), p.ID, roster.Merge{Keep: p.A}); err != nil {
			t.Fatal(err)
		}
		if a := h.Get("site data", path, ""); a.Status != 404 {
			t.Errorf("merged into the other's = %d", a.Status)
		}
	})
}

func TestWorksitesAreForTheWholeUnitToChange(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		blaine(t, h)
		give(t, h, "list data", "", auth.Grant{Role: auth.DataLead, Scope: auth.Region, ScopeID: "East"})
		form := url.Values{"code": {"0999"}, "name": {"New"}, "town": {"New"}, "tz": {"America/Chicago"}, "kind": {"clinic"}, "status": {"open"}, "region": {"West"}}
		site := "/worksites/" + h.Site["0308"]
		for _, role := range []string{"site data", "list data"} {
			for _, path := range []string{"/worksites/new", site, "/lists/x/worksites"} {
				if a := h.Post(role, path, form); a.Status != 403 {
					t.Errorf("%s: %s = %d", role, path, a.Status)
				}
			}
			for _, path := range []string{"/worksites/new", site + "/edit"} {
				if a := h.Get(role, path, ""); a.Status != 403 {
					t.Errorf("%s: %s = %d", role, path, a.Status)
				}
			}
			if a := h.Get(role, "/worksites", ""); strings.Contains(a.Body, "/worksites/new") {
				t.Errorf("%s is offered a new one", role)
			}
		}
		for _, name := range []string{"lat", "lng"} {
			for _, wrong := range []string{"NaN", "Inf", "-inf", "181", "1e400"} {
				bad := url.Values{name: {wrong}}
				maps.Copy(bad, form)
				if a := h.Post("data_lead", "/worksites/new", bad); a.Status != 422 {
					t.Errorf("%s %s = %d", name, wrong, a.Status)
				}
			}
		}
		form.Set("lat", "-45.5")
		if a := h.Post("data_lead", "/worksites/new", form); a.Status != 303 {
			t.Errorf("the whole unit's = %d", a.Status)
		}
	})
}

func TestAddingAContactTellsNothingOfStrangers(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		blair := "/people/" + h.Person["Blair Onlyblaine"]
		r := &room{Store: h.Roster, d: h.DB, t: t}
		of := func(name string) []string {
			return r.lines(`SELECT value || shared_with FROM contact_point WHERE person_id = '` + h.Person[name] + `' ORDER BY id`)
		}
		before := of("Ingrid Dahl")
		if _, status := edit(t, h, "site reader", blair, "contact", "kind", "phone", "value", "(651) 555-0103"); status != 303 {
			t.Errorf("the number of somebody out of reach = %d, want 303 as for any other", status)
		}
		if diff := cmp.Diff(before, of("Ingrid Dahl")); diff != "" {
			t.Errorf("it was written to a stranger's record\n%s", diff)
		}
		if _, status := edit(t, h, "member", "/people/"+h.Person["Katherine Nguyen"], "contact", "kind", "phone", "value", "(651) 555-0104"); status != 303 {
			t.Errorf("a member's own = %d", status)
		}
		// The search for duplicates marks it, on both; each reader sees those of hers.
		if err := h.Roster.FindPairs(h.As("data_lead")); err != nil {
			t.Fatal(err)
		}
		for role, want := range map[string]bool{"data_lead": true, "site reader": false} {
			if got := strings.Contains(h.Get(role, blair, jsonType).Body, h.Person["Ingrid Dahl"]); got != want {
				t.Errorf("%s sees whose number it is: %t", role, got)
			}
		}
	})
}

func TestAJobIsAddedWhereOneEditsPeople(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		blair, ingrid := "/people/"+h.Person["Blair Onlyblaine"], "/people/"+h.Person["Ingrid Dahl"]
		for _, c := range []struct {
			role, path, site string
			want             int
		}{{"site reader", blair, "0901", 422}, {"site reader", blair, "0308", 303}, {"captain", ingrid, "0308", 422}, {"data_lead", blair, "0333", 303}} {
			if _, got := edit(t, h, c.role, c.path, "job", "worksite", h.Site[c.site], "starts_on", "2025-01-01", "fte", "0.2"); got != c.want {
				t.Errorf("%s adds a job at %s = %d, want %d", c.role, c.site, got, c.want)
			}
		}
		page := h.Get("site reader", blair+"?edit=job", "").Body
		if strings.Contains(page, h.Site["0901"]) || !strings.Contains(page, `value="`+h.Site["0308"]) {
			t.Error("the form offers other worksites than hers")
		}
		if a := h.Get("captain", ingrid, ""); strings.Contains(a.Body, "edit=job#") {
			t.Error("a captain is offered the form")
		}
	})
}

func TestNobodyChangesHerOwnStandingOrJobs(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		me := h.Person["Omar Farah"]
		give(t, h, "own data", me, auth.Grant{Role: auth.DataLead, Scope: auth.Unit})
		path := "/people/" + me
		job := open(t, h, "own data", path).Jobs[0].ID
		for _, e := range [][]string{
			{"status", "unit_status", "disputed", "why", "I say so"},
			{"leave", "on_leave", "yes"},
			{"job", "worksite", h.Site["0901"], "starts_on", "2025-01-01"},
			{"job-change", "job", job, "fte", "1"},
			{"job-end", "job", job, "ends_on", "2025-10-01"},
		} {
			if _, got := edit(t, h, "own data", path, e[0], e[1:]...); got != 403 {
				t.Errorf("%s = %d, want 403", e[0], got)
			}
		}
		if _, got := edit(t, h, "own data", path, "about", "pronouns", "he/him"); got != 303 {
			t.Errorf("her pronouns = %d", got)
		}
		if p := open(t, h, "own data", path); p.MayEdit || !p.MayEditOwn {
			t.Errorf("her page offers all: %+v", p)
		}
		if _, got := edit(t, h, "own data", "/people/"+h.Person["Blair Onlyblaine"], "leave", "on_leave", "yes"); got != 303 {
			t.Errorf("another's = %d", got)
		}
	})
}

func TestAMemberFindsHerselfAfterAMerge(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		kate, p := stranger(t, h)
		if err := h.Roster.Merge(h.As("data_lead"), p.ID, roster.Merge{Keep: kate}); err != nil {
			t.Fatal(err)
		}
		old, now := "/people/"+h.Person["Katherine Nguyen"], "/people/"+kate
		if a := h.Get("member", old, ""); a.Status != 303 || a.Location != now {
			t.Errorf("her page = %d %s", a.Status, a.Location)
		}
		if p := open(t, h, "member", now); !p.MayContact || !p.MayEditOwn || p.MayEdit {
			t.Errorf("she may %+v", p)
		}
		if _, got := edit(t, h, "member", now, "about", "pronouns", "she/her"); got != 303 {
			t.Errorf("her pronouns = %d", got)
		}
		var l list
		if h.Get("member", "/people", jsonType).JSON(t, &l); l.Total != 1 || l.People[0].ID != kate {
			t.Errorf("her list: %+v", l)
		}
	})
}

func TestWhoeverIsPutOutIsToldOfAtOnce(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		var got []string
		var refuse error
		h.Roster.OnOut = func(_ context.Context, _ *db.Tx, people []string) error {
			got = append(got, people...)
			return refuse
		}
		put := func(status string) {
			t.Helper()
			if _, code := edit(t, h, "data_lead", "/people/"+h.Person["Omar Farah"], "status", "unit_status", status, "why", "site lead"); code != 303 {
				t.Errorf("%s = %d", status, code)
			}
		}
		put("disputed")
		put("in")
		if len(got) != 0 {
			t.Errorf("told of %v", got)
		}
		put("out")
		if diff := cmp.Diff([]string{h.Person["Omar Farah"]}, got); diff != "" {
			t.Errorf("by hand (-want +got)\n%s", diff)
		}
		put("in")

		// A record joined to another may hold the account: it is told of with it.
		kate, p := stranger(t, h)
		if err := h.Roster.Merge(h.As("data_lead"), p.ID, roster.Merge{Keep: kate}); err != nil {
			t.Fatal(err)
		}
		got = nil
		refuse = fault.New(fault.Forbidden, "auth.not_your_role")
		if _, code := edit(t, h, "data_lead", "/people/"+kate, "status", "unit_status", "out", "why", "x"); code != 403 {
			t.Errorf("refused = %d", code)
		}
		if p := open(t, h, "data_lead", "/people/"+kate); p.UnitStatus != "in" {
			t.Errorf("her status is %s though it was refused: not one transaction", p.UnitStatus)
		}
		if diff := cmp.Diff([]string{kate, h.Person["Katherine Nguyen"]}, got); diff != "" {
			t.Errorf("both records (-want +got)\n%s", diff)
		}
	})
}

func TestAListThatPutsSomebodyOutTellsOfIt(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		lead, peter := h.As("data_lead"), h.Person["Peter Dahl"]
		if _, code := edit(t, h, "data_lead", "/people/"+peter, "status", "unit_status", "left", "why", "moved away"); code != 303 {
			t.Fatal(code)
		}
		var got []string
		h.Roster.OnOut = func(_ context.Context, _ *db.Tx, people []string) error {
			got = append(got, people...)
			return nil
		}
		list := strings.Replace(smallList, "DAHL,PETER,MD,Physician", "DAHL,PETER,MD,Medical Director", 1)
		list = strings.Replace(list, "29490,Ali,Mohammed", "29402,Ali,Mohamed", 1)
		a := upload(t, h, "data_lead", "employer", "2025-10-31", list)
		id := strings.TrimSuffix(strings.TrimPrefix(a.Location, "/lists/"), "/columns")
		if err := h.Roster.Preview(lead, id, nil); err != nil {
			t.Fatal(err)
		}
		if err := h.Roster.Apply(lead, id); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{peter}, got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
}

func TestWhatNobodyCanReadShowsNobody(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		for _, words := range []string{strings.Repeat("x", 201), "a b c d e f g h i"} {
			if a := h.Post("data_lead", "/people/find", url.Values{"q": {words}}); a.Status != 422 {
				t.Errorf("%q = %d", words, a.Status)
			}
		}
		foreign := strings.TrimPrefix(h.Post("captain", "/people/find", url.Values{"q": {"dahl"}}).Location, "/people?")
		for _, query := range []string{
			"q=made-up", "q=" + strings.Repeat("x", 2001), foreign, "region=Almquist", "job=Rosa", "shift=x", "unit=x",
			"member=x", "contact=x", "leave=x", "site=9999", "site=" + strings.Repeat("0308,", 500), "site=0308&site=0901",
		} {
			var l list
			if h.Get("data_lead", "/people?"+query, jsonType).JSON(t, &l); l.Total != 0 || len(l.People) != 0 {
				t.Errorf("%.40s shows %d people", query, l.Total)
			}
			if a := h.Get("data_lead", "/people?print=1&"+query, ""); a.Status != 200 || strings.Contains(a.Body, "Dahl") {
				t.Errorf("%.40s prints people: %d", query, a.Status)
			}
			if a := h.Post("data_lead", "/people/export", url.Values{"format": {"csv"}, "query": {query}}); a.Status != 200 || strings.Contains(a.Body, "Dahl") {
				t.Errorf("%.40s saves people: %d", query, a.Status)
			}
			h.Post("data_lead", "/views", url.Values{"name": {"v" + query[:min(30, len(query))]}, "query": {query}})
		}
		r := &room{Store: h.Roster, d: h.DB, t: t}
		for _, detail := range r.lines(`SELECT detail FROM audit_record WHERE detail <> '' ORDER BY seq`) {
			if strings.Contains(detail, "Almquist") || strings.Contains(detail, "Rosa") || strings.Contains(detail, "made-up") {
				t.Errorf("on record: %s", detail)
			}
		}
		if a := h.Get("data_lead", "/people?region=East&contact=verified", jsonType); !strings.Contains(a.Body, "Almquist") {
			t.Errorf("a known choice shows %s", a.Body)
		}
	})
}

func TestAFileCutIntoSmallOnesNeedsASecondPersonToo(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		if err := h.Roster.Fill(t.Context(), 97, []string{h.Site["0333"]}); err != nil { // 99 there
			t.Fatal(err)
		}
		save := func(query string, want int) string {
			t.Helper()
			a := h.Post("data_lead", "/people/export", url.Values{"format": {"csv"}, "query": {query}})
			if a.Status != want {
				t.Errorf("%s = %d, want %d", query, a.Status, want)
			}
			return a.Location
		}
		save("site=0333", 200)
		save("site=0333", 200) // the same people again are no more people
		save("site=0308", 303) // three more
		var v struct{ Exports []struct{ ID, Filter string } }
		h.Get("officer", "/exports", jsonType).JSON(t, &v)
		if len(v.Exports) != 1 || v.Exports[0].Filter != "Worksite: Blaine" {
			t.Fatalf("asked for: %+v", v.Exports)
		}
		if page := h.Get("officer", "/exports", "").Body; !strings.Contains(page, "Worksite: Blaine") {
			t.Error("the second person does not see for whom")
		}
		if a := h.Post("officer", "/exports/"+v.Exports[0].ID+"/approve", nil); a.Status != 303 {
			t.Fatal(a.Status)
		}
		if a := h.Get("data_lead", "/exports/"+v.Exports[0].ID+"/file", ""); a.Status != 200 {
			t.Errorf("approved = %d", a.Status)
		}
		h.Clock.Advance(25 * time.Hour)
		save("site=0308", 200)
	})
}

func TestTheSecondPersonAnswersForTheWholeUnit(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		blaine(t, h)
		unit := func(r auth.Role, export bool) auth.Grant {
			return auth.Grant{Role: r, Scope: auth.Unit, MayExport: export}
		}
		give(t, h, "lawyer", "", unit("lawyer", true))
		give(t, h, "other data", "", unit(auth.DataLead, true))
		give(t, h, "no export", "", unit(auth.DataLead, false))
		give(t, h, "site officer", "", auth.Grant{Role: auth.Officer, Scope: auth.Site, ScopeID: h.Site["0308"]})
		if err := h.Roster.Fill(t.Context(), 100, []string{h.Site["0333"]}); err != nil {
			t.Fatal(err)
		}
		h.Post("data_lead", "/people/export", url.Values{"format": {"csv"}})
		var v struct{ Exports []struct{ ID string } }
		h.Get("data_lead", "/exports", jsonType).JSON(t, &v)
		path := "/exports/" + v.Exports[0].ID + "/approve"
		for _, role := range []string{"lawyer", "site data", "no export", "site officer"} {
			if a := h.Post(role, path, nil); a.Status != 403 {
				t.Errorf("%s approves = %d", role, a.Status)
			}
			if a := h.Get(role, "/exports", ""); strings.Contains(a.Body, path) || strings.Contains(a.Body, "The data_lead") {
				t.Errorf("%s sees what others asked for", role)
			}
		}
		if a := h.Post("other data", path, nil); a.Status != 303 {
			t.Errorf("another data lead = %d", a.Status)
		}
	})
}

func TestWhatIsNoTextIsRefusedBeforeItReachesTheDatabase(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		id := h.Person["Blair Onlyblaine"]
		for path, want := range map[string]int{
			"/people/%00": 404, "/people/%ff": 404, "/worksites/a%00b": 404, "/people?site=%00": 422,
			"/people?region=%c3%28": 422, "/people?site=%zz": 422, "/people/" + id + "?on=%00": 422, "/people?site=0308&region=East": 200,
		} {
			if a := h.Get("data_lead", path, ""); a.Status != want {
				t.Errorf("%s = %d, want %d", path, a.Status, want)
			}
		}
		for _, value := range []string{"a\x00b", "\xff"} {
			for path, form := range map[string]url.Values{
				"/people/find": {"q": {value}}, "/views": {"name": {value}},
				"/people/" + id: {"act": {"about"}, "pronouns": {value}}, "/duplicates/" + id + "/merge": {"keep": {value}},
			} {
				if a := h.Post("data_lead", path, form); a.Status != 422 {
					t.Errorf("%s with %q = %d", path, value, a.Status)
				}
			}
		}
	})
}
