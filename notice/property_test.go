// SPDX-License-Identifier: Apache-2.0

package notice

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var propertyZones = []string{
	"America/Chicago", "America/New_York", "America/Los_Angeles", "America/Phoenix", "America/St_Johns",
	"Europe/London", "Australia/Lord_Howe", "Asia/Kathmandu",
}

// instant draws near the changes of clocks, where wrong arithmetic shows.
func instant(t *rapid.T, name string) time.Time {
	days := []Day{
		Date(2025, 3, 9), Date(2025, 11, 2), Date(2026, 3, 8), Date(2026, 11, 1), Date(2025, 3, 30), Date(2025, 10, 26),
		Date(2025, 4, 6), Date(2025, 10, 5), Date(2025, 7, 1),
	}
	day := rapid.SampledFrom(days).Draw(t, name+" near") + Day(rapid.IntRange(-12, 12).Draw(t, name+" days"))
	return day.Start().Add(time.Duration(rapid.IntRange(0, minutesADay-1).Draw(t, name+" minutes")) * time.Minute)
}

func drawZone(t *rapid.T) *time.Location {
	loc, err := LoadZone(rapid.SampledFrom(propertyZones).Draw(t, "zone"))
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func at(t time.Time, zone *time.Location) *point {
	return &point{day: DayOf(t.In(zone)), at: t, zone: zone}
}

// Property 4: the latest passes and the next minute or day fails; the earliest likewise.
func TestBoundsAreTightToTheMinute(t *testing.T) {
	t.Parallel()

	cal := &PackByID("us-mn-pelra").Calendar
	rapid.Check(t, func(t *rapid.T) {
		zone, when := drawZone(t), instant(t, "when")
		sp := span{n: rapid.IntRange(1, 95).Draw(t, "n"), unit: "day", cal: cal, lag: rapid.IntRange(0, 3).Draw(t, "lag")}
		reading := rapid.SampledFrom([]string{"civil", "clear", "wall", "elapsed", "last_day_omitted", "working", "month", "month_end"}).Draw(t, "reading")
		switch reading {
		case "working":
			reading, sp.unit, sp.n = "clear", "working_day", sp.n%15+1
		case "month":
			reading, sp.unit, sp.n, sp.max = "civil", "month", sp.n%14+1, true
		case "month_end":
			sp.unit, sp.n, sp.max = "month", sp.n%14+1, true
		case "civil", "last_day_omitted":
			sp.max = rapid.Bool().Draw(t, "max")
		}
		fixed := at(when, zone)
		try := func(b bound, step int, first bool) Tri {
			moved := sp
			var other *point
			if b.minute.IsZero() {
				day := b.day + Day(step)
				other = &point{day: day, at: firstAt(day.Start(), zone), zone: zone}
			} else {
				other = at(b.minute.Add(time.Duration(step)*time.Minute), zone)
			}
			if first {
				moved.s, moved.a = other, fixed
			} else {
				moved.s, moved.a = fixed, other
			}
			return moved.read(reading).pass
		}
		expect := func(name string, got, want Tri) {
			if got != want {
				t.Errorf("%s n=%d max=%v %s of %s: pass %v, want %v", reading, sp.n, sp.max, name, when.In(zone), got, want)
			}
		}
		withA, withS := sp, sp
		withA.a, withS.s = fixed, fixed
		first, last := withA.read(reading).latest, withS.read(reading).earliest
		firstIsS := true
		outward := +1
		if sp.max { // the last A, the first S
			first, last = withS.read(reading).latest, withA.read(reading).earliest
			firstIsS = false
		}
		if !first.ok || !last.ok {
			t.Fatalf("%s n=%d: no bounds", reading, sp.n)
		}
		expect("latest", try(first, 0, firstIsS), Yes)
		expect("after latest", try(first, outward, firstIsS), No)
		expect("earliest", try(last, 0, !firstIsS), Yes)
		expect("before earliest", try(last, -outward, !firstIsS), No)
	})
}

// Property 3: receiving earlier, or starting later, never worsens a minimum by any reading that the embedded packs use together.
func TestAnEarlierReceiptNeverWorsens(t *testing.T) {
	t.Parallel()

	p := PackByID("us-nlra-hc")
	rapid.Check(t, func(t *rapid.T) {
		zone := rapid.SampledFrom([]string{"America/Chicago", "America/New_York", "America/Los_Angeles"}).Draw(t, "site zone")
		loc, err := LoadZone(zone)
		if err != nil {
			t.Fatal(err)
		}
		start := instant(t, "start")
		receipt := start.Add(-time.Duration(rapid.IntRange(9*minutesADay, 12*minutesADay).Draw(t, "before")) * time.Minute)
		earlier := time.Duration(rapid.IntRange(0, 3*minutesADay).Draw(t, "earlier")) * time.Minute
		verdict := func(receipt, start time.Time) Verdict {
			edits := []Edit{
				set("actions[s1].start", momentText(start, loc)), unset("actions[s1].end"),
				set("notices[n-10].announces[a].start", momentText(start, loc)),
			}
			for i := range 5 {
				edits = append(edits, set(fmt.Sprintf("employer.sites[%d].tz", i), zone))
			}
			for _, r := range []string{"institution", "fmcs"} {
				edits = append(edits, set("notices[n-10].deliveries["+r+"].received_at", momentText(receipt, loc)))
			}
			f, err := factsV01.Edited(edits)
			if err != nil {
				t.Fatal(err)
			}
			return lineOf(Evaluate(p, f, Date(2027, 1, 1)), "HC-30").Verdict
		}
		base := verdict(receipt, start)
		if got := verdict(receipt.Add(-earlier), start); got > base {
			t.Errorf("received %v: %v; %v earlier: %v", receipt.In(loc), base, earlier, got)
		}
		if got := verdict(receipt, start.Add(earlier)); got > base {
			t.Errorf("start %v: %v; %v later: %v", start.In(loc), base, earlier, got)
		}
	})
}

var factsV01 = func() *Facts {
	f, err := LoadFacts(bytes.NewReader(vectorNamed(panics{}, "V01").Facts), "V01")
	if err != nil {
		panic(err)
	}
	return f
}()

// panics stands in for a test while the package's variables are made.
type panics struct{ testing.TB }

func (panics) Helper()                      {}
func (panics) Fatal(args ...any)            { panic(fmt.Sprint(args...)) }
func (panics) Fatalf(f string, args ...any) { panic(fmt.Sprintf(f, args...)) }

func lineOf(r Report, rule string) Line {
	for _, l := range r.Lines {
		if l.Rule == rule {
			return l
		}
	}
	return Line{}
}

// keyPaths lists every key of a file, not the items of lists: those are other facts.
func keyPaths(n *node, path string) (all []string) {
	for _, f := range n.fields {
		p := join(path, f.name)
		all = append(all, p)
		all = append(all, keyPaths(f.node, p)...)
	}
	for i, item := range n.items {
		all = append(all, keyPaths(item, fmt.Sprintf("%s[%d]", path, i))...)
	}
	return all
}

// Property 2, over every vector: without any one of its keys a file that was not lawful does not become so.
func TestARemovedFactIsNeverLawful(t *testing.T) {
	t.Parallel()

	for _, v := range vectorFiles(t) {
		t.Run(v.ID, func(t *testing.T) {
			t.Parallel()

			f, err := parseFacts(v.Facts, v.ID)
			if err != nil {
				return // it is refused: V46a and the like
			}
			p := PackByID(v.Pack)
			if Evaluate(p, f, v.AsOf).Verdict == Lawful {
				return
			}
			for _, path := range keyPaths(f.json, "") {
				g, err := f.Edited([]Edit{unset(path)})
				if err != nil {
					continue
				}
				if r := Evaluate(p, g, v.AsOf); r.Verdict == Lawful {
					t.Errorf("without %s it is lawful", path)
				}
			}
		})
	}
}

// Of several copies to one recipient, in whatever state: without any one key a file that was not lawful does not become so, and one
// more claim takes nothing from a lawful file in which every copy has proof. V35 is a renewal: no rule asks there for the first copy.
func TestAClaimBesideAProvedCopyChangesNothing(t *testing.T) {
	t.Parallel()

	base := factsOf(t, "V35")
	p := PackByID("us-nlra-hc")
	asOf := vectorNamed(t, "V35").AsOf
	if v := Evaluate(p, base, asOf).Verdict; v != Lawful {
		t.Fatalf("V35 is %v", v)
	}
	i := slices.IndexFunc(base.Notices, func(n Notice) bool { return n.Kind == "ten_day" })
	served := base.Notices[i].Deliveries[0].ReceivedAt.Begin()
	lawful, proved := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		copies := func(n int, bare bool) (edits []Edit) {
			for range n {
				at := served.Add(time.Duration(rapid.IntRange(-5*minutesADay, 5*minutesADay).Draw(t, "at")) * time.Minute)
				proof := ""
				if !bare && rapid.Bool().Draw(t, "proved") {
					proof = `, "proof": {"kind": "receipt"}`
				}
				edits = append(edits, Edit{Op: "add", Path: "notices[n-10].deliveries", Value: fmt.Sprintf(
					`{"recipient": "institution", "state": "received", "method": %q, "received_at": %q%s}`,
					rapid.SampledFrom([]string{"in_person", "email"}).Draw(t, "method"), momentText(at, time.UTC), proof)})
			}
			return edits
		}
		one, err := base.Edited(copies(1, true))
		if err != nil {
			t.Fatal(err)
		}
		if v := Evaluate(p, one, asOf).Verdict; v == Lawful {
			lawful++
		} else {
			t.Fatalf("with one more claim it is %v", v)
		}
		edits := copies(rapid.IntRange(1, 3).Draw(t, "copies"), false)
		if rapid.Bool().Draw(t, "the first is a claim") {
			edits = append(edits, unset("notices[n-10].deliveries[0].proof"))
		}
		f, err := base.Edited(edits)
		if err != nil {
			t.Fatal(err)
		}
		if Evaluate(p, f, asOf).Verdict == Lawful {
			proved++
			return
		}
		for _, path := range keyPaths(f.json, "") {
			if !strings.Contains(path, ".deliveries[") {
				continue // the other keys are TestARemovedFactIsNeverLawful's
			}
			if g, err := f.Edited([]Edit{unset(path)}); err == nil && Evaluate(p, g, asOf).Verdict == Lawful {
				t.Fatalf("without %s it is lawful", path)
			}
		}
	})
	if lawful == 0 || proved == 0 {
		t.Errorf("%d and %d lawful files were drawn: the test cannot fail", lawful, proved)
	}
}

