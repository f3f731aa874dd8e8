// SPDX-License-Identifier: Apache-2.0

package ballot

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"fmt"
	"io"
	"strings"

	"github.com/tenday/tenday/ballot/canon"
	"github.com/tenday/tenday/ballot/group"
	"github.com/tenday/tenday/ballot/pki"
)

const (
	credentialLength = 15 // 14 random characters and a check character
	credentialCheck  = 53
	credentialRounds = 1000
)

// Credential is a voter's secret, XXX-XXX-XXX-XXX-XXX: who knows it can vote once per election. It does not print.
type Credential struct{ dashed string }

// CredentialError is what is wrong with a typed credential.
type CredentialError struct {
	Reason   string // credential.length, credential.character, credential.checksum or credential.not_listed
	Position int    // of the character, counted from 1, dashes and spaces left out; 0 if none
}

func (e *CredentialError) Error() string {
	if e.Position > 0 {
		return fmt.Sprintf("%s at character %d", e.Reason, e.Position)
	}
	return e.Reason
}

// NewCredential draws a credential.
func NewCredential(random io.Reader) (Credential, error) {
	text, err := pki.RandomBase58(random, credentialLength-1)
	if err != nil {
		return Credential{}, err
	}
	return dash(text + string(pki.Alphabet[checkDigit(text)])), nil
}

// checkDigit returns 53 - (v mod 53) of the big-endian number v that text is: from 1 to 53. S1 allows five aliases more, which would
// derive another key; they are never made and always refused.
func checkDigit(text string) int {
	v := 0
	for i := range len(text) {
		v = (v*len(pki.Alphabet) + strings.IndexByte(pki.Alphabet, text[i])) % credentialCheck
	}
	return credentialCheck - v
}

func dash(text string) Credential {
	var groups []string
	for i := 0; i < len(text); i += 3 {
		groups = append(groups, text[i:i+3])
	}
	return Credential{strings.Join(groups, "-")}
}

// ReadCredential reads what a voter types: spaces and dashes may be anywhere, case matters. The error is a *CredentialError.
func ReadCredential(typed string) (Credential, error) {
	text := strings.Map(func(c rune) rune {
		if c == '-' || c == ' ' {
			return -1
		}
		return c
	}, strings.TrimSpace(typed))
	position := 0
	for _, c := range text {
		position++
		if !strings.ContainsRune(pki.Alphabet, c) {
			return Credential{}, &CredentialError{"credential.character", position}
		}
	}
	if len(text) != credentialLength {
		return Credential{}, &CredentialError{"credential.length", 0}
	}
	last := credentialLength - 1
	if strings.IndexByte(pki.Alphabet, text[last]) != checkDigit(text[:last]) {
		return Credential{}, &CredentialError{"credential.checksum", 0}
	}
	return dash(text), nil
}

// ParseCredential reads a credential from a file, where it must have its one form, dashes included: belenios-tool derives another key
// from any other. The error is a *CredentialError.
func ParseCredential(text string) (Credential, error) {
	c, err := ReadCredential(text)
	if err == nil && c.dashed != text {
		return Credential{}, &CredentialError{"credential.length", 0}
	}
	return c, err
}

// Reveal returns the credential as it is printed for its voter, and for nobody else.
func (c Credential) Reveal() string { return c.dashed }

// Format keeps the credential out of logs and messages.
func (c Credential) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[credential]") }

// Derive returns the signing key: PBKDF2 of the dashed text, salted with the election's identifier (spec, section 6).
func (c Credential) Derive(uuid string) (group.Secret, error) {
	key, err := pbkdf2.Key(sha256.New, c.dashed, []byte(uuid), credentialRounds, sha256.Size)
	if err != nil {
		return group.Secret{}, fmt.Errorf("derive credential: %w", err)
	}
	defer clear(key)
	return group.NewSecret(key), nil
}

// Public returns what stands in the public list: g to the signing key.
func (c Credential) Public(uuid string) (canon.Decimal, error) {
	s, err := c.Derive(uuid)
	if err != nil {
		return "", err
	}
	defer s.Erase()
	return canon.Decimal(group.GeneratorSecretTable().Pow(s).String()), nil
}

// NewUUID draws an election identifier: 14 characters of base 58.
func NewUUID(random io.Reader) (string, error) { return pki.RandomBase58(random, 14) }
