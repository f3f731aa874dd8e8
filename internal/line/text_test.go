// SPDX-License-Identifier: Apache-2.0

package line

import (
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/picket"
)

// Keys that are put together from data have their sentences, in every language.
func TestEveryKeyMadeOfDataHasItsSentence(t *testing.T) {
	t.Parallel()

	var want []string
	for _, r := range Roles {
		want = append(want, "line.role."+string(r))
	}
	for _, s := range []ShiftState{Draft, Open, Frozen, Running, Done, Cancelled} {
		want = append(want, "line.shift_state."+string(s))
	}
	for kind := range live {
		want = append(want, "line.mail."+kind)
	}
	for _, kind := range toCaptain {
		want = append(want, "line.mail.unled."+kind)
	}
	for key, other := range otherwise {
		want = append(want, key, other)
	}
	for _, k := range IncidentKinds {
		want = append(want, "line.incident."+k)
	}
	for _, s := range []string{"captured", "described", "reviewed", "closed"} {
		want = append(want, "line.incident_state."+s)
	}
	for _, l := range []picket.Level{picket.ShortCaptain, picket.ShortMin, picket.ShortTarget, picket.Spread, picket.Unplaced, picket.ExtraShifts, picket.BurdenMin} {
		want = append(want, "line.level."+l.String())
	}
	for _, act := range []string{"signup", "cancel", "take", "seek", "keep", "tell", "confirm", "swap_take", "swap_approve", "checkin_in", "checkin_out", "absent", "release", "role"} {
		want = append(want, "line.said."+act)
	}
	for _, r := range []Role{Captain, Safety, OnLine} {
		want = append(want, "line.day.make."+string(r))
	}
	for _, code := range []string{"bad_time", "time_does_not_exist", "time_ambiguous"} {
		want = append(want, "line.wall."+code)
	}
	for _, r := range []picket.Role{picket.Captain, picket.Safety, picket.Line, picket.Standby} {
		want = append(want, "picket.role."+r.String())
	}
	for _, key := range []string{
		"placed", "alt.captain", "alt.min", "alt.target", "alt.spread", "alt.unplaced", "alt.extra", "alt.burden", "alt.disturbed", "alt.tie", "alt.full", "if_needed_min",
		"if_needed_target", "extra", "team", "ban", "un.duty", "un.max_shifts", "un.no_hours", "un.ban", "un.too_far", "un.no_place", "un.full", "un.not_needed", "place",
	} {
		want = append(want, "picket.say."+key)
	}
	for _, said := range []string{teams, bans, ways, "remove", "back"} {
		want = append(want, "line.said.condition_"+said)
	}
	for _, worth := range []string{"short_captain", "short_min", "short_target"} {
		want = append(want, "line.worth."+worth, "line.worth."+worth+"_last")
	}
	for _, by := range []string{"self", "captain", "plan_then", "plan_alone"} {
		want = append(want, "line.why."+by)
	}
	want = append(want, "line.worth.short_captain_elsewhere", "line.worth.short_min_elsewhere", "line.worth.disturbed")
	b, err := i18n.New(Text)
	if err != nil {
		t.Fatal(err)
	}
	for locale, you := range map[string]string{"en": `(?i)\byou`, "es": `(?i)\b(usted|su capitan)`} { // what is said to others of somebody, or to both
		for _, key := range append(slices.Collect(maps.Values(otherwise)), "line.state.offered", "line.full", "line.plan_full", "line.plan_full_until", "line.no_such_role", "line.moved_on") {
			if text := b.For(locale).M(key, nil); regexp.MustCompile(you).MatchString(text) {
				t.Errorf("%s %s: %s", locale, key, text)
			}
		}
	}
	for _, l := range i18n.Locales {
		have := b.Keys(l)
		for _, key := range want {
			if _, ok := slices.BinarySearch(have, key); !ok {
				t.Errorf("%s: no sentence for %s", l, key)
			}
		}
	}
}

// Every act that this room puts on record is told in words on the officers' page.
func TestEveryVerbHasItsSentence(t *testing.T) {
	t.Parallel()

	raw, err := os.ReadFile("../audit/trail/text/audit.en.json")
	if err != nil {
		t.Fatal(err)
	}
	var have map[string]any
	if err := json.Unmarshal(raw, &have); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	verb := regexp.MustCompile(`Verb: "([a-z_.]+)"`)
	found := 0
	for _, f := range files {
		if f.IsDir() {
			continue
		}
		b, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range verb.FindAllStringSubmatch(string(b), -1) {
			found++
			if have["audit.verb."+m[1]] == nil {
				t.Errorf("%s: no sentence for the verb %s", f.Name(), m[1])
			}
		}
	}
	if found < 30 {
		t.Errorf("only %d verbs were found", found)
	}
}
