// SPDX-License-Identifier: Apache-2.0

package vote

import (
	"maps"
	"slices"
	"testing"

	"github.com/tenday/tenday/internal/drawn"
)

func TestTheLifeOfAVoteIsDrawnInTheDocuments(t *testing.T) {
	t.Parallel()

	who := map[Event]string{
		freeze: "two people on two devices", seal: "two people on two devices", certify: "two people on two devices",
		callOff: "two people on two devices, and nobody once a trustee has decrypted", open: "the clock, at the draft's hour",
		closing: "the clock, at the draft's hour", count: "the trustees: the last part that is needed",
	}
	var steps []drawn.Step
	for _, from := range []State{Drafted, Rolled, Sealed, Open, Counting, Counted, Certified, CalledOff} {
		for _, e := range slices.Sorted(maps.Keys(next[from])) {
			steps = append(steps, drawn.Step{From: string(from), Event: string(e), To: string(next[from][e]), Who: who[e]})
			if who[e] == "" {
				t.Errorf("who does %s is not said", e)
			}
		}
	}
	drawn.Section(t, drawn.Machine("Votes", steps, `
Never: anything after declared or called off, a way back from sealed, a call-off after the first decryption.

Two people also appoint who makes the credentials and who holds the keys, and withdraw a paper total that was witnessed. A challenge to
the roll is decided by somebody else than who filed it, an appeal by somebody else again; a paper total is witnessed by somebody else
than who entered it.
`))
}
