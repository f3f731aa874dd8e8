// SPDX-License-Identifier: Apache-2.0

package organize

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"golang.org/x/text/unicode/norm"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/roster"
)

const (
	longestNote = 10_000 // characters
	longestLine = 300
	mostIssues  = 20
	early       = 10 * time.Minute // how far ahead of ours a device's corrected clock may be
)

// RecordConversation and its sisters write one fact in the caller's transaction, which may hold others. They check that the
// caller of ctx reaches the person with the right ability, write the row once however often its id comes, and bring person_stand
// up to date; the audit entry is left to whoever owns the transaction. Errors: Missing for a person out of reach, Invalid by
// field, Forbidden without the ability.
func (s *Store) RecordConversation(ctx context.Context, tx *db.Tx, c Conversation) error {
	if c.Visibility == "" {
		c.Visibility = Private
	}
	var problems []*fault.Error
	wrong := func(bad bool, field string) {
		if bad {
			problems = append(problems, fault.Field(field, "organize.choose"))
		}
	}
	wrong(!slices.Contains(Channels, c.Channel), "channel")
	wrong(!slices.Contains(Outcomes, c.Outcome), "outcome")
	wrong(c.Visibility != Private && c.Visibility != Shared, "note_visibility")
	if c.Outcome != WrongNumber || c.Channel != Call && c.Channel != SMS {
		c.Number, c.Whose = "", ""
	}
	wrong(c.Number != "" && !isNumber.MatchString(c.Number), "number")
	wrong(c.Whose != "" && c.Whose != roster.NobodysNumber && c.Whose != roster.OthersNumber && uuid.Validate(c.Whose) != nil, "whose")
	problems = append(problems, tidy(&c.Note, "note", longestNote), tidy(&c.NextStep, "next_step", longestLine))
	if len(c.Issues) > mostIssues {
		problems = append(problems, fault.Field("issues", "organize.too_many", "Max", mostIssues))
		c.Issues = nil
	}
	for i := range c.Issues {
		problems = append(problems, tidy(&c.Issues[i], "issues", longestLine))
	}
	p, err := s.begin(ctx, tx, &c.Fact, AssessWrite, problems)
	if err != nil {
		return err
	}
	by := authorOf(ctx)
	kept, err := s.keepNew(ctx, tx, p, `INSERT INTO conversation (id, person_id, at, channel, outcome, issues, next_step, next_at, note,
		note_visibility, flag, received_at, device, by_account, by_person)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) ON CONFLICT (id) DO NOTHING`,
		c.ID, c.Person, c.At.UnixMilli(), c.Channel, c.Outcome, jsonOf(c.Issues), c.NextStep, c.NextAt.String(), c.Note, c.Visibility,
		bit(c.Flag), tx.Now.UnixMilli(), by.device, by.account, by.person)
	if err != nil || !kept || c.Number == "" || s.Roster == nil {
		return err
	}
	if taken, err := takenBack(ctx, tx, c.ID); err != nil || taken { // the word that it does not count came first
		return err
	}
	return s.Roster.SayWrong(ctx, tx, roster.WrongNumber{Fact: c.ID, Person: p.id, Number: c.Number, Whose: c.Whose, At: c.At})
}

// isNumber is E.164's form.
var isNumber = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

// takenBack tells whether the caller has taken her fact back.
func takenBack(ctx context.Context, tx *db.Tx, id string) (bool, error) {
	var one int
	ok, err := db.Found(tx.Row(ctx, `SELECT 1 FROM retraction WHERE fact_id = $1 AND by_account = $2`, id, authorOf(ctx).account).Scan(&one))
	if err != nil {
		return false, fmt.Errorf("look for retraction: %w", err)
	}
	return ok, nil
}

