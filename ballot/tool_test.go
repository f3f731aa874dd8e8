// SPDX-License-Identifier: Apache-2.0

package ballot_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tenday/tenday/ballot"
	"github.com/tenday/tenday/ballot/bel"
	"github.com/tenday/tenday/ballot/canon"
	"github.com/tenday/tenday/ballot/group"
	"github.com/tenday/tenday/ballot/pki"
)

// tool runs belenios-tool in a folder of its own.
type tool struct {
	testing.TB
	dir string
}

func newTool(t testing.TB) *tool {
	t.Helper()
	if _, err := exec.LookPath("belenios-tool"); err != nil {
		t.Skip("belenios-tool is not installed (Debian: apt-get install belenios-tool): NOTHING was compared with it")
	}
	return &tool{t, t.TempDir()}
}

// try runs the tool with stdin and returns its standard output.
func (b *tool) try(stdin string, args ...string) (string, error) {
	cmd := exec.Command("belenios-tool", args...)
	cmd.Dir = b.dir
	cmd.Stdin = strings.NewReader(stdin)
	var out, diagnostics bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &diagnostics
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("belenios-tool %s: %w: %s", strings.Join(args, " "), err, diagnostics.String())
	}
	return out.String(), nil
}

func (b *tool) run(stdin string, args ...string) string {
	b.Helper()
	out, err := b.try(stdin, args...)
	if err != nil {
		b.Fatal(err)
	}
	return out
}

func (b *tool) write(name, content string) {
	b.Helper()
	if err := os.WriteFile(filepath.Join(b.dir, name), []byte(content), 0o600); err != nil {
		b.Fatal(err)
	}
}

// find returns the names of files with a suffix, in order.
func (b *tool) find(suffix string) []string {
	b.Helper()
	paths, err := filepath.Glob(filepath.Join(b.dir, "*"+suffix))
	if err != nil {
		b.Fatal(err)
	}
	for i := range paths {
		paths[i] = filepath.Base(paths[i])
	}
	return paths
}

func (b *tool) read(name string) string {
	b.Helper()
	content, err := os.ReadFile(filepath.Join(b.dir, name))
	if err != nil {
		b.Fatal(err)
	}
	return string(content)
}

func TestBeleniosToolVerifiesOurElectionAtEveryStage(t *testing.T) {
	t.Parallel()

	b := newTool(t)
	some := ballot.Question{Text: "Which \"é\" <b>\x7f?", Answers: []string{"a", "b", "c"}, Min: 0, Max: 2}
	e := newElection(t, 4, 1, 2, 3, yesNoBlank, some)
	stages := 0
	check := func() {
		t.Helper()
		stages++
		b.write(e.uuid+".bel", string(e.file.b))
		b.run("", "election", "verify", "--dir", ".")
	}
	check()
	e.cast(t, 0, []int{0, 1, 0}, []int{1, 1, 0})
	e.cast(t, 1, []int{1, 0, 0}, []int{0, 0, 0})
	e.cast(t, 1, []int{0, 0, 1}, []int{0, 1, 0})
	check()
	for _, step := range []func() error{e.box.EndBallots, e.box.AppendTally} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
		check()
	}
	if got := b.run("", "election", "compute-encrypted-tally", "--dir", "."); !bytes.Contains(e.file.b, []byte(strings.Split(got, "\n")[0])) {
		t.Error("the tool computes another encrypted tally")
	}
	for _, owner := range []int{1, 4, 2} {
		part, _, err := e.box.Decrypt(rand.Reader, owner, e.owners[owner-1])
		if err != nil {
			t.Fatal(err)
		}
		if err := e.box.AppendDecryption(owner, part); err != nil {
			t.Fatal(err)
		}
		check()
	}
	computed := b.run("", "election", "compute-result", "--dir", ".")
	if err := e.box.AppendResult(); err != nil {
		t.Fatal(err)
	}
	check()
	want, _ := json.Marshal(map[string]any{"result": e.box.Report().Result})
	if strings.TrimSpace(computed) != string(want) {
		t.Errorf("the tool computes %s, we %s", computed, want)
	}
	t.Logf("accepted at %d stages", stages)
}

