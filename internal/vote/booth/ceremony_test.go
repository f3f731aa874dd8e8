// SPDX-License-Identifier: Apache-2.0

package booth_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	mathrand "math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tenday/tenday/ballot"
	"github.com/tenday/tenday/ballot/group"
	"github.com/tenday/tenday/ballot/pki"
)

// participant takes the odd steps of a ceremony.
type participant interface {
	cert() []byte
	polynomial(certs [][]byte) []byte
	output(certs [][]byte, input []byte) []byte
	decrypt(el *election, owner int, dkey []byte) []byte
}

// ours is package pki.
type ours struct {
	testing.TB
	seed pki.Seed
}

func (p ours) cert() []byte { return must[[]byte](p)(pki.NewCertificate(rand.Reader, p.seed)) }

func (p ours) polynomial(certs [][]byte) []byte {
	return must[[]byte](p)(pki.NewPolynomial(rand.Reader, certs, p.seed, 2))
}

func (p ours) output(certs [][]byte, input []byte) []byte {
	return must[[]byte](p)(pki.VerifierOutput(rand.Reader, certs, p.seed, input, ""))
}

func (p ours) decrypt(el *election, owner int, dkey []byte) []byte {
	d := must[group.Secret](p)(pki.OpenDecryptionKey(p.seed, dkey))
	part, _, err := el.box.Decrypt(rand.Reader, owner, d)
	if err != nil {
		p.Fatal(err)
	}
	return part
}

// theirs is the modules.
type theirs struct {
	testing.TB
	engine
	seed string
}

func texts(files [][]byte) (s []string) {
	for _, f := range files {
		s = append(s, string(f))
	}
	return s
}

func (p theirs) cert() []byte {
	return []byte(call[string](p, p.engine, "ceremony.js", "newCertificate", p.seed))
}

func (p theirs) polynomial(certs [][]byte) []byte {
	return []byte(call[string](p, p.engine, "ceremony.js", "newPolynomial", p.seed, texts(certs), 2))
}

func (p theirs) output(certs [][]byte, input []byte) []byte {
	return []byte(call[string](p, p.engine, "ceremony.js", "newOutput", p.seed, texts(certs), string(input), 2, "Ana \"é\""))
}

func (p theirs) decrypt(el *election, owner int, dkey []byte) []byte {
	report := call[map[string]json.RawMessage](p, p.engine, "", "verifyArchive", octets(el.file.b))
	var keys []json.RawMessage
	if err := json.Unmarshal(report["keys"], &keys); err != nil {
		p.Fatal(err)
	}
	x := call[big](p, p.engine, "ceremony.js", "openDecryptionKey", p.seed, string(dkey))
	made := call[struct{ Decryption, Owned, Side string }](p, p.engine, "decryption.js", "decrypt",
		map[string]string{"fingerprint": el.box.Report().Fingerprint}, report["tally"], owner, keys[owner-1], x)
	p.Cleanup(func() { // when all have decrypted
		if guilty := el.box.Culprits(map[int][]byte{owner: []byte(made.Side)}); slices.Contains(guilty, owner) {
			p.Errorf("the side proof of %d is wrong", owner)
		}
	})
	return []byte(made.Decryption)
}

// tool is belenios-tool.
type tool struct {
	testing.TB
	dir string
}

func (p tool) run(stdin string, args ...string) []byte {
	p.Helper()
	cmd := exec.Command("belenios-tool", args...)
	cmd.Dir, cmd.Stdin = p.dir, strings.NewReader(stdin)
	var diagnostics bytes.Buffer
	cmd.Stderr = &diagnostics
	out, err := cmd.Output()
	if err != nil {
		p.Fatalf("belenios-tool %s: %v: %s", strings.Join(args, " "), err, diagnostics.String())
	}
	return bytes.TrimSpace(out)
}

func (p tool) write(name string, content []byte) {
	p.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, name), append(bytes.Clone(content), '\n'), 0o600); err != nil {
		p.Fatal(err)
	}
}

func (p tool) only(suffix string) string {
	p.Helper()
	found, err := filepath.Glob(filepath.Join(p.dir, "*"+suffix))
	if err != nil || len(found) != 1 {
		p.Fatal(suffix, found, err)
	}
	return found[0]
}

