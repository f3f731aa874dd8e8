// SPDX-License-Identifier: Apache-2.0

package ballot

import (
	"crypto/ed25519"
	"encoding/base64"

	"github.com/tenday/tenday/ballot/bel"
	"github.com/tenday/tenday/ballot/canon"
)

// SignedReceipt is a server's word that a ballot stands in its archive (spec, section 13). Who keeps it can prove that a ballot was
// dropped later.
type SignedReceipt struct {
	UUID      string   `json:"uuid"`
	Tracker   string   `json:"tracker"`
	Height    int      `json:"height"`
	Event     bel.Hash `json:"event"`
	Signature string   `json:"signature"` // Ed25519 over the canonical bytes without this field; base64 without padding
}

// SignedHead is a server's word that its archive had this event at this height (spec, section 13): two that contradict each other, or
// an archive that lacks one, prove that something was changed.
type SignedHead struct {
	UUID      string   `json:"uuid"`
	Height    int      `json:"height"`
	Event     bel.Hash `json:"event"`
	Signature string   `json:"signature"`
}

// The bytes that are signed: the objects without their signature. A receipt has a tracker and a head has none, so that neither can
// pass for the other.
type (
	unsignedReceipt struct {
		UUID    string   `json:"uuid"`
		Tracker string   `json:"tracker"`
		Height  int      `json:"height"`
		Event   bel.Hash `json:"event"`
	}
	unsignedHead struct {
		UUID   string   `json:"uuid"`
		Height int      `json:"height"`
		Event  bel.Hash `json:"event"`
	}
)

// Sign returns r signed. Ed25519 is deterministic: the same receipt gives the same bytes.
func (r Receipt) Sign(key ed25519.PrivateKey) SignedReceipt {
	s := SignedReceipt{UUID: r.UUID, Tracker: r.Tracker, Height: r.Height, Event: r.Event}
	s.Signature = signed(key, s.unsigned())
	return s
}

// Sign returns the head of election uuid, signed.
func (h Head) Sign(key ed25519.PrivateKey, uuid string) SignedHead {
	s := SignedHead{UUID: uuid, Height: h.Height, Event: h.Hash}
	s.Signature = signed(key, s.unsigned())
	return s
}

// Verify reports whether key signed s.
func (s SignedReceipt) Verify(key ed25519.PublicKey) bool {
	return verified(key, s.unsigned(), s.Signature)
}

// Verify reports whether key signed s.
func (s SignedHead) Verify(key ed25519.PublicKey) bool {
	return verified(key, s.unsigned(), s.Signature)
}

// Marshal returns the canonical bytes of s.
func (s SignedReceipt) Marshal() []byte { return canon.Marshal(s) }

// Marshal returns the canonical bytes of s.
func (s SignedHead) Marshal() []byte { return canon.Marshal(s) }

// ParseSignedReceipt reads what Marshal wrote; the error is a *canon.Error. The signature is for Verify.
func ParseSignedReceipt(data []byte) (s SignedReceipt, err error) {
	return s, canon.Unmarshal(data, &s)
}

// ParseSignedHead reads what Marshal wrote; the error is a *canon.Error. The signature is for Verify.
func ParseSignedHead(data []byte) (s SignedHead, err error) { return s, canon.Unmarshal(data, &s) }

func (s SignedReceipt) unsigned() []byte {
	return canon.Marshal(unsignedReceipt{s.UUID, s.Tracker, s.Height, s.Event})
}

func (s SignedHead) unsigned() []byte { return canon.Marshal(unsignedHead{s.UUID, s.Height, s.Event}) }

func signed(key ed25519.PrivateKey, message []byte) string {
	return base64.RawStdEncoding.EncodeToString(ed25519.Sign(key, message))
}

func verified(key ed25519.PublicKey, message []byte, signature string) bool {
	b, err := base64.RawStdEncoding.Strict().DecodeString(signature)
	return err == nil && len(key) == ed25519.PublicKeySize && ed25519.Verify(key, message, b)
}
