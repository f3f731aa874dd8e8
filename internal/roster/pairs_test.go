// SPDX-License-Identifier: Apache-2.0

package roster_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/tenday/tenday/internal/app/apptest"
	"github.com/tenday/tenday/internal/offline"
	"github.com/tenday/tenday/internal/roster"
)

// kate puts a second record of Katherine Nguyen on the roster, of another number and the same mobile.
func kate(t *testing.T, h *apptest.House) string {
	t.Helper()
	id, err := h.Roster.AddPerson(h.As("data_lead"), roster.NewPerson{
		Name: roster.Name{Given: "Kate", Family: "Nguyen"}, UnitStatus: roster.InUnit,
		WorksiteID: h.Site["0901"], JobClass: roster.NP, FTE: 80, StartsOn: roster.Date{Year: 2025, Month: time.June, Day: 2}, Number: "0071863",
		Phone: "+16515550101", Email: "kate@post.example.org",
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func openPairs(t *testing.T, h *apptest.House) []*roster.PairRow {
	t.Helper()
	if err := h.Roster.FindPairs(h.As("data_lead")); err != nil {
		t.Fatal(err)
	}
	all, err := h.Roster.Pairs(h.As("data_lead"), roster.PairOpen)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// B04.1 to B04.4. What was recorded about either is counted for whoever decides, and not read to her.
func TestKatherineAndKateAreProposedMergedAndPartedAgain(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		lead, katherine, other := h.As("data_lead"), h.Person["Katherine Nguyen"], kate(t, h)
		namesake, err := h.Roster.AddPerson(lead, roster.NewPerson{
			Name: roster.Name{Given: "Katherine", Family: "Nguyen"}, UnitStatus: roster.InUnit,
			WorksiteID: h.Site["0308"], JobClass: roster.MD, FTE: 100, StartsOn: roster.Date{Year: 2022, Month: time.May, Day: 3}, Number: "0071865",
		})
		if err != nil {
			t.Fatal(err)
		}
		all := openPairs(t, h)
		at := slices.IndexFunc(all, func(p *roster.PairRow) bool { return p.A == katherine && p.B == other })
		if at < 0 {
			t.Fatalf("not proposed among %d", len(all))
		}
		for _, p := range all {
			if p.B == namesake && (p.A == katherine || p.A == other) {
				t.Errorf("namesakes at two clinics were proposed: %v", p.Reasons)
			}
		}
		p := all[at]
		var codes []string
		for _, r := range p.Reasons {
			codes = append(codes, r.Code)
		}
		for _, want := range []string{roster.SamePhone, roster.ShortName, roster.SameSiteAndJob} {
			if !slices.Contains(codes, want) {
				t.Errorf("reasons %v lack %s", codes, want)
			}
		}
		then := h.Clock.Now().Add(-time.Hour).UnixMilli()
		for n, data := range []string{`{"person":%q,"channel":"call","outcome":"talked"}`, `{"person":%q,"channel":"call","outcome":"busy"}`, `{"person":%q,"value":2,"basis":"said"}`} {
			kind := []string{"conversation", "conversation", "assessment"}[n]
			id := uuid.Must(uuid.NewV7()).String()
			a, err := h.Offline.Sync(h.As("captain"), offline.Batch{Now: h.Clock.Now().UnixMilli(), Events: []offline.Sent{{ID: id, Kind: kind, At: then, Data: json.RawMessage(fmt.Sprintf(data, katherine))}}})
			if err != nil || len(a.Done) != 1 {
				t.Fatalf("%s: %+v, %v", kind, a, err)
			}
		}
		view, err := h.Roster.Pair(lead, p.ID)
		if err != nil {
			t.Fatal(err)
		}
		moves := map[string]string{}
		for _, f := range view.Fields {
			moves[f.Field] = f.A + " and " + f.B
		}
		for field, want := range map[string]string{"talks": "2 and 0", "values": "1 and 0", "bookings": "0 and 0"} {
			if moves[field] != want {
				t.Errorf("%s that move: %q, want %q", field, moves[field], want)
			}
		}
		page := h.Get("data_lead", "/duplicates/"+p.ID, "").Body
		for _, want := range []string{"Same personal phone", "Kate is short for Katherine", "0071863", "Bookings for shifts", "Merge into one person"} {
			if !strings.Contains(page, want) {
				t.Errorf("the page lacks %q", want)
			}
		}
		if a := h.Post("data_lead", "/duplicates/"+p.ID+"/merge", url.Values{"keep": {katherine}, "name": {other}}); a.Status != 303 {
			t.Fatalf("merge = %d: %.2000s", a.Status, a.Body)
		}
		if a := h.Get("data_lead", "/people/"+katherine, ""); !strings.Contains(a.Body, "Kate Nguyen") {
			t.Error("the chosen name is not shown")
		}
		if err := h.Roster.Merge(lead, p.ID, roster.Merge{Keep: katherine}); err == nil {
			t.Error("merged twice")
		}
		if a := h.Post("data_lead", "/duplicates/"+p.ID+"/unmerge", url.Values{}); a.Status != 303 {
			t.Fatalf("unmerge = %d: %.2000s", a.Status, a.Body)
		}
		if a := h.Get("data_lead", "/people/"+katherine, ""); !strings.Contains(a.Body, "Katherine Nguyen") {
			t.Error("she has not her own name again")
		}
		if a := h.Get("data_lead", "/people/"+other, ""); a.Status != 200 || !strings.Contains(a.Body, "Kate") {
			t.Errorf("the other record = %d", a.Status)
		}
	})
}

func TestDifferentPeopleComeBackOnlyWithNewEvidence(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		lead := h.As("data_lead")
		second, err := h.Roster.AddPerson(lead, roster.NewPerson{
			Name: roster.Name{Given: "Mohamed", Family: "Ali"}, UnitStatus: roster.InUnit,
			WorksiteID: h.Site["0901"], JobClass: roster.MD, FTE: 80, StartsOn: roster.Date{Year: 2025, Month: time.June, Day: 2}, Number: "0071864",
		})
		if err != nil {
			t.Fatal(err)
		}
		find := func() *roster.PairRow {
			for _, p := range openPairs(t, h) {
				if p.B == second || p.A == second {
					return p
				}
			}
			return nil
		}
		p := find()
		if p == nil {
			t.Fatal("not proposed")
		}
		if err := h.Roster.Different(lead, p.ID); err != nil {
			t.Fatal(err)
		}
		if find() != nil {
			t.Error("proposed again with nothing new")
		}
		list := strings.Replace(smallList, "29490,Ali,Mohammed,MD", "71864,Ali,Mohamed,MD", 1)
		a := upload(t, h, "data_lead", "employer", "2025-10-31", list)
		id := strings.TrimSuffix(strings.TrimPrefix(a.Location, "/lists/"), "/columns")
		if err := h.Roster.Preview(lead, id, nil); err != nil {
			t.Fatal(err)
		}
		if err := h.Roster.Apply(lead, id); err != nil {
			t.Fatal(err)
		}
		if find() == nil {
			t.Error("not proposed again when a phone was added")
		}
	})
}

