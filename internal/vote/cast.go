// SPDX-License-Identifier: Apache-2.0

package vote

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/tenday/tenday/ballot"
	"github.com/tenday/tenday/ballot/bel"
	"github.com/tenday/tenday/ballot/canon"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/vote/booth"
)

// mostAnswer is the most bytes that one answer of a ballot may take (spec, section 13).
const mostAnswer = 64 << 10

// election returns the board of a public identifier with its election, as far as both never change. Errors: Missing.
func (s *Store) election(ctx context.Context, uuid string) (*board, error) {
	s.parsed.mu.Lock()
	defer s.parsed.mu.Unlock()
	if b := s.parsed.by[uuid]; b != nil {
		return b, nil
	}
	var block []byte
	b, err := db.InRead(ctx, s.d, func(tx *db.Tx) (*board, error) {
		b, err := boardOf(ctx, tx, uuid)
		if err != nil {
			return nil, err
		}
		ok, err := db.Found(tx.Row(ctx, `SELECT body FROM vote_block WHERE uuid = $1 AND height = 0`, uuid).Scan(&block))
		if err == nil && !ok {
			err = fault.New(fault.Missing, "vote.forgotten") // its days of retention are over
		}
		return b, err
	})
	if err != nil {
		return nil, err
	}
	list, err := b.unpack(ctx, block)
	if err != nil {
		return nil, fmt.Errorf("read election: %w", err)
	}
	b.Listed = booth.Listed(list)
	s.parsed.by[uuid] = b
	return b, nil
}

// Cast takes a ballot: the engine verifies it first, beside others and without any lock; one short transaction then puts it on the board
// if the vote is open, and nothing it holds was there before. The same bytes again give the same receipt and change nothing. A practice
// ballot is verified alike and not kept.
//
// A credential's first ballot is always taken; how many may replace it in an hour is bounded, and so is what a practice costs: network is
// whose it is, as far as the caller knows, and is not kept.
//
// It writes no audit record and no time: who cast when would stand beside what. Errors: Missing, TooLarge, Conflict while the vote is
// not open, Invalid with the engine's reason, TooMany.
func (s *Store) Cast(ctx context.Context, uuid string, raw []byte, network string) (ballot.SignedReceipt, error) {
	var none ballot.SignedReceipt
	b, err := s.election(ctx, uuid)
	if err != nil {
		return none, err
	}
	if len(raw) > mostAnswer*len(b.Election.Questions) {
		return none, fault.New(fault.TooLarge, "vote.cast.too_large")
	}
	key, err := s.signer(ctx)
	if err != nil {
		return none, err
	}
	if r, ok, err := s.receipt(ctx, uuid, bel.HashOf(raw)); err != nil || ok {
		return r.Sign(key), err
	}
	if b.practice() {
		r, err := s.drill(ctx, b, raw, network)
		if err != nil {
			return none, err
		}
		return r.Sign(key), nil
	}
	if err := s.mayCast(ctx, b.VoteID); err != nil { // told before the work, and decided in the transaction
		return none, err
	}
	select {
	case s.checks <- struct{}{}:
		defer func() { <-s.checks }()
	case <-ctx.Done():
		return none, fault.New(fault.TooMany, "vote.cast.too_many")
	}
	often := false
	listed := s.lister(ctx, b)
	in, err := b.Election.CheckBallot(raw, func(h bel.Hash) bool {
		if s.casts.full(uuid+h.String(), mostCasts, s.d.Now()) {
			often, _ = db.InRead(ctx, s.d, func(tx *db.Tx) (bool, error) { return hasBallot(ctx, tx, uuid, h) })
		}
		return !often && listed(h)
	})
	switch {
	case often:
		return none, errOften()
	case err != nil:
		return none, refusedBallot(err)
	}
	r, err := db.InTx(ctx, s.d, func(tx *db.Tx) (ballot.Receipt, error) { return s.put(ctx, tx, b, in, raw) })
	if err != nil {
		return none, err
	}
	return r.Sign(key), nil
}

func errOften() error { return fault.New(fault.TooMany, "vote.cast.too_often") }

// drill verifies a practice ballot, one at a time for everybody: it must not keep a real one waiting. Nothing of it is kept. It is over
// when the vote is.
func (s *Store) drill(ctx context.Context, b *board, raw []byte, network string) (ballot.Receipt, error) {
	var none ballot.Receipt
	if !s.casts.count("practice "+network, mostDrills, s.d.Now()) {
		return none, fault.New(fault.TooMany, "vote.cast.practice_often")
	}
	state, err := db.InRead(ctx, s.d, func(tx *db.Tx) (State, error) {
		_, state, err := stateOf(ctx, tx, b.VoteID)
		return state, err
	})
	if err != nil {
		return none, err
	}
	if state != Sealed && state != Open {
		return none, fault.New(fault.Conflict, "vote.cast.closed")
	}
	select {
	case s.drills <- struct{}{}:
		defer func() { <-s.drills }()
	case <-time.After(drillWait):
		return none, fault.New(fault.TooMany, "vote.cast.too_many")
	case <-ctx.Done():
		return none, fault.New(fault.TooMany, "vote.cast.too_many")
	}
	in, err := b.Election.CheckBallot(raw, s.lister(ctx, b))
	if err != nil {
		return none, refusedBallot(err)
	}
	_, next, err := b.Sum.Append(bel.Ballot, raw)
	if err != nil {
		return none, err
	}
	return ballot.Receipt{UUID: b.UUID, Tracker: in.Hash.Base64(), Height: next.Height(), Event: next.Head}, nil
}

