// SPDX-License-Identifier: Apache-2.0

package picket

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
)

type variant struct {
	Name      string
	Set       map[string]any
	Levels    map[string]int64
	FlowBound map[string]int64 `json:"flow_bound"`
	Weights   map[string]int64
	Nodes     int32 `json:"plain_nodes"`
	Arcs      int   `json:"plain_arcs"`
}

type expected struct {
	Unplaceable map[string]Reason
	ByReason    map[Reason]int `json:"unplaceable_by_reason"`
	Variants    []variant
	Table       struct {
		Rows, Sum int
		SHA256    string
	} `json:"travel_table"`
	Explain []struct {
		Member string `json:"member_id"`
		Site   string `json:"site_id"`
		Shift  string `json:"shift_id"`
		Role   string
		Delta  map[string]int64
	}
	Recruit []struct {
		Site  string `json:"site_id"`
		Shift string `json:"shift_id"`
		Role  string
		Delta map[string]int64
	}
	Replan []struct {
		Set               map[string]any
		Prev, Events, Now string
		Modes             map[string]struct {
			Levels map[string]int64
			Pinned int
		}
	}
}

func settings(set map[string]any) map[string]string {
	all := map[string]string{}
	for k, v := range set {
		all[k] = fmt.Sprint(v)
	}
	return all
}

func read(tb testing.TB, name string, set map[string]string) *Input {
	tb.Helper()
	in, warnings, err := Read(vectors(tb, "plan/"+name), set)
	if err != nil {
		tb.Fatalf("%s: %v", name, err)
	}
	for _, w := range warnings {
		if w.Code != "zip_estimated" {
			tb.Errorf("%s: %v", name, w)
		}
	}
	return in
}

// named turns levels into what the vectors list.
func named(order Order, l Levels) map[string]int64 {
	all := map[string]int64{}
	for _, k := range order {
		all[k.String()] = l[k]
	}
	return all
}

func (r *Result) values() (value, bound Levels) {
	for _, v := range r.Levels {
		value[v.Level], bound[v.Level] = v.Value, v.Bound
	}
	return value, bound
}

func TestEveryFlowVariantIsOptimalInAllLevels(t *testing.T) {
	t.Parallel()

	for _, name := range []string{"tiny-8", "small-60", "twin-600", "metro-10k"} {
		if name == "metro-10k" && testing.Short() {
			continue
		}
		var want expected
		load(t, vectors(t, "plan/"+name), "expected.json", &want)
		for _, v := range want.Variants {
			t.Run(name+" "+v.Name, func(t *testing.T) {
				t.Parallel()

				in := read(t, name, settings(v.Set))
				start := time.Now()
				r, err := Plan(t.Context(), in)
				if err != nil {
					t.Fatal(err)
				}
				t.Logf("planned in %v", time.Since(start))
				value, bound := r.values()
				if v.FlowBound != nil {
					if diff := cmp.Diff(v.FlowBound, named(planOrder, bound)); diff != "" {
						t.Errorf("bound (-want +got):\n%s", diff)
					}
					t.Logf("best %v, got %v", v.Levels, named(planOrder, value))
					r.check(t)
					if value[ShortCaptain] != v.Levels["short_captain"] || value[ShortMin] != v.Levels["short_min"] {
						t.Errorf("minimum places: %v, want %v", value, v.Levels)
					}
					return
				}
				if diff := cmp.Diff(v.Levels, named(planOrder, value)); diff != "" {
					t.Errorf("levels (-want +got):\n%s", diff)
				}
				if v.Weights != nil {
					if diff := cmp.Diff(v.Weights, named(planOrder, r.k.weights)); diff != "" {
						t.Errorf("weights (-want +got):\n%s", diff)
					}
				}
				if v.Nodes != 0 && (r.k.p.N != v.Nodes || len(r.k.p.Arcs) != v.Arcs) {
					t.Errorf("%d nodes, %d arcs, want %d, %d", r.k.p.N, len(r.k.p.Arcs), v.Nodes, v.Arcs)
				}
				r.check(t)
			})
		}
	}
}

