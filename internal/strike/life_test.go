// SPDX-License-Identifier: Apache-2.0

package strike_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/strike"
)

// problems returns the sentences' keys of what stands in the way.
func problems(err error) []string {
	e, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return nil
	}
	if len(e.Problems) == 0 {
		return []string{e.Key}
	}
	var keys []string
	for _, p := range e.Problems {
		keys = append(keys, p.Key)
	}
	return keys
}

func wants(t *testing.T, err error, code fault.Code, keys ...string) {
	t.Helper()
	if fault.CodeOf(err) != code {
		t.Errorf("%v: code %q, want %q", err, fault.CodeOf(err), code)
	}
	if diff := cmp.Diff(keys, problems(err)); diff != "" && len(keys) > 0 {
		t.Errorf("refused for (-want +got):\n%s", diff)
	}
}

func TestAStrikeGoesFromPlanToReturn(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, c *campaign) {
		id := c.on()
		a := c.action(id)
		if a.State != strike.On || a.Began.String() != a.Starts.String() {
			t.Fatalf("state %s, began %s", a.State, a.Began)
		}
		c.at("2025-11-06T07:00")
		c.must(c.Strike.Tick(t.Context()))
		if a = c.action(id); a.State != strike.Ended || a.Over.String() != a.Ends.String() {
			t.Fatalf("state %s, over %s", a.State, a.Over)
		}
		wants(t, c.Strike.Take(c.as("marit"), id, strike.Close, a.FactsVersion), fault.Conflict, "strike.close_early")
		c.at("2025-11-09T07:00")
		c.must(c.Strike.Take(c.as("marit"), id, strike.Close, a.FactsVersion))
		if a = c.action(id); a.State != strike.Closed {
			t.Errorf("state %s", a.State)
		}
		for name, ask := range map[string]func(context.Context, *db.Tx) ([]strike.Now, error){"live": c.Strike.Live, "known": c.Strike.Known} {
			all, err := db.InRead(t.Context(), c.DB, func(tx *db.Tx) ([]strike.Now, error) { return ask(t.Context(), tx) })
			c.must(err)
			if is := len(all) == 1 && all[0].EndsAt.Equal(a.Ends.End()); is != (name == "known") {
				t.Errorf("%s: %+v", name, all)
			}
		}
	})
}

// What stands in the way is told all at once, and goes one by one.
func TestNothingIsNoticedBeforeEverythingIsThere(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, c *campaign) {
		id := c.planned()
		ask := func() error {
			_, err := c.Strike.Ask(c.as("marit"), id, strike.Serve, c.action(id).FactsVersion, "")
			return err
		}
		wants(t, ask(), fault.Conflict, "strike.block.reviews", "strike.block.counsel", "strike.block.receipts", "strike.block.unknown")
		c.must(c.answer("marit", id, answers))
		tenDay, dispute := c.papers(id)
		c.checked(tenDay)
		wants(t, ask(), fault.Conflict, "strike.block.receipts", "strike.block.unknown")
		c.at("2025-10-24T15:00")
		c.receive(tenDay, "2025-10-24T12:00")
		wants(t, ask(), fault.Conflict, "strike.block.receipts", "strike.block.unknown") // the dispute notice's are not known
		c.receive(dispute, "2025-09-22T10:00")
		c.must(ask())
	})
}

func TestAReceiptWithoutProofIsAClaim(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, c *campaign) {
		id := c.ready()
		tenDay, _ := c.papers(id)
		d := tenDay.Deliveries[0]
		d.ProofRef = ""
		c.must(c.Strike.Deliver(c.as("marit"), tenDay.ID, []strike.Delivery{d}, nil))
		_, err := c.Strike.Ask(c.as("marit"), id, strike.Serve, c.action(id).FactsVersion, "")
		wants(t, err, fault.Conflict, "strike.block.receipts", "strike.block.unknown")
	})
}

func TestATooLateReceiptIsUnlawfulAndNeverPasses(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, c *campaign) {
		id := c.ready()
		c.at("2025-10-28T09:00")
		tenDay, _ := c.papers(id)
		c.receive(tenDay, "2025-10-27T09:00")
		_, err := c.Strike.Ask(c.as("marit"), id, strike.Serve, c.action(id).FactsVersion, "because")
		wants(t, err, fault.Conflict, "strike.block.unlawful")
	})
}

