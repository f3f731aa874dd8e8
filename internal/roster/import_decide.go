// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// Decision is what a person says about a row.
type Decision string

// The decisions. Held rows wait in the duplicates queue, skipped ones are left out.
const (
	LinkRow Decision = "link"
	MakeNew Decision = "new"
	HoldRow Decision = "hold"
	SkipRow Decision = "skip"
)

// Decided is a decision about one row. Person is whom to link to; "" is the likeliest candidate.
type Decided struct {
	Line   int
	What   Decision
	Person string
}

// rowOf is a row as decisions and pages read it.
type rowOf struct {
	line                 int
	state                RowState
	person, parsed       string
	score                int
	reasons, diff, kinds string
	problem              string
}

const sqlRow = `SELECT line, state, person_id, score, reasons, parsed, diff, kinds, problem FROM list_row `

func scanRow(r interface{ Scan(...any) error }) (o rowOf, err error) {
	err = r.Scan(&o.line, &o.state, &o.person, &o.score, &o.reasons, &o.parsed, &o.diff, &o.kinds, &o.problem)
	return o, err
}

// Decide takes decisions about rows of a list that is previewed or stopped; each may be changed until it is applied. What
// applying the rows would do is worked out anew.
func (s *Store) Decide(ctx context.Context, id string, all []Decided) error {
	if err := wholeUnit(ctx, auth.ListImport); err != nil {
		return err
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		i, err := undecided(ctx, tx, id)
		if err != nil {
			return err
		}
		return decide(ctx, tx, i, all)
	})
}

// DecideAll takes one decision about all rows that still wait for one and whose score, in hundredths, is at least from. It
// returns how many.
func (s *Store) DecideAll(ctx context.Context, id string, what Decision, from int) (int, error) {
	if err := wholeUnit(ctx, auth.ListImport); err != nil {
		return 0, err
	}
	return db.InTx(ctx, s.d, func(tx *db.Tx) (int, error) {
		i, err := undecided(ctx, tx, id)
		if err != nil {
			return 0, err
		}
		all, err := db.All(ctx, tx, func(r *sql.Rows) (d Decided, err error) {
			d.What = what
			return d, r.Scan(&d.Line)
		}, `SELECT line FROM list_row WHERE import_id = $1 AND state = 'proposed' AND score >= $2 ORDER BY line`, id, from)
		if err != nil {
			return 0, err
		}
		return len(all), decide(ctx, tx, i, all)
	})
}

// undecided returns list id if its rows may be decided now.
func undecided(ctx context.Context, tx *db.Tx, id string) (*Import, error) {
	i, err := importOf(ctx, tx, id, ListMapped)
	if err != nil {
		return nil, err
	}
	if i.State != ListPreviewed && i.State != ListStopped {
		return nil, fault.New(fault.Conflict, "roster.list.no_preview")
	}
	return i, nil
}

func decide(ctx context.Context, tx *db.Tx, i *Import, all []Decided) error {
	touched := map[string]bool{}
	for _, d := range all {
		row, err := scanRow(tx.Row(ctx, sqlRow+`WHERE import_id = $1 AND line = $2`, i.ID, d.Line))
		if ok, err := db.Found(err); err != nil {
			return fmt.Errorf("read row: %w", err)
		} else if !ok {
			return fault.New(fault.Missing, "roster.list.row_missing", "Line", d.Line)
		}
		person, to, err := decideRow(i, row, d)
		if err != nil {
			return err
		}
		if to == RowLinked {
			touched[person] = true
		}
		if row.state == RowLinked {
			touched[row.person] = true
		}
		kinds := ""
		if to == RowNew {
			kinds = kindText([]Kind{NewRow})
		}
		if _, err := tx.Exec(ctx, `UPDATE list_row SET state = $1, person_id = $2, diff = '', kinds = $3 WHERE import_id = $4 AND line = $5`,
			to, person, kinds, i.ID, d.Line); err != nil {
			return fmt.Errorf("decide row: %w", err)
		}
	}
	sites, err := worksites(ctx, tx)
	if err != nil {
		return err
	}
	code := map[string]string{}
	for _, w := range sites {
		code[w.ID] = w.Code
	}
	for person := range touched {
		if err := compareAgain(ctx, tx, i, person, code); err != nil {
			return err
		}
	}
	_, err = audit.Append(ctx, tx, audit.Entry{Verb: "list.decide", Object: "list:" + i.ID, Count: len(all)})
	return err
}

