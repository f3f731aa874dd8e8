// SPDX-License-Identifier: Apache-2.0

package trail

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// Line is one record as a page shows it.
type Line struct {
	Seq     int64     `json:"seq"`
	At      time.Time `json:"at"`
	Actor   string    `json:"actor"` // account; "" for the program itself
	Name    string    `json:"name"`
	Role    string    `json:"role"` // of the grant that allowed it, "" when none was asked for
	Verb    string    `json:"verb"`
	Object  string    `json:"object"`
	Scope   string    `json:"scope"`
	Detail  string    `json:"detail"`
	Count   int       `json:"count"`
	Subject string    `json:"-"` // person of Object, for a link; "" for other objects
}

// Filter narrows the list; its zero value is everything. From and To are instants, To excluded.
type Filter struct {
	Actor, Verb, Object string
	From, To            time.Time
	Before              int64 // records below this number; 0: from the newest on
}

// pageSize is how many lines a page has.
const pageSize = 50

// Joined by the keys of account and grant; both are small beside the log.
const sqlLines = `SELECT r.seq, r.at, r.actor, coalesce(a.display, ''), coalesce(g.role, ''), r.verb, r.object, r.scope, r.detail,
	r.count FROM audit_record r LEFT JOIN account a ON a.id = r.actor LEFT JOIN role_grant g ON g.id = r.grant_id WHERE `

// list returns the records of f, the newest first, and whether there are more. It reads from the end of the log backwards, by
// the index of actor or object where one of them is asked for.
func list(ctx context.Context, tx *db.Tx, f Filter) (lines []Line, more bool, err error) {
	var args db.Args
	and := []string{"1 = 1"}
	when := func(asked bool, text string, value any) {
		if asked {
			and = append(and, text+args.Add(value))
		}
	}
	when(f.Actor != "", "r.actor = ", f.Actor)
	when(f.Verb != "", "r.verb = ", f.Verb)
	when(f.Object != "", "r.object = ", f.Object)
	when(!f.From.IsZero(), "r.at >= ", f.From.UnixMilli())
	when(!f.To.IsZero(), "r.at < ", f.To.UnixMilli())
	when(f.Before > 0, "r.seq < ", f.Before)
	return page(ctx, tx, strings.Join(and, " AND "), args)
}

// about returns the records in which the person is the object or one of the subjects. Subjects are searched through: the one
// look at the log that reads all of it, for the one question that is worth it.
func about(ctx context.Context, tx *db.Tx, person string, before int64) (lines []Line, more bool, err error) {
	var args db.Args
	where := "(r.object = " + args.Add("person:"+person) + " OR r.subjects LIKE " + args.Add("% "+audit.Short(person)+" %") + ")"
	if before > 0 {
		where += " AND r.seq < " + args.Add(before)
	}
	return page(ctx, tx, where, args)
}

func page(ctx context.Context, tx *db.Tx, where string, args db.Args) ([]Line, bool, error) {
	query := sqlLines + where + ` ORDER BY r.seq DESC LIMIT ` + args.Add(pageSize+1)
	lines, err := db.All(ctx, tx, func(r *sql.Rows) (l Line, err error) {
		var at int64
		err = r.Scan(&l.Seq, &at, &l.Actor, &l.Name, &l.Role, &l.Verb, &l.Object, &l.Scope, &l.Detail, &l.Count)
		l.At = time.UnixMilli(at).UTC()
		l.Subject, _ = strings.CutPrefix(l.Object, "person:")
		if l.Subject == l.Object {
			l.Subject = ""
		}
		return l, err
	}, query, args...)
	if err != nil {
		return nil, false, fmt.Errorf("read audit: %w", err)
	}
	more := len(lines) > pageSize
	return lines[:min(len(lines), pageSize)], more, nil
}

// Opened is somebody's look at a profile.
type Opened struct {
	Day  string `json:"day"` // ISO, in the campaign's zone
	Name string `json:"name"`
	Role string `json:"role"`
}

// opened returns who opened the person's profile, her own account left out; the newest first, one line a person and day, at most
// 200. It is found by the index of the object.
func opened(ctx context.Context, tx *db.Tx, person, account string, zone *time.Location) ([]Opened, error) {
	const query = `SELECT r.at, coalesce(a.display, ''), coalesce(g.role, '') FROM audit_record r LEFT JOIN account a ON a.id = r.actor
		LEFT JOIN role_grant g ON g.id = r.grant_id WHERE r.object = $1 AND r.verb = 'person.open' AND r.actor <> $2
		ORDER BY r.seq DESC LIMIT 2000`
	var out []Opened
	seen := map[Opened]bool{}
	err := tx.Rows(ctx, query, []any{"person:" + person, account}, func(r *sql.Rows) error {
		var at int64
		var o Opened
		if err := r.Scan(&at, &o.Name, &o.Role); err != nil {
			return err
		}
		o.Day = time.UnixMilli(at).In(zone).Format(time.DateOnly)
		if !seen[o] && len(out) < 200 {
			seen[o] = true
			out = append(out, o)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read who opened a profile: %w", err)
	}
	return out, nil
}

// personName returns how the person is shown, if she is within reach. Errors: Missing.
func personName(ctx context.Context, tx *db.Tx, reach auth.Reach, id string) (string, error) {
	var args db.Args
	where := `person_id = ` + args.Add(id) + ` AND ` + reach.Where("person_id", &args)
	var given, family string
	ok, err := db.Found(tx.Row(ctx, `SELECT given, family FROM person_now WHERE `+where, args...).Scan(&given, &family))
	if err == nil && !ok {
		err = fault.New(fault.Missing, "scope.person")
	}
	return strings.TrimSpace(given + " " + family), err
}

// actor is somebody to filter by.
type actor struct{ ID, Name string }

// actors returns those who hold or held a role beyond a member's own, by name.
func actors(ctx context.Context, tx *db.Tx) ([]actor, error) {
	return db.All(ctx, tx, func(r *sql.Rows) (a actor, err error) { err = r.Scan(&a.ID, &a.Name); return a, err },
		`SELECT a.id, a.display FROM account a WHERE EXISTS (SELECT 1 FROM role_grant g WHERE g.account_id = a.id AND g.role <> 'member')
			ORDER BY a.display, a.id LIMIT 300`)
}