// Exactly ten civil days: the base reading passes, a stricter one fails. It takes counsel by name and a written reason.
func TestAtRiskTakesCounselAndAReason(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, c *campaign) {
		id := c.ready()
		c.at("2025-10-27T09:00")
		tenDay, _ := c.papers(id)
		c.receive(tenDay, "2025-10-26T09:00")
		c.must(c.Strike.Advise(c.as("marit"), tenDay.ID, false, "", "no time"))
		ask := func(why string) error {
			_, err := c.Strike.Ask(c.as("marit"), id, strike.Serve, c.action(id).FactsVersion, why)
			return err
		}
		wants(t, ask("because"), fault.Conflict, "strike.block.at_risk")
		c.must(c.Strike.Advise(c.as("marit"), tenDay.ID, true, "A. Counsel", ""))
		wants(t, ask(""), fault.Invalid, "strike.at_risk_why")
		c.must(ask("Counsel reads ten civil days as enough."))
	})
}

// B14.3 and the rule for every act of two: another account, another human, another device, ten minutes.
func TestTheSecondPersonIsAnotherOneOnAnotherDevice(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, c *campaign) {
		id := c.ready()
		q, err := c.Strike.Ask(c.as("marit"), id, strike.Serve, c.action(id).FactsVersion, "")
		c.must(err)
		for _, who := range []string{"marit", "twin"} {
			_, err = c.Strike.Confirm(c.as(who), q.ID)
			wants(t, err, fault.Forbidden, "strike.second")
		}
		_, err = c.Strike.Confirm(c.sits("omar", "marit"), q.ID)
		wants(t, err, fault.Forbidden, "strike.second")
		_, err = c.Strike.Confirm(c.as("captain"), q.ID)
		wants(t, err, fault.Forbidden)
		_, err = c.Strike.Ask(c.as("omar"), id, strike.CallOff, c.action(id).FactsVersion, "why")
		wants(t, err, fault.Conflict, "strike.asked_already")
		c.Clock.Advance(10 * time.Minute)
		_, err = c.Strike.Confirm(c.as("omar"), q.ID)
		wants(t, err, fault.Conflict, "strike.not_asked")
		c.must(c.both(id, strike.Serve, ""))
		if s := c.action(id).State; s != strike.Noticed {
			t.Errorf("state %s", s)
		}
	})
}

// Two people confirm at once, and one wins; whoever read an older version loses.
func TestOfTwoAtOnceOneWins(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, c *campaign) {
		id := c.ready()
		q, err := c.Strike.Ask(c.as("marit"), id, strike.Serve, c.action(id).FactsVersion, "")
		c.must(err)
		errs := make(chan error, 4)
		for _, who := range []string{"omar", "officer", "omar", "officer"} {
			ctx := c.as(who)
			go func() { _, err := c.Strike.Confirm(ctx, q.ID); errs <- err }()
		}
		got := map[fault.Code]int{}
		for range cap(errs) {
			got[fault.CodeOf(<-errs)]++
		}
		if diff := cmp.Diff(map[fault.Code]int{fault.OK: 1, fault.Conflict: 3}, got); diff != "" {
			t.Errorf("four confirm at once (-want +got):\n%s", diff)
		}
		_, err = c.Strike.Ask(c.as("marit"), id, strike.CallOff, q.Version, "why")
		wants(t, err, fault.Conflict, "strike.changed_meanwhile")
	})
}

// What follows in other rooms commits with the step or not at all.
func TestWhatFollowsIsInTheSameTransaction(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, c *campaign) {
		var seen []string
		fail := false
		c.Strike.OnChange(func(ctx context.Context, tx *db.Tx, before, after strike.Now) error {
			seen = append(seen, string(before.State)+">"+string(after.State))
			if err := db.PutSetting(ctx, tx, "test.followed", string(after.State)); err != nil {
				return err
			}
			if fail {
				return fault.New(fault.Conflict, "strike.form")
			}
			return nil
		})
		id := c.noticed()
		fail = true
		seen = nil
		wants(t, c.both(id, strike.CallOff, "no"), fault.Conflict, "strike.form")
		followed := func() string {
			s, err := db.InRead(t.Context(), c.DB, func(tx *db.Tx) (string, error) { return db.Setting(t.Context(), tx, "test.followed") })
			c.must(err)
			return s
		}
		if a := c.action(id); a.State != strike.Noticed || followed() != "noticed" {
			t.Errorf("state %s, followed %s", a.State, followed())
		}
		if n, _ := c.papers(id); n == nil || !n.Withdrawn.IsZero() {
			t.Error("the notice was withdrawn though the step was refused")
		}
		fail = false
		c.Clock.Advance(11 * time.Minute)
		c.must(c.both(id, strike.CallOff, "no"))
		if a := c.action(id); a.State != strike.CalledOff || followed() != "called_off" {
			t.Errorf("state %s, followed %s", a.State, followed())
		}
		if diff := cmp.Diff([]string{"noticed>called_off", "noticed>called_off"}, seen); diff != "" {
			t.Error(diff)
		}
		live, err := db.InRead(t.Context(), c.DB, func(tx *db.Tx) ([]strike.Now, error) { return c.Strike.Live(t.Context(), tx) })
		c.must(err)
		if len(live) != 1 || live[0].State != strike.CalledOff || len(live[0].Sites) != 2 || live[0].Zone != "America/Chicago" {
			t.Errorf("live: %+v", live)
		}
	})
}

