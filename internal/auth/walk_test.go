// SPDX-License-Identifier: Apache-2.0

package auth_test

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/tenday/tenday/internal/app/apptest"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/line"
	"github.com/tenday/tenday/internal/organize"
	"github.com/tenday/tenday/internal/web"
)

// never is an id that no row has.
const never = "0199a6b0-0000-7000-8000-00000000dead"

// thing is what may stand for a wildcard: one that some roles reach, one that they do not, and one that does not exist. An empty
// text: there is none of it in the small campaign, and what does not exist is asked for alone.
type thing struct{ inside, outside, missing string }

// wild says what stands for each wildcard of the house's routes, by the noun before it and its name, or by its name alone. A new
// one is added here by the author of the route.
func wild(t *testing.T, h *apptest.House) map[string]func(role string) thing {
	t.Helper()
	person := func(role string) thing {
		switch role {
		case "site reader":
			return thing{h.Person["Blair Onlyblaine"], h.Person["Ingrid Dahl"], never}
		case "region reader":
			return thing{h.Person["Wilma Westberg"], h.Person["Ingrid Dahl"], never}
		case "member":
			return thing{h.Person["Katherine Nguyen"], h.Person["Ingrid Dahl"], never}
		case "captain":
			return thing{h.Person["Ingrid Dahl"], h.Person["Blair Onlyblaine"], never}
		case "east lead":
			return thing{h.Person["Ingrid Dahl"], h.Person["Wilma Westberg"], never}
		}
		return thing{h.Person["Ingrid Dahl"], "", never} // the whole unit, or nobody: nothing lies outside
	}
	none := func(string) thing { return thing{missing: never} }
	site := func(string) thing { return thing{inside: h.Site["0901"], missing: never} } // no secret to anyone signed in
	row := func(column, table, account string) string {
		id, err := db.InRead(t.Context(), h.DB, func(tx *db.Tx) (id string, err error) {
			_, err = db.Found(tx.Row(t.Context(), `SELECT `+column+` FROM `+table+` WHERE account_id = $1 ORDER BY 1 LIMIT 1`, account).Scan(&id))
			return id, err
		})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	test, err := h.Organize.MakeTest(h.As("lead"), organize.Test{
		Name: "Sticker day", Question: "Wore the sticker", Kind: "sticker", ThresholdPct: 70, Closes: h.Clock.Now().Add(time.Hour),
		Scope: auth.Region, ScopeID: "East",
	}, true)
	if err != nil {
		t.Fatal(err)
	}
	account := func(role string) thing {
		if role == "east lead" {
			return thing{h.Account["captain"], h.Account["press"], never}
		}
		return thing{h.Account["member"], "", never}
	}
	lineID, shiftID, bookingID := picketLine(t, h)
	banID, err := h.Line.AddBan(h.As("lead"), lineID, "Mohamed Ali", line.Slot{}, "")
	if err != nil {
		t.Fatal(err)
	}
	led := func(id string) func(string) thing {
		return func(role string) thing {
			if role == "lead" || role == "east lead" {
				return thing{inside: id, missing: never}
			}
			return thing{outside: id, missing: never}
		}
	}
	return map[string]func(role string) thing{
		"person": person, "people/id": person, "person/id": person,
		"worksites/id": site,
		"code":         func(string) thing { return thing{missing: "7777-7777-7777"} },
		"account":      account,
		"grant": func(role string) thing {
			return thing{outside: outside(role, row("id", "role_grant", h.Account["press"])), missing: never}
		},
		"devices/device": func(role string) thing { // somebody else's
			other := map[bool]string{true: "press", false: "data_lead"}[role == "data_lead"]
			return thing{outside: row("id", "device", h.Account[other]), missing: never}
		},
		"passkey": none, "event": none, "id": none, "act": none, // views, exports, undone edits: the campaign has none yet
		"bulk":             none,
		"letters/delivery": none, "/notice": none, // papers of strikes; "f7/{notice}" has no letters before its slash
		"strike": none, "notices/notice": none, "request": none, "proof": none, "task": none, "hold": none, // no strike is planned
		"calendar/token": func(string) thing { return thing{missing: never + ".ics"} },
		"test": func(role string) thing { // of the East
			if role == "region reader" {
				return thing{outside: test, missing: never}
			}
			return thing{inside: test, missing: never}
		},
		"turf": func(role string) thing {
			if role == "region reader" || role == "site reader" {
				return thing{outside: h.Turf, missing: never}
			}
			return thing{inside: h.Turf, missing: never}
		},
		"vote": none, "uuid": none, // the campaign has no vote; the room's own tests walk one
		"booth/file": func(string) thing { return thing{inside: "booth.js", missing: "none.js"} },
		"file":       func(string) thing { return thing{inside: "app.css", missing: "none.css"} },
		"lines/line": led(lineID), "booking": led(bookingID), "shift": func(string) thing { return thing{inside: shiftID, missing: never} },
		"condition": led(banID), "kind": func(string) thing { return thing{inside: "bans", missing: "feuds"} },
		"swap": none, "plan": none, "wall": none, "token": none, "incident": none, "picture": none, // the line's day is still to come
	}
}

// picketLine puts a line with one shift at Hastings, and a member on it.
func picketLine(t *testing.T, h *apptest.House) (lineID, shiftID, bookingID string) {
	t.Helper()
	lead := h.As("lead")
	lineID, err := h.Line.Add(lead, line.Line{Name: "Hastings", Place: "the sidewalk", Worksite: h.Site["0901"]})
	if err == nil {
		err = h.Line.SetNeeds(lead, "line:"+lineID, []line.Need{{Role: line.OnLine, Min: 1, Target: 2, Max: 4}})
	}
	var shifts []string
	if err == nil {
		shifts, err = h.Line.AddShifts(lead, lineID, line.Run{From: "2025-11-05T07:00", To: "2025-11-05T11:00"})
	}
	if err == nil {
		_, err = h.Line.OpenShifts(lead, lineID)
	}
	if err != nil {
		t.Fatal(err)
	}
	e, err := h.Line.SignUp(h.As("member"), shifts[0], line.OnLine)
	if err != nil {
		t.Fatal(err)
	}
	return lineID, shifts[0], e.ID
}

// outside is for the one role that manages a region alone: others that reach these reach all of them.
func outside(role, id string) string {
	if role == "east lead" {
		return id
	}
	return ""
}

var wildcard = regexp.MustCompile(`([a-z-]+)?/\{([a-z_]+)(\.\.\.)?\}`)

// B02.1: every route, as every role and as a stranger: no way in without the ability, and what lies outside the caller's scope
// answers as what does not exist does.
func TestEveryRouteIsWalkedByEveryRole(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		eastLead(t, h)
		for _, role := range []string{"press", "data_lead"} {
			h.Cookie(role) // each has a device
		}
		table := wild(t, h)
		roles := append([]string{"", "east lead"}, apptest.Roles...)
		for _, r := range h.Server.Routes() {
			method, pattern, found := strings.Cut(strings.TrimSuffix(r.Pattern, "{$}"), " ")
			if !found {
				continue // the one that answers what no route does
			}
			if strings.HasPrefix(pattern, "/live/") {
				continue // a stream that ends when its reader leaves
			}
			if r.Access == (web.Access{}) {
				t.Errorf("%s declares no access", r.Pattern)
			}
			for _, m := range wildcard.FindAllStringSubmatch(pattern, -1) {
				if table[m[1]+"/"+m[2]] == nil && table[m[2]] == nil {
					t.Fatalf("%s: add wildcard {%s} after %q to the table of this test", r.Pattern, m[2], m[1])
				}
			}
			for _, role := range roles {
				walk(t, h, r, method, pattern, role, func(noun, name string) thing {
					f := table[noun+"/"+name]
					if f == nil {
						f = table[name]
					}
					return f(role)
				})
			}
		}
	})
}

