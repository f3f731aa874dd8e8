// SPDX-License-Identifier: Apache-2.0

package vote

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/tenday/tenday/ballot"
	"github.com/tenday/tenday/ballot/bel"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// board is where an archive ends, and its election, which never changes.
type board struct {
	UUID       string
	VoteID     string
	Credential string // of a practice board
	Sum        bel.Summary
	Report     *ballot.Report
	Election   *ballot.Election
	Text       []byte // the election's bytes as archived
	Listed     []byte // booth.Listed of the credentials
	Trustees   ballot.Trustees
}

func (b *board) practice() bool { return b.Credential != "" }

// head returns the newest event.
func (b *board) head() ballot.Head { return ballot.Head{Hash: b.Sum.Head, Height: b.Sum.Height()} }

const sqlBoard = `SELECT uuid, vote_id, credential, timestamp, records, height, size, last, head, report FROM vote_board WHERE uuid = $1`

// boardOf returns the board without its election. Errors: Missing.
func boardOf(ctx context.Context, tx *db.Tx, uuid string) (*board, error) {
	b := &board{}
	var height int
	var head, report string
	ok, err := db.Found(tx.Row(ctx, sqlBoard, uuid).Scan(&b.UUID, &b.VoteID, &b.Credential, &b.Sum.Timestamp, &b.Sum.Records, &height, &b.Sum.Size,
		&b.Sum.Last, &head, &report))
	if err != nil {
		return nil, fmt.Errorf("read board: %w", err)
	}
	if !ok {
		return nil, errMissing()
	}
	b.Sum.Events = height + 1
	if b.Sum.Head, ok = bel.ParseHash(head); !ok {
		return nil, fmt.Errorf("read board %s: bad head", uuid)
	}
	if err := json.Unmarshal([]byte(report), &b.Report); err != nil {
		return nil, fmt.Errorf("read report of board: %w", err)
	}
	return b, nil
}

