// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/tenday/tenday/internal/db"
)

const (
	// The update takes the row's lock: on PostgreSQL writers queue here until the one before has committed.
	sqlNext   = `UPDATE audit_head SET seq = seq + $1 WHERE id = 1 RETURNING seq, hash`
	sqlHead   = `UPDATE audit_head SET hash = $1 WHERE id = 1`
	sqlInsert = `INSERT INTO audit_record (seq, at, actor, grant_id, verb, object, scope, detail, subjects, count, device, prev,
		hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`
	columns  = `seq, at, actor, grant_id, verb, object, scope, detail, subjects, count, device, prev, hash`
	sqlAfter = `SELECT ` + columns + ` FROM audit_record WHERE seq > $1 ORDER BY seq LIMIT 1000`
)

// Append adds e to the chain in tx and returns its number. Call it last: on PostgreSQL others wait from here to the commit.
func Append(ctx context.Context, tx *db.Tx, e Entry) (int64, error) {
	return appendAll(ctx, tx, []pending{{actor: By(ctx), entry: e}})
}

// appendAll adds the entries in order and returns the number of the last.
func appendAll(ctx context.Context, tx *db.Tx, all []pending) (int64, error) {
	var seq int64
	var prev string
	if err := tx.Row(ctx, sqlNext, len(all)).Scan(&seq, &prev); err != nil {
		return 0, fmt.Errorf("take audit number: %w", err)
	}
	at := tx.Now.UTC().Truncate(time.Millisecond)
	for i, p := range all {
		r := Record{
			Seq: seq - int64(len(all)-1-i), At: at, Actor: p.actor.Account, Grant: p.actor.Grant, Verb: p.entry.Verb,
			Object: p.entry.Object, Scope: p.entry.Scope, Detail: p.entry.Detail, Subjects: subjects(p.entry.Subjects),
			Count: int64(p.entry.Count), Device: p.actor.Device, Prev: prev,
		}
		r.Hash = r.Sum()
		if _, err := tx.Exec(ctx, sqlInsert, r.Seq, r.At.UnixMilli(), r.Actor, r.Grant, r.Verb, r.Object, r.Scope, r.Detail,
			r.Subjects, r.Count, r.Device, r.Prev, r.Hash); err != nil {
			return 0, fmt.Errorf("append audit record: %w", err)
		}
		prev = r.Hash
	}
	if _, err := tx.Exec(ctx, sqlHead, prev); err != nil {
		return 0, fmt.Errorf("move audit head: %w", err)
	}
	return seq, nil
}

func scan(rows *sql.Rows) (Record, error) {
	var r Record
	var at int64
	err := rows.Scan(&r.Seq, &at, &r.Actor, &r.Grant, &r.Verb, &r.Object, &r.Scope, &r.Detail, &r.Subjects, &r.Count, &r.Device,
		&r.Prev, &r.Hash)
	r.At = time.UnixMilli(at).UTC()
	return r, err
}

// Chain is what Verify found.
type Chain struct {
	Records int64  // that fit, from the first on
	Head    string // hash of the last that fits
	Bad     int64  // number of the first that does not; 0 when all do
	Why     string // "altered", "missing", "unlinked", "head"; "" when all fit
}

// Verify walks the chain from its beginning and stops at the first record that was altered, removed or inserted. progress,
// which may be nil, is told how many records have been read. Where retention has deleted the oldest records the chain begins at
// the base that it left, which a record in the chain must confirm.
func Verify(ctx context.Context, d *db.DB, progress func(int64)) (Chain, error) {
	return db.InRead(ctx, d, func(tx *db.Tx) (Chain, error) {
		from, err := readBase(ctx, tx)
		if err != nil {
			return Chain{}, err
		}
		c := Chain{Records: from.seq, Head: from.hash}
		confirmed := from.seq == 0
		for {
			batch, err := db.All(ctx, tx, scan, sqlAfter, c.Records)
			if err != nil {
				return c, fmt.Errorf("read audit records: %w", err)
			}
			for _, r := range batch {
				if c.Bad, c.Why = check(c, r); c.Bad != 0 {
					return c, nil
				}
				c.Records, c.Head = r.Seq, r.Hash
				confirmed = confirmed || r.Verb == purgeVerb && r.Detail == from.String()
			}
			if progress != nil {
				progress(c.Records)
			}
			if len(batch) == 0 {
				break
			}
		}
		if !confirmed { // the oldest records are gone, and not by retention
			c.Bad, c.Why = from.seq, "missing"
			return c, nil
		}
		seq, hash, err := HeadIn(ctx, tx)
		if err != nil {
			return c, err
		}
		if seq != c.Records { // the newest records are gone
			c.Bad, c.Why = c.Records+1, "missing"
		} else if hash != c.Head {
			c.Bad, c.Why = c.Records, "head"
		}
		return c, nil
	})
}

func check(c Chain, r Record) (bad int64, why string) {
	switch {
	case r.Seq != c.Records+1:
		return c.Records + 1, "missing"
	case r.Hash != r.Sum():
		return r.Seq, "altered"
	case r.Prev != c.Head:
		return r.Seq, "unlinked"
	}
	return 0, ""
}
