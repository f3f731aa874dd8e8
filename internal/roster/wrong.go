// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// WrongNumber is what a call to the wrong number says of it. Whose it is may be said by a person's id, or by one of the words below;
// "" when nobody was asked: then it is wrong for her who was called, and nothing is said of the others.
type WrongNumber struct {
	Fact   string // id of the record that says so, made where it was made
	Person string // who was called
	Number string // E.164
	Whose  string
	At     time.Time // by the device's corrected clock
}

// Whose a number is, beside the ids of people.
const (
	NobodysNumber = "nobody" // of none of those who share it
	OthersNumber  = "other"  // of somebody whom the caller may not see
)

// slack is how much later than a call a contact may have been put on file and still be the one that was called: clocks differ.
const slack = 10 * time.Minute

// Sharer is somebody who is reached by the same number.
type Sharer struct {
	ID   string `json:"id"`             // OthersNumber for whoever is out of the reader's reach
	Name string `json:"name,omitempty"` // "" for her, too
}

// canBeWrong are the states of a contact that can turn out to be wrong. What bounced or was refused stays what it is.
const canBeWrong = `('unverified', 'ok')`

// Sharing returns who else is reached by the phones of people (person -> E.164), by person: those whose contacts the reader may see
// by name, all others as one without id or name. Of a number that she put on file herself she learns nothing of them: else she could
// ask by it whose number is on the roster. Two people may have a number in common without a mark; then nobody is guessed to share.
func Sharing(ctx context.Context, tx *db.Tx, phones map[string]string) (map[string][]Sharer, error) {
	people := slices.Sorted(maps.Keys(phones))
	records, err := recordsUnder(ctx, tx, people)
	if err != nil || len(people) == 0 {
		return nil, err
	}
	type mark struct {
		person, number string
		with           []string
		own            bool // put on file by the reader
	}
	var marks []mark
	var numbers []string
	var args db.Args
	query := `SELECT person_id, value, shared_with, by_account FROM contact_point WHERE kind = 'phone' AND is_personal = 1 AND removed_at = 0
		AND status IN ` + canBeWrong + ` AND shared_with <> '[]' AND person_id IN ` + args.In(slices.Sorted(maps.Keys(records))) + ` ORDER BY id`
	err = tx.Rows(ctx, query, args, func(r *sql.Rows) error {
		var m mark
		var shared, by string
		err := r.Scan(&m.person, &m.number, &shared, &by)
		m.person, m.with, m.own = records[m.person], listOf(shared), by == byHand(ctx).account
		if phones[m.person] == m.number {
			marks, numbers = append(marks, m), append(numbers, m.number)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read shared phones: %w", err)
	}
	if len(marks) == 0 {
		return nil, nil
	}
	has, err := reachedBy(ctx, tx, numbers)
	if err != nil {
		return nil, err
	}
	out := map[string][]Sharer{}
	within := reach(ctx, auth.PersonContact)
	for _, m := range marks {
		for _, id := range m.with {
			if id, err = remains(ctx, tx, id); fault.CodeOf(err) == fault.Missing || err == nil && (id == m.person || !has[m.number][id]) {
				continue
			} else if err != nil {
				return nil, err
			}
			one := Sharer{ID: OthersNumber}
			if ok, err := inReach(ctx, tx, within, id); err != nil {
				return nil, err
			} else if ok {
				one.ID = id
				if one.Name, err = shownName(ctx, tx, id); err != nil {
					return nil, err
				}
			}
			if !slices.Contains(out[m.person], one) && (one.Name != "" || !m.own) {
				out[m.person] = append(out[m.person], one)
			}
		}
	}
	for _, all := range out {
		slices.SortFunc(all, func(a, b Sharer) int {
			return cmp.Or(bit(a.Name == "")-bit(b.Name == ""), strings.Compare(Fold(a.Name), Fold(b.Name)), strings.Compare(a.ID, b.ID))
		})
	}
	return out, nil
}

// recordsUnder leads from people and from the records joined to theirs to the people.
func recordsUnder(ctx context.Context, tx *db.Tx, people []string) (map[string]string, error) {
	out := make(map[string]string, len(people))
	for _, id := range people {
		out[id] = id
	}
	all, err := mergedInto(ctx, tx, people)
	for _, m := range all {
		out[m.loser] = m.winner
	}
	return out, err
}

// reachedBy returns who is reached by each of numbers, as far as one knows.
func reachedBy(ctx context.Context, tx *db.Tx, numbers []string) (map[string]map[string]bool, error) {
	type held struct{ number, person string }
	var args db.Args
	query := `SELECT value, person_id FROM contact_point WHERE kind = 'phone' AND is_personal = 1 AND removed_at = 0 AND status IN ` + canBeWrong +
		` AND value IN ` + args.In(numbers) + ` ORDER BY id LIMIT 2000`
	all, err := db.All(ctx, tx, func(r *sql.Rows) (h held, err error) { return h, r.Scan(&h.number, &h.person) }, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read whose number it is: %w", err)
	}
	out := map[string]map[string]bool{}
	for _, h := range all {
		id, err := remains(ctx, tx, h.person)
		if err != nil {
			return nil, err
		}
		if out[h.number] == nil {
			out[h.number] = map[string]bool{}
		}
		out[h.number][id] = true
	}
	return out, nil
}

func shownName(ctx context.Context, tx *db.Tx, id string) (string, error) {
	var given, family string
	ok, err := db.Found(tx.Row(ctx, `SELECT given, family FROM person_now WHERE person_id = $1`, id).Scan(&given, &family))
	if err != nil || !ok {
		return "", err
	}
	return clean(given + " " + family), nil
}

// SayWrong writes what a call to the wrong number found out, in the caller's transaction: the number becomes wrong for her who was
// called and for those who share it, but for the one whose it is. It changes people whom the caller may edit, and nobody else; a
// number that was put on file or confirmed since the call stays what it is. Said again, or in another order, it comes to the same.
func (s *Store) SayWrong(ctx context.Context, tx *db.Tx, w WrongNumber) error {
	if err := tx.Lock(ctx, "number:"+w.Number); err != nil {
		return fmt.Errorf("lock number: %w", err)
	}
	called, err := remains(ctx, tx, w.Person)
	if err != nil {
		return err
	}
	people, err := sharingOf(ctx, tx, called, w.Number)
	if err != nil {
		return err
	}
	whose := w.Whose
	if whose != "" && whose != NobodysNumber && whose != OthersNumber {
		if whose, err = remains(ctx, tx, whose); err != nil && fault.CodeOf(err) != fault.Missing {
			return err
		}
		if !slices.Contains(people, whose) { // she shares it no more
			whose = ""
		}
	}
	if whose == "" {
		people = []string{called}
	}
	e, err := s.editingOf(ctx, tx, called)
	if err != nil {
		return err
	}
	for _, id := range people {
		if id == whose {
			continue
		}
		if err := e.wrong(id, w); err != nil {
			return err
		}
	}
	return e.close("wrong-number")
}

// sharingOf returns the person and who is marked to share her number.
func sharingOf(ctx context.Context, tx *db.Tx, person, number string) ([]string, error) {
	people := []string{person}
	on, err := filesOf(ctx, tx, people)
	if err != nil {
		return nil, err
	}
	for _, f := range on {
		for _, c := range f.contacts {
			if c.Kind != "phone" || c.Value != number {
				continue
			}
			for _, id := range c.SharedWith {
				if id, err = remains(ctx, tx, id); fault.CodeOf(err) == fault.Missing {
					continue
				} else if err != nil {
					return nil, err
				}
				if !slices.Contains(people, id) {
					people = append(people, id)
				}
			}
		}
	}
	return people, nil
}

// editingOf begins the edit of contacts of several people by the record of a talk with one: each of them is asked for by may.
func (s *Store) editingOf(ctx context.Context, tx *db.Tx, person string) (*editing, error) {
	today, err := s.today(ctx, tx)
	return &editing{
		ctx: ctx, tx: tx, by: byHand(ctx), f: &file{Person: Person{ID: person}}, today: today, out: s.out, tell: s.tell,
	}, err
}

// may tells whether the caller may say of a contact of person's what became of it.
func (e *editing) may(person string) (bool, error) {
	all, own, err := mayEdit(e.ctx, e.tx, person)
	return all || own, err
}

// close ends it, if anything changed.
func (e *editing) close(detail string) error {
	if len(e.steps) == 0 {
		return nil
	}
	for _, st := range e.steps {
		if !slices.Contains(e.touched, st.Person) {
			e.touched = append(e.touched, st.Person)
		}
	}
	e.f.ID, e.touched = e.touched[0], e.touched[1:]
	return e.finish("person.edit", detail)
}

// wrong says of the person's contact that it is wrong.
func (e *editing) wrong(person string, w WrongNumber) error {
	if ok, err := e.may(person); err != nil || !ok {
		return err
	}
	records, err := recordsUnder(e.ctx, e.tx, []string{person})
	if err != nil {
		return err
	}
	type contact struct{ id, record, status string }
	var args db.Args
	query := `SELECT id, person_id, status FROM contact_point WHERE kind = 'phone' AND is_personal = 1 AND removed_at = 0 AND value = ` + args.Add(w.Number) +
		` AND status IN ('unverified', 'ok', 'wrong') AND verified_at <= ` + args.Add(w.At.UnixMilli()) + ` AND at <= ` + args.Add(w.At.Add(slack).UnixMilli()) +
		` AND person_id IN ` + args.In(slices.Sorted(maps.Keys(records))) + ` ORDER BY id`
	all, err := db.All(e.ctx, e.tx, func(r *sql.Rows) (c contact, err error) { return c, r.Scan(&c.id, &c.record, &c.status) }, query, args...)
	if err != nil {
		return fmt.Errorf("read contacts of a number: %w", err)
	}
	for _, c := range all {
		if _, err := e.tx.Exec(e.ctx, `INSERT INTO contact_wrong (fact_id, contact_id, at, before) VALUES ($1, $2, $3, $4) ON CONFLICT (contact_id, fact_id) DO NOTHING`,
			w.Fact, c.id, w.At.UnixMilli(), c.status); err != nil {
			return fmt.Errorf("note wrong number: %w", err)
		}
		if err := e.setOf(person, "contact_point", c.id, "status", c.status, string(WrongOne)); err != nil {
			return err
		}
	}
	return nil
}

// UnsayWrong takes back what the record of a call said of a number, in the caller's transaction: the number is again what it was,
// unless another call says that it is wrong, or somebody has said since what it is. Of people whom the caller no longer may edit it
// stays said.
func (s *Store) UnsayWrong(ctx context.Context, tx *db.Tx, fact string) error {
	numbers, err := db.Strings(ctx, tx, `SELECT DISTINCT c.value FROM contact_wrong w JOIN contact_point c ON c.id = w.contact_id WHERE w.fact_id = $1 ORDER BY c.value`, fact)
	if err != nil {
		return fmt.Errorf("read wrong numbers: %w", err)
	}
	if len(numbers) == 0 {
		return nil
	}
	for _, n := range numbers {
		if err := tx.Lock(ctx, "number:"+n); err != nil {
			return fmt.Errorf("lock number: %w", err)
		}
	}
	said, err := db.All(ctx, tx, func(r *sql.Rows) (w wrongly, err error) {
		return w, r.Scan(&w.contact, &w.before, &w.person, &w.status, &w.verified)
	}, `SELECT w.contact_id, w.before, c.person_id, c.status, c.verified_at FROM contact_wrong w JOIN contact_point c ON c.id = w.contact_id
		WHERE w.fact_id = $1 ORDER BY w.contact_id`, fact)
	if err != nil {
		return fmt.Errorf("read wrong numbers: %w", err)
	}
	e, err := s.editingOf(ctx, tx, "")
	if err != nil {
		return err
	}
	for _, w := range said {
		if err := e.unsay(fact, w); err != nil {
			return err
		}
	}
	return e.close("wrong-number-undo")
}

// wrongly is a contact of which a record says that it is wrong.
type wrongly struct {
	contact, person string
	before, status  ContactStatus
	verified        int64
}

func (e *editing) unsay(fact string, w wrongly) error {
	person, err := remains(e.ctx, e.tx, w.person)
	if err != nil {
		return err
	}
	if ok, err := e.may(person); err != nil || !ok {
		return err
	}
	// What was said before somebody confirmed the number counts no more.
	if _, err := e.tx.Exec(e.ctx, `DELETE FROM contact_wrong WHERE contact_id = $1 AND (fact_id = $2 OR at < $3)`, w.contact, fact, w.verified); err != nil {
		return fmt.Errorf("take word back: %w", err)
	}
	if w.before == WrongOne || w.status != WrongOne {
		return nil
	}
	n, err := e.tx.ExecN(e.ctx, `UPDATE contact_wrong SET before = $1 WHERE contact_id = $2`, w.before, w.contact)
	if err != nil {
		return fmt.Errorf("leave word to others: %w", err)
	}
	if n > 0 { // another call says so, too
		return nil
	}
	return e.setOf(person, "contact_point", w.contact, "status", string(WrongOne), string(w.before))
}