// B04.6: two people, one phone that is marked as shared.
func TestAPhoneOfACoupleIsMarkedShared(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		list := strings.Replace(smallList, "DAHL,PETER,MD,Physician,901,0.80,Day,2019-03-07,(651) 555-0104", "DAHL,PETER,MD,Physician,901,0.80,Day,2019-03-07,(651) 555-0103", 1)
		list = strings.Replace(list, "29490,Ali,Mohammed", "29402,Ali,Mohamed", 1)
		lead := h.As("data_lead")
		a := upload(t, h, "data_lead", "employer", "2025-10-31", list)
		id := strings.TrimSuffix(strings.TrimPrefix(a.Location, "/lists/"), "/columns")
		if err := h.Roster.Preview(lead, id, nil); err != nil {
			t.Fatal(err)
		}
		if err := h.Roster.Apply(lead, id); err != nil {
			t.Fatal(err)
		}
		r := &room{Store: h.Roster, d: h.DB, t: t}
		got := r.lines(`SELECT shared_with FROM contact_point WHERE value = '+16515550103' AND removed_at = 0 ORDER BY person_id`)
		want := []string{`["` + h.Person["Peter Dahl"] + `"]`, `["` + h.Person["Ingrid Dahl"] + `"]`}
		slices.Sort(got)
		slices.Sort(want)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
}

func TestTheStateTablesAreThoseOfTheSpecification(t *testing.T) {
	t.Parallel()

	body, err := os.ReadFile("testdata/states.json")
	if err != nil {
		t.Fatal(err)
	}
	var machines map[string]struct {
		Transitions, Forbidden []struct{ From, To string }
	}
	if err := json.Unmarshal(body, &machines); err != nil {
		t.Fatal(err)
	}
	for name, ours := range roster.Machines() {
		var want []string
		for _, tr := range machines[name].Transitions {
			want = append(want, tr.From+" "+tr.To)
		}
		slices.Sort(want)
		if diff := cmp.Diff(want, ours); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
		for _, f := range machines[name].Forbidden {
			if slices.Contains(ours, f.From+" "+f.To) {
				t.Errorf("%s: %s to %s is forbidden", name, f.From, f.To)
			}
		}
	}
}
