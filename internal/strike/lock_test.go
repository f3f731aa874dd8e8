// SPDX-License-Identifier: Apache-2.0

package strike_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/strike"
	"github.com/tenday/tenday/notice"
)

// 29 U.S.C. 158(g) and the engine's Locked: from the first copy sent on, whatever is tried at start, end, sites, kind and name is refused.
func TestASentNoticeLocksStartEndSitesKindAndName(t *testing.T) {
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
			"end":   func(w *strike.Wish) { w.Ends = moment(t, "2025-11-06T09:00") }, // members, lines and shifts follow it
			"open":  func(w *strike.Wish) { w.Ends = notice.Moment{} },
			"name":  func(w *strike.Wish) { w.Title = "Called off" }, // it stands on every phone
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
		d = tenDay.Deliveries[0] // what was recorded of the copy is taken back: it is out in the world all the same
		d.State = strike.ToSend
		c.must(c.Strike.Deliver(c.as("marit"), tenDay.ID, []strike.Delivery{d}, nil))
		for _, name := range slices.Sorted(maps.Keys(tries)) {
			wants(t, change(tries[name]), fault.Conflict, "strike.locked")
		}
		c.must(change(func(*strike.Wish) {}))
		after := c.action(id)
		if after.Title != before.Title || after.Starts.String() != before.Starts.String() || after.Ends.String() != before.Ends.String() || after.FactsVersion != before.FactsVersion || !slices.Equal(after.SiteIDs(), before.SiteIDs()) || after.Kind != before.Kind {
			t.Errorf("locked facts moved: %v", after)
		}
	})
}

func TestAnyChangeOfTheNoticeVoidsItsReviews(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, c *campaign) {
		id := c.planned()
		c.must(c.answer("marit", id, answers))
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

// A writing that both signed moves the start once a second person has read it; the clock judges the new one by it.
func TestOnlyASignedExtensionThatTwoHaveReadMovesTheStart(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, c *campaign) {
		id := c.noticed()
		before := c.action(id)
		ask := func(agreed, starts string, up strike.Upload) (strike.Request, error) {
			return c.Strike.AskExtend(c.as("marit"), id, c.action(id).FactsVersion, moment(t, agreed), moment(t, starts), notice.Moment{}, up)
		}
		_, err := ask("2025-10-24T14:00", "2025-11-05T06:00", paper)
		wants(t, err, fault.Invalid, "strike.extend.later")
		_, err = ask("2025-10-25T14:00", "2025-11-05T09:00", paper)
		wants(t, err, fault.Invalid, "strike.deliver.future")
		_, err = ask("2025-10-24T14:00", "2025-11-05T09:00", strike.Upload{})
		wants(t, err, fault.Invalid, "strike.file.size")
		q, err := ask("2025-10-24T14:00", "2025-11-05T09:00", paper)
		c.must(err)
		stands := func(when string) {
			t.Helper()
			n, _ := c.papers(id)
			if a := c.action(id); a.Starts.String() != before.Starts.String() || a.FactsVersion != before.FactsVersion || len(n.Extensions) > 0 {
				t.Fatalf("%s: it starts %s, version %d", when, a.Starts, a.FactsVersion)
			}
		}
		stands("one person's word")
		confirm := func(ctx context.Context, starts string, signed bool) error {
			_, err := c.Strike.ConfirmExtend(ctx, q.ID, moment(t, starts), signed)
			return err
		}
		for _, who := range []string{"marit", "twin"} {
			wants(t, confirm(c.as(who), "2025-11-05T09:00", true), fault.Forbidden, "strike.second")
		}
		wants(t, confirm(c.sits("omar", "marit"), "2025-11-05T09:00", true), fault.Forbidden, "strike.second")
		wants(t, confirm(c.as("lead"), "2025-11-05T09:00", true), fault.Forbidden)
		_, err = c.Strike.Confirm(c.as("omar"), q.ID) // without having read it
		wants(t, err, fault.Invalid, "strike.extend.read")
		wants(t, confirm(c.as("omar"), "2025-11-05T09:00", false), fault.Invalid, "strike.extend.both")
		wants(t, confirm(c.as("omar"), "2025-11-05T08:00", true), fault.Invalid, "strike.extend.reads_other")
		stands("a second person who has not read it so")
		c.must(confirm(c.as("omar"), "2025-11-05T09:00", true))
		a := c.action(id)
		if a.Starts.String() != moment(t, "2025-11-05T09:00").String() || a.FactsVersion != before.FactsVersion+1 || a.State != strike.Noticed {
			t.Errorf("after the extension: %+v", a)
		}
		n, _ := c.papers(id)
		if n.Starts.String() != before.Starts.String() || len(n.Extensions) != 1 || n.Extensions[0].File.SHA256 == "" || n.Extensions[0].Second != c.Account["omar"] {
			t.Errorf("the notice: %+v", n)
		}
		if got := c.moved(id); got != "extend: "+before.Starts.String()+" > "+a.Starts.String() {
			t.Errorf("the history says %s", got)
		}
		c.at("2025-11-05T08:30")
		c.must(c.Strike.SayGo(c.as("marit"), id))
		c.must(c.Strike.SayGo(c.as("omar"), id))
		c.at("2025-11-05T09:00")
		_, err = ask("2025-11-05T08:00", "2025-11-05T10:00", paper)
		wants(t, err, fault.Conflict, "strike.extend.too_late")
		c.must(c.Strike.Tick(t.Context()))
		if s := c.action(id).State; s != strike.On {
			t.Errorf("state %s", s)
		}
	})
}

