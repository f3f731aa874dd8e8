// SPDX-License-Identifier: Apache-2.0

package ballot

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
)

// RosterError is what is wrong with a list of voters.
type RosterError struct {
	Reason string // roster.csv, roster.no_id, roster.empty, roster.empty_id, roster.bad_id or roster.duplicate
	Line   int    // of the file, counted from 1
}

func (e *RosterError) Error() string { return fmt.Sprintf("line %d (%s)", e.Line, e.Reason) }

// ReadRoster reads the ids of a list of voters, in its order: CSV with a header that has a column "id". Other columns are not looked
// at. An id has no white space inside and occurs once. The error is a *RosterError (spec, section 12).
func ReadRoster(data []byte) ([]string, error) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	r.ReuseRecord = true
	head, err := r.Read()
	if errors.Is(err, io.EOF) {
		return nil, &RosterError{"roster.empty", 1}
	}
	if err != nil {
		return nil, rosterLine(err)
	}
	column := slices.Index(head, "id")
	if column < 0 {
		return nil, &RosterError{"roster.no_id", 1}
	}
	var ids []string
	seen := map[string]bool{}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, rosterLine(err)
		}
		id := strings.TrimSpace(row[column])
		line, _ := r.FieldPos(column)
		switch {
		case id == "":
			return nil, &RosterError{"roster.empty_id", line}
		case strings.ContainsFunc(id, func(c rune) bool { return unicode.IsSpace(c) || !unicode.IsPrint(c) }):
			return nil, &RosterError{"roster.bad_id", line}
		case seen[id]:
			return nil, &RosterError{"roster.duplicate", line}
		}
		seen[id] = true
		ids = append(ids, id)
	}
	if len(ids) == 0 {
		return nil, &RosterError{"roster.empty", 1}
	}
	return ids, nil
}

func rosterLine(err error) error {
	line := 1
	if e, ok := errors.AsType[*csv.ParseError](err); ok {
		line = e.Line
	}
	return &RosterError{"roster.csv", line}
}
