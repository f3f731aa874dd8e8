// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/i18n"
)

const (
	// AloneUpTo is how many people one account may take out in a file without a second person.
	AloneUpTo = 100
	// fetchWithin is how long an approved file can be fetched.
	fetchWithin = 24 * time.Hour
	// mostExported bounds what is held in memory for one file.
	mostExported = 200_000
)

// exportRequest is a file that was asked for.
type exportRequest struct {
	ID         string    `json:"id"`
	Account    string    `json:"account"`
	Name       string    `json:"name"` // of the account
	Query      string    `json:"-"`
	Format     string    `json:"format"`
	N          int       `json:"n"`
	Filter     string    `json:"filter"` // in words
	AskedAt    time.Time `json:"asked_at"`
	ApprovedBy string    `json:"approved_by,omitempty"` // shown name
	ApprovedAt time.Time `json:"approved_at"`
}

// open tells whether the file can be fetched at now.
func (e exportRequest) open(now time.Time) bool {
	return e.ApprovedBy != "" && now.Sub(e.ApprovedAt) < fetchWithin
}

const exportColumns = `SELECT e.id, e.account_id, a.display, e.query, e.format, e.n, e.asked_at, COALESCE(b.display, e.approved_by),
	e.approved_at FROM export_request e JOIN account a ON a.id = e.account_id LEFT JOIN account b ON b.id = e.approved_by`

func scanExport(r *sql.Rows) (e exportRequest, err error) {
	var asked, approved int64
	err = r.Scan(&e.ID, &e.Account, &e.Name, &e.Query, &e.Format, &e.N, &asked, &e.ApprovedBy, &approved)
	e.AskedAt, e.ApprovedAt = time.UnixMilli(asked), time.UnixMilli(approved)
	return e, err
}

// askExport keeps the wish for a file of n people and returns its id.
func (s *Store) askExport(ctx context.Context, a asked, format string, n int) (string, error) {
	return db.InTx(ctx, s.d, func(tx *db.Tx) (string, error) { return ask(ctx, tx, a.with(), format, a.detail(), n) })
}

func ask(ctx context.Context, tx *db.Tx, query, format, detail string, n int) (string, error) {
	id := newID()
	if _, err := tx.Exec(ctx, `INSERT INTO export_request (id, account_id, query, format, n, asked_at) VALUES ($1, $2, $3, $4, $5, $6)`,
		id, audit.By(ctx).Account, query, format, n, tx.Now.UnixMilli()); err != nil {
		return "", fmt.Errorf("ask for export: %w", err)
	}
	_, err := audit.Append(ctx, tx, audit.Entry{Verb: "export.ask", Object: "export:" + id, Detail: detail, Count: n})
	return id, err
}

// File is a file of people that another room writes: a second person approves it on the page of files, and whoever asked fetches it from Path.
type File struct {
	Path string // of the room's own, without a query
	Of   string // what it is of, for the room: an id
	Word string // the key of what it is called
	Name string // and what it is of, in words: nothing personal
}

func (f File) query() string {
	return url.Values{"file": {f.Path}, "of": {f.Of}, "word": {f.Word}, "name": {f.Name}}.Encode()
}

// Ask keeps the wish for it, as CSV, of n people.
func (f File) Ask(ctx context.Context, tx *db.Tx, n int) error {
	_, err := ask(ctx, tx, f.query(), "csv", path.Base(f.Path), n)
	return err
}

// Approved says whether the caller may fetch the file that she asked for under id, of n people now. Errors: Missing, Conflict before the second person's word, a
// day after it, and where more people are in it than she said yes to.
func (f File) Approved(ctx context.Context, tx *db.Tx, id string, n int) error {
	e, err := approved(ctx, tx, id)
	if err != nil {
		return err
	}
	values, err := url.ParseQuery(e.Query)
	if err != nil || values.Get("file") != f.Path || values.Get("of") != f.Of {
		return fault.New(fault.Missing, "roster.export.missing")
	}
	if n > e.N && n > AloneUpTo {
		return fault.New(fault.Conflict, "roster.export.grew", "N", n, "Was", e.N)
	}
	return nil
}

// mayApprove tells whether the caller is one of those who may be the second person: an officer, or a data lead who may save files
// herself, of the whole unit.
func mayApprove(ctx context.Context) bool {
	id := auth.By(ctx)
	return id != nil && slices.ContainsFunc(id.Grants, func(g auth.Grant) bool {
		return g.Scope == auth.Unit && (g.Role == auth.Officer || g.Role == auth.DataLead && g.MayExport)
	})
}

// alone records that the caller takes people out in a file without a second person, and tells whether she may: she takes out no
// more than AloneUpTo different people that way within a day, however many files she cuts them into. The record is durable before
// the file is sent.
func (s *Store) alone(ctx context.Context, e audit.Entry) (bool, error) {
	return db.InTx(ctx, s.d, func(tx *db.Tx) (bool, error) { return TakeAlone(ctx, tx, e) })
}

