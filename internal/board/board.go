// SPDX-License-Identifier: Apache-2.0

package board

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/organize"
	"github.com/tenday/tenday/internal/roster"
)

// The goals for contacts that were tried and work, in percent of the unit.
const (
	goalOne = 95
	goalTwo = 85
)

// Board is what one reader may see of the state of the campaign.
type Board struct {
	Whole    bool // counts the unit, not a part of it
	CertN    int  // people in the certified unit; 0: not said
	CertBy   string
	List     *List // the employer's list in force; nil before the first
	Before   *List // the one before it
	Waiting  *List // one that waits in preview
	Unit     Row   // everyone within reach
	Statuses []Status
	One      Share // people with a contact that works
	Two      Share // and with a second one
	Other    bool  // some have an occupation beside the three
	Regions  []Row
	Sites    []Row
	Changes  []Change
	Closing  []Closing
	Timeline []Entry
	Today    roster.Date
	SharesOf roster.Date // the day whose shares are shown, of a reader who sees what was released
}

// Row counts the unit's people of a region or worksite.
type Row struct {
	ID, Name string // of a worksite its town, or its own name where a town has several
	Status   roster.WorksiteStatus
	ClosesOn roster.Date
	In       int
	Doctors  int // MD, DO
	PA       int
	NP       int
	Others   int
	Disputed int
	One      Share
	one, two int
	town     string
}

// Share is X of N people. Hidden: it would say too much of too few, and X is 0. Few: hidden, and all of N but a few.
type Share struct {
	X, N   int
	Goal   int // percent; 0 none
	Hidden bool
	Few    bool
}

// Pct returns the share in whole percent, rounded down so that a goal is met only when it is.
func (s Share) Pct() int {
	if s.N == 0 {
		return 0
	}
	return 100 * s.X / s.N
}

// Tone is the bar's: ok when the goal is met.
func (s Share) Tone() string {
	switch {
	case s.Goal == 0 || s.Pct() >= s.Goal:
		return "ok"
	case s.Pct() >= s.Goal/2:
		return "warn"
	}
	return "stop"
}

// Status counts people with a job today by their standing in the unit.
type Status struct {
	Status roster.UnitStatus
	N      int
}

// Change counts the people of whom the newest list says something else than what was on file.
type Change struct {
	Kind string
	N    int
}

// Closing is a worksite that closes or has closed.
type Closing struct {
	roster.Worksite
	GoTo   string // the town where its patients go
	GoToID string
	In     int // of the unit, working there now
	Now    roster.WorksiteStatus
}

// Read returns the board of the caller. Errors: SignedOut, Forbidden.
func (s *Store) Read(ctx context.Context, today roster.Date) (*Board, error) {
	reach, err := auth.Allowed(ctx, auth.BoardRead)
	if err != nil {
		return nil, err
	}
	st, err := s.read(ctx, reach)
	if err != nil {
		return nil, err
	}
	contact, _ := auth.By(ctx).Reach(auth.PersonContact) // the shares are of contacts
	b := st.board(today)
	if covers(contact, reach) {
		b.shareOpen()
		return b, nil
	}
	out := map[string]organize.Release{}
	if reach.All { // a part of what is released would be another partition
		if out, err = s.released(ctx, b); err != nil {
			return nil, err
		}
	}
	b.shareReleased(out)
	return b, nil
}

// The measures that are released to readers without the contacts: one contact that works, by region; a second one, of the unit.
const (
	measureOne = "contact"
	measureTwo = "contact.second"
)

