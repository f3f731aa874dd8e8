// SPDX-License-Identifier: Apache-2.0

package line_test

import (
	"context"
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
)

// Notice is given for hours: a shift that lies outside of them is shown with a warning, and nobody opens it without having read that.
func TestAShiftOutsideTheNoticedHoursIsNotOpenedWithoutAWord(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		start := time.Date(2025, 11, 5, 13, 0, 0, 0, time.UTC) // seven in Chicago
		h.Line.Strikes = func(context.Context, *db.Tx) ([]line.Strike, error) {
			return []line.Strike{{ID: "s1", Title: "Strike", State: "noticed", Starts: start, Ends: start.Add(24 * time.Hour)}}, nil
		}
		lead := h.As("lead")
		id, err := h.Line.Add(lead, line.Line{Name: "Hastings", Place: "the sidewalk", Worksite: h.Site["0901"], Strike: "s1"})
		must(err)
		must(h.Line.SetNeeds(lead, "line:"+id, []line.Need{{Role: line.OnLine, Min: 1, Target: 2, Max: 4}}))
		_, err = h.Line.AddShifts(lead, id, line.Run{From: "2025-11-05T07:00", To: "2025-11-06T07:00"})
		must(err)
		if a := h.Get("lead", "/lines/"+id, ""); strings.Contains(a.Body, "outside the noticed hours") {
			t.Errorf("shifts within the hours: %.2000s", a.Body)
		}
		_, err = h.Line.OpenShifts(lead, id)
		must(err)
		if a := h.Post("lead", "/lines/"+id+"/shifts", url.Values{"from": {"2025-11-08T07:00"}, "to": {"2025-11-08T11:00"}, "hours": {"4"}}); a.Status != http.StatusSeeOther {
			t.Fatalf("two days after the end: %d %.300s", a.Status, a.Body)
		}
		a := h.Get("lead", "/lines/"+id, "")
		for _, words := range []string{"1 shift lies outside the noticed hours", "Notice was given from", `name="outside"`} {
			if !strings.Contains(a.Body, words) {
				t.Errorf("made without %q: %d", words, a.Status)
			}
		}
		if a := h.Post("lead", "/lines/"+id+"/open", nil); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "Some of these shifts lie outside the hours") {
			t.Errorf("opened without a word: %d %.300s", a.Status, a.Body)
		}
		if a := h.Post("lead", "/lines/"+id+"/open", url.Values{"outside": {"1"}}); a.Status != http.StatusSeeOther {
			t.Errorf("she wants it: %d %.300s", a.Status, a.Body)
		}
		if a := h.Get("lead", "/lines/"+id, ""); !strings.Contains(a.Body, "1 shift lies outside the noticed hours") {
			t.Errorf("once it is open the warning stands: %d", a.Status)
		}
	})
}

// A plan of thousands is accepted for minutes after the request that asked for it.
func TestWhoMayNoLongerCoordinateBooksNobodyAnyMore(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		_, shift := hastings(t, h)
		h.Cookie("lead")
		var device string
		do := func(f func(tx *db.Tx) error) {
			t.Helper()
			if err := db.Do(t.Context(), h.DB, f); err != nil {
				t.Fatal(err)
			}
		}
		do(func(tx *db.Tx) error {
			if err := tx.Row(t.Context(), `SELECT id FROM device WHERE account_id = $1`, h.Account["lead"]).Scan(&device); err != nil {
				return err
			}
			if _, err := tx.Exec(t.Context(), `INSERT INTO line_plan (id, strike_id, mode, input_sha256, levels, by_account, at) VALUES ('p', '', '', '', '[]', '', 0)`); err != nil {
				return err
			}
			return tx.Insert(t.Context(), "line_plan_place", []string{"plan_id", "person_id", "shift_id", "from_shift", "role", "minutes"}, [][]any{{"p", h.Person["Ingrid Dahl"], shift, "", "line", 5}})
		})
		who := *auth.By(h.As("lead"))
		who.Device = device
		booked, refused, err := h.Line.Accept(auth.As(t.Context(), &who), "p", nil, func(int, int) {
			do(func(tx *db.Tx) error {
				_, err := tx.Exec(t.Context(), `UPDATE role_grant SET ended_at = $1 WHERE account_id = $2`, tx.Now.UnixMilli(), h.Account["lead"])
				return err
			})
		})
		if booked != 0 || refused != 0 || fault.CodeOf(err) != fault.Forbidden {
			t.Errorf("%d booked, %d refused, %v", booked, refused, err)
		}
	})
}
