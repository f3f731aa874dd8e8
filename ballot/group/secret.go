// SPDX-License-Identifier: Apache-2.0

package group

import (
	"fmt"
	"io"
	"math/big"

	"filippo.io/bigmod"
)

// Secret is an exponent modulo q that nobody else may learn: a key, a nonce, a share, a vote. It has no String and no JSON form,
// its arithmetic runs in constant time, and the variable-time functions of this package do not take it. The zero Secret is not
// valid. Copies share their memory: Erase clears all of them.
type Secret struct{ n *bigmod.Nat }

// RandomSecret returns a Secret from 48 bytes of random, modulo q: the bias is below 2^-128 (spec, section 2).
func RandomSecret(random io.Reader) (Secret, error) {
	var b [48]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return Secret{}, fmt.Errorf("read randomness: %w", err)
	}
	s := NewSecret(b[:])
	clear(b[:])
	return s, nil
}

// NewSecret returns the big-endian integer of b modulo q.
func NewSecret(b []byte) Secret {
	head := len(b) % 16
	s := Secret{natQ(b[:head])}
	for ; head < len(b); head += 16 {
		part := natQ(b[head : head+16])
		s.n.Mul(twoTo128, modQ).Add(part, modQ)
		clear(part.Bits())
	}
	return s
}

var twoTo128 = natQ(append([]byte{1}, make([]byte, 16)...))

// natQ returns the integer of b, which must be below q.
func natQ(b []byte) *bigmod.Nat {
	n, err := bigmod.NewNat().SetBytes(b, modQ)
	if err != nil {
		panic("group: number not below q")
	}
	return n
}

// SmallSecret returns n as a Secret.
func SmallSecret(n uint32) Secret {
	return NewSecret([]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
}

// ParseSecret reads a decimal number of any size and reduces it modulo q; false means other characters than digits.
// Only the length of the text shows in the time taken.
func ParseSecret(decimal string) (Secret, bool) {
	if len(decimal) == 0 || !digits(decimal) {
		return Secret{}, false
	}
	s, ten := SmallSecret(0), SmallSecret(10)
	for i := range len(decimal) {
		s.n.Mul(ten.n, modQ).Add(SmallSecret(uint32(decimal[i]-'0')).n, modQ)
	}
	return s, true
}

func (s Secret) clone() Secret { return Secret{natQ(s.n.Bytes(modQ))} }

// Add returns s+t mod q.
func (s Secret) Add(t Secret) Secret { return Secret{s.clone().n.Add(t.n, modQ)} }

// Sub returns s-t mod q.
func (s Secret) Sub(t Secret) Secret { return Secret{s.clone().n.Sub(t.n, modQ)} }

// Mul returns s*t mod q.
func (s Secret) Mul(t Secret) Secret { return Secret{s.clone().n.Mul(t.n, modQ)} }

// Times returns s*c mod q for a public c.
func (s Secret) Times(c Scalar) Secret { return s.Mul(c.Secret()) }

// Secret returns the public s as a Secret, to compute with others.
func (s Scalar) Secret() Secret {
	b := s.bytes()
	return Secret{natQ(b[:])}
}

// Respond returns w - c*x mod q, the response of a proof that knows x. It is public because w is a fresh nonce: it hides x as long
// as w serves one challenge only.
func (w Secret) Respond(c Scalar, x Secret) Scalar {
	masked := x.Times(c)
	defer masked.Erase()
	return w.Sub(masked).Reveal()
}

// Reveal makes s public. Callers say why that is right.
func (s Secret) Reveal() Scalar { return Scalar{wordsOf([32]byte(s.n.Bytes(modQ)))} }

// AppendDecimal appends s in decimal, for the file or the sealed message that is to hold it and for nothing else.
func (s Secret) AppendDecimal(b []byte) []byte {
	n := new(big.Int).SetBytes(s.n.Bytes(modQ))
	b = n.Append(b, 10)
	clear(n.Bits())
	return b
}

// Erase overwrites s with zeros, as far as Go lets a program do so: copies made by the runtime remain.
func (s Secret) Erase() {
	if s.n != nil {
		clear(s.n.Bits())
	}
}

// PowSecret returns x^s in constant time. For a base that returns often, SecretTable is faster.
func (x Element) PowSecret(s Secret) Element {
	b := x.bytes()
	base, err := bigmod.NewNat().SetBytes(b[:], modP)
	if err != nil {
		panic("group: element not below p")
	}
	var z Element
	z.f.setBytes(bigmod.NewNat().Exp(base, s.n.Bytes(modQ), modP).Bytes(modP))
	return z.convert()
}
