// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"fmt"
	"strings"
	"testing"
)

// The papers of a strike that was reviewed: a letter to sign, the worksheet of the F-7, and a calendar's address that is made, works
// without a name, and is taken back.
func papers(t *testing.T, h *house) {
	p := h.as(t, "strike", Phone)
	fetched := func(path string) string {
		return Eval[string](p, fmt.Sprintf(`fetch(%q, {credentials: "omit"}).then(r => r.text().then(text => r.status + " " + text.slice(0, 40000)))`, path))
	}
	p.Go("/strike")
	p.Follow(`//main//a[contains(., "One-day strike")]`)
	p.Go(p.Path() + "/letters")
	p.Fit()
	p.Follow(`//a[contains(., "Letter to the institution")]`)
	p.Sees("Wednesday, November 5, 2025, at 7:00 a.m. Central Standard Time (UTC-06:00, America/Chicago)", "29 U.S.C. 158(g)", "Reviewed: it can be signed", "Not legal advice")
	p.Fit()
	p.Shot("letter")
	if pdf := Eval[string](p, `fetch(document.querySelector("a.primary").href).then(r => r.text().then(text => r.status + " " + text.slice(0, 5)))`); pdf != "200 %PDF-" {
		t.Errorf("the letter to sign: %s", pdf)
	}
	p.Go("/strike")
	p.Follow(`//main//a[contains(., "One-day strike")]`)
	p.Go(p.Path() + "/letters")
	p.Follow(`//a[contains(., "Paper for the FMCS")]`)
	p.Follow("main a.primary")
	p.Sees("F-7 worksheet", "Filed", "F7-DEMO-0304")
	p.Fit()
	p.Shot("f7")
	p.Go("/calendar")
	p.Fit()
	p.Follow(`form[action="/calendar"] button`)
	p.Fit()
	p.Shot("calendar")
	address := Eval[string](p, `document.querySelector("#url").value`)
	if feed := fetched(address); !strings.HasPrefix(feed, "200 BEGIN:VCALENDAR") || !strings.Contains(feed, "DTSTART:20251105T130000Z") {
		t.Errorf("the calendar: %.500s", feed)
	}
	p.Follow(`form[action="/calendar/revoke"] button`)
	if feed := fetched(address); !strings.HasPrefix(feed, "404") {
		t.Errorf("taken back: %.100s", feed)
	}
	p.Silent() // the browser tells of the 404
}
