// SPDX-License-Identifier: Apache-2.0

package vote

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/tenday/tenday/ballot"
	"github.com/tenday/tenday/ballot/bel"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
)

// Overview is a vote as the people of the campaign see it. It names nobody but those who hold a part of it.
type Overview struct {
	*Vote
	Steps     []Step        `json:"steps"`
	Tasks     []Task        `json:"tasks,omitempty"` // while the roll is open
	Tally     Tally         `json:"roll"`
	List      List          `json:"list"`
	Holders   []Holder      `json:"-"`
	Seats     []Seat        `json:"seats"`
	Ballots   int           `json:"ballots"` // on the board, superseded ones too
	Voters    int           `json:"voters"`  // credentials with a ballot
	Decrypted []int         `json:"decrypted"`
	Needed    int           `json:"needed"` // trustees who must decrypt
	Papers    []*PaperCount `json:"papers"`
	Outcome   *Outcome      `json:"outcome,omitempty"`
	Reminders []Reminder    `json:"reminders"`
	Head      *ballot.Head  `json:"head,omitempty"`
	Frozen    string        `json:"frozen,omitempty"` // roster version, count and digest of the roll

	Asks        []*Ask            `json:"-"` // what waits for its second person; for who may act
	Names       map[string]string `json:"-"` // of the accounts in Asks
	Officer     bool              `json:"-"` // the reader manages votes
	Confirms    bool              `json:"-"` // the reader may be a second person
	Owner       int               `json:"-"` // number of the reader's key, -1 for none
	Credentials bool              `json:"-"` // the reader makes the credentials
	Mine        Way               `json:"-"` // how the reader votes, "" if she is not on the roll
	OnRoster    bool              `json:"-"` // the reader is a person of the roster
}

// Seat is a trustee's part as everybody may see it.
type Seat struct {
	Owner     int    `json:"owner"`
	Name      string `json:"name"` // "" while nobody is appointed
	Due       string `json:"due"`
	Checked   bool   `json:"checked"`
	Decrypted bool   `json:"decrypted"`
}

// Reminder is one that was sent out.
type Reminder struct {
	Who  string    `json:"who"` // all, absent
	N    int       `json:"n"`
	Sent int       `json:"sent"`
	At   time.Time `json:"at"`
}