// check looks at a plan without the planner's code: who stands where must be allowed to.
func (r *Result) check(t *testing.T) {
	t.Helper()
	in := r.in
	type siteShift struct{ site, shift int32 }
	at := map[Slot]siteShift{}
	of := map[int32][]Placement{}
	count := map[Need]int{}
	for _, p := range r.Placements {
		m := in.Members[p.Member]
		if m.Duty != Picket || in.Answers[Slot{p.Member, p.Shift}] == "" || !m.fits(p.Role) {
			t.Errorf("%s may not be %v in %s", m.ID, p.Role, in.Shifts[p.Shift].ID)
		}
		for _, b := range in.Bans {
			if b.Member == p.Member && (b.Site < 0 || b.Site == p.Site) && (b.Shift < 0 || b.Shift == p.Shift) {
				t.Errorf("%s is banned there", m.ID)
			}
		}
		for _, q := range of[p.Member] {
			a, b := in.Shifts[q.Shift].At[q.Site], in.Shifts[p.Shift].At[p.Site]
			if in.Shifts[p.Shift].Block == in.Shifts[q.Shift].Block || b.Start.Sub(a.End) < time.Duration(in.Policy.MinRestMin)*time.Minute {
				t.Errorf("%s has too little rest between %s and %s", m.ID, in.Shifts[q.Shift].ID, in.Shifts[p.Shift].ID)
			}
		}
		of[p.Member] = append(of[p.Member], p)
		if len(of[p.Member]) > m.MaxShifts {
			t.Errorf("%s has %d shifts", m.ID, len(of[p.Member]))
		}
		at[Slot{p.Member, p.Shift}] = siteShift{p.Site, p.Shift}
		count[Need{Site: p.Site, Shift: p.Shift, Role: p.Role}]++
	}
	for _, n := range in.Needs {
		if c := count[Need{Site: n.Site, Shift: n.Shift, Role: n.Role}]; c > n.Max {
			t.Errorf("%+v has %d people", n, c)
		}
	}
	if !in.Policy.UseTeams {
		return
	}
	for _, team := range in.Teams {
		for s := range in.Shifts {
			places := map[siteShift]bool{}
			for _, m := range team.Members {
				places[at[Slot{m, int32(s)}]] = true
			}
			if len(places) > 1 {
				t.Errorf("team %s is split", team.ID)
			}
		}
	}
}

func TestTheOnlyBestPlanIsWrittenByteForByteWhateverTheOrderOfRows(t *testing.T) {
	t.Parallel()

	want, err := fs.ReadFile(vectors(t, "plan/tiny-8"), "expected_plan.csv")
	if err != nil {
		t.Fatal(err)
	}
	var odd struct {
		Accepted []struct {
			Name  string
			Edits []edit
		}
	}
	load(t, vectors(t, "."), "bad-plan.json", &odd)
	odd.Accepted = append(odd.Accepted, struct {
		Name  string
		Edits []edit
	}{Name: "as it is"})
	for _, a := range odd.Accepted {
		files := folder(t, vectors(t, "plan/tiny-8"))
		for _, e := range a.Edits {
			e.apply(t, files)
		}
		if got := planned(t, files, map[string]string{"min_rest_min": "0", "use_teams": "false"}); got != string(want) {
			t.Errorf("%s: %s", a.Name, cmp.Diff(string(want), got))
		}
	}
	files := folder(t, vectors(t, "plan/twin-600"))
	first := planned(t, files, nil)
	for _, name := range []string{"members.csv", "needs.csv", "sites.csv", "shifts.csv", "availability.csv", "teams.csv", "bans.csv"} {
		edit{File: name, Op: "reverse_rows"}.apply(t, files)
	}
	if diff := cmp.Diff(first, planned(t, files, nil)); diff != "" {
		t.Errorf("twin-600 in another order (-as it is +reversed):\n%s", diff)
	}
}

func planned(t *testing.T, files fstest.MapFS, set map[string]string) string {
	t.Helper()
	in, _, err := Read(files, set)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Plan(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := r.WriteCSV(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWhoCannotBePlacedIsToldTheFirstReason(t *testing.T) {
	t.Parallel()

	for _, name := range []string{"tiny-8", "small-60", "twin-600", "metro-10k"} {
		var want expected
		load(t, vectors(t, "plan/"+name), "expected.json", &want)
		m := newModel(read(t, name, nil))
		got, counts := map[string]Reason{}, map[Reason]int{}
		for i, why := range m.reasons {
			if why != "" {
				got[m.in.Members[i].ID] = why
				counts[why]++
			}
		}
		if want.Unplaceable != nil {
			if diff := cmp.Diff(want.Unplaceable, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		} else if diff := cmp.Diff(want.ByReason, counts); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestTravelMinutesAreThoseOfTheTables(t *testing.T) {
	t.Parallel()

	table := func(in *Input) string {
		var zips []string
		for _, m := range in.Members {
			zips = append(zips, m.ZIP)
		}
		slices.Sort(zips)
		var b bytes.Buffer
		for _, z := range slices.Compact(zips) {
			for s := range in.Sites {
				minutes, _ := in.Minutes(z, int32(s))
				fmt.Fprintf(&b, "%s,%s,%d\n", z, in.Sites[s].ID, minutes)
			}
		}
		return b.String()
	}
	want, err := fs.ReadFile(vectors(t, "plan/twin-600"), "expected_travel.csv")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), "zip,site_id,minutes\n"+table(read(t, "twin-600", nil))); diff != "" {
		t.Errorf("twin-600 (-want +got):\n%s", diff)
	}
	var metro expected
	load(t, vectors(t, "plan/metro-10k"), "expected.json", &metro)
	sum := sha256.Sum256([]byte(table(read(t, "metro-10k", nil))))
	if got := hex.EncodeToString(sum[:]); got != metro.Table.SHA256 {
		t.Errorf("metro-10k: checksum %s, want %s", got, metro.Table.SHA256)
	}
}