// B14.4, of a start that moved: who leads people to a line has to know the new hour.
func TestCaptainsSayThatTheyKnowTheNewStart(t *testing.T) {
	t.Parallel()

	pages(t, func(t *testing.T, c *campaign) {
		id := c.noticed()
		q, err := c.Strike.AskExtend(c.as("marit"), id, c.action(id).FactsVersion, moment(t, "2025-10-24T14:00"), moment(t, "2025-11-05T09:00"), notice.Moment{}, paper)
		c.must(err)
		wants(t, c.Strike.Know(c.as("captain"), id), fault.Missing, "strike.missing") // of what nobody has decided
		_, err = c.Strike.ConfirmExtend(c.as("omar"), q.ID, moment(t, "2025-11-05T09:00"), true)
		c.must(err)
		at := "/strike/" + id
		says(t, c.Get("captain", at, ""), "it starts at another time", "9:00")
		says(t, c.Get("marit", at, ""), "Captains have to know the new start", "2 of 2 silent")
		c.must(c.Strike.Know(c.as("captain"), id))
		says(t, c.Get("marit", at, ""), "1 of 2 silent")
		if body := c.Get("captain", at, "").Body; strings.Contains(body, "it starts at another time") {
			t.Error("she is asked again")
		}
	})
}

// moved tells the newest fact of an action that two people moved.
func (c *campaign) moved(id string) string {
	c.t.Helper()
	text, err := db.InRead(c.t.Context(), c.DB, func(tx *db.Tx) (string, error) {
		var event, was, becomes string
		err := tx.Row(c.t.Context(), `SELECT event, was, becomes FROM strike_step WHERE strike_id = $1 ORDER BY seq DESC LIMIT 1`, id).Scan(&event, &was, &becomes)
		return event + ": " + was + " > " + becomes, err
	})
	c.must(err)
	return text
}

// Five minutes before the start the ten minutes of a request are five.
func TestARequestForAnExtensionEndsWithTheStatedTime(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, c *campaign) {
		id := c.noticed()
		before := c.action(id)
		c.at("2025-11-05T06:55")
		q, err := c.Strike.AskExtend(c.as("marit"), id, before.FactsVersion, moment(t, "2025-11-05T06:50"), moment(t, "2025-11-05T09:00"), notice.Moment{}, paper)
		c.must(err)
		if !q.Until.Equal(before.Starts.Begin()) {
			t.Errorf("it waits until %v", q.Until)
		}
		c.at("2025-11-05T07:00")
		_, err = c.Strike.ConfirmExtend(c.as("omar"), q.ID, moment(t, "2025-11-05T09:00"), true)
		wants(t, err, fault.Conflict, "strike.not_asked")
		if a := c.action(id); a.Starts.String() != before.Starts.String() {
			t.Errorf("moved after the stated time: %s", a.Starts)
		}
	})
}

