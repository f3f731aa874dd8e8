// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// errPasskey answers a passkey that does not open: unknown, of a ceremony that is over, or badly signed.
var errPasskey = fault.New(fault.Invalid, "auth.passkey_refused")

// Passkey is one of an account's passkeys.
type Passkey struct {
	ID       string    `json:"id"` // base64url
	Label    string    `json:"label"`
	Made     time.Time `json:"made"`
	LastUsed time.Time `json:"last_used,omitzero"`

	credential webauthn.Credential
}

// keyholder is an account as the WebAuthn library sees it.
type keyholder struct {
	account, display, email string
	keys                    []Passkey
}

func (k *keyholder) WebAuthnID() []byte          { return []byte(k.account) }
func (k *keyholder) WebAuthnName() string        { return k.email }
func (k *keyholder) WebAuthnDisplayName() string { return k.display }
func (k *keyholder) WebAuthnCredentials() []webauthn.Credential {
	var all []webauthn.Credential
	for _, p := range k.keys {
		all = append(all, p.credential)
	}
	return all
}

// relyingParty returns the WebAuthn side of the address that the browser uses, and false where passkeys cannot work: they are
// bound to a name, so 127.0.0.1 has none while localhost has.
func (s *Store) relyingParty(r *http.Request) (*webauthn.WebAuthn, bool) {
	origin := url.URL{Scheme: "http", Host: r.Host}
	if u, err := url.Parse(s.BaseURL); err == nil && u.Host != "" && !loopback(u.Host) {
		origin = url.URL{Scheme: u.Scheme, Host: u.Host}
	} else if origin.Hostname() != "localhost" {
		return nil, false
	}
	party, err := webauthn.New(&webauthn.Config{
		RPID: origin.Hostname(), RPDisplayName: "Tenday", RPOrigins: []string{origin.String()},
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired,
		},
	})
	return party, err == nil
}

// keepCeremony stores the challenge's session for five minutes; only whoever answers the challenge can find it again.
func (s *Store) keepCeremony(ctx context.Context, account string, session *webauthn.SessionData) error {
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		return keepCode(ctx, tx, session.Challenge, oneTime{
			Kind: kindPasskey, Account: account, Data: jsonOf(session),
			Expires: tx.Now.Add(ceremonyLife),
		})
	})
}

// takeCeremony uses the challenge up. Errors: Invalid when it is too old, used, unknown or another account's.
func takeCeremony(ctx context.Context, tx *db.Tx, account, challenge string) (webauthn.SessionData, error) {
	var session webauthn.SessionData
	hash := hashCode(challenge)
	o, ok, err := findCode(ctx, tx, kindPasskey, hash)
	if err != nil {
		return session, err
	}
	if !ok || !o.live(tx.Now) || o.Account != account {
		return session, errPasskey
	}
	if won, err := useCode(ctx, tx, hash); err != nil || !won {
		return session, errors.Join(err, errPasskey)
	}
	if err := json.Unmarshal([]byte(o.Data), &session); err != nil {
		return session, fmt.Errorf("read ceremony: %w", err)
	}
	return session, nil
}

// holder returns the account with its passkeys. Errors: Missing.
func holder(ctx context.Context, tx *db.Tx, account string) (*keyholder, error) {
	k := &keyholder{account: account}
	err := tx.Row(ctx, `SELECT display, email FROM account WHERE id = $1`, account).Scan(&k.display, &k.email)
	if ok, err := db.Found(err); err != nil || !ok {
		return nil, errors.Join(err, fault.New(fault.Missing, "auth.no_account"))
	}
	k.keys, err = passkeys(ctx, tx, account)
	return k, err
}

func passkeys(ctx context.Context, tx *db.Tx, account string) ([]Passkey, error) {
	return db.All(ctx, tx, func(r *sql.Rows) (Passkey, error) {
		var p Passkey
		var credential string
		var made, used int64
		if err := r.Scan(&p.ID, &p.Label, &credential, &made, &used); err != nil {
			return p, err
		}
		p.Made = time.UnixMilli(made)
		if used > 0 {
			p.LastUsed = time.UnixMilli(used)
		}
		return p, json.Unmarshal([]byte(credential), &p.credential)
	}, `SELECT id, label, credential, created_at, last_used_at FROM passkey WHERE account_id = $1 ORDER BY created_at, id LIMIT 100`,
		account)
}

