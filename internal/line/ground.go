// SPDX-License-Identifier: Apache-2.0

package line

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/csv"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/picket"
)

// files is a folder in memory: what the planner reads from a campaign is what it reads from a disk.
type files map[string][]byte

// Open answers that there is no such file: everything goes by ReadFile.
func (f files) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// ReadFile returns a file.
func (f files) ReadFile(name string) ([]byte, error) {
	b, ok := f[name]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return b, nil
}

func (f files) put(name string, rows [][]string) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.WriteAll(rows) // a buffer does not fail
	f[name] = b.Bytes()
}

// planned are the roles that the planner places; the others are booked by hand.
var planned = []Role{Captain, Safety, OnLine, Standby}

// ground is the campaign as the planner sees it.
type ground struct {
	in       *picket.Input
	earlier  []picket.Placement
	lines    []Line
	shifts   map[[2]string]string // line and slot -> shift
	slotOf   map[string]string    // shift -> slot
	spans    map[string]window    // slot -> when it is
	entries  map[string]Entry     // person and shift
	warnings []picket.Problem
	nowhere  int // people without a ZIP that could be used
}

func short(id string) string { return strings.ReplaceAll(id, "-", "") }

func long(id string) string {
	if len(id) != 32 {
		return id
	}
	return id[:8] + "-" + id[8:12] + "-" + id[12:16] + "-" + id[16:20] + "-" + id[20:]
}

// ground reads lines, shifts, needs, hours and bookings of a strike into the planner's files: of all its lines, or of those around a place that has become empty.
func (s *Store) ground(ctx context.Context, tx *db.Tx, strikeID string, gap *vacancy) (*ground, error) {
	g := &ground{shifts: map[[2]string]string{}, slotOf: map[string]string{}, spans: map[string]window{}, entries: map[string]Entry{}}
	f := files{}
	if gap != nil {
		g.lines = gap.lines
	} else {
		all, err := lines(ctx, tx)
		if err != nil {
			return nil, err
		}
		g.lines = slices.DeleteFunc(all, func(l Line) bool { return l.Strike != strikeID })
	}
	sites := [][]string{{"site_id", "name", "zip", "tz"}}
	home := map[string]string{} // worksite -> line
	at := map[string]*Line{}
	for i := range g.lines {
		l := &g.lines[i]
		at[l.ID] = l
		sites = append(sites, []string{short(l.ID), l.Name, l.ZIP, l.Zone})
		home[l.Worksite] = short(l.ID)
	}
	if err := g.times(ctx, tx, f, at); err != nil {
		return nil, err
	}
	f.put("sites.csv", sites)
	rules, err := rulesOf(ctx, tx)
	if err != nil {
		return nil, err
	}
	teams, err := teamsOf(ctx, tx, strikeID)
	if err != nil {
		return nil, err
	}
	known, able, err := g.people(ctx, tx, f, home, gap, rules, teams)
	if err != nil {
		return nil, err
	}
	if err := g.keeps(ctx, tx, f, teams, known, able); err != nil {
		return nil, err
	}
	g.in, g.warnings, err = picket.Read(f, map[string]string{"min_rest_min": strconv.Itoa(rules.RestH * 60)})
	if err != nil {
		return nil, fmt.Errorf("read campaign into the planner: %w", err)
	}
	return g, g.placements()
}

const slotForm = "20060102T1504"