// RecordAssessment writes an assessment; see RecordConversation. Somebody who is out of the unit is not assessed: Conflict.
func (s *Store) RecordAssessment(ctx context.Context, tx *db.Tx, a Assessment) error {
	if a.Scale == 0 {
		a.Scale = ScaleVersion
	}
	var problems []*fault.Error
	if a.Value < 1 || a.Value > 5 {
		problems = append(problems, fault.Field("value", "organize.value_range"))
	}
	if !slices.Contains(Bases, a.Basis) {
		problems = append(problems, fault.Field("basis", "organize.choose"))
	}
	for _, id := range []string{a.Conversation, a.Corrects} {
		if id != "" && uuid.Validate(id) != nil {
			problems = append(problems, fault.Field("conversation", "organize.choose"))
		}
	}
	if a.Scale != ScaleVersion {
		problems = append(problems, fault.Field("scale_version", "organize.scale_unknown"))
	}
	p, err := s.begin(ctx, tx, &a.Fact, AssessWrite, problems)
	if err != nil {
		return err
	}
	if p.status == roster.OutOfUnit {
		return fault.New(fault.Conflict, "organize.assess_out")
	}
	by := authorOf(ctx)
	return s.keep(ctx, tx, p, `INSERT INTO assessment (id, person_id, at, value, basis, conversation_id, scale_version, corrects,
		received_at, device, by_account, by_person)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (id) DO NOTHING`,
		a.ID, a.Person, a.At.UnixMilli(), a.Value, a.Basis, a.Conversation, a.Scale, a.Corrects, tx.Now.UnixMilli(), by.device, by.account,
		by.person)
}

// RecordNote writes a remark without a talk; see RecordConversation.
func (s *Store) RecordNote(ctx context.Context, tx *db.Tx, n Note) error {
	var problems []*fault.Error
	problems = append(problems, tidy(&n.Text, "text", longestNote))
	if n.Text == "" {
		problems = append(problems, fault.Field("text", "organize.needed"))
	}
	if n.Visibility != Private && n.Visibility != Shared {
		problems = append(problems, fault.Field("visibility", "organize.choose"))
	}
	p, err := s.begin(ctx, tx, &n.Fact, AssessWrite, problems)
	if err != nil {
		return err
	}
	by := authorOf(ctx)
	return s.keep(ctx, tx, p, `INSERT INTO person_note (id, person_id, at, note, visibility, received_at, device, by_account, by_person)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO NOTHING`,
		n.ID, n.Person, n.At.UnixMilli(), n.Text, n.Visibility, tx.Now.UnixMilli(), by.device, by.account, by.person)
}

// RecordFollowUp writes a next step that the author takes on herself, or, when f.To is another account, asks of it; see
// RecordConversation.
func (s *Store) RecordFollowUp(ctx context.Context, tx *db.Tx, f FollowUp) error {
	problems := []*fault.Error{tidy(&f.What, "what", longestLine)}
	if f.What == "" {
		problems = append(problems, fault.Field("what", "organize.needed"))
	}
	p, err := s.begin(ctx, tx, &f.Fact, AssessWrite, problems)
	if err != nil {
		return err
	}
	by := authorOf(ctx)
	if f.To == "" {
		f.To = by.account
	}
	return s.keep(ctx, tx, p, `INSERT INTO follow_up (id, person_id, at, to_account, what, due, received_at, device, by_account, by_person)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (id) DO NOTHING`,
		f.ID, f.Person, f.At.UnixMilli(), f.To, f.What, f.Due.String(), tx.Now.UnixMilli(), by.device, by.account, by.person)
}

// DoneFollowUp marks a next step as done; one that is done stays so. Errors: Missing unless the caller made it or it is hers.
func (s *Store) DoneFollowUp(ctx context.Context, tx *db.Tx, id string, at time.Time) error {
	by := authorOf(ctx)
	var n int
	if err := tx.Row(ctx, `SELECT COUNT(*) FROM follow_up WHERE id = $1 AND (to_account = $2 OR by_account = $3)`, id, by.account,
		by.account).Scan(&n); err != nil {
		return fmt.Errorf("find next step: %w", err)
	}
	if n == 0 {
		return fault.New(fault.Missing, "organize.no_fact")
	}
	if _, err := tx.Exec(ctx, `UPDATE follow_up SET done_at = $1 WHERE id = $2 AND done_at = 0`, at.UnixMilli(), id); err != nil {
		return fmt.Errorf("end next step: %w", err)
	}
	changed(tx)
	return nil
}

// facts are the tables whose rows an author may take back.
var facts = []string{"conversation", "assessment", "person_note", "follow_up", "participation"}

