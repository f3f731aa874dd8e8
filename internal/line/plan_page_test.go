// SPDX-License-Identifier: Apache-2.0

package line_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tenday/tenday/internal/app/apptest"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/line"
)

// offered is a line in Hastings with an open shift, for which four people have offered their hours.
func offered(t *testing.T, h *apptest.House) (id string) {
	t.Helper()
	id, shift := hastings(t, h)
	zone, err := time.LoadLocation("America/Chicago")
	if err == nil {
		err = h.Line.SetNeeds(h.As("lead"), "shift:"+shift, []line.Need{{Role: line.OnLine, Min: 1, Target: 5, Max: 5}})
	}
	if err != nil {
		t.Fatal(err)
	}
	from := time.Date(2025, 11, 5, 7, 0, 0, 0, zone)
	for _, name := range []string{"Mohamed Ali", "Ingrid Dahl", "Peter Dahl", "Åsa Lindström"} {
		ctx := auth.As(t.Context(), &auth.Identity{Account: name, Person: h.Person[name], Grants: []auth.Grant{{Role: auth.Member, Scope: auth.Own}}})
		if err := h.Line.Offer(ctx, line.Availability{MaxShifts: 1, Slots: []line.Slot{{Starts: from, Ends: from.Add(4 * time.Hour), Answer: "yes"}}}); err != nil {
			t.Fatal(err)
		}
	}
	return id
}

const making = "/line-plans?strike="