// From a file in order, everything that a rule needs is missed when it is gone. What may go is listed.
func TestEveryFactOfALawfulStrikeIsMissed(t *testing.T) {
	t.Parallel()

	mayGo := []string{
		"campaign.id", "parties[0].name", "employer.name", "employer.circuit", "employer.sites[0].name",
		"employer.sites[1].name", "employer.sites[2].name", "employer.sites[3].name", "employer.sites[4].name", "employer.sites[4].kind",
		"bargaining.initiator", "notices[0].deliveries[0].method", "notices[0].deliveries[1].method", "notices[1].deliveries[1].method",
		"actions[0].purpose", "actions[0].target", "actions[0].end",
	}
	f := factsOf(t, "V01")
	var lawful []string
	for _, path := range keyPaths(f.json, "") {
		g, err := f.Edited([]Edit{unset(path)})
		if err != nil {
			continue
		}
		p, err := Choose(g)
		if err != nil {
			continue
		}
		switch v := Evaluate(p, g, Date(2025, 10, 27)).Verdict; v {
		case Lawful:
			lawful = append(lawful, path)
		case Unsure:
		default:
			t.Errorf("without %s: %v, want unknown", path, v)
		}
	}
	slices.Sort(lawful)
	slices.Sort(mayGo)
	if !slices.Equal(lawful, mayGo) {
		t.Errorf("lawful without:\n%s\nlisted:\n%s", strings.Join(lawful, "\n"), strings.Join(mayGo, "\n"))
	}
}