// Retract takes a fact of the caller's own back. It may come before the fact does: then that never counts. Errors: Missing for
// a fact of somebody else, and for one about somebody who is no longer hers: it stays true. Forbidden once she records nothing.
func (s *Store) Retract(ctx context.Context, tx *db.Tx, id string, at time.Time) error {
	reach, err := auth.Allowed(ctx, AssessWrite)
	if err != nil {
		return err
	}
	by := authorOf(ctx)
	if _, err := tx.Exec(ctx, `INSERT INTO retraction (fact_id, by_account, at) VALUES ($1, $2, $3) ON CONFLICT (fact_id, by_account) DO NOTHING`,
		id, by.account, at.UnixMilli()); err != nil {
		return fmt.Errorf("take fact back: %w", err)
	}
	var pledged int
	if err := tx.Row(ctx, `SELECT COUNT(*) FROM pledge WHERE id = $1 AND by_account = $2`, id, by.account).Scan(&pledged); err != nil {
		return fmt.Errorf("look for pledge: %w", err)
	}
	if pledged > 0 { // once it is there she alone takes it back
		return fault.New(fault.Conflict, "organize.pledge.hers", "State", string(PledgePrivate))
	}
	for _, table := range facts {
		var person, account string
		ok, err := db.Found(tx.Row(ctx, `SELECT person_id, by_account FROM `+table+` WHERE id = $1`, id).Scan(&person, &account))
		if err != nil {
			return fmt.Errorf("find fact: %w", err)
		}
		if !ok {
			continue
		}
		if account != by.account {
			return fault.New(fault.Missing, "organize.no_fact")
		}
		p, err := within(ctx, tx, reach, person)
		if err != nil {
			return err
		}
		if err := tx.Lock(ctx, "person:"+p.id); err != nil {
			return fmt.Errorf("lock person: %w", err)
		}
		if table == "conversation" && s.Roster != nil { // and what it said of a number
			if err := s.Roster.UnsayWrong(ctx, tx, id); err != nil {
				return err
			}
		}
		return s.derive(ctx, tx, p.id, false)
	}
	changed(tx)
	return nil
}

// begin completes f, checks its time and finds the person. What else is wrong joins what it finds; who may not see the person
// learns nothing but that.
func (s *Store) begin(ctx context.Context, tx *db.Tx, f *Fact, a auth.Ability, problems []*fault.Error) (someone, error) {
	reach, err := auth.Allowed(ctx, a)
	if err != nil {
		return someone{}, err
	}
	p, err := within(ctx, tx, reach, f.Person)
	if err != nil {
		return p, err
	}
	if f.At.IsZero() {
		f.At = tx.Now
	}
	if f.At.After(tx.Now.Add(early)) {
		problems = append(problems, fault.Field("at", "organize.in_future"))
	}
	if f.ID == "" {
		f.ID = newID()
	}
	return p, fault.Join(problems...)
}

// keep runs the insert and, when it added something, derives where p stands. The lock makes two who write about one person
// queue, so that the later one derives from both facts.
func (s *Store) keep(ctx context.Context, tx *db.Tx, p someone, insert string, args ...any) error {
	_, err := s.keepNew(ctx, tx, p, insert, args...)
	return err
}

// keepNew is keep, and tells whether it added something.
func (s *Store) keepNew(ctx context.Context, tx *db.Tx, p someone, insert string, args ...any) (bool, error) {
	if err := tx.Lock(ctx, "person:"+p.id); err != nil {
		return false, fmt.Errorf("lock person: %w", err)
	}
	n, err := tx.ExecN(ctx, insert, args...)
	if err != nil {
		return false, fmt.Errorf("record fact: %w", err)
	}
	if n == 0 {
		return false, nil
	}
	return true, s.derive(ctx, tx, p.id, false)
}

type togetherKey struct{}

// together are people whose derived rows wait for the end of many facts.
type together struct {
	people  []string
	builder builder
}

func newTogether() *together { return &together{builder: builder{sites: map[string]bool{}}} }

// Together records many facts in one transaction: what do writes with the context it is given is derived once, at the end. Until
// then no derived row shows it.
func (s *Store) Together(ctx context.Context, tx *db.Tx, do func(ctx context.Context) error) error {
	b := newTogether()
	if err := do(context.WithValue(ctx, togetherKey{}, b)); err != nil {
		return err
	}
	if err := s.rebuild(ctx, tx, b.people, &b.builder); err != nil {
		return err
	}
	changed(tx)
	return nil
}

// tidy trims and composes a text and refuses one that is too long.
func tidy(text *string, field string, most int) *fault.Error {
	*text = norm.NFC.String(strings.TrimSpace(*text))
	if utf8.RuneCountInString(*text) > most {
		return fault.Field(field, "organize.too_long", "Max", most)
	}
	return nil
}

func jsonOf(v any) string {
	b, err := json.Marshal(v)
	if err != nil || string(b) == "null" {
		return "[]" // texts and numbers alone come here
	}
	return string(b)
}
