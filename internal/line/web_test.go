// SPDX-License-Identifier: Apache-2.0

package line_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tenday/tenday/internal/app/apptest"
	"github.com/tenday/tenday/internal/line"
)

// hastings is a line in the small campaign with one open shift, and the member on it.
func hastings(t *testing.T, h *apptest.House) (id, shift string) {
	t.Helper()
	lead := h.As("lead")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	id, err := h.Line.Add(lead, line.Line{Name: "Hastings", Place: "the sidewalk", Worksite: h.Site["0901"]})
	must(err)
	must(h.Line.SetNeeds(lead, "line:"+id, []line.Need{{Role: line.OnLine, Min: 1, Target: 2, Max: 4}}))
	shifts, err := h.Line.AddShifts(lead, id, line.Run{From: "2025-11-05T07:00", To: "2025-11-05T11:00"})
	must(err)
	_, err = h.Line.OpenShifts(lead, id)
	must(err)
	must(h.Line.NameCaptain(lead, id, h.Person["Rosa Almquist"], false, false))
	_, err = h.Line.SignUp(h.As("member"), shifts[0], line.OnLine)
	must(err)
	return id, shifts[0]
}

func TestPagesShowEachWhatIsHersAndNothingElse(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		id, shift := hastings(t, h)
		h.Clock.Set(time.Date(2025, 11, 5, 13, 30, 0, 0, time.UTC))
		for _, c := range []struct {
			role, path string
			status     int
			sees, not  string
		}{
			{"", "/shifts", 303, "", "Hastings"},
			{"member", "/shifts", 200, "Hastings", "Nguyen-Blaine"},
			{"member", "/shifts/" + shift, 200, "booked", "Rosa Nguyen"},
			{"press", "/shifts", 200, "You are not on the roster", "Hastings"},
			{"operator", "/lines", 403, "", "Hastings"},
			{"member", "/lines/" + id + "/day", 404, "", "Katherine"},
			{"press", "/lines/" + id + "/pack", 404, "", "Katherine"},
			{"captain", "/lines/" + id + "/day", 200, "Katherine Nguyen", "Wilma"},
			{"captain", "/lines/" + id, 403, "", "Katherine"},
			{"captain", "/lines/board", 200, "Rosa Almquist", "Katherine Nguyen"},
			{"member", "/lines/board", 404, "", "Hastings"},
			{"region reader", "/lines/" + id, 404, "", "Hastings"},
			{"lead", "/lines/" + id, 200, "1 of 2 wanted", ""},
		} {
			a := h.Get(c.role, c.path, "")
			if a.Status != c.status || !strings.Contains(a.Body, c.sees) || c.not != "" && strings.Contains(a.Body, c.not) {
				t.Errorf("%q at %s: %d, want %d with %q and without %q\n%.400s", c.role, strings.ReplaceAll(c.path, id, "ID"), a.Status, c.status, c.sees, c.not, a.Body)
			}
		}
		for name, want := range map[string]int{"Åsa Lindstrom": 303, "Nobody Atall": 422, "Dahl": 422} {
			if a := h.Post("lead", "/lines/"+id+"/captain", url.Values{"name": {name}, "deputy": {"1"}}); a.Status != want {
				t.Errorf("captain %s: %d, want %d", name, a.Status, want)
			}
		}
		if a := h.Get("lead", "/lines/"+id, ""); !strings.Contains(a.Body, "Åsa Lindström") || !strings.Contains(a.Body, "stands in") {
			t.Errorf("the captains are not shown: %d", a.Status)
		}
		a := h.Post("captain", "/lines/"+id+"/checkin", url.Values{"person": {h.Person["Katherine Nguyen"]}, "kind": {"in"}, "method": {"search"}})
		if a.Status != http.StatusSeeOther {
			t.Fatalf("check-in without scripts: %d %.300s", a.Status, a.Body)
		}
		if a := h.Get("captain", "/lines/"+id+"/day", ""); !strings.Contains(a.Body, "here since") {
			t.Errorf("after the check-in: %.600s", a.Body)
		}
		if a := h.Post("lead", "/walls", url.Values{"hours": {"2"}}); a.Status != 200 {
			t.Errorf("wall link: %d", a.Status)
		} else {
			_, rest, _ := strings.Cut(a.Body, `href="/wall/`)
			token, _, _ := strings.Cut(rest, `"`)
			if wall := h.Get("", "/wall/"+token, ""); wall.Status != 200 || strings.Contains(wall.Body, "Almquist") || strings.Contains(wall.Body, "Nguyen") || strings.Contains(wall.Body, "tel:") {
				t.Errorf("the wall: %d %.500s", wall.Status, wall.Body)
			}
		}
	})
}

