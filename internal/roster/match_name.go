// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"slices"
	"strings"

	"github.com/tenday/tenday/internal/roster/link"
)

// nameForm is a name as it is compared: folded, in words.
type nameForm struct{ given, family part }

type part struct {
	text  string
	words []string
}

func formsOf(names []Name) []nameForm {
	forms := make([]nameForm, 0, len(names))
	for _, n := range names {
		forms = append(forms, nameForm{partOf(n.Given), partOf(n.Family)})
	}
	return forms
}

func partOf(s string) part {
	f := Fold(s)
	return part{f, strings.Fields(f)}
}

// nameMatch is how near two people's names are, and why.
type nameMatch struct {
	score  float64
	reason Reason
}

// bestName compares every name of one with every name of the other, in both orders: half for the given name, half for the
// family name.
func bestName(as, bs []nameForm) nameMatch {
	var best nameMatch
	for _, a := range as {
		for _, b := range bs {
			given, family := alike(a.given, b.given, true), alike(a.family, b.family, false)
			if s := (given + family) / 2; s > best.score {
				best = nameMatch{s, nameReason(a, b, s, given == 1 && family == 1)}
			}
			if best.score == 1 {
				continue
			}
			if s := (alike(a.given, b.family, false) + alike(a.family, b.given, false)) / 2; s > best.score {
				best = nameMatch{s, reason(SwappedName)}
			}
		}
	}
	return best
}

func nameReason(a, b nameForm, score float64, full bool) Reason {
	switch {
	case a.given.text == b.given.text && a.family.text == b.family.text:
		return reason(SameName)
	case !full:
		return reason(AlikeName, "percent", percent(score))
	}
	short, long := a.given.text, b.given.text
	if short == long {
		short, long = a.family.text, b.family.text
	}
	if len(short) > len(long) {
		short, long = long, short
	}
	return reason(ShortName, "short", NameCase(short), "long", NameCase(long))
}

// alike returns 1 for equal parts, for given names of one nickname group, and where the words of one are all in the
// other; else the Jaro-Winkler similarity. An empty part is like nothing.
func alike(a, b part, given bool) float64 {
	switch {
	case a.text == "" || b.text == "":
		return 0
	case a.text == b.text, within(a.words, b.words, given), within(b.words, a.words, given):
		return 1
	}
	return link.JaroWinkler(a.text, b.text)
}

// within reports whether each word of a is in b; words of given names may be nicknames of each other.
func within(a, b []string, given bool) bool {
	if len(a) > len(b) {
		return false
	}
	for _, w := range a {
		if !slices.Contains(b, w) && !(given && slices.ContainsFunc(b, func(o string) bool { return link.Nicknames(w, o) })) {
			return false
		}
	}
	return true
}