// B14.6: nobody pressed Go and the stated start passes: the state stays.
func TestWithoutTwoWordsOfGoNothingBegins(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, c *campaign) {
		id := c.noticed()
		wants(t, c.Strike.SayGo(c.as("marit"), id), fault.Conflict, "strike.go.early")
		c.at("2025-11-04T07:00") // exactly 24 hours before
		c.must(c.Strike.SayGo(c.as("marit"), id))
		wants(t, c.Strike.SayGo(c.as("twin"), id), fault.Forbidden, "strike.second")
		wants(t, c.Strike.SayGo(c.sits("omar", "marit"), id), fault.Forbidden, "strike.second")
		c.at("2025-11-05T07:00")
		c.must(c.Strike.Tick(t.Context()))
		if s := c.action(id).State; s != strike.Noticed {
			t.Errorf("began on one word: %s", s)
		}
		wants(t, c.Strike.SayGo(c.as("omar"), id), fault.Conflict, "strike.go.too_late")
		c.must(c.Strike.Tick(t.Context()))
		if s := c.action(id).State; s != strike.Noticed {
			t.Errorf("began late: %s", s)
		}
	})
}

func TestAChangeOfFactsVoidsGo(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, c *campaign) {
		id := c.noticed()
		c.at("2025-11-04T18:00")
		c.must(c.Strike.SayGo(c.as("marit"), id))
		c.must(c.Strike.SayGo(c.as("omar"), id))
		c.must(c.extended(id, "2025-11-04T17:00", "2025-11-05T08:00", "2025-11-06T07:00"))
		c.at("2025-11-05T08:00")
		c.must(c.Strike.Tick(t.Context()))
		if s := c.action(id).State; s != strike.Noticed {
			t.Errorf("began on words said of another start: %s", s)
		}
	})
}

// B14.5.
func TestASuspendedStrikeDoesNotStartAgain(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, c *campaign) {
		id := c.on()
		c.at("2025-11-05T07:40")
		c.must(c.both(id, strike.Suspend, "talks"))
		wants(t, c.Strike.Take(c.as("marit"), id, strike.Begin, c.action(id).FactsVersion), fault.Conflict, "strike.never.resume")
		_, err := c.Strike.Again(c.as("marit"), id)
		c.must(err)
	})
}

func TestASettlementNamesItsAgreement(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, c *campaign) {
		id := c.on()
		_, err := c.Strike.Ask(c.as("marit"), id, strike.Settle, c.action(id).FactsVersion, "")
		wants(t, err, fault.Invalid, "strike.settle_ref")
		c.must(c.both(id, strike.Settle, "Agreement of 2025-11-05"))
		if a := c.action(id); a.State != strike.Settled || a.Settlement != "Agreement of 2025-11-05" {
			t.Errorf("%+v", a)
		}
	})
}

func TestWhoMayNotActIsRefused(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, c *campaign) {
		id := c.ready()
		v := c.action(id).FactsVersion
		for _, who := range []string{"captain", "member", "press", "data_lead", "lead", "operator", "officer"} {
			_, err := c.Strike.Make(c.as(who), c.wish())
			wants(t, err, fault.Forbidden)
			_, err = c.Strike.Ask(c.as(who), id, strike.Serve, v, "")
			wants(t, err, fault.Forbidden)
			wants(t, c.Strike.Answer(c.as(who), id, v, answers), fault.Forbidden)
		}
		for _, who := range []string{"captain", "member", "press", "data_lead", "operator"} {
			_, err := c.Strike.Action(c.as(who), id)
			wants(t, err, fault.Forbidden)
			_, _, err = c.Strike.Proof(c.as(who), "0199a6b0-0000-7000-8000-00000000dead")
			wants(t, err, fault.Forbidden)
		}
	})
}
