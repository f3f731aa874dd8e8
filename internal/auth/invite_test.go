// SPDX-License-Identifier: Apache-2.0

package auth_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tenday/tenday/internal/app/apptest"
	"github.com/tenday/tenday/internal/db"
)

var codeIn = regexp.MustCompile(`<strong>([2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4})</strong>`)

// invited makes a code as role for the person and returns it with the page that shows it.
func invited(t *testing.T, h *apptest.House, role, person string) (code, page string) {
	t.Helper()
	made := h.Post(role, "/invite/"+h.Person[person], nil)
	want(t, "invite", made, 303)
	shown := h.Get(role, made.Location, "")
	want(t, "code", shown, 200, `<svg viewBox="-4 -4 `)
	m := codeIn.FindStringSubmatch(shown.Body)
	if m == nil {
		t.Fatalf("no code in %.600s", shown.Body)
	}
	if strings.Contains(made.Location, m[1]) {
		t.Error("the code stands in the captain's address")
	}
	return m[1], made.Location
}

func TestACaptainBringsAMemberIn(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		want(t, "her people", h.Get("captain", "/invite", ""), 200, "Ingrid Dahl", "no account yet", "Katherine Nguyen", "pairs another phone")
		if a := h.Get("captain", "/invite", ""); strings.Contains(a.Body, "Onlyblaine") {
			t.Error("the list shows somebody of another turf")
		}
		code, page := invited(t, h, "captain", "Ingrid Dahl")
		phone := open(t, h)
		want(t, "typed", phone.post("/join", "code", strings.ToLower(strings.ReplaceAll(code, "-", " "))), 303, "/join/"+code)
		want(t, "what is kept", phone.get("/join/"+code), 200, "Welcome, Ingrid Dahl", "The captain invited you", "The employer cannot")
		want(t, "work address", phone.post("/join/"+code, "email", "dahl@clinic.example.org"), 422, "Use a personal address")
		want(t, "a typing slip", phone.post("/join/"+code, "email", "ingird@mail.example.org", "locale", "es"), 303, "/signin/sent")
		phone.mails() // waits, so that the two come in order
		want(t, "again", phone.post("/join/"+code, "email", "ingrid@mail.example.org", "locale", "es"), 303, "/signin/sent")
		if got := phone.mails(); got[1].Subject != "Su enlace" || got[1].To != "ingrid@mail.example.org" {
			t.Errorf("mail %+v", got[1])
		}
		path := phone.link()
		want(t, "in", phone.post(path), 303, "/account")
		want(t, "her page", phone.get("/account"), 200, "Ingrid Dahl", "Miembro")
		want(t, "her slip's link", open(t, h).post(strings.TrimPrefix(linkIn.FindString(phone.mails()[0].Text), h.URL)), 410)
		want(t, "the code again", open(t, h).get("/join/"+code), 404, "used already")
		want(t, "the captain sees it", h.Get("captain", page, ""), 200, "has used this code")
		want(t, "no other room", phone.get("/invite"), 403)
	})
}

func TestACodeLivesTenMinutes(t *testing.T) {
	t.Parallel()

	h := apptest.New(t)
	code, page := invited(t, h, "captain", "Ingrid Dahl")
	phone := open(t, h)
	h.Clock.Advance(10*time.Minute - time.Second)
	phone.post("/join/"+code, "email", "ingrid@mail.example.org")
	path := phone.link()
	h.Clock.Advance(time.Second)
	want(t, "the code", phone.get("/join/"+code), 404)
	want(t, "the captain's page", h.Get("captain", page, ""), 200, "too old")
	h.Clock.Advance(10*time.Minute - 2*time.Second)
	want(t, "its link", phone.post(path), 303)
}

func TestNobodyInvitesBeyondHerPeople(t *testing.T) {
	t.Parallel()

	h := apptest.New(t)
	for _, who := range []string{"Blair Onlyblaine", "Dana Disputed"} {
		want(t, who, h.Post("captain", "/invite/"+h.Person[who], nil), 404, "no such person")
	}
	want(t, "nobody", h.Post("captain", "/invite/0199a6b0-0000-7000-8000-00000000dead", nil), 404)
	want(t, "a supervisor, by an officer", h.Post("officer", "/invite/"+h.Person["Dana Disputed"], nil), 404)
	want(t, "officer", h.Post("officer", "/invite/"+h.Person["Blair Onlyblaine"], nil), 303)
	found := h.Post("officer", "/invite/search", map[string][]string{"q": {"lindstrom"}})
	if strings.Contains(found.Location, "lind") {
		t.Errorf("a name stands in the address %s", found.Location)
	}
	a := h.Get("officer", found.Location, "")
	want(t, "search", a, 200, "Åsa Lindström")
	if strings.Contains(a.Body, "Ingrid") {
		t.Error("the search found somebody else, too")
	}
}

