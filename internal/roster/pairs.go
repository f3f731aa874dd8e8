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

// PairState is where two people who may be one stand.
type PairState string

// The states of a pair.
const (
	PairOpen      PairState = "open"
	PairMerged    PairState = "merged"
	PairDifferent PairState = "different"
)

// nextPair is the whole life of a pair; the system opens a dismissed one again when a number or a contact of either changed.
var nextPair = machine[PairState]{
	PairOpen:      {PairMerged, PairDifferent},
	PairMerged:    {PairOpen},
	PairDifferent: {PairOpen},
}

// PairRow is a pair as it is kept.
type PairRow struct {
	ID        string    `json:"id"`
	A         string    `json:"a"`
	B         string    `json:"b"`
	Score     int       `json:"score"` // hundredths
	Reasons   []Reason  `json:"reasons"`
	State     PairState `json:"state"`
	DecidedAt int64     `json:"decided_at,omitempty"`
	DecidedBy string    `json:"decided_by,omitempty"`
	evidence  string
	reasons   string
}

const sqlPair = `SELECT p.id, p.a, p.b, p.score, p.reasons, p.state, p.decided_at, p.decided_by, p.evidence FROM pair p `

func scanPair(r *sql.Rows) (*PairRow, error) {
	p := &PairRow{}
	if err := r.Scan(&p.ID, &p.A, &p.B, &p.Score, &p.reasons, &p.State, &p.DecidedAt, &p.DecidedBy, &p.evidence); err != nil {
		return nil, err
	}
	return p, json.Unmarshal([]byte(p.reasons), &p.Reasons)
}

// Pairs returns the pairs in a state whose two people are within the caller's reach, the likeliest first, at most 500. Open
// pairs of records that were merged meanwhile are left out.
func (s *Store) Pairs(ctx context.Context, state PairState) ([]*PairRow, error) {
	reach, err := auth.Allowed(ctx, auth.PairDecide)
	if err != nil {
		return nil, err
	}
	return db.InRead(ctx, s.d, func(tx *db.Tx) ([]*PairRow, error) {
		var args db.Args
		query := sqlPair + `WHERE p.state = ` + args.Add(state) + ` AND ` + pairWithin(reach, &args)
		if state == PairOpen {
			query += ` AND NOT EXISTS (SELECT 1 FROM person x WHERE x.id IN (p.a, p.b) AND x.merged_into <> '')`
		}
		return db.All(ctx, tx, scanPair, query+` ORDER BY p.score DESC, p.id LIMIT 500`, args...)
	})
}

// openPair returns a pair within reach that may go to the state to.
func openPair(ctx context.Context, tx *db.Tx, reach auth.Reach, id string, to PairState) (*PairRow, error) {
	if err := tx.Lock(ctx, "pair "+id); err != nil {
		return nil, err
	}
	p, err := pairOf(ctx, tx, reach, id)
	if err != nil {
		return nil, err
	}
	return p, nextPair.check(p.State, to)
}

// pairWithin returns the condition that both people of a pair are within reach. Of a merged pair the one that remains stands for
// both: the other has no worksite of her own.
func pairWithin(reach auth.Reach, args *db.Args) string {
	if reach.All {
		return "1 = 1"
	}
	return `(` + reach.Where("p.a", args) + ` AND ` + reach.Where("p.b", args) + ` OR p.state = 'merged' AND EXISTS (SELECT 1 FROM person_merge m
		WHERE m.reverted_at = 0 AND m.loser IN (p.a, p.b) AND m.winner IN (p.a, p.b) AND ` + reach.Where("m.winner", args) + `))`
}

func pairOf(ctx context.Context, tx *db.Tx, reach auth.Reach, id string) (*PairRow, error) {
	var args db.Args
	query := sqlPair + `WHERE p.id = ` + args.Add(id) + ` AND ` + pairWithin(reach, &args)
	all, err := db.All(ctx, tx, scanPair, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read pair: %w", err)
	}
	if len(all) == 0 {
		return nil, fault.New(fault.Missing, "roster.pair.missing")
	}
	return all[0], nil
}

func decidePair(ctx context.Context, tx *db.Tx, by author, p *PairRow, to PairState, evidence string) error {
	all := []field{{"pair", p.ID, "", "state", string(p.State), string(to)}}
	for _, f := range []field{
		{"pair", p.ID, "", "evidence", p.evidence, evidence},
		{"pair", p.ID, "", "decided_at", p.DecidedAt, tx.Now.UnixMilli()},
		{"pair", p.ID, "", "decided_by", p.DecidedBy, by.account},
	} {
		if f.before != f.after {
			all = append(all, f)
		}
	}
	return setAll(ctx, tx, by, all)
}

// Different marks a pair as two people. They are not proposed again until a number or a contact of either changes.
func (s *Store) Different(ctx context.Context, id string) error {
	reach, err := auth.Allowed(ctx, auth.PairDecide)
	if err != nil {
		return err
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		p, err := openPair(ctx, tx, reach, id, PairDifferent)
		if err != nil {
			return err
		}
		both, err := files(ctx, tx, []string{p.A, p.B})
		if err != nil {
			return err
		}
		if len(both) != 2 {
			return missing()
		}
		if err := decidePair(ctx, tx, byHand(ctx), p, PairDifferent, Evidence(both[0].evidence(), both[1].evidence())); err != nil {
			return err
		}
		_, err = audit.Append(ctx, tx, audit.Entry{Verb: "pair.different", Object: "pair:" + id, Subjects: []string{p.A, p.B}, Count: 2})
		return err
	})
}

