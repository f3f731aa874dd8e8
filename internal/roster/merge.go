// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// merge says that loser is read as winner. No reference is rewritten: numbers, contacts, names and jobs stay on the record they
// were written for, and Name and Jobs say whose are in force.
type merge struct {
	id, winner, loser string
	choices           choices
}

// choices is person_merge.choices: whose name and jobs count, and which fields of the winner were set from the loser.
type choices struct {
	Name string   `json:"name"` // winner or loser
	Jobs string   `json:"jobs"` // winner, loser or both
	Took []string `json:"took,omitempty"`
}

// mergedInto returns the merges by which other records are read as one of ids, the first level and those below it; each names
// the one of ids as its winner.
func mergedInto(ctx context.Context, tx *db.Tx, ids []string) ([]merge, error) {
	var all []merge
	top := map[string]string{}
	for next := ids; len(next) > 0; {
		var found []merge
		for part := range slices.Chunk(next, chunk) {
			var args db.Args
			if len(part) > 1 && len(part) < chunk {
				part = append(slices.Clone(part), make([]string, chunk-len(part))...)
			}
			in := args.In(part)
			some, err := db.All(ctx, tx, scanMerge, `SELECT m.id, p.merged_into, m.loser, m.choices FROM person p
				JOIN person_merge m ON m.loser = p.id AND m.reverted_at = 0
				WHERE p.merged_into <> '' AND p.merged_into IN `+in+` ORDER BY m.id`, args...)
			if err != nil {
				return nil, fmt.Errorf("read merged people: %w", err)
			}
			found = append(found, some...)
		}
		next = nil
		for _, m := range found {
			if up, ok := top[m.winner]; ok {
				m.winner = up
			}
			top[m.loser] = m.winner
			next = append(next, m.loser)
			all = append(all, m)
		}
	}
	return all, nil
}

func scanMerge(r *sql.Rows) (m merge, err error) {
	var text string
	if err := r.Scan(&m.id, &m.winner, &m.loser, &text); err != nil {
		return m, err
	}
	return m, json.Unmarshal([]byte(text), &m.choices)
}

// choose leaves in force what was chosen at the merge. Rows that are newer than the merge always count: ids are in the order of
// time.
func (f *file) choose(m merge) {
	old := func(person, id string) bool {
		if m.choices.Name == "loser" {
			return person != m.loser && id < m.id
		}
		return person == m.loser
	}
	for i := range f.names {
		if n := &f.names[i]; old(n.PersonID, n.ID) && (n.Kind == Legal || n.Kind == Preferred) {
			n.Kind = Former
		}
	}
	f.employments = slices.DeleteFunc(f.employments, func(e Employment) bool {
		switch m.choices.Jobs {
		case "both":
			return false
		case "loser":
			return e.PersonID != m.loser && e.ID < m.id
		}
		return e.PersonID == m.loser
	})
}

// Merge is a choice between two records of one person.
type Merge struct {
	Keep string            // the id that remains; the other still finds her
	From map[string]string // field -> id of the record whose value counts; Keep's where it names none
	Both bool              // the jobs of both count
}

// mergeFields are the columns of person that a merge chooses between.
var mergeFields = []string{"unit_status", "unit_status_why", "member_status", "pronouns", "languages", "home_zip", "card_signed_on"}

