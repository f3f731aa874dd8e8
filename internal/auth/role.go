// SPDX-License-Identifier: Apache-2.0

package auth

import (
	_ "embed" // grants.json
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/tenday/tenday/internal/web"
)

// Ability is one thing that a role may do; grants.json says what each means.
type Ability string

// The abilities that routes declare so far.
const (
	PersonRead    Ability = "person.read"
	PersonContact Ability = "person.contact"
	PersonEdit    Ability = "person.edit"
	ListImport    Ability = "list.import"
	ListRevert    Ability = "list.revert"
	PairDecide    Ability = "pair.decide"
	RosterEdit    Ability = "roster.edit"
	Export        Ability = "export"
	AuditRead     Ability = "audit.read"
	GrantManage   Ability = "grant.manage"
	Invite        Ability = "invite"
	TurfManage    Ability = "turf.manage"
	BoardRead     Ability = "board.read"
	SystemOperate Ability = "system.operate"
	VoteManage    Ability = "vote.manage"
)

// Need is the access of a route for holders of a.
func Need(a Ability) web.Access { return web.Need(string(a)) }

// Role is a name of grants.json: "captain", "data_lead".
type Role string

// The roles that the program itself names.
const (
	Member   Role = "member"
	Captain  Role = "captain"
	Lead     Role = "lead"
	DataLead Role = "data_lead"
	Officer  Role = "officer"
	Operator Role = "operator"
)

// Scope is how far a grant reaches, from narrow to wide.
type Scope string

// The scopes. Turf is a set of people, Site a worksite, Region a region's name.
const (
	Own    Scope = "own"
	Turf   Scope = "turf"
	Site   Scope = "site"
	Region Scope = "region"
	Unit   Scope = "unit"
)

//go:embed grants.json
var grantsJSON []byte

// rolebook is grants.json as the program reads it.
type rolebook struct {
	Abilities map[Ability]string
	roles     map[Role]map[Ability]bool // true: for oneself alone
	widest    map[Role]Scope
}

var book = sync.OnceValue(func() rolebook {
	var file struct {
		Abilities map[Ability]string
		Roles     map[Role]map[string]json.RawMessage
	}
	if err := json.Unmarshal(grantsJSON, &file); err != nil {
		panic(fmt.Errorf("grants.json: %w", err)) // embedded: a test reads it
	}
	b := rolebook{Abilities: file.Abilities, roles: map[Role]map[Ability]bool{}, widest: map[Role]Scope{}}
	for role, scopes := range file.Roles {
		b.roles[role] = map[Ability]bool{}
		for _, s := range []Scope{Own, Turf, Site, Region, Unit} {
			raw, ok := scopes[string(s)]
			if !ok {
				continue
			}
			var abilities []Ability
			if err := json.Unmarshal(raw, &abilities); err != nil {
				panic(fmt.Errorf("grants.json: role %s: %w", role, err))
			}
			b.widest[role] = s
			for _, a := range abilities {
				if file.Abilities[a] == "" {
					panic(fmt.Sprintf("grants.json: role %s: no ability %q", role, a))
				}
				b.roles[role][a] = s == Own
			}
		}
	}
	return b
})

// Roles returns every role, sorted.
func Roles() []Role { return slices.Sorted(maps.Keys(book().roles)) }

// Has tells whether the role holds a at all, in whatever scope.
func (r Role) Has(a Ability) bool {
	_, ok := book().roles[r][a]
	return ok
}

// Abilities returns what the role may do, sorted.
func (r Role) Abilities() []Ability { return slices.Sorted(maps.Keys(book().roles[r])) }

// Known tells whether grants.json has the role.
func (r Role) Known() bool { _, ok := book().roles[r]; return ok }

// Widest returns the scope that the role is made for; a grant may be narrower.
func (r Role) Widest() Scope { return book().widest[r] }
