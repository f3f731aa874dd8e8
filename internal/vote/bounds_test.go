// SPDX-License-Identifier: Apache-2.0

package vote_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tenday/tenday/internal/app/apptest"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/vote"
)

// A credential's first ballot is always taken; the twenty-first of an hour waits, and strangers cannot use anybody's up.
func TestRevotesAreBoundedAndTheFirstBallotNever(t *testing.T) {
	t.Parallel()

	h := apptest.New(t)
	e := opened(t, h, draft(h))
	uuid := e.vote().UUID
	forged := e.ballotOf("0002", 0, 1, 0)
	cut := strings.LastIndex(string(forged), `"response":"`) + len(`"response":"`)
	forged = []byte(string(forged[:cut]) + "1" + string(forged[cut:]))
	for range 25 {
		if _, err := h.Vote.Cast(t.Context(), uuid, forged, ""); fault.CodeOf(err) != fault.Invalid {
			t.Fatalf("a forged signature: %v", err)
		}
	}
	e.cast("0002", 0, 1, 0)
	for range 20 {
		e.cast("0001", 0, 1, 0)
	}
	late := e.ballotOf("0001", 0, 0, 1)
	if _, err := h.Vote.Cast(t.Context(), uuid, late, ""); refused(err) != "vote.cast.too_often" {
		t.Errorf("the twenty-first in an hour: %v", err)
	}
	e.cast("0003", 0, 1, 0)
	h.Clock.Advance(time.Hour)
	if _, err := h.Vote.Cast(t.Context(), uuid, late, ""); err != nil {
		t.Errorf("an hour later: %v", err)
	}
}

// Practice costs the server something, so one network gets so much of it and real ballots never wait for it; when the vote is over, so is
// practice.
func TestPracticeIsBounded(t *testing.T) {
	t.Parallel()

	h := apptest.New(t)
	e := opened(t, h, draft(h))
	practice := e.vote().Practice
	cast := func(network string) string {
		_, err := h.Vote.Cast(t.Context(), practice, []byte("{}"), network)
		return refused(err)
	}
	for range 30 {
		if got := cast("one"); got != "vote.cast.refused" {
			t.Fatalf("practice: %q", got)
		}
	}
	if got := cast("one"); got != "vote.cast.practice_often" {
		t.Errorf("the thirty-first: %q", got)
	}
	if got := cast("two"); got != "vote.cast.refused" {
		t.Errorf("another network: %q", got)
	}
	e.cast("0001", 0, 1, 0)
	e.close()
	if got := cast("two"); got != "vote.cast.closed" {
		t.Errorf("after the close: %q", got)
	}
}

// Who had not voted at some hour is nowhere in the database: not in a table, not in the queue, not in the audit.
func TestTheListOfWhoHasNotVotedIsKeptNowhere(t *testing.T) {
	t.Parallel()

	h := apptest.New(t)
	sent := &post{}
	h.Vote.Mail = sent
	e := opened(t, h, draft(h))
	check(t, h.Vote.Remind(h.As(credentialOfficer), e.id, []string{"0002", "0003"}))
	sent.wait(t, 2)
	check(t, h.Vote.Close()) // which waits for the note
	var jobs, sentN, n int
	_, err := db.InRead(t.Context(), h.DB, func(tx *db.Tx) (bool, error) {
		if err := tx.Row(t.Context(), `SELECT COUNT(*) FROM job WHERE kind = 'vote.remind'`).Scan(&jobs); err != nil {
			return false, err
		}
		return true, tx.Row(t.Context(), `SELECT n, sent FROM vote_reminder`).Scan(&n, &sentN)
	})
	check(t, err)
	if jobs != 0 || n != 2 || sentN != 2 {
		t.Errorf("%d jobs, %d of %d sent", jobs, sentN, n)
	}
	tables, err := db.InRead(t.Context(), h.DB, func(tx *db.Tx) ([]string, error) {
		return db.Strings(t.Context(), tx, `SELECT m.name || '.' || c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
			WHERE m.name LIKE 'vote_remind%' ORDER BY 1`)
	})
	check(t, err)
	if got := fmt.Sprint(tables); got != "[vote_reminder.after_no vote_reminder.at vote_reminder.by_account vote_reminder.id vote_reminder.n vote_reminder.sent vote_reminder.vote_id vote_reminder.voters vote_reminder.who]" {
		t.Errorf("a reminder keeps %s", got)
	}
}

