// SPDX-License-Identifier: Apache-2.0

package line

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/calendar"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/internal/job"
	"github.com/tenday/tenday/internal/mail"
	"github.com/tenday/tenday/internal/roster"
)

// The kinds of job.
const (
	jobMessage = "line.message"
	jobOffer   = "line.offer"    // an offered place runs out
	jobSwap    = "line.swap_end" // nobody took it
	jobMissing = "line.missing"  // a look at who is not there

	jobMissingMail = "line.missing_mail"
	jobFreed       = "line.freed"      // the nearest are asked to take a place that nobody waits for
	jobLeader      = "line.leader_off" // who leads people is asked to say that she knows

	jobHandover     = "line.handover" // a look at whether a line was handed over
	jobHandoverMail = "line.handover_mail"
	jobUnled        = "line.unled_mail" // nobody leads a shift who could hear of something
)

// note is what a job carries: ids, and the state of things it was written for. What differs when it runs makes it stale.
type note struct {
	Entry      string   `json:"entry,omitempty"`
	Shift      string   `json:"shift,omitempty"` // of a look at a whole shift
	To         string   `json:"to,omitempty"`    // a person; "": whose booking it is. Of a missing list: an account
	Kind       string   `json:"kind,omitempty"`
	Text       bool     `json:"text,omitempty"`  // by the gateway, not by mail
	Seq        int      `json:"seq,omitempty"`   // of the shift
	Facts      int      `json:"facts,omitempty"` // of the strike: the shift's own version counts, too
	Valid      []string `json:"valid,omitempty"` // states of the strike
	SendBefore int64    `json:"send_before,omitempty"`
	Free       int64    `json:"free,omitempty"`       // of an offer: since when the place is free
	WasStarts  int64    `json:"was_starts,omitempty"` // of a change: when it was
	WasEnds    int64    `json:"was_ends,omitempty"`
	Strike     string   `json:"strike,omitempty"`    // of a letter about the whole strike
	Asked      []string `json:"asked,omitempty"`     // people who were asked to take the place
	WasPlace   string   `json:"was_place,omitempty"` // and where
}

// jobKey begins with strike, shift and booking, so that any of them takes its messages back.
func jobKey(l *Line, x *Shift, e *Entry, kind string) string {
	return shiftKey(l, x) + e.ID + "/" + kind
}

func shiftKey(l *Line, x *Shift) string {
	strike := l.Strike
	if strike == "" {
		strike = "-"
	}
	return strike + "/" + x.ID + "/"
}

// remind queues the messages of a new booking: one at once, with all that there is to know, and the reminders.
func (s *Store) remind(ctx context.Context, tx *db.Tx, e *Entry, x *Shift, l *Line, rules Rules) error {
	strike, err := s.strike(ctx, tx, l.Strike)
	if err != nil {
		return err
	}
	if err := s.put(ctx, tx, noteOf(e, x, strike, "booked", x.Ends), e, x, l, tx.Now); err != nil {
		return err
	}
	return s.reminders(ctx, tx, e, x, l, rules, strike)
}

// reminders queues, or renews, the messages of a booking that are not due yet.
func (s *Store) reminders(ctx context.Context, tx *db.Tx, e *Entry, x *Shift, l *Line, rules Rules, strike Strike) error {
	a, err := availabilityOf(ctx, tx, e.Person)
	if err != nil {
		return err
	}
	for _, r := range Reminders(rules, x.Starts.In(l.zone()), x.Ends.In(l.zone()), tx.Now, a.OddHours) {
		before := x.Starts
		switch r.Kind {
		case Text30Quiet, MissingList: // one list for the whole shift: lookAtMissing
			continue
		case ConfirmRequest: // it says "tomorrow"
			day := x.Starts.In(l.zone())
			before = time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, day.Location())
		case AskAttended:
			before = r.At.Add(24 * time.Hour)
		}
		if err := s.put(ctx, tx, noteOf(e, x, strike, r.Kind, before), e, x, l, r.At); err != nil {
			return err
		}
	}
	return nil
}

// tell queues one message about a booking, at once.
func (s *Store) tell(ctx context.Context, tx *db.Tx, e *Entry, x *Shift, l *Line, kind string) error {
	return s.ask(ctx, tx, e, x, l, kind, "", x.Ends)
}

// ask is tell for somebody else than whose booking it is.
func (s *Store) ask(ctx context.Context, tx *db.Tx, e *Entry, x *Shift, l *Line, kind, to string, before time.Time) error {
	strike, err := s.strike(ctx, tx, l.Strike)
	if err != nil {
		return err
	}
	n := noteOf(e, x, strike, kind, before)
	n.To = to
	return s.put(ctx, tx, n, e, x, l, tx.Now)
}

// put queues a message; what must reach people wherever they are goes as a text beside the mail, where there is a gateway.
func (s *Store) put(ctx context.Context, tx *db.Tx, n note, e *Entry, x *Shift, l *Line, at time.Time) error {
	if err := job.Put(ctx, tx, job.Job{Kind: jobMessage, Key: jobKey(l, x, e, n.Kind+n.To), RunAt: at, Payload: n}); err != nil {
		return err
	}
	if s.Texts == nil || n.Kind != "changed" && n.Kind != "off" {
		return nil
	}
	n.Text = true
	return job.Put(ctx, tx, job.Job{Kind: jobMessage, Key: jobKey(l, x, e, n.Kind+n.To+"/text"), RunAt: at, Payload: n})
}

// noteOf is a message about a booking as things stand now.
func noteOf(e *Entry, x *Shift, strike Strike, kind string, before time.Time) note {
	n := note{Entry: e.ID, Kind: kind, Seq: x.Seq, Facts: strike.FactsVersion, SendBefore: before.UnixMilli()}
	if strike.ID != "" {
		n.Valid = []string{"planned", "noticed", "on"}
	}
	if kind == "off" {
		n.Valid, n.Facts = nil, -1 // it tells of the very change
	}
	return n
}

// forget takes the queued messages of a booking back.
func forget(ctx context.Context, tx *db.Tx, e *Entry, why string) error {
	x, l, err := shiftOf(ctx, tx, e.Shift)
	if err != nil {
		return err
	}
	for _, kind := range []string{jobMessage, jobOffer, jobSwap} {
		if _, err := job.Cancel(ctx, tx, kind, jobKey(l, x, e, ""), why); err != nil {
			return err
		}
	}
	return nil
}

// Jobs registers the handlers of this room's jobs. words speaks to members in their own language.
func (s *Store) Jobs(q *job.Queue, words *i18n.Bundle) {
	q.Handle(jobOffer, func(ctx context.Context, r job.Run) error {
		return s.clock(ctx, r, func(tx *db.Tx, n note) error { return s.lapse(ctx, tx, n) })
	})
	q.Handle(jobSwap, func(ctx context.Context, r job.Run) error {
		return s.clock(ctx, r, func(tx *db.Tx, n note) error { return s.swapOver(ctx, tx, n.Entry) })
	})
	q.Handle(jobMissing, func(ctx context.Context, r job.Run) error {
		return s.clock(ctx, r, func(tx *db.Tx, n note) error { return s.missing(ctx, tx, n) })
	})
	q.Handle(jobFreed, func(ctx context.Context, r job.Run) error {
		return s.clock(ctx, r, func(tx *db.Tx, n note) error { return s.askNext(ctx, tx, n) })
	})
	q.Handle(jobHandover, func(ctx context.Context, r job.Run) error {
		return s.clock(ctx, r, func(tx *db.Tx, n note) error { return s.alarmHandover(ctx, tx, n) })
	})
	q.Handle(jobHandoverMail, func(ctx context.Context, r job.Run) error { return s.sendHandover(ctx, r, words) })
	q.Handle(jobUnled, func(ctx context.Context, r job.Run) error { return s.sendUnled(ctx, r, words) })
	q.Handle(jobMissingMail, func(ctx context.Context, r job.Run) error { return s.sendMissing(ctx, r, words) })
	q.Handle(jobLeader, func(ctx context.Context, r job.Run) error { return s.sendLeader(ctx, r, words) })
	q.Handle(jobMessage, func(ctx context.Context, r job.Run) error { return s.send(ctx, r, words) })
}

