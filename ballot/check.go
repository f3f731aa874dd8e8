// SPDX-License-Identifier: Apache-2.0

package ballot

import (
	"bytes"
	"io"

	"github.com/tenday/tenday/ballot/bel"
)

// Checked is a ballot that passed every check that needs no other ballot. Whoever keeps a board elsewhere than in a Box (a database)
// still has to refuse, in the order of section 10: Hash met before (ballot.duplicate; the same bytes again are no new ballot), then
// any of Ciphertexts met before (ballot.ciphertext_reuse). Both are keys for a UNIQUE constraint.
type Checked struct {
	Hash        bel.Hash   // of the ballot's bytes; its Base64 is the tracker
	Credential  bel.Hash   // of the decimal form of the public credential
	Ciphertexts [][16]byte // half a hash of each, in order
}

// CheckBallot checks the bytes of one ballot: form, credential, hash, signature, membership, proofs. listed tells whether a public
// credential, by the hash of its decimal form, is in the list; it is asked once, before the costly part. The error is a *canon.Error
// with the reasons of section 10, C 4; the signature comes first, so that nobody without a credential has the costly part done. It
// holds no lock and may run beside others.
func (e *Election) CheckBallot(raw []byte, listed func(credential bel.Hash) bool) (Checked, error) {
	in := e.inspect(raw, listed, true)
	c := Checked{Hash: in.hash, Credential: in.credential}
	for _, err := range []error{in.early, in.late} {
		if err != nil {
			return c, err
		}
	}
	c.Ciphertexts = ciphertextKeys(in.choices)
	seen := make(map[[16]byte]bool, len(c.Ciphertexts))
	for _, key := range c.Ciphertexts {
		if seen[key] {
			return c, fail("ballot.ciphertext_reuse", "", "a ciphertext occurs twice in the archive")
		}
		seen[key] = true
	}
	return c, nil
}

// Hashes returns the hash of each entry's decimal form, in the order of the list: what CheckBallot asks for.
func (c Credentials) Hashes() []bel.Hash {
	hashes := make([]bel.Hash, len(c))
	for i, one := range c {
		hashes[i] = bel.HashOf([]byte(one))
	}
	return hashes
}

// Check checks a list as an archive's is checked (section 10, C 3); random picks the subsets of the membership test. The error is a
// *canon.Error: credentials.empty, credentials.element, credentials.duplicate.
func (c Credentials) Check(random io.Reader) error {
	data := c.Marshal()
	seen := make(map[bel.Hash]bool, len(c))
	return readCredentials(random, func() io.Reader { return bytes.NewReader(data) }, func(h bel.Hash) bool {
		known := seen[h]
		seen[h] = true
		return !known
	})
}

// Check checks a list as an archive's is checked (section 10, C 2) and returns how many owners it has and how many must decrypt.
// The error is a *canon.Error.
func (ts Trustees) Check() (owners, needed int, err error) {
	keys, _, err := ts.verify()
	if err != nil {
		return 0, 0, err
	}
	for _, t := range ts {
		needed += t.needed()
	}
	return len(keys), needed, nil
}
