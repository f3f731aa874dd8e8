// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"
)

// Phone is a telephone number. E164 is "+16515550142"; Ext is the extension's digits or "".
type Phone struct{ E164, Ext string }

// String returns "+16515550142" or "+16515550142 x12"; "" for none.
func (p Phone) String() string {
	if p.Ext != "" {
		return p.E164 + " x" + p.Ext
	}
	return p.E164
}

var (
	phoneExt  = regexp.MustCompile(`(?i)(?:\bext(?:ension|ensión)?|\bx|#)\.?\s*(\d{1,7})\s*$`)
	phoneWord = regexp.MustCompile(`(?i)\b(?:cell|cel|celular|mobile|movil|móvil|home|casa|work|office|oficina|trabajo|phone|ph|tel|c|h|m|w)\b[.:]?`)
	phoneSep  = regexp.MustCompile(`[/;,&]|\s+(?:or|and|o|y)\s+`)
	rounded   = regexp.MustCompile(`^\d(?:[.,]\d+)?[eE]\+?\d+$`)
)

// ReadPhone reads one telephone number as dialled in region ("US"). A cell with two numbers is a problem, not a choice:
// nobody knows which of them is hers.
func ReadPhone(s, region string) (Phone, Problem) {
	s = figure(s)
	if blank(s) {
		return Phone{}, ""
	}
	if rounded.MatchString(s) {
		return Phone{}, PhoneLost
	}
	s = strings.TrimSuffix(s, ".0")
	var p Phone
	if m := phoneExt.FindStringSubmatch(s); m != nil {
		p.Ext, s = m[1], s[:len(s)-len(m[0])]
	}
	s = phoneWord.ReplaceAllString(s, "")
	full := 0
	for _, part := range phoneSep.Split(s, -1) {
		if len(digits(part)) >= 7 {
			full++
		}
	}
	ds := digits(s)
	switch {
	case full > 1:
		return Phone{}, PhoneTwo
	case strings.ContainsFunc(s, unicode.IsLetter):
		return Phone{}, PhoneNotDigits
	case len(ds) < 10 && !strings.HasPrefix(s, "+"):
		return Phone{}, PhoneTooShort
	case len(ds) > 18:
		return Phone{}, PhoneTwo
	}
	n, err := phonenumbers.Parse(s, region)
	if err != nil {
		return Phone{}, PhoneNotDigits
	}
	if !phonenumbers.IsValidNumber(n) {
		switch phonenumbers.IsPossibleNumberWithReason(n) {
		case phonenumbers.TOO_SHORT, phonenumbers.IS_POSSIBLE_LOCAL_ONLY:
			return Phone{}, PhoneTooShort
		case phonenumbers.TOO_LONG:
			return Phone{}, PhoneTooLong
		}
		return Phone{}, PhoneBadArea
	}
	p.E164 = phonenumbers.Format(n, phonenumbers.E164)
	return p, ""
}

// digits returns the ASCII digits of s.
func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, s)
}

// allDigits reports whether s is one or more ASCII digits.
func allDigits(s string) bool { return s != "" && digits(s) == s }
