// SPDX-License-Identifier: Apache-2.0

package auth_test

import (
	"testing"
	"time"

	"github.com/tenday/tenday/internal/app/apptest"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
)

// addOfficer makes an account that maker made, an officer if it has a role at all, and calls it name.
func addOfficer(t *testing.T, h *apptest.House, name, maker, person string, role auth.Role) {
	t.Helper()
	ctx := t.Context()
	if maker != "" {
		ctx = h.As(maker)
	}
	err := db.Do(ctx, h.DB, func(tx *db.Tx) (err error) {
		a := auth.Account{Person: h.Person[person], Display: name, Email: name + "@post.example.org"}
		if h.Account[name], err = auth.AddAccount(ctx, tx, a); err != nil || role == "" {
			return err
		}
		_, err = auth.AddGrant(ctx, tx, auth.Grant{Account: h.Account[name], Role: role, Scope: auth.Unit})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// ask gives as role and returns "given", "waits" or the key of the refusal.
func ask(t *testing.T, h *apptest.House, role string, g auth.Grant) string {
	t.Helper()
	g.Until = h.Clock.Now().Add(7 * 24 * time.Hour)
	waits, err := h.Auth.GiveGrant(h.As(role), g)
	switch {
	case err != nil:
		return keyOf(t, err)
	case waits:
		return "waits"
	}
	return "given"
}

func TestNoDetourGivesTheWholeUnitWithoutASecondPerson(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		secondOfficer(t, h)
		addOfficer(t, h, "twin", "", "Katherine Nguyen", "") // of one human with "member"
		addOfficer(t, h, "member officer", "", "Katherine Nguyen", auth.Officer)
		for _, c := range []struct {
			by, to string
			give   auth.Grant
			want   string
		}{
			{"officer", "member", auth.Grant{Role: "officer", Scope: auth.Own}, "auth.officer_unit"},
			{"officer", "member", auth.Grant{Role: "officer", Scope: auth.Site, ScopeID: h.Site["0901"]}, "auth.officer_unit"},
			{"officer", "member", auth.Grant{Role: "lead", Scope: auth.Region, ScopeID: "East"}, "waits"},
			{"officer", "member", auth.Grant{Role: "lead", Scope: auth.Own}, "waits"},
			{"officer", "member", auth.Grant{Role: "data_lead", Scope: auth.Site, ScopeID: h.Site["0901"]}, "waits"},
			{"officer", "member", auth.Grant{Role: "organizer", Scope: auth.Region, ScopeID: "East"}, "given"},
			{"officer", "officer", auth.Grant{Role: "organizer", Scope: auth.Region, ScopeID: "East"}, "waits"},
			{"lead", "lead", auth.Grant{Role: "captain", Scope: auth.Turf, ScopeID: h.Turf}, "waits"},
			{"member officer", "twin", auth.Grant{Role: "organizer", Scope: auth.Region, ScopeID: "West"}, "waits"},
		} {
			c.give.Account = h.Account[c.to]
			if got := ask(t, h, c.by, c.give); got != c.want {
				t.Errorf("%s gives %s to %s at %s:%s: %s, want %s", c.by, c.give.Role, c.to, c.give.Scope, c.give.ScopeID, got, c.want)
			}
		}
	})
}

func TestAnOfficerOfLessThanTheUnitConfirmsNothing(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		secondOfficer(t, h)
		err := db.Do(t.Context(), h.DB, func(tx *db.Tx) error { // given while the rule was laxer
			for _, g := range []auth.Grant{{Role: auth.Officer, Scope: auth.Own}, {Role: auth.Lead, Scope: auth.Unit}} {
				g.Account = h.Account["member"]
				if _, err := auth.AddGrant(t.Context(), tx, g); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := ask(t, h, "officer", auth.Grant{Account: h.Account["press"], Role: auth.DataLead, Scope: auth.Unit, MayExport: true}); got != "waits" {
			t.Fatal(got)
		}
		_, err = h.Auth.ConfirmGrant(h.As("member"), newest(t, h, h.Account["press"]))
		if got := keyOf(t, err); got != "auth.second_officer" {
			t.Errorf("%s", got)
		}
	})
}

func TestTheSecondPersonIsSomebodyElse(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		addOfficer(t, h, "asker", "", "Omar Farah", auth.Officer)
		addOfficer(t, h, "her other account", "", "Omar Farah", auth.Officer)
		addOfficer(t, h, "her creature", "asker", "", auth.Officer)
		addOfficer(t, h, "receiver", "", "Rosa Almquist", auth.Officer)
		addOfficer(t, h, "receiver twin", "", "Rosa Almquist", auth.Officer)
		addOfficer(t, h, "another", "", "", auth.Officer)
		if got := ask(t, h, "asker", auth.Grant{Account: h.Account["receiver"], Role: auth.DataLead, Scope: auth.Unit, MayExport: true}); got != "waits" {
			t.Fatal(got)
		}
		grant := newest(t, h, h.Account["receiver"])
		for _, c := range []struct{ by, want string }{
			{"asker", "auth.second_person"},
			{"her other account", "auth.second_person"},
			{"her creature", "auth.second_invited"},
			{"receiver", "auth.second_own"},
			{"receiver twin", "auth.second_own"},
			{"another", ""},
		} {
			got := ""
			if _, err := h.Auth.ConfirmGrant(h.As(c.by), grant); err != nil {
				got = keyOf(t, err)
			}
			if got != c.want {
				t.Errorf("%s confirms: %q, want %q", c.by, got, c.want)
			}
		}
	})
}

