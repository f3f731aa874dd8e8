// SPDX-License-Identifier: Apache-2.0

// Package booth is what voters, trustees and observers run in their own browser: small ES modules without dependencies, served as
// they are written. They encrypt and cast, make and use trustees' keys, and verify archives, by the same rules as package ballot.
//
// In: bytes of an election or archive, a credential, a passphrase. Out: ballots, public keys, partial decryptions. A choice, a
// credential or a private key never leaves the device in the clear; randomness, hashes and ciphers are the browser's own.
//
// Not for: pages and their words (README.md says what a page must hold), storage, who may vote.
//
// Judges: package ballot and Debian's belenios-tool, on random ballots made in Node and in Chromium.
package booth
