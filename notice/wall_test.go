// SPDX-License-Identifier: Apache-2.0

package notice

import (
	"testing"
	"time"
)

// Go 1.26: Time.ZoneBounds names an end before the time itself on 31 December of leap years. A loop that trusts it never ends.
func TestClocksGoOnInTheLastDaysOfALeapYear(t *testing.T) {
	t.Parallel()

	for _, name := range propertyZones {
		loc, err := LoadZone(name)
		if err != nil {
			t.Fatal(err)
		}
		for w := Date(2024, 12, 29).Start(); w.Before(Date(2025, 1, 3).Start()); w = w.Add(15 * time.Minute) {
			if all := instants(w, loc); len(all) != 1 || !wall(all[0], loc).Equal(w) {
				t.Errorf("%s in %s: %v", w, name, all)
			}
		}
	}
}

func TestARepeatedHourHasTwoInstantsAndASkippedOneNone(t *testing.T) {
	t.Parallel()

	loc, err := LoadZone("America/Chicago")
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]int{
		"2025-11-02T01:30": 2, "2025-11-02T00:30": 1, "2025-11-02T02:00": 1, "2026-03-08T02:30": 0,
		"2026-03-08T03:00": 1, "2026-03-08T01:59": 1,
	} {
		w, err := time.Parse("2006-01-02T15:04", text)
		if err != nil {
			t.Fatal(err)
		}
		if got := instants(w, loc); len(got) != want {
			t.Errorf("%s: %v, want %d", text, got, want)
		}
	}
	w := time.Date(2026, 3, 8, 2, 30, 0, 0, time.UTC)
	if got := momentText(firstAt(w, loc), loc); got != "2026-03-08T03:00-05:00[America/Chicago]" {
		t.Errorf("the jump over 02:30 is at %s", got)
	}
}
