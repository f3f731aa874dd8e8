// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"context"
	"fmt"
	"time"

	"github.com/tenday/tenday/internal/db"
)

// KeepDays is how long a record is kept: five years, to be confirmed by counsel.
const KeepDays = 1825

const (
	baseSetting = "audit.base"
	purgeVerb   = "audit.purge"
)

// base is the last record that retention deleted: what is left is chained to its hash.
type base struct {
	seq  int64
	hash string
}

// String is how a base is written, in the setting and in the record that confirms it.
func (b base) String() string { return fmt.Sprintf("seq=%d hash=%s", b.seq, b.hash) }

func readBase(ctx context.Context, tx *db.Tx) (base, error) {
	text, err := db.Setting(ctx, tx, baseSetting)
	if err != nil || text == "" {
		return base{hash: Genesis}, err
	}
	var b base
	if _, err := fmt.Sscanf(text, "seq=%d hash=%s", &b.seq, &b.hash); err != nil {
		return b, fmt.Errorf("read %s: %w", baseSetting, err)
	}
	return b, nil
}

// Head returns number and hash of the newest record, 0 and Genesis for none. Two officers keep it: whoever rewrites the chain
// cannot rewrite theirs.
func Head(ctx context.Context, d *db.DB) (seq int64, hash string, err error) {
	_, err = db.InRead(ctx, d, func(tx *db.Tx) (_ struct{}, err error) {
		seq, hash, err = HeadIn(ctx, tx)
		return struct{}{}, err
	})
	return seq, hash, err
}

// HeadIn is Head within a transaction.
func HeadIn(ctx context.Context, tx *db.Tx) (seq int64, hash string, err error) {
	if err := tx.Row(ctx, `SELECT seq, hash FROM audit_head WHERE id = 1`).Scan(&seq, &hash); err != nil {
		return 0, "", fmt.Errorf("read audit head: %w", err)
	}
	return seq, hash, nil
}

// Expired returns how many records are older than KeepDays.
func Expired(ctx context.Context, tx *db.Tx) (int, error) {
	last, err := lastExpired(ctx, tx)
	if err != nil || last.seq == 0 {
		return 0, err
	}
	var n int
	err = tx.Row(ctx, `SELECT count(*) FROM audit_record WHERE seq <= $1`, last.seq).Scan(&n)
	return n, err
}

// lastExpired returns the newest record all of whose predecessors are past their date as well; seq 0 for none. Times rise along
// the chain, but clocks are set back: the first record that is young enough ends it.
func lastExpired(ctx context.Context, tx *db.Tx) (base, error) {
	var last base
	var first int64
	before := tx.Now.Add(-KeepDays * 24 * time.Hour).UnixMilli()
	err := tx.Row(ctx, `SELECT coalesce(min(seq), 0) FROM audit_record WHERE at >= $1`, before).Scan(&first)
	if err != nil {
		return last, fmt.Errorf("find old audit records: %w", err)
	}
	_, err = db.Found(tx.Row(ctx, `SELECT seq, hash FROM audit_record WHERE seq < $1 ORDER BY seq DESC LIMIT 1`, first).Scan(
		&last.seq, &last.hash))
	return last, err // no young record, so nothing is deleted: the newest must stay to carry the chain
}

// Purge deletes the records older than KeepDays and returns how many. The hash of the last one becomes the new beginning of the
// chain, in a setting and in a record of its own, so that a chain cut short by anybody else shows.
func Purge(ctx context.Context, tx *db.Tx) (int, error) {
	last, err := lastExpired(ctx, tx)
	if err != nil || last.seq == 0 {
		return 0, err
	}
	n, err := tx.ExecN(ctx, `DELETE FROM audit_record WHERE seq <= $1`, last.seq)
	if err != nil {
		return 0, fmt.Errorf("delete old audit records: %w", err)
	}
	if err := db.PutSetting(ctx, tx, baseSetting, last.String()); err != nil {
		return 0, err
	}
	_, err = Append(ctx, tx, Entry{Verb: purgeVerb, Detail: last.String(), Count: n})
	return n, err
}

// HashOf returns the hash of record seq, that of the base included; "" for one that is not there.
func HashOf(ctx context.Context, d *db.DB, seq int64) (string, error) {
	return db.InRead(ctx, d, func(tx *db.Tx) (string, error) {
		from, err := readBase(ctx, tx)
		if err != nil || from.seq == seq {
			return from.hash, err
		}
		var hash string
		_, err = db.Found(tx.Row(ctx, `SELECT hash FROM audit_record WHERE seq = $1`, seq).Scan(&hash))
		return hash, err
	})
}
