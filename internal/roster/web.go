// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"embed"
	"fmt"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/web"
)

// Text holds the room's sentences.
//
//go:embed text/*.json
var Text embed.FS

// Templates holds the room's pages.
//
//go:embed templates/*.html
var Templates embed.FS

// Register puts the room's pages on the server.
func Register(s *web.Server, st *Store) error {
	if err := s.Add(Templates, append(st.peopleRoutes(), st.importRoutes()...)...); err != nil {
		return fmt.Errorf("add roster: %w", err)
	}
	s.Show(
		web.Item{Href: "/people", Key: "roster.people.title", Icon: "people", Access: auth.Need(auth.PersonRead), Tab: true},
		web.Item{Href: "/worksites", Key: "roster.sites.nav", Icon: "worksite", Access: web.SignedIn},
		web.Item{Href: "/lists", Key: "roster.list.title", Icon: "lists", Access: auth.Need(auth.ListImport)},
		web.Item{Href: "/duplicates", Key: "roster.pair.title", Icon: "merge", Access: auth.Need(auth.PairDecide)},
	)
	return nil
}

// peopleRoutes are the pages of people, worksites and files that leave.
func (s *Store) peopleRoutes() []web.Route {
	read, edit, places, export := auth.Need(auth.PersonRead), auth.Need(auth.PersonEdit), auth.Need(auth.RosterEdit), auth.Need(auth.Export)
	return []web.Route{
		{Pattern: "GET /people", Access: read, Handler: s.servePeople},
		{Pattern: "POST /people/find", Access: read, Handler: s.findPeople},
		{Pattern: "POST /views", Access: read, Handler: s.saveView},
		{Pattern: "POST /views/{id}/delete", Access: read, Handler: s.deleteView},
		{Pattern: "GET /people/new", Access: edit, Handler: s.newPerson},
		{Pattern: "POST /people/new", Access: edit, Handler: s.createPerson},
		{Pattern: "GET /people/{id}", Access: read, Handler: s.servePerson},
		{Pattern: "POST /people/{id}", Access: edit, Handler: s.editPerson},
		{Pattern: "POST /people/{id}/undo/{act}", Access: edit, Handler: s.undoEdit},
		{Pattern: "GET /worksites", Access: web.SignedIn, Handler: s.serveWorksites},
		{Pattern: "GET /worksites/map", Access: web.SignedIn, Handler: s.serveMap},
		{Pattern: "GET /clinics", Access: web.Public, Handler: s.serveClinics},
		{Pattern: "GET /worksites/new", Access: places, Handler: s.newWorksite},
		{Pattern: "POST /worksites/new", Access: places, Handler: s.createWorksite},
		{Pattern: "GET /worksites/{id}", Access: web.SignedIn, Handler: s.serveWorksite},
		{Pattern: "GET /worksites/{id}/edit", Access: places, Handler: s.changeWorksite},
		{Pattern: "POST /worksites/{id}", Access: places, Handler: s.editWorksite},
		{Pattern: "POST /people/export", Access: export, Handler: s.exportPeople},
		{Pattern: "GET /exports", Access: web.SignedIn, Handler: s.serveExports},
		{Pattern: "POST /exports/{id}/approve", Access: web.SignedIn, Handler: s.approveExport},
		{Pattern: "GET /exports/{id}/file", Access: export, Handler: s.sendExport},
	}
}
