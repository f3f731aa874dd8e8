// SPDX-License-Identifier: Apache-2.0

package ballot

import (
	"github.com/tenday/tenday/ballot/canon"
	"github.com/tenday/tenday/ballot/group"
	"github.com/tenday/tenday/ballot/zkp"
)

// The objects of section 5 as archives hold them. Their numbers need not be in range.
type (
	wireBallot struct {
		ElectionUUID string        `json:"election_uuid"`
		ElectionHash string        `json:"election_hash"`
		Credential   canon.Decimal `json:"credential"`
		Answers      []wireAnswer  `json:"answers"`
		Signature    wireSignature `json:"signature"`
	}
	// unsigned is a wireBallot without its signature: what the signature covers.
	unsigned struct {
		ElectionUUID string        `json:"election_uuid"`
		ElectionHash string        `json:"election_hash"`
		Credential   canon.Decimal `json:"credential"`
		Answers      []wireAnswer  `json:"answers"`
	}
	wireAnswer struct {
		Choices          []wireChoice      `json:"choices"`
		IndividualProofs [][]zkp.WireProof `json:"individual_proofs"`
		OverallProof     []zkp.WireProof   `json:"overall_proof"`
		BlankProof       *[]zkp.WireProof  `json:"blank_proof,omitempty"`
	}
	wireChoice struct {
		Alpha canon.Decimal `json:"alpha"`
		Beta  canon.Decimal `json:"beta"`
	}
	wireSignature struct {
		Hash  string        `json:"hash"`
		Proof zkp.WireProof `json:"proof"`
	}
	wireDecryption struct {
		Factors [][]canon.Decimal `json:"decryption_factors"`
		Proofs  [][]zkp.WireProof `json:"decryption_proofs"`
	}
	wireResult struct {
		Result [][]int `json:"result"`
	}
)

func wireOf(c zkp.Ciphertext) wireChoice {
	return wireChoice{canon.Decimal(c.Alpha.String()), canon.Decimal(c.Beta.String())}
}

// text returns the ciphertext as hash preimages hold it.
func (w wireChoice) text() string { return string(w.Alpha) + "," + string(w.Beta) }

// parse returns the ciphertext; false means that a number is not within 0 < x < p.
func (w wireChoice) parse() (zkp.Ciphertext, bool) {
	alpha, ok1 := group.ParseElement(string(w.Alpha))
	beta, ok2 := group.ParseElement(string(w.Beta))
	return zkp.Ciphertext{Alpha: alpha, Beta: beta}, ok1 && ok2
}

// parseProofs returns proofs; false means that a number is not below q.
func parseProofs(ws []zkp.WireProof) ([]zkp.Proof, bool) {
	proofs := make([]zkp.Proof, len(ws))
	for i, w := range ws {
		var ok bool
		if proofs[i], ok = w.Parse(); !ok {
			return nil, false
		}
	}
	return proofs, true
}

func wireProofs(ps []zkp.Proof) []zkp.WireProof {
	ws := make([]zkp.WireProof, len(ps))
	for i, p := range ps {
		ws[i] = p.Wire()
	}
	return ws
}
