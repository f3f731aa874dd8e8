// SPDX-License-Identifier: Apache-2.0

package roster_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tenday/tenday/internal/app/apptest"
)

func TestASmallListLeavesAtOnceAndIsOnRecord(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		for _, role := range []string{"captain", "lead", "officer", "site reader", "press"} {
			if a := h.Post(role, "/people/export", url.Values{"format": {"csv"}}); a.Status != 403 {
				t.Errorf("%s = %d", role, a.Status)
			}
		}
		a := h.Post("data_lead", "/people/export", url.Values{"format": {"csv"}, "query": {"site=0308"}})
		if a.Status != 200 || strings.Count(a.Body, "The data_lead, 2025-10-31") != 3 || !strings.Contains(a.Body, "Onlyblaine") ||
			!strings.Contains(a.Body, "(651) 555-01") || strings.Contains(a.Body, "Dahl") || !strings.Contains(a.Body, "Scope,unit") {
			t.Errorf("file = %d\n%s", a.Status, a.Body)
		}
		if got := records(t, h, "person.export"); !slices.Equal(got, []string{"3"}) {
			t.Errorf("on record: %v", got)
		}
		if a := h.Post("data_lead", "/people/export", url.Values{"format": {"xlsx"}}); a.Status != 200 || !strings.HasPrefix(a.Body, "PK") {
			t.Errorf("xlsx = %d", a.Status)
		}
	})
}

func TestALargeListNeedsASecondPerson(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		if err := h.Roster.Fill(t.Context(), 100, []string{h.Site["0308"]}); err != nil {
			t.Fatal(err)
		}
		if a := h.Post("data_lead", "/people/export", url.Values{"format": {"csv"}}); a.Status != 303 || a.Location != "/exports" {
			t.Fatalf("ask = %d", a.Status)
		}
		var v struct{ Exports []struct{ ID string } }
		h.Get("data_lead", "/exports", jsonType).JSON(t, &v)
		if len(v.Exports) != 1 || len(records(t, h, "person.export")) != 0 {
			t.Fatalf("%d files asked for", len(v.Exports))
		}
		path := "/exports/" + v.Exports[0].ID
		get := func(role string, want int) {
			t.Helper()
			if a := h.Get(role, path+"/file", ""); a.Status != want {
				t.Errorf("%s fetches = %d, want %d", role, a.Status, want)
			}
		}
		get("data_lead", 409)
		for _, c := range []struct {
			role string
			want int
		}{{"", 401}, {"captain", 403}, {"lead", 403}, {"data_lead", 403}, {"officer", 303}, {"officer", 409}} {
			if a := h.Post(c.role, path+"/approve", nil); a.Status != c.want {
				t.Errorf("%q approves = %d, want %d", c.role, a.Status, c.want)
			}
		}
		get("officer", 403)
		get("data_lead", 200)
		if got := records(t, h, "person.export"); !slices.Equal(got, []string{"111"}) {
			t.Errorf("on record: %v", got)
		}
		h.Clock.Advance(25 * time.Hour)
		get("data_lead", 409)
	})
}
