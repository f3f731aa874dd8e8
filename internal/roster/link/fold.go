// SPDX-License-Identifier: Apache-2.0

package link

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// letters that have no decomposition, as they are folded
var unfoldable = map[rune]string{
	'ß': "ss", 'ẞ': "ss", 'ø': "o", 'đ': "d", 'ð': "d", 'ł': "l", 'æ': "ae", 'œ': "oe", 'þ': "th", 'ı': "i", 'ħ': "h",
}

// Fold returns s as names and words are compared: lower case, without marks (NFD), ß as ss, ø as o, đ as d, ł as l, æ as
// ae; apostrophes and dots are dropped, every other sign is a space, and spaces are single.
func Fold(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	gap := false
	put := func(r rune) {
		if gap && b.Len() > 0 {
			b.WriteByte(' ')
		}
		gap = false
		b.WriteRune(r)
	}
	ascii := true
	for i := range len(s) {
		ascii = ascii && s[i] < utf8.RuneSelf
	}
	if !ascii {
		s = norm.NFD.String(s)
	}
	for _, r := range s {
		switch {
		case 'a' <= r && r <= 'z' || '0' <= r && r <= '9':
			put(r)
		case 'A' <= r && r <= 'Z':
			put(r + 'a' - 'A')
		case unicode.Is(unicode.Mn, r), strings.ContainsRune("'’‘ʼʻ`´.", r), unicode.Is(unicode.Cf, r):
		case unicode.IsLetter(r), unicode.IsDigit(r):
			r = unicode.ToLower(r)
			if to, ok := unfoldable[r]; ok {
				for _, t := range to {
					put(t)
				}
			} else {
				put(r)
			}
		default:
			gap = true
		}
	}
	return b.String()
}
