// SPDX-License-Identifier: Apache-2.0

package board_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tenday/tenday/internal/app/apptest"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/organize"
)

// readyJSON is what the tests read of the page.
type readyJSON struct {
	All struct {
		Pledged, Public, Coverage organize.Share
		Hidden                    bool
	} `json:"all"`
	Sites []organize.Ready `json:"sites"`
	Weak  []struct {
		Name, Limits string
		Least        organize.Share
	} `json:"weak"`
	Trend []organize.Week `json:"trend"`
}

func TestReadinessNamesWeakWorksitesOnlyToThoseWhoReadTheirPeople(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		pledge := func(names ...string) {
			for _, name := range names {
				err := db.Do(t.Context(), h.DB, func(tx *db.Tx) error {
					return h.Organize.RecordPaperPledge(h.As("lead"), tx, organize.Fact{Person: h.Person[name]}, organize.PledgePublic, 1)
				})
				if err != nil {
					t.Fatal(err)
				}
			}
		}
		if _, err := h.Organize.WritePledgeText(h.As("lead"), map[string]string{"en": "I will not cross.", "es": "No cruzaré."}); err != nil {
			t.Fatal(err)
		}
		pledge("Omar Farah", "Blair Onlyblaine")
		h.Clock.Advance(8 * 24 * time.Hour)
		pledge("Ingrid Dahl")

		for role, want := range map[string]struct {
			n, public int
			weak      string
		}{
			"lead":        {10, 3, "Blaine (0308) Eden Prairie (0333) Hastings (0901)"},
			"site reader": {3, 2, "Blaine (0308)"},
			"captain":     {5, 1, "Hastings (0901)"},
		} {
			var v readyJSON
			a := h.Get(role, "/board/ready", "application/json")
			a.JSON(t, &v)
			var weak []string
			for _, w := range v.Weak {
				weak = append(weak, w.Name)
				if w.Limits == "" {
					t.Errorf("%s: nothing limits %s", role, w.Name)
				}
			}
			slices.Sort(weak)
			if got := strings.Join(weak, " "); v.All.Public.N != want.n || v.All.Public.X != want.public || got != want.weak {
				t.Errorf("%s: %d of %d, weak: %s", role, v.All.Public.X, v.All.Public.N, got)
			}
			if role == "lead" && (len(v.Trend) < 2 || v.Trend[len(v.Trend)-2].Public != 2) {
				t.Errorf("trend %+v", v.Trend)
			}
		}
		for _, role := range []string{"data_lead", "officer"} {
			var v readyJSON
			a := h.Get(role, "/board/ready", "application/json")
			a.JSON(t, &v)
			if !v.All.Hidden || v.All.Public.X != 0 || len(v.Weak)+len(v.Trend)+len(v.Sites) != 0 {
				t.Errorf("%s is told %.400s", role, a.Body)
			}
		}
	})
}
