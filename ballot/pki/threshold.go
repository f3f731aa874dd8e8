// SPDX-License-Identifier: Apache-2.0

package pki

import (
	"errors"
	"fmt"
	"slices"

	"github.com/tenday/tenday/ballot/canon"
	"github.com/tenday/tenday/ballot/group"
)

// MaxParticipants is the most that a ceremony of ours takes.
const MaxParticipants = 32

// Threshold is the public outcome of a ceremony (spec, TP): any Threshold of the members behind VerificationKeys can decrypt.
type Threshold struct {
	Threshold        int         `json:"threshold"`
	Certs            []Signed    `json:"certs"`
	Coefexps         []Signed    `json:"coefexps"`
	VerificationKeys []PublicKey `json:"verification_keys"`
}

// CheckMessages reads the nested messages; they too must be canonical.
func (t *Threshold) CheckMessages() *canon.Error {
	for i, s := range t.Certs {
		if _, err := nested[certificate](s); err != nil {
			return within(err, "/certs/%d/message", i)
		}
	}
	for i, s := range t.Coefexps {
		if _, err := nested[coefexps](s); err != nil {
			return within(err, "/coefexps/%d/message", i)
		}
	}
	return nil
}

func within(err error, format string, args ...any) *canon.Error {
	field := fmt.Sprintf(format, args...)
	e, ok := errors.AsType[*canon.Error](err)
	if !ok {
		return &canon.Error{Reason: canon.Schema, Field: field, Detail: err.Error()}
	}
	return &canon.Error{Reason: e.Reason, Field: field + e.Field, Detail: e.Detail}
}

// Verify checks counts, certificates, polynomials and keys, and returns the members' keys and the public key of the whole, or why an
// archive with t is refused: trustees.threshold, .element, .cert, .duplicate, .coefexps, .pok, .vk, or scalar.range.
func (t *Threshold) Verify() (keys []group.Element, whole group.Element, fault *canon.Error) {
	if fault = t.counts(); fault != nil {
		return nil, whole, fault
	}
	signers := make([]group.Element, len(t.Certs))
	seen := map[canon.Decimal]bool{}
	for i, s := range t.Certs {
		cert, err := checkCert(s)
		if err != nil {
			return nil, whole, within(err, "/certs/%d", i)
		}
		if seen[cert.Verification] || seen[cert.Encryption] {
			return nil, whole, &canon.Error{Reason: "trustees.duplicate", Field: fmt.Sprintf("/certs/%d", i), Detail: "a key listed twice"}
		}
		seen[cert.Verification], seen[cert.Encryption] = true, true
		signers[i], _ = group.ParseElement(string(cert.Verification))
	}
	polynomials := make([][]group.Element, len(t.Coefexps))
	for i, s := range t.Coefexps {
		var err *canon.Error
		if polynomials[i], err = checkCoefexps(s, signers[i]); err != nil {
			return nil, whole, within(err, "/coefexps/%d", i)
		}
	}
	shared := sumOf(polynomials)
	keys = make([]group.Element, len(t.VerificationKeys))
	for j, k := range t.VerificationKeys {
		var err *canon.Error
		if keys[j], err = k.Verify(); err != nil {
			return nil, whole, within(err, "/verification_keys/%d", j)
		}
		if keys[j] != shareKey(shared, j+1) {
			return nil, whole, &canon.Error{
				Reason: "trustees.vk", Field: fmt.Sprintf("/verification_keys/%d", j),
				Detail: "the key is not the one that the polynomials give",
			}
		}
	}
	return keys, shared[0], nil
}

func (t *Threshold) counts() *canon.Error {
	n := len(t.Certs)
	if len(t.Coefexps) != n || len(t.VerificationKeys) != n || t.Threshold < 1 || t.Threshold > n {
		return &canon.Error{Reason: "trustees.threshold", Detail: "certs, coefexps, verification keys and threshold do not fit together"}
	}
	for _, s := range t.Coefexps {
		if m, err := nested[coefexps](s); err != nil || len(m.Coefexps) != t.Threshold {
			return &canon.Error{Reason: "trustees.threshold", Field: "/coefexps", Detail: "the threshold is not the number of coefficients"}
		}
	}
	return nil
}

// checkCert checks one certificate: its keys, and that it is signed under its own verification key.
func checkCert(s Signed) (certificate, *canon.Error) {
	cert, err := nested[certificate](s)
	if err != nil {
		return cert, within(err, "/message")
	}
	key, ok := member(cert.Verification)
	if ok {
		_, ok = member(cert.Encryption)
	}
	if !ok {
		return cert, &canon.Error{Reason: "trustees.element", Detail: "a key is 1 or not in the group"}
	}
	if fault := s.verify(key, "trustees.cert"); fault != nil {
		return cert, fault
	}
	return cert, nil
}

// checkCoefexps checks one published polynomial.
func checkCoefexps(s Signed, signer group.Element) ([]group.Element, *canon.Error) {
	m, err := nested[coefexps](s)
	if err != nil {
		return nil, within(err, "/message")
	}
	a := make([]group.Element, len(m.Coefexps))
	for k, d := range m.Coefexps {
		var ok bool
		if a[k], ok = member(d); !ok {
			return nil, &canon.Error{Reason: "trustees.element", Detail: "a coefficient is 1 or not in the group"}
		}
	}
	if fault := s.verify(signer, "trustees.coefexps"); fault != nil {
		return nil, fault
	}
	return a, nil
}

// sumOf returns the sum of polynomials with as many coefficients each, hidden as they are: slot k is the product of all A_ik. Its share
// of j is the public key of member j, and its first coefficient that of the whole. Adding up first keeps the work per member from growing
// with the number of polynomials: an archive by others may have thousands.
func sumOf(polynomials [][]group.Element) []group.Element {
	sum := slices.Clone(polynomials[0])
	for _, a := range polynomials[1:] {
		for k := range sum {
			sum[k] = sum[k].Mul(a[k])
		}
	}
	return sum
}

// shareKey returns g^(f(j)) for the polynomial whose coefficients a hides: the product over k of a_k^(j^k), by Horner's rule.
func shareKey(a []group.Element, j int) group.Element {
	x, key := group.NewScalar(int64(j)), group.One()
	for _, coefficient := range slices.Backward(a) {
		key = key.Pow(x).Mul(coefficient)
	}
	return key
}

// Lagrange returns, for each of the distinct indexes, the coefficient of its share when the secret is taken at 0:
// the product over the other k of k/(k-d).
func Lagrange(indexes []int) []group.Scalar {
	l := make([]group.Scalar, len(indexes))
	for i, d := range indexes {
		l[i] = group.NewScalar(1)
		for _, k := range indexes {
			if k != d {
				l[i] = l[i].Mul(group.NewScalar(int64(k))).Mul(group.NewScalar(int64(k - d)).Inverse())
			}
		}
	}
	return l
}
