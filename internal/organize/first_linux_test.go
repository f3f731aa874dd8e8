// SPDX-License-Identifier: Apache-2.0

package organize_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tenday/tenday/internal/app/apptest"
	"github.com/tenday/tenday/internal/db"
)

// The first view of a page after something changed, at 60,000: each page right after each kind of change, twenty times, in
// time of the processor: what a clock says of a machine that does other things, too, is of those.
// Run with TENDAY_LARGE=1. TENDAY_LARGE=all makes a list that changes everybody, too.
func TestTheFirstViewAfterAChangeFeelsInstant(t *testing.T) {
	all := os.Getenv("TENDAY_LARGE")
	if all == "" {
		t.Skip("TENDAY_LARGE is not set: speed was not measured")
	}
	h := apptest.New(t)
	fill(t, h, 60_000, 61)
	id := sticker(t, h, nil)
	ctx := h.As("lead")
	people, err := db.InRead(ctx, h.DB, func(tx *db.Tx) ([]string, error) {
		return db.Strings(ctx, tx, `SELECT person_id FROM person_now WHERE given = 'Given' ORDER BY person_id`)
	})
	if err != nil {
		t.Fatal(err)
	}
	listed(t, h, people)
	fresh, err := db.InRead(ctx, h.DB, func(tx *db.Tx) ([]string, error) { // who has not pledged yet
		return db.Strings(ctx, tx, `SELECT person_id FROM person_stand WHERE pledge = 'none' AND in_unit = 1 ORDER BY person_id`)
	})
	if err != nil {
		t.Fatal(err)
	}
	moved := 0
	move := func(ids []string) { // what a list does with people who moved on by a clinic, beside the writing of its own rows
		moved++
		err := db.Do(ctx, h.DB, func(tx *db.Tx) error {
			sites, err := db.Strings(ctx, tx, `SELECT id FROM worksite WHERE name LIKE 'Clinic %' ORDER BY id`)
			if err != nil {
				return err
			}
			for i, p := range ids {
				site := sites[(moved+i)%len(sites)]
				for _, table := range []string{"person_now", "person_site"} {
					if _, err := tx.Exec(ctx, `UPDATE `+table+` SET worksite_id = $1, region = (SELECT region FROM worksite WHERE id = $2) WHERE person_id = $3`, site, site, p); err != nil {
						return err
					}
				}
			}
			if err := db.PutSetting(ctx, tx, "roster.revision", v7()); err != nil {
				return err
			}
			return h.Organize.RosterChanged(ctx, tx, ids)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	fact := func(kind string, data map[string]any) {
		if err := send(t, h, "lead", kind, v7(), h.Clock.Now(), data); err != nil {
			t.Fatal(err)
		}
	}
	handler := h.Handler()
	pages := []string{
		"lead /", "officer /", "region reader /board", "captain /", "lead /coverage", "lead /chart", "lead /tests/" + id, "lead /people", "lead /worksites",
	}
	look := func(page string) time.Duration {
		at := strings.LastIndex(page, " ")
		req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, page[at+1:], http.NoBody)
		req.AddCookie(h.Cookie(page[:at]))
		rec := httptest.NewRecorder()
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		start := worked(t)
		handler.ServeHTTP(rec, req)
		took := worked(t) - start
		if rec.Code != 200 {
			t.Fatalf("%s = %d", page, rec.Code)
		}
		return took
	}
	for _, page := range pages {
		t.Logf("%-30.30s first view of all %v", page, look(page).Round(100*time.Microsecond))
	}
	n := 0
	for _, c := range []struct {
		what string
		most int
		do   func(i int)
	}{
		{"a talk", 20, func(i int) {
			fact("conversation", map[string]any{"person": people[i*47%len(people)], "channel": "call", "outcome": "talked"})
		}},
		{"a pledge", 20, func(i int) { fact("pledge", map[string]any{"person": fresh[i], "state": "public", "text_version": 1}) }},
		{"one person edited", 20, func(i int) { move(people[i*47%len(people):][:1]) }},
		{"a list: 1,200 people of 61 worksites", 20, func(i int) {
			var some []string
			for k := i % 50; k < len(people); k += 50 {
				some = append(some, people[k])
			}
			move(some)
		}},
		{"a list: everybody", 1, func(int) { move(people) }},
	} {
		if c.most == 1 && all != "all" {
			continue
		}
		var writes []time.Duration
		for _, page := range pages {
			var took []time.Duration
			if err := h.Organize.CountAnew(t.Context()); err != nil { // as it goes on beside a server
				t.Fatal(err)
			}
			for range c.most {
				n++
				runtime.LockOSThread()
				start := worked(t)
				c.do(n)
				writes = append(writes, worked(t)-start)
				runtime.UnlockOSThread()
				took = append(took, look(page))
			}
			told(t, c.what+": "+page, took)
		}
		told(t, c.what+": the change itself", writes)
	}
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	t.Logf("%d MB of heap in use", m.HeapAlloc>>20)
}

// worked is how long this thread has worked; the caller is locked to it.
func worked(tb testing.TB) time.Duration {
	tb.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_THREAD, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// listed puts two employer lists of all people on file, straight into their tables: each row as long as a true one.
func listed(tb testing.TB, h *apptest.House, people []string) {
	tb.Helper()
	ctx, now := tb.Context(), h.Clock.Now().UnixMilli()
	cells := `["` + strings.Repeat("0123456789", 30) + `"]`
	if err := db.Do(ctx, h.DB, func(tx *db.Tx) error {
		for v := 1; v <= 2; v++ {
			list := v7()
			if err := tx.Insert(ctx, "list_import", strings.Fields("id kind employer_id file_name file_sha256 as_of version state uploaded_at uploaded_by"), [][]any{
				{list, "employer", h.Employer, "list.csv", fmt.Sprint("x", v), fmt.Sprintf("2025-10-1%d", v), v, "applied", now, "x"},
			}); err != nil {
				return err
			}
			var rows [][]any
			for i, p := range people {
				kinds := ""
				if i%40 == 0 {
					kinds = " moved "
				}
				rows = append(rows, []any{list, i + 2, cells, cells, "applied", p, kinds})
			}
			if err := tx.Insert(ctx, "list_row", strings.Fields("import_id line raw parsed state person_id kinds"), rows); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		tb.Fatal(err)
	}
}
