// SPDX-License-Identifier: Apache-2.0

// Package board is the one page that answers "are we ready?", and the first page after signing in.
//
// It reads what the rooms keep and writes nothing but its timeline: dated entries with their sources, their certainty and who
// says otherwise. Every number stands with n of N, the list version and the day; a missing fact is said to be missing.
//
// Whoever may read the people's contacts may count them. Others see shares only where nobody can be worked out of them (Suppress, k = 5).
// How many people a worksite has is no secret to be kept from them: the employer's own list says it. Who has no contact on
// file is. What such a reader sees of one measure is always cut the same way, by region, so that no two tables can be
// subtracted from one another. A member finds her own record here, a captain her people.
package board
