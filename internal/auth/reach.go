// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"slices"
	"strings"
	"time"

	"github.com/tenday/tenday/internal/db"
)

// Grant is one right of an account while it lives.
type Grant struct {
	ID        string
	Account   string
	Role      Role
	Scope     Scope
	ScopeID   string // of the turf, worksite or region; "" for own and unit
	MayExport bool
	From      time.Time
	Until     time.Time
	Ended     time.Time // zero: not ended before its time
	Pending   bool      // asked for; an officer has yet to confirm

	why string // for the audit
}

// Identity is who calls: an account with its live grants, on a device.
type Identity struct {
	Account string
	Person  string // "" for staff who are not on the roster
	Display string
	Locale  string
	Device  string
	Grants  []Grant // live now
	Lapsed  *Grant  // the role that ended last and was not given again; nil: none

	helper string         // who can give it again
	zone   *time.Location // the campaign's, when a role has lapsed
	seen   time.Time      // the device's last request but those of the last minutes
}

// Reach is how far an ability goes: the union of the scopes of all grants that hold it. The zero Reach reaches nobody.
type Reach struct {
	Ability Ability
	All     bool     // the whole unit
	Regions []string // names
	Sites   []string // worksite ids
	Sets    []string // people set ids
	Person  string   // oneself
	GrantID string   // the widest grant that gave it, for the audit
}

// Reach returns how far the identity's grants carry a, and false when no grant holds it.
func (id *Identity) Reach(a Ability) (Reach, bool) {
	out := Reach{Ability: a}
	found := false
	widest := -1
	for _, g := range id.Grants {
		own, ok := book().roles[g.Role][a]
		if !ok || a == Export && !g.MayExport {
			continue
		}
		found = true
		scope := g.Scope
		if own {
			scope = Own
		}
		switch scope {
		case Own:
			out.Person = id.Person
		case Turf:
			out.Sets = append(out.Sets, g.ScopeID)
		case Site:
			out.Sites = append(out.Sites, g.ScopeID)
		case Region:
			out.Regions = append(out.Regions, g.ScopeID)
		case Unit:
			out.All = true
		}
		if w := slices.Index([]Scope{Own, Turf, Site, Region, Unit}, scope); w > widest {
			widest, out.GrantID = w, g.ID
		}
	}
	return out, found
}

// Label names the reach for the audit: "unit", "site:0199…", "turf:…"; several are joined.
func (r Reach) Label() string {
	if r.All {
		return string(Unit)
	}
	var parts []string
	for _, x := range r.Regions {
		parts = append(parts, "region:"+x)
	}
	for _, x := range r.Sites {
		parts = append(parts, "site:"+x)
	}
	for _, x := range r.Sets {
		parts = append(parts, "turf:"+x)
	}
	if r.Person != "" {
		parts = append(parts, "own")
	}
	return strings.Join(parts, " ")
}

// Key tells reaches apart, for what is remembered of one: unlike Label it says who "own" is.
func (r Reach) Key() string { return r.Label() + "\x00" + r.Person }

// Where returns the condition under which the person of column is within reach, its parameters added to args. It reads
// person_site and people_set_member by their keys. A reach that holds nobody gives a condition that is never true.
func (r Reach) Where(column string, args *db.Args) string {
	if r.All {
		return "1 = 1"
	}
	var or []string
	if r.Person != "" {
		or = append(or, column+" = "+args.Add(r.Person))
	}
	if len(r.Sets) > 0 {
		or = append(or, column+" IN (SELECT person_id FROM people_set_member WHERE set_id IN "+args.In(r.Sets)+")")
	}
	if len(r.Sites) > 0 {
		or = append(or, column+" IN (SELECT person_id FROM person_site WHERE worksite_id IN "+args.In(r.Sites)+")")
	}
	if len(r.Regions) > 0 {
		or = append(or, column+" IN (SELECT person_id FROM person_site WHERE region IN "+args.In(r.Regions)+")")
	}
	if len(or) == 0 {
		return "1 = 0"
	}
	return "(" + strings.Join(or, " OR ") + ")"
}
