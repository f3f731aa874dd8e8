// SPDX-License-Identifier: Apache-2.0

package line_test

import (
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
		if body := h.Get("lead", "/line-hours", "").Body; !strings.Contains(body, "on the line now") || strings.Contains(body, "no sign-out") || strings.Contains(body, "Certify") {
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
			if a := h.Get(role, file, ""); a.Status != want || strings.Contains(a.Body, "Nguyen") {
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
		a := h.Get("lead", file, "")
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