// What cannot be confirmed has no button, and says why.
func TestTheListOfWhatWaitsSaysWhoMayNotConfirm(t *testing.T) {
	t.Parallel()

	h := apptest.New(t)
	addOfficer(t, h, "creature", "officer", "", auth.Officer)
	addOfficer(t, h, "another", "", "", auth.Officer)
	if got := ask(t, h, "officer", auth.Grant{Account: h.Account["treasurer"], Role: auth.Lead, Scope: auth.Unit}); got != "waits" {
		t.Fatal(got)
	}
	for role, c := range map[string]struct {
		says   string
		button bool
	}{
		"officer": {"You asked for this", false}, "creature": {"who invited you", false}, "another": {"The treasurer", true}, "lead": {"The treasurer", false},
	} {
		a := h.Get(role, "/access/pending", "")
		want(t, role, a, 200, c.says)
		if got := contains(a.Body, "/confirm"); got != c.button {
			t.Errorf("%s: button %v, want %v", role, got, c.button)
		}
	}
}

// Two accounts of one human are one officer: she is the only one, and her own word is enough.
func TestTwoAccountsOfOneHumanAreOneOfficer(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		person := h.Person["Omar Farah"]
		err := db.Do(t.Context(), h.DB, func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `UPDATE account SET person_id = $1 WHERE id = $2`, person, h.Account["officer"])
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		addOfficer(t, h, "twin", "", "Omar Farah", auth.Officer)
		if got := ask(t, h, "twin", auth.Grant{Account: h.Account["press"], Role: "treasurer", Scope: auth.Unit}); got != "given" {
			t.Error(got)
		}
	})
}

