// SPDX-License-Identifier: Apache-2.0

package notice

import (
	"slices"
	"strings"
	"testing"
)

// Also where a rule reads no civil days, and its safe day is past.
func TestEveryOpenStepIsInTheCalendar(t *testing.T) {
	t.Parallel()

	for vector, pack := range map[string]string{"I01": "us-nlra-hc", "V53": "ca-qc", "V49a": "us-mn-pelra"} {
		f := edited(t, vector, set("notices", "[]"), set("actions[s1].relies_on", "[]"))
		for asOf := f.Actions[0].Start.Day - 70; asOf <= f.Actions[0].Start.Day; asOf++ {
			pl, err := Solve(PackByID(pack), f, "s1", asOf, HouseBuffer)
			if err != nil {
				t.Fatal(err)
			}
			var want, got []string
			for _, s := range pl.Steps {
				if (s.State == "open" || s.State == "late") && len(s.Latest) > 0 {
					want = append(want, "s1."+s.ID)
				}
			}
			for _, e := range Events(pl) {
				got = append(got, e.UID)
			}
			if !slices.Equal(append(want, "s1.start"), got) {
				t.Errorf("%s as of %v: %v, want %v", vector, asOf, got, want)
			}
		}
	}
}

func TestAnEventSaysTheLenientDayToo(t *testing.T) {
	t.Parallel()

	pl, err := Solve(PackByID("us-nlra-hc"), factsOf(t, "I01"), "s1", Date(2025, 9, 1), HouseBuffer)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"s1.ten_day": "To be safe: received by 2025-10-24. The last day that passes at all: 2025-10-26.",
		"s1.dispute": "To be safe: received by 2025-09-23. The last day that passes at all: 2025-09-24.",
	}
	for _, e := range Events(pl) {
		if !strings.HasPrefix(e.Description, want[e.UID]) {
			t.Errorf("%s: %s", e.UID, e.Description)
		}
		_, list, _ := strings.Cut(e.Description, "Authority: ")
		list, _, _ = strings.Cut(list, ".\n")
		refs := strings.Split(list, "; ")
		if once := slices.Compact(slices.Sorted(slices.Values(refs))); len(once) != len(refs) {
			t.Errorf("%s names an authority twice: %v", e.UID, refs)
		}
	}
}
