// SPDX-License-Identifier: Apache-2.0

package strike_test

import (
	"bytes"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/tenday/tenday/internal/app"
	"github.com/tenday/tenday/internal/app/apptest"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/strike"
	"github.com/tenday/tenday/notice"
)

// committee adds two committee members and counsel's reader to the small campaign, and a strike that is planned at its three clinics.
func committee(t *testing.T, h *apptest.House) (id string) {
	t.Helper()
	for _, name := range []string{"committee", "second", "third"} {
		err := db.Do(t.Context(), h.DB, func(tx *db.Tx) error {
			account, err := auth.AddAccount(t.Context(), tx, auth.Account{Display: "The " + name, Email: name + "@strike.example.org"})
			if err != nil {
				return err
			}
			h.Account[name] = account
			_, err = auth.AddGrant(t.Context(), tx, auth.Grant{Account: account, Role: "strike_committee", Scope: auth.Unit})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	starts, err := notice.ParseMoment("2026-01-21T07:00[America/Chicago]")
	if err != nil {
		t.Fatal(err)
	}
	ctx := h.As("committee")
	id, err = h.Strike.Make(ctx, strike.Wish{
		Kind: strike.Strike, Title: "One day", Starts: starts, Sites: []string{h.Site["0901"], h.Site["0308"], h.Site["0333"]},
	})
	if err == nil {
		err = h.Strike.Answer(ctx, id, 1, map[string]string{
			"employer.ownership": "private", "employer.nlra": "covered", "employer.kind": "health_system", "bargaining.kind": "initial", "action.purpose": "bargaining",
		})
	}
	if err == nil {
		err = h.Strike.Take(ctx, id, strike.Plan, 2)
	}
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// alone runs f on SQLite: what the pages show of the store has been asked of both engines.
func alone(t *testing.T, f func(t *testing.T, h *apptest.House)) {
	t.Helper()
	f(t, apptest.New(t))
}

// letters finds the copies of an action by recipient, and the notice of the F-7.
func letters(t *testing.T, h *apptest.House, id string) map[string]string {
	t.Helper()
	var v struct {
		Letters []struct{ To, Kind, Href string }
	}
	h.Get("committee", "/strike/"+id+"/letters", "application/json").JSON(t, &v)
	out := map[string]string{}
	for _, l := range v.Letters {
		out[l.Kind+" "+l.To] = l.Href
	}
	if len(out) != 4 {
		t.Fatalf("letters: %v", out)
	}
	return out
}

func TestALetterIsForReviewUntilItWasReviewed(t *testing.T) {
	t.Parallel()

	alone(t, func(t *testing.T, h *apptest.House) {
		id := committee(t, h)
		all := letters(t, h, id)
		path := all["ten_day institution"]
		for _, role := range []string{"captain", "member", "press", "data_lead"} {
			for _, p := range []string{path, path + "/letter.pdf", path + "/review.pdf", "/strike/" + id + "/letters"} {
				if a := h.Get(role, p, ""); a.Status != 403 {
					t.Errorf("%s: %s = %d", role, p, a.Status)
				}
			}
		}
		page := h.Get("committee", path, "")
		for _, want := range []string{"Wednesday, January 21, 2026, at 7:00 a.m. Central Standard Time (UTC-06:00, America/Chicago)", "29 U.S.C. 158(g)", "Example Health Hastings Clinic", "Institutions (3)", "Not legal advice", "Not reviewed yet"} {
			if !strings.Contains(page.Body, want) {
				t.Errorf("the page does not say %q", want)
			}
		}
		if a := h.Get("committee", path+"/letter.pdf", ""); a.Status != 409 {
			t.Errorf("for signature before the review = %d", a.Status)
		}
		if a := h.Get("committee", path+"/review.pdf", ""); a.Status != 200 || a.Header.Get("Content-Type") != "application/pdf" || !strings.HasPrefix(a.Body, "%PDF-") {
			t.Errorf("review copy = %d %s", a.Status, a.Header.Get("Content-Type"))
		}
		review(t, h, id)
		if a := h.Get("committee", path+"/letter.pdf", ""); a.Status != 200 || !strings.HasPrefix(a.Body, "%PDF-") {
			t.Errorf("for signature after it = %d %.300s", a.Status, a.Body)
		}
		if a := h.Get("committee", all["dispute fmcs"], ""); a.Status != 200 || !strings.Contains(a.Body, "29 CFR 1402.1") || strings.Contains(a.Body, "letter.pdf") {
			t.Errorf("the F-7 has no letter: %d", a.Status)
		}
		if a := h.Get("committee", all["dispute fmcs"]+"/review.pdf", ""); a.Status != 404 {
			t.Errorf("its PDF = %d", a.Status)
		}
		if a := h.Get("committee", all["dispute state_agency"], ""); !strings.Contains(a.Body, "Bureau of Mediation Services") || !strings.Contains(a.Body, "29 U.S.C. 158(d)(B)") {
			t.Errorf("to the state: %d", a.Status)
		}
		if a := h.Get("committee", "/letters/"+id, ""); a.Status != 404 {
			t.Errorf("no letter = %d", a.Status)
		}
	})
}

// review has two members read the final paper, and counsel heard.
func review(t *testing.T, h *apptest.House, id string) {
	t.Helper()
	var n string
	_, err := db.InRead(t.Context(), h.DB, func(tx *db.Tx) (struct{}, error) {
		return struct{}{}, tx.Row(t.Context(), `SELECT id FROM strike_notice WHERE strike_id = $1`, id).Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	starts, _ := notice.ParseMoment("2026-01-21T07:00[America/Chicago]")
	for _, who := range []string{"second", "third"} {
		if differs, err := h.Strike.Check(h.As(who), n, starts, []string{h.Site["0901"], h.Site["0308"], h.Site["0333"]}); err != nil || len(differs) > 0 {
			t.Fatal(differs, err)
		}
	}
	if err := h.Strike.Advise(h.As("committee"), n, true, "A. Lawyer", ""); err != nil {
		t.Fatal(err)
	}
}

func TestTheWorksheetKnowsWhatIsOnFileAndKeepsTheConfirmation(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		id := committee(t, h)
		all := letters(t, h, id)
		var v struct {
			F7     string
			Notice string
		}
		h.Get("committee", all["dispute fmcs"], "application/json").JSON(t, &v)
		page := h.Get("committee", v.F7, "")
		for _, want := range []string{`value="Example Health (fictional employer)"`, "First contract", "29 U.S.C. 158(d)(B)", "From what is on file"} {
			if !strings.Contains(page.Body, want) {
				t.Errorf("the worksheet does not say %q", want)
			}
		}
		if a := h.Get("member", v.F7, ""); a.Status != 403 {
			t.Errorf("a member reads the worksheet: %d", a.Status)
		}
		if a := h.Post("officer", v.F7, url.Values{"union.name": {"x"}}); a.Status != 403 {
			t.Errorf("an officer fills it in: %d", a.Status)
		}
		if a := h.Post("committee", v.F7, url.Values{"union.name": {"Doctors’ Example Union"}, "union.address1": {"1 Peñalosa St"}, "unit.size": {"many"}}); a.Status != 422 || !strings.Contains(a.Body, "Doctors’ Example Union") {
			t.Errorf("a size that is no number = %d", a.Status)
		}
		if a := h.Post("committee", v.F7, url.Values{"union.name": {"Doctors’ Example Union"}, "union.address1": {"1 Peñalosa St"}, "unit.size": {"11"}, "employer.name": {"Example Health (fictional employer)"}}); a.Status != 303 {
			t.Errorf("filled in = %d", a.Status)
		}
		if a := h.Get("committee", all["ten_day institution"], ""); !strings.Contains(a.Body, "1 Peñalosa St") {
			t.Error("the letters take the union's address from it")
		}
		typed, err := db.InRead(t.Context(), h.DB, func(tx *db.Tx) ([]string, error) {
			return db.Strings(t.Context(), tx, `SELECT field FROM f7_answer ORDER BY field`)
		})
		if err != nil || strings.Join(typed, " ") != "union.address1 union.name unit.size" {
			t.Errorf("typed %v: what is known already is not kept again (%v)", typed, err)
		}
		if a := confirm(t, h, v.F7, map[string]string{"ref": "", "received_date": "2025-10-31", "received_time": "09:30", "received_zone": "America/Chicago"}); a.Status != 422 || !strings.Contains(a.Body, "confirmation number") {
			t.Errorf("without a number = %d", a.Status)
		}
		if a := confirm(t, h, v.F7, map[string]string{"ref": "2025-118", "received_date": "2025-10-31", "received_time": "09:30", "received_zone": "America/Chicago"}); a.Status != 303 {
			t.Errorf("confirmed = %d %.2000s", a.Status, a.Body)
		}
		if a := h.Get("committee", v.F7, ""); !strings.Contains(a.Body, "2025-118") || !strings.Contains(a.Body, "portal.txt") || !strings.Contains(a.Body, "Fri 31 Oct 2025") {
			t.Error("the confirmation is not shown")
		}
		if a := h.Get("committee", all["dispute state_agency"], ""); !strings.Contains(a.Body, "2025-118") {
			t.Error("the state's letter names the filing")
		}
	})
}

func confirm(t *testing.T, h *apptest.House, path string, fields map[string]string) apptest.Answer {
	t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for name, value := range fields {
		if err := m.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	f, err := m.CreateFormFile("file", "portal.txt")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte("Your notice was submitted.\n")); err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.URL+path+"/upload", &b)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", m.FormDataContentType())
	return h.Do("committee", req)
}

var feedURL = regexp.MustCompile(`http://[^"]+/calendar/([A-Za-z0-9_-]{43}\.ics)`)

func TestAFeedIsWhatItsAccountMaySeeNow(t *testing.T) {
	t.Parallel()

	alone(t, func(t *testing.T, h *apptest.House) {
		id := committee(t, h)
		feed := func(role string) string {
			a := h.Post(role, "/calendar", url.Values{})
			page := h.Get(role, a.Location, "")
			m := feedURL.FindStringSubmatch(page.Body)
			if a.Status != 303 || m == nil {
				t.Fatalf("%s: %d, %.500s", role, a.Status, page.Body)
			}
			if strings.Contains(a.Location, strings.TrimSuffix(m[1], ".ics")) {
				t.Error("the token stands in an address of ours")
			}
			if again := h.Get(role, "/calendar", ""); strings.Contains(again.Body, m[1]) {
				t.Error("the token is shown again")
			}
			return "/calendar/" + m[1]
		}
		mine, hers := feed("committee"), feed("member")
		a := h.Get("", mine, "")
		if a.Status != 200 || a.Header.Get("Content-Type") != "text/calendar; charset=utf-8" || strings.Count(a.Body, "BEGIN:VEVENT") != 3 {
			t.Errorf("the committee's = %d %s\n%s", a.Status, a.Header.Get("Content-Type"), a.Body)
		}
		if strings.Count(a.Body, "CLASS:CONFIDENTIAL") != 3 || !strings.Contains(a.Body, "UID:"+id+".start@tenday\r\n") {
			t.Errorf("%s", a.Body)
		}
		if b := h.Get("", hers, ""); b.Status != 200 || strings.Contains(b.Body, "VEVENT") {
			t.Errorf("a member's has a plan in it: %d\n%s", b.Status, b.Body)
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.URL+mine, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("If-None-Match", a.Header.Get("ETag"))
		if b := h.Do("", req); b.Status != 304 {
			t.Errorf("unchanged = %d", b.Status)
		}
		for _, path := range []string{mine + "x", strings.TrimSuffix(mine, ".ics"), "/calendar/x.ics"} {
			if b := h.Get("", path, ""); b.Status != 404 {
				t.Errorf("%s = %d", path, b.Status)
			}
		}
		if b := h.Get("committee", "/calendar/strike/"+id, ""); b.Status != 200 || strings.Count(b.Body, "BEGIN:VEVENT") != 3 || !strings.Contains(b.Header.Get("Content-Disposition"), "action.ics") {
			t.Errorf("the file = %d", b.Status)
		}
		if b := h.Get("member", "/calendar/strike/"+id, ""); b.Status != 404 {
			t.Errorf("a member's file = %d", b.Status)
		}
		if b := h.Post("committee", "/calendar/revoke", url.Values{}); b.Status != 303 {
			t.Errorf("taken back = %d", b.Status)
		}
		if b := h.Get("", mine, ""); b.Status != 404 {
			t.Errorf("after it was taken back = %d", b.Status)
		}
	})
}

// Logs hold routes, never addresses: the token of a calendar is in none of them, whatever happens.
func TestTheTokenIsInNoLog(t *testing.T) {
	t.Parallel()

	var log bytes.Buffer
	h := apptest.New(t)
	house, err := app.New(t.Context(), app.Config{DB: h.DB, Version: "test", Log: slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := house.Close(); err != nil {
			t.Error(err)
		}
	})
	const token = "x9Tq0o4u1oZ8m7fJ2vWcYb3nKsLdEhRgAiPtUeXwQ5k"
	rec := httptest.NewRecorder()
	for _, path := range []string{"/calendar/" + token + ".ics", "/calendar/" + token} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost"+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		req.RequestURI = path
		house.Handler().ServeHTTP(rec, req)
	}
	if !strings.Contains(log.String(), "/calendar/{token}") || strings.Contains(log.String(), token) {
		t.Errorf("the log: %s", log.String())
	}
}
