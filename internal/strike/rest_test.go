// SPDX-License-Identifier: Apache-2.0

package strike_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/tenday/tenday/internal/app/apptest"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/strike"
)

// What was checked and signed off rests on what the legal clock had been told: another answer, and it counts no more.
func TestAnAnswerThatChangesVoidsWhatRestsOnIt(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, c *campaign) {
		id := c.planned()
		first := map[string]string{}
		for name, value := range answers {
			if name != "action.series_announced" {
				first[name] = value
			}
		}
		c.must(c.answer("marit", id, first))
		tenDay, dispute := c.papers(id)
		c.checked(tenDay)
		missing := func() []string {
			_, err := c.Strike.Ask(c.as("marit"), id, strike.Serve, c.action(id).FactsVersion, "")
			return problems(err)
		}
		before := c.action(id)
		c.must(c.answer("marit", id, map[string]string{"action.series_announced": "no"})) // what was to ask is known: the paper says the same
		if got := missing(); slices.Contains(got, "strike.block.reviews") || !slices.Contains(got, "strike.block.counsel") {
			t.Errorf("after one more answer: %v", got)
		}
		if v := c.action(id).FactsVersion; v != before.FactsVersion+1 {
			t.Errorf("version %d, then %d", before.FactsVersion, v)
		}
		wants(t, c.Strike.Answer(c.as("omar"), id, before.FactsVersion, map[string]string{"employer.kind": "hospital"}), fault.Conflict, "strike.changed_meanwhile")
		c.must(c.Strike.Advise(c.as("marit"), tenDay.ID, true, "A. Counsel", ""))
		c.must(c.answer("marit", id, map[string]string{"action.series_announced": "no"}))
		if v := c.action(id).FactsVersion; v != before.FactsVersion+1 {
			t.Errorf("an answer as before made version %d", v)
		}
		c.must(c.answer("marit", id, map[string]string{"employer.kind": "hospital"}))
		for _, want := range []string{"strike.block.reviews", "strike.block.counsel", "strike.block.other_facts"} {
			if got := missing(); !slices.Contains(got, want) {
				t.Errorf("after another answer %s does not block: %v", want, got)
			}
		}
		says(t, c.Get("omar", "/strike/"+id+"/review", ""), "made on other facts")
		c.checked(tenDay)
		c.at("2025-10-24T15:00")
		c.receive(dispute, "2025-09-22T10:00")
		c.receive(tenDay, "2025-10-24T12:00")
		c.must(c.both(id, strike.Serve, ""))
	})
}

// After service an answer about the action is corrected by two; one of the campaign is news for every action, and voids Go.
func TestAnswersThatAServedNoticeRestsOn(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, c *campaign) {
		id := c.noticed()
		other := c.wish()
		other.Title = "Another one"
		plan, err := c.Strike.Make(c.as("omar"), other)
		c.must(err)
		c.must(c.Strike.Take(c.as("omar"), plan, strike.Plan, 1))
		c.at("2025-11-04T18:00")
		for _, value := range []string{"ulp", ""} {
			wants(t, c.answer("marit", id, map[string]string{"action.purpose": value}), fault.Invalid, "strike.locked.answer")
		}
		_, err = c.Strike.AskCorrect(c.as("marit"), id, c.action(id).FactsVersion, map[string]string{"action.purpose": "bargaining"}, "x")
		wants(t, err, fault.Conflict, "strike.correct.not_now") // nothing would change
		c.must(c.Strike.SayGo(c.as("marit"), id))
		c.must(c.Strike.SayGo(c.as("omar"), id))
		before := c.action(id)
		c.must(c.answer("omar", plan, map[string]string{"inquiry": "yes", "inquiry.appointed_on": "2025-11-03"}))
		if a := c.action(id); a.FactsVersion != before.FactsVersion+1 {
			t.Errorf("an answer of the campaign left version %d of another action", a.FactsVersion)
		}
		says(t, c.Get("marit", "/strike/"+id, ""), "2 people said Go before the facts changed")
		c.must(c.answer("omar", plan, map[string]string{"inquiry": "no", "inquiry.appointed_on": ""}))
		c.must(c.Strike.SayGo(c.as("marit"), id)) // reviews and counsel's word hold again, Go does not
		q, err := c.Strike.AskCorrect(c.as("marit"), id, c.action(id).FactsVersion, map[string]string{"action.purpose": "ulp"}, "it was the charges")
		c.must(err)
		if len(q.Effects) != 1 || q.Effects[0].N != 1 {
			t.Errorf("what it would do: %+v", q.Effects)
		}
		says(t, c.Get("omar", "/strike/"+id, ""), "to move the bargaining becomes against an unfair labor practice", "makes 1 Go void")
		_, err = c.Strike.Confirm(c.as("twin"), q.ID)
		wants(t, err, fault.Forbidden, "strike.second")
		_, err = c.Strike.Confirm(c.as("omar"), q.ID)
		c.must(err)
		err = c.Strike.SayGo(c.as("marit"), id)
		wants(t, err, fault.Conflict)
		for _, want := range []string{"strike.block.reviews", "strike.block.counsel"} {
			if !slices.Contains(problems(err), want) {
				t.Errorf("Go on other facts than were checked: %v", err)
			}
		}
		says(t, c.Get("marit", "/strike/"+id, ""), "Something has to be put right", "rests on other facts")
		tenDay, _ := c.papers(id)
		c.checked(tenDay)
		c.must(c.answer("marit", id, map[string]string{"action.serious_ulp_claimed": "no"})) // it was not asked before
		c.must(c.Strike.Advise(c.as("marit"), tenDay.ID, true, "A. Counsel", ""))
		c.must(c.Strike.SayGo(c.as("marit"), id))
	})
}

