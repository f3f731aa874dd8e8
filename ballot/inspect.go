// SPDX-License-Identifier: Apache-2.0

package ballot

import (
	"bytes"
	"strconv"

	"github.com/tenday/tenday/ballot/bel"
	"github.com/tenday/tenday/ballot/canon"
	"github.com/tenday/tenday/ballot/group"
	"github.com/tenday/tenday/ballot/zkp"
)

// inspected is what can be said about a ballot without knowing the others, so that many can be inspected at once. Failures are kept in
// two parts, because between them the ballot is compared with earlier ones (section 10, C 4).
type inspected struct {
	hash       bel.Hash
	credential bel.Hash
	choices    [][]zkp.Ciphertext
	early      error // up to ballot.credential
	late       error // from ballot.element
}

// inspect checks the bytes of one ballot. listed tells whether a public credential, by the hash of its decimal form, is in the list. At
// the door, where strangers may send as much as they like, the signature comes before all that is costly: who has no credential costs
// two powers and not sixty. The reason is then the signature's even where another would have come first.
func (e *Election) inspect(raw []byte, listed func(bel.Hash) bool, door bool) inspected {
	in := inspected{hash: bel.HashOf(raw)}
	var w wireBallot
	if in.early = canon.Unmarshal(raw, &w); in.early != nil {
		return in
	}
	answers, signature, err := e.shape(&w)
	if err != nil {
		in.early = err
		return in
	}
	in.credential = bel.HashOf([]byte(w.Credential))
	if !listed(in.credential) {
		in.early = fail("ballot.credential", "/credential", "the credential is not in the list")
		return in
	}
	public, _ := group.ParseElement(string(w.Credential)) // listed, so parsed before
	if door {
		if in.late = checkSignature(raw, &w, signature, public); in.late != nil {
			return in
		}
	}
	in.late = e.prove(raw, &w, answers, signature, public)
	for _, a := range answers {
		in.choices = append(in.choices, a.choices)
	}
	return in
}

// shape checks what a ballot says about its election and how many of everything it has, and parses its numbers.
func (e *Election) shape(w *wireBallot) ([]answer, zkp.Proof, error) {
	var signature zkp.Proof
	switch {
	case w.ElectionUUID != e.UUID:
		return nil, signature, fail("ballot.uuid", "/election_uuid", "the ballot is of another election")
	case w.ElectionHash != e.fingerprint:
		return nil, signature, fail("ballot.fingerprint", "/election_hash", "the ballot is of another election text")
	case len(w.Answers) != len(e.Questions):
		return nil, signature, fail("ballot.shape", "/answers", "number of answers")
	}
	for i := range w.Answers {
		if !fits(&e.Questions[i], &w.Answers[i]) {
			return nil, signature, fail("ballot.shape", "/answers/"+strconv.Itoa(i), "number of choices or proofs")
		}
	}
	answers := make([]answer, len(w.Answers))
	for i := range w.Answers {
		if !answers[i].parse(&e.Questions[i], &w.Answers[i]) {
			return nil, signature, fail("scalar.range", "/answers/"+strconv.Itoa(i), "a challenge or response is not below q")
		}
	}
	signature, ok := w.Signature.Proof.Parse()
	if !ok {
		return nil, signature, fail("scalar.range", "/signature/proof", "challenge or response not below q")
	}
	return answers, signature, nil
}

// prove checks members, hash, signature and proofs, in this order.
func (e *Election) prove(raw []byte, w *wireBallot, answers []answer, signature zkp.Proof, public group.Element) error {
	s0 := e.fingerprint + "|" + string(w.Credential)
	var proof *canon.Error
	for i := range answers {
		element, fault := answers[i].check(e.key, s0, "/answers/"+strconv.Itoa(i))
		if element != nil {
			return element
		}
		if proof == nil {
			proof = fault
		}
	}
	if err := checkSignature(raw, w, signature, public); err != nil {
		return err
	}
	if proof != nil {
		return proof
	}
	return nil
}

// checkSignature checks hash and signature.
func checkSignature(raw []byte, w *wireBallot, signature zkp.Proof, public group.Element) error {
	hash := signedHash(raw)
	switch {
	case w.Signature.Hash != hash:
		return fail("ballot.hash", "/signature/hash", "not the hash of the ballot")
	case !zkp.VerifyLog(signaturePrefix(hash), public, signature):
		return fail("ballot.signature", "/signature/proof", "the signature is not by this credential")
	}
	return nil
}

// signedHash returns b64 of a canonical ballot without its last field, the signature.
func signedHash(raw []byte) string {
	i := bytes.LastIndex(raw, []byte(`,"signature":`))
	return bel.HashOf(append(bytes.Clone(raw[:i]), '}')).Base64()
}

func signaturePrefix(hash string) []byte { return []byte("sig|" + hash + "|") }
