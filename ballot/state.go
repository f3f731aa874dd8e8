// SPDX-License-Identifier: Apache-2.0

package ballot

import (
	"bytes"
	"fmt"
	"io"

	"github.com/tenday/tenday/ballot/bel"
	"github.com/tenday/tenday/ballot/canon"
	"github.com/tenday/tenday/ballot/group"
	"github.com/tenday/tenday/ballot/zkp"
)

// state is an election as far as its events have been checked: the content part of verification (section 10, C), one method an event.
// The same state admits new records, so nothing is appended that Verify would refuse. Per ballot it keeps hashes only; the
// ciphertexts of a superseded ballot are read again.
type state struct {
	archive  io.ReaderAt
	election *Election
	trustees Trustees
	keys     []group.Element // by owner, the first at index 0

	voters      map[bel.Hash]int32    // by the hash of the public credential, numbered from 0; from Setup on it is only read
	last        []int32               // by voter: of the ballots the one that counts, numbered from 1; 0 for none
	cast        []cast                // all of them
	ballots     map[bel.Hash]int32    // their numbers, by tracker
	ciphertexts map[[16]byte]struct{} // half a hash of each: colliding them takes 2^64 work and only refuses one's own ballot

	counted    int
	product    [][]zkp.Ciphertext // of all ballots
	superseded [][]zkp.Ciphertext // of those that a later one replaced
	tally      [][]zkp.Ciphertext

	owners  []int // in archive order
	factors map[int][][]group.Element
	result  [][]int // decoded; nil until enough trustees have decrypted
}

// cast is where a ballot stands. Nothing that is kept per ballot has a pointer in it: a hundred thousand of them cost the collector nothing.
type cast struct {
	tracker, event      bel.Hash
	offset              int64
	index, size, height int32
}

func (c *cast) record() bel.Record {
	return bel.Record{Index: int(c.index), Offset: c.offset, Size: int(c.size), Hash: c.tracker}
}

// Receipt says where a ballot stands.
type Receipt struct {
	UUID    string   `json:"uuid"`
	Tracker string   `json:"tracker"`
	Height  int      `json:"height"`
	Event   bel.Hash `json:"event"`
}

func (s *state) receipt(ballot bel.Hash) Receipt {
	c := &s.cast[s.ballots[ballot]-1]
	return Receipt{s.election.UUID, ballot.Base64(), int(c.height), c.event}
}

// newState checks the records of Setup. The setup data were checked with the event; credentials opens the list.
func newState(archive io.ReaderAt, random io.Reader, step bel.Step, data [][]byte, credentials func() io.Reader) (*state, error) {
	refuse := func(i int, err error) error { return step.Data[i].At(step.Event.Height, err) }
	election, err := ParseElection(data[0])
	if err != nil {
		return nil, refuse(0, err)
	}
	trustees, err := ParseTrustees(data[1])
	if err != nil {
		return nil, refuse(1, err)
	}
	keys, whole, err := trustees.verify()
	if err != nil {
		return nil, refuse(1, err)
	}
	if whole != election.key.Y {
		return nil, refuse(0, fail("election.key", "/public_key", "not the product of the trustees' keys"))
	}
	s := &state{
		archive: archive, election: election, trustees: trustees, keys: keys,
		voters:      map[bel.Hash]int32{},
		ballots:     map[bel.Hash]int32{},
		ciphertexts: map[[16]byte]struct{}{},
		product:     choicesOf(election, zkp.Trivial),
		superseded:  choicesOf(election, zkp.Trivial),
		factors:     map[int][][]group.Element{},
	}
	err = readCredentials(random, credentials, func(h bel.Hash) bool {
		if _, known := s.voters[h]; known {
			return false
		}
		s.voters[h] = int32(len(s.voters))
		return true
	})
	if err != nil {
		return nil, refuse(2, err)
	}
	s.last = make([]int32, len(s.voters))
	return s, nil
}

func (s *state) inspect(raw []byte) inspected {
	return s.election.inspect(raw, func(h bel.Hash) bool { _, known := s.voters[h]; return known }, false)
}

// refused returns the first reason against an inspected ballot, in the order of section 10.
func (s *state) refused(in inspected) error {
	if in.early != nil {
		return in.early
	}
	if _, ok := s.ballots[in.hash]; ok {
		return fail("ballot.duplicate", "", "the same bytes as an earlier ballot")
	}
	if in.late != nil {
		return in.late
	}
	seen := map[[16]byte]struct{}{}
	for _, key := range ciphertextKeys(in.choices) {
		_, here := seen[key]
		if _, ok := s.ciphertexts[key]; ok || here {
			return fail("ballot.ciphertext_reuse", "", "a ciphertext occurs twice in the archive")
		}
		seen[key] = struct{}{}
	}
	return nil
}