var step = []string{"setup", "generate-trustee-key-threshold", "--group", "BELENIOS-2048"}

func (p tool) cert() []byte {
	p.run("", append(step, "--step", "1")...)
	return bytes.TrimSpace(must[[]byte](p)(os.ReadFile(p.only(".cert"))))
}

func (p tool) polynomial(certs [][]byte) []byte {
	p.write("certs", bytes.Join(certs, []byte("\n")))
	return p.run("", append(step, "--certs", "certs", "--key", p.only(".key"), "--step", "3", "--threshold", "2")...)
}

func (p tool) output(_ [][]byte, input []byte) []byte {
	return p.run(string(input)+"\n", append(step, "--certs", "certs", "--key", p.only(".key"), "--step", "5")...)
}

func (p tool) decrypt(el *election, owner int, dkey []byte) []byte {
	p.write("dkey", dkey)
	dir := p.TempDir()
	if err := os.WriteFile(filepath.Join(dir, el.uuid+".bel"), el.file.b, 0o600); err != nil {
		p.Fatal(err)
	}
	out := p.run("", "election", "decrypt-threshold", "--key", p.only(".key"), "--decryption-key", "dkey", "--trustee-id", strconv.Itoa(owner), "--dir", dir)
	return bytes.Split(out, []byte("\n"))[0]
}

// TestThreeProgramsMakeAKeyAndCount has the modules, the engine and belenios-tool make one key of three parts, and every two of them count.
func TestThreeProgramsMakeAKeyAndCount(t *testing.T) {
	t.Parallel()

	engines(t, func(t *testing.T, e engine) {
		people := []participant{
			theirs{t, e, call[string](t, e, "ceremony.js", "newSeed")},
			ours{t, must[pki.Seed](t)(pki.NewSeed(rand.Reader))},
		}
		if _, err := exec.LookPath("belenios-tool"); err == nil {
			people = append(people, tool{t, t.TempDir()})
		} else {
			t.Log("belenios-tool is not installed: it takes NO part")
			people = append(people, theirs{t, e, call[string](t, e, "ceremony.js", "newSeed")})
		}
		mathrand.New(mathrand.NewPCG(3, 0)).Shuffle(len(people), func(i, j int) { people[i], people[j] = people[j], people[i] })

		var certs, polynomials, outputs [][]byte
		for _, p := range people {
			certs = append(certs, p.cert())
		}
		for _, p := range people {
			polynomials = append(polynomials, p.polynomial(certs))
		}
		inputs := must[[][]byte](t)(pki.VerifierInputs(certs, polynomials))
		for i, p := range people {
			outputs = append(outputs, p.output(certs, inputs[i]))
		}
		key, dkeys, err := pki.Finish(certs, polynomials, outputs)
		if err != nil {
			t.Fatal(err)
		}
		for absent := range people {
			el := newElectionWith(t, ballot.Trustees{{Pedersen: key}}, 3, yesNoBlank)
			open(t, e, el)
			for i, votes := range [][][]int{{{0, 1, 0}}, {{0, 1, 0}}, {{1, 0, 0}}} {
				raw := call[string](t, e, "crew.js", "operations.ballot", map[string]any{"credential": el.credentials[i].Reveal(), "votes": votes})
				must[ballot.Receipt](t)(el.box.AppendBallot([]byte(raw)))
			}
			el.closeVote()
			for i, p := range people {
				if i == absent {
					continue
				}
				if err := el.box.AppendDecryption(i+1, p.decrypt(el, i+1, dkeys[i])); err != nil {
					t.Fatalf("%T: %v", p, err)
				}
			}
			if err := el.box.AppendResult(); err != nil {
				t.Fatal(err)
			}
			el.toolVerifies()
			report := call[struct{ Result [][]int }](t, e, "", "verifyArchive", octets(el.file.b))
			if diff := cmp.Diff([][]int{{1, 2, 0}}, report.Result); diff != "" {
				t.Errorf("without %T (-want +got):\n%s", people[absent], diff)
			}
		}
	})
}

