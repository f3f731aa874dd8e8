// SPDX-License-Identifier: Apache-2.0

package picket

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestEveryOfferIsWorthWhatItSaysAndNoOneCallIsBetterThanTheFirst(t *testing.T) {
	t.Parallel()

	seen := map[int]int{}
	check := func(t *rapid.T) {
		in := made(t, campaigns(t), map[string]string{
			"use_teams": "false", "place_everyone": rapid.SampledFrom([]string{"true", "false"}).Draw(t, "everyone"), "min_rest_min": "0",
		})
		r, err := Plan(t.Context(), in)
		if err != nil || len(r.Placements) == 0 {
			t.Skip("nobody is placed")
		}
		gone := rapid.SampledFrom(r.Placements).Draw(t, "gone")
		for i := range r.Placements {
			r.Placements[i].State = rapid.SampledFrom([]State{Draft, Notified, Confirmed}).Draw(t, "state")
		}
		events := []Event{{Kind: DropOut, Member: gone.Member, Site: -1, Shift: gone.Shift}}
		for i := range in.Members { // people who have just said that they can come after all
			if int32(i) != gone.Member && rapid.Bool().Draw(t, "free") {
				events = append(events, Event{Kind: Available, Member: int32(i), Site: -1, Shift: gone.Shift, Answer: Yes})
			}
		}
		now := time.Date(2025, 11, 4, 12, 0, 0, 0, time.UTC)
		offers, err := Offers(t.Context(), in, r.Placements, events, now, gone.Site, gone.Shift, gone.Role)
		if err != nil {
			t.Fatal(err)
		}
		p := &replan{in: in.copied(), now: now, mode: Disturbance, kept: map[spot]State{}, stays: map[spot]bool{}}
		if err := p.begin(r.Placements, events); err != nil {
			t.Fatal(err)
		}
		m := p.model()
		f := newFilling(m)
		left := m.value(f.chosen)
		for i, o := range offers {
			seen[o.Chain]++
			if o.Chain > 0 && len(o.Changes) > o.Chain {
				t.Fatalf("%d people in a chain of %d", len(o.Changes), o.Chain)
			}
			after := slices.Clone(f.chosen)
			for _, c := range o.Changes {
				if c.From != nil {
					after = slices.DeleteFunc(after, func(at int32) bool { return m.is(at, c.From) })
				}
				if c.To != nil {
					for at := range m.options {
						if m.is(int32(at), c.To) {
							after = append(after, int32(at))
						}
					}
				}
			}
			got := m.value(after)
			got.add(&left, -1)
			if got != o.Delta {
				t.Fatalf("offer %d says %v, is %v", i, o.Delta, got)
			}
			if i > 0 && m.order.Compare(o.Delta, offers[i-1].Delta) >= 0 {
				t.Fatalf("offer %d is no better than the one before", i)
			}
		}
		need := m.needAt(gone.Site, gone.Shift, gone.Role)
		for at := range m.options {
			if o := &m.options[at]; o.need != need || o.kept || o.shut || !f.fits(int32(at), -1) || f.placed[need] >= m.needs[need].Max {
				continue
			}
			alone := m.value(append(slices.Clone(f.chosen), int32(at)))
			alone.add(&left, -1)
			if m.order.Compare(alone, Levels{}) < 0 && (len(offers) == 0 || m.order.Compare(alone, offers[0].Delta) < 0 && offers[0].Chain == 1) {
				t.Fatalf("calling %s is worth %v: %+v", in.Members[m.options[at].member].ID, alone, offers)
			}
		}
	}
	for round := 0; round < 100 && seen[0]*seen[1]*seen[2] == 0; round++ { // some chains are rare
		rapid.Check(t, func(t *rapid.T) {
			for range round {
				rapid.Uint64().Draw(t, "round") // from one seed, too, each round draws other campaigns
			}
			check(t)
		})
	}
	if seen[0]*seen[1]*seen[2] == 0 {
		t.Errorf("offers seen by chain: %v", seen)
	}
}

func (m *model) is(at int32, p *Placement) bool {
	o := &m.options[at]
	n := &m.needs[o.need]
	return o.member == p.Member && n.Site == p.Site && n.Shift == p.Shift && n.Role == p.Role
}

func TestATeamIsPricedAsIfItAloneWereSplit(t *testing.T) {
	t.Parallel()

	in := read(t, "twin-600", map[string]string{"min_rest_min": "0"})
	r, err := Plan(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	costs, err := r.TeamCosts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(costs) < 6 {
		t.Fatalf("%d teams are priced", len(costs))
	}
	dear := 0
	for _, c := range costs {
		if planOrder.Compare(c.Cost, Levels{}) < 0 {
			t.Errorf("team %s: splitting makes the plan worse: %v", in.Teams[c.Team].ID, c.Cost)
		}
		// The same from nothing: all other teams held where they are, this one's people free.
		m := newModel(in)
		for _, seat := range r.teams {
			for _, at := range seat.options {
				m.options[at].pinned = seat.team != c.Team
			}
		}
		for i, who := range in.Members {
			for at := m.first[i]; at < m.first[i+1]; at++ {
				m.options[at].shut = who.Team >= 0 && who.Team != c.Team && !m.options[at].pinned
			}
		}
		k, err := m.build(func(int32) bool { return false })
		if err != nil {
			t.Fatal(err)
		}
		s, err := k.solve(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		value, _ := r.values()
		split := m.value(k.chosen(s.Flow))
		value.add(&split, -1)
		if value != c.Cost {
			t.Errorf("team %s costs %v, from nothing %v", in.Teams[c.Team].ID, c.Cost, value)
		}
		if c.Cost != (Levels{}) {
			dear++
		}
	}
	if dear == 0 {
		t.Error("no team costs anything: nothing was tested")
	}
}
