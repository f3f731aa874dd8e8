// SPDX-License-Identifier: Apache-2.0

package line

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tenday/tenday/internal/db"
)

// lookAgain is how long a message waits during a Hold that has no end.
const lookAgain = 5 * time.Minute

// held returns until when nothing may go out because somebody in the committee holds all mail; zero if nobody does.
func (s *Store) held(ctx context.Context, tx *db.Tx) (time.Time, error) {
	if s.Held == nil {
		return time.Time{}, nil
	}
	until, held, err := s.Held(ctx, tx)
	switch {
	case err != nil:
		return time.Time{}, fmt.Errorf("look for hold: %w", err)
	case !held:
		return time.Time{}, nil
	case !until.After(tx.Now):
		return tx.Now.Add(lookAgain), nil
	}
	return until, nil
}

// anyHour are the messages that go at night: what changes where she has to be, and the two before her shift that she is told of when she books.
var anyHour = []string{"changed", "off", "handed_over", DayOfMail, Text30}

// later returns when a message may go, zero for now. A Hold stops everything but the word that a shift is off: that is two people's decision, or the
// coordinator's, and one person's Hold does not send anybody to a line that is not there. What comes too late afterwards is dropped by its send_before.
// In the quiet hours a message waits for the morning, unless the shift that it is about begins before.
func (s *Store) later(ctx context.Context, tx *db.Tx, n note, m *letter, rules Rules) (time.Time, error) {
	if n.Kind == "off" {
		return time.Time{}, nil
	}
	if until, err := s.held(ctx, tx); err != nil || !until.IsZero() {
		return until, err
	}
	if slices.Contains(toCaptain, n.Kind) { // she has to act on it while there is time
		until := rules.wakes(tx.Now.In(m.zone))
		if last := m.shift.Starts.Add(-captainAwake); last.Before(until) {
			until = last
		}
		if until.After(tx.Now) {
			return until, nil
		}
		return time.Time{}, nil
	}
	if wakes := rules.wakes(tx.Now.In(m.zone)); !slices.Contains(anyHour, n.Kind) && wakes.After(tx.Now) && wakes.Before(m.shift.Starts) {
		return wakes, nil
	}
	return time.Time{}, nil
}

// wakes returns the end of the quiet hours that a moment lies in, by the clock of its zone; the moment itself where it lies in none.
func (r Rules) wakes(at time.Time) time.Time {
	if !r.quiet(at) {
		return at
	}
	to, err := time.Parse("15:04", r.QuietTo)
	if err != nil {
		return at
	}
	day := at.Day()
	if at.Format("15:04") >= r.QuietTo {
		day++
	}
	return time.Date(at.Year(), at.Month(), day, to.Hour(), to.Minute(), 0, 0, at.Location())
}

// answerBy returns until when somebody may take a place that she is offered now, by the clock of her zone: the time to answer does not pass in the quiet hours, unless
// the shift would begin by then.
func (r Rules) answerBy(now, starts time.Time) time.Time {
	wakes := r.wakes(now)
	until := wakes.Add(r.offered(wakes, starts))
	if morning := r.wakes(until); morning.After(until) {
		evening, err := time.Parse("15:04", r.QuietFrom)
		if err != nil {
			return until
		}
		began := time.Date(until.Year(), until.Month(), until.Day(), evening.Hour(), evening.Minute(), 0, 0, until.Location())
		if began.After(until) {
			began = began.AddDate(0, 0, -1)
		}
		until = morning.Add(until.Sub(began))
	}
	if !until.Before(starts) {
		return now.Add(r.offered(now, starts))
	}
	return until
}

// zoneOf is the zone in which somebody works; the line's where none is known.
func zoneOf(ctx context.Context, tx *db.Tx, person string, l *Line) (*time.Location, error) {
	var tz string
	_, err := db.Found(tx.Row(ctx, `SELECT COALESCE(w.tz, '') FROM person p JOIN person_now n ON n.person_id = CASE WHEN p.merged_into <> '' THEN p.merged_into ELSE p.id END
		LEFT JOIN worksite w ON w.id = n.worksite_id WHERE p.id = $1`, person).Scan(&tz))
	if err != nil {
		return nil, fmt.Errorf("read zone: %w", err)
	}
	return zoneOr(tz, l), nil
}

func zoneOr(tz string, l *Line) *time.Location {
	if zone, err := time.LoadLocation(tz); err == nil && tz != "" {
		return zone
	}
	return l.zone()
}
