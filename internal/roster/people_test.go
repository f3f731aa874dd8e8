// SPDX-License-Identifier: Apache-2.0

package roster_test

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tenday/tenday/internal/app/apptest"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/db/dbtest"
	"github.com/tenday/tenday/internal/roster"
)

const jsonType = "application/json"

// list is the people list as a JSON client reads it.
type list struct {
	People []struct {
		ID, Given, Family, Phone string
		MayContact               bool `json:"may_contact"`
	}
	From, To, Total int
	Next, Prev      string
}

func (l list) names() []string {
	var all []string
	for _, p := range l.People {
		all = append(all, p.Given+" "+p.Family)
	}
	return all
}

func find(t *testing.T, h *apptest.House, role, words string) list {
	t.Helper()
	to := h.Post(role, "/people/find", url.Values{"q": {words}})
	// what is searched for is sealed; two letters stand in the seal by chance
	if to.Status != 303 || len(words) > 4 && strings.Contains(strings.ToLower(to.Location), strings.ToLower(words)) {
		t.Fatalf("find = %d %q", to.Status, to.Location)
	}
	var l list
	h.Get(role, to.Location, jsonType).JSON(t, &l)
	return l
}

func TestEachRoleSeesHerOwnPeopleAndTheirCount(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		for role, want := range map[string]int{"data_lead": 11, "lead": 11, "captain": 5, "site reader": 3, "region reader": 2, "member": 1} {
			a := h.Get(role, "/people", jsonType)
			var l list
			a.JSON(t, &l)
			if a.Status != 200 || l.Total != want || len(l.People) != want {
				t.Errorf("%s: %d, %d of %d people, want %d", role, a.Status, len(l.People), l.Total, want)
			}
			if page := h.Get(role, "/people", ""); page.Status != 200 || strings.Count(page.Body, `<th scope="row">`) != want {
				t.Errorf("%s: the page has %d rows", role, strings.Count(page.Body, `<th scope="row">`))
			}
		}
		for role, want := range map[string]int{"": 303, "press": 403, "operator": 403, "lapsed": 403, "officer": 403} {
			if a := h.Get(role, "/people", ""); a.Status != want {
				t.Errorf("%q = %d, want %d", role, a.Status, want)
			}
		}
	})
}

// B02.2: a captain of Hastings searches for a name that exists only at Blaine.
func TestANameOutsideTheTurfLooksLikeOneThatNobodyHas(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		there, nowhere := find(t, h, "captain", "Onlyblaine"), find(t, h, "captain", "Zzyzx")
		if diff := cmp.Diff(nowhere, there); diff != "" || there.Total != 0 {
			t.Errorf("the two answers differ:\n%s", diff)
		}
		id := h.Person["Blair Onlyblaine"]
		real, made := h.Get("captain", "/people/"+id, ""), h.Get("captain", "/people/0199a000-0000-7000-8000-000000000000", "")
		if real.Status != 404 || strings.ReplaceAll(real.Body, id, "") != strings.ReplaceAll(made.Body, "0199a000-0000-7000-8000-000000000000", "") {
			t.Errorf("her page = %d, and differs from that of nobody", real.Status)
		}
		if l := find(t, h, "data_lead", "Onlyblaine"); l.Total != 1 {
			t.Errorf("the data lead finds %d", l.Total)
		}
	})
}

// B02.3: there is no way for a captain to save her list but to print it, and the print is on record.
func TestACaptainPrintsAndSavesNothing(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		page := h.Get("captain", "/people", "").Body
		if strings.Contains(page, "/people/export") || !strings.Contains(page, "print=1") {
			t.Error("the page offers a file, or no print")
		}
		if a := h.Post("captain", "/people/export", url.Values{"format": {"csv"}}); a.Status != 403 {
			t.Errorf("export = %d", a.Status)
		}
		if a := h.Get("captain", "/people?print=1", ""); a.Status != 200 || !strings.Contains(a.Body, "Dahl") {
			t.Errorf("print = %d", a.Status)
		}
		if got := records(t, h, "person.print"); !slices.Equal(got, []string{"5"}) {
			t.Errorf("prints on record by count = %v, want [5]", got)
		}
	})
}

