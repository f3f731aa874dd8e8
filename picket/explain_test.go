// SPDX-License-Identifier: Apache-2.0

package picket

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// changed keeps what is not 0, as the vectors do.
func changed(order Order, l Levels) map[string]int64 {
	all := map[string]int64{}
	for _, k := range order {
		if l[k] != 0 {
			all[k.String()] = l[k]
		}
	}
	return all
}

func TestEveryAlternativeAndEveryRecruitHasItsExactPrice(t *testing.T) {
	t.Parallel()

	for _, name := range []string{"tiny-8", "small-60", "twin-600"} {
		var want expected
		load(t, vectors(t, "plan/"+name), "expected.json", &want)
		in := read(t, name, map[string]string{"min_rest_min": "0", "use_teams": "false"})
		r, err := Plan(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		members := map[string]int32{}
		for i, m := range in.Members {
			members[m.ID] = int32(i)
		}
		type key struct{ member, site, shift, role string }
		got := map[key]Alternative{}
		checked := 0
		for _, e := range want.Explain {
			k := key{e.Member, e.Site, e.Shift, e.Role}
			if _, ok := got[k]; !ok {
				for _, a := range r.alternatives(members[e.Member]) {
					got[key{e.Member, in.Sites[a.Site].ID, in.Shifts[a.Shift].ID, a.Role.String()}] = a
				}
			}
			a, ok := got[k]
			if !ok { // another best plan may already have her there; then it costs nothing
				if len(e.Delta) > 0 {
					t.Errorf("%s: %+v is no alternative", name, k)
				}
				continue
			}
			checked++
			if diff := cmp.Diff(e.Delta, changed(planOrder, a.Delta)); diff != "" || !a.Possible {
				t.Errorf("%s: %+v (-want +got):\n%s", name, k, diff)
			}
		}
		worth := map[key]Levels{}
		for _, w := range r.Recruit() {
			worth[key{"", in.Sites[w.Need.Site].ID, in.Shifts[w.Need.Shift].ID, w.Need.Role.String()}] = w.Delta
		}
		for _, e := range want.Recruit {
			if diff := cmp.Diff(e.Delta, changed(planOrder, worth[key{"", e.Site, e.Shift, e.Role}])); diff != "" {
				t.Errorf("%s: recruit %s %s %s (-want +got):\n%s", name, e.Site, e.Shift, e.Role, diff)
			}
		}
		t.Logf("%s: %d of %d alternatives, %d recruits", name, checked, len(want.Explain), len(want.Recruit))
	}
}
