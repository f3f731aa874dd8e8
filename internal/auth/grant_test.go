// SPDX-License-Identifier: Apache-2.0

package auth_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tenday/tenday/internal/app/apptest"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

func TestWhoMayGiveWhat(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		week := h.Clock.Now().Add(7 * 24 * time.Hour)
		secondOfficer(t, h)
		for _, c := range []struct {
			by   string
			give auth.Grant
			want string // "given", "waits" or the key of the refusal
		}{
			{"officer", auth.Grant{Role: "captain", Scope: auth.Turf, ScopeID: h.Turf}, "given"},
			{"officer", auth.Grant{Role: "treasurer", Scope: auth.Unit}, "waits"},
			{"officer", auth.Grant{Role: "data_lead", Scope: auth.Site, ScopeID: h.Site["0901"]}, "waits"},
			{"officer", auth.Grant{Role: "data_lead", Scope: auth.Site, ScopeID: h.Site["0901"], MayExport: true}, "waits"},
			{"officer", auth.Grant{Role: "officer", Scope: auth.Unit}, "waits"},
			{"officer", auth.Grant{Role: "captain", Scope: auth.Unit}, "auth.scope_too_wide"},
			{"officer", auth.Grant{Role: "captain", Scope: auth.Site, ScopeID: "nowhere"}, "auth.scope_unknown"},
			{"officer", auth.Grant{Role: "captain", Scope: auth.Turf, ScopeID: ""}, "auth.scope_unknown"},
			{"officer", auth.Grant{Role: "organizer", Scope: auth.Region, ScopeID: "South"}, "auth.scope_unknown"},
			{"officer", auth.Grant{Role: "queen", Scope: auth.Unit}, "auth.role_unknown"},
			{"officer", auth.Grant{Role: "captain", Scope: auth.Turf, ScopeID: h.Turf, MayExport: true}, "auth.role_no_export"},
			{"officer", auth.Grant{Role: "member", Scope: auth.Own, Until: h.Clock.Now().Add(182 * 24 * time.Hour)}, "auth.until_range"},
			{"officer", auth.Grant{Role: "member", Scope: auth.Own, Until: h.Clock.Now()}, "auth.until_range"},
			{"lead", auth.Grant{Role: "member", Scope: auth.Own}, "given"},
			{"lead", auth.Grant{Role: "captain", Scope: auth.Turf, ScopeID: h.Turf}, "given"},
			{"lead", auth.Grant{Role: "organizer", Scope: auth.Region, ScopeID: "East"}, "given"},
			{"lead", auth.Grant{Role: "lead", Scope: auth.Unit}, "waits"},
			{"lead", auth.Grant{Role: "data_lead", Scope: auth.Site, ScopeID: h.Site["0901"]}, "auth.not_yours_to_give"},
			{"lead", auth.Grant{Role: "officer", Scope: auth.Unit}, "auth.not_yours_to_give"},
			{"lead", auth.Grant{Role: "hardship_panel", Scope: auth.Unit}, "auth.not_yours_to_give"},
			{"captain", auth.Grant{Role: "member", Scope: auth.Own}, "auth.not_your_role"},
			{"east lead", auth.Grant{Role: "captain", Scope: auth.Turf, ScopeID: h.Turf}, "given"},
			{"east lead", auth.Grant{Role: "captain", Scope: auth.Site, ScopeID: h.Site["0308"]}, "given"},
			{"east lead", auth.Grant{Role: "captain", Scope: auth.Site, ScopeID: h.Site["0333"]}, "auth.not_yours_to_give"},
			{"east lead", auth.Grant{Role: "organizer", Scope: auth.Region, ScopeID: "West"}, "auth.not_yours_to_give"},
			{"east lead", auth.Grant{Role: "lead", Scope: auth.Unit}, "auth.not_yours_to_give"},
		} {
			c.give.Account = h.Account["member"]
			if c.give.Until.IsZero() {
				c.give.Until = week
			}
			ctx := h.As(map[bool]string{true: "lead", false: c.by}[c.by == "east lead"])
			if c.by == "east lead" {
				id := *auth.By(ctx)
				id.Grants = []auth.Grant{{ID: "x", Role: auth.Lead, Scope: auth.Region, ScopeID: "East"}}
				ctx = auth.As(t.Context(), &id)
			}
			waits, err := h.Auth.GiveGrant(ctx, c.give)
			got := map[bool]string{true: "waits", false: "given"}[waits]
			if err != nil {
				got = keyOf(t, err)
			}
			if got != c.want {
				t.Errorf("%s gives %s at %s:%s (export %v): %s, want %s", c.by, c.give.Role, c.give.Scope, c.give.ScopeID, c.give.MayExport, got, c.want)
			}
		}
	})
}

