// SPDX-License-Identifier: Apache-2.0

package picket

import (
	"cmp"
	"slices"
	"time"
)

const longestShift = 25 * time.Hour

// shifts reads shifts.csv after the sites, as a wall time is an instant only in a zone.
func (r *reading) shifts(in *Input) (*table, map[string]int32) {
	t := r.open("shifts.csv", "shift_id starts ends", "block", false)
	lines := map[string]row{}
	blocks := map[string]int32{}
	whole := true // whether all times are good
	for _, row := range t.rows {
		id, ok := row.id("shift_id")
		if _, twice := lines[id]; ok && twice {
			row.fail("shift_id", "duplicate_id")
			continue
		}
		lines[id] = row
		s := Shift{ID: id, Starts: row.get("starts"), Ends: row.get("ends"), Block: -1}
		if !r.interval(in, row, &s) {
			whole = false
		}
		if b := row.get("block"); b != "" {
			if _, known := blocks[b]; !known {
				blocks[b] = int32(len(blocks))
			}
			s.Block = blocks[b]
		}
		in.Shifts = append(in.Shifts, s)
	}
	if len(in.Sites) == 0 {
		whole = false
	}
	free := int32(len(blocks))
	for i := range in.Shifts { // a blank block is a block of its own
		if s := &in.Shifts[i]; s.Block < 0 {
			s.Block = free
			free++
		}
	}
	slices.SortFunc(in.Shifts, func(a, b Shift) int {
		if whole {
			if c := a.At[0].Start.Compare(b.At[0].Start); c != 0 {
				return c
			}
		}
		return cmp.Compare(a.ID, b.ID)
	})
	ids := map[string]int32{}
	for i, s := range in.Shifts {
		ids[s.ID] = int32(i)
		for _, earlier := range in.Shifts[:i] {
			if whole && s.Block != earlier.Block && s.overlaps(&earlier) {
				lines[s.ID].fail("block", "overlap_needs_block")
				break
			}
		}
	}
	return t, ids
}

// interval sets the instants of a shift at every site. Each error is said once, however many zones there are.
func (r *reading) interval(in *Input, row row, s *Shift) bool {
	s.At = make([]Interval, len(in.Sites))
	said := map[string]bool{}
	fail := func(column, code string) {
		if !said[column] {
			row.fail(column, code)
		}
		said[column] = true
	}
	for i, site := range in.Sites {
		if site.Zone == nil {
			said["tz"] = true
			continue
		}
		start, startCode := instant(s.Starts, site.Zone)
		end, endCode := instant(s.Ends, site.Zone)
		switch {
		case startCode != "" || endCode != "":
			if startCode != "" {
				fail("starts", startCode)
			}
			if endCode != "" {
				fail("ends", endCode)
			}
		case !end.After(start):
			fail("ends", "ends_before_start")
		case end.Sub(start) > longestShift:
			fail("ends", "too_long")
		}
		s.At[i] = Interval{start, end}
	}
	return len(said) == 0
}

// union is from the first start of a shift in any zone to its last end.
func (s *Shift) union() Interval {
	u := s.At[0]
	for _, at := range s.At[1:] {
		if at.Start.Before(u.Start) {
			u.Start = at.Start
		}
		if at.End.After(u.End) {
			u.End = at.End
		}
	}
	return u
}

func (s *Shift) overlaps(t *Shift) bool {
	a, b := s.union(), t.union()
	return a.Start.Before(b.End) && b.Start.Before(a.End)
}
