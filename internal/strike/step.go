// SPDX-License-Identifier: Apache-2.0

package strike

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/notice"
)

// watch is how long an action stays open after it ended: returns are watched for 72 hours.
const watch = 72 * time.Hour

// whyMost is how long a reason may be, in bytes.
const whyMost = 2000

// Take is what one person may do alone: plan, rework, close. Errors: Missing, Invalid by field, Conflict, which says why not.
func (s *Store) Take(ctx context.Context, id string, e Event, version int) error {
	return s.write(ctx, func(tx *db.Tx, b *book) error {
		a, err := b.action(id)
		if err != nil {
			return err
		}
		step, err := a.State.Next(e)
		if err != nil {
			return err
		}
		switch {
		case step.By != OnePerson:
			return fault.New(fault.Conflict, "strike.needs."+string(step.By))
		case version != a.FactsVersion:
			return fault.New(fault.Conflict, "strike.changed_meanwhile")
		}
		if err := s.guard(ctx, tx, b, a, e, ""); err != nil {
			return err
		}
		if e == Plan {
			if err := s.plan(ctx, tx, b, a); err != nil {
				return err
			}
		}
		return s.move(ctx, tx, b, a, moving{event: e, by: audit.By(ctx).Account})
	})
}

// plan makes what a plan has: the notice to be served, and the ten-day list.
func (s *Store) plan(ctx context.Context, tx *db.Tx, b *book, a *Action) error {
	if a.Kind == Strike || a.Kind == Picket {
		if err := s.announce(ctx, tx, b, a); err != nil {
			return err
		}
	}
	return addTasks(ctx, tx, a.ID)
}

// guard says why e may not happen now. The machine has been asked whether it may at all.
func (s *Store) guard(ctx context.Context, tx *db.Tx, b *book, a *Action, e Event, why string) error {
	switch e {
	case Plan:
		return incomplete(Wish{Starts: a.Starts, Sites: a.SiteIDs()})
	case Rework:
		return b.unlocked(a)
	case Serve:
		if err := s.ready(ctx, tx, b, a); err != nil {
			return err
		}
		j, err := b.judge(a)
		if err == nil && j.Verdict == notice.AtRisk && why == "" {
			return fault.Field("why", "strike.at_risk_why")
		}
		return err
	case Begin:
		if n, err := b.said(ctx, tx, a); err != nil || n < 2 {
			return orConflict(err, "strike.go.missing")
		}
		// A receipt may have been found late since they said it: unlawful and unknown never pass.
		if j, err := b.judge(a); err != nil || !j.Yes() {
			return orConflict(err, "strike.go.no_yes")
		}
	case Settle:
		if why == "" {
			return fault.Field("why", "strike.settle_ref")
		}
	case Suspend, CallOff, End:
		if why == "" {
			return fault.Field("why", "strike.why_needed")
		}
	case Close:
		over := a.Over
		if !over.IsZero() && b.now.Sub(over.Begin()) < watch {
			return fault.New(fault.Conflict, "strike.close_early")
		}
		for _, f := range s.closing {
			if err := f(ctx, tx, a.Now()); err != nil {
				return err
			}
		}
	}
	return nil
}

func orConflict(err error, key string) error {
	if err != nil {
		return err
	}
	return fault.New(fault.Conflict, key)
}

// ready refuses with all that stands between a plan and a notice that counts as served.
func (s *Store) ready(ctx context.Context, tx *db.Tx, b *book, a *Action) error {
	blocks, err := s.blocks(ctx, tx, b, a)
	if err != nil || len(blocks) == 0 {
		return err
	}
	return &fault.Error{Code: fault.Conflict, Key: "strike.not_ready", Args: map[string]any{"N": len(blocks)}, Problems: blocks}
}

// blocks lists what stands between a plan and a notice that counts as served: the two reviews, counsel, every receipt with its
// proof, and the verdict. nil: nothing.
func (s *Store) blocks(ctx context.Context, tx *db.Tx, b *book, a *Action) ([]*fault.Error, error) {
	j, err := b.judge(a)
	if err != nil {
		return nil, err
	}
	var out []*fault.Error
	add := func(key string, args ...any) { out = append(out, fault.New(fault.Conflict, key, args...)) }
	if j == nil {
		add("strike.block.plan")
		return out, nil
	}
	var c checked
	if j.Paper() {
		n := b.paper(a.ID)
		if n == nil {
			add("strike.block.paper")
			return out, nil
		}
		if c, err = checks(ctx, tx, b, n); err != nil {
			return nil, err
		}
		if c.differs() {
			add("strike.block.differs")
		}
		if missing := reviewsNeeded - len(c.agreed()); missing > 0 {
			add("strike.block.reviews", "N", missing)
		}
		if !c.heard() {
			add("strike.block.counsel")
		}
		if c.stale() {
			add("strike.block.other_facts")
		}
		if missing := b.unproved(j, a); len(missing) > 0 {
			add("strike.block.receipts", "N", len(missing))
		}
	}
	switch j.Verdict {
	case notice.Lawful:
	case notice.AtRisk:
		if !c.heard() || !c.Counsel.Confirmed {
			add("strike.block.at_risk")
		}
	default:
		add("strike.block." + j.Verdict.String())
	}
	if !j.Chosen && j.Verdict == notice.Lawful {
		add("strike.block.unknown")
	}
	return out, nil
}

