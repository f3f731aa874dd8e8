// SPDX-License-Identifier: Apache-2.0

package strike

import (
	"time"

	"github.com/google/uuid"

	"github.com/tenday/tenday/notice"
)

// Kind is what people do.
type Kind string

// The kinds. A rally or handbilling needs no notice while nobody carries signs or patrols: package notice decides.
const (
	Strike      Kind = "strike"
	Picket      Kind = "informational_picket"
	Rally       Kind = "rally"
	Handbilling Kind = "handbilling"
)

// Kinds lists them in the order in which pages offer them.
var Kinds = []Kind{Strike, Picket, Rally, Handbilling}

// Action is a strike, picket, rally or handbilling as it stands now.
type Action struct {
	ID           string
	Kind         Kind
	Title        string
	State        State
	Starts       notice.Moment // zero until somebody has said it
	Ends         notice.Moment // zero: open-ended
	StartScope   string        // "", or how one start is meant at sites in several zones: same_instant, same_wall_clock
	Began        notice.Moment // the first person out; zero before
	Over         notice.Moment // when it ended, was suspended or settled; zero before
	Sites        []Site        // by town, then code
	Announced    bool          // it was noticed once: everybody may know of it
	FactsVersion int           // rises with start, end, kind, a site and the state
	Supersedes   string        // id of the one called off for this one
	Settlement   string        // reference of the agreement that settled it
	By           string        // account that made it
	At           time.Time
}

// Zone is the zone in which the start is written, "" before one is.
func (a *Action) Zone() string {
	if a.Starts.IsZero() {
		return ""
	}
	return a.Starts.Begin().Location().String()
}

// SiteIDs returns the ids of the sites, in their order.
func (a *Action) SiteIDs() []string { return siteIDs(a.Sites) }

// Site is a worksite as this room needs it.
type Site struct {
	ID, Code, Name, Town, Address, PostalCity, State, ZIP string
	Zone                                                  string // IANA
	Kind                                                  string // clinic, urgent_care, hospital, office
	Region                                                string
	ClosesOn                                              string // "2025-11-01", "" for one that stays
	Closed                                                bool
}

// OpenOn tells whether the worksite is open on the day, "2025-11-05".
func (s *Site) OpenOn(day string) bool {
	return !s.Closed && (s.ClosesOn == "" || day == "" || s.ClosesOn > day)
}

func siteIDs(sites []Site) []string {
	ids := make([]string, len(sites))
	for i, s := range sites {
		ids[i] = s.ID
	}
	return ids
}

// Now is what other rooms need to know of an action that is neither a draft nor closed.
type Now struct {
	ID           string
	Kind         Kind
	Title        string
	State        State
	StartsAt     time.Time // zero: not said
	EndsAt       time.Time // zero: open-ended
	BeganAt      time.Time // since when it is, or was, on: not before the stated start; zero: it never began
	Zone         string    // in which the start is written
	Sites        []string  // worksite ids
	FactsVersion int
}

// Now returns a as other rooms see it.
func (a *Action) Now() Now {
	n := Now{ID: a.ID, Kind: a.Kind, Title: a.Title, State: a.State, Zone: a.Zone(), Sites: a.SiteIDs(), FactsVersion: a.FactsVersion}
	if !a.Starts.IsZero() {
		n.StartsAt = a.Starts.Begin()
	}
	if !a.Ends.IsZero() {
		n.EndsAt = a.Ends.End()
	}
	if !a.Began.IsZero() {
		n.BeganAt = a.Began.Begin()
		if n.BeganAt.Before(n.StartsAt) { // the first person out may have been early: it was not on then
			n.BeganAt = n.StartsAt
		}
	}
	return n
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }
