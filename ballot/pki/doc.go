// SPDX-License-Identifier: Apache-2.0

// Package pki is what trustees exchange before an election: proved public keys (Single), and the six steps by which n of them make a
// key that any t can use (Pedersen; spec, section 8). Participants may run different programs.
//
// Every step is a pure function from files to files: bytes in, bytes out, randomness an argument. Errors are *Error and name the
// participant to blame. A ceremony that fails starts again without that participant; complaints are not automated.
//
// Secrets (seeds, polynomials, decryption keys) stay in group.Secret except inside sealed messages, and are erased after use.
package pki
