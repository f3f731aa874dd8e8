// SPDX-License-Identifier: Apache-2.0

package ballot_test

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/tenday/tenday/ballot"
)

// fullDisk is a File whose writes fail from some moment on.
type fullDisk struct {
	*memory
	full bool
}

func (d *fullDisk) WriteAt(b []byte, at int64) (int, error) {
	if d.full {
		return 0, errors.New("no space left on device")
	}
	return d.memory.WriteAt(b, at)
}

// TestABallotThatWasNotWrittenGetsNoReceiptEvenWhenSentAgain: a receipt is the word that a ballot stands in the archive.
func TestABallotThatWasNotWrittenGetsNoReceiptEvenWhenSentAgain(t *testing.T) {
	t.Parallel()

	e := newElection(t, 2, 1, 0, 0, yesNoBlank)
	disk := &fullDisk{memory: e.file}
	box := must[*ballot.Box](t)(ballot.Open(context.Background(), disk, int64(len(e.file.b)), ballot.Options{}))
	first := must[[]byte](t)(box.Election().NewBallot(rand.Reader, e.credentials[0], [][]int{{0, 1, 0}}))
	want := must[ballot.Receipt](t)(box.AppendBallot(first))
	disk.full = true
	second := must[[]byte](t)(box.Election().NewBallot(rand.Reader, e.credentials[1], [][]int{{0, 1, 0}}))
	for try := range 3 {
		if r, err := box.AppendBallot(second); err == nil {
			t.Errorf("try %d: receipt %v for a ballot that is nowhere", try, r)
		}
	}
	// What was written before is certain, but a box that does not know its file says nothing.
	if r, err := box.AppendBallot(first); err == nil && r != want {
		t.Errorf("another receipt: %v", r)
	}
}

// TestADamagedArchiveIsNotTakenForACrashedWrite: only what one write can have left is cut off. Damage further up is for people to decide
// on: cutting there would drop ballots that have receipts.
func TestADamagedArchiveIsNotTakenForACrashedWrite(t *testing.T) {
	t.Parallel()

	e := newElection(t, 3, 1, 0, 0, yesNoBlank)
	setup := len(e.file.b)
	for i := range 3 {
		e.cast(t, i, []int{0, 1, 0})
	}
	one := (len(e.file.b) - setup) / 3
	for _, at := range []int{setup + 600, setup + 5, setup + one - 300, setup + one + 600, 700} {
		path := filepath.Join(t.TempDir(), e.uuid+".bel")
		damaged := slices.Clone(e.file.b)
		damaged[at] ^= 1
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		_, file, tail, err := ballot.OpenFile(context.Background(), path, ballot.Options{})
		if err == nil {
			file.Close()
		}
		after := must[[]byte](t)(os.ReadFile(path))
		if err == nil || tail != "" || !slices.Equal(after, damaged) {
			t.Errorf("a bit at %d of %d: error %v, tail %q, %d bytes left", at, len(damaged), err, tail, len(after))
		}
	}
}

// TestACrashWhileTheTailIsKeptAsideDoesNotShutTheArchive: the copy was made, the cut was not.
func TestACrashWhileTheTailIsKeptAsideDoesNotShutTheArchive(t *testing.T) {
	t.Parallel()

	e := newElection(t, 1, 1, 0, 0, yesNoBlank)
	path := filepath.Join(t.TempDir(), e.uuid+".bel")
	whole := len(e.file.b)
	for _, kept := range []struct {
		copy []byte
		ok   bool
	}{{make([]byte, 700), true}, {make([]byte, 300), false}, {append(make([]byte, 699), 1), false}} {
		if err := os.WriteFile(path, append(slices.Clone(e.file.b), make([]byte, 700)...), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path+".tail-700", kept.copy, 0o600); err != nil {
			t.Fatal(err)
		}
		_, file, tail, err := ballot.OpenFile(context.Background(), path, ballot.Options{})
		if err == nil {
			file.Close()
		}
		size := len(must[[]byte](t)(os.ReadFile(path)))
		if kept.ok && (err != nil || tail != path+".tail-700" || size != whole) || !kept.ok && (err == nil || size != whole+700) {
			t.Errorf("copy of %d bytes: %v, %d bytes left of %d", len(kept.copy), err, size, whole+700)
		}
		if again := must[[]byte](t)(os.ReadFile(path + ".tail-700")); !slices.Equal(again, kept.copy) {
			t.Error("the copy of an earlier crash was overwritten")
		}
	}
}
