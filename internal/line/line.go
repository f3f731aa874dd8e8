// SPDX-License-Identifier: Apache-2.0

package line

import (
	"slices"
	"time"
)

// Line is one place where people stand.
type Line struct {
	ID        string `json:"id"`
	Strike    string `json:"strike,omitempty"`
	Name      string `json:"name"`
	Place     string `json:"place"`
	Worksite  string `json:"worksite,omitempty"`
	Region    string `json:"region,omitempty"`
	ZIP       string `json:"zip"`
	Zone      string `json:"zone"`
	PublicWay string `json:"public_way,omitempty"`
	Parking   string `json:"parking,omitempty"`
	Toilets   string `json:"toilets,omitempty"`
	Shelter   string `json:"shelter,omitempty"`
	Closed    bool   `json:"closed,omitempty"` // no more shifts
}

// Role is what somebody does on a line.
type Role string

// The roles, in the order in which pages list them.
const (
	Captain   Role = "captain"
	Safety    Role = "safety"
	Medic     Role = "medic"
	OnLine    Role = "line"
	Marshal   Role = "marshal"
	Driver    Role = "driver"
	Kitchen   Role = "kitchen"
	Phones    Role = "phones"
	HQ        Role = "hq"
	ChildCare Role = "child_care"
	Standby   Role = "standby"
)

// Roles are all of them.
var Roles = []Role{Captain, Safety, Medic, OnLine, Marshal, Driver, Kitchen, Phones, HQ, ChildCare, Standby}

// Need is how many people a shift wants in a role. Taken counts the bookings that stand for a place, offers that are held among them.
type Need struct {
	Role   Role   `json:"role"`
	Min    int    `json:"min"`
	Target int    `json:"target"`
	Max    int    `json:"max"`
	Taken  int    `json:"taken"`
	Source string `json:"source"` // line, kind, shift: where the numbers come from
}

// ShiftState is where a shift stands.
type ShiftState string

// The states. Draft, Open and Cancelled are decided; the others follow from the clock.
const (
	Draft     ShiftState = "draft"
	Open      ShiftState = "open"
	Frozen    ShiftState = "frozen"  // too late to leave by oneself
	Running   ShiftState = "running" // check-in is open
	Done      ShiftState = "done"
	Cancelled ShiftState = "cancelled"
)

// Shift is one stretch of time at a line. Starts and Ends are instants in the line's zone; the wall times are kept beside them.
type Shift struct {
	ID      string     `json:"id"`
	LineID  string     `json:"line"`
	Kind    string     `json:"kind"` // day or night
	Starts  time.Time  `json:"starts"`
	Ends    time.Time  `json:"ends"`
	Decided ShiftState `json:"-"`
	OffWhy  string     `json:"off_why,omitempty"`
	Seq     int        `json:"seq"`
	Facts   int        `json:"-"` // version of the strike's facts when somebody last looked at the shift
	Needs   []Need     `json:"needs"`
}

// State is where the shift stands at an instant.
func (s *Shift) State(now time.Time, rules Rules) ShiftState {
	switch {
	case s.Decided != Open:
		return s.Decided
	case !now.Before(s.Ends.Add(rules.lateOut())):
		return Done
	case !now.Before(s.Starts.Add(-rules.checkinOpens())):
		return Running
	case !now.Before(s.Starts.Add(-rules.cancelUntil())):
		return Frozen
	}
	return Open
}

// Need returns what the shift wants in a role, nil if nothing was said.
func (s *Shift) Need(r Role) *Need {
	if i := slices.IndexFunc(s.Needs, func(n Need) bool { return n.Role == r }); i >= 0 {
		return &s.Needs[i]
	}
	return nil
}

// Minutes is how long the shift lasts, whatever the clocks do in it.
func (s *Shift) Minutes() int { return int(s.Ends.Sub(s.Starts).Minutes()) }
