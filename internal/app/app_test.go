// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"testing"
	"time"

	"github.com/tenday/tenday/internal/app/apptest"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/line"
)

// Hours are counted again when the pay is made, long after the strike was closed: they end where it ended all the same.
func TestTheLinesKnowWhenAClosedStrikeEnded(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		end := time.Date(2025, 11, 6, 13, 0, 0, 0, time.UTC)
		all, err := db.InTx(t.Context(), h.DB, func(tx *db.Tx) ([]line.Strike, error) {
			err := tx.Insert(t.Context(), "strike", []string{"id", "kind", "title", "state", "starts", "starts_at", "ends", "ends_at", "start_scope", "facts_version", "by_account", "at"},
				[][]any{{"s1", "strike", "Strike", "closed", "2025-11-05T07:00[America/Chicago]", end.Add(-24 * time.Hour).UnixMilli(), "2025-11-06T07:00[America/Chicago]", end.UnixMilli(), "", 1, "x", 0}})
			if err != nil {
				return nil, err
			}
			return h.Line.Strikes(t.Context(), tx)
		})
		if err != nil || len(all) != 1 || !all[0].Ends.Equal(end) || all[0].State != "closed" {
			t.Errorf("%+v, %v", all, err)
		}
	})
}

func TestTheHouseStands(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		if a := h.Get("", "/healthz", ""); a.Status != 200 || a.Body != "ok\n" {
			t.Errorf("health = %d %q", a.Status, a.Body)
		}
		for role, want := range map[string]int{"": 303, "operator": 200, "captain": 403, "lapsed": 403} {
			if a := h.Get(role, "/metrics", ""); a.Status != want {
				t.Errorf("metrics as %q = %d, want %d", role, a.Status, want)
			}
		}
		if a := h.Get("officer", "/nowhere", ""); a.Status != 404 {
			t.Errorf("nowhere = %d: %.200s", a.Status, a.Body)
		}
	})
}
