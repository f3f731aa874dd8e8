// SPDX-License-Identifier: Apache-2.0

package ballot

import (
	"github.com/tenday/tenday/ballot/bel"
	"github.com/tenday/tenday/ballot/canon"
)

// Reject is why an archive, or a record that was to be appended, is refused.
type Reject = bel.Reject //nolint:errname // the spec's word

// fail returns the refusal of a record whose place the caller adds (bel.Record.At).
func fail(reason, field, detail string) *canon.Error {
	return &canon.Error{Reason: reason, Field: field, Detail: detail}
}
