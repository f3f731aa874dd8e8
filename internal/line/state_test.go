// SPDX-License-Identifier: Apache-2.0

package line

import (
	"maps"
	"slices"
	"testing"

	"github.com/tenday/tenday/internal/drawn"
)

func TestTheLivesOfBookingsAndIncidentsAreDrawnInTheDocuments(t *testing.T) {
	t.Parallel()

	who := map[Event]string{
		Leave: "herself until three hours before, later her captain; the strike, when it is off", Hold: "the system, when a place is free",
		Lapse: "the system, when the offer ran out", Take: "herself", Seek: "herself", Keep: "herself, or the clock half an hour before",
		Arrive: "check-in; it overrides a mark as absent", Miss: "her captain, from half an hour after the start", HandOver: "her captain, with the one who takes it in the same transaction",
	}
	var steps []drawn.Step
	for _, from := range []State{Booked, Waiting, Offered, SwapOffered, Absent} {
		for _, e := range slices.Sorted(maps.Keys(next[from])) {
			steps = append(steps, drawn.Step{From: string(from), Event: string(e), To: string(next[from][e]), Who: who[e]})
		}
	}
	drawn.Section(t, drawn.Machine("Bookings", steps, `
Never: a machine that marks somebody absent, two live bookings of one person at once, a check-in of one who waits: she is booked first, at
the line. Whoever finds all places taken begins as waitlist.
`))

	incidents := []drawn.Step{{From: "captured", Event: "describe", To: "described", Who: "captain or witness"}}
	for _, from := range []IncidentState{"captured", "described", "reviewed", "closed"} {
		for _, act := range from.Acts() {
			incidents = append(incidents, drawn.Step{From: string(from), Event: act, To: string(nextIncident[from][act]), Who: "lawyer or coordinator"})
		}
	}
	drawn.Section(t, drawn.Machine("Incidents", incidents, `
Words are added, never replaced; the picture as it was taken never changes.
`))
}
