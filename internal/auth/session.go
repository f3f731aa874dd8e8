// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/google/uuid"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

const (
	// sessionLife is how long a device stays signed in; a lost phone is signed out by hand, long before.
	sessionLife = 60 * 24 * time.Hour
	// touchEvery keeps last_seen from turning every page view into a write.
	touchEvery = 5 * time.Minute
)

// sessions is the scs store over the session table. scs hands it the hash of the token.
type sessions struct{ d *db.DB }

func (s sessions) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	data, err := db.InRead(ctx, s.d, func(tx *db.Tx) ([]byte, error) {
		var data []byte
		err := tx.Row(ctx, `SELECT data FROM session WHERE token_hash = $1 AND expires_at > $2`, token,
			tx.Now.UnixMilli()).Scan(&data)
		return data, err
	})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	return data, err == nil, err
}

func (s sessions) CommitCtx(ctx context.Context, token string, data []byte, _ time.Time) error {
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		// scs reckons with the machine's clock; the campaign's may be another (the demo's)
		expires := tx.Now.Add(sessionLife).UnixMilli()
		_, err := tx.Exec(ctx, `INSERT INTO session (token_hash, data, expires_at) VALUES ($1, $2, $3)
			ON CONFLICT (token_hash) DO UPDATE SET data = excluded.data, expires_at = excluded.expires_at`, token, data, expires)
		if err != nil {
			return fmt.Errorf("keep session: %w", err)
		}
		_, err = tx.Exec(ctx, `DELETE FROM session WHERE expires_at <= $1`, tx.Now.UnixMilli())
		return err
	})
}

func (s sessions) DeleteCtx(ctx context.Context, token string) error {
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM session WHERE token_hash = $1`, token)
		return err
	})
}

// The forms without a context are asked for by scs's older interface and never called.
func (s sessions) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}
func (s sessions) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }
func (s sessions) Commit(token string, b []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, b, expiry)
}

func newManager(d *db.DB, secure bool) *scs.SessionManager {
	m := scs.New()
	m.Store = sessions{d}
	m.Lifetime = sessionLife
	m.HashTokenInStore = true
	m.Cookie.Name = "tenday"
	m.Cookie.SameSite = http.SameSiteLaxMode
	if secure {
		m.Cookie.Name, m.Cookie.Secure = "__Host-tenday", true
	}
	return m
}

// Sessions wraps next so that handlers can read and change the session.
func (s *Store) Sessions(next http.Handler) http.Handler {
	return s.manager.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), headerKey{}, w.Header())))
	}))
}

// headerKey holds the answer's header for Gate, which says more than an error can when a device was signed out.
type headerKey struct{}

// clearSite tells the browser to drop the pages it keeps. Not its "storage": entries that were never sent are kept there,
// encrypted, and are offered again after pairing (B02.4). Our own script drops the stored list when it reads device.revoked.
func clearSite(ctx context.Context) {
	if h, ok := ctx.Value(headerKey{}).(http.Header); ok {
		h.Set("Clear-Site-Data", `"cache"`)
	}
}

// SignIn makes a device for the account and signs the request's browser in on it. Errors: Forbidden for a suspended account.
func (s *Store) SignIn(ctx context.Context, account, label string) error {
	device, err := db.InTx(ctx, s.d, func(tx *db.Tx) (string, error) { return s.signIn(ctx, tx, account, label) })
	if err != nil {
		return err
	}
	return s.begin(ctx, device)
}

// signIn makes the device. Whoever was signed in on this browser before is signed out of it.
func (s *Store) signIn(ctx context.Context, tx *db.Tx, account, label string) (string, error) {
	var suspended int64
	err := tx.Row(ctx, `SELECT suspended_at FROM account WHERE id = $1`, account).Scan(&suspended)
	if ok, err := db.Found(err); err != nil || !ok {
		return "", errors.Join(err, fault.New(fault.Missing, "auth.no_account"))
	}
	if suspended > 0 {
		return "", fault.New(fault.Forbidden, "auth.suspended")
	}
	if before := s.manager.GetString(ctx, "device"); before != "" {
		_, err := tx.Exec(ctx, `UPDATE device SET state = 'revoked', revoked_at = $1 WHERE id = $2 AND state <> 'revoked'`,
			tx.Now.UnixMilli(), before)
		if err != nil {
			return "", fmt.Errorf("sign out the one before: %w", err)
		}
	}
	if err := renewMember(ctx, tx, account); err != nil {
		return "", err
	}
	device := uuid.Must(uuid.NewV7()).String()
	return device, addDevice(ctx, tx, device, account, label)
}

// renewMember gives a member her own page for another 180 days when less than half of that is left. Other roles end when they
// end.
func renewMember(ctx context.Context, tx *db.Tx, account string) error {
	var until int64
	err := tx.Row(ctx, `SELECT until_at FROM role_grant WHERE account_id = $1 AND role = 'member' AND pending = 0 AND ended_at = 0
		ORDER BY until_at DESC LIMIT 1`, account).Scan(&until)
	if ok, err := db.Found(err); err != nil || !ok {
		return err
	}
	if left := time.UnixMilli(until).Sub(tx.Now); left <= 0 || left > maxGrant/2 {
		return nil
	}
	_, err = AddGrant(actAs(ctx, account), tx, Grant{Account: account, Role: Member, Scope: Own, why: " why=renewed"})
	return err
}

// begin puts the device into the session under a new token, so that a token planted before is worth nothing.
func (s *Store) begin(ctx context.Context, device string) error {
	if err := s.manager.RenewToken(ctx); err != nil {
		return fmt.Errorf("renew session: %w", err)
	}
	s.manager.Put(ctx, "device", device)
	return nil
}

// SignOut ends the request's session and revokes its device. Without a session there is nothing to do.
func (s *Store) SignOut(ctx context.Context) error {
	if s.manager.Token(ctx) == "" {
		return nil
	}
	if id := By(ctx); id != nil {
		if err := s.RevokeDevice(ctx, id.Device); err != nil {
			return err
		}
	}
	if err := s.manager.Destroy(ctx); err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	return nil
}
