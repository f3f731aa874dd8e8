// SPDX-License-Identifier: Apache-2.0

package pki

import "fmt"

// Error is why a step of the key generation stops.
type Error struct {
	Reason      string // dkg.count, dkg.not_mine, dkg.cert, dkg.coefexps, dkg.channel, dkg.secret or dkg.key
	Participant int    // counted from 1; 0 if none is to blame
	Message     string
}

func (e *Error) Error() string {
	if e.Participant == 0 {
		return fmt.Sprintf("%s (%s)", e.Message, e.Reason)
	}
	return fmt.Sprintf("participant %d: %s (%s)", e.Participant, e.Message, e.Reason)
}
