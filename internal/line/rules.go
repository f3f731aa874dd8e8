// SPDX-License-Identifier: Apache-2.0

package line

import (
	"context"
	_ "embed" // rules.json
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/tenday/tenday/internal/db"
)

// Rules are the campaign's times and numbers: rules.json, and over it the setting line.rules (JSON with the keys that differ).
type Rules struct {
	Hours             int     `json:"hours"` // of a shift
	SignupAdvanceH    int     `json:"signup_advance_hours"`
	CancelUntilH      int     `json:"cancel_until_hours"`
	OpenCheckinMin    int     `json:"open_checkin_before_min"`
	CaptainInMin      int     `json:"open_checkin_captain_before_min"` // for captains and safety leads of the shift
	LateOutMin        int     `json:"late_out_counts_min"`
	MissingListMin    int     `json:"missing_list_after_min"`
	AbsentMin         int     `json:"absent_after_min"` // from when a captain may say that somebody did not come
	OfferMin          int     `json:"offer_runs_out_min"`
	OfferSoonMin      int     `json:"offer_runs_out_min_within_12h"`
	SwapEndsMin       int     `json:"swap_ends_before_min"`
	AskAtOnce         int     `json:"ask_at_once"`       // colleagues who are asked to swap
	AskFreed          int     `json:"ask_freed_at_once"` // who is asked to take a place that nobody waits for
	RestH             int     `json:"rest_hours"`
	AbsentRate        float64 `json:"absent_rate"`
	ReportRedMin      int     `json:"report_age_red_min"`
	ConfirmDaysBefore int     `json:"confirm_request_days_before"`
	ConfirmAt         string  `json:"confirm_request_local"`
	CallListAt        string  `json:"call_list_local"` // on the day of the confirm request: who has not answered is called from then on
	DayOfAt           string  `json:"day_of_mail_local"`
	EarlyBefore       string  `json:"early_before_local"` // a start before it is early
	EarlyMin          int     `json:"early_mail_before_min"`
	NotBefore         string  `json:"no_mail_before_local"`
	EveningBefore     string  `json:"evening_before_local"`
	TextMin           int     `json:"text_min_before"`
	AskedAfterMin     int     `json:"attended_question_min_after_end"`
	QuietFrom         string  `json:"quiet_from_local"`
	QuietTo           string  `json:"quiet_to_local"`
}

//go:embed rules.json
var rulesJSON []byte

var houseRules = sync.OnceValue(func() Rules {
	var r Rules
	if err := json.Unmarshal(rulesJSON, &r); err != nil {
		panic(fmt.Errorf("rules.json: %w", err)) // embedded: every test reads it
	}
	return r
})

func rulesOf(ctx context.Context, tx *db.Tx) (Rules, error) {
	r := houseRules()
	own, err := db.Setting(ctx, tx, "line.rules")
	if err != nil || own == "" {
		return r, err
	}
	if err := json.Unmarshal([]byte(own), &r); err != nil {
		return r, fmt.Errorf("read setting line.rules: %w", err)
	}
	return r, nil
}

func minutes(n int) time.Duration { return time.Duration(n) * time.Minute }

func (r Rules) cancelUntil() time.Duration  { return time.Duration(r.CancelUntilH) * time.Hour }
func (r Rules) checkinOpens() time.Duration { return minutes(r.OpenCheckinMin) }

// captainsIn is from when before a shift its captains and safety leads check in: never later than everybody.
func (r Rules) captainsIn() time.Duration { return max(minutes(r.CaptainInMin), r.checkinOpens()) }

func (r Rules) lateOut() time.Duration { return minutes(r.LateOutMin) }

// calls is from when those who have not answered are called: starts carries the line's zone.
func (r Rules) calls(starts time.Time) time.Time {
	t, err := time.Parse("15:04", r.CallListAt)
	if err != nil {
		return starts
	}
	d := starts.AddDate(0, 0, -r.ConfirmDaysBefore)
	return time.Date(d.Year(), d.Month(), d.Day(), t.Hour(), t.Minute(), 0, 0, starts.Location())
}

// offered is how long a place is held for the next in line.
func (r Rules) offered(now, starts time.Time) time.Duration {
	if starts.Sub(now) <= 12*time.Hour {
		return minutes(r.OfferSoonMin)
	}
	return minutes(r.OfferMin)
}
