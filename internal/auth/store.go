// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/google/uuid"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/mail"
)

// Store keeps accounts, grants, devices and the ways in. The exported fields are set before the first request.
type Store struct {
	// BaseURL is where the campaign is reached, "https://campaign.example.org": links and passkeys are made for it. Empty, or on
	// this machine: whatever loopback address the browser uses.
	BaseURL string
	// Proxied says that a proxy of ours stands in front and writes the caller's address last into X-Forwarded-For.
	Proxied bool
	// Mail carries the links.
	Mail mail.Sender
	// Audit records what was read.
	Audit *audit.Log
	// People is the roster, as far as invitations and scopes need it.
	People People
	// MailDomains returns the employers' mail domains, where no link goes.
	MailDomains func(ctx context.Context, tx *db.Tx) ([]string, error)
	// Log gets what went wrong in the background, by ids.
	Log *slog.Logger

	d       *db.DB
	manager *scs.SessionManager
	tries   *limiter
	courier *courier
}

// NewStore returns the store of d. secure says that the server speaks https, so that cookies are for https alone.
func NewStore(d *db.DB, secure bool) *Store {
	s := &Store{d: d, manager: newManager(d, secure), tries: newLimiter(), courier: newCourier(), Log: slog.New(slog.DiscardHandler)}
	s.manager.ErrorFunc = func(w http.ResponseWriter, r *http.Request, err error) {
		if r.Context().Err() != nil { // whoever asked has gone
			return
		}
		s.Log.Error("session", "error", err)
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
	}
	return s
}

// Close waits for links that are on their way.
func (s *Store) Close() error {
	s.courier.wait()
	return nil
}

const (
	// One probe of device by its key, one of account by its own.
	sqlCaller = `SELECT d.account_id, d.state, d.last_seen_at, a.person_id, a.display, a.locale, a.suspended_at
		FROM device d JOIN account a ON a.id = d.account_id WHERE d.id = $1`
	// The account's grants by index; an account has a handful.
	sqlGrants = `SELECT id, account_id, role, scope_kind, scope_id, may_export, from_at, until_at, ended_at FROM role_grant
		WHERE account_id = $1 AND pending = 0 ORDER BY until_at, id LIMIT 100`
)

// identify returns who sends r, nil when nobody is signed in. Errors: SignedOut when the device was signed out or the account
// suspended.
func (s *Store) identify(ctx context.Context) (*Identity, error) {
	device := s.manager.GetString(ctx, "device")
	if device == "" {
		return nil, nil //nolint:nilnil // nobody is a fine answer
	}
	return db.InRead(ctx, s.d, func(tx *db.Tx) (*Identity, error) { return on(ctx, tx, device) })
}

// on returns who is signed in on a device, nil for nobody.
func on(ctx context.Context, tx *db.Tx, device string) (*Identity, error) {
	id := &Identity{Device: device}
	var state string
	var lastSeen, suspended int64
	err := tx.Row(ctx, sqlCaller, device).Scan(&id.Account, &state, &lastSeen, &id.Person, &id.Display, &id.Locale, &suspended)
	if ok, err := db.Found(err); err != nil || !ok {
		return nil, err
	}
	switch {
	case state == "revoked":
		return nil, revoked(ctx, tx, device)
	case suspended > 0:
		return nil, fault.New(fault.SignedOut, "auth.suspended")
	}
	id.seen = time.UnixMilli(lastSeen)
	return id, loadGrants(ctx, tx, id)
}

// Still returns ctx with what its caller may by now, for work that goes on after her request: a grant may have ended since, a device been signed out. Who is on no
// device, the command line or a job, stays as she is. Errors: SignedOut.
func Still(ctx context.Context, tx *db.Tx) (context.Context, error) {
	was := By(ctx)
	if was == nil || was.Device == "" {
		return ctx, nil
	}
	now, err := on(ctx, tx, was.Device)
	if err == nil && now == nil {
		err = fault.New(fault.SignedOut, "auth.signed_out")
	}
	if err != nil {
		return ctx, err
	}
	return context.WithValue(ctx, identityKey{}, now), nil
}

