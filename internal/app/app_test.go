// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"testing"

	"github.com/tenday/tenday/internal/app/apptest"
)

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
