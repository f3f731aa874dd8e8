// SPDX-License-Identifier: Apache-2.0

// Package fault holds the errors that a person may read.
//
// An Error carries a stable code, the key of a sentence and the values in it; the sentence is written at the edge, in the
// reader's language. What else went wrong travels in Err for the log and never reaches a page. Everything that is not an
// *Error is "internal": the reader learns that it failed and nothing more. Standard library only, so that every package,
// engines among them, may return one.
package fault

import (
	"errors"
	"fmt"
	"strings"
)

// Code says what kind of refusal an Error is; the web maps it to a status and the command line to an exit code.
type Code string

// The codes. OK is what CodeOf returns for nil.
const (
	OK        Code = ""
	Invalid   Code = "invalid"   // what was sent cannot be used; Field or Problems say where
	SignedOut Code = "signedout" // nobody is signed in
	Forbidden Code = "forbidden" // signed in, and this is not part of the role
	Missing   Code = "missing"   // there is none, or none within the grant: the two look the same
	Conflict  Code = "conflict"  // the state or somebody else's change stands against it
	TooLarge  Code = "toolarge"  // over a limit
	TooMany   Code = "toomany"   // asked too often
	Internal  Code = "internal"  // ours; CodeOf returns it for every error that is not an *Error
)

// Error is a refusal in words. Key names the sentence in the text files and Args its values; Field is the form field or
// column it is about, if any. Problems holds the single problems of bad input, each with its own Field and Args. Err is for
// the log only.
type Error struct {
	Code     Code
	Key      string
	Args     map[string]any
	Field    string
	Problems []*Error
	Err      error
}

// Error returns key, field and arguments for logs and tests. It may hold what was typed: never log it beside a request;
// log Key and Code.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Key)
	if e.Field != "" {
		b.WriteString(" [" + e.Field + "]")
	}
	if len(e.Args) > 0 {
		fmt.Fprintf(&b, " %v", e.Args)
	}
	for _, p := range e.Problems {
		b.WriteString("; " + p.Error())
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

// Unwrap returns the cause that only the log sees.
func (e *Error) Unwrap() error { return e.Err }

// New returns an Error with the given code and sentence. args are pairs of name and value.
func New(code Code, key string, args ...any) *Error {
	return &Error{Code: code, Key: key, Args: pairs(args)}
}

// Field returns an Invalid about one form field or column.
func Field(field, key string, args ...any) *Error {
	return &Error{Code: Invalid, Key: key, Field: field, Args: pairs(args)}
}

// Join returns one Invalid that holds every problem, or nil if there is none.
func Join(problems ...*Error) error {
	var all []*Error
	for _, p := range problems {
		if p != nil {
			all = append(all, p)
		}
	}
	switch len(all) {
	case 0:
		return nil
	case 1:
		return all[0]
	}
	return &Error{Code: Invalid, Key: "fault.problems", Args: map[string]any{"N": len(all)}, Problems: all}
}

// CodeOf returns OK for nil, the code of the first *Error in err's tree, else Internal.
func CodeOf(err error) Code {
	if err == nil {
		return OK
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return Internal
}

func pairs(args []any) map[string]any {
	if len(args) == 0 {
		return nil
	}
	m := make(map[string]any, len(args)/2)
	for i := 0; i+1 < len(args); i += 2 {
		m[fmt.Sprint(args[i])] = args[i+1]
	}
	return m
}
