// SPDX-License-Identifier: Apache-2.0

package trail

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"
)

// known returns every verb that has a sentence, sorted.
var known = sync.OnceValue(func() []string {
	b, err := Text.ReadFile("text/audit.en.json")
	if err != nil {
		panic(err) // embedded
	}
	var sentences map[string]json.RawMessage
	if err := json.Unmarshal(b, &sentences); err != nil {
		panic(err) // a test reads it
	}
	var out []string
	for _, key := range slices.Sorted(maps.Keys(sentences)) {
		if verb, ok := strings.CutPrefix(key, "audit.verb."); ok {
			out = append(out, verb)
		}
	}
	return out
})
