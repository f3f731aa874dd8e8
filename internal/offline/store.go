// SPDX-License-Identifier: Apache-2.0

package offline

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// Store takes events in. Kinds are added before the first request.
type Store struct {
	d     *db.DB
	lock  *lock
	kinds map[string]Kind
	log   *slog.Logger
}

// NewStore returns the store of d. secret is the campaign's own, 32 bytes: the key that devices seal to is derived from it. log may
// be nil.
func NewStore(d *db.DB, secret []byte, log *slog.Logger) (*Store, error) {
	l, err := newLock(secret)
	if err != nil {
		return nil, err
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Store{d: d, lock: l, kinds: map[string]Kind{}, log: log}, nil
}

// Handle adds a kind. A name that stands already is a mistake of the program.
func (s *Store) Handle(k Kind) {
	if _, ok := s.kinds[k.Name]; ok {
		panic("offline: kind " + k.Name + " stands twice")
	}
	s.kinds[k.Name] = k
}

// Key is the campaign's public key, base64, that devices seal to.
func (s *Store) Key() string { return s.lock.public }

// fate is what became of an event.
type fate int

const (
	done    fate = iota // applied, now or before
	refused             // kept for its author, now or before
	again
	other
)

// What one account may leave here. A phone sends nothing near it: whoever does has something else in mind.
const (
	longestKind = 40
	longestData = 64 << 10 // bytes; a note of ten thousand letters fits
	mostRefused = 1000     // not put away
	mostLong    = 20       // of those, longer than longestData

	longestSealed = 900 << 10 // what the longest data of any kind comes in; a request is no longer than a form, so there is one such event in it
)

// longest is how much data an event of a kind may hold.
func (s *Store) longest(kind string) int { return cmp.Or(s.kinds[kind].Longest, longestData) }

// By the index of author and seen_at, no further than the limit.
const sqlKept = `SELECT COUNT(*) FROM (SELECT 1 FROM sync_refused WHERE account_id = $1 AND seen_at = 0 LIMIT $2) kept`

// By the same index, asked only when a long event comes.
const sqlLong = `SELECT COUNT(*) FROM (SELECT data FROM sync_refused WHERE account_id = $1 AND seen_at = 0 AND LENGTH(data) > $2 LIMIT $3) kept`

// Sync takes in a batch of the caller's. What it reports as done or refused is durable when it returns. Errors: SignedOut for
// nobody, Invalid for a batch that no device sends, and ours, after which nothing of the batch is certain and all is sent again.
func (s *Store) Sync(ctx context.Context, b Batch) (Answer, error) {
	who := auth.By(ctx)
	if who == nil {
		return Answer{}, fault.New(fault.SignedOut, "auth.signed_out")
	}
	out := Answer{Done: []string{}, Refused: []Refusal{}, Again: []string{}, Other: []string{}, Now: s.d.Now().UnixMilli()}
	if len(b.Events) == 0 {
		return out, nil
	}
	if len(b.Events) > most {
		return Answer{}, fault.New(fault.TooLarge, "offline.too_many", "Max", most)
	}
	if len(b.Device) > 64 {
		return Answer{}, fault.Field("device", "offline.id_form")
	}
	long := false
	for _, e := range b.Events {
		if _, err := parseID(e.ID); err != nil {
			return Answer{}, err
		}
		if len(e.Kind) > longestKind || len(e.Data) > s.longest(e.Kind) || len(e.Sealed) > longestSealed {
			return Answer{}, fault.New(fault.TooLarge, "offline.too_long")
		}
		long = long || max(len(e.Data), len(e.Sealed)) > longestData
	}
	t := taking{s: s, who: who, install: b.Device}
	all, some := sorted(b.Events), len(b.Events)
	if s.d.Engine == db.Postgres { // whoever keeps the locks of several events can stand in a circle with others who do
		some = 1
	}
	for first := true; len(all) > 0; first, all = false, all[some:] {
		err := db.Do(ctx, s.d, func(tx *db.Tx) error {
			if first {
				if err := t.begin(ctx, tx, b.Now, long); err != nil {
					return err
				}
				out.Now = tx.Now.UnixMilli()
			}
			for _, e := range all[:some] {
				f, r, err := t.take(ctx, tx, e)
				if err != nil {
					return err
				}
				switch f {
				case done:
					out.Done = append(out.Done, e.ID)
				case refused:
					out.Refused = append(out.Refused, r)
				case again:
					out.Again = append(out.Again, e.ID)
				case other:
					out.Other = append(out.Other, e.ID)
				}
			}
			return nil
		})
		if err != nil {
			return Answer{}, err
		}
	}
	return out, nil
}

// begin refuses a batch of somebody who has left too much here that was refused, and reckons how far the device's clock is off. long says that an event of the batch is.
func (t *taking) begin(ctx context.Context, tx *db.Tx, now int64, long bool) error {
	var kept int
	if err := tx.Row(ctx, sqlKept, t.who.Account, mostRefused).Scan(&kept); err != nil {
		return fmt.Errorf("count refused events: %w", err)
	}
	if kept >= mostRefused {
		return fault.New(fault.TooLarge, "offline.too_many_refused", "Max", mostRefused)
	}
	if long {
		if err := tx.Row(ctx, sqlLong, t.who.Account, longestData, mostRefused).Scan(&kept); err != nil {
			return fmt.Errorf("count long refused events: %w", err)
		}
		if kept >= mostLong {
			return fault.New(fault.TooLarge, "offline.too_many_refused", "Max", mostLong)
		}
	}
	if now > 0 {
		t.skew = tx.Now.Sub(time.UnixMilli(now))
	}
	return nil
}

// sorted returns the events by id, which is by time: two requests that bring the same ones claim them in the same order and do not
// wait for one another crosswise.
func sorted(events []Sent) []Sent {
	return slices.SortedFunc(slices.Values(events), func(a, b Sent) int { return strings.Compare(a.ID, b.ID) })
}

// Take applies events of the caller's that come by another way, a form without scripts, under the same rules: all of them or none.
// Errors: the kind's; unlike Sync it keeps nothing of what is refused, which stands in the form still.
func (s *Store) Take(ctx context.Context, events ...Sent) error {
	who := auth.By(ctx)
	if who == nil {
		return fault.New(fault.SignedOut, "auth.signed_out")
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		t := taking{s: s, who: who}
		for _, e := range events {
			if _, err := parseID(e.ID); err != nil {
				return err
			}
			_, before, err := t.claim(ctx, tx, e)
			if err == nil && !before { // a form sent twice is one act
				err = t.apply(ctx, tx, e)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// taking is one batch on its way in.
type taking struct {
	s       *Store
	who     *auth.Identity
	install string
	skew    time.Duration
}

// claim notes the event as done, so that it is taken once: of two requests that bring it at the same time the second waits here
// for the first. It tells whether the event came before, and what became of it then. The same id with other content, or from
// another account, is no repetition; apply refuses it.
func (t *taking) claim(ctx context.Context, tx *db.Tx, e Sent) (outcome string, before bool, err error) {
	n, err := tx.ExecN(ctx, `INSERT INTO sync_event (id, account_id, digest, kind, device_id, install_id, at_device, skew, received_at, outcome)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'done') ON CONFLICT (id, account_id, digest) DO NOTHING`, e.ID, t.who.Account,
		digest(e), e.Kind, t.who.Device, t.install, e.At, t.skew.Milliseconds(), tx.Now.UnixMilli())
	if err != nil {
		return "", false, fmt.Errorf("claim event: %w", err)
	}
	if n > 0 {
		return "", false, nil
	}
	err = tx.Row(ctx, `SELECT outcome FROM sync_event`+sqlThis, e.ID, t.who.Account, digest(e)).Scan(&outcome)
	if err != nil {
		return "", false, fmt.Errorf("look event up: %w", err)
	}
	return outcome, true, nil
}

// sqlThis is the key of one event.
const sqlThis = ` WHERE id = $1 AND account_id = $2 AND digest = $3`

// digest is of what was done, not of its seal: sealed twice, the same event is two boxes.
func digest(e Sent) string {
	h := sha256.New()
	if e.Sealed != "" { // could not be opened: the box is all there is
		h.Write([]byte(e.Sealed))
	} else {
		fmt.Fprintf(h, "%s\x00%d\x00%s", e.Kind, e.At, e.Data)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// take applies e, or refuses it, as a part of its own.
func (t *taking) take(ctx context.Context, tx *db.Tx, sent Sent) (fate, Refusal, error) {
	e, problem := t.s.lock.open(sent)
	if problem == nil && e.By != "" && e.By != t.who.Account {
		return other, Refusal{}, nil
	}
	r := Refusal{ID: e.ID, Kind: e.Kind, At: t.at(tx, e).UnixMilli()}
	if len(e.Data) <= longestData { // a picture is not sent back
		r.Data = e.Data
	}
	outcome, before, err := t.claim(ctx, tx, e)
	switch {
	case err != nil:
		return again, r, err
	case before && outcome == "done":
		return done, r, nil
	case before:
		return refused, r, t.reread(ctx, tx, e, &r)
	}
	if problem == nil && len(e.Data) > t.s.longest(e.Kind) {
		problem = fault.New(fault.TooLarge, "offline.too_long")
	}
	if problem == nil {
		problem = db.Nested(ctx, tx, func() error { return t.apply(ctx, tx, e) })
	}
	if problem == nil {
		return done, r, nil
	}
	f, ok := errors.AsType[*fault.Error](problem)
	if !ok || f.Code == fault.Internal {
		if ctx.Err() != nil {
			return again, r, ctx.Err()
		}
		t.s.log.Error("apply event", "id", e.ID, "kind", e.Kind, "error", problem)
		_, err := tx.Exec(ctx, `DELETE FROM sync_event`+sqlThis, e.ID, t.who.Account, digest(e))
		return again, r, err
	}
	r.Key, r.Args = f.Key, f.Args
	return refused, r, t.refuse(ctx, tx, e, r)
}

// at is when e was done by our clock. A device whose clock runs ahead of ours even so does not record the future.
func (t *taking) at(tx *db.Tx, e Sent) time.Time {
	at := time.UnixMilli(e.At).Add(t.skew)
	if e.At <= 0 || at.After(tx.Now) {
		return tx.Now
	}
	return at
}

// atDevice is when e was done by the device's own clock; a form has none but ours.
func (t *taking) atDevice(tx *db.Tx, e Sent) time.Time {
	if e.At <= 0 {
		return tx.Now
	}
	return time.UnixMilli(e.At)
}

// apply hands e to its kind. An id that stands already, from another account or with other content, is refused.
func (t *taking) apply(ctx context.Context, tx *db.Tx, e Sent) error {
	var n int
	if err := tx.Row(ctx, `SELECT COUNT(*) FROM sync_event WHERE id = $1`, e.ID).Scan(&n); err != nil {
		return fmt.Errorf("look id up: %w", err)
	}
	if n > 1 { // one is this event
		return fault.New(fault.Conflict, "offline.id_taken")
	}
	k, ok := t.s.kinds[e.Kind]
	if !ok {
		return fault.New(fault.Invalid, "offline.kind_unknown")
	}
	id, err := parseID(e.ID)
	if err != nil {
		return err
	}
	return k.Apply(ctx, tx, Event{
		ID: id, Kind: e.Kind, At: t.at(tx, e), AtDevice: t.atDevice(tx, e), Skew: t.skew, Device: t.who.Device,
		By: t.who.Account, Data: e.Data,
	})
}

// refuse keeps the event for its author.
func (t *taking) refuse(ctx context.Context, tx *db.Tx, e Sent, r Refusal) error {
	if _, err := tx.Exec(ctx, `UPDATE sync_event SET outcome = 'refused'`+sqlThis, e.ID, t.who.Account, digest(e)); err != nil {
		return fmt.Errorf("note refusal: %w", err)
	}
	args, err := json.Marshal(r.Args)
	if err != nil {
		return fmt.Errorf("write arguments of refusal: %w", err)
	}
	data := string(e.Data)
	if e.Sealed != "" {
		data = e.Sealed
	}
	_, err = tx.Exec(ctx, `INSERT INTO sync_refused (event_id, account_id, digest, kind, at, fault_key, fault_args, data, refused_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, e.ID, t.who.Account, digest(e), e.Kind, r.At, r.Key, string(args), data,
		tx.Now.UnixMilli())
	if err != nil {
		return fmt.Errorf("keep refused event: %w", err)
	}
	return nil
}