// released releases what the shares are today and returns what may be shown.
func (s *Store) released(ctx context.Context, b *Board) (map[string]organize.Release, error) {
	cells := map[string]Count{}
	for i := range b.Regions {
		if r := &b.Regions[i]; r.In > 0 { // nobody there, nobody to protect
			cells[r.Name] = Count{X: r.one, N: r.In}
		}
	}
	if err := s.organize.Publish(ctx, measureOne, 0, cells); err != nil {
		return nil, err
	}
	one, two := Count{X: b.Unit.one, N: b.Unit.In}, Count{X: b.Unit.two, N: b.Unit.In}
	if (Count{X: one.X - two.X, N: one.N}).Passes(K) { // both numbers together say how many have one contact and no more
		if err := s.organize.Publish(ctx, measureTwo, 0, map[string]Count{"": two}); err != nil {
			return nil, err
		}
	}
	return db.InRead(ctx, s.d, func(tx *db.Tx) (map[string]organize.Release, error) {
		out := map[string]organize.Release{}
		for _, measure := range []string{measureOne, measureTwo} {
			r, ok, err := organize.Published(ctx, tx, measure)
			if err != nil {
				return nil, err
			}
			if ok {
				out[measure] = r
			}
		}
		return out, nil
	})
}

// covers tells whether outer holds everyone of inner, by what the two are made of.
func covers(outer, inner auth.Reach) bool {
	if outer.All || inner.All {
		return outer.All
	}
	within := func(outer, inner []string) bool {
		return !slices.ContainsFunc(inner, func(x string) bool { return !slices.Contains(outer, x) })
	}
	return within(outer.Regions, inner.Regions) && within(outer.Sites, inner.Sites) && within(outer.Sets, inner.Sets) &&
		(inner.Person == "" || inner.Person == outer.Person)
}

// board adds everything up but the shares.
func (st *state) board(today roster.Date) *Board {
	b := &Board{Whole: st.everybody, Today: today, Waiting: st.waiting, Timeline: st.timeline}
	if b.Whole {
		b.CertN, b.CertBy = st.unit.CertifiedN, st.unit.CertifiedSource
	}
	if len(st.lists) > 0 {
		b.List = &st.lists[0]
	}
	if len(st.lists) > 1 && b.Whole { // a list is of the unit: what changed in a part of it is not what the list says
		b.Before = &st.lists[1]
		b.Changes = changes(st.kinds, st.absent)
	}

	sites := map[string]*Row{}
	regions := map[string]*Row{}
	statuses := map[roster.UnitStatus]int{}
	towns := map[string]int{}
	for _, w := range st.sites {
		towns[w.Town]++
	}
	for _, w := range st.sites {
		name := w.Town
		if towns[w.Town] > 1 {
			name = w.Name
		}
		sites[w.ID] = &Row{ID: w.ID, Name: name, town: w.Town, Status: w.On(today), ClosesOn: w.ClosesOn}
	}
	for _, g := range st.groups {
		statuses[g.status] += g.n
		if regions[g.region] == nil {
			regions[g.region] = &Row{ID: g.region, Name: g.region}
		}
		for _, r := range []*Row{sites[g.site], regions[g.region], &b.Unit} {
			if r != nil {
				r.add(g)
			}
		}
	}
	for _, status := range roster.UnitStatuses {
		if statuses[status] > 0 {
			b.Statuses = append(b.Statuses, Status{status, statuses[status]})
		}
	}
	b.Other = b.Unit.Others > 0
	b.Closing = closing(st.sites, sites, today)
	b.Regions = rows(maps.Values(regions))
	b.Sites = rows(maps.Values(sites))
	return b
}

func (r *Row) add(g group) {
	switch g.status {
	case roster.Disputed:
		r.Disputed += g.n
	case roster.InUnit:
		r.In += g.n
		r.one += g.one
		r.two += g.two
		switch g.job {
		case roster.MD, roster.DO, roster.Physician:
			r.Doctors += g.n
		case roster.PA:
			r.PA += g.n
		case roster.NP, roster.APRN:
			r.NP += g.n
		default:
			r.Others += g.n
		}
	}
}

// shareOpen fills in the shares for a reader who may see the contacts that she counts: nothing is hidden from her.
func (b *Board) shareOpen() {
	for _, rows := range [][]Row{b.Regions, b.Sites, {b.Unit}} {
		for i := range rows {
			rows[i].One = shareOf(Count{X: rows[i].one, N: rows[i].In}, goalOne, true)
		}
	}
	b.One = shareOf(Count{X: b.Unit.one, N: b.Unit.In}, goalOne, true)
	b.Two = shareOf(Count{X: b.Unit.two, N: b.Unit.In}, goalTwo, true)
	b.Unit.One = b.One
}

