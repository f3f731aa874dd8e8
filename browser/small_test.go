// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/mail"
	"github.com/tenday/tenday/internal/organize"
	"github.com/tenday/tenday/internal/roster"
)

// letters keeps what is mailed.
type letters struct {
	mu   sync.Mutex
	last string
}

func (l *letters) Send(_ context.Context, m mail.Message) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last = m.Text
	return nil
}

// TestACaptainOfASmallCampaign is what happens to one captain, Rosa Almquist of Hastings, in a unit whose clock can be set.
func TestACaptainOfASmallCampaign(t *testing.T) {
	t.Parallel()

	if testing.Short() {
		t.Skip("short: nothing was done in a browser")
	}
	m := newMast(t, Open(t))
	box := &letters{}
	m.Organize.Mail = box
	lead, captain := m.tab(t, "lead"), m.tab(t, "captain")
	captain.Go("/my")
	t.Run("a blank is given to her from the wall chart", func(t *testing.T) { givenFromTheChart(t, m, lead, captain) })
	t.Run("a region's chart is the region's", func(t *testing.T) { regionsChart(t, m) })
	t.Run("a test comes to her phone", func(t *testing.T) { testComes(t, m, lead, captain) })
	t.Run("a member says by her link that she took part", func(t *testing.T) { selfByLink(t, m, box, captain) })
	t.Run("a petition with twelve names is entered in one go", func(t *testing.T) { twelveAtOnce(t, m, captain) })
	t.Run("a captain of sixteen is seen", func(t *testing.T) { captainOfSixteen(t, m, lead) })
	t.Run("a member takes her public pledge back", func(t *testing.T) { takesBack(t, m, box, lead, captain) })
	t.Run("a deputy's role ends on Friday", func(t *testing.T) { roleEnds(t, m) })
}

// B05.3: the lead taps a blank and chooses a captain, who sees it on her list at the next sync.
func givenFromTheChart(t *testing.T, m *mast, lead, captain *Tab) {
	lead.t, captain.t = t, t
	if err := m.Organize.Mark(m.As("lead"), m.Person["Rosa Almquist"], "captain"); err != nil {
		t.Fatal(err)
	}
	captain.Sees("My people")
	captain.SeesNot("Omar Farah")
	lead.Go("/chart")
	lead.Click(`//a[contains(@class, "pcard")][contains(., "Omar Farah")]`)
	lead.Do(chromedp.WaitVisible(chromedp.CSS(`dialog[open] select[name="leader"]`)))
	lead.Fit()
	lead.Shot("chart-blank")
	lead.Do(chromedp.SetValue[chromedp.CSS](`dialog[open] select[name="leader"]`, m.Person["Rosa Almquist"]))
	lead.Follow(`dialog[open] form button`)
	lead.Sees("Omar Farah has a new contact person.")
	captain.Go("/my")
	captain.Sees("Omar Farah")
	captain.Fit()
}

// B05.5: an organizer of one region sees that region, and N is its own.
func regionsChart(t *testing.T, m *mast) {
	p := m.tab(t, "region reader")
	p.Go("/chart")
	p.Sees("1 person", "Eden Prairie", "Wilma Westberg")
	p.SeesNot("Hastings", "Blaine", "Ingrid Dahl", "Omar Farah", "10 people")
	if n := Eval[int](p, `document.querySelectorAll(".chart .column").length`); n != 1 {
		t.Errorf("%d columns", n)
	}
	p.Fit()
	p.Shot("chart-region")
}

