// SPDX-License-Identifier: Apache-2.0

package bel

import "errors"

var errHash = errors.New("not a hash in lower-case hex")

// MarshalText returns the hash in hex, for encoding/json.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads a hash in hex.
func (h *Hash) UnmarshalText(b []byte) error {
	var ok bool
	if *h, ok = ParseHash(string(b)); !ok {
		return errHash
	}
	return nil
}
