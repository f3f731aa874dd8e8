// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/db"
)

// The kinds of one-time codes. Only the hash of a code is kept.
const (
	kindLink       = "link"       // 256 bits, by mail
	kindInvitation = "invitation" // 60 bits, shown by a captain, for ten minutes
	kindPasskey    = "passkey"    // the challenge of a ceremony
)

// How long each may be used, by the campaign's clock.
const (
	linkLife       = 15 * time.Minute
	invitationLife = 10 * time.Minute
	ceremonyLife   = 5 * time.Minute
	firstLife      = 24 * time.Hour // the first officer's, made at the keyboard of the server
)

// oneTime is a code as kept.
type oneTime struct {
	Kind      string
	Account   string // whom a link signs in; "" until an invitation is taken
	Person    string // whom an invitation, or the link that followed it, is for
	Address   string // where the link of an invitation went
	Data      string // invitation: nothing; its link: invited, as JSON; ceremony: the library's session
	CreatedBy string
	Expires   time.Time
	Used      bool
}

// invited is what the link of an invitation remembers of it.
type invited struct {
	Invitation string `json:"invitation"` // hash of its code
	Locale     string `json:"locale"`
}

func newLinkCode() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

// codeLetters leave out what is misread on a cracked screen: 0 and O, 1 and I. They are 32, so that a byte picks evenly.
const codeLetters = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"

// newInvitationCode returns twelve letters in groups of four, "K7QM-2FXD-9TPA".
func newInvitationCode() string {
	b := make([]byte, 12)
	_, _ = rand.Read(b) // never fails
	var out strings.Builder
	for i, x := range b {
		if i > 0 && i%4 == 0 {
			out.WriteByte('-')
		}
		out.WriteByte(codeLetters[x%32])
	}
	return out.String()
}

// plainCode returns an invitation's code as it was made, however it was typed.
func plainCode(s string) string {
	s = strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(s))
	if len(s) != 12 {
		return s
	}
	return s[:4] + "-" + s[4:8] + "-" + s[8:]
}

func hashCode(code string) string {
	sum := sha256.Sum256([]byte(code))
	return hex.EncodeToString(sum[:])
}

// keepCode stores the hash of code. What has been dead for a day is swept out on the way.
func keepCode(ctx context.Context, tx *db.Tx, code string, o oneTime) error {
	now := tx.Now
	if _, err := tx.Exec(ctx, `DELETE FROM one_time WHERE expires_at < $1`, now.Add(-24*time.Hour).UnixMilli()); err != nil {
		return fmt.Errorf("sweep one-time codes: %w", err)
	}
	_, err := tx.Exec(ctx, `INSERT INTO one_time (code_hash, kind, account_id, person_id, address, data, created_at, created_by,
		expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, hashCode(code), o.Kind, o.Account, o.Person, o.Address, o.Data,
		now.UnixMilli(), o.CreatedBy, o.Expires.UnixMilli())
	if err != nil {
		return fmt.Errorf("keep one-time code: %w", err)
	}
	return nil
}

const sqlCode = `SELECT kind, account_id, person_id, address, data, created_by, expires_at, used_at FROM one_time
	WHERE code_hash = $1 AND kind = $2`

// findCode returns the code of the kind, and false when there is none. It may be used up or too old: see live.
func findCode(ctx context.Context, tx *db.Tx, kind, hash string) (oneTime, bool, error) {
	var o oneTime
	var expires, used int64
	err := tx.Row(ctx, sqlCode, hash, kind).Scan(&o.Kind, &o.Account, &o.Person, &o.Address, &o.Data, &o.CreatedBy, &expires, &used)
	o.Expires, o.Used = time.UnixMilli(expires), used > 0
	ok, err := db.Found(err)
	if err != nil {
		return o, false, fmt.Errorf("read one-time code: %w", err)
	}
	return o, ok, nil
}

func (o *oneTime) live(now time.Time) bool { return !o.Used && now.Before(o.Expires) }

// useCode marks the code used and tells whether it was this call that did: of two at once, one wins.
func useCode(ctx context.Context, tx *db.Tx, hash string) (bool, error) {
	n, err := tx.ExecN(ctx, `UPDATE one_time SET used_at = $1 WHERE code_hash = $2 AND used_at = 0`, tx.Now.UnixMilli(), hash)
	if err != nil {
		return false, fmt.Errorf("use one-time code: %w", err)
	}
	return n == 1, nil
}

func jsonOf(v any) string {
	b, _ := json.Marshal(v) // texts alone
	return string(b)
}

// personOf is the audit's name for a person.
func personOf(id string) []string {
	if id == "" {
		return nil
	}
	return []string{id}
}

// actAs returns a context whose acts are the account's, for what happens before there is a session.
func actAs(ctx context.Context, account string) context.Context {
	return audit.With(ctx, audit.Actor{Account: account})
}
