// SPDX-License-Identifier: Apache-2.0

package web

import (
	"maps"
	"slices"
	"strings"
)

// Asset returns the address of a static file with the hash of its bytes, "" for one that is not there.
func (s *Server) Asset(name string) string { return s.static.hashed[name] }

// Assets returns the names of the static files of a folder, sorted.
func (s *Server) Assets(folder string) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(s.static.hashed)), func(name string) bool { return !strings.HasPrefix(name, folder+"/") })
}
