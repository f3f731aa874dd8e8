// SPDX-License-Identifier: Apache-2.0

package demo

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/line"
)

// The three lines and their hours are printed (F005, F061 to F064); who stands where is made up.
var lineStory = []step{
	{"2025-10-26T10:00", setLines},
	{"2025-10-28T11:00", openLines},
	{"2025-10-29T12:00", offerHours},
	{"2025-10-29T21:00", signUps(0, 120)},
	{"2025-10-30T19:00", signUps(120, 270)},
	{"2025-10-31T12:30", signUps(270, allBooked)},
	{"2025-11-01T11:00", planLines},
	{"2025-11-05T06:40", arrivals(0, 3)},
	{"2025-11-05T06:58", arrivals(3, 18)},
	{"2025-11-05T07:15", reports},
}

// lineSites are the worksites with a line, in the order of the story.
var lineSites = []struct{ code, name, place, parking, toilets, public string }{
	{"0824", "West St. Paul", "The sidewalk on Sample Street, north of the drive", "Ramp behind the library, two streets east", "Library, 8 to 8; portable one on the corner", "The sidewalk and the grass up to the light poles; not the drive"},
	{"0727", "Richfield", "The corner of Sample Street and the frontage road", "Street parking; not the lot of the clinic", "Coffee shop across the road", "The sidewalk on both sides; not the lawn"},
	{"0718", "Coon Rapids", "The sidewalk along the bus lane", "Park and ride, five minutes on foot", "Gas station; portable one at the stop", "The sidewalk between the two bus stops"},
}

// setLines makes the lines: a captain and her assistant, a safety person, ten to twenty-five on the line, round the clock.
func setLines(ctx context.Context, h *house) error {
	committee, err := h.as(ctx, coordinator)
	if err != nil {
		return err
	}
	a, err := h.action(committee, strikeTitle)
	if err != nil {
		return err
	}
	if ctx, err = h.as(ctx, "lead"); err != nil {
		return err
	}
	people, err := h.people(ctx, firstList)
	if err != nil {
		return err
	}
	for i, s := range lineSites {
		ids, err := h.siteIDs(ctx, s.code)
		if err != nil {
			return err
		}
		id, err := h.Line.Add(ctx, line.Line{
			Strike: a.ID, Name: s.name, Place: s.place, Worksite: ids[0], Parking: s.parking, Toilets: s.toilets, PublicWay: s.public,
			Shelter: "Canopy and heater from 9 p.m. to 7 a.m.",
		})
		if err != nil {
			return err
		}
		err = h.Line.SetNeeds(ctx, "line:"+id, []line.Need{
			{Role: line.Captain, Min: 1, Target: 2, Max: 2}, {Role: line.Safety, Min: 0, Target: 1, Max: 2}, {Role: line.OnLine, Min: 8, Target: 18, Max: 30},
		})
		if err != nil {
			return err
		}
		if _, err := h.Line.AddShifts(ctx, id, line.Run{From: "2025-11-05T07:00", To: "2025-11-06T07:00"}); err != nil {
			return err
		}
		if i == 0 { // the captain of Hastings leads West St. Paul on the morning
			if err := h.Line.NameCaptain(ctx, id, people[captainPerson], false, false); err != nil {
				return err
			}
		}
	}
	return nil
}

// theLines is for the lead: it returns her context, and the lines of the strike, in the order of lineSites, with the ids of their shifts.
func (h *house) theLines(ctx context.Context) (lead context.Context, ids []string, shifts [][]string, err error) {
	if lead, err = h.as(ctx, "lead"); err != nil {
		return nil, nil, nil, err
	}
	for _, s := range lineSites {
		id, all, err := h.Line.Find(lead, s.name)
		if err != nil {
			return nil, nil, nil, err
		}
		ids, shifts = append(ids, id), append(shifts, all)
	}
	return lead, ids, shifts, nil
}