// unproved returns the copies that the plan needs and whose receipt is not proved. Whom a paper goes to is the plan's word.
func (b *book) unproved(j *Judged, a *Action) []Delivery {
	var out []Delivery
	for _, step := range j.Plan.Steps {
		papers := b.ofCampaign()
		if step.ID == string(TenDay) {
			papers = []*Notice{b.paper(a.ID)}
		}
		for _, r := range step.Recipients {
			found := false
			for _, n := range papers {
				if n == nil || string(n.Kind) != step.ID {
					continue
				}
				for _, d := range n.Deliveries {
					if string(d.Recipient) != r {
						continue
					}
					found = true
					if !d.Proved() {
						out = append(out, d)
					}
				}
			}
			if !found {
				out = append(out, Delivery{Recipient: Recipient(r), State: ToSend})
			}
		}
	}
	return out
}

// moving is a step about to be made.
type moving struct {
	event      Event
	by, second string // accounts; "" for the clock
	why        string
	at         notice.Moment // when it began or ended, if not now
}

const sqlStep = `INSERT INTO strike_step (strike_id, seq, event, from_state, to_state, why, facts_version, by_account, second_by, was, becomes, at)
	SELECT $1, COALESCE(MAX(seq), 0) + 1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11 FROM strike_step WHERE strike_id = $12`

// record adds a step to the history. Errors: Conflict when another one was made at once.
func record(ctx context.Context, tx *db.Tx, a *Action, from State, m moving, was, becomes string) error {
	_, err := tx.Exec(ctx, sqlStep, a.ID, m.event, from, a.State, m.why, a.FactsVersion, m.by, m.second, was, becomes, tx.Now.UnixMilli(), a.ID)
	if db.IsUnique(err) {
		return &fault.Error{Code: fault.Conflict, Key: "strike.changed_meanwhile", Err: err}
	} else if err != nil {
		return fmt.Errorf("record step: %w", err)
	}
	return nil
}

// move makes a step whose guard has passed: state, version and history, the answer it rests on, and whatever follows in other
// rooms, all in this transaction.
func (s *Store) move(ctx context.Context, tx *db.Tx, b *book, a *Action, m moving) error {
	step, err := a.State.Next(m.event)
	if err != nil {
		return err
	}
	if err := s.keepReport(ctx, tx, b, a, string(m.event)); err != nil {
		return err
	}
	before := a.Now()
	from := a.State
	a.State = step.To
	a.FactsVersion++
	when := m.at
	if when.IsZero() {
		if when, err = notice.ParseMoment(b.now.Format("2006-01-02T15:04:05-07:00") + "[" + b.zone.String() + "]"); err != nil {
			return fmt.Errorf("write the time: %w", err)
		}
	}
	switch {
	case m.event == Begin:
		a.Began = when
	case from == On:
		a.Over = when
	}
	if m.event == Settle {
		a.Settlement = m.why
	}
	_, err = tx.Exec(ctx, `UPDATE strike SET state = $1, facts_version = $2, began = $3, over = $4, settlement_ref = $5 WHERE id = $6`, a.State,
		a.FactsVersion, a.Began.String(), a.Over.String(), a.Settlement, a.ID)
	if err != nil {
		return fmt.Errorf("move strike: %w", err)
	}
	if err := record(ctx, tx, a, from, m, "", ""); err != nil {
		return err
	}
	if m.event == CallOff {
		if err := withdraw(ctx, tx, a.ID, m.why); err != nil {
			return err
		}
	}
	if step.Off {
		if err := s.askCaptains(ctx, tx, a.ID); err != nil {
			return err
		}
	}
	if err := s.tell(ctx, tx, before, a.ID); err != nil {
		return err
	}
	return s.done(ctx, tx, audit.Entry{Verb: "strike." + string(m.event), Object: "strike:" + a.ID, Detail: "from=" + string(from) + " to=" + string(a.State)})
}

// withdraw ends the papers that announce an action that was called off. They stay on file.
func withdraw(ctx context.Context, tx *db.Tx, action, why string) error {
	_, err := tx.Exec(ctx, `UPDATE strike_notice SET withdrawn_at = $1, withdrawn_by = $2, withdrawn_why = $3 WHERE strike_id = $4 AND withdrawn_at = 0`,
		tx.Now.UnixMilli(), audit.By(ctx).Account, why, action)
	if err != nil {
		return fmt.Errorf("withdraw notice: %w", err)
	}
	return nil
}

// History is one step that was made.
type History struct {
	Seq            int
	Event          Event
	From, To       State
	Why            string
	Was, Becomes   string // a fact that two people moved, as text
	By, Second     string // shown names; "" for the clock
	At             time.Time
	ByID, SecondID string
}

const sqlHistory = `SELECT t.seq, t.event, t.from_state, t.to_state, t.why, t.was, t.becomes, t.by_account, t.second_by, COALESCE(a.display, ''),
	COALESCE(b.display, ''), t.at FROM strike_step t LEFT JOIN account a ON a.id = t.by_account LEFT JOIN account b ON b.id = t.second_by
	WHERE t.strike_id = $1 ORDER BY t.seq DESC LIMIT 500`

// history returns the steps of an action, the newest first.
func history(ctx context.Context, tx *db.Tx, id string) ([]History, error) {
	all, err := db.All(ctx, tx, func(r *sql.Rows) (h History, err error) {
		var at int64
		err = r.Scan(&h.Seq, &h.Event, &h.From, &h.To, &h.Why, &h.Was, &h.Becomes, &h.ByID, &h.SecondID, &h.By, &h.Second, &at)
		h.At = time.UnixMilli(at)
		return h, err
	}, sqlHistory, id)
	if err != nil {
		return nil, fmt.Errorf("read steps: %w", err)
	}
	return all, nil
}

// may tells whether the caller holds one of the abilities in any scope.
func may(ctx context.Context, all ...auth.Ability) bool {
	id := auth.By(ctx)
	return id != nil && slices.ContainsFunc(all, func(a auth.Ability) bool { _, ok := id.Reach(a); return ok })
}
