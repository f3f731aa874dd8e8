// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"testing"
	"time"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/line"
)

// A plan takes its time: its page says how far it is, leaves the focus where it is, can be stopped, and becomes the plan.
func TestAPlanTakesItsTime(t *testing.T) {
	t.Parallel()

	if testing.Short() {
		t.Skip("short: nothing was done in a browser")
	}
	m := newMast(t, Open(t))
	offeredHours(t, m)
	p := m.tab(t, "lead")
	p.Go("/lines")
	letGo := m.Hold()
	p.Follow(`form[action="/line-plans"] button`)
	p.Sees("Making a plan", "keeping the plan", "You can leave this page")
	p.Fit()
	p.Shot("making")
	p.Contrast()
	p.Screen(Desk)
	p.Fit()
	if Eval[bool](p, `(button => { button.focus(); document.querySelector("#work progress").dataset.old = ""; return document.activeElement === button; })(document.querySelector("[name=stop]"))`) {
		for end := time.Now().Add(patience); Eval[bool](p, `document.querySelector("#work progress").dataset.old === ""`) && time.Now().Before(end); {
			time.Sleep(100 * time.Millisecond)
		}
	}
	if !Eval[bool](p, `document.querySelector("#work progress").dataset.old === undefined && document.activeElement?.name === "stop"`) {
		t.Error("the part was not renewed, or took the focus")
	}
	p.Follow(`button[name="stop"]`)
	p.Sees("It was stopped, and no plan was made")
	p.Follow(`form[action="/line-plans"] button`)
	p.Sees("Making a plan")
	letGo()
	p.Sees("Compared with today", "Mohamed Ali", "Accept all")

	p.Screen(Phone)
	letGo = m.Hold()
	p.Follow(`button[name="all"]`)
	p.Sees("Making the changes", "0 of", "Stop")
	p.SeesNot("Mohamed Ali")
	p.Fit()
	p.Shot("accepting")
	letGo()
	p.Sees("changes are made", "Mohamed Ali")
	p.SeesNot("still open", "Accept all")
	p.Fit()
	p.Contrast()
}

// offeredHours is a line in Hastings, and the hours that four people offer for it.
func offeredHours(t *testing.T, m *mast) {
	t.Helper()
	lead := m.As("lead")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	id, err := m.Line.Add(lead, line.Line{Name: "Hastings", Place: "the sidewalk", Worksite: m.Site["0901"]})
	must(err)
	must(m.Line.SetNeeds(lead, "line:"+id, []line.Need{{Role: line.OnLine, Min: 1, Target: 4, Max: 4}}))
	zone, err := time.LoadLocation("America/Chicago")
	must(err)
	from := m.Clock.Now().In(zone).AddDate(0, 0, 2).Truncate(time.Hour)
	_, err = m.Line.AddShifts(lead, id, line.Run{From: from.Format("2006-01-02T15:04"), To: from.Add(4 * time.Hour).Format("2006-01-02T15:04")})
	must(err)
	_, err = m.Line.OpenShifts(lead, id)
	must(err)
	for _, name := range []string{"Mohamed Ali", "Ingrid Dahl", "Peter Dahl", "Åsa Lindström"} {
		ctx := auth.As(t.Context(), &auth.Identity{Account: name, Person: m.Person[name], Grants: []auth.Grant{{Role: auth.Member, Scope: auth.Own}}})
		must(m.Line.Offer(ctx, line.Availability{MaxShifts: 1, Slots: []line.Slot{{Starts: from, Ends: from.Add(4 * time.Hour), Answer: "yes"}}}))
	}
}