// Several groups of several sizes, one trustee alone between them, and more decryptions than are needed: both programs take the same.
func TestBeleniosToolCountsWithSeveralGroupsAsWeDo(t *testing.T) {
	t.Parallel()

	b := newTool(t)
	var trustees ballot.Trustees
	var owners []group.Secret
	for _, g := range [][2]int{{2, 3}, {0, 1}, {3, 3}, {2, 2}} {
		e := newElection(t, 1, 1-min(g[0], 1), g[0], g[1], yesNoBlank)
		trustees, owners = append(trustees, e.trustees...), append(owners, e.owners...)
	}
	one := forge(t) // of whom one is enough; our ceremonies make no such group
	secret := one.ofOne(t, 3)
	trustees, owners = append(trustees, ballot.Trustee{Pedersen: &one.Threshold}), append(owners, secret, secret, secret)
	e := newElectionBy(t, 3, trustees, owners, yesNoBlank)
	e.cast(t, 0, []int{0, 1, 0})
	e.cast(t, 1, []int{1, 0, 0})
	e.cast(t, 2, []int{0, 1, 0})
	open := bytes.Clone(e.file.b)
	for _, by := range [][]int{{1, 2, 4, 5, 6, 7, 8, 9, 10}, {12, 9, 8, 7, 6, 5, 4, 3, 1}, {12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1}} {
		e.file = &memory{bytes.Clone(open)}
		e.box = must[*ballot.Box](t)(ballot.Open(t.Context(), e.file, int64(len(open)), ballot.Options{}))
		e.count(t, by...)
		if diff := cmp.Diff([][]int{{1, 2, 0}}, e.box.Report().Result); diff != "" {
			t.Errorf("with %v: %s", by, diff)
		}
		if err := b.refusal(t, e.uuid, e.file.b); err != nil {
			t.Errorf("with %v: %v", by, err)
		}
	}
}

// toolElection has belenios-tool set an election up with one single trustee and a 2-of-3 group; ours says which participants of the
// group run our program. It returns the identifier and the group's files.
func toolElection(t *testing.T, b *tool, ours map[int]bool) (uuid string, seeds []pki.Seed, dkeys [][]byte) {
	t.Helper()
	const g = "BELENIOS-2048"
	uuid = strings.TrimSpace(b.run("", "setup", "generate-token"))
	b.write("voters.txt", "a@example.org\nb@example.org\nc@example.org\n")
	b.run("", "setup", "generate-credentials", "--uuid", uuid, "--group", g, "--file", "voters.txt")
	b.write("public_creds.json", b.read(b.find(".pubcreds")[0]))
	b.run("", "setup", "generate-trustee-key", "--group", g)
	b.write("public_keys.jsons", b.read(b.find(".pubkey")[0]))

	k := func(stdin string, args ...string) string {
		t.Helper()
		return b.run(stdin, append([]string{"setup", "generate-trustee-key-threshold", "--group", g}, args...)...)
	}
	var certs, polynomials, outputs [][]byte
	for i := range 3 {
		if ours[i] {
			seed := must[pki.Seed](t)(pki.NewSeed(rand.Reader))
			seeds, certs = append(seeds, seed), append(certs, must[[]byte](t)(pki.NewCertificate(rand.Reader, seed)))
			continue
		}
		had := b.find(".key")
		k("", "--step", "1")
		for _, name := range b.find(".key") {
			if !slices.Contains(had, name) {
				seeds = append(seeds, must[pki.Seed](t)(pki.ParseSeed([]byte(b.read(name)))))
				certs = append(certs, []byte(strings.TrimSpace(b.read(strings.TrimSuffix(name, ".key")+".cert"))))
			}
		}
	}
	b.write("certs", lines(certs))
	k("", "--certs", "certs", "--step", "2")
	for i, seed := range seeds {
		b.write("seed", string(seed.Marshal())+"\n")
		if ours[i] {
			polynomials = append(polynomials, must[[]byte](t)(pki.NewPolynomial(rand.Reader, certs, seed, 2)))
		} else {
			polynomials = append(polynomials, []byte(strings.TrimSpace(k("", "--certs", "certs", "--key", "seed", "--step", "3", "--threshold", "2"))))
		}
	}
	inputs := must[[][]byte](t)(pki.VerifierInputs(certs, polynomials))
	for i, seed := range seeds {
		b.write("seed", string(seed.Marshal())+"\n")
		if ours[i] {
			outputs = append(outputs, must[[]byte](t)(pki.VerifierOutput(rand.Reader, certs, seed, inputs[i], "")))
		} else {
			outputs = append(outputs, []byte(strings.TrimSpace(k(string(inputs[i])+"\n", "--certs", "certs", "--key", "seed", "--step", "5"))))
		}
	}
	public, dkeys, err := pki.Finish(certs, polynomials, outputs)
	if err != nil {
		t.Fatal(err)
	}
	b.write("polynomials", lines(polynomials))
	threshold := k(lines(outputs), "--certs", "certs", "--polynomials", "polynomials", "--step", "6")
	b.write("threshold.json", threshold)
	if got := string((ballot.Trustees{{Pedersen: public}}).Marshal()); got != `[["Pedersen",`+strings.TrimSpace(threshold)+`]]` {
		t.Error("step 6 of the tool gives another group")
	}
	b.write("t.json", `{"description":"d","name":"n","questions":[{"answers":["Yes","No"],"blank":true,"min":1,"max":1,"question":"q"}]}`)
	b.run("", "setup", "make-trustees")
	b.run("", "setup", "make-election", "--uuid", uuid, "--group", g, "--template", "t.json")
	b.run("", "archive", "init")
	return uuid, seeds, dkeys
}