// An invitation pairs another phone; it never moves an account to somebody else's mailbox.
func TestAnInvitationDoesNotMoveAnAccount(t *testing.T) {
	t.Parallel()

	h := apptest.New(t)
	code, _ := invited(t, h, "captain", "Katherine Nguyen")
	phone := open(t, h)
	want(t, "form", phone.get("/join/"+code), 200, "address that is on file")
	want(t, "another address", phone.post("/join/"+code, "email", "captains.own@mail.example.org"), 303)
	if got := phone.mails(); len(got) != 0 {
		t.Errorf("a link to her account went to %s", got[0].To)
	}
	want(t, "hers", phone.post("/join/"+code, "email", memberMail), 303)
	want(t, "in", phone.post(phone.link()), 303)
	want(t, "as herself", phone.get("/account"), 200, "The member")
	want(t, "used", phone.get("/join/"+code), 404)
}

// B02.4: the lead signs a lost phone out; its next request is refused and its kept pages are dropped.
func TestALostPhoneIsOutAtItsNextRequest(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		lost, other := open(t, h), open(t, h)
		for _, b := range []*browser{lost, other} {
			b.post("/signin/link", "email", "captain@post.example.org")
			b.post(b.link())
			want(t, "in", b.get("/invite"), 200)
		}
		var device string
		err := db.Do(t.Context(), h.DB, func(tx *db.Tx) error {
			return tx.Row(t.Context(), `SELECT id FROM device WHERE account_id = $1 ORDER BY id LIMIT 1`, h.Account["captain"]).Scan(&device)
		})
		if err != nil {
			t.Fatal(err)
		}
		page := "/access/" + h.Account["captain"]
		want(t, "found", h.Get("lead", h.Post("lead", "/access/search", map[string][]string{"q": {"the CAPTAIN"}}).Location, ""), 200, page)
		want(t, "her phones", h.Get("lead", page, ""), 200, "Chrome · Android", "Sign out this phone", page+"/devices/"+device+"/signout")
		want(t, "not of this account", h.Post("lead", "/access/"+h.Account["member"]+"/devices/"+device+"/signout", nil), 404)
		want(t, "out", h.Post("lead", page+"/devices/"+device+"/signout", nil), 303)

		a := lost.get("/invite")
		want(t, "next tap", a, 303, "/signin")
		if got := a.Header.Get("Clear-Site-Data"); got != `"cache"` {
			t.Errorf("Clear-Site-Data = %q", got)
		}
		want(t, "why", lost.get("/signin"), 200, "This phone was signed out by The lead (Fri 31 Oct 2025, 4:00", "will be sent after you pair again")
		want(t, "a script's request", lost.send(http.MethodPost, "/invite/search", nil, "Accept", "application/json"), 401, `"device.revoked"`)
		want(t, "her other phone", other.get("/invite"), 200)
		lost.post("/signin/link", "email", "captain@post.example.org")
		want(t, "pairs again", lost.post(lost.link()), 303)
		want(t, "in again", lost.get("/invite"), 200)
	})
}

func TestSheSignsHerOwnOtherPhonesOut(t *testing.T) {
	t.Parallel()

	h := apptest.New(t)
	var all []*browser
	for range 3 {
		b := open(t, h)
		b.post("/signin/link", "email", memberMail)
		b.post(b.link())
		all = append(all, b)
	}
	want(t, "list", all[0].get("/account"), 200, "Sign out the 2 other devices", "this one")
	want(t, "others", all[0].post("/account/devices/others/signout"), 303)
	want(t, "said", all[0].get("/account"), 200, "2 devices were signed out.")
	want(t, "the others", all[1].get("/account"), 303, "/signin")
	want(t, "somebody else's", all[0].post("/account/devices/0199a6b0-0000-7000-8000-00000000dead/signout"), 404)
}

// B02.5: the deputy's next tap says that her role ended on Friday and whom to ask.
func TestADeputysRoleEndsOnFriday(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		h.Clock.Set(time.Date(2025, time.November, 5, 15, 0, 0, 0, time.UTC)) // a Wednesday
		deputy := open(t, h)
		deputy.post("/signin/link", "email", memberMail)
		deputy.post(deputy.link())
		want(t, "before", deputy.get("/invite"), 403, "not part of your role")
		given := h.Post("officer", "/access/"+h.Account["member"]+"/grants", map[string][]string{
			"role":  {"captain"},
			"scope": {"turf:" + h.Turf}, "until": {"2025-11-07"},
		})
		want(t, "given", given, 303)
		want(t, "at once", deputy.get("/invite"), 200, "Ingrid Dahl")
		h.Clock.Set(time.Date(2025, time.November, 8, 5, 59, 0, 0, time.UTC)) // Friday 23:59 in Chicago
		want(t, "Friday night", deputy.get("/invite"), 200, "Ingrid Dahl")
		h.Clock.Set(time.Date(2025, time.November, 8, 15, 0, 0, 0, time.UTC))
		a := deputy.send(http.MethodGet, "/account", nil)
		want(t, "Saturday", a, 403, "Your role ended Fri 7 Nov 2025. Ask The lead.")
		want(t, "then she goes on as a member", deputy.get("/account"), 200)
		want(t, "what only captains may", deputy.get("/invite"), 403, "Your role ended Fri 7 Nov 2025. Ask The lead.")
		deputy.post("/account/locale", "value", "es")
		want(t, "es", deputy.get("/invite"), 403, "Su función terminó el vie 7 nov 2025. Pregunte a The lead.")
		want(t, "a role that is all there was", h.Get("lapsed", "/invite", ""), 403, "Your role ended", "Ask The lead.")
	})
}
