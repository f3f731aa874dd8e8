// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// B04.1 to B04.3, at a desk: reasons, field by field, the other id still finds her, and both are back.
func mergeAndUnmerge(t *testing.T, h *house) {
	p := h.as(t, "data_lead", Desk)
	pair := add(t, p, "Kat", "Nguyen", "5075550173") // Katherine's own phone, at Hastings
	p.Go(pair)
	p.Sees("Same personal phone", "Kat is short for Katherine", "Same worksite and job", "Very likely 0.95")
	// B04.2: both records field by field, and what moves with them.
	p.Sees("The record that stays", "Employee number", "Talks", "Assessments", "Bookings for shifts", "Both addresses keep leading to her")
	p.Fit()
	p.Shot("pair")
	ids := Eval[[]string](p, `[...document.querySelectorAll("thead a")].map(a => a.pathname)`)
	other := Eval[string](p, `document.querySelector("[name=keep]:not(:checked)").value`)
	p.Click(`input[name="given"][value="` + other + `"], input[name="name"][value="` + other + `"]`)
	p.Follow(`form[action$="/merge"] .primary`)
	var same []string
	for _, id := range ids {
		p.Go(id)
		p.Sees("Nguyen", "(507) 555-0173")
		same = append(same, Eval[string](p, `document.querySelector("h1").innerText`))
	}
	if same[0] != same[1] {
		t.Errorf("the two addresses lead to %q", same)
	}
	p.Go(pair)
	p.Sees("Merged")
	p.Fit()
	p.Follow(`form[action$="/unmerge"] .primary`)
	var names []string
	for _, id := range ids {
		p.Go(id)
		names = append(names, Eval[string](p, `document.querySelector("h1").innerText`))
	}
	if strings.Join(names, " / ") != "Kate N Nguyen / Kat Nguyen" && strings.Join(names, " / ") != "Kat Nguyen / Kate N Nguyen" {
		t.Errorf("after it was taken apart: %q", names)
	}
}

// B04.5, on a phone.
func markDifferent(t *testing.T, h *house) {
	p := h.as(t, "data_lead", Phone)
	p.Go("/duplicates")
	p.Sees("Mohamed")
	p.Follow(`//tbody//a[contains(., "Mohamed")]`)
	pair := p.Path()
	p.Sees("Same name", "Same worksite and job")
	p.Follow(`[formaction$="/different"]`)
	p.Go("/duplicates")
	p.Follow(`form[action="/duplicates/find"] button`)
	p.Go("/duplicates")
	if Eval[bool](p, `document.querySelector("a[href='`+pair+`']") !== null`) {
		t.Error("they are proposed again")
	}
	p.Go("/duplicates?state=different")
	p.Sees("Mohamed")
}

// add puts somebody on the roster with a phone that is there already, and returns the address of the pair that it makes.
func add(t *testing.T, p *Tab, given, family, phone string) string {
	t.Helper()
	p.Go("/people/new")
	p.Type("#given", given)
	p.Type("#family", family)
	p.Type("#phone", phone)
	site := Eval[string](p, `[...document.querySelectorAll("#worksite option")].find(o => o.innerText.includes("Hastings")).value`)
	p.Do(chromedp.SetValue[chromedp.CSS]("#worksite", site), chromedp.SetValue[chromedp.CSS]("#job_class", "NP"), chromedp.SetValue[chromedp.CSS]("#unit_status", "in"))
	p.Follow("main .form .primary")
	p.Sees(given)
	p.Go("/duplicates")
	p.Follow(`form[action="/duplicates/find"] button`)
	p.Go("/duplicates")
	row := `//tbody//a[contains(., "` + family + `, ` + given + `")]`
	p.Follow(row)
	return p.Path()
}