// TakeAlone is alone for other rooms' files of people, in a transaction of theirs: all files of a day count together.
func TakeAlone(ctx context.Context, tx *db.Tx, e audit.Entry) (bool, error) {
	me := audit.By(ctx).Account
	if err := tx.Lock(ctx, "export "+me); err != nil {
		return false, err
	}
	// What a second person approved has the export as its object: it is not counted again.
	taken, err := db.Strings(ctx, tx, `SELECT subjects FROM audit_record WHERE actor = $1 AND (verb = 'person.export' AND object = '' OR verb = 'line.hours_export' AND object NOT LIKE 'export:%')
		AND at > $2 ORDER BY seq`, me, tx.Now.Add(-24*time.Hour).UnixMilli())
	if err != nil {
		return false, fmt.Errorf("read files of the day: %w", err)
	}
	all := map[string]bool{}
	for _, ids := range taken {
		for id := range strings.FieldsSeq(ids) {
			all[id] = true
		}
	}
	for _, id := range e.Subjects {
		all[audit.Short(id)] = true
	}
	if len(all) > AloneUpTo {
		return false, nil
	}
	_, err = audit.Append(ctx, tx, e)
	return true, err
}

// exports returns the files asked for in the last thirty days: all to whoever may approve, else the caller's own.
func (s *Store) exports(ctx context.Context, tr *i18n.Translator) ([]exportRequest, error) {
	all := mayApprove(ctx)
	at, err := s.places(ctx)
	if err != nil {
		return nil, err
	}
	words := &peopleView{tr: tr, at: at}
	return db.InRead(ctx, s.d, func(tx *db.Tx) ([]exportRequest, error) {
		list, err := db.All(ctx, tx, scanExport, exportColumns+` WHERE e.asked_at > $1 ORDER BY e.asked_at DESC, e.id LIMIT 200`,
			tx.Now.AddDate(0, 0, -30).UnixMilli())
		if err != nil {
			return nil, fmt.Errorf("read exports: %w", err)
		}
		for i := range list {
			if list[i].Filter, err = words.told(list[i].Query); err != nil {
				return nil, err
			}
		}
		return slices.DeleteFunc(list, func(e exportRequest) bool { return !all && e.Account != audit.By(ctx).Account }), nil
	})
}

// approve is the second person's word. Errors: Forbidden for her own file and for whoever may not; Missing; Conflict when
// another was faster.
func (s *Store) approve(ctx context.Context, id string) error {
	if !mayApprove(ctx) {
		return fault.New(fault.Forbidden, "roster.export.not_second")
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		e, err := export(ctx, tx, id)
		if err != nil {
			return err
		}
		me := audit.By(ctx).Account
		if e.Account == me {
			return fault.New(fault.Forbidden, "roster.export.own")
		}
		n, err := tx.ExecN(ctx, `UPDATE export_request SET approved_by = $1, approved_at = $2 WHERE id = $3 AND approved_by = ''`, me,
			tx.Now.UnixMilli(), id)
		if err != nil {
			return fmt.Errorf("approve export: %w", err)
		}
		if n == 0 {
			return fault.New(fault.Conflict, "roster.export.decided")
		}
		_, err = audit.Append(ctx, tx, audit.Entry{Verb: "export.approve", Object: "export:" + id, Count: e.N})
		return err
	})
}

func export(ctx context.Context, tx *db.Tx, id string) (exportRequest, error) {
	all, err := db.All(ctx, tx, scanExport, exportColumns+` WHERE e.id = $1`, id)
	if err != nil {
		return exportRequest{}, fmt.Errorf("read export: %w", err)
	}
	if len(all) == 0 {
		return exportRequest{}, fault.New(fault.Missing, "roster.export.missing")
	}
	return all[0], nil
}

// approved returns the caller's own request when its file may be fetched now.
func (s *Store) approved(ctx context.Context, id string) (exportRequest, error) {
	return db.InRead(ctx, s.d, func(tx *db.Tx) (exportRequest, error) { return approved(ctx, tx, id) })
}

func approved(ctx context.Context, tx *db.Tx, id string) (exportRequest, error) {
	e, err := export(ctx, tx, id)
	if err != nil {
		return e, err
	}
	switch {
	case e.Account != audit.By(ctx).Account:
		return e, fault.New(fault.Missing, "roster.export.missing")
	case e.ApprovedBy == "":
		return e, fault.New(fault.Conflict, "roster.export.waits")
	case !e.open(tx.Now):
		return e, fault.New(fault.Conflict, "roster.export.too_late")
	}
	return e, nil
}

// exported is what goes into a file: the lines, and what its first rows say of them.
type exported struct {
	lines []Listed
	at    *placed
}

// leaving returns the people of a list who may leave in a file: those within both reaches, of reading and of export.
func (s *Store) leaving(ctx context.Context, a asked, search string) (exported, error) {
	read, err := auth.Allowed(ctx, auth.PersonRead)
	if err != nil {
		return exported{}, err
	}
	out, err := auth.Allowed(ctx, auth.Export)
	if err != nil {
		return exported{}, err
	}
	return db.InRead(ctx, s.d, func(tx *db.Tx) (exported, error) {
		rev, err := revision(ctx, tx)
		if err != nil {
			return exported{}, err
		}
		at, err := s.placed(ctx, tx, rev)
		if err != nil {
			return exported{}, err
		}
		a.settle(at)
		q := newPeopleQuery(a.filter(search, at), read, reach(ctx, auth.PersonContact))
		q.export = &out
		lines, _, after, err := q.page(ctx, tx, nil, mostExported)
		if err == nil && after {
			err = fault.New(fault.TooLarge, "roster.export.too_many", "Max", mostExported)
		}
		return exported{lines, at}, err
	})
}