// The end of a served notice moves at two people's word; who said Go to the start has said it.
func TestTheEndMovesAtTwoPeoplesWordAndGoStands(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, c *campaign) {
		plan := c.planned()
		_, err := c.Strike.AskEnd(c.as("marit"), plan, 2, moment(t, "2025-11-06T09:00"), "longer")
		wants(t, err, fault.Conflict, "strike.end.not_now") // nothing has left: it is simply changed
		c.must(c.both(plan, strike.CallOff, "the other one"))
	})
	each(t, func(t *testing.T, c *campaign) {
		id := c.noticed()
		c.at("2025-11-04T18:00")
		c.must(c.Strike.SayGo(c.as("marit"), id))
		c.must(c.Strike.SayGo(c.as("omar"), id))
		before := c.action(id)
		ask := func(ends notice.Moment, why string) (strike.Request, error) {
			return c.Strike.AskEnd(c.as("marit"), id, before.FactsVersion, ends, why)
		}
		_, err := ask(moment(t, "2025-11-05T06:00"), "x")
		wants(t, err, fault.Invalid, "strike.time.ends_before")
		_, err = ask(before.Ends, "x")
		wants(t, err, fault.Invalid, "strike.end.same")
		_, err = ask(moment(t, "2025-11-07T07:00"), "")
		wants(t, err, fault.Invalid, "strike.why_needed")
		q, err := ask(moment(t, "2025-11-07T07:00"), "two days")
		c.must(err)
		if a := c.action(id); a.Ends.String() != before.Ends.String() {
			t.Errorf("one person moved the end to %s", a.Ends)
		}
		_, err = c.Strike.Confirm(c.as("twin"), q.ID)
		wants(t, err, fault.Forbidden, "strike.second")
		_, err = c.Strike.Confirm(c.as("omar"), q.ID)
		c.must(err)
		a := c.action(id)
		if a.Ends.String() != moment(t, "2025-11-07T07:00").String() || a.FactsVersion != before.FactsVersion+1 || a.Starts.String() != before.Starts.String() {
			t.Errorf("%+v", a)
		}
		c.at("2025-11-05T07:00")
		c.must(c.Strike.Tick(t.Context()))
		if s := c.action(id).State; s != strike.On {
			t.Errorf("Go was lost in silence: %s", s)
		}
		before = c.action(id)
		c.at("2025-11-05T12:00")
		_, err = ask(moment(t, "2025-11-05T11:00"), "back-dated")
		wants(t, err, fault.Invalid, "strike.end.past")
		q, err = ask(notice.Moment{}, "until they sign")
		c.must(err)
		_, err = c.Strike.Confirm(c.as("officer"), q.ID)
		c.must(err)
		if a := c.action(id); !a.Ends.IsZero() || c.moved(id) != "move_end: "+before.Ends.String()+" > " {
			t.Errorf("ends %s, %s", a.Ends, c.moved(id))
		}
	})
}

// The minute of the first person out is a fact of the case: two people, within a day of the stated start, and the one before is kept.
func TestTheFirstPersonOutIsNotBackDatedByOne(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, c *campaign) {
		id := c.on()
		before := c.action(id)
		c.at("2025-11-05T09:00")
		ask := func(who, wall string) (strike.Request, error) {
			return c.Strike.AskOut(c.as(who), id, before.FactsVersion, moment(t, wall), "the gate's camera")
		}
		_, err := ask("marit", "2025-11-03T07:00")
		wants(t, err, fault.Invalid, "strike.out.far")
		_, err = ask("marit", "2025-11-05T10:00")
		wants(t, err, fault.Invalid, "strike.deliver.future")
		_, err = ask("officer", "2025-11-05T08:00")
		wants(t, err, fault.Forbidden)
		q, err := ask("marit", "2025-11-05T08:00")
		c.must(err)
		if a := c.action(id); a.Began.String() != before.Began.String() {
			t.Errorf("one person back-dated it to %s", a.Began)
		}
		_, err = c.Strike.Confirm(c.as("marit"), q.ID)
		wants(t, err, fault.Forbidden, "strike.second")
		_, err = c.Strike.Confirm(c.as("omar"), q.ID)
		c.must(err)
		a := c.action(id)
		if a.Began.String() != moment(t, "2025-11-05T08:00").String() || c.moved(id) != "first_out: "+before.Began.String()+" > "+a.Began.String() {
			t.Errorf("began %s, %s", a.Began, c.moved(id))
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