// Merge joins the two records of a pair into one person. Errors: Conflict when the pair was decided meanwhile; Missing outside
// the caller's reach.
func (s *Store) Merge(ctx context.Context, pairID string, m Merge) error {
	reach, err := auth.Allowed(ctx, auth.PairDecide)
	if err != nil {
		return err
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		p, err := openPair(ctx, tx, reach, pairID, PairMerged)
		if err != nil {
			return err
		}
		loser := p.A
		switch m.Keep {
		case p.A:
			loser = p.B
		case p.B:
		default:
			return fault.Field("keep", "roster.pair.keep_needed")
		}
		by, now := byHand(ctx), tx.Now.UnixMilli()
		c := choices{Name: "winner", Jobs: "winner"}
		if m.From["name"] == loser {
			c.Name = "loser"
		}
		if m.Both {
			c.Jobs = "both"
		} else if m.From["jobs"] == loser {
			c.Jobs = "loser"
		}
		for _, column := range mergeFields {
			from := m.From[column]
			if column == "unit_status_why" {
				from = m.From["unit_status"]
			}
			if from != loser {
				continue
			}
			var mine, hers string
			for id, into := range map[string]*string{m.Keep: &mine, loser: &hers} {
				if err := tx.Row(ctx, `SELECT `+column+` FROM person WHERE id = $1`, id).Scan(into); err != nil {
					return fmt.Errorf("read %s: %w", column, err)
				}
			}
			if mine != hers {
				if err := set(ctx, tx, by, field{"person", m.Keep, m.Keep, column, mine, hers}); err != nil {
					return err
				}
				c.Took = append(c.Took, column)
			}
		}
		if err := set(ctx, tx, by, field{"person", loser, loser, "merged_into", "", m.Keep}); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO person_merge (id, winner, loser, choices, at, by_account) VALUES ($1, $2, $3, $4, $5, $6)`,
			newID(), m.Keep, loser, jsonValue(c), now, by.account); err != nil {
			return fmt.Errorf("add merge: %w", err)
		}
		if err := decidePair(ctx, tx, by, p, PairMerged, ""); err != nil {
			return err
		}
		one, err := filesOf(ctx, tx, []string{m.Keep}) // what the other record held is hers now, whatever it said of the unit
		if err != nil {
			return err
		}
		if len(one) > 0 && one[0].UnitStatus == OutOfUnit {
			if err := s.out(ctx, tx, []string{m.Keep}); err != nil {
				return err
			}
		}
		return s.settle(ctx, tx, "pair.merge", p, 2)
	})
}

// settle refreshes both people of a pair, marks the roster as changed and writes the audit entry.
func (s *Store) settle(ctx context.Context, tx *db.Tx, verb string, p *PairRow, n int) error {
	today, err := s.today(ctx, tx)
	if err != nil {
		return err
	}
	if err := errors.Join(refresh(ctx, tx, today, []string{p.A, p.B}), s.tell(ctx, tx, []string{p.A, p.B})); err != nil {
		return err
	}
	if err := changed(ctx, tx); err != nil {
		return err
	}
	_, err = audit.Append(ctx, tx, audit.Entry{Verb: verb, Object: "pair:" + p.ID, Subjects: []string{p.A, p.B}, Count: n})
	return err
}

// Since is something recorded on the remaining record after a merge: when the merge is undone it goes to one of the two.
type Since struct {
	Table string `json:"table"`
	ID    string `json:"id"`
	What  string `json:"what"`
	Text  string `json:"text"`
}

// movable are the tables whose rows go to the person chosen, and what of a row a page shows.
var movable = []struct{ table, what, text string }{
	{"contact_point", "contact", "value"},
	{"person_name", "name", "given || ' ' || family"},
	{"employment", "job", "title_printed || ' ' || starts_on"},
	{"person_identifier", "number", "value"},
	// Of what organizers wrote a data lead sees who did, whom she can ask.
	{"conversation", "talk", whoWrote("conversation")},
	{"assessment", "value", whoWrote("assessment")},
	{"person_note", "note", whoWrote("person_note")},
	{"follow_up", "step", whoWrote("follow_up")},
	{"participation", "answer", whoWrote("participation")},
}

func whoWrote(table string) string {
	return "COALESCE((SELECT a.display FROM account a WHERE a.id = " + table + ".by_account), '')"
}

func sinceMerge(ctx context.Context, tx *db.Tx, m merge) ([]Since, error) {
	var out []Since
	for _, t := range movable {
		some, err := db.All(ctx, tx, func(r *sql.Rows) (x Since, err error) {
			x.Table, x.What = t.table, t.what
			return x, r.Scan(&x.ID, &x.Text)
		}, `SELECT id, `+t.text+` FROM `+t.table+` WHERE person_id = $1 AND id > $2 ORDER BY id LIMIT 500`, m.winner, m.id)
		if err != nil {
			return nil, fmt.Errorf("read rows since merge: %w", err)
		}
		out = append(out, some...)
	}
	return out, nil
}

// mergeOf returns the merge in force between the two of a pair.
func mergeOf(ctx context.Context, tx *db.Tx, p *PairRow) (merge, error) {
	all, err := db.All(ctx, tx, scanMerge, `SELECT id, winner, loser, choices FROM person_merge
		WHERE reverted_at = 0 AND loser IN ($1, $2) AND winner IN ($3, $4) ORDER BY id DESC LIMIT 1`, p.A, p.B, p.A, p.B)
	if err != nil {
		return merge{}, fmt.Errorf("read merge: %w", err)
	}
	if len(all) == 0 {
		return merge{}, fault.New(fault.Conflict, "roster.pair.not_merged")
	}
	return all[0], nil
}

// Unmerge takes a merge back: both records are as before. What was recorded since goes to the record that was merged where toOther
// names it, and stays where it is otherwise; a field that somebody edited since keeps the edit.
func (s *Store) Unmerge(ctx context.Context, pairID string, toOther []string) error {
	reach, err := auth.Allowed(ctx, auth.PairDecide)
	if err != nil {
		return err
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		p, err := openPair(ctx, tx, reach, pairID, PairOpen)
		if err != nil {
			return err
		}
		m, err := mergeOf(ctx, tx, p)
		if err != nil {
			return err
		}
		by := byHand(ctx)
		if err := set(ctx, tx, by, field{"person", m.loser, m.loser, "merged_into", m.winner, ""}); err != nil {
			return err
		}
		if err := s.giveBack(ctx, tx, by, m); err != nil {
			return err
		}
		rows, err := sinceMerge(ctx, tx, m)
		if err != nil {
			return err
		}
		for _, x := range rows {
			if slices.Contains(toOther, x.ID) {
				if err := set(ctx, tx, by, field{x.Table, x.ID, m.loser, "person_id", m.winner, m.loser}); err != nil {
					return err
				}
			}
		}
		if _, err := tx.Exec(ctx, `UPDATE person_merge SET reverted_at = $1, reverted_by = $2 WHERE id = $3`, tx.Now.UnixMilli(), by.account,
			m.id); err != nil {
			return fmt.Errorf("end merge: %w", err)
		}
		if err := decidePair(ctx, tx, by, p, PairOpen, ""); err != nil {
			return err
		}
		return s.settle(ctx, tx, "pair.unmerge", p, len(rows))
	})
}

// giveBack sets the fields that the merge took from the other record to what they were, unless they were edited since.
func (s *Store) giveBack(ctx context.Context, tx *db.Tx, by author, m merge) error {
	for _, column := range m.choices.Took {
		var before, after string
		// The first change of the column after the merge began is the merge's own: it shares its transaction's time.
		err := tx.Row(ctx, `SELECT c.before, c.after FROM change c JOIN person_merge m ON m.id = $1 AND m.at = c.at
			WHERE c.entity_id = $2 AND c.field = $3 AND c.id < m.id ORDER BY c.id DESC LIMIT 1`, m.id, m.winner, column).Scan(&before, &after)
		if ok, err := db.Found(err); err != nil {
			return fmt.Errorf("read what merge changed: %w", err)
		} else if !ok {
			continue
		}
		var now string
		if err := tx.Row(ctx, `SELECT `+column+` FROM person WHERE id = $1`, m.winner).Scan(&now); err != nil {
			return fmt.Errorf("read %s: %w", column, err)
		}
		was, err := journalled(before)
		if err != nil {
			return err
		}
		if jsonValue(now) != after {
			continue
		}
		f := field{"person", m.winner, m.winner, column, now, was}
		if err := errors.Join(set(ctx, tx, by, f), s.out(ctx, tx, outed([]field{f}))); err != nil {
			return err
		}
	}
	return nil
}
