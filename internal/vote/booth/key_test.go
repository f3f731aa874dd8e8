// SPDX-License-Identifier: Apache-2.0

package booth_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/tenday/tenday/ballot/canon"
	"github.com/tenday/tenday/ballot/group"
	"github.com/tenday/tenday/ballot/pki"
	"github.com/tenday/tenday/ballot/zkp"
	"github.com/tenday/tenday/internal/vote/booth"
)

func TestAKeyFileOpensWithItsPassphraseOnly(t *testing.T) {
	t.Parallel()

	engines(t, func(t *testing.T, e engine) {
		const label, passphrase = "Huelga \"<2026>\" \u2028", "caf\u0065\u0301 de las diez"
		for kind, parse := range map[string]func([]byte) error{
			"single":    func(b []byte) error { _, err := pki.ParsePrivateKey(b); return err },
			"threshold": func(b []byte) error { _, err := pki.ParseSeed(b); return err },
		} {
			made := call[struct {
				File                 json.RawMessage
				Message, Fingerprint string
			}](t, e, "keys.js", "operations.make", map[string]any{"kind": kind, "label": label, "name": "Ana", "passphrase": passphrase})
			f := must[booth.KeyFile](t)(booth.ParseKeyFile(made.File))
			secret, err := f.Open("café de las diez") // composed: the same letters
			if err != nil {
				t.Fatal(err)
			}
			if err := parse(secret); err != nil {
				t.Errorf("%s: %v", kind, err)
			}
			if bytes.Contains(made.File, bytes.Trim(secret, `"`)) {
				t.Error("the secret stands in the file")
			}
			if kind == "single" {
				key := decode[struct {
					PublicKey string `json:"public_key"`
				}](t, []byte(made.Message))
				x := must[group.Secret](t)(pki.ParsePrivateKey(secret))
				if got := group.GeneratorSecretTable().Pow(x).String(); got != key.PublicKey {
					t.Error("the public key is another")
				}
				var k pki.PublicKey
				if err := canon.Unmarshal([]byte(made.Message), &k); err != nil {
					t.Fatal(err)
				}
				if _, fault := k.Verify(); fault != nil || k.Fingerprint() != made.Fingerprint {
					t.Errorf("%v, fingerprint %s", fault, made.Fingerprint)
				}
				proof := call[struct{ Proof json.RawMessage }](t, e, "keys.js", "operations.check", map[string]any{"fresh": "abcDEF-123"})
				var wire struct{ Challenge, Response big }
				if err := json.Unmarshal(proof.Proof, &wire); err != nil {
					t.Fatal(err)
				}
				public, _ := group.ParseElement(key.PublicKey)
				p := zkp.WireProof{Challenge: canon.Decimal(wire.Challenge), Response: canon.Decimal(wire.Response)}
				if !booth.VerifyCheck("abcDEF-123", public, p) || booth.VerifyCheck("abcDEF-124", public, p) {
					t.Error("the key check does not bind the challenge")
				}
			}
			opened := call[struct{ Fingerprint string }](t, e, "keys.js", "operations.unlock", map[string]any{"file": made.File, "name": "Ana", "passphrase": passphrase})
			if opened.Fingerprint != made.Fingerprint {
				t.Error("opened another key")
			}
			if kind != "single" { // locking is the same for both, and slow on purpose
				continue
			}
			for what, changed := range map[string][2]string{
				"passphrase":  {"key.passphrase", ""},
				"label":       {"key.passphrase", "Huelga"},
				"fingerprint": {"key.passphrase", made.Fingerprint[:4]},
			} {
				file, with := string(made.File), passphrase
				if what == "passphrase" {
					with += "."
				} else {
					file = strings.Replace(file, changed[1], strings.ToUpper(changed[1])+"!", 1)
				}
				_, no := try[any](t, e, "keys.js", "operations.unlock", map[string]any{"file": json.RawMessage(file), "name": "", "passphrase": with})
				if no == nil || no.Code != changed[0] {
					t.Errorf("another %s: %+v", what, no)
				}
				if f, err := booth.ParseKeyFile([]byte(file)); err == nil {
					if _, err := f.Open(with); err == nil {
						t.Errorf("another %s opens the file", what)
					}
				}
			}
		}
	})
}
