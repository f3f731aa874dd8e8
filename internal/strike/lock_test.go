// SPDX-License-Identifier: Apache-2.0

package strike_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/strike"
	"github.com/tenday/tenday/notice"
)

// 29 U.S.C. 158(g) and the engine's Locked: from the first copy sent on, whatever is tried at start, sites and kind is refused.
func TestASentNoticeLocksStartSitesAndKind(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, c *campaign) {
		id := c.planned()
		tenDay, _ := c.papers(id)
		change := func(f func(*strike.Wish)) error {
			w := c.wish()
			f(&w)
			return c.Strike.Change(c.as("marit"), id, c.action(id).FactsVersion, w)
		}
		tries := map[string]func(*strike.Wish){
			"start": func(w *strike.Wish) { w.Starts = moment(t, "2025-11-05T09:00") },
			"zone":  func(w *strike.Wish) { w.Starts, _ = notice.ParseMoment("2025-11-05T07:00[America/Denver]") },
			"sites": func(w *strike.Wish) { w.Sites = append(w.Sites, c.Site["0333"]) },
			"fewer": func(w *strike.Wish) { w.Sites = w.Sites[:1] },
			"kind":  func(w *strike.Wish) { w.Kind = strike.Picket },
		}
		for _, name := range slices.Sorted(maps.Keys(tries)) {
			if err := change(tries[name]); err != nil {
				t.Errorf("%s before: %v", name, err)
			}
			c.must(change(func(*strike.Wish) {}))
		}
		d := tenDay.Deliveries[0]
		d.State, d.Sent = strike.Sent, moment(t, "2025-10-13T08:00")
		c.must(c.Strike.Deliver(c.as("marit"), tenDay.ID, []strike.Delivery{d}, nil))
		before := c.action(id)
		for _, name := range slices.Sorted(maps.Keys(tries)) {
			wants(t, change(tries[name]), fault.Conflict, "strike.locked")
		}
		wants(t, c.Strike.Take(c.as("marit"), id, strike.Rework, before.FactsVersion), fault.Conflict, "strike.locked")
		c.must(change(func(w *strike.Wish) { w.Title, w.Ends = "Another name", moment(t, "2025-11-06T09:00") })) // the end is not stated
		after := c.action(id)
		if after.Starts.String() != before.Starts.String() || !slices.Equal(after.SiteIDs(), before.SiteIDs()) || after.Kind != before.Kind {
			t.Errorf("locked facts moved: %v", after)
		}
	})
}

func TestAnyChangeOfTheNoticeVoidsItsReviews(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, c *campaign) {
		id := c.planned()
		c.must(c.Strike.Answer(c.as("marit"), id, answers))
		tenDay, _ := c.papers(id)
		c.checked(tenDay)
		w := c.wish()
		w.Starts = moment(t, "2025-11-05T06:00")
		c.must(c.Strike.Change(c.as("marit"), id, c.action(id).FactsVersion, w))
		_, err := c.Strike.Ask(c.as("marit"), id, strike.Serve, c.action(id).FactsVersion, "")
		wants(t, err, fault.Conflict, "strike.block.reviews", "strike.block.counsel", "strike.block.receipts", "strike.block.unknown")
		tenDay, _ = c.papers(id)
		if tenDay.Starts.String() != w.Starts.String() {
			t.Errorf("the notice states %s", tenDay.Starts)
		}
	})
}