// Addresses of observers are for the officers' form alone.
func TestObserversAddressesAreInNoAnswer(t *testing.T) {
	t.Parallel()

	h := apptest.New(t)
	h.Vote.Mail = &post{}
	d := draft(h)
	d.Observers = []string{"watch@post.example.org"}
	e := opened(t, h, d)
	at := "/votes/" + e.id
	for path, role := range map[string]string{
		"/b/" + e.vote().UUID: "", "/b/" + e.vote().UUID + "/check": "", at: "member", "/votes": "member", at + " ": "officer",
	} {
		for _, accept := range []string{"application/json", ""} {
			a := h.Get(role, strings.TrimSpace(path), accept)
			if a.Status != 200 || strings.Contains(a.Body, "watch@") {
				t.Errorf("%s as %q: %d, with the address: %v", path, role, a.Status, strings.Contains(a.Body, "watch@"))
			}
		}
	}
	if v := e.vote(); len(v.Draft.Observers) != 1 {
		t.Error("the address was lost")
	}
}

// When the days of retention are over, what tells of single people goes and the outcome stays; a legal hold puts it off.
func TestAVoteIsForgottenWhenItsDaysAreOver(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		d := draft(h)
		d.Retention = 30
		e := opened(t, h, d)
		e.cast("0001", 0, 1, 0)
		e.close()
		check(t, e.decrypt(1))
		check(t, e.decrypt(2))
		check(t, e.agree(vote.AskCertify, vote.Wish{}))
		hold := func(why string) {
			check(t, db.Do(t.Context(), h.DB, func(tx *db.Tx) error { return db.PutSetting(t.Context(), tx, "retention.hold", why) }))
		}
		count := func() (n int) {
			_, err := db.InRead(t.Context(), h.DB, func(tx *db.Tx) (bool, error) {
				return true, tx.Row(t.Context(), `SELECT (SELECT COUNT(*) FROM vote_roll) + (SELECT COUNT(*) FROM vote_block) + (SELECT COUNT(*) FROM vote_ballot)`).Scan(&n)
			})
			check(t, err)
			return n
		}
		hold("a suit")
		h.Clock.Advance(31 * 24 * time.Hour)
		e.jobs()
		if count() == 0 {
			t.Fatal("deleted under a legal hold")
		}
		hold("")
		h.Clock.Advance(8 * 24 * time.Hour)
		e.jobs()
		if n := count(); n != 0 {
			t.Errorf("%d rows are left", n)
		}
		o, err := h.Vote.Outcome(h.As("officer"), e.id)
		check(t, err)
		if o.Word != "passed" || o.Eligible != 10 {
			t.Errorf("%+v", o)
		}
		for path, status := range map[string]int{"/votes/" + e.id: 200, "/votes": 200} {
			if a := h.Get("officer", path, ""); a.Status != status {
				t.Errorf("%s: %d %.300s", path, a.Status, text(a.Body))
			}
		}
		if a := h.Get("", "/b/"+e.vote().UUID+"/check", ""); a.Status != 404 || !strings.Contains(a.Body, "were deleted") && !strings.Contains(a.Body, "was deleted") {
			t.Errorf("%d %.300s", a.Status, text(a.Body))
		}
	})
}

// The booth does not know who comes, whatever a browser sends: a session there would put an account beside a ballot.
func TestTheBoothHasNoSession(t *testing.T) {
	t.Parallel()

	h := apptest.New(t)
	e := opened(t, h, draft(h))
	check(t, db.Do(t.Context(), h.DB, func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `UPDATE account SET locale = 'es' WHERE id = $1`, h.Account["member"])
		return err
	}))
	if a := h.Get("member", "/votes", ""); !strings.Contains(a.Body, `<html lang="es"`) {
		t.Fatalf("her language is not Spanish: %.300s", a.Body)
	}
	for _, path := range []string{"", "/check", "/tracker"} {
		a := h.Get("member", "/b/"+e.vote().UUID+path, "")
		if a.Status != 200 || !strings.Contains(a.Body, `<html lang="en"`) || a.Header.Get("Set-Cookie") != "" {
			t.Errorf("%s knows her: %d %.300s", path, a.Status, a.Body)
		}
	}
	var seen []string
	apart := vote.Apart(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.URL.Path+" "+r.Header.Get("Cookie")+r.Header.Get("Authorization"))
	}))
	for _, path := range []string{"/b/x/cast", "/booth/booth.js", "/static/app.css", "/votes"} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody)
		r.Header.Set("Cookie", "tenday=secret; locale=es")
		apart.ServeHTTP(nil, r)
	}
	want := []string{"/b/x/cast locale=es", "/booth/booth.js locale=es", "/static/app.css locale=es", "/votes tenday=secret; locale=es"}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("cookies (-want +got):\n%s", diff)
	}
}
