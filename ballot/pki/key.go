// SPDX-License-Identifier: Apache-2.0

package pki

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"strings"

	"github.com/tenday/tenday/ballot/canon"
	"github.com/tenday/tenday/ballot/group"
	"github.com/tenday/tenday/ballot/zkp"
)

// PublicKey is a trustee's public key with the proof that somebody knows its secret (spec, TPK).
type PublicKey struct {
	Pok       zkp.WireProof `json:"pok"`
	PublicKey canon.Decimal `json:"public_key"`
	Name      string        `json:"name,omitempty"`
}

// NewPublicKey returns the public key of x. Name may be empty; it is published.
func NewPublicKey(random io.Reader, x group.Secret, name string) (PublicKey, error) {
	key := elementDecimal(group.GeneratorSecretTable().Pow(x))
	proof, err := zkp.ProveLog(random, pokPrefix(key), x)
	return PublicKey{proof.Wire(), key, name}, err
}

func pokPrefix(key canon.Decimal) []byte {
	return []byte("pok|" + group.Name + "|" + string(key) + "|")
}

// Verify returns the key as an element, or why an archive with it is refused: trustees.element, scalar.range or trustees.pok.
func (k PublicKey) Verify() (group.Element, *canon.Error) {
	x, ok := member(k.PublicKey)
	if !ok {
		return x, &canon.Error{Reason: "trustees.element", Field: "/public_key", Detail: "the key is 1 or not in the group"}
	}
	proof, ok := k.Pok.Parse()
	if !ok {
		return x, &canon.Error{Reason: "scalar.range", Field: "/pok", Detail: "challenge or response not below q"}
	}
	if !zkp.VerifyLog(pokPrefix(k.PublicKey), x, proof) {
		return x, &canon.Error{Reason: "trustees.pok", Detail: "proof of knowledge of the key"}
	}
	return x, nil
}

// ID returns the first eight digits of the hash of the key, upper case: the name of the trustee's files.
func (k PublicKey) ID() string {
	h := sha256.Sum256([]byte(k.PublicKey))
	return strings.ToUpper(hex.EncodeToString(h[:4]))
}

// Fingerprint returns what people compare: the hash of the key as a JSON string, quotes included, in hex.
func (k PublicKey) Fingerprint() string {
	h := sha256.Sum256([]byte(`"` + string(k.PublicKey) + `"`))
	return hex.EncodeToString(h[:])
}

// MarshalPrivateKey returns the content of a .privkey file: the secret in decimal and in double quotes.
func MarshalPrivateKey(x group.Secret) []byte {
	return append(x.AppendDecimal([]byte{'"'}), '"')
}

var errPrivateKey = errors.New("read private key: not a number in double quotes")

// ParsePrivateKey reads a .privkey file; white space around it does not matter.
func ParsePrivateKey(file []byte) (group.Secret, error) {
	text := trim(file)
	if len(text) < 3 || text[0] != '"' || text[len(text)-1] != '"' {
		return group.Secret{}, errPrivateKey
	}
	x, ok := group.ParseSecret(text[1 : len(text)-1])
	if !ok {
		return group.Secret{}, errPrivateKey
	}
	return x, nil
}
