// SPDX-License-Identifier: Apache-2.0

package roster

import "strings"

// figure cleans a cell of digits and drops the apostrophe by which a spreadsheet marks them as text.
func figure(s string) string { return strings.TrimLeft(clean(s), "' ") }

// ZIP is a US postal code: five digits, and four more if the list has them.
type ZIP struct{ Five, Plus4 string }

// String returns "55033" or "55033-1234"; "" for none.
func (z ZIP) String() string {
	if z.Plus4 != "" {
		return z.Five + "-" + z.Plus4
	}
	return z.Five
}

// ReadZIP reads a ZIP. Four or eight digits are one that lost its leading zero to a spreadsheet.
func ReadZIP(s string) (ZIP, Note, Problem) {
	s = figure(s)
	if blank(s) {
		return ZIP{}, "", ""
	}
	s = strings.NewReplacer("-", "", " ", "", "–", "").Replace(strings.TrimSuffix(s, ".0"))
	if !allDigits(s) {
		return ZIP{}, "", ZipNotDigits
	}
	var note Note
	if len(s) == 4 || len(s) == 8 {
		s, note = "0"+s, ZeroRestored
	}
	switch len(s) {
	case 5:
		return ZIP{Five: s}, note, ""
	case 9:
		return ZIP{Five: s[:5], Plus4: s[5:]}, note, ""
	}
	return ZIP{}, "", ZipLength
}

// ReadEmployeeNumber reads an employer's number for a person. A number of digits gets its zeros back up to width, the
// length of this employer's numbers; width 0 means unknown and restores nothing.
func ReadEmployeeNumber(s string, width int) (string, Note, Problem) {
	s = figure(s)
	if blank(s) {
		return "", "", ""
	}
	if rounded.MatchString(s) {
		return "", "", IDLost
	}
	s = clean(strings.ToUpper(strings.ReplaceAll(s, " ", "")))
	if whole, ok := strings.CutSuffix(s, ".0"); ok && allDigits(whole) {
		s = whole
	}
	if width > 0 && len(s) > width {
		return "", "", IDTooLong
	}
	if allDigits(s) && len(s) < width {
		return strings.Repeat("0", width-len(s)) + s, ZeroRestored, ""
	}
	return s, "", ""
}

// NumberWidth returns the commonest length of the numbers in a column, the longer of two equally common; 0 if there are
// none. It proposes the width of an employer's numbers when nobody has said it yet.
func NumberWidth(cells []string) int {
	count := map[int]int{}
	best := 0
	for _, c := range cells {
		c = strings.TrimSuffix(clean(c), ".0")
		if !allDigits(c) {
			continue
		}
		n := len(c)
		count[n]++
		if count[n] > count[best] || count[n] == count[best] && n > best {
			best = n
		}
	}
	return best
}

// ReadNPI reads a National Provider Identifier and checks its Luhn digit over the prefix 80840 (45 CFR 162.406).
func ReadNPI(s string) (string, Problem) {
	s = figure(s)
	if blank(s) {
		return "", ""
	}
	if rounded.MatchString(s) {
		return "", IDLost
	}
	s = strings.TrimSuffix(s, ".0")
	if !allDigits(s) || len(s) != 10 || s[0] != '1' && s[0] != '2' {
		return "", NPICheck
	}
	sum := 24 // what the prefix 80840 adds
	for i := range 10 {
		d := int(s[i] - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	if sum%10 != 0 {
		return "", NPICheck
	}
	return s, ""
}
