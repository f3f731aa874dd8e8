// SPDX-License-Identifier: Apache-2.0

package ballot

import (
	"crypto/subtle"
	"fmt"
	"io"

	"github.com/tenday/tenday/ballot/bel"
	"github.com/tenday/tenday/ballot/canon"
	"github.com/tenday/tenday/ballot/group"
	"github.com/tenday/tenday/ballot/zkp"
)

// VotesError is why votes cannot become a ballot.
type VotesError struct {
	Reason   string // votes.shape, votes.range or votes.blank_mixed
	Question int    // counted from 0; -1 if the number of questions is wrong
}

func (e *VotesError) Error() string { return fmt.Sprintf("%s in question %d", e.Reason, e.Question) }

// CheckVotes checks votes before anything is encrypted: an array of 0 and 1 per question, slot 0 being blank where blank is allowed.
// votes.shape is a wrong number of questions or slots, votes.range another number than 0 and 1 or too few or many answers,
// votes.blank_mixed an answer beside blank. The error is a *VotesError.
func (e *Election) CheckVotes(votes [][]int) error {
	if len(votes) != len(e.Questions) {
		return &VotesError{"votes.shape", -1}
	}
	for i := range votes {
		q := &e.Questions[i]
		if len(votes[i]) != q.Slots() {
			return &VotesError{"votes.shape", i}
		}
		for _, v := range votes[i] {
			if v != 0 && v != 1 {
				return &VotesError{"votes.range", i}
			}
		}
		sum := sumOf(votes[i][q.firstAnswer():])
		switch blank := q.HasBlank() && votes[i][0] == 1; {
		case blank && sum > 0:
			return &VotesError{"votes.blank_mixed", i}
		case !blank && (sum < q.Min || sum > q.Max):
			return &VotesError{"votes.range", i}
		}
	}
	return nil
}

func sumOf(vote []int) (sum int) {
	for _, v := range vote {
		sum += v
	}
	return sum
}

// NewBallot encrypts and signs votes (see CheckVotes) and returns the ballot's canonical bytes; b64 of them is the tracker. All valid
// votes take the same steps. The bytes do not tell the votes, but who knows the randomness can prove them.
func (e *Election) NewBallot(random io.Reader, c Credential, votes [][]int) ([]byte, error) {
	if err := e.CheckVotes(votes); err != nil {
		return nil, err
	}
	s, err := c.Derive(e.UUID)
	if err != nil {
		return nil, err
	}
	defer s.Erase()
	b := unsigned{
		ElectionUUID: e.UUID, ElectionHash: e.fingerprint,
		Credential: canon.Decimal(group.GeneratorSecretTable().Pow(s).String()),
	}
	s0 := e.fingerprint + "|" + string(b.Credential)
	for i := range votes {
		a, err := e.encrypt(random, &e.Questions[i], s0, votes[i])
		if err != nil {
			return nil, err
		}
		b.Answers = append(b.Answers, a)
	}
	hash := bel.HashOf(canon.Marshal(b)).Base64()
	proof, err := zkp.ProveLog(random, signaturePrefix(hash), s)
	if err != nil {
		return nil, err
	}
	return canon.Marshal(wireBallot{
		b.ElectionUUID, b.ElectionHash, b.Credential, b.Answers, wireSignature{hash, proof.Wire()},
	}), nil
}

// encrypt makes one answer with its proofs (spec, section 7).
func (e *Election) encrypt(random io.Reader, q *Question, s0 string, vote []int) (w wireAnswer, err error) {
	first := q.firstAnswer()
	rs := make([]group.Secret, len(vote))
	total := group.SmallSecret(0) // of the randomness of all slots but blank
	a := answer{q: q, wire: &w}
	for j, m := range vote {
		if rs[j], err = group.RandomSecret(random); err != nil {
			return w, err
		}
		defer rs[j].Erase()
		if j >= first {
			total = total.Add(rs[j])
		}
		c := e.key.Encrypt(group.SmallSecret(uint32(m)), rs[j])
		a.choices = append(a.choices, c)
		w.Choices = append(w.Choices, wireOf(c))
		prefix := "prove|" + s0 + "|" + w.Choices[j].text() + "|"
		proofs, err := e.key.ProveOr(random, []byte(prefix), []zkp.Claim{claim(rs[j], m, 0), claim(rs[j], m, 1)})
		if err != nil {
			return w, err
		}
		w.IndividualProofs = append(w.IndividualProofs, wireProofs(proofs))
	}
	defer total.Erase()

	statement, sum := a.statement(s0), sumOf(vote[first:])
	var sums []zkp.Claim
	for m := q.Min; m <= q.Max; m++ {
		sums = append(sums, claim(total, sum, m))
	}
	prefix := "prove|" + statement + "|" + wireOf(a.sum()).text() + "|"
	if q.HasBlank() {
		blank := vote[0] // then branch 0 of the overall proof is true, and branch 1 of the blank proof; without, the others are
		proofs, err := e.key.ProveOr(random, []byte("bproof0|"+statement+"|"), []zkp.Claim{
			excessClaim(rs[0], blank, 1-blank), excessClaim(total, sum, blank),
		})
		if err != nil {
			return w, err
		}
		wire := wireProofs(proofs)
		w.BlankProof = &wire
		for i := range sums {
			// With min = 0 the sum of a blank ballot is permitted too; the proof is carried by branch 0 alone.
			sums[i].Chosen = sums[i].Chosen.Mul(group.SmallSecret(uint32(1 - blank)))
		}
		prefix = "bproof1|" + statement + "|"
		sums = append([]zkp.Claim{claim(rs[0], blank, 1)}, sums...)
	}
	proofs, err := e.key.ProveOr(random, []byte(prefix), sums)
	if err != nil {
		return w, err
	}
	w.OverallProof = wireProofs(proofs)
	return w, nil
}

// claim says that the ciphertext of message m with randomness r encrypts claimed.
func claim(r group.Secret, m, claimed int) zkp.Claim {
	return excessClaim(r, m-claimed, subtle.ConstantTimeEq(int32(m), int32(claimed)))
}

// excessClaim says that the ciphertext with randomness r encrypts excess less than it does; chosen is 1 for the branch that carries
// the proof and 0 for others.
func excessClaim(r group.Secret, excess, chosen int) zkp.Claim {
	// An offset keeps the value positive whatever the vote, so that no branch depends on it.
	const offset = 1 << 20
	shifted := group.SmallSecret(uint32(excess + offset)).Sub(group.SmallSecret(offset))
	return zkp.Claim{R: r, Excess: shifted, Chosen: group.SmallSecret(uint32(chosen))}
}
