// SPDX-License-Identifier: Apache-2.0

package picket

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// campaigns draws small campaigns: two sites, four shifts in two blocks, few people with all kinds of limits.
func campaigns(t *rapid.T) map[string][]string {
	pick := func(label string, from ...string) string { return rapid.SampledFrom(from).Draw(t, label) }
	files := map[string][]string{
		"sites.csv":   {"site_id,zip,tz", "east,55128,America/Chicago", "west,55426,America/Chicago"},
		"shifts.csv":  {"shift_id,starts,ends,block", "a1,2025-11-05T07:00,2025-11-05T11:00,a", "a2,2025-11-05T09:00,2025-11-05T13:00,a", "b1,2025-11-05T15:00,2025-11-05T19:00,b", "b2,2025-11-06T05:00,2025-11-06T09:00,c"},
		"zips.csv":    {"zip,lat,lon", "55128,44.98,-92.97", "55426,44.96,-93.38", "55104,44.95,-93.17"},
		"members.csv": {"member_id,zip,roles,max_shifts,max_travel_min,duty,home_site,standby"}, "needs.csv": {"site_id,shift_id,role,min,target,max"},
		"availability.csv": {"member_id,shift_id,answer"}, "teams.csv": {"team_id,member_id"},
	}
	for i := range rapid.IntRange(0, 8).Draw(t, "members") {
		files["members.csv"] = append(files["members.csv"], fmt.Sprintf("m%d,%s,%s,%s,%s,%s,%s,%s", i, pick("zip", "55128", "55426", "55104"),
			pick("roles", "", "captain", "safety", "captain|safety"), pick("shifts", "", "0", "2", "3"), pick("travel", "", "20"),
			pick("duty", "", "", "", "emergency"), pick("home", "", "east"), pick("standby", "yes", "no")))
		for _, s := range []string{"a1", "a2", "b1", "b2"} {
			if a := pick("answer", "", "yes", "yes", "if_needed", "no"); a != "" {
				files["availability.csv"] = append(files["availability.csv"], fmt.Sprintf("m%d,%s,%s", i, s, a))
			}
		}
	}
	for _, site := range []string{"east", "west"} {
		for _, s := range []string{"a1", "a2", "b1", "b2"} {
			for _, role := range roleNames {
				least := rapid.IntRange(0, 2).Draw(t, "min")
				target := least + rapid.IntRange(0, 2).Draw(t, "target")
				if most := target + rapid.IntRange(0, 1).Draw(t, "max"); most > 1 {
					files["needs.csv"] = append(files["needs.csv"], fmt.Sprintf("%s,%s,%s,%d,%d,%d", site, s, role, least, target, most))
				}
			}
		}
	}
	return files
}

func made(t *rapid.T, files map[string][]string, set map[string]string) *Input {
	fsys := fstest.MapFS{}
	for name, lines := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(strings.Join(lines, "\n") + "\n")}
	}
	in, _, err := Read(fsys, set)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

var flowOnly = map[string]string{"min_rest_min": "0", "use_teams": "false"}

func TestOneMoreMemberNeverWorsensThePlan(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		files := campaigns(t)
		set := map[string]string{"min_rest_min": "0", "place_everyone": "false"} // whoever comes may be one more without a place
		before, err := Plan(t.Context(), made(t, files, set))
		if err != nil {
			t.Fatal(err)
		}
		files["members.csv"] = append(files["members.csv"], "new,55104,captain,2,,,,yes")
		files["availability.csv"] = append(files["availability.csv"], "new,a1,yes", "new,b1,if_needed")
		after, err := Plan(t.Context(), made(t, files, set))
		if err != nil {
			t.Fatal(err)
		}
		was, _ := before.values()
		is, _ := after.values()
		if planOrder.Compare(is, was) > 0 {
			t.Fatalf("levels %v, without her %v", is, was)
		}
	})
}

func TestTheOrderOfRowsChangesNothing(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		files := campaigns(t)
		first, err := Plan(t.Context(), made(t, files, nil))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range slices.Sorted(maps.Keys(files)) {
			lines := files[name]
			files[name] = append(lines[:1:1], rapid.Permutation(lines[1:]).Draw(t, name)...)
		}
		again, err := Plan(t.Context(), made(t, files, nil))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(first.Placements, again.Placements) + cmp.Diff(first.Levels, again.Levels); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestForcingAnAlternativeCostsWhatWasSaid(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		in := made(t, campaigns(t), flowOnly)
		r, err := Plan(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		was, _ := r.values()
		for at := range r.m.options {
			o := r.m.options[at]
			n := r.m.needs[o.need]
			for _, a := range r.alternatives(o.member) {
				if a.Site != n.Site || a.Shift != n.Shift || a.Role != n.Role {
					continue
				}
				forced := newModel(in)
				forced.options[at].pinned = true
				again, err := forced.plan(t.Context())
				if err != nil {
					if a.Possible {
						t.Fatal(err)
					}
					continue
				}
				is, _ := again.values()
				is.add(&was, -1)
				if !a.Possible || is != a.Delta {
					t.Fatalf("%+v costs %v", a, is)
				}
			}
		}
	})
}

