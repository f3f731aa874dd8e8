// SPDX-License-Identifier: Apache-2.0

package roster_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/tenday/tenday/internal/app/apptest"
)

type sites struct {
	Worksites []struct {
		ID, Code string
		InUnit   int
		Now      string
	}
}

func TestWorksitesAreForAllAndCountsForThoseWhoMayKnow(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		for role, want := range map[string]map[string]int{
			"data_lead": {"0901": 6, "0308": 3, "0333": 1}, "captain": {"0901": 5, "0308": 0, "0333": 0},
			"site reader": {"0901": 0, "0308": 3, "0333": 0}, "press": {"0901": -1, "0308": -1, "0333": -1},
		} {
			var s sites
			h.Get(role, "/worksites", jsonType).JSON(t, &s)
			for _, w := range s.Worksites {
				if w.InUnit != want[w.Code] {
					t.Errorf("%s: %d people at %s, want %d", role, w.InUnit, w.Code, want[w.Code])
				}
			}
			for _, path := range []string{"/worksites", "/worksites/map", "/worksites/" + h.Site["0308"]} {
				a := h.Get(role, path, "")
				if a.Status != 200 || strings.Contains(a.Body, "Onlyblaine") || !strings.Contains(a.Body, "Blaine") {
					t.Errorf("%s: %s = %d", role, path, a.Status)
				}
			}
		}
		if a := h.Get("", "/worksites", ""); a.Status != 303 {
			t.Errorf("a stranger = %d", a.Status)
		}
	})
}

func TestAWorksiteIsChangedByWhoeverMay(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		path := "/worksites/" + h.Site["0308"]
		form := url.Values{
			"name": {"Blaine"}, "town": {"Blaine"}, "kind": {"clinic"}, "tz": {"America/Chicago"}, "region": {"West"},
			"status": {"closing"}, "patients_go_to": {h.Site["0901"]}, "lat": {"45.16"}, "lng": {"-93.2"},
		}
		for _, role := range []string{"captain", "lead", "officer", "press"} {
			if a := h.Post(role, path, form); a.Status != 403 {
				t.Errorf("%s = %d", role, a.Status)
			}
		}
		if a := h.Post("data_lead", path, form); a.Status != 422 || !strings.Contains(a.Body, "from which day") {
			t.Errorf("closing without a day = %d", a.Status)
		}
		form.Set("closes_on", "2025-11-01")
		if a := h.Post("data_lead", path, form); a.Status != 303 {
			t.Fatalf("edit = %d %.300s", a.Status, a.Body)
		}
		if a := h.Get("press", path, ""); !strings.Contains(a.Body, "Closes Sat 1 Nov 2025") || !strings.Contains(a.Body, "Hastings Clinic") {
			t.Error("the page does not say when it closes and where patients go")
		}
		var l list
		h.Get("region reader", "/people", jsonType).JSON(t, &l)
		if l.Total != 5 { // who works there is in her region now
			t.Errorf("the region's reader sees %d, want 5", l.Total)
		}
		form.Set("status", "open")
		if a := h.Post("data_lead", path, form); a.Status != 303 {
			t.Errorf("open again = %d", a.Status)
		}
		form.Set("code", "0777")
		if a := h.Post("data_lead", "/worksites/new", form); a.Status != 303 {
			t.Errorf("add = %d %.300s", a.Status, a.Body)
		}
		if a := h.Post("data_lead", "/worksites/new", form); a.Status != 422 && a.Status != 409 {
			t.Errorf("the same code again = %d", a.Status)
		}
	})
}
