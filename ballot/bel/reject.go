// SPDX-License-Identifier: Apache-2.0

package bel

import (
	"errors"
	"fmt"
	"strings"

	"github.com/tenday/tenday/ballot/canon"
)

// Reject is why an archive is refused: the first failure in the order of section 10, however many workers looked.
type Reject struct { //nolint:errname // the spec's word
	Reason  string // a code of the spec, like tar.header
	Record  int    // 0 is the BELENIOS record, -1 if no record is to blame
	Offset  int64  // of the record's header in the file, -1 with Record
	Height  int    // of the event that the record belongs to, -1 if none
	Field   string // JSON pointer within the record, may be empty
	Message string // a half sentence in English
}

func (r *Reject) Error() string {
	var place []string
	if r.Record >= 0 {
		place = append(place, fmt.Sprintf("record %d", r.Record))
	}
	if r.Height >= 0 {
		place = append(place, fmt.Sprintf("event at height %d", r.Height))
	}
	if r.Field != "" {
		place = append(place, r.Field)
	}
	s := r.Message + " (" + r.Reason + ")"
	if len(place) > 0 {
		s = strings.Join(place, ", ") + ": " + s
	}
	return s
}

// At returns err, found in rec at a height, as a *Reject if it is a *canon.Error, and unchanged otherwise.
func (rec Record) At(height int, err error) error {
	if e, ok := errors.AsType[*canon.Error](err); ok {
		return &Reject{e.Reason, rec.Index, rec.Offset, height, e.Field, e.Detail}
	}
	return err
}

// Refuse returns the Reject of rec at a height.
func (rec Record) Refuse(height int, reason, field, message string) error {
	return &Reject{reason, rec.Index, rec.Offset, height, field, message}
}

// Refuse returns a Reject that no record is to blame for.
func Refuse(reason, message string) error { return &Reject{reason, -1, -1, -1, "", message} }
