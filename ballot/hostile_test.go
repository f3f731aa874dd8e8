// SPDX-License-Identifier: Apache-2.0

package ballot_test

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"github.com/tenday/tenday/ballot"
)

// hostileCase is an archive that somebody tampered with; all hashes, heights and headers were made right again.
type hostileCase struct {
	name    string
	archive []byte
	reason  string // "" if it is an election all the same
	record  int    // that is to blame; -2 if that is not the point
}

// judge returns what is wrong with our verdict, "" if nothing is.
func (c hostileCase) judge() string {
	_, err := verify(c.archive, ballot.Options{Jobs: 1})
	r, refused := errors.AsType[*ballot.Reject](err)
	switch {
	case err != nil && !refused:
		return fmt.Sprintf("an error without a reason: %v", err)
	case len(fmt.Sprint(err)) > 300:
		return fmt.Sprintf("%d bytes of error", len(err.Error()))
	case err == nil && c.reason != "" || refused && r.Reason != c.reason:
		return fmt.Sprintf("got %v, want %s", err, c.reason)
	case refused && c.record >= 0 && r.Record != c.record:
		return fmt.Sprintf("got record %d, want %d: %v", r.Record, c.record, err)
	}
	return ""
}

// inParallel calls do for every case, on all processors.
func inParallel(cases []hostileCase, do func(hostileCase)) {
	next := make(chan hostileCase)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for c := range next {
				do(c)
			}
		})
	}
	for _, c := range cases {
		next <- c
	}
	close(next)
	workers.Wait()
}

func TestWhateverIsChangedInAnArchiveIsRefusedForItsReason(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("-short: a thousand hostile archives take some seconds")
	}
	cases := newLab(t).cases(t)
	inParallel(cases, func(c hostileCase) {
		if wrong := c.judge(); wrong != "" {
			t.Errorf("%s: %s", c.name, wrong)
		}
	})
	t.Logf("%d archives", len(cases))
}

// TestWhatWeAcceptOfAHostileKindBeleniosToolAcceptsToo is the direction that matters: nothing passes here that the judge refuses.
func TestWhatWeAcceptOfAHostileKindBeleniosToolAcceptsToo(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("-short: belenios-tool takes half a second an archive")
	}
	b, l := newTool(t), newLab(t)
	var accepted []hostileCase
	for _, c := range l.cases(t) {
		if c.reason == "" {
			accepted = append(accepted, c)
		}
	}
	inParallel(accepted, func(c hostileCase) {
		if why := b.refusal(t, l.uuid, c.archive); why != nil {
			t.Errorf("%s: %v", c.name, why)
		}
	})
	t.Logf("%d archives", len(accepted))
}
