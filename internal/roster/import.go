// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// ImportState is where a list stands between the upload and its undoing.
type ImportState string

// RowState is where one row of a list stands.
type RowState string

// The states of a list and of its rows.
const (
	ListUploaded  ImportState = "uploaded"
	ListMapped    ImportState = "mapped"
	ListPreviewed ImportState = "previewed"
	ListStopped   ImportState = "stopped"
	ListApplied   ImportState = "applied"
	ListReverted  ImportState = "reverted"
	ListDiscarded ImportState = "discarded"

	RowRead     RowState = "read"
	RowLinked   RowState = "linked"   // to a person, by her number or by a person's decision
	RowProposed RowState = "proposed" // a person decides
	RowNew      RowState = "new"
	RowFailed   RowState = "failed"
	RowApplied  RowState = "applied"
	RowSkipped  RowState = "skipped"
	RowHeld     RowState = "held" // waits in the duplicates queue
)

// machine is a table of what may follow what.
type machine[S ~string] map[S][]S

// nextList and nextRow are the whole lives of a list and of a row.
var (
	nextList = machine[ImportState]{
		ListUploaded:  {ListMapped, ListDiscarded},
		ListMapped:    {ListPreviewed, ListStopped, ListDiscarded},
		ListPreviewed: {ListMapped, ListApplied, ListDiscarded},
		ListStopped:   {ListPreviewed, ListMapped, ListDiscarded},
		ListApplied:   {ListReverted},
	}
	nextRow = machine[RowState]{
		RowRead:     {RowLinked, RowProposed, RowNew, RowFailed},
		RowProposed: {RowLinked, RowNew, RowHeld},
		RowLinked:   {RowApplied, RowSkipped},
		RowNew:      {RowApplied, RowSkipped},
		RowFailed:   {RowSkipped},
	}
)

// check returns a Conflict that names both states unless to may follow from.
func (m machine[S]) check(from, to S) error {
	if slices.Contains(m[from], to) {
		return nil
	}
	return fault.New(fault.Conflict, "roster.list.step_refused", "From", string(from), "To", string(to))
}

// Import is one list that was brought in.
type Import struct {
	ID          string      `json:"id"`
	Kind        ListKind    `json:"kind"`
	FileName    string      `json:"file_name"`
	SHA256      string      `json:"sha256"`
	Sheet       string      `json:"sheet,omitempty"`
	AsOf        Date        `json:"as_of"`
	Historical  bool        `json:"historical,omitempty"`
	Version     int         `json:"version"` // of the lists of this kind; 0 until applied
	Mapping     Mapping     `json:"mapping"`
	State       ImportState `json:"state"`
	StoppedWhy  string      `json:"stopped_why,omitempty"`
	OverrideWhy string      `json:"override_why,omitempty"` // why a stopped list may go on, and who says so
	OverrideBy  string      `json:"override_by,omitempty"`
	Summary     Summary     `json:"summary"`
	Working     string      `json:"working,omitempty"` // preview, apply or undo while it runs
	RowsDone    int         `json:"rows_done"`
	RowsTotal   int         `json:"rows_total"`
	UploadedAt  int64       `json:"uploaded_at"` // Unix milliseconds, like the others
	UploadedBy  string      `json:"uploaded_by"`
	AppliedAt   int64       `json:"applied_at,omitempty"`
	AppliedBy   string      `json:"applied_by,omitempty"`
	RevertedAt  int64       `json:"reverted_at,omitempty"`
	RevertedBy  string      `json:"reverted_by,omitempty"`
}

const sqlImport = `SELECT id, kind, file_name, file_sha256, sheet, as_of, historical, version, mapping, state, stopped_why,
	override_why, override_by, summary, working, rows_done, rows_total, uploaded_at, uploaded_by, applied_at, applied_by,
	reverted_at, reverted_by FROM list_import `

func scanImport(r interface{ Scan(...any) error }) (*Import, error) {
	i := &Import{}
	var mapping, summary string
	err := r.Scan(&i.ID, &i.Kind, &i.FileName, &i.SHA256, &i.Sheet, &i.AsOf, &i.Historical, &i.Version, &mapping, &i.State,
		&i.StoppedWhy, &i.OverrideWhy, &i.OverrideBy, &summary, &i.Working, &i.RowsDone, &i.RowsTotal, &i.UploadedAt, &i.UploadedBy,
		&i.AppliedAt, &i.AppliedBy, &i.RevertedAt, &i.RevertedBy)
	if err != nil {
		return nil, err
	}
	for text, into := range map[string]any{mapping: &i.Mapping, summary: &i.Summary} {
		if text == "" {
			continue
		}
		if err := json.Unmarshal([]byte(text), into); err != nil {
			return nil, fmt.Errorf("read import %s: %w", i.ID, err)
		}
	}
	return i, nil
}

// importOf returns the list id, for writing when to is not "": then the step to that state must be allowed.
func importOf(ctx context.Context, tx *db.Tx, id string, to ImportState) (*Import, error) {
	if to != "" {
		if err := tx.Lock(ctx, "list "+id); err != nil {
			return nil, err
		}
	}
	i, err := scanImport(tx.Row(ctx, sqlImport+`WHERE id = $1`, id))
	if ok, err := db.Found(err); err != nil {
		return nil, fmt.Errorf("read import: %w", err)
	} else if !ok {
		return nil, fault.New(fault.Missing, "roster.list.missing")
	}
	if to != "" && to != i.State {
		if err := nextList.check(i.State, to); err != nil {
			return nil, err
		}
	}
	return i, nil
}

// Import returns the list id. Errors: Missing.
func (s *Store) Import(ctx context.Context, id string) (*Import, error) {
	if err := wholeUnit(ctx, auth.ListImport); err != nil {
		return nil, err
	}
	return db.InRead(ctx, s.d, func(tx *db.Tx) (*Import, error) { return importOf(ctx, tx, id, "") })
}

// Imports returns the lists that were brought in, the newest first, at most 200.
func (s *Store) Imports(ctx context.Context) ([]*Import, error) {
	if err := wholeUnit(ctx, auth.ListImport); err != nil {
		return nil, err
	}
	return db.InRead(ctx, s.d, func(tx *db.Tx) ([]*Import, error) {
		return db.All(ctx, tx, func(r *sql.Rows) (*Import, error) { return scanImport(r) }, sqlImport+`ORDER BY id DESC LIMIT 200`)
	})
}

// SameFile returns the id of another list that was made of the very same file and not discarded, "" for none.
func (s *Store) SameFile(ctx context.Context, i *Import) (string, error) {
	if err := wholeUnit(ctx, auth.ListImport); err != nil {
		return "", err
	}
	return db.InRead(ctx, s.d, func(tx *db.Tx) (string, error) {
		ids, err := db.Strings(ctx, tx, `SELECT id FROM list_import WHERE file_sha256 = $1 AND id <> $2 AND state <> 'discarded'
			ORDER BY id DESC LIMIT 1`, i.SHA256, i.ID)
		if err != nil || len(ids) == 0 {
			return "", err
		}
		return ids[0], nil
	})
}

// head returns the applied list of a kind that speaks for the latest day, nil when there is none.
func head(ctx context.Context, tx *db.Tx, kind ListKind) (*Import, error) {
	i, err := scanImport(tx.Row(ctx, sqlImport+`WHERE kind = $1 AND state = 'applied' AND historical = 0
		ORDER BY as_of DESC, version DESC LIMIT 1`, kind))
	if ok, err := db.Found(err); err != nil || !ok {
		return nil, err
	}
	return i, nil
}
