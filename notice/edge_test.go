// SPDX-License-Identifier: Apache-2.0

package notice

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// Cases just on the edge, beside the vectors.
func TestEdges(t *testing.T) {
	t.Parallel()

	receipts := func(at string) []Edit {
		return []Edit{set("notices[n-10].deliveries[institution].received_at", at), set("notices[n-10].deliveries[fmcs].received_at", at)}
	}
	for _, c := range []struct {
		name, vector string
		edits        []Edit
		asOf         Day
		action, rule string
		want         Verdict
	}{
		{
			"an earlier act that is not over has not used the notice", "V43",
			[]Edit{set("actions[s1].state", "planned"), unset("actions[s1].actual_start"), unset("actions[s1].actual_end")},
			Date(2025, 11, 1), "s2", "HC-35", Lawful,
		},
		{"the last day of a freeze", "V41b", []Edit{set("actions[s1].start", "2026-04-04T07:00[America/Chicago]")}, Date(2026, 3, 24), "s1", "HC-51", Unlawful},
		{"the day after a freeze", "V41b", []Edit{set("actions[s1].start", "2026-04-05T07:00[America/Chicago]")}, Date(2026, 3, 24), "s1", "HC-51", Lawful},
		{
			"no report yet, within its time", "V41",
			[]Edit{unset("inquiries[boi].reported_on"), set("actions[s1].start", "2026-03-14T07:00[America/Chicago]")},
			Date(2026, 3, 24), "s1", "HC-51", Unlawful,
		},
		{"no report yet, beyond its time", "V41", []Edit{unset("inquiries[boi].reported_on")}, Date(2026, 3, 24), "s1", "HC-51", Unsure},
		{"an inquiry appointed a day late", "V41b", []Edit{set("inquiries[boi].appointed_on", "2026-02-13[America/Chicago]")}, Date(2026, 3, 24), "s1", "HC-51", Lawful},
		{
			"two agencies on two days", "V36",
			[]Edit{set("notices[n-dispute].deliveries[state_agency].received_at", "2026-04-02T12:00[America/Chicago]")},
			Date(2026, 5, 21), "s1", "HC-12", AtRisk,
		},
		{
			"a day of the start without its hour", "V01",
			[]Edit{set("actions[s1].start", "2025-11-05[America/Chicago]"), unset("actions[s1].end")},
			Date(2025, 10, 27), "s1", "HC-33", Unsure,
		},
		{"an extension to an earlier time moves nothing", "V07", []Edit{
			set("notices[n-10].extensions[x1].new_start", "2025-11-04T20:00[America/Chicago]"),
			set("actions[s1].start", "2025-11-04T20:00[America/Chicago]"),
		}, Date(2025, 11, 4), "s1", "HC-34", Unlawful},
		{
			"the old start after both signed a new one", "V07",
			[]Edit{set("actions[s1].start", "2025-11-05T07:00[America/Chicago]")},
			Date(2025, 11, 4), "s1", "HC-34", Unlawful,
		},
		{"an extension not yet signed", "V07", nil, Date(2025, 11, 3), "s1", "HC-33", Unsure},
		{"no such agency exists", "V64", []Edit{set("recipients", `{"state_agency":{"none":true}}`)}, Date(2025, 10, 27), "s1", "HC-20", Lawful},
		{"all sites by a star", "V01", []Edit{set("notices[n-10].announces[a].sites", `["*"]`)}, Date(2025, 10, 27), "s1", "HC-42", AtRisk},
		{"a picket under a strike notice", "V14", []Edit{set("notices[n-10].announces[a].kinds", `["strike"]`)}, Date(2025, 10, 27), "p1", "HC-46", AtRisk},
		{
			"half past midnight in New York is the day before in Chicago", "V01",
			append(receipts("2025-10-27T00:30[America/New_York]"), set("recipients", `{"fmcs":{"zone":"America/Chicago"}}`)),
			Date(2025, 10, 28), "s1", "HC-30", AtRisk,
		},
		{"a series nobody spoke of", "V01", []Edit{unset("actions[s1].series_announced")}, Date(2025, 10, 27), "s1", "HC-60", Unsure},
		{
			"the day on which the contract ends is still the contract's", "V36",
			[]Edit{set("actions[s1].start", "2026-05-31T07:00[America/Chicago]")},
			Date(2026, 5, 21), "s1", "HC-17", Unlawful,
		},
		{"before the case on series", "V77", nil, Date(2019, 7, 24), "s1", "US-60", NA},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()

			r := Evaluate(PackByID(vectorNamed(t, c.vector).Pack), edited(t, c.vector, c.edits...), c.asOf)
			got := NA
			for _, l := range r.Lines {
				if l.Rule == c.rule && l.Action == c.action {
					got = l.Verdict
				}
			}
			if got != c.want {
				t.Errorf("%s is %v, want %v", c.rule, got, c.want)
			}
		})
	}
}

