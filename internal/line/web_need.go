// SPDX-License-Identifier: Apache-2.0

package line

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/internal/web"
)

type kindRow struct {
	Kind, Label string
	Rows        []needRow
}

type needRow struct {
	Role, Label      string
	Min, Target, Max int
	Hint             string // where it may be left empty
	Empty            bool
}

// Of writes one of the row's numbers.
func (r needRow) Of(n int) string {
	if r.Empty {
		return ""
	}
	return strconv.Itoa(n)
}

// defaults are the needs that shifts inherit from an owner, by role.
func defaults(ctx context.Context, tx *db.Tx, owner string) ([]Need, error) {
	all, err := db.All(ctx, tx, func(rows *sql.Rows) (n Need, err error) { return n, rows.Scan(&n.Role, &n.Min, &n.Target, &n.Max) },
		`SELECT role, min, target, max FROM need_default WHERE owner = $1 ORDER BY role LIMIT 20`, owner)
	if err != nil {
		return nil, fmt.Errorf("read needs: %w", err)
	}
	return all, nil
}

// defaultRows are the fields of a form of needs that shifts inherit: where standby is left empty, it follows from the line's.
func defaultRows(tr *i18n.Translator, needs []Need) []needRow {
	rows := needRows(tr, shownRoles, needs)
	for i := range rows {
		if r := &rows[i]; r.Role == string(Standby) {
			r.Hint = tr.T("line.needs.standby")
			r.Empty = !slices.ContainsFunc(needs, func(n Need) bool { return n.Role == Standby })
		}
	}
	return rows
}

// needRows are the fields of a form of needs.
func needRows(tr *i18n.Translator, roles []Role, needs []Need) (rows []needRow) {
	for _, role := range roles {
		row := needRow{Role: string(role), Label: tr.T("line.role." + string(role))}
		if i := slices.IndexFunc(needs, func(n Need) bool { return n.Role == role }); i >= 0 {
			row.Min, row.Target, row.Max = needs[i].Min, needs[i].Target, needs[i].Max
		}
		rows = append(rows, row)
	}
	return rows
}

// needsIn reads a form of needs.
func needsIn(r *http.Request) (needs []Need, err error) {
	var problems []*fault.Error
	for _, role := range Roles {
		var n [3]int
		set := false
		for i, part := range []string{"min", "target", "max"} {
			text := strings.TrimSpace(r.PostFormValue(string(role) + "-" + part))
			if text == "" {
				continue
			}
			var err error
			if n[i], err = strconv.Atoi(text); err != nil {
				problems = append(problems, fault.Field(string(role)+"-"+part, "line.need_order"))
			}
			set = set || n[i] > 0 || role == Standby // none is said with zeros, nothing with empty fields
		}
		if set {
			needs = append(needs, Need{Role: role, Min: n[0], Target: n[1], Max: n[2]})
		}
	}
	return needs, fault.Join(problems...)
}

// needs serves POST /lines/{line}/needs, for the line or (shift=) one of its shifts.
func (h handler) needs(w http.ResponseWriter, r *http.Request) error {
	owner := "line:" + r.PathValue("line")
	if shift := r.PostFormValue("shift"); shift != "" {
		owner = "shift:" + shift
	}
	needs, err := needsIn(r)
	if err == nil {
		err = h.SetNeeds(r.Context(), owner, needs)
	}
	return h.lineDone(w, r, err, "line.said.needs", nil)
}

// kindNeeds serves POST /line-needs: kind=day or night.
func (h handler) kindNeeds(w http.ResponseWriter, r *http.Request) error {
	needs, err := needsIn(r)
	if err == nil {
		err = h.SetNeeds(r.Context(), "kind:"+r.PostFormValue("kind"), needs)
	}
	if f, ok := web.Refill(r, err); ok {
		return h.linesForm(w, r, f, http.StatusUnprocessableEntity)
	} else if err != nil {
		return err
	}
	web.Say(w, r, web.Flash{Key: "line.said.needs"})
	return web.Done(w, r, "/lines", nil)
}
