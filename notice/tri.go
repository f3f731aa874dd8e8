// SPDX-License-Identifier: Apache-2.0

package notice

// Tri is a fact that may be unknown; the zero value is.
type Tri int8

// The values of a Tri. The order makes "and" a minimum and "or" a maximum (Kleene's strong logic).
const (
	No      Tri = -1
	Unknown Tri = 0
	Yes     Tri = 1
)

// String returns yes, no or unknown.
func (t Tri) String() string {
	switch t {
	case Yes:
		return "yes"
	case No:
		return "no"
	}
	return "unknown"
}

func triOf(b bool) Tri {
	if b {
		return Yes
	}
	return No
}
