// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// theWholeWall is B05.1, B05.2 and B05.4 in the week before the strike, when 600 people are on the list of 30 May.
func theWholeWall(t *testing.T, h *house) {
	p := h.as(t, "lead", Desk)
	p.Go("/chart")
	p.Sees("600 people", "list version 1 of Fri 30 May 2025")
	towns := Eval[[]string](p, `[...document.querySelectorAll(".chart .column")].filter((c) => c.querySelector(".pcard")).map((c) => c.querySelector("h2").textContent)`)
	if len(towns) != 61 {
		t.Errorf("%d columns with people, want one a worksite, 61", len(towns))
	}
	for what, wrong := range map[string]string{
		"no number in a shape": `(c) => !/^#m[0-5]o?$/.test(c.querySelector(".level use")?.getAttribute("href"))`,
		"no tick for each act": `(c) => c.querySelectorAll(".ticks .tk").length !== document.querySelectorAll(".chart-legend [href='#tyes']").length`,
		"no star":              `(c) => c.ariaLabel.includes("leads") !== !!c.querySelector("[href='#star']")`,
	} {
		if n := Eval[int](p, `[...document.querySelectorAll(".chart .pcard")].filter(`+wrong+`).length`); n != 0 {
			t.Errorf("%d cards: %s", n, what)
		}
	}
	if n := Eval[int](p, `document.querySelectorAll(".chart [href='#star']").length`); n < 61 {
		t.Errorf("%d leaders are starred", n)
	}
	p.Shot("wall")

	was := Eval[string](p, `[...document.querySelectorAll(".chart h2")].map((e) => e.textContent).join()`)
	signed := Eval[string](p, `[...document.querySelectorAll("select[name=c]")][0].querySelector("option[value$=':yes']").value`)
	p.Do(chromedp.SetValue[chromedp.CSS]("fieldset:nth-of-type(1) [name=c]", signed),
		chromedp.SetValue[chromedp.CSS]("fieldset:nth-of-type(2) [name=m]", "not"), chromedp.SetValue[chromedp.CSS]("fieldset:nth-of-type(2) [name=c]", "booked"))
	p.Follow(".chart-filters .primary")
	bold := Eval[int](p, `new Set([...document.querySelectorAll(".chart .pcard:not(.off)")].map((c) => c.dataset.card)).size`)
	all := Eval[int](p, `new Set([...document.querySelectorAll(".chart .pcard")].map((c) => c.dataset.card)).size`)
	if on := counted(p, `(\d+) of 600 fit the filter`); on == 0 || on != bold || all != 600 {
		t.Errorf("%d of 600 fit the filter, %d cards of %d are bold", on, bold, all)
	}
	if now := Eval[string](p, `[...document.querySelectorAll(".chart h2")].map((e) => e.textContent).join()`); now != was {
		t.Error("the columns did not keep their places")
	}
	thin := Eval[bool](p, `(() => {
		const weight = (s) => Number(getComputedStyle(document.querySelector(s + " .who")).fontWeight);
		return weight(".pcard:not(.off)") > weight(".pcard.off");
	})()`)
	if !thin {
		t.Error("who does not fit is as bold as who does")
	}
	p.Shot("wall-filtered")

	p.Go("/chart")
	p.Click(".page-head .menu > summary")
	p.Follow(`.page-head .menu a[href*="size=a3"]`)
	p.Sees("Print of unit scope by Carla Lindgren", "list version 1")
	t.Run("every sheet of paper says what it is", func(t *testing.T) { sheets(t, p, towns) })
}

// sheets prints the page and reads every sheet.
func sheets(t *testing.T, p *Tab, towns []string) {
	reader, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Skip("no pdftotext on this machine: the paper was not read")
	}
	pdf, err := chromedp.Call(p.ctx, page.PrintToPDF, page.PrintToPDFParams{PreferCSSPageSize: new(true)})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "wall.pdf")
	if dir := os.Getenv("TENDAY_SHOTS"); dir != "" {
		file = filepath.Join(dir, "wall.pdf")
	}
	if err := os.WriteFile(file, pdf.Data, 0o600); err != nil {
		t.Fatal(err)
	}
	text, err := exec.CommandContext(t.Context(), reader, "-layout", file, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Split(strings.TrimRight(string(text), "\f"), "\f")
	if len(all) < 2 {
		t.Errorf("61 worksites on %d sheets", len(all))
	}
	for i, sheet := range all {
		for _, want := range []string{"Print of unit scope by Carla Lindgren", "list version 1 of Fri 30 May 2025", "Fri 31 Oct 2025"} {
			if !strings.Contains(sheet, want) {
				t.Errorf("sheet %d of %d does not say %q:\n%.300s", i+1, len(all), want, sheet)
			}
		}
	}
	printed := strings.Join(strings.Fields(string(text)), " ")
	for town := range slices.Values(towns) {
		if first, _, _ := strings.Cut(town, " "); !strings.Contains(printed, first) {
			t.Errorf("%s is on no sheet", town)
		}
	}
}

