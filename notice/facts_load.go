// SPDX-License-Identifier: Apache-2.0

package notice

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"slices"
	"strings"
)

// LoadFacts reads a facts file; name is what its errors call it. Errors are InputErrors, of which errors.As finds the first
// *InputError, or come from r. The Facts are safe for concurrent use.
func LoadFacts(r io.Reader, name string) (*Facts, error) {
	data, err := readAll(r, name)
	if err != nil {
		return nil, err
	}
	return parseFacts(data, name)
}

func parseFacts(data []byte, name string) (*Facts, error) {
	r := &reader{name: name, data: data}
	f := &Facts{name: name, src: data}
	f.json = r.decode(f)
	if f.json != nil && f.json.kind == '{' {
		check := factsCheck{f: f, r: r}
		check.all()
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	// Notices and parties have no order: a report must not depend on who typed what first.
	slices.SortFunc(f.Notices, func(a, b Notice) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(f.Parties, func(a, b Party) int { return cmp.Compare(a.ID, b.ID) })
	f.sha = hashFacts(f.json)
	return f, nil
}

func hashFacts(n *node) string {
	sorted := &node{kind: n.kind, fields: slices.Clone(n.fields)}
	for i, f := range sorted.fields {
		if (f.name == "notices" || f.name == "parties") && f.node.kind == '[' {
			list := &node{kind: '[', items: slices.Clone(f.node.items)}
			slices.SortStableFunc(list.items, func(a, b *node) int { return strings.Compare(a.get("id").text, b.get("id").text) })
			sorted.fields[i].node = list
		}
	}
	var b bytes.Buffer
	sorted.canonical(&b)
	sum := sha256.Sum256(b.Bytes())
	return hex.EncodeToString(sum[:])
}

// SHA256 is the hash of the facts' canonical JSON: keys, notices and parties sorted, no white space.
func (f *Facts) SHA256() string { return f.sha }

// JSON returns the facts as canonical JSON, which LoadFacts reads back.
func (f *Facts) JSON() []byte {
	var b bytes.Buffer
	f.json.canonical(&b)
	return b.Bytes()
}
