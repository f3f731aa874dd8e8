// SPDX-License-Identifier: Apache-2.0

package demo

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/strike"
	"github.com/tenday/tenday/notice"
)

// The strike committee of the story: the one plans and serves, the other checks and confirms.
const (
	coordinator = "strike"
	second      = "reviewer"
)

// The starts are printed (F005, F006, F061 to F064); who checked the papers when, and when they were received, is the demo's. The
// state agency's receipt is on file in May by a witness's word, who takes it back in October: until the card is found on the 28th
// the legal clock says "unknown", and the page asks.
var strikeStory = []step{
	{"2025-05-14T10:00", formCommittee},
	{"2025-05-14T11:00", planPicket},
	{"2025-05-21T16:00", servePicket},
	{"2025-06-02T18:00", sayGo(juneTitle)},
	{"2025-06-03T06:00", tick},
	{"2025-06-03T07:00", tick},
	{"2025-06-06T09:00", closed(juneTitle)},
	{"2025-10-13T20:00", planStrike},
	{"2025-10-22T20:00", checkStrike},
	{"2025-10-23T11:00", takeBackReceipt},
	{"2025-10-24T13:30", serveStrike},
	{"2025-10-24T14:45", otherDay},
	{"2025-10-28T10:00", findCard},
	{"2025-10-28T10:30", confirmStrike},
	{"2025-11-04T17:30", sayGo(strikeTitle)},
	{"2025-11-05T07:00", tick},
	{"2025-11-06T07:00", tick},
	{"2025-11-09T09:00", closed(strikeTitle)},
}

// Titles by which the story finds its actions; a visitor may have changed them, and then its steps have nothing to do.
const (
	juneTitle   = "June picket"
	strikeTitle = "One-day strike"
)

// inOrder puts the parts of the story in order; what is of one minute stays in the order given.
func inOrder(parts ...[]step) []step {
	all := slices.Concat(parts...)
	slices.SortStableFunc(all, func(x, y step) int { return strings.Compare(x.at, y.at) })
	return all
}

// formCommittee gives the two their accounts.
func formCommittee(ctx context.Context, h *house) error {
	for _, key := range []string{coordinator, second} {
		if err := h.account(ctx, key, "", ""); err != nil {
			return err
		}
	}
	return nil
}

func (h *house) moment(wall string) notice.Moment {
	m, err := notice.ParseMoment(wall + "[" + zoneName + "]")
	if err != nil {
		panic("demo: " + err.Error()) // constants; a test goes through all of them
	}
	return m
}

// action returns the newest action of that name, nil when a visitor has renamed it.
func (h *house) action(ctx context.Context, title string) (*strike.Action, error) {
	all, err := h.Strike.Actions(ctx)
	if err != nil {
		return nil, err
	}
	for _, a := range slices.Backward(all) {
		if a.Title == title {
			return a, nil
		}
	}
	return nil, fault.New(fault.Missing, "strike.missing")
}

// papers returns the action with its ten-day notice, and the campaign's dispute notice.
func (h *house) papers(ctx context.Context, title string) (a *strike.Action, tenDay, dispute *strike.Notice, err error) {
	if a, err = h.action(ctx, title); err != nil {
		return nil, nil, nil, err
	}
	all, err := h.Strike.Notices(ctx)
	if err != nil {
		return nil, nil, nil, err
	}
	for _, n := range all {
		switch {
		case n.Action == a.ID:
			tenDay = n
		case n.Kind == strike.Dispute:
			dispute = n
		}
	}
	if tenDay == nil || dispute == nil {
		return nil, nil, nil, fault.New(fault.Missing, "strike.notice.missing")
	}
	return a, tenDay, dispute, nil
}

func (h *house) plan(ctx context.Context, w strike.Wish, answers map[string]string) (string, error) {
	id, err := h.Strike.Make(ctx, w)
	if err == nil {
		err = h.Strike.Take(ctx, id, strike.Plan, 1)
	}
	if err == nil {
		err = h.Strike.Answer(ctx, id, 2, answers) // planning is its second version
	}
	return id, err
}

func (h *house) siteIDs(ctx context.Context, codes ...string) ([]string, error) {
	all, err := h.Roster.Worksites(ctx)
	var ids []string
	for _, w := range all {
		if len(codes) == 0 || slices.Contains(codes, w.Code) {
			ids = append(ids, w.ID)
		}
	}
	return ids, err
}

