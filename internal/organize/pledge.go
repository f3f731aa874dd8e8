// SPDX-License-Identifier: Apache-2.0

package organize

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/internal/roster"
)

// pledgeNext says who may lead a pledge from a state to which others: the member anywhere, a captain who holds signed paper only
// from none. Only the member makes it public once it is private, and only she takes it back.
var pledgeNext = map[bool]map[PledgeState][]PledgeState{
	true: { // the member
		NoPledge: {PledgePrivate, PledgePublic}, PledgePrivate: {PledgePublic, Withdrawn}, PledgePublic: {PledgePrivate, Withdrawn},
		Withdrawn: {PledgePrivate, PledgePublic},
	},
	false: {NoPledge: {PledgePrivate, PledgePublic}},
}

// Wording is one version of what members promise, word for word. Texts holds it by language, English always.
type Wording struct {
	Version int
	Texts   map[string]string
	At      time.Time
}

// In returns the words in the language, English where it was not written in it.
func (t Wording) In(locale string) string {
	if s := t.Texts[locale]; s != "" {
		return s
	}
	return t.Texts[i18n.Locales[0]]
}

// PledgeText returns version of the text; 0 is the newest. Errors: Missing.
func PledgeText(ctx context.Context, tx *db.Tx, version int) (Wording, error) {
	query, args := `SELECT version, texts, at FROM pledge_text WHERE version = $1`, []any{version}
	if version == 0 {
		query, args = `SELECT version, texts, at FROM pledge_text ORDER BY version DESC LIMIT 1`, nil
	}
	var t Wording
	var texts string
	var at int64
	ok, err := db.Found(tx.Row(ctx, query, args...).Scan(&t.Version, &texts, &at))
	if err != nil {
		return t, fmt.Errorf("read pledge text: %w", err)
	}
	if !ok {
		return t, fault.New(fault.Missing, "organize.pledge.no_text")
	}
	t.At = moment(at)
	return t, json.Unmarshal([]byte(texts), &t.Texts)
}

// WritePledgeText makes a new version of the text, unless it says the same. Pledges made to an older one keep it. Errors: Invalid without English words,
// Forbidden for whoever does not manage tests of the whole unit.
func (s *Store) WritePledgeText(ctx context.Context, texts map[string]string) (int, error) {
	reach, err := auth.Allowed(ctx, TestManage)
	if err != nil {
		return 0, err
	}
	if !reach.All {
		return 0, fault.New(fault.Forbidden, "auth.not_your_role")
	}
	kept := map[string]string{}
	for _, l := range slices.Sorted(maps.Keys(texts)) {
		if !slices.Contains(i18n.Locales, l) {
			continue
		}
		words := texts[l]
		if p := tidy(&words, "text_"+l, 2000); p != nil {
			return 0, p
		}
		if words != "" {
			kept[l] = words
		}
	}
	if kept[i18n.Locales[0]] == "" {
		return 0, fault.Field("text_"+i18n.Locales[0], "organize.needed")
	}
	return db.InTx(ctx, s.d, func(tx *db.Tx) (int, error) {
		if err := tx.Lock(ctx, "pledge_text"); err != nil {
			return 0, err
		}
		now, err := PledgeText(ctx, tx, 0)
		if err != nil && fault.CodeOf(err) != fault.Missing {
			return 0, err
		}
		if maps.Equal(now.Texts, kept) { // twice the same button: whoever reads them now need not read them again
			return now.Version, nil
		}
		var v int
		if err := tx.Row(ctx, `SELECT COALESCE(MAX(version), 0) + 1 FROM pledge_text`).Scan(&v); err != nil {
			return 0, fmt.Errorf("number pledge text: %w", err)
		}
		if _, err := tx.Exec(ctx, `INSERT INTO pledge_text (version, texts, by_account, at) VALUES ($1, $2, $3, $4)`, v, jsonOf(kept),
			audit.By(ctx).Account, tx.Now.UnixMilli()); err != nil {
			return 0, fmt.Errorf("add pledge text: %w", err)
		}
		_, err = audit.Append(ctx, tx, audit.Entry{Verb: "pledge.text", Object: fmt.Sprintf("pledge_text:%d", v), Count: 1})
		return v, err
	})
}

// RecordPaperPledge writes a pledge that somebody signed on paper which its recorder holds; see RecordConversation. Errors: as
// there, and Conflict when she has pledged already: from then on it is hers alone to change.
func (s *Store) RecordPaperPledge(ctx context.Context, tx *db.Tx, f Fact, state PledgeState, text int) error {
	who, err := s.begin(ctx, tx, &f, AssessWrite, nil)
	if err != nil {
		return err
	}
	return s.promise(ctx, tx, who, f, state, text, "paper")
}

