// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing/fstest"
	"time"

	"github.com/tenday/tenday/picket"

	"github.com/tenday/tenday/bench/spent"
)

// files are a campaign's, each a header and its rows.
type files map[string][]string

// campaign makes a small campaign with teams, bans, limits and preferences, the same for the same seed.
func campaign(seed uint64) files {
	r := rand.New(rand.NewPCG(seed, 1))
	pick := func(from ...string) string { return from[r.IntN(len(from))] }
	zones := []string{"America/Chicago", pick("America/Chicago", "America/Denver")}
	f := files{
		"sites.csv": {"site_id,zip,tz"}, "zips.csv": {"zip,lat,lon", "55128,44.98,-92.97", "55426,44.96,-93.38", "55104,44.95,-93.17", "56001,44.16,-94.00"},
		"shifts.csv": {
			"shift_id,starts,ends,block", "m,2025-11-05T07:00,2025-11-05T11:00,", "n,2025-11-05T12:00,2025-11-05T16:00,x", "o,2025-11-05T13:00,2025-11-05T17:00,x",
			"p,2025-11-05T22:00,2025-11-06T02:00,", "q,2025-11-06T04:00,2025-11-06T08:00,y", "r,2025-11-06T06:00,2025-11-06T10:00,y",
		},
		"members.csv": {"member_id,zip,roles,max_shifts,max_travel_min,duty,home_site,standby"}, "needs.csv": {"site_id,shift_id,role,min,target,max"},
		"availability.csv": {"member_id,shift_id,answer"}, "teams.csv": {"team_id,member_id"}, "bans.csv": {"member_id,site_id,shift_id"},
		"travel.csv": {"zip,site_id,minutes"}, "policy.json": {fmt.Sprintf(`{"min_rest_min": %d, "place_everyone": %v}`, []int{0, 240, 480, 600}[r.IntN(4)], r.IntN(5) > 0)},
	}
	sites := []string{"east", "west", "south"}[:2+r.IntN(2)]
	for i, s := range sites {
		f["sites.csv"] = append(f["sites.csv"], fmt.Sprintf("%s,%s,%s", s, []string{"55128", "55426", "56001"}[i], zones[i%2]))
		if r.IntN(3) == 0 {
			f["travel.csv"] = append(f["travel.csv"], fmt.Sprintf("%s,%s,%s", pick("55128", "551", "55426"), s, pick("", "7", "45", "100")))
		}
		for _, k := range []string{"m", "n", "o", "p", "q", "r"} {
			for _, role := range []string{"captain", "safety", "line", "standby"} {
				if least := r.IntN(3); r.IntN(5) > 1 || role == "line" {
					target := least + r.IntN(3)
					f["needs.csv"] = append(f["needs.csv"], fmt.Sprintf("%s,%s,%s,%d,%d,%d", s, k, role, least, target, target+r.IntN(2)))
				}
			}
		}
	}
	var picketers []string
	for i := range 5 + r.IntN(10) {
		id, duty := fmt.Sprintf("m%02d", i), pick("", "", "", "", "", "", "emergency", "excused")
		f["members.csv"] = append(f["members.csv"], strings.Join([]string{
			id, pick("55128", "55426", "55104", "56001"), pick("", "", "captain", "safety", "captain|safety"), pick("", "", "0", "1", "2", "2", "3"),
			pick("", "", "", "30", "10"), duty, pick("", "", "east", "west"), pick("yes", "no", "no"),
		}, ","))
		if duty == "" {
			picketers = append(picketers, id)
		}
		for _, k := range []string{"m", "n", "o", "p", "q", "r"} {
			if a := pick("", "yes", "yes", "if_needed", "no"); a != "" {
				f["availability.csv"] = append(f["availability.csv"], strings.Join([]string{id, k, a}, ","))
			}
		}
		if r.IntN(5) == 0 {
			f["bans.csv"] = append(f["bans.csv"], strings.Join([]string{id, pick("", "east", "west"), pick("", "m", "n", "q")}, ","))
		}
	}
	for t := range r.IntN(4) {
		size := min(2+r.IntN(3), len(picketers))
		if size < 2 {
			break
		}
		for range size {
			at := r.IntN(len(picketers))
			f["teams.csv"] = append(f["teams.csv"], fmt.Sprintf("t%d,%s", t, picketers[at]))
			picketers = slices.Delete(picketers, at, at+1)
		}
	}
	return f
}

