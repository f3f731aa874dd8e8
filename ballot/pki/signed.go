// SPDX-License-Identifier: Apache-2.0

package pki

import (
	"io"

	"github.com/tenday/tenday/ballot/canon"
	"github.com/tenday/tenday/ballot/group"
	"github.com/tenday/tenday/ballot/zkp"
)

// Signed is a message, itself JSON, under a participant's signature.
type Signed struct {
	Message   string        `json:"message"`
	Signature zkp.WireProof `json:"signature"`
}

// sign signs the canonical encoding of v.
func sign(random io.Reader, sk group.Secret, v any) (Signed, error) {
	m := string(canon.Marshal(v))
	proof, err := zkp.ProveLog(random, signedPrefix(m), sk)
	return Signed{m, proof.Wire()}, err
}

func signedPrefix(message string) []byte { return []byte("sigmsg|" + message + "|") }

// verify checks the signature under a key. The order of its reasons is the archive's: scalar.range, then reason.
func (s Signed) verify(key group.Element, reason string) *canon.Error {
	proof, ok := s.Signature.Parse()
	if !ok {
		return &canon.Error{Reason: "scalar.range", Detail: "challenge or response not below q"}
	}
	if !zkp.VerifyLog(signedPrefix(s.Message), key, proof) {
		return &canon.Error{Reason: reason, Detail: "signature"}
	}
	return nil
}

// nested reads the message of s.
func nested[T any](s Signed) (v T, err error) {
	err = canon.Unmarshal([]byte(s.Message), &v)
	return v, err
}

// certificate is the message of a participant's certificate.
type certificate struct {
	Verification canon.Decimal `json:"verification"`
	Encryption   canon.Decimal `json:"encryption"`
}

// coefexps is the message that publishes a polynomial: g to each coefficient.
type coefexps struct {
	Coefexps []canon.Decimal `json:"coefexps"`
}

// member parses an element that must be in the group and not 1.
func member(d canon.Decimal) (group.Element, bool) {
	x, ok := group.ParseElement(string(d))
	return x, ok && x != group.One() && x.IsMember()
}

func elementDecimal(x group.Element) canon.Decimal { return canon.Decimal(x.String()) }
