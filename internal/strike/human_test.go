// SPDX-License-Identifier: Apache-2.0

package strike_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/strike"
)

func (c *campaign) exec(query string, args ...any) {
	c.t.Helper()
	c.must(db.Do(c.t.Context(), c.DB, func(tx *db.Tx) error {
		_, err := tx.Exec(c.t.Context(), query, args...)
		return err
	}))
}

// The roster finds out that two records are one woman: her two accounts are one human from then on, for what was said before too.
func TestTwoRecordsOfOneWomanAreNotTwoPeople(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, c *campaign) {
		c.committee("again", c.Person["Rosa Almquist"])
		id := c.noticed()
		c.at("2025-11-04T18:00")
		c.must(c.Strike.SayGo(c.as("marit"), id))
		c.must(c.Strike.SayGo(c.as("again"), id))
		c.exec(`UPDATE person SET merged_into = $1 WHERE id = $2`, c.Person["Katherine Nguyen"], c.Person["Rosa Almquist"])
		c.exec(`UPDATE person SET merged_into = $1 WHERE id = $2`, c.Person["Katherine Nguyen"], c.Person["Peter Dahl"])
		q, err := c.Strike.Ask(c.as("marit"), id, strike.CallOff, c.action(id).FactsVersion, "why")
		c.must(err)
		_, err = c.Strike.Confirm(c.as("again"), q.ID)
		wants(t, err, fault.Forbidden, "strike.second")
		_, err = c.Strike.TakeBack(c.as("again"), q.ID)
		c.must(err)
		c.at("2025-11-05T07:00")
		c.must(c.Strike.Tick(t.Context()))
		if s := c.action(id).State; s != strike.Noticed {
			t.Errorf("began on one woman's two words: %s", s)
		}
	})
}

// Nobody knows who is behind an account without a person: it is no second person to whoever brought it in.
func TestAnAccountWithoutAPersonIsNotASecondToItsMaker(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, c *campaign) {
		c.committee("nobody", "")
		c.exec(`UPDATE account SET created_by = $1 WHERE id = $2`, c.Account["marit"], c.Account["nobody"])
		id := c.ready()
		for _, pair := range [][2]string{{"marit", "nobody"}, {"nobody", "marit"}} {
			q, err := c.Strike.Ask(c.as(pair[0]), id, strike.Serve, c.action(id).FactsVersion, "")
			c.must(err)
			_, err = c.Strike.Confirm(c.as(pair[1]), q.ID)
			wants(t, err, fault.Forbidden, "strike.second")
			_, err = c.Strike.TakeBack(c.as("omar"), q.ID)
			c.must(err)
		}
		n, _ := c.papers(id)
		_, err := c.Strike.Check(c.as("nobody"), n.ID, n.Starts, n.Sites)
		wants(t, err, fault.Forbidden, "strike.review.own")
		q, err := c.Strike.Ask(c.as("nobody"), id, strike.Serve, c.action(id).FactsVersion, "")
		c.must(err)
		_, err = c.Strike.Confirm(c.as("omar"), q.ID)
		c.must(err)
	})
}

// A word counts while its account may still say it: who was suspended, lost her role, or whose phone was signed out, asks for nothing
// any more and has not said Go.
func TestTheWordOfWhoMayNoLongerSayItCountsForNothing(t *testing.T) {
	t.Parallel()

	gone := map[string]func(c *campaign){
		"suspended": func(c *campaign) { c.must(c.Auth.Suspend(c.As("officer"), c.Account["marit"])) },
		"role ended": func(c *campaign) {
			c.exec(`UPDATE role_grant SET ended_at = $1 WHERE account_id = $2`, c.Clock.Now().UnixMilli(), c.Account["marit"])
		},
		"another role now": func(c *campaign) {
			c.exec(`UPDATE role_grant SET role = 'press' WHERE account_id = $1`, c.Account["marit"])
		},
		"phone signed out": func(c *campaign) {
			c.exec(`INSERT INTO device (id, account_id, state, label, created_at, last_seen_at, revoked_at) VALUES ($1, $2, 'revoked', 'x', 1, 1, 2)`,
				"device of marit", c.Account["marit"])
		},
	}
	for name, end := range gone {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			each(t, func(t *testing.T, c *campaign) {
				c.committee("third", "")
				id := c.noticed()
				c.at("2025-11-04T18:00")
				c.must(c.Strike.SayGo(c.as("marit"), id))
				c.must(c.Strike.SayGo(c.as("omar"), id))
				q, err := c.Strike.Ask(c.as("marit"), id, strike.CallOff, c.action(id).FactsVersion, "why")
				c.must(err)
				end(c)
				_, err = c.Strike.Confirm(c.as("omar"), q.ID)
				wants(t, err, fault.Conflict, "strike.not_asked")
				_, err = c.Strike.Ask(c.as("third"), id, strike.CallOff, q.Version, "another one asks")
				c.must(err)
				c.at("2025-11-05T07:00")
				c.must(c.Strike.Tick(t.Context()))
				if s := c.state(id); s != strike.Noticed {
					t.Errorf("began on the word of one who was gone: %s", s)
				}
			})
		})
	}
}

