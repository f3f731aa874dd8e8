// SPDX-License-Identifier: Apache-2.0

package pki

import (
	"fmt"
	"io"
	"slices"

	"github.com/tenday/tenday/ballot/canon"
	"github.com/tenday/tenday/ballot/group"
)

type (
	// polynomial is what a participant hands in at step 3: to itself its coefficients, to each participant that one's share.
	polynomial struct {
		Polynomial string   `json:"polynomial"`
		Secrets    []string `json:"secrets"`
		Coefexps   Signed   `json:"coefexps"`
	}
	// vinput is what a participant gets at step 4: its own polynomial, its share from each, the published polynomial of each.
	vinput struct {
		Polynomial string   `json:"polynomial"`
		Secrets    []string `json:"secrets"`
		Coefexps   []Signed `json:"coefexps"`
	}
	// voutput is what a participant hands in at step 5.
	voutput struct {
		PrivateKey string    `json:"private_key"`
		PublicKey  PublicKey `json:"public_key"`
	}
	coefficients struct {
		Polynomial []canon.Decimal `json:"polynomial"`
	}
	share struct {
		Secret canon.Decimal `json:"secret"`
	}
	decryptionKey struct {
		DecryptionKey canon.Decimal `json:"decryption_key"`
	}
)

// secretDecimal is for sealed messages only.
func secretDecimal(s group.Secret) canon.Decimal { return canon.Decimal(s.AppendDecimal(nil)) }

// NewCertificate is step 1: each participant publishes its keys, signed under the first of them.
func NewCertificate(random io.Reader, seed Seed) ([]byte, error) {
	sk, dk := seed.signing(), seed.decryption()
	defer sk.Erase()
	defer dk.Erase()
	g := group.GeneratorSecretTable()
	s, err := sign(random, sk, certificate{elementDecimal(g.Pow(sk)), elementDecimal(g.Pow(dk))})
	if err != nil {
		return nil, err
	}
	return canon.Marshal(s), nil
}

// circle is the participants of a ceremony, in the order of their certificates.
type circle struct {
	certs      []Signed
	verify     []group.Element
	encryption []group.Element
}

// CheckCertificates is step 2: anyone checks each certificate. Fewer than two participants, or more than MaxParticipants, or one
// twice, is dkg.count.
func CheckCertificates(certs [][]byte) error {
	_, err := newCircle(certs)
	return err
}

func newCircle(certs [][]byte) (*circle, error) {
	if len(certs) < 2 || len(certs) > MaxParticipants {
		return nil, &Error{"dkg.count", 0, fmt.Sprintf("%d certificates; 2 to %d are possible", len(certs), MaxParticipants)}
	}
	c := &circle{}
	for i, data := range certs {
		var s Signed
		if err := canon.Unmarshal(data, &s); err != nil {
			return nil, &Error{"dkg.cert", i + 1, err.Error()}
		}
		cert, fault := checkCert(s)
		if fault != nil {
			return nil, &Error{"dkg.cert", i + 1, fault.Error()}
		}
		v, _ := group.ParseElement(string(cert.Verification))
		e, _ := group.ParseElement(string(cert.Encryption))
		if slices.Contains(c.verify, v) || slices.Contains(c.encryption, e) {
			return nil, &Error{"dkg.count", i + 1, "certificate listed twice"}
		}
		c.certs, c.verify, c.encryption = append(c.certs, s), append(c.verify, v), append(c.encryption, e)
	}
	return c, nil
}

// find returns the index of the participant whose signing key is sk.
func (c *circle) find(sk group.Secret) (int, error) {
	i := slices.Index(c.verify, group.GeneratorSecretTable().Pow(sk))
	if i < 0 {
		return 0, &Error{"dkg.not_mine", 0, "no certificate belongs to this key"}
	}
	return i, nil
}