func TestReviewersAreTwoOthersWhoReadThePaper(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, c *campaign) {
		id := c.planned()
		n, _ := c.papers(id)
		check := func(who, wall string, sites []string) ([]string, error) {
			return c.Strike.Check(c.as(who), n.ID, moment(t, wall), sites)
		}
		_, err := check("marit", "2025-11-05T07:00", n.Sites)
		wants(t, err, fault.Forbidden, "strike.review.own")
		_, err = check("twin", "2025-11-05T07:00", n.Sites) // the same human
		wants(t, err, fault.Forbidden, "strike.review.own")
		_, err = check("captain", "2025-11-05T07:00", n.Sites)
		wants(t, err, fault.Forbidden)
		differs, err := check("omar", "2025-11-06T07:00", n.Sites[:1])
		c.must(err)
		if diff := cmp.Diff([]string{"start", "sites"}, differs); diff != "" {
			t.Error(diff)
		}
		_, err = c.Strike.Ask(c.as("marit"), id, strike.Serve, c.action(id).FactsVersion, "")
		if got := problems(err); !slices.Contains(got, "strike.block.differs") {
			t.Errorf("a difference does not block: %v", got)
		}
		if differs, err = check("omar", "2025-11-05T07:00", n.Sites); err != nil || len(differs) > 0 { // she reads it again
			t.Errorf("%v, %v", differs, err)
		}
	})
}

// A writing that both signed moves the start; the clock judges the new one by it.
func TestOnlyASignedExtensionMovesTheStart(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, c *campaign) {
		id := c.noticed()
		before := c.action(id)
		extend := func(agreed, starts string, up strike.Upload) error {
			return c.Strike.Extend(c.as("marit"), id, moment(t, agreed), moment(t, starts), notice.Moment{}, up)
		}
		wants(t, extend("2025-10-24T14:00", "2025-11-05T06:00", paper), fault.Invalid, "strike.extend.later")
		wants(t, extend("2025-10-25T14:00", "2025-11-05T09:00", paper), fault.Invalid, "strike.deliver.future")
		wants(t, extend("2025-10-24T14:00", "2025-11-05T09:00", strike.Upload{}), fault.Invalid, "strike.file.size")
		c.must(extend("2025-10-24T14:00", "2025-11-05T09:00", paper))
		a := c.action(id)
		if a.Starts.String() != moment(t, "2025-11-05T09:00").String() || a.FactsVersion != before.FactsVersion+1 || a.State != strike.Noticed {
			t.Errorf("after the extension: %+v", a)
		}
		n, _ := c.papers(id)
		if n.Starts.String() != before.Starts.String() || len(n.Extensions) != 1 || n.Extensions[0].File.SHA256 == "" {
			t.Errorf("the notice: %+v", n)
		}
		c.at("2025-11-05T08:30")
		c.must(c.Strike.SayGo(c.as("marit"), id))
		c.must(c.Strike.SayGo(c.as("omar"), id))
		c.at("2025-11-05T09:00")
		wants(t, extend("2025-11-05T08:00", "2025-11-05T10:00", paper), fault.Conflict, "strike.extend.too_late")
		c.must(c.Strike.Tick(t.Context()))
		if s := c.action(id).State; s != strike.On {
			t.Errorf("state %s", s)
		}
	})
}

// Withdraw and re-notice: the old notice stays on file, withdrawn; the new action is a draft that names the old one.
func TestWithdrawAndServeANewNotice(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, c *campaign) {
		id := c.noticed()
		_, err := c.Strike.Again(c.as("marit"), id)
		wants(t, err, fault.Conflict, "strike.again.first_off")
		c.must(c.both(id, strike.CallOff, "another day"))
		fresh, err := c.Strike.Again(c.as("marit"), id)
		c.must(err)
		a := c.action(fresh)
		if a.State != strike.Draft || a.Supersedes != id || !a.Starts.IsZero() || len(a.Sites) != 2 {
			t.Errorf("the new one: %+v", a)
		}
		old, _ := c.papers(id)
		if old.Withdrawn.IsZero() || len(old.Deliveries) != 2 {
			t.Errorf("the old notice: %+v", old)
		}
		wants(t, c.Strike.Deliver(c.as("marit"), old.ID, old.Deliveries, nil), fault.Conflict, "strike.notice.withdrawn")
	})
}

var paper = strike.Upload{Name: "signed.pdf", Body: []byte("%PDF-1.4 signed by both")}