// eastLead adds a lead of one region: the one role that manages some accounts and not others.
func eastLead(t *testing.T, h *apptest.House) {
	t.Helper()
	err := db.Do(t.Context(), h.DB, func(tx *db.Tx) error {
		id, err := auth.AddAccount(t.Context(), tx, auth.Account{Display: "East lead", Email: "east@post.example.org"})
		if err != nil {
			return err
		}
		h.Account["east lead"] = id
		_, err = auth.AddGrant(t.Context(), tx, auth.Grant{Account: id, Role: auth.Lead, Scope: auth.Region, ScopeID: "East"})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func walk(t *testing.T, h *apptest.House, r web.Route, method, pattern, role string, stands func(noun, name string) thing) {
	t.Helper()
	wilds := wildcard.FindAllStringSubmatch(pattern, -1)
	values := func(pick func(i int, x thing) string) []string {
		out := make([]string, len(wilds))
		for i, m := range wilds {
			out[i] = pick(i, stands(m[1], m[2]))
		}
		return out
	}
	ask := func(values []string) apptest.Answer {
		path := pattern
		for i, m := range wilds {
			path = strings.Replace(path, "{"+m[2]+m[3]+"}", values[i], 1)
		}
		var a apptest.Answer
		if method == "GET" {
			a = h.Get(role, path, "")
		} else {
			a = h.Post(role, path, url.Values{})
		}
		for _, v := range values { // a page may name its own address
			a.Body, a.Location = strings.ReplaceAll(a.Body, v, "ID"), strings.ReplaceAll(a.Location, v, "ID")
		}
		return a
	}
	inside := values(func(_ int, x thing) string { return cmp.Or(x.inside, x.missing) })
	missing := values(func(_ int, x thing) string { return x.missing })
	name := fmt.Sprintf("%s as %q", r.Pattern, role)

	if r.Access != web.Public {
		may := role != "" && (r.Access == web.SignedIn || h.Auth.May(h.As(role), r.Access))
		if !may {
			want := map[bool][]int{true: {401, 303}, false: {403}}[role == ""]
			if a := ask(inside); !slices.Contains(want, a.Status) || a.Status == 303 && a.Location != "/signin" {
				t.Errorf("%s: %d %s, want %v", name, a.Status, a.Location, want)
			}
			return
		}
	}
	if method == "GET" {
		if a := ask(inside); a.Status >= 500 {
			t.Errorf("%s, inside: %d: %.300s", name, a.Status, a.Body)
		}
	}
	if len(wilds) == 0 {
		return
	}
	if a := ask(missing); a.Status >= 500 || a.Status < 300 {
		t.Errorf("%s, which does not exist: %d: %.300s", name, a.Status, a.Body)
	}
	for i, v := range values(func(_ int, x thing) string { return x.outside }) {
		if v == "" {
			continue
		}
		with := func(v string) apptest.Answer { // the other wildcards stand for what is inside
			all := slices.Clone(inside)
			all[i] = v
			return ask(all)
		}
		out, gone := with(v), with(missing[i])
		if out.Status != gone.Status || out.Body != gone.Body || out.Location != gone.Location {
			t.Errorf("%s: outside her scope %d %s, not existing %d %s\n%s", name, out.Status, out.Location, gone.Status, gone.Location,
				gocmp.Diff(gone.Body, out.Body))
		}
	}
}

// Nobody who is signed out in between gets an answer from a route that asks who it is.
func TestNoRouteAnswersADeviceThatWasSignedOut(t *testing.T) {
	t.Parallel()

	h := apptest.New(t)
	h.Cookie("officer")
	err := db.Do(context.Background(), h.DB, func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `UPDATE device SET state = 'revoked', revoked_by = $1, revoked_at = $2`, h.Account["lead"], tx.Now.UnixMilli())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range h.Server.Routes() {
		method, pattern, found := strings.Cut(strings.TrimSuffix(r.Pattern, "{$}"), " ")
		if !found || r.Access == web.Public {
			continue
		}
		path := wildcard.ReplaceAllString(pattern, "$1/"+never)
		a := h.Get("officer", path, "")
		if method == "POST" {
			a = h.Post("officer", path, url.Values{})
		}
		if a.Status != 401 && (a.Status != 303 || a.Location != "/signin") || a.Header.Get("Clear-Site-Data") == "" {
			t.Errorf("%s: %d %s", r.Pattern, a.Status, a.Location)
		}
	}
}
