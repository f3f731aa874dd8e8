// SPDX-License-Identifier: Apache-2.0

// Package organize keeps what organizers learn and do: talks, assessments from 1 (with us) to 5 (against), who leads whom,
// structure tests, pledges; and it makes the campaign's numbers out of them.
//
// Facts are appended, with an id made where they were made, the moment they happened, and their author; a fact is taken back
// by another row, never by an edit. What is true now is the latest that counts, held in person_stand, which is derived in the
// transaction that changes a fact or the roster. Unknown is not yes: every share is x of n with the list's version, and n is
// the unit, or the part of it that the reader's grant reaches, never those who were asked. A closed test counts the people
// frozen at its close, whatever happens to the roster later. A private note is its author's alone. What leaves a grant is a
// count of one fixed partition, suppressed with its complements, and of closed things only.
package organize