// B10.7, and the change notice that says what it was and what it is.
func TestACalendarFollowsAShiftThatMovesAndNamesNobody(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		_, shift := hastings(t, h)
		before := h.Get("member", "/shifts/"+shift+"/shift.ics", "")
		if a := h.Post("member", "/shifts/"+shift+"/move", url.Values{"from": {"2025-11-05T08:00"}, "to": {"2025-11-05T12:00"}}); a.Status != 404 {
			t.Errorf("a member moves it: %d", a.Status)
		}
		if a := h.Post("lead", "/shifts/"+shift+"/move", url.Values{"from": {"2025-11-05T08:00"}, "to": {"2025-11-05T12:00"}}); a.Status != 303 {
			t.Fatalf("moved: %d %.300s", a.Status, a.Body)
		}
		after := h.Get("member", "/shifts/"+shift+"/shift.ics", "")
		uid := func(a apptest.Answer) string {
			_, rest, _ := strings.Cut(a.Body, "UID:")
			line, _, _ := strings.Cut(rest, "\r\n")
			return line
		}
		if uid(before) == "" || uid(before) != uid(after) || !strings.Contains(before.Body, "SEQUENCE:0") || !strings.Contains(after.Body, "SEQUENCE:1") ||
			!strings.Contains(after.Body, "DTSTART:20251105T140000Z") {
			t.Errorf("before:\n%s\nafter:\n%s", before.Body, after.Body)
		}
		if strings.Contains(after.Body, "Nguyen") || strings.Contains(after.Body, "Almquist") || strings.Contains(after.Body, "+1651") {
			t.Errorf("a name or number:\n%s", after.Body)
		}
		if a := h.Post("member", "/shifts/"+shift+"/cancel", nil); a.Status != 303 {
			t.Errorf("cancel: %d", a.Status)
		}
	})
}

// Needs of a kind and of one shift, a booking for somebody else, and the work on an incident, by their forms; each refused to those who may not.
func TestTheCoordinatorsFormsSetBookAndReview(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		id, shift := hastings(t, h)
		h.Clock.Set(time.Date(2025, 11, 5, 13, 30, 0, 0, time.UTC))
		need := func(role string, n ...string) url.Values {
			return url.Values{role + "-min": {n[0]}, role + "-target": {n[1]}, role + "-max": {n[2]}}
		}
		with := func(v url.Values, more ...string) url.Values {
			for i := 0; i < len(more); i += 2 {
				v.Set(more[i], more[i+1])
			}
			return v
		}
		for _, c := range []struct {
			role, path string
			form       url.Values
			status     int
		}{
			{"captain", "/line-needs", with(need("line", "1", "2", "3"), "kind", "day"), 403},
			{"lead", "/line-needs", with(need("line", "1", "2", "3"), "kind", "noon"), 404},
			{"lead", "/line-needs", with(need("line", "3", "2", "1"), "kind", "day"), 422},
			{"lead", "/line-needs", with(need("line", "1", "2", "3"), "kind", "day"), 303},
			{"lead", "/lines/" + id + "/needs", with(need("line", "1", "3", "5"), "shift", shift), 303},
			{"lead", "/lines/" + id + "/needs", with(need("medic", "0", "1", "1"), "shift", shift), 422}, // somebody stands on the line
			{"region reader", "/lines/" + id + "/needs", with(need("line", "0", "0", "9"), "shift", shift), 404},
			{"lead", "/lines/" + id + "/book", url.Values{"shift": {shift}, "name": {"Ingrid Dahl"}, "role": {"line"}}, 303},
			{"lead", "/lines/" + id + "/book", url.Values{"shift": {shift}, "name": {"Ingrid Dahl"}, "role": {"line"}}, 422},
			{"captain", "/lines/" + id + "/book", url.Values{"shift": {shift}, "name": {"Wilma Westberg"}, "role": {"line"}, "day": {"1"}}, 422}, // not of her turf
			{"captain", "/lines/" + id + "/book", url.Values{"shift": {shift}, "name": {"Mohamed Ali"}, "role": {"line"}, "day": {"1"}}, 303},
			{"member", "/lines/" + id + "/book", url.Values{"shift": {shift}, "name": {"Katherine Nguyen"}, "role": {"line"}}, 404},
			{"captain", "/lines/" + id + "/walkin", url.Values{"name": {"Wilma Westberg"}}, 422},
			{"captain", "/lines/" + id + "/walkin", url.Values{"name": {"Peter Dahl"}, "paper": {"07:05"}}, 303},
			{"member", "/shifts/code", nil, 303},
		} {
			if a := h.Post(c.role, c.path, c.form); a.Status != c.status {
				t.Errorf("%s posts %v to %s: %d, want %d %.300s", c.role, c.form, strings.ReplaceAll(c.path, id, "ID"), a.Status, c.status, a.Body)
			}
		}
		if a := h.Get("lead", "/lines/"+id, ""); !strings.Contains(a.Body, "of 3 wanted, 5 at most") || !strings.Contains(a.Body, "Book somebody") {
			t.Errorf("the line's page: %.300s", a.Body)
		}
		if a := h.Get("captain", "/lines/"+id+"/day", ""); !strings.Contains(a.Body, "here since 7:05") || !strings.Contains(a.Body, "Text messages are not set up") {
			t.Errorf("the day's page: %.300s", a.Body)
		}
		one, err := h.Line.Capture(h.As("captain"), line.Incident{Line: id, Kind: "police"}, "They came.", nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			role, act string
			status    int
		}{{"member", "review", 404}, {"captain", "review", 403}, {"lead", "close", 409}, {"lead", "burn", 404}, {"lead", "review", 303}} {
			if a := h.Post(c.role, "/incidents/"+one+"/"+c.act, nil); a.Status != c.status {
				t.Errorf("%s, %s: %d, want %d", c.role, c.act, a.Status, c.status)
			}
		}
		if a := h.Get("lead", "/incidents/"+one+"/export", ""); a.Status != 403 {
			t.Errorf("the lead, who may not export: %d", a.Status)
		}
		if a := h.Get("lead", "/incidents/"+one, ""); !strings.Contains(a.Body, "reviewed") || strings.Contains(a.Body, "Export with originals") {
			t.Errorf("the incident: %.300s", a.Body)
		}
	})
}

