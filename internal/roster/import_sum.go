// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/tenday/tenday/internal/db"
)

// Summary is what a preview found. It holds no names: counts, worksite codes, lines.
type Summary struct {
	Revision string         `json:"revision"` // of the roster that the list was compared with
	Rows     int            `json:"rows"`
	States   map[string]int `json:"states,omitempty"`
	Notes    map[string]int `json:"notes,omitempty"` // field " " note -> cells
	Problems map[string]int `json:"problems,omitempty"`
	Absent   int            `json:"absent"`
	Repeats  int            `json:"repeats,omitempty"`
	Closing  []string       `json:"closing,omitempty"` // worksites that all people left or moved from
	Unknown  []string       `json:"unknown,omitempty"` // names of worksites that are not on file
	Aside    []Aside        `json:"aside,omitempty"`
	AsideN   int            `json:"aside_n,omitempty"`
	Stops    []Stop         `json:"stops,omitempty"`
	Warnings []Warned       `json:"warnings,omitempty"`
	Undone   *Undone        `json:"undone,omitempty"`

	onFile, staying map[string]int // people by worksite code
}

// Warned is a warning of the file's reader.
type Warned struct {
	Key  string         `json:"key"`
	Args map[string]any `json:"args,omitempty"`
}

// Stop says why a list may not be applied as it is.
type Stop struct {
	Rule  string `json:"rule"` // field, matched, unreadable
	Field string `json:"field,omitempty"`
	N     int    `json:"n"`
	Of    int    `json:"of"`
	Line  int    `json:"line,omitempty"` // where it begins
}

// Limits of a list, in percent.
const (
	stopChangedPct    = 30
	stopMatchedPct    = 50
	stopUnreadablePct = 10
)

const asideKept = 200

func (s *Summary) aside(a Aside) {
	s.AsideN++
	if len(s.Aside) < asideKept {
		s.Aside = append(s.Aside, a)
	}
}

func (s *Summary) count(r *Parsed, p *plan) {
	if s.States == nil {
		s.States, s.Notes, s.Problems = map[string]int{}, map[string]int{}, map[string]int{}
		s.onFile, s.staying = map[string]int{}, map[string]int{}
	}
	s.Rows++
	s.States[string(p.state)]++
	if p.kind == Repeat {
		s.Repeats++
	}
	for _, n := range r.Notes {
		s.Notes[n.Field.String()+" "+n.Code]++
	}
	for _, n := range r.Problems {
		s.Problems[n.Field.String()+" "+n.Code]++
		if n.Code == string(WorksiteUnknown) && len(s.Unknown) < 50 && !slices.Contains(s.Unknown, n.Value) {
			s.Unknown = append(s.Unknown, n.Value)
		}
	}
}

// present counts the person at index i of the roll, at each of her worksites.
func (s *Summary) present(r *roll, i int, listed bool) {
	if !r.live[i] {
		return
	}
	for _, code := range r.people[i].Worksites {
		s.onFile[code]++
		if listed {
			s.staying[code]++
		}
	}
}

// closing names the worksites from which everybody moved: "closing?".
func (s *Summary) closing(ctx context.Context, d *db.DB, id string) error {
	moved := map[string]int{}
	_, err := db.InRead(ctx, d, func(tx *db.Tx) (int, error) {
		return 0, tx.Rows(ctx, `SELECT diff FROM list_row WHERE import_id = $1 AND (kinds LIKE '% moved %' OR kinds LIKE '% job_gone %')`, []any{id},
			func(r *sql.Rows) error {
				var text string
				var diff rowDiff
				if err := r.Scan(&text); err != nil {
					return err
				}
				err := json.Unmarshal([]byte(text), &diff)
				for _, x := range diff.Deltas {
					if x.Kind == Moved || x.Kind == JobGone {
						moved[x.Before]++
					}
				}
				return err
			})
	})
	if err != nil {
		return fmt.Errorf("count who moved: %w", err)
	}
	for _, code := range sortedKeys(s.onFile) {
		if s.staying[code] > 0 && moved[code] >= s.staying[code] {
			s.Closing = append(s.Closing, code)
		}
	}
	return nil
}

