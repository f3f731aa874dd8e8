// SPDX-License-Identifier: Apache-2.0

package organize

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/internal/job"
	"github.com/tenday/tenday/internal/mail"
	"github.com/tenday/tenday/internal/roster"
)

// How long a member's link works: one that was mailed, and the one that the page after her answer holds, with which she can
// change her mind at once.
const (
	linkLife   = 72 * time.Hour
	changeLife = 15 * time.Minute
	tapLife    = time.Minute     // in which the same answer by the same link is a second tap, or a page that was sent again
	askAgain   = 5 * time.Minute // between two links to one person
	mostAsked  = 10              // links to one person in a day: nobody fills her mailbox
	mostLinks  = 100             // in one act; more is a campaign mailing, which a second person approves
)

const linkJob = "organize.link"

// errDeadLink answers a link that was used, is too old, or never was: the three look the same, and none names anybody.
func errDeadLink() error { return fault.New(fault.Missing, "organize.reply.dead") }

// errNewWords answers a pledge to words that are no longer the newest: it is refused, and her page shows the new ones.
func errNewWords() error { return fault.New(fault.Conflict, "organize.pledge.text_changed") }

func isNewWords(err error) bool {
	e, ok := errors.AsType[*fault.Error](err)
	return ok && e.Key == "organize.pledge.text_changed"
}

// linking is the job that mails one link. It carries ids alone; the code is made when it is sent, and only its hash is kept.
type linking struct {
	Person, Test, Contact, By string
}

// SendLinks has a one-use link mailed to a personal address of each person: to pledge, or, with a test, to say that she took part.
// It returns how many go out; whoever has no personal address that is not refused gets none. Errors: Forbidden, Missing for
// anybody out of reach, Invalid for more than a hundred, Conflict when there is nothing to answer.
func (s *Store) SendLinks(ctx context.Context, people []string, test string) (int, error) {
	reach, err := auth.Allowed(ctx, AssessWrite)
	if err != nil {
		return 0, err
	}
	switch {
	case len(people) == 0:
		return 0, fault.Field("person", "organize.nobody_chosen")
	case len(people) > mostLinks:
		return 0, fault.Field("person", "organize.too_many", "Max", mostLinks)
	}
	return db.InTx(ctx, s.d, func(tx *db.Tx) (int, error) {
		n := 0
		for _, id := range people {
			p, err := within(ctx, tx, reach, id)
			if err != nil {
				return 0, err
			}
			if p.status != roster.InUnit {
				continue
			}
			if err := answerable(ctx, tx, test, p.id); err != nil {
				return 0, err
			}
			contact, owner, err := personalMail(ctx, tx, p.id)
			if err != nil {
				return 0, err
			}
			if contact == "" {
				continue
			}
			n++
			if err := queueLink(ctx, tx, linking{owner, test, contact, audit.By(ctx).Account}); err != nil {
				return 0, err
			}
		}
		_, err := audit.Append(ctx, tx, audit.Entry{Verb: "link.send", Object: object(test), Scope: reach.Label(), Subjects: people, Count: n})
		return n, err
	})
}

func object(test string) string {
	if test == "" {
		return "pledge"
	}
	return "test:" + test
}

// answerable refuses a link to nothing.
func answerable(ctx context.Context, tx *db.Tx, test, person string) error {
	if test == "" {
		_, err := PledgeText(ctx, tx, 0)
		return err
	}
	return openForAnswers(ctx, tx, test, person)
}

func queueLink(ctx context.Context, tx *db.Tx, l linking) error {
	return job.Put(ctx, tx, job.Job{Kind: linkJob, Key: l.Person + " " + l.Test, Payload: l})
}

