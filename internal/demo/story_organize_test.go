// SPDX-License-Identifier: Apache-2.0

package demo

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/organize"
)

// B06.1: on the last day of October, before the new list: 471 of 600 pledged, 402 publicly, 388 booked, 455 talked with in 14 days.
func TestTheCampaignIsOrganizedAsTheStorySays(t *testing.T) {
	t.Parallel()
	slow(t)

	ctx := t.Context()
	start := time.Now()
	d, err := New(ctx, Config{At: "2025-10-31T16:00"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := d.Close(ctx); err != nil {
			t.Error(err)
		}
	}()
	t.Logf("built in %v", time.Since(start))
	h := d.enter()
	defer h.users.Done()
	lead, err := h.as(ctx, "lead")
	if err != nil {
		t.Fatal(err)
	}
	ready, err := db.InRead(lead, h.DB, func(tx *db.Tx) (*organize.Readiness, error) {
		return h.Organize.Readiness(lead, tx, auth.Reach{All: true})
	})
	if err != nil {
		t.Fatal(err)
	}
	got := []organize.Share{ready.All.Pledged, ready.All.Public, ready.All.Booked, ready.All.Recent}
	if diff := cmp.Diff([]organize.Share{{X: 471, N: 600}, {X: 402, N: 600}, {X: 388, N: 600}, {X: 455, N: 600}}, got); diff != "" {
		t.Errorf("pledged, publicly, booked, talked with (-want +got):\n%s", diff)
	}
	if len(ready.Sites) != 61 {
		t.Errorf("%d worksites, want 61", len(ready.Sites))
	}
	c, err := h.Organize.Coverage(lead)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("coverage %+v, leaders %d, warn %d, silent %d", c.Cover, c.Leaders, c.Warn, c.Silent)
}