// stopper watches which columns differ from what is on file, row by row.
type stopper struct {
	lines       []int
	masks, said []uint16 // bit by bit of stopFields: differs, and could be compared at all
}

// stopFields are the columns watched, in the order in which a stop names them.
var stopFields = []Field{FieldFullName, FieldWorksiteCode, FieldJobTitle, FieldFTE, FieldShift, FieldHireDate, FieldHomeZIP, FieldPhone, FieldEmail}

func (s *stopper) add(c *comparison, f *file, p *Parsed) {
	if c.kind == UnionList {
		return
	}
	v := &p.Values
	var job Employment
	if jobs := f.jobs(c.asOf); len(jobs) > 0 {
		job = jobs[0]
		for _, e := range jobs {
			if c.code[e.WorksiteID] == v[FieldWorksiteCode] {
				job = e
				break
			}
		}
	}
	phone, _ := f.contact("phone", true)
	email, _ := f.contact("email", false)
	var mask, said uint16
	watch := func(i int, before, after string, differs bool) {
		if before != "" && after != "" {
			said |= 1 << i
			mask |= uint16(bit(differs)) << i
		}
	}
	fte := ""
	if job.ID != "" && job.FTE >= 0 {
		fte = FormatFTE(job.FTE)
	}
	site, hired := c.code[job.WorksiteID], f.hired().String()
	watch(0, "?", "?", !sameName(f.names, p.Name()))
	watch(1, site, v[FieldWorksiteCode], site != v[FieldWorksiteCode])
	watch(2, string(job.JobClass), v[FieldJobClass], !job.JobClass.Agrees(JobClass(v[FieldJobClass])))
	watch(3, fte, v[FieldFTE], fte != v[FieldFTE])
	watch(4, string(job.Shift), v[FieldShift], string(job.Shift) != v[FieldShift])
	watch(5, hired, v[FieldHireDate], hired != v[FieldHireDate])
	watch(6, f.HomeZIP, v[FieldHomeZIP], f.HomeZIP != v[FieldHomeZIP])
	watch(7, phone, p.Phone(), !f.hasContact("phone", p.Phone()))
	watch(8, email, v[FieldEmail], !f.hasContact("email", v[FieldEmail]))
	s.lines, s.masks, s.said = append(s.lines, p.Line), append(s.masks, mask), append(s.said, said)
}

// beginsAt returns the line from which on a field differs: where, of the rows that can be compared, the count of differing ones
// falls furthest behind its mean.
func (s *stopper) beginsAt(field, differing int) int {
	var order []int
	for i := range s.lines {
		if s.said[i]&(1<<field) != 0 {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(a, b int) int { return s.lines[a] - s.lines[b] })
	sum, low, line := 0, 0, s.lines[order[0]]
	for k, i := range order {
		if s.masks[i]&(1<<field) != 0 {
			sum += len(order) - differing
		} else {
			sum -= differing
		}
		if sum < low && k+1 < len(order) {
			low, line = sum, s.lines[order[k+1]]
		}
	}
	return line
}

// stops applies the rules; the first list of an empty roster matches nobody and is not stopped for it.
func (s *Summary) stops(w *stopper, i *Import, anybody bool) {
	matched := s.States[string(RowLinked)]
	if bad := s.States[string(RowFailed)] - s.Repeats; s.Rows > 0 && 100*bad > stopUnreadablePct*s.Rows {
		s.Stops = append(s.Stops, Stop{Rule: "unreadable", N: bad, Of: s.Rows})
	}
	if i.Kind == UnionList {
		return
	}
	for f, field := range stopFields {
		n := 0
		for _, m := range w.masks {
			n += int(m >> f & 1)
		}
		if n > 0 && 100*n >= stopChangedPct*len(w.masks) {
			s.Stops = append(s.Stops, Stop{Rule: "field", Field: field.String(), N: n, Of: len(w.masks), Line: w.beginsAt(f, n)})
		}
	}
	if anybody && !i.Historical && 100*matched < stopMatchedPct*s.Rows {
		s.Stops = append(s.Stops, Stop{Rule: "matched", N: matched, Of: s.Rows})
	}
}
