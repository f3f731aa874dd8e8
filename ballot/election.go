// SPDX-License-Identifier: Apache-2.0

package ballot

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/tenday/tenday/ballot/bel"
	"github.com/tenday/tenday/ballot/canon"
	"github.com/tenday/tenday/ballot/group"
	"github.com/tenday/tenday/ballot/pki"
	"github.com/tenday/tenday/ballot/zkp"
)

// Election is the text that voters vote on, with the public key. Its fields must not be changed once it is parsed: the fingerprint
// covers the bytes received.
type Election struct {
	Version             int           `json:"version"`
	Description         string        `json:"description"`
	Name                string        `json:"name"`
	Group               string        `json:"group"`
	PublicKey           canon.Decimal `json:"public_key"`
	Questions           []Question    `json:"questions"`
	UUID                string        `json:"uuid"`
	Administrator       *string       `json:"administrator,omitempty"`
	CredentialAuthority *string       `json:"credential_authority,omitempty"`

	fingerprint string
	key         *zkp.Key
}

// NewElection returns the bytes of a new election: texts and questions by the caller, the key being the trustees'. The bytes are as
// archives hold them; a loose file has a newline more.
func NewElection(uuid, name, description string, questions []Question, trustees Trustees) ([]byte, error) {
	_, key, err := trustees.verify()
	if err != nil {
		return nil, fmt.Errorf("new election: %w", err)
	}
	e := Election{
		Version: 1, Description: description, Name: name, Group: group.Name,
		PublicKey: canon.Decimal(key.String()), Questions: questions, UUID: uuid,
	}
	data := canon.Marshal(e)
	if _, err := ParseElection(data); err != nil {
		return nil, fmt.Errorf("new election: %w", err)
	}
	return data, nil
}

// ParseElection reads an election; the error is a *canon.Error with the reasons of section 10, C 1.
func ParseElection(data []byte) (*Election, error) {
	if err := canon.CheckSyntax(data); err != nil {
		return nil, err
	}
	if err := supported(data); err != nil {
		return nil, err
	}
	e := &Election{fingerprint: bel.HashOf(data).Base64()}
	if err := canon.Unmarshal(data, e); err != nil {
		return nil, err
	}
	if len(e.UUID) < 14 || strings.Trim(e.UUID, pki.Alphabet) != "" {
		return nil, fail("election.uuid", "/uuid", "identifier too short or with other characters than base 58")
	}
	if len(e.Questions) == 0 {
		return nil, fail("election.question", "/questions", "no question")
	}
	slots := 0
	for i := range e.Questions {
		if !e.Questions[i].valid() {
			return nil, fail("election.question", "/questions/"+strconv.Itoa(i), "no answer, or min and max out of range")
		}
		if slots += e.Questions[i].Slots(); slots > maxSlots {
			return nil, fail("limit.size", "/questions/"+strconv.Itoa(i), "more than 4096 answers in all")
		}
	}
	y, ok := group.ParseElement(string(e.PublicKey))
	if !ok || y == group.One() || !y.IsMember() {
		return nil, fail("election.key", "/public_key", "the key is 1 or not in the group")
	}
	e.key = zkp.NewKey(y)
	return e, nil
}

// supported looks for what profile bel-v1 refuses by name, before the schema would refuse it without saying why.
func supported(data []byte) error {
	var e map[string]json.RawMessage
	_ = json.Unmarshal(data, &e) // what is not an object has none of these, and the schema refuses it
	var version int
	if json.Unmarshal(e["version"], &version) == nil && version != 1 {
		return fail("unsupported.version", "/version", "election version other than 1")
	}
	var name string
	if json.Unmarshal(e["group"], &name) == nil && name != group.Name {
		return fail("unsupported.group", "/group", "group other than "+group.Name)
	}
	var questions []map[string]json.RawMessage
	if json.Unmarshal(e["questions"], &questions) == nil {
		for i, q := range questions {
			if _, ok := q["type"]; ok {
				return fail("unsupported.question", "/questions/"+strconv.Itoa(i), "a question with a type")
			}
		}
	}
	return nil
}

// Fingerprint returns b64 of the election's bytes: what proofs bind, and what voters compare.
func (e *Election) Fingerprint() string { return e.fingerprint }

// choicesOf returns a value per slot of every question, each made by f.
func choicesOf[T any](e *Election, f func() T) [][]T {
	all := make([][]T, len(e.Questions))
	for i := range e.Questions {
		for range e.Questions[i].Slots() {
			all[i] = append(all[i], f())
		}
	}
	return all
}
