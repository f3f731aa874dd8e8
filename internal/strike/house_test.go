// SPDX-License-Identifier: Apache-2.0

package strike_test

import (
	"context"
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/tenday/tenday/internal/app/apptest"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/strike"
	"github.com/tenday/tenday/notice"
)

// campaign is the small house with a strike committee: "marit" plans, "omar" and the officer check and confirm; "twin" is another
// account of marit's own person.
type campaign struct {
	*apptest.House
	t *testing.T
}

// each runs f on both engines, on Monday 13 October 2025, 9:00 in Chicago.
func each(t *testing.T, f func(t *testing.T, c *campaign)) {
	t.Helper()
	apptest.Each(t, func(t *testing.T, h *apptest.House) { f(t, newCampaign(t, h)) })
}

// pages runs f on SQLite alone: what the pages show of the store has been asked of both engines.
func pages(t *testing.T, f func(t *testing.T, c *campaign)) {
	t.Helper()
	f(t, newCampaign(t, apptest.New(t)))
}

func newCampaign(t *testing.T, h *apptest.House) *campaign {
	t.Helper()
	c := &campaign{House: h, t: t}
	c.at("2025-10-13T09:00")
	c.committee("marit", h.Person["Peter Dahl"])
	c.committee("twin", h.Person["Peter Dahl"])
	c.committee("omar", "")
	return c
}

func (c *campaign) committee(name, person string) {
	c.t.Helper()
	err := db.Do(c.t.Context(), c.DB, func(tx *db.Tx) error {
		id, err := auth.AddAccount(c.t.Context(), tx, auth.Account{Person: person, Display: name, Email: name + "@post.example.org"})
		if err != nil {
			return err
		}
		c.Account[name] = id
		_, err = auth.AddGrant(c.t.Context(), tx, auth.Grant{
			Account: id, Role: "strike_committee", Scope: auth.Unit, From: tx.Now.Add(-time.Hour), Until: tx.Now.Add(179 * 24 * time.Hour),
		})
		return err
	})
	if err != nil {
		c.t.Fatal(err)
	}
}

// at sets the clock to a time in Chicago.
func (c *campaign) at(wall string) {
	c.t.Helper()
	c.Clock.Set(moment(c.t, wall).Begin())
}

// as is House.As with a device of the role's own: two people are on two devices.
func (c *campaign) as(role string) context.Context {
	c.t.Helper()
	id := auth.By(c.As(role))
	id.Device = "device of " + role
	return auth.As(c.t.Context(), id)
}

func (c *campaign) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

