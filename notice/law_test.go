// SPDX-License-Identifier: Apache-2.0

package notice

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// lawTable reads the tables of docs/law.md: authority -> its row.
func lawTable(t *testing.T) map[string][]string {
	t.Helper()

	data, err := os.ReadFile("../docs/law.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string][]string{}
	for line := range strings.Lines(string(data)) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) < 7 {
			continue
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		rows[cells[1]] = cells
	}
	return rows
}

func TestEveryCitationOfAPackStandsInTheLawTable(t *testing.T) {
	t.Parallel()

	rows := lawTable(t)
	used := map[string]bool{"RFC 5545": true, "RFC 9557": true, "authority": true, "---": true}
	look := func(where string, cites []Cite) {
		for _, c := range cites {
			used[c.Ref] = true
			row, ok := rows[c.Ref]
			if !ok {
				t.Errorf("%s cites %s, which docs/law.md does not list", where, c.Ref)
				continue
			}
			if unverified := strings.Contains(row[4], "unverified"); unverified != (c.Checked == "unverified") {
				t.Errorf("%s: %s is checked %q and docs/law.md says %q", where, c.Ref, c.Checked, row[4])
			}
			if !slices.Contains(strings.Split(row[5], ", "), where) {
				t.Errorf("%s cites %s; docs/law.md names only %s", where, c.Ref, row[5])
			}
		}
	}
	for _, p := range Packs() {
		look(p.Select.ID, p.Select.Cite)
		for _, c := range p.Classify {
			look(c.ID, c.Cite)
		}
		for _, r := range p.Rules {
			look(r.ID, r.Cite)
		}
		for _, a := range p.Advisories {
			look(a.ID, a.Cite)
		}
	}
	for ref := range rows {
		if !used[ref] {
			t.Errorf("docs/law.md lists %s, which nothing cites", ref)
		}
	}
}

func TestEveryCitationInACommentStandsInTheLawTable(t *testing.T) {
	t.Parallel()

	cited := regexp.MustCompile(`\d+ (?:NLRB|F\.[23]d|U\.S\.C\.|CFR|FR) (?:No\. )?[\d.]+(?:\([a-zA-Z0-9]+\))?|Minn\. Stat\. [\dA.]*\d|RFC \d+`)
	rows := lawTable(t)
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, ref := range cited.FindAllString(string(data), -1) {
			found := false
			for listed := range rows {
				found = found || strings.HasPrefix(listed, ref)
			}
			if !found {
				t.Errorf("%s cites %s, which docs/law.md does not list", name, ref)
			}
		}
	}
}

func TestEveryDoubtIsInTheLawFile(t *testing.T) {
	t.Parallel()

	data, err := os.ReadFile("../docs/law.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range Packs() {
		for _, r := range p.Rules {
			if r.Doubt != "" && !strings.Contains(string(data), r.Doubt) {
				t.Errorf("docs/law.md does not hold the doubt of %s: %s", r.ID, r.Doubt)
			}
		}
	}
}
