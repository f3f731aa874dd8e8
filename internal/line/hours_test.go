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
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/line"
	"github.com/tenday/tenday/internal/roster"
)

// What is odd about hours stands there in words, and what wants somebody's word gets it from another.
func TestThePageOfHoursSaysWhatIsOddAndWhoCertifiedIt(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		id, _ := hastings(t, h)
		if a := h.Get("lead", "/line-hours", ""); a.Status != http.StatusOK || !strings.Contains(a.Body, "No hours yet") {
			t.Errorf("before: %d %.500s", a.Status, a.Body)
		}
		h.Clock.Set(time.Date(2025, 11, 5, 13, 0, 0, 0, time.UTC))
		member := h.Person["Katherine Nguyen"]
		err := db.Do(h.As("captain"), h.DB, func(tx *db.Tx) error { // a phone whose clock was off
			_, err := tx.Exec(t.Context(), `INSERT INTO checkin (id, person_id, line_id, kind, at, at_device, skew, method, device_id, by_account, received_at, flags)
				VALUES ('c1', $1, $2, 'out', $3, $4, 300000, 'search', 'phone', 'x', $5, 'clock')`, member, id, tx.Now.Add(-time.Hour).UnixMilli(), tx.Now.UnixMilli(), tx.Now.UnixMilli())
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := h.Line.Record(h.As("captain"), line.CheckIn{Line: id, Person: member, Kind: "in", Method: "search"}); err != nil {
			t.Fatal(err)
		}
		if body := h.Get("lead", "/line-hours", "").Body; !strings.Contains(body, "on the line now") || strings.Contains(body, "no sign-out") || strings.Contains(body, "Certify") ||
			!strings.Contains(body, "1 person has something to look at") { // her phone's clock
			t.Errorf("while the shift runs: %s", body)
		}
		h.Clock.Set(time.Date(2025, 11, 5, 20, 0, 0, 0, time.UTC))
		for role, want := range map[string]int{"captain": 403, "region reader": 404, "member": 403, "data_lead": 403} {
			if a := h.Get(role, "/line-hours", ""); a.Status != want || strings.Contains(a.Body, "Nguyen") {
				t.Errorf("%s: %d, want %d", role, a.Status, want)
			}
		}
		page := func() string {
			t.Helper()
			a := h.Get("lead", "/line-hours", "")
			if a.Status != http.StatusOK {
				t.Fatalf("%d %.500s", a.Status, a.Body)
			}
			return a.Body
		}
		if body := page(); !strings.Contains(body, "Katherine Nguyen") || !strings.Contains(body, "240") || !strings.Contains(body, "no sign-out: counted to the end") ||
			!strings.Contains(body, "clock was off") || !strings.Contains(body, "4 h 0 min in all") || strings.Contains(body, "hours.csv") {
			t.Errorf("%s", body)
		}
		word := func(role, minutes string) int {
			return h.Post(role, "/line-hours", url.Values{"strike": {""}, "person": {member}, "minutes": {minutes}}).Status
		}
		if got := []int{word("captain", "240"), word("region reader", "240"), word("lead", "999"), word("lead", "240")}; got[0] != 403 || got[1] != 404 || got[2] != 409 || got[3] != 303 {
			t.Errorf("%v", got)
		}
		if body := page(); !strings.Contains(body, "certified by") || strings.Contains(body, "Certify 4 h") {
			t.Errorf("certified: %s", body)
		}
		if err := h.Line.Record(h.As("captain"), line.CheckIn{Line: id, Person: member, Kind: "out", Method: "paper", Paper: "10:00"}); err != nil {
			t.Fatal(err)
		}
		if body := page(); !strings.Contains(body, "180") || !strings.Contains(body, "the marks have changed since") {
			t.Errorf("changed: %s", body)
		}
	})
}

// A file needs the ability to export beside that to coordinate, and begins with who took it out.
func TestHoursLeaveInAFileForWhoMayExportThem(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		id, _ := hastings(t, h)
		h.Clock.Set(time.Date(2025, 11, 5, 13, 0, 0, 0, time.UTC))
		if err := h.Line.Record(h.As("captain"), line.CheckIn{Line: id, Person: h.Person["Katherine Nguyen"], Kind: "in", Method: "search"}); err != nil {
			t.Fatal(err)
		}
		const file = "/line-hours/hours.csv?strike="
		for role, want := range map[string]int{"lead": 403, "captain": 403, "data_lead": 403} {
			if a := h.Post(role, file, nil); a.Status != want || strings.Contains(a.Body, "Nguyen") {
				t.Errorf("%s: %d, want %d: %.300s", role, a.Status, want, a.Body)
			}
		}
		err := db.Do(t.Context(), h.DB, func(tx *db.Tx) error {
			_, err := auth.AddGrant(t.Context(), tx, auth.Grant{Account: h.Account["lead"], Role: auth.DataLead, Scope: auth.Unit, MayExport: true})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		a := h.Post("lead", file, nil)
		if a.Status != http.StatusOK || !strings.Contains(a.Body, "Katherine Nguyen,240,") || !strings.Contains(a.Header.Get("Content-Disposition"), ".csv") {
			t.Errorf("%d %s", a.Status, a.Body)
		}
		var n int
		err = db.Do(t.Context(), h.DB, func(tx *db.Tx) error {
			return tx.Row(t.Context(), `SELECT COUNT(*) FROM audit_record WHERE verb = 'line.hours_export'`).Scan(&n)
		})
		if err != nil || n != 1 {
			t.Errorf("%d records, %v", n, err)
		}
	})
}