// NewPolynomial is step 3: the holder of seed shares a random polynomial with all. The threshold must be from 2 to the number of
// participants; when it equals that number, one lost key stops the count.
func NewPolynomial(random io.Reader, certs [][]byte, seed Seed, threshold int) ([]byte, error) {
	c, err := newCircle(certs)
	if err != nil {
		return nil, err
	}
	if threshold < 2 || threshold > len(certs) {
		return nil, &Error{"dkg.count", 0, fmt.Sprintf("threshold %d of %d", threshold, len(certs))}
	}
	sk := seed.signing()
	defer sk.Erase()
	me, err := c.find(sk)
	if err != nil {
		return nil, err
	}
	var (
		a      = make([]group.Secret, threshold)
		own    coefficients
		public coefexps
		out    polynomial
	)
	for k := range a {
		if a[k], err = group.RandomSecret(random); err != nil {
			return nil, err
		}
		defer a[k].Erase()
		own.Polynomial = append(own.Polynomial, secretDecimal(a[k]))
		public.Coefexps = append(public.Coefexps, elementDecimal(group.GeneratorSecretTable().Pow(a[k])))
	}
	if out.Polynomial, err = send(random, sk, c.encryption[me], own); err != nil {
		return nil, err
	}
	for j, ek := range c.encryption {
		s, err := send(random, sk, ek, share{secretDecimal(evaluate(a, j+1))})
		if err != nil {
			return nil, err
		}
		out.Secrets = append(out.Secrets, s)
	}
	if out.Coefexps, err = sign(random, sk, public); err != nil {
		return nil, err
	}
	return canon.Marshal(out), nil
}

// evaluate returns a_0 + a_1 x + ..
func evaluate(a []group.Secret, x int) group.Secret {
	y, at := group.SmallSecret(0), group.NewScalar(int64(x))
	for _, coefficient := range slices.Backward(a) {
		y = y.Times(at).Add(coefficient)
	}
	return y
}

// VerifierInputs is step 4: the server checks the published polynomials and hands each participant what is for it, in order.
func VerifierInputs(certs, polynomials [][]byte) ([][]byte, error) {
	c, err := newCircle(certs)
	if err != nil {
		return nil, err
	}
	ps, _, err := c.polynomials(polynomials)
	if err != nil {
		return nil, err
	}
	inputs := make([][]byte, len(ps))
	for j := range ps {
		in := vinput{Polynomial: ps[j].Polynomial}
		for _, p := range ps {
			in.Secrets = append(in.Secrets, p.Secrets[j])
			in.Coefexps = append(in.Coefexps, p.Coefexps)
		}
		inputs[j] = canon.Marshal(in)
	}
	return inputs, nil
}

func (c *circle) polynomials(files [][]byte) ([]polynomial, [][]group.Element, error) {
	if len(files) != len(c.certs) {
		return nil, nil, &Error{"dkg.count", 0, fmt.Sprintf("%d polynomials for %d participants", len(files), len(c.certs))}
	}
	ps := make([]polynomial, len(files))
	signed := make([]Signed, len(files))
	for i, data := range files {
		if err := canon.Unmarshal(data, &ps[i]); err != nil {
			return nil, nil, &Error{"dkg.coefexps", i + 1, err.Error()}
		}
		if len(ps[i].Secrets) != len(files) {
			return nil, nil, &Error{"dkg.count", i + 1, fmt.Sprintf("%d shares for %d participants", len(ps[i].Secrets), len(files))}
		}
		signed[i] = ps[i].Coefexps
	}
	a, err := c.coefexps(signed)
	return ps, a, err
}

// coefexps checks the published polynomials of all; they must be equally long.
func (c *circle) coefexps(signed []Signed) ([][]group.Element, error) {
	if len(signed) != len(c.certs) {
		return nil, &Error{"dkg.count", 0, fmt.Sprintf("%d published polynomials for %d participants", len(signed), len(c.certs))}
	}
	a := make([][]group.Element, len(signed))
	for i, s := range signed {
		var fault *canon.Error
		if a[i], fault = checkCoefexps(s, c.verify[i]); fault != nil {
			return nil, &Error{"dkg.coefexps", i + 1, fault.Error()}
		}
		if len(a[i]) != len(a[0]) || len(a[i]) < 1 || len(a[i]) > len(c.certs) {
			return nil, &Error{"dkg.coefexps", i + 1, fmt.Sprintf("threshold %d", len(a[i]))}
		}
	}
	return a, nil
}