func keyOf(t *testing.T, err error) string {
	t.Helper()
	f := &fault.Error{}
	if e, ok := err.(*fault.Error); ok { //nolint:errorlint // the store returns it bare
		f = e
	} else {
		t.Error(err)
	}
	return f.Key
}

// secondOfficer makes one more officer, since the house has but one, and returns her account.
func secondOfficer(t *testing.T, h *apptest.House) string {
	t.Helper()
	id, err := db.InTx(t.Context(), h.DB, func(tx *db.Tx) (string, error) {
		id, err := auth.AddAccount(t.Context(), tx, auth.Account{Display: "Second officer", Email: "second@post.example.org"})
		if err != nil {
			return "", err
		}
		_, err = auth.AddGrant(t.Context(), tx, auth.Grant{Account: id, Role: auth.Officer, Scope: auth.Unit})
		return id, err
	})
	if err != nil {
		t.Fatal(err)
	}
	h.Account["second officer"] = id
	return id
}

// newest returns the id of the account's newest grant.
func newest(t *testing.T, h *apptest.House, account string) string {
	t.Helper()
	id, err := db.InRead(t.Context(), h.DB, func(tx *db.Tx) (id string, err error) {
		return id, tx.Row(t.Context(), `SELECT id FROM role_grant WHERE account_id = $1 ORDER BY id DESC LIMIT 1`, account).Scan(&id)
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestExportAndTheUnitTakeTwoPeople(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		secondOfficer(t, h)
		export := map[string][]string{"role": {"data_lead"}, "scope": {"unit"}, "export": {"1"}, "until": {"2025-12-01"}}
		page := "/access/" + h.Account["treasurer"]
		want(t, "asked", h.Post("officer", page+"/grants", export), 303)
		want(t, "said", h.Get("officer", page, ""), 200, "waits for a second person")
		has := func() bool {
			id, err := h.Auth.IdentityOf(t.Context(), h.Account["treasurer"])
			if err != nil {
				t.Fatal(err)
			}
			_, ok := id.Reach(auth.Export)
			return ok
		}
		if has() {
			t.Error("a grant that waits works already")
		}
		grant := newest(t, h, h.Account["treasurer"])
		confirm := "/access/grants/" + grant + "/confirm"
		want(t, "the one who asked", h.Post("officer", confirm, nil), 403, "Another officer must confirm")
		want(t, "a lead", h.Post("lead", confirm, nil), 403, "An officer must confirm")
		want(t, "the list", h.Get("second officer", "/access/pending", ""), 200, "The treasurer", "Confirm")
		want(t, "the second", h.Post("second officer", confirm, nil), 303)
		if !has() {
			t.Error("a confirmed grant does not work")
		}
		want(t, "once", h.Post("second officer", confirm, nil), 409, "not waiting any more")
		want(t, "ended", h.Post("officer", "/access/grants/"+grant+"/end", nil), 303)
		if has() {
			t.Error("an ended grant works still")
		}
		want(t, "twice", h.Post("officer", "/access/grants/"+grant+"/end", nil), 409)
	})
}

func TestTheOnlyOfficersWordIsEnoughAndTheRecordSaysSo(t *testing.T) {
	t.Parallel()

	h := apptest.New(t)
	until := h.Clock.Now().Add(24 * time.Hour)
	waits, err := h.Auth.GiveGrant(h.As("officer"), auth.Grant{Account: h.Account["press"], Role: "treasurer", Scope: auth.Unit, Until: until})
	if err != nil || waits {
		t.Fatalf("waits %v, %v", waits, err)
	}
	got, err := db.InRead(t.Context(), h.DB, func(tx *db.Tx) (n int, err error) {
		return n, tx.Row(t.Context(), `SELECT COUNT(*) FROM audit_record WHERE verb = 'grant.give' AND detail LIKE '%second=none:only_officer%'`).Scan(&n)
	})
	if err != nil || got != 1 {
		t.Errorf("%d records say so, %v", got, err)
	}
	waits, err = h.Auth.GiveGrant(h.As("lead"), auth.Grant{Account: h.Account["press"], Role: "lead", Scope: auth.Unit, Until: until})
	if err != nil || !waits {
		t.Errorf("a lead's: waits %v, %v", waits, err)
	}
}

func TestTheLastOfficerStays(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		grant := newest(t, h, h.Account["officer"])
		want(t, "ends herself", h.Post("officer", "/access/grants/"+grant+"/end", nil), 409, "the last officer")
		want(t, "suspends herself", h.Post("officer", "/access/"+h.Account["officer"]+"/suspend", nil), 409, "your own account")
		want(t, "a lead ends her", h.Post("lead", "/access/grants/"+grant+"/end", nil), 403)
		want(t, "a lead suspends her", h.Post("lead", "/access/"+h.Account["officer"]+"/suspend", nil), 403)
		secondOfficer(t, h)
		want(t, "of two", h.Post("officer", "/access/grants/"+grant+"/end", nil), 303)
		want(t, "at the next request", h.Get("officer", "/access", ""), 403, "Your role ended")
	})
}

