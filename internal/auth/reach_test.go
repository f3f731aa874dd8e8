// SPDX-License-Identifier: Apache-2.0

package auth_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/tenday/tenday/internal/app/apptest"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
)

// Whatever grants somebody holds: without one of them, or with one of them narrower, she sees nobody that she did not see
// before; and what she sees is exactly the union of what each shows.
func TestANarrowerGrantNeverSeesMore(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		var sites []string
		for _, id := range h.Site {
			sites = append(sites, id)
		}
		slices.Sort(sites)
		regions := map[string]string{h.Site["0901"]: "East", h.Site["0308"]: "East", h.Site["0333"]: "West"}
		sets := oneSetASite(t, h)

		scope := rapid.Custom(func(t *rapid.T) auth.Grant {
			g := auth.Grant{Role: "organizer", Scope: rapid.SampledFrom([]auth.Scope{auth.Turf, auth.Site, auth.Region, auth.Unit}).Draw(t, "scope")}
			site := rapid.SampledFrom(sites).Draw(t, "site")
			g.ScopeID = map[auth.Scope]string{auth.Turf: sets[site], auth.Site: site, auth.Region: regions[site]}[g.Scope]
			if rapid.Bool().Draw(t, "captain") {
				g.Role = auth.Captain
			}
			return g
		})
		narrower := func(t *rapid.T, g auth.Grant) auth.Grant {
			inside := slices.DeleteFunc(slices.Clone(sites), func(s string) bool {
				return g.Scope == auth.Region && regions[s] != g.ScopeID || g.Scope == auth.Site && s != g.ScopeID
			})
			site := rapid.SampledFrom(inside).Draw(t, "inside")
			switch g.Scope {
			case auth.Unit:
				g.Scope, g.ScopeID = auth.Region, regions[site]
			case auth.Region:
				g.Scope, g.ScopeID = auth.Site, site
			case auth.Site:
				g.Scope, g.ScopeID = auth.Turf, sets[site]
			}
			return g
		}
		rapid.Check(t, func(rt *rapid.T) {
			grants := rapid.SliceOfN(scope, 1, 4).Draw(rt, "grants")
			ability := rapid.SampledFrom([]auth.Ability{auth.PersonRead, auth.PersonContact, auth.Invite, auth.TurfManage}).Draw(rt, "ability")
			all := sees(t, h, ability, grants)
			i := rapid.IntRange(0, len(grants)-1).Draw(rt, "i")
			less := slices.Clone(grants)
			if rapid.Bool().Draw(rt, "drop") {
				less = slices.Delete(less, i, i+1)
			} else {
				less[i] = narrower(rt, less[i])
			}
			for p := range sees(t, h, ability, less) {
				if !all[p] {
					rt.Errorf("%v sees %s, %v does not", less, p, grants)
				}
			}
			union := map[string]bool{}
			for _, g := range grants {
				for p := range sees(t, h, ability, []auth.Grant{g}) {
					union[p] = true
				}
			}
			if len(union) != len(all) {
				rt.Errorf("%v sees %d people, one by one %d", grants, len(all), len(union))
			}
		})
	})
}

// sees asks the database whom the grants show.
func sees(t *testing.T, h *apptest.House, a auth.Ability, grants []auth.Grant) map[string]bool {
	t.Helper()
	reach, ok := (&auth.Identity{Grants: grants}).Reach(a)
	if !ok {
		reach = auth.Reach{}
	}
	var args db.Args
	where := reach.Where("person_id", &args)
	people, err := db.InRead(t.Context(), h.DB, func(tx *db.Tx) ([]string, error) {
		return db.Strings(t.Context(), tx, `SELECT person_id FROM person_now WHERE `+where, args...)
	})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]bool{}
	for _, p := range people {
		out[p] = true
	}
	return out
}

// oneSetASite makes a turf of half of each worksite's people.
func oneSetASite(t *testing.T, h *apptest.House) map[string]string {
	t.Helper()
	sets := map[string]string{}
	err := db.Do(t.Context(), h.DB, func(tx *db.Tx) error {
		for code, site := range h.Site {
			people, err := db.Strings(t.Context(), tx, `SELECT person_id FROM person_site WHERE worksite_id = $1 ORDER BY person_id`, site)
			if err != nil {
				return err
			}
			if sets[site], err = auth.AddSet(t.Context(), tx, code, people[:(len(people)+1)/2]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return sets
}
