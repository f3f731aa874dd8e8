// SPDX-License-Identifier: Apache-2.0

package group

import (
	"crypto/subtle"
	"sync"
)

// Table holds powers of one fixed base for public exponents: entry (i, d) is base^(d*256^i). A power costs 32 multiplications.
// It takes 2 MiB and is safe for concurrent use once made.
type Table struct{ rows [][256]field }

// NewTable makes the table of base.
func NewTable(base Element) *Table {
	t := &Table{rows: make([][256]field, 32)}
	for i := range t.rows {
		row := &t.rows[i]
		row[0] = fieldOne
		for d := 1; d < 256; d++ {
			row[d].mul(&row[d-1], &base.f)
		}
		base.f.mul(&row[255], &base.f)
	}
	return t
}

// Pow returns base^e, in variable time.
func (t *Table) Pow(e Scalar) Element {
	z, b := fieldOne, e.bytes()
	for i := range t.rows {
		if d := b[31-i]; d != 0 {
			z.mul(&z, &t.rows[i][d])
		}
	}
	z.reduce()
	return Element{z}
}

// SecretTable holds powers of one fixed base for secret exponents: entry (i, d) is base^(d*16^i). Every power reads every entry,
// so neither time nor memory access tells the exponent. It takes 256 KiB and is safe for concurrent use once made.
type SecretTable struct{ rows [][16]field }

// NewSecretTable makes the table of base.
func NewSecretTable(base Element) *SecretTable {
	t := &SecretTable{rows: make([][16]field, 64)}
	for i := range t.rows {
		row := &t.rows[i]
		row[0] = fieldOne
		for d := 1; d < 16; d++ {
			row[d].mul(&row[d-1], &base.f)
		}
		base.f.mul(&row[15], &base.f)
	}
	return t
}

// Pow returns base^s in constant time.
func (t *SecretTable) Pow(s Secret) Element {
	z, b := fieldOne, s.n.Bytes(modQ)
	for i := range t.rows {
		nibble := int32(b[31-i/2]>>(4*(i%2))) & 15
		var entry field
		for d := range t.rows[i] {
			mask := -uint64(subtle.ConstantTimeEq(nibble, int32(d)))
			for k, w := range &t.rows[i][d] {
				entry[k] |= w & mask
			}
		}
		z.mul(&z, &entry)
	}
	clear(b)
	z.reduce()
	return Element{z}
}

// GeneratorTable returns the table of g for public exponents, GeneratorSecretTable the one for secret exponents; each is made at
// its first use.
var (
	GeneratorTable       = sync.OnceValue(func() *Table { return NewTable(Generator()) })
	GeneratorSecretTable = sync.OnceValue(func() *SecretTable { return NewSecretTable(Generator()) })
)
