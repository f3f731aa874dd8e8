// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"context"
	"slices"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/i18n"
)

// Person is somebody on the roster, as far as invitations and turfs need her.
type Person struct {
	ID      string
	Name    string
	Under   string // worksite and occupation
	Account bool   // may sign in already
}

// PeopleQuery narrows what Find returns; empty fields do not.
type PeopleQuery struct {
	ID    string
	Name  string // words that a name of hers begins with
	Site  string // worksite id
	Set   string // people set id
	Limit int
}

// Place is a worksite as a scope.
type Place struct{ ID, Name, Region string }

// People is the roster as this room needs it; the roster implements it, since a foundation knows no room.
type People interface {
	// Find returns the people of the unit within reach who may hold an account, those without one first, then by name, and how
	// many there are in all.
	Find(ctx context.Context, tx *db.Tx, within Reach, q PeopleQuery) ([]Person, int, error)
	// Places returns the worksites by name.
	Places(ctx context.Context, tx *db.Tx) ([]Place, error)
}

// one returns the person within reach. Errors: Missing.
func (s *Store) one(ctx context.Context, tx *db.Tx, within Reach, id string) (Person, error) {
	all, _, err := s.People.Find(ctx, tx, within, PeopleQuery{ID: id, Limit: 1})
	if err != nil {
		return Person{}, err
	}
	if len(all) == 0 {
		return Person{}, fault.New(fault.Missing, "scope.person")
	}
	return all[0], nil
}

// atlas names scopes.
type atlas struct {
	sites []Place
	sets  map[string]string
}

// maps reads worksites and turfs: tens and hundreds.
func (s *Store) maps(ctx context.Context, tx *db.Tx) (*atlas, error) {
	a := &atlas{sets: map[string]string{}}
	var err error
	if a.sites, err = s.People.Places(ctx, tx); err != nil {
		return nil, err
	}
	sets, err := turfs(ctx, tx, Reach{All: true})
	for _, t := range sets {
		a.sets[t.ID] = t.Name
	}
	return a, err
}

func (a *atlas) site(id string) (Place, bool) {
	i := slices.IndexFunc(a.sites, func(p Place) bool { return p.ID == id })
	if i < 0 {
		return Place{}, false
	}
	return a.sites[i], true
}

// regions returns the names of regions, sorted.
func (a *atlas) regions() []string {
	var all []string
	for _, p := range a.sites {
		if p.Region != "" {
			all = append(all, p.Region)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// label writes a scope out.
func (a *atlas) label(tr *i18n.Translator, kind Scope, id string) string {
	switch kind {
	case Site:
		p, _ := a.site(id)
		return p.Name
	case Region:
		return tr.T("auth.scope.region", "Name", id)
	case Turf:
		return tr.T("auth.scope.turf", "Name", a.sets[id])
	}
	return tr.T("auth.scope." + string(kind))
}
