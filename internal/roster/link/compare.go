// SPDX-License-Identifier: Apache-2.0

package link

import (
	"slices"
	"strings"
	"time"
)

// level is how near two cells are: an index into measure.levels, or missing.
type level = uint8

const missing level = 255

// measure is how cells of one kind are compared.
type measure struct {
	levels  []string  // codes, from differing to equal; the last but one place is kept for exchanged
	usual   []float64 // how often each is seen between two records of one person, before anything is known
	compare func(a, b *value) level
	most    []float64 // bits that each may add
	twins   bool      // cells may stand in another column of this measure by mistake
}

// same and exchanged return the levels for equal cells, and for cells that stand in each other's column.
func (m *measure) same() level      { return level(len(m.levels) - 2) }
func (m *measure) exchanged() level { return level(len(m.levels) - 1) }

func measureOf(twins bool, compare func(a, b *value) level, levels string, usual ...float64) measure {
	m := measure{levels: append(strings.Fields(levels), "exchanged"), usual: append(usual, 0.01), compare: compare, twins: twins}
	sum := 0.0
	for _, u := range m.usual {
		sum += u
	}
	for i := range m.usual {
		m.usual[i] /= sum
	}
	for _, code := range m.levels {
		most := heaviest
		if cap, ok := caps[code]; ok {
			most = cap
		}
		m.most = append(m.most, most)
	}
	return m
}

// heaviest is what equal cells of one column add at the most, in bits.
const heaviest = 24.0

// caps bounds what a level adds, whatever the rows at hand say: next door is not the same door.
var caps = map[string]float64{
	"differs": 0, "little": 0, "street": 0, "street_near": 1, "street_same": 1, "number": 2, "number_alike": 2,
}

var measures = map[Kind]measure{
	Given:    measureOf(true, compareName, "differs distant initial alike near short same", .04, .02, .02, .05, .08, .04, .75),
	Family:   measureOf(true, compareName, "differs distant initial alike near short same", .04, .02, .01, .05, .08, .02, .78),
	Name:     measureOf(true, compareWhole, "differs little some alike near same", .03, .03, .06, .10, .15, .63),
	Org:      measureOf(false, compareOrg, "differs little some part alike near same", .05, .05, .10, .10, .12, .15, .43),
	Text:     measureOf(false, compareOrg, "differs little some part alike near same", .10, .08, .10, .08, .10, .10, .43),
	Address:  measureOf(true, compareAddress, "differs street some number number_alike street_near street_same alike near same", .05, .02, .03, .04, .06, .03, .03, .08, .20, .46),
	Number:   measureOf(false, compareNumber, "differs near same", .10, .08, .82),
	Place:    measureOf(true, comparePlace, "differs distant alike near same", .12, .03, .05, .08, .72),
	Postcode: measureOf(false, comparePostcode, "differs area near same", .08, .05, .08, .79),
	Date:     measureOf(false, compareDate, "differs year days two_parts near same", .03, .03, .04, .06, .10, .74),
	Phone:    measureOf(false, compareCode, "differs two one same", .15, .02, .05, .78),
	Code:     measureOf(false, compareCode, "differs two one same", .03, .02, .08, .87),
	Email:    measureOf(false, compareEmail, "differs distant alike local near same", .12, .05, .05, .06, .12, .60),
	Category: measureOf(false, compareCategory, "differs some same", .12, .05, .83),
}

func compareName(a, b *value) level {
	x, y := a.text, b.text
	if len(x) > len(y) {
		x, y = y, x
	}
	switch {
	case len(x) == 1:
		if x[0] == y[0] {
			return 2
		}
		return 0
	case Nicknames(x, y), len(a.words)+len(b.words) > 2 && (contains(a.words, b.words) || contains(b.words, a.words)):
		return 5
	}
	near := alike(x, y, 0.78)
	switch {
	case near >= 0.94, len(x) > 3 && within(x, y, 1), len(x) == 3 && within(x, y, 1):
		return 4
	case near >= 0.88, len(x) > 5 && within(x, y, 2):
		return 3
	case near >= 0.78:
		return 1
	}
	return 0
}

// contains reports whether every word of b is in a.
func contains(a, b []string) bool {
	for _, w := range b {
		found := false
		for _, o := range a {
			found = found || o == w || Nicknames(o, w)
		}
		if !found {
			return false
		}
	}
	return true
}

func compareWhole(a, b *value) level {
	dice, part := overlap(a, b, alikeNames)
	switch {
	case dice >= 0.92:
		return 4
	case dice >= 0.78 || part >= 0.9 && min(len(a.words), len(b.words)) > 1:
		return 3
	case dice >= 0.55:
		return 2
	case dice >= 0.3:
		return 1
	}
	return 0
}

func compareOrg(a, b *value) level {
	dice, part := overlap(a, b, alikeWords)
	switch {
	case dice >= 0.9 || squashed(a, b):
		return 5
	case dice >= 0.75:
		return 4
	case part >= 0.9:
		return 3
	case dice >= 0.5:
		return 2
	case dice >= 0.25:
		return 1
	}
	return 0
}

