// SPDX-License-Identifier: Apache-2.0

package zkp

import (
	"io"

	"github.com/tenday/tenday/ballot/group"
)

// ProveLog proves knowledge of x, of which g^x is public (Schnorr 1991): A = g^w, c = H(prefix A), z = w - c x.
func ProveLog(random io.Reader, prefix []byte, x group.Secret) (Proof, error) {
	w, err := group.RandomSecret(random)
	if err != nil {
		return Proof{}, err
	}
	defer w.Erase()
	c := challenge(prefix, group.GeneratorSecretTable().Pow(w))
	return Proof{c, w.Respond(c, x)}, nil
}

// VerifyLog checks a proof of ProveLog for the public value X = g^x.
func VerifyLog(prefix []byte, public group.Element, p Proof) bool {
	a := group.GeneratorTable().Pow(p.Response).Mul(public.Pow(p.Challenge))
	return challenge(prefix, a) == p.Challenge
}

// ProveEqual proves that one x gives public = g^x and base^x (Chaum and Pedersen 1992): A = g^w, B = base^w, c = H(prefix A,B).
func ProveEqual(random io.Reader, prefix []byte, base group.Element, x group.Secret) (Proof, error) {
	w, err := group.RandomSecret(random)
	if err != nil {
		return Proof{}, err
	}
	defer w.Erase()
	c := challenge(prefix, group.GeneratorSecretTable().Pow(w), base.PowSecret(w))
	return Proof{c, w.Respond(c, x)}, nil
}

// VerifyEqual checks a proof of ProveEqual: public = g^x and power = base^x.
func VerifyEqual(prefix []byte, public, base, power group.Element, p Proof) bool {
	a := group.GeneratorTable().Pow(p.Response).Mul(public.Pow(p.Challenge))
	b := base.Pow(p.Response).Mul(power.Pow(p.Challenge))
	return challenge(prefix, a, b) == p.Challenge
}
