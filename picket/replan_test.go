// SPDX-License-Identifier: Apache-2.0

package picket

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEveryReplanIsOptimalInItsOrderOfLevels(t *testing.T) {
	t.Parallel()

	var want expected
	dir := vectors(t, "plan/twin-600")
	load(t, vectors(t, "plan/twin-600"), "expected.json", &want)
	for _, c := range want.Replan {
		for mode, w := range c.Modes {
			t.Run(c.Events+" "+mode, func(t *testing.T) {
				t.Parallel()

				in := read(t, "twin-600", settings(c.Set))
				earlier, err := in.ReadPlan(dir, c.Prev)
				if err != nil {
					t.Fatal(err)
				}
				events, err := in.ReadEvents(dir, c.Events)
				if err != nil {
					t.Fatal(err)
				}
				now, code := instant(c.Now, in.Sites[0].Zone)
				if code != "" {
					t.Fatal(code)
				}
				if mode == "if_nothing_is_done" {
					p := &replan{in: in.copied(), now: now, mode: Direct, kept: map[spot]State{}, stays: map[spot]bool{}}
					if err := p.begin(earlier, events); err != nil {
						t.Fatal(err)
					}
					m := p.model()
					var left []int32
					for i, o := range m.options {
						n := m.needs[o.need]
						if _, ok := p.kept[spot{o.member, n.Site, n.Shift, n.Role}]; ok {
							left = append(left, int32(i))
						}
					}
					if diff := cmp.Diff(w.Levels, named(planOrder, m.value(left))); diff != "" {
						t.Errorf("levels (-want +got):\n%s", diff)
					}
					return
				}
				r, err := Replan(t.Context(), in, earlier, events, now, Mode(mode))
				if err != nil {
					t.Fatal(err)
				}
				pinned := 0
				for _, o := range r.m.options {
					if o.pinned {
						pinned++
					}
				}
				value, _ := r.values()
				if diff := cmp.Diff(w.Levels, named(r.m.order, value)); diff != "" || pinned != w.Pinned {
					t.Errorf("%d pinned, want %d; levels (-want +got):\n%s", pinned, w.Pinned, diff)
				}
			})
		}
	}
}

func TestAReplanWithoutEventsMovesNobody(t *testing.T) {
	t.Parallel()

	for _, set := range []map[string]string{nil, {"min_rest_min": "0", "use_teams": "false"}} {
		in := read(t, "twin-600", set)
		r, err := Plan(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		for i := range r.Placements {
			r.Placements[i].State = Confirmed
		}
		early, _ := instant("2025-11-01T07:00", in.Sites[0].Zone)
		for _, mode := range []Mode{Direct, Disturbance, Cost} {
			again, err := Replan(t.Context(), in, r.Placements, nil, early, mode)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(r.Placements, again.Placements); diff != "" {
				t.Errorf("%v, %v (-before +after):\n%s", set, mode, diff)
			}
		}
	}
}

func TestWhenOneOfATeamDropsOutTheOthersStay(t *testing.T) {
	t.Parallel()

	in := read(t, "twin-600", nil)
	r, err := Plan(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	early, _ := instant("2025-11-01T07:00", in.Sites[0].Zone)
	tried := 0
	for _, team := range in.Teams {
		at := map[int32][]Placement{}
		for _, p := range r.Placements {
			if in.Members[p.Member].Team >= 0 && in.Teams[in.Members[p.Member].Team].ID == team.ID {
				p.State = Draft
				at[p.Member] = append(at[p.Member], p)
			}
		}
		if len(at) == 0 {
			continue
		}
		tried++
		gone := Event{Kind: DropOut, Member: team.Members[0], Site: -1, Shift: -1}
		again, err := Replan(t.Context(), in, r.Placements, []Event{gone}, early, Cost)
		if err != nil {
			t.Fatal(err)
		}
		got := map[int32][]Placement{}
		for _, p := range again.Placements {
			if _, ok := at[p.Member]; ok {
				got[p.Member] = append(got[p.Member], p)
			}
		}
		delete(at, gone.Member)
		for m, places := range at {
			for _, p := range places {
				found := false
				for _, q := range got[m] {
					found = found || p == q
				}
				if !found {
					t.Errorf("team %s: %s was at %+v and is at %+v", team.ID, in.Members[m].ID, places, got[m])
				}
			}
		}
		if len(got[gone.Member]) > 0 {
			t.Errorf("team %s: who dropped out is placed", team.ID)
		}
		again.check(t)
	}
	if tried < 6 {
		t.Errorf("only %d teams have places", tried)
	}
}
