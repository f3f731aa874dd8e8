// SPDX-License-Identifier: Apache-2.0

package organize

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// RecordParticipation writes whether somebody took part in an open test; see RecordConversation. A captain's word needs
// assess.write; evidence that somebody looked at (a signature, a photo) test.manage, and its author stands as who verified it.
// Errors: as there, and Conflict for a test that is not open: what comes after the close belongs in a correction.
func (s *Store) RecordParticipation(ctx context.Context, tx *db.Tx, p Participation) error {
	var problems []*fault.Error
	if p.State != Yes && p.State != No && p.State != Unknown {
		problems = append(problems, fault.Field("state", "organize.choose"))
	}
	need := AssessWrite
	verified := ""
	switch p.Evidence {
	case ByCaptain, Sheet:
	case Signature, Photo:
		need, verified = TestManage, audit.By(ctx).Account
	default: // SelfLink is the member's own
		problems = append(problems, fault.Field("evidence", "organize.choose"))
	}
	who, err := s.begin(ctx, tx, &p.Fact, need, problems)
	if err != nil {
		return err
	}
	if err := openForAnswers(ctx, tx, p.Test, who.id); err != nil {
		return err
	}
	return s.took(ctx, tx, who, p, verified)
}

func (s *Store) took(ctx context.Context, tx *db.Tx, who someone, p Participation, verified string) error {
	by := authorOf(ctx)
	return s.keep(ctx, tx, who, `INSERT INTO participation (id, test_id, person_id, at, state, evidence, verified_by, bulk_id, received_at, device,
		by_account, by_person) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (id) DO NOTHING`,
		p.ID, p.Test, p.Person, p.At.UnixMilli(), p.State, p.Evidence, verified, p.Bulk, tx.Now.UnixMilli(), by.device, by.account, by.person)
}

// openForAnswers refuses answers to a test that is not open, or that does not count the person. The lock makes an answer and
// the close of the test queue.
func openForAnswers(ctx context.Context, tx *db.Tx, test, person string) error {
	if err := tx.Lock(ctx, "test:"+test); err != nil {
		return fmt.Errorf("lock structure test: %w", err)
	}
	t, err := testOf(ctx, tx, test)
	if err != nil {
		return err
	}
	ok, err := touches(ctx, tx, auth.Reach{Person: person}, &t)
	switch {
	case err != nil:
		return err
	case !ok || t.State == TestDraft:
		return fault.New(fault.Missing, "organize.test.missing")
	case t.State != TestOpen:
		return fault.New(fault.Conflict, "organize.test.not_open", "Name", t.Name)
	}
	return nil
}

// mostBulk is how many one form enters at once: a sheet has thirty lines, a photo a dozen faces.
const mostBulk = 200

// EnterMany records who answered what to an open test, by person, in one act that one undo takes back, and returns its id. Either
// all are entered or none. Errors: as RecordParticipation.
func (s *Store) EnterMany(ctx context.Context, test string, answers map[string]Answer, evidence Evidence) (string, error) {
	switch {
	case len(answers) == 0:
		return "", fault.Field("person", "organize.nobody_chosen")
	case len(answers) > mostBulk:
		return "", fault.Field("person", "organize.too_many", "Max", mostBulk)
	}
	bulk := newID()
	return bulk, db.Do(ctx, s.d, func(tx *db.Tx) error {
		people := slices.Sorted(maps.Keys(answers)) // two who enter the same take the locks in one order
		err := s.Together(ctx, tx, func(ctx context.Context) error {
			for _, id := range people {
				p := Participation{Fact: Fact{Person: id}, Test: test, State: answers[id], Evidence: evidence, Bulk: bulk}
				if err := s.RecordParticipation(ctx, tx, p); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		_, err = audit.Append(ctx, tx, audit.Entry{Verb: "participation.bulk", Object: "test:" + test, Subjects: people, Count: len(people)})
		return err
	})
}

// UndoMany takes back what its caller entered together. Each row stays and counts no more. Errors: Missing for what is not the
// caller's, Conflict once the test is closed.
func (s *Store) UndoMany(ctx context.Context, bulk string) (test string, err error) {
	return db.InTx(ctx, s.d, func(tx *db.Tx) (string, error) {
		by := authorOf(ctx)
		ids, err := db.Strings(ctx, tx, `SELECT id FROM participation WHERE bulk_id = $1 AND bulk_id <> '' AND by_account = $2 ORDER BY id`, bulk, by.account)
		if err != nil {
			return "", fmt.Errorf("read what was entered: %w", err)
		}
		if len(ids) == 0 {
			return "", fault.New(fault.Missing, "organize.no_fact")
		}
		var test string
		var state TestState
		if err := tx.Row(ctx, `SELECT t.id, t.state FROM participation p JOIN structure_test t ON t.id = p.test_id WHERE p.id = $1`, ids[0]).Scan(&test, &state); err != nil {
			return "", fmt.Errorf("read structure test: %w", err)
		}
		if state != TestOpen {
			return "", fault.New(fault.Conflict, "organize.test.undo_closed")
		}
		err = s.Together(ctx, tx, func(ctx context.Context) error {
			for _, id := range ids {
				if err := s.Retract(ctx, tx, id, tx.Now); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return "", err
		}
		_, err = audit.Append(ctx, tx, audit.Entry{Verb: "participation.undo", Object: "test:" + test, Count: len(ids)})
		return test, err
	})
}
