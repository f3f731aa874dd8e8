// SPDX-License-Identifier: Apache-2.0

package strike

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/calendar"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/notice"
)

// feeds are the calendars that accounts follow. Who knows the address of one may read it: it is made by its account, kept as a hash,
// and ends when she makes another, takes it back, or is suspended.
type feeds struct {
	*Store
	texts    *i18n.Bundle
	baseURL  string
	identity func(ctx context.Context, account string) (*auth.Identity, error)
}

// address is what an account may know of its calendar's address.
type address struct {
	Made time.Time `json:"made,omitzero"` // zero: there is none
	Read time.Time `json:"read,omitzero"` // by the hour; zero: never
}

const (
	sqlAddress = `SELECT f.made_at, f.last_read_at FROM calendar_feed f WHERE f.account_id = $1 AND f.revoked_at = 0 AND ` + noneOut + `
		ORDER BY f.made_at DESC, f.id LIMIT 1`
	sqlRevoke = `UPDATE calendar_feed SET revoked_at = $1 WHERE account_id = $2 AND revoked_at = 0`
	// The token's hash is unique: one probe, and one of account by its key.
	sqlFeed = `SELECT f.id, f.account_id, f.last_read_at, a.locale FROM calendar_feed f JOIN account a ON a.id = f.account_id
		WHERE f.token_sha256 = $1 AND f.revoked_at = 0 AND a.suspended_at = 0 AND ` + noneOut
	// An address that was on a lost phone ends with it: a leaked date does harm. So does one of an account that was suspended and let
	// in again, since its devices were signed out.
	noneOut = `NOT EXISTS (SELECT 1 FROM device v WHERE v.account_id = f.account_id AND v.state = 'revoked' AND v.revoked_at >= f.made_at)`
)

func (f feeds) address(ctx context.Context, account string) (address, error) {
	return db.InRead(ctx, f.d, func(tx *db.Tx) (a address, err error) {
		var made, read int64
		ok, err := db.Found(tx.Row(ctx, sqlAddress, account).Scan(&made, &read))
		if !ok || err != nil {
			return a, err
		}
		a.Made = time.UnixMilli(made)
		if read > 0 {
			a.Read = time.UnixMilli(read)
		}
		return a, nil
	})
}

// make returns a new token for the caller's calendar; the one before stops working.
func (f feeds) make(ctx context.Context) (token string, err error) {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	token = base64.RawURLEncoding.EncodeToString(b)
	account := auth.By(ctx).Account
	return token, db.Do(ctx, f.d, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, sqlRevoke, tx.Now.UnixMilli(), account); err != nil {
			return fmt.Errorf("end calendar's address: %w", err)
		}
		id := newID()
		err := tx.Insert(ctx, "calendar_feed", []string{"id", "account_id", "token_sha256", "made_at"}, [][]any{{
			id, account, hashToken(token), tx.Now.UnixMilli(),
		}})
		if err != nil {
			return fmt.Errorf("make calendar's address: %w", err)
		}
		_, err = audit.Append(ctx, tx, audit.Entry{Verb: "calendar.make", Object: "calendar:" + id, Scope: "own", Count: 1})
		return err
	})
}

// revoke ends the caller's address. Without one there is nothing to do.
func (f feeds) revoke(ctx context.Context) error {
	return db.Do(ctx, f.d, func(tx *db.Tx) error {
		account := auth.By(ctx).Account
		n, err := tx.ExecN(ctx, sqlRevoke, tx.Now.UnixMilli(), account)
		if err != nil || n == 0 {
			return errors.Join(err)
		}
		_, err = audit.Append(ctx, tx, audit.Entry{Verb: "calendar.revoke", Object: "account:" + account, Scope: "own", Count: n})
		return err
	})
}

func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// readEvery keeps a calendar program's polling from being a write each time.
const readEvery = time.Hour

