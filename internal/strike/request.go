// SPDX-License-Identifier: Apache-2.0

package strike

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/notice"
)

// askedFor is how long a request waits for the second person.
const askedFor = 10 * time.Minute

// Request is an act of two people that the first has asked for.
type Request struct {
	ID       string
	Action   string
	Event    Event
	Why      string
	Effects  []Effect // as they were when it was asked
	Terms    Terms    // what becomes of which fact; zero for a step of the state
	Version  int
	By, Name string
	Device   string
	At       time.Time
	Until    time.Time
}

// Terms say which fact two people move, and to what. Moments are text, as people write them; "" is none.
type Terms struct {
	Was     string            `json:"was,omitempty"`
	Starts  string            `json:"starts,omitempty"`
	Ends    string            `json:"ends,omitempty"`
	Agreed  string            `json:"agreed,omitempty"`
	File    string            `json:"file,omitempty"` // id of the signed writing
	Began   string            `json:"began,omitempty"`
	Answers map[string]string `json:"answers,omitempty"`
}

// Ask is the first of two: the step waits ten minutes for a second person on another device. Everything that can be checked is
// checked now, so that nobody is called to the phone for nothing. Errors: Missing, Invalid by field, Conflict.
func (s *Store) Ask(ctx context.Context, id string, e Event, version int, why string) (Request, error) {
	var req Request
	err := s.write(ctx, func(tx *db.Tx, b *book) error {
		a, err := b.action(id)
		if err != nil {
			return err
		}
		step, err := a.State.Next(e)
		if err != nil {
			return err
		}
		switch {
		case step.By == OnePerson || step.By == Clock || step.By == ClockOrTwo && !a.Ends.IsZero():
			return fault.New(fault.Conflict, "strike.needs."+string(step.By))
		case version != a.FactsVersion:
			return fault.New(fault.Conflict, "strike.changed_meanwhile")
		case len(why) > whyMost:
			return fault.Field("why", "strike.too_long", "N", whyMost)
		}
		if err := s.guard(ctx, tx, b, a, e, why); err != nil {
			return err
		}
		req = asking(ctx, tx, a, e, why)
		if req.Effects, err = s.effectsOf(ctx, tx, a, step.To); err != nil {
			return err
		}
		return s.put(ctx, tx, req)
	})
	return req, err
}

// asking is the caller's request.
func asking(ctx context.Context, tx *db.Tx, a *Action, e Event, why string) Request {
	me := auth.By(ctx)
	return Request{
		ID: newID(), Action: a.ID, Event: e, Why: why, Version: a.FactsVersion, By: me.Account, Device: me.Device, At: tx.Now,
		Until: tx.Now.Add(askedFor),
	}
}

// put puts a request on file. Those that nobody can confirm any more make room for it, and a fact that is being moved makes room for
// the red button.
func (s *Store) put(ctx context.Context, tx *db.Tx, req Request) error {
	open, err := request(ctx, tx, "q.strike_id", req.Action)
	if err != nil {
		return err
	}
	stops := req.Event == CallOff || req.Event == Suspend || req.Event == Settle
	if open == nil || open.Version != req.Version || stops && open.Event.moves() {
		if _, err := tx.Exec(ctx, `UPDATE strike_request SET state = 'lapsed' WHERE strike_id = $1 AND state = 'open'`, req.Action); err != nil {
			return fmt.Errorf("let requests lapse: %w", err)
		}
	}
	effects, err := json.Marshal(req.Effects)
	if err != nil {
		return fmt.Errorf("write effects: %w", err)
	}
	terms, err := json.Marshal(req.Terms)
	if err != nil {
		return fmt.Errorf("write terms: %w", err)
	}
	err = tx.Insert(ctx, "strike_request", []string{
		"id", "strike_id", "event", "why", "effects", "terms", "facts_version", "state", "asked_by", "asked_device", "asked_at", "until_at",
	}, [][]any{{
		req.ID, req.Action, req.Event, req.Why, string(effects), string(terms), req.Version, "open", req.By, req.Device, req.At.UnixMilli(), req.Until.UnixMilli(),
	}})
	if db.IsUnique(err) {
		return &fault.Error{Code: fault.Conflict, Key: "strike.asked_already", Err: err}
	} else if err != nil {
		return fmt.Errorf("ask: %w", err)
	}
	return s.done(ctx, tx, audit.Entry{Verb: "strike.ask", Object: "strike:" + req.Action, Detail: "event=" + string(req.Event)})
}

