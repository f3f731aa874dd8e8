// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"
)

// picketing is the morning of the strike: people have arrived at three lines, two have reported, and the third has not for an hour.
const picketing = "2025-11-05T07:45"

// TestLines goes through the day at the lines: a member signs up, a captain checks people in without a signal, the coordinator looks on.
func TestLines(t *testing.T) {
	t.Parallel()

	if testing.Short() {
		t.Skip("short: nothing was done in a browser")
	}
	b := Open(t)
	h := &house{b: b, url: os.Getenv("TENDAY_DEMO_URL")}
	if h.url == "" {
		h = serve(t, b, picketing)
	}
	to, err := url.Parse(h.url)
	if err != nil {
		t.Fatal(err)
	}
	var down atomic.Bool // no signal: nobody answers
	proxy := httputil.NewSingleHostReverseProxy(to)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if down.Load() {
			panic(http.ErrAbortHandler)
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	h = &house{b: b, url: srv.URL}
	t.Run("a member signs up", func(t *testing.T) { signUp(t, h) })
	t.Run("a captain checks in without a signal", func(t *testing.T) { checkIn(t, h, &down) })
	t.Run("a captain opens her line without a signal", func(t *testing.T) { noSignalAtTheLine(t, h, &down) })
	t.Run("the coordinator sees the day, and the wall sees no name", func(t *testing.T) { theDay(t, h) })
}

// B10.1, B10.3
func signUp(t *testing.T, h *house) {
	p := h.as(t, "member", Phone)
	p.Go("/shifts")
	p.Sees("My shifts", "Open places", "Richfield")
	p.Fit()
	p.Shot("shifts")
	p.Follow(`//a[contains(@class, "row")][.//strong[text()="Richfield"]][contains(., "3:00")][contains(., "7:00")][contains(., "p.m. to 7:00")]`)
	p.Sees("Richfield", "of 30", "Parking", "Sign up")
	p.Fit()
	p.Shot("shift")
	p.Follow(`form:has(input[value="line"]) button`)
	p.Sees("You are booked", "Add to calendar", "Find someone to take it", "Cancel my place")
	if name := Eval[string](p, `[...document.querySelectorAll("dt")].find((e) => e.textContent === "line captain")?.nextElementSibling.innerText ?? ""`); !strings.Contains(name, " ") {
		t.Errorf("the captain is called %q", name)
	}
	p.Fit()
	p.Shot("booked")
	booked := p.Path()
	p.Go("/shifts")
	p.Follow(`//a[contains(@class, "row")][.//strong[text()="West St. Paul"]][contains(., "p.m. to 7:00")]`)
	p.Follow(`form:has(input[value="line"]) button`)
	p.Sees("You are on the Richfield line then", "Show that shift", "Choose another time")
	p.Silent() // of the refusal, which the page says better
	p.Fit()
	p.Shot("clash")
	p.Go("/shifts/hours")
	p.Fit()
	p.Shot("hours")
	p.Go("/shifts/code")
	p.Fit()
	p.Shot("code")
	p.Go(booked)
	p.Follow(`form[action$="/cancel"] button`)
	p.Sees("Your place is cancelled")
	p.Quick()
}

// B12.1: three check-ins without a signal, and the chip that says what waits.
func checkIn(t *testing.T, h *house, down *atomic.Bool) {
	p := h.as(t, "captain", Phone)
	p.Go("/shifts")
	p.Sees("Lines you lead", "West St. Paul")
	p.Follow(`a[href$="/day"]`)
	p.Sees("West St. Paul", "All sent", "here since")
	p.Fit()
	p.Shot("day")
	day := p.Path()
	down.Store(true)
	defer down.Store(false)
	waiting := `[...document.querySelectorAll("[data-roll] li")].find(l => !l.hasAttribute("data-here") && l.querySelector('form[data-mark] input[value="in"]'))`
	for n := 1; n <= 2; n++ {
		Eval[bool](p, waiting+`.querySelector("form[data-mark] button").click(), true`)
		p.chip(map[int]string{1: "1 waiting to send", 2: "2 waiting to send"}[n])
	}
	family := Eval[string](p, waiting+`.dataset.name.split(" ").at(-1)`)
	p.Type("#find", family[:3])
	shown := Eval[int](p, `[...document.querySelectorAll("[data-roll] li")].filter(l => !l.hidden).length`)
	all := Eval[int](p, `document.querySelectorAll("[data-roll] li").length`)
	if shown == 0 || shown >= all {
		t.Errorf("three letters show %d of %d", shown, all)
	}
	p.Shot("waiting")
	down.Store(false)
	p.chip("All sent")
	p.Silent() // of the sends that nobody answered
	here := Eval[int](p, `document.querySelectorAll("[data-here]").length`)
	p.Go(p.Path())
	if after := Eval[int](p, `document.querySelectorAll("[data-here]").length`); after != here {
		t.Errorf("%d were here before the page was loaded anew, %d after", here, after)
	}
	// B20.1: an incident, too, and it is sent with the rest.
	p.Go(p.Path())
	p.Click(`a[data-dialog="incident"]`)
	p.Fit()
	p.Shot("incident-dialog")
	down.Store(true)
	p.Type("#incident-text", "A truck came close.")
	p.Click(`#incident button[value="vehicle"]`)
	p.chip("1 waiting to send")
	p.Sees("Saved on this phone")
	down.Store(false)
	p.chip("All sent")
	p.Silent()
	p.Go("/incidents")
	p.Sees("vehicle", "described")
	p.Fit()
	p.Shot("incidents")
	p.Follow(`ul.card.rows a.row`)
	p.Sees("A truck came close.", "Add a picture")
	p.Fit()
	p.Shot("incident-one")
	p.Go(day)
	p.Go(strings.TrimSuffix(day, "/day") + "/incident")
	p.Fit()
	p.Shot("incident")
	p.Follow(`button[value="weather"]`)
	p.Sees("Saved. Add the words when it is calm.")
	p.Go(strings.TrimSuffix(p.Path(), "/day") + "/pack")
	p.Sees("Captain's pack", "Keep moving")
	p.Shot("pack")
	p.Quick()
}

// noSignalAtTheLine: she opened My people at home, and stands where no signal is.
func noSignalAtTheLine(t *testing.T, h *house, down *atomic.Bool) {
	p := h.as(t, "captain", Phone)
	p.noDialler()
	p.Go("/my")
	keepHere(p)
	p.wait(`document.querySelector("[data-lines] a")`)
	p.Sees("Your picket line: West St. Paul")
	p.wait(`(` + onDisk + `).then(t => t.includes('"lines"'))`)
	p.Fit()
	p.Shot("my-line")
	names := Eval[string](p, `fetch(document.querySelector("[data-lines] a").href).then(r => r.text()).then(t => [...new DOMParser().parseFromString(t, "text/html").querySelectorAll("[data-roll] strong")].map(e => e.innerText).join("|"))`)
	if strings.Count(names, "|") < 3 {
		t.Fatalf("few are on the list: %q", names)
	}
	kept := Eval[string](p, onDisk)
	for name := range strings.SplitSeq(names, "|") {
		if strings.Contains(kept, name) {
			t.Errorf("the disk says %q in clear", name)
		}
	}
	if shell := Eval[string](p, `caches.match("/lines/shell").then(r => r.text())`); strings.Contains(shell, "West St. Paul") || !strings.Contains(shell, "data-kept") {
		t.Error("the page that is kept in clear is not the empty one")
	}
	down.Store(true)
	defer down.Store(false)
	p.Click("[data-lines] a")
	atLine := func() {
		p.wait(`!document.querySelector("[data-screen=pin]").hidden && location.pathname.endsWith("/day")`)
		typePIN(p)
		p.wait(`document.querySelectorAll("[data-kept] [data-roll] li").length > 3`)
	}
	atLine()
	p.Sees("No signal: this is the list of", "West St. Paul")
	fitUnheard(p)
	p.Shot("away")
	here := `[...document.querySelectorAll("[data-roll] li[data-here]")].at(-1)`
	who, before := Eval[string](p, here+`.dataset.person`), Eval[string](p, linesOnDisk)
	Eval[bool](p, here+`.querySelector("form[data-mark] button").click(), true`)
	p.chip("1 waiting to send")
	p.wait(linesOnDisk + `.then((now) => now !== "` + before + `")`) // the page is written after the tap
	p.Click(`a[data-dialog="incident"]`)
	p.wait(`document.querySelector("#incident").open`)
	p.Click("#incident form[method=dialog] button")
	Eval[bool](p, `document.querySelector('[data-kept] form[action$="/release"] button').click(), true`)
	p.Sees("This needs a signal. Nothing was changed.")
	p.Go(p.Path())
	atLine()
	p.chip("1 waiting to send")
	if Eval[bool](p, `document.querySelector("[data-person='`+who+`']").hasAttribute("data-here")`) {
		t.Error("that one left is gone from the page")
	}
	p.Shot("away-again")
	p.Dark(true)
	p.Contrast()
	p.Dark(false)
	down.Store(false)
	p.chip("All sent")
	p.Sees("There is a signal again")
	p.Silent()
	p.Click("[data-signal] a")
	p.wait(`!document.querySelector("[data-kept]") && document.querySelector("[data-person='` + who + `']:not([data-here])")`)
	p.Go("/my")
	p.Quick()
}

// linesOnDisk tells one locked copy of the lines' pages from another.
const linesOnDisk = `(async () => {
	const db = await new Promise(done => { const r = indexedDB.open("tenday"); r.onsuccess = () => done(r.result) });
	const kept = await new Promise(done => { db.transaction("kv").objectStore("kv").get("lines").onsuccess = e => done(e.target.result) });
	db.close();
	return [...kept.iv].join();
})()`

// chip waits until the page says how much waits to be sent.
func (p *Tab) chip(want string) {
	p.t.Helper()
	p.wait(`document.querySelector("[data-day-waiting]").textContent === "` + want + `"`)
}

// B13.1, B13.2, B13.4
func theDay(t *testing.T, h *house) {
	p := h.as(t, "lead", Phone)
	p.Go("/lines/board")
	p.Sees("West St. Paul", "Richfield", "Coon Rapids", "Here now", "no report for", "Call")
	p.Fit()
	p.Shot("board")
	p.Screen(Desk)
	p.Fit()
	p.Shot("board")
	p.Follow(`form[action="/walls"] button`)
	p.Sees("This address is shown once")
	p.Follow(`a[href^="/wall/"]`)
	p.Sees("Here now", "no report for")
	p.SeesNot("captain:", "Call")
	p.Fit()
	p.Shot("wall")
	p.Go("/lines")
	p.Fit()
	p.Shot("lines")
	p.Follow(`form[action="/line-plans"] button`)
	p.Sees("Compared with today", "Best possible")
	p.Fit()
	p.Shot("plan")
	p.Go("/lines")
	p.Follow(`tbody a`)
	p.Sees("What each shift needs")
	p.Fit()
	p.Shot("line")
	Eval[bool](p, `(d => (d.open = true))([...document.querySelectorAll("details")].find(d => d.textContent.includes("Needs of this shift alone")))`)
	Eval[bool](p, `(d => (d.open = true))([...document.querySelectorAll("details")].find(d => d.textContent.includes("Book somebody")))`)
	p.Fit()
	p.Shot("line-forms")
	p.Screen(Phone)
	p.Fit()
	p.Shot("line-forms")
	p.Quick()
}
