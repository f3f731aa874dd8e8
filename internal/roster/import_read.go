// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
)

// Tally counts the rows of a list by what they change and by where they stand, and the absent people by decision.
type Tally struct {
	Kinds  map[Kind]int           `json:"kinds"`
	States map[RowState]int       `json:"states"`
	Absent map[AbsentDecision]int `json:"absent"`
}

// AbsentAll is how many people are absent from the list.
func (t *Tally) AbsentAll() int {
	n := 0
	for _, some := range t.Absent {
		n += some
	}
	return n
}

// sqlStillAbsent leaves out whoever a decision has linked to a row since the preview.
const sqlStillAbsent = ` FROM list_absent a WHERE a.import_id = $1 AND NOT EXISTS (SELECT 1 FROM list_row r WHERE r.person_id = a.person_id
	AND r.import_id = $2 AND r.state IN ('linked', 'applied'))`

// Tally counts what list id would change, or has changed.
func (s *Store) Tally(ctx context.Context, id string) (*Tally, error) {
	if err := wholeUnit(ctx, auth.ListImport); err != nil {
		return nil, err
	}
	return db.InRead(ctx, s.d, func(tx *db.Tx) (*Tally, error) {
		t := &Tally{Kinds: map[Kind]int{}, States: map[RowState]int{}, Absent: map[AbsentDecision]int{}}
		err := tx.Rows(ctx, `SELECT state, kinds, COUNT(*) FROM list_row WHERE import_id = $1 GROUP BY state, kinds`, []any{id}, func(r *sql.Rows) error {
			var state RowState
			var kinds string
			var n int
			if err := r.Scan(&state, &kinds, &n); err != nil {
				return err
			}
			t.States[state] += n
			for k := range strings.FieldsSeq(kinds) {
				t.Kinds[Kind(k)] += n
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("count rows: %w", err)
		}
		err = tx.Rows(ctx, `SELECT a.decision, COUNT(*)`+sqlStillAbsent+` GROUP BY a.decision`, []any{id, id}, func(r *sql.Rows) error {
			var d AbsentDecision
			var n int
			err := r.Scan(&d, &n)
			t.Absent[d] = n
			return err
		})
		return t, err
	})
}

// ListRow is one row of a list for a page: what was printed, whom it is about, what it would change.
type ListRow struct {
	Line       int         `json:"line"`
	State      RowState    `json:"state"`
	PersonID   string      `json:"person,omitempty"`
	Name       string      `json:"name,omitempty"` // on file
	Printed    string      `json:"printed"`
	Place      string      `json:"place,omitempty"` // worksite code
	Number     string      `json:"number,omitempty"`
	Asked      bool        `json:"asked,omitempty"` // a person decides, or has decided
	Candidates []Candidate `json:"candidates,omitempty"`
	Kinds      []Kind      `json:"kinds,omitempty"`
	Deltas     []Delta     `json:"deltas,omitempty"`
	Problems   []Finding   `json:"problems,omitempty"`
	Notes      []Finding   `json:"notes,omitempty"`
}

// RowFilter says which rows: of a kind, in a state, with a problem; after a line.
type RowFilter struct {
	Kind     Kind
	State    RowState
	Problems bool
	After    int
}

// rowPage is how many rows a page shows.
const rowPage = 100

// Rows returns rows of list id by line, one page; more says that others follow. Names of candidates are in names.
func (s *Store) Rows(ctx context.Context, id string, f RowFilter) (rows []ListRow, names map[string]string, more bool, err error) {
	if err := wholeUnit(ctx, auth.ListImport); err != nil {
		return nil, nil, false, err
	}
	var args db.Args
	query := sqlRow + `WHERE import_id = ` + args.Add(id) + ` AND line > ` + args.Add(f.After)
	if f.Kind != "" {
		query += ` AND kinds LIKE ` + args.Add("% "+string(f.Kind)+" %")
	}
	if f.State != "" {
		query += ` AND state = ` + args.Add(f.State)
	}
	if f.Problems {
		query += ` AND problem <> ''`
	}
	rows, err = db.InRead(ctx, s.d, func(tx *db.Tx) ([]ListRow, error) {
		all, err := db.All(ctx, tx, func(r *sql.Rows) (ListRow, error) {
			o, err := scanRow(r)
			if err != nil {
				return ListRow{}, err
			}
			return o.view()
		}, query+` ORDER BY line LIMIT `+args.Add(rowPage+1), args...)
		if err != nil {
			return nil, fmt.Errorf("read rows: %w", err)
		}
		if more = len(all) > rowPage; more {
			all = all[:rowPage]
		}
		var ids []string
		for _, r := range all {
			ids = append(ids, r.PersonID)
			for _, c := range r.Candidates {
				ids = append(ids, c.ID)
			}
		}
		names, err = shownNames(ctx, tx, ids)
		for i := range all {
			all[i].Name = names[all[i].PersonID]
		}
		return all, err
	})
	return rows, names, more, err
}

func (o rowOf) view() (ListRow, error) {
	p, err := readParsed(o.parsed)
	if err != nil {
		return ListRow{}, err
	}
	out := ListRow{
		Line: o.line, State: o.state, PersonID: o.person, Printed: p.Name().String(), Place: p.Values[FieldWorksiteCode],
		Number: p.Values[FieldEmployeeNumber], Asked: o.reasons != "", Notes: p.Notes, Problems: p.Problems,
	}
	for k := range strings.FieldsSeq(o.kinds) {
		out.Kinds = append(out.Kinds, Kind(k))
	}
	if o.reasons != "" {
		if err := json.Unmarshal([]byte(o.reasons), &out.Candidates); err != nil {
			return out, fmt.Errorf("read candidates: %w", err)
		}
	}
	if o.diff != "" {
		var d rowDiff
		if err := json.Unmarshal([]byte(o.diff), &d); err != nil {
			return out, fmt.Errorf("read difference: %w", err)
		}
		out.Deltas = d.Deltas
	}
	return out, nil
}

// shownNames returns the names of people as lists show them, family name first.
func shownNames(ctx context.Context, tx *db.Tx, ids []string) (map[string]string, error) {
	out := map[string]string{}
	for len(ids) > 0 {
		n := min(chunk, len(ids))
		var args db.Args
		err := tx.Rows(ctx, `SELECT person_id, given, family FROM person_now WHERE person_id IN `+args.In(ids[:n]), args, func(r *sql.Rows) error {
			var id, given, family string
			err := r.Scan(&id, &given, &family)
			out[id] = family + ", " + given
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("read names: %w", err)
		}
		ids = ids[n:]
	}
	return out, nil
}

// AbsentPerson is somebody who is not on a list.
type AbsentPerson struct {
	PersonID string         `json:"person"`
	Name     string         `json:"name"`
	Town     string         `json:"worksite"`
	OnLeave  bool           `json:"on_leave"`
	Decision AbsentDecision `json:"decision"`
}

// Absents returns who is absent from list id, by name, at most 500.
func (s *Store) Absents(ctx context.Context, id string) ([]AbsentPerson, error) {
	if err := wholeUnit(ctx, auth.ListImport); err != nil {
		return nil, err
	}
	return db.InRead(ctx, s.d, func(tx *db.Tx) ([]AbsentPerson, error) {
		return db.All(ctx, tx, func(r *sql.Rows) (p AbsentPerson, err error) {
			var given, family string
			err = r.Scan(&p.PersonID, &p.Decision, &given, &family, &p.Town, &p.OnLeave)
			p.Name = family + ", " + given
			return p, err
		}, `SELECT a.person_id, a.decision, n.given, n.family, COALESCE(w.town, ''), n.on_leave`+strings.Replace(sqlStillAbsent, ` WHERE`,
			` JOIN person_now n ON n.person_id = a.person_id LEFT JOIN worksite w ON w.id = n.worksite_id WHERE`, 1)+
			` ORDER BY n.sort_key, a.person_id LIMIT 500`, id, id)
	})
}