// drillWait is how long a practice ballot waits for others.
const drillWait = 5 * time.Second

// receipt returns where a ballot stands that is on the board already.
func (s *Store) receipt(ctx context.Context, uuid string, hash bel.Hash) (r ballot.Receipt, ok bool, err error) {
	_, err = db.InRead(ctx, s.d, func(tx *db.Tx) (struct{}, error) {
		r, ok, err = receiptOf(ctx, tx, uuid, hash.Base64())
		return struct{}{}, err
	})
	return r, ok, err
}

func receiptOf(ctx context.Context, tx *db.Tx, uuid, tracker string) (r ballot.Receipt, ok bool, err error) {
	var head string
	r = ballot.Receipt{UUID: uuid, Tracker: tracker}
	ok, err = db.Found(tx.Row(ctx, `SELECT b.height, k.head FROM vote_ballot b JOIN vote_block k ON k.uuid = b.uuid AND k.height = b.height
		WHERE b.uuid = $1 AND b.tracker = $2`, uuid, tracker).Scan(&r.Height, &head))
	if err != nil {
		return r, false, fmt.Errorf("look for ballot: %w", err)
	}
	if ok {
		r.Event, ok = bel.ParseHash(head)
	}
	return r, ok, nil
}

// lister asks the database whether a public credential is in the list.
func (s *Store) lister(ctx context.Context, b *board) func(bel.Hash) bool {
	return func(h bel.Hash) bool {
		if b.practice() {
			c, err := ballot.ParseCredential(b.Credential)
			if err != nil {
				return false
			}
			public, err := c.Public(b.UUID)
			return err == nil && bel.HashOf([]byte(public)) == h
		}
		ok, err := db.InRead(ctx, s.d, func(tx *db.Tx) (bool, error) {
			var one int
			return db.Found(tx.Row(ctx, `SELECT 1 FROM vote_credential WHERE uuid = $1 AND hash = $2`, b.UUID, h.String()).Scan(&one))
		})
		return ok && err == nil
	}
}

// mayCast returns a Conflict unless the vote takes ballots now.
func (s *Store) mayCast(ctx context.Context, id string) error {
	_, err := db.InRead(ctx, s.d, func(tx *db.Tx) (struct{}, error) { return struct{}{}, casting(ctx, tx, id) })
	return err
}

func casting(ctx context.Context, tx *db.Tx, id string) error {
	v, err := voteBy(ctx, tx, "id", id)
	switch {
	case err != nil:
		return err
	case !v.State.Past(Open) || v.State == CalledOff:
		return fault.New(fault.Conflict, "vote.cast.not_open")
	case v.State != Open || !tx.Now.Before(v.Draft.closesAt()):
		return fault.New(fault.Conflict, "vote.cast.closed")
	}
	return nil
}

// Constraints decide, and leave the transaction alive to say what they decided.
const (
	sqlPutBallot = `INSERT INTO vote_ballot (uuid, tracker, height, credential) VALUES ($1, $2, $3, $4) ON CONFLICT (uuid, tracker) DO NOTHING`
	sqlPutCipher = `INSERT INTO vote_cipher (uuid, half) VALUES ($1, $2) ON CONFLICT (uuid, half) DO NOTHING`
)

// put appends a checked ballot to its board.
func (s *Store) put(ctx context.Context, tx *db.Tx, b *board, in ballot.Checked, raw []byte) (ballot.Receipt, error) {
	var none ballot.Receipt
	if err := lockBoard(ctx, tx, b.UUID); err != nil {
		return none, err
	}
	if err := casting(ctx, tx, b.VoteID); err != nil {
		return none, err
	}
	now, err := boardOf(ctx, tx, b.UUID)
	if err != nil {
		return none, err
	}
	body, next, err := now.Sum.Append(bel.Ballot, raw)
	if err != nil {
		return none, err
	}
	tracker := in.Hash.Base64()
	again, err := hasBallot(ctx, tx, b.UUID, in.Credential)
	if err != nil {
		return none, err
	}
	// Only ballots that this credential signed are counted: nobody can use up somebody else's.
	if !s.casts.count(b.UUID+in.Credential.String(), mostCasts, tx.Now) && again {
		return none, errOften()
	}
	if again && now.Sum.Size > mostArchive {
		return none, fault.New(fault.TooMany, "vote.cast.full")
	}
	n, err := tx.ExecN(ctx, sqlPutBallot, b.UUID, tracker, next.Height(), in.Credential.String())
	if err != nil {
		return none, fmt.Errorf("put ballot: %w", err)
	}
	if n == 0 { // the same bytes, at the same time
		r, _, err := receiptOf(ctx, tx, b.UUID, tracker)
		return r, err
	}
	for _, half := range in.Ciphertexts {
		n, err := tx.ExecN(ctx, sqlPutCipher, b.UUID, hex.EncodeToString(half[:]))
		if err != nil {
			return none, fmt.Errorf("put ballot: %w", err)
		}
		if n == 0 {
			return none, refusedBallot(&canon.Error{Reason: "ballot.ciphertext_reuse"})
		}
	}
	if err := addBlock(ctx, tx, b.UUID, now.Sum.Head, next, body); err != nil {
		return none, err
	}
	tx.Touch(Topic)
	return ballot.Receipt{UUID: b.UUID, Tracker: tracker, Height: next.Height(), Event: next.Head}, nil
}

