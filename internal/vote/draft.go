// SPDX-License-Identifier: Apache-2.0

package vote

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tenday/tenday/ballot"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/mail"
)

// Draft is what an officer decides before the roll is frozen. Nothing of it changes afterwards.
type Draft struct {
	Kind        string   `json:"kind"` // strike_authorization, ratification, officer_election, other
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Question    string   `json:"question"`
	Answers     []string `json:"answers"` // the first is what the rule asks for
	Blank       bool     `json:"blank"`
	Max         int      `json:"max"` // answers that one ballot may choose

	AsOf          string `json:"as_of"` // civil day
	GoodStanding  bool   `json:"good_standing"`
	ChallengeDays int    `json:"challenge_days"`

	Opens  string `json:"opens"` // wall time in Zone, minute precision
	Closes string `json:"closes"`
	Zone   string `json:"zone"`

	Quorum    ballot.Quorum `json:"quorum"`
	Pass      ballot.Pass   `json:"pass"`
	Source    string        `json:"source"` // "bylaws art. 10"
	Retention int           `json:"retention_days"`

	Trustees  int      `json:"trustees"`
	Threshold int      `json:"threshold"` // 0: every trustee is needed, each with a key of her own
	Observers []string `json:"-"`         // addresses that get the signed heads: nobody reads them but officers, in the form
}

// The kinds of votes. For the first two the rule is about the first answer; the others have counts, and the rule where it applies.
var kinds = []string{"strike_authorization", "ratification", "officer_election", "other"}

// Minute is the form of a wall time: what <input type="datetime-local"> sends.
const Minute = "2006-01-02T15:04"

// smallUnit is the number of voters below which a result may tell how somebody voted (our default, no source).
const smallUnit = 20

// opensAt and closesAt are the draft's hours as instants.
func (d *Draft) opensAt() time.Time  { t, _ := wall(d.Opens, d.Zone); return t }
func (d *Draft) closesAt() time.Time { t, _ := wall(d.Closes, d.Zone); return t }

// wall returns the instant of a wall time, and which problem it has: "form", "gap" for an hour that the clocks skip, "twice" for one
// that they repeat, "" for none. Nobody is to guess which hour was meant.
func wall(text, zone string) (time.Time, string) {
	loc, err := time.LoadLocation(zone)
	if err != nil || zone == "" {
		return time.Time{}, "form"
	}
	t, err := time.ParseInLocation(Minute, text, loc)
	switch {
	case err != nil:
		return t, "form"
	case t.Format(Minute) != text:
		return t, "gap"
	}
	for _, shift := range []time.Duration{-time.Hour, -30 * time.Minute, 30 * time.Minute, time.Hour} {
		if t.Add(shift).Format(Minute) == text {
			return t, "twice"
		}
	}
	return t, ""
}

// check returns every problem of d as a form shows them. Errors: Invalid by field.
func (d *Draft) check(now time.Time) error {
	var all []*fault.Error
	add := func(bad bool, field, key string, args ...any) {
		if bad {
			all = append(all, fault.Field(field, key, args...))
		}
	}
	add(!slices.Contains(kinds, d.Kind), "kind", "vote.draft.kind_unknown")
	long := func(s string, most int) bool { return utf8.RuneCountInString(s) > most }
	add(d.Name == "" || long(d.Name, 120), "name", "vote.draft.name_form")
	add(d.Question == "" || long(d.Question, 400), "question", "vote.draft.question_form")
	add(long(d.Description, 4000), "description", "vote.draft.description_long")
	add(len(d.Answers) < 2 || len(d.Answers) > 20, "answers", "vote.draft.answers_count")
	for i, a := range d.Answers {
		add(long(a, 200) || slices.Contains(d.Answers[:i], a), "answers", "vote.draft.answers_form")
	}
	add(d.Max < 1 || d.Max >= max(2, len(d.Answers)+1), "max", "vote.draft.max_range")
	if _, err := time.Parse(time.DateOnly, d.AsOf); err != nil {
		add(true, "as_of", "vote.draft.as_of_form")
	}
	opens, bad := wall(d.Opens, d.Zone)
	add(bad != "", "opens", "vote.draft.wall_"+bad)
	closes, bad2 := wall(d.Closes, d.Zone)
	add(bad2 != "", "closes", "vote.draft.wall_"+bad2)
	if bad == "" && bad2 == "" {
		add(!closes.After(opens.Add(time.Hour-time.Nanosecond)), "closes", "vote.draft.closes_before")
		add(!closes.After(now), "closes", "vote.draft.closes_past")
		add(d.AsOf > d.Opens[:10], "as_of", "vote.draft.as_of_late")
	}
	add(d.Retention < 30 || d.Retention > 3660, "retention", "vote.draft.retention_range")
	add(d.ChallengeDays < 0 || d.ChallengeDays > 90, "challenge_days", "vote.draft.challenge_range")
	add(d.Trustees < 2 || d.Trustees > 9, "trustees", "vote.draft.trustees_range")
	add(d.Threshold == 1 || d.Threshold < 0 || d.Threshold > d.Trustees, "threshold", "vote.draft.threshold_range")
	var rule *ballot.RuleError
	one := 1
	if _, err := d.rule().Decide(ballot.Counts{Eligible: 1, Cast: 1, Present: &one}); err != nil {
		add(true, "pass", "vote.draft.rule_form")
		_ = rule
	}
	for _, o := range d.Observers {
		if _, err := mail.Personal(o, nil); err != nil {
			add(true, "observers", "vote.draft.observer_form", "Address", o)
		}
	}
	return fault.Join(all...)
}