// personalMail returns the contact point of a person's best personal e-mail, "" for none that may be written to, and the record that it
// is of: hers, or one merged into it. What comes by the link is kept with that one.
func personalMail(ctx context.Context, tx *db.Tx, person string) (contact, owner string, err error) {
	_, err = db.Found(tx.Row(ctx, `SELECT c.id, c.person_id FROM contact_point c JOIN person p ON p.id = c.person_id WHERE (p.id = $1 OR p.merged_into = $2)
		AND c.kind = 'email' AND c.is_personal = 1 AND c.removed_at = 0 AND c.opted_out_at = 0 AND c.status IN ('ok', 'unverified')
		ORDER BY CASE c.status WHEN 'ok' THEN 0 ELSE 1 END, c.at DESC, c.id LIMIT 1`, person, person).Scan(&contact, &owner))
	if err != nil {
		return "", "", fmt.Errorf("find personal address: %w", err)
	}
	return contact, owner, nil
}

// AskLink is what the public page does: whoever types a personal address that is on file gets a link there; nothing tells whether
// it was. Errors: Invalid for what is no address, and for one that the employer can read.
func (s *Store) AskLink(ctx context.Context, address string) error {
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		domains, err := roster.MailDomains(ctx, tx)
		if err != nil {
			return err
		}
		if address, err = mail.Personal(address, domains); err != nil {
			return err
		}
		if _, err := PledgeText(ctx, tx, 0); err != nil {
			return err
		}
		type hit struct{ contact, person string }
		hits, err := db.All(ctx, tx, func(r *sql.Rows) (h hit, err error) { return h, r.Scan(&h.contact, &h.person) }, `SELECT c.id, c.person_id FROM contact_point c
			WHERE c.value = $1 AND c.kind = 'email' AND c.is_personal = 1 AND c.removed_at = 0 AND c.status <> 'refused' ORDER BY c.id LIMIT 5`, address)
		if err != nil {
			return fmt.Errorf("find address: %w", err)
		}
		for _, h := range hits { // two may share an address: each gets her own link
			p, err := within(ctx, tx, auth.Reach{All: true}, h.person)
			if err != nil || p.status != roster.InUnit {
				continue
			}
			var last int64
			var n int
			if err := tx.Row(ctx, `SELECT COUNT(*), COALESCE(MAX(created_at), 0) FROM member_link WHERE person_id IN ($1, $2) AND test_id = '' AND created_at > $3`,
				p.id, h.person, tx.Now.AddDate(0, 0, -1).UnixMilli()).Scan(&n, &last); err != nil {
				return fmt.Errorf("count links: %w", err)
			}
			if n >= mostAsked || last > tx.Now.Add(-askAgain).UnixMilli() {
				continue
			}
			if err := queueLink(ctx, tx, linking{Person: h.person, Contact: h.contact}); err != nil {
				return err
			}
		}
		_, err = audit.Append(ctx, tx, audit.Entry{Verb: "link.ask", Count: 1})
		return err
	})
}

