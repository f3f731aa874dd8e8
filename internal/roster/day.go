// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"context"
	"errors"
	"fmt"

	"github.com/tenday/tenday/internal/db"
)

// todaySetting is the day as of which the derived rows stand.
const todaySetting = "roster.today"

// People whose job or name begins or ends between two days, the first of them excluded. It reads the employments once a day.
const sqlTurned = `SELECT person_id FROM employment WHERE starts_on > $1 AND starts_on <= $2
	UNION SELECT person_id FROM employment WHERE ends_on >= $3 AND ends_on < $4
	UNION SELECT person_id FROM person_name WHERE from_on > $5 AND from_on <= $6 ORDER BY 1`

// NewDay brings the derived rows to the campaign's day: whoever begins or ends a job today is listed so, though nobody has touched
// her record. It does nothing when they are of today; the day may also have gone backwards, in the demo.
func (s *Store) NewDay(ctx context.Context) error {
	same, err := db.InRead(ctx, s.d, func(tx *db.Tx) (bool, error) {
		today, was, err := s.days(ctx, tx)
		return today == was, err
	})
	if err != nil || same {
		return err
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		today, was, err := s.days(ctx, tx)
		if err != nil || today == was {
			return err
		}
		from, to := was.String(), today.String()
		if today.Before(was) {
			from, to = to, from
		}
		ids, err := db.Strings(ctx, tx, sqlTurned, from, to, from, to, from, to)
		if err != nil {
			return fmt.Errorf("find whose day it is: %w", err)
		}
		if err := errors.Join(refresh(ctx, tx, today, ids), s.tell(ctx, tx, ids)); err != nil {
			return err
		}
		if err := db.PutSetting(ctx, tx, todaySetting, today.String()); err != nil || len(ids) == 0 {
			return err
		}
		return changed(ctx, tx)
	})
}

// days returns the campaign's day and the one that the derived rows are of.
func (s *Store) days(ctx context.Context, tx *db.Tx) (today, was Date, err error) {
	if today, err = s.today(ctx, tx); err != nil {
		return today, was, err
	}
	text, err := db.Setting(ctx, tx, todaySetting)
	if err != nil {
		return today, was, err
	}
	was, err = ParseDate(text)
	return today, was, err
}