func TestOnlyTheListedKeyDecrypts(t *testing.T) {
	t.Parallel()

	e := newNode(t)
	about := map[string]string{"fingerprint": strings.Repeat("A", 43)}
	_, no := try[any](t, e, "decryption.js", "decrypt", about, [][]any{}, 1, big("4"), big("2"))
	if no == nil || no.Code != "key.other" {
		t.Errorf("another key decrypts: %+v", no)
	}
}

// TestABadMessageOfTheCeremonyIsBlamed changes what one participant gets; it names whose message is wrong, or stops.
func TestABadMessageOfTheCeremonyIsBlamed(t *testing.T) {
	t.Parallel()

	e := newNode(t)
	me := theirs{t, e, call[string](t, e, "ceremony.js", "newSeed")}
	other := ours{t, must[pki.Seed](t)(pki.NewSeed(rand.Reader))}
	third := ours{t, must[pki.Seed](t)(pki.NewSeed(rand.Reader))}
	certs := [][]byte{me.cert(), other.cert(), third.cert()}
	polynomials := [][]byte{me.polynomial(certs), other.polynomial(certs), third.polynomial(certs)}
	inputs := must[[][]byte](t)(pki.VerifierInputs(certs, polynomials))
	again := other.polynomial(certs) // another polynomial of the same participant
	mixed := must[[][]byte](t)(pki.VerifierInputs(certs, [][]byte{polynomials[0], again, polynomials[2]}))
	type vinput struct {
		Polynomial string            `json:"polynomial"`
		Secrets    []string          `json:"secrets"`
		Coefexps   []json.RawMessage `json:"coefexps"`
	}
	change := func(f func(in, other *vinput)) string {
		in, o := decode[vinput](t, inputs[0]), decode[vinput](t, mixed[0])
		f(&in, &o)
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(in); err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(b.String())
	}
	cases := []struct {
		name        string
		certs       [][]byte
		input       string
		threshold   int
		code        string
		participant any
	}{
		{"nothing", certs, string(inputs[0]), 2, "", nil},
		{"share of another polynomial", certs, change(func(in, o *vinput) { in.Secrets[1] = o.Secrets[1] }), 2, "dkg.secret", 2.0},
		{"polynomial of another share", certs, change(func(in, o *vinput) { in.Coefexps[1] = o.Coefexps[1] }), 2, "dkg.secret", 2.0},
		{"shares exchanged", certs, change(func(in, _ *vinput) { in.Secrets[1], in.Secrets[2] = in.Secrets[2], in.Secrets[1] }), 2, "dkg.channel", 2.0},
		{"share for somebody else", certs, change(func(in, _ *vinput) { in.Secrets[1] = decode[vinput](t, inputs[2]).Secrets[1] }), 2, "dkg.channel", 2.0},
		{"own polynomial by another", certs, change(func(in, _ *vinput) { in.Polynomial = decode[vinput](t, inputs[1]).Polynomial }), 2, "dkg.channel", 1.0},
		{"a share missing", certs, change(func(in, _ *vinput) { in.Secrets = in.Secrets[:2] }), 2, "dkg.count", nil},
		{"another threshold", certs, string(inputs[0]), 3, "dkg.count", nil},
		{"a certificate twice", [][]byte{certs[0], certs[1], certs[1]}, string(inputs[0]), 2, "dkg.count", 3.0},
		{"a certificate changed", [][]byte{certs[0], bytes.Replace(certs[1], []byte(`"response":"`), []byte(`"response":"1`), 1), certs[2]}, string(inputs[0]), 2, "dkg.cert", 2.0},
		{"not among them", [][]byte{certs[1], certs[2]}, string(inputs[0]), 2, "dkg.not_mine", nil},
	}
	for _, c := range cases {
		_, no := try[string](t, e, "ceremony.js", "newOutput", me.seed, texts(c.certs), c.input, c.threshold, "")
		switch {
		case c.code == "" && no != nil:
			t.Errorf("%s: %+v", c.name, no)
		case c.code != "" && (no == nil || no.Code != c.code || no.About["participant"] != c.participant):
			t.Errorf("%s: got %+v, want %s of %v", c.name, no, c.code, c.participant)
		}
	}
}
