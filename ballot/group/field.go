// SPDX-License-Identifier: Apache-2.0

package group

import (
	"encoding/binary"
	"math/big"
)

// field is an integer modulo p in Montgomery form, in one of two layouts that the processor decides on (wide): 32 words of 64 bits,
// x*2^2048 mod p, or 40 limbs of 52 bits, x*2^2080 mod p. Least significant first; words not used are zero. Operations run in
// constant time, take and leave values below 2p; reduce makes a value canonical.
type field [limbs52]uint64

const (
	words   = 32 // of 64 bits in p
	limbs52 = 40 // of 52 bits in p
	low52   = 1<<52 - 1
)

var (
	fieldP   = unpack(bigP)
	fieldInv = negInverse(bigP.Uint64())
	fieldOne = unpack(new(big.Int).Mod(new(big.Int).Lsh(big.NewInt(1), montgomery), bigP))
	fieldR2  = unpack(new(big.Int).Mod(new(big.Int).Lsh(big.NewInt(1), 2*montgomery), bigP))

	montgomery = func() uint {
		if wide {
			return 52 * limbs52
		}
		return 64 * words
	}()
)

// unpack returns 0 <= n < 2^2048 in the layout of this processor, without conversion to Montgomery form.
func unpack(n *big.Int) (f field) {
	var b [8 * words]byte
	n.FillBytes(b[:])
	f.setBytes(b[:])
	return f
}

// setBytes sets z from 256 big-endian bytes, without conversion to Montgomery form.
func (z *field) setBytes(b []byte) {
	*z = field{}
	for i := range words {
		w := binary.BigEndian.Uint64(b[8*(words-1-i):])
		if !wide {
			z[i] = w
			continue
		}
		at, shift := 64*i/52, uint(64*i%52)
		z[at] |= w << shift & low52
		z[at+1] |= w >> (52 - shift) & low52
		if shift > 40 {
			z[at+2] |= w >> (104 - shift)
		}
	}
}

// bytes returns z, which must be canonical, as 256 big-endian bytes, without conversion from Montgomery form.
func (z *field) bytes() (b [8 * words]byte) {
	for i := range words {
		w := z[i]
		if wide {
			at, shift := 64*i/52, uint(64*i%52)
			w = z[at]>>shift | z[at+1]<<(52-shift)
			if shift > 40 {
				w |= z[at+2] << (104 - shift)
			}
		}
		binary.BigEndian.PutUint64(b[8*(words-1-i):], w)
	}
	return b
}

// negInverse returns -1/x modulo 2^64 for odd x, by Newton's iteration: each step doubles the correct bits.
func negInverse(x uint64) uint64 {
	inv := x
	for range 5 {
		inv *= 2 - x*inv
	}
	return -inv
}

// mul sets z = x*y in Montgomery form.
func (z *field) mul(x, y *field) {
	if wide {
		mul52(z, x, y, &fieldP, fieldInv)
	} else {
		mul64((*words64)(z[:]), (*words64)(x[:]), (*words64)(y[:]), (*words64)(fieldP[:]), fieldInv)
	}
}

// sqr sets z = x*x in Montgomery form.
func (z *field) sqr(x *field) {
	if wide {
		mul52(z, x, x, &fieldP, fieldInv)
	} else {
		sqr64((*words64)(z[:]), (*words64)(x[:]), (*words64)(fieldP[:]), fieldInv)
	}
}

// reduce brings z from below 2p to below p.
func (z *field) reduce() {
	if !wide {
		return // mul64 and sqr64 leave nothing to do
	}
	var r field
	var borrow uint64
	for i := range r {
		r[i] = z[i] - fieldP[i] - borrow
		borrow = r[i] >> 63
		r[i] &= low52
	}
	mask := -borrow // all ones if z < p
	for i := range z {
		z[i] = z[i]&mask | r[i]&^mask
	}
}
