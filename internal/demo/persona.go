// SPDX-License-Identifier: Apache-2.0

package demo

import (
	"github.com/tenday/tenday/internal/auth"
)

// persona is somebody whom a visitor can be. Who is on the roster is named by the truth's id of her.
type persona struct {
	key    string
	icon   string
	person string // "" for staff who are not on the roster
	name   string // of staff; people on the roster have theirs there
	email  string
	grants []auth.Grant // ScopeID is filled in by the story
}

// The captain keeps contact with the nine others of her clinic; the member is one of them.
const (
	captainPerson = "P0205"
	memberPerson  = "P0202"
	captainSite   = "0901"
)

var (
	member   = auth.Grant{Role: auth.Member, Scope: auth.Own}
	personas = []persona{
		{
			key: "officer", icon: "grants", name: "Ruth Amundson", email: "ruth.amundson@post.example.org",
			grants: []auth.Grant{{Role: auth.Officer, Scope: auth.Unit}},
		},
		{
			key: "data_lead", icon: "lists", name: "Ingrid Solberg", email: "ingrid.solberg@post.example.org",
			grants: []auth.Grant{{Role: auth.DataLead, Scope: auth.Unit, MayExport: true}},
		},
		{
			key: "strike", icon: "notice", name: "Marit Halvorsen", email: "marit.halvorsen@post.example.org",
			grants: []auth.Grant{{Role: "strike_committee", Scope: auth.Unit}},
		},
		{
			key: "reviewer", icon: "check", name: "Omar Haddad", email: "omar.haddad@post.example.org",
			grants: []auth.Grant{{Role: "strike_committee", Scope: auth.Unit}},
		},
		{
			key: "lead", icon: "star", name: "Carla Lindgren", email: "carla.lindgren@post.example.org",
			grants: []auth.Grant{{Role: auth.Lead, Scope: auth.Unit}},
		},
		{key: "captain", icon: "phone", person: captainPerson, grants: []auth.Grant{{Role: auth.Captain, Scope: auth.Turf}, member}},
		{key: "member", icon: "person", person: memberPerson, grants: []auth.Grant{member}},
		{key: "patient", icon: "care"},
	}
)

// signsIn tells whether she has an account; a patient has none.
func (p persona) signsIn() bool { return len(p.grants) > 0 }

func personaOf(key string) (persona, bool) {
	for _, p := range personas {
		if p.key == key {
			return p, true
		}
	}
	return persona{}, false
}
