// SPDX-License-Identifier: Apache-2.0

package picket

import "time"

// Input is all that a plan is made from. Read returns it checked and sorted: members, sites and teams by id, shifts by start, needs by
// shift, site and role; indices (int32) point into its slices.
type Input struct {
	Members []Member
	Sites   []Site
	Shifts  []Shift
	Needs   []Need
	Answers map[Slot]Answer // by member and shift; no entry is no
	Teams   []Team
	Bans    []Ban
	Policy  Policy
	SHA256  string // of the files read, in name order, each as name, LF, bytes; "" if none were

	zips     atlas
	override map[zipSite]int // minutes, or -1 where the site cannot be reached
}

// Member is a person who may stand on a line. ZIP is the finest place that is known of anyone.
type Member struct {
	ID, Name, ZIP   string
	Captain, Safety bool // roles
	MaxShifts       int
	MaxTravel       int // minutes; -1: the policy's
	Duty            Duty
	Home            int32 // site, or -1
	Standby         bool
	Team            int32 // or -1
}

// Duty says whether a member pickets at all.
type Duty string

// Only people on Picket duty are placed.
const (
	Picket    Duty = "picket"
	Emergency Duty = "emergency"
	Alternate Duty = "alternate"
	Excused   Duty = "excused"
)

// Site is a place with a line.
type Site struct {
	ID, Name, ZIP, Cluster string
	Zone                   *time.Location
	at                     place
}

// Shift is a time slot common to all sites: wall times, which are instants only at a site. At[s] is the interval at site s.
// Members get one shift of a block at most.
type Shift struct {
	ID           string
	Starts, Ends string // as in the file
	Block        int32
	At           []Interval
}

// Interval is half-open: from Start until before End.
type Interval struct{ Start, End time.Time }

// Need asks for people in one role on one site-shift.
type Need struct {
	Site, Shift      int32
	Role             Role
	Min, Target, Max int
}

// Role is what someone does on the line; captains first.
type Role uint8

// The roles in the order in which plans list them.
const (
	Captain Role = iota
	Safety
	Line
	Standby
)

var roleNames = []string{"captain", "safety", "line", "standby"}

func (r Role) String() string { return roleNames[r] }

// Slot is a member in a shift.
type Slot struct{ Member, Shift int32 }

// Answer is what a member said to a shift.
type Answer string

// Answers that allow a placement.
const (
	Yes      Answer = "yes"
	IfNeeded Answer = "if_needed"
)

// Team is two to five people who stand together or not at all.
type Team struct {
	ID      string
	Members []int32
}

// Ban keeps a member from a site, a shift or both; -1 is any. Its reason stays in the file.
type Ban struct{ Member, Site, Shift int32 }

// Policy is what the organisers decide. Minutes throughout.
type Policy struct {
	MaxTravelMin  int  `json:"max_travel_min"`
	IfNeededMin   int  `json:"if_needed_min"`
	HomeBonusMin  int  `json:"home_bonus_min"`
	PlaceEveryone bool `json:"place_everyone"`
	MinRestMin    int  `json:"min_rest_min"`
	UseTeams      bool `json:"use_teams"`
	FreezeMin     int  `json:"freeze_min"`
}

// DefaultPolicy is the policy of an empty policy.json.
var DefaultPolicy = Policy{90, 30, 15, true, 480, true, 60}
