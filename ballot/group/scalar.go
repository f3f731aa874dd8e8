// SPDX-License-Identifier: Apache-2.0

package group

import (
	"crypto/sha256"
	"encoding/binary"
	"math/big"
	"math/bits"
)

// Scalar is a public exponent, 0 <= s < q: a challenge, a response, a Lagrange coefficient. Scalars compare with ==.
// Everything about them takes variable time; what must stay hidden is a Secret.
type Scalar struct{ w [4]uint64 } // least significant word first

var orderQ = func() (w [4]uint64) {
	var b [32]byte
	bigQ.FillBytes(b[:])
	return wordsOf(b)
}()

func wordsOf(b [32]byte) (w [4]uint64) {
	for i := range w {
		w[i] = binary.BigEndian.Uint64(b[24-8*i:])
	}
	return w
}

// NewScalar returns n mod q.
func NewScalar(n int64) Scalar { return scalarOf(big.NewInt(n)) }

func scalarOf(n *big.Int) Scalar {
	var b [32]byte
	new(big.Int).Mod(n, bigQ).FillBytes(b[:])
	return Scalar{wordsOf(b)}
}

// ParseScalar reads a decimal number; false means other characters than digits, or not below q.
func ParseScalar(decimal string) (Scalar, bool) {
	if len(decimal) == 0 || len(decimal) > 77 || !digits(decimal) {
		return Scalar{}, false
	}
	n, ok := new(big.Int).SetString(decimal, 10)
	if !ok || n.Cmp(bigQ) >= 0 {
		return Scalar{}, false
	}
	return scalarOf(n), true
}

// Hash returns SHA-256 of the text as a big-endian integer modulo q (spec, H).
func Hash(text []byte) Scalar { return reduceOnce(wordsOf(sha256.Sum256(text))) }

// reduceOnce returns w mod q for w < 2^256, which is less than 2q.
func reduceOnce(w [4]uint64) Scalar {
	if r, borrow := sub(w, orderQ); borrow == 0 {
		return Scalar{r}
	}
	return Scalar{w}
}

func sub(x, y [4]uint64) (r [4]uint64, borrow uint64) {
	for i := range r {
		r[i], borrow = bits.Sub64(x[i], y[i], borrow)
	}
	return r, borrow
}

func add(x, y [4]uint64) (r [4]uint64, carry uint64) {
	for i := range r {
		r[i], carry = bits.Add64(x[i], y[i], carry)
	}
	return r, carry
}

// Add returns s+t mod q.
func (s Scalar) Add(t Scalar) Scalar {
	sum, carry := add(s.w, t.w)
	if carry == 1 {
		sum, _ = sub(sum, orderQ)
		return Scalar{sum}
	}
	return reduceOnce(sum)
}

// Sub returns s-t mod q.
func (s Scalar) Sub(t Scalar) Scalar {
	d, borrow := sub(s.w, t.w)
	if borrow == 1 {
		d, _ = add(d, orderQ)
	}
	return Scalar{d}
}

// Mul returns s*t mod q.
func (s Scalar) Mul(t Scalar) Scalar { return scalarOf(new(big.Int).Mul(s.big(), t.big())) }

// Inverse returns 1/s mod q, and 0 for 0.
func (s Scalar) Inverse() Scalar {
	if s == (Scalar{}) {
		return s
	}
	return scalarOf(new(big.Int).ModInverse(s.big(), bigQ))
}

func (s Scalar) bytes() (b [32]byte) {
	for i, w := range s.w {
		binary.BigEndian.PutUint64(b[24-8*i:], w)
	}
	return b
}

func (s Scalar) big() *big.Int {
	b := s.bytes()
	return new(big.Int).SetBytes(b[:])
}

// AppendDecimal appends s in decimal.
func (s Scalar) AppendDecimal(b []byte) []byte { return s.big().Append(b, 10) }

// String returns s in decimal.
func (s Scalar) String() string { return string(s.AppendDecimal(nil)) }