// siteLead makes "site lead", who manages roles at Hastings alone, and a unit lead who works there.
func siteLead(t *testing.T, h *apptest.House) {
	t.Helper()
	addOfficer(t, h, "site lead", "", "Mohamed Ali", "")
	addOfficer(t, h, "unit lead", "", "Ingrid Dahl", auth.Lead)
	err := db.Do(t.Context(), h.DB, func(tx *db.Tx) error {
		for name, g := range map[string]auth.Grant{
			"site lead": {Role: auth.Lead, Scope: auth.Site, ScopeID: h.Site["0901"]},
			"unit lead": {Role: auth.Captain, Scope: auth.Site, ScopeID: h.Site["0901"]},
			"captain":   {Role: auth.Member, Scope: auth.Own},
		} {
			g.Account = h.Account[name]
			if _, err := auth.AddGrant(t.Context(), tx, g); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestNobodyShutsOutThoseWhoReachFurther(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		siteLead(t, h)
		ctx, over := h.As("site lead"), h.Account["unit lead"]
		if got := keyOf(t, h.Auth.Suspend(ctx, over)); got != "auth.not_yours_to_end" {
			t.Errorf("suspend: %q", got)
		}
		if _, err := h.Auth.EndGrant(ctx, newest(t, h, over)); err == nil || keyOf(t, err) != "auth.not_yours_to_end" {
			t.Errorf("end a grant: %v", err)
		}
		if err := h.Auth.Suspend(h.As("officer"), over); err != nil {
			t.Errorf("an officer: %v", err)
		}
		if got := keyOf(t, h.Auth.Resume(ctx, over)); got != "auth.not_yours_to_end" {
			t.Errorf("resume: %q", got)
		}
		for _, err := range []error{h.Auth.Suspend(ctx, h.Account["captain"]), h.Auth.Resume(ctx, h.Account["captain"])} {
			if err != nil {
				t.Errorf("a captain of her own worksite: %v", err)
			}
		}
		if _, err := h.Auth.EndGrant(ctx, newest(t, h, h.Account["captain"])); err != nil {
			t.Errorf("that captain's grant: %v", err)
		}
	})
}

func TestWhoLeavesTheUnitLosesHerAccount(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		phone := open(t, h)
		phone.post("/signin/link", "email", memberMail)
		phone.post(phone.link())
		want(t, "before", phone.get("/account"), 200)
		kim := h.Person["Katherine Nguyen"]
		out := func(people ...string) error {
			return db.Do(h.As("data_lead"), h.DB, func(tx *db.Tx) error { return h.Auth.SuspendPeople(h.As("data_lead"), tx, people) })
		}
		for range 2 { // the second time there is nothing left to do
			if err := out(kim, h.Person["Blair Onlyblaine"]); err != nil {
				t.Fatal(err)
			}
		}
		want(t, "her next tap", phone.get("/account"), 303, "/signin")
		n, err := db.InRead(t.Context(), h.DB, func(tx *db.Tx) (n int, err error) {
			return n, tx.Row(t.Context(), `SELECT COUNT(*) FROM audit_record WHERE verb = 'account.suspend' AND object = $1 AND detail = 'why=unit_status'`,
				"account:"+h.Account["member"]).Scan(&n)
		})
		if err != nil || n != 1 {
			t.Errorf("%d records, %v", n, err)
		}
		id, err := h.Auth.IdentityOf(t.Context(), h.Account["captain"])
		if err != nil || len(id.Grants) == 0 {
			t.Errorf("somebody else: %v, %v", id, err)
		}
		err = db.Do(t.Context(), h.DB, func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `UPDATE person_now SET unit_status = 'out' WHERE person_id = $1`, kim)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := keyOf(t, h.Auth.Resume(h.As("officer"), h.Account["member"])); got != "auth.not_in_unit" {
			t.Errorf("opened again while she is out: %q", got)
		}
	})
}

func TestTheLastOfficerCannotLeaveTheUnit(t *testing.T) {
	t.Parallel()

	h := apptest.New(t)
	person := h.Person["Omar Farah"]
	err := db.Do(t.Context(), h.DB, func(tx *db.Tx) error {
		if _, err := tx.Exec(t.Context(), `UPDATE account SET person_id = $1 WHERE id = $2`, person, h.Account["officer"]); err != nil {
			return err
		}
		return h.Auth.SuspendPeople(t.Context(), tx, []string{person})
	})
	if err == nil || keyOf(t, err) != "auth.last_officer" {
		t.Errorf("%v", err)
	}
}
