// SPDX-License-Identifier: Apache-2.0

// Package apptest builds a small campaign for tests: one employer, three worksites in two regions, eleven people, and an
// account of each role. Everyone in it is made up.
package apptest

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tenday/tenday/internal/app"
	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/db/dbtest"
	"github.com/tenday/tenday/internal/roster"
)

// House is a campaign with a server in front of it.
type House struct {
	*app.App
	Clock    *dbtest.Clock
	URL      string
	Employer string
	Site     map[string]string // code -> id: "0901" Hastings, "0308" Blaine (both East), "0333" Eden Prairie (West)
	Person   map[string]string // "Given Family" -> id
	Account  map[string]string // role, or one of the names in Roles -> account id
	Turf     string            // people set of the captain: all of Hastings but herself

	t       testing.TB
	cookies map[string]*http.Cookie
}

// People are the made-up people: given, family, worksite, occupation.
var People = [][4]string{
	{"Rosa", "Almquist", "0901", "NP"},
	{"Katherine", "Nguyen", "0901", "NP"},
	{"Mohamed", "Ali", "0901", "MD"},
	{"Ingrid", "Dahl", "0901", "PA"},
	{"Peter", "Dahl", "0901", "MD"},
	{"Åsa", "Lindström", "0901", "DO"},
	{"Blair", "Onlyblaine", "0308", "MD"},
	{"Katherine", "Nguyen-Blaine", "0308", "MD"},
	{"Omar", "Farah", "0308", "PA"},
	{"Wilma", "Westberg", "0333", "NP"},
	{"Dana", "Disputed", "0333", "MD"},
}

// Roles are whom Get and Post may act as, besides "" for a stranger: each role's grant is for the unit where the role is made
// for it; "captain" keeps contact with Hastings, "site reader" is an organizer of Blaine alone, "region reader" of the West,
// "lapsed" a captain until yesterday, "member" Katherine Nguyen.
var Roles = []string{
	"officer", "data_lead", "lead", "captain", "member", "operator", "press", "treasurer", "site reader",
	"region reader", "lapsed",
}

// Each runs f with a fresh House on every engine.
func Each(t *testing.T, f func(t *testing.T, h *House)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		f(t, New(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		clock := &dbtest.Clock{}
		f(t, On(t, dbtest.Postgres(t, clock), clock))
	})
}

// New returns a fresh House on SQLite.
func New(t testing.TB) *House {
	t.Helper()
	clock := &dbtest.Clock{}
	return On(t, dbtest.SQLite(t, clock), clock)
}

