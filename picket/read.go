// SPDX-License-Identifier: Apache-2.0

package picket

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // a plan must not depend on the host's zones
)

var (
	zipForm    = regexp.MustCompile(`^\d{5}(-\d{4})?$`)
	prefixForm = regexp.MustCompile(`^\d{5}$|^\d{3}$`)
)

const mostPeople = 100000

// Read reads an input from the folder fsys: members.csv, sites.csv, shifts.csv, needs.csv, availability.csv, and if they are there
// teams.csv, bans.csv, travel.csv, notice.csv, zips.csv (which replaces the built-in ZIP table) and policy.json. set overrides keys of the policy. The warnings do not hinder a plan;
// the error is an *InputError with everything that is wrong.
func Read(fsys fs.FS, set map[string]string) (*Input, []Problem, error) {
	r := &reading{fsys: fsys, read: map[string][]byte{}}
	in := &Input{override: map[zipSite]int{}, Answers: map[Slot]Answer{}}
	in.Policy = r.policy(set)
	r.zips(in)
	sites, siteIDs := r.sites(in)
	members, memberIDs := r.members(in, sites, siteIDs)
	shifts, shiftIDs := r.shifts(in)
	r.needs(in, sites, siteIDs, shifts, shiftIDs, r.noticed(in, sites, siteIDs))
	r.answers(in, members, memberIDs, shifts, shiftIDs)
	r.teams(in, members, memberIDs)
	r.bans(in, members, memberIDs, sites, siteIDs, shifts, shiftIDs)
	r.travel(in, sites, siteIDs)
	sortProblems(r.warnings)
	if err := problems(r.errors); err != nil {
		return nil, r.warnings, err
	}
	in.SHA256 = r.sum()
	return in, r.warnings, nil
}

