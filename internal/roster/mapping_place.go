// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"maps"
	"slices"
	"strings"
)

// Place is what a list may call a worksite. Kind is "clinic", "urgent_care", "hospital" or "office".
type Place struct {
	Code, Name, Town, Kind string
	Aliases                []string
}

// Places finds worksites by what a list prints. It is not changed after NewPlaces and safe for concurrent use.
type Places struct {
	width   int
	codes   map[string]string   // "0414" -> itself; lists lose the zeros
	named   map[string]string   // folded whole name or alias -> code
	towns   map[string][]string // folded town or initials of it -> codes
	kinds   map[string]string   // code -> kind
	company map[string]bool     // words that stand before every worksite's name, and their initials
}

var kindWords = map[string]string{
	"clinic": "clinic", "clinica": "clinic", "clinics": "clinic", "urgent care": "urgent_care", "urgentcare": "urgent_care",
	"uc": "urgent_care", "atencion urgente": "urgent_care", "hospital": "hospital", "office": "office", "oficina": "office",
}

// NewPlaces makes the lookup. The words that begin every name ("Example Health") count as the employer's own.
func NewPlaces(all []Place) *Places {
	p := &Places{
		codes: map[string]string{}, named: map[string]string{}, towns: map[string][]string{}, kinds: map[string]string{},
		company: map[string]bool{},
	}
	var common []string
	for i, w := range all {
		words := strings.Fields(Fold(w.Name))
		if i == 0 {
			common = words
		}
		n := 0
		for n < len(common) && n < len(words) && common[n] == words[n] {
			n++
		}
		common = common[:n]
	}
	if len(all) > 1 && len(common) > 0 {
		for _, w := range common {
			p.company[w] = true
		}
		p.company[initials(common)] = true
	}
	for _, w := range all {
		p.width = max(p.width, len(w.Code))
		p.codes[w.Code] = w.Code
		p.kinds[w.Code] = kindWords[Fold(w.Kind)]
		for _, name := range append([]string{w.Name}, w.Aliases...) {
			p.named[Fold(name)] = w.Code
		}
		town := strings.Fields(Fold(w.Town))
		for _, key := range slices.Compact([]string{strings.Join(town, " "), initials(town)}) {
			if len(key) > 1 {
				p.towns[key] = append(p.towns[key], w.Code)
			}
		}
	}
	return p
}

// Code returns the worksite code that s means, its zeros restored, or "".
func (p *Places) Code(s string) (string, Note) {
	s = strings.TrimSuffix(figure(s), ".0")
	if code, ok := p.codes[s]; ok {
		return code, ""
	}
	if allDigits(s) && len(s) < p.width {
		if code, ok := p.codes[strings.Repeat("0", p.width-len(s))+s]; ok {
			return code, ZeroRestored
		}
	}
	return "", ""
}

// Named returns the code of the one worksite that s may mean: a name or alias, or a town, its initials or short words of it
// ("EXAMPLE HEALTH CAMDEN CLINIC", "Camden Clinic - EH", "WSP", "Col Heights"). Where a town has several worksites and s
// does not say which kind, it is the clinic, with the note WorksiteByTown. "" if none or not one.
func (p *Places) Named(s string) (string, Note) {
	s, _ = repair(s)
	f := Fold(s)
	if f == "" {
		return "", ""
	}
	if code, ok := p.named[f]; ok {
		return code, ""
	}
	kind := ""
	for _, w := range slices.Sorted(maps.Keys(kindWords)) {
		if rest := cutWord(f, w); rest != f {
			f = rest
			if kind == "" || kindWords[w] != "clinic" { // "Eagan clinic urgent care"
				kind = kindWords[w]
			}
		}
	}
	words := slices.DeleteFunc(strings.Fields(f), func(w string) bool { return p.company[w] })
	if len(words) == 0 {
		return "", ""
	}
	codes := p.towns[strings.Join(words, " ")]
	if codes == nil {
		codes = p.shortened(words)
	}
	return p.ofKind(codes, kind)
}

// shortened returns the codes of the towns whose words begin with words, one after the other: "w st paul".
func (p *Places) shortened(words []string) []string {
	var codes []string
	found := ""
	for town, cs := range p.towns {
		full := strings.Fields(town)
		if len(words) > len(full) {
			continue
		}
		ok := true
		for i, w := range words {
			ok = ok && (strings.HasPrefix(full[i], w) || i > 0 && abbreviates(w, full[i]))
		}
		if ok && len(words[0]) < 3 && len(words) < len(full) {
			ok = false // two letters are initials or nothing
		}
		if ok {
			if found != "" {
				return nil // two towns
			}
			found, codes = town, cs
		}
	}
	return codes
}

func (p *Places) ofKind(codes []string, kind string) (string, Note) {
	if len(codes) == 1 && (kind == "" || kind == p.kinds[codes[0]]) {
		return codes[0], ""
	}
	var note Note
	if kind == "" {
		kind, note = "clinic", WorksiteByTown
	}
	found := ""
	for _, c := range codes {
		if p.kinds[c] == kind {
			if found != "" {
				return "", ""
			}
			found = c
		}
	}
	return found, note
}

// abbreviates reports whether the letters of short stand in word in that order, the first one first: "pk" for "park".
func abbreviates(short, word string) bool {
	if short[0] != word[0] {
		return false
	}
	for i := range len(short) {
		at := strings.IndexByte(word, short[i])
		if at < 0 {
			return false
		}
		word = word[at+1:]
	}
	return true
}

func cutWord(s, word string) string {
	return strings.TrimSpace(strings.ReplaceAll(" "+s+" ", " "+word+" ", " "))
}

func initials(words []string) string {
	if len(words) < 2 {
		return ""
	}
	var b strings.Builder
	for _, w := range words {
		b.WriteByte(w[0])
	}
	return b.String()
}
