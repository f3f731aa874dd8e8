// SPDX-License-Identifier: Apache-2.0

package zkp

import (
	"io"

	"github.com/tenday/tenday/ballot/group"
)

// Claim is one branch of a disjunction for its prover: "the ciphertext with randomness R encrypts this message". The ciphertext
// really encrypts that message plus Excess.
type Claim struct {
	R      group.Secret
	Excess group.Secret // 0 in a true branch
	Chosen group.Secret // 1 in the one branch that carries the proof, which must be true; 0 in the others
}

// ProveOr proves that one of the claims holds, without telling which (Cramer, Damgard and Schoenmakers 1994).
//
// All branches are treated alike: nonce w and challenge c at random, A = g^w, B = y^w g^(Excess c), and z = w - r c. Where Excess is 0
// B does not depend on c, so there, and only there, c may still be moved to make the challenges sum to the hash; that is done by
// adding the difference times Chosen.
func (k *Key) ProveOr(random io.Reader, prefix []byte, claims []Claim) ([]Proof, error) {
	nonces := make([]group.Secret, len(claims))
	challenges := make([]group.Secret, len(claims))
	commitments := make([]group.Element, 0, 2*len(claims))
	sum := group.SmallSecret(0)
	g, y := group.GeneratorSecretTable(), k.secret()
	for i, claim := range claims {
		var err error
		if nonces[i], err = group.RandomSecret(random); err != nil {
			return nil, err
		}
		if challenges[i], err = group.RandomSecret(random); err != nil {
			return nil, err
		}
		sum = sum.Add(challenges[i])
		commitments = append(commitments, g.Pow(nonces[i]), y.Pow(nonces[i]).Mul(g.Pow(claim.Excess.Mul(challenges[i]))))
	}
	missing := challenge(prefix, commitments...).Secret().Sub(sum)
	proofs := make([]Proof, len(claims))
	for i, claim := range claims {
		c := challenges[i].Add(missing.Mul(claim.Chosen)).Reveal() // public by design: every branch shows its challenge
		proofs[i] = Proof{c, nonces[i].Respond(c, claim.R)}
		nonces[i].Erase()
	}
	return proofs, nil
}

// Branch is one branch of a disjunction for its verifier: "the ciphertext encrypts Message". AlphaC and BetaC are alpha and beta to
// the challenge of Proof: the caller computes them, because one ciphertext is part of several disjunctions and its powers are cheaper
// together (group.Powers).
type Branch struct {
	Message       int
	Proof         Proof
	AlphaC, BetaC group.Element
}

// VerifyOr checks a proof of ProveOr.
func (k *Key) VerifyOr(prefix []byte, branches []Branch) bool {
	g, y := group.GeneratorTable(), k.public()
	commitments := make([]group.Element, 0, 2*len(branches))
	var sum group.Scalar
	for _, b := range branches {
		beta := y.Pow(b.Proof.Response).Mul(b.BetaC)
		if b.Message != 0 { // (beta/g^M)^c = beta^c g^(-M c)
			beta = beta.Mul(g.Pow(b.Proof.Challenge.Mul(group.NewScalar(-int64(b.Message)))))
		}
		commitments = append(commitments, g.Pow(b.Proof.Response).Mul(b.AlphaC), beta)
		sum = sum.Add(b.Proof.Challenge)
	}
	return challenge(prefix, commitments...) == sum
}
