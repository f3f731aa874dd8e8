// SPDX-License-Identifier: Apache-2.0

package ballot

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"runtime"
	"sync"

	"github.com/tenday/tenday/ballot/bel"
)

// Options of verification; the zero value is good.
type Options struct {
	// Jobs is how many ballots are checked at once; 0 means one per processor. The outcome does not depend on it.
	Jobs int
	// Random picks the subsets of batched membership tests; nil means the system's generator.
	Random io.Reader
	// ExpectHead is the hash of an event that must be in the archive: the head that was signed earlier. If it is not, the reason is
	// diff.not_prefix.
	ExpectHead *bel.Hash
	// SideProofs are files of Box.Decrypt by owner. They only serve to name who is to blame when no result can be decoded.
	SideProofs map[int][]byte
	// Progress is called after each event, in order, from the goroutine that called Verify. May be nil.
	Progress func(done, events int)
}

// Verify checks a whole archive: container, events, contents (section 10). It reads it twice, holds a few records at a time and, per
// ballot, hashes only. The error is a *Reject if the archive is to blame; the first failure is the same whatever Jobs is.
func Verify(ctx context.Context, archive io.ReaderAt, size int64, o Options) (*Report, error) {
	sum, s, err := verify(ctx, archive, size, o)
	if err != nil {
		return nil, err
	}
	return newReport(sum, s), nil
}

// VerifyDiff checks that an archive only grew: before passes container and events (else diff.old_invalid), it is a prefix of after
// byte by byte (else diff.not_prefix), and after verifies.
func VerifyDiff(ctx context.Context, before io.ReaderAt, beforeSize int64, after io.ReaderAt, afterSize int64, o Options) (*Report, error) {
	if _, err := bel.Scan(ctx, before, beforeSize); err != nil {
		if r, ok := errors.AsType[*Reject](err); ok {
			return nil, bel.Refuse("diff.old_invalid", "the earlier archive: "+r.Error())
		}
		return nil, err
	}
	same, err := prefix(before, beforeSize, after, afterSize)
	if err != nil {
		return nil, err
	}
	if !same {
		return nil, bel.Refuse("diff.not_prefix", "the later archive does not begin with the earlier one")
	}
	return Verify(ctx, after, afterSize, o)
}

func prefix(a io.ReaderAt, aSize int64, b io.ReaderAt, bSize int64) (bool, error) {
	if aSize > bSize {
		return false, nil
	}
	x, y := make([]byte, 1<<16), make([]byte, 1<<16)
	for at := int64(0); at < aSize; at += int64(len(x)) {
		n := int(min(int64(len(x)), aSize-at))
		if _, err := io.ReadFull(io.NewSectionReader(a, at, int64(n)), x[:n]); err != nil {
			return false, err
		}
		if _, err := io.ReadFull(io.NewSectionReader(b, at, int64(n)), y[:n]); err != nil {
			return false, err
		}
		if string(x[:n]) != string(y[:n]) {
			return false, nil
		}
	}
	return true, nil
}

func verify(ctx context.Context, archive io.ReaderAt, size int64, o Options) (*bel.Summary, *state, error) {
	sum, err := bel.Scan(ctx, archive, size)
	if err != nil {
		return nil, nil, err
	}
	v := &verifier{Options: o, archive: archive, sum: sum}
	if v.Random == nil {
		v.Random = rand.Reader
	}
	v.Jobs = cmp.Or(max(v.Jobs, 0), runtime.GOMAXPROCS(0))
	if err := v.run(ctx); err != nil {
		return nil, nil, err
	}
	if o.ExpectHead != nil && !v.headSeen {
		return nil, nil, bel.Refuse("diff.not_prefix", "the archive does not hold the event that was expected")
	}
	return sum, v.state, nil
}

// verifier is one run of pass C.
type verifier struct {
	Options
	archive  io.ReaderAt
	sum      *bel.Summary
	state    *state
	headSeen bool
}

