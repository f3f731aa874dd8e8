// SPDX-License-Identifier: Apache-2.0

package ballot

import (
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/tenday/tenday/ballot/bel"
	"github.com/tenday/tenday/ballot/canon"
	"github.com/tenday/tenday/ballot/group"
	"github.com/tenday/tenday/ballot/zkp"
)

func (s *state) decryptPrefix(owner int) []byte {
	return []byte("decrypt|" + s.election.fingerprint + "|" + s.keys[owner-1].String() + "|")
}

// sidePrefix binds the whole statement, unlike decryptPrefix, which leaves out alpha and F (section 9).
func (s *state) sidePrefix(owner int, alpha, factor group.Element) []byte {
	return fmt.Appendf(nil, "tenday-decrypt-1|%s|%d|%s|%s|%s|",
		s.election.fingerprint, owner, s.keys[owner-1], alpha, factor)
}

// decrypt makes a partial decryption and its side proofs. x must be the owner's secret.
func (s *state) decrypt(random io.Reader, owner int, x group.Secret) (decryption, side []byte, err error) {
	if group.GeneratorSecretTable().Pow(x) != s.keys[owner-1] {
		return nil, nil, fmt.Errorf("decrypt: the key is not that of trustee %d", owner)
	}
	w := wireDecryption{Factors: make([][]canon.Decimal, len(s.tally)), Proofs: make([][]zkp.WireProof, len(s.tally))}
	sides := make([][]zkp.WireProof, len(s.tally))
	prefix := s.decryptPrefix(owner)
	for i, row := range s.tally {
		for _, c := range row {
			factor := c.Alpha.PowSecret(x)
			proof, err := zkp.ProveEqual(random, prefix, c.Alpha, x)
			if err != nil {
				return nil, nil, err
			}
			sideProof, err := zkp.ProveEqual(random, s.sidePrefix(owner, c.Alpha, factor), c.Alpha, x)
			if err != nil {
				return nil, nil, err
			}
			w.Factors[i] = append(w.Factors[i], canon.Decimal(factor.String()))
			w.Proofs[i] = append(w.Proofs[i], proof.Wire())
			sides[i] = append(sides[i], sideProof.Wire())
		}
	}
	return canon.Marshal(w), canon.Marshal(sides), nil
}

// partialDecryption checks one trustee's part (section 10, C 6).
func (s *state) partialDecryption(step bel.Step, data [][]byte) error {
	refuse := func(i int, err error) error { return step.Data[i].At(step.Event.Height, err) }
	var owned bel.Owned
	if err := canon.Unmarshal(data[1], &owned); err != nil {
		return refuse(1, err)
	}
	switch {
	case owned.Owner < 1 || owned.Owner > len(s.keys):
		return refuse(1, fail("decryption.owner", "/owner", "no trustee has this number"))
	case s.factors[owned.Owner] != nil:
		return refuse(1, fail("decryption.duplicate", "/owner", "this trustee has decrypted before"))
	}
	var w wireDecryption
	if err := canon.Unmarshal(data[0], &w); err != nil {
		return refuse(0, err)
	}
	factors, err := s.checkFactors(owned.Owner, &w)
	if err != nil {
		return refuse(0, err)
	}
	s.owners = append(s.owners, owned.Owner)
	s.factors[owned.Owner] = factors
	return nil
}

func (s *state) checkFactors(owner int, w *wireDecryption) ([][]group.Element, error) {
	sameShape := len(w.Factors) == len(s.tally) && len(w.Proofs) == len(s.tally)
	for i := 0; sameShape && i < len(s.tally); i++ {
		sameShape = len(w.Factors[i]) == len(s.tally[i]) && len(w.Proofs[i]) == len(s.tally[i])
	}
	if !sameShape {
		return nil, fail("decryption.shape", "", "number of factors or proofs")
	}
	prefix := s.decryptPrefix(owner)
	factors := make([][]group.Element, len(s.tally))
	for i, row := range s.tally {
		for j, c := range row {
			field := "/" + strconv.Itoa(i) + "/" + strconv.Itoa(j)
			proof, ok := w.Proofs[i][j].Parse()
			if !ok {
				return nil, fail("scalar.range", field, "challenge or response not below q")
			}
			factor, ok := group.ParseElement(string(w.Factors[i][j]))
			if !ok || !factor.IsMember() { // 1 is the factor of a tally without ballots
				return nil, fail("decryption.element", field, "the factor is not in the group")
			}
			if !zkp.VerifyEqual(prefix, s.keys[owner-1], c.Alpha, factor, proof) {
				return nil, fail("decryption.proof", field, "proof of correct decryption")
			}
			factors[i] = append(factors[i], factor)
		}
	}
	return factors, nil
}

// sideProofHolds checks the side proofs of one owner.
func (s *state) sideProofHolds(owner int, side []byte) bool {
	var w [][]zkp.WireProof
	if canon.Unmarshal(side, &w) != nil || len(w) != len(s.tally) {
		return false
	}
	for i, row := range s.tally {
		if len(w[i]) != len(row) {
			return false
		}
		for j, c := range row {
			factor := s.factors[owner][i][j]
			proof, ok := w[i][j].Parse()
			if !ok || !zkp.VerifyEqual(s.sidePrefix(owner, c.Alpha, factor), s.keys[owner-1], c.Alpha, factor, proof) {
				return false
			}
		}
	}
	return true
}

// culprits returns the owners whose side proof is wrong or missing.
func (s *state) culprits(sides map[int][]byte) (owners []int) {
	for owner := range s.factors {
		if !s.sideProofHolds(owner, sides[owner]) {
			owners = append(owners, owner)
		}
	}
	slices.Sort(owners)
	return owners
}