// shareReleased fills in the shares that were released. The partition is always that by region: see the package's comment.
func (b *Board) shareReleased(out map[string]organize.Release) {
	one, two := out[measureOne], out[measureTwo].Cells[""]
	names := slices.Sorted(maps.Keys(one.Cells))
	cells := make([]Count, len(names))
	var all Count
	for i, name := range names {
		cells[i] = one.Cells[name]
		all = all.Plus(cells[i])
	}
	shown, total := Suppress(cells, K)
	b.SharesOf = one.Day
	for i := range b.Regions {
		r := &b.Regions[i]
		r.One = shareOf(Count{N: r.In}, goalOne, false)
		if at := slices.Index(names, r.Name); at >= 0 {
			r.One = shareOf(cells[at], goalOne, shown[at])
		}
	}
	for i := range b.Sites {
		b.Sites[i].One = shareOf(Count{N: b.Sites[i].In}, goalOne, false)
	}
	if b.One = shareOf(all, goalOne, total); len(names) == 0 {
		b.One = shareOf(Count{N: b.Unit.In}, goalOne, false)
	}
	if b.Two = shareOf(two, goalTwo, two.Passes(K)); two.N == 0 {
		b.Two = shareOf(Count{N: b.Unit.In}, goalTwo, false)
	}
	b.Unit.One = b.One
}

func shareOf(c Count, goal int, show bool) Share {
	s := Share{X: c.X, N: c.N, Goal: goal}
	if !show && c.N > 0 {
		s.Hidden, s.X = true, 0
		s.Few = c.N >= 4*K && c.N-c.X < K
	}
	return s
}

// rows returns the rows with anyone in them, by town and name.
func rows(all func(yield func(*Row) bool)) []Row {
	var out []Row
	for r := range all {
		if r.In+r.Disputed > 0 {
			out = append(out, *r)
		}
	}
	slices.SortFunc(out, func(a, b Row) int {
		return cmp.Or(strings.Compare(a.town, b.town), strings.Compare(a.Name, b.Name), strings.Compare(a.ID, b.ID))
	})
	return out
}

func closing(all []roster.Worksite, rows map[string]*Row, today roster.Date) []Closing {
	var out []Closing
	for _, w := range all {
		if w.Status == roster.Open {
			continue
		}
		c := Closing{Worksite: w, Now: w.On(today), In: rows[w.ID].In}
		if to := rows[w.PatientsGoTo]; to != nil {
			c.GoTo, c.GoToID = to.town, to.ID
		}
		out = append(out, c)
	}
	slices.SortStableFunc(out, func(a, b Closing) int { return a.ClosesOn.Compare(b.ClosesOn) })
	return out
}

// changes counts a list's rows by what they change, and those whom it does not name; kinds come as " new moved ".
func changes(kinds, absent map[string]int) []Change {
	sum := map[string]int{}
	for words, n := range kinds {
		for kind := range strings.FieldsSeq(words) {
			sum[kind] += n
		}
	}
	for _, n := range absent {
		sum["absent"] += n
	}
	var out []Change
	for _, kind := range []string{"new", "absent", "moved", "renamed", "job", "fte", "shift", "leave", "number", "phone", "home_zip"} {
		if sum[kind] > 0 {
			out = append(out, Change{kind, sum[kind]})
		}
	}
	return out
}

// OnFile is everyone within reach who has a job today, whatever her standing.
func (b *Board) OnFile() int {
	n := 0
	for _, s := range b.Statuses {
		n += s.N
	}
	return n
}

// HidesSome tells whether a share by region is hidden.
func (b *Board) HidesSome() bool {
	return b.One.Hidden || slices.ContainsFunc(b.Regions, func(r Row) bool { return r.One.Hidden })
}

// SitesOpen tells whether shares by worksite may be shown at all.
func (b *Board) SitesOpen() bool {
	return !slices.ContainsFunc(b.Sites, func(r Row) bool { return r.One.Hidden })
}
