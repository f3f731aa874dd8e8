// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/chromedp/chromedp"
)

const pin = "246813"

// my opens My people and waits until its script has taken over: before that its buttons lead to pages of their own.
func (p *Tab) my() {
	p.t.Helper()
	p.Go("/my")
	p.wait(`!document.querySelector("[data-queue]").hidden`)
}

// keepHere chooses a PIN, so that the phone keeps the list, and waits until it opens without a signal.
func keepHere(p *Tab) {
	p.t.Helper()
	p.Click("[data-choose-pin]")
	typePIN(p)
	p.Sees("The same six digits again")
	typePIN(p)
	p.wait(`!document.querySelector("[data-screen=list]").hidden`)
	Eval[bool](p, `navigator.serviceWorker.ready.then(() => true)`)
	p.wait(`caches.keys().then(async names => names.length === 1 && !!(await (await caches.open(names[0])).match("/my/shell")))`)
}

func typePIN(p *Tab) {
	p.t.Helper()
	for _, digit := range pin {
		p.Click(fmt.Sprintf("[data-key='%c']", digit))
	}
}

// unlock opens the list with the PIN.
func unlock(p *Tab) {
	p.t.Helper()
	p.wait(`!document.querySelector("[data-screen=pin]").hidden && document.querySelector("[data-pin-title]").innerText === "PIN"`)
	typePIN(p)
	p.wait(`document.querySelectorAll("[data-people] [data-person]").length > 0`)
}

// wait waits until a JavaScript expression is true. While one page gives way to another there is nobody to ask.
func (p *Tab) wait(expression string) {
	p.t.Helper()
	asked := `(async () => { try { return Boolean(await (` + expression + `)) } catch { return false } })()`
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	for {
		so, err := chromedp.Run(ctx, chromedp.Evaluate[bool](asked, chromedp.EvalAwaitPromise))
		if err == nil && so {
			return
		}
		if ctx.Err() != nil {
			p.Shot("failed")
			p.t.Fatalf("%s: not so: %s, %v\n%.1200s", p.scr.Name, expression, err, p.pageText())
		}
		time.Sleep(50 * time.Millisecond)
	}
}

const chipText = `document.querySelector("[data-queue-text]").innerText`

// chip waits until the chip reads text.
func chip(p *Tab, text string) {
	p.t.Helper()
	p.wait(chipText + ` === ` + strconv.Quote(text))
}

// sendNow sends what could still be taken back.
func sendNow(p *Tab) {
	p.t.Helper()
	p.Click("[data-queue]")
	p.wait(`document.querySelector("#waiting").open`)
	p.Click("[data-send]")
	p.wait(`!document.querySelector("#waiting").open`)
}

// sendNowBehind sends what waits while the toast stays: as when the page is left and looked at again.
func sendNowBehind(p *Tab) {
	p.t.Helper()
	Eval[bool](p, `(document.querySelector("[data-send]").click(), true)`)
	chip(p, "All sent")
}

// card is the card of somebody, by her place in the list.
func card(n int) string { return fmt.Sprintf("[data-people] > li:nth-child(%d)", n) }

// press scrolls what sel finds clear of the bars, as a thumb does, and taps it.
func (p *Tab) press(sel string) {
	p.t.Helper()
	p.wait(`(document.querySelector(` + strconv.Quote(sel) + `).scrollIntoView({ block: "center" }), true)`)
	p.Click(sel)
}

// called taps Call, comes back and taps the result.
func called(p *Tab, n int, outcome string) {
	p.t.Helper()
	p.press(card(n) + " [data-f=call]")
	p.wait(`document.querySelector("#result").open`)
	p.Click("[data-outcome=" + outcome + "]")
	p.wait(`!document.querySelector("#result").open`)
}

// valued records a number on the longer sheet.
func valued(p *Tab, n, value int) {
	p.t.Helper()
	p.press(card(n) + " [data-f=record]")
	p.wait(`document.querySelector("#record").open`)
	p.Click(fmt.Sprintf("#record [name=value][value='%d'] + span", value))
	p.Click("#record [data-save]")
	p.wait(`!document.querySelector("#record").open`)
}

// tapTargets fails the test for anything to tap that is smaller than 44 by 44 px.
func tapTargets(p *Tab) {
	p.t.Helper()
	small := Eval[[]string](p, `[...document.querySelectorAll("a, button, summary, label.pick")].filter(e => e.checkVisibility() && !e.closest(".demo, .skip"))
		.filter(e => !document.querySelector("dialog[open]") || e.closest("dialog[open]"))
		.map(e => [e, e.getBoundingClientRect()]).filter(([e, r]) => r.width > 0 && (r.width < 43.5 || r.height < 43.5))
		.map(([e, r]) => e.outerHTML.slice(0, 120) + " " + r.width + " x " + r.height)`)
	for _, s := range small {
		p.t.Errorf("%s: too small to tap: %s", p.scr.Name, s)
	}
}

// later makes the phone's clock run ahead, from the next page on.
func (p *Tab) later(d time.Duration) {
	p.t.Helper()
	p.before(fmt.Sprintf(`{ const real = Date.now; Date.now = () => real() + %d; }`, d.Milliseconds()))
}

// slowly makes the phone's clock go sixty times slower while a page stands, from the next one on: the ten seconds in which an act can
// be taken back are a hand's, and a busy machine's are longer. The service worker, whose clock is the machine's, is not asked to send.
func (p *Tab) slowly() {
	p.t.Helper()
	p.before(`{ const real = Date.now, began = real(); Date.now = () => began + Math.floor((real() - began) / 60);
		delete ServiceWorkerRegistration.prototype.sync; }`)
}

// onDisk is all that the phone keeps, as text; encrypted bytes are noise in it.
const onDisk = `(async () => {
	const db = await new Promise(done => { const r = indexedDB.open("tenday"); r.onsuccess = () => done(r.result) });
	const all = name => new Promise(done => {
		const out = {}; db.transaction(name).objectStore(name).openCursor().onsuccess = e => {
			const c = e.target.result; if (!c) return done(out);
			out[c.key] = c.value; c.continue() } });
	const text = JSON.stringify([await all("kv"), await all("queue")], (k, v) => v instanceof ArrayBuffer || ArrayBuffer.isView(v) ? new TextDecoder().decode(v) : v);
	db.close();
	return text + JSON.stringify({...localStorage}) + JSON.stringify({...sessionStorage});
})()`

// fitUnheard is Fit without what the console says: while there is no signal, the browser says every ten seconds that nobody answers.
func fitUnheard(p *Tab) {
	p.t.Helper()
	p.axe(`{type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}`)
	if over := Eval[float64](p, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); over > 1 {
		p.t.Errorf("%s: the page is %v px wider than the screen", p.scr.Name, over)
	}
	p.Silent()
}