// VerifierOutput is step 5: the holder of seed checks its shares and makes its decryption key. Name may be empty; it is published.
func VerifierOutput(random io.Reader, certs [][]byte, seed Seed, input []byte, name string) ([]byte, error) {
	c, err := newCircle(certs)
	if err != nil {
		return nil, err
	}
	sk, dk := seed.signing(), seed.decryption()
	defer sk.Erase()
	defer dk.Erase()
	me, err := c.find(sk)
	if err != nil {
		return nil, err
	}
	var in vinput
	if err := canon.Unmarshal(input, &in); err != nil {
		return nil, &Error{"dkg.channel", 0, err.Error()}
	}
	a, err := c.coefexps(in.Coefexps)
	if err != nil {
		return nil, err
	}
	if len(in.Secrets) != len(c.certs) {
		return nil, &Error{"dkg.count", 0, fmt.Sprintf("%d shares for %d participants", len(in.Secrets), len(c.certs))}
	}
	if err := c.own(me, dk, in.Polynomial, a[me]); err != nil {
		return nil, err
	}
	sum := group.SmallSecret(0)
	defer func() { sum.Erase() }()
	for i, message := range in.Secrets {
		var m share
		if err := receive(dk, c.verify[i], message, &m); err != nil {
			return nil, &Error{"dkg.channel", i + 1, err.Error()}
		}
		s, ok := group.ParseSecret(string(m.Secret))
		if !ok || group.GeneratorSecretTable().Pow(s) != shareKey(a[i], me+1) {
			return nil, &Error{"dkg.secret", i + 1, "the share does not lie on the published polynomial"}
		}
		sum = sum.Add(s)
		s.Erase()
	}
	var out voutput
	if out.PrivateKey, err = send(random, sk, c.encryption[me], decryptionKey{secretDecimal(sum)}); err != nil {
		return nil, err
	}
	if out.PublicKey, err = NewPublicKey(random, sum, name); err != nil {
		return nil, err
	}
	return canon.Marshal(out), nil
}

// own checks that the polynomial handed back to a participant is the one it published.
func (c *circle) own(me int, dk group.Secret, message string, a []group.Element) error {
	var m coefficients
	if err := receive(dk, c.verify[me], message, &m); err != nil {
		return &Error{"dkg.channel", me + 1, err.Error()}
	}
	for k, d := range m.Polynomial {
		s, ok := group.ParseSecret(string(d))
		if !ok || len(m.Polynomial) != len(a) || group.GeneratorSecretTable().Pow(s) != a[k] {
			return &Error{"dkg.secret", me + 1, "the own polynomial is not the published one"}
		}
		s.Erase()
	}
	return nil
}

// Finish is step 6: the server checks the keys and puts the public outcome together. The second result holds each participant's .dkey
// file, sealed to that participant.
func Finish(certs, polynomials, outputs [][]byte) (*Threshold, [][]byte, error) {
	c, err := newCircle(certs)
	if err != nil {
		return nil, nil, err
	}
	ps, a, err := c.polynomials(polynomials)
	if err != nil {
		return nil, nil, err
	}
	if len(outputs) != len(c.certs) {
		return nil, nil, &Error{"dkg.count", 0, fmt.Sprintf("%d keys for %d participants", len(outputs), len(c.certs))}
	}
	t := &Threshold{Threshold: len(a[0]), Certs: c.certs}
	shared := sumOf(a)
	var dkeys [][]byte
	for j, data := range outputs {
		var out voutput
		if err := canon.Unmarshal(data, &out); err != nil {
			return nil, nil, &Error{"dkg.key", j + 1, err.Error()}
		}
		key, fault := out.PublicKey.Verify()
		if fault != nil {
			return nil, nil, &Error{"dkg.key", j + 1, fault.Error()}
		}
		if key != shareKey(shared, j+1) {
			return nil, nil, &Error{"dkg.key", j + 1, "the key is not the one that the polynomials give"}
		}
		t.Coefexps = append(t.Coefexps, ps[j].Coefexps)
		t.VerificationKeys = append(t.VerificationKeys, out.PublicKey)
		dkeys = append(dkeys, []byte(out.PrivateKey))
	}
	return t, dkeys, nil
}

// OpenDecryptionKey returns the secret in a participant's .dkey file. White space around it does not matter.
func OpenDecryptionKey(seed Seed, dkey []byte) (group.Secret, error) {
	sk, dk := seed.signing(), seed.decryption()
	defer sk.Erase()
	defer dk.Erase()
	var m decryptionKey
	if err := receive(dk, group.GeneratorSecretTable().Pow(sk), trim(dkey), &m); err != nil {
		return group.Secret{}, &Error{"dkg.channel", 0, err.Error()}
	}
	s, ok := group.ParseSecret(string(m.DecryptionKey))
	if !ok {
		return group.Secret{}, &Error{"dkg.channel", 0, "no number inside"}
	}
	return s, nil
}