// state is what omar reads.
func (c *campaign) state(id string) strike.State {
	c.t.Helper()
	a, err := c.Strike.Action(c.as("omar"), id)
	c.must(err)
	return a.State
}

// An address of a calendar ends with the account, and with a phone that is signed out; being let in again does not bring it back.
func TestACalendarsAddressEndsWithItsAccountAndItsPhones(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, c *campaign) {
		c.noticed()
		c.Cookie("marit")
		made := func() string {
			got := c.Post("marit", "/calendar", nil)
			body := c.Get("marit", got.Location, "").Body
			_, rest, ok := strings.Cut(body, `id="url"`)
			_, rest, _ = strings.Cut(rest, "/calendar/")
			token, _, _ := strings.Cut(rest, `"`)
			if !ok || !strings.HasSuffix(token, ".ics") {
				t.Fatalf("no address: %d %.200s", got.Status, body)
			}
			return "/calendar/" + token
		}
		status := func(path string) int { return c.Get("", path, "").Status }
		path := made()
		if got := c.Get("", path, ""); got.Status != http.StatusOK || !strings.Contains(got.Body, "BEGIN:VEVENT") {
			t.Fatalf("%d %.100s", got.Status, got.Body)
		}
		if n := c.records("calendar.read"); n != 1 {
			t.Errorf("%d readings on record", n)
		}
		var device string
		_, err := db.InRead(t.Context(), c.DB, func(tx *db.Tx) (struct{}, error) {
			return struct{}{}, tx.Row(t.Context(), `SELECT id FROM device WHERE account_id = $1 AND state = 'active'`, c.Account["marit"]).Scan(&device)
		})
		c.must(err)
		c.must(c.Auth.RevokeDevice(c.as("officer"), device)) // her phone is lost
		if got := status(path); got != http.StatusNotFound {
			t.Errorf("after its phone was signed out: %d", got)
		}
		id := auth.By(c.as("omar"))
		c.must(c.Auth.Suspend(c.As("officer"), id.Account))
		c.committee("fourth", "")
		four := func() string {
			got := c.Post("fourth", "/calendar", nil)
			_, rest, _ := strings.Cut(c.Get("fourth", got.Location, "").Body, "/calendar/")
			token, _, _ := strings.Cut(rest, `"`)
			return "/calendar/" + token
		}()
		if got := status(four); got != http.StatusOK {
			t.Fatalf("%s: %d", four, got)
		}
		c.must(c.Auth.Suspend(c.As("officer"), c.Account["fourth"]))
		if got := status(four); got != http.StatusNotFound {
			t.Errorf("a suspended account's: %d", got)
		}
		c.must(c.Auth.Resume(c.As("officer"), c.Account["fourth"]))
		if got := status(four); got != http.StatusNotFound {
			t.Errorf("let in again: %d", got)
		}
	})
}

// records counts what the audit has under a verb.
func (c *campaign) records(verb string) (n int) {
	c.t.Helper()
	_, err := db.InRead(c.t.Context(), c.DB, func(tx *db.Tx) (struct{}, error) {
		return struct{}{}, tx.Row(c.t.Context(), `SELECT COUNT(*) FROM audit_record WHERE verb = $1`, verb).Scan(&n)
	})
	c.must(err)
	return n
}

// Letters, calendars and the names of silent captains: who read them is on record before they are sent.
func TestWhatIsReadIsOnRecord(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, c *campaign) {
		id := c.on()
		n, _ := c.papers(id)
		for path, verb := range map[string]string{
			"/letters/" + n.Deliveries[0].ID: "strike.letter_open", "/strike/" + id + "/letters": "strike.open", "/calendar/strike/" + id: "calendar.read",
		} {
			before := c.records(verb)
			if got := c.Get("lead", path, ""); got.Status != http.StatusOK {
				t.Errorf("%s: %d", path, got.Status)
			}
			if after := c.records(verb); after != before+1 {
				t.Errorf("%s: %d more records of %s", path, after-before, verb)
			}
		}
		c.at("2025-11-05T07:40")
		c.must(c.both(id, strike.Suspend, "talks"))
		before := c.records("strike.calls")
		says(t, c.Get("lead", "/strike/"+id, ""), "The captain")
		if after := c.records("strike.calls"); after != before+1 {
			t.Errorf("captains were named, and %d records say so", after-before)
		}
	})
}
