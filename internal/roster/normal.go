// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"

	"github.com/tenday/tenday/internal/roster/link"
)

// Note says what was done to a cell to read it; "" is nothing. Its words have the key "roster.note." + the note.
type Note string

// The notes.
const (
	ZeroRestored      Note = "zero_restored"
	EncodingRepaired  Note = "encoding_repaired"
	SpreadsheetSerial Note = "spreadsheet_serial"
	HoursOver40       Note = "hours_over_40"
	SpaceRemoved      Note = "space_removed"
	WorksiteByTown    Note = "worksite_by_town"
	JobUnknown        Note = "job_unknown"
	WordUnknown       Note = "word_unknown" // a shift, status or yes/no word that is in no table; the cell says nothing
)

// Problem says why a cell cannot be read; "" is none. Its words have the key "roster.problem." + the problem.
type Problem string

// The problems.
const (
	PhoneLost       Problem = "phone_lost_by_spreadsheet"
	PhoneTooShort   Problem = "phone_too_short"
	PhoneTooLong    Problem = "phone_too_long"
	PhoneBadArea    Problem = "phone_bad_area"
	PhoneNotDigits  Problem = "phone_not_digits"
	PhoneTwo        Problem = "phone_two"
	ZipLength       Problem = "zip_length"
	ZipNotDigits    Problem = "zip_not_digits"
	IDLost          Problem = "id_lost_by_spreadsheet"
	IDTooLong       Problem = "id_too_long"
	NPICheck        Problem = "npi_check"
	DateLost        Problem = "date_lost_by_spreadsheet"
	DateMonth       Problem = "date_month"
	DateForm        Problem = "date_form"
	FTERange        Problem = "fte_range"
	FTENotNumber    Problem = "fte_not_number"
	EmailForm       Problem = "email_form"
	WorkEmail       Problem = "contact.work_email"
	WorksiteUnknown Problem = "worksite_unknown"
	NameMissing     Problem = "name_missing"
)

// clean trims s, composes it (NFC), drops what cannot be seen and turns every run of white space into one space.
func clean(s string) string {
	plain := true
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == ' ' && (i == 0 || s[i-1] == ' ') {
			plain = false
			break
		}
	}
	if plain {
		return strings.TrimSuffix(s, " ")
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.Is(unicode.Cf, r), unicode.IsControl(r): // soft hyphens, byte-order marks, directions
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return norm.NFC.String(strings.Join(strings.Fields(s), " "))
}

// blank reports whether a cleaned cell only says that there is nothing to say.
func blank(s string) bool {
	switch strings.ToLower(s) {
	case "", "-", "--", "–", "—", ".", "n/a", "#n/a", "#ref!", "#value!", "#name?", "null", "nil", "none", "ninguno", "(blank)":
		return true
	}
	return false
}

// Fold returns s as names and words are compared: lower case, without marks, signs as spaces. See link.Fold.
func Fold(s string) string { return link.Fold(s) }

// repair cleans s and undoes the reading of UTF-8 as Windows-1252 ("NystrÃ¶m"), run by run and only where the result is
// valid UTF-8 of Latin letters; more than once if the list went through two such programs. It comes before cleaning, which drops the soft
// hyphen that stands for half of an í.
func repair(s string) (string, Note) {
	var note Note
	for {
		fixed := repairOnce(s)
		if fixed != s {
			note = EncodingRepaired
		}
		if fixed = clean(fixed); fixed == s {
			return s, note
		}
		s = fixed
	}
}

func repairOnce(s string) string {
	var out strings.Builder
	for len(s) > 0 {
		n := strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
		if n < 0 {
			n = len(s)
		}
		out.WriteString(s[:n])
		s = s[n:]
		n = strings.IndexFunc(s, func(r rune) bool { return r < utf8.RuneSelf })
		if n < 0 {
			n = len(s)
		}
		out.WriteString(decodeRun(s[:n]))
		s = s[n:]
	}
	return out.String()
}

func decodeRun(run string) string {
	raw := make([]byte, 0, len(run))
	for _, r := range run {
		b, ok := charmap.Windows1252.EncodeRune(r)
		if !ok {
			return run
		}
		raw = append(raw, b)
	}
	if !utf8.Valid(raw) || strings.ContainsFunc(string(raw), notLatin) {
		return run
	}
	return string(raw)
}

// notLatin reports whether r is no letter or sign of a Latin-script name: what decodes to one was not meant so.
func notLatin(r rune) bool {
	return r > 0x024F && !(0x1E00 <= r && r <= 0x1EFF) && !(0x2000 <= r && r <= 0x206F)
}