// Overview returns vote id. Errors: SignedOut, Missing.
func (s *Store) Overview(ctx context.Context, id string) (*Overview, error) {
	return db.InRead(ctx, s.d, func(tx *db.Tx) (*Overview, error) {
		v, err := known(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		o := &Overview{Vote: v, Owner: -1}
		_, err = manages(ctx)
		o.Officer = err == nil
		_, err = confirms(ctx)
		o.Confirms = err == nil
		if o.Officer || o.Confirms {
			if o.Asks, err = asksOf(ctx, tx, id); err != nil {
				return nil, err
			}
			if o.Names, err = namesOf(ctx, tx, o.Asks); err != nil {
				return nil, err
			}
		}
		if o.Steps, err = stepsOf(ctx, tx, id); err != nil {
			return nil, err
		}
		for _, st := range o.Steps {
			if st.Event == freeze {
				o.Frozen = st.Note
			}
		}
		agreed, err := agreedOf(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		o.Steps = append(o.Steps, agreed...)
		slices.SortStableFunc(o.Steps, func(a, b Step) int { return a.At.Compare(b.At) })
		if v.State == Drafted || o.Frozen == "" {
			return o, nil
		}
		if o.Owner, o.Credentials, err = ownerOf(ctx, tx, id); err != nil {
			return nil, err
		}
		p, err := prepare(ctx, tx, v)
		if err != nil {
			return nil, err
		}
		o.Tasks, o.Tally, o.List = p.tasks, p.tally, p.list
		if me := auth.By(ctx); me.Person != "" {
			o.OnRoster = true
			if _, o.Mine, _, err = lineOf(ctx, tx, id, me.Person); err != nil {
				return nil, err
			}
		}
		if err := o.board(ctx, tx, p); err != nil {
			return nil, err
		}
		return o, o.beside(ctx, tx)
	})
}

// board fills in what the archive says, and who has done her part.
func (o *Overview) board(ctx context.Context, tx *db.Tx, p *preparation) error {
	holders, err := holdersOf(ctx, tx, o.ID)
	if err != nil {
		return err
	}
	o.Holders = holders
	o.Needed = o.Draft.Trustees
	if o.Draft.Threshold > 0 {
		o.Needed = o.Draft.Threshold
	}
	if o.State.Past(Sealed) {
		b, err := boardOf(ctx, tx, o.UUID)
		if err != nil {
			return err
		}
		h := b.head()
		o.Head = &h
		if o.Ballots, o.Voters, err = castCounts(ctx, tx, o.UUID); err != nil {
			return err
		}
		if o.State.Past(Counting) {
			o.Decrypted, o.Ballots, o.Voters = b.Report.Owners, b.Report.BallotEvents, b.Report.BallotsCounted
		}
	}
	for i := range o.Draft.Trustees {
		seat := Seat{Owner: i + 1, Due: p.round.due(i + 1), Checked: p.round.messages[dueCheck][i+1] != nil}
		for _, h := range holders {
			if h.Owner == seat.Owner {
				seat.Name = h.Name
			}
		}
		for _, d := range o.Decrypted {
			seat.Decrypted = seat.Decrypted || d == seat.Owner
		}
		o.Seats = append(o.Seats, seat)
	}
	return nil
}

// beside fills in paper, reminders and the outcome.
func (o *Overview) beside(ctx context.Context, tx *db.Tx) (err error) {
	if o.Papers, err = papersOf(ctx, tx, o.Vote); err != nil {
		return err
	}
	if o.State.Past(Counted) {
		if o.Outcome, err = outcome(ctx, tx, o.Vote, presentOf(o.Vote)); err != nil {
			return err
		}
	}
	o.Reminders, err = db.All(ctx, tx, func(r *sql.Rows) (m Reminder, err error) {
		var at int64
		err = r.Scan(&m.Who, &m.N, &m.Sent, &at)
		m.At = time.UnixMilli(at)
		return m, err
	}, `SELECT m.who, m.n, m.sent, m.at FROM vote_reminder m WHERE m.vote_id = $1 ORDER BY m.id LIMIT 100`, o.ID)
	if err != nil {
		return fmt.Errorf("read reminders: %w", err)
	}
	return nil
}

// presentOf returns how many were present, as the certificate says.
func presentOf(v *Vote) *int {
	var word string
	var n int
	if _, err := fmt.Sscanf(v.Note, "%s present=%d", &word, &n); v.State != Certified || err != nil {
		return nil
	}
	return &n
}

// Outcome returns the result of vote id with the rule applied. Errors: Missing, Conflict before the count.
func (s *Store) Outcome(ctx context.Context, id string) (*Outcome, error) {
	return db.InRead(ctx, s.d, func(tx *db.Tx) (*Outcome, error) {
		v, err := known(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		return outcome(ctx, tx, v, presentOf(v))
	})
}

// Public is a vote as anybody with its link sees it, without an account.
type Public struct {
	*Vote
	Board      *board       `json:"-"`
	Head       *ballot.Head `json:"head"`
	Stage      bel.Stage    `json:"stage"`
	Ballots    int          `json:"ballots"`
	Voters     int          `json:"voters"`
	Eligible   int          `json:"eligible"`
	ListHash   string       `json:"credentials_hash"`
	Listed     int          `json:"credentials"`
	Keys       []Key        `json:"trustees"`
	Outcome    *Outcome     `json:"outcome,omitempty"`
	ReceiptKey string       `json:"receipt_key"`
	Rules      string       `json:"rules"`
}

// Key is a trustee's public key, as people compare it.
type Key struct {
	Owner       int    `json:"owner"`
	Name        string `json:"name"`
	Fingerprint string `json:"fingerprint"`
}

// Public returns the vote of a public identifier, real or practice. Errors: Missing, also before the seal.
func (s *Store) Public(ctx context.Context, uuid string) (*Public, error) {
	b, err := s.election(ctx, uuid)
	if err != nil {
		return nil, err
	}
	key, err := s.ReceiptKey(ctx)
	if err != nil {
		return nil, err
	}
	return db.InRead(ctx, s.d, func(tx *db.Tx) (*Public, error) {
		v, err := voteBy(ctx, tx, "id", b.VoteID)
		if err != nil {
			return nil, err
		}
		p := &Public{Vote: v, Board: b, ReceiptKey: key}
		now, err := boardOf(ctx, tx, uuid)
		if err != nil {
			return nil, err
		}
		h := now.head()
		p.Head, p.Stage = &h, now.Sum.Stage()
		if p.Ballots, p.Voters, err = castCounts(ctx, tx, uuid); err != nil {
			return nil, err
		}
		if v.State.Past(Counting) && !b.practice() {
			p.Ballots, p.Voters = now.Report.BallotEvents, now.Report.BallotsCounted
		}
		t, err := tallyOf(ctx, tx, v.ID)
		if err != nil {
			return nil, err
		}
		p.Eligible = t.Eligible()
		l, err := listOf(ctx, tx, v.ID)
		if err != nil {
			return nil, err
		}
		p.ListHash, p.Listed = l.Hash, l.N
		if err := p.keys(ctx, tx); err != nil {
			return nil, err
		}
		var frozen string
		if _, err := db.Found(tx.Row(ctx, `SELECT note FROM vote_step WHERE vote_id = $1 AND event = 'freeze'`, v.ID).Scan(&frozen)); err != nil {
			return nil, fmt.Errorf("read version of roll: %w", err)
		}
		rules, _ := v.Draft.rulesJSON(frozen)
		p.Rules = string(rules)
		if v.State.Past(Counted) {
			p.Outcome, err = outcome(ctx, tx, v, presentOf(v))
		}
		return p, err
	})
}

func (p *Public) keys(ctx context.Context, tx *db.Tx) error {
	holders, err := holdersOf(ctx, tx, p.ID)
	if err != nil {
		return err
	}
	for owner := 1; owner <= p.Draft.Trustees; owner++ {
		public := keyOf(p.Board.Trustees, owner)
		if public == nil {
			break
		}
		key := Key{Owner: owner, Name: public.Name, Fingerprint: public.Fingerprint()}
		for _, h := range holders {
			if h.Owner == owner {
				key.Name = h.Name
			}
		}
		p.Keys = append(p.Keys, key)
	}
	return nil
}
