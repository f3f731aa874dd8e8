// SPDX-License-Identifier: Apache-2.0

package offline

import (
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/hpke"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"

	"github.com/tenday/tenday/internal/fault"
)

// lock opens what devices sealed. RFC 9180: DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM, base mode, one message a seal.
// P-256, since every browser has it.
type lock struct {
	key    hpke.PrivateKey
	public string // base64 of the uncompressed point
}

// newLock derives the key pair from the campaign's secret, so that a copy of the database opens what devices sealed for it.
func newLock(secret []byte) (*lock, error) {
	seed, err := hkdf.Key(sha256.New, secret, nil, "tenday sync key 1", 32)
	if err != nil {
		return nil, fmt.Errorf("derive sync key: %w", err)
	}
	key, err := hpke.DHKEM(ecdh.P256()).DeriveKeyPair(seed)
	if err != nil {
		return nil, fmt.Errorf("derive sync key: %w", err)
	}
	return &lock{key: key, public: base64.StdEncoding.EncodeToString(key.PublicKey().Bytes())}, nil
}

// info binds a seal to its purpose and its event: a box moved to another id does not open.
func info(id string) []byte { return []byte("tenday sync 1 " + id) }

// open returns e with what was sealed in the place of the seal; an open event as it is. Errors: Invalid for a box that does not
// open, or holds no event.
func (l *lock) open(e Sent) (Sent, error) {
	if e.Sealed == "" {
		return e, nil
	}
	box, err := base64.StdEncoding.DecodeString(e.Sealed)
	if err == nil {
		box, err = hpke.Open(l.key, hpke.HKDFSHA256(), hpke.AES256GCM(), info(e.ID), box)
	}
	in := Sent{ID: e.ID}
	if err == nil {
		err = json.Unmarshal(box, &in)
	}
	if err != nil || in.ID != e.ID || in.By == "" || in.Sealed != "" {
		return e, &fault.Error{Code: fault.Invalid, Key: "offline.unreadable", Err: err}
	}
	return in, nil
}