func TestAReplanAtOnceMovesNobody(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		in := made(t, campaigns(t), flowOnly)
		r, err := Plan(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		now := time.Date(2025, 11, rapid.IntRange(1, 4).Draw(t, "day"), 12, 0, 0, 0, time.UTC)
		again, err := Replan(t.Context(), in, r.Placements, nil, now, rapid.SampledFrom([]Mode{Direct, Disturbance, Cost}).Draw(t, "mode"))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(r.Placements, again.Placements); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestThePlanAsJSONIsOneObject(t *testing.T) {
	t.Parallel()

	in := read(t, "tiny-8", nil)
	r, err := Plan(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := r.WriteJSON(t.Context(), &b, nil); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Schema      string
		Levels      []struct{ Name string }
		Assignments []struct {
			Member  string `json:"member_id"`
			Starts  string
			Ends    string
			Minutes int
		}
		Certificate struct{ Nodes, Arcs int }
	}
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	a := got.Assignments[0]
	if got.Schema != Schema || len(got.Levels) != 7 || a.Minutes != 300 || a.Starts != "2025-11-01T23:00:00-05:00" || a.Ends != "2025-11-02T03:00:00-06:00" {
		t.Errorf("%s", b.String())
	}
}

func FuzzRead(f *testing.F) {
	f.Add("members.csv", "member_id,zip\na,55128\n")
	f.Add("policy.json", `{"min_rest_min": 0}`)
	f.Add("shifts.csv", "shift_id,starts,ends\ns,2026-03-08T02:30,2026-03-08T07:00\n")
	f.Fuzz(func(t *testing.T, name, text string) {
		files := fstest.MapFS{}
		for n, s := range map[string]string{
			"sites.csv": "site_id,zip,tz\neast,55128,America/Chicago\n", "shifts.csv": "shift_id,starts,ends\na,2025-11-05T07:00,2025-11-05T11:00\n",
			"zips.csv": "zip,lat,lon\n55128,44.98,-92.97\n", "members.csv": "member_id,zip\nm,55128\n",
			"needs.csv": "site_id,shift_id,role,min,target,max\neast,a,line,0,1,1\n", "availability.csv": "member_id,shift_id,answer\nm,a,yes\n", name: text,
		} {
			files[n] = &fstest.MapFile{Data: []byte(s)}
		}
		in, _, err := Read(files, nil)
		if err != nil {
			return
		}
		if _, err := Plan(t.Context(), in); err != nil {
			t.Fatal(err)
		}
	})
}

// b2 is taken back from m4 while she stands on b1. Once b1 is not hers either, she has time for b2.
func TestAShiftTakenBackForRestIsGivenAgain(t *testing.T) {
	t.Parallel()

	fsys := fstest.MapFS{}
	for name, lines := range map[string][]string{
		"sites.csv":        {"site_id,zip,tz", "east,55128,America/Chicago", "west,55426,America/Chicago"},
		"zips.csv":         {"zip,lat,lon", "55128,44.98,-92.97", "55426,44.96,-93.38"},
		"shifts.csv":       {"shift_id,starts,ends,block", "a1,2025-11-05T07:00,2025-11-05T11:00,a", "a2,2025-11-05T09:00,2025-11-05T13:00,a", "b1,2025-11-05T15:00,2025-11-05T19:00,b", "b2,2025-11-06T05:00,2025-11-06T09:00,c"},
		"members.csv":      {"member_id,zip,roles,max_shifts", "m3,55128,captain,1", "m4,55128,captain,2"},
		"needs.csv":        {"site_id,shift_id,role,min,target,max", "east,b1,line,0,1,2", "west,a1,captain,1,1,2", "west,a2,captain,1,1,2", "west,b1,captain,1,1,2", "west,b2,captain,1,1,2", "west,b2,safety,0,1,2"},
		"availability.csv": {"member_id,shift_id,answer", "m3,a1,if_needed", "m3,b1,yes", "m4,a2,if_needed", "m4,b1,yes", "m4,b2,if_needed"},
	} {
		fsys[name] = &fstest.MapFile{Data: []byte(strings.Join(lines, "\n") + "\n")}
	}
	in, _, err := Read(fsys, map[string]string{"min_rest_min": "720"})
	if err != nil {
		t.Fatal(err)
	}
	r, err := Plan(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if value, _ := r.values(); value[ShortCaptain] != 1 {
		t.Errorf("%d captain places are empty, and one must be: %v", value[ShortCaptain], r.Placements)
	}
}

// Rest takes shifts back one after the other; what a later one makes possible again must not be lost.
func TestNobodyFreeIsLeftBesideAnOpenPlace(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		r, err := Plan(t.Context(), made(t, campaigns(t), map[string]string{"min_rest_min": "720"}))
		if err != nil {
			t.Fatal(err)
		}
		m := r.m
		placed, mine := make([]int, len(m.needs)), make([][]*Need, len(m.in.Members))
		for _, p := range r.Placements {
			n := m.needAt(p.Site, p.Shift, p.Role)
			placed[n]++
			mine[p.Member] = append(mine[p.Member], &m.needs[n])
		}
		for _, o := range m.options {
			n, has := &m.needs[o.need], mine[o.member]
			clashing := slices.ContainsFunc(has, func(h *Need) bool { return !m.rested(n, h) })
			if placed[o.need] < n.Target && len(has) < m.limit[o.member] && !clashing {
				t.Errorf("%s is free for %+v, where %d are", m.in.Members[o.member].ID, *n, placed[o.need])
			}
		}
	})
}