// mailLink is the job's handler: it makes a code, keeps its hash, and mails the link.
func (s *Store) mailLink(ctx context.Context, r job.Run) error {
	var l linking
	if err := r.Read(&l); err != nil {
		return err
	}
	if s.Mail == nil {
		return errors.New("no mail sender is set up")
	}
	code := rand.Text()
	m, err := db.InTx(ctx, s.d, func(tx *db.Tx) (*mail.Message, error) {
		var to, languages, given string
		var shared int
		ok, err := db.Found(tx.Row(ctx, `SELECT c.value, p.languages, COALESCE(n.given, ''), (SELECT COUNT(*) FROM contact_point o WHERE o.value = c.value
			AND o.removed_at = 0 AND o.person_id <> c.person_id) FROM contact_point c JOIN person p ON p.id = c.person_id
			LEFT JOIN person_now n ON n.person_id = p.id
			WHERE c.id = $1 AND c.removed_at = 0 AND c.is_personal = 1 AND c.status <> 'refused'`, l.Contact).Scan(&to, &languages, &given, &shared))
		if err != nil || !ok {
			return nil, errors.Join(err, r.Drop(ctx, tx, "no address"))
		}
		domains, err := roster.MailDomains(ctx, tx)
		if err != nil {
			return nil, err
		}
		if _, err := mail.Personal(to, domains); err != nil { // the employer's since it was written down
			return nil, r.Drop(ctx, tx, "no personal address")
		}
		p, err := within(ctx, tx, auth.Reach{All: true}, l.Person)
		if fault.CodeOf(err) == fault.Missing || err == nil && p.status != roster.InUnit { // she left since
			return nil, r.Drop(ctx, tx, "nobody of the unit")
		} else if err != nil {
			return nil, err
		}
		if err := answerable(ctx, tx, l.Test, p.id); fault.CodeOf(err) == fault.Conflict {
			return nil, r.Drop(ctx, tx, "not open")
		} else if err != nil {
			return nil, err
		}
		if err := keepLink(ctx, tx, code, l, linkLife); err != nil {
			return nil, err
		}
		locale := i18n.Locales[0]
		var spoken []string
		_ = json.Unmarshal([]byte(languages), &spoken) // the roster writes it
		for _, one := range spoken {
			if slices.Contains(i18n.Locales, one) {
				locale = one
				break
			}
		}
		zone, err := db.Zone(ctx, tx)
		if err != nil {
			return nil, err
		}
		tr := words().For(locale)
		text := tr.T("organize.reply.mail", "Link", s.BaseURL+replyPath+code, "Until", tr.Moment(tx.Now.Add(linkLife).In(zone)))
		if shared > 0 { // two people, one address: whose link it is must show
			text = tr.T("organize.reply.mail_for", "Name", given) + "\n\n" + text
		}
		return &mail.Message{To: to, Subject: tr.T("organize.reply.subject"), Text: text}, nil
	})
	if err != nil || m == nil {
		return err
	}
	if err := s.Mail.Send(ctx, *m); err != nil {
		return fmt.Errorf("mail link to contact %s: %w", l.Contact, err)
	}
	return nil
}

// words speaks the room's sentences where there is no request to take the language from: in mail.
var words = sync.OnceValue(func() *i18n.Bundle {
	b, err := i18n.New(i18n.Text, Text)
	if err != nil {
		panic(err) // embedded: every test reads it
	}
	return b
})

func hashCode(code string) string {
	sum := sha256.Sum256([]byte("organize.link " + code))
	return hex.EncodeToString(sum[:])
}

func keepLink(ctx context.Context, tx *db.Tx, code string, l linking, life time.Duration) error {
	if _, err := tx.Exec(ctx, `INSERT INTO member_link (code_hash, person_id, test_id, created_at, created_by, expires_at) VALUES ($1, $2, $3, $4, $5, $6)`,
		hashCode(code), l.Person, l.Test, tx.Now.UnixMilli(), l.By, tx.Now.Add(life).UnixMilli()); err != nil {
		return fmt.Errorf("keep link: %w", err)
	}
	return nil
}

// Asked is what a member's page shows: what is asked, and her own answer so far. It holds no name.
type Asked struct {
	Test    *Test // nil: the pledge
	Words   Wording
	Pledge  Pledge
	Older   *Wording // the words that she pledged to, when there are newer ones
	Answer  Answer
	Until   time.Time // of the link; zero for a member who is signed in
	person  someone
	linking linking
}

// openLink reads what a code opens. It uses nothing up: mail scanners follow links, too. Errors: Missing for a dead one.
func openLink(ctx context.Context, tx *db.Tx, code string) (*Asked, error) {
	var l linking
	var until, used int64
	ok, err := db.Found(tx.Row(ctx, `SELECT person_id, test_id, expires_at, used_at FROM member_link WHERE code_hash = $1`, hashCode(code)).
		Scan(&l.Person, &l.Test, &until, &used))
	if err != nil {
		return nil, fmt.Errorf("read link: %w", err)
	}
	if !ok || used > 0 || until <= tx.Now.UnixMilli() {
		return nil, errDeadLink()
	}
	a, err := askedBy(ctx, tx, l)
	if err != nil {
		return nil, err
	}
	a.Until = moment(until)
	return a, nil
}

