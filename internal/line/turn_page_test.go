// SPDX-License-Identifier: Apache-2.0

package line_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/tenday/tenday/internal/app/apptest"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/line"
)

// herself is somebody of the house by her name, signed in.
func herself(t *testing.T, h *apptest.House, name string) context.Context {
	t.Helper()
	return auth.As(t.Context(), &auth.Identity{Account: name, Person: h.Person[name], Grants: []auth.Grant{{Role: auth.Member, Scope: auth.Own}}})
}

// inOrder checks that words stand on a page one after the other.
func inOrder(t *testing.T, body string, words ...string) {
	t.Helper()
	for _, one := range words {
		i := strings.Index(body, one)
		if i < 0 {
			t.Errorf("%q is missing, or stands before what is above it", one)
			return
		}
		body = body[i+len(one):]
	}
}

// The captain looks for who should come: those who wait are a list of their own below, by their numbers, whatever their names.
func TestThoseWhoWaitStandBelowByTheirNumbers(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		id, shift := hastings(t, h)
		day := "/lines/" + id + "/day"
		if body := h.Get("captain", day, "").Body; strings.Contains(body, "for a place") {
			t.Errorf("nobody waits: %.1500s", body)
		}
		if err := h.Line.SetNeeds(h.As("lead"), "shift:"+shift, []line.Need{{Role: line.OnLine, Target: 2, Max: 2}}); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"Peter Dahl", "Mohamed Ali", "Ingrid Dahl"} { // Peter takes the last place
			if _, err := h.Line.SignUp(herself(t, h, name), shift, line.OnLine); err != nil {
				t.Fatal(err)
			}
		}
		body := h.Get("captain", day, "").Body
		inOrder(t, body, "Peter Dahl</strong>", "2 wait for a place", "Mohamed Ali</strong>", "number 1 in line", "Ingrid Dahl</strong>", "number 2 in line")
	})
}

func TestTheCaptainsPlaceIsFilledFromTheShiftOnItsPages(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		id, shift := hastings(t, h)
		lead := h.As("lead")
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(h.Line.SetNeeds(lead, "shift:"+shift, []line.Need{{Role: line.Captain, Min: 1, Target: 1, Max: 1}, {Role: line.OnLine, Target: 4, Max: 4}}))
		for _, name := range []string{"Ingrid Dahl", "Mohamed Ali"} {
			must(h.Line.Brief(lead, id, h.Person[name], true, false))
		}
		gone, err := h.Line.SignUp(herself(t, h, "Ingrid Dahl"), shift, line.Captain)
		must(err)
		other, err := h.Line.SignUp(herself(t, h, "Mohamed Ali"), shift, line.OnLine)
		must(err)
		day, repair := "/lines/"+id+"/day", "/bookings/"+gone.ID+"/repair"
		role := "/bookings/" + other.ID + "/role"
		sees(t, "while there is a captain", h.Get("captain", day, ""), 200, nil, "Make her line captain")
		page := h.Get("captain", repair, "")
		sees(t, "the answers", page, 200, []string{"1 person is affected", "Mohamed Ali", "On this shift already, now: on the line", "saves a captain place"}, "Nobody can fill", "min away")
		if a := h.Post("captain", role, url.Values{"role": {"captain"}}); a.Status != http.StatusConflict {
			t.Errorf("a second captain: %d", a.Status)
		}
		for _, who := range []string{"", "member", "press", "region reader"} {
			if a := h.Post(who, role, url.Values{"role": {"line"}}); a.Status == http.StatusOK || a.Status == http.StatusSeeOther && a.Location != "/signin" {
				t.Errorf("%q: %d to %s", who, a.Status, a.Location)
			}
		}
		_, rest, _ := strings.Cut(page.Body, `name="answer" value="`)
		answer, _, _ := strings.Cut(rest, `"`)
		if a := h.Post("captain", repair, url.Values{"answer": {answer}, "next": {day}}); a.Status != http.StatusSeeOther {
			t.Fatalf("one tap: %d %.300s", a.Status, a.Body)
		}
		sees(t, "after", h.Get("captain", day, ""), 200, []string{"Mohamed Ali</strong> <span class=\"dim\">line captain", "Put her on the line"}, "Ingrid Dahl</strong>")
		if a := h.Post("captain", role, url.Values{"role": {"line"}, "next": {day}}); a.Status != http.StatusSeeOther || a.Location != day {
			t.Errorf("back: %d to %s", a.Status, a.Location)
		}
		sees(t, "back", h.Get("captain", day, ""), 200, []string{"Make her line captain"}, "Put her on the line")
		if a := h.Post("captain", role, url.Values{"role": {"captain"}, "next": {day}}); a.Status != http.StatusSeeOther {
			t.Errorf("again: %d", a.Status)
		}
		sees(t, "again", h.Get("captain", day, ""), 200, []string{"Mohamed Ali</strong> <span class=\"dim\">line captain"})
	})
}

func TestAChangeThatWasRefusedForWantOfRoomIsOfferedAgainOnThePage(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		id := offered(t, h)
		plan := h.Post("lead", "/line-plans", url.Values{"strike": {""}}).Location
		var v struct {
			Places []struct{ Key, Shift string }
		}
		h.Get("lead", plan, "application/json").JSON(t, &v)
		if len(v.Places) == 0 {
			t.Fatal("an empty plan")
		}
		shift := v.Places[0].Shift
		most := func(n int) {
			t.Helper()
			if err := h.Line.SetNeeds(h.As("lead"), "shift:"+shift, []line.Need{{Role: line.OnLine, Target: n, Max: n}}); err != nil {
				t.Fatal(err)
			}
		}
		most(1)
		h.Post("lead", plan, url.Values{"line": {id}})
		sees(t, "all refused", h.Get("lead", plan, ""), 200, []string{"not possible", "places are taken"}, `name="place"`, "Accept what is ticked", "try it again")
		most(5)
		sees(t, "room again", h.Get("lead", plan, ""), 200, []string{"not possible", `name="place"`, "Accept what is ticked", "try it again"}, "Accept all", "Go on", "checked><span")
		if a := h.Post("lead", plan, url.Values{"place": {v.Places[0].Key}}); a.Status != http.StatusSeeOther {
			t.Errorf("%d", a.Status)
		}
		sees(t, "in the end", h.Get("lead", plan, ""), 200, []string{"1 of "})
	})
}