// addBoard writes a new board with the archive that a Setup gave.
func addBoard(ctx context.Context, tx *db.Tx, b *board, archive []byte) error {
	sum, err := bel.Scan(ctx, bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		return err
	}
	b.Sum = *sum
	report, err := json.Marshal(b.Report)
	if err != nil {
		return fmt.Errorf("write report of board: %w", err)
	}
	_, err = tx.Exec(ctx, `INSERT INTO vote_board (uuid, vote_id, credential, timestamp, records, height, size, last, head, report)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, b.UUID, b.VoteID, b.Credential, sum.Timestamp, sum.Records, sum.Height(), sum.Size,
		string(sum.Last), sum.Head.String(), string(report))
	if err != nil {
		return fmt.Errorf("add board: %w", err)
	}
	return nil
}

// addBlock appends the bytes of one event to a board that ends at from, which must not have moved meanwhile. Errors: Conflict.
func addBlock(ctx context.Context, tx *db.Tx, uuid string, from bel.Hash, next *bel.Summary, body []byte) error {
	n, err := tx.ExecN(ctx, `UPDATE vote_board SET records = $1, height = $2, size = $3, last = $4, head = $5 WHERE uuid = $6 AND head = $7`,
		next.Records, next.Height(), next.Size, string(next.Last), next.Head.String(), uuid, from.String())
	if err != nil {
		return fmt.Errorf("move board: %w", err)
	}
	if n == 0 {
		return fault.New(fault.Conflict, "vote.changed_meanwhile")
	}
	return insertBlock(ctx, tx, uuid, next.Height(), next.Last, next.Head, next.Size-int64(len(body)), body)
}

func insertBlock(ctx context.Context, tx *db.Tx, uuid string, height int, t bel.Type, head bel.Hash, start int64, body []byte) error {
	_, err := tx.Exec(ctx, `INSERT INTO vote_block (uuid, height, type, head, start, body) VALUES ($1, $2, $3, $4, $5, $6)`,
		uuid, height, string(t), head.String(), start, body)
	if err != nil {
		return fmt.Errorf("add block: %w", err)
	}
	return nil
}

// lockBoard makes writers to a board queue, on PostgreSQL too.
func lockBoard(ctx context.Context, tx *db.Tx, uuid string) error {
	return tx.Lock(ctx, "vote_board:"+uuid)
}

// blocksAtOnce is how many blocks one read holds: some 600 kB of ballots.
const blocksAtOnce = 64

// copyArchive writes the archive up to and including height (negative: all) to w. Later blocks do not matter: an archive only grows.
func (s *Store) copyArchive(ctx context.Context, w io.Writer, uuid string, height int) (int64, error) {
	var size int64
	for from := -1; ; {
		var n int
		var parts [][]byte
		_, err := db.InRead(ctx, s.d, func(tx *db.Tx) (struct{}, error) {
			return struct{}{}, tx.Rows(ctx, `SELECT height, body FROM vote_block WHERE uuid = $1 AND height > $2 ORDER BY height LIMIT $3`,
				[]any{uuid, from, blocksAtOnce}, func(r *sql.Rows) error {
					var body []byte
					n++
					if err := r.Scan(&from, &body); err != nil {
						return err
					}
					if height < 0 || from <= height {
						parts = append(parts, body)
					}
					return nil
				})
		})
		if err != nil {
			return size, fmt.Errorf("read archive: %w", err)
		}
		for _, part := range parts {
			m, err := w.Write(part)
			size += int64(m)
			if err != nil {
				return size, err
			}
		}
		if n < blocksAtOnce || height >= 0 && from >= height {
			return size, nil
		}
	}
}

// elections keeps what was parsed of boards: an election's bytes never change.
type elections struct {
	mu sync.Mutex
	by map[string]*board
}

// openBox is a verified archive of the board as far as head, spooled to a file that has no name any more.
type openBox struct {
	*ballot.Box
	file *spool
	head bel.Hash
}

// boxes keeps the archives that are being counted open, so that each trustee's part does not have every ballot verified again.
type boxes struct {
	mu   sync.Mutex
	open map[string]*openBox
}

func (b *boxes) close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	var errs []error
	for uuid := range b.open {
		errs = append(errs, b.drop(uuid))
	}
	return errors.Join(errs...)
}

func (b *boxes) drop(uuid string) error {
	one := b.open[uuid]
	delete(b.open, uuid)
	if one == nil {
		return nil
	}
	return one.file.Close()
}

// spool is a file that takes what a box appends aside, until the database has it.
type spool struct {
	*os.File
	pending []byte
}

// WriteAt keeps p, and writes it to the file too: the box reads from there.
func (s *spool) WriteAt(p []byte, at int64) (int, error) {
	s.pending = append(s.pending, p...)
	return s.File.WriteAt(p, at)
}

// Sync has nothing to do: the database makes durable what counts.
func (s *spool) Sync() error { return nil }

// withBox runs each step on the verified archive of a board and appends the event that it makes, each in a transaction of its own
// together with also (nil: nothing). The first step that fails ends it; what came before stands.
func (s *Store) withBox(ctx context.Context, uuid string, steps ...boxStep) error {
	s.boxes.mu.Lock()
	defer s.boxes.mu.Unlock()
	box, err := s.box(ctx, uuid)
	if err != nil {
		return err
	}
	for _, st := range steps {
		box.file.pending = nil
		if err := st.do(box.Box); err != nil {
			return err
		}
		if err := s.keep(ctx, uuid, box, st); err != nil {
			return errors.Join(err, s.boxes.drop(uuid)) // the box is ahead of the board
		}
	}
	return nil
}

// boxStep is one event: what the engine does, and what else belongs into its transaction.
type boxStep struct {
	do   func(*ballot.Box) error
	also func(ctx context.Context, tx *db.Tx, r *ballot.Report) error
}

func (s *Store) box(ctx context.Context, uuid string) (*openBox, error) {
	b, err := db.InRead(ctx, s.d, func(tx *db.Tx) (*board, error) { return boardOf(ctx, tx, uuid) })
	if err != nil {
		return nil, err
	}
	if box := s.boxes.open[uuid]; box != nil && box.head == b.Sum.Head {
		return box, nil
	}
	if err := s.boxes.drop(uuid); err != nil {
		return nil, err
	}
	f, err := os.CreateTemp("", "tenday-vote-")
	if err != nil {
		return nil, fmt.Errorf("spool archive: %w", err)
	}
	_ = os.Remove(f.Name()) // where a file cannot lose its name while it is open, it goes with the folder
	box := &openBox{file: &spool{File: f}, head: b.Sum.Head}
	size, err := s.copyArchive(ctx, f, uuid, b.Sum.Height())
	if err == nil {
		box.Box, err = ballot.Open(ctx, box.file, size, ballot.Options{})
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	s.boxes.open[uuid] = box
	return box, nil
}

// keep writes what the box appended.
func (s *Store) keep(ctx context.Context, uuid string, box *openBox, st boxStep) error {
	r := box.Report()
	report, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("write report of board: %w", err)
	}
	err = db.Do(ctx, s.d, func(tx *db.Tx) error {
		if err := lockBoard(ctx, tx, uuid); err != nil {
			return err
		}
		b, err := boardOf(ctx, tx, uuid)
		if err != nil {
			return err
		}
		body := box.file.pending
		sum := bel.Summary{Head: r.Head.Hash, Events: r.Head.Height + 1, Size: box.Size(), Records: b.Sum.Records, Last: lastOf(r.Stage)}
		if err := addBlock(ctx, tx, uuid, box.head, &sum, body); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE vote_board SET report = $1 WHERE uuid = $2`, string(report), uuid); err != nil {
			return fmt.Errorf("keep report of board: %w", err)
		}
		if st.also != nil {
			return st.also(ctx, tx, r)
		}
		return nil
	})
	if err == nil {
		box.head = r.Head.Hash
	}
	return err
}

// lastOf returns the type of the event that leads to a stage after the close.
func lastOf(s bel.Stage) bel.Type {
	return map[bel.Stage]bel.Type{
		bel.Closed: bel.EndBallots, bel.Tallied: bel.EncryptedTally, bel.Decrypting: bel.PartialDecryption, bel.Finished: bel.Result,
	}[s]
}