// Property 5: what is served on its safe day breaks no period; the day after the latest by the base reading does.
func TestServingOnTheSafeDaysIsEnough(t *testing.T) {
	t.Parallel()

	p := PackByID("us-nlra-hc")
	rapid.Check(t, func(t *rapid.T) {
		zone, err := LoadZone("America/Chicago")
		if err != nil {
			t.Fatal(err)
		}
		start := firstAt(wall(instant(t, "start"), zone), zone)
		text := momentText(start, zone)
		f, err := factsV01.Edited([]Edit{
			set("actions[s1].start", text), unset("actions[s1].end"),
			set("notices[n-10].announces[a].start", text), set("notices", "[]"), unset("actions[s1].relies_on"),
		})
		if err != nil {
			t.Fatal(err)
		}
		asOf := Date(2024, 6, 1)
		pl, err := Solve(p, f, "s1", asOf, HouseBuffer)
		if err != nil || !pl.Feasible {
			t.Fatalf("plan for %s: %v %v", text, pl, err)
		}
		days := map[string]string{}
		for _, s := range pl.Steps {
			days[s.ID] = s.Safe
		}
		served := func(days map[string]string) Report {
			edits := []Edit{set("actions[s1].start", text), unset("actions[s1].end"), set("notices[n-10].announces[a].start", text)}
			for id, n := range map[string]string{"dispute": "n-dispute", "ten_day": "n-10"} {
				for i := range 2 {
					edits = append(edits, set(fmt.Sprintf("notices[%s].deliveries[%d].received_at", n, i), days[id]+"[America/Chicago]"))
				}
			}
			f, err := factsV01.Edited(edits)
			if err != nil {
				t.Fatal(err)
			}
			return Evaluate(p, f, Date(2027, 12, 1))
		}
		if r := served(days); r.Verdict != Lawful {
			t.Errorf("start %s, served %v: %v", text, days, r.Text())
		}
		for _, s := range pl.Steps {
			last, err := ParseDay(s.Latest["civil"])
			if err != nil {
				t.Fatal(err)
			}
			late := map[string]string{"dispute": days["dispute"], "ten_day": days["ten_day"]}
			late[s.ID] = (last + 1).String()
			if r := served(late); r.Verdict != Unlawful {
				t.Errorf("start %s, served %v: %v, want unlawful", text, late, r.Verdict)
			}
		}
	})
}

