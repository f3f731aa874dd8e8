// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tenday/tenday/internal/db"
)

// errLooked rolls a comparison back.
var errLooked = errors.New("compared: rolled back")

// CheckDerived rebuilds the derived rows of everybody, compares them with those that stand, and returns how many people's
// differ. It changes nothing: each few hundred people are rebuilt in a transaction that is rolled back, so that writers wait for
// a moment and not for all of it.
func (s *Store) CheckDerived(ctx context.Context) (int, error) {
	ids, err := db.InRead(ctx, s.d, func(tx *db.Tx) ([]string, error) {
		return db.Strings(ctx, tx, `SELECT id FROM person UNION SELECT person_id FROM person_now
			UNION SELECT person_id FROM person_site UNION SELECT person_id FROM person_token ORDER BY 1`)
	})
	if err != nil {
		return 0, fmt.Errorf("list people: %w", err)
	}
	wrong := 0
	for part := range slices.Chunk(ids, chunk) {
		err := db.Do(ctx, s.d, func(tx *db.Tx) error {
			before, err := derivedRows(ctx, tx, part)
			if err != nil {
				return err
			}
			today, err := s.derivedDay(ctx, tx)
			if err != nil {
				return err
			}
			if err := refresh(ctx, tx, today, slices.Clone(part)); err != nil {
				return err
			}
			after, err := derivedRows(ctx, tx, part)
			if err != nil {
				return err
			}
			for _, id := range part {
				if before[id] != after[id] {
					wrong++
				}
			}
			return errLooked
		})
		if !errors.Is(err, errLooked) {
			return 0, err
		}
	}
	return wrong, nil
}

// derivedDay is the day that the derived rows were built for.
func (s *Store) derivedDay(ctx context.Context, tx *db.Tx) (Date, error) {
	var d Date
	text, err := db.Setting(ctx, tx, "roster.today")
	if err != nil {
		return d, err
	}
	if text != "" && d.Scan(text) == nil {
		return d, nil
	}
	return s.today(ctx, tx)
}

// The columns of each table in one text; the number of rows is that of the people asked for.
var derivedTables = []string{
	`SELECT person_id, sort_key || '|' || given || '|' || family || '|' || worksite_id || '|' || worksite_n || '|' || region || '|' ||
		job_class || '|' || shift || '|' || fte || '|' || on_leave || '|' || hired_on || '|' || unit_status || '|' ||
		member_status || '|' || employee_number || '|' || contacts_ok || '|' || contacts_any || '|' || phone || '|' || email AS one
		FROM person_now WHERE person_id IN %s ORDER BY person_id, one`,
	`SELECT person_id, worksite_id || '|' || sort_key || '|' || region || '|' || job_class || '|' || is_primary AS one
		FROM person_site WHERE person_id IN %s ORDER BY person_id, one`,
	`SELECT person_id, token AS one FROM person_token WHERE person_id IN %s ORDER BY person_id, one`,
}

// derivedRows returns all derived rows of each person as one text.
func derivedRows(ctx context.Context, tx *db.Tx, ids []string) (map[string]string, error) {
	rows := map[string]*strings.Builder{}
	for _, query := range derivedTables {
		var args db.Args
		in := args.In(ids)
		err := tx.Rows(ctx, fmt.Sprintf(query, in), args, func(r *sql.Rows) error {
			var id, one string
			err := r.Scan(&id, &one)
			if rows[id] == nil {
				rows[id] = &strings.Builder{}
			}
			rows[id].WriteString(one + "\n")
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("read derived rows: %w", err)
		}
	}
	out := make(map[string]string, len(rows))
	for id, b := range rows {
		out[id] = b.String()
	}
	return out, nil
}
