// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// Apply does what the preview of list id said, in one transaction. Employments are closed on the day before the new one begins,
// which is the day of the list or the day of effect that the row names; a blank cell erases nothing. Errors: Conflict when rows
// wait for a decision, when the roster changed since the preview, or when a newer list was applied.
func (s *Store) Apply(ctx context.Context, id string) error {
	return s.apply(ctx, id, func(int, int) {})
}

func (s *Store) apply(ctx context.Context, id string, progress func(done, total int)) error {
	if err := wholeUnit(ctx, auth.ListImport); err != nil {
		return err
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		i, err := importOf(ctx, tx, id, ListApplied)
		if err != nil {
			return err
		}
		if err := mayApply(ctx, tx, i); err != nil {
			return err
		}
		a := &applying{imp: i, by: author{account: audit.By(ctx).Account, imp: id}, progress: progress}
		if err := a.prepare(ctx, tx, s); err != nil {
			return err
		}
		for _, step := range []func(context.Context, *db.Tx) error{a.rows, a.absent, a.end} {
			if err := step(ctx, tx); err != nil {
				return err
			}
		}
		return errors.Join(s.tell(ctx, tx, a.touched), s.out(ctx, tx, a.out))
	})
}

// mayApply holds the guards of applying.
func mayApply(ctx context.Context, tx *db.Tx, i *Import) error {
	if i.State != ListPreviewed { // applied already
		return fault.New(fault.Conflict, "roster.list.step_refused", "From", string(i.State), "To", string(ListApplied))
	}
	if i.Working != "" {
		return fault.New(fault.Conflict, "roster.list.working")
	}
	if err := checkAsOf(ctx, tx, i); err != nil {
		return err
	}
	now, err := revision(ctx, tx)
	if err != nil {
		return err
	}
	if now != i.Summary.Revision {
		return fault.New(fault.Conflict, "roster.list.preview_again")
	}
	var wait int
	if err := tx.Row(ctx, `SELECT COUNT(*) FROM list_row WHERE import_id = $1 AND state = 'proposed' AND reasons <> 'null'`, i.ID).Scan(&wait); err != nil {
		return fmt.Errorf("count rows that wait: %w", err)
	}
	if wait > 0 {
		return fault.New(fault.Conflict, "roster.list.undecided", "N", wait)
	}
	return nil
}

// applying is one list on its way into the roster.
type applying struct {
	imp      *Import
	by       author
	progress func(done, total int)
	today    Date
	now      int64
	employer string
	site     map[string]string // code -> worksite id
	regions  map[string]string
	add      additions
	fields   []field
	touched  []string
	fresh    map[string]*file  // new people of this batch
	derived  derived           // rows of new people
	out      []string          // people whom the list puts out of the unit
	before   map[string]bool   // new people of batches before
	numbers  map[string]string // system, issuer and value -> person, of this list
	done     int
}

func (a *applying) prepare(ctx context.Context, tx *db.Tx, s *Store) (err error) {
	a.now = tx.Now.UnixMilli()
	a.site, a.fresh, a.before, a.numbers = map[string]string{}, map[string]*file{}, map[string]bool{}, map[string]string{}
	if a.today, err = s.today(ctx, tx); err != nil {
		return err
	}
	e, err := employer(ctx, tx)
	if err != nil {
		return err
	}
	a.employer = e.ID
	sites, err := worksites(ctx, tx)
	for _, w := range sites {
		a.site[w.Code] = w.ID
	}
	if err != nil {
		return err
	}
	a.regions, err = regions(ctx, tx)
	return err
}

// Rows that change nothing are not read again.
const sqlToApply = `SELECT line, state, person_id, score, reasons, parsed, diff, kinds, problem FROM list_row
	WHERE import_id = $1 AND line > $2 AND (state = 'new' OR state = 'linked' AND diff <> '') ORDER BY line LIMIT 5000`

func (a *applying) rows(ctx context.Context, tx *db.Tx) error {
	for last := 0; ; {
		rows, err := db.All(ctx, tx, func(r *sql.Rows) (rowOf, error) { return scanRow(r) }, sqlToApply, a.imp.ID, last)
		if err != nil {
			return fmt.Errorf("read rows to apply: %w", err)
		}
		if len(rows) == 0 {
			return nil
		}
		if err := a.page(ctx, tx, rows); err != nil {
			return err
		}
		last = rows[len(rows)-1].line
		a.done += len(rows)
		a.progress(a.done, max(a.done, a.imp.RowsTotal))
	}
}