func ciphertextKeys(choices [][]zkp.Ciphertext) (keys [][16]byte) {
	for _, answer := range choices {
		for _, c := range answer {
			h := bel.HashOf([]byte(wireOf(c).text()))
			keys = append(keys, [16]byte(h[:]))
		}
	}
	return keys
}

// ballot takes in an inspected ballot.
func (s *state) ballot(step bel.Step, in inspected) error {
	if err := s.refused(in); err != nil {
		return step.Data[0].At(step.Event.Height, err)
	}
	last := &s.last[s.voters[in.credential]]
	if *last > 0 {
		old, err := s.choices(s.cast[*last-1].record())
		if err != nil {
			return err
		}
		multiply(s.superseded, old)
	} else {
		s.counted++
	}
	multiply(s.product, in.choices)
	rec := step.Data[0]
	s.cast = append(s.cast, cast{in.hash, step.Record.Hash, rec.Offset, int32(rec.Index), int32(rec.Size), int32(step.Event.Height)})
	*last = int32(len(s.cast))
	s.ballots[in.hash] = *last
	for _, key := range ciphertextKeys(in.choices) {
		s.ciphertexts[key] = struct{}{}
	}
	return nil
}

func multiply(total, by [][]zkp.Ciphertext) {
	for i := range total {
		for j := range total[i] {
			total[i][j] = total[i][j].Mul(by[i][j])
		}
	}
}

// choices reads the ciphertexts of a ballot that was admitted before.
func (s *state) choices(rec bel.Record) ([][]zkp.Ciphertext, error) {
	raw, err := bel.Read(s.archive, rec)
	if err != nil {
		return nil, err
	}
	var w wireBallot
	if err := canon.Unmarshal(raw, &w); err != nil {
		return nil, fmt.Errorf("read ballot %v again: %w", rec.Hash, err)
	}
	all := make([][]zkp.Ciphertext, len(w.Answers))
	for i, a := range w.Answers {
		for _, c := range a.Choices {
			ciphertext, _ := c.parse()
			all[i] = append(all[i], ciphertext)
		}
	}
	return all, nil
}

// compute returns the encrypted tally: per slot the product of the last ballots of all credentials.
func (s *state) compute() [][]zkp.Ciphertext {
	tally := choicesOf(s.election, zkp.Trivial)
	for i := range tally {
		for j := range tally[i] {
			p, old := s.product[i][j], s.superseded[i][j]
			tally[i][j] = p.Mul(zkp.Ciphertext{Alpha: old.Alpha.Inverse(), Beta: old.Beta.Inverse()})
		}
	}
	return tally
}

// marshalTally returns the two records of EncryptedTally.
func (s *state) marshalTally() (tally, sized []byte) {
	wire := choicesOf(s.election, func() wireChoice { return wireChoice{} })
	for i, row := range s.compute() {
		for j, c := range row {
			wire[i][j] = wireOf(c)
		}
	}
	tally = canon.Marshal(wire)
	return tally, canon.Marshal(bel.SizedTally{NumTallied: s.counted, TotalWeight: s.counted, EncryptedTally: bel.HashOf(tally)})
}

// encryptedTally checks a tally against the ballots (section 10, C 5).
func (s *state) encryptedTally(step bel.Step, data [][]byte) error {
	refuse := func(i int, err error) error { return step.Data[i].At(step.Event.Height, err) }
	var wire [][]wireChoice
	if err := canon.Unmarshal(data[0], &wire); err != nil {
		return refuse(0, err)
	}
	want, _ := s.marshalTally()
	if !bytes.Equal(data[0], want) {
		return refuse(0, fail("tally.mismatch", "", "not the product of the counted ballots"))
	}
	var sized bel.SizedTally
	if err := canon.Unmarshal(data[1], &sized); err != nil {
		return refuse(1, err)
	}
	switch {
	case sized.NumTallied != s.counted:
		return refuse(1, fail("tally.count", "/num_tallied", "not the number of credentials with a ballot"))
	case sized.TotalWeight != s.counted:
		return refuse(1, fail("tally.weight", "/total_weight", "not the number of credentials with a ballot"))
	}
	s.tally = s.compute()
	return nil
}