// sum identifies the input.
func (r *reading) sum() string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(r.read)) {
		h.Write(append([]byte(name+"\n"), r.read[name]...))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// index lets each item's row be found by its id once the items are sorted by it.
func index[T any](items []T, id func(*T) string) map[string]int32 {
	slices.SortFunc(items, func(a, b T) int { return cmp.Compare(id(&a), id(&b)) })
	ids := map[string]int32{}
	for i := range items {
		ids[id(&items[i])] = int32(i)
	}
	return ids
}

func (r *reading) zips(in *Input) {
	var own []centroid
	for _, row := range r.open("zips.csv", "zip lat lon", "", true).rows {
		zip := row.get("zip")
		n, err := strconv.Atoi(zip)
		if len(zip) != 5 || err != nil {
			row.fail("zip", "bad_zip")
		}
		own = append(own, centroid{int32(n), place{row.degrees("lat", 90), row.degrees("lon", 180)}})
	}
	if in.zips = newAtlas(own); own == nil {
		in.zips = builtIn()
	}
}

// zip returns the first five digits of a ZIP and its centroid.
func (r *reading) zip(in *Input, row row) (string, place) {
	zip := row.get("zip")
	if !zipForm.MatchString(zip) {
		row.fail("zip", "bad_zip")
		return "", place{}
	}
	zip = zip[:5]
	at, estimated, ok := in.zips.locate(zip)
	if !ok {
		row.fail("zip", "unknown_zip")
	} else if estimated {
		r.warnings = append(r.warnings, problem(row.t.name, row.line, "zip", "zip_estimated", zip))
	}
	return zip, at
}

func (r *reading) sites(in *Input) (*table, map[string]int32) {
	t := r.open("sites.csv", "site_id zip tz", "name lat lon cluster", false)
	seen := map[string]bool{}
	for _, row := range t.rows {
		id, ok := row.id("site_id")
		if ok && seen[id] {
			row.fail("site_id", "duplicate_id")
			continue
		}
		seen[id] = true
		s := Site{ID: id, Name: row.get("name"), Cluster: row.get("cluster")}
		s.ZIP, s.at = r.zip(in, row)
		lat, lon := row.get("lat") != "", row.get("lon") != ""
		switch {
		case lat && lon:
			s.at = place{row.degrees("lat", 90), row.degrees("lon", 180)}
		case lat:
			row.fail("lon", "missing_value")
		case lon:
			row.fail("lat", "missing_value")
		}
		zone, err := time.LoadLocation(row.get("tz"))
		if err != nil || !strings.Contains(row.get("tz"), "/") {
			row.fail("tz", "unknown_zone")
			zone = nil
		}
		s.Zone = zone
		in.Sites = append(in.Sites, s)
	}
	return t, index(in.Sites, func(s *Site) string { return s.ID })
}

func (r *reading) members(in *Input, sites *table, siteIDs map[string]int32) (*table, map[string]int32) {
	t := r.open("members.csv", "member_id zip", "name roles max_shifts max_travel_min duty home_site standby", false)
	seen := map[string]bool{}
	for _, row := range t.rows {
		id, ok := row.id("member_id")
		if ok && seen[id] {
			row.fail("member_id", "duplicate_id")
			continue
		}
		seen[id] = true
		m := Member{ID: id, Name: row.get("name"), Team: -1}
		m.ZIP, _ = r.zip(in, row)
		if roles := row.get("roles"); roles != "" {
			for role := range strings.SplitSeq(roles, "|") {
				switch role {
				case "captain":
					m.Captain = true
				case "safety":
					m.Safety = true
				default:
					r.fail(t.name, row.line, "roles", "unknown_role", role)
				}
			}
		}
		m.MaxShifts = row.number("max_shifts", 1, 0, 20)
		m.MaxTravel = row.number("max_travel_min", -1, 0, 600)
		m.Duty = Duty(row.one("duty", "picket", "picket", "emergency", "alternate", "excused"))
		m.Home = row.ref("home_site", siteIDs, sites)
		m.Standby = row.one("standby", "no", "yes", "no") == "yes"
		in.Members = append(in.Members, m)
	}
	return t, index(in.Members, func(m *Member) string { return m.ID })
}

func (r *reading) needs(in *Input, sites *table, siteIDs map[string]int32, shifts *table, shiftIDs map[string]int32, named noticed) {
	type key struct {
		site, shift string
		role        string
	}
	seen := map[key]bool{}
	for _, row := range r.open("needs.csv", "site_id shift_id role min target max", "", false).rows {
		n := Need{Site: row.needed("site_id", siteIDs, sites), Shift: row.needed("shift_id", shiftIDs, shifts)}
		n.Role = Role(max(slices.Index(roleNames, row.one("role", "", roleNames...)), 0))
		bad := len(r.errors)
		n.Min = row.number("min", -1, 0, mostPeople)
		n.Target = row.number("target", -1, 0, mostPeople)
		n.Max = row.number("max", -1, 0, mostPeople)
		for _, c := range []struct {
			column string
			n      int
			wrong  bool
		}{{"min", n.Min, false}, {"target", n.Target, n.Target < n.Min}, {"max", n.Max, n.Max < n.Target}} {
			if len(r.errors) > bad {
				break
			}
			if c.n < 0 {
				row.fail(c.column, "missing_value")
			} else if c.wrong {
				row.fail(c.column, "not_in_order")
			}
		}
		if k := (key{row.get("site_id"), row.get("shift_id"), row.get("role")}); seen[k] {
			row.fail("role", "duplicate_need")
			continue
		} else {
			seen[k] = true
		}
		in.Needs = append(in.Needs, n)
		named.check(r, in, row, n)
	}
	in.sortNeeds()
}

func (in *Input) sortNeeds() {
	slices.SortFunc(in.Needs, func(a, b Need) int {
		return cmp.Or(cmp.Compare(a.Shift, b.Shift), cmp.Compare(a.Site, b.Site), cmp.Compare(a.Role, b.Role))
	})
}

// needed is ref for a column that may not be blank.
func (r row) needed(column string, ids map[string]int32, into *table) int32 {
	if r.get(column) == "" {
		r.fail(column, "missing_value")
	}
	return r.ref(column, ids, into)
}

func (r *reading) answers(in *Input, members *table, memberIDs map[string]int32, shifts *table, shiftIDs map[string]int32) {
	said := map[Slot]string{}
	for _, row := range r.open("availability.csv", "member_id shift_id answer", "", false).rows {
		slot := Slot{row.needed("member_id", memberIDs, members), row.needed("shift_id", shiftIDs, shifts)}
		answer := row.one("answer", "", "yes", "if_needed", "no")
		if slot.Member < 0 || slot.Shift < 0 {
			continue
		}
		if before, ok := said[slot]; ok && before != answer {
			row.fail("answer", "contradiction")
		}
		said[slot] = answer
		if answer != "no" {
			in.Answers[slot] = Answer(answer)
		}
	}
}

func (r *reading) teams(in *Input, members *table, memberIDs map[string]int32) {
	first := map[string]row{}
	people := map[string][]int32{}
	size := map[string]int{}
	taken := map[int32]bool{}
	for _, row := range r.open("teams.csv", "team_id member_id", "", true).rows {
		id, _ := row.id("team_id")
		if size[id]++; size[id] == 1 {
			first[id] = row
		}
		m := row.needed("member_id", memberIDs, members)
		switch {
		case m < 0:
		case taken[m]:
			row.fail("member_id", "in_two_teams")
		case in.Members[m].Duty != Picket:
			row.fail("member_id", "not_on_picket_duty")
		default:
			taken[m] = true
			people[id] = append(people[id], m)
		}
	}
	for id, row := range first {
		if size[id] < 2 || size[id] > 5 {
			row.fail("team_id", "team_size")
		}
		slices.Sort(people[id])
		in.Teams = append(in.Teams, Team{id, people[id]})
	}
	slices.SortFunc(in.Teams, func(a, b Team) int { return cmp.Compare(a.ID, b.ID) })
	for i, t := range in.Teams {
		for _, m := range t.Members {
			in.Members[m].Team = int32(i)
		}
	}
}

func (r *reading) bans(in *Input, members *table, memberIDs map[string]int32, sites *table, siteIDs map[string]int32, shifts *table, shiftIDs map[string]int32) {
	for _, row := range r.open("bans.csv", "member_id", "site_id shift_id reason", true).rows {
		in.Bans = append(in.Bans, Ban{
			row.needed("member_id", memberIDs, members), row.ref("site_id", siteIDs, sites), row.ref("shift_id", shiftIDs, shifts),
		})
	}
}

func (r *reading) travel(in *Input, sites *table, siteIDs map[string]int32) {
	for _, row := range r.open("travel.csv", "zip site_id minutes", "", true).rows {
		zip := row.get("zip")
		if !prefixForm.MatchString(zip) {
			row.fail("zip", "bad_zip")
		}
		key := zipSite{zip, row.needed("site_id", siteIDs, sites)}
		if _, twice := in.override[key]; twice {
			row.fail("zip", "duplicate_id")
		}
		in.override[key] = row.number("minutes", -1, 0, 6000)
	}
}