// B07.1: a public test, 70 % until Friday, is on captains' phones at the next sync, as one row of yes buttons: one for each of her
// people, by touch, by keyboard, and on the sheet of each.
func testComes(t *testing.T, m *mast, lead, captain *Tab) {
	lead.t, captain.t = t, t
	captain.my()
	captain.press(card(1) + " [data-f=record]")
	captain.wait(`document.querySelector("#record").open && document.querySelector("#record [data-tests]").hidden`)
	lead.Go("/tests/new")
	lead.Type("#name", "Sticker day")
	lead.Type("#question", "Wore the sticker")
	lead.Do(chromedp.SetValue[chromedp.CSS]("#kind", "sticker"), chromedp.SetValue[chromedp.CSS]("#threshold", "70"),
		chromedp.SetValue[chromedp.CSS]("#closes_on", m.Clock.Now().AddDate(0, 0, 6).Format(time.DateOnly)), chromedp.SetValue[chromedp.CSS]("#closes_at", "18:00"))
	Eval[bool](lead, `(document.querySelector("[name=public]").checked = true)`)
	lead.Fit()
	lead.Follow(`[value="open"]`)
	lead.Sees("Sticker day", "public", "0 of 10", "line 70 %: 7 people")
	lead.Shot("sticker-day")
	captain.slowly() // nothing is sent until she says so
	captain.my()
	captain.Sees("Sticker day", "until", "0 of 6 yes")
	captain.press("[data-asked] summary")
	captain.Sees("Yes means: Wore the sticker")
	if n := Eval[int](captain, yesButtons+`.length`); n != 6 {
		t.Errorf("%d yes buttons for six people", n)
	}
	tapTargets(captain)
	captain.Fit()
	captain.press(yesOf(1))
	captain.press(yesOf(2))
	chip(captain, "2 waiting to send") // a button says yes at once, and takes the next tap when that is kept
	captain.wait(saysYes(2))
	captain.Shot("sticker-day-rows")
	captain.press(yesOf(2)) // not her: another tap takes it back
	captain.wait(`!(` + saysYes(2) + `)`)
	for _, n := range []int{3, 4} { // by keyboard: from one to the next, and Undo within reach
		captain.wait(`(document.querySelector("` + yesOf(n) + `").focus(), true)`)
		captain.Do(chromedp.KeyEvent(" "))
		chip(captain, fmt.Sprintf("%d waiting to send", n+1))
		captain.wait(saysYes(n) + ` && document.activeElement === document.querySelector("` + yesOf(n) + `")`)
	}
	captain.Click("[data-toasts] [data-f=undo]")
	captain.wait(`!(` + saysYes(4) + `)`)
	captain.Sees("2 of 6 yes")
	captain.press(card(5) + " [data-f=record]")
	captain.wait(`document.querySelector("#record").open && document.querySelectorAll("#record [data-tests-in] .pick").length === 1`)
	tapTargets(captain)
	captain.Shot("sticker-day-phone")
	captain.Click("#record [data-tests-in] .pick")
	captain.Click("#record [data-save]")
	captain.wait(`!document.querySelector("#record").open`)
	captain.Sees("3 of 6 yes", "Took part: Sticker day")
	sendNowBehind(captain)
	lead.Go("/tests")
	lead.Follow(`//main//a[contains(., "Sticker day")]`)
	lead.Sees("3 of 10")
	captain.Dark(true)
	captain.Contrast()
	captain.Shot("sticker-day-rows-dark")
	captain.Dark(false)
	captain.Screen(Desk)
	captain.Fit()
	captain.Shot("sticker-day-rows")
	captain.Screen(Phone)
	captain.Scripts(false)
	captain.Go("/my")
	captain.Sees("3 of 6 yes")
	captain.Click("[data-asked] summary")
	captain.Follow(yesOf(6))
	captain.Sees("Saved.", "4 of 6 yes")
	captain.Click("[data-asked] summary")
	captain.Follow(yesOf(6))
	captain.Sees("3 of 6 yes")
	captain.Scripts(true)
	captain.Spanish(true)
	captain.Go("/my")
	captain.Sees("hasta", "3 de 6 sí")
	captain.Spanish(false)
}

const yesButtons = `document.querySelectorAll("[data-asked] [data-f=yes]")`

// yesOf is the yes button of somebody, by her place in the list.
func yesOf(n int) string { return fmt.Sprintf("[data-asked] li:nth-child(%d) [data-f=yes]", n) }

// saysYes is whether it says that she took part.
func saysYes(n int) string {
	return fmt.Sprintf(`document.querySelector("%s").getAttribute("aria-pressed") === "true"`, yesOf(n))
}

// B07.2: who has no account says it by the link that came to her own phone; the evidence says so, and her captain sees the tick.
func selfByLink(t *testing.T, m *mast, box *letters, captain *Tab) {
	captain.t = t
	test := testNamed(t, m, "Sticker day")
	link := m.mailed(t, box, "Peter Dahl", test)
	p := m.b.Tab(t, m.url, Phone)
	p.Go(link)
	p.Sees("Sticker day", "Wore the sticker")
	p.SeesNot("Peter", "Dahl")
	p.Fit()
	p.Shot("took-part-link")
	p.Follow(`[value="yes"]`)
	p.Fit()
	p.Shot("took-part-done")
	captain.Go("/tests/" + test + "/enter")
	row := Eval[string](captain, `[...document.querySelectorAll("tbody tr")].find((r) => r.innerText.includes("Peter Dahl")).innerText`)
	if !strings.Contains(row, "Yes") || !strings.Contains(row, "by her own link") {
		t.Errorf("her captain sees %q", row)
	}
}

