// SPDX-License-Identifier: Apache-2.0

package strike_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/line"
	"github.com/tenday/tenday/internal/mail"
	"github.com/tenday/tenday/internal/strike"
)

// outbox keeps to whom was written, and what.
type outbox struct{ sent []string }

func (o *outbox) Send(_ context.Context, m mail.Message) error {
	o.sent = append(o.sent, m.To+" "+m.Text)
	return nil
}

// B14.4: whom a line names as its captain, and who is booked to lead a shift within a day, has to know that it is off, with an account or without; who stays silent is called.
func TestWhoLeadsALineHasToKnowThatItIsOff(t *testing.T) {
	t.Parallel()

	pages(t, func(t *testing.T, c *campaign) {
		box := &outbox{}
		c.Line.Mail = box
		id := c.on()
		lead := c.as("lead")
		lines, err := c.Line.Add(lead, line.Line{Name: "Hastings", Place: "the sidewalk", Worksite: c.Site["0901"], Strike: id})
		c.must(err)
		c.must(c.Line.SetNeeds(lead, "line:"+lines, []line.Need{{Role: line.Captain, Max: 1}, {Role: line.Safety, Max: 1}}))
		shifts, err := c.Line.AddShifts(lead, lines, line.Run{From: "2025-11-05T11:00", To: "2025-11-06T07:00"})
		c.must(err)
		_, err = c.Line.OpenShifts(lead, lines)
		c.must(err)
		c.must(c.Line.NameCaptain(lead, lines, c.Person["Åsa Lindström"], false, false)) // no account
		_, err = c.Line.Book(lead, shifts[0], c.Person["Katherine Nguyen"], line.Safety) // "member"
		c.must(err)
		c.at("2025-11-05T07:40")
		c.must(c.both(id, strike.Suspend, "talks"))
		at := "/strike/" + id
		page := c.Get("marit", at, "").Body
		says(t, c.Get("marit", at, ""), "3 of 3 silent", "Åsa Lindström")
		if strings.Contains(page, "tel:") {
			t.Error("numbers before a quarter of an hour has passed")
		}
		c.must(c.Strike.Know(c.as("member"), id))
		wants(t, c.Strike.Know(c.as("member"), id), fault.Missing, "strike.missing")
		_, err = c.Jobs.RunDue(t.Context())
		c.must(err)
		if !slices.ContainsFunc(box.sent, func(m string) bool {
			return strings.HasPrefix(m, "asa.lindstrom@mail.example.org The strike is off") && strings.Contains(m, at)
		}) {
			t.Errorf("written to: %q", box.sent)
		}
		c.at("2025-11-05T07:56")
		var phone string
		c.must(db.Do(t.Context(), c.DB, func(tx *db.Tx) error {
			return tx.Row(t.Context(), `SELECT phone FROM person_now WHERE person_id = $1`, c.Person["Åsa Lindström"]).Scan(&phone)
		}))
		says(t, c.Get("marit", at, ""), "2 of 3 silent", strings.TrimPrefix(phone, "+"))
	})
}
