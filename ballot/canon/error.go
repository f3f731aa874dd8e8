// SPDX-License-Identifier: Apache-2.0

package canon

// Error is why a record is refused: a reason of the list in the spec and the JSON pointer of the field, "" for the whole record.
type Error struct {
	Reason string
	Field  string
	Detail string
}

// The reasons of this package, in the order in which they are looked for.
const (
	Syntax    = "json.syntax"
	Schema    = "json.schema"
	Canonical = "json.canonical"
)

func (e *Error) Error() string {
	s := e.Detail + " (" + e.Reason + ")"
	if e.Field != "" {
		s = e.Field + ": " + s
	}
	return s
}
