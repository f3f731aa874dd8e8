// SPDX-License-Identifier: Apache-2.0

package bel

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"

	"github.com/tenday/tenday/ballot/canon"
)

// Hash is the SHA-256 of a record. It is written in hex in archives, and in base64 where people read it.
type Hash [sha256.Size]byte

// HashOf returns the hash of a record.
func HashOf(content []byte) Hash { return sha256.Sum256(content) }

// String returns h in lower-case hex.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// Base64 returns the 43 characters of a tracker or fingerprint (spec, b64).
func (h Hash) Base64() string { return base64.RawStdEncoding.EncodeToString(h[:]) }

// ParseHash reads 64 lower-case hex digits.
func ParseHash(s string) (h Hash, ok bool) {
	n, err := hex.Decode(h[:], []byte(s[:min(len(s), 2*len(h))]))
	return h, err == nil && n == len(h) && h.String() == s
}

// ReadCanon reads a hash in hex.
func (h *Hash) ReadCanon(r *canon.Reader) {
	var ok bool
	if *h, ok = ParseHash(r.Text()); !ok && !r.Failed() {
		r.Fail(canon.Schema, "not a hash in lower-case hex")
	}
}

// AppendCanon writes a hash in hex.
func (h Hash) AppendCanon(b []byte) []byte { return canon.AppendString(b, h.String()) }
