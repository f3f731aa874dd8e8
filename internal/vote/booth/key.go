// SPDX-License-Identifier: Apache-2.0

package booth

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"

	"golang.org/x/text/unicode/norm"

	"github.com/tenday/tenday/ballot/group"
	"github.com/tenday/tenday/ballot/zkp"
)

// KeyFile is what a trustee's browser saves: a secret locked with a passphrase. The open fields are authenticated too.
type KeyFile struct {
	Version     int    `json:"tenday_key"`
	Kind        string `json:"kind"` // single or threshold
	Label       string `json:"label"`
	Fingerprint string `json:"fingerprint"` // of the public key, or of the certificate
	Rounds      int    `json:"rounds"`
	Salt        string `json:"salt"`
	IV          string `json:"iv"`
	Data        string `json:"data"`
}

var (
	// ErrKeyFile means that the bytes are no key file.
	ErrKeyFile = errors.New("read key file: not one of ours")
	// ErrPassphrase means that the passphrase is another one, or that the file was changed.
	ErrPassphrase = errors.New("open key file: wrong passphrase, or the file was changed")
)

const mostRounds = 10_000_000

// ParseKeyFile reads a key file without opening it.
func ParseKeyFile(data []byte) (KeyFile, error) {
	var f KeyFile
	if json.Unmarshal(data, &f) != nil || f.Version != 1 || f.Kind != "single" && f.Kind != "threshold" || f.Rounds < 1 || f.Rounds > mostRounds {
		return KeyFile{}, ErrKeyFile
	}
	return f, nil
}

// Open returns the secret as belenios-tool keeps it: the content of a .privkey file (pki.ParsePrivateKey) for single, of a .key file
// (pki.ParseSeed) for threshold.
func (f KeyFile) Open(passphrase string) ([]byte, error) {
	raw := base64.RawStdEncoding
	salt, err1 := raw.DecodeString(f.Salt)
	iv, err2 := raw.DecodeString(f.IV)
	data, err3 := raw.DecodeString(f.Data)
	if errors.Join(err1, err2, err3) != nil || len(iv) != 12 {
		return nil, ErrKeyFile
	}
	key, err := pbkdf2.Key(sha256.New, norm.NFC.String(passphrase), salt, f.Rounds, 32)
	if err != nil {
		return nil, fmt.Errorf("open key file: %w", err)
	}
	defer clear(key)
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("open key file: %w", err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("open key file: %w", err)
	}
	secret, err := gcm.Open(nil, iv, data, f.openly())
	if err != nil {
		return nil, ErrPassphrase
	}
	return secret, nil
}

// openly returns what is authenticated beside the secret. The label, which may hold anything, comes last.
func (f KeyFile) openly() []byte {
	return fmt.Appendf(nil, "tenday-key-%d\n%s\n%s\n%s", f.Version, f.Kind, f.Fingerprint, f.Label)
}

var freshText = regexp.MustCompile(`^[0-9A-Za-z-]{8,64}$`)

// VerifyCheck reports whether the holder of the secret of a public key answered a challenge of the server: fresh, of 8 to 64 letters,
// digits and dashes, and used once.
func VerifyCheck(fresh string, public group.Element, proof zkp.WireProof) bool {
	p, ok := proof.Parse()
	return ok && freshText.MatchString(fresh) && zkp.VerifyLog([]byte("tenday-check-1|"+fresh+"|"+public.String()+"|"), public, p)
}
