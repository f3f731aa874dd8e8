// SPDX-License-Identifier: Apache-2.0

// Package ballot holds secret ballots that anyone can verify: Belenios protocol version 1 in profile bel-v1 (group BELENIOS-2048,
// homomorphic questions with or without blank, trustees alone or t of n), archives included. Spec sections cited in comments are
// those of Tenday's ballot specification; S1 is the Belenios specification 2.0.
//
// In: archives and files by others, all of them hostile until verified; votes and keys of the one who holds them. Out: ballots,
// archives, a Report, or a *Reject that names reason, record and field. Not for: mixnets, weights, ranking, elections of more than
// 4,096 answers, who may vote, storage.
//
// Always: what was published is never rewritten; hashes cover the bytes received; secrets meet constant-time code only and never an
// error or a log; randomness and the time of creation are arguments. There is no clock, no network and no database here.
//
// Judge: Debian's belenios-tool 2.0. Where this package is stricter, the test names the vector that belenios-tool accepts.
//
// A voter parses the election (ParseElection), types a credential (ParseCredential) and casts (Election.NewBallot). A server creates
// and appends (Create, Box). Anybody verifies (Verify, VerifyDiff). Trustees' keys are in package pki.
package ballot