func (a *applying) page(ctx context.Context, tx *db.Tx, rows []rowOf) error {
	parsed := make([]*Parsed, len(rows))
	errs := make([]error, len(rows))
	parallel(len(rows), func(i int) { parsed[i], errs[i] = readParsed(rows[i].parsed) })
	var ids []string
	for i, r := range rows {
		if errs[i] != nil {
			return errs[i]
		}
		if r.state == RowLinked {
			ids = append(ids, r.person)
		}
	}
	slices.Sort(ids)
	byID, err := filesByID(ctx, tx, slices.Compact(ids))
	if err != nil {
		return err
	}
	for i, r := range rows {
		if r.state == RowNew {
			a.newRow(r, parsed[i])
			continue
		}
		var d rowDiff
		if err := json.Unmarshal([]byte(r.diff), &d); err != nil {
			return fmt.Errorf("read what row %d changes: %w", r.line, err)
		}
		if f := byID[r.person]; f != nil {
			a.linkedRow(f, parsed[i], &d)
			a.touched = append(a.touched, f.ID)
		}
	}
	return a.flush(ctx, tx)
}

// flush writes what a page of rows adds and changes. The derived rows of new people wait for the end, to be written in order.
func (a *applying) flush(ctx context.Context, tx *db.Tx) error {
	if err := a.freeNumbers(ctx, tx); err != nil {
		return err
	}
	if err := setAll(ctx, tx, a.by, a.fields); err != nil {
		return err
	}
	a.out = append(a.out, outed(a.fields)...)
	if err := add(ctx, tx, a.by, a.add); err != nil {
		return err
	}
	all := make([]*file, 0, len(a.fresh))
	for id, f := range a.fresh {
		f.tidy()
		all = append(all, f)
		a.before[id] = true
	}
	a.derived.of(all, a.today, a.regions)
	a.add, a.fields = additions{}, a.fields[:0]
	clear(a.fresh)
	return nil
}

// freeNumbers ends numbers that the employer gave to another person. A number that its holder still has on this very list stays
// hers alone.
func (a *applying) freeNumbers(ctx context.Context, tx *db.Tx) error {
	wanted, values := map[string]string{}, map[[2]string][]string{}
	for _, n := range a.add.identifiers {
		wanted[n.System+" "+n.Value] = n.PersonID
		of := [2]string{n.System, n.IssuerID}
		values[of] = append(values[of], n.Value)
	}
	refused := map[string]bool{}
	for of, all := range values {
		held, err := holders(ctx, tx, of[0], of[1], all)
		if err != nil {
			return err
		}
		for _, n := range held {
			if to, ok := wanted[n.System+" "+n.Value]; !ok || to == n.PersonID || a.retired(n.ID) {
				continue
			}
			var listed int
			err := tx.Row(ctx, `SELECT COUNT(*) FROM list_row WHERE person_id = $1 AND import_id = $2 AND state = 'linked'`, n.PersonID, a.imp.ID).Scan(&listed)
			if err != nil {
				return fmt.Errorf("find holder on list: %w", err)
			}
			if listed > 0 {
				refused[n.System+" "+n.Value] = true
				continue
			}
			a.set("person_identifier", n.ID, n.PersonID, "until_on", "", a.imp.AsOf.AddDays(-1).String())
			a.touched = append(a.touched, n.PersonID)
		}
	}
	hers := func(n PersonIdentifier) bool { return refused[n.System+" "+n.Value] }
	for _, n := range a.add.identifiers {
		if f := a.fresh[n.PersonID]; f != nil && hers(n) { // nor is a new person listed, or found, by it
			f.identifiers = slices.DeleteFunc(f.identifiers, hers)
		}
	}
	a.add.identifiers = slices.DeleteFunc(a.add.identifiers, hers)
	return nil
}

// holders returns the numbers of a system in force among values. All three columns are asked for: so does the index.
func holders(ctx context.Context, tx *db.Tx, system, issuer string, values []string) ([]PersonIdentifier, error) {
	var out []PersonIdentifier
	for part := range slices.Chunk(values, chunk) {
		args := db.Args{system, issuer}
		in := args.In(part)
		some, err := db.All(ctx, tx, func(r *sql.Rows) (n PersonIdentifier, err error) {
			return n, r.Scan(&n.ID, &n.PersonID, &n.System, &n.Value)
		},
			`SELECT id, person_id, system, value FROM person_identifier WHERE until_on = '' AND system = $1 AND issuer_id = $2 AND value IN `+in+` ORDER BY id`, args...)
		if err != nil {
			return nil, fmt.Errorf("find holders of numbers: %w", err)
		}
		out = append(out, some...)
	}
	return out, nil
}

func (a *applying) retired(id string) bool {
	return slices.ContainsFunc(a.fields, func(f field) bool { return f.id == id && f.column == "until_on" })
}

