// SPDX-License-Identifier: Apache-2.0

package ballot_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tenday/tenday/ballot"
	"github.com/tenday/tenday/ballot/canon"
	"github.com/tenday/tenday/ballot/group"
	"github.com/tenday/tenday/ballot/pki"
)

// memory is a File in memory.
type memory struct{ b []byte }

func (m *memory) ReadAt(b []byte, at int64) (int, error) { return bytes.NewReader(m.b).ReadAt(b, at) }

func (m *memory) WriteAt(b []byte, at int64) (int, error) {
	if int(at) != len(m.b) {
		return 0, io.ErrShortWrite // an archive only grows
	}
	m.b = append(m.b, b...)
	return len(b), nil
}

func (m *memory) Sync() error { return nil }

// election is a test election with all its secrets.
type election struct {
	file        *memory
	box         *ballot.Box
	uuid        string
	credentials []ballot.Credential
	trustees    ballot.Trustees
	owners      []group.Secret // by owner, the first at index 0
	election    []byte
}

func must[T any](t testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

var yesNoBlank = ballot.Question{Text: "Strike?", Answers: []string{"Yes", "No"}, Blank: new(true), Min: 1, Max: 1}

// newElection sets an election up. singles counts the trustees of that kind; a threshold above 0 adds members, of whom that many must
// decrypt.
func newElection(t testing.TB, voters, singles, threshold, members int, questions ...ballot.Question) *election {
	t.Helper()
	var trustees ballot.Trustees
	var owners []group.Secret
	for range singles {
		x := must[group.Secret](t)(group.RandomSecret(rand.Reader))
		key := must[pki.PublicKey](t)(pki.NewPublicKey(rand.Reader, x, ""))
		trustees = append(trustees, ballot.Trustee{Single: &key})
		owners = append(owners, x)
	}
	if threshold > 0 {
		p, keys := ceremony(t, threshold, members)
		trustees = append(trustees, ballot.Trustee{Pedersen: p})
		owners = append(owners, keys...)
	}
	return newElectionBy(t, voters, trustees, owners, questions...)
}

// newElectionBy sets an election up with these trustees, whose secrets are given by owner.
func newElectionBy(t testing.TB, voters int, trustees ballot.Trustees, owners []group.Secret, questions ...ballot.Question) *election {
	t.Helper()
	e := &election{file: &memory{}, uuid: must[string](t)(ballot.NewUUID(rand.Reader)), trustees: trustees, owners: owners}
	var public ballot.Credentials
	for range voters {
		c := must[ballot.Credential](t)(ballot.NewCredential(rand.Reader))
		e.credentials = append(e.credentials, c)
		public = append(public, must[canon.Decimal](t)(c.Public(e.uuid)))
	}
	e.election = must[[]byte](t)(ballot.NewElection(e.uuid, "Test", "A test.", questions, e.trustees))
	e.box = must[*ballot.Box](t)(ballot.Create(e.file, rand.Reader, 1_795_294_951, e.election, e.trustees, public))
	return e
}

// ceremony runs a key generation among participants of ours.
func ceremony(t testing.TB, threshold, n int) (*pki.Threshold, []group.Secret) {
	t.Helper()
	var seeds []pki.Seed
	var certs, polynomials, outputs [][]byte
	for range n {
		seeds = append(seeds, must[pki.Seed](t)(pki.NewSeed(rand.Reader)))
		certs = append(certs, must[[]byte](t)(pki.NewCertificate(rand.Reader, seeds[len(seeds)-1])))
	}
	for _, seed := range seeds {
		polynomials = append(polynomials, must[[]byte](t)(pki.NewPolynomial(rand.Reader, certs, seed, threshold)))
	}
	inputs := must[[][]byte](t)(pki.VerifierInputs(certs, polynomials))
	for j, seed := range seeds {
		outputs = append(outputs, must[[]byte](t)(pki.VerifierOutput(rand.Reader, certs, seed, inputs[j], "")))
	}
	public, dkeys, err := pki.Finish(certs, polynomials, outputs)
	if err != nil {
		t.Fatal(err)
	}
	var keys []group.Secret
	for j, seed := range seeds {
		keys = append(keys, must[group.Secret](t)(pki.OpenDecryptionKey(seed, dkeys[j])))
	}
	return public, keys
}

func (e *election) cast(t testing.TB, voter int, votes ...[]int) []byte {
	t.Helper()
	raw := must[[]byte](t)(e.box.Election().NewBallot(rand.Reader, e.credentials[voter], votes))
	must[ballot.Receipt](t)(e.box.AppendBallot(raw))
	return raw
}

// count closes the vote and decrypts with these owners, counted from 1.
func (e *election) count(t testing.TB, owners ...int) {
	t.Helper()
	for _, step := range []func() error{e.box.EndBallots, e.box.AppendTally} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	for _, owner := range owners {
		part, _, err := e.box.Decrypt(rand.Reader, owner, e.owners[owner-1])
		if err != nil {
			t.Fatal(err)
		}
		if err := e.box.AppendDecryption(owner, part); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.box.AppendResult(); err != nil {
		t.Fatal(err)
	}
}

func TestAWholeElectionIsCountedAndVerifies(t *testing.T) {
	t.Parallel()

	some := ballot.Question{Text: "Which?", Answers: []string{"a", "b", "c"}, Min: 0, Max: 2}
	e := newElection(t, 5, 1, 2, 3, yesNoBlank, some)
	e.cast(t, 0, []int{0, 1, 0}, []int{1, 1, 0})
	e.cast(t, 1, []int{0, 0, 1}, []int{0, 0, 0})
	e.cast(t, 2, []int{1, 0, 0}, []int{0, 1, 0})
	old := e.cast(t, 3, []int{0, 0, 1}, []int{0, 1, 1})
	e.cast(t, 3, []int{0, 1, 0}, []int{0, 0, 1})
	if _, err := e.box.AppendBallot(old); err != nil {
		t.Errorf("the same bytes again: %v", err)
	}
	e.count(t, 4, 1, 2)

	want := [][]int{{1, 2, 1}, {1, 2, 1}}
	r, err := verify(e.file.b, ballot.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, r.Result); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(r, e.box.Report()); diff != "" {
		t.Errorf("the box says something else than its archive:\n%s", diff)
	}
	if r.BallotEvents != 5 || r.BallotsCounted != 4 {
		t.Errorf("%d ballots, %d counted", r.BallotEvents, r.BallotsCounted)
	}
}

func TestABoxRefusesWhatVerifyWouldRefuse(t *testing.T) {
	t.Parallel()

	e := newElection(t, 2, 1, 0, 0, yesNoBlank)
	raw := e.cast(t, 0, []int{0, 1, 0})
	stranger := must[ballot.Credential](t)(ballot.NewCredential(rand.Reader))
	strange := must[[]byte](t)(e.box.Election().NewBallot(rand.Reader, stranger, [][]int{{0, 1, 0}}))
	size := e.box.Size()
	for _, test := range []struct {
		name, reason string
		do           func() error
	}{
		{"a stranger's ballot", "ballot.credential", func() error { _, err := e.box.AppendBallot(strange); return err }},
		{"a ballot with one digit changed", "ballot.element", func() error {
			i := bytes.Index(raw, []byte(`"alpha":"`)) + 20
			bad := bytes.Clone(raw)
			bad[i] = '0' + (bad[i]-'0'+1)%10
			_, err := e.box.AppendBallot(bad)
			return err
		}},
		{"a tally before the close", "event.order", e.box.AppendTally},
		{"a result before decryption", "decryption.missing", e.box.AppendResult},
	} {
		var r *ballot.Reject
		if err := test.do(); !errors.As(err, &r) || r.Reason != test.reason {
			t.Errorf("%s: got %v, want %s", test.name, err, test.reason)
		}
	}
	if e.box.Size() != size {
		t.Error("something was written")
	}
	if _, err := verify(e.file.b, ballot.Options{}); err != nil {
		t.Error(err)
	}
}

func TestVotesAreCheckedBeforeEncryption(t *testing.T) {
	t.Parallel()

	e := newElection(t, 1, 1, 0, 0, yesNoBlank)
	for _, test := range []struct {
		votes  [][]int
		reason string
	}{
		{nil, "votes.shape"},
		{[][]int{{0, 1}}, "votes.shape"},
		{[][]int{{0, 2, 0}}, "votes.range"},
		{[][]int{{0, 1, 1}}, "votes.range"},
		{[][]int{{0, 0, 0}}, "votes.range"},
		{[][]int{{1, 1, 0}}, "votes.blank_mixed"},
	} {
		var v *ballot.VotesError
		if _, err := e.box.Election().NewBallot(rand.Reader, e.credentials[0], test.votes); !errors.As(err, &v) || v.Reason != test.reason {
			t.Errorf("%v: got %v, want %s", test.votes, err, test.reason)
		}
	}
}