// read returns the input, nil if the files are no campaign.
func (f files) read() *picket.Input {
	fsys := fstest.MapFS{}
	for name, lines := range f {
		fsys[name] = &fstest.MapFile{Data: []byte(strings.Join(lines, "\n") + "\n")}
	}
	in, _, err := picket.Read(fsys, nil)
	if err != nil {
		return nil
	}
	return in
}

// verdict is what came of comparing a plan with the integer program's.
type verdict struct {
	wrong         string // what must not be; "" if nothing
	ours, best    levels
	proven        int // levels of best that were proven
	claimed       int // levels of ours that the plan says are proven best
	took, itsTook time.Duration
}

// compare plans and solves the integer program. Wrong is: a rule broken, a level miscounted, a plan better than the proven best, a level
// that is said to be the best and is not, a bound that a plan can go below.
func compare(in *picket.Input, limit time.Duration) (v verdict, err error) {
	start := spent.CPU()
	r, err := picket.Plan(context.Background(), in)
	if err != nil {
		return v, err
	}
	v.took = spent.CPU() - start
	ours, broken := judge(in, r.Placements)
	if broken != nil {
		return verdict{took: v.took, wrong: broken.Error()}, nil //nolint:nilerr // a broken rule is what is looked for
	}
	v.ours = ours
	if v.best, v.proven, v.itsTook, err = newProgram(in).solve(limit); err != nil && v.proven == 0 {
		return v, err
	}
	v.check(r)
	return v, nil
}

func (v *verdict) check(r *picket.Result) {
	say := func(format string, args ...any) {
		if v.wrong == "" {
			v.wrong = fmt.Sprintf(format, args...)
		}
	}
	for l, is := range r.Levels {
		if is.Value != v.ours[l] {
			say("%v is counted as %d, and is %d", is.Level, is.Value, v.ours[l])
		}
	}
	for l, is := range r.Levels[:v.proven] {
		if !is.Known {
			break
		}
		if is.Bound > v.best[l] {
			say("%v cannot go below %d, it is said, and does: %d", is.Level, is.Bound, v.best[l])
		}
		if is.Value != is.Bound {
			break
		}
		v.claimed++
		if is.Value != v.best[l] {
			say("%v is said to be best at %d, and the best is %d", is.Level, is.Value, v.best[l])
		}
	}
	if slices.Compare(v.ours[:v.proven], v.best[:v.proven]) < 0 {
		say("better than the best")
	}
}

// differ compares n campaigns, and prints the smallest form of each that is wrong. It returns how many are.
func differ(n int, first uint64, limit time.Duration) (wrong int) {
	equal, teams, worse, claims := 0, 0, [7]int{}, 0
	for seed := first; seed < first+uint64(n); seed++ {
		f := campaign(seed)
		in := f.read()
		if in == nil {
			fmt.Printf("  seed %d: no campaign\n", seed)
			wrong++
			continue
		}
		v, err := compare(in, limit)
		check(err)
		teams += len(in.Teams)
		claims += v.claimed
		if v.wrong != "" {
			wrong++
			fmt.Printf("  seed %d: %s\n    ours %v, best %v\n", seed, v.wrong, v.ours, v.best)
			f.shrink(limit).print()
			continue
		}
		if l := slices.IndexFunc([]int{0, 1, 2, 3, 4, 5, 6}, func(l int) bool { return v.ours[l] != v.best[l] }); l >= 0 {
			worse[l]++
		} else {
			equal++
		}
	}
	fmt.Printf("  %d campaigns, %d teams: %d plans equal the best in all levels, %d levels were claimed and are, %d wrong; first level that is worse %v\n",
		n, teams, equal, claims, wrong, worse)
	return wrong
}

// shrink takes rows away while the comparison still goes wrong.
func (f files) shrink(limit time.Duration) files {
	bad := func() bool {
		in := f.read()
		if in == nil {
			return false
		}
		v, err := compare(in, limit)
		return err == nil && v.wrong != ""
	}
	for again := true; again; {
		again = false
		for _, name := range slices.Sorted(maps.Keys(f)) {
			for i := len(f[name]) - 1; i > 0; i-- {
				was := f[name]
				f[name] = slices.Concat(was[:i], was[i+1:])
				if bad() {
					again = true
				} else {
					f[name] = was
				}
			}
		}
	}
	return f
}

func (f files) print() {
	for _, name := range slices.Sorted(maps.Keys(f)) {
		fmt.Printf("    %s\n      %s\n", name, strings.Join(f[name], "\n      "))
	}
}
