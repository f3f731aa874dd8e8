// SPDX-License-Identifier: Apache-2.0

package organize_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tenday/tenday/internal/app/apptest"
	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/board"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/organize"
	"github.com/tenday/tenday/internal/roster"
)

// story is a campaign to which things happen, drawn from a fixed seed.
type story struct {
	*apptest.House
	t      *testing.T
	r      *rand.Rand
	people []string // those who were ever on the roster
	sites  []string
	empty  string // a turf of nobody
	test   string
	pairs  map[bool][]string // merged: which pairs
	log    []string
}

func (s *story) one(of []string) string { return of[s.r.IntN(len(of))] }

func (s *story) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// steps are what may happen to a roster and to what is recorded of its people. What the rules refuse changes nothing: that is as good.
func (s *story) steps() map[string]func() {
	fact := func(kind string, ago time.Duration, data map[string]any) {
		data["person"] = s.one(s.people)
		_ = send(s.t, s.House, "lead", kind, v7(), s.Clock.Now().Add(-ago), data)
	}
	edit := func(pairs ...string) {
		form := url.Values{}
		for i := 0; i < len(pairs); i += 2 {
			form.Set(pairs[i], pairs[i+1])
		}
		s.Post("data_lead", "/people/"+s.one(s.people), form)
	}
	day := func(days int) string { return s.Clock.Now().AddDate(0, 0, days).Format(time.DateOnly) }
	return map[string]func(){
		"a talk":   func() { fact("conversation", 0, map[string]any{"channel": "call", "outcome": "talked"}) },
		"a value":  func() { fact("assessment", 0, map[string]any{"value": 1 + s.r.IntN(5), "basis": "said"}) },
		"a pledge": func() { fact("pledge", 0, map[string]any{"state": "public", "text_version": 1}) },
		"a late paper": func() {
			fact("pledge", 24*time.Hour*time.Duration(1+s.r.IntN(9)), map[string]any{"state": "private", "text_version": 1})
		},
		"a tick": func() {
			fact("participation", 0, map[string]any{"test": s.test, "state": "yes", "evidence": "captain"})
		},
		"a status": func() {
			edit("act", "status", "unit_status", s.one([]string{"in", "in", "out", "disputed"}), "why", "site lead")
		},
		"a second job": func() {
			edit("act", "job", "worksite", s.one(s.sites), "starts_on", day(-1), "fte", "0.2", "primary", s.one([]string{"", "on"}))
		},
		"a job that begins tomorrow": func() { edit("act", "job", "worksite", s.one(s.sites), "starts_on", day(1), "fte", "0.2") },
		"a phone": func() {
			edit("act", "contact", "kind", "phone", "value", fmt.Sprintf("(651) 555-0%03d", s.r.IntN(1000)))
		},
		"somebody new": func() {
			id, err := s.Roster.AddPerson(s.As("data_lead"), roster.NewPerson{
				Name: roster.Name{Given: "New", Family: fmt.Sprint("Person", s.r.IntN(1000))}, UnitStatus: roster.InUnit, WorksiteID: s.one(s.sites),
				JobClass: roster.MD, FTE: 80, StartsOn: roster.Date{Year: 2025, Month: time.June, Day: 2},
			})
			s.must(err)
			s.people = append(s.people, id)
		},
		"leaders of many": func() {
			var led []string
			for range 6 {
				led = append(led, s.one(s.people))
			}
			_ = s.Organize.Lead(s.As("lead"), s.one(s.people), led)
		},
		"another region": func() {
			site := s.one([]string{"0901", "0308", "0333"})
			_ = s.Roster.EditWorksite(s.As("data_lead"), s.Site[site], url.Values{
				"code": {site}, "name": {"Example Health Clinic"}, "town": {"Town " + site}, "tz": {"America/Chicago"}, "kind": {"clinic"},
				"status": {"open"}, "region": {s.one([]string{"East", "West", "North"})},
			})
		},
		"one of two": func() {
			if len(s.pairs[false]) > 0 {
				pair := s.pairs[false][0]
				if s.Roster.Merge(s.As("data_lead"), pair, roster.Merge{Keep: s.Person["Katherine Nguyen"]}) == nil {
					s.pairs[false], s.pairs[true] = s.pairs[false][1:], append(s.pairs[true], pair)
				}
			}
		},
		"two of one": func() {
			if len(s.pairs[true]) > 0 {
				pair := s.pairs[true][0]
				if s.Roster.Unmerge(s.As("data_lead"), pair, nil) == nil {
					s.pairs[true], s.pairs[false] = s.pairs[true][1:], append(s.pairs[false], pair)
				}
			}
		},
		"a list and its undoing": func() {
			id := s.list()
			if s.r.IntN(2) == 0 && id != "" {
				_, _ = s.Roster.Undo(s.As("data_lead"), id)
			}
		},
		"a new day": func() {
			s.Clock.Advance(24 * time.Hour)
			s.must(s.Roster.NewDay(s.t.Context()))
		},
	}
}