// hasBallot tells whether a credential has a ballot on the board; the index (uuid, credential, height) answers.
func hasBallot(ctx context.Context, tx *db.Tx, uuid string, credential bel.Hash) (bool, error) {
	var one int
	ok, err := db.Found(tx.Row(ctx, `SELECT 1 FROM vote_ballot WHERE uuid = $1 AND credential = $2 LIMIT 1`, uuid, credential.String()).Scan(&one))
	if err != nil {
		return false, fmt.Errorf("look for earlier ballots: %w", err)
	}
	return ok, nil
}

// refusedBallot says in words why the engine refuses a ballot.
func refusedBallot(err error) error {
	e, ok := errors.AsType[*canon.Error](err)
	if !ok {
		return err
	}
	key := map[string]string{
		"ballot.credential": "vote.cast.credential", "ballot.uuid": "vote.cast.election", "ballot.fingerprint": "vote.cast.election",
	}[e.Reason]
	if key == "" {
		key = "vote.cast.refused"
	}
	return &fault.Error{Code: fault.Invalid, Key: key, Args: map[string]any{"Reason": e.Reason}, Err: err}
}

// Standing is where a tracker stands.
type Standing struct {
	Tracker string `json:"tracker"`
	Found   bool   `json:"found"`
	Height  int    `json:"height,omitempty"`
	Counts  bool   `json:"counts"` // no later ballot by the same credential
}

// Find looks a tracker up. It tells nothing about who cast it. Errors: Missing for an unknown board.
func (s *Store) Find(ctx context.Context, uuid, tracker string) (Standing, error) {
	st := Standing{Tracker: tracker}
	if _, err := s.election(ctx, uuid); err != nil {
		return st, err
	}
	return db.InRead(ctx, s.d, func(tx *db.Tx) (Standing, error) {
		var later int
		ok, err := db.Found(tx.Row(ctx, `SELECT b.height, (SELECT COUNT(*) FROM vote_ballot o WHERE o.uuid = b.uuid AND o.credential = b.credential
			AND o.height > b.height) FROM vote_ballot b WHERE b.uuid = $1 AND b.tracker = $2`, uuid, tracker).Scan(&st.Height, &later))
		if err != nil {
			return st, fmt.Errorf("look for tracker: %w", err)
		}
		st.Found, st.Counts = ok, ok && later == 0
		return st, nil
	})
}

// castCounts returns how many ballots are on a board, and of how many people.
func castCounts(ctx context.Context, tx *db.Tx, uuid string) (events, voters int, err error) {
	err = tx.Row(ctx, `SELECT COUNT(*), COUNT(DISTINCT credential) FROM vote_ballot WHERE uuid = $1`, uuid).Scan(&events, &voters)
	if err != nil {
		return 0, 0, fmt.Errorf("count ballots: %w", err)
	}
	return events, voters, nil
}

// Head returns the signed head of a board at a height, negative for the newest. Errors: Missing.
func (s *Store) Head(ctx context.Context, uuid string, height int) (ballot.SignedHead, error) {
	key, err := s.signer(ctx)
	if err != nil {
		return ballot.SignedHead{}, err
	}
	return db.InRead(ctx, s.d, func(tx *db.Tx) (ballot.SignedHead, error) {
		b, err := boardOf(ctx, tx, uuid)
		if err != nil {
			return ballot.SignedHead{}, err
		}
		h := b.head()
		if height >= 0 {
			var text string
			ok, err := db.Found(tx.Row(ctx, `SELECT head FROM vote_block WHERE uuid = $1 AND height = $2`, uuid, height).Scan(&text))
			if err != nil || !ok {
				return ballot.SignedHead{}, firstError(err, errMissing())
			}
			if h.Hash, ok = bel.ParseHash(text); !ok {
				return ballot.SignedHead{}, errors.New("read head: bad hash")
			}
			h.Height = height
		}
		return h.Sign(key, uuid), nil
	})
}