// addPasskey keeps what the caller's device made. Errors: Invalid.
func (s *Store) addPasskey(ctx context.Context, party *webauthn.WebAuthn, made *protocol.ParsedCredentialCreationData, label string) error {
	account := By(ctx).Account
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		session, err := takeCeremony(ctx, tx, account, made.Response.CollectedClientData.Challenge)
		if err != nil {
			return err
		}
		k, err := holder(ctx, tx, account)
		if err != nil {
			return err
		}
		c, err := party.CreateCredential(k, session, made)
		if err != nil {
			return &fault.Error{Code: fault.Invalid, Key: "auth.passkey_refused", Err: err}
		}
		id := base64.RawURLEncoding.EncodeToString(c.ID)
		_, err = tx.Exec(ctx, `INSERT INTO passkey (id, account_id, label, credential, created_at) VALUES ($1, $2, $3, $4, $5)`,
			id, account, label, jsonOf(c), tx.Now.UnixMilli())
		if db.IsUnique(err) {
			return errPasskey
		} else if err != nil {
			return fmt.Errorf("keep passkey: %w", err)
		}
		_, err = audit.Append(ctx, tx, audit.Entry{Verb: "passkey.add", Object: "account:" + account, Count: 1})
		return err
	})
}

// signInByPasskey signs the browser in. Errors: Invalid; Forbidden for a suspended account, and for a passkey whose counter went
// back: two copies of one key are in use, so none of them opens until its owner has come in by a link and removed it.
func (s *Store) signInByPasskey(ctx context.Context, party *webauthn.WebAuthn, got *protocol.ParsedCredentialAssertionData, label string) error {
	challenge := got.Response.CollectedClientData.Challenge
	alive, err := db.InRead(ctx, s.d, func(tx *db.Tx) (bool, error) { // read first: strangers do not queue for the writer
		o, ok, err := findCode(ctx, tx, kindPasskey, hashCode(challenge))
		return ok && o.live(tx.Now), err
	})
	if err != nil || !alive {
		return errors.Join(err, errPasskey)
	}
	cloned := false
	device, err := db.InTx(ctx, s.d, func(tx *db.Tx) (string, error) {
		session, err := takeCeremony(ctx, tx, "", challenge)
		if err != nil {
			return "", err
		}
		var k *keyholder
		_, c, err := party.ValidatePasskeyLogin(func(_, handle []byte) (_ webauthn.User, err error) {
			k, err = holder(ctx, tx, string(handle))
			return k, err
		}, session, got)
		if err != nil {
			return "", &fault.Error{Code: fault.Invalid, Key: "auth.passkey_refused", Err: err}
		}
		cloned = c.Authenticator.CloneWarning
		_, err = tx.Exec(ctx, `UPDATE passkey SET credential = $1, last_used_at = $2 WHERE id = $3`, jsonOf(c), tx.Now.UnixMilli(),
			base64.RawURLEncoding.EncodeToString(c.ID))
		if err != nil {
			return "", fmt.Errorf("keep passkey's counter: %w", err)
		}
		if cloned { // recorded, and committed with the refusal
			_, err := audit.Append(actAs(ctx, k.account), tx, audit.Entry{Verb: "passkey.cloned", Object: "account:" + k.account, Count: 1})
			return "", err
		}
		return s.signIn(ctx, tx, k.account, label)
	})
	if err != nil {
		return err
	}
	if cloned {
		return fault.New(fault.Forbidden, "auth.passkey_cloned")
	}
	return s.begin(ctx, device)
}

// namePasskey and removePasskey change the caller's own. Errors: Missing.
func (s *Store) namePasskey(ctx context.Context, id, label string) error {
	return s.changePasskey(ctx, "passkey.name", `UPDATE passkey SET label = $1 WHERE id = $2 AND account_id = $3`, label, id, By(ctx).Account)
}

func (s *Store) removePasskey(ctx context.Context, id string) error {
	return s.changePasskey(ctx, "passkey.remove", `DELETE FROM passkey WHERE id = $1 AND account_id = $2`, id, By(ctx).Account)
}

func (s *Store) changePasskey(ctx context.Context, verb, query string, args ...any) error {
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		n, err := tx.ExecN(ctx, query, args...)
		if err != nil || n == 0 {
			return errors.Join(err, fault.New(fault.Missing, "auth.no_passkey"))
		}
		_, err = audit.Append(ctx, tx, audit.Entry{Verb: verb, Object: "account:" + By(ctx).Account, Count: 1})
		return err
	})
}
