// SPDX-License-Identifier: Apache-2.0

package roster_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tenday/tenday/internal/app/apptest"
)

type profile struct {
	UnitStatus, UnitStatusWhy, Pronouns string
	MayContact, MayEdit, MayEditOwn     bool
	FTE                                 int
	Jobs                                []struct {
		ID, WorksiteID string
		FTE            int
		OnLeave        bool
	}
	Contacts []struct{ ID, Kind, Value, Status string }
	Changes  []struct{ Field, Before, After string }
}

func open(t *testing.T, h *apptest.House, role, path string) profile {
	t.Helper()
	var p profile
	a := h.Get(role, path, jsonType)
	if a.Status != 200 {
		t.Fatalf("%s opens %s = %d %.300s", role, path, a.Status, a.Body)
	}
	a.JSON(t, &p)
	return p
}

// edit posts a form and returns the address that takes it back.
func edit(t *testing.T, h *apptest.House, role, path, act string, more ...string) (undo string, status int) {
	t.Helper()
	form := url.Values{"act": {act}}
	for i := 0; i+1 < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	a := h.Post(role, path, form)
	if a.Status != 303 {
		return "", a.Status
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.URL+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range a.Header.Values("Set-Cookie") {
		if pair, _, _ := strings.Cut(c, ";"); strings.HasPrefix(pair, "flash=") {
			req.Header.Add("Cookie", pair)
		}
	}
	next := h.Do(role, req)
	if m := regexp.MustCompile(`action="(/people/[^"]*/undo/[^"]*)"`).FindStringSubmatch(next.Body); m != nil {
		undo = m[1]
	}
	return undo, a.Status
}

func TestEditsAreJournalledAndTakenBack(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		path := "/people/" + h.Person["Omar Farah"]
		before := open(t, h, "data_lead", path)
		for _, e := range [][]string{
			{"status", "unit_status", "disputed", "why", "site lead"},
			{"leave", "on_leave", "yes"},
			{"about", "pronouns", "he/him", "languages", "Somali, English"},
			{"name", "given", "Omi"},
			{"contact", "kind", "phone", "value", "(612) 555-0199"},
			{"contact-mark:wrong", "contact", before.Contacts[0].ID},
			{"contact-remove", "contact", before.Contacts[0].ID},
			{"job", "worksite", h.Site["0901"], "starts_on", "2025-01-01", "fte", "0.2"},
			{"job-change", "job", before.Jobs[0].ID, "fte", "1"},
			{"job-end", "job", before.Jobs[0].ID, "ends_on", "2025-10-01"},
		} {
			undo, status := edit(t, h, "data_lead", path, e[0], e[1:]...)
			if status != 303 || undo == "" {
				t.Fatalf("%s = %d, undo %q", e[0], status, undo)
			}
			if a := h.Post("lead", undo, nil); a.Status != 409 {
				t.Errorf("undo of somebody else's %s = %d, want 409", e[0], a.Status)
			}
			other := strings.Replace(undo, h.Person["Omar Farah"], h.Person["Blair Onlyblaine"], 1)
			if a := h.Post("data_lead", other, nil); a.Status != 409 {
				t.Errorf("undo of %s on another person = %d, want 409", e[0], a.Status)
			}
			if a := h.Post("data_lead", undo, nil); a.Status != 303 {
				t.Fatalf("undo of %s = %d %.200s", e[0], a.Status, a.Body)
			}
			if a := h.Post("data_lead", undo, nil); a.Status != 409 {
				t.Errorf("second undo of %s = %d, want 409", e[0], a.Status)
			}
			after := open(t, h, "data_lead", path)
			if after.UnitStatus != before.UnitStatus || after.Pronouns != before.Pronouns || after.FTE != before.FTE ||
				len(after.Jobs) != len(before.Jobs) || len(after.Contacts) != len(before.Contacts) || after.Contacts[0].Status != before.Contacts[0].Status {
				t.Errorf("%s was not taken back: %+v", e[0], after)
			}
		}
	})
}

func TestEditsAreRefusedOutsideTheReach(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		blair, kath := "/people/"+h.Person["Blair Onlyblaine"], "/people/"+h.Person["Katherine Nguyen"]
		if _, got := edit(t, h, "member", kath, "contact", "kind", "email", "value", "kath@home.example.org"); got != 303 {
			t.Errorf("a member adds her own address = %d", got)
		}
		for _, c := range []struct {
			role, path string
			want       int
		}{
			{"", blair, 401},
			{"press", blair, 403},
			{"operator", blair, 403},
			{"captain", blair, 404},
			{"region reader", blair, 404},
			{"member", blair, 404},
			{"member", kath, 403},
			{"site reader", blair, 303},
			{"captain", kath, 303},
		} {
			if _, got := edit(t, h, c.role, c.path, "status", "unit_status", "out", "why", "agreed"); got != c.want {
				t.Errorf("%q edits %s = %d, want %d", c.role, c.path, got, c.want)
			}
		}
		if a := h.Get("member", kath, jsonType); a.Status != 401 {
			t.Errorf("she who was put out opens her page = %d", a.Status)
		}
	})
}