// clock runs what a job does in the transaction that ends it.
func (s *Store) clock(ctx context.Context, r job.Run, f func(*db.Tx, note) error) error {
	var n note
	if err := r.Read(&n); err != nil {
		return err
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		if err := r.Finish(ctx, tx); err != nil { // first: what it does may queue the same again
			return err
		}
		if err := f(tx, n); err != nil {
			return err
		}
		object := "entry:" + n.Entry
		if n.Shift != "" {
			object = "shift:" + n.Shift
		}
		return s.done(ctx, tx, audit.Entry{Verb: "shift.clock", Object: object})
	})
}

// letter is a message that is ready to go, or why it does not.
type letter struct {
	entry   Entry
	shift   *Shift
	line    *Line
	email   string
	phone   string
	locale  string
	zone    *time.Location // the recipient's
	later   time.Time      // when it may go; zero: now
	captain string         // a person
	name    string         // hers
	call    string         // her number, if she gives it and it is the day
	weather string         // as last reported from the line
	outcome string         // "" to send
	at      time.Time      // when the facts were looked at: it says what was so then, however long a server takes to accept it
}

// send delivers one message, unless what it speaks of has changed: then it is dropped, and that is on file. Nothing is sent inside a
// transaction; it is on file as sent once the server took it.
func (s *Store) send(ctx context.Context, r job.Run, words *i18n.Bundle) error {
	var n note
	if err := r.Read(&n); err != nil {
		return err
	}
	m, err := db.InRead(ctx, s.d, func(tx *db.Tx) (*letter, error) { return s.compose(ctx, tx, n) })
	if err != nil {
		return err
	}
	if m.outcome == "" && !m.later.IsZero() {
		return db.Do(ctx, s.d, func(tx *db.Tx) error {
			if err := r.Later(ctx, tx, m.later, "waits"); err != nil {
				return err
			}
			return s.done(ctx, tx, audit.Entry{Verb: "shift.message", Object: "entry:" + n.Entry, Detail: n.Kind + " waits", Subjects: []string{m.entry.Person}, Count: 1})
		})
	}
	channel := "mail"
	if n.Kind == Text30 || n.Text {
		channel = "text"
	}
	if m.outcome == "" {
		tr := words.For(m.locale)
		var files []mail.File
		if channel == "mail" && slices.Contains([]string{"booked", "changed", "off"}, n.Kind) {
			var file strings.Builder
			if err := calendar.Write(&file, "", []calendar.Event{s.event(tr, m.shift, m.line, &m.entry, m.at)}); err != nil {
				return fmt.Errorf("write calendar: %w", err)
			}
			files = []mail.File{{Name: "shift.ics", Type: calendar.ContentType, Body: file.String()}}
		}
		switch {
		case channel == "text" && s.Texts == nil:
			m.outcome = "no_gateway"
		case channel == "text" && m.phone == "", channel == "mail" && m.email == "":
			m.outcome = "no_address"
		case channel == "text":
			err = s.Texts.Text(ctx, m.phone, s.words(tr, n, m))
		case s.Mail == nil:
			return errors.New("there is no mail server")
		default:
			err = s.Mail.Send(ctx, mail.Message{To: m.email, Subject: tr.T("line.mail.subject"), Text: s.words(tr, n, m), Files: files})
		}
		if err != nil {
			return unsent(n.Kind, err)
		}
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		kept := m.outcome
		if kept == "" {
			kept = "sent"
		}
		_, err := tx.Exec(ctx, `INSERT INTO line_message (id, entry_id, kind, channel, outcome, at) VALUES ($1, $2, $3, $4, $5, $6)`,
			newID(), n.Entry, n.Kind, channel, kept, m.at.UnixMilli())
		if err != nil {
			return fmt.Errorf("note message: %w", err)
		}
		if m.outcome != "" {
			err = r.Drop(ctx, tx, m.outcome)
		} else {
			err = r.Finish(ctx, tx)
		}
		if err != nil {
			return err
		}
		return s.done(ctx, tx, audit.Entry{Verb: "shift.message", Object: "entry:" + n.Entry, Detail: n.Kind + " " + kept, Subjects: m.subjects(), Count: 1})
	})
}

