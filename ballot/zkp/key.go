// SPDX-License-Identifier: Apache-2.0

package zkp

import (
	"sync"

	"github.com/tenday/tenday/ballot/group"
)

// Key is the public key y that ciphertexts are under, with tables of its powers, each made at its first use. Safe for concurrent use.
type Key struct {
	Y      group.Element
	public func() *group.Table
	secret func() *group.SecretTable
}

// NewKey returns the key y.
func NewKey(y group.Element) *Key {
	return &Key{
		Y:      y,
		public: sync.OnceValue(func() *group.Table { return group.NewTable(y) }),
		secret: sync.OnceValue(func() *group.SecretTable { return group.NewSecretTable(y) }),
	}
}

// Ciphertext encrypts m as alpha = g^r, beta = y^r g^m (exponential ElGamal).
type Ciphertext struct{ Alpha, Beta group.Element }

// Mul returns the encryption of the sum of two messages.
func (c Ciphertext) Mul(d Ciphertext) Ciphertext {
	return Ciphertext{c.Alpha.Mul(d.Alpha), c.Beta.Mul(d.Beta)}
}

// Trivial encrypts 0 with r = 0: the product of no ciphertexts.
func Trivial() Ciphertext { return Ciphertext{group.One(), group.One()} }

// Encrypt encrypts m with the randomness r, in constant time.
func (k *Key) Encrypt(m, r group.Secret) Ciphertext {
	g := group.GeneratorSecretTable()
	return Ciphertext{g.Pow(r), k.secret().Pow(r).Mul(g.Pow(m))}
}
