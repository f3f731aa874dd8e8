// SPDX-License-Identifier: Apache-2.0

package group

import "math/big"

// Element is an integer x with 0 < x < p. It need not be a member of the subgroup: see IsMember. The zero Element is not valid;
// start from One, Generator or ParseElement. Elements compare with ==.
type Element struct{ f field } // canonical

// One returns the identity.
func One() Element { return Element{fieldOne} }

// Generator returns g.
func Generator() Element { return generator }

var generator = fromBig(mustHex(hexG))

// ParseElement reads a decimal number; false means other characters than digits, or not within 0 < x < p.
func ParseElement(decimal string) (Element, bool) {
	if len(decimal) == 0 || len(decimal) > 617 || !digits(decimal) {
		return Element{}, false
	}
	n, ok := new(big.Int).SetString(decimal, 10)
	if !ok || n.Sign() <= 0 || n.Cmp(bigP) >= 0 {
		return Element{}, false
	}
	return fromBig(n), true
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

func fromBig(n *big.Int) (x Element) {
	x.f = unpack(n)
	return x.convert()
}

// convert brings a plain integer into Montgomery form.
func (x Element) convert() Element {
	x.f.mul(&x.f, &fieldR2)
	x.f.reduce()
	return x
}

// bytes returns x as 256 big-endian bytes.
func (x Element) bytes() [8 * words]byte {
	one := field{1}
	x.f.mul(&x.f, &one)
	x.f.reduce()
	return x.f.bytes()
}

// AppendDecimal appends x in decimal, as archives and hash preimages hold it (spec, dec).
func (x Element) AppendDecimal(b []byte) []byte {
	bytes := x.bytes()
	return new(big.Int).SetBytes(bytes[:]).Append(b, 10)
}

// String returns x in decimal.
func (x Element) String() string { return string(x.AppendDecimal(nil)) }

// Mul returns x*y mod p.
func (x Element) Mul(y Element) Element {
	x.f.mul(&x.f, &y.f)
	x.f.reduce()
	return x
}

// Inverse returns 1/x mod p, in variable time.
func (x Element) Inverse() Element {
	bytes := x.bytes()
	return fromBig(new(big.Int).ModInverse(new(big.Int).SetBytes(bytes[:]), bigP))
}

// Pow returns x^e, in variable time. Several powers of one x are cheaper together: see Powers.
func (x Element) Pow(e Scalar) Element { return x.Powers(e)[0] }

// IsMember reports whether x^q = 1, that is, whether x lies in the subgroup. The identity does.
func (x Element) IsMember() bool {
	member, _ := x.MemberPowers()
	return member
}
