// SPDX-License-Identifier: Apache-2.0

package ballot

import (
	"strconv"

	"github.com/tenday/tenday/ballot/canon"
	"github.com/tenday/tenday/ballot/group"
	"github.com/tenday/tenday/ballot/zkp"
)

// answer is one question's part of a ballot, parsed and of the right shape.
type answer struct {
	q           *Question
	wire        *wireAnswer
	choices     []zkp.Ciphertext
	individual  [][]zkp.Proof
	blank       []zkp.Proof // nil without blank
	overall     []zkp.Proof
	outsideSlot int // the first slot whose numbers are not within 0 < x < p, -1 if none
}

// fits reports whether w has the numbers of choices and proofs that q asks for.
func fits(q *Question, w *wireAnswer) bool {
	ok := len(w.Choices) == q.Slots() && len(w.IndividualProofs) == q.Slots() && len(w.OverallProof) == q.overall()
	for _, p := range w.IndividualProofs {
		ok = ok && len(p) == 2
	}
	if q.HasBlank() {
		return ok && w.BlankProof != nil && len(*w.BlankProof) == 2
	}
	return ok && w.BlankProof == nil
}

// parse reads an answer whose shape is right; false means that a challenge or response is not below q.
func (a *answer) parse(q *Question, w *wireAnswer) bool {
	*a = answer{q: q, wire: w, outsideSlot: -1}
	var ok bool
	a.individual = make([][]zkp.Proof, len(w.IndividualProofs))
	for j, p := range w.IndividualProofs {
		if a.individual[j], ok = parseProofs(p); !ok {
			return false
		}
	}
	if a.overall, ok = parseProofs(w.OverallProof); !ok {
		return false
	}
	if w.BlankProof != nil {
		if a.blank, ok = parseProofs(*w.BlankProof); !ok {
			return false
		}
	}
	a.choices = make([]zkp.Ciphertext, len(w.Choices))
	for j, c := range w.Choices {
		if a.choices[j], ok = c.parse(); !ok && a.outsideSlot < 0 {
			a.outsideSlot = j
		}
	}
	return true
}

// sum returns the product of all choices but the blank one: it encrypts how many answers were chosen.
func (a *answer) sum() zkp.Ciphertext {
	total := zkp.Trivial()
	for _, c := range a.choices[a.q.firstAnswer():] {
		total = total.Mul(c)
	}
	return total
}

// raised is a ciphertext to several challenges.
type raised struct{ alpha, beta []group.Element }

// raise computes the powers of one ciphertext for all proofs that it is part of.
func raise(c zkp.Ciphertext, proofs ...zkp.Proof) raised {
	challenges := challengesOf(proofs)
	return raised{c.Alpha.Powers(challenges...), c.Beta.Powers(challenges...)}
}

// raiseMember is raise that also reports whether both parts are members other than 1.
func raiseMember(c zkp.Ciphertext, proofs ...zkp.Proof) (r raised, member bool) {
	challenges := challengesOf(proofs)
	ok1, alpha := c.Alpha.MemberPowers(challenges...)
	ok2, beta := c.Beta.MemberPowers(challenges...)
	return raised{alpha, beta}, ok1 && ok2 && c.Alpha != group.One() && c.Beta != group.One()
}

func challengesOf(proofs []zkp.Proof) []group.Scalar {
	challenges := make([]group.Scalar, len(proofs))
	for i, p := range proofs {
		challenges[i] = p.Challenge
	}
	return challenges
}

// branch returns the branch that claims message with the k-th power of r.
func (r raised) branch(message int, p zkp.Proof, k int) zkp.Branch {
	return zkp.Branch{Message: message, Proof: p, AlphaC: r.alpha[k], BetaC: r.beta[k]}
}

// check verifies membership and proofs (spec, section 7); s0 is phi|dec(g^s). The two failures are apart because the hash and the
// signature of the ballot come between them.
func (a *answer) check(key *zkp.Key, s0, field string) (element, proof *canon.Error) {
	slots := make([]raised, len(a.choices))
	for j, c := range a.choices {
		proofs := a.individual[j]
		if j == 0 && a.blank != nil {
			proofs = []zkp.Proof{proofs[0], proofs[1], a.blank[0], a.overall[0]}
		}
		member := j != a.outsideSlot
		if member {
			slots[j], member = raiseMember(c, proofs...)
		}
		if !member {
			return fail("ballot.element", field+"/choices/"+strconv.Itoa(j), "alpha or beta is 1 or not in the group"), nil
		}
	}
	for j := range slots {
		prefix := "prove|" + s0 + "|" + a.wire.Choices[j].text() + "|"
		if !key.VerifyOr([]byte(prefix), []zkp.Branch{
			slots[j].branch(0, a.individual[j][0], 0),
			slots[j].branch(1, a.individual[j][1], 1),
		}) {
			return nil, fail("ballot.individual_proof", field+"/individual_proofs/"+strconv.Itoa(j), "the slot is not proved 0 or 1")
		}
	}
	statement, sum := a.statement(s0), a.sum()
	if a.blank == nil {
		return nil, a.checkOverall(key, "prove|"+statement+"|"+wireOf(sum).text()+"|", nil, raise(sum, a.overall...), field)
	}
	total := raise(sum, append([]zkp.Proof{a.blank[1]}, a.overall[1:]...)...)
	if !key.VerifyOr([]byte("bproof0|"+statement+"|"), []zkp.Branch{
		slots[0].branch(0, a.blank[0], 2),
		total.branch(0, a.blank[1], 0),
	}) {
		return nil, fail("ballot.blank_proof", field, "blank and other answers are not proved exclusive")
	}
	blank := []zkp.Branch{slots[0].branch(1, a.overall[0], 3)}
	return nil, a.checkOverall(key, "bproof1|"+statement+"|", blank, total, field)
}

// checkOverall checks the overall proof: the branches given, then one for each permitted sum, raised last in total.
func (a *answer) checkOverall(key *zkp.Key, prefix string, branches []zkp.Branch, total raised, field string) *canon.Error {
	sums := a.overall[len(branches):]
	first := len(total.alpha) - len(sums)
	for i, p := range sums {
		branches = append(branches, total.branch(a.q.Min+i, p, first+i))
	}
	if !key.VerifyOr([]byte(prefix), branches) {
		return fail("ballot.overall_proof", field, "the number of answers is not proved in range")
	}
	return nil
}

// statement returns S: s0 and all ciphertexts.
func (a *answer) statement(s0 string) string {
	b := []byte(s0 + "|")
	for j, c := range a.wire.Choices {
		if j > 0 {
			b = append(b, ',')
		}
		b = append(b, c.text()...)
	}
	return string(b)
}