// evidence is what of a file tells whether a dismissed pair comes back: numbers and contacts, as readRoll reads them.
func (f *file) evidence() Known {
	k := Known{ID: f.ID}
	for _, n := range f.identifiers {
		if n.Until.IsZero() {
			k.Identifiers = append(k.Identifiers, Identifier{System: n.System, Value: n.Value})
		}
	}
	for _, c := range f.contacts {
		switch {
		case c.Kind == "email":
			k.Emails = append(k.Emails, KnownEmail{Value: c.Value, Personal: c.Personal})
		case c.Kind == "phone" && c.Personal:
			k.Phones = append(k.Phones, KnownPhone{Value: c.Value, Shared: len(c.SharedWith) > 0})
		}
	}
	return k
}

// FindPairs looks through everybody for people who are on file twice. Errors: Forbidden but for the whole unit.
func (s *Store) FindPairs(ctx context.Context) error {
	if err := wholeUnit(ctx, auth.PairDecide); err != nil {
		return err
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		today, err := s.today(ctx, tx)
		if err != nil {
			return err
		}
		if err := findPairs(ctx, tx, byHand(ctx), today); err != nil {
			return err
		}
		_, err = audit.Append(ctx, tx, audit.Entry{Verb: "pair.find"})
		return err
	})
}

// findPairs marks phones that two people answer, then adds the pairs that were not known, and opens dismissed ones again about
// which there is something new. None is ever joined here.
func findPairs(ctx context.Context, tx *db.Tx, by author, day Date) error {
	r, err := readRoll(ctx, tx, day)
	if err != nil {
		return err
	}
	if err := sharePhones(ctx, tx, by, r); err != nil {
		return err
	}
	gone, err := dismissals(ctx, tx)
	if err != nil {
		return err
	}
	have := map[[2]string]*PairRow{}
	err = tx.Rows(ctx, sqlPair+`ORDER BY p.id`, nil, func(rows *sql.Rows) error {
		p, err := scanPair(rows)
		if err == nil {
			have[[2]string{p.A, p.B}] = p
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("read pairs: %w", err)
	}
	var fields []field
	var rows [][]any
	for _, p := range NewIndex(DefaultRule, r.people, gone).Pairs() {
		was, reasons := have[[2]string{p.A, p.B}], jsonValue(p.Reasons)
		if was == nil {
			rows = append(rows, []any{newID(), p.A, p.B, p.Score, reasons, string(PairOpen), by.imp})
			continue
		}
		for _, f := range []field{
			{"pair", was.ID, "", "state", string(was.State), string(PairOpen)},
			{"pair", was.ID, "", "score", int64(was.Score), int64(p.Score)},
			{"pair", was.ID, "", "reasons", was.reasons, reasons},
		} {
			if f.before != f.after {
				fields = append(fields, f)
			}
		}
	}
	return errors.Join(setAll(ctx, tx, by, fields),
		tx.Insert(ctx, "pair", []string{"id", "a", "b", "score", "reasons", "state", "source_import"}, rows))
}

// sharePhones marks a personal phone that people of different names have as known to be shared, on the record of each.
func sharePhones(ctx context.Context, tx *db.Tx, by author, r *roll) error {
	users := map[string][]int{}
	for i, k := range r.people {
		for _, p := range k.Phones {
			users[p.Value] = append(users[p.Value], i)
		}
	}
	shared := map[string]map[string][]string{} // number -> person -> the others
	for phone, who := range users {
		if len(who) < 2 || len(who) > crowd {
			continue
		}
		for _, a := range who {
			for _, b := range who {
				x, y := &r.people[a], &r.people[b]
				if a != b && bestName(formsOf(x.Names), formsOf(y.Names)).score < DefaultRule.NameFrom {
					if shared[phone] == nil {
						shared[phone] = map[string][]string{}
					}
					shared[phone][x.ID] = append(shared[phone][x.ID], y.ID)
				}
			}
		}
	}
	values := make([]string, 0, len(shared))
	for phone := range shared {
		values = append(values, phone)
	}
	slices.Sort(values)
	var fields []field
	for part := range slices.Chunk(values, chunk) {
		var args db.Args
		in := args.In(part)
		err := tx.Rows(ctx, `SELECT id, person_id, value, shared_with FROM contact_point WHERE kind = 'phone' AND is_personal = 1
			AND removed_at = 0 AND value IN `+in+` ORDER BY id`, args, func(rows *sql.Rows) error {
			var id, person, phone, before string
			if err := rows.Scan(&id, &person, &phone, &before); err != nil {
				return err
			}
			all := listOf(before)
			for _, other := range shared[phone][r.resolve(person)] {
				if !slices.Contains(all, other) {
					all = append(all, other)
				}
			}
			if after := jsonList(all); after != before {
				fields = append(fields, field{"contact_point", id, person, "shared_with", before, after})
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("read shared phones: %w", err)
		}
	}
	for phone, of := range shared {
		for person := range of {
			k := &r.people[r.at[person]]
			for i := range k.Phones {
				k.Phones[i].Shared = k.Phones[i].Shared || k.Phones[i].Value == phone
			}
		}
	}
	return setAll(ctx, tx, by, fields)
}
