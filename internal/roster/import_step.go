// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// SetMapping says how the columns of list id are read, and remembers it for the next list with such a header. What a preview
// said before is forgotten.
func (s *Store) SetMapping(ctx context.Context, id string, m Mapping) error {
	if err := wholeUnit(ctx, auth.ListImport); err != nil {
		return err
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		i, err := importOf(ctx, tx, id, ListMapped)
		if err != nil {
			return err
		}
		m.Kind, m.Fingerprint = i.Kind, i.Mapping.Fingerprint
		if err := m.Check(); err != nil {
			return err
		}
		if err := forgetPreview(ctx, tx, i, ListMapped); err != nil {
			return err
		}
		text := jsonValue(m)
		if _, err := tx.Exec(ctx, `UPDATE list_import SET mapping = $1 WHERE id = $2`, text, id); err != nil {
			return fmt.Errorf("keep mapping: %w", err)
		}
		_, err = tx.Exec(ctx, `INSERT INTO import_mapping (fingerprint, mapping, at, by_account) VALUES ($1, $2, $3, $4)
			ON CONFLICT (fingerprint) DO UPDATE SET mapping = excluded.mapping, at = excluded.at, by_account = excluded.by_account`,
			mappingKey(m), text, tx.Now.UnixMilli(), audit.By(ctx).Account)
		return err
	})
}

// SetAsOf says for which day the list speaks; it is asked, never taken from the day of the upload. One older than the list in
// force is refused unless it is historical: then it only adds what was on that day.
func (s *Store) SetAsOf(ctx context.Context, id string, day Date, historical bool) error {
	if err := wholeUnit(ctx, auth.ListImport); err != nil {
		return err
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		i, err := importOf(ctx, tx, id, "")
		if err != nil {
			return err
		}
		if i.State != ListUploaded {
			if i, err = importOf(ctx, tx, id, ListMapped); err != nil {
				return err
			}
		}
		i.AsOf, i.Historical = day, historical
		if err := checkAsOf(ctx, tx, i); err != nil {
			return err
		}
		if i.State != ListUploaded {
			if err := forgetPreview(ctx, tx, i, ListMapped); err != nil {
				return err
			}
		}
		_, err = tx.Exec(ctx, `UPDATE list_import SET as_of = $1, historical = $2 WHERE id = $3`, day.String(), bit(historical), id)
		return err
	})
}

func checkAsOf(ctx context.Context, tx *db.Tx, i *Import) error {
	if i.AsOf.IsZero() {
		return fault.Field("as_of", "roster.list.as_of_needed")
	}
	if i.Historical {
		return nil
	}
	h, err := head(ctx, tx, i.Kind)
	if err != nil || h == nil || !i.AsOf.Before(h.AsOf) {
		return err
	}
	return fault.Field("as_of", "roster.list.as_of_older", "Day", h.AsOf.String())
}

// forgetPreview drops rows, decisions and summary, and sets the state.
func forgetPreview(ctx context.Context, tx *db.Tx, i *Import, to ImportState) error {
	for _, table := range []string{"list_row", "list_absent"} {
		if _, err := tx.Exec(ctx, `DELETE FROM `+table+` WHERE import_id = $1`, i.ID); err != nil {
			return fmt.Errorf("forget preview: %w", err)
		}
	}
	_, err := tx.Exec(ctx, `UPDATE list_import SET state = $1, summary = '', stopped_why = '', override_why = '', override_by = '',
		rows_done = 0 WHERE id = $2`, to, i.ID)
	return err
}

// Discard drops a list that was not applied, with its file.
func (s *Store) Discard(ctx context.Context, id string) error {
	if err := wholeUnit(ctx, auth.ListImport); err != nil {
		return err
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		i, err := importOf(ctx, tx, id, ListDiscarded)
		if err != nil {
			return err
		}
		if err := forgetPreview(ctx, tx, i, ListDiscarded); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM list_file WHERE import_id = $1`, id); err != nil {
			return fmt.Errorf("drop file: %w", err)
		}
		_, err = audit.Append(ctx, tx, audit.Entry{Verb: "list.discard", Object: "list:" + id})
		return err
	})
}

// Override says why a stopped list may go on all the same. It goes on when another data lead has confirmed it with Confirm.
func (s *Store) Override(ctx context.Context, id, why string) error {
	if err := wholeUnit(ctx, auth.ListImport); err != nil {
		return err
	}
	if strings.TrimSpace(why) == "" {
		return fault.Field("why", "roster.list.why_needed")
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		i, err := importOf(ctx, tx, id, ListPreviewed)
		if err != nil {
			return err
		}
		if i.State != ListStopped {
			return fault.New(fault.Conflict, "roster.list.step_refused", "From", string(i.State), "To", string(ListPreviewed))
		}
		if _, err := tx.Exec(ctx, `UPDATE list_import SET override_why = $1, override_by = $2 WHERE id = $3`, strings.TrimSpace(why),
			audit.By(ctx).Account, id); err != nil {
			return fmt.Errorf("keep reason: %w", err)
		}
		_, err = audit.Append(ctx, tx, audit.Entry{Verb: "list.override", Object: "list:" + id})
		return err
	})
}

// Confirm lets a stopped list go on, as the second of two data leads. Errors: Conflict for the one who asked.
func (s *Store) Confirm(ctx context.Context, id string) error {
	if err := wholeUnit(ctx, auth.ListImport); err != nil {
		return err
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		i, err := importOf(ctx, tx, id, ListPreviewed)
		switch {
		case err != nil:
			return err
		case i.State != ListStopped || i.OverrideWhy == "":
			return fault.New(fault.Conflict, "roster.list.nothing_to_confirm")
		case i.OverrideBy == audit.By(ctx).Account:
			return fault.New(fault.Conflict, "roster.list.second_person")
		}
		if _, err := tx.Exec(ctx, `UPDATE list_import SET state = $1 WHERE id = $2`, ListPreviewed, id); err != nil {
			return fmt.Errorf("confirm list: %w", err)
		}
		_, err = audit.Append(ctx, tx, audit.Entry{Verb: "list.confirm", Object: "list:" + id})
		return err
	})
}

func readMapping(text string) (Mapping, error) {
	var m Mapping
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		return m, fmt.Errorf("read mapping: %w", err)
	}
	return m, nil
}

func joinCells(cells []string) string { return strings.Join(cells, " ") }

// wholeUnit returns an error unless the caller holds a for the whole unit: lists and worksites are about everybody.
func wholeUnit(ctx context.Context, a auth.Ability) error {
	reach, err := auth.Allowed(ctx, a)
	if err == nil && !reach.All {
		return fault.New(fault.Forbidden, "roster.list.whole_unit")
	}
	return err
}
