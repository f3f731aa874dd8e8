// SPDX-License-Identifier: Apache-2.0

package organize_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tenday/tenday/internal/app/apptest"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/organize"
	"github.com/tenday/tenday/internal/roster"
)

// fill puts n people at as many clinics straight into the tables that the roster derives, with a captain for each ten, values, talks
// and pledges.
func fill(tb testing.TB, h *apptest.House, n, clinics int) {
	tb.Helper()
	if _, err := h.Organize.WritePledgeText(h.As("lead"), map[string]string{"en": "I will honor the line."}); err != nil {
		tb.Fatal(err)
	}
	var sites []roster.Worksite
	for i := range clinics {
		sites = append(sites, roster.Worksite{
			EmployerID: h.Employer, Code: fmt.Sprintf("%04d", 1113+i*14), Name: fmt.Sprintf("Clinic %d", i), Town: fmt.Sprintf("Town %02d", i),
			Zone: "America/Chicago", Kind: "clinic", Status: roster.Open, Region: []string{"Core", "North", "South", "East", "West"}[i%5],
		})
	}
	if err := h.Roster.AddWorksites(tb.Context(), sites); err != nil {
		tb.Fatal(err)
	}
	ctx := tb.Context()
	now := h.Clock.Now().UnixMilli()
	err := db.Do(ctx, h.DB, func(tx *db.Tx) error {
		var people, nows, places, values, talks, led, pledges, times [][]any
		ids := make([]string, n)
		for i := range ids {
			ids[i] = v7()
		}
		for i, id := range ids {
			site := &sites[i%clinics]
			people = append(people, []any{id, "in", "x", now})
			key := fmt.Sprintf("family%05d given", i*7919%n)
			nows = append(nows, []any{key, id, "Given", fmt.Sprintf("Family%d", i), site.ID, 1, site.Region, "MD", []string{"day", "night"}[i%2], 100, 0, "2019-01-01", "in", "none", "1234567", 1, 1, "", "a@example.org"})
			places = append(places, []any{site.ID, key, id, site.Region, "MD", 1})
			captain := ids[i/610*610+i%61]
			if captain != id {
				led = append(led, []any{v7(), captain, id, now - 1000, "x"})
				talks = append(talks, []any{v7(), id, now - int64(i%30)*86_400_000, "call", "talked", now, "x", captain})
			}
			if i%12 != 0 {
				values = append(values, []any{v7(), id, now - int64(i%40)*86_400_000, 1 + i%3, "said", 1, now, "x"})
			}
			if i%3 != 0 {
				p := v7()
				pledges = append(pledges, []any{p, id, 1, 1, []string{"public", "private"}[i%2], "self_link", "2025-10-30", ""})
				times = append(times, []any{p, now})
			}
		}
		for _, t := range []struct {
			table, columns string
			rows           [][]any
		}{
			{"person", "id unit_status by_account at", people},
			{"person_now", "sort_key person_id given family worksite_id worksite_n region job_class shift fte on_leave hired_on unit_status member_status employee_number contacts_ok contacts_any phone email", nows},
			{"person_site", "worksite_id sort_key person_id region job_class is_primary", places},
			{"assessment", "id person_id at value basis scale_version received_at by_account", values},
			{"conversation", "id person_id at channel outcome received_at by_account by_person", talks},
			{"leadership", "id leader led since_at by_account", led},
			{"pledge", "id person_id seq text_version state evidence day by_account", pledges},
			{"pledge_time", "pledge_id at", times},
		} {
			if err := tx.Insert(ctx, t.table, strings.Fields(t.columns), t.rows); err != nil {
				return err
			}
		}
		start := time.Now()
		err := h.Organize.Rebuild(ctx, tx, ids)
		tb.Logf("derived %d people in %v", n, time.Since(start))
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
}

// 60,000 people: every page of the room, before each of which one fact changes, so that nothing counted before is of use.
// Run with TENDAY_LARGE=1; it prints what docs and reports quote.
func TestSixtyThousandPeopleFeelInstant(t *testing.T) {
	if os.Getenv("TENDAY_LARGE") == "" {
		t.Skip("TENDAY_LARGE is not set: speed was not measured")
	}
	h := apptest.New(t)
	fill(t, h, 60_000, 61)
	id := sticker(t, h, nil)
	var some []string
	ctx := h.As("lead")
	if err := db.Do(ctx, h.DB, func(tx *db.Tx) (err error) {
		some, err = db.Strings(ctx, tx, `SELECT person_id FROM person_stand WHERE in_unit = 1 ORDER BY person_id LIMIT 40000`)
		if err != nil {
			return err
		}
		return h.Organize.Together(ctx, tx, func(ctx2 context.Context) error {
			for _, p := range some {
				if err := h.Organize.RecordParticipation(ctx2, tx, organize.Participation{Fact: organize.Fact{Person: p}, Test: id, State: organize.Yes, Evidence: organize.ByCaptain}); err != nil {
					return err
				}
			}
			return nil
		})
	}); err != nil {
		t.Fatal(err)
	}
	closed := sticker(t, h, nil)
	start := time.Now()
	if err := h.Organize.CloseTest(ctx, closed); err != nil {
		t.Fatal(err)
	}
	t.Logf("closed a test of 60,000 in %v", time.Since(start))
	handler := h.Handler()
	for _, page := range []string{
		"lead /", "lead /board", "lead /board/ready", "lead /board/worksites", "officer /", "site reader /", "region reader /board", "captain /",
		"captain /my", "captain /my/data", "captain /my/pack", "captain /chart", "captain /chart/sheet", "captain /pledges", "captain /tests/" + id,
		"captain /tests/" + id + "/enter", "captain /tests/soft", "officer /tests/" + closed, "lead /people", "lead /chart", "lead /chart?from=30", "lead /chart/sheet", "lead /chart/sheet?test=" + id,
		"lead /coverage", "lead /coverage/map", "lead /coverage/people?why=over", "lead /coverage/people?why=none", "lead /coverage/people?why=old",
		"lead /pledges", "lead /pledges/public", "lead /tests", "lead /tests/" + id, "lead /tests/" + closed, "lead /tests/" + id + "/enter",
		"lead /tests/soft", "lead /rules",
	} {
		at := strings.LastIndex(page, " ")
		cookie, path := h.Cookie(page[:at]), page[at+1:]
		for _, cold := range []bool{true, false} {
			var took []time.Duration
			for i := range 40 {
				if cold {
					if err := send(t, h, "lead", "assessment", v7(), h.Clock.Now(), map[string]any{"person": some[i*601], "value": 1 + i%5, "basis": "said"}); err != nil {
						t.Fatal(err)
					}
				}
				req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody)
				req.AddCookie(cookie)
				rec := httptest.NewRecorder()
				start := time.Now()
				handler.ServeHTTP(rec, req)
				took = append(took, time.Since(start))
				if rec.Code != 200 {
					t.Fatalf("%s = %d", path, rec.Code)
				}
			}
			told(t, fmt.Sprintf("%s, cold %v", page, cold), took)
		}
	}
	var took []time.Duration
	for i := range 40 { // one tap of a captain
		start := time.Now()
		if err := send(t, h, "lead", "participation", v7(), h.Clock.Now(), map[string]any{"test": id, "person": some[i*601], "state": "no", "evidence": "captain"}); err != nil {
			t.Fatal(err)
		}
		took = append(took, time.Since(start))
	}
	told(t, "a tick", took)
}

// told logs how long something took, the slowest of which stands for its 99th of a hundred.
func told(t *testing.T, what string, took []time.Duration) {
	t.Helper()
	slices.Sort(took)
	t.Logf("%-70.70s p50 %8v  p99 %8v", what, took[len(took)/2].Round(100*time.Microsecond), took[len(took)-1].Round(100*time.Microsecond))
}