// effectsOf asks the other rooms what a step would do.
func (s *Store) effectsOf(ctx context.Context, tx *db.Tx, a *Action, to State) ([]Effect, error) {
	var all []Effect
	for _, f := range s.effects {
		some, err := f(ctx, tx, a.Now(), to)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

const sqlRequest = `SELECT q.id, q.strike_id, q.event, q.why, q.effects, q.terms, q.facts_version, q.asked_by, COALESCE(a.display, ''), q.asked_device,
	q.asked_at, q.until_at FROM strike_request q LEFT JOIN account a ON a.id = q.asked_by WHERE q.state = 'open' AND q.until_at > `

// request returns the one that waits and whose column is id, nil for none: also when the one who asked could not ask today.
func request(ctx context.Context, tx *db.Tx, column, id string) (*Request, error) {
	var args db.Args
	query := sqlRequest + args.Add(tx.Now.UnixMilli()) + ` AND ` + column + ` = ` + args.Add(id) + ` LIMIT 1`
	all, err := db.All(ctx, tx, func(r *sql.Rows) (q *Request, err error) {
		q = &Request{}
		var effects, terms string
		var at, until int64
		err = r.Scan(&q.ID, &q.Action, &q.Event, &q.Why, &effects, &terms, &q.Version, &q.By, &q.Name, &q.Device, &at, &until)
		_, _ = json.Unmarshal([]byte(effects), &q.Effects), json.Unmarshal([]byte(terms), &q.Terms) // written by put alone
		q.At, q.Until = time.UnixMilli(at), time.UnixMilli(until)
		return q, err
	}, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read request: %w", err)
	}
	if len(all) == 0 {
		return nil, nil //nolint:nilnil // none waits
	}
	if ok, err := stillMay(ctx, tx, all[0].By, all[0].Device, mayAct); err != nil || !ok {
		return nil, err
	}
	return all[0], nil
}

// Confirm is the second of two: the step is made now, and everything that follows with it. It returns the action. Errors:
// Forbidden for the one who asked, on whatever account or device; Conflict when ten minutes have passed, the facts have changed,
// whoever asked may not any more, or a guard fails by now; Invalid for an extension, which ConfirmExtend confirms.
func (s *Store) Confirm(ctx context.Context, requestID string) (action string, err error) {
	return s.confirm(ctx, requestID, nil)
}

// read is what the second person read on a signed writing.
type read struct {
	starts notice.Moment
	signed bool // by both
}

func (s *Store) confirm(ctx context.Context, requestID string, writing *read) (action string, err error) {
	if _, err := auth.Allowed(ctx, mayConfirm); err != nil {
		return "", err
	}
	err = s.locked(ctx, func(tx *db.Tx, b *book) error {
		q, err := request(ctx, tx, "q.id", requestID)
		if err != nil {
			return err
		}
		if q == nil {
			return fault.New(fault.Conflict, "strike.not_asked")
		}
		action = q.Action
		if err := secondTo(ctx, tx, q.By, q.Device); err != nil {
			return err
		}
		a, err := b.action(q.Action)
		if err != nil {
			return err
		}
		if a.FactsVersion != q.Version {
			return fault.New(fault.Conflict, "strike.changed_meanwhile")
		}
		if err := s.allowed(ctx, tx, b, a, q, writing); err != nil {
			return err
		}
		me := auth.By(ctx)
		n, err := tx.ExecN(ctx, `UPDATE strike_request SET state = 'confirmed', second_by = $1, second_device = $2, second_at = $3
			WHERE id = $4 AND state = 'open'`, me.Account, me.Device, tx.Now.UnixMilli(), q.ID)
		if err != nil || n == 0 {
			return orConflict(err, "strike.not_asked")
		}
		m := moving{event: q.Event, by: q.By, second: me.Account, why: q.Why}
		if q.Event.moves() {
			return s.amend(ctx, tx, b, a, q, m)
		}
		return s.move(ctx, tx, b, a, m)
	})
	return action, err
}

// allowed asks once more, at the second person's word, what was asked at the first's.
func (s *Store) allowed(ctx context.Context, tx *db.Tx, b *book, a *Action, q *Request, writing *read) error {
	if q.Event.moves() {
		if err := b.movable(a, q.Event, q.Terms); err != nil || q.Event != Extend {
			return err
		}
		return q.Terms.reads(writing)
	}
	if _, err := a.State.Next(q.Event); err != nil {
		return err
	}
	return s.guard(ctx, tx, b, a, q.Event, q.Why)
}

// TakeBack ends a request that nobody has confirmed; either of the two may. Errors: Conflict when none waits.
func (s *Store) TakeBack(ctx context.Context, requestID string) (action string, err error) {
	if !may(ctx, mayAct, mayConfirm) {
		_, err := auth.Allowed(ctx, mayConfirm)
		return "", err
	}
	err = s.locked(ctx, func(tx *db.Tx, _ *book) error {
		q, err := request(ctx, tx, "q.id", requestID)
		if err != nil || q == nil {
			return orConflict(err, "strike.not_asked")
		}
		action = q.Action
		if _, err := tx.Exec(ctx, `UPDATE strike_request SET state = 'withdrawn' WHERE id = $1 AND state = 'open'`, q.ID); err != nil {
			return fmt.Errorf("take request back: %w", err)
		}
		return s.done(ctx, tx, audit.Entry{Verb: "strike.take_back", Object: "strike:" + q.Action, Detail: "event=" + string(q.Event)})
	})
	return action, err
}