// moment reads "2025-11-05T07:00" as Chicago's.
func moment(t testing.TB, wall string) notice.Moment {
	t.Helper()
	m, err := notice.ParseMoment(wall + "[America/Chicago]")
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// wish is the strike of the tests: from Nov 5, 7:00, to Nov 6, 7:00, at two clinics.
func (c *campaign) wish() strike.Wish {
	return strike.Wish{
		Kind: strike.Strike, Title: "One-day strike", Starts: moment(c.t, "2025-11-05T07:00"), Ends: moment(c.t, "2025-11-06T07:00"),
		Sites: []string{c.Site["0901"], c.Site["0308"]},
	}
}

// answers make everything known.
var answers = map[string]string{
	"employer.ownership": "private", "employer.nlra": "covered", "employer.kind": "health_system", "bargaining.kind": "initial",
	"bargaining.initiator": "union", "bargaining.contract.exists": "no", "inquiry": "no", "action.purpose": "bargaining",
	"action.target": "employer", "action.series_announced": "no",
}

// planned puts the strike on file and plans it.
func (c *campaign) planned() string {
	c.t.Helper()
	id, err := c.Strike.Make(c.as("marit"), c.wish())
	c.must(err)
	c.must(c.Strike.Take(c.as("marit"), id, strike.Plan, 1))
	return id
}

// answer answers what the law asks, as who has the newest page before her.
func (c *campaign) answer(who, id string, given map[string]string) error {
	c.t.Helper()
	return c.Strike.Answer(c.as(who), id, c.action(id).FactsVersion, given)
}

// extended puts a writing about a later start on file and has omar read it.
func (c *campaign) extended(id, agreed, starts, ends string) error {
	c.t.Helper()
	q, err := c.Strike.AskExtend(c.as("marit"), id, c.action(id).FactsVersion, moment(c.t, agreed), moment(c.t, starts), moment(c.t, ends), paper)
	if err != nil {
		return err
	}
	_, err = c.Strike.ConfirmExtend(c.as("omar"), q.ID, moment(c.t, starts), true)
	return err
}

func (c *campaign) action(id string) *strike.Action {
	c.t.Helper()
	a, err := c.Strike.Action(c.as("marit"), id)
	c.must(err)
	return a
}

// papers returns the ten-day notice of the action, and the dispute notice.
func (c *campaign) papers(id string) (tenDay, dispute *strike.Notice) {
	c.t.Helper()
	all, err := c.Strike.Notices(c.as("marit"))
	c.must(err)
	for _, n := range all {
		if n.Kind == strike.TenDay && n.Action == id {
			tenDay = n
		}
		if n.Kind == strike.Dispute {
			dispute = n
		}
	}
	return tenDay, dispute
}

// receive records that every copy of n was received, with a proof.
func (c *campaign) receive(n *strike.Notice, wall string) {
	c.t.Helper()
	var copies []strike.Delivery
	for _, d := range n.Deliveries {
		copies = append(copies, strike.Delivery{
			ID: d.ID, State: strike.Received, Received: moment(c.t, wall), Method: "in_person", ProofKind: "receipt", ProofRef: "R-1",
		})
	}
	c.must(c.Strike.Deliver(c.as("marit"), n.ID, copies, nil))
}

// checked has two members and counsel check n.
func (c *campaign) checked(n *strike.Notice) {
	c.t.Helper()
	for _, who := range []string{"omar", "officer"} {
		differs, err := c.Strike.Check(c.as(who), n.ID, n.Starts, n.Sites)
		c.must(err)
		if len(differs) > 0 {
			c.t.Fatalf("%s differs in %v", who, differs)
		}
	}
	c.must(c.Strike.Advise(c.as("marit"), n.ID, true, "A. Counsel", ""))
}

// ready brings a planned strike to where nothing stands in the way of "noticed", on 24 October.
func (c *campaign) ready() string {
	c.t.Helper()
	id := c.planned()
	c.must(c.answer("marit", id, answers))
	tenDay, dispute := c.papers(id)
	c.checked(tenDay)
	c.at("2025-10-24T15:00")
	c.receive(dispute, "2025-09-22T10:00")
	c.receive(tenDay, "2025-10-24T12:00")
	return id
}

// both has marit ask and omar confirm.
func (c *campaign) both(id string, e strike.Event, why string) error {
	c.t.Helper()
	q, err := c.Strike.Ask(c.as("marit"), id, e, c.action(id).FactsVersion, why)
	if err != nil {
		return err
	}
	_, err = c.Strike.Confirm(c.as("omar"), q.ID)
	return err
}

// noticed brings a strike to "noticed".
func (c *campaign) noticed() string {
	c.t.Helper()
	id := c.ready()
	c.must(c.both(id, strike.Serve, ""))
	return id
}

// on brings a strike to "on".
func (c *campaign) on() string {
	c.t.Helper()
	id := c.noticed()
	c.at("2025-11-04T18:00")
	c.must(c.Strike.SayGo(c.as("marit"), id))
	c.must(c.Strike.SayGo(c.as("omar"), id))
	c.at("2025-11-05T07:00")
	c.must(c.Strike.Tick(c.t.Context()))
	return id
}

func readJSON(t *testing.T, file string, v any) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(b, v)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// sits is as, on the device of another one.
func (c *campaign) sits(role, at string) context.Context {
	c.t.Helper()
	id := auth.By(c.As(role))
	id.Device = "device of " + at
	return auth.As(c.t.Context(), id)
}
