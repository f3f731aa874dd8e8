// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/db"
)

// How long the roster keeps what it need not: policy, to be confirmed by counsel.
const (
	keepFileDays = 30 // raw list files, after they were applied, reverted or thrown away
	keepLeftDays = 90 // home ZIP and personal contacts, after somebody left the unit
)

// Expired is what is past its date.
type Expired struct {
	Files  int // list files as they came, with the cells of their rows
	People int // who left, with personal contacts or a home ZIP still on file
}

// RetentionTables are those that Purge deletes from.
var RetentionTables = []string{"list_file", "list_row", "list_import", "contact_point", "person", "change", "person_now"}

const (
	// An import that never came to anything counts from its upload. The state of a file that waits to be applied protects it.
	sqlOldFiles = `SELECT i.id FROM list_import i WHERE i.state IN ('applied', 'reverted', 'discarded', 'stopped')
		AND CASE WHEN i.reverted_at > 0 THEN i.reverted_at WHEN i.applied_at > 0 THEN i.applied_at ELSE i.uploaded_at END < $1
		AND (EXISTS (SELECT 1 FROM list_file f WHERE f.import_id = i.id)
			OR EXISTS (SELECT 1 FROM list_row r WHERE r.import_id = i.id AND r.raw <> '[]')) ORDER BY i.id`
	// When she left is when the journal says so, else when her row was made.
	sqlLongGone = `SELECT p.id FROM person p WHERE p.unit_status = 'left'
		AND coalesce((SELECT max(c.at) FROM change c WHERE c.entity_id = p.id AND c.field = 'unit_status' AND c.after = '"left"'),
			p.at) < $1
		AND (p.home_zip <> '' OR EXISTS (SELECT 1 FROM contact_point k WHERE k.person_id = p.id AND k.is_personal = 1)) ORDER BY p.id`
)

// Expired counts what Purge would delete.
func (s *Store) Expired(ctx context.Context, tx *db.Tx) (Expired, error) {
	files, people, err := expired(ctx, tx)
	return Expired{len(files), len(people)}, err
}

func expired(ctx context.Context, tx *db.Tx) (files, people []string, err error) {
	ago := func(days int) int64 { return tx.Now.Add(-time.Duration(days) * 24 * time.Hour).UnixMilli() }
	if files, err = db.Strings(ctx, tx, sqlOldFiles, ago(keepFileDays)); err != nil {
		return nil, nil, fmt.Errorf("find old list files: %w", err)
	}
	if people, err = db.Strings(ctx, tx, sqlLongGone, ago(keepLeftDays)); err != nil {
		return nil, nil, fmt.Errorf("find people who left: %w", err)
	}
	return files, people, nil
}

// Purge deletes what is past its date in tx: of old lists the file and the cells of every row (its hash, what was decided and
// for whom stay), of people who left home ZIP and personal contacts, in the journal and in list rows too. The caller compacts
// the database afterwards.
func (s *Store) Purge(ctx context.Context, tx *db.Tx) (Expired, error) {
	files, people, err := expired(ctx, tx)
	if err != nil {
		return Expired{}, err
	}
	done := Expired{len(files), len(people)}
	for _, id := range files {
		for _, query := range []string{
			`DELETE FROM list_file WHERE import_id = $1`,
			`UPDATE list_row SET raw = '[]', problem = '' WHERE import_id = $1`,
		} {
			if _, err := tx.Exec(ctx, query, id); err != nil {
				return done, fmt.Errorf("delete list file: %w", err)
			}
		}
		if err := dropAside(ctx, tx, id); err != nil {
			return done, err
		}
		if _, err := audit.Append(ctx, tx, audit.Entry{Verb: "list.purge", Object: "list:" + id, Count: 1}); err != nil {
			return done, err
		}
	}
	for part := range slices.Chunk(people, chunk) {
		if err := forget(ctx, tx, part); err != nil {
			return done, err
		}
	}
	if len(people) == 0 {
		return done, nil
	}
	today, err := s.today(ctx, tx)
	if err != nil {
		return done, err
	}
	if err := errors.Join(refresh(ctx, tx, today, slices.Clone(people)), s.tell(ctx, tx, people)); err != nil {
		return done, err
	}
	if err := changed(ctx, tx); err != nil {
		return done, err
	}
	_, err = audit.Append(ctx, tx, audit.Entry{
		Verb: "person.purge", Subjects: people, Count: len(people),
		Detail: "fields=home_zip,contact_point",
	})
	return done, err
}

// dropAside removes from a list's summary the lines that were set aside: they are shown as they stood in the file.
func dropAside(ctx context.Context, tx *db.Tx, id string) error {
	i, err := importOf(ctx, tx, id, "")
	if err != nil {
		return err
	}
	i.Summary.Aside = nil
	if _, err := tx.Exec(ctx, `UPDATE list_import SET summary = $1 WHERE id = $2`, jsonValue(i.Summary), id); err != nil {
		return fmt.Errorf("drop lines set aside: %w", err)
	}
	return nil
}

// forget removes the contacts of people, and their values from wherever else they stand.
func forget(ctx context.Context, tx *db.Tx, people []string) error {
	for _, query := range []string{
		`UPDATE change SET before = '""', after = '""' WHERE field IN ('value', 'ext', 'as_given', 'home_zip') AND person_id IN `,
		`UPDATE list_row SET raw = '[]', parsed = '', diff = '', problem = '' WHERE person_id IN `,
		`DELETE FROM contact_point WHERE is_personal = 1 AND person_id IN `,
		`UPDATE person SET home_zip = '' WHERE id IN `,
	} {
		var args db.Args
		if _, err := tx.Exec(ctx, query+args.In(people), args...); err != nil {
			return fmt.Errorf("forget contacts: %w", err)
		}
	}
	return nil
}
