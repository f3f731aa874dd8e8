// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/web"
)

// AddListSites adds the worksites that list id names and the roster does not have, and returns how many: a union's first list comes
// before anybody has typed one. Code and name are as printed, the town is what is left of the name; the rest is for the worksite's
// page. The list must be previewed again. Errors: Forbidden but for the whole unit, Conflict when
// there is none to add.
func (s *Store) AddListSites(ctx context.Context, id string) (int, error) {
	for _, a := range []auth.Ability{auth.RosterEdit, auth.ListImport} {
		if err := wholeUnit(ctx, a); err != nil {
			return 0, err
		}
	}
	sites, err := db.InRead(ctx, s.d, func(tx *db.Tx) ([]Worksite, error) { return listSites(ctx, tx, id) })
	if err != nil {
		return 0, err
	}
	if len(sites) == 0 {
		return 0, fault.New(fault.Conflict, "roster.list.no_sites")
	}
	return len(sites), s.AddWorksites(ctx, sites)
}

// sqlSiteRows reads the rows of a list with a worksite that is not on file, by the list's key.
const sqlSiteRows = `SELECT raw FROM list_row WHERE import_id = $1 AND parsed LIKE '%"worksite_unknown"%' ORDER BY line`

func listSites(ctx context.Context, tx *db.Tx, id string) ([]Worksite, error) {
	i, err := importOf(ctx, tx, id, "")
	if err != nil {
		return nil, err
	}
	e, err := employer(ctx, tx)
	if err != nil {
		return nil, err
	}
	zone, err := db.Zone(ctx, tx)
	if err != nil {
		return nil, err
	}
	at := func(f Field) int {
		return slices.IndexFunc(i.Mapping.Columns, func(c Column) bool { return c.Field == f })
	}
	codeAt, nameAt := at(FieldWorksiteCode), at(FieldWorksiteName)
	found := map[string]Worksite{}
	width := 0
	err = tx.Rows(ctx, sqlSiteRows, []any{id}, func(r *sql.Rows) error {
		var raw string
		var cells []string
		if err := r.Scan(&raw); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(raw), &cells); err != nil {
			return fmt.Errorf("read row: %w", err)
		}
		code, name := clean(cell(cells, codeAt)), clean(cell(cells, nameAt))
		if blank(code) {
			code = name
		}
		if _, ok := found[code]; !ok && !blank(code) {
			if digits(code) == code {
				width = max(width, len(code))
			}
			found[code] = newSite(code, cmp.Or(name, code), e)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read worksites of list: %w", err)
	}
	var out []Worksite
	for _, w := range found {
		if digits(w.Code) == w.Code { // a spreadsheet eats leading zeros
			w.Code = strings.Repeat("0", width-len(w.Code)) + w.Code
		}
		w.Zone = zone.String()
		out = append(out, w)
	}
	slices.SortFunc(out, func(a, b Worksite) int { return strings.Compare(a.Code, b.Code) })
	return out, nil
}

// siteWords are the words of a worksite's name that are not its town.
var siteWords = map[string]bool{
	"clinic": true, "clinics": true, "urgent": true, "care": true, "hospital": true, "medical": true,
	"center": true, "centre": true, "health": true, "office": true, "eh": true, "uc": true,
}

func newSite(code, name string, e Employer) Worksite {
	w := Worksite{EmployerID: e.ID, Code: code, Name: NameCase(name), Kind: "clinic", Status: Open}
	folded := Fold(name)
	switch {
	case strings.Contains(folded, "urgent care"):
		w.Kind = "urgent_care"
	case strings.Contains(folded, "hospital"):
		w.Kind = "hospital"
	}
	own := strings.Fields(Fold(e.Name))
	var town []string
	for word := range strings.FieldsSeq(w.Name) {
		if f := Fold(word); f != "" && !siteWords[f] && !slices.Contains(own, f) {
			town = append(town, word)
		}
	}
	w.Town = cmp.Or(strings.Join(town, " "), w.Name)
	return w
}

// takeSites serves POST /lists/{id}/worksites: the worksites are added, and the list is previewed with them.
func (s *Store) takeSites(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	n, err := s.AddListSites(r.Context(), id)
	if err != nil {
		return err
	}
	web.Say(w, r, web.Flash{Key: "roster.list.sites_added", Args: map[string]any{"N": n}})
	return s.work("preview")(w, r)
}