// askedBy returns what a link asks. Errors: as openLink, Missing too for somebody who left the unit.
func askedBy(ctx context.Context, tx *db.Tx, l linking) (a *Asked, err error) {
	a = &Asked{linking: l}
	if a.person, err = within(ctx, tx, auth.Reach{All: true}, a.linking.Person); err != nil {
		return nil, errors.Join(errDeadLink(), err)
	}
	if a.person.status != roster.InUnit { // she left since
		return nil, errDeadLink()
	}
	return a, a.read(ctx, tx)
}

func (a *Asked) read(ctx context.Context, tx *db.Tx) (err error) {
	if a.linking.Test == "" {
		if a.Words, err = PledgeText(ctx, tx, 0); err != nil {
			return err
		}
		if a.Pledge, err = pledgeOf(ctx, tx, a.person.id); err != nil {
			return err
		}
		if s := a.Pledge.State; (s == PledgePrivate || s == PledgePublic) && a.Pledge.Text != a.Words.Version {
			older, err := PledgeText(ctx, tx, a.Pledge.Text)
			a.Older = &older
			return err
		}
		return nil
	}
	t, err := testOf(ctx, tx, a.linking.Test)
	if err != nil {
		return err
	}
	if t.State != TestOpen {
		return fault.New(fault.Conflict, "organize.test.not_open", "Name", t.Name)
	}
	a.Test, a.Answer = &t, Unknown
	_, err = db.Found(tx.Row(ctx, `SELECT state FROM participation_now WHERE test_id = $1 AND person_id = $2`, t.ID, a.person.id).Scan(&a.Answer))
	return err
}

// Ask returns what the code opens, without using it up. Errors: Missing for a dead one, Conflict for a test that has closed.
func (s *Store) Ask(ctx context.Context, code string) (*Asked, error) {
	return db.InRead(ctx, s.d, func(tx *db.Tx) (*Asked, error) { return openLink(ctx, tx, code) })
}

// Reply uses the code up and records the answer: "private", "public" or "withdrawn" to the pledge, "yes" or "no" to a test. version
// is that of the words that stood on her page. It returns a code with which she can change it for some minutes. Errors: Missing
// for a dead one, Invalid for no such answer, Conflict for a test that has closed or words that changed meanwhile.
func (s *Store) Reply(ctx context.Context, code, answer string, version int) (next string, err error) {
	if _, err := s.Ask(ctx, code); err != nil { // read first: strangers do not queue for the writer
		return "", err
	}
	return db.InTx(ctx, s.d, func(tx *db.Tx) (string, error) {
		a, err := openLink(ctx, tx, code)
		if err != nil {
			return "", err
		}
		n, err := tx.ExecN(ctx, `UPDATE member_link SET used_at = $1 WHERE code_hash = $2 AND used_at = 0`, tx.Now.UnixMilli(), hashCode(code))
		if err != nil || n == 0 {
			return "", errors.Join(err, errDeadLink())
		}
		// Whatever else was sent to her for the same is dead with it: nobody who finds an older mail answers for her.
		if _, err := tx.Exec(ctx, `UPDATE member_link SET used_at = $1 WHERE person_id IN ($2, $3) AND test_id = $4 AND used_at = 0`, tx.Now.UnixMilli(),
			a.person.id, a.linking.Person, a.linking.Test); err != nil {
			return "", fmt.Errorf("end older links: %w", err)
		}
		if err := s.record(ctx, tx, a, answer, version); err != nil {
			return "", err
		}
		next := rand.Text()
		return next, keepLink(ctx, tx, next, linking{Person: a.linking.Person, Test: a.linking.Test}, changeLife)
	})
}

