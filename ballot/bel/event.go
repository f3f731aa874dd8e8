// SPDX-License-Identifier: Apache-2.0

package bel

import "github.com/tenday/tenday/ballot/canon"

// Type is what an event records.
type Type string

// The types of events, in the order in which they come. Shuffles belong to questions that profile bel-v1 leaves out.
const (
	Setup             Type = "Setup"
	Ballot            Type = "Ballot"
	EndBallots        Type = "EndBallots"
	Shuffle           Type = "Shuffle"
	EndShuffles       Type = "EndShuffles"
	EncryptedTally    Type = "EncryptedTally"
	PartialDecryption Type = "PartialDecryption"
	Result            Type = "Result"
)

// types says, for each type, how many records stand before its event and which stages it may follow. "" is the start of the file.
var types = map[Type]struct {
	records int
	after   []Type
}{
	Setup:             {4, []Type{""}},
	Ballot:            {1, []Type{Setup, Ballot}},
	EndBallots:        {0, []Type{Setup, Ballot}},
	Shuffle:           {0, nil},
	EndShuffles:       {0, nil},
	EncryptedTally:    {2, []Type{EndBallots}},
	PartialDecryption: {2, []Type{EncryptedTally, PartialDecryption}},
	Result:            {1, []Type{PartialDecryption}},
}

// ReadCanon reads a known type.
func (t *Type) ReadCanon(r *canon.Reader) {
	*t = Type(r.Text())
	if _, ok := types[*t]; !ok && !r.Failed() {
		r.Fail(canon.Schema, "unknown type of event")
	}
}

// Event is one link of the chain.
type Event struct {
	Parent  *Hash `json:"parent,omitempty"` // of the previous event; nil at height 0
	Height  int   `json:"height"`
	Type    Type  `json:"type"`
	Payload *Hash `json:"payload,omitempty"` // of the last record before it; nil for EndBallots
}

// Stage is how far an election has come.
type Stage string

// The stages of an archive.
const (
	Open       Stage = "open"
	Closed     Stage = "closed"
	Tallied    Stage = "tallied"
	Decrypting Stage = "decrypting"
	Finished   Stage = "result"
)

// Stage returns the stage that an event of type t leads to.
func (t Type) Stage() Stage {
	switch t {
	case EndBallots:
		return Closed
	case EncryptedTally:
		return Tallied
	case PartialDecryption:
		return Decrypting
	case Result:
		return Finished
	}
	return Open
}

// References are the hashes that the last record before an event must repeat. Pass B holds them to the records, pass C reads the rest.
type (
	// SetupData names the first three records.
	SetupData struct {
		Election    Hash `json:"election"`
		Trustees    Hash `json:"trustees"`
		Credentials Hash `json:"credentials"`
	}
	// SizedTally says how many ballots an encrypted tally holds.
	SizedTally struct {
		NumTallied     int  `json:"num_tallied"`
		TotalWeight    int  `json:"total_weight"`
		EncryptedTally Hash `json:"encrypted_tally"`
	}
	// Owned says which trustee made a partial decryption; owners count from 1.
	Owned struct {
		Owner   int  `json:"owner"`
		Payload Hash `json:"payload"`
	}
)

// names returns the hashes that the payload of an event of type t holds, in the order of the records before it.
func (t Type) names(payload []byte) ([]Hash, error) {
	switch t {
	case Setup:
		var d SetupData
		err := canon.Unmarshal(payload, &d)
		return []Hash{d.Election, d.Trustees, d.Credentials}, err
	case EncryptedTally:
		var d SizedTally
		err := canon.Unmarshal(payload, &d)
		return []Hash{d.EncryptedTally}, err
	case PartialDecryption:
		var d Owned
		err := canon.Unmarshal(payload, &d)
		return []Hash{d.Payload}, err
	}
	return nil, nil
}
