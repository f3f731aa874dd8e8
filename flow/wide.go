// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"math/big"
	"math/bits"
)

// wide is a signed 128-bit total. 2^31 products of 63 and 31 bits stay below 2^126.
type wide struct {
	hi int64
	lo uint64
}

// add adds x*y.
func (w *wide) add(x int64, y int32) {
	hi, lo := bits.Mul64(uint64(x), uint64(y))
	if x < 0 { // the unsigned product counts 2^64 too much for each negative factor
		hi -= uint64(y)
	}
	if y < 0 {
		hi -= uint64(x)
	}
	var carry uint64
	w.lo, carry = bits.Add64(w.lo, lo, 0)
	w.hi += int64(hi + carry)
}

// sub takes x*y off.
func (w *wide) sub(x int64, y int32) {
	var v wide
	v.add(x, y)
	var borrow uint64
	w.lo, borrow = bits.Sub64(w.lo, v.lo, 0)
	w.hi -= v.hi + int64(borrow)
}

// big returns the total.
func (w *wide) big() *big.Int {
	n := big.NewInt(w.hi)
	n.Lsh(n, 64)
	return n.Add(n, new(big.Int).SetUint64(w.lo))
}
