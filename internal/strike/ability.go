// SPDX-License-Identifier: Apache-2.0

package strike

import "github.com/tenday/tenday/internal/auth"

// The abilities of this room, as grants.json names them. Read is of plans, papers, proofs and verdicts; what everybody is told
// (what is on, where, since when) needs none.
const (
	mayRead    auth.Ability = "strike.read"
	mayAct     auth.Ability = "strike.act"
	mayConfirm auth.Ability = "strike.confirm"
)
