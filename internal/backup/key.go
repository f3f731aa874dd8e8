// SPDX-License-Identifier: Apache-2.0

package backup

import (
	"crypto/rand"
	"fmt"
	"os"
	"strings"

	"filippo.io/age"
	"golang.org/x/mod/sumdb/note"

	"github.com/tenday/tenday/internal/fault"
)

// signerName stands in the signature line; the key's hash beside it tells one campaign from another.
const signerName = "tenday-backup"

// NewSigningKey makes a pair of keys: file signs backups and stays on the server, file.pub verifies them and belongs to the
// officers. Errors: Conflict when either is there.
func NewSigningKey(file string) (pub string, err error) {
	private, public, err := note.GenerateKey(rand.Reader, signerName)
	if err != nil {
		return "", fmt.Errorf("make signing key: %w", err)
	}
	if err := writeNew(file+".pub", public+"\n", 0o644); err != nil {
		return "", err
	}
	return public, writeNew(file, private+"\n", 0o600)
}

// NewIdentity makes an age identity for one officer in file and returns its recipient, as age-keygen does.
// Errors: Conflict when the file is there.
func NewIdentity(file string) (recipient string, err error) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		return "", fmt.Errorf("make age identity: %w", err)
	}
	recipient = id.Recipient().String()
	return recipient, writeNew(file, "# public key: "+recipient+"\n"+id.String()+"\n", 0o600)
}

func writeNew(file, text string, mode os.FileMode) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if os.IsExist(err) {
		return fault.New(fault.Conflict, "backup.file_there", "File", file)
	} else if err != nil {
		return fileFault(file, err)
	}
	_, err = f.WriteString(text)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("write key: %w", err)
	}
	return nil
}

// ReadSigner reads the private key that NewSigningKey made.
func ReadSigner(file string) (note.Signer, error) {
	text, err := readText(file)
	if err != nil {
		return nil, err
	}
	s, err := note.NewSigner(text)
	if err != nil { // the text of err may hold the key
		return nil, fault.New(fault.Invalid, "backup.sign_key_form", "File", file)
	}
	return s, nil
}

// ReadVerifier reads the public key that NewSigningKey made.
func ReadVerifier(file string) (note.Verifier, error) {
	text, err := readText(file)
	if err != nil {
		return nil, err
	}
	v, err := note.NewVerifier(text)
	if err != nil {
		return nil, fault.New(fault.Invalid, "backup.verify_key_form", "File", file)
	}
	return v, nil
}

// Recipients returns the age recipients named, and those in file, one a line; file may be "". Only X25519 recipients are taken:
// the age of older systems must be able to open a backup.
func Recipients(named []string, file string) ([]age.Recipient, error) {
	if file != "" {
		text, err := readText(file)
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(text) {
			if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
				named = append(named, line)
			}
		}
	}
	var out []age.Recipient
	for _, s := range named {
		r, err := age.ParseX25519Recipient(s)
		if err != nil {
			if strings.HasPrefix(s, "AGE-SECRET-KEY-") {
				s = "AGE-SECRET-KEY-…"
			}
			return nil, fault.New(fault.Invalid, "backup.recipient_form", "Text", s)
		}
		out = append(out, r)
	}
	if len(out) == 0 {
		return nil, fault.New(fault.Invalid, "backup.no_recipient")
	}
	return out, nil
}

// ReadIdentities reads the age identities in file.
func ReadIdentities(file string) ([]age.Identity, error) {
	text, err := readText(file)
	if err != nil {
		return nil, err
	}
	ids, err := age.ParseIdentities(strings.NewReader(text))
	if err != nil { // the text of err may hold a part of the key
		return nil, fault.New(fault.Invalid, "backup.identity_form", "File", file)
	}
	return ids, nil
}

func readText(file string) (string, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return "", fileFault(file, err)
	}
	return strings.TrimSpace(string(b)), nil
}

// fileFault says that file cannot be read or written, and why.
func fileFault(file string, err error) error {
	key := "backup.file"
	switch {
	case os.IsNotExist(err):
		key = "backup.file_missing"
	case os.IsPermission(err):
		key = "backup.file_denied"
	}
	return &fault.Error{Code: fault.Invalid, Key: key, Args: map[string]any{"File": file}, Err: err}
}
