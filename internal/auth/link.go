// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/mail"
)

// errDead answers a link that was used, is too old, or never was: the three look the same.
var errDead = fault.New(fault.Missing, "auth.link_dead")

const linkPath = "/signin/link/"

// personal returns the address if it is one that a link may go to. Errors: Invalid on "email".
func (s *Store) personal(ctx context.Context, address string) (string, error) {
	domains, err := db.InRead(ctx, s.d, func(tx *db.Tx) ([]string, error) { return s.MailDomains(ctx, tx) })
	if err != nil {
		return "", err
	}
	return mail.Personal(address, domains)
}

// mailLink sends a link to the account that has the address. Without one, or for a suspended one, nothing is sent and nothing
// tells: it runs after the answer.
func (s *Store) mailLink(ctx context.Context, origin, address string) error {
	code := newLinkCode()
	var locale string
	var until time.Time
	account, err := db.InTx(ctx, s.d, func(tx *db.Tx) (string, error) {
		var id string
		err := tx.Row(ctx, `SELECT id, locale FROM account WHERE email = $1 AND suspended_at = 0`, address).Scan(&id, &locale)
		if ok, err := db.Found(err); err != nil || !ok {
			return "", err
		}
		until = tx.Now.Add(linkLife)
		return id, keepCode(ctx, tx, code, oneTime{Kind: kindLink, Account: id, Expires: until})
	})
	if err != nil || account == "" {
		return err
	}
	if err := s.post(ctx, locale, address, origin+linkPath+code, linkLife); err != nil {
		return fmt.Errorf("link of account %s: %w", account, err)
	}
	return nil
}

// post sends the one mail there is: the link, how long it works, and what to do if it was not asked for.
func (s *Store) post(ctx context.Context, locale, to, link string, life time.Duration) error {
	if s.Mail == nil {
		return errors.New("no mail sender is set up")
	}
	tr := words().For(locale)
	return s.Mail.Send(ctx, mail.Message{
		To: to, Subject: tr.T("auth.mail.subject"),
		Text: tr.T("auth.mail.text", "Link", link, "N", int(life/time.Minute)),
	})
}

// linkLives tells whether the link would still open. It uses nothing up: mail scanners follow links, too.
func (s *Store) linkLives(ctx context.Context, code string) (bool, error) {
	return db.InRead(ctx, s.d, func(tx *db.Tx) (bool, error) {
		o, ok, err := findCode(ctx, tx, kindLink, hashCode(code))
		return ok && o.live(tx.Now), err
	})
}

// takeLink uses the link up and signs its account in on the request's browser; the link of an invitation makes the account. It
// returns whether the account has no passkey yet. Errors: Missing for a dead link, Forbidden for a suspended account, Conflict
// when the address opens another account.
func (s *Store) takeLink(ctx context.Context, code, label string) (bare bool, err error) {
	if alive, err := s.linkLives(ctx, code); err != nil || !alive { // read first: strangers do not queue for the writer
		return false, errors.Join(err, errDead)
	}
	device, err := db.InTx(ctx, s.d, func(tx *db.Tx) (string, error) {
		hash := hashCode(code)
		o, ok, err := findCode(ctx, tx, kindLink, hash)
		if err != nil {
			return "", err
		}
		if !ok || !o.live(tx.Now) {
			return "", errDead
		}
		if won, err := useCode(ctx, tx, hash); err != nil || !won {
			return "", errors.Join(err, errDead)
		}
		if o.Data != "" { // it followed an invitation
			if o.Account, err = s.join(ctx, tx, o); err != nil {
				return "", err
			}
		}
		var keys int
		if err := tx.Row(ctx, `SELECT COUNT(*) FROM passkey WHERE account_id = $1`, o.Account).Scan(&keys); err != nil {
			return "", fmt.Errorf("count passkeys: %w", err)
		}
		bare = keys == 0
		return s.signIn(ctx, tx, o.Account, label)
	})
	if err != nil {
		return false, err
	}
	return bare, s.begin(ctx, device)
}

// join uses up the invitation of a link that was opened (until then a mistyped address costs nothing) and returns the account.
// Somebody new gets one, with the right to see and mend what is kept about herself.
func (s *Store) join(ctx context.Context, tx *db.Tx, o oneTime) (string, error) {
	var inv invited
	if err := json.Unmarshal([]byte(o.Data), &inv); err != nil {
		return "", fmt.Errorf("read invitation: %w", err)
	}
	if won, err := useCode(ctx, tx, inv.Invitation); err != nil || !won {
		return "", errors.Join(err, errDead)
	}
	if o.Account != "" {
		return o.Account, nil
	}
	if err := tx.Lock(ctx, "account:"+o.Person); err != nil {
		return "", err
	}
	p, err := s.one(ctx, tx, Reach{All: true}, o.Person)
	if err != nil {
		return "", err
	}
	if p.Account { // made by another invitation meanwhile
		return "", errDead
	}
	ctx = actAs(ctx, o.CreatedBy)
	id, err := AddAccount(ctx, tx, Account{Person: p.ID, Display: p.Name, Email: o.Address, Locale: inv.Locale})
	if err != nil {
		return "", err
	}
	_, err = AddGrant(ctx, tx, Grant{Account: id, Role: Member, Scope: Own, why: " why=invitation"})
	return id, err
}

// FirstOfficer makes the campaign's first account, an officer for 180 days, and returns the path of a link that signs her in
// once within 24 hours; the caller puts the campaign's address before it. Errors: Invalid for a bad address, Conflict when there
// is an officer already.
func FirstOfficer(ctx context.Context, d *db.DB, name, email string) (link string, err error) {
	address, err := mail.Personal(email, nil)
	if err != nil {
		return "", err
	}
	code := newLinkCode()
	err = db.Do(ctx, d, func(tx *db.Tx) error {
		if err := tx.Lock(ctx, "officer"); err != nil {
			return err
		}
		n, err := officers(ctx, tx)
		if err != nil {
			return err
		}
		if n > 0 {
			return fault.New(fault.Conflict, "auth.officer_exists")
		}
		account := uuid.Must(uuid.NewV7()).String()
		if _, err := AddAccount(ctx, tx, Account{ID: account, Display: name, Email: address}); err != nil {
			return err
		}
		if _, err := AddGrant(ctx, tx, Grant{Account: account, Role: Officer, Scope: Unit, why: " why=first"}); err != nil {
			return err
		}
		if err := keepCode(ctx, tx, code, oneTime{Kind: kindLink, Account: account, Expires: tx.Now.Add(firstLife)}); err != nil {
			return err
		}
		_, err = audit.Append(ctx, tx, audit.Entry{Verb: "officer.first", Object: "account:" + account, Count: 1})
		return err
	})
	return linkPath + code, err
}

// officers counts the people who are officers now: two accounts of one human are one.
func officers(ctx context.Context, tx *db.Tx) (int, error) {
	var n int
	now := tx.Now.UnixMilli()
	err := tx.Row(ctx, `SELECT COUNT(DISTINCT CASE WHEN a.person_id = '' THEN a.id ELSE a.person_id END)
		FROM role_grant g JOIN account a ON a.id = g.account_id
		WHERE g.role = 'officer' AND g.scope_kind = 'unit' AND g.pending = 0 AND g.from_at <= $1 AND g.until_at > $2 AND (g.ended_at = 0 OR g.ended_at > $3)
		AND a.suspended_at = 0`, now, now, now).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count officers: %w", err)
	}
	return n, nil
}
