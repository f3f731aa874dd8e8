// SPDX-License-Identifier: Apache-2.0

package organize_test

import (
	"context"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tenday/tenday/internal/app/apptest"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/organize"
)

// herself is somebody of the unit, signed in.
func herself(t testing.TB, h *apptest.House, name string) context.Context {
	t.Helper()
	return auth.As(t.Context(), &auth.Identity{Person: h.Person[name]})
}

func pledges(t testing.TB, h *apptest.House, name, answer string) {
	t.Helper()
	if err := h.Organize.SetMyPledge(herself(t, h, name), answer, 1); err != nil {
		t.Fatalf("%s: %s: %v", name, answer, err)
	}
}

// B09.2: whoever has the list open hears at once that a name goes, and never that somebody pledges: the list tells no time of day.
func TestTheListSaysThatANameGoesAndNotThatOneComes(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		drive(t, h)
		changed, end := h.DB.Watch(organize.ListTopic, 0)
		defer end()
		told := func() bool {
			select {
			case <-changed:
				return true
			default:
				return false
			}
		}
		for _, name := range []string{"Ingrid Dahl", "Peter Dahl", "Mohamed Ali", "Omar Farah"} {
			pledges(t, h, name, "public")
		}
		pledges(t, h, "Omar Farah", "withdrawn")
		if told() {
			t.Error("followers hear when somebody pledges, or takes back what the list never named")
		}
		h.Clock.Advance(24 * time.Hour)
		pledges(t, h, "Omar Farah", "public")
		if told() {
			t.Error("followers hear when somebody pledges")
		}
		for what, leave := range map[string]func(){
			"withdraws":        func() { pledges(t, h, "Ingrid Dahl", "withdrawn") },
			"makes it private": func() { pledges(t, h, "Peter Dahl", "private") },
			"leaves the unit": func() {
				if err := h.Roster.Edit(h.As("data_lead"), h.Person["Mohamed Ali"], "status", url.Values{"unit_status": {"out"}, "why": {"she left"}}); err != nil {
					t.Fatal(err)
				}
			},
		} {
			if leave(); !told() {
				t.Errorf("one who %s: followers hear nothing", what)
			}
		}
		if p := h.Get("member", "/pledges/public", "").Body; strings.Contains(p, "Dahl") || strings.Contains(p, "Mohamed") {
			t.Errorf("the list still names them:\n%.3000s", p)
		}
	})
}

func TestAListOfNamesWithoutScriptsRenewsItselfWithinAMinute(t *testing.T) {
	t.Parallel()

	h := apptest.New(t)
	drive(t, h)
	page := h.Get("member", "/pledges/public", "").Body
	m := regexp.MustCompile(`<noscript><meta http-equiv="refresh" content="(\d+)"></noscript>`).FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("it stays as it is:\n%.1500s", page)
	}
	if s, err := strconv.Atoi(m[1]); err != nil || s < 20 || s > 60 {
		t.Errorf("it renews itself every %s s", m[1])
	}
	h.Server.Stop() // streams end at once
	for role, want := range map[string]int{"member": 200, "press": 200, "": 303} {
		if a := h.Get(role, "/live/"+organize.ListTopic, ""); a.Status != want {
			t.Errorf("%q follows the list: %d, want %d", role, a.Status, want)
		}
	}
}
