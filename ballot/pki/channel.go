// SPDX-License-Identifier: Apache-2.0

package pki

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"

	"github.com/tenday/tenday/ballot/canon"
	"github.com/tenday/tenday/ballot/group"
)

// sealed is a message under a participant's encryption key.
type sealed struct {
	Alpha canon.Decimal `json:"alpha"`
	Beta  canon.Decimal `json:"beta"`
	Data  string        `json:"data"`
}

// addressed is the inner layer: it names the key it is for, so that it cannot be passed on.
type addressed struct {
	Recipient canon.Decimal `json:"recipient"`
	Message   string        `json:"message"`
}

// send signs v under sk for the holder of the encryption key ek, and seals it (spec, send).
func send(random io.Reader, sk group.Secret, ek group.Element, v any) (string, error) {
	s, err := sign(random, sk, addressed{elementDecimal(ek), string(canon.Marshal(v))})
	if err != nil {
		return "", err
	}
	r, err := group.RandomSecret(random)
	if err != nil {
		return "", err
	}
	k, err := group.RandomSecret(random)
	if err != nil {
		return "", err
	}
	defer r.Erase()
	defer k.Erase()
	g := group.GeneratorSecretTable()
	alpha, shared := g.Pow(r), g.Pow(k)
	plaintext := canon.Marshal(s)
	data, ok := newCCM(messageKey(shared)).seal(messageNonce(alpha), plaintext)
	clear(plaintext)
	if !ok {
		return "", errors.New("seal message: 64 KiB or more")
	}
	return string(canon.Marshal(sealed{
		elementDecimal(alpha), elementDecimal(ek.PowSecret(r).Mul(shared)), hex.EncodeToString(data),
	})), nil
}

func messageKey(shared group.Element) [32]byte {
	return sha256.Sum256(shared.AppendDecimal([]byte("key|")))
}

func messageNonce(alpha group.Element) [ccmNonce]byte {
	h := sha256.Sum256(alpha.AppendDecimal([]byte("iv|")))
	return [ccmNonce]byte(h[:])
}

var errChannel = errors.New("the message does not open, or is not signed by its sender, or is for somebody else")

// receive opens a message of send: dk is the own decryption key, sender the verification key of who signed. It reads it into *v.
func receive(dk group.Secret, sender group.Element, message string, v any) error {
	var m sealed
	if err := canon.Unmarshal([]byte(message), &m); err != nil {
		return err
	}
	alpha, ok1 := member(m.Alpha)
	beta, ok2 := member(m.Beta)
	data, err := hex.DecodeString(m.Data)
	if !ok1 || !ok2 || err != nil || hex.EncodeToString(data) != m.Data {
		return errChannel
	}
	shared := beta.Mul(alpha.PowSecret(group.SmallSecret(0).Sub(dk))) // alpha^-dk, without the inverse, whose time would show
	plaintext, ok := newCCM(messageKey(shared)).open(messageNonce(alpha), data)
	if !ok {
		return errChannel
	}
	defer clear(plaintext)
	var s Signed
	if err := canon.Unmarshal(plaintext, &s); err != nil {
		return err
	}
	if s.verify(sender, "dkg.channel") != nil {
		return errChannel
	}
	inner, err := nested[addressed](s)
	if err != nil {
		return err
	}
	if inner.Recipient != elementDecimal(group.GeneratorSecretTable().Pow(dk)) {
		return errChannel
	}
	return canon.Unmarshal([]byte(inner.Message), v)
}