// promise appends a pledge to the record that f names: when it was merged into another by mistake, the promise goes with it as the two
// are taken apart. f.ID names the pledge; f.At is the moment, kept apart from it.
func (s *Store) promise(ctx context.Context, tx *db.Tx, who someone, f Fact, state PledgeState, text int, evidence string) error {
	if err := tx.Lock(ctx, "person:"+who.id); err != nil {
		return fmt.Errorf("lock person: %w", err)
	}
	var n int
	if err := tx.Row(ctx, `SELECT COUNT(*) FROM pledge WHERE id = $1`, f.ID).Scan(&n); err != nil || n > 0 {
		return err
	}
	now, err := pledgeOf(ctx, tx, who.id)
	if err != nil {
		return err
	}
	self := evidence == "self_link"
	if text == 0 {
		text = now.Text
	}
	again := now.State == state && self
	if again && text <= now.Text {
		return nil // twice the same button
	}
	if !again && !slices.Contains(pledgeNext[self][now.State], state) {
		return fault.New(fault.Conflict, "organize.pledge.hers", "State", string(now.State))
	}
	words, err := PledgeText(ctx, tx, text)
	if err != nil {
		return err
	}
	zone, err := db.Zone(ctx, tx)
	if err != nil {
		return err
	}
	by := authorOf(ctx).account
	if self {
		by = ""
	}
	day := roster.DateOf(f.At.In(zone)).String()
	if _, err := tx.Exec(ctx, `INSERT INTO pledge (id, person_id, seq, text_version, state, evidence, day, by_account)
		SELECT $1, $2, COALESCE(MAX(seq), 0) + 1, $3, $4, $5, $6, $7 FROM pledge WHERE person_id = $8`,
		f.ID, f.Person, words.Version, state, evidence, day, by, f.Person); err != nil {
		return fmt.Errorf("record pledge: %w", err)
	}
	if _, err := tx.Exec(ctx, `INSERT INTO pledge_time (pledge_id, at) VALUES ($1, $2)`, f.ID, f.At.UnixMilli()); err != nil {
		return fmt.Errorf("record pledge's time: %w", err)
	}
	as := ctx
	if self { // a link says nobody's account or device; nor does a page of hers
		as = audit.With(auth.As(ctx, &auth.Identity{}), audit.Actor{})
	}
	if err := s.answerPledgeTests(as, tx, who, f, state, by); err != nil {
		return err
	}
	late := day < roster.DateOf(tx.Now.In(zone)).String() // a paper: what stood at the end of that day is another
	return s.derive(ctx, tx, who.id, late)
}

// answerPledgeTests lets her pledge speak for her in the open tests that ask for one: a public test for public pledges alone.
// holder is the account that holds her signed paper, "" when she pledged by her link.
func (s *Store) answerPledgeTests(ctx context.Context, tx *db.Tx, who someone, f Fact, state PledgeState, holder string) error {
	all, err := tests(ctx, tx, auth.Reach{Person: who.id}, TestOpen)
	if err != nil {
		return err
	}
	// Signed paper is evidence once somebody who manages tests has it; in a captain's hands it is her word.
	evidence := SelfLink
	if holder != "" {
		evidence = Signature
		if _, err := within(ctx, tx, reachOf(ctx, TestManage), who.id); fault.CodeOf(err) == fault.Missing {
			evidence, holder = Sheet, ""
		} else if err != nil {
			return err
		}
	}
	for _, t := range all {
		if t.Kind != "pledge" {
			continue
		}
		answer := Unknown // one who withdrew has not said no
		if state == PledgePublic || state == PledgePrivate && !t.Public {
			answer = Yes
		}
		if err := s.took(ctx, tx, who, Participation{Fact: Fact{newID(), f.Person, f.At}, Test: t.ID, State: answer, Evidence: evidence}, holder); err != nil {
			return err
		}
	}
	return nil
}

// Pledge is somebody's promise as it stands.
type Pledge struct {
	State    PledgeState
	Text     int // version; 0 before the first
	Evidence string
	Day      roster.Date
	At       time.Time // hers alone: shown on her own page and nowhere else
}

// pledgeOf returns the latest pledge of the person who remains under id; NoPledge before the first.
func pledgeOf(ctx context.Context, tx *db.Tx, id string) (Pledge, error) {
	p := Pledge{State: NoPledge}
	below, err := db.Strings(ctx, tx, sqlBelow, id)
	if err != nil {
		return p, fmt.Errorf("find merged records: %w", err)
	}
	if len(below) == 0 {
		return p, nil
	}
	err = each(ctx, tx, `SELECT f.state, f.text_version, f.evidence, f.day, t.at FROM pledge f JOIN pledge_time t ON t.pledge_id = f.id WHERE f.person_id IN `,
		below, ` ORDER BY t.at, f.seq, f.id`, func(r *sql.Rows) error {
			var at int64
			err := r.Scan(&p.State, &p.Text, &p.Evidence, &p.Day, &at)
			p.At = moment(at)
			return err
		})
	return p, err
}

// versionsOf returns the version of the words of the latest pledge of each person.
func versionsOf(ctx context.Context, tx *db.Tx, people []string) (map[string]int, error) {
	m, err := recordsOf(ctx, tx)
	if err != nil {
		return nil, err
	}
	type last struct {
		version int
		at, seq int64
	}
	of := map[string]last{}
	err = each(ctx, tx, `SELECT f.person_id, f.text_version, t.at, f.seq FROM pledge f JOIN pledge_time t ON t.pledge_id = f.id WHERE f.person_id IN `,
		m.all(people), ` ORDER BY f.person_id, f.seq`, func(r *sql.Rows) error {
			var id string
			var p last
			err := r.Scan(&id, &p.version, &p.at, &p.seq)
			if was := of[m.top(id)]; p.at > was.at || p.at == was.at && p.seq >= was.seq {
				of[m.top(id)] = p
			}
			return err
		})
	out := map[string]int{}
	for id, p := range of {
		out[id] = p.version
	}
	return out, err
}

// newPledgeID is drawn at random: a UUIDv7 would tell the time of day.
func newPledgeID() string { return uuid.NewString() }
