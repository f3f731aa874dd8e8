// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// UnitVersion is one version of the list that every share names: how many people were the unit on a day.
type UnitVersion struct {
	Version  int    `json:"version"`
	AsOf     Date   `json:"as_of"`
	ImportID string `json:"import,omitempty"`
	N        int    `json:"n"`
	SHA256   string `json:"ids_sha256"`
}

// UnitVersions returns the list versions, the newest first, at most 200.
func (s *Store) UnitVersions(ctx context.Context) ([]UnitVersion, error) {
	if err := wholeUnit(ctx, auth.ListImport); err != nil {
		return nil, err
	}
	return db.InRead(ctx, s.d, func(tx *db.Tx) ([]UnitVersion, error) {
		return db.All(ctx, tx, func(r *sql.Rows) (v UnitVersion, err error) {
			return v, r.Scan(&v.Version, &v.AsOf, &v.ImportID, &v.N, &v.SHA256)
		}, `SELECT version, as_of, import_id, n, ids_sha256 FROM unit_list ORDER BY version DESC LIMIT 200`)
	})
}

// Comparison is what changed between two lists of an employer that were applied.
type Comparison struct {
	A      *Import       `json:"a"`
	B      *Import       `json:"b"`
	People []ComparedRow `json:"people"` // by kind, then by name, at most comparedMost
	Counts map[Kind]int  `json:"counts"` // of people
	Sites  []SiteCount   `json:"worksites"`
	OnA    int           `json:"on_a"` // people
	OnB    int           `json:"on_b"`
}

// ComparedRow is one person who is not the same on both lists.
type ComparedRow struct {
	PersonID string `json:"person"`
	Name     string `json:"name"`
	Kind     Kind   `json:"kind"` // new, absent, moved, fte, shift, job, renamed
	Before   string `json:"before,omitempty"`
	After    string `json:"after,omitempty"`
}

// SiteCount is how many people two lists have at one worksite.
type SiteCount struct {
	Code string `json:"code"`
	Town string `json:"town"`
	A    int    `json:"a"`
	B    int    `json:"b"`
}

// AbsentKind is the kind of those who are on the first list alone.
const AbsentKind Kind = "absent"

const comparedMost = 1000

// listed is what one list says of a person: her rows together.
type listed struct {
	name  string
	sites []string
	fte   int
	shift string
	title string
}

// CompareLists compares two applied lists of an employer, a before b.
func (s *Store) CompareLists(ctx context.Context, a, b string) (*Comparison, error) {
	if err := wholeUnit(ctx, auth.ListImport); err != nil {
		return nil, err
	}
	return db.InRead(ctx, s.d, func(tx *db.Tx) (*Comparison, error) {
		c := &Comparison{Counts: map[Kind]int{}}
		var on [2]map[string]*listed
		for n, id := range []string{a, b} {
			i, err := importOf(ctx, tx, id, "")
			if err != nil {
				return nil, err
			}
			if i.State != ListApplied || i.Kind != EmployerList {
				return nil, fault.New(fault.Conflict, "roster.list.compare_applied")
			}
			if on[n], err = listedOn(ctx, tx, id); err != nil {
				return nil, err
			}
			*[]**Import{&c.A, &c.B}[n] = i
		}
		c.OnA, c.OnB = len(on[0]), len(on[1])
		c.differ(on[0], on[1])
		var ids []string
		for _, p := range c.People {
			ids = append(ids, p.PersonID)
		}
		names, err := shownNames(ctx, tx, ids)
		if err != nil {
			return nil, err
		}
		for i := range c.People {
			c.People[i].Name = cmp.Or(names[c.People[i].PersonID], c.People[i].Name)
		}
		slices.SortFunc(c.People, func(x, y ComparedRow) int {
			return cmp.Or(cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.Name, y.Name), cmp.Compare(x.PersonID, y.PersonID))
		})
		c.People = c.People[:min(len(c.People), comparedMost)]
		return c, c.countSites(ctx, tx, on)
	})
}

func (c *Comparison) differ(before, after map[string]*listed) {
	add := func(id string, l *listed, k Kind, was, is string) {
		if was != is || k == NewRow || k == AbsentKind {
			c.Counts[k]++
			c.People = append(c.People, ComparedRow{id, l.name, k, was, is})
		}
	}
	for id, b := range after {
		a := before[id]
		if a == nil {
			add(id, b, NewRow, "", joinCells(b.sites))
			continue
		}
		if Fold(a.name) != Fold(b.name) && !sameName([]PersonName{{Kind: Legal, Name: nameOf(a.name)}}, nameOf(b.name)) {
			add(id, b, Renamed, a.name, b.name)
		}
		add(id, b, Moved, joinCells(a.sites), joinCells(b.sites))
		add(id, b, FTEChange, FormatFTE(a.fte), FormatFTE(b.fte))
		if a.shift != "" && b.shift != "" {
			add(id, b, ShiftOther, a.shift, b.shift)
		}
		if titleRule(a.title) != titleRule(b.title) {
			add(id, b, JobChange, a.title, b.title)
		}
	}
	for id, a := range before {
		if after[id] == nil {
			add(id, a, AbsentKind, joinCells(a.sites), "")
		}
	}
}

func nameOf(s string) Name {
	n, _, _ := ReadName(s, FirstLast)
	return n
}

// listedOn returns what an applied list says of each person on it.
func listedOn(ctx context.Context, tx *db.Tx, id string) (map[string]*listed, error) {
	out := map[string]*listed{}
	err := tx.Rows(ctx, `SELECT r.person_id, r.parsed, r.kinds FROM list_row r WHERE r.import_id = $1 AND r.state = 'applied' ORDER BY r.line`, []any{id},
		func(r *sql.Rows) error {
			var person, parsed, kinds string
			if err := r.Scan(&person, &parsed, &kinds); err != nil {
				return err
			}
			p, err := readParsed(parsed)
			if err != nil {
				return err
			}
			l := out[person]
			if l == nil {
				l = &listed{name: p.Name().String(), shift: p.Values[FieldShift], title: p.Values[FieldJobTitle]}
				out[person] = l
			}
			site := p.Values[FieldWorksiteCode]
			if site != "" && !slices.Contains(l.sites, site) {
				l.sites = append(l.sites, site)
				slices.Sort(l.sites)
				if n, ok := p.FTE(); ok {
					l.fte += n
				}
			}
			return nil
		})
	if err != nil {
		return nil, fmt.Errorf("read rows of list: %w", err)
	}
	return out, nil
}

func (c *Comparison) countSites(ctx context.Context, tx *db.Tx, on [2]map[string]*listed) error {
	sites, err := worksites(ctx, tx)
	if err != nil {
		return err
	}
	counts := [2]map[string]int{{}, {}}
	for n := range on {
		for _, l := range on[n] {
			for _, code := range l.sites {
				counts[n][code]++
			}
		}
	}
	for _, w := range sites {
		if a, b := counts[0][w.Code], counts[1][w.Code]; a+b > 0 {
			c.Sites = append(c.Sites, SiteCount{w.Code, w.Town, a, b})
		}
	}
	return nil
}
