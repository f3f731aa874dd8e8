// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/web"
)

// savedView is a list that an account gave a name. It is that account's alone.
type savedView struct {
	ID, Name, Query string
	Current         bool
}

// The unique index (account_id, name) is the order asked for.
const sqlViews = `SELECT id, name, query FROM saved_view WHERE account_id = $1 ORDER BY account_id, name LIMIT 50`

func savedViews(ctx context.Context, tx *db.Tx, a asked) ([]savedView, error) {
	here := a.with()
	views, err := db.All(ctx, tx, func(r *sql.Rows) (v savedView, err error) {
		err = r.Scan(&v.ID, &v.Name, &v.Query)
		v.Current = v.Query == here
		return v, err
	}, sqlViews, audit.By(ctx).Account)
	if err != nil {
		return nil, fmt.Errorf("read saved views: %w", err)
	}
	return views, nil
}

// saveView serves POST /views (name, query): the list as it stands gets a name.
func (s *Store) saveView(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	name := strings.TrimSpace(r.PostFormValue("name"))
	if name == "" || len(name) > 60 {
		return fault.Field("name", "roster.view.name_needed")
	}
	values, err := url.ParseQuery(r.PostFormValue("query"))
	if err != nil {
		return fault.Field("query", "roster.view.name_needed")
	}
	at, err := s.places(ctx)
	if err != nil {
		return err
	}
	a := readAsked(values) // only what a list's address may say is kept
	a.settle(at)
	err = db.Do(ctx, s.d, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO saved_view (id, account_id, name, query, at) VALUES ($1, $2, $3, $4, $5)`, newID(),
			audit.By(ctx).Account, name, a.with(), tx.Now.UnixMilli())
		if db.IsUnique(err) {
			return &fault.Error{Code: fault.Conflict, Key: "roster.view.name_taken", Field: "name", Err: err}
		} else if err != nil {
			return fmt.Errorf("save view: %w", err)
		}
		_, err = audit.Append(ctx, tx, audit.Entry{Verb: "view.save", Detail: a.detail(), Count: 1})
		return err
	})
	if err != nil {
		return err
	}
	web.Say(w, r, web.Flash{Key: "roster.view.saved"})
	return web.Done(w, r, a.address(), nil)
}

// deleteView serves POST /views/{id}/delete.
func (s *Store) deleteView(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	err := db.Do(ctx, s.d, func(tx *db.Tx) error {
		n, err := tx.ExecN(ctx, `DELETE FROM saved_view WHERE id = $1 AND account_id = $2`, r.PathValue("id"), audit.By(ctx).Account)
		if err != nil {
			return fmt.Errorf("delete view: %w", err)
		}
		if n == 0 {
			return fault.New(fault.Missing, "roster.view.missing")
		}
		_, err = audit.Append(ctx, tx, audit.Entry{Verb: "view.delete", Count: 1})
		return err
	})
	if err != nil {
		return err
	}
	web.Say(w, r, web.Flash{Key: "roster.view.deleted"})
	return web.Done(w, r, "/people", nil)
}
