// SPDX-License-Identifier: Apache-2.0

package notice

import (
	"fmt"
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

// Of a maximum that counts from the later of two receipts, one known receipt decides nothing.
func TestOneOldReceiptDoesNotMakeANoticeLapse(t *testing.T) {
	t.Parallel()

	const to = "notices[n-s].deliveries["
	f := edited(t, "V49a", set(to+"employer].received_at", "2026-03-02T09:00[America/Chicago]"), set(to+"bms].state", "unknown"),
		unset(to+"bms].received_at"))
	if l := lineOf(Evaluate(PackByID("us-mn-pelra"), f, Date(2026, 4, 7)), "MN-14"); l.Verdict != Unsure {
		t.Errorf("MN-14 is %v: %s", l.Verdict, l.Why)
	}
}

func TestTheGuardSaysWhenAnActIsOffOrOver(t *testing.T) {
	t.Parallel()

	seven := factsOf(t, "V01").Actions[0].Start.Begin()
	off := edited(t, "V01", set("actions[s1].state", "cancelled"))
	for _, at := range []time.Time{seven.Add(-time.Minute), seven, seven.Add(time.Hour)} {
		if g, err := Guard(off, "s1", at); err != nil || g.State != GuardCalledOff || !strings.Contains(g.Say, "Do not walk out") {
			t.Errorf("%v: %s, %q (%v)", at, g.State, g.Say, err)
		}
	}
	over := edited(t, "V01", set("actions[s1].state", "ended"), set("actions[s1].actual_start", "2025-11-05T07:00[America/Chicago]"))
	if g, err := Guard(over, "s1", seven); err != nil || g.State != GuardStarted || g.Say != "The act is over." {
		t.Errorf("%s, %q (%v)", g.State, g.Say, err)
	}
}

// Signed on the day itself, before or after seven: the hour decides, and nobody wrote it down.
func TestAnExtensionSignedOnTheDayNeedsItsHour(t *testing.T) {
	t.Parallel()

	for at, want := range map[string]Verdict{
		"2025-11-04[America/Chicago]": Lawful, "2025-11-05[America/Chicago]": Unsure,
		"2025-11-05T06:59[America/Chicago]": Lawful, "2025-11-05T07:30[America/Chicago]": AtRisk,
	} {
		f := edited(t, "V07", set("notices[n-10].extensions[x1].agreed_at", at))
		if l := lineOf(Evaluate(PackByID("us-nlra-hc"), f, Date(2025, 11, 6)), "HC-33"); l.Verdict != want {
			t.Errorf("agreed %s: %v, want %v: %s", at, l.Verdict, want, l.Why)
		}
	}
}

// Mailed on 1 August, a no-board report lets people strike on the 18th (the Ministry's example): so the 18th needs it by the 1st.
func TestTheLastDayToSendCountsTheMail(t *testing.T) {
	t.Parallel()

	for vector, want := range map[string]string{"V51a": "blocked 2025-07-31", "V51b": "done 2025-08-01"} {
		f := factsOf(t, vector)
		pl, err := Solve(PackByID("ca-on"), f, "s1", Date(2025, 8, 4), HouseBuffer)
		if err != nil {
			t.Fatal(err)
		}
		if got := pl.Steps[0].State + " " + pl.Steps[0].Latest["clear"]; got != want {
			t.Errorf("%s, start %s: %s, want %s", vector, f.Actions[0].Start, got, want)
		}
	}
}

// BenchmarkEvaluate has no peer to be compared with: nobody else computes this. V01 is one act on two papers, V44 four acts, and
// "61 sites" V01 at sixty-one of them.
func BenchmarkEvaluate(b *testing.B) {
	run := func(name string, p *Pack, f *Facts, asOf Day) {
		b.Run("load "+name, func(b *testing.B) {
			for b.Loop() {
				if _, err := parseFacts(f.src, name); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("evaluate "+name, func(b *testing.B) {
			for b.Loop() {
				Evaluate(p, f, asOf)
			}
		})
		b.Run("solve "+name, func(b *testing.B) {
			for b.Loop() {
				if _, err := Solve(p, f, f.Actions[0].ID, asOf, HouseBuffer); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	for _, id := range []string{"V01", "V44"} {
		v := vectorNamed(b, id)
		run(id, PackByID(v.Pack), factsOf(b, id), v.AsOf)
	}
	var sites, ids []string
	for i := range 61 {
		sites = append(sites, fmt.Sprintf(`{"id":"c%d","tz":"America/Chicago","kind":"clinic"}`, i))
		ids = append(ids, fmt.Sprintf(`"c%d"`, i))
	}
	list := "[" + strings.Join(ids, ",") + "]"
	many := edited(b, "V01", set("employer.sites", "["+strings.Join(sites, ",")+"]"), set("actions[s1].sites", list),
		set("notices[n-10].announces[a].sites", list))
	run("61 sites", PackByID("us-nlra-hc"), many, Date(2025, 10, 27))
}