// subjects are of whom a message tells.
func (m *letter) subjects() []string {
	if m.captain == "" || m.outcome != "" {
		return []string{m.entry.Person}
	}
	return []string{m.entry.Person, m.captain}
}

// unsent is the error of a message that did not go: it stands with its job and in the log, so that of what the server or gateway said only the number
// remains. Their words repeat the address. The job is tried again by itself, and the others go on.
func unsent(kind string, err error) error {
	if said, ok := errors.AsType[*textproto.Error](err); ok {
		return fmt.Errorf("send %s: refused with %d", kind, said.Code)
	}
	if timeout, ok := errors.AsType[net.Error](err); errors.Is(err, context.DeadlineExceeded) || ok && timeout.Timeout() {
		return fmt.Errorf("send %s: no answer in time", kind)
	}
	if m := replyCode.FindString(err.Error()); m != "" {
		return fmt.Errorf("send %s: refused with %s", kind, m)
	}
	return fmt.Errorf("send %s: not accepted", kind)
}

// replyCode is an SMTP reply (RFC 5321, 4.2) or an HTTP status in somebody's words; a phone number has no such three digits by themselves.
var replyCode = regexp.MustCompile(`\b[45][0-9]{2}\b`)

// live are the states of a booking in which each kind still makes sense.
var live = map[string][]State{
	"booked": {Booked, SwapOffered, Attended}, ConfirmRequest: {Booked, SwapOffered}, DayOfMail: {Booked, SwapOffered}, Text30: {Booked, SwapOffered},
	AskAttended: {Booked, SwapOffered}, "offered": {Offered}, "asked": {SwapOffered}, "freed": {Off, Waiting},
	heardLeft: {Off}, heardTaken: {SwapOffered}, heardWish: {Booked, SwapOffered}, "off": {Off, Attended}, "changed": {Booked, SwapOffered}, "handed_over": {Off},
	"role": {Booked, SwapOffered, Attended},
}

// compose looks at the facts as they are now.
func (s *Store) compose(ctx context.Context, tx *db.Tx, n note) (*letter, error) {
	all, err := entriesOf(ctx, tx, "id = $1", n.Entry)
	if err != nil {
		return nil, err
	}
	m := &letter{outcome: "stale", at: tx.Now}
	if len(all) == 0 {
		return m, nil
	}
	m.entry = all[0]
	if m.shift, m.line, err = shiftOf(ctx, tx, m.entry.Shift); err != nil {
		return nil, err
	}
	strike, err := s.strike(ctx, tx, m.line.Strike)
	if err != nil {
		return nil, err
	}
	if n.stale(tx.Now, &m.entry, m.shift, strike) {
		return m, nil
	}
	if n.Kind == "freed" && !m.shift.freeFor(m.entry.Role) {
		return m, nil
	}
	m.outcome = ""
	to := m.entry.Person
	if n.To != "" {
		to = n.To
	}
	var status, tz string
	found, err := db.Found(tx.Row(ctx, `SELECT n.email, n.phone, n.unit_status, COALESCE((SELECT w.tz FROM worksite w WHERE w.id = n.worksite_id), ''), COALESCE((SELECT MIN(a.locale) FROM account a WHERE a.person_id = n.person_id), 'en')
		FROM person p JOIN person_now n ON n.person_id = CASE WHEN p.merged_into <> '' THEN p.merged_into ELSE p.id END WHERE p.id = $1`,
		to).Scan(&m.email, &m.phone, &status, &tz, &m.locale))
	if err != nil {
		return nil, fmt.Errorf("read address: %w", err)
	}
	if !found {
		m.outcome = "no_address"
		return m, nil
	}
	if gone(roster.UnitStatus(status)) { // a supervisor by now
		m.outcome = "stale"
		return m, nil
	}
	rules, err := rulesOf(ctx, tx)
	if err != nil {
		return nil, err
	}
	m.zone = zoneOr(tz, m.line)
	if m.later, err = s.later(ctx, tx, n, m, rules); err != nil {
		return nil, err
	}
	if n.Text || n.Kind != "booked" && n.Kind != DayOfMail || m.entry.Role == Standby {
		return m, nil
	}
	return m, m.know(ctx, tx, rules)
}

