// SPDX-License-Identifier: Apache-2.0

package zkp

import (
	"github.com/tenday/tenday/ballot/canon"
	"github.com/tenday/tenday/ballot/group"
)

// Proof is a challenge and a response, both below q.
type Proof struct{ Challenge, Response group.Scalar }

// WireProof is a Proof as archives hold it: two decimal strings that need not be below q.
type WireProof struct {
	Challenge canon.Decimal `json:"challenge"`
	Response  canon.Decimal `json:"response"`
}

// Wire returns p for an archive.
func (p Proof) Wire() WireProof {
	return WireProof{canon.Decimal(p.Challenge.String()), canon.Decimal(p.Response.String())}
}

// Parse returns the proof; false means that a number is not below q.
func (w WireProof) Parse() (Proof, bool) {
	c, ok1 := group.ParseScalar(string(w.Challenge))
	z, ok2 := group.ParseScalar(string(w.Response))
	return Proof{c, z}, ok1 && ok2
}

// challenge hashes prefix and the elements in decimal, with commas between (spec, H).
func challenge(prefix []byte, elements ...group.Element) group.Scalar {
	text := make([]byte, 0, len(prefix)+len(elements)*620)
	text = append(text, prefix...)
	for i, x := range elements {
		if i > 0 {
			text = append(text, ',')
		}
		text = x.AppendDecimal(text)
	}
	return group.Hash(text)
}
