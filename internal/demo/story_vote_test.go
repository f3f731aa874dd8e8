// SPDX-License-Identifier: Apache-2.0

package demo

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tenday/tenday/ballot"
)

func TestTheStrikeVoteVerifiesAndSaysWhatItsReportSays(t *testing.T) {
	t.Parallel()

	archive, report, err := readVote()
	if err != nil {
		t.Fatal(err)
	}
	got, err := ballot.Verify(t.Context(), bytes.NewReader(archive), int64(len(archive)), ballot.Options{})
	if err != nil {
		t.Fatal(err)
	}
	plain := func(r *ballot.Report) (m map[string]any) {
		b, err := json.Marshal(r)
		if err == nil {
			err = json.Unmarshal(b, &m)
		}
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	if diff := cmp.Diff(plain(report), plain(got)); diff != "" {
		t.Errorf("make it anew by data/vote.sh (-kept +verified):\n%s", diff)
	}
	if yes := got.Result[0][1]; yes*100 <= 90*got.BallotsCounted { // F049
		t.Errorf("%d of %d is not over 90 percent", yes, got.BallotsCounted)
	}
}
