// SPDX-License-Identifier: Apache-2.0

package roster_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/roster"
)

// room is a roster with an employer and the demo's worksites, and nobody on it.
type room struct {
	*roster.Store
	d   *db.DB
	t   testing.TB
	ctx context.Context // of a data lead
}

// demoFile returns a demo list.
func demoFile(tb testing.TB, name string) []byte {
	tb.Helper()
	for _, dir := range []string{filepath.Join("testdata", "demo"), filepath.Join("..", "demo", "data")} {
		if body, err := os.ReadFile(filepath.Join(dir, name)); err == nil {
			return body
		}
	}
	tb.Fatalf("no demo list %s", name)
	return nil
}

func demoRows(tb testing.TB, name string) []map[string]string {
	tb.Helper()
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(demoFile(tb, name), []byte("\uFEFF"))))
	all, err := r.ReadAll()
	if err != nil {
		tb.Fatal(err)
	}
	var out []map[string]string
	for _, cells := range all[1:] {
		row := map[string]string{}
		for i, h := range all[0] {
			row[h] = cells[i]
		}
		out = append(out, row)
	}
	return out
}

func as(tb testing.TB, account string) context.Context {
	tb.Helper()
	ctx := audit.With(tb.Context(), audit.Actor{Account: account})
	return auth.As(ctx, &auth.Identity{Account: account, Grants: []auth.Grant{{Role: auth.DataLead, Scope: auth.Unit}}})
}

func newRoom(tb testing.TB, d *db.DB) *room {
	tb.Helper()
	log := audit.NewLog(d)
	r := &room{Store: roster.NewStore(d, log), d: d, t: tb, ctx: as(tb, "data-lead")}
	tb.Cleanup(func() {
		_ = r.Close()
		_ = log.Close()
	})
	e, _, err := r.AddEmployer(r.ctx, roster.Employer{
		Name: "Example Health (fictional employer)", NumberWidth: 7,
		MailDomains: []string{"clinic.example.org"},
	}, roster.UnitInfo{Name: "Clinicians"})
	r.must(err)
	var sites []roster.Worksite
	for _, s := range demoRows(tb, "sites.csv") {
		closes, err := roster.ParseDate(s["closes_on"])
		r.must(err)
		sites = append(sites, roster.Worksite{
			EmployerID: e, Code: s["site_code"], Name: s["name"], Town: s["town"], Kind: strings.ReplaceAll(s["kind"], " ", "_"),
			Region: s["region"], Zone: s["tz"], Status: roster.WorksiteStatus(s["status"]), ClosesOn: closes,
		})
	}
	r.must(r.AddWorksites(r.ctx, sites))
	return r
}

func (r *room) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// preview uploads a list and previews it.
func (r *room) preview(kind roster.ListKind, name string, body []byte, day string) *roster.Import {
	r.t.Helper()
	id, err := r.Upload(r.ctx, kind, name, bytes.NewReader(body), int64(len(body)))
	r.must(err)
	asOf, err := roster.ParseDate(day)
	r.must(err)
	r.must(r.SetAsOf(r.ctx, id, asOf, false))
	i, err := r.Import(r.ctx, id)
	r.must(err)
	r.must(r.SetMapping(r.ctx, id, i.Mapping))
	r.must(r.Preview(r.ctx, id, nil))
	i, err = r.Import(r.ctx, id)
	r.must(err)
	return i
}

// apply applies a demo list, with every row that is asked about held back.
func (r *room) apply(kind roster.ListKind, name, day string) *roster.Import {
	r.t.Helper()
	i := r.preview(kind, name, demoFile(r.t, name), day)
	_, err := r.DecideAll(r.ctx, i.ID, roster.HoldRow, 1)
	r.must(err)
	r.must(r.Apply(r.ctx, i.ID))
	return i
}

// truth returns the person and the note of each line of a demo list.
func truth(tb testing.TB, name string) (person, note map[int]string) {
	tb.Helper()
	person, note = map[int]string{}, map[int]string{}
	for _, row := range demoRows(tb, "truth.csv") {
		if row["file"] == name {
			line, err := strconv.Atoi(row["line"])
			if err != nil {
				tb.Fatal(err)
			}
			person[line], note[line] = row["person_id"], row["note"]
		}
	}
	return person, note
}

// lines returns the columns of a query, joined.
func (r *room) lines(query string, args ...any) []string {
	r.t.Helper()
	out, err := db.InRead(r.t.Context(), r.d, func(tx *db.Tx) ([]string, error) { return db.Strings(r.t.Context(), tx, query, args...) })
	r.must(err)
	return out
}

// dumped are the tables that an import and its undoing leave as they were.
var dumped = []string{
	"person", "person_name", "person_identifier", "employment", "contact_point", "worksite", "person_now", "person_site",
	"person_token", "pair",
}

// dump writes those tables and the changes that no list of without made, as text.
func (r *room) dump(without ...string) string {
	r.t.Helper()
	var b strings.Builder
	_, err := db.InRead(r.t.Context(), r.d, func(tx *db.Tx) (int, error) {
		for _, table := range append(slices.Clone(dumped), "change") {
			query := `SELECT * FROM ` + table
			if table == "change" {
				query += ` WHERE import_id NOT IN ('` + strings.Join(append(without, "none"), "', '") + `')`
			}
			var rows []string
			err := tx.Rows(r.t.Context(), query, nil, func(q *sql.Rows) error {
				columns, err := q.Columns()
				if err != nil {
					return err
				}
				values, into := make([]any, len(columns)), make([]any, len(columns))
				for i := range values {
					into[i] = &values[i]
				}
				err = q.Scan(into...)
				rows = append(rows, fmt.Sprint(values...))
				return err
			})
			if err != nil {
				return 0, err
			}
			slices.Sort(rows)
			b.WriteString(table + "\n" + strings.Join(rows, "\n") + "\n")
		}
		return 0, nil
	})
	r.must(err)
	return b.String()
}
