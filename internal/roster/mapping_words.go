// SPDX-License-Identifier: Apache-2.0

package roster

import (
	_ "embed"
	"strings"
)

//go:embed mapping_words.txt
var mappingWordsText string

// headings maps a folded heading to its field; inner holds those that also count inside a longer heading.
var headings, inner = readHeadings(mappingWordsText)

func readHeadings(text string) (whole, within map[string]Field) {
	whole, within = map[string]Field{}, map[string]Field{}
	for line := range strings.Lines(text) {
		name, list, ok := strings.Cut(line, "=")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		f, err := ParseField(strings.TrimSpace(name))
		if err != nil {
			panic(err) // the file is ours and a test reads it
		}
		for w := range strings.SplitSeq(list, ",") {
			w = strings.TrimSpace(w)
			key := Fold(w)
			whole[key] = f
			if strings.HasSuffix(w, "~") {
				within[key] = f
			}
		}
	}
	return whole, within
}

// fieldOf returns the field of a heading and how much of the heading says so: 100 for all of it, else the share of its
// letters; 0 and NoField if it is no known word.
func fieldOf(heading string) (Field, int) {
	h, _ := repair(heading)
	h = Fold(h)
	if f, ok := headings[h]; ok {
		return f, 100
	}
	words := strings.Fields(h)
	best, weight := NoField, 0
	for i := range words {
		for j := i + 1; j <= len(words); j++ {
			phrase := strings.Join(words[i:j], " ")
			if f, ok := inner[phrase]; ok && 99*len(phrase)/len(h) > weight {
				best, weight = f, 99*len(phrase)/len(h)
			}
		}
	}
	return best, weight
}
