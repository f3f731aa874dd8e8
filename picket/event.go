// SPDX-License-Identifier: Apache-2.0

package picket

import (
	"io/fs"
	"slices"
	"strconv"
	"strings"
)

// Event is something that has happened since a plan was made. Member, Site and Shift are indices, -1 where the event names none.
type Event struct {
	Kind                Kind
	Member, Site, Shift int32
	Role                Role
	Answer              Answer // of Available
	Min, Target, Max    int    // of NeedChange
	Line                int    // in its file, for errors; 0 if it comes from none
}

// Kind is what an event is.
type Kind string

// The kinds: who and where they name is in brackets.
const (
	DropOut    Kind = "drop_out"   // [member, shift or all]: she cannot come
	NoShow     Kind = "no_show"    // [member, shift]: she did not come
	Available  Kind = "available"  // [member, shift]: she can now
	NeedChange Kind = "need"       // [site, shift, role]
	CloseSite  Kind = "close_site" // [site, shift or all]
	Notify     Kind = "notify"     // [member, site, shift]
	Confirm    Kind = "confirm"    // [member, site, shift]
	CheckIn    Kind = "check_in"   // [member, site, shift]
)

var kinds = []string{"drop_out", "no_show", "available", "need", "close_site", "notify", "confirm", "check_in"}

// ids are the indices of an input by id.
type ids struct{ members, sites, shifts map[string]int32 }

func (in *Input) ids() ids {
	x := ids{map[string]int32{}, map[string]int32{}, map[string]int32{}}
	for i, m := range in.Members {
		x.members[m.ID] = int32(i)
	}
	for i, s := range in.Sites {
		x.sites[s.ID] = int32(i)
	}
	for i, s := range in.Shifts {
		x.shifts[s.ID] = int32(i)
	}
	return x
}

// ReadEvents reads events.csv from the folder: at, kind, member_id, site_id, shift_id, role, value. Errors: *InputError.
func (in *Input) ReadEvents(fsys fs.FS, name string) ([]Event, error) {
	r := &reading{fsys: fsys, read: map[string][]byte{}}
	x := in.ids()
	whole := &table{}
	var all []Event
	for _, row := range r.open(name, "kind", "at member_id site_id shift_id role value", false).rows {
		e := Event{
			Kind: Kind(row.one("kind", "", kinds...)), Line: row.line,
			Member: row.ref("member_id", x.members, whole), Site: row.ref("site_id", x.sites, whole), Shift: row.ref("shift_id", x.shifts, whole),
		}
		for _, column := range e.Kind.needs() {
			if row.get(column) == "" {
				row.fail(column, "missing_value")
			}
		}
		switch e.Kind {
		case Available:
			e.Answer = Answer(row.one("value", "", "yes", "if_needed"))
		case NeedChange:
			e.Role = Role(max(slices.Index(roleNames, row.one("role", "", roleNames...)), 0))
			e.bounds(row)
		}
		all = append(all, e)
	}
	return all, problems(r.errors)
}

// needs are the columns that a kind cannot do without.
func (k Kind) needs() []string {
	switch k {
	case DropOut:
		return []string{"member_id"}
	case NoShow, Available:
		return []string{"member_id", "shift_id"}
	case NeedChange:
		return []string{"site_id", "shift_id", "role", "value"}
	case CloseSite:
		return []string{"site_id"}
	}
	return []string{"member_id", "site_id", "shift_id"}
}

// bounds reads "min/target/max".
func (e *Event) bounds(row row) {
	parts := strings.Split(row.get("value"), "/")
	if len(parts) != 3 {
		row.fail("value", "bad_int")
		return
	}
	for i, into := range []*int{&e.Min, &e.Target, &e.Max} {
		n, err := strconv.Atoi(parts[i])
		if err != nil {
			row.fail("value", "bad_int")
			return
		}
		*into = n
	}
	if e.Min < 0 || e.Max > mostPeople {
		row.fail("value", "out_of_range")
	} else if e.Min > e.Target || e.Target > e.Max {
		row.fail("value", "not_in_order")
	}
}

// ReadPlan reads a plan.csv that WriteCSV has written. Errors: *InputError.
func (in *Input) ReadPlan(fsys fs.FS, name string) ([]Placement, error) {
	r := &reading{fsys: fsys, read: map[string][]byte{}}
	x := in.ids()
	whole := &table{}
	var all []Placement
	for _, row := range r.open(name, "member_id site_id shift_id role state", "travel_min answer", false).rows {
		all = append(all, Placement{
			Member: row.needed("member_id", x.members, whole), Site: row.needed("site_id", x.sites, whole),
			Shift:   row.needed("shift_id", x.shifts, whole),
			Role:    Role(max(slices.Index(roleNames, row.one("role", "", roleNames...)), 0)),
			State:   State(row.one("state", "", "draft", "notified", "confirmed", "checked_in")),
			Minutes: row.number("travel_min", 0, 0, 6000), Answer: Answer(row.one("answer", "yes", "yes", "if_needed")),
		})
	}
	return all, problems(r.errors)
}

// EventError says that an event does not fit the plan.
type EventError struct {
	Line int
	What string
}

func (e *EventError) Error() string { return "event of line " + strconv.Itoa(e.Line) + ": " + e.What }
