// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// Name is a person's name in parts. Nickname is what a cell gave in quotes or brackets, Credential what followed the name
// ("MD", "PA-C" as printed); neither is part of the name itself.
type Name struct {
	Given, Middle, Family, Suffix string
	Nickname, Credential          string
}

// Key returns the folded given and family name, by which equal names are found.
func (n Name) Key() string { return strings.TrimSpace(Fold(n.Given) + " " + Fold(n.Family)) }

// String returns the name in reading order.
func (n Name) String() string {
	return strings.Join(slices.DeleteFunc([]string{n.Given, n.Middle, n.Family, n.Suffix}, func(s string) bool { return s == "" }), " ")
}

var (
	prefixes = wordSet("dr dra doctor doctora mr mrs ms miss mx prof sra srta don doña")
	suffixes = map[string]string{"jr": "Jr.", "sr": "Sr.", "ii": "II", "iii": "III", "iv": "IV", "junior": "Jr.", "senior": "Sr."}
	// credentials that may follow a name; those of unclear are names of people as well
	credentials = wordSet("md do pa pac np cnp fnp crnp arnp aprn apn cnm cns crna rn bsn msn dnp lpn lvn ma mph phd pharmd mbbs " +
		"facp faafp faap facog dds dmd dpm psyd msw licsw bc fnpbc agnp pmhnp whnp cpnp")
	unclear = wordSet("do pa ma")
	// particles that belong to the family name after them
	particles = wordSet("van von der den de del della di da do dos das du la las le los el al bin ibn st ste san santa ni nic mac ter ten op vander")
	lowered   = wordSet("der den la las los y e del") // written small after another particle
	nickname  = regexp.MustCompile(`\s*(?:\(([^()]+)\)|["“”«]([^"“”«»]+)["“”»]|\s'([^']+)'(?:\s|$))\s*`)
)

// ReadName reads a cell with a whole name. A comma parts family from given when order is LastFirst, and the name from what
// follows it otherwise. A name all in capitals or all in small letters gets name case; the problem is NameMissing when
// nothing is left.
func ReadName(s string, order Order) (Name, Note, Problem) {
	s, note := repair(s)
	var n Name
	if blank(s) && strings.ContainsAny(s, "/#(") {
		s = "" // "None" and "Null" are surnames
	}
	if m := nickname.FindStringSubmatch(s); m != nil {
		if nick := m[1] + m[2] + m[3]; !isCredential(nick) {
			n.Nickname = NameCase(clean(nick))
		}
		s = clean(strings.Replace(s, m[0], " ", 1))
	}
	parts := n.takeTitles(s, order)
	switch {
	case len(parts) == 0:
	case len(parts) > 1 && order == LastFirst:
		n.Family, n.Given = n.takeSuffix(parts[0]), strings.Join(parts[1:], " ")
		n.takeMiddle()
	case order == LastFirst:
		family, given, _ := strings.Cut(n.takeSuffix(parts[0]), " ")
		n.Family, n.Given = family, given
		n.takeMiddle()
	default:
		n.splitReading(n.takeSuffix(strings.Join(parts, " ")))
	}
	n.Given, n.Middle, n.Family = NameCase(n.Given), NameCase(n.Middle), NameCase(n.Family)
	if n.Key() == "" {
		return Name{}, "", NameMissing
	}
	return n, note, ""
}

// ReadNameParts reads a name that a list gives in columns of its own.
func ReadNameParts(given, middle, family, suffix string) (Name, Note, Problem) {
	var n Name
	var notes [3]Note
	given, notes[0] = repair(given)
	middle, notes[1] = repair(middle)
	family, notes[2] = repair(family)
	n.Family = NameCase(n.takeSuffix(family))
	n.Given = given
	n.takeMiddle()
	n.Given, n.Middle = NameCase(n.Given), NameCase(clean(n.Middle+" "+middle))
	if s := clean(suffix); !blank(s) {
		if known, ok := suffixes[strings.ToLower(strings.TrimSuffix(s, "."))]; ok {
			s = known
		}
		n.Suffix = s
	}
	if n.Key() == "" || n.Family == "" {
		return Name{}, "", NameMissing
	}
	return n, max(notes[0], notes[1], notes[2]), ""
}