// squashed reports whether two texts are nearly equal but for their spaces.
func squashed(a, b *value) bool {
	return within(a.glued, b.glued, min(3, min(len(a.glued), len(b.glued))/6))
}

func compareAddress(a, b *value) level {
	dice, part := overlap(a, b, alikeWords)
	if numbersDiffer(a.words, b.words) {
		dice, part = dice/2, 0 // 18th Street is not 19th Street
	}
	if dice < 0.85 && squashed(a, b) {
		dice = 0.9
	}
	if a.number == "" || b.number == "" {
		switch {
		case a.number != b.number && dice >= 0.85:
			return 6
		case dice >= 0.85:
			return 8
		case dice >= 0.6:
			return 7
		case dice >= 0.35:
			return 2
		}
		return 0
	}
	switch {
	case a.number == b.number && dice >= 0.85:
		return 8
	case a.number == b.number && (dice >= 0.4 || part >= 0.9):
		return 7
	case within(a.number, b.number, 1) && min(len(a.number), len(b.number)) > 1 && dice >= 0.85:
		return 4
	case dice >= 0.97:
		return 6
	case dice >= 0.8:
		return 5
	case a.number == b.number:
		return 3
	case dice >= 0.5:
		return 1
	}
	return 0
}

// numbersDiffer reports whether both streets have a number for a name and no such number is in both.
func numbersDiffer(a, b []string) bool {
	one, two := false, false
	for _, w := range a {
		one = one || isNumber(w)
		if isNumber(w) && slices.Contains(b, w) {
			return false
		}
	}
	for _, w := range b {
		two = two || isNumber(w)
	}
	return one && two
}

func compareNumber(a, b *value) level {
	if len(a.text)+len(b.text) > 2 && within(a.text, b.text, 1) {
		return 1
	}
	return 0
}

func comparePlace(a, b *value) level {
	near := alike(a.text, b.text, 0.76)
	switch {
	case near >= 0.93, min(len(a.text), len(b.text)) > 3 && within(a.text, b.text, 1), squashed(a, b):
		return 3
	case near >= 0.86, contains(a.words, b.words), contains(b.words, a.words), len(a.text) > 5 && within(a.text, b.text, 2):
		return 2
	case near >= 0.76:
		return 1
	}
	return 0
}

func comparePostcode(a, b *value) level {
	switch {
	case within(a.text, b.text, 1):
		return 2
	case area(a) == area(b):
		return 1
	}
	return 0
}

// area is the part of a postal code that names a district: the outward part where one is set off, else the first three signs.
func area(v *value) string {
	if len(v.words) > 1 {
		return v.words[0]
	}
	return v.text[:min(3, len(v.text))]
}

func compareDate(a, b *value) level {
	if a.day.IsZero() || b.day.IsZero() {
		if within(a.text, b.text, 1) {
			return 4
		}
		return 0
	}
	x, y := a.day, b.day
	equal := 0
	for _, same := range [3]bool{x.Year() == y.Year(), x.Month() == y.Month(), x.Day() == y.Day()} {
		if same {
			equal++
		}
	}
	apart := x.Sub(y).Abs()
	switch {
	case within(a.text, b.text, 1), x.Year() == y.Year() && int(x.Month()) == y.Day() && int(y.Month()) == x.Day():
		return 4
	case equal == 2:
		return 3
	case apart <= 62*24*time.Hour:
		return 2
	case x.Year() == y.Year():
		return 1
	}
	return 0
}

func compareCode(a, b *value) level {
	short, long := a.text, b.text
	if len(short) > len(long) {
		short, long = long, short
	}
	switch {
	case len(short) >= 7 && strings.HasSuffix(long, short) || within(short, long, 1):
		return 2
	case len(short) > 5 && within(short, long, 2):
		return 1
	}
	return 0
}

// compareEmail looks at what stands before the @ more than behind it, which many share.
func compareEmail(a, b *value) level {
	switch {
	case a.local == b.local && len(a.local) > 2:
		if within(a.text, b.text, 2) {
			return 4
		}
		return 3
	case within(a.local, b.local, 2) && within(a.text, b.text, 2):
		return 4
	case len(a.local) > 4 && within(a.local, b.local, 1):
		return 2
	}
	if alike(a.local, b.local, 0.75) == 0 {
		return 0
	}
	switch near := alike(a.text, b.text, 0.84); {
	case near >= 0.92:
		return 2
	case near > 0:
		return 1
	}
	return 0
}

func compareCategory(a, b *value) level {
	if min(len(a.text), len(b.text)) > 2 && (within(a.text, b.text, 1) || contains(a.words, b.words) || contains(b.words, a.words)) {
		return 1
	}
	return 0
}

// levelOf compares row i with row j in one field.
func (f *field) levelOf(i, j int32) level {
	a, b := f.of[i], f.of[j]
	switch {
	case a < 0 || b < 0:
		return missing
	case a == b:
		return f.same()
	}
	return f.compare(&f.values[a], &f.values[b])
}
