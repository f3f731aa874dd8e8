// SPDX-License-Identifier: Apache-2.0

package board

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/google/uuid"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/roster"
)

// Precision says how closely a date is known.
type Precision string

// The precisions. Of a month or year the first day is kept.
const (
	Day   Precision = "day"
	Month Precision = "month"
	Year  Precision = "year"
)

// Certainty says what a date rests on.
type Certainty string

// The certainties.
const (
	Stated   Certainty = "stated"   // a source gives it
	Inferred Certainty = "inferred" // worked out; no source gives it
	Disputed Certainty = "disputed" // sources disagree: Otherwise says how
)

// Entry is one line of the campaign's timeline. Said and Otherwise are keys of sentences, or plain words.
type Entry struct {
	On        roster.Date
	Precision Precision
	Said      string
	Source    string // ids of facts: "F005, F006"
	Certainty Certainty
	Otherwise string
}

func (e *Entry) check() error {
	switch {
	case e.On.IsZero():
		return fault.Field("on_date", "board.timeline.date_needed")
	case e.Said == "" || e.Source == "":
		return fault.Field("said", "board.timeline.source_needed")
	case e.Certainty == Disputed && e.Otherwise == "":
		return fault.Field("otherwise", "board.timeline.otherwise_needed")
	}
	return nil
}

// AddTimeline adds entries in one transaction. Errors: Invalid for an entry without a date or a source.
func (s *Store) AddTimeline(ctx context.Context, entries []Entry) error {
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		rows := make([][]any, 0, len(entries))
		for i := range entries {
			e := &entries[i]
			if err := e.check(); err != nil {
				return err
			}
			rows = append(rows, []any{
				uuid.Must(uuid.NewV7()).String(), e.On.String(), e.Precision, e.Said, e.Source, e.Certainty,
				e.Otherwise, audit.By(ctx).Account, tx.Now.UnixMilli(),
			})
		}
		if err := tx.Insert(ctx, "timeline_entry", []string{
			"id", "on_date", "precision", "said", "source", "certainty",
			"otherwise", "by_account", "at",
		}, rows); err != nil {
			return err
		}
		_, err := audit.Append(ctx, tx, audit.Entry{Verb: "timeline.add", Count: len(entries)})
		return err
	})
}

// A campaign has some tens of entries; its index gives them in order.
const sqlTimeline = `SELECT on_date, precision, said, source, certainty, otherwise FROM timeline_entry ORDER BY on_date, id LIMIT 500`

func timeline(ctx context.Context, tx *db.Tx) ([]Entry, error) {
	all, err := db.All(ctx, tx, func(r *sql.Rows) (Entry, error) {
		var e Entry
		err := r.Scan(&e.On, &e.Precision, &e.Said, &e.Source, &e.Certainty, &e.Otherwise)
		return e, err
	}, sqlTimeline)
	if err != nil {
		return nil, fmt.Errorf("read timeline: %w", err)
	}
	return all, nil
}
