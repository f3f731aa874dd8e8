// SPDX-License-Identifier: Apache-2.0

package organize

import (
	"context"
	_ "embed" // rules.json
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/roster"
)

// Rules are the thresholds that numbers are held against: own judgment, built on the manuals of unions, and a campaign's to change.
type Rules struct {
	Ladder          []Step `json:"ladder"`            // structure tests, from the easiest to the hardest
	SiteFloorPct    int    `json:"site_floor_pct"`    // no worksite under it counts as ready
	CaptainRatio    int    `json:"captain_ratio"`     // people to a captain
	LoadWarnOver    int    `json:"load_warn_over"`    // people led
	LoadAlertOver   int    `json:"load_alert_over"`   //
	LeaderValueMax  int    `json:"leader_value_max"`  // the worst value of a leader whose people count as covered
	ContactDays     int    `json:"contact_days"`      // how old a leader's talk may be
	SilentDays      int    `json:"silent_days"`       // after which a leader who recorded nothing is silent
	StaleDays       int    `json:"stale_days"`        // after which a value is old
	StaleNoticeDays int    `json:"stale_notice_days"` // the same once a strike notice was served
	AbsentPct       int    `json:"absent_pct"`        // of those booked who will not come
}

// Step is one rung of the ladder.
type Step struct {
	Key     string `json:"key"`  // of its name
	Kind    string `json:"kind"` // of structure test; "" for what another room measures: vote, booked shifts
	Public  bool   `json:"public"`
	Pct     int    `json:"pct"`
	PerSite bool   `json:"per_site"`
}

//go:embed rules.json
var rulesJSON []byte

const rulesSetting = "organize.rules"

// DefaultRules are those of a campaign that changed none.
func DefaultRules() Rules {
	var r Rules
	if err := json.Unmarshal(rulesJSON, &r); err != nil {
		panic(err) // embedded: every test reads it
	}
	return r
}

// RulesOf returns the campaign's rules.
func RulesOf(ctx context.Context, tx *db.Tx) (Rules, error) {
	r := DefaultRules()
	text, err := db.Setting(ctx, tx, rulesSetting)
	if err != nil || text == "" {
		return r, err
	}
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		return r, fmt.Errorf("read rules: %w", err)
	}
	return r, nil
}

// number is one number of the rules, with the range that makes sense of it.
type number struct {
	Name     string
	At       *int
	Min, Max int
}

func (r *Rules) numbers() []number {
	all := []number{
		{"site_floor_pct", &r.SiteFloorPct, 1, 100},
		{"captain_ratio", &r.CaptainRatio, 1, 100},
		{"load_warn_over", &r.LoadWarnOver, 1, 100},
		{"load_alert_over", &r.LoadAlertOver, 1, 200},
		{"leader_value_max", &r.LeaderValueMax, 1, 5},
		{"contact_days", &r.ContactDays, 1, 365},
		{"silent_days", &r.SilentDays, 1, 365},
		{"stale_days", &r.StaleDays, 1, 365},
		{"stale_notice_days", &r.StaleNoticeDays, 1, 365},
		{"absent_pct", &r.AbsentPct, 0, 99},
	}
	for i := range r.Ladder {
		all = append(all, number{"ladder_" + r.Ladder[i].Key, &r.Ladder[i].Pct, 1, 100})
	}
	return all
}

// SetRules changes the rules; numbers that came out before stay as they were. Errors: Invalid by field, Forbidden for whoever
// does not manage tests of the whole unit.
func (s *Store) SetRules(ctx context.Context, r Rules) error {
	reach, err := auth.Allowed(ctx, TestManage)
	if err != nil {
		return err
	}
	if !reach.All {
		return fault.New(fault.Forbidden, "auth.not_your_role")
	}
	var problems []*fault.Error
	for _, n := range r.numbers() {
		if *n.At < n.Min || *n.At > n.Max {
			problems = append(problems, fault.Field(n.Name, "organize.rules.range", "Min", n.Min, "Max", n.Max))
		}
	}
	if r.LoadAlertOver < r.LoadWarnOver {
		problems = append(problems, fault.Field("load_alert_over", "organize.rules.order"))
	}
	if !slices.EqualFunc(r.Ladder, DefaultRules().Ladder, func(a, b Step) bool { return a.Key == b.Key }) {
		problems = append(problems, fault.Field("ladder", "organize.choose"))
	}
	if err := fault.Join(problems...); err != nil {
		return err
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		if err := db.PutSetting(ctx, tx, rulesSetting, jsonOf(r)); err != nil {
			return err
		}
		changed(tx)
		_, err := audit.Append(ctx, tx, audit.Entry{Verb: "rules.change", Count: 1})
		return err
	})
}

// Share is X people of N. N never counts those alone who were asked.
type Share struct {
	X int `json:"x"`
	N int `json:"n"`
}

// Meets tells whether the share is at least pct percent; of nobody it is not.
func (s Share) Meets(pct int) bool { return s.N > 0 && s.X >= Needed(s.N, pct) }

// Tenths returns the share in tenths of a percent, rounded half up; of nobody -1.
func (s Share) Tenths() int {
	if s.N == 0 {
		return -1
	}
	return (2000*s.X + s.N) / (2 * s.N)
}

// Pct is the share in whole percent, rounded down: for bars.
func (s Share) Pct() int {
	if s.N == 0 {
		return 0
	}
	return 100 * s.X / s.N
}

// Needed returns how many of n are at least pct percent.
func Needed(n, pct int) int { return (n*pct + 99) / 100 }

// Majority returns how many of n are more than half.
func Majority(n int) int { return n/2 + 1 }

// CaptainsNeeded is one a worksite at least, and one for every ratio people.
func CaptainsNeeded(sites, n, ratio int) int { return max(sites, (n+ratio-1)/ratio) }

// Load says whether a leader has too many people: "ok", "warn", "alert".
func (r *Rules) Load(led int) string {
	switch {
	case led > r.LoadAlertOver:
		return "alert"
	case led > r.LoadWarnOver:
		return "warn"
	}
	return "ok"
}

// Stale tells whether a value assessed on a day is old today; it still counts. notice: a strike notice was served.
func (r *Rules) Stale(assessed, today roster.Date, notice bool) bool {
	days := r.StaleDays
	if notice {
		days = r.StaleNoticeDays
	}
	return assessed.AddDays(days).Before(today)
}

// Expected is how many of those booked will come, rounded down: never promise a person who may not come.
func (r *Rules) Expected(booked int) int { return booked * (100 - r.AbsentPct) / 100 }

// since returns the first instant of the day that lies days before day.
func since(day roster.Date, days int, zone *time.Location) time.Time {
	return time.Date(day.Year, day.Month, day.Day-days, 0, 0, 0, 0, zone)
}

// Measures are the parts of readiness, in the order in which a tie names one.
var Measures = []string{"public", "booked", "coverage"}

// Weakest returns the lowest of the shares and its name: readiness is the weakest link, never an average. A tie names the first
// of Measures. Of nobody it is -1 and nothing limits it.
func Weakest(public, booked, coverage Share) (least Share, limits string) {
	for i, s := range []Share{public, booked, coverage} {
		if limits == "" || s.X*least.N < least.X*s.N {
			least, limits = s, Measures[i]
		}
	}
	if least.N == 0 {
		return least, ""
	}
	return least, limits
}