// A captain calls the evening before whoever has not said that she is coming: the list says who has, and where each stands who waits.
func TestTheListSaysWhoIsComingAndWhoWaitsWhere(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		id, shift := hastings(t, h)
		day := func() string { return h.Get("captain", "/lines/"+id+"/day", "").Body }
		if body := day(); strings.Contains(body, "says she is coming") || !strings.Contains(body, "0 say they are coming") {
			t.Errorf("before she says so: %.1500s", body)
		}
		if a := h.Post("member", "/shifts/"+shift+"/confirm", nil); a.Status != http.StatusSeeOther {
			t.Fatalf("confirm: %d %.300s", a.Status, a.Body)
		}
		if body := day(); strings.Count(body, "says she is coming") != 2 || !strings.Contains(body, "1 says she is coming") {
			t.Errorf("after: %.1500s", body)
		}
	})
}

// The evening before, a captain has the list of those to call, notes what they say, and the board shows how old a report is however young it is.
func TestTheDaysPagesSayWhomToCallAndHowOldAReportIs(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		id, shift := hastings(t, h)
		h.Clock.Set(time.Date(2025, 11, 5, 0, 30, 0, 0, time.UTC)) // 18:30
		page := func(role, path string) string { return h.Get(role, path, "").Body }
		if body := page("captain", "/lines/"+id+"/day"); !strings.Contains(body, "Not answered yet") || !strings.Contains(body, "She is coming: Katherine Nguyen") {
			t.Errorf("the captain's day: %s", body)
		}
		if body := page("captain", "/lines/"+id+"/pack"); !strings.Contains(body, "not answered yet") {
			t.Errorf("the pack: %s", body)
		}
		if body := page("lead", "/lines/board"); !strings.Contains(body, "1 has not answered yet") || !strings.Contains(body, "call now: 0 expected, least 1") {
			t.Errorf("the board: %s", body)
		}
		entries, err := h.Line.OneShift(h.As("member"), shift)
		if err != nil {
			t.Fatal(err)
		}
		for role, want := range map[string]int{"press": 404, "captain": 303} {
			if a := h.Post(role, "/bookings/"+entries.Entry.ID+"/confirm", nil); a.Status != want {
				t.Errorf("%s confirms for her: %d, want %d", role, a.Status, want)
			}
		}
		if body := page("captain", "/lines/"+id+"/day"); strings.Contains(body, "Not answered yet") || !strings.Contains(body, "confirmed by captain") {
			t.Errorf("after the call: %s", body)
		}
		if a := h.Post("captain", "/lines/"+id+"/report", url.Values{"here": {"1"}}); a.Status != 303 {
			t.Fatal(a.Status)
		}
		h.Clock.Set(time.Date(2025, 11, 5, 0, 37, 0, 0, time.UTC))
		if body := page("lead", "/lines/board"); !strings.Contains(body, "7 min ago") {
			t.Errorf("the age of the report: %s", body)
		}
	})
}