// owner returns the account and language of a token that works, and puts on record, by the hour, that it was read. Errors: Missing, the same for every
// token that does not.
func (f feeds) owner(ctx context.Context, token string) (account, locale string, err error) {
	var id string
	var read int64
	var now time.Time
	found, err := db.InRead(ctx, f.d, func(tx *db.Tx) (bool, error) {
		now = tx.Now
		return db.Found(tx.Row(ctx, sqlFeed, hashToken(token)).Scan(&id, &account, &read, &locale))
	})
	if err != nil || !found {
		return "", "", orMissing(err, "web.missing")
	}
	if now.Sub(time.UnixMilli(read)) >= readEvery {
		err = db.Do(ctx, f.d, func(tx *db.Tx) error {
			if _, err := tx.Exec(ctx, `UPDATE calendar_feed SET last_read_at = $1 WHERE id = $2`, tx.Now.UnixMilli(), id); err != nil {
				return fmt.Errorf("note reading: %w", err)
			}
			ctx := audit.With(ctx, audit.Actor{Account: account})
			_, err := audit.Append(ctx, tx, audit.Entry{Verb: "calendar.read", Object: "calendar:" + id, Scope: "own", Count: 1})
			return err
		})
	}
	return account, locale, err
}

// entry is one event, and what makes it another one: when that changes its sequence rises.
type entry struct {
	calendar.Event
	digest string
}

// entries are the events of the actions that somebody may see: to those who read plans the deadlines too, each on its careful day
// with the lenient one in the text, to everybody else what is announced. only restricts them to one action, "" is all.
func (b *book) entries(tr *i18n.Translator, reads bool, only string) ([]entry, error) {
	var out []entry
	for _, a := range b.actions {
		if only != "" && a.ID != only || a.Starts.IsZero() || a.State == Draft || !reads && !shown(a) {
			continue
		}
		law := ""
		if reads && !a.State.Over() {
			j, err := b.judge(a)
			if err != nil {
				return nil, err
			}
			if j != nil {
				law = j.says(tr)
				out = append(out, j.deadlines(tr, a)...)
			}
		}
		out = append(out, b.act(tr, a, law))
	}
	return out, nil
}

// says is the verdict with its day and pack, and that it is no advice.
func (j *Judged) says(tr *i18n.Translator) string {
	return tr.T("papers.calendar.verdict", "Verdict", tr.T("papers.verdict."+j.Verdict.String()), "Day", tr.Day(j.AsOf.Start())) + "\n" +
		notice.Disclaimer
}

var dayBefore = []time.Duration{72 * time.Hour, 24 * time.Hour}

// deadlines are the steps of the plan that are still to be done.
func (j *Judged) deadlines(tr *i18n.Translator, a *Action) []entry {
	if j.Plan == nil || a.State == Noticed || a.State == On {
		return nil
	}
	var out []entry
	for _, s := range j.Plan.Steps {
		if s.State != "open" && s.State != "late" {
			continue
		}
		day, err := notice.ParseDay(s.Safe)
		if s.State == "late" || err != nil {
			day, err = notice.ParseDay(s.Last)
		}
		if err != nil {
			continue // nothing binds it
		}
		var refs []string
		for _, c := range s.Cites {
			if !slices.Contains(refs, c.Ref) {
				refs = append(refs, c.Ref)
			}
		}
		days := "papers.calendar.days"
		if s.Safe == "" {
			days = "papers.calendar.last" // the holiday table does not reach
		}
		lines := []string{
			tr.T(days, "Safe", tr.ISODay(s.Safe), "Last", tr.ISODay(s.Last)), a.Title,
			tr.T("papers.calendar.authority", "Refs", strings.Join(refs, "; ")), j.says(tr),
		}
		e := calendar.Event{
			UID: a.ID + "." + s.ID + "@tenday", Start: day.Start(), AllDay: true, Summary: tr.T("papers.calendar.serve." + s.ID),
			Description: strings.Join(lines, "\n"), Alarms: dayBefore,
		}
		out = append(out, entry{e, digest(e.UID, a.FactsVersion, s.Safe, s.Last, s.State)})
	}
	return out
}

// townsMost is how many towns are named; a phone shows no more.
const townsMost = 5