// Of many people a page shows a hundred, and those with something to look at alone; their file waits for a second person, which the page says before.
func TestTheHoursOfManyArePagedAndTheirFileWaitsForASecondPerson(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		id, shift := hastings(t, h)
		h.Clock.Set(time.Date(2025, 11, 5, 18, 0, 0, 0, time.UTC))
		odd := 0
		err := db.Do(t.Context(), h.DB, func(tx *db.Tx) error {
			_, err := auth.AddGrant(t.Context(), tx, auth.Grant{Account: h.Account["lead"], Role: auth.DataLead, Scope: auth.Unit, MayExport: true})
			if err != nil {
				return err
			}
			var ids []string
			var people, nows [][]any
			for i := range 119 {
				p := v7()
				ids = append(ids, p)
				people = append(people, []any{p, "in", "55449", "x", 0})
				nows = append(nows, []any{fmt.Sprintf("family%03d given", i), p, "Given", fmt.Sprintf("Family%03d", i), h.Site["0308"], 1, "East", "MD", "day", 100, 0, "2019-01-01", "in", "none", "1234567", 0, 0, "", ""})
			}
			if err := tx.Insert(t.Context(), "person", strings.Fields("id unit_status home_zip by_account at"), people); err != nil {
				return err
			}
			columns := "sort_key person_id given family worksite_id worksite_n region job_class shift fte on_leave hired_on unit_status member_status employee_number contacts_ok contacts_any phone email"
			if err := tx.Insert(t.Context(), "person_now", strings.Fields(columns), nows); err != nil {
				return err
			}
			start := time.Date(2025, 11, 5, 13, 0, 0, 0, time.UTC)
			var entries, marks [][]any
			for i, p := range append(ids, h.Person["Katherine Nguyen"]) {
				entries = append(entries, []any{v7(), shift, p, "line", "attended", "walk_in", 0, 0, 0})
				marks = append(marks, []any{v7(), p, id, "in", start.UnixMilli(), start.UnixMilli(), 0, "search", "", "x", start.UnixMilli(), ""})
				if i%10 == 0 {
					odd++
					continue
				}
				out := start.Add(4 * time.Hour).UnixMilli()
				marks = append(marks, []any{v7(), p, id, "out", out, out, 0, "search", "", "x", out, ""})
			}
			if _, err := tx.Exec(t.Context(), `DELETE FROM shift_step`); err != nil {
				return err
			}
			if _, err := tx.Exec(t.Context(), `DELETE FROM shift_entry`); err != nil {
				return err
			}
			if err := tx.Insert(t.Context(), "shift_entry", strings.Fields("id shift_id person_id role state source held ticket at"), entries); err != nil {
				return err
			}
			return tx.Insert(t.Context(), "checkin", strings.Fields("id person_id line_id kind at at_device skew method device_id by_account received_at flags"), marks)
		})
		if err != nil {
			t.Fatal(err)
		}
		rows := func(path string) (int, string) {
			t.Helper()
			a := h.Get("lead", path, "")
			if a.Status != http.StatusOK {
				t.Fatalf("%s: %d %.300s", path, a.Status, a.Body)
			}
			return strings.Count(a.Body, `<th scope="row">`), a.Body
		}
		if n, body := rows("/line-hours"); n != 100 || !strings.Contains(body, "1 to 100 of 120") || !strings.Contains(body, "480 h 0 min in all") || !strings.Contains(body, "Ask for the CSV") ||
			!strings.Contains(body, "a second person approves the file first") {
			t.Errorf("%d on the first page: %s", n, body)
		}
		if n, body := rows("/line-hours?strike=&page=2"); n != 20 || !strings.Contains(body, "101 to 120 of 120") {
			t.Errorf("%d on the second page", n)
		}
		if n, body := rows("/line-hours?strike=&odd=1"); n != odd || strings.Contains(body, "101 to") || !strings.Contains(body, "480 h 0 min in all") {
			t.Errorf("%d have something to look at, want %d", n, odd)
		}
		const file = "/line-hours/hours.csv"
		if a := h.Post("lead", file, url.Values{"strike": {""}}); a.Status != http.StatusSeeOther || a.Header.Get("Location") != "/exports" {
			t.Fatalf("asked: %d %s", a.Status, a.Body)
		}
		wish := h.Get("officer", "/exports", "").Body
		if !strings.Contains(wish, "Hours: Lines that stand alone") || !strings.Contains(wish, "120") {
			t.Errorf("the second person reads: %s", wish)
		}
		_, rest, _ := strings.Cut(wish, `action="/exports/`)
		export, _, _ := strings.Cut(rest, "/approve")
		get := func(role, of, export string) int {
			return h.Get(role, file+"?"+url.Values{"of": {of}, "export": {export}}.Encode(), "").Status
		}
		if got := []int{get("lead", "", export), get("lead", "", ""), h.Post("lead", "/exports/"+export+"/approve", nil).Status}; got[0] != 409 || got[1] != 404 || got[2] != 403 {
			t.Errorf("before it is approved: %v", got)
		}
		if a := h.Post("officer", "/exports/"+export+"/approve", nil); a.Status != http.StatusSeeOther {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		if a := h.Get("lead", "/exports/"+export+"/file", ""); a.Status != http.StatusSeeOther || !strings.HasPrefix(a.Header.Get("Location"), file+"?") {
			t.Errorf("%d %v", a.Status, a.Header)
		}
		if a := h.Get("lead", file+"?of=&export="+export, ""); a.Status != http.StatusOK || strings.Count(a.Body, "\n") < 120 || !strings.Contains(a.Body, "Katherine Nguyen,240,") {
			t.Errorf("%d %.300s", a.Status, a.Body)
		}
		if got := []int{get("lead", "another", export), get("data_lead", "", export), get("press", "", export), get("officer", "", export)}; got[0] != 404 || got[1] == 200 || got[2] == 200 || got[3] == 200 {
			t.Errorf("others, and of another act: %v", got)
		}
		approved := func(of string) error {
			return db.Do(h.As("lead"), h.DB, func(tx *db.Tx) error {
				return roster.File{Path: file, Of: of}.Approved(h.As("lead"), tx, export, 120)
			})
		}
		if a, b := approved(""), approved("another"); a != nil || fault.CodeOf(b) != fault.Missing {
			t.Errorf("what was approved is the file of one act: %v, %v", a, b)
		}
		// What was approved is not counted as taken out alone.
		if err := db.Do(t.Context(), h.DB, func(tx *db.Tx) error {
			for _, table := range []string{"checkin", "shift_entry"} {
				if _, err := tx.Exec(t.Context(), `DELETE FROM `+table+` WHERE person_id <> $1`, h.Person["Katherine Nguyen"]); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if a := h.Post("lead", file, url.Values{"strike": {""}}); a.Status != http.StatusOK || !strings.Contains(a.Body, "Katherine Nguyen") {
			t.Errorf("a small file on the same day: %d", a.Status)
		}
		if a := h.Get("lead", "/line-hours?strike=nothing", ""); a.Status != http.StatusNotFound {
			t.Errorf("an unknown act: %d", a.Status)
		}
	})
}

// "Did you make it?" has a button for either answer; what she says makes no minutes, and the coordinator sees it.
func TestWhoWasNotCheckedInSaysOnHerPageWhetherSheWasThere(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		_, shift := hastings(t, h)
		if a := h.Post("member", "/shifts/"+shift+"/there", nil); a.Status != http.StatusConflict {
			t.Errorf("before the end: %d", a.Status)
		}
		h.Clock.Set(time.Date(2025, 11, 5, 18, 0, 0, 0, time.UTC))
		page := func() string { return h.Get("member", "/shifts/"+shift, "").Body }
		if body := page(); !strings.Contains(body, "Were you there?") || strings.Contains(body, "/cancel") {
			t.Errorf("the question: %s", body)
		}
		hours := func() string { return h.Get("lead", "/line-hours", "").Body }
		if a := h.Post("member", "/shifts/"+shift+"/there", nil); a.Status != http.StatusSeeOther || !strings.Contains(page(), "You said you were there") {
			t.Errorf("yes: %d %s", a.Status, page())
		}
		if body := hours(); !strings.Contains(body, "says she was at a shift without a check-in") || !strings.Contains(body, "0 h 0 min in all") {
			t.Errorf("the hours: %s", body)
		}
		if a := h.Post("member", "/shifts/"+shift+"/not_there", nil); a.Status != http.StatusSeeOther || !strings.Contains(page(), "You said you were not there") {
			t.Errorf("no: %d", a.Status)
		}
		if body := hours(); strings.Contains(body, "Katherine") {
			t.Errorf("the hours after a no: %s", body)
		}
		if a := h.Post("press", "/shifts/"+shift+"/there", nil); a.Status == http.StatusSeeOther {
			t.Errorf("a stranger: %d", a.Status)
		}
	})
}
