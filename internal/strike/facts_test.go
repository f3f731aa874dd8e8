// SPDX-License-Identifier: Apache-2.0

package strike

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/notice"
)

func at(t rapid.TB, text string) notice.Moment {
	t.Helper()
	m, err := notice.ParseMoment(text)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// drawn is a copy in any state that a page may leave it in.
func drawn(t *rapid.T) Delivery {
	d := Delivery{Recipient: Institution, State: rapid.SampledFrom(worst).Draw(t, "state")}
	if d.State == Received {
		d.Received = at(t, rapid.SampledFrom([]string{
			"2025-10-24[America/Chicago]", "2025-10-24T12:00[America/Chicago]", "2025-10-24T23:30[America/Chicago]",
			"2025-10-25T00:30[America/New_York]", "2025-10-26T09:00[America/Chicago]",
		}).Draw(t, "received"))
		if rapid.Bool().Draw(t, "proved") {
			d.ProofKind, d.ProofRef = "receipt", "R-1"
		}
	}
	return d
}

// The institution stands as its worst site does, in whatever order the copies were recorded: one more copy never makes the
// answer better.
func TestOneMoreCopyNeverImprovesTheInstitution(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		copies := rapid.SliceOfN(rapid.Custom(drawn), 1, 5).Draw(t, "copies")
		one := func(list []Delivery) object {
			got := deliveryFacts(&Notice{Kind: TenDay, Deliveries: list})
			if len(got) != 1 {
				t.Fatalf("%d copies for one recipient", len(got))
			}
			return got[0].(object)
		}
		all := one(copies)
		back := make([]Delivery, len(copies))
		for i, d := range copies {
			back[len(copies)-1-i] = d
		}
		if diff := cmp.Diff(all, one(back)); diff != "" {
			t.Fatalf("the order matters:\n%s", diff)
		}
		for _, d := range copies {
			alone := one([]Delivery{d})
			if x, y := rank(alone["state"]), rank(all["state"]); y > x {
				t.Fatalf("with others %v is better than %v alone", all, alone)
			}
			if all["state"] == "received" && all["proof"] != nil && !d.Proved() && alone["received_at"] == all["received_at"] {
				t.Fatalf("a proof of another copy stands for %v", alone)
			}
		}
	})
}

func rank(state any) int {
	for i, s := range worst {
		if string(s) == state {
			return i
		}
	}
	return -1
}

// Whatever was answered, the engine can read the facts, and a fact that nobody gave is never lawful.
func TestTheEngineReadsWhateverWasAnswered(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		zone, err := notice.LoadZone("America/Chicago")
		if err != nil {
			t.Fatal(err)
		}
		site := Site{ID: "s1", Name: "Clinic", State: "MN", Zone: "America/Chicago", Kind: "clinic"}
		a := &Action{ID: "a1", Kind: rapid.SampledFrom(Kinds).Draw(t, "kind"), State: Planned, Starts: at(t, "2025-11-05T07:00[America/Chicago]"), Sites: []Site{site}}
		b := &book{
			zone: zone, now: at(t, "2025-10-24T15:00[America/Chicago]").Begin(), actions: []*Action{a}, sites: []Site{site},
			answers: map[string]answers{"": {}, "a1": {}},
		}
		missing := false
		for range 2 { // answers open questions
			for _, q := range asked(b.given(a), a) {
				value := ""
				switch {
				case q.Choices == nil:
					value = rapid.SampledFrom([]string{"", "2025-12-31", "2026-03-08"}).Draw(t, q.Name)
				default:
					value = rapid.SampledFrom(append([]string{""}, q.Choices...)).Draw(t, q.Name)
				}
				of := map[bool]string{true: "a1", false: ""}[q.Action]
				if delete(b.answers[of], q.Name); value != "" {
					b.answers[of][q.Name] = value
				}
			}
		}
		for _, name := range []string{"employer.ownership", "employer.nlra", "employer.kind"} {
			missing = missing || b.answers[""][name] == ""
		}
		j, err := b.judge(a)
		if fault.CodeOf(err) == fault.Invalid {
			return // a board that reported before it was appointed: such an answer is not kept
		} else if err != nil {
			t.Fatal(err)
		}
		if missing && j.Pack.ID == presumed && j.Verdict == notice.Lawful {
			t.Fatalf("lawful without knowing the employer: %v", b.answers)
		}
		if a.Kind == Strike && j.Verdict == notice.Lawful && j.Pack.ID == presumed {
			t.Fatalf("a strike without any paper is lawful: %v", b.answers)
		}
	})
}