// On the page of her shift a member reads how she came to it: as one who signed up, that she chose it.
func TestTheShiftsPageSaysWhyHere(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		_, shift := hastings(t, h)
		if a := h.Get("member", "/shifts/"+shift, ""); !strings.Contains(a.Body, "Why here?") || !strings.Contains(a.Body, "You chose this.") {
			t.Errorf("her own shift: %s", a.Body)
		}
		if a := h.Get("captain", "/shifts/"+shift, ""); a.Status != 200 || strings.Contains(a.Body, "Why here?") {
			t.Errorf("who is not on it: %d %s", a.Status, a.Body)
		}
	})
}

// What a plan keeps to is kept on a page of its own, which only coordinators open; a reason stands on no other.
func TestThePageOfWhatAPlanKeepsToTakesAndUndoesEachKind(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		id, shift := hastings(t, h)
		strike := ""
		if a := h.Get("lead", "/lines", ""); a.Status != 200 || !strings.Contains(a.Body, "/line-conditions?strike=") {
			t.Fatalf("no way there: %d", a.Status)
		} else {
			_, rest, _ := strings.Cut(a.Body, "/line-conditions?strike=")
			strike, _, _ = strings.Cut(rest, `"`)
		}
		page := "/line-conditions?strike=" + strike
		if a := h.Get("lead", page, ""); a.Status != 200 || !strings.Contains(a.Body, "No car pools yet.") || !strings.Contains(a.Body, "Everybody may stand at every line.") || !strings.Contains(a.Body, "Every way is as estimated.") {
			t.Fatalf("with nothing on it: %d %s", a.Status, a.Body)
		}
		for _, c := range []struct {
			role, kind string
			form       url.Values
			status     int
		}{
			{"lead", "teams", url.Values{"names": {"Ingrid Dahl\r\nPeter Dahl\r\n"}}, 303},
			{"lead", "teams", url.Values{"names": {"Ingrid Dahl\nMohamed Ali"}}, 422},
			{"lead", "bans", url.Values{"line": {id}, "name": {"Wilma Westberg"}, "reason": {"a court order"}}, 303},
			{"lead", "bans", url.Values{"line": {id}, "name": {"Wilma"}}, 422},
			{"lead", "ways", url.Values{"line": {id}, "zip": {"550"}, "never": {"1"}}, 303},
			{"lead", "ways", url.Values{"line": {id}, "zip": {"55033"}, "minutes": {"12"}, "never": {"1"}}, 422},
			{"lead", "ways", url.Values{"line": {id}, "zip": {"55033"}}, 422},
			{"lead", "feuds", nil, 404},
			{"captain", "bans", url.Values{"line": {id}, "name": {"Mohamed Ali"}}, 403},
			{"member", "teams", url.Values{"names": {"Ingrid Dahl\nMohamed Ali"}}, 403},
			{"region reader", "bans", url.Values{"line": {id}, "name": {"Mohamed Ali"}}, 404},
		} {
			if c.form != nil {
				c.form.Set("strike", strike)
			}
			if a := h.Post(c.role, "/line-conditions/"+c.kind, c.form); a.Status != c.status {
				t.Errorf("%s, %s, %v: %d, want %d %.400s", c.role, c.kind, c.form, a.Status, c.status, a.Body)
			}
		}
		body := h.Get("lead", page, "").Body
		for _, want := range []string{"Car pool 1", "Ingrid Dahl", "Peter Dahl", "Wilma Westberg", "a court order", "From 550xx to ", "Cannot be reached from there"} {
			if !strings.Contains(body, want) {
				t.Errorf("no %q on the page", want)
			}
		}
		for role, paths := range map[string][]string{
			"captain": {page, "/lines/" + id + "/day", "/lines/" + id + "/pack", "/lines/board", "/shifts/" + shift}, "member": {page, "/shifts", "/shifts/" + shift}, "region reader": {page},
		} {
			for _, path := range paths {
				if a := h.Get(role, path, ""); strings.Contains(a.Body, "court order") || path == page && a.Status == 200 {
					t.Errorf("%s reads %s: %d", role, path, a.Status)
				}
			}
		}
		for _, kind := range []string{"teams", "bans", "ways"} {
			_, rest, _ := strings.Cut(body, "/line-conditions/"+kind+"/")
			one, _, _ := strings.Cut(rest, "/remove")
			for _, c := range []struct {
				role, act string
				status    int
			}{{"captain", "remove", 403}, {"lead", "burn", 404}, {"lead", "remove", 303}, {"lead", "remove", 404}, {"lead", "back", 303}, {"lead", "remove", 303}} {
				if a := h.Post(c.role, "/line-conditions/"+kind+"/"+one+"/"+c.act, nil); a.Status != c.status {
					t.Errorf("%s, %s of %s: %d, want %d", c.role, c.act, kind, a.Status, c.status)
				}
			}
		}
		if body := h.Get("lead", page, "").Body; strings.Contains(body, "court order") || !strings.Contains(body, "No car pools yet.") {
			t.Error("what was removed is there")
		}
	})
}
