// SPDX-License-Identifier: Apache-2.0

// Package group computes in BELENIOS-2048, the subgroup of prime order q (256 bits) of the integers modulo p (2048 bits).
//
// There are two kinds of exponents, and they do not mix. A Scalar is public: powers of it take as long as they take, share
// squarings (Powers) and large tables (Table). A Secret is never printed and only meets constant-time code: SecretTable for a fixed
// base, PowSecret for any other. A Secret becomes public in two named places only, Respond (the end of a proof) and Reveal.
//
// Randomness is always an argument. Constant time holds as far as Go gives it: no secret-dependent branch or index in the source;
// filippo.io/bigmod computes modulo q, and modulo p for variable bases.
package group