// decideRow returns where a decision leads and whom the row is then about. A row that was asked about may be asked about again.
func decideRow(i *Import, row rowOf, d Decided) (person string, to RowState, err error) {
	from := row.state
	if row.reasons != "" {
		from = RowProposed
	}
	switch d.What {
	case LinkRow:
		var cands []Candidate
		if row.reasons != "" {
			if err := json.Unmarshal([]byte(row.reasons), &cands); err != nil {
				return "", "", fmt.Errorf("read candidates: %w", err)
			}
		}
		if person = d.Person; person == "" && len(cands) > 0 {
			person = cands[0].ID
		}
		if person == "" {
			return "", "", fault.New(fault.Invalid, "roster.list.whom", "Line", row.line)
		}
		to = RowLinked
	case MakeNew:
		if i.Kind == UnionList || i.Historical {
			return "", "", fault.New(fault.Invalid, "roster.list.union_makes_nobody", "Line", row.line)
		}
		person, to = newID(), RowNew
	case HoldRow:
		to = RowHeld
	case SkipRow:
		to = RowSkipped
		if from == RowProposed {
			from = RowNew // decided to be nobody on file, and left out
		}
	default:
		return "", "", fault.New(fault.Invalid, "roster.list.decision_unknown")
	}
	return person, to, nextRow.check(from, to)
}

// compareAgain works out together what all rows linked to a person would do. code has the code of each worksite id.
func compareAgain(ctx context.Context, tx *db.Tx, i *Import, person string, code map[string]string) error {
	rows, err := db.All(ctx, tx, func(r *sql.Rows) (rowOf, error) { return scanRow(r) }, sqlRow+`WHERE import_id = $1 AND person_id = $2
		AND state = 'linked' ORDER BY line`, i.ID, person)
	if err != nil || len(rows) == 0 {
		return err
	}
	all, err := files(ctx, tx, []string{person})
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return missing()
	}
	c := comparison{kind: i.Kind, asOf: i.AsOf, historical: i.Historical, code: code}
	parsed := make([]*Parsed, len(rows))
	for n, r := range rows {
		if parsed[n], err = readParsed(r.parsed); err != nil {
			return err
		}
	}
	for n, d := range c.diffRows(all[0], parsed) {
		diff := ""
		if len(d.Deltas) > 0 {
			diff = jsonValue(d)
		}
		kinds := d.kinds()
		if strings.Contains(rows[n].kinds, " "+string(Repeat)+" ") {
			kinds = append(kinds, Repeat)
		}
		if _, err := tx.Exec(ctx, `UPDATE list_row SET diff = $1, kinds = $2 WHERE import_id = $3 AND line = $4`, diff, kindText(kinds), i.ID,
			rows[n].line); err != nil {
			return fmt.Errorf("compare row again: %w", err)
		}
	}
	return nil
}

// AbsentDecision says what becomes of somebody who is not on a list. The list alone makes nobody leave: "" changes nothing.
type AbsentDecision string

// The decisions about absent people. Ask leaves it to the captain.
const (
	AbsentLeft  AbsentDecision = "left"
	AbsentLeave AbsentDecision = "on_leave"
	AbsentAsk   AbsentDecision = "ask"
)

// DecideAbsent takes one decision about people who are absent from a list; no people means all who are still undecided.
func (s *Store) DecideAbsent(ctx context.Context, id string, people []string, what AbsentDecision) error {
	if err := wholeUnit(ctx, auth.ListImport); err != nil {
		return err
	}
	switch what {
	case "", AbsentLeft, AbsentLeave, AbsentAsk:
	default:
		return fault.New(fault.Invalid, "roster.list.decision_unknown")
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		if _, err := undecided(ctx, tx, id); err != nil {
			return err
		}
		n := 0
		if len(people) == 0 {
			some, err := tx.ExecN(ctx, `UPDATE list_absent SET decision = $1 WHERE import_id = $2 AND decision = ''`, what, id)
			if err != nil {
				return fmt.Errorf("decide absent: %w", err)
			}
			n = some
		}
		for _, person := range people {
			some, err := tx.ExecN(ctx, `UPDATE list_absent SET decision = $1 WHERE import_id = $2 AND person_id = $3`, what, id, person)
			if err != nil {
				return fmt.Errorf("decide absent: %w", err)
			}
			n += some
		}
		_, err := audit.Append(ctx, tx, audit.Entry{Verb: "list.absent", Object: "list:" + id, Detail: string(what), Count: n})
		return err
	})
}