func (a *applying) set(table, id, person, column string, before, after any) {
	if before != after {
		a.fields = append(a.fields, field{table, id, person, column, before, after})
	}
}

// end holds back what nobody decided on, refreshes who was touched, looks for duplicates, and makes the new list version.
func (a *applying) end(ctx context.Context, tx *db.Tx) error {
	if err := a.flush(ctx, tx); err != nil {
		return err
	}
	if err := a.derived.insert(ctx, tx); err != nil {
		return err
	}
	if err := refresh(ctx, tx, a.today, a.touched); err != nil {
		return err
	}
	for _, row := range a.derived.now { // new people are touched, too; their rows are there already
		a.touched = append(a.touched, row[0].(string))
	}
	a.derived = derived{}
	if err := findPairs(ctx, tx, a.by, a.imp.AsOf); err != nil {
		return err
	}
	if err := a.mark(ctx, tx); err != nil {
		return err
	}
	if a.imp.Kind == EmployerList && !a.imp.Historical {
		if err := unitVersion(ctx, tx, a.imp.AsOf, a.imp.ID); err != nil {
			return err
		}
	}
	if err := changed(ctx, tx); err != nil {
		return err
	}
	var version int
	if err := tx.Row(ctx, `SELECT COALESCE(MAX(version), 0) + 1 FROM list_import WHERE kind = $1`, a.imp.Kind).Scan(&version); err != nil {
		return fmt.Errorf("number list: %w", err)
	}
	if _, err := tx.Exec(ctx, `UPDATE list_import SET state = 'applied', version = $1, applied_at = $2, applied_by = $3 WHERE id = $4`, version,
		tx.Now.UnixMilli(), a.by.account, a.imp.ID); err != nil {
		return fmt.Errorf("mark list: %w", err)
	}
	seq, err := audit.Append(ctx, tx, audit.Entry{Verb: "list.apply", Object: "list:" + a.imp.ID, Count: a.imp.RowsTotal})
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE list_import SET applied_seq = $1 WHERE id = $2`, seq, a.imp.ID)
	return err
}

// mark moves the rows to their last states, some thousand lines at a time: SQLite keeps the pages that one statement changes in
// memory until it ends.
func (a *applying) mark(ctx context.Context, tx *db.Tx) error {
	const lines = 4000
	var last int
	if err := tx.Row(ctx, `SELECT COALESCE(MAX(line), 0) FROM list_row WHERE import_id = $1`, a.imp.ID).Scan(&last); err != nil {
		return fmt.Errorf("count lines: %w", err)
	}
	for _, step := range [][2]RowState{{RowProposed, RowHeld}, {RowFailed, RowSkipped}, {RowLinked, RowApplied}, {RowNew, RowApplied}} {
		if err := nextRow.check(step[0], step[1]); err != nil {
			return err
		}
		for from := 0; from <= last; from += lines {
			_, err := tx.Exec(ctx, `UPDATE list_row SET state = $1 WHERE import_id = $2 AND state = $3 AND line >= $4 AND line < $5`,
				step[1], a.imp.ID, step[0], from, from+lines)
			if err != nil {
				return fmt.Errorf("mark rows: %w", err)
			}
		}
	}
	return nil
}

// Eligible people, each once, whoever was merged left out: the index on employment (person_id) answers the second part.
const sqlEligible = `SELECT p.id FROM person p WHERE p.unit_status = 'in' AND p.merged_into = '' AND EXISTS (SELECT 1 FROM employment e
	WHERE e.person_id = p.id AND e.voided_by = '' AND e.starts_on <= $1 AND (e.ends_on = '' OR e.ends_on >= $2)) ORDER BY p.id`

// unitVersion appends the list version: who is the unit on the day, as a count and a digest of the ids, each on a line.
func unitVersion(ctx context.Context, tx *db.Tx, asOf Date, imp string) error {
	ids, err := db.Strings(ctx, tx, sqlEligible, asOf.String(), asOf.String())
	if err != nil {
		return fmt.Errorf("read eligible people: %w", err)
	}
	sum := sha256.Sum256([]byte(strings.Join(ids, "\n")))
	_, err = tx.Exec(ctx, `INSERT INTO unit_list (id, version, as_of, import_id, n, ids_sha256, at)
		SELECT $1, COALESCE(MAX(version), 0) + 1, $2, $3, $4, $5, $6 FROM unit_list`, newID(), asOf.String(), imp, len(ids),
		hex.EncodeToString(sum[:]), tx.Now.UnixMilli())
	if err != nil {
		return fmt.Errorf("add list version: %w", err)
	}
	return nil
}
