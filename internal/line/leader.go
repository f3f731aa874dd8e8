// SPDX-License-Identifier: Apache-2.0

package line

import (
	"context"
	"fmt"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/internal/job"
)

// sqlLeaders are who is named for a line of a strike, and who is booked to lead a shift of it that runs or begins soon.
const sqlLeaders = `SELECT CASE WHEN p.merged_into <> '' THEN p.merged_into ELSE p.id END FROM line_captain c JOIN line l ON l.id = c.line_id JOIN person p ON p.id = c.person_id
	WHERE l.strike_id = $1 AND l.closed_at = 0
	UNION SELECT CASE WHEN p.merged_into <> '' THEN p.merged_into ELSE p.id END FROM line l JOIN shift s ON s.line_id = l.id JOIN shift_entry e ON e.shift_id = s.id JOIN person p ON p.id = e.person_id
	WHERE l.strike_id = $2 AND s.state = 'open' AND s.ends_at > $3 AND s.starts_at <= $4 AND e.role IN ('captain', 'safety') AND e.state IN ('booked', 'swap_offered', 'attended')
	ORDER BY 1 LIMIT 5000`

// Leaders returns the people who lead others at the lines of a strike: the captains that a line names, and captains and safety leads of the shifts that run or
// begin within a day. Each is the record that remains of her.
func (s *Store) Leaders(ctx context.Context, tx *db.Tx, strikeID string) ([]string, error) {
	all, err := db.Strings(ctx, tx, sqlLeaders, strikeID, strikeID, tx.Now.UnixMilli(), tx.Now.Add(shiftReach).UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("read who leads: %w", err)
	}
	return all, nil
}

// askLeaders queues a letter to each of them, to say that she knows: it goes at any hour, and whatever is held.
func (s *Store) askLeaders(ctx context.Context, tx *db.Tx, strike Strike) error {
	all, err := s.Leaders(ctx, tx, strike.ID)
	if err != nil {
		return err
	}
	for _, person := range all {
		n := note{To: person, Strike: strike.ID, Valid: []string{strike.State}, SendBefore: tx.Now.Add(12 * time.Hour).UnixMilli()}
		if err := job.Put(ctx, tx, job.Job{Kind: jobLeader, Key: strike.ID + "/leader/" + person, Payload: n}); err != nil {
			return err
		}
	}
	return nil
}

// sendLeader asks one of them.
func (s *Store) sendLeader(ctx context.Context, r job.Run, words *i18n.Bundle) error {
	var n note
	if err := r.Read(&n); err != nil {
		return err
	}
	var email, locale string
	var stale bool
	_, err := db.InRead(ctx, s.d, func(tx *db.Tx) (struct{}, error) {
		strike, err := s.strike(ctx, tx, n.Strike)
		if err != nil {
			return struct{}{}, err
		}
		if tx.Now.UnixMilli() >= n.SendBefore || strike.State != n.Valid[0] {
			stale = true
			return struct{}{}, nil
		}
		_, err = db.Found(tx.Row(ctx, `SELECT n.email, COALESCE((SELECT MIN(a.locale) FROM account a WHERE a.person_id = n.person_id), 'en') FROM person_now n WHERE n.person_id = $1`,
			n.To).Scan(&email, &locale))
		return struct{}{}, err
	})
	if err != nil {
		return fmt.Errorf("read who leads: %w", err)
	}
	return s.post(ctx, r, words, notice{
		kind: "leader_off", email: email, locale: locale, stale: stale,
		text: func(tr *i18n.Translator) string {
			return tr.T("line.mail.leader_off", "Link", s.BaseURL+"/strike/"+n.Strike)
		},
		entry: audit.Entry{Verb: "strike.ask_leader", Object: "strike:" + n.Strike, Subjects: []string{n.To}, Count: 1},
	})
}