// planPicket plans the pickets of 3 June at four clinics, an hour before they open.
func planPicket(ctx context.Context, h *house) error {
	ctx, err := h.as(ctx, coordinator)
	if err != nil {
		return err
	}
	sites, err := h.siteIDs(ctx, "0824", "0113", "0718", "0673") // West St. Paul, Bloomington, Coon Rapids, Maplewood
	if err != nil {
		return err
	}
	w := strike.Wish{Kind: strike.Picket, Title: juneTitle, Starts: h.moment("2025-06-03T06:00"), Ends: h.moment("2025-06-03T07:00"), Sites: sites}
	if _, err := h.plan(ctx, w, map[string]string{
		"employer.ownership": "private", "employer.nlra": "covered", "employer.kind": "health_system", "bargaining.kind": "initial",
		"bargaining.initiator": "union", "bargaining.contract.exists": "no", "inquiry": "no", "action.purpose": "bargaining",
		"action.target": "employer", "action.series_announced": "no",
	}); err != nil {
		return err
	}
	_, _, dispute, err := h.papers(ctx, juneTitle)
	if err != nil {
		return err
	}
	return h.receive(ctx, dispute, map[strike.Recipient]strike.Delivery{
		strike.FMCS:        {Received: h.moment("2024-03-04T10:12"), Method: "portal", ProofKind: "portal_confirmation", ProofRef: "F7-DEMO-0304"},
		strike.StateAgency: {Received: h.moment("2024-03-04T15:00"), Method: "email", ProofKind: "witness", ProofRef: "R. Amundson"},
	})
}

// receive records copies as received, each with what proves it.
func (h *house) receive(ctx context.Context, n *strike.Notice, by map[strike.Recipient]strike.Delivery) error {
	var copies []strike.Delivery
	files := map[int]strike.Upload{}
	for _, d := range n.Deliveries {
		x, ok := by[d.Recipient]
		if !ok {
			continue
		}
		x.ID, x.State = d.ID, strike.Received
		if x.ProofRef == "" {
			text := fmt.Sprintf("DEMO: received %s, %s\n", x.Received, d.Recipient)
			files[len(copies)] = strike.Upload{Name: "receipt-" + string(d.Recipient) + ".txt", Body: []byte(text)}
		}
		copies = append(copies, x)
	}
	return h.Strike.Deliver(ctx, n.ID, copies, files)
}

// check has two members and counsel check the notice.
func (h *house) check(ctx context.Context, n *strike.Notice) error {
	for _, key := range []string{second, "officer"} {
		as, err := h.as(ctx, key)
		if err != nil {
			return err
		}
		if _, err := h.Strike.Check(as, n.ID, n.Starts, n.Sites); err != nil {
			return err
		}
	}
	as, err := h.as(ctx, coordinator)
	if err != nil {
		return err
	}
	return h.Strike.Advise(as, n.ID, true, "J. Brandt, counsel (fictional)", "")
}

// both has the two ask and confirm.
func (h *house) both(ctx context.Context, title string, e strike.Event) error {
	first, err := h.as(ctx, coordinator)
	if err != nil {
		return err
	}
	a, err := h.action(first, title)
	if err != nil {
		return err
	}
	q, err := h.Strike.Ask(first, a.ID, e, a.FactsVersion, "")
	if err != nil {
		return err
	}
	other, err := h.as(ctx, second)
	if err != nil {
		return err
	}
	_, err = h.Strike.Confirm(other, q.ID)
	return err
}

func servePicket(ctx context.Context, h *house) error {
	as, err := h.as(ctx, coordinator)
	if err != nil {
		return err
	}
	_, tenDay, _, err := h.papers(as, juneTitle)
	if err != nil {
		return err
	}
	if err := h.check(ctx, tenDay); err != nil {
		return err
	}
	if err := h.receive(as, tenDay, map[strike.Recipient]strike.Delivery{
		strike.Institution: {Received: h.moment("2025-05-21T11:05"), Method: "in_person", ProofKind: "receipt"},
		strike.FMCS:        {Received: h.moment("2025-05-21T11:20"), Method: "email", ProofKind: "email_reply"},
	}); err != nil {
		return err
	}
	return h.both(ctx, juneTitle, strike.Serve)
}

// sayGo has both say Go.
func sayGo(title string) func(context.Context, *house) error {
	return func(ctx context.Context, h *house) error {
		for _, key := range []string{coordinator, second} {
			as, err := h.as(ctx, key)
			if err != nil {
				return err
			}
			a, err := h.action(as, title)
			if err != nil {
				return err
			}
			if err := h.Strike.SayGo(as, a.ID); err != nil {
				return err
			}
		}
		return nil
	}
}

// tick is the clock's own work, at the minute.
func tick(ctx context.Context, h *house) error { return h.Strike.Tick(ctx) }

