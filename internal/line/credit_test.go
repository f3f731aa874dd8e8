// SPDX-License-Identifier: Apache-2.0

package line

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

type vectors struct {
	Credit []struct {
		ID, Why string
		Strike  [2]time.Time
		Shifts  []struct {
			Line         string
			Starts, Ends time.Time
		}
		Events []struct {
			ID, Kind, Line string
			At             time.Time
		}
		Minutes int
		Flags   []string
	} `json:"checkin_credit"`
	Reminders []struct {
		ID          string
		StartsLocal string `json:"starts_local"`
		Zone        string
		BookedLocal string `json:"booked_local"`
		OddHours    bool   `json:"odd_hours_ok"`
		Out         []struct {
			Kind string
			At   time.Time
		}
	} `json:"reminders"`
}

func loadVectors(t *testing.T) (v vectors) {
	t.Helper()
	b, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// B12.3
func TestHoursAreThoseOfTheVectors(t *testing.T) {
	t.Parallel()

	all := loadVectors(t).Credit
	if len(all) != 11 {
		t.Fatalf("%d vectors", len(all))
	}
	for _, k := range all {
		var shifts []Stretch
		for _, s := range k.Shifts {
			shifts = append(shifts, Stretch{s.Line, s.Starts, s.Ends})
		}
		var marks []Mark
		for _, e := range k.Events {
			marks = append(marks, Mark{ID: e.ID, Line: e.Line, In: e.Kind == "in", At: e.At})
		}
		minutes, flags := Credit(Stretch{Start: k.Strike[0], End: k.Strike[1]}, shifts, marks, houseRules().lateOut())
		if diff := cmp.Diff(k.Flags, flags, cmpopts.EquateEmpty()); diff != "" || minutes != k.Minutes {
			t.Errorf("%s (%s): %d minutes, want %d; flags %s", k.ID, k.Why, minutes, k.Minutes, diff)
		}
	}
}

func TestRemindersAreThoseOfTheVectors(t *testing.T) {
	t.Parallel()

	all := loadVectors(t).Reminders
	if len(all) != 7 {
		t.Fatalf("%d vectors", len(all))
	}
	for _, r := range all {
		zone, err := time.LoadLocation(r.Zone)
		if err != nil {
			t.Fatal(err)
		}
		at := func(text string) time.Time {
			x, err := time.ParseInLocation("2006-01-02T15:04", text, zone)
			if err != nil {
				t.Fatal(err)
			}
			return x
		}
		var want []Reminder
		for _, o := range r.Out {
			want = append(want, Reminder{o.Kind, o.At})
		}
		got := Reminders(houseRules(), at(r.StartsLocal), time.Time{}, at(r.BookedLocal), r.OddHours)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", r.ID, diff)
		}
	}
}

// Two phones, no network, double scans: the same marks in any order, sent any number of times, make the same hours, and never more than the shifts.
func TestHoursDoNotDependOnHowMarksArrive(t *testing.T) {
	t.Parallel()

	start := time.Date(2025, 11, 5, 13, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		var shifts []Stretch
		for i, line := range []string{"a", "a", "b"} {
			from := start.Add(time.Duration(i*4) * time.Hour)
			shifts = append(shifts, Stretch{line, from, from.Add(4 * time.Hour)})
		}
		var marks []Mark
		for i := range rapid.IntRange(0, 8).Draw(t, "marks") {
			marks = append(marks, Mark{
				ID: string(rune('a' + i)), Line: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "line"), In: rapid.Bool().Draw(t, "in"),
				At: start.Add(time.Duration(rapid.IntRange(-60, 800).Draw(t, "at")) * time.Minute), Self: rapid.Bool().Draw(t, "self"),
			})
		}
		strike := Stretch{Start: start, End: start.Add(24 * time.Hour)}
		want, flags := Credit(strike, shifts, marks, 30*time.Minute)
		again := append(rapid.Permutation(marks).Draw(t, "order"), marks...)
		got, gotFlags := Credit(strike, shifts, again, 30*time.Minute)
		if len(marks) > 0 {
			flags = append(flags, SameID)
		}
		less := func(a, b string) bool { return a < b }
		if diff := cmp.Diff(flags, gotFlags, cmpopts.EquateEmpty(), cmpopts.SortSlices(less)); got != want || diff != "" {
			t.Fatalf("%d minutes, then %d; %s", want, got, diff)
		}
		if want < 0 || want > 12*60+30 {
			t.Fatalf("%d minutes", want)
		}
	})
}