// Property 6: nothing changed changes nothing, and a change and its reverse cancel.
func TestAnEditAndItsReverseCancel(t *testing.T) {
	t.Parallel()

	for _, v := range vectorFiles(t) {
		f, err := parseFacts(v.Facts, v.ID)
		if err != nil {
			continue
		}
		p := PackByID(v.Pack)
		d, err := WhatIf(p, f, v.AsOf, nil)
		if err != nil || len(d.Changed) > 0 || d.Before != d.After {
			t.Errorf("%s: no edit: %+v, %v", v.ID, d, err)
		}
		g, err := f.Edited([]Edit{set("employer.name", "Another"), set("employer.name", f.Employer.Name)})
		if err != nil || !bytes.Equal(Evaluate(p, f, v.AsOf).JSON(), Evaluate(p, g, v.AsOf).JSON()) {
			t.Errorf("%s: there and back is not the same: %v", v.ID, err)
		}
	}
}

// Property 6: the guard agrees with the rules on the start, second by second.
func TestTheGuardAgreesWithTheRules(t *testing.T) {
	t.Parallel()

	p := PackByID("us-nlra-hc")
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.SampledFrom([]string{"V01", "V07", "V08", "V59"}).Draw(t, "vector")
		f, err := parseFacts(vectorNamed(panics{}, id).Facts, id)
		if err != nil {
			t.Fatal(err)
		}
		a := newAct(f, &f.Actions[0])
		stated := a.stated(f, func(Moment) bool { return true })
		now := earliest(begin(f, stated.start, stated.announce.StartScope, a.Sites)).at.
			Add(time.Duration(rapid.IntRange(-3000, 3000).Draw(t, "minutes")) * time.Minute).
			Add(time.Duration(rapid.SampledFrom([]int{-59, -30, 0, 0, 1, 59}).Draw(t, "seconds")) * time.Second)
		g, err := Guard(f, "s1", now)
		if err != nil {
			t.Fatal(err)
		}
		begun, err := f.Edited([]Edit{
			set("actions[s1].state", "underway"), set("actions[s1].start_scope", "same_instant"),
			set("actions[s1].actual_start", momentText(now, a.zone)),
		})
		if err != nil {
			t.Fatal(err)
		}
		if id == "V59" {
			return // one instant at sites of two zones is no seven o'clock in each: no single start fits
		}
		r := Evaluate(p, begun, DayOf(now.In(a.zone)))
		late, early := lineOf(r, "HC-33").Verdict > Lawful, lineOf(r, "HC-34").Verdict > Lawful
		want := map[string][2]bool{
			GuardFar: {false, true}, GuardNear: {false, true}, GuardImminent: {false, true}, GuardGo: {false, false},
			GuardTooLate: {true, false},
		}[g.State]
		if got := [2]bool{late, early}; got != want {
			t.Errorf("%s at %v: guard %s, late %v, early %v", id, now.In(a.zone), g.State, late, early)
		}
	})
}