// know fills in who leads the shift, her number as far as the member may see it now, and the weather that was last reported from the line in half a day.
func (m *letter) know(ctx context.Context, tx *db.Tx, rules Rules) error {
	var err error
	one := Mine{Shift: *m.shift, Line: *m.line}
	if m.captain, err = one.callCaptain(ctx, tx, rules); err != nil {
		return err
	}
	if m.captain == m.entry.Person {
		m.captain = ""
	} else {
		m.name, m.call = one.Captain, one.Phone
	}
	if _, err := db.Found(tx.Row(ctx, `SELECT weather FROM line_report WHERE line_id = $1 AND at > $2 AND weather <> '' ORDER BY at DESC, id DESC LIMIT 1`,
		m.line.ID, tx.Now.Add(-12*time.Hour).UnixMilli()).Scan(&m.weather)); err != nil {
		return fmt.Errorf("read weather: %w", err)
	}
	return nil
}

// stale says whether what a message about a booking speaks of is so no more.
func (n note) stale(now time.Time, e *Entry, x *Shift, strike Strike) bool {
	return now.UnixMilli() >= n.SendBefore || !slices.Contains(live[n.Kind], e.State) || x.Seq != n.Seq ||
		n.Valid != nil && !slices.Contains(n.Valid, strike.State) || n.overtaken(x, strike)
}

// overtaken says whether the strike's facts have changed since the message was written and nobody has looked at its shift since.
func (n note) overtaken(x *Shift, strike Strike) bool {
	return n.Facts >= 0 && n.Facts != strike.FactsVersion && x.Facts != strike.FactsVersion
}

// words are those of a message. The place of the line is no secret of anybody's; who else is there is not in it.
func (s *Store) words(tr *i18n.Translator, n note, m *letter) string {
	args := map[string]any{
		"Line": m.line.Name, "Place": m.line.Place, "When": span(tr, m.shift), "Link": s.BaseURL + "/shifts/" + m.shift.ID,
		"Role": tr.T("line.role." + string(m.entry.Role)), "Parking": m.line.Parking,
		"Captain": m.name, "Phone": m.call, "Weather": m.weather, "Map": "geo:0,0?q=" + url.PathEscape(m.line.Place+", "+m.line.ZIP),
	}
	if slices.Contains(toCaptain, n.Kind) {
		args["Link"] = s.BaseURL + "/lines/" + m.line.ID + "/day"
		if need := m.shift.Need(m.entry.Role); need != nil {
			args["Taken"], args["Min"] = need.Taken, need.Min
		}
	}
	if n.WasStarts > 0 {
		args["Was"] = span(tr, &Shift{Starts: time.UnixMilli(n.WasStarts).In(m.line.zone()), Ends: time.UnixMilli(n.WasEnds).In(m.line.zone())})
	}
	if n.WasPlace != "" {
		args["Was"] = n.WasPlace
	}
	if !m.entry.OfferUntil.IsZero() {
		args["Until"] = tr.Moment(m.entry.OfferUntil.In(m.line.zone()))
	}
	return tr.M("line.mail."+n.Kind, args)
}