// closed closes an action if nothing is open by then.
func closed(title string) func(context.Context, *house) error {
	return func(ctx context.Context, h *house) error {
		ctx, err := h.as(ctx, coordinator)
		if err != nil {
			return err
		}
		a, err := h.action(ctx, title)
		if err != nil {
			return err
		}
		if err := h.Strike.Take(ctx, a.ID, strike.Close, a.FactsVersion); fault.CodeOf(err) == fault.Internal {
			return err
		}
		return nil // returns or hours are still open: it is closed another day
	}
}

// planStrike plans the strike: 61 worksites (F023), from 7 a.m. on 5 November (F005) to 7 a.m. the next day (F006).
func planStrike(ctx context.Context, h *house) error {
	ctx, err := h.as(ctx, coordinator)
	if err != nil {
		return err
	}
	sites, err := h.siteIDs(ctx)
	if err != nil {
		return err
	}
	w := strike.Wish{Kind: strike.Strike, Title: strikeTitle, Starts: h.moment("2025-11-05T07:00"), Ends: h.moment("2025-11-06T07:00"), Sites: sites}
	_, err = h.plan(ctx, w, map[string]string{"action.purpose": "bargaining", "action.target": "employer", "action.series_announced": "no"})
	return err
}

func checkStrike(ctx context.Context, h *house) error {
	as, err := h.as(ctx, coordinator)
	if err != nil {
		return err
	}
	_, tenDay, _, err := h.papers(as, strikeTitle)
	if err != nil {
		return err
	}
	return h.check(ctx, tenDay)
}

// takeBackReceipt: the witness had FMCS's mail in mind. What the state agency received is not known any more.
func takeBackReceipt(ctx context.Context, h *house) error {
	as, err := h.as(ctx, coordinator)
	if err != nil {
		return err
	}
	_, _, dispute, err := h.papers(as, strikeTitle)
	if err != nil {
		return err
	}
	for _, d := range dispute.Deliveries {
		if d.Recipient == strike.StateAgency {
			return h.Strike.Deliver(as, dispute.ID, []strike.Delivery{{ID: d.ID, State: strike.NotKnown}}, nil)
		}
	}
	return nil
}

func serveStrike(ctx context.Context, h *house) error {
	as, err := h.as(ctx, coordinator)
	if err != nil {
		return err
	}
	_, tenDay, _, err := h.papers(as, strikeTitle)
	if err != nil {
		return err
	}
	return h.receive(as, tenDay, map[strike.Recipient]strike.Delivery{
		strike.Institution: {Received: h.moment("2025-10-24T12:00"), Method: "in_person", ProofKind: "receipt"},
		strike.FMCS:        {Received: h.moment("2025-10-24T12:20"), Method: "email", ProofKind: "email_reply"},
	})
}

// otherDay records what one paper printed (F004): the clock does not move.
func otherDay(ctx context.Context, h *house) error {
	as, err := h.as(ctx, coordinator)
	if err != nil {
		return err
	}
	a, err := h.action(as, strikeTitle)
	if err != nil {
		return err
	}
	return h.Strike.Hear(as, a.ID, "F004 (a newspaper)", notice.Date(2025, 10, 24), notice.Date(2025, 11, 9))
}

// findCard: the certified mail card lay in another folder.
func findCard(ctx context.Context, h *house) error {
	as, err := h.as(ctx, coordinator)
	if err != nil {
		return err
	}
	_, _, dispute, err := h.papers(as, strikeTitle)
	if err != nil {
		return err
	}
	return h.receive(as, dispute, map[strike.Recipient]strike.Delivery{
		strike.StateAgency: {Received: h.moment("2024-03-06"), Method: "certified_mail", ProofKind: "certified_card", ProofRef: "9407 DEMO 0306"},
	})
}

// confirmStrike makes it "noticed", and gives the first lines of the ten-day list their owners.
func confirmStrike(ctx context.Context, h *house) error {
	if err := h.both(ctx, strikeTitle, strike.Serve); err != nil {
		return err
	}
	as, err := h.as(ctx, coordinator)
	if err != nil {
		return err
	}
	a, err := h.action(as, strikeTitle)
	if err != nil {
		return err
	}
	list, err := h.Strike.Tasks(as, a.ID)
	if err != nil {
		return err
	}
	owners := []string{h.accounts[coordinator], h.accounts[second], h.accounts["officer"]}
	for i, t := range list {
		if t.Day > -7 {
			break
		}
		if _, err := h.Strike.SetTask(as, t.ID, owners[i%len(owners)], t.Day <= -10); err != nil {
			return err
		}
	}
	return nil
}
