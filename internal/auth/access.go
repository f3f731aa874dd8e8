// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// holderRow is an account as those who manage roles see it: its name, and no contact.
type holderRow struct {
	ID        string
	Person    string
	Display   string
	Suspended time.Time
}

// within is the condition under which an account is in reach: those who are not on the roster belong to the whole unit.
func (r Reach) within(args *db.Args) string {
	if r.All {
		return "1 = 1"
	}
	return "a.person_id <> '' AND " + r.Where("a.person_id", args)
}

func scanHolder(r *sql.Rows) (holderRow, error) {
	var a holderRow
	var suspended int64
	err := r.Scan(&a.ID, &a.Person, &a.Display, &suspended)
	if suspended > 0 {
		a.Suspended = time.UnixMilli(suspended)
	}
	return a, err
}

const holderColumns = `SELECT a.id, a.person_id, a.display, a.suspended_at FROM account a WHERE `

// accountIn returns the account if it is within reach. Errors: Missing, the same for one that does not exist.
func accountIn(ctx context.Context, tx *db.Tx, reach Reach, id string) (holderRow, error) {
	var args db.Args
	query := holderColumns + "a.id = " + args.Add(id) + " AND " + reach.within(&args)
	all, err := db.All(ctx, tx, scanHolder, query, args...)
	if err != nil {
		return holderRow{}, fmt.Errorf("read account: %w", err)
	}
	if len(all) == 0 {
		return holderRow{}, fault.New(fault.Missing, "auth.no_account")
	}
	return all[0], nil
}

// accountsMost is more accounts than a unit has: the page is about who holds which role, and looks through all of them.
const accountsMost = 20000

func accounts(ctx context.Context, tx *db.Tx, reach Reach) ([]holderRow, error) {
	var args db.Args
	query := holderColumns + reach.within(&args) + " ORDER BY a.display, a.id LIMIT " + args.Add(accountsMost)
	all, err := db.All(ctx, tx, scanHolder, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read accounts: %w", err)
	}
	return all, nil
}

// listedGrant is a grant with who gave it and whose it is: account, name, and person if on the roster.
type listedGrant struct {
	Grant
	givenBy, giver, giverPerson string
	whose, person               string
}

// grantList returns grants under a condition on g (role_grant) and a (its account), the newest first.
func grantList(ctx context.Context, tx *db.Tx, where func(*db.Args) string) ([]listedGrant, error) {
	var args db.Args
	all, err := db.All(ctx, tx, func(r *sql.Rows) (listedGrant, error) {
		var g listedGrant
		var from, until, ended int64
		err := r.Scan(&g.ID, &g.Account, &g.Role, &g.Scope, &g.ScopeID, &g.MayExport, &from, &until, &ended, &g.Pending, &g.givenBy,
			&g.giver, &g.giverPerson, &g.whose, &g.person)
		g.From, g.Until = time.UnixMilli(from), time.UnixMilli(until)
		if ended > 0 {
			g.Ended = time.UnixMilli(ended)
		}
		return g, err
	}, `SELECT g.id, g.account_id, g.role, g.scope_kind, g.scope_id, g.may_export, g.from_at, g.until_at, g.ended_at, g.pending,
		g.given_by, COALESCE(b.display, ''), COALESCE(b.person_id, ''), a.display, a.person_id
		FROM role_grant g JOIN account a ON a.id = g.account_id LEFT JOIN account b ON b.id = g.given_by
		WHERE `+where(&args)+` ORDER BY g.from_at DESC, g.id DESC LIMIT `+args.Add(accountsMost), args...)
	if err != nil {
		return nil, fmt.Errorf("read grants: %w", err)
	}
	return all, nil
}

// fold makes names comparable: "Åsa" is found by "asa".
func fold(s string) string {
	out, _, err := transform.String(transform.Chain(norm.NFD, runes.Remove(runes.In(unicode.Mn)), norm.NFC), strings.ToLower(s))
	if err != nil {
		return s
	}
	return out
}