// Property 7: without any one rule, or any one classification of the complete pack, some vector reads differently.
func TestEveryRuleMatters(t *testing.T) {
	t.Parallel()

	type run struct {
		f    *Facts
		asOf Day
		was  []byte
	}
	runs := map[string][]run{}
	for _, v := range vectorFiles(t) {
		f, err := parseFacts(v.Facts, v.ID)
		if err != nil {
			continue
		}
		runs[v.Pack] = append(runs[v.Pack], run{f, v.AsOf, verdicts(Evaluate(PackByID(v.Pack), f, v.AsOf))})
	}
	differs := func(p *Pack) bool {
		return slices.ContainsFunc(runs[p.ID], func(r run) bool {
			return !bytes.Equal(r.was, verdicts(Evaluate(p, r.f, r.asOf)))
		})
	}
	for _, p := range Packs() {
		for i, r := range p.Rules {
			without := *p
			without.Rules = slices.Delete(slices.Clone(p.Rules), i, i+1)
			if !differs(&without) {
				t.Errorf("%s: nothing misses rule %s (%s)", p.ID, r.ID, r.Effective.From)
			}
		}
		if !p.Complete {
			continue
		}
		for i, c := range p.Classify {
			without := *p
			without.Classify = slices.Delete(slices.Clone(p.Classify), i, i+1)
			if !differs(&without) {
				t.Errorf("%s: nothing misses classification %s, %s", p.ID, c.ID, c.Title)
			}
		}
	}
}

// verdicts is what a report says, without the pack's hash.
func verdicts(r Report) []byte {
	r.Pack.SHA256 = ""
	return r.JSON()
}

// A report can be made again from what is stored beside it: the facts, the pack's file or its hash, and the day.
func TestPacksReplayByHash(t *testing.T) {
	t.Parallel()

	read := map[string]*Pack{}
	for _, v := range vectorFiles(t) {
		f, err := parseFacts(v.Facts, v.ID)
		if err != nil {
			continue
		}
		r := Evaluate(PackByID(v.Pack), f, v.AsOf)
		again, err := LoadFacts(bytes.NewReader(f.JSON()), "stored")
		if err != nil {
			t.Fatalf("%s: %v", v.ID, err)
		}
		hash := r.Pack.SHA256
		if read[hash] == nil {
			stored := PackByHash(hash)
			if stored == nil {
				t.Fatalf("%s: no pack with hash %s", v.ID, hash)
			}
			if read[hash], err = LoadPack(bytes.NewReader(stored.Source()), "stored"); err != nil {
				t.Fatalf("%s: %v", v.ID, err)
			}
		}
		if !bytes.Equal(r.JSON(), Evaluate(read[hash], again, v.AsOf).JSON()) {
			t.Errorf("%s: the replay differs", v.ID)
		}
	}
	if PackByHash("") != nil {
		t.Error("a pack answers to no hash")
	}
}

// Nothing that loads makes the engine panic, in both weeks when clocks change.
func FuzzEvaluate(f *testing.F) {
	for _, v := range vectorFiles(f) {
		f.Add([]byte(v.Facts), int32(v.AsOf), int16(0))
	}
	f.Fuzz(func(t *testing.T, data []byte, day int32, shift int16) {
		facts, err := LoadFacts(bytes.NewReader(data), "fuzz")
		if err != nil {
			if _, ok := errors.AsType[*InputError](err); !ok {
				t.Fatalf("error %v, want an InputError", err)
			}
			return
		}
		asOf := min(max(Day(day), Date(1900, 1, 1)), Date(2199, 12, 31))
		for _, p := range Packs() {
			_ = Evaluate(p, facts, asOf).Text()
			for _, a := range facts.Actions {
				if pl, err := Solve(p, facts, a.ID, asOf, HouseBuffer); err == nil {
					_ = pl.Text()
					Events(pl)
				}
			}
		}
		for _, a := range facts.Actions {
			if _, err := Guard(facts, a.ID, a.Start.Begin().Add(time.Duration(shift)*time.Minute)); err != nil {
				t.Fatal(err)
			}
		}
		Locked(facts)
	})
}

// No bytes make the pack reader panic, and what it accepts evaluates.
func FuzzPack(f *testing.F) {
	for _, p := range Packs() {
		f.Add(p.Source())
	}
	facts := factsOf(f, "V01")
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := LoadPack(bytes.NewReader(data), "fuzz")
		if err != nil {
			if _, ok := errors.AsType[*InputError](err); !ok {
				t.Fatalf("error %v, want an InputError", err)
			}
			return
		}
		_ = Evaluate(p, facts, Date(2025, 10, 27)).Text()
		_, _ = Solve(p, facts, "s1", Date(2025, 10, 27), 12)
	})
}