// Two said Go, and then the proof turns out to be of another day: unlawful and unknown never pass, at the minute either.
func TestNothingBeginsOnceTheVerdictIsNoLongerYes(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, c *campaign) {
		id := c.noticed()
		c.at("2025-11-04T18:00")
		c.must(c.Strike.SayGo(c.as("marit"), id))
		c.must(c.Strike.SayGo(c.as("omar"), id))
		tenDay, _ := c.papers(id)
		c.receive(tenDay, "2025-10-27T12:00")
		c.at("2025-11-05T06:50")
		says(t, c.Get("captain", "/strike/"+id+"/guard", ""), "The legal clock does not say yes: do not walk out")
		c.at("2025-11-05T07:00")
		c.must(c.Strike.Tick(t.Context()))
		if s := c.action(id).State; s != strike.Noticed {
			t.Errorf("it began unlawfully: %s", s)
		}
	})
}

// Whatever moves a fact waits no longer than the red button needs.
func TestTheRedButtonWaitsForNoOtherRequest(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, c *campaign) {
		id := c.on()
		end, err := c.Strike.AskEnd(c.as("marit"), id, c.action(id).FactsVersion, moment(t, "2025-11-07T07:00"), "longer")
		c.must(err)
		_, err = c.Strike.Ask(c.as("officer"), id, strike.Suspend, c.action(id).FactsVersion, "talks")
		wants(t, err, fault.Forbidden)
		off, err := c.Strike.Ask(c.as("omar"), id, strike.Suspend, c.action(id).FactsVersion, "talks")
		c.must(err)
		_, err = c.Strike.Confirm(c.as("officer"), end.ID)
		wants(t, err, fault.Conflict, "strike.not_asked")
		_, err = c.Strike.Confirm(c.as("marit"), off.ID)
		c.must(err)
		if s := c.action(id).State; s != strike.Suspended {
			t.Errorf("state %s", s)
		}
	})
}

// What if: another start, another kind, other worksites, a copy received at another time; nothing on file changes.
func TestWhatIfAsksAboutAnyFactAndChangesNone(t *testing.T) {
	t.Parallel()

	c := newCampaign(t, apptest.New(t))
	id := c.noticed()
	before := c.action(id)
	n, _ := c.papers(id)
	asked := func(pairs ...string) apptest.Answer {
		q := url.Values{"what_date": {"2025-11-05"}, "what_time": {"07:00"}, "what_zone": {"America/Chicago"}, "kind": {"strike"}, "sites": before.SiteIDs()}
		for i := 0; i < len(pairs); i += 2 {
			q[pairs[i]] = strings.Fields(pairs[i+1])
		}
		return c.Get("marit", "/strike/"+id+"/verdict?"+q.Encode(), "")
	}
	says(t, asked(), "Nothing would change")
	says(t, asked("what_time", "09:00"), "HC-33", "unlawful", "this is not what it says")
	says(t, asked("sites", strings.Join(append(before.SiteIDs(), c.Site["0333"]), " ")), "HC-42", "at risk", "3 worksites")
	says(t, asked("kind", "rally"), "Rally")
	says(t, asked("copy", n.ID+".institution", "got_date", "2025-10-27", "got_time", "12:00", "got_zone", "America/Chicago"), "HC-30", "unlawful", "received Mon 27 Oct 2025")
	says(t, asked("got_date", "2025-10-27", "got_time", "12:00", "got_zone", "America/Chicago"), "Choose the copy")
	says(t, asked("copy", "x.y", "got_date", "2025-10-27", "got_zone", "America/Chicago"), "Choose the copy")
	says(t, asked("what_date", "2026-03-08", "what_time", "02:30"), "Clocks skip")
	says(t, asked("kind", "dance", "sites", never), "contradicts")
	if after := c.action(id); after.FactsVersion != before.FactsVersion || after.Starts.String() != before.Starts.String() || after.Kind != before.Kind {
		t.Errorf("the question changed something: %+v", after)
	}
}
