// SPDX-License-Identifier: Apache-2.0

package booth_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"strings"
	"testing"
)

func TestAReceiptIsCheckedWithAndWithoutTheBrowsersOwnCode(t *testing.T) {
	t.Parallel()

	engines(t, func(t *testing.T, e engine) {
		public, private, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 12 {
			message := make([]byte, 20*i)
			_, _ = rand.Read(message)
			signature := ed25519.Sign(private, message)
			for _, f := range []string{"verifyEd25519", "verifySlowly"} {
				if !call[bool](t, e, "receipt.js", f, octets(public), octets(signature), octets(message)) {
					t.Errorf("%s refuses a good signature", f)
				}
				wrong := [][3]octets{
					{octets(public), flip(signature, 3), message},
					{octets(public), flip(signature, 40), message},
					{octets(public), signature, append(message, 1)},
					{flip(public, 7), signature, message},
					{octets(public), addOrder(signature), message},
				}
				for k, w := range wrong {
					if call[bool](t, e, "receipt.js", f, w[0], w[1], w[2]) {
						t.Errorf("%s takes wrong signature %d", f, k)
					}
				}
			}
		}

		text := `{"uuid":"U1234567890123","tracker":"T","height":3,"event":"` + strings.Repeat("ab", 32) + `"}`
		sign := func(text string) map[string]any {
			r := decode[map[string]any](t, []byte(text))
			r["signature"] = base64.StdEncoding.EncodeToString(ed25519.Sign(private, []byte(text)))
			return r
		}
		want := map[string]string{"uuid": "U1234567890123", "tracker": "T", "key": base64.StdEncoding.EncodeToString(public)}
		check := func(receipt any) bool { return call[any](t, e, "receipt.js", "checkReceipt", receipt, want) != nil }
		if !check(sign(text)) {
			t.Error("a good receipt is refused")
		}
		forged := sign(text)
		forged["height"] = 4
		unsigned := sign(text)
		delete(unsigned, "signature")
		for name, bad := range map[string]any{
			"another height": forged, "no signature": unsigned, "null": nil, "a text": "receipt", "another tracker": sign(strings.Replace(text, `"T"`, `"X"`, 1)),
			"another election": sign(strings.Replace(text, "U123", "V123", 1)),
		} {
			if check(bad) {
				t.Errorf("%s passes for a receipt", name)
			}
		}
	})
}

func flip(b []byte, i int) octets {
	c := bytes.Clone(b)
	c[i] ^= 1
	return c
}

// addOrder makes the second half of a signature the same number modulo the order, but not below it: not canonical.
func addOrder(signature []byte) octets {
	order := []byte{0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 31: 0x10}
	c, carry := bytes.Clone(signature), 0
	for i, o := range order {
		sum := int(c[32+i]) + int(o) + carry
		c[32+i], carry = byte(sum), sum>>8
	}
	return c
}
