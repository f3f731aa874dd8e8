// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

var replyLink = regexp.MustCompile(`/reply/[A-Z0-9]+`)

// reply returns the path of the newest member's link, once the queue has mailed it.
func (h *house) reply(t *testing.T) string {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		h.mu.Lock()
		for i, v := range slices.Backward(h.sent) {
			if path := replyLink.FindString(v.Text); path != "" {
				h.sent = h.sent[:i]
				h.mu.Unlock()
				return path
			}
		}
		h.mu.Unlock()
	}
	t.Fatal("no link was mailed")
	return ""
}

// B07, B09: a lead opens a structure test from the ladder; her captain enters three at once and takes them back; a member pledges
// by her link on her own phone, and withdraws; whoever said yes and did nothing is listed.
func TestALeadTestsTheStructureAndAMemberPledges(t *testing.T) {
	t.Parallel()

	if testing.Short() {
		t.Skip("short: nothing was done in a browser")
	}
	h := serve(t, Open(t), arrival)
	t.Run("the wall chart holds all, filtered and on paper", func(t *testing.T) { theWholeWall(t, h) })
	t.Run("the board says how ready we are", func(t *testing.T) { theBoard(t, h) })

	lead := h.as(t, "lead", Phone)
	lead.Go("/tests")
	lead.Sees("Button day", "452 of 600", "Petition: protected time", "431 of 600", "The ladder")
	lead.Fit()
	lead.Shot("tests")
	lead.Go("/tests/new?step=button")
	lead.Fit()
	lead.Shot("test-new")
	lead.Type("#name", "Sticker day")
	lead.Follow(`[value="open"]`)
	lead.Sees("Sticker day", "Provisional", "of 600")
	lead.Fit()
	lead.Shot("test-open")
	test := lead.Path()

	captain := h.as(t, "captain", Phone)
	captain.Go(test + "/enter")
	captain.Sees("Sticker day")
	captain.Fit()
	captain.Shot("enter")
	for _, n := range []string{"1", "2", "3"} {
		captain.Click(`tbody tr:nth-child(` + n + `) .tick`)
	}
	captain.Follow(`[value="yes"]`)
	captain.Sees("Entered for 3 people", "Yes · the captain’s word")
	captain.Shot("entered")
	captain.Follow(".toast form button")
	captain.Sees("Taken back")
	captain.SeesNot("Yes · the captain’s word")

	captain.Go("/pledges")
	captain.Sees("Hastings")
	captain.Fit()
	captain.Shot("pledges-captain")
	captain.Click(`[name="person"]:not([disabled])`)
	captain.Follow(".dock .primary")
	captain.Sees("Links on their way: 1 of 1")

	member := h.b.Tab(t, h.url, Phone)
	link := h.reply(t)
	member.Go(link)
	member.Sees("I will honor our one-day strike", "version 1 of the words", "Who sees what")
	member.Fit()
	member.Contrast()
	member.Shot("pledge")
	if Eval[bool](member, `document.querySelector("[value=withdrawn]") !== null`) { // she had pledged in the story
		member.Follow("[value=withdrawn]")
		member.Sees("taken back")
	}
	member.Follow(`[value="public"]`)
	member.Sees("You have pledged, publicly")
	member.Fit()
	member.Shot("pledged")
	member.Follow("[value=withdrawn]")
	member.Sees("Your pledge is taken back")
	member.Go(link)
	member.Sees("used already", "Ask for another link")
	member.Shot("dead")

	lead.Go("/tests/soft")
	lead.Sees("Said yes, did nothing", "said so") // B07.4: by captain, what they said beside what they did
	if captains := Eval[[]string](lead, `[...document.querySelectorAll("tbody tr")].map((r) => r.cells[1].innerText.trim())`); len(captains) == 0 || len(slices.Compact(slices.Clone(captains))) != len(slices.Compact(slices.Sorted(slices.Values(captains)))) {
		t.Errorf("they are not by captain: %q", captains)
	}
	if n := Eval[int](lead, `[...document.querySelectorAll("tbody tr")].filter((r) => !/^[12], /.test(r.cells[2].innerText.trim()) || r.cells.length !== 5).length`); n != 0 {
		t.Errorf("of %d it is not said what they said and did in two tests", n)
	}
	lead.Fit()
	lead.Shot("soft")
	lead.Go("/coverage")
	lead.Sees("Covered", "of 600", "Nobody keeps contact", "Captains with too many", "Silent captains", "With two captains") // B08.1
	if n := Eval[int](lead, `document.querySelectorAll("main .table .badge").length`); n == 0 {
		t.Error("no shift is without a leader")
	}
	lead.Fit()
	lead.Shot("coverage")
	lead.Go("/coverage/people?why=old")
	lead.Fit()
	lead.Shot("coverage-people")
	lead.Screen(Desk)
	for _, path := range []string{"/tests", "/coverage", "/coverage/people?why=none", "/pledges", "/rules", test} {
		lead.Go(path)
		lead.Fit()
		lead.Shot("desk" + strings.ReplaceAll(strings.Split(path, "?")[0], "/", "-"))
	}
	lead.Go("/tests")
	lead.Follow(`//a[contains(., "Button day")]`)
	lead.Sees("Frozen: 600 people", "452", "made up")
	lead.Fit()
	lead.Shot("desk-closed")
	t.Run("the day after, N is the new list's", func(t *testing.T) { theDayAfter(t, lead) })
	for _, p := range []*Tab{lead, captain} { // the dead link was answered by 404, which the console says
		p.Silent()
	}
}
