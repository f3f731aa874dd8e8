// SPDX-License-Identifier: Apache-2.0

package sheet

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// RepairMojibake undoes a UTF-8 text that a program once read as Windows-1252 ("NYSTRÃ¶M" was "NYSTRöM"). It returns s and
// false unless every character of s is one of Windows-1252 and the bytes they stand for are valid UTF-8, which a text with a
// true "ö" or "é" never is.
func RepairMojibake(s string) (string, bool) {
	var b strings.Builder
	changed := false
	for _, r := range s {
		c, ok := charmap.Windows1252.EncodeRune(r)
		if !ok {
			// Five bytes have no character in Windows-1252; programs pass them through as C1 controls.
			if r < 0x80 || r > 0x9f {
				return s, false
			}
			c = byte(r)
		}
		changed = changed || c >= utf8.RuneSelf
		b.WriteByte(c)
	}
	if !changed || !utf8.ValidString(b.String()) {
		return s, false
	}
	return b.String(), true
}
