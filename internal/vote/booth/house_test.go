// SPDX-License-Identifier: Apache-2.0

package booth_test

import (
	"bytes"
	"crypto/rand"
	mathrand "math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/tenday/tenday/ballot"
	"github.com/tenday/tenday/ballot/group"
	"github.com/tenday/tenday/ballot/pki"
)

// file is an archive in memory.
type file struct{ b []byte }

func (f *file) ReadAt(p []byte, off int64) (int, error) { return bytes.NewReader(f.b).ReadAt(p, off) }

func (f *file) WriteAt(p []byte, off int64) (int, error) {
	f.b = append(f.b[:off], p...)
	return len(p), nil
}

func (f *file) Sync() error { return nil }

// election is one with a single trustee and a credential per voter.
type election struct {
	t           testing.TB
	box         *ballot.Box
	file        *file
	raw         []byte // the election's record
	uuid        string
	secret      group.Secret // the trustee's
	credentials []ballot.Credential
	public      ballot.Credentials
	key         pki.PublicKey
}

func newElection(t testing.TB, voters int, questions ...ballot.Question) *election {
	t.Helper()
	x := must[group.Secret](t)(group.RandomSecret(rand.Reader))
	key := must[pki.PublicKey](t)(pki.NewPublicKey(rand.Reader, x, ""))
	e := newElectionWith(t, ballot.Trustees{{Single: &key}}, voters, questions...)
	e.secret, e.key = x, key
	return e
}

func newElectionWith(t testing.TB, trustees ballot.Trustees, voters int, questions ...ballot.Question) *election {
	t.Helper()
	e := &election{t: t, file: &file{}, uuid: must[string](t)(ballot.NewUUID(rand.Reader))}
	for range voters {
		c := must[ballot.Credential](t)(ballot.NewCredential(rand.Reader))
		e.credentials = append(e.credentials, c)
		public, err := c.Public(e.uuid)
		if err != nil {
			t.Fatal(err)
		}
		e.public = append(e.public, public)
	}
	e.raw = must[[]byte](t)(ballot.NewElection(e.uuid, "Vote \"é\"", "<b>&\u2028\x7f", questions, trustees))
	e.box = must[*ballot.Box](t)(ballot.Create(e.file, rand.Reader, 1_795_294_951, e.raw, trustees, e.public))
	return e
}

// count closes the vote and counts it with the single trustee.
func (e *election) count() {
	e.t.Helper()
	e.closeVote()
	part, _, err := e.box.Decrypt(rand.Reader, 1, e.secret)
	if err != nil {
		e.t.Fatal(err)
	}
	if err := e.box.AppendDecryption(1, part); err != nil {
		e.t.Fatal(err)
	}
	if err := e.box.AppendResult(); err != nil {
		e.t.Fatal(err)
	}
}

func (e *election) closeVote() {
	e.t.Helper()
	if err := e.box.EndBallots(); err != nil {
		e.t.Fatal(err)
	}
	if err := e.box.AppendTally(); err != nil {
		e.t.Fatal(err)
	}
}

// toolVerifies has belenios-tool check the archive.
func (e *election) toolVerifies() {
	e.t.Helper()
	path, err := exec.LookPath("belenios-tool")
	if err != nil {
		e.t.Log("belenios-tool is not installed: it did NOT check this archive")
		return
	}
	dir := e.t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, e.uuid+".bel"), e.file.b, 0o600); err != nil {
		e.t.Fatal(err)
	}
	cmd := exec.Command(path, "election", "verify", "--dir", dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		e.t.Errorf("belenios-tool: %v\n%s", err, out)
	}
}

var (
	on         = true
	yesNoBlank = ballot.Question{Text: "Strike?", Answers: []string{"Yes", "No"}, Blank: &on, Min: 1, Max: 1}
)

// randomQuestion has up to five answers, any bounds, blank or not.
func randomQuestion(r *mathrand.Rand) ballot.Question {
	q := ballot.Question{Text: "?", Answers: []string{"a", "b", "c", "d", "e"}[:1+r.IntN(5)]}
	q.Max = 1 + r.IntN(len(q.Answers))
	q.Min = r.IntN(q.Max + 1)
	if r.IntN(2) == 0 {
		q.Blank = &on
	}
	return q
}

// randomVotes are valid for the questions; each kind of vote occurs.
func randomVotes(r *mathrand.Rand, questions []ballot.Question) [][]int {
	votes := make([][]int, len(questions))
	for i := range questions {
		q := &questions[i]
		votes[i] = make([]int, q.Slots())
		first := q.Slots() - len(q.Answers)
		if first == 1 && r.IntN(4) == 0 {
			votes[i][0] = 1
			continue
		}
		for _, j := range r.Perm(len(q.Answers))[:q.Min+r.IntN(q.Max-q.Min+1)] {
			votes[i][first+j] = 1
		}
	}
	return votes
}
