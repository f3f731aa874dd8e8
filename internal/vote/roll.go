// SPDX-License-Identifier: Apache-2.0

package vote

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// Way is how somebody on the roll votes.
type Way string

// The ways. Who votes on paper gets no credential, so that nobody votes twice.
const (
	Electronic Way = "electronic"
	Paper      Way = "paper"
	Struck     Way = "struck"
)

// Entry is a line of the electoral roll.
type Entry struct {
	No     int    `json:"no"`
	Person string `json:"person"`
	Name   string `json:"name"`
	Site   string `json:"site"`
	Way    Way    `json:"way"`
	Email  string `json:"-"` // personal, as the roster has it now; only rollFile and reminders read it
}

// Tally counts the roll by way.
type Tally struct {
	Electronic, Paper, Struck int
}

// Eligible is everybody who may vote.
func (t Tally) Eligible() int { return t.Electronic + t.Paper }

// The reach's condition stands in the middle; the index on employment (person_id) answers the second part. A merged record is read as
// the one that it was joined to.
func sqlEligible(reach auth.Reach, d *Draft, args *db.Args) string {
	query := `SELECT p.id, COALESCE(n.family, ''), COALESCE(n.given, ''), COALESCE(w.code, '') FROM person p
		LEFT JOIN person_now n ON n.person_id = p.id LEFT JOIN worksite w ON w.id = n.worksite_id
		WHERE p.unit_status = 'in' AND p.merged_into = '' AND EXISTS (SELECT 1 FROM employment e WHERE e.person_id = p.id AND e.voided_by = ''
			AND e.starts_on <= ` + args.Add(d.AsOf) + ` AND (e.ends_on = '' OR e.ends_on >= ` + args.Add(d.AsOf) + `))`
	if d.GoodStanding {
		query += ` AND p.member_status = 'member'`
	}
	return query + ` AND ` + reach.Where("p.id", args) + ` ORDER BY COALESCE(n.sort_key, ''), p.id LIMIT 200000`
}

// freezeVote takes the electoral roll from the roster as it stands and ends the draft: whoever is in the unit and had a job on the
// draft's day, members alone where it asks so. It notes the roster's version. Errors: Conflict, Invalid for an empty roll.
func freezeVote(ctx context.Context, tx *db.Tx, reach auth.Reach, v *Vote, a *Ask) error {
	detail, err := freezeRoll(ctx, tx, reach, v.ID, &v.Draft, a.ID)
	if err != nil {
		return err
	}
	_, err = audit.Append(ctx, tx, audit.Entry{Verb: "vote.freeze", Object: "vote:" + v.ID, Scope: reach.Label(), Detail: detail + " ask=" + a.ID, Count: 1})
	return err
}

// freezeRoll writes the roll of d and the step, and returns what it was taken from.
func freezeRoll(ctx context.Context, tx *db.Tx, reach auth.Reach, id string, d *Draft, ask string) (string, error) {
	var args db.Args
	query := sqlEligible(reach, d, &args)
	me, now := audit.By(ctx).Account, tx.Now.UnixMilli()
	var rows [][]any
	ids := sha256.New()
	err := tx.Rows(ctx, query, args, func(r *sql.Rows) error {
		var person, family, given, site string
		err := r.Scan(&person, &family, &given, &site)
		fmt.Fprintln(ids, person)
		rows = append(rows, []any{id, len(rows) + 1, person, strings.Trim(family+", "+given, ", "), site, me, now})
		return err
	})
	if err != nil {
		return "", fmt.Errorf("read eligible people: %w", err)
	}
	if len(rows) == 0 {
		return "", fault.Field("as_of", "vote.roll.empty")
	}
	var version int
	if _, err := db.Found(tx.Row(ctx, `SELECT version FROM unit_list ORDER BY version DESC LIMIT 1`).Scan(&version)); err != nil {
		return "", fmt.Errorf("read roster version: %w", err)
	}
	note := fmt.Sprintf("roster=%d n=%d sha256=%s", version, len(rows), hex.EncodeToString(ids.Sum(nil)))
	if _, err := step(ctx, tx, id, freeze, note, ask); err != nil {
		return "", err
	}
	return note, tx.Insert(ctx, "vote_roll", []string{"vote_id", "no", "person_id", "name", "site", "by_account", "at"}, rows)
}

// sqlWay is how the number of l votes; the unique index (vote_id, no, seq) finds the newest change.
const sqlWay = `COALESCE((SELECT c.way FROM vote_roll_change c WHERE c.vote_id = l.vote_id AND c.no = l.no ORDER BY c.seq DESC LIMIT 1), 'electronic')`

// tallyOf counts the roll; of one that is gone it returns what it was.
func tallyOf(ctx context.Context, tx *db.Tx, id string) (t Tally, err error) {
	gone, err := db.Found(tx.Row(ctx, `SELECT electronic, paper, struck FROM vote_kept WHERE vote_id = $1`, id).Scan(&t.Electronic, &t.Paper, &t.Struck))
	if err != nil || gone {
		return t, err
	}
	err = tx.Rows(ctx, `SELECT x.way, COUNT(*) FROM (SELECT `+sqlWay+` AS way FROM vote_roll l WHERE l.vote_id = $1) x GROUP BY x.way ORDER BY x.way`,
		[]any{id}, func(r *sql.Rows) error {
			var way Way
			var n int
			err := r.Scan(&way, &n)
			switch way {
			case Electronic:
				t.Electronic = n
			case Paper:
				t.Paper = n
			case Struck:
				t.Struck = n
			}
			return err
		})
	if err != nil {
		return t, fmt.Errorf("count roll: %w", err)
	}
	return t, nil
}