func openLines(ctx context.Context, h *house) error {
	ctx, ids, _, err := h.theLines(ctx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if _, err := h.Line.OpenShifts(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// herself is a member who acts for herself.
func herself(ctx context.Context, s someone) context.Context {
	return auth.As(ctx, &auth.Identity{Person: s.id, Grants: []auth.Grant{{Role: auth.Member, Scope: auth.Own}}})
}

// willing are those who would come, likeliest first. The member whom a visitor can be has yet to choose.
func willing(all []someone, n int) []someone {
	out := slices.DeleteFunc(likely(all, 'l'), func(s someone) bool { return s.who == memberPerson || s.who == captainPerson })
	return out[:n]
}

// Of those who would come, this many offer hours, and this many of them choose a shift by themselves until the last day of October.
const (
	offered   = 440
	allBooked = 388
)

// hoursOf returns the slots of four hours, from seven in the morning, in which somebody could come: gladly, and if needed. Mornings
// are easier than nights.
func hoursOf(s someone) (gladly, ifNeeded int) {
	gladly = []int{0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5}[draw(s.who, 'h')%16]
	return gladly, (gladly + 1) % 6
}

// offerHours says for those who would come when they could; every sixth has been briefed to be a captain, half of these for safety, too.
func offerHours(ctx context.Context, h *house) error {
	all, err := h.unit(ctx)
	if err != nil {
		return err
	}
	lead, ids, _, err := h.theLines(ctx)
	if err != nil {
		return err
	}
	begin := time.Date(2025, time.November, 5, 7, 0, 0, 0, h.zone)
	for i, s := range willing(all, offered) {
		gladly, ifNeeded := hoursOf(s)
		a := line.Availability{MaxShifts: 1, CanBeAsked: draw(s.who, 'a')%3 == 0, OddHours: draw(s.who, 'n')%2 == 0, Standby: draw(s.who, 's')%9 == 0}
		for k, answer := range map[int]string{gladly: "yes", ifNeeded: "if_needed"} {
			from := begin.Add(time.Duration(k) * 4 * time.Hour)
			a.Slots = append(a.Slots, line.Slot{Starts: from, Ends: from.Add(4 * time.Hour), Answer: answer})
		}
		if err := h.Line.Offer(herself(ctx, s), a); err != nil {
			return fmt.Errorf("hours: %w", err)
		}
		if i%6 == 0 {
			if err := h.Line.Brief(lead, ids[0], s.id, true, i%12 == 0); err != nil {
				return fmt.Errorf("briefing: %w", err)
			}
		}
	}
	return nil
}

// signUps lets people choose, from one to another in the order of who would come: each the line nearest to her worksite in the hours
// that she offered. Who finds it full takes a number there and a place elsewhere. Each holds one shift in the end.
func signUps(from, to int) func(context.Context, *house) error {
	return func(ctx context.Context, h *house) error {
		all, err := h.unit(ctx)
		if err != nil {
			return err
		}
		_, _, shifts, err := h.theLines(ctx)
		if err != nil {
			return err
		}
		roles := map[string]map[line.Role]int{} // shift -> who is there already
		for _, of := range shifts {
			for _, id := range of {
				if roles[id], err = h.taken(ctx, id); err != nil {
					return err
				}
			}
		}
		for i, s := range willing(all, allBooked) {
			if i < from || i >= to {
				continue
			}
			gladly, ifNeeded := hoursOf(s)
			lines, err := h.truth.nearest(s.who)
			if err != nil {
				return err
			}
			booked := false
			for _, when := range []int{gladly, ifNeeded} {
				for _, where := range lines {
					if booked {
						break
					}
					shift := shifts[where][when]
					role := line.OnLine
					switch on := roles[shift]; {
					case i%6 == 0 && on[line.Captain] == 0:
						role = line.Captain
					case i%12 == 0 && on[line.Safety] == 0:
						role = line.Safety
					}
					e, err := h.Line.SignUp(herself(ctx, s), shift, role)
					if err != nil {
						return fmt.Errorf("sign up: %w", err)
					}
					booked = e.Held
					if booked {
						roles[shift][role]++
					}
				}
			}
			if !booked {
				return fmt.Errorf("sign up: no place is left for %s", s.who)
			}
		}
		return nil
	}
}

// taken counts by role who holds a place on a shift.
func (h *house) taken(ctx context.Context, shift string) (map[line.Role]int, error) {
	n := map[line.Role]int{}
	_, err := db.InRead(ctx, h.DB, func(tx *db.Tx) (struct{}, error) {
		return struct{}{}, tx.Rows(ctx, `SELECT role, taken FROM need WHERE shift_id = $1 ORDER BY role LIMIT 100`, []any{shift}, func(r *sql.Rows) error {
			var role line.Role
			var taken int
			err := r.Scan(&role, &taken)
			n[role] = taken
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("count places: %w", err)
	}
	return n, nil
}

// nearest returns the lines by how far they are, as the crow flies, from somebody's worksite.
func (t *truth) nearest(who string) ([]int, error) {
	at := map[string][2]float64{}
	for _, s := range t.sites {
		lat, err := strconv.ParseFloat(s["lat"], 64)
		lng, err2 := strconv.ParseFloat(s["lng"], 64)
		if err := errors.Join(err, err2); err != nil {
			return nil, fmt.Errorf("worksite %s: %w", s["site_code"], err)
		}
		at[s["site_code"]] = [2]float64{lat, 0.7 * lng} // at 45° north
	}
	her := at[t.people[who]["site_v1"]]
	far := func(i int) float64 {
		of := at[lineSites[i].code]
		return (of[0]-her[0])*(of[0]-her[0]) + (of[1]-her[1])*(of[1]-her[1])
	}
	lines := []int{0, 1, 2}
	slices.SortFunc(lines, func(a, b int) int { return cmp.Or(cmp.Compare(far(a), far(b)), a-b) })
	return lines, nil
}

// planLines has the planner fill what is open, and takes its whole proposal.
func planLines(ctx context.Context, h *house) error {
	committee, err := h.as(ctx, coordinator)
	if err != nil {
		return err
	}
	a, err := h.action(committee, strikeTitle)
	if err != nil {
		return err
	}
	if ctx, err = h.as(ctx, "lead"); err != nil {
		return err
	}
	id, err := h.Line.Propose(ctx, a.ID)
	if err != nil {
		return err
	}
	_, _, err = h.Line.Accept(ctx, id, nil, nil)
	return err
}

// arrivals checks in those of the first shift of each line, from one to another in the list's order.
func arrivals(from, to int) func(context.Context, *house) error {
	return func(ctx context.Context, h *house) error {
		ctx, ids, _, err := h.theLines(ctx)
		if err != nil {
			return err
		}
		for _, id := range ids {
			_, rolls, err := h.Line.Rolls(ctx, id)
			if err != nil {
				return err
			}
			if len(rolls) == 0 {
				continue
			}
			people := slices.DeleteFunc(slices.Clone(rolls[0].People), func(p line.Listed) bool { return !p.Entry.Held }) // some only wait for a place
			for _, p := range people[min(from, len(people)):min(to, len(people))] {
				if p.Entry.State != line.Booked || !p.Here.IsZero() {
					continue
				}
				if err := h.Line.Record(ctx, line.CheckIn{Line: id, Person: p.Entry.Person, Kind: "in", Method: "search"}); err != nil {
					return err
				}
			}
		}
		return nil
	}
}

func reports(ctx context.Context, h *house) error {
	ctx, ids, _, err := h.theLines(ctx)
	if err != nil {
		return err
	}
	for i, in := range []line.ReportIn{
		{Here: 18, Weather: "38 °F, dry", Supplies: "coffee until 9"},
		{Here: 17, Weather: "38 °F, dry", Supplies: "signs enough"},
	} {
		if err := h.Line.Report(ctx, ids[i], in); err != nil {
			return err
		}
	}
	return nil
}