// B07.5: twelve names of a petition are one act, which one undo takes back for as long as the toast stays.
func twelveAtOnce(t *testing.T, m *mast, captain *Tab) {
	captain.t = t
	grown(t, m)
	test, err := m.Organize.MakeTest(m.As("lead"), organize.Test{
		Name: "Petition: staffing", Question: "Signed the petition", Kind: "petition", Public: true, ThresholdPct: 70, Closes: m.Clock.Now().Add(48 * time.Hour),
	}, true)
	if err != nil {
		t.Fatal(err)
	}
	yes := func() int {
		n, err := db.InRead(t.Context(), m.DB, func(tx *db.Tx) (n int, err error) {
			return n, tx.Row(t.Context(), `SELECT COUNT(*) FROM participation WHERE test_id = $1 AND state = 'yes' AND NOT EXISTS
				(SELECT 1 FROM retraction r WHERE r.fact_id = participation.id)`, test).Scan(&n)
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	captain.Go("/tests/" + test + "/enter")
	Eval[int](captain, `[...document.querySelectorAll("tbody [name=person]")].slice(0, 12).map((c) => c.click()).length`)
	captain.Do(chromedp.SetValue[chromedp.CSS]("#evidence", "sheet"))
	captain.Fit()
	captain.Shot("twelve")
	captain.Follow(`[value="yes"]`)
	captain.Sees("Entered for 12 people", "Undo")
	if n := yes(); n != 12 {
		t.Errorf("%d events, want 12", n)
	}
	captain.Follow(".toast form button")
	captain.Sees("Taken back")
	if n := Eval[int](captain, `document.querySelectorAll("tbody .badge").length`); n != 0 {
		t.Errorf("%d answers stand after the undo", n)
	}
}

// B08.1, B08.4: a captain of sixteen is an alert, with the two nearest who are marked as leaders and could take some; beside it who is
// not covered and why, nobody with two leaders, worksites without one, and whoever leads and is silent.
func captainOfSixteen(t *testing.T, m *mast, lead *Tab) {
	lead.t = t
	for _, name := range []string{"Blair Onlyblaine", "Wilma Westberg"} {
		if err := m.Organize.Mark(m.As("lead"), m.Person[name], "captain"); err != nil {
			t.Fatal(err)
		}
	}
	lead.Go("/coverage")
	lead.Sees("Nobody keeps contact", "The captain has left", "The captain is not a 1", "No talk lately", "Silent captains", "With two captains")
	over := Eval[string](lead, `[...document.querySelectorAll("main section")].find((s) => s.innerText.includes("Too many people")).innerText.replace(/\s+/g, " ")`)
	for _, want := range []string{"16 Rosa Almquist", "Hastings", "Could take some: Wilma Westberg, Eden Prairie (has 0); Blair Onlyblaine, Blaine (has 0)"} {
		if !strings.Contains(over, want) {
			t.Errorf("of the captain of sixteen it says %q, not %q", over, want)
		}
	}
	lead.Fit()
	lead.Shot("captain-of-16")
	lead.Screen(Desk)
	lead.Fit()
	lead.Shot("captain-of-16")
	lead.Screen(Phone)
}

// B09.1, B09.2: she reads the words, their version and who sees what before any button; and when she takes a public pledge back, the
// public list drops her, the count falls, and her captain sees that it is withdrawn and not why.
func takesBack(t *testing.T, m *mast, box *letters, lead, captain *Tab) {
	lead.t, captain.t = t, t
	if _, err := m.Organize.WritePledgeText(m.As("lead"), map[string]string{"en": "I will honor the line.", "es": "Respetaré la línea."}); err != nil {
		t.Fatal(err)
	}
	public := func(p *Tab) string {
		p.Go("/pledges?site=" + m.Site["0901"])
		return Eval[string](p, `document.querySelector(".stats .stat").innerText.replace(/\s+/g, " ")`)
	}
	before := public(lead)
	p := m.b.Tab(t, m.url, Phone)
	p.Go(m.mailed(t, box, "Ingrid Dahl", ""))
	p.Sees("I will honor the line.", "version 1 of the words", "Your captain, her organizer and the campaign’s lead see that you pledged", "your name, occupation and worksite stand on the list of public pledges", "the employer sees it")
	p.SeesNot("Ingrid", "Dahl")
	order := Eval[bool](p, `(() => {
		const button = document.querySelector("main button");
		return [".lede", "dl"].every((s) => document.querySelector("main " + s).compareDocumentPosition(button) & Node.DOCUMENT_POSITION_FOLLOWING);
	})()`)
	if !order {
		t.Error("a button stands before what it does")
	}
	p.Fit()
	p.Follow(`[value="public"]`)
	p.Sees("You have pledged, publicly")
	m.Clock.Advance(24 * time.Hour) // the list tells no time of day
	member := m.tab(t, "member")
	member.Go("/pledges/public")
	member.Sees("Ingrid Dahl")
	member.Fit()
	member.Shot("pledges-public")
	if now := public(lead); now == before {
		t.Errorf("the count is still %s", now)
	}
	p.Go(m.mailed(t, box, "Ingrid Dahl", ""))
	p.Fit()
	p.Shot("pledged-before")
	p.Follow(`[value="withdrawn"]`)
	p.Sees("Your pledge is taken back. Nobody is told why.")
	p.Fit()
	member.Go("/pledges/public")
	member.SeesNot("Ingrid Dahl")
	if now := public(lead); now != before {
		t.Errorf("the count was %s, and is %s", before, now)
	}
	captain.Go("/pledges")
	row := Eval[string](captain, `[...document.querySelectorAll("tbody tr")].find((r) => r.innerText.includes("Ingrid Dahl")).innerText.replace(/\s+/g, " ")`)
	if !strings.Contains(row, "Withdrawn") {
		t.Errorf("her captain sees %q", row)
	}
	captain.Fit()
	captain.Shot("withdrawn")
}

// B02.5: a deputy was given a captain's rights until Friday; on Saturday her next tap says that it ended, and whom to ask.
func roleEnds(t *testing.T, m *mast) {
	m.Clock.Set(time.Date(2025, time.November, 5, 15, 0, 0, 0, time.UTC)) // a Wednesday
	friday := time.Date(2025, time.November, 8, 6, 0, 0, 0, time.UTC)     // ends at midnight in Chicago
	err := db.Do(t.Context(), m.DB, func(tx *db.Tx) error {
		_, err := auth.AddGrant(t.Context(), tx, auth.Grant{Account: m.Account["member"], Role: auth.Captain, Scope: auth.Turf, ScopeID: m.Turf, From: tx.Now, Until: friday})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	p := m.tab(t, "member")
	p.Go("/people")
	p.Sees("Dahl, Ingrid")
	m.Clock.Set(time.Date(2025, time.November, 8, 15, 0, 0, 0, time.UTC))
	p.Follow(`//main//a[contains(., "Dahl, Ingrid")]`)
	p.Sees("Your role ended Fri 7 Nov 2025. Ask The lead.")
	p.SeesNot("Ingrid", "Hastings")
	p.Silent() // of the refusal
	p.Fit()
	p.Shot("role-ended")
	p.Spanish(true)
	p.Go("/invite")
	p.Sees("Su función terminó el vie 7 nov 2025. Pregunte a The lead.")
	p.Silent()
}

// grown gives Rosa Almquist sixteen people.
func grown(t *testing.T, m *mast) {
	t.Helper()
	var led []string
	for i, name := range []string{"Abdi", "Berg", "Chang", "Diaz", "Eide", "Fosse", "Gross", "Her", "Ivers", "Jung", "Koch", "Lor"} {
		id, err := m.Roster.AddPerson(m.As("data_lead"), roster.NewPerson{
			Name: roster.Name{Given: "Ann", Family: name}, UnitStatus: roster.InUnit, WorksiteID: m.Site["0901"], JobClass: roster.NP, FTE: 80,
			StartsOn: roster.Date{Year: 2020, Month: time.March, Day: 1 + i},
		})
		if err != nil {
			t.Fatal(err)
		}
		led = append(led, id)
	}
	for _, name := range []string{"Katherine Nguyen", "Mohamed Ali", "Ingrid Dahl", "Omar Farah"} {
		led = append(led, m.Person[name])
	}
	if err := m.Organize.Lead(m.As("lead"), m.Person["Rosa Almquist"], led); err != nil {
		t.Fatal(err)
	}
}

// mailed sends somebody a link, of a test or of the pledge, and returns its path.
func (m *mast) mailed(t *testing.T, box *letters, name, test string) string {
	t.Helper()
	if n, err := m.Organize.SendLinks(m.As("captain"), []string{m.Person[name]}, test); err != nil || n != 1 {
		t.Fatalf("%d links, %v", n, err)
	}
	if _, err := m.Jobs.RunDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	box.mu.Lock()
	defer box.mu.Unlock()
	path := replyLink.FindString(box.last)
	if path == "" {
		t.Fatalf("no link in %q", box.last)
	}
	return path
}

func testNamed(t *testing.T, m *mast, name string) string {
	t.Helper()
	id, err := db.InRead(t.Context(), m.DB, func(tx *db.Tx) (id string, err error) {
		return id, tx.Row(t.Context(), `SELECT id FROM structure_test WHERE name = $1`, name).Scan(&id)
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}
