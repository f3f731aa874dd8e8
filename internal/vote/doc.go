// SPDX-License-Identifier: Apache-2.0

// Package vote is the room of secret ballots that members can check: a draft, a frozen electoral roll, trustees who make the key on
// their own devices, a credential officer apart from the officers, a booth, a count, and an archive for anybody, on the engine ballot.
//
// Enters: drafts, challenges, public keys, public credentials, encrypted ballots, partial decryptions, paper totals. Leaves: the
// archive (.bel), signed receipts and heads, trackers, counts of the whole unit.
//
// Always: what is on the board was verified by the engine first and is never changed; a ballot has no time and its sender no name, so
// casting writes no audit record; the server sees no private credential and no private key; no tally is split by clinic; whoever
// makes the credentials is no officer of the vote and no trustee; what counts is asked for by one human and confirmed by another (ask.go,
// second.go); where voters come nobody is known (apart.go). A second look at the electronic count is belenios-tool's.
package vote
