// SPDX-License-Identifier: Apache-2.0

package vote

import (
	"context"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/tenday/tenday/ballot"
	"github.com/tenday/tenday/ballot/canon"
	"github.com/tenday/tenday/ballot/group"
	"github.com/tenday/tenday/ballot/pki"
	"github.com/tenday/tenday/ballot/zkp"
	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/vote/booth"
)

// What a trustee owes next (booth/README.md). A key of one's own is one message; a shared one takes three, each once all have sent the
// one before.
const (
	dueKey        = "key"
	dueCert       = "cert"
	duePolynomial = "polynomial"
	dueOutput     = "output"
	dueCheck      = "check"
	dueWait       = "wait"
	dueDone       = "done"
)

// round is one attempt at the trustees' keys: what has been sent, by due and owner.
type round struct {
	no       int
	n        int
	shared   bool // any threshold of n, else each a key of her own
	messages map[string]map[int][]byte
}

func roundOf(ctx context.Context, tx *db.Tx, v *Vote) (*round, error) {
	r := &round{no: 1, n: v.Draft.Trustees, shared: v.Draft.Threshold > 0, messages: map[string]map[int][]byte{}}
	err := tx.Rows(ctx, `SELECT round, owner, due, message FROM vote_key WHERE vote_id = $1
		AND round = (SELECT MAX(x.round) FROM vote_key x WHERE x.vote_id = $2) ORDER BY owner, due LIMIT 1000`, []any{v.ID, v.ID}, func(rows *sql.Rows) error {
		var owner int
		var due, message string
		err := rows.Scan(&r.no, &owner, &due, &message)
		if owner == 0 { // begun again, nothing sent yet
			return err
		}
		if r.messages[due] == nil {
			r.messages[due] = map[int][]byte{}
		}
		r.messages[due][owner] = []byte(message)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read keys of trustees: %w", err)
	}
	return r, nil
}

// all returns the messages of one kind in the order of owners, nil unless all are there.
func (r *round) all(due string) [][]byte {
	if len(r.messages[due]) < r.n {
		return nil
	}
	list := make([][]byte, r.n)
	for owner, m := range r.messages[due] {
		list[owner-1] = m
	}
	return list
}

// due returns what owner must send next.
func (r *round) due(owner int) string {
	order := []string{dueKey}
	if r.shared {
		order = []string{dueCert, duePolynomial, dueOutput}
	}
	for i, due := range order {
		if r.messages[due][owner] == nil {
			if i > 0 && r.all(order[i-1]) == nil {
				return dueWait
			}
			return due
		}
	}
	if r.all(order[len(order)-1]) == nil {
		return dueWait
	}
	return dueDone
}

// trustees puts the keys together; nil while one is missing. dkeys are the sealed shares, by owner from index 0.
func (r *round) trustees() (trustees ballot.Trustees, dkeys [][]byte, err error) {
	if !r.shared {
		for _, m := range r.all(dueKey) {
			var key pki.PublicKey
			if err := canon.Unmarshal(m, &key); err != nil {
				return nil, nil, err
			}
			trustees = append(trustees, ballot.Trustee{Single: &key})
		}
		return trustees, nil, nil
	}
	if r.all(dueOutput) == nil {
		return nil, nil, nil
	}
	together, dkeys, err := pki.Finish(r.all(dueCert), r.all(duePolynomial), r.all(dueOutput))
	if err != nil {
		return nil, nil, err
	}
	return ballot.Trustees{{Pedersen: together}}, dkeys, nil
}

// keyOf returns an owner's public key in trustees.
func keyOf(trustees ballot.Trustees, owner int) *pki.PublicKey {
	for _, t := range trustees {
		if t.Single != nil {
			if owner--; owner == 0 {
				return t.Single
			}
			continue
		}
		if owner <= len(t.Pedersen.VerificationKeys) {
			return &t.Pedersen.VerificationKeys[owner-1]
		}
		owner -= len(t.Pedersen.VerificationKeys)
	}
	return nil
}

// Ceremony is where a trustee stands, as her own page reads it (booth/README.md).
type Ceremony struct {
	Kind      string   `json:"kind"` // single, threshold
	Label     string   `json:"label"`
	Name      string   `json:"name"`
	Me        int      `json:"me"`
	N         int      `json:"n"`
	Threshold int      `json:"threshold"`
	Due       string   `json:"due"`
	Certs     []string `json:"certs,omitempty"`
	Input     string   `json:"input,omitempty"`
	Dkey      string   `json:"dkey,omitempty"`
	PublicKey string   `json:"public_key,omitempty"`
	Challenge string   `json:"challenge,omitempty"`
	Checked   bool     `json:"checked,omitempty"`
}

// Ceremony returns where the caller stands as a trustee of vote id. Errors: Missing for who is none.
func (s *Store) Ceremony(ctx context.Context, id string) (*Ceremony, error) {
	key, err := s.signer(ctx) // before the transaction: it may need one of its own
	if err != nil {
		return nil, err
	}
	return db.InRead(ctx, s.d, func(tx *db.Tx) (*Ceremony, error) {
		v, owner, err := trusteeOf(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		return ceremony(ctx, tx, key, v, owner)
	})
}

// trusteeOf returns the vote and the caller's number in it. Errors: SignedOut, Missing.
func trusteeOf(ctx context.Context, tx *db.Tx, id string) (*Vote, int, error) {
	v, err := known(ctx, tx, id)
	if err != nil {
		return nil, 0, err
	}
	owner, _, err := ownerOf(ctx, tx, id)
	if err == nil && owner < 1 {
		err = errMissing()
	}
	return v, owner, err
}

func ceremony(ctx context.Context, tx *db.Tx, key ed25519.PrivateKey, v *Vote, owner int) (*Ceremony, error) {
	r, err := roundOf(ctx, tx, v)
	if err != nil {
		return nil, err
	}
	holders, err := holdersOf(ctx, tx, v.ID)
	if err != nil {
		return nil, err
	}
	c := &Ceremony{Kind: "single", Label: v.Draft.Name, Me: owner, N: r.n, Threshold: v.Draft.Threshold, Due: r.due(owner)}
	if r.shared {
		c.Kind = "threshold"
	}
	for _, h := range holders {
		if h.Owner == owner {
			c.Name = h.Name
		}
	}
	if certs := r.all(dueCert); certs != nil {
		for _, cert := range certs {
			c.Certs = append(c.Certs, string(cert))
		}
	}
	if polynomials := r.all(duePolynomial); polynomials != nil && c.Due == dueOutput {
		inputs, err := pki.VerifierInputs(r.all(dueCert), polynomials)
		if err != nil {
			return nil, refusedKey(err)
		}
		c.Input = string(inputs[owner-1])
	}
	if c.Due == dueDone {
		trustees, dkeys, err := r.trustees()
		if err != nil {
			return nil, refusedKey(err)
		}
		c.PublicKey = string(canon.Marshal(*keyOf(trustees, owner)))
		if dkeys != nil {
			c.Dkey = string(dkeys[owner-1])
		}
		c.Challenge = challenge(key, v.ID, r.no, owner)
		c.Checked = r.messages[dueCheck][owner] != nil
	}
	return c, nil
}

// challenge is what a trustee must answer to show that she can use her key. It is another one in every round, and one answer is kept.
func challenge(key ed25519.PrivateKey, id string, round, owner int) string {
	m := hmac.New(sha256.New, key.Seed())
	fmt.Fprintf(m, "check %s %d %d", id, round, owner)
	return hex.EncodeToString(m.Sum(nil)[:16])
}

// refusedKey is why a message of the key generation cannot stand, for people.
func refusedKey(err error) error {
	var reason string
	who := 0
	if e, ok := errors.AsType[*pki.Error](err); ok {
		reason, who = e.Reason, e.Participant
	} else if e, ok := errors.AsType[*canon.Error](err); ok {
		reason = e.Reason
	} else {
		return err
	}
	return &fault.Error{Code: fault.Invalid, Key: "vote.key.refused", Field: "message", Args: map[string]any{"Reason": reason, "Participant": who}, Err: err}
}

// SendKey takes the caller's next message and returns where she stands then. It is checked against all that are there. Errors: Missing,
// Conflict for another message than the one due, Invalid.
func (s *Store) SendKey(ctx context.Context, id, due string, message []byte) (*Ceremony, error) {
	key, err := s.signer(ctx)
	if err != nil {
		return nil, err
	}
	return db.InTx(ctx, s.d, func(tx *db.Tx) (*Ceremony, error) {
		v, owner, err := trusteeOf(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		if v.State != Rolled {
			return nil, fault.New(fault.Conflict, "vote.key.not_now")
		}
		if err := tx.Lock(ctx, "vote_key:"+id); err != nil {
			return nil, err
		}
		r, err := roundOf(ctx, tx, v)
		if err != nil {
			return nil, err
		}
		if r.due(owner) != due {
			return nil, fault.New(fault.Conflict, "vote.key.other_due")
		}
		if r.messages[due] == nil {
			r.messages[due] = map[int][]byte{}
		}
		r.messages[due][owner] = message
		if err := r.check(due, owner); err != nil {
			return nil, refusedKey(err)
		}
		if err := keepKey(ctx, tx, id, r.no, owner, due, string(message)); err != nil {
			return nil, err
		}
		c, err := ceremony(ctx, tx, key, v, owner)
		if err != nil {
			return nil, err
		}
		_, err = audit.Append(ctx, tx, audit.Entry{
			Verb: "vote.key", Object: "vote:" + id, Detail: fmt.Sprintf("due=%s owner=%d round=%d", due, owner, r.no), Count: 1,
		})
		return c, err
	})
}

func keepKey(ctx context.Context, tx *db.Tx, id string, round, owner int, due, message string) error {
	_, err := tx.Exec(ctx, `INSERT INTO vote_key (vote_id, round, owner, due, message, by_account, at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		id, round, owner, due, message, audit.By(ctx).Account, tx.Now.UnixMilli())
	if db.IsUnique(err) {
		return fault.New(fault.Conflict, "vote.changed_meanwhile")
	}
	if err != nil {
		return fmt.Errorf("keep message of trustee: %w", err)
	}
	tx.Touch(Topic)
	return nil
}

// check checks the newest message as far as the others allow.
func (r *round) check(due string, owner int) error {
	switch due {
	case dueKey:
		var key pki.PublicKey
		if err := canon.Unmarshal(r.messages[due][owner], &key); err != nil {
			return err
		}
		if _, fault := key.Verify(); fault != nil {
			return fault
		}
		for other, m := range r.messages[due] {
			var theirs pki.PublicKey
			if other != owner && canon.Unmarshal(m, &theirs) == nil && theirs.PublicKey == key.PublicKey {
				return &canon.Error{Reason: "trustees.duplicate", Detail: "a key listed twice"}
			}
		}
	case dueCert:
		var certs [][]byte
		for _, o := range slices.Sorted(maps.Keys(r.messages[due])) {
			certs = append(certs, r.messages[due][o])
		}
		if len(certs) == 1 { // the rule of two is about the whole
			var signed pki.Signed
			return canon.Unmarshal(certs[0], &signed)
		}
		return pki.CheckCertificates(certs)
	case duePolynomial:
		if r.all(due) != nil {
			_, err := pki.VerifierInputs(r.all(dueCert), r.all(due))
			return err
		}
	case dueOutput:
		_, _, err := r.trustees()
		return err
	}
	return nil
}

// RestartKeys begins the trustees' keys again, when one of them sent what cannot stand or lost her key before the seal.
func (s *Store) RestartKeys(ctx context.Context, id string) error {
	reach, err := manages(ctx)
	if err != nil {
		return err
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		v, err := voteBy(ctx, tx, "id", id)
		if err != nil {
			return err
		}
		if v.State != Rolled {
			return fault.New(fault.Conflict, "vote.key.not_now")
		}
		r, err := roundOf(ctx, tx, v)
		if err != nil {
			return err
		}
		if err := keepKey(ctx, tx, id, r.no+1, 0, dueCheck, ""); err != nil {
			return err
		}
		_, err = audit.Append(ctx, tx, audit.Entry{Verb: "vote.key_restart", Object: "vote:" + id, Scope: reach.Label(), Count: 1})
		return err
	})
}

// CheckKey takes a trustee's answer to her challenge: she has her key at hand and can use it. Errors: Missing, Conflict, Invalid.
func (s *Store) CheckKey(ctx context.Context, id, answered string, proof zkp.WireProof) error {
	key, err := s.signer(ctx)
	if err != nil {
		return err
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		v, owner, err := trusteeOf(ctx, tx, id)
		if err != nil {
			return err
		}
		r, err := roundOf(ctx, tx, v)
		if err != nil {
			return err
		}
		if v.State != Rolled || r.due(owner) != dueDone {
			return fault.New(fault.Conflict, "vote.key.not_now")
		}
		want := challenge(key, id, r.no, owner)
		trustees, _, err := r.trustees()
		if err != nil {
			return refusedKey(err)
		}
		public, ok := group.ParseElement(string(keyOf(trustees, owner).PublicKey))
		if !ok || answered != want || !booth.VerifyCheck(want, public, proof) {
			return fault.Field("proof", "vote.key.check_failed")
		}
		if r.messages[dueCheck][owner] != nil {
			return nil // once is enough
		}
		if err := keepKey(ctx, tx, id, r.no, owner, dueCheck, ""); err != nil {
			return err
		}
		_, err = audit.Append(ctx, tx, audit.Entry{
			Verb: "vote.key_check", Object: "vote:" + id, Detail: fmt.Sprintf("owner=%d round=%d", owner, r.no), Count: 1,
		})
		return err
	})
}