// revoked says who signed the device out, and when.
func revoked(ctx context.Context, tx *db.Tx, device string) error {
	var who string
	var at int64
	err := tx.Row(ctx, `SELECT a.display, d.revoked_at FROM device d JOIN account a ON a.id = d.revoked_by WHERE d.id = $1`, device).Scan(&who, &at)
	if ok, err := db.Found(err); err != nil || !ok {
		return errors.Join(err, fault.New(fault.SignedOut, "auth.signed_out"))
	}
	zone, err := db.Zone(ctx, tx)
	if err != nil {
		return err
	}
	return fault.New(fault.SignedOut, "device.revoked", "Lead", who, "When", spoken{time.UnixMilli(at).In(zone)})
}

func (s *Store) touch(ctx context.Context, device string) error {
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE device SET last_seen_at = $1 WHERE id = $2`, tx.Now.UnixMilli(), device)
		return err
	})
}

func loadGrants(ctx context.Context, tx *db.Tx, id *Identity) error {
	all, err := db.All(ctx, tx, scanGrant, sqlGrants, id.Account)
	if err != nil {
		return fmt.Errorf("read grants: %w", err)
	}
	for _, g := range all {
		if g.live(tx.Now) {
			id.Grants = append(id.Grants, g)
		}
	}
	for i, g := range all {
		renewed := slices.ContainsFunc(id.Grants, func(l Grant) bool { return l.Role == g.Role })
		if !renewed && !g.From.After(tx.Now) && (id.Lapsed == nil || endTime(&g).After(endTime(id.Lapsed))) {
			id.Lapsed = &all[i]
		}
	}
	if id.Lapsed == nil {
		return nil
	}
	if id.zone, err = db.Zone(ctx, tx); err != nil {
		return err
	}
	_, err = db.Found(tx.Row(ctx, sqlHelper, tx.Now.UnixMilli(), tx.Now.UnixMilli(), tx.Now.UnixMilli(), id.Account).Scan(&id.helper))
	return err
}

// sqlHelper finds whom to ask about a role: a lead before an officer ('lead' < 'officer'). Asked for lapsed roles alone.
const sqlHelper = `SELECT a.display FROM role_grant g JOIN account a ON a.id = g.account_id
	WHERE g.role IN ('lead', 'officer') AND g.pending = 0 AND g.from_at <= $1 AND g.until_at > $2
	AND (g.ended_at = 0 OR g.ended_at > $3) AND a.suspended_at = 0 AND a.id <> $4 ORDER BY g.role, a.display, a.id LIMIT 1`

func scanGrant(r *sql.Rows) (Grant, error) {
	var g Grant
	var from, until, ended int64
	err := r.Scan(&g.ID, &g.Account, &g.Role, &g.Scope, &g.ScopeID, &g.MayExport, &from, &until, &ended)
	g.From, g.Until = time.UnixMilli(from), time.UnixMilli(until)
	if ended > 0 {
		g.Ended = time.UnixMilli(ended)
	}
	return g, err
}

func (g *Grant) live(now time.Time) bool {
	return !g.From.After(now) && now.Before(g.Until) && (g.Ended.IsZero() || now.Before(g.Ended))
}

func endTime(g *Grant) time.Time {
	if !g.Ended.IsZero() && g.Ended.Before(g.Until) {
		return g.Ended
	}
	return g.Until
}

// Account is somebody who may sign in.
type Account struct {
	ID      string
	Person  string
	Display string
	Email   string // personal, lower case
	Locale  string
}

// AddAccount makes an account in tx and returns its id. Errors: Conflict when the address has one.
func AddAccount(ctx context.Context, tx *db.Tx, a Account) (string, error) {
	if a.ID == "" {
		a.ID = uuid.Must(uuid.NewV7()).String()
	}
	if a.Locale == "" {
		a.Locale = "en"
	}
	_, err := tx.Exec(ctx, `INSERT INTO account (id, person_id, display, email, locale, created_at, created_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`, a.ID, a.Person, a.Display, strings.ToLower(a.Email), a.Locale,
		tx.Now.UnixMilli(), audit.By(ctx).Account)
	if db.IsUnique(err) {
		return "", &fault.Error{Code: fault.Conflict, Key: "auth.address_taken", Field: "email", Err: err}
	} else if err != nil {
		return "", fmt.Errorf("add account: %w", err)
	}
	_, err = audit.Append(ctx, tx, audit.Entry{Verb: "account.add", Object: "account:" + a.ID, Count: 1})
	return a.ID, err
}

// maxGrant is the longest that a grant may last.
const maxGrant = 180 * 24 * time.Hour

// AddGrant gives g in tx and returns its id. It asks nobody: GiveGrant holds the rules. Until is cut to 180 days.
func AddGrant(ctx context.Context, tx *db.Tx, g Grant) (string, error) {
	if !g.Role.Known() {
		return "", fault.Field("role", "auth.role_unknown")
	}
	g.ID = uuid.Must(uuid.NewV7()).String()
	if g.From.IsZero() {
		g.From = tx.Now
	}
	if g.Until.IsZero() || g.Until.Sub(g.From) > maxGrant {
		g.Until = g.From.Add(maxGrant)
	}
	_, err := tx.Exec(ctx, `INSERT INTO role_grant (id, account_id, role, scope_kind, scope_id, may_export, from_at, until_at,
		given_by, pending) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, g.ID, g.Account, g.Role, g.Scope, g.ScopeID,
		bit(g.MayExport), g.From.UnixMilli(), g.Until.UnixMilli(), audit.By(ctx).Account, bit(g.Pending))
	if err != nil {
		return "", fmt.Errorf("add grant: %w", err)
	}
	verb := "grant.give"
	if g.Pending {
		verb = "grant.ask"
	}
	_, err = audit.Append(ctx, tx, audit.Entry{
		Verb: verb, Object: "account:" + g.Account, Count: 1,
		Detail: fmt.Sprintf("grant=%s role=%s scope=%s:%s export=%d until=%s%s", g.ID, g.Role, g.Scope, g.ScopeID, bit(g.MayExport),
			g.Until.UTC().Format(time.DateOnly), g.why),
	})
	return g.ID, err
}

