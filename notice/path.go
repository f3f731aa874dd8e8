// SPDX-License-Identifier: Apache-2.0

package notice

import (
	"slices"
	"strconv"
	"strings"
)

// A path names a value of a facts file: actions[s1].start, notices[n1].deliveries[fmcs].received_at. In brackets stands an index
// from 0, an id, or a recipient.

// step is one part of a path: a key, or what stands in brackets.
type step struct {
	name  string
	index bool
}

// splitPath takes a path apart; ok is false where brackets or dots do not match up.
func splitPath(path string) (steps []step, ok bool) {
	for path != "" {
		if rest, in := strings.CutPrefix(path, "["); in {
			name, after, closed := strings.Cut(rest, "]")
			if !closed || name == "" || len(steps) == 0 {
				return nil, false
			}
			steps = append(steps, step{name, true})
			path = strings.TrimPrefix(after, ".")
			if after != "" && after == path && after[0] != '[' || after == "." {
				return nil, false
			}
			continue
		}
		end := strings.IndexAny(path, ".[")
		if end < 0 {
			end = len(path)
		}
		if end == 0 {
			return nil, false
		}
		steps = append(steps, step{path[:end], false})
		dot := strings.HasPrefix(path[end:], ".")
		path = strings.TrimPrefix(path[end:], ".")
		if dot && (path == "" || path[0] == '[') {
			return nil, false
		}
	}
	return steps, len(steps) > 0
}

// pick returns the index of the item of a list that s selects, or -1.
func (n *node) pick(s step) int {
	if i := slices.IndexFunc(n.items, func(item *node) bool {
		for _, name := range []string{"id", "recipient"} {
			if id := item.get(name); id != nil && id.kind == '"' && id.text == s.name {
				return true
			}
		}
		return false
	}); i >= 0 {
		return i
	}
	i, err := strconv.Atoi(s.name)
	if err != nil || i < 0 || i >= len(n.items) {
		return -1
	}
	return i
}

// walk follows steps as far as they lead and returns the node it reached and the steps that are left.
func (n *node) walk(steps []step) (*node, []step) {
	for len(steps) > 0 {
		var next *node
		if s := steps[0]; !s.index {
			next = n.get(s.name)
		} else if i := n.pick(s); n.kind == '[' && i >= 0 {
			next = n.items[i]
		}
		if next == nil {
			break
		}
		n, steps = next, steps[1:]
	}
	return n, steps
}