// times writes shifts and needs. A slot is common to all lines; slots that overlap share a block.
func (g *ground) times(ctx context.Context, tx *db.Tx, f files, at map[string]*Line) error {
	var args db.Args
	ids := []string{}
	for id := range at {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	where := "state <> 'cancelled' AND ends_at > " + args.Add(tx.Now.UnixMilli()) + " AND line_id IN " + args.In(ids)
	all, err := shiftsOf(ctx, tx, where, args...)
	if err != nil {
		return err
	}
	type slot struct {
		id       string
		from, to time.Time
	}
	var slots []slot
	needs := [][]string{{"site_id", "shift_id", "role", "min", "target", "max"}}
	for _, x := range all {
		l := at[x.LineID]
		if l == nil {
			continue
		}
		id := x.Starts.UTC().Format(slotForm) + "-" + strconv.Itoa(x.Minutes())
		if !slices.ContainsFunc(slots, func(o slot) bool { return o.id == id }) {
			slots = append(slots, slot{id, x.Starts, x.Ends})
		}
		g.shifts[[2]string{short(l.ID), id}], g.slotOf[x.ID] = x.ID, id
		g.spans[id] = window{x.Starts.UnixMilli(), x.Ends.UnixMilli()}
		for _, n := range x.Needs {
			if slices.Contains(planned, n.Role) {
				needs = append(needs, []string{short(l.ID), id, string(n.Role), strconv.Itoa(n.Min), strconv.Itoa(n.Target), strconv.Itoa(n.Max)})
			}
		}
	}
	rows := [][]string{{"shift_id", "starts", "ends", "block"}}
	block, until := 0, time.Time{}
	for _, o := range slots { // by start
		if !o.from.Before(until) {
			block++
		}
		if o.to.After(until) {
			until = o.to
		}
		const form = "2006-01-02T15:04Z07:00"
		rows = append(rows, []string{o.id, o.from.UTC().Format(form), o.to.UTC().Format(form), "b" + strconv.Itoa(block)})
	}
	f.put("shifts.csv", rows)
	f.put("needs.csv", needs)
	return nil
}

// plans says whether the planner knows a place in a role of a shift.
func (g *ground) plans(shift string, role Role) bool {
	return g.slotOf[shift] != "" && slices.Contains(planned, role)
}

// people writes the unit with its hours, or those who come into question for a vacancy, and returns whom, and who of them is on picket duty. Who is booked already has
// said yes to that.
func (g *ground) people(ctx context.Context, tx *db.Tx, f files, home map[string]string, gap *vacancy, rules Rules, teams []Team) (in, able map[string]bool, err error) {
	members := [][]string{{"member_id", "zip", "roles", "max_shifts", "max_travel_min", "duty", "home_site", "standby"}}
	answers := [][]string{{"member_id", "shift_id", "answer"}}
	said := map[[2]string]bool{}
	in, able = map[string]bool{}, map[string]bool{}
	held := map[string]int{}
	var args db.Args
	where := `state IN ('booked', 'offered', 'swap_offered', 'attended') AND source <> 'walk_in'
		AND shift_id IN (SELECT id FROM shift WHERE ends_at > ` + args.Add(tx.Now.UnixMilli()) + ` AND state <> 'cancelled'`
	if gap != nil {
		where += ` AND line_id IN ` + args.In(gap.ids())
	}
	entries, err := entriesOf(ctx, tx, where+") ORDER BY id", args...)
	if err != nil {
		return nil, nil, err
	}
	var other []string // who may hold places that the planner does not know
	entries = slices.DeleteFunc(entries, func(e Entry) bool {
		if g.plans(e.Shift, e.Role) {
			held[e.Person]++
			return false
		}
		other = append(other, e.Person)
		return true
	})
	only := [][]string{nil} // all
	if gap != nil {
		some, err := gap.candidates(ctx, tx, held)
		if err != nil {
			return nil, nil, err
		}
		other = withMates(some, teams)
		only = slices.Collect(slices.Chunk(other, 500))
	}
	slices.Sort(other)
	busy, ahead, err := g.elsewhere(ctx, tx, slices.Compact(other), rules)
	if err != nil {
		return nil, nil, err
	}
	member := func(r *sql.Rows) error {
		var id, zip, siteZIP, site string
		var most, travel int
		var captain, safety, standby, other bool
		if err := r.Scan(&id, &zip, &siteZIP, &site, &most, &travel, &captain, &safety, &standby, &other); err != nil {
			return err
		}
		if zip = usable(zip, siteZIP); zip == "" {
			g.nowhere++
			return nil
		}
		var roles []string
		if captain {
			roles = append(roles, "captain")
		}
		if safety {
			roles = append(roles, "safety")
		}
		most = min(max(most-ahead[id], held[id]), 20)
		row := []string{short(id), zip, strings.Join(roles, "|"), strconv.Itoa(most), "", "picket", home[site], "no"}
		if travel > 0 {
			row[4] = strconv.Itoa(travel)
		}
		if other {
			row[5] = "alternate"
		}
		if standby {
			row[7] = "yes"
		}
		if site == "" {
			row[6] = ""
		}
		in[id], able[id] = true, !other
		members = append(members, row)
		return nil
	}
	for _, part := range only {
		args = nil
		query := `SELECT p.id, p.home_zip, COALESCE(w.zip, ''), n.worksite_id, COALESCE(a.max_shifts, 1), COALESCE(a.max_travel, 0), COALESCE(a.captain, 0),
				COALESCE(a.safety, 0), COALESCE(a.standby, 0), COALESCE(a.other_duty, 0)
			FROM person p JOIN person_now n ON n.person_id = p.id LEFT JOIN worksite w ON w.id = n.worksite_id LEFT JOIN availability a ON a.person_id = p.id
			WHERE p.unit_status = 'in' AND p.merged_into = ''`
		if part != nil {
			query += ` AND p.id IN ` + args.In(part)
		}
		if err := tx.Rows(ctx, query+` ORDER BY p.id LIMIT 400000`, args, member); err != nil {
			return nil, nil, fmt.Errorf("read people for the plan: %w", err)
		}
	}
	for _, e := range entries {
		if slot := g.slotOf[e.Shift]; slot != "" && in[e.Person] && !said[[2]string{e.Person, slot}] {
			said[[2]string{e.Person, slot}] = true
			answers = append(answers, []string{short(e.Person), slot, "yes"})
			g.entries[e.Person+slot] = e
		}
	}
	slots := map[string]bool{}
	for _, slot := range g.slotOf {
		slots[slot] = true
	}
	answer := func(r *sql.Rows) error {
		var id, answer string
		var from, to int64
		if err := r.Scan(&id, &from, &to, &answer); err != nil {
			return err
		}
		slot := time.UnixMilli(from).UTC().Format(slotForm) + "-" + strconv.FormatInt((to-from)/60000, 10)
		taken := slices.ContainsFunc(busy[id], func(b window) bool { return from < b[1] && to > b[0] })
		if in[id] && slots[slot] && !taken && !said[[2]string{id, slot}] {
			answers = append(answers, []string{short(id), slot, answer})
		}
		return nil
	}
	for _, part := range only {
		args = nil
		query := `SELECT person_id, starts_at, ends_at, answer FROM available WHERE ends_at > ` + args.Add(tx.Now.UnixMilli())
		if part != nil {
			query += ` AND person_id IN ` + args.In(part)
		}
		if err := tx.Rows(ctx, query+` ORDER BY person_id, starts_at LIMIT 2000000`, args, answer); err != nil {
			return nil, nil, fmt.Errorf("read hours for the plan: %w", err)
		}
	}
	f.put("members.csv", members)
	f.put("availability.csv", answers)
	return in, able, nil
}

// withMates adds to some people those who come with them.
func withMates(some []string, teams []Team) []string {
	in := map[string]bool{}
	for _, p := range some {
		in[p] = true
	}
	for _, t := range teams {
		if slices.ContainsFunc(t.People, func(p string) bool { return in[p] }) {
			some = append(some, t.People...)
		}
	}
	slices.Sort(some)
	return slices.Compact(some)
}

// usable returns the first ZIP that the planner's table can place.
func usable(zips ...string) string {
	for _, z := range zips {
		if len(z) >= 5 && picket.WayMinutes(z[:5], z[:5]) < 6000 {
			return z[:5]
		}
	}
	return ""
}

// placements turns bookings into earlier placements: who signed up by herself, or confirmed, is confirmed.
func (g *ground) placements() error {
	index := func(n int, id func(int) string) map[string]int32 {
		m := map[string]int32{}
		for i := range n {
			m[id(i)] = int32(i)
		}
		return m
	}
	members := index(len(g.in.Members), func(i int) string { return g.in.Members[i].ID })
	sites := index(len(g.in.Sites), func(i int) string { return g.in.Sites[i].ID })
	slots := index(len(g.in.Shifts), func(i int) string { return g.in.Shifts[i].ID })
	lineOf := map[string]string{}
	for key, shift := range g.shifts {
		lineOf[shift] = key[0]
	}
	for _, e := range g.entries {
		p := picket.Placement{
			Member: members[short(e.Person)], Site: sites[lineOf[e.Shift]], Shift: slots[g.slotOf[e.Shift]],
			Role: engineRole(e.Role), State: picket.Notified, Answer: picket.Yes,
		}
		switch {
		case e.State == Attended:
			p.State = picket.CheckedIn
		case e.Source == "self" || !e.Confirmed.IsZero():
			p.State = picket.Confirmed
		}
		g.earlier = append(g.earlier, p)
	}
	slices.SortFunc(g.earlier, func(a, b picket.Placement) int {
		return int(a.Member-b.Member)*1000 + int(a.Shift-b.Shift)
	})
	return nil
}

func engineRole(r Role) picket.Role {
	return picket.Role(slices.Index(planned, r))
}

// changes turns the planner's into bookings.
func (g *ground) changes(all []picket.Change) (out []Place) {
	shift := func(p *picket.Placement) string {
		if p == nil {
			return ""
		}
		return g.shifts[[2]string{g.in.Sites[p.Site].ID, g.in.Shifts[p.Shift].ID}]
	}
	for _, c := range all {
		p := Place{Person: long(g.in.Members[c.Member].ID), Shift: shift(c.To), From: shift(c.From)}
		if at := c.To; at != nil {
			p.Role, p.Minutes = planned[at.Role], at.Minutes
		} else {
			p.Role = planned[c.From.Role]
		}
		if c.From != nil {
			p.left = planned[c.From.Role]
		}
		out = append(out, p)
	}
	return out
}
