// SPDX-License-Identifier: Apache-2.0

package demo

import (
	"context"
	"database/sql"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tenday/tenday/internal/app"
	"github.com/tenday/tenday/internal/board"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/db/dbtest"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/internal/mail"
	"github.com/tenday/tenday/internal/roster"
)

// slow leaves out what builds the campaign over and over and is done by one goroutine.
func slow(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("short: the campaign was not walked through")
	}
}

func begin(t *testing.T, at string) *Demo {
	t.Helper()
	d, err := New(t.Context(), Config{At: at, Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
	return d
}

// What each moment says comes from the truth about its people, row by row; and whoever walks there sees what a fresh build shows.
func TestTheCampaignIsTrueToItsDataAtEveryMoment(t *testing.T) {
	t.Parallel()
	slow(t)

	d := begin(t, first)
	for _, m := range moments {
		to, err := parse(d.now.zone, m.at)
		if err != nil {
			t.Fatal(err)
		}
		if fresh, err := d.move(t.Context(), to); err != nil || fresh {
			t.Fatalf("forward to %s: fresh %t, %v", m.at, fresh, err)
		}
		isTrue(t, d, m)
	}
	start := time.Now()
	built := begin(t, moments[len(moments)-1].at)
	t.Logf("ready in %v", time.Since(start).Round(time.Millisecond))
	if diff := cmp.Diff(dump(t, built), dump(t, d)); diff != "" {
		t.Errorf("walked there (-built anew +walked):\n%s", diff)
	}
}

func isTrue(t *testing.T, d *Demo, m moment) {
	t.Helper()
	column, lists := "unit_status_2025_05_30", 1
	if m.at > "2025-10-31T18" {
		column, lists = "unit_status_2025_10_31", 2
	}
	want := map[roster.UnitStatus]int{}
	for _, p := range d.truth.people {
		if s := roster.UnitStatus(p[column]); s != "" && s != roster.LeftUnit {
			want[s]++
		}
	}
	b := boardOf(t, d, "data_lead")
	got := map[roster.UnitStatus]int{}
	for _, s := range b.Statuses {
		got[s.Status] = s.N
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: unit statuses (-truth +board):\n%s", m.at, diff)
	}
	sites := 61
	for _, c := range b.Closing {
		if c.Now == roster.Closed { // everybody has moved
			sites--
		}
	}
	if b.List == nil || b.List.Version != lists || b.CertN != 600 || len(b.Sites) != sites {
		t.Errorf("%s: list %+v, certified %d, %d worksites", m.at, b.List, b.CertN, len(b.Sites))
	}
	if waits := b.Waiting != nil; waits != (m.key == "demo.moment.arrival") {
		t.Errorf("%s: a list waits: %t", m.at, waits)
	}
	for _, e := range b.Timeline {
		if m.at < "2025-10-24" && e.On.String() > m.at[:10] {
			t.Errorf("%s: the timeline knows of %s already", m.at, e.On)
		}
	}
}

func boardOf(t *testing.T, d *Demo, key string) *board.Board {
	t.Helper()
	ctx, err := d.now.as(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	b, err := d.now.Board.Read(ctx, roster.DateOf(d.Now()))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// On the morning of the strike, in one house, since nothing of it changes.
func TestOnTheMorning(t *testing.T) {
	t.Parallel()
	slow(t)

	d := begin(t, opening)
	t.Run("the second list changed what it is expected to", func(t *testing.T) { changesAsExpected(t, d) })
	t.Run("one tap is enough to come in", func(t *testing.T) { oneTap(t, d) })
	t.Run("the captain reaches her nine and nobody else", func(t *testing.T) {
		b := boardOf(t, d, "captain")
		if b.OnFile() != 9 || len(b.Sites) != 1 || b.Sites[0].Name != "Hastings" {
			t.Errorf("she counts %d people at %v, want nine at Hastings", b.OnFile(), b.Sites)
		}
	})
}

func changesAsExpected(t *testing.T, d *Demo) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "roster", "testdata", "demo", "expected_diff.csv"))
	if err != nil {
		t.Fatal(err)
	}
	expected, err := table(b)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int{}
	for _, e := range expected {
		kind := map[string]string{"left": "absent", "omitted_on_leave": "absent"}[e["change"]]
		if kind == "" {
			kind = e["change"]
		}
		want[kind]++
	}
	for _, c := range boardOf(t, d, "data_lead").Changes {
		switch c.Kind {
		case "new", "absent", "moved", "renamed", "fte", "shift", "home_zip":
			if c.N != want[c.Kind] {
				t.Errorf("%s: the board says %d, the data %d", c.Kind, c.N, want[c.Kind])
			}
		}
	}
}

// dump is the roster, without the ids that each house makes for itself.
func dump(t *testing.T, d *Demo) []string {
	t.Helper()
	const query = `SELECT n.sort_key || '|' || n.given || '|' || n.family || '|' || COALESCE(w.code, '') || '|' || n.job_class || '|' ||
		n.shift || '|' || n.fte || '|' || n.on_leave || '|' || n.hired_on || '|' || n.unit_status || '|' || n.employee_number || '|' ||
		n.contacts_ok || '|' || n.contacts_any || '|' || n.phone || '|' || n.email || '|' || p.languages || '|' || p.home_zip
		FROM person_now n JOIN person p ON p.id = n.person_id LEFT JOIN worksite w ON w.id = n.worksite_id ORDER BY 1`
	lines, err := db.InRead(t.Context(), d.now.DB, func(tx *db.Tx) ([]string, error) {
		people, err := db.Strings(t.Context(), tx, query)
		if err != nil {
			return nil, err
		}
		changes, err := db.Strings(t.Context(), tx, `SELECT entity || '|' || field || '|' || at || '|' || COUNT(*) FROM change
			GROUP BY entity, field, at / 60000 ORDER BY at / 60000, entity, field`)
		return append(people, changes...), err
	})
	if err != nil || len(lines) < 600 {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	return lines
}

// visitor is a browser at the demo.
type visitor struct {
	t   *testing.T
	c   *http.Client
	url string
}

func visit(t *testing.T, d *Demo) *visitor {
	t.Helper()
	srv := httptest.NewServer(d)
	t.Cleanup(srv.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{t, &http.Client{Jar: jar}, srv.URL}
}

func (v *visitor) do(method, path string, form url.Values) (status int, at, body string) {
	v.t.Helper()
	req, err := http.NewRequestWithContext(v.t.Context(), method, v.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		v.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := v.c.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return res.StatusCode, res.Request.URL.Path, string(b)
}

func oneTap(t *testing.T, d *Demo) {
	t.Helper()
	if _, at, body := visit(t, d).do("GET", "/", nil); at != "/demo" || strings.Count(body, `name="as"`) != len(personas) {
		t.Errorf("a stranger is led to %s", at)
	}
	for key, want := range map[string]string{
		"officer": "Are we ready?", "data_lead": "Are we ready?", "captain": "See and call your people", "member": "Who can see your record",
		"patient": "Find your clinic",
	} {
		status, _, body := visit(t, d).do("POST", "/demo", url.Values{"as": {key}})
		if status != 200 || !strings.Contains(body, want) {
			t.Errorf("%s: %d without %q: %.400s", key, status, want, body)
		}
	}
	if status, _, _ := visit(t, d).do("POST", "/demo", url.Values{"as": {"employer"}}); status != 422 {
		t.Errorf("somebody unknown comes in: %d", status)
	}
}

func TestTheClockGoesBackToAFreshHouse(t *testing.T) {
	t.Parallel()

	d := begin(t, "2025-10-31T16:30")
	v := visit(t, d)
	v.do("POST", "/demo", url.Values{"as": {"data_lead"}})
	ctx, err := d.now.as(t.Context(), "data_lead")
	if err != nil {
		t.Fatal(err)
	}
	people, err := d.now.people(ctx, firstList)
	if err != nil {
		t.Fatal(err)
	}
	change := url.Values{"unit_status": {"out"}, "why": {"a visitor tries"}}
	if err := d.now.Roster.Edit(ctx, people[memberPerson], "status", change); err != nil {
		t.Fatal(err)
	}
	before := d.now

	status, at, body := v.do("POST", "/demo/clock", url.Values{"at": {"2025-10-24T15:00"}, "path": {"/board"}})
	if status != 200 || at != "/board" || !strings.Contains(body, "Your changes in the demo were put back") || !strings.Contains(body, "Ingrid Solberg") {
		t.Errorf("back on 24 October: %d at %s", status, at)
	}
	if !strings.Contains(body, "600 in the bargaining unit") {
		t.Error("the change of the visitor is still there")
	}
	d.leaving.Wait()
	if _, err := os.Stat(before.dir); !os.IsNotExist(err) {
		t.Errorf("the old house's folder is still there: %v", err)
	}
	for _, bad := range []string{"", "yesterday", "2024-01-01T00:00", "2026-01-01T00:00"} {
		if status, _, _ := v.do("POST", "/demo/clock", url.Values{"at": {bad}, "path": {"/"}}); status != 422 {
			t.Errorf("the clock is set to %q: %d", bad, status)
		}
	}
}

// A visitor who applies the waiting list herself stands in the story's way no longer than one rebuild.
func TestTheStoryGoesOnWhateverTheVisitorDid(t *testing.T) {
	t.Parallel()
	slow(t)

	d := begin(t, "2025-10-31T16:30")
	ctx, err := d.now.as(t.Context(), "data_lead")
	if err != nil {
		t.Fatal(err)
	}
	imp, err := d.now.list(ctx, secondList)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.now.decide(ctx, imp.ID, secondList); err != nil {
		t.Fatal(err)
	}
	if err := d.now.Roster.Apply(ctx, imp.ID); err != nil {
		t.Fatal(err)
	}
	to, err := parse(d.now.zone, opening)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.move(t.Context(), to); err != nil {
		t.Fatal(err)
	}
	if got := d.Now().Format(minute); got != opening {
		t.Errorf("the clock stands at %s", got)
	}
}

func TestNothingOfTheDemoIsReachedOutsideIt(t *testing.T) {
	t.Parallel()

	a, err := app.New(t.Context(), app.Config{DB: dbtest.SQLite(t, nil), Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, r := range a.Server.Routes() {
		if strings.Contains(r.Pattern, "/demo") {
			t.Errorf("the house itself serves %s", r.Pattern)
		}
	}
	for _, method := range []string{"GET", "POST"} {
		for _, path := range []string{"/demo", "/demo/clock"} {
			rec := httptest.NewRecorder()
			a.Handler().ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader("as=officer")))
			if rec.Code != http.StatusNotFound {
				t.Errorf("%s %s = %d", method, path, rec.Code)
			}
		}
	}
}

func TestTheTimelineTracesToItsFacts(t *testing.T) {
	t.Parallel()

	var facts struct {
		Facts []struct {
			ID    string  `json:"id"`
			Event *string `json:"event_date"`
		}
	}
	b, err := data.ReadFile("data/seeds-facts.json")
	if err == nil {
		err = json.Unmarshal(b, &facts)
	}
	if err != nil {
		t.Fatal(err)
	}
	days := map[string]string{}
	for _, f := range facts.Facts {
		days[f.ID] = ""
		if f.Event != nil {
			days[f.ID] = *f.Event
		}
	}
	tr, err := readTruth()
	if err != nil {
		t.Fatal(err)
	}
	texts, err := app.Texts(i18n.Locales, Text)
	if err != nil {
		t.Fatal(err)
	}
	for chapter, events := range tr.events {
		for _, e := range events {
			on := e.On.String()
			if e.Precision == board.Month {
				on = on[:7]
			}
			printed := false
			for _, id := range slices.Concat(e.Facts, e.Against) {
				if _, ok := days[id]; !ok {
					t.Errorf("%s: there is no fact %s", e.Said, id)
				}
			}
			for _, id := range e.Facts {
				printed = printed || days[id] == on || id == "F006" && on == "2025-11-06" // "the following day"
			}
			if printed == (e.Certainty == board.Inferred) {
				t.Errorf("%s (%s): %s is %s, and a source prints it: %t", e.Said, chapter, on, e.Certainty, printed)
			}
			for _, key := range []string{e.Said, e.Otherwise} {
				if key != "" && (texts.For("en").T(key) == key || texts.For("es").T(key) == key) {
					t.Errorf("%s has no sentence", key)
				}
			}
		}
	}
}

type letters chan mail.Message

func (l letters) Send(_ context.Context, m mail.Message) error {
	l <- m
	return nil
}

// The people of the story get letters about their shifts; a visitor's terminal does not.
func TestTheStorysLettersGoNowhere(t *testing.T) {
	t.Parallel()
	slow(t)

	sent := make(letters, 1000)
	d, err := New(t.Context(), Config{At: opening, Mail: sent})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := d.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}()
	for n, deadline := 0, time.Now().Add(5*time.Minute); n == 0; time.Sleep(50 * time.Millisecond) {
		n, err = db.InRead(t.Context(), d.now.DB, func(tx *db.Tx) (n int, err error) {
			return n, tx.Row(t.Context(), `SELECT COUNT(*) FROM line_message WHERE outcome = 'sent'`).Scan(&n)
		})
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("%d letters: %v", n, err)
		}
	}
	if n := len(sent); n > 0 {
		t.Errorf("%d letters, the first %+v", n, <-sent)
	}
}

func TestTheDatabaseIsKeptWhenAskedTo(t *testing.T) {
	t.Parallel()

	file := filepath.Join(t.TempDir(), "kept.db")
	d, err := New(t.Context(), Config{At: first, Keep: file})
	if err != nil {
		t.Fatal(err)
	}
	dir := d.now.dir
	if err := d.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("the temporary folder is still there: %v", err)
	}
	kept, err := db.Open(t.Context(), db.Config{DSN: file, ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer kept.Close()
	n, err := db.InRead(t.Context(), kept, func(tx *db.Tx) (n int, err error) {
		return n, tx.Rows(t.Context(), `SELECT COUNT(*) FROM person`, nil, func(r *sql.Rows) error { return r.Scan(&n) })
	})
	if err != nil || n != 612 {
		t.Errorf("%d people kept, %v", n, err)
	}
	if _, err := New(t.Context(), Config{Keep: file}); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("a file that is there would be written over: %v", err)
	}
}

func TestTheSignInPageOpensForThoseWhoAreIn(t *testing.T) {
	t.Parallel()

	srv := httptest.NewServer(begin(t, first))
	defer srv.Close()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &http.Client{Jar: jar}
	res, err := c.PostForm(srv.URL+"/demo", url.Values{"persona": {"officer"}}) //nolint:noctx // a test of two requests
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res, err = c.Get(srv.URL + "/signin"); err != nil { //nolint:noctx // the same
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Errorf("GET /signin while signed in: %d", res.StatusCode)
	}
}
