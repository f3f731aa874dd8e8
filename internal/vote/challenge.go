// SPDX-License-Identifier: Apache-2.0

package vote

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// Challenge is somebody's word that the roll is wrong about a person.
type Challenge struct {
	ID     string         `json:"id"`
	Person string         `json:"person"`
	Name   string         `json:"name"`
	Kind   string         `json:"kind"` // add, strike
	Reason string         `json:"reason"`
	At     time.Time      `json:"at"`
	Steps  []ChallengeAct `json:"steps"`
	Mine   bool           `json:"-"` // the reader filed it, or it is about her
	by     string
	device string
}

// ChallengeAct is a decision (allow, refuse), an appeal against it, or what whoever it is about has to say (answer).
type ChallengeAct struct {
	Event  string    `json:"event"`
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
	by     string
	device string
}

// decisions are the acts that decide.
func (c *Challenge) decisions() (all []ChallengeAct) {
	for _, a := range c.Steps {
		if a.Event == "allow" || a.Event == "refuse" {
			all = append(all, a)
		}
	}
	return all
}

// Appealed tells whether there was an appeal.
func (c *Challenge) Appealed() bool {
	return slices.ContainsFunc(c.Steps, func(a ChallengeAct) bool { return a.Event == "appeal" })
}

// Undecided tells whether somebody must still decide.
func (c *Challenge) Undecided() bool {
	n := len(c.decisions())
	return n == 0 || n == 1 && c.Appealed()
}

// Final tells whether the last word is spoken: a decision after an appeal.
func (c *Challenge) Final() bool { return len(c.decisions()) >= 2 }

