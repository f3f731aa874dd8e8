// SPDX-License-Identifier: Apache-2.0

package ballot_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tenday/tenday/ballot"
	"github.com/tenday/tenday/ballot/bel"
	"github.com/tenday/tenday/ballot/canon"
)

// Whoever has no credential does not have the costly part of the checks done for her: an archive's verification names the first failure
// in the order of section 10, the door the signature.
func TestAtTheDoorTheSignatureComesFirst(t *testing.T) {
	t.Parallel()

	e := newElection(t, 1, 1, 0, 0, yesNoBlank)
	raw := must[[]byte](t)(e.box.Election().NewBallot(rand.Reader, e.credentials[0], [][]int{{0, 1, 0}}))
	bad := regexp.MustCompile(`"alpha":"\d+"`).ReplaceAll(raw, []byte(`"alpha":"2"`)) // no member of the group
	_, err := e.box.Election().CheckBallot(bad, func(bel.Hash) bool { return true })
	var reason *canon.Error
	if !errors.As(err, &reason) || reason.Reason != "ballot.hash" {
		t.Errorf("the door says %v", err)
	}
	_, err = e.box.AppendBallot(bad)
	var reject *ballot.Reject
	if !errors.As(err, &reject) || reject.Reason != "ballot.element" {
		t.Errorf("the box says %v", err)
	}
}

// swapped is a file that is another one from its second reading on.
type swapped struct {
	first, second []byte
	begun         int
}

func (s *swapped) ReadAt(p []byte, at int64) (int, error) {
	if at == 0 {
		s.begun++
	}
	if s.begun > 1 {
		return bytes.NewReader(s.second).ReadAt(p, at)
	}
	return bytes.NewReader(s.first).ReadAt(p, at)
}

// What was verified is what was hashed: an archive that is exchanged between the passes, for one that is as valid, is noticed.
func TestAnArchiveThatIsExchangedWhileItIsReadIsNotVerified(t *testing.T) {
	t.Parallel()

	e := newElection(t, 1, 1, 0, 0, yesNoBlank)
	setup := slices.Clone(e.file.b)
	e.cast(t, 0, []int{0, 1, 0})
	first := slices.Clone(e.file.b)
	var second []byte
	for len(second) != len(first) { // numbers have as many digits as they like
		other := &memory{b: slices.Clone(setup)}
		box := must[*ballot.Box](t)(ballot.Open(context.Background(), other, int64(len(setup)), ballot.Options{}))
		must[ballot.Receipt](t)(box.AppendBallot(must[[]byte](t)(box.Election().NewBallot(rand.Reader, e.credentials[0], [][]int{{0, 0, 1}}))))
		second = other.b
	}
	_, err := ballot.Verify(context.Background(), &swapped{first: first, second: second}, int64(len(first)), ballot.Options{})
	if err == nil || !strings.Contains(err.Error(), "changed while it was read") {
		t.Errorf("%v", err)
	}
}

// cancelling is a file whose reader loses patience once part of it is read for the last time.
type cancelling struct {
	memory
	begun    int // readings from the front
	from, to int64
	cancel   func()
	after    int // readings after that
}

func (c *cancelling) ReadAt(p []byte, at int64) (int, error) {
	if at == 0 {
		c.begun++
	}
	if c.begun > 1 && at >= c.from && at < c.to {
		c.cancel()
		c.after++
	}
	return c.memory.ReadAt(p, at)
}

// The list of a large electorate takes minutes to check: whoever has seen enough need not wait for the end of it.
func TestVerificationStopsWithinTheListOfCredentials(t *testing.T) {
	t.Parallel()

	l := newElection(t, 1, 1, 0, 0, yesNoBlank)
	c := takeApart(t, l.file.b)
	c[0].data[2] = []byte(`["` + strings.Repeat(`2","`, 30_000) + `2"]`) // none is in the group: that is found out at the end
	archive := c.archive()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	from := int64(bytes.Index(archive, []byte(`["2","2"`)))
	file := &cancelling{memory: memory{archive}, from: from, to: from + int64(len(c[0].data[2])), cancel: cancel}
	if _, err := ballot.Verify(ctx, file, int64(len(archive)), ballot.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if file.after > 3 {
		t.Errorf("read on %d times", file.after)
	}
}

// A small file must not fill the memory: per slot, verification keeps elements.
func TestAnElectionHasNoMoreAnswersThanABallotCanHold(t *testing.T) {
	t.Parallel()

	l := newElection(t, 1, 1, 0, 0, yesNoBlank, ballot.Question{Text: "Which?", Answers: []string{"a", "b"}, Min: 1, Max: 1})
	for _, test := range []struct {
		answers int
		reason  string
	}{
		{4093, ""}, // and three of the question before
		{4094, "limit.size"},
		{300_000, "limit.size"},
	} {
		c := takeApart(t, l.file.b).with(0, 0, func(b []byte) []byte {
			return bytes.Replace(b, []byte(`["a","b"]`), []byte(`[`+strings.Repeat(`"",`, test.answers-1)+`""]`), 1)
		})
		_, err := verify(c.archive(), ballot.Options{Jobs: 1})
		r, _ := errors.AsType[*ballot.Reject](err)
		if test.reason == "" && err != nil || test.reason != "" && (r == nil || r.Reason != test.reason || r.Record != 1 || r.Field != "/questions/1") {
			t.Errorf("%d answers: %v", test.answers, err)
		}
	}
}