// lineOf returns the roll's line of a person: her own, or that of a record which was merged into hers since.
func lineOf(ctx context.Context, tx *db.Tx, id, person string) (no int, way Way, found bool, err error) {
	found, err = db.Found(tx.Row(ctx, `SELECT l.no, `+sqlWay+` FROM vote_roll l LEFT JOIN person p ON p.id = l.person_id
		WHERE l.vote_id = $1 AND (l.person_id = $2 OR p.merged_into = $3) ORDER BY CASE WHEN l.person_id = $4 THEN 0 ELSE 1 END, l.no LIMIT 1`,
		id, person, person, person).Scan(&no, &way))
	if err != nil {
		return 0, "", false, fmt.Errorf("look at roll: %w", err)
	}
	return no, way, found, nil
}

// page is how many lines of the roll one page shows.
const page = 100

// Roll returns the lines after number from, a page at most, whose name or worksite begins with find (folded; "" for all). The caller
// manages votes; the read is in the audit before it returns.
func (s *Store) Roll(ctx context.Context, id string, from int) ([]Entry, error) {
	reach, err := manages(ctx)
	if err != nil {
		return nil, err
	}
	all, err := db.InRead(ctx, s.d, func(tx *db.Tx) ([]Entry, error) {
		if _, err := known(ctx, tx, id); err != nil {
			return nil, err
		}
		return roll(ctx, tx, reach, id, from, page)
	})
	if err != nil {
		return nil, err
	}
	var people []string
	for _, e := range all {
		people = append(people, e.Person)
	}
	return all, s.log.Read(ctx, audit.Entry{Verb: "vote.roll", Object: "vote:" + id, Scope: reach.Label(), Subjects: people, Count: len(all)})
}

// roll reads lines; e-mail is that of whoever the record is read as now.
func roll(ctx context.Context, tx *db.Tx, reach auth.Reach, id string, from, most int) ([]Entry, error) {
	var args db.Args
	query := `SELECT l.no, l.person_id, l.name, l.site, ` + sqlWay + `, COALESCE(n.email, '') FROM vote_roll l
		LEFT JOIN person p ON p.id = l.person_id
		LEFT JOIN person_now n ON n.person_id = CASE WHEN COALESCE(p.merged_into, '') = '' THEN l.person_id ELSE p.merged_into END
		WHERE l.vote_id = ` + args.Add(id) + ` AND l.no > ` + args.Add(from) + ` AND ` + reach.Where("l.person_id", &args) +
		` ORDER BY l.no LIMIT ` + args.Add(most)
	all, err := db.All(ctx, tx, func(r *sql.Rows) (e Entry, err error) {
		return e, r.Scan(&e.No, &e.Person, &e.Name, &e.Site, &e.Way, &e.Email)
	}, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read roll: %w", err)
	}
	return all, nil
}

// setWay appends a change of how number no votes.
func setWay(ctx context.Context, tx *db.Tx, id string, no int, way Way, challenge string) error {
	var seq int
	if err := tx.Row(ctx, `SELECT COALESCE(MAX(seq), 0) + 1 FROM vote_roll_change WHERE vote_id = $1 AND no = $2`, id, no).Scan(&seq); err != nil {
		return fmt.Errorf("number change of roll: %w", err)
	}
	_, err := tx.Exec(ctx, `INSERT INTO vote_roll_change (id, vote_id, no, seq, way, challenge_id, by_account, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, newID(), id, no, seq, string(way), challenge, audit.By(ctx).Account, tx.Now.UnixMilli())
	if db.IsUnique(err) {
		return fault.New(fault.Conflict, "vote.changed_meanwhile")
	}
	if err != nil {
		return fmt.Errorf("change roll: %w", err)
	}
	return nil
}

// SetPaper says that number no votes on paper, or not. She must not have a credential, so it is possible until the credentials' list is
// in. Errors: Missing, Conflict.
func (s *Store) SetPaper(ctx context.Context, id string, no int, paper bool) error {
	reach, err := manages(ctx)
	if err != nil {
		return err
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		if err := rollOpen(ctx, tx, id); err != nil {
			return err
		}
		var person string
		var was Way
		ok, err := db.Found(tx.Row(ctx, `SELECT l.person_id, `+sqlWay+` FROM vote_roll l WHERE l.vote_id = $1 AND l.no = $2`, id, no).Scan(&person, &was))
		if err != nil || !ok {
			return firstError(err, errMissing())
		}
		way := map[bool]Way{true: Paper, false: Electronic}[paper]
		if was == way || was == Struck {
			return fault.New(fault.Conflict, "vote.changed_meanwhile")
		}
		if err := setWay(ctx, tx, id, no, way, ""); err != nil {
			return err
		}
		_, err = audit.Append(ctx, tx, audit.Entry{
			Verb: "vote.way", Object: "vote:" + id, Scope: reach.Label(), Detail: "way=" + string(way), Subjects: []string{person}, Count: 1,
		})
		return err
	})
}

// rollOpen returns a Conflict unless the roll may still change: frozen, and no list of credentials handed in.
func rollOpen(ctx context.Context, tx *db.Tx, id string) error {
	_, state, err := stateOf(ctx, tx, id)
	if err != nil {
		return err
	}
	if state != Rolled {
		return fault.New(fault.Conflict, "vote.roll.not_now")
	}
	l, err := listOf(ctx, tx, id)
	if err == nil && l.N > 0 {
		return fault.New(fault.Conflict, "vote.roll.listed")
	}
	return err
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