var (
	limited     = regexp.MustCompile(`^limited by (public pledges|booked shifts|coverage): \d+ of \d+`)
	townAndCode = regexp.MustCompile(`^\pL.* \(\d{4}\) limited by`)
)

// theBoard is B06.1 and B06.5: the counts as n of N with the list's version, worksites under the floor and what limits each, week by
// week; and a captain sees her own people's and the unit's total, and no other worksite.
func theBoard(t *testing.T, h *house) {
	p := h.as(t, "lead", Phone)
	p.Go("/board")
	p.Sees("employer’s list 1, as of Fri 30 May 2025", "600 in the bargaining unit")
	stats := Eval[[]string](p, `[...document.querySelectorAll(".ready-stats .stat")].map((s) => s.innerText.replace(/\s+/g, " "))`)
	for _, want := range []string{"Pledged 471 of 600", "Pledged publicly 402 of 600", "Talked with lately 455 of 600", "Booked for the picket line 388 of 600"} {
		if !slices.ContainsFunc(stats, func(s string) bool { return strings.Contains(strings.ReplaceAll(s, "\u00a0", " "), want) }) {
			t.Errorf("the board says %q, not %q", stats, want)
		}
	}
	weak := Eval[[]string](p, `[...document.querySelectorAll("#ready .cols section:first-child li .under")].map((s) => s.innerText)`)
	if len(weak) == 0 || slices.ContainsFunc(weak, func(s string) bool { return !limited.MatchString(s) }) {
		t.Errorf("what limits the weak worksites: %q", weak)
	}
	for _, one := range Eval[[]string](p, `[...document.querySelectorAll("#ready .cols section:first-child li")].map((s) => s.innerText.replace(/\s+/g, " ").trim())`) {
		if pct, rest, _ := strings.Cut(one, " "); !townAndCode.MatchString(rest) || len(pct) > 2 || pct >= "60" {
			t.Errorf("a worksite under 60 %% is %q", one)
		}
	}
	weeks := Eval[[]string](p, `[...document.querySelectorAll("#ready .trend tbody tr")].map((r) => r.innerText.replace(/\s+/g, " "))`)
	if len(weeks) < 4 || !strings.Contains(weeks[len(weeks)-1], "471 of 600") || !strings.Contains(weeks[len(weeks)-1], "402 of 600") || !strings.Contains(weeks[0], "0 of 600") {
		t.Errorf("week by week: %q", weeks)
	}
	p.Fit()
	p.Shot("board-lead")

	c := h.as(t, "captain", Phone)
	c.Go("/board")
	c.Sees("9 of the bargaining unit, within your reach", "The whole unit, last night: pledged publicly", "of 600")
	c.SeesNot("of the unit are listed there") // of a clinic that closes she knows what the press knows
	named := Eval[string](c, `[...document.querySelectorAll("#ready a, .stats, .table")].map((e) => e.innerText).join(" ")`)
	for _, town := range []string{"Blaine", "Camden", "Eagan", "Woodbury", "Plymouth", "Oakdale"} {
		if strings.Contains(named, town) {
			t.Errorf("a captain of Hastings sees %s among her counts: %q", town, named)
		}
	}
	c.Fit()
	c.Shot("board-captain")
}

// theDayAfter is B06.3: the employer's list of October is applied, and 594 people are in the unit. Today's numbers say so; the test that
// closed before says 600.
func theDayAfter(t *testing.T, p *Tab) {
	p.Screen(Phone)
	p.Go("/board")
	p.Click(".demo summary")
	p.Do(chromedp.SetValue[chromedp.CSS]("#demo-at", "2025-11-01T09:00"))
	p.Follow(".demo .filters button")
	p.Sees("1 Nov 2025", "employer’s list 2, as of Fri 31 Oct 2025", "594 in the bargaining unit")
	if stats := Eval[string](p, `document.querySelector(".ready-stats").innerText`); strings.Contains(stats, "600") || !strings.Contains(stats, "of 594") {
		t.Errorf("the day after the board says %q", stats)
	}
	p.Fit()
	p.Shot("board-after")
	p.Go("/tests")
	p.Sees("Button day", "452 of 600")
	p.Follow(`//a[contains(., "Button day")]`)
	p.Sees("Frozen: 600 people", "of 600")
	p.SeesNot("594")
}
