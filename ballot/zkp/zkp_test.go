// SPDX-License-Identifier: Apache-2.0

package zkp_test

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"os"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"github.com/tenday/tenday/ballot/group"
	"github.com/tenday/tenday/ballot/zkp"
)

func secret(t interface{ Fatal(...any) }) group.Secret {
	s, err := group.RandomSecret(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestChallengesHashLikeTheVectors(t *testing.T) {
	t.Parallel()

	data, err := os.ReadFile("../testdata/vectors/proofs.json")
	if err != nil {
		t.Fatal(err)
	}
	var v struct {
		Decryption []struct {
			Proofs []struct {
				Proof, Preimage string
				Hash            string `json:"hash_mod_q"`
			}
		}
	}
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, d := range v.Decryption {
		for _, p := range d.Proofs {
			n++
			if got := group.Hash([]byte(p.Preimage)).String(); got != p.Hash {
				t.Errorf("%s hashes to %s", p.Proof, got)
			}
		}
	}
	if n == 0 {
		t.Error("no vectors")
	}
}

func TestAProofOfALogarithmHoldsForItsKeyAndPrefixOnly(t *testing.T) {
	t.Parallel()

	g := group.GeneratorSecretTable()
	x, y := secret(t), secret(t)
	p, err := zkp.ProveLog(rand.Reader, []byte("a|"), x)
	if err != nil {
		t.Fatal(err)
	}
	again, _ := zkp.ProveLog(rand.Reader, []byte("a|"), x)
	one := group.NewScalar(1)
	for _, test := range []struct {
		name   string
		key    group.Secret
		prefix string
		proof  zkp.Proof
		want   bool
	}{
		{"as it is", x, "a|", p, true},
		{"another key", y, "a|", p, false},
		{"another prefix", x, "b|", p, false},
		{"another challenge", x, "a|", zkp.Proof{Challenge: p.Challenge.Add(one), Response: p.Response}, false},
		{"another response", x, "a|", zkp.Proof{Challenge: p.Challenge, Response: p.Response.Add(one)}, false},
	} {
		if got := zkp.VerifyLog([]byte(test.prefix), g.Pow(test.key), test.proof); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
	}
	if p == again {
		t.Error("a nonce was used twice")
	}
	if back, ok := p.Wire().Parse(); !ok || back != p {
		t.Error("a proof is not read back")
	}
}

func TestAProofOfEqualityHoldsForThePowerOnly(t *testing.T) {
	t.Parallel()

	g := group.GeneratorSecretTable()
	x, base := secret(t), g.Pow(secret(t))
	p, err := zkp.ProveEqual(rand.Reader, []byte("d|"), base, x)
	if err != nil {
		t.Fatal(err)
	}
	public, power := g.Pow(x), base.PowSecret(x)
	if !zkp.VerifyEqual([]byte("d|"), public, base, power, p) {
		t.Error("an honest proof is refused")
	}
	if zkp.VerifyEqual([]byte("d|"), public, base, power.Mul(group.Generator()), p) {
		t.Error("another power is accepted")
	}
	if zkp.VerifyEqual([]byte("d|"), public.Mul(group.Generator()), base, power, p) {
		t.Error("another key is accepted")
	}
}

// branches raises a ciphertext to the challenges of proofs, as a verifier does.
func branches(c zkp.Ciphertext, messages []int, proofs []zkp.Proof) (out []zkp.Branch) {
	for i, m := range messages {
		out = append(out, zkp.Branch{
			Message: m, Proof: proofs[i],
			AlphaC: c.Alpha.Pow(proofs[i].Challenge), BetaC: c.Beta.Pow(proofs[i].Challenge),
		})
	}
	return out
}

func claims(r group.Secret, m, chosen int, messages []int) (out []zkp.Claim) {
	for i, claimed := range messages {
		flag := uint32(0)
		if i == chosen {
			flag = 1
		}
		excess := group.SmallSecret(uint32(m)).Sub(group.SmallSecret(uint32(claimed)))
		out = append(out, zkp.Claim{R: r, Excess: excess, Chosen: group.SmallSecret(flag)})
	}
	return out
}

func TestADisjunctionHoldsExactlyIfTheChosenBranchDoes(t *testing.T) {
	t.Parallel()

	key := zkp.NewKey(group.GeneratorSecretTable().Pow(secret(t)))
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 4).Draw(t, "branches")
		var messages []int
		for m := range n {
			messages = append(messages, m)
		}
		m, chosen := rapid.IntRange(0, n).Draw(t, "message"), rapid.IntRange(0, n-1).Draw(t, "chosen")
		r := secret(t)
		c := key.Encrypt(group.SmallSecret(uint32(m)), r)
		proofs, err := key.ProveOr(rand.Reader, []byte("p|"), claims(r, m, chosen, messages))
		if err != nil {
			t.Fatal(err)
		}
		if got := key.VerifyOr([]byte("p|"), branches(c, messages, proofs)); got != (m == chosen) {
			t.Errorf("%d proved as %d of %v: %v", m, chosen, messages, got)
		}
		if key.VerifyOr([]byte("q|"), branches(c, messages, proofs)) {
			t.Error("holds under another prefix")
		}
		if key.VerifyOr([]byte("p|"), branches(c.Mul(zkp.Ciphertext{Alpha: group.One(), Beta: group.Generator()}), messages, proofs)) {
			t.Error("holds for another ciphertext")
		}
	})
}

func TestAProofNeedsAllItsRandomness(t *testing.T) {
	t.Parallel()

	key := zkp.NewKey(group.Generator())
	x := secret(t)
	for n := int64(0); n < 4*48; n += 40 {
		short := io.LimitReader(rand.Reader, n)
		if _, err := key.ProveOr(short, nil, claims(x, 0, 0, []int{0, 1})); !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("with %d bytes: %v", n, err)
		}
	}
	if _, err := zkp.ProveLog(iotest.ErrReader(io.ErrClosedPipe), nil, x); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("got %v", err)
	}
}
