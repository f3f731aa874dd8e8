// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// NameCase writes a name that is all in capitals, or all in small letters, as names are written: McLaughlin, O’Brien,
// Schmidt-Crawford, Van der Berg. A name in mixed case is somebody's own spelling and stays.
func NameCase(s string) string {
	if !oneCase(s) {
		return s
	}
	words := strings.Fields(strings.ToLower(s))
	for i, w := range words {
		if i == 0 || !lowered[w] || !particles[Fold(words[i-1])] {
			words[i] = capital(w)
		}
	}
	return norm.NFC.String(strings.Join(words, " "))
}

// oneCase reports whether the letters of s are all capitals or all small. Capitals that a program wrote around a letter
// it did not know ("NYSTRöM", "GROß") count as capitals.
func oneCase(s string) bool {
	var upper, lower, asciiUpper, asciiLower int
	for _, r := range s {
		switch {
		case unicode.IsUpper(r):
			upper++
			if r < utf8.RuneSelf {
				asciiUpper++
			}
		case unicode.IsLower(r):
			lower++
			if r < utf8.RuneSelf {
				asciiLower++
			}
		}
	}
	return upper == 0 || lower == 0 || asciiUpper > 1 && asciiLower == 0
}

// capital writes one word of small letters with its capitals: after a hyphen or an apostrophe that follows one letter
// ("o'brien", not "ha'aheo"), and after Mc.
func capital(w string) string {
	var b strings.Builder
	up, letters := true, 0
	for _, r := range w {
		if up {
			r = unicode.ToTitle(r)
		}
		b.WriteRune(r)
		switch {
		case unicode.IsLetter(r):
			letters++
			up = letters == 2 && strings.HasSuffix(b.String(), "Mc")
		case r == '-' || r == '–' || r == '.':
			up, letters = true, 0
		case strings.ContainsRune("'’‘ʼ", r):
			up, letters = letters == 1, 0
		}
	}
	return b.String()
}
