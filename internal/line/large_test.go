// SPDX-License-Identifier: Apache-2.0

package line_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tenday/tenday/internal/app/apptest"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/line"
	"github.com/tenday/tenday/internal/roster"
)

func v7() string { return uuid.Must(uuid.NewV7()).String() }

// union is a strike of 60,000 people at 300 worksites, with 150 lines of twelve shifts each over the night in which the clocks go back. The second
// shift of the first day runs; 40,000 hold places, others wait, came, left or stayed away.
type union struct {
	*apptest.House
	strike  string
	lines   []string
	shifts  [][]string // of each line, by start
	people  []string   // the first 40,000 hold a place
	runs    []string   // bookings of the first line's running shift that are still to come
	full    string     // a shift of the first line's in which every place is taken and two hundred wait
	booked  []string   // who holds a place in it, as bookings
	running int
}

func fillLines(t *testing.T) *union {
	t.Helper()
	u := &union{House: apptest.New(t), strike: v7(), running: 1}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	zone, err := time.LoadLocation("America/Chicago")
	must(err)
	now := time.Date(2025, 11, 1, 12, 30, 0, 0, zone)
	u.Clock.Set(now)
	ctx := t.Context()
	zips := []string{"55033", "55449", "55344", "55118", "55101", "55404", "55406", "55082", "55303", "55112"}
	regions := []string{"Core", "North", "South", "East", "West"}
	sites := make([]roster.Worksite, 300)
	for i := range sites {
		sites[i] = roster.Worksite{
			EmployerID: u.Employer, Code: strconv.Itoa(2000 + i), Name: fmt.Sprintf("Clinic %03d", i), Town: fmt.Sprintf("Town %03d", i), ZIP: zips[i%len(zips)],
			Zone: "America/Chicago", Kind: "clinic", Status: roster.Open, Region: regions[i%len(regions)],
		}
	}
	must(u.Roster.AddWorksites(ctx, sites))
	ms := now.UnixMilli()
	put := func(table, columns string, rows [][]any) {
		t.Helper()
		must(db.Do(ctx, u.DB, func(tx *db.Tx) error { return tx.Insert(ctx, table, strings.Fields(columns), rows) }))
	}
	var people, nows, places, accounts, offers, hours, codes [][]any
	for i := range 60_000 {
		id, site := v7(), &sites[i%len(sites)]
		u.people = append(u.people, id)
		people = append(people, []any{id, "in", zips[(i/7)%len(zips)], "x", ms})
		key := fmt.Sprintf("family%05d given", i*7919%60_000)
		nows = append(nows, []any{key, id, "Given", fmt.Sprintf("Family%d", i), site.ID, 1, site.Region, "MD", "day", 100, 0, "2019-01-01", "in", "none", "1234567", 1, 1, "+16515550100", fmt.Sprintf("p%d@mail.example.org", i)})
		places = append(places, []any{site.ID, key, id, site.Region, "MD", 1})
		if i%2 == 0 {
			accounts = append(accounts, []any{v7(), id, "Somebody", fmt.Sprintf("a%d@post.example.org", i), "en", ms})
		}
		offers = append(offers, []any{id, 2, bit(i%40 == 0), bit(i%80 == 0), bit(i%3 == 0), "x", ms})
		codes = append(codes, []any{id, "CODE" + strconv.Itoa(i), ms})
	}
	put("person", "id unit_status home_zip by_account at", people)
	put("person_now", "sort_key person_id given family worksite_id worksite_n region job_class shift fte on_leave hired_on unit_status member_status employee_number contacts_ok contacts_any phone email", nows)
	put("person_site", "worksite_id sort_key person_id region job_class is_primary", places)
	put("account", "id person_id display email locale created_at", accounts)
	put("availability", "person_id max_shifts captain safety can_be_asked by_account at", offers)
	put("member_code", "person_id code made_at", codes)

	starts := time.Date(2025, 11, 1, 7, 0, 0, 0, zone)
	put("strike", "id kind title state starts starts_at ends ends_at start_scope facts_version by_account at",
		[][]any{{u.strike, "strike", "Two days", "on", "2025-11-01T07:00[America/Chicago]", starts.UnixMilli(), "2025-11-03T07:00[America/Chicago]", starts.AddDate(0, 0, 2).UnixMilli(), "", 3, "x", ms}})
	var struck [][]any
	for i := range 150 {
		struck = append(struck, []any{u.strike, sites[i*2].ID})
	}
	put("strike_site", "strike_id worksite_id", struck)
	u.account("coordinator", "", auth.Grant{Role: "picket_coordinator", Scope: auth.Unit})
	u.account("region organizer", "", auth.Grant{Role: "organizer", Scope: auth.Region, ScopeID: "Core"})
	boss := u.As("coordinator")
	u.Clock.Set(starts.Add(-72 * time.Hour))
	var first string
	for i := range 150 {
		id, err := u.Line.Add(boss, line.Line{Strike: u.strike, Name: fmt.Sprintf("Line %03d", i), Place: "the corner", Worksite: sites[i*2].ID, Parking: "the ramp"})
		must(err)
		must(u.Line.SetNeeds(boss, "line:"+id, []line.Need{
			{Role: line.Captain, Min: 1, Target: 2, Max: 2}, {Role: line.Safety, Min: 0, Target: 1, Max: 2}, {Role: line.OnLine, Min: 8, Target: 18, Max: 24},
		}))
		shifts, err := u.Line.AddShifts(boss, id, line.Run{From: "2025-11-01T07:00", To: "2025-11-03T07:00"})
		must(err)
		_, err = u.Line.OpenShifts(boss, id)
		must(err)
		u.lines, u.shifts = append(u.lines, id), append(u.shifts, shifts)
		if i == 0 {
			first = shifts[5]
		}
	}
	u.full = first
	u.Clock.Set(now)

	var entries, steps, jobs, marks, reports, incidents, words, captains [][]any
	taken := map[[2]string]int{}
	book := func(i, l, k, role int, state string) string {
		id, person, shift := v7(), u.people[i], u.shifts[l][k]
		name := []string{"captain", "safety", "line"}[role]
		held := bit(state != "waitlist" && state != "cancelled" && state != "absent")
		ticket := 0
		if state == "waitlist" {
			ticket = i
		}
		entries = append(entries, []any{id, shift, person, name, state, []string{"self", "plan", "captain"}[i%3], held, ticket, ms})
		steps = append(steps, []any{id, 1, "", "booked", "self", "x", ms})
		if state == "attended" || state == "absent" || state == "cancelled" {
			steps = append(steps, []any{id, 2, "booked", state, "captain", "x", ms})
		}
		taken[[2]string{shift, name}] += held
		if state == "booked" || state == "swap_offered" {
			for n, kind := range []string{"confirm_request", "day_of_mail", "text30", "ask_attended"} {
				at := starts.Add(time.Duration(4*k+n) * time.Hour)
				if at.Before(now) {
					continue
				}
				payload := fmt.Sprintf(`{"entry":%q,"kind":%q,"facts":3,"valid":["planned","noticed","on"],"send_before":%d}`, id, kind, at.Add(24*time.Hour).UnixMilli())
				jobs = append(jobs, []any{v7(), "line.message", u.strike + "/" + shift + "/" + id + "/" + kind, "waiting", at.UnixMilli(), payload, ms})
			}
		}
		return id
	}
	n := 0
	for k := range 12 {
		for l := range 150 {
			size := 22
			if l == 0 && k == 5 {
				size = 26
			}
			for j := range size {
				role := 2
				if j < 2 {
					role = 0
				} else if j == 2 || j == 25 {
					role = 1
				}
				if l == 0 && k == 5 && j >= 2 {
					role = 2
				}
				state, at := "booked", starts.Add(time.Duration(4*k)*time.Hour)
				switch {
				case k == 0 && j%9 == 8:
					state = "absent"
				case k == 0, k == 1 && (j < 2 || j%3 != 0):
					state = "attended"
					marks = append(marks, []any{v7(), u.people[n], u.lines[l], "in", at.Add(time.Duration(j-10) * time.Minute).UnixMilli(), ms, 0, "search", "d", "x", ms, ""})
					if k == 0 {
						marks = append(marks, []any{v7(), u.people[n], u.lines[l], "out", at.Add(4*time.Hour + time.Duration(j-10)*time.Minute).UnixMilli(), ms, 0, "search", "d", "x", ms, ""})
					}
				case j == 20:
					state = "swap_offered"
				}
				id := book(n, l, k, role, state)
				if l == 0 && k == 1 && state == "booked" {
					u.runs = append(u.runs, id)
				}
				if l == 0 && k == 5 {
					u.booked = append(u.booked, id)
				}
				n++
			}
		}
	}
	for i := range 200 { // wait for the one that is full
		book(45_000+i, 0, 5, 2, "waitlist")
	}
	for i := range 3000 { // wait elsewhere, or gave up
		book(46_000+i, 1+i%149, 2+i%10, 2, []string{"waitlist", "cancelled"}[i%2])
	}
	for i := range 20_000 {
		for k := range 4 {
			n := 2 + (i+k)%10 // by the clock on the wall: the shift of the night in which the clocks go back is an hour longer
			wall := func(n int) int64 { return time.Date(2025, 11, 1, 7+4*n, 0, 0, 0, zone).UnixMilli() }
			hours = append(hours, []any{u.people[40_000+i], wall(n), wall(n + 1), []string{"yes", "if_needed"}[k%2]})
		}
	}
	for l, id := range u.lines {
		captains = append(captains, []any{id, u.people[50_000+l], 0, "x", ms})
		for k := range 5 {
			reports = append(reports, []any{v7(), id, now.Add(-time.Duration(k*50+10) * time.Minute).UnixMilli(), 20, "", "dry", "water", "", "x"})
		}
		for k := range 4 {
			in := v7()
			incidents = append(incidents, []any{in, id, "weather", []string{"captured", "described", "reviewed", "closed"}[k], "the corner", 0, now.Add(-time.Duration(k) * time.Hour).UnixMilli(), ms, "x"})
			words = append(words, []any{in, 1, "wind", "", "", "x", ms})
		}
	}
	put("shift_entry", "id shift_id person_id role state source held ticket at", entries)
	put("shift_step", "entry_id seq from_state to_state why by_account at", steps)
	put("job", "id kind key state run_at payload at", jobs)
	put("checkin", "id person_id line_id kind at at_device skew method device_id by_account received_at flags", marks)
	put("available", "person_id starts_at ends_at answer", hours)
	put("line_captain", "line_id person_id deputy by_account at", captains)
	put("line_report", "id line_id at here captain weather supplies note by_account", reports)
	put("incident", "id line_id kind state place privileged at received_at by_account", incidents)
	put("incident_text", "incident_id seq text people witnesses by_account at", words)
	must(db.Do(ctx, u.DB, func(tx *db.Tx) error {
		for key, n := range taken {
			if _, err := tx.Exec(ctx, `UPDATE need SET max = CASE WHEN max < $1 THEN CAST($2 AS BIGINT) ELSE max END, taken = $3 WHERE shift_id = $4 AND role = $5`, n, n, n, key[0], key[1]); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, `UPDATE need SET tickets = 100000`)
		return err
	}))
	t.Logf("%d bookings, %d messages, %d marks", len(entries), len(jobs), len(marks))
	u.account("line captain", u.people[50_000], auth.Grant{Role: auth.Member, Scope: auth.Own})
	u.account("shift captain", u.people[150*22], auth.Grant{Role: auth.Member, Scope: auth.Own})
	u.account("booked", u.people[150*22*6+5], auth.Grant{Role: auth.Member, Scope: auth.Own})
	u.account("free", u.people[55_001], auth.Grant{Role: auth.Member, Scope: auth.Own})
	return u
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// account gives somebody an account by a name, under which Get and Post take it.
func (u *union) account(name, person string, g auth.Grant) {
	if _, err := db.InTx(context.Background(), u.DB, func(tx *db.Tx) (string, error) {
		id, err := auth.AddAccount(context.Background(), tx, auth.Account{Person: person, Display: "The " + name, Email: strings.ReplaceAll(name, " ", ".") + "." + v7() + "@post.example.org"})
		if err != nil {
			return "", err
		}
		u.Account[name], g.Account, g.From = id, id, tx.Now.Add(-30*24*time.Hour)
		return auth.AddGrant(context.Background(), tx, g)
	}); err != nil {
		panic(err)
	}
}

// The room of the lines in a union of 60,000: every page as who looks at it, and what one tap costs.
// Run with TENDAY_LARGE=1; it prints what docs and reports quote. TENDAY_LARGE_PAGE picks those whose name has that in it.
func TestTheLinesOfSixtyThousandPeopleFeelInstant(t *testing.T) {
	if os.Getenv("TENDAY_LARGE") == "" {
		t.Skip("TENDAY_LARGE is not set: speed was not measured")
	}
	u := fillLines(t)
	only := os.Getenv("TENDAY_LARGE_PAGE")
	now := u.shifts[0][1]
	l := "/lines/" + u.lines[0]
	for _, page := range []string{
		"coordinator /lines", "region organizer /lines", "coordinator " + l,
		"coordinator /lines/board", "lead /lines/board", "region organizer /lines/board", "line captain /lines/board", "shift captain /lines/board",
		"coordinator /lines/today", "line captain /lines/today", "free /lines/today",
		"coordinator " + l + "/day", "line captain " + l + "/day", "shift captain " + l + "/day", "line captain " + l + "/pack", "line captain /lines/shell",
		"coordinator /shifts", "line captain /shifts", "shift captain /shifts", "booked /shifts", "free /shifts",
		"booked /shifts/" + u.shifts[0][6], "free /shifts/" + u.full, "free /shifts/hours", "free /shifts/code",
		"line captain " + l + "/incident", "coordinator /incidents", "region organizer /incidents", "line captain /incidents", "free /incidents",
		"line captain /bookings/" + u.booked[9] + "/repair", "coordinator /bookings/" + u.booked[10] + "/repair", "coordinator /bookings/" + u.booked[0] + "/repair",
		"lead /", "free /", "line captain /", "lead /board",
	} {
		if !strings.Contains(page, only) {
			continue
		}
		at := strings.LastIndex(page, " ")
		var took []time.Duration
		var size int
		for range 25 {
			start := time.Now()
			a := u.Get(page[:at], page[at+1:], "")
			took = append(took, time.Since(start))
			if a.Status != http.StatusOK {
				t.Errorf("%s = %d", page, a.Status)
				break
			}
			size = len(a.Body)
			if strings.HasSuffix(page, "/repair") && len(took) == 1 {
				t.Logf("%d answers", strings.Count(a.Body, "method=\"post\" action=\"/bookings/"))
			}
			if len(took) > 2 && time.Since(start) > 5*time.Second {
				break
			}
		}
		toldLines(t, strings.NewReplacer(u.lines[0], "{line}", now, "{shift}", u.full, "{full}", u.shifts[0][6], "{shift}", u.booked[9], "{b}", u.booked[10], "{b}", u.booked[0], "{captain's}").Replace(page), took, size)
	}
	free := 55_100
	act := func(name string, n int, do func(i int) error) {
		t.Helper()
		if !strings.Contains(name, only) {
			return
		}
		var took []time.Duration
		for i := range n {
			start := time.Now()
			err := do(i)
			took = append(took, time.Since(start))
			if err != nil {
				t.Errorf("%s: %v", name, err)
				return
			}
		}
		toldLines(t, name, took, 0)
	}
	post := func(who, path string, form url.Values) error {
		if a := u.Post(who, path, form); a.Status != http.StatusSeeOther {
			return fmt.Errorf("%d: %.600s", a.Status, a.Body)
		}
		return nil
	}
	someone := func() context.Context {
		free++
		return auth.As(t.Context(), &auth.Identity{Account: "a" + strconv.Itoa(free), Person: u.people[free], Grants: []auth.Grant{{Role: auth.Member, Scope: auth.Own}}})
	}
	who := map[string]string{}
	_, _ = db.InRead(t.Context(), u.DB, func(tx *db.Tx) (int, error) {
		for _, id := range append(slices.Clone(u.runs), u.booked...) {
			var p string
			if err := tx.Row(t.Context(), `SELECT person_id FROM shift_entry WHERE id = $1`, id).Scan(&p); err != nil {
				return 0, err
			}
			who[id] = p
		}
		return 0, nil
	})
	act("act: check in", min(5, len(u.runs)), func(i int) error {
		return post("line captain", l+"/checkin", url.Values{"person": {who[u.runs[i]]}, "kind": {"in"}, "method": {"search"}})
	})
	act("act: check in, by code of a walk-in", 20, func(i int) error {
		return post("line captain", l+"/checkin", url.Values{"code": {"CODE" + strconv.Itoa(58_000+i)}, "kind": {"in"}, "method": {"code"}})
	})
	act("act: report", 20, func(int) error { return post("line captain", l+"/report", url.Values{"here": {"20"}}) })
	act("act: sign up", 40, func(i int) error {
		_, err := u.Line.SignUp(someone(), u.shifts[3+i][7], line.OnLine)
		return err
	})
	act("act: sign up, wait", 20, func(int) error {
		_, err := u.Line.SignUp(someone(), u.full, line.OnLine)
		return err
	})
	act("act: release, the next who waits is offered", 20, func(i int) error {
		return u.Line.Release(u.As("line captain"), u.booked[2+i])
	})
	act("act: seek another", 20, func(i int) error {
		p := u.people[7*150*22+(3+i)*22+5]
		_, err := u.Line.SeekOther(auth.As(t.Context(), &auth.Identity{Account: "s" + strconv.Itoa(i), Person: p, Grants: []auth.Grant{{Role: auth.Member, Scope: auth.Own}}}), u.shifts[3+i][7])
		return err
	})
	act("act: keep the shifts of a line", 5, func(i int) error {
		return post("coordinator", "/lines/"+u.lines[10+i]+"/keep", url.Values{})
	})
	var plan string
	act("act: propose a plan", 1, func(int) (err error) {
		plan, err = u.Line.Propose(u.As("coordinator"), u.strike)
		return err
	})
	if plan != "" {
		var size int
		open := func(name, path string) {
			act(name, 20, func(int) error {
				a := u.Get("coordinator", path, "")
				size = len(a.Body)
				return nil
			})
			t.Logf("its page: %d KB", size/1000)
		}
		open("act: open the plan", "/line-plans/"+plan)
		p, err := u.Line.PlanOf(u.As("coordinator"), plan, "", 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%d places at %d lines", p.All.N(), len(p.Lines))
		open("act: open a line of the plan", "/line-plans/"+plan+"?line="+p.Lines[0].Line)
		accept := func(name string, pick func(*line.Place) bool) {
			act(name, 1, func(int) error {
				last, longest := time.Now(), time.Duration(0)
				b, r, err := u.Line.Accept(u.As("coordinator"), plan, pick, func(int, int) {
					longest, last = max(longest, time.Since(last)), time.Now()
				})
				t.Logf("%d booked, %d refused; the writer was held for at most %v", b, r, longest.Round(time.Millisecond))
				return err
			})
		}
		accept("act: accept a line of a plan", func(p2 *line.Place) bool { return p2.Line == p.Lines[0].Line })
		accept("act: accept the rest of a plan", nil)
	}
	strikeIs := func(state string, version int) line.Strike {
		return line.Strike{ID: u.strike, State: state, Zone: "America/Chicago", FactsVersion: version, Starts: time.UnixMilli(1), Ends: time.UnixMilli(2)}
	}
	act("act: the strike changes, its hours stay", 1, func(int) error {
		return db.Do(t.Context(), u.DB, func(tx *db.Tx) error {
			return u.Line.StrikeChanged(u.As("lead"), tx, strikeIs("on", 3), strikeIs("on", 4))
		})
	})
	act("act: would cancel", 5, func(int) error {
		return db.Do(t.Context(), u.DB, func(tx *db.Tx) error {
			_, err := u.Line.WouldCancel(u.As("lead"), tx, strikeIs("called_off", 4))
			return err
		})
	})
	act("act: the strike is off", 1, func(int) error {
		return db.Do(t.Context(), u.DB, func(tx *db.Tx) error {
			return u.Line.StrikeChanged(u.As("lead"), tx, strikeIs("on", 4), strikeIs("called_off", 5))
		})
	})
}

// toldLines logs how long something took, the slowest of which stands for its 99th of a hundred, and what it weighs.
func toldLines(t *testing.T, what string, took []time.Duration, size int) {
	t.Helper()
	slices.Sort(took)
	t.Logf("%-60.60s n %3d p50 %8v  p99 %8v  %5d KB", what, len(took), took[len(took)/2].Round(100*time.Microsecond), took[len(took)-1].Round(100*time.Microsecond), size/1000)
}
