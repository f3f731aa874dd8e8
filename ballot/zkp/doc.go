// SPDX-License-Identifier: Apache-2.0

// Package zkp holds the zero-knowledge proofs of an election: knowledge of one logarithm (keys, signatures), equality of two
// (decryptions), and disjunctions over ElGamal ciphertexts (votes). Challenges are hashes of texts (Fiat and Shamir), so every
// function takes the prefix that binds a proof to its place; the prefixes are the spec's, sections 7 to 9.
//
// A Proof is challenge and response; commitments are recomputed, never sent. Provers use constant-time arithmetic only and do the
// same work whichever branch is true. Nonces are drawn anew for every proof and erased after it.
package zkp