// span writes when a shift is; it belongs to the day on which it starts.
func span(tr *i18n.Translator, x *Shift) string {
	return tr.T("line.when", "Day", tr.Day(x.Starts), "From", tr.Clock(x.Starts), "To", tr.Clock(x.Ends))
}

// Confirm records that the caller is coming.
func (s *Store) Confirm(ctx context.Context, shiftID string) error {
	person, err := me(ctx)
	if err != nil {
		return err
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		e, err := mine(ctx, tx, shiftID, person)
		if err != nil {
			return err
		}
		if e.State != Booked && e.State != SwapOffered {
			return fault.New(fault.Conflict, "line.moved_on")
		}
		if _, err := tx.Exec(ctx, `UPDATE shift_entry SET confirmed_at = $1 WHERE id = $2 AND confirmed_at = 0`, tx.Now.UnixMilli(), e.ID); err != nil {
			return fmt.Errorf("confirm: %w", err)
		}
		return s.done(ctx, tx, audit.Entry{Verb: "shift.confirm", Object: "shift:" + shiftID, Subjects: []string{person}, Count: 1})
	})
}

// ConfirmFor records that somebody said on the phone that she is coming: for who looks after her shift, and not for oneself. Errors: Missing, Conflict.
func (s *Store) ConfirmFor(ctx context.Context, entryID string) error {
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		e, err := s.led(ctx, tx, entryID)
		if err != nil {
			return err
		}
		if own, err := isMe(ctx, tx, e.Person); err != nil {
			return err
		} else if own {
			return fault.New(fault.Conflict, "line.confirm_own")
		}
		if e.State != Booked && e.State != SwapOffered {
			return fault.New(fault.Conflict, "line.moved_on")
		}
		if _, err := tx.Exec(ctx, `UPDATE shift_entry SET confirmed_at = $1, confirmed_by = $2 WHERE id = $3 AND confirmed_at = 0`,
			tx.Now.UnixMilli(), audit.By(ctx).Account, e.ID); err != nil {
			return fmt.Errorf("confirm for her: %w", err)
		}
		return s.done(ctx, tx, audit.Entry{Verb: "shift.confirm_for", Object: "shift:" + e.Shift, Subjects: []string{e.Person}, Count: 1})
	})
}

// What somebody says of a shift that is over and on which nobody checked her in, as a step of her booking. Only a captain's mark makes hours.
const (
	saysThere    = "says she was there"
	saysNotThere = "says she was not there"
)

// AnswerAttended records whether the caller was at a shift that is over. Errors: Missing; Conflict before its end, and for who was checked in.
func (s *Store) AnswerAttended(ctx context.Context, shiftID string, there bool) error {
	person, err := me(ctx)
	if err != nil {
		return err
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		e, err := mine(ctx, tx, shiftID, person)
		if err != nil {
			return err
		}
		x, _, err := shiftOf(ctx, tx, shiftID)
		if err != nil {
			return err
		}
		if tx.Now.Before(x.Ends) || e.State != Booked && e.State != SwapOffered && e.State != Absent {
			return fault.New(fault.Conflict, "line.moved_on")
		}
		why := saysNotThere
		if there {
			why = saysThere
		}
		if err := step(ctx, tx, e, e.State, why); err != nil {
			return err
		}
		return s.done(ctx, tx, audit.Entry{Verb: "shift.says", Object: "shift:" + shiftID, Detail: why, Subjects: []string{person}, Count: 1})
	})
}

// saidOf returns what somebody said last of whether she was there, "" for nothing.
func saidOf(ctx context.Context, tx *db.Tx, entryID string) (why string, err error) {
	if _, err = db.Found(tx.Row(ctx, `SELECT why FROM shift_step WHERE entry_id = $1 AND why IN ($2, $3) ORDER BY seq DESC LIMIT 1`, entryID, saysThere, saysNotThere).Scan(&why)); err != nil {
		return "", fmt.Errorf("read what she said: %w", err)
	}
	return why, nil
}