func lines(files [][]byte) string { return string(bytes.Join(files, []byte("\n"))) + "\n" }

// TestTheTwoProgramsTakeTurns alternates: the tool sets up with one of our participants, both cast, both decrypt, both read the files
// of the other.
func TestTheTwoProgramsTakeTurns(t *testing.T) {
	t.Parallel()

	b := newTool(t)
	uuid, seeds, dkeys := toolElection(t, b, map[int]bool{1: true})
	path := filepath.Join(b.dir, uuid+".bel")
	open := func() (*ballot.Box, *os.File) {
		t.Helper()
		box, file, tail, err := ballot.OpenFile(context.Background(), path, ballot.Options{})
		if err != nil || tail != "" {
			t.Fatal(tail, err)
		}
		return box, file
	}
	var credentials []string
	listed := must[ballot.Credentials](t)(ballot.ImportCredentials([]byte(b.read(b.find(".pubcreds")[0]))))
	for line := range strings.Lines(b.read(b.find(".privcreds")[0])) { // "identity credential"
		credentials = append(credentials, strings.Fields(line)[1])
		c := must[ballot.Credential](t)(ballot.ParseCredential(strings.Fields(line)[1]))
		if !slices.Contains(listed, must[canon.Decimal](t)(c.Public(uuid))) {
			t.Error("we derive another public credential than the tool")
		}
	}

	// A votes with the tool, B with us, C with both.
	theirs := func(credential, votes string) {
		t.Helper()
		b.write("credential", credential+"\n")
		b.write("votes", votes)
		raw := b.run("", "election", "generate-ballot", "--privcred", "credential", "--ballot", "votes", "--dir", ".")
		b.run(raw, "archive", "add-event", "--type=Ballot")
	}
	theirs(credentials[0], "[[0,1,0]]")
	theirs(credentials[2], "[[1,0,0]]")
	box, file := open()
	for _, i := range []int{1, 2} {
		c := must[ballot.Credential](t)(ballot.ParseCredential(credentials[i]))
		raw := must[[]byte](t)(box.Election().NewBallot(rand.Reader, c, [][]int{{0, 0, 1}}))
		must[ballot.Receipt](t)(box.AppendBallot(raw))
	}
	file.Close()
	b.run("", "archive", "add-event", "--type=EndBallots")
	tally := b.run("", "election", "compute-encrypted-tally", "--dir", ".")
	b.run(tally, "archive", "add-event", "--type=EncryptedTally")

	// The single trustee decrypts with the tool, member 2 of the group (ours) with the tool, member 1 (the tool's) with us.
	part := b.run("", "election", "decrypt", "--privkey", b.find(".privkey")[0], "--trustee-id", "1", "--dir", ".")
	b.run(part, "archive", "add-event", "--type=PartialDecryption")
	b.write("seed", string(seeds[1].Marshal())+"\n")
	b.write("dkey", string(dkeys[1])+"\n")
	part = b.run("", "election", "decrypt-threshold", "--key", "seed", "--decryption-key", "dkey", "--trustee-id", "3", "--dir", ".")
	b.run(part, "archive", "add-event", "--type=PartialDecryption")
	box, file = open()
	defer file.Close()
	d, err := pki.OpenDecryptionKey(seeds[0], dkeys[0])
	if err != nil {
		t.Fatal(err)
	}
	raw, _, err := box.Decrypt(rand.Reader, 2, d)
	if err != nil {
		t.Fatal(err)
	}
	if err := box.AppendDecryption(2, raw); err != nil {
		t.Fatal(err)
	}
	b.run(b.run("", "election", "compute-result", "--dir", "."), "archive", "add-event", "--type=Result")
	b.run("", "election", "verify", "--dir", ".")

	r, err := verify([]byte(b.read(uuid+".bel")), ballot.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]int{{0, 1, 2}}, r.Result); diff != "" {
		t.Error(diff)
	}
	if r.Stage != bel.Finished {
		t.Errorf("stage %s", r.Stage)
	}
}