func TestAMembersOwnPageDoesNotLapseWhileSheComes(t *testing.T) {
	t.Parallel()

	h := apptest.New(t)
	phone := open(t, h)
	for range 4 {
		h.Clock.Advance(80 * 24 * time.Hour)
		phone.post("/signin/link", "email", memberMail)
		want(t, "link", phone.post(phone.link()), 303)
		id, err := h.Auth.IdentityOf(t.Context(), h.Account["member"])
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := id.Reach(auth.PersonRead); !ok {
			t.Fatalf("on %v she sees nothing", h.Clock.Now())
		}
	}
}

func TestTurfsAreMadeAndChanged(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		made := h.Post("lead", "/turfs", map[string][]string{"name": {"Blaine"}, "site": {h.Site["0308"]}})
		want(t, "made", made, 303, "/turfs/")
		want(t, "shown", h.Get("lead", made.Location+"?site="+h.Site["0901"], ""), 200, "Blair Onlyblaine", "Ingrid Dahl")
		blair, ingrid := h.Person["Blair Onlyblaine"], h.Person["Ingrid Dahl"]
		want(t, "saved", h.Post("lead", made.Location, map[string][]string{"name": {"Two"}, "shown": {blair, ingrid}, "in": {ingrid}}), 303)
		members, err := db.InRead(t.Context(), h.DB, func(tx *db.Tx) ([]string, error) {
			return db.Strings(t.Context(), tx, `SELECT person_id FROM people_set_member WHERE set_id = $1 AND person_id IN ($2, $3)`,
				made.Location[len("/turfs/"):], blair, ingrid)
		})
		if diff := cmp.Diff([]string{ingrid}, members); err != nil || diff != "" {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
		want(t, "empty", h.Post("lead", "/turfs", map[string][]string{"name": {"None"}}), 422, "Choose a worksite")
		west := h.Post("lead", "/turfs", map[string][]string{"name": {"Eden"}, "site": {h.Site["0333"]}}).Location
		want(t, "in her region", h.Get("region reader", west, ""), 200, "Wilma Westberg")
		want(t, "not in her region", h.Get("region reader", made.Location, ""), 404)
		want(t, "nor anybody of it", h.Post("region reader", west, map[string][]string{"name": {"Eden"}, "shown": {blair}, "in": {blair}}), 404)
	})
}
