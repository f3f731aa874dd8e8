// SPDX-License-Identifier: Apache-2.0

package vote

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// PaperCount is the total of one box of paper ballots: counted by one person, witnessed by another. It stands beside the electronic
// result, which alone can be checked by everybody.
type PaperCount struct {
	ID        string    `json:"id"`
	Place     string    `json:"place"`
	Counts    []int     `json:"counts"` // by slot, as in the archive
	Spoiled   int       `json:"spoiled"`
	Note      string    `json:"note,omitempty"`
	At        time.Time `json:"at"`
	Witnessed bool      `json:"witnessed"`
	Withdrawn bool      `json:"withdrawn"`
	Mine      bool      `json:"-"`
	by        string
	device    string
}

// Ballots is how many valid ballots the box held. It is right where one answer is allowed.
func (p *PaperCount) Ballots() int {
	n := 0
	for _, c := range p.Counts {
		n += c
	}
	return n
}

func papersOf(ctx context.Context, tx *db.Tx, v *Vote) ([]*PaperCount, error) {
	me := auth.By(ctx)
	all, err := db.All(ctx, tx, func(r *sql.Rows) (*PaperCount, error) {
		p := &PaperCount{}
		var counts string
		var at int64
		if err := r.Scan(&p.ID, &p.Place, &counts, &p.Spoiled, &p.Note, &p.by, &p.device, &at, &p.Witnessed, &p.Withdrawn); err != nil {
			return nil, err
		}
		p.At, p.Mine = time.UnixMilli(at), me != nil && me.Account == p.by
		return p, json.Unmarshal([]byte(counts), &p.Counts)
	}, `SELECT p.id, p.place, p.counts, p.spoiled, p.note, p.by_account, p.device, p.at,
		EXISTS (SELECT 1 FROM vote_paper_word w WHERE w.paper_id = p.id AND w.word = 'witnessed'),
		EXISTS (SELECT 1 FROM vote_paper_word w WHERE w.paper_id = p.id AND w.word = 'withdrawn')
		FROM vote_paper p WHERE p.vote_id = $1 ORDER BY p.id LIMIT 200`, v.ID)
	if err != nil {
		return nil, fmt.Errorf("read paper ballots: %w", err)
	}
	return all, nil
}

// AddPaper enters the total of a box. Not more than vote on paper. Errors: Missing, Conflict, Invalid.
func (s *Store) AddPaper(ctx context.Context, id string, p PaperCount) error {
	reach, err := manages(ctx)
	if err != nil {
		return err
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		v, err := voteBy(ctx, tx, "id", id)
		if err != nil {
			return err
		}
		if v.State != Open && v.State != Counting && v.State != Counted {
			return fault.New(fault.Conflict, "vote.paper.not_now")
		}
		if v.Draft.Max != 1 {
			return fault.New(fault.Conflict, "vote.paper.one_answer")
		}
		if p.Place == "" {
			return fault.Field("place", "vote.paper.place_missing")
		}
		bad := len(p.Counts) != len(v.Draft.slots()) || p.Spoiled < 0
		for _, c := range p.Counts {
			bad = bad || c < 0
		}
		if bad {
			return fault.Field("counts", "vote.paper.counts_form")
		}
		t, err := tallyOf(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := tx.Lock(ctx, "vote_paper:"+id); err != nil {
			return err
		}
		total := p.Ballots() + p.Spoiled
		there, err := papersOf(ctx, tx, v)
		if err != nil {
			return err
		}
		for _, o := range there {
			if !o.Withdrawn {
				total += o.Ballots() + o.Spoiled
			}
		}
		if total > t.Paper {
			return fault.Field("counts", "vote.paper.too_many", "N", total, "Want", t.Paper)
		}
		counts, err := json.Marshal(p.Counts)
		if err != nil {
			return fmt.Errorf("write counts: %w", err)
		}
		pid := newID()
		if _, err := tx.Exec(ctx, `INSERT INTO vote_paper (id, vote_id, place, counts, spoiled, note, by_account, device, at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			pid, id, p.Place, string(counts), p.Spoiled, p.Note, audit.By(ctx).Account, audit.By(ctx).Device, tx.Now.UnixMilli()); err != nil {
			return fmt.Errorf("add paper ballots: %w", err)
		}
		tx.Touch(Topic)
		_, err = audit.Append(ctx, tx, audit.Entry{
			Verb: "vote.paper", Object: "vote:" + id, Scope: reach.Label(), Detail: "paper=" + pid, Count: p.Ballots() + p.Spoiled,
		})
		return err
	})
}

// paperVerbs are the words of PaperWord, as the audit calls them.
var paperVerbs = map[string]string{"witnessed": "vote.paper_witnessed", "withdrawn": "vote.paper_withdrawn"}

// PaperWord witnesses a box's total: another human than who entered it, at another device, who confirms acts or holds a key of this vote
// and saw the count. Or it withdraws one that nobody has witnessed yet (who manages votes); once witnessed, that takes two: AskWithdraw.
// Errors: Missing, Conflict, Forbidden.
func (s *Store) PaperWord(ctx context.Context, id, paper, word string) error {
	if auth.By(ctx) == nil {
		return fault.New(fault.SignedOut, "auth.signed_out")
	}
	_, officer := manages(ctx)
	_, second := confirms(ctx)
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		v, err := known(ctx, tx, id)
		if err != nil {
			return err
		}
		p, err := paperOf(ctx, tx, v, paper)
		if err != nil {
			return err
		}
		owner, _, err := ownerOf(ctx, tx, id)
		switch {
		case err != nil:
			return err
		case second != nil && officer != nil && owner < 1:
			return errMissing()
		case v.State == Certified || p.Withdrawn || p.Witnessed:
			return fault.New(fault.Conflict, "vote.paper.not_now")
		case word == "witnessed":
			if err := strangerTo(ctx, tx, p.by, p.device); err != nil {
				return err
			}
		case word == "withdrawn" && officer != nil:
			return officer
		case paperVerbs[word] == "":
			return errMissing()
		}
		return paperWord(ctx, tx, id, paper, word)
	})
}

// paperOf returns one count. Errors: Missing.
func paperOf(ctx context.Context, tx *db.Tx, v *Vote, paper string) (*PaperCount, error) {
	all, err := papersOf(ctx, tx, v)
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(all, func(p *PaperCount) bool { return p.ID == paper }); i >= 0 {
		return all[i], nil
	}
	return nil, errMissing()
}

func paperWord(ctx context.Context, tx *db.Tx, id, paper, word string) error {
	if _, err := tx.Exec(ctx, `INSERT INTO vote_paper_word (paper_id, word, by_account, at) VALUES ($1, $2, $3, $4)`,
		paper, word, audit.By(ctx).Account, tx.Now.UnixMilli()); err != nil {
		return fmt.Errorf("witness paper ballots: %w", err)
	}
	tx.Touch(Topic)
	_, err := audit.Append(ctx, tx, audit.Entry{Verb: paperVerbs[word], Object: "vote:" + id, Detail: "paper=" + paper, Count: 1})
	return err
}

// mayWithdraw says why a count that was witnessed cannot be withdrawn. Errors: Missing, Conflict.
func mayWithdraw(ctx context.Context, tx *db.Tx, v *Vote, paper string) error {
	p, err := paperOf(ctx, tx, v, paper)
	if err == nil && (v.State == Certified || p.Withdrawn || !p.Witnessed) {
		err = fault.New(fault.Conflict, "vote.paper.not_now")
	}
	return err
}

func withdraw(ctx context.Context, tx *db.Tx, id, paper string) error {
	return paperWord(ctx, tx, id, paper, "withdrawn")
}