// Challenge says that the roll of vote id is wrong: kind "add" or "strike" about person. Who manages votes may say so of anybody, others
// may ask to be added themselves. Errors: Invalid, Missing, Conflict when the roll cannot change any more.
func (s *Store) Challenge(ctx context.Context, id, kind, person, reason string) error {
	me := auth.By(ctx)
	if me == nil {
		return fault.New(fault.SignedOut, "auth.signed_out")
	}
	reach, officer := manages(ctx)
	switch {
	case officer != nil && (kind != "add" || me.Person == ""):
		return officer
	case officer != nil:
		person = me.Person
	case kind != "add" && kind != "strike":
		return fault.Field("kind", "vote.challenge.kind")
	}
	if reason == "" {
		return fault.Field("reason", "vote.challenge.reason_missing")
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		if _, err := known(ctx, tx, id); err != nil {
			return err
		}
		if err := rollOpen(ctx, tx, id); err != nil {
			return err
		}
		_, way, on, err := lineOf(ctx, tx, id, person)
		if err != nil {
			return err
		}
		if on && way != Struck == (kind == "add") || !on && kind == "strike" {
			return fault.Field("person", "vote.challenge.needless")
		}
		if err := oneOfUs(ctx, tx, person); err != nil {
			return err
		}
		all, err := challengesOf(ctx, tx, id)
		if err != nil {
			return err
		}
		for _, c := range all {
			if c.Person == person && c.Undecided() {
				return fault.New(fault.Conflict, "vote.challenge.there")
			}
		}
		cid := newID()
		if _, err := tx.Exec(ctx, `INSERT INTO vote_challenge (id, vote_id, person_id, kind, reason, by_account, device, at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, cid, id, person, kind, reason, me.Account, me.Device, tx.Now.UnixMilli()); err != nil {
			return fmt.Errorf("add challenge: %w", err)
		}
		if err := tell(ctx, tx, cid, "filed"); err != nil {
			return err
		}
		tx.Touch(Topic)
		_, err = audit.Append(ctx, tx, audit.Entry{
			Verb: "vote.challenge", Object: "vote:" + id, Scope: reach.Label(), Detail: "kind=" + kind + " challenge=" + cid,
			Subjects: []string{person}, Count: 1,
		})
		return err
	})
}

// oneOfUs returns Missing unless the roster has the person under this id.
func oneOfUs(ctx context.Context, tx *db.Tx, person string) error {
	var one int
	ok, err := db.Found(tx.Row(ctx, `SELECT 1 FROM person WHERE id = $1 AND merged_into = ''`, person).Scan(&one))
	if err == nil && !ok {
		return fault.Field("person", "vote.challenge.nobody")
	}
	return err
}

// challengeVerbs are the acts that Decide takes, as the audit calls them.
var challengeVerbs = map[string]string{
	"allow": "vote.challenge_allow", "refuse": "vote.challenge_refuse", "appeal": "vote.challenge_appeal", "answer": "vote.challenge_answer",
}

// Decide allows or refuses a challenge, appeals against a decision, or answers: whoever it is about may say her part while it is
// undecided. Nobody decides what she filed herself or what is about herself, and a decision after an appeal is somebody else's than the
// first. Whoever it is about is told of everything by mail. Errors: Missing, Invalid, Conflict, Forbidden.
func (s *Store) Decide(ctx context.Context, id, challenge, event, reason string) error {
	me := auth.By(ctx)
	if me == nil {
		return fault.New(fault.SignedOut, "auth.signed_out")
	}
	reach, refused := manages(ctx)
	if refused != nil {
		reach, refused = confirms(ctx)
	}
	if reason == "" {
		return fault.Field("reason", "vote.challenge.reason_missing")
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		if err := rollOpen(ctx, tx, id); err != nil {
			return err
		}
		all, err := challengesOf(ctx, tx, id)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(c *Challenge) bool { return c.ID == challenge && (refused == nil || c.Mine) })
		if i < 0 {
			return errMissing()
		}
		c := all[i]
		switch event {
		case "allow", "refuse":
			if refused != nil {
				return refused
			}
			err = mayDecide(ctx, tx, id, c)
		case "appeal":
			if c.Undecided() || c.Appealed() {
				err = fault.New(fault.Conflict, "vote.challenge.not_now")
			}
		case "answer":
			if !c.Mine || !c.Undecided() || len(c.Steps) > 20 {
				err = fault.New(fault.Conflict, "vote.challenge.not_now")
			}
		default:
			err = fault.Field("event", "vote.challenge.kind")
		}
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO vote_challenge_step (challenge_id, seq, event, reason, by_account, device, at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			c.ID, len(c.Steps)+1, event, reason, me.Account, me.Device, tx.Now.UnixMilli())
		if db.IsUnique(err) {
			return fault.New(fault.Conflict, "vote.changed_meanwhile")
		}
		if err != nil {
			return fmt.Errorf("decide challenge: %w", err)
		}
		if event == "allow" || event == "refuse" {
			if err := apply(ctx, tx, id, c, event == "allow"); err != nil {
				return err
			}
		}
		if event != "answer" {
			if err := tell(ctx, tx, c.ID, event); err != nil {
				return err
			}
		}
		tx.Touch(Topic)
		_, err = audit.Append(ctx, tx, audit.Entry{
			Verb: challengeVerbs[event], Object: "vote:" + id, Scope: reach.Label(), Detail: "challenge=" + c.ID,
			Subjects: []string{c.Person}, Count: 1,
		})
		return err
	})
}

// mayDecide says why the caller cannot decide c. Errors: Conflict, Forbidden.
func mayDecide(ctx context.Context, tx *db.Tx, id string, c *Challenge) error {
	if !c.Undecided() {
		return fault.New(fault.Conflict, "vote.challenge.not_now")
	}
	if err := apart(ctx, tx, id); err != nil {
		return err
	}
	if _, _, err := secondTo(ctx, tx, c.by, c.device); err != nil {
		return err
	}
	for _, d := range c.decisions() {
		if _, _, err := secondTo(ctx, tx, d.by, d.device); err != nil {
			return err
		}
	}
	person, err := personOf(ctx, tx)
	if err == nil && person != "" && person == c.Person {
		err = fault.New(fault.Forbidden, "vote.second.self")
	}
	return err
}

// personOf returns the caller's person as the roster reads it now, "" for none.
func personOf(ctx context.Context, tx *db.Tx) (string, error) {
	me, _, err := humanOf(ctx, tx, auth.By(ctx).Account)
	return me.person, err
}

// apply makes the roll what the decision says: an allowed challenge has its effect, and one refused on appeal loses it.
func apply(ctx context.Context, tx *db.Tx, id string, c *Challenge, allowed bool) error {
	on := allowed == (c.Kind == "add")
	no, way, found, err := lineOf(ctx, tx, id, c.Person)
	if err != nil {
		return err
	}
	switch {
	case found && on && way == Struck:
		return setWay(ctx, tx, id, no, Electronic, c.ID)
	case found && !on && way != Struck:
		return setWay(ctx, tx, id, no, Struck, c.ID)
	case found || !on:
		return nil
	}
	_, err = tx.Exec(ctx, `INSERT INTO vote_roll (vote_id, no, person_id, name, site, challenge_id, by_account, at)
		SELECT $1, (SELECT COALESCE(MAX(no), 0) + 1 FROM vote_roll WHERE vote_id = $2), p.id,
			COALESCE(n.family || ', ' || n.given, ''), COALESCE(w.code, ''), $3, $4, $5 FROM person p
		LEFT JOIN person_now n ON n.person_id = p.id LEFT JOIN worksite w ON w.id = n.worksite_id WHERE p.id = $6`,
		id, id, c.ID, audit.By(ctx).Account, tx.Now.UnixMilli(), c.Person)
	if err != nil {
		return fmt.Errorf("add to roll: %w", err)
	}
	return nil
}

// challengesOf reads every challenge of a vote. The person is the one that a merged record was joined to.
func challengesOf(ctx context.Context, tx *db.Tx, id string) ([]*Challenge, error) {
	var me human
	if caller := auth.By(ctx); caller != nil {
		var err error
		if me, _, err = humanOf(ctx, tx, caller.Account); err != nil {
			return nil, err
		}
	}
	all, err := db.All(ctx, tx, func(r *sql.Rows) (*Challenge, error) {
		c := &Challenge{}
		var at int64
		err := r.Scan(&c.ID, &c.Person, &c.Name, &c.Kind, &c.Reason, &c.by, &c.device, &at)
		c.At = time.UnixMilli(at)
		c.Mine = me.account != "" && (c.by == me.account || me.person != "" && c.Person == me.person)
		return c, err
	}, `SELECT c.id, COALESCE(NULLIF(p.merged_into, ''), c.person_id), COALESCE(n.family || ', ' || n.given, l.name, ''), c.kind, c.reason, c.by_account,
		c.device, c.at FROM vote_challenge c LEFT JOIN person p ON p.id = c.person_id
		LEFT JOIN person_now n ON n.person_id = COALESCE(NULLIF(p.merged_into, ''), c.person_id)
		LEFT JOIN vote_roll l ON l.vote_id = c.vote_id AND l.person_id = c.person_id WHERE c.vote_id = $1 ORDER BY c.id LIMIT 1000`, id)
	if err != nil {
		return nil, fmt.Errorf("read challenges: %w", err)
	}
	byID := map[string]*Challenge{}
	for _, c := range all {
		byID[c.ID] = c
	}
	err = tx.Rows(ctx, `SELECT s.challenge_id, s.event, s.reason, s.by_account, s.device, s.at FROM vote_challenge_step s
		JOIN vote_challenge c ON c.id = s.challenge_id WHERE c.vote_id = $1 ORDER BY s.challenge_id, s.seq LIMIT 5000`, []any{id}, func(r *sql.Rows) error {
		var c string
		var a ChallengeAct
		var at int64
		err := r.Scan(&c, &a.Event, &a.Reason, &a.by, &a.device, &at)
		a.At = time.UnixMilli(at)
		if byID[c] != nil {
			byID[c].Steps = append(byID[c].Steps, a)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read decisions: %w", err)
	}
	return all, nil
}

// Challenges returns the challenges of vote id that the caller may see: who manages votes or confirms all, others those that they filed
// or that are about them.
func (s *Store) Challenges(ctx context.Context, id string) ([]*Challenge, error) {
	if auth.By(ctx) == nil {
		return nil, fault.New(fault.SignedOut, "auth.signed_out")
	}
	reach, _ := manages(ctx)
	all, err := db.InRead(ctx, s.d, func(tx *db.Tx) ([]*Challenge, error) {
		if _, err := known(ctx, tx, id); err != nil {
			return nil, err
		}
		return challengesOf(ctx, tx, id)
	})
	if err != nil {
		return nil, err
	}
	var mine []*Challenge
	var people []string
	for _, c := range all {
		if c.Mine || drafts(ctx) {
			mine = append(mine, c)
			people = append(people, c.Person)
		}
	}
	if drafts(ctx) && len(mine) > 0 {
		err = s.log.Read(ctx, audit.Entry{Verb: "vote.challenges", Object: "vote:" + id, Scope: reach.Label(), Subjects: people, Count: len(mine)})
	}
	return mine, err
}