// act is the action itself.
func (b *book) act(tr *i18n.Translator, a *Action, law string) entry {
	var towns []string
	for _, s := range a.Sites {
		if !slices.Contains(towns, s.Town) {
			towns = append(towns, s.Town)
		}
	}
	where := strings.Join(towns, ", ")
	if len(towns) > townsMost {
		where = tr.T("papers.calendar.sites", "N", len(a.Sites))
	}
	e := calendar.Event{
		UID: a.ID + ".start@tenday", Start: a.Starts.Begin(), AllDay: !a.Starts.Clock, Zone: a.Zone(),
		Summary: tr.T("papers.calendar.kind."+string(a.Kind), "When", sayMoment(tr, a.Starts)), Location: where,
		Description: strings.Trim(a.Title+"\n"+law, "\n"), Cancelled: a.State.Over() && a.Began.IsZero(), Alarms: dayBefore[1:],
	}
	if e.AllDay {
		e.Start = a.Starts.Day.Start()
	} else if end := a.Ends; !end.IsZero() {
		e.End = end.End()
	}
	if !a.Over.IsZero() && !e.AllDay && a.Over.End().After(e.Start) {
		e.End = a.Over.End()
	}
	return entry{e, digest(e.UID, a.FactsVersion, a.Starts.String(), e.End.UTC().String(), string(a.State))}
}

// digest tells whether an entry has changed, whatever language it is read in.
func digest(uid string, version int, parts ...string) string {
	sum := sha256.Sum256([]byte(uid + fmt.Sprintf("\x00%d\x00", version) + strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:])
}

// number gives each entry its sequence and the time of its last change, and keeps those that have changed. Readers rarely find a
// change, and then nothing is written.
func (f feeds) number(ctx context.Context, all []entry) ([]calendar.Event, error) {
	out := make([]calendar.Event, len(all))
	fill := func(tx *db.Tx) (changed []int, err error) {
		kept, err := keptEntries(ctx, tx, all)
		if err != nil {
			return nil, err
		}
		for i, e := range all {
			k, ok := kept[e.UID]
			if !ok || k.digest != e.digest {
				changed = append(changed, i)
			}
			out[i] = e.Event
			out[i].Seq, out[i].Stamp = k.sequence, time.UnixMilli(k.at)
		}
		return changed, nil
	}
	changed, err := db.InRead(ctx, f.d, fill)
	if err != nil || len(changed) == 0 {
		return out, err
	}
	return out, db.Do(ctx, f.d, func(tx *db.Tx) error {
		for _, i := range changed {
			_, err := tx.Exec(ctx, `INSERT INTO calendar_entry (uid, sequence, digest, at) VALUES ($1, 0, $2, $3)
				ON CONFLICT (uid) DO UPDATE SET sequence = calendar_entry.sequence + 1, digest = excluded.digest, at = excluded.at
				WHERE calendar_entry.digest <> excluded.digest`, all[i].UID, all[i].digest, tx.Now.UnixMilli())
			if err != nil {
				return fmt.Errorf("number calendar entry: %w", err)
			}
		}
		_, err := fill(tx)
		return err
	})
}

type keptEntry struct {
	sequence int
	digest   string
	at       int64
}

func keptEntries(ctx context.Context, tx *db.Tx, all []entry) (map[string]keptEntry, error) {
	out := map[string]keptEntry{}
	if len(all) == 0 {
		return out, nil
	}
	var args db.Args
	uids := make([]string, len(all))
	for i, e := range all {
		uids[i] = e.UID
	}
	query := `SELECT uid, sequence, digest, at FROM calendar_entry WHERE uid IN ` + args.In(uids) + ` ORDER BY uid LIMIT 10000`
	err := tx.Rows(ctx, query, args, func(r *sql.Rows) error {
		var uid string
		var k keptEntry
		err := r.Scan(&uid, &k.sequence, &k.digest, &k.at)
		out[uid] = k
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read calendar entries: %w", err)
	}
	return out, nil
}

// events reads what the account may see, numbered. Errors: Missing for one action that it may not.
func (f feeds) events(ctx context.Context, tr *i18n.Translator, reads bool, only string) ([]calendar.Event, error) {
	all, err := db.InRead(ctx, f.d, func(tx *db.Tx) ([]entry, error) {
		b, err := f.open(ctx, tx)
		if err != nil {
			return nil, err
		}
		return b.entries(tr, reads, only)
	})
	if err != nil {
		return nil, err
	}
	if only != "" && len(all) == 0 {
		return nil, fault.New(fault.Missing, "strike.missing")
	}
	return f.number(ctx, all)
}