// bit is how both engines keep a bool.
func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// AddSet makes a set of people, a captain's turf, in tx and returns its id.
func AddSet(ctx context.Context, tx *db.Tx, name string, people []string) (string, error) {
	id := uuid.Must(uuid.NewV7()).String()
	if _, err := tx.Exec(ctx, `INSERT INTO people_set (id, name, made_by) VALUES ($1, $2, $3)`, id, name, audit.By(ctx).Account); err != nil {
		return "", fmt.Errorf("add people set: %w", err)
	}
	rows := make([][]any, len(people))
	for i, p := range people {
		rows[i] = []any{id, p, tx.Now.UnixMilli()}
	}
	if err := tx.Insert(ctx, "people_set_member", []string{"set_id", "person_id", "added_at"}, rows); err != nil {
		return "", err
	}
	_, err := audit.Append(ctx, tx, audit.Entry{Verb: "turf.make", Object: "turf:" + id, Subjects: people, Count: len(people)})
	return id, err
}

func addDevice(ctx context.Context, tx *db.Tx, id, account, label string) error {
	now := tx.Now.UnixMilli()
	if _, err := tx.Exec(ctx, `INSERT INTO device (id, account_id, state, label, created_at, last_seen_at)
		VALUES ($1, $2, 'active', $3, $4, $5)`, id, account, label, now, now); err != nil {
		return fmt.Errorf("add device: %w", err)
	}
	ctx = audit.With(ctx, audit.Actor{Account: account, Device: id})
	_, err := audit.Append(ctx, tx, audit.Entry{Verb: "account.signin", Object: "account:" + account, Count: 1})
	return err
}

// RevokeDevice signs a device out; its next request is refused. Who may do so to whose is the caller's to ask.
func (s *Store) RevokeDevice(ctx context.Context, device string) error {
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		n, err := tx.ExecN(ctx, `UPDATE device SET state = 'revoked', revoked_at = $1, revoked_by = $2
			WHERE id = $3 AND state <> 'revoked'`, tx.Now.UnixMilli(), audit.By(ctx).Account, device)
		if err != nil || n == 0 {
			return errors.Join(err)
		}
		_, err = audit.Append(ctx, tx, audit.Entry{Verb: "device.revoke", Object: "device:" + device, Count: 1})
		return err
	})
}

// IdentityOf returns the identity of an account outside a request, with the grants that live now.
// Errors: Missing.
func (s *Store) IdentityOf(ctx context.Context, account string) (*Identity, error) {
	return db.InRead(ctx, s.d, func(tx *db.Tx) (*Identity, error) {
		id := &Identity{Account: account}
		err := tx.Row(ctx, `SELECT person_id, display, locale FROM account WHERE id = $1`, account).Scan(&id.Person, &id.Display,
			&id.Locale)
		if ok, err := db.Found(err); err != nil || !ok {
			return nil, errors.Join(err, fault.New(fault.Missing, "auth.no_account"))
		}
		return id, loadGrants(ctx, tx, id)
	})
}
