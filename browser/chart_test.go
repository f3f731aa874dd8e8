// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// wallChart is B05: a lead looks at the chart, asks who pledged publicly and has no shift, gives somebody without a contact to a
// captain from the card and takes it back, and looks at the sheets for the wall.
func wallChart(t *testing.T, h *house) {
	p := h.as(t, "lead", Desk)
	p.Go("/chart")
	p.Sees("594 people", "Hastings", "Not assessed")
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
	p.Sees("of 594 fit the filter")
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
	if now := Eval[string](p, `document.querySelector("dialog select").value`); now != was && strings.Contains(p.pageText(), who) {
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
