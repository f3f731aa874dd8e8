// SPDX-License-Identifier: Apache-2.0

package pki

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tenday/tenday/ballot/canon"
	"github.com/tenday/tenday/ballot/group"
)

func load[T any](t testing.TB, name string) (v T) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("../testdata/vectors", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

type vectors struct {
	Seeds []struct{ Seed, SK, DK, Verification, Encryption string }
	CCM   []struct {
		Key       string `json:"aes_key_hex"`
		Nonce     string `json:"nonce_hex"`
		Plaintext string
		Data      string `json:"data_hex"`
	}
	Messages []struct {
		Label     string
		Seed      string `json:"recipient_seed"`
		Encrypted string `json:"encrypted_msg"`
		Inner     string `json:"inner_message"`
	}
	Lagrange []struct {
		Indexes      []int
		Coefficients []string
	} `json:"lagrange_at_zero"`
}

func TestTheVectorsOfTheKeyGenerationHold(t *testing.T) {
	t.Parallel()

	v := load[vectors](t, "pki.json")
	g := group.GeneratorSecretTable()
	for _, s := range v.Seeds {
		seed, err := ParseSeed([]byte(s.Seed + "\n"))
		if err != nil {
			t.Fatal(err)
		}
		sk, dk := seed.signing(), seed.decryption()
		for _, x := range []struct {
			secret        group.Secret
			whole, public string
		}{{sk, s.SK, s.Verification}, {dk, s.DK, s.Encryption}} {
			want, _ := group.ParseSecret(x.whole) // not reduced in the vectors
			if x.secret.Reveal() != want.Reveal() || g.Pow(x.secret).String() != x.public {
				t.Errorf("seed %s derives other keys", s.Seed)
			}
		}
	}
	for _, c := range v.CCM {
		key, _ := hex.DecodeString(c.Key)
		nonce, _ := hex.DecodeString(c.Nonce)
		box := newCCM([32]byte(key))
		data, ok := box.seal([ccmNonce]byte(nonce), []byte(c.Plaintext))
		if !ok || hex.EncodeToString(data) != c.Data {
			t.Errorf("%q is sealed as %x", c.Plaintext, data)
		}
		if text, ok := box.open([ccmNonce]byte(nonce), data); !ok || string(text) != c.Plaintext {
			t.Errorf("%q opens as %q", c.Plaintext, text)
		}
	}
	for _, l := range v.Lagrange {
		var got []string
		for _, s := range Lagrange(l.Indexes) {
			got = append(got, s.String())
		}
		if diff := cmp.Diff(l.Coefficients, got); diff != "" {
			t.Errorf("%v: %s", l.Indexes, diff)
		}
	}
}

func TestAMessageOfBeleniosToolOpensForItsRecipientOnly(t *testing.T) {
	t.Parallel()

	keys := load[struct {
		DKG      struct{ Certs []string }
		Trustees []struct{ Seed string }
	}](t, "keys/thr2of3.json")
	senders := make([]group.Element, len(keys.DKG.Certs))
	for i, text := range keys.DKG.Certs {
		var s Signed
		if err := canon.Unmarshal([]byte(text), &s); err != nil {
			t.Fatal(err)
		}
		cert, fault := checkCert(s)
		if fault != nil {
			t.Fatal(fault)
		}
		senders[i], _ = group.ParseElement(string(cert.Verification))
	}
	for _, m := range load[vectors](t, "pki.json").Messages {
		opened := 0
		for _, owner := range keys.Trustees {
			seed, err := ParseSeed([]byte(owner.Seed))
			if err != nil {
				t.Fatal(err)
			}
			for _, sender := range senders {
				var v map1
				if err := receive(seed.decryption(), sender, m.Encrypted, &v); err == nil {
					opened++
					if owner.Seed != m.Seed || string(v) != m.Inner {
						t.Errorf("%s: opened by %s as %s", m.Label, owner.Seed, v)
					}
				}
			}
		}
		if opened != 1 {
			t.Errorf("%s: opened %d times", m.Label, opened)
		}
	}
}

// map1 takes any object of one field and keeps its text.
type map1 string

func (m *map1) ReadCanon(r *canon.Reader) {
	r.Object(func(key string) (int, func()) {
		return 0, func() {
			if key == "polynomial" {
				var list []canon.Decimal
				r.Value(&list)
				*m = map1(`{"polynomial":` + string(canon.Marshal(list)) + `}`)
				return
			}
			*m = map1(fmt.Sprintf(`{"%s":"%s"}`, key, r.Decimal()))
		}
	})
}

func TestATranscriptOfBeleniosToolIsRepeated(t *testing.T) {
	t.Parallel()

	v := load[struct {
		DKG struct {
			Certs, Polynomials, Vinputs, Voutputs []string
			Threshold                             string
		}
		Trustees []struct{ Seed, Dkey string }
	}](t, "keys/thr2of3.json")
	files := func(texts []string) (out [][]byte) {
		for _, s := range texts {
			out = append(out, []byte(s))
		}
		return out
	}
	certs, polynomials, outputs := files(v.DKG.Certs), files(v.DKG.Polynomials), files(v.DKG.Voutputs)
	if err := CheckCertificates(certs); err != nil {
		t.Error(err)
	}
	inputs, err := VerifierInputs(certs, polynomials)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(files(v.DKG.Vinputs), inputs); diff != "" {
		t.Error(diff)
	}
	whole, dkeys, err := Finish(certs, polynomials, outputs)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(v.DKG.Threshold, string(canon.Marshal(*whole))); diff != "" {
		t.Error(diff)
	}
	for j, owner := range v.Trustees {
		seed, err := ParseSeed([]byte(owner.Seed))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := VerifierOutput(rand.Reader, certs, seed, inputs[j], ""); err != nil {
			t.Errorf("step 5 of %d: %v", j+1, err)
		}
		d, err := OpenDecryptionKey(seed, dkeys[j])
		if err != nil || string(dkeys[j]) != owner.Dkey {
			t.Errorf("decryption key of %d: %v", j+1, err)
			continue
		}
		if got := group.GeneratorSecretTable().Pow(d).String(); got != string(whole.VerificationKeys[j].PublicKey) {
			t.Errorf("decryption key of %d does not fit its public key", j+1)
		}
	}
}

func TestACeremonyNamesWhoIsToBlame(t *testing.T) {
	t.Parallel()

	var seeds []Seed
	var certs, polynomials [][]byte
	for range 3 {
		seed, err := NewSeed(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		cert, err := NewCertificate(rand.Reader, seed)
		if err != nil {
			t.Fatal(err)
		}
		seeds, certs = append(seeds, seed), append(certs, cert)
	}
	for _, seed := range seeds {
		p, err := NewPolynomial(rand.Reader, certs, seed, 2)
		if err != nil {
			t.Fatal(err)
		}
		polynomials = append(polynomials, p)
	}
	inputs, err := VerifierInputs(certs, polynomials)
	if err != nil {
		t.Fatal(err)
	}
	stranger, _ := NewSeed(rand.Reader)
	other, _ := NewPolynomial(rand.Reader, certs, seeds[1], 3)
	var mixed vinput
	if err := canon.Unmarshal(inputs[0], &mixed); err != nil {
		t.Fatal(err)
	}
	mixed.Secrets[2] = mixed.Secrets[1]

	for _, test := range []struct {
		name, reason string
		participant  int
		do           func() error
	}{
		{"one participant", "dkg.count", 0, func() error { return CheckCertificates(certs[:1]) }},
		{"a certificate twice", "dkg.count", 3, func() error { return CheckCertificates([][]byte{certs[0], certs[1], certs[0]}) }},
		{"a broken certificate", "dkg.cert", 2, func() error {
			return CheckCertificates([][]byte{certs[0], bytes.Replace(certs[1], []byte(`"response":"`), []byte(`"response":"1`), 1)})
		}},
		{"a stranger", "dkg.not_mine", 0, func() error { _, err := NewPolynomial(rand.Reader, certs, stranger, 2); return err }},
		{"threshold one", "dkg.count", 0, func() error { _, err := NewPolynomial(rand.Reader, certs, seeds[0], 1); return err }},
		{"another threshold", "dkg.coefexps", 2, func() error {
			_, err := VerifierInputs(certs, [][]byte{polynomials[0], other, polynomials[2]})
			return err
		}},
		{"polynomials exchanged", "dkg.coefexps", 1, func() error {
			_, err := VerifierInputs(certs, [][]byte{polynomials[1], polynomials[0], polynomials[2]})
			return err
		}},
		{"a share of another sender", "dkg.channel", 3, func() error {
			_, err := VerifierOutput(rand.Reader, certs, seeds[0], canon.Marshal(mixed), "")
			return err
		}},
		{"somebody else's input", "dkg.channel", 2, func() error {
			_, err := VerifierOutput(rand.Reader, certs, seeds[1], inputs[0], "")
			return err
		}},
	} {
		var e *Error
		if err := test.do(); !errors.As(err, &e) || e.Reason != test.reason || e.Participant != test.participant {
			t.Errorf("%s: got %v, want %s of %d", test.name, err, test.reason, test.participant)
		}
	}
}

func TestSealedDataOpensOnlyUnchanged(t *testing.T) {
	t.Parallel()

	box := newCCM(sha256.Sum256([]byte("key")))
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SliceOf(rapid.Byte()).Draw(t, "text")
		data, ok := box.seal([ccmNonce]byte{1}, text)
		if opened, ok2 := box.open([ccmNonce]byte{1}, data); !ok || !ok2 || !bytes.Equal(opened, text) {
			t.Fatal("does not open")
		}
		data[rapid.IntRange(0, len(data)-1).Draw(t, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		if _, ok := box.open([ccmNonce]byte{1}, data); ok {
			t.Error("opens although a bit is changed")
		}
	})
	if _, ok := box.seal([ccmNonce]byte{}, make([]byte, ccmLongest+1)); ok {
		t.Error("64 KiB are sealed")
	}
}

func TestASeedDoesNotPrint(t *testing.T) {
	t.Parallel()

	seed, _ := NewSeed(rand.Reader)
	if got := fmt.Sprintf("%v %+v %s %#v %q", seed, seed, seed, seed, seed); bytes.Contains([]byte(got), seed.Marshal()) {
		t.Error("a seed is printed")
	}
}

func FuzzReceive(f *testing.F) {
	seed, _ := NewSeed(rand.Reader)
	dk, sk := seed.decryption(), seed.signing()
	g := group.GeneratorSecretTable()
	message, err := send(rand.Reader, sk, g.Pow(dk), share{"5"})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(message)
	sender := g.Pow(sk)
	f.Fuzz(func(t *testing.T, m string) {
		var v share
		if receive(dk, sender, m, &v) == nil && m != message {
			t.Error("another message opens")
		}
	})
}