func TestAnUnknownHourCountsAgainstTheOneWhoHasToShowIt(t *testing.T) {
	t.Parallel()

	wallPasses := func(at string) bool {
		f := edited(t, "V01", set("notices[n-10].deliveries[institution].received_at", at), set("notices[n-10].deliveries[fmcs].received_at", at))
		l := lineOf(Evaluate(PackByID("us-nlra-hc"), f, Date(2025, 10, 27)), "HC-30")
		i := slices.IndexFunc(l.Readings, func(r Reading) bool { return r.ID == "wall" })
		return *l.Readings[i].Pass
	}
	if wallPasses("2025-10-26[America/Chicago]") {
		t.Error("some time on the tenth day before is not before seven")
	}
	if !wallPasses("2025-10-26T07:00[America/Chicago]") {
		t.Error("ten days at the same wall clock are ten days")
	}
}

func TestStrikesNinetyDaysApartAreNoSeries(t *testing.T) {
	t.Parallel()

	const day = "2025-11-13T07:00[America/Chicago]" // ninety days before the fourth
	f := edited(t, "V44", set("actions[s1].start", day), set("actions[s1].actual_start", day), unset("actions[s1].end"))
	for _, l := range Evaluate(PackByID("us-nlra-hc"), f, Date(2026, 2, 1)).Lines {
		if l.Rule == "HC-60" && l.Action == "s4" && l.Dates["count"] != "3" {
			t.Errorf("count %s, want 3", l.Dates["count"])
		}
	}
}

func TestAContestedActThatWasNoticedIsTreatedAsCovered(t *testing.T) {
	t.Parallel()

	f := edited(t, "V01", set("actions[s1].sponsor", "employees"), set("actions[s1].union_involvement", "steward"))
	if got := Evaluate(PackByID("us-nlra-hc"), f, Date(2025, 10, 27)).Actions[0].CountsAs; got != "strike" {
		t.Errorf("counts as %s", got)
	}
}

func TestACancelledActDoesNotCountForTheFile(t *testing.T) {
	t.Parallel()

	r := Evaluate(PackByID("us-nlra-hc"), edited(t, "V43", set("actions[s2].state", "cancelled")), Date(2025, 11, 20))
	if r.Verdict != Lawful || r.Actions[1].Verdict != Unlawful {
		t.Errorf("file %v, cancelled action %v", r.Verdict, r.Actions[1].Verdict)
	}
	r = Evaluate(PackByID("us-nlra-hc"), edited(t, "V01", set("actions", "[]")), Date(2025, 11, 20))
	if r.Verdict != Unsure {
		t.Errorf("no action at all: %v", r.Verdict)
	}
}

func TestAWithdrawnNoticeLocksNothing(t *testing.T) {
	t.Parallel()

	for _, path := range Locked(factsOf(t, "V42")) {
		if strings.Contains(path, "[n-10]") {
			t.Errorf("%s is locked", path)
		}
	}
}

func TestTheGuardCountsWholeMinutes(t *testing.T) {
	t.Parallel()

	f := factsOf(t, "V01")
	seven := f.Actions[0].Start.Begin()
	for after, want := range map[time.Duration]string{
		-30 * time.Second: GuardImminent, 0: GuardGo, 59 * time.Second: GuardGo,
		time.Minute: GuardTooLate, -15 * time.Minute: GuardImminent, -16 * time.Minute: GuardNear, -24 * time.Hour: GuardNear,
		-24*time.Hour - time.Minute: GuardFar,
	} {
		if g, err := Guard(f, "s1", seven.Add(after)); err != nil || g.State != want {
			t.Errorf("%v: %s, want %s (%v)", after, g.State, want, err)
		}
	}
}

func TestAStepWhoseLastDayIsPastIsBlocked(t *testing.T) {
	t.Parallel()

	p, f := PackByID("us-nlra-hc"), factsOf(t, "P01")
	for asOf, want := range map[Day]string{Date(2025, 10, 24): "open", Date(2025, 10, 25): "late", Date(2025, 10, 26): "late", Date(2025, 10, 27): "blocked"} {
		pl, err := Solve(p, f, "s1", asOf, HouseBuffer)
		if err != nil || pl.Steps[0].State != want {
			t.Errorf("as of %v: %s, want %s (%v)", asOf, pl.Steps[0].State, want, err)
		}
	}
	pl, err := Solve(PackByID("us-mn-pelra"), factsOf(t, "V48"), "s1", Date(2026, 4, 7), HouseBuffer)
	if err != nil || pl.Feasible || !slices.Equal(pl.BlockedBy, []string{"MN-20"}) {
		t.Errorf("a hospital: feasible %v, blocked by %v (%v)", pl.Feasible, pl.BlockedBy, err)
	}
}

func BenchmarkEvaluate(b *testing.B) {
	for _, id := range []string{"V01", "V44"} {
		v := vectorNamed(b, id)
		b.Run("load "+id, func(b *testing.B) {
			for b.Loop() {
				if _, err := parseFacts(v.Facts, id); err != nil {
					b.Fatal(err)
				}
			}
		})
		f, p := factsOf(b, id), PackByID(v.Pack)
		b.Run("evaluate "+id, func(b *testing.B) {
			for b.Loop() {
				Evaluate(p, f, v.AsOf)
			}
		})
	}
}