// list brings in an employer's list that moves a few people and adds one; it returns the list, "" when the rules refused it.
func (s *story) list() string {
	ctx := s.As("data_lead")
	codes := []string{"0901", "0308", "0333", "0401", "0402", "0403"}
	var body strings.Builder
	body.WriteString("Employee Number,Last Name,First Name,Site Code,Job Title,FTE,Hire Date\n")
	for i, p := range apptest.People {
		site := p[2]
		if s.r.IntN(2) == 0 {
			site = s.one(codes)
		}
		fmt.Fprintf(&body, "00294%02d,%s,%s,%s,%s,0.8,2019-03-07\n", i, p[1], p[0], site, map[string]string{"NP": "Nurse Practitioner", "PA": "Physician Assistant"}[p[3]])
	}
	fmt.Fprintf(&body, "0055%03d,Listed,New,%s,Physician,0.8,2025-03-07\n", s.r.IntN(1000), s.one(codes))
	id, err := s.Roster.Upload(ctx, roster.EmployerList, fmt.Sprint("list", len(s.log), ".csv"), strings.NewReader(body.String()), int64(body.Len()))
	s.must(err)
	day := roster.DateOf(s.Clock.Now())
	s.must(s.Roster.SetAsOf(ctx, id, day, false))
	i, err := s.Roster.Import(ctx, id)
	s.must(err)
	if s.Roster.SetMapping(ctx, id, i.Mapping) != nil || s.Roster.Preview(ctx, id, nil) != nil {
		return ""
	}
	if _, err := s.Roster.DecideAll(ctx, id, roster.HoldRow, 1); err != nil {
		return ""
	}
	if i, err = s.Roster.Import(ctx, id); err == nil && i.State == roster.ListStopped {
		_ = s.Roster.Override(ctx, id, "they move")
		_ = s.Roster.Confirm(s.As("officer"), id)
	}
	if s.Roster.Apply(ctx, id) != nil {
		return ""
	}
	s.log = append(s.log, "(applied)")
	return id
}

// plain asks for the same people as reach in a way for which nothing is kept and nothing put together: a turf changes without a word,
// so it is counted whole each time. The turf is empty; whoever reaches the unit reaches its regions.
func (s *story) plain(reach auth.Reach) auth.Reach {
	if reach.All {
		reach = auth.Reach{Regions: []string{"East", "West", "North"}}
	}
	reach.Sets = []string{s.empty}
	return reach
}

// counts are all numbers that st gives within reach.
func (s *story) counts(st *organize.Store, reach auth.Reach) string {
	out, err := db.InRead(s.t.Context(), s.DB, func(tx *db.Tx) (out []any, err error) {
		ready, err := st.Readiness(s.t.Context(), tx, reach)
		if err != nil {
			return nil, err
		}
		today := roster.DateOf(s.Clock.Now())
		weeks, err := st.Trend(s.t.Context(), tx, reach, today.AddDays(-7), today.AddDays(-1))
		return []any{ready, weeks}, err
	})
	s.must(err)
	return asJSON(s.t, out)
}

// pages are all numbers that pages of the role show.
func (s *story) pages(ctx context.Context, st *organize.Store, b *board.Store) string {
	on, err := b.Read(ctx, roster.DateOf(s.Clock.Now()))
	s.must(err)
	out := []any{on}
	if c, err := st.Coverage(ctx); err == nil {
		out = append(out, c)
	}
	for _, region := range []string{"", "East"} {
		if c, err := st.Chart(ctx, organize.Ask{By: organize.BySite, Region: region}); err == nil {
			out = append(out, c)
		}
	}
	return asJSON(s.t, out)
}