// takeTitles parts s at its commas and takes off "Dr." in front and the credentials behind.
func (n *Name) takeTitles(s string, order Order) []string {
	for {
		first, rest, ok := strings.Cut(s, " ")
		if !ok || !prefixes[Fold(first)] && !(Fold(first) == "sr" && order != LastFirst) {
			break
		}
		s = rest
	}
	var parts, creds []string
	for i, p := range strings.Split(s, ",") {
		p = strings.TrimSpace(p)
		switch {
		case p == "":
		case i > 0 && suffixes[Fold(p)] != "":
			n.Suffix = suffixes[Fold(p)]
		case i > 0 && isCredential(p) && !(unclear[Fold(p)] && order == LastFirst && len(parts) < 2):
			creds = append(creds, p)
		default:
			parts = append(parts, p)
		}
	}
	if len(parts) > 0 { // "Tina Bergström MD": only while two words stay, and no "Kim Do"
		last := &parts[len(parts)-1]
		for {
			words := strings.Fields(*last)
			k := len(words) - 1
			keep := 2
			if len(parts) > 1 {
				keep = 1
			}
			if k < keep || words[k] != strings.ToUpper(words[k]) || !isCredential(words[k]) || unclear[Fold(words[k])] && !hasLower(*last) {
				break
			}
			creds = append([]string{words[k]}, creds...)
			*last = strings.Join(words[:k], " ")
		}
	}
	n.Credential = strings.Join(creds, ", ")
	return parts
}

// takeSuffix takes Jr., Sr., II, III or IV off the end of s, while a word stays.
func (n *Name) takeSuffix(s string) string {
	words := strings.Fields(s)
	for k := len(words) - 1; k > 0; k-- {
		known, ok := suffixes[strings.ToLower(strings.TrimSuffix(words[k], "."))]
		if !ok {
			break
		}
		n.Suffix, words = known, words[:k]
	}
	return strings.Join(words, " ")
}

// takeMiddle moves initials from the end of the given name to the middle, and a suffix to its place: "Robert Jr W".
func (n *Name) takeMiddle() {
	words := strings.Fields(n.takeSuffix(n.Given))
	k := len(words)
	for k > 1 && isInitial(words[k-1]) {
		k--
	}
	n.Given, n.Middle = strings.Join(words[:k], " "), strings.TrimSpace(strings.Join(words[k:], " ")+" "+n.Middle)
	if rest := n.takeSuffix(n.Given); rest != n.Given {
		n.Given = rest
		n.takeMiddle()
	}
}

// splitReading parts a name in reading order: the last word and the particles before it are the family name.
func (n *Name) splitReading(s string) {
	words := strings.Fields(s)
	if len(words) == 0 {
		return
	}
	k := len(words) - 1
	for k > 1 && particles[Fold(words[k-1])] {
		k--
	}
	n.Given, n.Family = strings.Join(words[:k], " "), strings.Join(words[k:], " ")
	n.takeMiddle()
}

// GuessNameOrder returns LastFirst when most names of a column have a comma with a name on both sides of it.
func GuessNameOrder(cells []string) Order {
	with, all := 0, 0
	for _, c := range cells {
		before, after, ok := strings.Cut(clean(c), ",")
		if before == "" {
			continue
		}
		all++
		first, _, _ := strings.Cut(strings.TrimSpace(after), ",")
		if ok && first != "" && suffixes[Fold(first)] == "" && (!isCredential(first) || unclear[Fold(first)] && !strings.Contains(before, " ")) {
			with++
		}
	}
	if 2*with > all {
		return LastFirst
	}
	return FirstLast
}

// isCredential reports whether every word of s is one.
func isCredential(s string) bool {
	words := strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '/' })
	for _, w := range words {
		if !credentials[strings.ReplaceAll(Fold(w), " ", "")] {
			return false
		}
	}
	return len(words) > 0
}

func isInitial(w string) bool {
	r := []rune(strings.TrimSuffix(w, "."))
	return len(r) == 1 && unicode.IsLetter(r[0])
}

func hasLower(s string) bool { return strings.ContainsFunc(s, unicode.IsLower) }

func wordSet(s string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(s) {
		set[w] = true
	}
	return set
}
