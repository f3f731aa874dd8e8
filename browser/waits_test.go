// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"database/sql"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/line"
)

// marks are how people were checked in, with their families' names.
func (m *picketLine) marks(t *testing.T) []string {
	t.Helper()
	all, err := db.InRead(t.Context(), m.DB, func(tx *db.Tx) ([]string, error) {
		return db.All(t.Context(), tx, func(r *sql.Rows) (string, error) {
			var method, family string
			err := r.Scan(&method, &family)
			return method + " " + family, err
		}, `SELECT c.method, n.family FROM checkin c JOIN person_now n ON n.person_id = c.person_id ORDER BY c.method, n.family`)
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// B12.1: one by her code, one by three letters, one from paper, where no signal is; a code that is held up twice counts once.
func TestThreeWaysToCheckInWithoutASignal(t *testing.T) {
	t.Parallel()

	if testing.Short() {
		t.Skip("short: nothing was done in a browser")
	}
	b, film := camera(t)
	m := newPicketLine(t, b)
	if _, err := m.Line.BookByName(m.As("lead"), m.shift, "Peter Dahl", line.OnLine); err != nil {
		t.Fatal(err)
	}
	code, err := m.Line.MyCode(m.As("colleague")) // who is on no list
	if err != nil {
		t.Fatal(err)
	}
	shoot(t, film, code)
	m.at("2025-11-05T07:10")
	p := m.tab(t, "captain")
	p.before(noDetector)
	p.Go("/my")
	keepHere(p)
	p.wait(`document.querySelector("[data-lines] a")`)
	p.wait(`(` + onDisk + `).then(t => t.includes('"lines"'))`)
	m.down.Store(true)
	p.Click("[data-lines] a")
	p.wait(`!document.querySelector("[data-screen=pin]").hidden && location.pathname.endsWith("/day")`)
	typePIN(p)
	p.wait(`document.querySelectorAll("[data-kept] [data-roll] li").length === 2`)

	p.Click("[data-scan]")
	p.chip("1 waiting to send")
	p.wait(`!document.querySelector("#scan").open`)
	p.Click("[data-scan]")
	p.Sees("This code is checked in already.")
	p.chip("1 waiting to send")

	p.Type("#find", "ngu")
	p.wait(`[...document.querySelectorAll("[data-roll] li")].filter((l) => !l.hidden).length === 1`)
	p.Click("[data-roll] li:not([hidden]) > .actions > form[data-mark] button")
	p.chip("2 waiting to send")

	p.Type("#find", "dah")
	p.wait(`[...document.querySelectorAll("[data-roll] li")].filter((l) => !l.hidden).length === 1`)
	p.Click("[data-roll] li:not([hidden]) details.menu summary")
	Eval[bool](p, `(document.querySelector("[data-roll] li:not([hidden]) input[name=paper]").value = "07:05") === "07:05"`)
	p.Click(`[data-roll] li:not([hidden]) form:has(input[name=paper]) button`)
	p.chip("3 waiting to send")
	fitUnheard(p)
	p.Shot("three-ways")
	if n := len(m.marks(t)); n != 0 {
		t.Errorf("%d came without a signal", n)
	}

	m.double.Store(true)
	m.down.Store(false)
	p.wait(nothingWaits)
	p.chip("All sent")
	p.Silent()
	if diff := cmp.Diff([]string{"code Ali", "paper Dahl", "search Nguyen"}, m.marks(t)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	p.Go("/lines/board")
	p.Sees("3 here")
	p.Quick()
}

// A walk-in by name and the hourly report wait, too; whose name it is the campaign finds when they come, and a name that it does not find is shown, not lost.
func TestAWalkInByNameAndAReportWaitForASignal(t *testing.T) {
	t.Parallel()

	if testing.Short() {
		t.Skip("short: nothing was done in a browser")
	}
	m := newPicketLine(t, Open(t))
	m.at("2025-11-05T08:30")
	p := m.tab(t, "captain")
	day := "/lines/" + m.line + "/day"
	p.Go(day)
	p.chip("All sent")
	m.down.Store(true)
	for n, name := range []string{"Peter Dahl", "Zed Unknown"} {
		p.Type(`form[data-walkin] #name`, name)
		Eval[bool](p, `(document.querySelector("form[data-walkin] button").click(), true)`)
		p.Sees(name + ": Kept on this phone.")
		p.chip([]string{"1 waiting to send", "2 waiting to send"}[n])
	}
	p.Type("#here", "2")
	p.Type("#weather", "sleet")
	p.Type("#supplies", "no coffee")
	Eval[bool](p, `(document.querySelector("form[data-report] button").click(), true)`) // it lies under the dock
	p.chip("3 waiting to send")
	p.Shot("waits")
	p.leads(chromedp.Navigate("about:blank")) // the page is closed
	m.double.Store(true)
	m.down.Store(false)
	p.Go(day)
	p.wait(nothingWaits)
	p.Sees("Zed Unknown: No one whom you may see has exactly this name.")
	p.Silent()
	p.Shot("refused")
	if diff := cmp.Diff([]string{"walk_in Dahl"}, m.marks(t)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if n := m.people(t, "Zed"); n != 0 {
		t.Errorf("%d new people", n)
	}
	reports, err := db.InRead(t.Context(), m.DB, func(tx *db.Tx) ([]string, error) {
		return db.Strings(t.Context(), tx, `SELECT weather FROM line_report WHERE line_id = $1 AND here = 2 AND supplies = 'no coffee'`, m.line)
	})
	if err != nil || !slices.Equal(reports, []string{"sleet"}) {
		t.Errorf("reports %q, %v", reports, err)
	}
	p.Go(day)
	p.SeesNot("no report for")
	p.Go("/my")
	p.Sees("Zed Unknown", "No one whom you may see has exactly this name.")
	p.Quick()
}
