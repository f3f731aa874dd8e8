// SPDX-License-Identifier: Apache-2.0

package notice

import (
	"fmt"
	"strings"
)

// The codes of an InputError.
const (
	eJSON         = "E-JSON"           // not JSON, not one object, or a key that does not exist
	eMissing      = "E-MISSING"        // a required key is absent
	eValue        = "E-VALUE"          // a value of the wrong type or not among those allowed
	eDuplicate    = "E-DUPLICATE"      // an id stands twice
	eRef          = "E-REF"            // a reference leads nowhere
	eOrder        = "E-ORDER"          // received before it was sent, or the like
	eAnnouncement = "E-ANNOUNCEMENT"   // a notice with several announcements needs notice#announcement
	eScope        = "E-START-SCOPE"    // sites in several zones: whose seven o'clock?
	eGap          = "E-TIME-GAP"       // a time that clocks skip
	eAmbiguous    = "E-TIME-AMBIGUOUS" // a time that clocks show twice, without its offset
	eOffset       = "E-TIME-OFFSET"    // an offset that is not in force then
	ePack         = "E-PACK"           // no rule pack, or several, or one that does not load
	ePath         = "E-PATH"           // an edit's path selects nothing
)

// InputError is one thing in a file that cannot be used. Nothing is fixed silently and nothing is evaluated beside one.
type InputError struct {
	Code  string // E-TIME-GAP and so on
	File  string // name as given to the loader, "" for an argument
	Line  int    // from 1; 0 where there is no file
	Col   int    // in characters, from 1
	Field string // actions[0].start
	Msg   string // what is wrong and what to write
}

// Error returns file:line:column: code field: message.
func (e *InputError) Error() string {
	var b strings.Builder
	if e.Line > 0 {
		fmt.Fprintf(&b, "%s:%d:%d: ", e.File, e.Line, e.Col)
	}
	b.WriteString(e.Code + " ")
	if e.Field != "" {
		b.WriteString(e.Field + ": ")
	}
	return b.String() + e.Msg
}

// InputErrors are the first 20 of a file, in its order. errors.As finds the first.
type InputErrors []*InputError

// Error returns one line an error.
func (all InputErrors) Error() string {
	lines := make([]string, len(all))
	for i, e := range all {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the single errors.
func (all InputErrors) Unwrap() []error {
	errs := make([]error, len(all))
	for i, e := range all {
		errs[i] = e
	}
	return errs
}

func inputErr(code, format string, args ...any) *InputError {
	return &InputError{Code: code, Msg: fmt.Sprintf(format, args...)}
}
