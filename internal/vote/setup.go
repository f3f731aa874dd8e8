// SPDX-License-Identifier: Apache-2.0

package vote

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/tenday/tenday/ballot"
	"github.com/tenday/tenday/ballot/bel"
	"github.com/tenday/tenday/ballot/canon"
	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/job"
)

// List is the list of public credentials that was handed in. N is 0 while there is none.
type List struct {
	Seq  int    `json:"-"`
	N    int    `json:"n"`
	Hash string `json:"hash"` // what the credential officer compares, as tenday ballot credentials prints it
	text string
}

func listOf(ctx context.Context, tx *db.Tx, id string) (l List, err error) {
	_, err = db.Found(tx.Row(ctx, `SELECT seq, n, hash, list FROM vote_list WHERE vote_id = $1 ORDER BY seq DESC LIMIT 1`, id).
		Scan(&l.Seq, &l.N, &l.Hash, &l.text))
	if err != nil {
		return l, fmt.Errorf("read list of credentials: %w", err)
	}
	return l, nil
}

// RollFile writes the roll for the credential officer, as CSV: number (column id), name, worksite, personal address. She alone gets it,
// and two others, neither of them she, have appointed her: a file of so many takes two people. Who votes on paper is not in it.
// Errors: Missing for anybody else.
func (s *Store) RollFile(ctx context.Context, id string, w io.Writer) error {
	me := auth.By(ctx)
	type file struct {
		entries []Entry
		people  []string
		stamp   string
	}
	f, err := db.InRead(ctx, s.d, func(tx *db.Tx) (f file, err error) {
		v, err := known(ctx, tx, id)
		if err != nil {
			return f, err
		}
		_, mine, err := ownerOf(ctx, tx, id)
		if err != nil || !mine {
			return f, firstError(err, errMissing())
		}
		if v.State != Rolled && v.State != Sealed && v.State != Open {
			return f, fault.New(fault.Conflict, "vote.list.not_now")
		}
		all, err := roll(ctx, tx, auth.Reach{All: true}, id, 0, 200000)
		for _, e := range all {
			if e.Way == Electronic {
				f.entries = append(f.entries, e)
				f.people = append(f.people, e.Person)
			}
		}
		f.stamp = audit.Short(me.Account) + " " + tx.Now.UTC().Format("2006-01-02T15:04Z")
		return f, err
	})
	if err != nil {
		return err
	}
	entry := audit.Entry{Verb: "vote.roll_file", Object: "vote:" + id, Scope: string(auth.Unit), Subjects: f.people, Count: len(f.people)}
	if err := s.log.Read(ctx, entry); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	_ = out.Write([]string{"id", "name", "worksite", "email", "file"})
	for _, e := range f.entries {
		_ = out.Write([]string{fmt.Sprintf("%04d", e.No), harmless(e.Name), harmless(e.Site), harmless(e.Email), f.stamp})
	}
	out.Flush()
	return out.Error()
}