// records returns the counts of the audit records of a verb, oldest first.
func records(t *testing.T, h *apptest.House, verb string) []string {
	t.Helper()
	all, err := db.InRead(t.Context(), h.DB, func(tx *db.Tx) ([]string, error) {
		return db.Strings(t.Context(), tx, `SELECT CAST(count AS TEXT) FROM audit_record WHERE verb = $1 ORDER BY seq`, verb)
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestSearchFindsNamesInAnyOrderAndForm(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		for words, want := range map[string][]string{
			"nguyen":      {"Katherine Nguyen-Blaine", "Katherine Nguyen"},
			"Kath NGU":    {"Katherine Nguyen-Blaine", "Katherine Nguyen"},
			"blaine kath": {"Katherine Nguyen-Blaine"},
			"asa":         {"Åsa Lindström"},
			"lindstrom":   {"Åsa Lindström"},
			"da":          {"Ingrid Dahl", "Peter Dahl", "Dana Disputed"}, // family names first
			"0029404":     {"Peter Dahl"},
		} {
			if diff := cmp.Diff(want, find(t, h, "data_lead", words).names()); diff != "" {
				t.Errorf("%q (-want +got):\n%s", words, diff)
			}
		}
	})
}

func TestContactsAreShownOnlyWithinTheirOwnReach(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		for _, role := range []string{"data_lead", "captain", "member"} {
			var l list
			h.Get(role, "/people", jsonType).JSON(t, &l)
			if l.People[0].Phone == "" {
				t.Errorf("%s sees no phone", role)
			}
		}
		// a coordinator reads people and no contacts
		err := db.Do(t.Context(), h.DB, func(tx *db.Tx) error {
			_, err := auth.AddGrant(t.Context(), tx, auth.Grant{Account: h.Account["treasurer"], Role: "picket_coordinator", Scope: auth.Unit})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		page := h.Get("treasurer", "/people?col=phone,email,contact", "")
		if page.Status != 200 || strings.Contains(page.Body, "555-01") || strings.Contains(page.Body, "@mail.example.org") {
			t.Errorf("a coordinator's page = %d, with contacts", page.Status)
		}
		var l list
		h.Get("treasurer", "/people?contact=none", jsonType).JSON(t, &l)
		if l.Total != 0 {
			t.Error("filtering by contacts tells a coordinator who has none")
		}
	})
}

func TestTheCountFollowsTheRoster(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		var before, after list
		path := "/people?site=0308&unit=in"
		h.Get("data_lead", path, jsonType).JSON(t, &before)
		a := h.Post("data_lead", "/people/"+h.Person["Omar Farah"], url.Values{"act": {"status"}, "unit_status": {"out"}, "why": {"site lead"}})
		if a.Status != 303 {
			t.Fatalf("edit = %d %.300s", a.Status, a.Body)
		}
		h.Get("data_lead", path, jsonType).JSON(t, &after)
		if before.Total != 3 || after.Total != 2 || len(after.People) != 2 {
			t.Errorf("3 became %d (from %d), with %d lines", after.Total, before.Total, len(after.People))
		}
	})
}

// Whatever the filter and the order, paging forwards meets every matching person exactly once, in order, and back again too.
func TestPagesMeetEverybodyOnce(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		if err := h.Roster.Fill(t.Context(), 400, slices.Sorted(maps.Values(h.Site))); err != nil {
			t.Fatal(err)
		}
		rapid.Check(t, func(rt *rapid.T) {
			q := url.Values{}
			for _, values := range [][]string{
				{"site", "", "", "0308"},
				{"region", "", "", "East"},
				{"job", "", "MD", "PA"},
				{"unit", "", "in", "disputed"},
				{"leave", "", "", "yes"},
				{"contact", "", "", "verified", "none"},
				{"sort", "", "", "worksite", "hired", "fte"},
				{"desc", "", "1"},
				{"q", "", "", "al", "b", "ada ber", "d"},
			} {
				if v := rapid.SampledFrom(values[1:]).Draw(rt, values[0]); v != "" {
					q.Set(values[0], v)
				}
			}
			role := rapid.SampledFrom([]string{"data_lead", "site reader", "region reader"}).Draw(rt, "role")
			var forwards []string
			var last list
			path := h.Post(role, "/people/find", q).Location
			total := -1
			for path != "" {
				last = list{}
				h.Get(role, path, jsonType).JSON(t, &last)
				for _, p := range last.People {
					forwards = append(forwards, p.ID)
				}
				if total >= 0 && total != last.Total || len(last.People) > 0 && last.To != len(forwards) {
					rt.Fatalf("total %d after %d, to %d of %d met", last.Total, total, last.To, len(forwards))
				}
				total, path = last.Total, last.Next
			}
			if len(forwards) != total {
				rt.Fatalf("met %d of %d", len(forwards), total)
			}
			if unique := slices.Compact(slices.Sorted(slices.Values(forwards))); len(unique) != len(forwards) {
				rt.Fatalf("met %d, of whom %d different", len(forwards), len(unique))
			}
			var backwards []string
			for {
				var ids []string
				for _, p := range last.People {
					ids = append(ids, p.ID)
				}
				backwards = append(ids, backwards...)
				if last.Prev == "" {
					break
				}
				path, last = last.Prev, list{}
				h.Get(role, path, jsonType).JSON(t, &last)
			}
			if diff := cmp.Diff(forwards, backwards); diff != "" {
				rt.Fatalf("backwards differs:\n%s", diff)
			}
		})
	})
}

// A full scan of a table is what makes a list slow with the years; each hot query is explained on both engines.
func TestHotQueriesUseIndexes(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		site := h.Site["0901"]
		unit := auth.Reach{Ability: auth.PersonRead, All: true}
		for _, q := range roster.HotQueries(unit, auth.Reach{Ability: auth.PersonRead, Sites: []string{site}},
			auth.Reach{Ability: auth.PersonRead, Sets: []string{h.Turf}}, site) {
			plan := explain(t, h.DB, q)
			for _, line := range plan {
				indexed := strings.Contains(line, "USING") // SCAN ... USING INDEX walks in the list's order and stops at LIMIT
				walk := strings.HasPrefix(line, "SCAN n") && (q.Name == "list" || q.Name == "next page")
				if strings.HasPrefix(line, "SCAN ") && !indexed && !walk && line != "SCAN CONSTANT ROW" || strings.Contains(line, "Seq Scan") {
					t.Errorf("%s: %s\n%s\n%s", q.Name, line, q.Text, strings.Join(plan, "\n"))
				}
			}
		}
	})
}

func explain(t *testing.T, d *db.DB, q roster.HotQuery) []string {
	t.Helper()
	plan, err := db.InTx(t.Context(), d, func(tx *db.Tx) ([]string, error) {
		if err := db.Ascending(q.Text); err != nil {
			return nil, err
		}
		return dbtest.Plan(t.Context(), tx, q.Text, q.Args...)
	})
	if err != nil {
		t.Fatal(fmt.Errorf("explain %s: %w", q.Name, err))
	}
	return plan
}