// Repeated answers a second tap as the first was answered: the code was used up a moment ago, and answer is what stands. It records
// nothing, and returns a code as Reply does. Errors: Missing for any other dead code.
func (s *Store) Repeated(ctx context.Context, code, answer string) (next string, err error) {
	return db.InTx(ctx, s.d, func(tx *db.Tx) (string, error) {
		var l linking
		ok, err := db.Found(tx.Row(ctx, `SELECT person_id, test_id FROM member_link WHERE code_hash = $1 AND used_at > $2`, hashCode(code),
			tx.Now.Add(-tapLife).UnixMilli()).Scan(&l.Person, &l.Test))
		if err != nil {
			return "", fmt.Errorf("read used link: %w", err)
		}
		if !ok {
			return "", errDeadLink()
		}
		a, err := askedBy(ctx, tx, l)
		if err != nil {
			return "", err
		}
		stands, none := string(a.Pledge.State), string(NoPledge)
		if a.Test != nil {
			stands, none = string(a.Answer), string(Unknown)
		}
		if answer != stands || answer == none {
			return "", errDeadLink()
		}
		next := rand.Text()
		return next, keepLink(ctx, tx, next, l, changeLife)
	})
}

// MyPledge returns what the signed-in caller is asked about herself. Errors: Missing when she is nobody of the unit.
func (s *Store) MyPledge(ctx context.Context) (*Asked, error) {
	return db.InRead(ctx, s.d, func(tx *db.Tx) (*Asked, error) { return mine(ctx, tx) })
}

func mine(ctx context.Context, tx *db.Tx) (*Asked, error) {
	id := auth.By(ctx)
	if id == nil || id.Person == "" {
		return nil, fault.New(fault.Missing, "organize.pledge.not_member")
	}
	p, err := within(ctx, tx, auth.Reach{Person: id.Person, All: true}, id.Person)
	if err != nil {
		return nil, err
	}
	if p.status != roster.InUnit {
		return nil, fault.New(fault.Missing, "organize.pledge.not_member")
	}
	a := &Asked{person: p, linking: linking{Person: id.Person}}
	return a, a.read(ctx, tx)
}

// SetMyPledge records the signed-in caller's own pledge. Errors: as Reply.
func (s *Store) SetMyPledge(ctx context.Context, answer string, version int) error {
	return db.Do(ctx, s.d, func(tx *db.Tx) error { return s.RecordMyPledge(ctx, tx, answer, version) })
}

// RecordMyPledge is SetMyPledge in the caller's transaction.
func (s *Store) RecordMyPledge(ctx context.Context, tx *db.Tx, answer string, version int) error {
	a, err := mine(ctx, tx)
	if err != nil {
		return err
	}
	return s.record(ctx, tx, a, answer, version)
}

// record writes a member's own answer. The audit says that somebody answered and not who: the chain carries the time of day, and
// that of a pledge is hers.
func (s *Store) record(ctx context.Context, tx *db.Tx, a *Asked, answer string, version int) error {
	if a.Test == nil {
		state := PledgeState(answer)
		if state != PledgePrivate && state != PledgePublic && state != Withdrawn {
			return fault.Field("answer", "organize.choose")
		}
		switch {
		case state == Withdrawn: // from the words that she pledged to, whatever others stand on her page
			version = 0
		case version != a.Words.Version:
			return errNewWords()
		}
		if err := s.promise(ctx, tx, a.person, Fact{newPledgeID(), a.linking.Person, tx.Now}, state, version, "self_link"); err != nil {
			return err
		}
	} else {
		state := Answer(answer)
		if state != Yes && state != No {
			return fault.Field("answer", "organize.choose")
		}
		if err := openForAnswers(ctx, tx, a.Test.ID, a.person.id); err != nil {
			return err
		}
		if err := s.took(ctx, tx, a.person, Participation{Fact: Fact{newID(), a.linking.Person, tx.Now}, Test: a.Test.ID, State: state, Evidence: SelfLink}, ""); err != nil {
			return err
		}
	}
	_, err := audit.Append(audit.With(ctx, audit.Actor{}), tx, audit.Entry{Verb: "reply.give", Object: object(a.linking.Test), Count: 1})
	return err
}

const replyPath = "/reply/"
