// SPDX-License-Identifier: Apache-2.0

package ballot

import (
	"slices"
	"strings"

	"github.com/tenday/tenday/ballot/bel"
)

// Report is what a verified archive says.
type Report struct {
	UUID           string    `json:"uuid"`
	Fingerprint    string    `json:"fingerprint"`
	Stage          bel.Stage `json:"stage"`
	Credentials    int       `json:"credentials"`
	BallotEvents   int       `json:"ballot_events"`
	BallotsCounted int       `json:"ballots_counted"`
	FirstTracker   string    `json:"first_tracker"` // of the first ballot event; "" without ballots
	Head           Head      `json:"head"`
	Owners         []int     `json:"owners"` // who decrypted, in archive order
	Result         [][]int   `json:"result"` // counts by question and slot; null before the Result event
	Warnings       []Warning `json:"warnings"`

	// Counted holds the trackers of the ballots that count, sorted. The others were superseded by a later ballot of the same voter.
	Counted []string `json:"-"`
}

// Head names the last event: who signed it earlier can tell that nothing before it was changed.
type Head struct {
	Hash   bel.Hash `json:"hash"`
	Height int      `json:"height"`
}

// Warning is something that a verified archive does not exclude.
type Warning struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

// From these numbers on a result is not warned about; they are ours (spec, section 17).
const (
	smallElectorate = 20
	fewBallots      = 10
)

func newReport(sum *bel.Summary, s *state) *Report {
	r := &Report{
		UUID: s.election.UUID, Fingerprint: s.election.fingerprint, Stage: sum.Stage(),
		Credentials: len(s.voters), BallotEvents: sum.Counts[bel.Ballot], BallotsCounted: s.counted,
		Head: Head{sum.Head, sum.Height()}, Owners: append([]int{}, s.owners...), Counted: []string{},
	}
	if r.BallotEvents > 0 {
		r.FirstTracker = s.cast[0].tracker.Base64()
	}
	for _, last := range s.last {
		if last > 0 {
			r.Counted = append(r.Counted, s.cast[last-1].tracker.Base64())
		}
	}
	slices.Sort(r.Counted)
	if sum.Last == bel.Result {
		r.Result = s.result
	}
	r.Warnings = warnings(r, s)
	return r
}

func warnings(r *Report, s *state) []Warning {
	ws := []Warning{}
	warn := func(on bool, code, text string) {
		if on {
			ws = append(ws, Warning{"warn." + code, text})
		}
	}
	warn(len(s.keys) == 1, "one_trustee", "one trustee alone can decrypt every ballot")
	warn(slices.ContainsFunc(s.trustees, func(t Trustee) bool { return t.Pedersen != nil && t.Pedersen.Threshold == 1 }),
		"threshold_one", "one member of a threshold group can decrypt for all of it")
	warn(r.Result == nil, "no_result", "no result to check")
	warn(r.Credentials < smallElectorate, "small_electorate", "so few credentials that the result may tell how somebody voted")
	warn(r.Result != nil && s.counted < fewBallots, "few_ballots", "so few ballots that the result may tell how somebody voted")
	warn(slices.ContainsFunc(r.Result, func(counts []int) bool { return unanimous(counts, s.counted) }),
		"unanimous", "all who voted answered a question alike, so the result tells how each of them voted")
	return ws
}

func unanimous(counts []int, n int) bool {
	return !slices.ContainsFunc(counts, func(c int) bool { return c != 0 && c != n })
}

// Superseded reports whether a tracker that is in the archive does not count because its voter voted again.
func (r *Report) Superseded(tracker string) bool {
	_, found := slices.BinarySearchFunc(r.Counted, tracker, strings.Compare)
	return !found
}