func TestOnlySheTakesARefusalBack(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		path := "/people/" + h.Person["Katherine Nguyen"]
		c := open(t, h, "captain", path).Contacts[0]
		if undo, status := edit(t, h, "captain", path, "contact-mark:refused", "contact", c.ID); status != 303 || undo != "" {
			t.Fatalf("refuse = %d, undo %q", status, undo)
		}
		for _, act := range []string{"contact-mark:ok", "contact-remove"} {
			if _, status := edit(t, h, "data_lead", path, act, "contact", c.ID); status != 403 {
				t.Errorf("data lead: %s = %d, want 403", act, status)
			}
		}
		if _, status := edit(t, h, "data_lead", path, "contact", "kind", c.Kind, "value", c.Value); status != 403 {
			t.Errorf("adding it anew = %d, want 403", status)
		}
		if _, status := edit(t, h, "member", path, "contact-mark:ok", "contact", c.ID); status != 303 {
			t.Errorf("she herself = %d", status)
		}
	})
}

func TestTheEmployersAddressesAndSharedPhonesAreSaid(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		path := "/people/" + h.Person["Ingrid Dahl"]
		a := h.Post("captain", path, url.Values{"act": {"contact"}, "kind": {"email"}, "value": {"i.dahl@clinic.example.org"}})
		if a.Status != 422 || !strings.Contains(a.Body, "clinic.example.org belongs to the employer") || !strings.Contains(a.Body, "i.dahl@clinic") {
			t.Errorf("employer's address = %d", a.Status)
		}
		peter := open(t, h, "captain", "/people/"+h.Person["Peter Dahl"])
		phone := ""
		for _, c := range peter.Contacts {
			if c.Kind == "phone" {
				phone = c.Value
			}
		}
		a = h.Post("captain", path, url.Values{"act": {"contact"}, "kind": {"phone"}, "value": {phone}})
		if a.Status != 422 || !strings.Contains(a.Body, `name="shared"`) || strings.Contains(a.Body, "Peter") {
			t.Errorf("shared phone = %d", a.Status)
		}
		if _, status := edit(t, h, "captain", path, "contact", "kind", "phone", "value", phone, "shared", "1"); status != 303 {
			t.Errorf("shared, as said = %d", status)
		}
	})
}

func TestAPastDayIsShownAsItWas(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		path := "/people/" + h.Person["Wilma Westberg"]
		job := open(t, h, "data_lead", path).Jobs[0]
		h.Clock.Advance(10 * 24 * time.Hour) // 10 November
		for _, e := range [][]string{
			{"status", "unit_status", "out", "why", "site lead"},
			{"job-change", "job", job.ID, "fte", "1", "job_class", "NP"},
			{"job", "worksite", h.Site["0308"], "starts_on", "2025-11-05", "fte", "0.2"},
		} {
			if _, status := edit(t, h, "data_lead", path, e[0], e[1:]...); status != 303 {
				t.Fatalf("%s = %d", e[0], status)
			}
		}
		for _, want := range []struct {
			on, status string
			jobs, fte  int
		}{{"", "out", 2, 120}, {"2025-11-10", "out", 2, 120}, {"2025-11-06", "in", 2, 100}, {"2025-11-01", "in", 1, 80}, {"2019-03-06", "in", 0, -1}} {
			p := open(t, h, "data_lead", path+"?on="+want.on)
			if p.UnitStatus != want.status || len(p.Jobs) != want.jobs || p.FTE != want.fte {
				t.Errorf("on %q: %s, %d jobs, %d; want %v", want.on, p.UnitStatus, len(p.Jobs), p.FTE, want)
			}
		}
		if a := h.Get("data_lead", path+"?on=yesterday", ""); a.Status != 422 {
			t.Errorf("no day = %d", a.Status)
		}
	})
}

func TestSomebodyIsAddedByHand(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		form := url.Values{
			"given": {"Noor"}, "family": {"Haddad"}, "worksite": {h.Site["0308"]}, "unit_status": {"in"}, "fte": {"80 %"},
			"phone": {"(651) 555-0177"}, "starts_on": {"2025-10-01"}, "number": {"31234"},
		}
		for role, want := range map[string]int{"captain": 403, "member": 403, "region reader": 422, "press": 403} {
			if a := h.Post(role, "/people/new", form); a.Status != want {
				t.Errorf("%s = %d, want %d", role, a.Status, want)
			}
		}
		a := h.Post("site reader", "/people/new", form)
		if a.Status != 303 {
			t.Fatalf("add = %d %.200s", a.Status, a.Body)
		}
		if p := open(t, h, "site reader", a.Location); p.FTE != 80 || len(p.Contacts) != 1 {
			t.Errorf("added %+v", p)
		}
		if a := h.Post("data_lead", "/people/new", form); a.Status != 422 || !strings.Contains(a.Body, "Somebody else has this number") {
			t.Errorf("the same number again = %d", a.Status)
		}
	})
}
