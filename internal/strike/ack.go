// SPDX-License-Identifier: Apache-2.0

package strike

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// ackDue is how long captains have to say that they know.
const ackDue = 15 * time.Minute

// Captain is somebody who was told that an action is off, or starts at another time.
type Captain struct {
	Account, Name, Person string    // Account "": a member who has none; whoever hears of it from her can call her
	Acked                 time.Time // zero: silent
	Phone                 string    // of the silent, once it is overdue
}

// Acks is who has said that they know of the newest call-off, or of the newest start.
type Acks struct {
	Seq  int
	Step Event
	Due  time.Time
	All  []Captain // by name
	Mine bool      // the caller is among them and silent
}

// Silent returns those who have not said so.
func (k Acks) Silent() []Captain {
	var out []Captain
	for _, c := range k.All {
		if c.Acked.IsZero() {
			out = append(out, c)
		}
	}
	return out
}

const sqlCaptains = `SELECT DISTINCT g.account_id FROM role_grant g JOIN account a ON a.id = g.account_id
	WHERE g.role IN ('captain', 'line_captain') AND g.pending = 0 AND g.from_at <= $1 AND g.until_at > $2
	AND (g.ended_at = 0 OR g.ended_at > $3) AND a.suspended_at = 0 ORDER BY g.account_id LIMIT 5000`

// unsigned stands before the person in strike_ack.account_id, of a captain who has no account.
const unsigned = "person:"

// askCaptains asks every captain to say that she knows of the step just made: who holds a grant, and who leads people on a line now or within a day, account or not.
func (s *Store) askCaptains(ctx context.Context, tx *db.Tx, action string) error {
	var seq int
	if err := tx.Row(ctx, `SELECT MAX(seq) FROM strike_step WHERE strike_id = $1`, action).Scan(&seq); err != nil {
		return fmt.Errorf("number step: %w", err)
	}
	now := tx.Now.UnixMilli()
	accounts, err := db.Strings(ctx, tx, sqlCaptains, now, now, now)
	if err != nil {
		return fmt.Errorf("read captains: %w", err)
	}
	for _, leaders := range s.captains {
		people, err := leaders(ctx, tx, action)
		if err != nil {
			return err
		}
		for _, person := range people {
			own, err := db.Strings(ctx, tx, `SELECT a.id FROM account a LEFT JOIN person p ON p.id = a.person_id
				WHERE (a.person_id = $1 OR p.merged_into = $2) AND a.suspended_at = 0 ORDER BY a.id LIMIT 20`, person, person)
			if err != nil {
				return fmt.Errorf("look for account: %w", err)
			}
			if len(own) == 0 {
				own = []string{unsigned + person}
			}
			if !slices.ContainsFunc(own, func(id string) bool { return slices.Contains(accounts, id) }) {
				accounts = append(accounts, own[0])
			}
		}
	}
	var rows [][]any
	for _, id := range accounts {
		rows = append(rows, []any{action, seq, id, tx.Now.Add(ackDue).UnixMilli()})
	}
	if err := tx.Insert(ctx, "strike_ack", []string{"strike_id", "seq", "account_id", "due_at"}, rows); err != nil {
		return fmt.Errorf("ask captains: %w", err)
	}
	return nil
}

const sqlAcks = `SELECT k.seq, t.event, k.account_id, COALESCE(a.display, n.given || ' ' || n.family, ''), COALESCE(a.person_id, n.person_id, ''), k.due_at, k.acked_at
	FROM strike_ack k JOIN strike_step t ON t.strike_id = k.strike_id AND t.seq = k.seq LEFT JOIN account a ON a.id = k.account_id
	LEFT JOIN person_now n ON k.account_id LIKE 'person:%' AND n.person_id = SUBSTR(k.account_id, 8)
	WHERE k.strike_id = $1 AND k.seq = (SELECT MAX(x.seq) FROM strike_ack x WHERE x.strike_id = k.strike_id)
	ORDER BY 4, k.account_id LIMIT 5000`

func acks(ctx context.Context, tx *db.Tx, action string) (Acks, error) {
	var k Acks
	err := tx.Rows(ctx, sqlAcks, []any{action}, func(r *sql.Rows) error {
		var c Captain
		var due, acked int64
		err := r.Scan(&k.Seq, &k.Step, &c.Account, &c.Name, &c.Person, &due, &acked)
		k.Due = time.UnixMilli(due)
		if acked > 0 {
			c.Acked = time.UnixMilli(acked)
		}
		if me := auth.By(ctx); me != nil && acked == 0 && (me.Account == c.Account || me.Person != "" && unsigned+me.Person == c.Account) {
			k.Mine = true
		}
		if strings.HasPrefix(c.Account, unsigned) {
			c.Account = ""
		}
		k.All = append(k.All, c)
		return err
	})
	if err != nil {
		return k, fmt.Errorf("read acknowledgements: %w", err)
	}
	return k, nil
}

// Know is a captain's word that she knows what she was told. Errors: Missing when she was not asked.
func (s *Store) Know(ctx context.Context, action string) error {
	me := auth.By(ctx)
	if me == nil {
		return fault.New(fault.SignedOut, "auth.signed_out")
	}
	return s.locked(ctx, func(tx *db.Tx, _ *book) error {
		n, err := tx.ExecN(ctx, `UPDATE strike_ack SET acked_at = $1 WHERE strike_id = $2 AND account_id IN ($3, $4) AND acked_at = 0`, tx.Now.UnixMilli(),
			action, me.Account, unsigned+me.Person)
		if err != nil {
			return fmt.Errorf("record acknowledgement: %w", err)
		}
		if n == 0 {
			return fault.New(fault.Missing, "strike.missing")
		}
		return s.done(ctx, tx, audit.Entry{Verb: "strike.ack", Object: "strike:" + action})
	})
}

// sqlPhones returns one personal number of each person within reach; a record that was joined to another has its numbers there.
const sqlPhones = `SELECT p.id, c.value FROM person p JOIN contact_point c ON c.person_id = CASE WHEN p.merged_into = '' THEN p.id ELSE p.merged_into END
	WHERE c.kind = 'phone' AND c.is_personal = 1 AND c.removed_at = 0 AND c.status IN ('ok', 'unverified') AND p.id IN `

// callList gives the silent their numbers once they are overdue: those who may call an action off have to reach the captains,
// whatever else they may read. It returns the people whom the page names; that it was read is put on record.
func (s *Store) callList(ctx context.Context, tx *db.Tx, k *Acks) ([]string, error) {
	var people []string
	for _, c := range k.Silent() {
		if c.Person != "" {
			people = append(people, c.Person)
		}
	}
	reach, err := auth.Allowed(ctx, mayConfirm)
	if err != nil || tx.Now.Before(k.Due) || len(people) == 0 {
		return people, nil //nolint:nilerr // who may not confirm sees no numbers
	}
	var args db.Args
	query := sqlPhones + args.In(people) + " AND " + reach.Where("p.id", &args) + " ORDER BY p.id, c.status, c.id LIMIT 5000"
	phones := map[string]string{}
	err = tx.Rows(ctx, query, args, func(r *sql.Rows) error {
		var id, phone string
		err := r.Scan(&id, &phone)
		if phones[id] == "" {
			phones[id] = phone
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read numbers of captains: %w", err)
	}
	for i := range k.All {
		if k.All[i].Acked.IsZero() {
			k.All[i].Phone = phones[k.All[i].Person]
		}
	}
	return people, nil
}