// ended asks for a page, as its script does and then as a reader, when no work is under way on it any more.
func ended(t *testing.T, h *apptest.House, path string) apptest.Answer {
	t.Helper()
	for {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.URL+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("HX-Request", "true")
		if a := h.Do("lead", req); a.Status != 200 {
			t.Fatalf("the script asks for %s: %d", path, a.Status)
		} else if !strings.Contains(a.Body, "data-again") {
			return h.Get("lead", path, "")
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// at asks for a page until the work on it has come to what is said.
func at(t *testing.T, h *apptest.House, path, said string) apptest.Answer {
	t.Helper()
	for {
		a := h.Get("lead", path, "")
		if strings.Contains(a.Body, said) || !strings.Contains(a.Body, "data-again") {
			return a
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func sees(t *testing.T, what string, a apptest.Answer, status int, has []string, hasNot ...string) {
	t.Helper()
	if a.Status != status {
		t.Errorf("%s: %d, want %d: %.2000s", what, a.Status, status, a.Body)
	}
	for _, one := range has {
		if !strings.Contains(a.Body, one) {
			t.Errorf("%s lacks %q", what, one)
		}
	}
	for _, one := range append(hasNot, ">line.", "no value") {
		if strings.Contains(a.Body, one) {
			t.Errorf("%s has %q", what, one)
		}
	}
}

func TestASmallPlanIsAcceptedOnItsPage(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		id := offered(t, h)
		a := h.Post("lead", "/line-plans", url.Values{"strike": {""}})
		if a.Location == making { // a busy machine takes longer than patience
			a = ended(t, h, making)
		}
		plan := a.Location
		if a.Status != 303 || !strings.HasPrefix(plan, "/line-plans/") {
			t.Fatalf("%d to %q", a.Status, plan)
		}
		sees(t, "the plan", h.Get("lead", plan, ""), 200, []string{"Compared with today", "Mohamed Ali", "Accept all"}, "data-again", "changes are made")
		var v struct {
			Places []struct{ Key, Line string }
			Lines  []line.PlanSum
			Open   int
			Count  map[string]int
		}
		h.Get("lead", plan, "application/json").JSON(t, &v)
		if len(v.Places) == 0 || v.Open != len(v.Places) || v.Count["new"] != v.Open || len(v.Lines) != 1 || v.Places[0].Line != id {
			t.Fatalf("%+v", v)
		}
		for _, role := range []string{"", "member", "captain", "press", "region reader"} {
			for _, path := range []string{plan, plan + "?line=" + id, making} {
				if a := h.Get(role, path, ""); a.Status == 200 || strings.Contains(a.Body, "Ali") {
					t.Errorf("%q reads %s: %d", role, strings.ReplaceAll(path, plan, "PLAN"), a.Status)
				}
				if a := h.Post(role, path, url.Values{"all": {"1"}, "stop": {"1"}}); a.Status == 303 && a.Location != "/signin" || a.Status == 200 {
					t.Errorf("%q posts to %s: %d %s", role, strings.ReplaceAll(path, plan, "PLAN"), a.Status, a.Location)
				}
			}
		}
		if a := h.Get("lead", plan+"?line=nowhere", ""); a.Status != 404 {
			t.Errorf("an unknown line: %d", a.Status)
		}
		if a := h.Post("lead", plan, url.Values{"place": {v.Places[0].Key}, "shown": {id}}); a.Status != 303 || a.Location != plan+"?line="+id {
			t.Errorf("one is accepted: %d to %s", a.Status, a.Location)
		}
		sees(t, "its line", ended(t, h, plan+"?line="+id), 200, []string{fmt.Sprintf("1 of %d changes are made", v.Open), "Hastings", "Accept"}, "Compared with today")
		// Somebody takes the rest meanwhile.
		if err := db.Do(t.Context(), h.DB, func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `UPDATE need SET min = 0, target = taken, max = taken WHERE role = 'line'`)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if a := h.Post("lead", plan, url.Values{"line": {id}}); a.Status != 303 || a.Location != plan {
			t.Errorf("its line is accepted: %d to %s", a.Status, a.Location)
		}
		sees(t, "the end", ended(t, h, plan), 200, []string{"could not be", "All 2 places are taken", "not possible"}, "still open", "Accept all", "Go on")
	})
}

func TestThePagesOfAPlanShowTheWorkAndTellItsEndOnce(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		offered(t, h)
		form := url.Values{"strike": {""}}
		sees(t, "before", h.Get("lead", making, ""), 200, []string{"No plan is being made now", "Propose a plan"}, "data-again")
		sees(t, "the lines", h.Get("lead", "/lines", ""), 200, nil, making)
		h.Get("region reader", making, "")

		letGo := h.Hold()
		if a := h.Post("lead", "/line-plans", form); a.Status != 303 || a.Location != making {
			t.Fatalf("begun: %d to %q", a.Status, a.Location)
		}
		sees(t, "the work", at(t, h, making, "keeping the plan"), 200, []string{"Making a plan", "keeping the plan", `id="work" data-again="2"`, `http-equiv="refresh" content="2"`, `for="work-bar"`, `name="stop"`}, `value="0"`)
		sees(t, "the lines", h.Get("lead", "/lines", ""), 200, []string{`href="` + making, "A plan is being made"})
		if a := h.Post("lead", "/line-plans", form); a.Status != 303 || a.Location != making {
			t.Errorf("whoever asks for it too: %d to %q", a.Status, a.Location)
		}
		if a := h.Post("region reader", "/line-plans", url.Values{"strike": {""}, "stop": {"1"}}); a.Status == 303 {
			t.Error("somebody stops it who may not make it")
		}
		letGo()
		a := ended(t, h, making)
		plan := a.Location
		if a.Status != 303 || !strings.HasPrefix(plan, "/line-plans/") {
			t.Fatalf("made: %d to %q", a.Status, plan)
		}
		sees(t, "told already", h.Get("lead", making, ""), 200, []string{"No plan is being made now", `href="` + plan}, "data-again")

		letGo = h.Hold()
		h.Post("lead", "/line-plans", form)
		h.Post("lead", "/line-plans", url.Values{"strike": {""}, "stop": {"1"}})
		letGo()
		sees(t, "stopped", ended(t, h, making), 200, []string{"no plan was made", "Propose a plan"})
		sees(t, "stopped, told", h.Get("lead", making, ""), 200, []string{"No plan is being made now"})

		h.Get("lead", plan, "")
		letGo = h.Hold()
		if a := h.Post("lead", plan, url.Values{"all": {"1"}}); a.Status != 303 || a.Location != plan {
			t.Fatalf("accepted: %d to %q", a.Status, a.Location)
		}
		sees(t, "being accepted", at(t, h, plan, "0 of"), 200, []string{"Making the changes", "0 of", `id="work" data-again="2"`, `http-equiv="refresh"`, `name="stop"`}, "Ali", "Accept all")
		if a := h.Post("lead", plan, url.Values{"all": {"1"}}); a.Status != 303 || a.Location != plan {
			t.Errorf("accepted twice: %d to %q", a.Status, a.Location)
		}
		h.Post("lead", plan, url.Values{"stop": {"1"}})
		letGo()
		sees(t, "accepting is stopped", ended(t, h, plan), 200, []string{"It was stopped", "Accept all", "Ali"})
		sees(t, "that is told", h.Get("lead", plan, ""), 200, []string{"Accept all"}, "It was stopped")

		letGo = h.Hold()
		h.Post("lead", plan, url.Values{"all": {"1"}})
		letGo()
		sees(t, "it goes on to its end", ended(t, h, plan), 200, []string{"changes are made"}, "Accept all", "still open")
	})
}
