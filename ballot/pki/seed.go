// SPDX-License-Identifier: Apache-2.0

package pki

import (
	"crypto/sha256"
	"fmt"
	"io"
	"strings"

	"github.com/tenday/tenday/ballot/group"
)

// Alphabet holds the digits 0 to 57 of base 58.
const Alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

// RandomBase58 returns n random characters of Alphabet, each equally likely.
func RandomBase58(random io.Reader, n int) (string, error) {
	s := make([]byte, 0, n)
	for len(s) < n {
		var b [1]byte
		if _, err := io.ReadFull(random, b[:]); err != nil {
			return "", fmt.Errorf("read randomness: %w", err)
		}
		if d := int(b[0] & 63); d < len(Alphabet) {
			s = append(s, Alphabet[d])
		}
	}
	return string(s), nil
}

const seedLength = 22

// Seed is a participant's secret, from which signing and decryption key derive: 22 characters of base 58.
type Seed struct{ text string }

// NewSeed draws a seed.
func NewSeed(random io.Reader) (Seed, error) {
	text, err := RandomBase58(random, seedLength)
	return Seed{text}, err
}

// ParseSeed reads a .key file; white space around it does not matter.
func ParseSeed(file []byte) (Seed, error) {
	text := trim(file)
	if len(text) != seedLength || strings.Trim(text, Alphabet) != "" {
		return Seed{}, fmt.Errorf("read key: not %d characters of base 58", seedLength)
	}
	return Seed{text}, nil
}

// Marshal returns the content of a .key file, without its newline.
func (s Seed) Marshal() []byte { return []byte(s.text) }

// Format keeps the seed out of logs and messages.
func (s Seed) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[seed]") }

func (s Seed) signing() group.Secret    { return derive("sk|", s) }
func (s Seed) decryption() group.Secret { return derive("dk|", s) }

func derive(label string, s Seed) group.Secret {
	h := sha256.Sum256([]byte(label + s.text))
	defer clear(h[:])
	return group.NewSecret(h[:])
}

// trim drops the newline at the end of a loose file.
func trim(file []byte) string { return strings.TrimSpace(string(file)) }