// On returns a fresh House on d, which is empty and migrated.
func On(t testing.TB, d *db.DB, clock *dbtest.Clock) *House {
	t.Helper()
	ctx := t.Context()
	h := &House{
		Clock: clock, t: t, Site: map[string]string{}, Person: map[string]string{}, Account: map[string]string{},
		cookies: map[string]*http.Cookie{},
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(db.Do(ctx, d, func(tx *db.Tx) error {
		for name, value := range map[string]string{"campaign.name": "Example Health clinicians", "campaign.zone": "America/Chicago"} {
			if err := db.PutSetting(ctx, tx, name, value); err != nil {
				return err
			}
		}
		return nil
	}))
	var err error
	h.App, err = app.New(ctx, app.Config{DB: d, Version: "test"})
	must(err)
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	h.Employer, _, err = h.Roster.AddEmployer(ctx, roster.Employer{
		Name:        "Example Health (fictional employer)",
		MailDomains: []string{"clinic.example.org"}, NumberWidth: 7,
	}, roster.UnitInfo{Name: "Clinicians", CertifiedN: 10})
	must(err)
	sites := []roster.Worksite{
		{Code: "0901", Name: "Example Health Hastings Clinic", Town: "Hastings", Region: "East", ZIP: "55033", Lat: 44.73, Lng: -92.85},
		{Code: "0308", Name: "Example Health Blaine Clinic", Town: "Blaine", Region: "East", ZIP: "55449", Lat: 45.16, Lng: -93.20},
		{Code: "0333", Name: "Example Health Eden Prairie Clinic", Town: "Eden Prairie", Region: "West", ZIP: "55344", Lat: 44.85, Lng: -93.47},
	}
	for i := range sites {
		s := &sites[i]
		s.EmployerID, s.Zone, s.Kind, s.Status, s.State = h.Employer, "America/Chicago", "clinic", roster.Open, "MN"
		s.Opens, s.Closes, s.OpenDays = "07:30", "17:00", "Mon-Fri"
	}
	must(h.Roster.AddWorksites(ctx, sites))
	for _, s := range sites {
		h.Site[s.Code] = s.ID
	}
	hired := roster.Date{Year: 2019, Month: time.March, Day: 7}
	for i, p := range People {
		status := roster.InUnit
		if p[1] == "Disputed" {
			status = roster.Disputed
		}
		phone, email := "+1651555010"+string(rune('0'+i%10)), strings.ToLower(roster.Fold(p[0])+"."+roster.Fold(p[1])+"@mail.example.org")
		id, err := h.Roster.AddPerson(ctx, roster.NewPerson{
			Name: roster.Name{Given: p[0], Family: p[1]}, UnitStatus: status,
			WorksiteID: h.Site[p[2]], JobClass: roster.JobClass(p[3]), FTE: 80, StartsOn: hired, Number: "00294" + string(rune('0'+i/10)) +
				string(rune('0'+i%10)), Phone: phone, Email: strings.ReplaceAll(email, " ", "-"), Verified: i%2 == 0,
		})
		must(err)
		h.Person[p[0]+" "+p[1]] = id
	}
	h.accounts(ctx)
	srv := httptest.NewServer(h.Handler())
	t.Cleanup(srv.Close)
	h.URL = srv.URL
	return h
}

func (h *House) accounts(ctx context.Context) {
	h.t.Helper()
	var turf []string
	for _, p := range People {
		if p[2] == "0901" && p[1] != "Almquist" {
			turf = append(turf, h.Person[p[0]+" "+p[1]])
		}
	}
	err := db.Do(ctx, h.DB, func(tx *db.Tx) (err error) {
		if h.Turf, err = auth.AddSet(ctx, tx, "Hastings", turf); err != nil {
			return err
		}
		for _, role := range Roles {
			g := auth.Grant{Role: auth.Role(role), Scope: auth.Unit, From: tx.Now.Add(-30 * 24 * time.Hour)}
			person := ""
			switch role {
			case "data_lead":
				g.MayExport = true
			case "captain":
				g.Scope, g.ScopeID, person = auth.Turf, h.Turf, h.Person["Rosa Almquist"]
			case "member":
				g.Scope, person = auth.Own, h.Person["Katherine Nguyen"]
			case "site reader":
				g.Role, g.Scope, g.ScopeID = "organizer", auth.Site, h.Site["0308"]
			case "region reader":
				g.Role, g.Scope, g.ScopeID = "organizer", auth.Region, "West"
			case "lapsed":
				g.Role, g.Scope, g.ScopeID, g.Until = auth.Captain, auth.Turf, h.Turf, tx.Now.Add(-24*time.Hour)
			}
			g.Account, err = auth.AddAccount(ctx, tx, auth.Account{
				Person: person, Display: "The " + role,
				Email: strings.ReplaceAll(role, " ", ".") + "@post.example.org",
			})
			if err != nil {
				return err
			}
			h.Account[role] = g.Account
			if _, err := auth.AddGrant(ctx, tx, g); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// As returns a context whose caller is the account of role, for calls of stores.
func (h *House) As(role string) context.Context {
	h.t.Helper()
	id, err := h.Auth.IdentityOf(h.t.Context(), h.Account[role])
	if err != nil {
		h.t.Fatal(err)
	}
	return auth.As(h.t.Context(), id)
}

// Cookie returns the session cookie of role, signing it in on a device of its own the first time. "" is a stranger: nil.
func (h *House) Cookie(role string) *http.Cookie {
	h.t.Helper()
	if role == "" {
		return nil
	}
	if c := h.cookies[role]; c != nil {
		return c
	}
	rec := httptest.NewRecorder()
	h.Auth.Sessions(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if err := h.Auth.SignIn(r.Context(), h.Account[role], "test"); err != nil {
			h.t.Error(err)
		}
	})).ServeHTTP(rec, httptest.NewRequestWithContext(h.t.Context(), http.MethodPost, "/", http.NoBody))
	for _, c := range rec.Result().Cookies() { //nolint:bodyclose // a recorder's
		h.cookies[role] = c
	}
	return h.cookies[role]
}

// Answer is what the server said.
type Answer struct {
	Status   int
	Location string
	Header   http.Header
	Body     string
}

// JSON reads the body into v.
func (a Answer) JSON(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.Body), v); err != nil {
		t.Fatalf("%v in %.300s", err, a.Body)
	}
}

// Get asks for path as role; accept may be "" for a page.
func (h *House) Get(role, path, accept string) Answer {
	h.t.Helper()
	return h.do(role, http.MethodGet, path, accept, nil)
}

// Post sends a form to path as role.
func (h *House) Post(role, path string, form url.Values) Answer {
	h.t.Helper()
	return h.do(role, http.MethodPost, path, "", form)
}

func (h *House) do(role, method, path, accept string, form url.Values) Answer {
	h.t.Helper()
	req, err := http.NewRequestWithContext(h.t.Context(), method, h.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		h.t.Fatal(err)
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if accept != "" {
		req.Header.Set("Accept", accept)
	}
	return h.Do(role, req)
}

// Do sends req as role.
func (h *House) Do(role string, req *http.Request) Answer {
	h.t.Helper()
	if c := h.Cookie(role); c != nil {
		req.AddCookie(c)
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		h.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return Answer{Status: res.StatusCode, Location: res.Header.Get("Location"), Header: res.Header, Body: string(body)}
}

// Hold keeps everybody from ending a write until letGo is called, at the latest when the test ends: what works in the background is
// seen at work. Whoever acts as a role for the first time does so before.
func (h *House) Hold() (letGo func()) {
	h.t.Helper()
	held, free, ended := make(chan struct{}), make(chan struct{}), make(chan struct{})
	errFree := errors.New("let go")
	go func() {
		defer close(ended)
		err := db.Do(context.Background(), h.DB, func(tx *db.Tx) error {
			if _, err := audit.Append(context.Background(), tx, audit.Entry{Verb: "job.again"}); err != nil { // PostgreSQL: its head is locked
				return err
			}
			close(held)
			<-free
			return errFree
		})
		if !errors.Is(err, errFree) {
			h.t.Errorf("hold: %v", err)
		}
	}()
	<-held
	letGo = sync.OnceFunc(func() { close(free); <-ended })
	h.t.Cleanup(letGo)
	return letGo
}