// harmless keeps a spreadsheet from taking a cell for a formula.
func harmless(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

// HandIn takes the list of public credentials from the credential officer: as many as there are people on the roll who vote in the booth.
// An empty file takes the list back, while the roll may still change. Errors: Missing, Invalid, Conflict.
func (s *Store) HandIn(ctx context.Context, id string, data []byte) error {
	var list ballot.Credentials
	var hash string
	if len(bytes.TrimSpace(data)) > 0 {
		var err error
		if list, err = ballot.ImportCredentials(data); err == nil {
			err = list.Check(rand.Reader)
		}
		if e, ok := errors.AsType[*canon.Error](err); ok {
			return &fault.Error{Code: fault.Invalid, Key: "vote.list.refused", Field: "list", Args: map[string]any{"Reason": e.Reason}, Err: err}
		}
		if err != nil {
			return err
		}
		hash = bel.HashOf(list.Marshal()).Base64()
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		v, err := known(ctx, tx, id)
		if err != nil {
			return err
		}
		_, mine, err := ownerOf(ctx, tx, id)
		if err != nil || !mine {
			return firstError(err, errMissing())
		}
		if v.State != Rolled {
			return fault.New(fault.Conflict, "vote.list.not_now")
		}
		t, err := tallyOf(ctx, tx, id)
		if err != nil {
			return err
		}
		if len(list) > 0 && len(list) != t.Electronic {
			return fault.Field("list", "vote.list.count", "N", len(list), "Want", t.Electronic)
		}
		old, err := listOf(ctx, tx, id)
		if err != nil {
			return err
		}
		text := ""
		if len(list) > 0 {
			text = string(list.Marshal())
		}
		_, err = tx.Exec(ctx, `INSERT INTO vote_list (vote_id, seq, n, hash, list, by_account, at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			id, old.Seq+1, len(list), hash, text, audit.By(ctx).Account, tx.Now.UnixMilli())
		if db.IsUnique(err) {
			return fault.New(fault.Conflict, "vote.changed_meanwhile")
		}
		if err != nil {
			return fmt.Errorf("keep list of credentials: %w", err)
		}
		tx.Touch(Topic)
		_, err = audit.Append(ctx, tx, audit.Entry{Verb: "vote.list", Object: "vote:" + id, Detail: "sha256=" + hash, Count: len(list)})
		return err
	})
}

// Task is one thing that must be done before a vote is sealed.
type Task struct {
	Key  string `json:"key"` // challenges, credential_officer, trustees, keys, checks, list
	N    int    `json:"n"`
	Of   int    `json:"of"`
	Done bool   `json:"done"`
}

// preparation is all that a seal is made of, as it stands.
type preparation struct {
	vote     *Vote
	tally    Tally
	list     List
	round    *round
	trustees ballot.Trustees
	tasks    []Task
	version  string // of the roster, from the freeze
}

func (p *preparation) ready() bool {
	for _, t := range p.tasks {
		if !t.Done {
			return false
		}
	}
	return true
}

func prepare(ctx context.Context, tx *db.Tx, v *Vote) (*preparation, error) {
	p := &preparation{vote: v}
	var err error
	if p.tally, err = tallyOf(ctx, tx, v.ID); err != nil {
		return nil, err
	}
	if p.list, err = listOf(ctx, tx, v.ID); err != nil {
		return nil, err
	}
	if p.round, err = roundOf(ctx, tx, v); err != nil {
		return nil, err
	}
	if p.trustees, _, err = p.round.trustees(); err != nil {
		return nil, refusedKey(err)
	}
	holders, err := holdersOf(ctx, tx, v.ID)
	if err != nil {
		return nil, err
	}
	challenges, err := challengesOf(ctx, tx, v.ID)
	if err != nil {
		return nil, err
	}
	decided, officer, done := 0, 0, 0
	for _, c := range challenges {
		if !c.Undecided() {
			decided++
		}
	}
	for _, h := range holders {
		if h.Owner == credentialOfficer {
			officer++
		}
	}
	for owner := range p.round.n {
		if p.round.due(owner+1) == dueDone {
			done++
		}
	}
	n := p.round.n
	for _, t := range []Task{
		{Key: "challenges", N: decided, Of: len(challenges)},
		{Key: "credential_officer", N: officer, Of: 1},
		{Key: "trustees", N: len(holders) - officer, Of: n},
		{Key: "keys", N: done, Of: n},
		{Key: "checks", N: len(p.round.messages[dueCheck]), Of: n},
		{Key: "list", N: p.list.N, Of: p.tally.Electronic},
	} {
		t.Done = t.N == t.Of
		p.tasks = append(p.tasks, t)
	}
	var note string
	if _, err := db.Found(tx.Row(ctx, `SELECT note FROM vote_step WHERE vote_id = $1 AND event = 'freeze'`, v.ID).Scan(&note)); err != nil {
		return nil, fmt.Errorf("read version of roll: %w", err)
	}
	p.version = note
	return p, nil
}

// archive makes the archive's beginning for an election of these credentials, and its board.
func (p *preparation) archive(uuid, name string, list ballot.Credentials, timestamp int64) (*board, []byte, error) {
	d := &p.vote.Draft
	text, err := ballot.NewElection(uuid, name, d.electionText(p.version), d.questions(), p.trustees)
	if err != nil {
		return nil, nil, err
	}
	file := &memory{}
	box, err := ballot.Create(file, rand.Reader, timestamp, text, p.trustees, list)
	if err != nil {
		return nil, nil, err
	}
	return &board{UUID: uuid, VoteID: p.vote.ID, Report: box.Report()}, file.Bytes(), nil
}

// memory is a new archive that is not on the board yet.
type memory struct{ bytes.Buffer }

// ReadAt reads what was written.
func (m *memory) ReadAt(p []byte, at int64) (int, error) {
	return bytes.NewReader(m.Bytes()).ReadAt(p, at)
}

// WriteAt appends.
func (m *memory) WriteAt(p []byte, at int64) (int, error) {
	if at != int64(m.Len()) {
		return 0, errors.New("an archive only grows")
	}
	return m.Write(p)
}

// Sync has nothing to do.
func (m *memory) Sync() error { return nil }

// practiceName begins the name of every practice election.
const practiceName = "PRACTICE: "

// stand says what a seal would be made of, in a word: what a second person confirms must be what was asked for.
func (p *preparation) stand() string {
	return fmt.Sprintf("list=%d round=%d electronic=%d paper=%d struck=%d", p.list.Seq, p.round.no, p.tally.Electronic, p.tally.Paper, p.tally.Struck)
}

// mayBegin says why the archive cannot begin.
func (p *preparation) mayBegin(now time.Time) error {
	switch {
	case !p.ready():
		return fault.New(fault.Conflict, "vote.seal.not_ready")
	case !p.vote.Draft.closesAt().After(now):
		return fault.New(fault.Conflict, "vote.seal.too_late")
	}
	return nil
}

// seal begins the archive: from here on question, roll, keys and credentials stand. It opens at its hour by itself. A practice election
// with the same keys comes with it; its one credential is printed on the page, and nothing cast there is kept. The archives are made
// before the transaction, which then looks whether anything has changed. Errors: Conflict, Forbidden.
func (s *Store) seal(ctx context.Context, v *Vote, reach auth.Reach, a *Ask) error {
	p, err := db.InRead(ctx, s.d, func(tx *db.Tx) (*preparation, error) { return prepare(ctx, tx, v) })
	if err != nil {
		return err
	}
	now := s.d.Now()
	if err := p.mayBegin(now); err != nil {
		return err
	}
	list, err := ballot.ImportCredentials([]byte(p.list.text))
	if err != nil {
		return fmt.Errorf("read list of credentials: %w", err)
	}
	real, file, err := p.archive(v.UUID, v.Draft.Name, list, now.Unix())
	if err != nil {
		return err
	}
	practice, practiceFile, err := p.practice(now.Unix())
	if err != nil {
		return err
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		if _, err := s.word(ctx, tx, v.ID, a); err != nil { // it holds the ask to what stands now
			return err
		}
		if p.stand() != a.Wish.Stand {
			return fault.New(fault.Conflict, "vote.changed_meanwhile")
		}
		if _, err := step(ctx, tx, v.ID, seal, "", a.ID); err != nil {
			return err
		}
		rows := make([][]any, 0, len(list))
		for _, h := range list.Hashes() {
			rows = append(rows, []any{real.UUID, h.String()})
		}
		for b, archive := range map[*board][]byte{real: file, practice: practiceFile} {
			if err := addBoard(ctx, tx, b, archive); err != nil {
				return err
			}
			if err := insertBlock(ctx, tx, b.UUID, 0, bel.Setup, b.Sum.Head, 0, archive); err != nil {
				return err
			}
		}
		if err := tx.Insert(ctx, "vote_credential", []string{"uuid", "hash"}, rows); err != nil {
			return err
		}
		for kind, at := range map[string]job.Job{
			jobOpen: {RunAt: v.Draft.opensAt()}, jobClose: {RunAt: v.Draft.closesAt()}, jobHead: {},
		} {
			at.Kind, at.Key, at.Payload = kind, v.ID, v.ID
			if err := job.Put(ctx, tx, at); err != nil {
				return err
			}
		}
		detail := "ask=" + a.ID + " head=" + real.Sum.Head.String() + " credentials=" + p.list.Hash
		_, err = audit.Append(ctx, tx, audit.Entry{Verb: "vote.seal", Object: "vote:" + v.ID, Scope: reach.Label(), Detail: detail, Count: len(list)})
		return err
	})
}

// practice makes the practice election. Its one credential is anybody's.
func (p *preparation) practice(timestamp int64) (*board, []byte, error) {
	one, err := ballot.NewCredential(rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	public, err := one.Public(p.vote.Practice)
	if err != nil {
		return nil, nil, err
	}
	b, file, err := p.archive(p.vote.Practice, practiceName+p.vote.Draft.Name, ballot.Credentials{public}, timestamp)
	if err != nil {
		return nil, nil, err
	}
	b.Credential = one.Reveal()
	return b, file, nil
}

// unpack reads a board's election and credentials from its first block.
func (b *board) unpack(ctx context.Context, block []byte) (ballot.Credentials, error) {
	r := bytes.NewReader(block)
	if _, err := bel.Scan(ctx, r, int64(len(block))); err != nil {
		return nil, err
	}
	for step, err := range bel.Steps(r, int64(len(block))) {
		if err != nil {
			return nil, err
		}
		if b.Text, err = bel.Read(r, step.Data[0]); err != nil {
			return nil, err
		}
		list, err := bel.Read(r, step.Data[2])
		if err != nil {
			return nil, err
		}
		if b.Election, err = ballot.ParseElection(b.Text); err != nil {
			return nil, err
		}
		keys, err := bel.Read(r, step.Data[1])
		if err != nil {
			return nil, err
		}
		if b.Trustees, err = ballot.ParseTrustees(keys); err != nil {
			return nil, err
		}
		var out ballot.Credentials
		return out, json.Unmarshal(list, &out)
	}
	return nil, errMissing()
}
