// SPDX-License-Identifier: Apache-2.0

package vote

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"sync"

	"github.com/google/uuid"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/mail"
)

// Store keeps the votes. It is safe for concurrent use.
type Store struct {
	Mail    mail.Sender // carries reminders and signed heads; nil: they wait in the queue
	BaseURL string      // where the campaign is reached, for links in mail

	// Network tells whose network a request comes from, for counting practice ballots; nil: all count as one.
	Network func(*http.Request) string

	d   *db.DB
	log *audit.Log

	boxes  boxes
	parsed elections
	checks chan struct{} // slots for checking ballots: strangers may send as many as they like
	drills chan struct{} // slots for practice ballots, which never keep real ones waiting
	key    receiptKey
	casts  *limiter

	ending context.Context // is over once the store closes
	end    context.CancelFunc
	posts  sync.WaitGroup // reminders on their way
}

// NewStore returns the votes of d; reads of people go to log.
func NewStore(d *db.DB, log *audit.Log) *Store {
	s := &Store{d: d, log: log, checks: make(chan struct{}, runtime.GOMAXPROCS(0)), drills: make(chan struct{}, 1), casts: newLimiter()}
	s.ending, s.end = context.WithCancel(context.Background())
	s.boxes.open = map[string]*openBox{}
	s.parsed.by = map[string]*board{}
	return s
}

// Close waits for the mail that is on its way, sends no more, and frees what counting keeps open.
func (s *Store) Close() error {
	s.end()
	s.posts.Wait()
	return s.boxes.close()
}

// manages returns an error unless the caller manages votes, for the whole unit: a vote is of the whole unit.
func manages(ctx context.Context) (auth.Reach, error) {
	r, err := auth.Allowed(ctx, auth.VoteManage)
	if err == nil && !r.All {
		err = fault.New(fault.Forbidden, "auth.not_your_role")
	}
	return r, err
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// receiptKey signs receipts and heads. It is the server's own and says who spoke, not how anybody voted; it lives in the settings.
type receiptKey struct {
	mu  sync.Mutex
	key ed25519.PrivateKey
}

const receiptSetting = "vote.receipt_key"

// signer returns the key, made at its first use.
func (s *Store) signer(ctx context.Context) (ed25519.PrivateKey, error) {
	s.key.mu.Lock()
	defer s.key.mu.Unlock()
	if s.key.key != nil {
		return s.key.key, nil
	}
	text, err := db.InRead(ctx, s.d, func(tx *db.Tx) (string, error) { return db.Setting(ctx, tx, receiptSetting) })
	if err != nil {
		return nil, err
	}
	if text == "" {
		text, err = db.InTx(ctx, s.d, func(tx *db.Tx) (string, error) {
			if err := tx.Lock(ctx, receiptSetting); err != nil {
				return "", err
			}
			text, err := db.Setting(ctx, tx, receiptSetting)
			if err != nil || text != "" {
				return text, err
			}
			_, key, err := ed25519.GenerateKey(rand.Reader)
			if err != nil {
				return "", fmt.Errorf("make receipt key: %w", err)
			}
			text = base64.StdEncoding.EncodeToString(key.Seed())
			return text, db.PutSetting(ctx, tx, receiptSetting, text)
		})
		if err != nil {
			return nil, err
		}
	}
	seed, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(seed) != ed25519.SeedSize {
		return nil, errors.New("read receipt key: wrong form")
	}
	s.key.key = ed25519.NewKeyFromSeed(seed)
	return s.key.key, nil
}

// ReceiptKey returns the public key of receipts and heads, base64 without padding.
func (s *Store) ReceiptKey(ctx context.Context) (string, error) {
	key, err := s.signer(ctx)
	if err != nil {
		return "", err
	}
	return base64.RawStdEncoding.EncodeToString(key.Public().(ed25519.PublicKey)), nil
}
