// SPDX-License-Identifier: Apache-2.0

package ballot_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/tenday/tenday/ballot"
	"github.com/tenday/tenday/ballot/bel"
	"github.com/tenday/tenday/ballot/canon"
	"github.com/tenday/tenday/ballot/group"
	"github.com/tenday/tenday/ballot/zkp"
)

// link is one event of an archive that is taken apart: hashes, heights and headers are made when it is put together again, so that what
// was changed reaches the check that it is meant for.
type link struct {
	typ   bel.Type
	data  [][]byte
	event func(content []byte) []byte // changes the event itself; may be nil
	alien bool                        // the last record keeps the hashes that it names
}

type chain []link

// takeApart returns the events of an archive that verifies.
func takeApart(t testing.TB, archive []byte) (c chain) {
	t.Helper()
	for step, err := range bel.Steps(reader(archive), int64(len(archive))) {
		if err != nil {
			t.Fatal(err)
		}
		l := link{typ: step.Event.Type}
		for _, rec := range step.Data {
			l.data = append(l.data, must[[]byte](t)(bel.Read(reader(archive), rec)))
		}
		c = append(c, l)
	}
	return c
}

// clone returns a copy that can be changed, up to n events; 0 means all.
func (c chain) clone(n int) chain {
	if n == 0 {
		n = len(c)
	}
	out := slices.Clone(c[:n])
	for i := range out {
		out[i].data = slices.Clone(out[i].data)
	}
	return out
}

// with returns the chain up to event i with record j of it changed.
func (c chain) with(i, j int, change func([]byte) []byte) chain {
	out := c.clone(i + 1)
	out[i].data[j] = change(out[i].data[j])
	return out
}

// record returns the index in the archive of record j of event i.
func (c chain) record(i, j int) int {
	at := 1 + j
	for _, l := range c[:i] {
		at += len(l.data) + 1
	}
	return at
}

const made = 1_795_294_951

// archive puts the chain together: every record under its hash, every event after its parent.
func (c chain) archive() []byte {
	b := tarRecord("BELENIOS", fmt.Appendf(nil, `{"version":1,"timestamp":"%d"}`, made), nil)
	var parent *bel.Hash
	for height, l := range c {
		data := slices.Clone(l.data)
		if n := len(data) - 1; n > 0 && !l.alien {
			data[n] = relink(l.typ, data)
		}
		event := bel.Event{Parent: parent, Height: height, Type: l.typ}
		for _, content := range data {
			h := bel.HashOf(content)
			event.Payload = &h
			b = append(b, tarRecord(h.String()+".data.json", content, nil)...)
		}
		content := canon.Marshal(event)
		if l.event != nil {
			content = l.event(content)
		}
		h := bel.HashOf(content)
		parent = &h
		b = append(b, tarRecord(h.String()+".event.json", content, nil)...)
	}
	return b
}

// relink returns the last record of an event with the hashes of those before it.
func relink(typ bel.Type, data [][]byte) []byte {
	last := data[len(data)-1]
	swap := func(key string, content []byte) {
		i := bytes.Index(last, []byte(`"`+key+`":"`))
		if i < 0 {
			return
		}
		at := i + len(key) + 4
		last = slices.Concat(last[:at], []byte(bel.HashOf(content).String()), last[min(at+64, len(last)):])
	}
	switch typ {
	case bel.Setup:
		swap("election", data[0])
		swap("trustees", data[1])
		swap("credentials", data[2])
	case bel.EncryptedTally:
		swap("encrypted_tally", data[0])
	case bel.PartialDecryption:
		swap("payload", data[0])
	}
	return last
}

// tarRecord returns a record; change may alter the header before its sum is taken.
func tarRecord(name string, content []byte, change func(h []byte)) []byte {
	h := make([]byte, 512)
	copy(h, name)
	copy(h[100:], "0000644")
	copy(h[108:], "0000000")
	copy(h[116:], "0000000")
	copy(h[124:], fmt.Sprintf("%011o", len(content)))
	copy(h[136:], fmt.Sprintf("%011o", made))
	h[156] = '0'
	if change != nil {
		change(h)
	}
	copy(h[148:], "        ")
	sum := 0
	for _, c := range h {
		sum += int(c)
	}
	copy(h[148:], fmt.Sprintf("%06o\x00 ", sum))
	return slices.Concat(h, content, make([]byte, (512-len(content)%512)%512))
}

// The objects of a ballot as a forger sees them: numbers are any text.
type (
	proofText struct {
		Challenge string `json:"challenge"`
		Response  string `json:"response"`
	}
	choiceText struct {
		Alpha string `json:"alpha"`
		Beta  string `json:"beta"`
	}
	answerText struct {
		Choices    []choiceText  `json:"choices"`
		Individual [][]proofText `json:"individual_proofs"`
		Overall    []proofText   `json:"overall_proof"`
		Blank      *[]proofText  `json:"blank_proof,omitempty"`
	}
	unsignedText struct {
		UUID       string       `json:"election_uuid"`
		Hash       string       `json:"election_hash"`
		Credential string       `json:"credential"`
		Answers    []answerText `json:"answers"`
	}
	ballotText struct {
		UUID       string       `json:"election_uuid"`
		Hash       string       `json:"election_hash"`
		Credential string       `json:"credential"`
		Answers    []answerText `json:"answers"`
		Signature  struct {
			Hash  string    `json:"hash"`
			Proof proofText `json:"proof"`
		} `json:"signature"`
	}
	decryptionText struct {
		Factors [][]string    `json:"decryption_factors"`
		Proofs  [][]proofText `json:"decryption_proofs"`
	}
)

func parsed[T any](t testing.TB, raw []byte) (v T) {
	t.Helper()
	if err := canon.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// sign signs a ballot anew, as the voter whose credential this is can.
func (b *ballotText) sign(t testing.TB, c ballot.Credential, uuid string) {
	t.Helper()
	s := must[group.Secret](t)(c.Derive(uuid))
	b.Signature.Hash = bel.HashOf(canon.Marshal(unsignedText{b.UUID, b.Hash, b.Credential, b.Answers})).Base64()
	p := must[zkp.Proof](t)(zkp.ProveLog(zeros{}, []byte("sig|"+b.Signature.Hash+"|"), s)).Wire()
	b.Signature.Proof = proofText{string(p.Challenge), string(p.Response)}
}

// zeros is a generator of no randomness at all: forgers need none.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 7
	}
	return len(b), nil
}

// refusal returns why belenios-tool refuses an archive; nil means that it accepts it.
func (b *tool) refusal(t testing.TB, uuid string, archive []byte) error {
	t.Helper()
	one := &tool{t, t.TempDir()}
	one.write(uuid+".bel", string(archive))
	_, err := one.try("", "election", "verify", "--dir", ".")
	return err
}