// ticks are N and the yes of the open test, as two roles are shown them and as they stand in the tables.
func (s *story) ticks() (shown, stored [4]int) {
	for i, role := range []string{"lead", "captain"} {
		var v struct{ All organize.Tally }
		s.Get(role, "/tests/"+s.test, "application/json").JSON(s.t, &v)
		shown[2*i], shown[2*i+1] = v.All.N, v.All.Yes
	}
	_, err := db.InRead(s.t.Context(), s.DB, func(tx *db.Tx) (struct{}, error) {
		for i, within := range []string{`1 = 1`, `s.person_id IN (SELECT person_id FROM people_set_member WHERE set_id = '` + s.Turf + `')`} {
			for k, query := range []string{
				`SELECT COUNT(*) FROM person_stand s WHERE s.in_unit = 1 AND ` + within,
				`SELECT COUNT(*) FROM participation_now s WHERE s.in_unit = 1 AND s.state = 'yes' AND s.test_id = '` + s.test + `' AND ` + within,
			} {
				if err := tx.Row(s.t.Context(), query).Scan(&stored[2*i+k]); err != nil {
					return struct{}{}, err
				}
			}
		}
		return struct{}{}, nil
	})
	s.must(err)
	return shown, stored
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestWhatIsKeptIsWhatCountingAnewGives(t *testing.T) {
	t.Parallel()

	for seed := range uint64(3) {
		apptest.Each(t, func(t *testing.T, h *apptest.House) {
			drive(t, h)
			s := &story{House: h, t: t, r: rand.New(rand.NewPCG(seed, 60_000)), pairs: map[bool][]string{}}
			for i, code := range []string{"0401", "0402", "0403"} {
				s.must(h.Roster.AddWorksites(t.Context(), []roster.Worksite{{
					EmployerID: h.Employer, Code: code, Name: "Example Health Clinic " + code, Town: "Town " + code, Zone: "America/Chicago", Kind: "clinic",
					Status: roster.Open, Region: []string{"East", "West", "North"}[i],
				}}))
			}
			_, pair := twin(t, h)
			s.pairs[false] = []string{pair}
			var err error
			s.sites, err = db.InRead(t.Context(), h.DB, func(tx *db.Tx) ([]string, error) {
				return db.Strings(t.Context(), tx, `SELECT id FROM worksite ORDER BY code`)
			})
			s.must(err)
			s.people, err = db.InRead(t.Context(), h.DB, func(tx *db.Tx) ([]string, error) {
				return db.Strings(t.Context(), tx, `SELECT person_id FROM person_now ORDER BY sort_key, person_id`)
			})
			s.must(err)
			s.must(db.Do(t.Context(), h.DB, func(tx *db.Tx) (err error) {
				s.empty, err = auth.AddSet(t.Context(), tx, "Nobody", nil)
				return err
			}))
			s.test = sticker(t, h, func(x *organize.Test) { x.Closes = h.Clock.Now().Add(90 * 24 * time.Hour) })
			s.live(seed)
		})
	}
}

// live lets things happen, and after each compares what is kept with what is counted anew.
func (s *story) live(seed uint64) {
	names := []string{
		"a job that begins tomorrow", "a late paper", "a list and its undoing", "a new day", "a phone", "a pledge", "a second job", "a second job", "a status",
		"a talk", "a tick", "a value", "another region", "leaders of many", "one of two", "somebody new", "two of one",
	}
	steps := s.steps()
	reaches := []auth.Reach{
		{All: true},
		{Regions: []string{"East"}},
		{Regions: []string{"West"}, Sites: []string{s.Site["0901"]}},
		{Sites: []string{s.Site["0308"]}, Person: s.Person["Omar Farah"]},
		{Person: s.Person["Katherine Nguyen"]},
	}
	for range 60 {
		name := s.one(names)
		s.log = append(s.log, name)
		steps[name]()
		for _, reach := range reaches {
			if diff := cmp.Diff(s.counts(s.Organize, s.plain(reach)), s.counts(s.Organize, reach)); diff != "" {
				s.t.Fatalf("seed %d, after %q, within %+v (-counted +kept):\n%s", seed, s.log, reach, diff)
			}
		}
		if shown, stored := s.ticks(); shown != stored {
			s.t.Fatalf("seed %d, after %q: N and yes of the test are %v, want %v", seed, s.log, shown, stored)
		}
		log := audit.NewLog(s.DB)
		st := organize.NewStore(s.DB, log)
		st.Booked, st.NoticeServed = s.Organize.Booked, s.Organize.NoticeServed
		fresh := board.NewStore(s.DB, s.Roster, st)
		for _, role := range []string{"lead", "officer", "region reader", "site reader", "captain"} {
			ctx := s.As(role)
			if diff := cmp.Diff(s.pages(ctx, st, fresh), s.pages(ctx, s.Organize, s.Board)); diff != "" {
				s.t.Fatalf("seed %d, after %q, %s (-counted anew +kept):\n%s", seed, s.log, role, diff)
			}
		}
		s.must(log.Close())
	}
	s.t.Logf("seed %d: %q", seed, s.log)
}