// task is one event on its way: its records are read in order, ballots are inspected by any worker, and events are taken in order.
type task struct {
	step      bel.Step
	data      [][]byte
	err       error
	inspected inspected
	done      chan struct{} // closed when inspected is there
}

// run is pass C. Setup comes first and alone, because all ballots are held against it.
func (v *verifier) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var workers sync.WaitGroup
	defer workers.Wait()
	defer cancel() // before Wait: workers stop when nobody listens

	inOrder := make(chan *task, 4*v.Jobs)
	ballots := make(chan *task, 4*v.Jobs)
	setUp := make(chan struct{})
	workers.Go(func() { v.read(ctx, setUp, inOrder, ballots) })
	for range v.Jobs {
		workers.Go(func() {
			for t := range ballots {
				t.inspected = v.state.inspect(t.data[0])
				close(t.done)
			}
		})
	}
	done := 0
	var last bel.Hash
	for t := range inOrder {
		if t.err != nil {
			return t.err
		}
		if !t.step.Follows(last) {
			return errors.New("verify: the archive changed while it was read")
		}
		last = t.step.Record.Hash
		if err := v.take(ctx, t); err != nil {
			return err
		}
		if t.step.Event.Type == bel.Setup {
			close(setUp)
		}
		if v.ExpectHead != nil && t.step.Record.Hash == *v.ExpectHead {
			v.headSeen = true
		}
		if done++; v.Progress != nil {
			v.Progress(done, v.sum.Events)
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if last != v.sum.Head { // what pass C looked at is what passes A and B did
		return errors.New("verify: the archive changed while it was read")
	}
	if v.state.tally != nil && v.state.ready() {
		return v.state.decode(v.SideProofs)
	}
	return nil
}

// read walks through the archive and hands out tasks until the end or until ctx is done.
func (v *verifier) read(ctx context.Context, setUp <-chan struct{}, inOrder, ballots chan<- *task) {
	defer close(inOrder)
	defer close(ballots)
	hand := func(to chan<- *task, t *task) bool {
		select {
		case to <- t:
			return true
		case <-ctx.Done():
			return false
		}
	}
	for step, err := range bel.Steps(v.archive, v.sum.Size) {
		t := &task{step: step, err: err}
		for i, rec := range step.Data {
			var content []byte
			if list := step.Event.Type == bel.Setup && i == 2; t.err == nil && !list { // the list is too long to hold
				content, t.err = bel.Read(v.archive, rec)
			}
			t.data = append(t.data, content)
		}
		if t.err == nil && step.Event.Type == bel.Ballot {
			t.done = make(chan struct{})
			select {
			case <-setUp:
			case <-ctx.Done():
				return
			}
			if !hand(ballots, t) {
				return
			}
		}
		if !hand(inOrder, t) || t.err != nil {
			return
		}
	}
}

// take brings the state up to one more event.
func (v *verifier) take(ctx context.Context, t *task) (err error) {
	s := v.state
	switch t.step.Event.Type {
	case bel.Setup:
		v.state, err = newState(v.archive, v.Random, t.step, t.data, func() io.Reader {
			return untilDone{ctx, bel.Content(v.archive, t.step.Data[2])}
		})
		return err
	case bel.Ballot:
		select {
		case <-t.done:
		case <-ctx.Done():
			return ctx.Err()
		}
		return s.ballot(t.step, t.inspected)
	case bel.EncryptedTally:
		return s.encryptedTally(t.step, t.data)
	case bel.PartialDecryption:
		return s.partialDecryption(t.step, t.data)
	case bel.Result:
		return s.finish(t.step, t.data[0], v.SideProofs)
	}
	return nil // EndBallots says nothing more than that it is there
}

// untilDone is a reader that stops with its context: the list of credentials is the one record whose check can take minutes.
type untilDone struct {
	ctx context.Context
	io.Reader
}

func (u untilDone) Read(b []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.Reader.Read(b)
}
