// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"regexp"
	"strconv"
	"testing"

	"github.com/chromedp/chromedp"
)

// wallChart is B05.1 to B05.4 on the morning of the strike: a lead looks at the chart, asks who pledged publicly and has no shift, gives somebody without a contact to a
// captain from the card and takes it back, and looks at the sheets for the wall.
func wallChart(t *testing.T, h *house) {
	p := h.as(t, "lead", Desk)
	p.Go("/chart")
	p.Sees("Hastings", "Not assessed")
	// 594 after the second list; another journey on the same demo may have put somebody on the roster meanwhile.
	if n := counted(p, `(\d+) people`); n < 594 || n > 597 {
		t.Errorf("%d people on the chart", n)
	}
	if n := Eval[int](p, `document.querySelectorAll(".chart .column").length`); n < 57 {
		t.Errorf("%d columns", n)
	}
	blankFirst := `[...document.querySelectorAll(".chart .column")].every((c) => {
		const hrefs = [...c.querySelectorAll(".pcard .level use")].map((u) => u.getAttribute("href")[2]);
		return hrefs.join("") === [...hrefs].sort().join("");
	})`
	if !Eval[bool](p, blankFirst) {
		t.Error("the blanks are not on top of every column")
	}
	before := Eval[string](p, `[...document.querySelectorAll(".chart h2")].map((e) => e.textContent).join()`)
	p.Shot("chart")
	p.Go("/chart?m=is&c=pledge:public&m=not&c=booked")
	if n := counted(p, `of (\d+) fit the filter`); n < 594 || n > 597 {
		t.Errorf("the filter is of %d people", n)
	}
	if after := Eval[string](p, `[...document.querySelectorAll(".chart h2")].map((e) => e.textContent).join()`); after != before {
		t.Error("the columns did not keep their places")
	}
	p.Go("/chart?by=contact")
	p.Click(`.chart .column .pcard`)
	p.Do(chromedp.WaitVisible(chromedp.CSS(`dialog[open] select[name="leader"]`)))
	p.Shot("chart-card")
	who := Eval[string](p, `document.querySelector("dialog h1").textContent`)
	was := Eval[string](p, `document.querySelector("dialog select").value`)
	Eval[string](p, `{ const s = document.querySelector("dialog select"); s.value = [...s.options].map((o) => o.value).find((v) => v && v !== s.value); s.value }`)
	p.Follow(`dialog[open] form button`)
	p.Sees(who + " has a new contact person.")
	p.Follow(`[data-toast] form button`)
	p.Sees(who + " has a new contact person.")
	p.Go("/chart?by=contact")
	p.Click(`.chart .column .pcard`)
	p.Do(chromedp.WaitVisible(chromedp.CSS(`dialog[open] select[name="leader"]`)))
	first := Eval[string](p, `document.querySelector("dialog h1").textContent`) // another journey may have brought somebody else to the front
	if now := Eval[string](p, `document.querySelector("dialog select").value`); first == who && now != was {
		t.Errorf("the undo left %q, not %q", now, was)
	}
	for _, path := range []string{"/chart/print?size=a3", "/chart/sheet", "/chart/scale", "/coverage/map"} {
		p.Go(path)
		p.Fit()
	}
	p.Screen(Phone)
	p.Go("/chart")
	p.Fit()
	p.Shot("chart-phone")
}

// counted returns the number that the first match of pattern on the page holds, 0 for none.
func counted(p *Tab, pattern string) int {
	p.t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(p.Main())
	if m == nil {
		return 0
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		p.t.Fatal(err)
	}
	return n
}