func (d *Draft) rule() ballot.Rule { return ballot.Rule{Quorum: d.Quorum, Pass: d.Pass} }

// rules are the rules of the local as they are fixed at setup (spec, section 17): their hash stands in the election's description.
type rules struct {
	Kind          string        `json:"kind"`
	EligibleAsOf  string        `json:"eligible_as_of"`
	GoodStanding  bool          `json:"good_standing"`
	RosterVersion string        `json:"roster_version"`
	OpensAt       string        `json:"opens_at"`
	ClosesAt      string        `json:"closes_at"`
	Quorum        ballot.Quorum `json:"quorum"`
	Pass          ballot.Pass   `json:"pass"`
	YesSlot       int           `json:"yes_slot"`
	ChallengeDays int           `json:"challenge_days"`
	RetentionDays int           `json:"retention_days"`
	Source        string        `json:"source"`
}

// yesSlot is the slot of the answer that the rule asks for.
func (d *Draft) yesSlot() int {
	if d.Blank {
		return 1
	}
	return 0
}

// rulesJSON returns the rules file and its hash.
func (d *Draft) rulesJSON(rosterVersion string) (file []byte, hash string) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	_ = e.Encode(rules{ // texts and numbers
		d.Kind, d.AsOf, d.GoodStanding, rosterVersion, d.opensAt().Format(time.RFC3339), d.closesAt().Format(time.RFC3339),
		d.Quorum, d.Pass, d.yesSlot(), d.ChallengeDays, d.Retention, d.Source,
	})
	sum := sha256.Sum256(b.Bytes())
	return b.Bytes(), hex.EncodeToString(sum[:])
}

// electionName and electionText are what voters see in the archive.
func (d *Draft) electionText(rosterVersion string) string {
	_, hash := d.rulesJSON(rosterVersion)
	return strings.TrimSpace(d.Description + "\n\nrules.json sha256 " + hash)
}

// questions returns the engine's form of the question. Without blank, one answer at least is asked for.
func (d *Draft) questions() []ballot.Question {
	q := ballot.Question{Text: d.Question, Answers: d.Answers, Min: 1, Max: d.Max}
	if d.Blank {
		q.Blank = &d.Blank
	}
	return []ballot.Question{q}
}

// slots returns the names of the slots, "" for blank.
func (d *Draft) slots() []string {
	if d.Blank {
		return append([]string{""}, d.Answers...)
	}
	return d.Answers
}

// keptDraft is a draft as it is stored: with what its JSON does not show.
type keptDraft struct {
	*Draft
	Observers []string `json:"observers"`
}

func (d *Draft) unmarshal(text []byte) error {
	k := keptDraft{Draft: d}
	err := json.Unmarshal(text, &k)
	d.Observers = k.Observers
	return err
}

func (d *Draft) marshal() (string, error) {
	b, err := json.Marshal(keptDraft{d, d.Observers})
	if err != nil {
		return "", fmt.Errorf("write draft: %w", err)
	}
	return string(b), nil
}
