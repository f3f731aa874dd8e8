// SPDX-License-Identifier: Apache-2.0

package line

import (
	"cmp"
	"slices"
	"time"
)

// Stretch is a time at a line: of a shift, or of an act where Line is "".
type Stretch struct {
	Line       string
	Start, End time.Time
}

// Mark is one arrival or departure.
type Mark struct {
	ID, Line string
	In       bool
	At       time.Time
	Self     bool // recorded by whom it is of
}

// The flags of hours. None of them blocks anything; NoOut and SelfOnly want another's word.
const (
	SameID       = "same_id_ignored"
	RepeatIn     = "repeat_in"
	TwoLines     = "two_lines"
	NoOut        = "no_out"
	OutWithoutIn = "out_without_in"
	NotOn        = "not_on"    // the strike never began: nothing of it counts
	SelfOnly     = "self_only" // she recorded it herself, and nobody else marked her at that line that day
)

// Credit counts the whole minutes of somebody's duty: the union of her times at lines, cut to her shifts with late after their end, and to the strike
// (a zero end is open). Who did not sign out counts to the end of the shift in which she came; arriving at a second line closes the first at that
// moment. Flags come sorted, each once. It is a function of its arguments alone: hours paid can be computed again at any time.
func Credit(strike Stretch, shifts []Stretch, marks []Mark, late time.Duration) (minutes int, flags []string) {
	raised := map[string]bool{}
	seen := map[string]bool{}
	var own []Mark
	for _, m := range marks {
		if m.ID != "" && seen[m.ID] {
			raised[SameID] = true
			continue
		}
		seen[m.ID] = true
		own = append(own, m)
	}
	slices.SortStableFunc(own, func(a, b Mark) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(bit(a.In), bit(b.In)), cmp.Compare(a.ID, b.ID))
	})
	for _, m := range own {
		if m.Self && !slices.ContainsFunc(own, func(o Mark) bool { return !o.Self && o.Line == m.Line && o.At.Sub(m.At).Abs() < 12*time.Hour }) {
			raised[SelfOnly] = true
		}
	}
	var there []Stretch
	var open *Mark
	shut := func(at time.Time) {
		there = append(there, Stretch{open.Line, open.At, at})
		open = nil
	}
	for i := range own {
		m := &own[i]
		switch {
		case m.In && open != nil && open.Line == m.Line:
			raised[RepeatIn] = true
		case m.In:
			if open != nil {
				raised[TwoLines] = true
				shut(m.At)
			}
			open = m
		case open == nil || open.Line != m.Line:
			raised[OutWithoutIn] = true
		default:
			shut(m.At)
		}
	}
	if open != nil {
		raised[NoOut] = true
		end := open.At
		for _, s := range shifts { // the one that ends first after she came
			if s.Line == open.Line && s.End.After(open.At) && (end.Equal(open.At) || s.End.Before(end)) {
				end = s.End
			}
		}
		shut(end)
	}
	for f := range raised {
		flags = append(flags, f)
	}
	slices.Sort(flags)
	return int(union(cut(strike, shifts, there, late)) / time.Minute), flags
}

// cut returns the parts of the times that lie in a shift at the same line, and in the strike.
func cut(strike Stretch, shifts, there []Stretch, late time.Duration) (all []Stretch) {
	for _, t := range there {
		for _, s := range shifts {
			if s.Line != t.Line {
				continue
			}
			from, to := s.Start, s.End.Add(late)
			if strike.Start.After(from) {
				from = strike.Start
			}
			if !strike.End.IsZero() && strike.End.Before(to) {
				to = strike.End
			}
			if t.Start.After(from) {
				from = t.Start
			}
			if t.End.Before(to) {
				to = t.End
			}
			if from.Before(to) {
				all = append(all, Stretch{s.Line, from, to})
			}
		}
	}
	return all
}

// union is how long the times last together, what overlaps once.
func union(all []Stretch) (sum time.Duration) {
	slices.SortFunc(all, func(a, b Stretch) int { return a.Start.Compare(b.Start) })
	var until time.Time
	for _, s := range all {
		if s.Start.After(until) {
			until = s.Start
		}
		if s.End.After(until) {
			sum += s.End.Sub(until)
			until = s.End
		}
	}
	return sum
}
