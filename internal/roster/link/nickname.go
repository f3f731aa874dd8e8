// SPDX-License-Identifier: Apache-2.0

package link

import (
	_ "embed"
	"slices"
	"strings"
)

//go:embed nickname.txt
var nicknameText string

// nicknameGroups maps a folded given name to the groups it stands in, in ascending order.
var nicknameGroups = readNicknames(nicknameText)

func readNicknames(text string) map[string][]uint16 {
	groups := map[string][]uint16{}
	n := uint16(0)
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		n++
		for name := range strings.FieldsSeq(line) {
			key := Fold(name)
			if g := groups[key]; len(g) == 0 || g[len(g)-1] != n {
				groups[key] = append(g, n)
			}
		}
	}
	return groups
}

// NicknameGroups returns the groups of short forms that a folded given name stands in, ascending; none for most names.
func NicknameGroups(name string) []uint16 { return nicknameGroups[name] }

// Nicknames reports whether two folded given names stand in one group: one may be short for the other.
func Nicknames(a, b string) bool {
	ga := nicknameGroups[a]
	if len(ga) == 0 {
		return false
	}
	gb := nicknameGroups[b]
	return slices.ContainsFunc(ga, func(g uint16) bool {
		_, ok := slices.BinarySearch(gb, g)
		return ok
	})
}
