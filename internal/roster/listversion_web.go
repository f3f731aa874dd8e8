// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/tenday/tenday/internal/web"
)

type listsView struct {
	Lists    []*Import     `json:"lists"`
	Versions []UnitVersion `json:"versions"`
}

// Applied are the lists of the employer that can be compared.
func (v listsView) Applied() []*Import {
	return slices.DeleteFunc(slices.Clone(v.Lists), func(i *Import) bool { return i.State != ListApplied || i.Kind != EmployerList })
}

func (s *Store) serveLists(w http.ResponseWriter, r *http.Request) error {
	var v listsView
	var err error
	if v.Lists, err = s.Imports(r.Context()); err != nil {
		return err
	}
	if v.Versions, err = s.UnitVersions(r.Context()); err != nil {
		return err
	}
	return web.Page(w, r, web.View{Page: "lists", Title: "roster.list.title", Body: v})
}

// serveCompare serves GET /lists/compare?a=&b=.
func (s *Store) serveCompare(w http.ResponseWriter, r *http.Request) error {
	c, err := s.CompareLists(r.Context(), r.FormValue("a"), r.FormValue("b"))
	if err != nil {
		return err
	}
	var ids []string
	for _, p := range c.People {
		ids = append(ids, p.PersonID)
	}
	if err := s.saw(r, "list.compare", "list:"+c.B.ID, ids); err != nil {
		return err
	}
	return web.Page(w, r, web.View{Page: "lists-compare", Title: "roster.list.compare", Body: c})
}

// serveUndo serves GET /lists/{id}/undo: what will be undone, before it is.
func (s *Store) serveUndo(w http.ResponseWriter, r *http.Request) error {
	i, err := s.Import(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	if err := nextList.check(i.State, ListReverted); err != nil {
		return err
	}
	all, err := s.Imports(r.Context())
	if err != nil {
		return err
	}
	later := slices.DeleteFunc(all, func(o *Import) bool { return o.Kind != i.Kind || o.State != ListApplied || o.Version <= i.Version })
	return web.Page(w, r, web.View{Page: "import-undo", Title: "roster.list.undo", Body: struct {
		List  *Import   `json:"list"`
		Later []*Import `json:"later"`
	}{i, later}})
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func cutSpace(s string) (before, after string) {
	before, after, _ = strings.Cut(s, " ")
	return before, after
}
