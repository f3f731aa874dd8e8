// SPDX-License-Identifier: Apache-2.0

package group

import "math/bits"

// words64 is an integer below 2^2048 in words of 64 bits.
type words64 [words]uint64

// mul64 sets z = x*y/2^2048 mod p for x and y below p; inv is -1/p mod 2^64: one row of the product, one row of reduction, 32 times (Montgomery 1985; CIOS).
func mul64(z, x, y, p *words64, inv uint64) {
	var t [2 * words]uint64
	var carry uint64
	for i, d := range y {
		row := (*words64)(t[i : i+words])
		c1 := row.addMul(x, d)
		c2 := row.addMul(p, row[0]*inv)
		t[i+words], carry = bits.Add64(c1, c2, carry)
	}
	subtractOnce(z, (*words64)(t[words:]), p, carry)
}

// sqr64 sets z = x*x/2^2048 mod p. Products of two different words are computed once and doubled.
func sqr64(z, x, p *words64, inv uint64) {
	var t [2 * words]uint64
	for i := range words - 1 {
		t[i+words] = addMulVec(t[2*i+1:i+words], x[i+1:], x[i])
	}
	var shift, c uint64
	for i, d := range x {
		hi, lo := bits.Mul64(d, d)
		a, b := t[2*i], t[2*i+1]
		t[2*i], c = bits.Add64(a<<1|shift, lo, c)
		t[2*i+1], c = bits.Add64(b<<1|a>>63, hi, c)
		shift = b >> 63
	}
	c = 0
	for i := range words {
		row := (*words64)(t[i : i+words])
		t[i+words], c = bits.Add64(t[i+words], row.addMul(p, row[0]*inv), c)
	}
	subtractOnce(z, (*words64)(t[words:]), p, c)
}

// subtractOnce sets z = t - p if carry*2^2048 + t >= p, else z = t.
func subtractOnce(z, t, p *words64, carry uint64) {
	var r words64
	var borrow uint64
	for i := range r {
		r[i], borrow = bits.Sub64(t[i], p[i], borrow)
	}
	mask := -(carry | (borrow ^ 1))
	for i := range r {
		z[i] = r[i]&mask | t[i]&^mask
	}
}

// addMul adds x*y to z and returns the carry word. Four words at a time keep the carries in registers.
func (z *words64) addMul(x *words64, y uint64) (carry uint64) {
	for i := 0; i < words; i += 4 {
		carry = addMul4((*[4]uint64)(z[i:]), (*[4]uint64)(x[i:]), y, carry)
	}
	return carry
}

// addMulVec is addMul for vectors of equal length.
func addMulVec(z, x []uint64, y uint64) (carry uint64) {
	for len(x) >= 4 && len(z) >= 4 {
		carry = addMul4((*[4]uint64)(z), (*[4]uint64)(x), y, carry)
		z, x = z[4:], x[4:]
	}
	for i := range z {
		hi, lo := bits.Mul64(x[i], y)
		var c uint64
		lo, c = bits.Add64(lo, carry, 0)
		hi += c
		z[i], c = bits.Add64(z[i], lo, 0)
		carry = hi + c
	}
	return carry
}

func addMul4(z, x *[4]uint64, y, carry uint64) uint64 {
	hi0, lo0 := bits.Mul64(x[0], y)
	hi1, lo1 := bits.Mul64(x[1], y)
	hi2, lo2 := bits.Mul64(x[2], y)
	hi3, lo3 := bits.Mul64(x[3], y)
	var c uint64
	lo1, c = bits.Add64(lo1, hi0, 0)
	lo2, c = bits.Add64(lo2, hi1, c)
	lo3, c = bits.Add64(lo3, hi2, c)
	hi3 += c
	lo0, c = bits.Add64(lo0, carry, 0)
	lo1, c = bits.Add64(lo1, 0, c)
	lo2, c = bits.Add64(lo2, 0, c)
	lo3, c = bits.Add64(lo3, 0, c)
	hi3 += c
	z[0], c = bits.Add64(z[0], lo0, 0)
	z[1], c = bits.Add64(z[1], lo1, c)
	z[2], c = bits.Add64(z[2], lo2, c)
	z[3], c = bits.Add64(z[3], lo3, c)
	return hi3 + c
}
