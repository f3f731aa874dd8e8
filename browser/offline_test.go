// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/serviceworker"
	"github.com/chromedp/chromedp"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/organize"
)

// TestCaptainsPhone is the morning of a captain, in the car park of her clinic.
func TestCaptainsPhone(t *testing.T) {
	t.Parallel()

	if testing.Short() {
		t.Skip("short: nothing was done in a browser")
	}
	b := Open(t)
	t.Run("she opens the app and sees her nine", func(t *testing.T) {
		t.Parallel()
		firstScreen(t, serve(t, b, morning))
	})
	for name, do := range map[string]func(*testing.T, *mast){
		"call, result, airplane mode, a killed page, a killed server": noSignal,
		"a day without a signal":     dayWithout,
		"a lost phone":               phoneLost,
		"ticks without a signal":     ticksWithout,
		"five wrong PINs":            wrongPINs,
		"a phone of two":             phoneOfTwo,
		"quick leave, and no traces": quickLeave,
		"what is refused is shown":   refusedIsShown,
		"sent with the page closed":  sentBehind,
		"a clock that is a year off": yearOff,
		"a double tap is one act":    tappedTwice,
		"a card stays under a tap":   pressedCard,
		"chaos":                      chaos,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			do(t, newMast(t, b))
		})
	}
}

// B01.1, on the demo.
func firstScreen(t *testing.T, h *house) {
	p := h.as(t, "captain", Phone)
	p.my()
	p.Sees("My people", "9 people", "All sent")
	p.SeesNot("Kali")
	if n := Eval[int](p, `document.querySelectorAll("[data-people] [data-person]").length`); n != 9 {
		t.Errorf("%d cards, want 9", n)
	}
	tapTargets(p)
	p.Shot("my")
	p.Fit()
	p.Click(card(2) + " [data-f=record]")
	p.wait(`document.querySelector("#record").open`)
	tapTargets(p)
	p.Shot("my-record")
	p.Fit()
	p.Click("#record [data-close]")
	p.Dark(true)
	p.Contrast()
	p.Shot("my-dark")
	p.Dark(false)
	p.Spanish(true)
	p.Go("/my")
	p.Sees("Mi gente", "9 personas")
	p.Fit()
	p.Spanish(false)
	p.Screen(Screen{"narrow", 320, 640, true})
	p.Go("/my")
	p.Sees("My people")
	tapTargets(p)
	p.Quick()
	p.Shot("my")
	p.Screen(Desk)
	p.Go("/my")
	p.Sees("My people")
	p.Fit()
	p.Shot("my")

	p.Screen(Phone)
	p.Scripts(false)
	p.Go("/my")
	p.Follow(card(1) + " [data-f=record]")
	p.Do(chromedp.Click(chromedp.CSS("[name=outcome][value=talked] + span")), chromedp.Click(chromedp.CSS("[name=value][value='2'] + span")))
	p.Shot("my-form")
	p.Follow(".record .primary")
	p.Sees("Saved.", "Talked today")
	p.Scripts(true)
}

// B01.2, B01.3, B01.4.
func noSignal(t *testing.T, m *mast) {
	p := m.tab(t, "captain")
	p.slowly()
	p.Go("/my")
	first := m.bytes.Load()
	keepHere(p)
	p.Go("/my")
	m.bytes.Store(0)
	p.Go("/my")
	unlock(p)
	chip(p, "All sent")
	t.Logf("My people: %d kB at first, %d kB later", first/1000, m.bytes.Load()/1000)
	if first > 200_000 || m.bytes.Load() > 80_000 {
		t.Errorf("the page weighs %d bytes at first and %d later, over 200 and 80 kB", first, m.bytes.Load())
	}

	p.wait(`(document.querySelector("` + card(3) + ` [data-f=call]").scrollIntoView({ block: "center" }), true)`)
	at := Eval[float64](p, `scrollY`)
	called(p, 3, "talked")
	if now := Eval[float64](p, `scrollY`); now != at {
		t.Errorf("she was at %v and is at %v", at, now)
	}
	p.Sees("Talked today", "Undo", "Add 1 to 5")
	p.Shot("my-saved")
	sendNow(p)
	chip(p, "All sent")

	called(p, 5, "call_back") // the wrong person: taken back before it is sent
	p.Sees("Call back")
	p.Click("[data-toasts] [data-f=undo]")
	p.Sees("Taken back.")
	chip(p, "All sent")
	valued(p, 5, 5) // and after: it never counts
	saved := Eval[string](p, `document.querySelector("[data-toasts]").innerText`)
	sendNowBehind(p)
	if !strings.Contains(saved, "Undo") {
		t.Errorf("the toast says %q", saved)
	}
	p.Click("[data-toasts] [data-f=undo]")
	p.Sees("Taken back.")
	sendNow(p)
	p.wait(`document.querySelector("` + card(5) + `").innerText.includes("Not assessed")`)

	m.down.Store(true)
	called(p, 1, "no_answer")
	called(p, 2, "talked")
	valued(p, 2, 2)
	called(p, 4, "left_message")
	valued(p, 4, 4)
	chip(p, "5 waiting to send")
	p.SeesNot("rror")
	for n, want := range map[int]string{1: "Did not reach", 2: "With us", 4: "Leaning against"} {
		if got := Eval[string](p, `document.querySelector("`+card(n)+`").innerText`); !strings.Contains(got, want) || !strings.Contains(got, "To send") {
			t.Errorf("card %d shows %q", n, got)
		}
	}
	p.Shot("my-waiting")
	p.Click("[data-queue]")
	p.wait(`document.querySelectorAll("[data-waiting] li").length === 5`)
	p.Shot("my-waiting-list")
	fitUnheard(p)
	p.leads(chromedp.Navigate("about:blank")) // the page is gone; what it kept is not
	p.Go("/my")
	unlock(p)
	chip(p, "5 waiting to send")
	p.Sees("No signal")

	m.double.Store(true)
	m.drop.Store(1)
	m.down.Store(false)
	sendNow(p)
	sendNow(p)
	chip(p, "All sent")
	if talks, values := m.facts(t); talks != 4 || values != 3 {
		t.Errorf("%d talks and %d values are there, want 4, and 2 with the one that was taken back", talks, values)
	}
	received(t, m, 8)
	p.Silent()
}

// received fails the test unless n events are there, each with the phone's time and ours.
func received(t *testing.T, m *mast, n int) {
	t.Helper()
	got, err := db.InRead(t.Context(), m.DB, func(tx *db.Tx) (got int, err error) {
		return got, tx.Row(t.Context(), `SELECT COUNT(*) FROM sync_event WHERE outcome = 'done' AND at_device > 0 AND received_at > 0`).Scan(&got)
	})
	if err != nil || got != n {
		t.Errorf("%d events are there, want %d: %v", got, n, err)
	}
}

// B01.5.
func dayWithout(t *testing.T, m *mast) {
	p := m.tab(t, "captain")
	p.Go("/my")
	keepHere(p)
	m.down.Store(true)
	for n := range 5 {
		called(p, n+1, "talked")
	}
	chip(p, "5 waiting to send")
	p.later(25 * time.Hour)
	p.Go("/my")
	p.Sees("This list was loaded 25 hours ago and was cleared", "What you entered is kept: 5 waiting to send")
	p.SeesNot("Nguyen", "Hastings")
	if kept := Eval[string](p, onDisk); strings.Contains(kept, `"lock":`) || strings.Contains(kept, `"list":`) || strings.Contains(kept, "Nguyen") {
		t.Errorf("the disk holds %.300s", kept)
	}
	p.Shot("my-old")
	fitUnheard(p)
	m.down.Store(false)
	p.Go("/my")
	p.Sees("Sign in")
	m.signIn(t, p, "captain")
	p.Go("/my")
	chip(p, "All sent")
	p.Sees("Nguyen", "Talked today")
	if talks, _ := m.facts(t); talks != 5 {
		t.Errorf("%d talks are there, want 5", talks)
	}
}

// B04.6: a couple has one home phone; the result "wrong number" asks whose it is, with or without a signal, and the other one keeps
// it.
func phoneOfTwo(t *testing.T, m *mast) {
	for i, name := range []string{"Ingrid Dahl", "Peter Dahl"} {
		form := url.Values{"kind": {"phone"}, "value": {"(651) 555-0177"}}
		if i > 0 {
			form.Set("shared", "yes")
		}
		if err := m.Roster.Edit(m.As("data_lead"), m.Person[name], "contact", form); err != nil {
			t.Fatal(err)
		}
		old, err := db.InRead(t.Context(), m.DB, func(tx *db.Tx) ([]string, error) {
			return db.Strings(t.Context(), tx, `SELECT id FROM contact_point WHERE person_id = $1 AND kind = 'phone' AND value <> '+16515550177' ORDER BY id`, m.Person[name])
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range old {
			if err := m.Roster.Edit(m.As("data_lead"), m.Person[name], "contact-remove", url.Values{"contact": {id}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	status := func() string {
		all, err := db.InRead(t.Context(), m.DB, func(tx *db.Tx) ([]string, error) {
			return db.Strings(t.Context(), tx, `SELECT p.given || ' ' || c.status FROM contact_point c JOIN person_now p ON p.person_id = c.person_id
				WHERE c.value = '+16515550177' ORDER BY p.given`)
		})
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(all, ", ")
	}
	p := m.tab(t, "captain")
	p.Go("/my")
	keepHere(p)
	m.down.Store(true)
	p.wait(`document.querySelectorAll("[data-people] [href='tel:+16515550177']").length === 2`)
	n := Eval[int](p, `1 + [...document.querySelectorAll("[data-people] > li")].findIndex((li) => li.innerText.includes("Ingrid Dahl"))`)
	wrong := func(choose string) {
		p.press(card(n) + " [data-f=call]")
		p.wait(`document.querySelector("#result").open`)
		p.Click("[data-outcome=wrong_number]")
		p.wait(`document.querySelector("#whose").open && !document.querySelector("#result").open`)
		Eval[bool](p, `new Promise((done) => setTimeout(done, 400, true))`) // a double tap is no answer
		p.Click(`//dialog[@id="whose"]//button[contains(., "` + choose + `")]`)
		p.wait(`!document.querySelector("#whose").open`)
	}
	p.press(card(n) + " [data-f=call]")
	p.wait(`document.querySelector("#result").open`)
	p.Click("[data-outcome=wrong_number]")
	p.wait(`document.querySelector("#whose").open`)
	p.Sees("Whose number is it?", "Ingrid Dahl’s", "Peter Dahl’s", "Nobody’s here", "I don’t know whose")
	tapTargets(p)
	fitUnheard(p)
	p.Shot("my-whose")
	p.Dark(true)
	p.Contrast()
	p.Shot("my-whose-dark")
	p.Dark(false)
	p.Click("[data-whose-back]") // nothing is said so far
	p.wait(`document.querySelector("#result").open && !document.querySelector("#whose").open`)
	p.Click(`#result [value=close]`)
	chip(p, "All sent")

	wrong("Peter Dahl’s")
	chip(p, "1 waiting to send")
	p.wait(`document.querySelectorAll("[data-people] [href='tel:+16515550177']").length === 1`)
	if got := Eval[string](p, `document.querySelector("`+card(n)+`").innerText`); !strings.Contains(got, "Wrong number") || !strings.Contains(got, "No personal number") {
		t.Errorf("her card shows %q", got)
	}
	p.Click("[data-toasts] [data-f=undo]")
	p.wait(`document.querySelectorAll("[data-people] [href='tel:+16515550177']").length === 2`)

	wrong("Peter Dahl’s")
	if got := status(); got != "Ingrid unverified, Peter unverified" {
		t.Errorf("before it is sent: %s", got)
	}
	m.double.Store(true)
	m.down.Store(false)
	sendNow(p)
	chip(p, "All sent")
	if got := status(); got != "Ingrid wrong, Peter unverified" {
		t.Errorf("sent twice: %s", got)
	}
	p.Go("/my")
	unlock(p)
	p.wait(`document.querySelectorAll("[data-people] [href='tel:+16515550177']").length === 1`)
	p.Shot("my-whose-said")
	p.press(card(n) + " [data-f=record]") // nobody shares it any more: nothing is asked
	p.wait(`document.querySelector("#record").open`)
	p.Click("#record [name=outcome][value=wrong_number] + span")
	p.wait(`document.querySelector("#record [data-whose]").hidden`)
	p.Type("#record [name=note]", "said by Ingrid Dahl")
	Eval[bool](p, `(() => { const real = Date.now; Date.now = () => real() + 6 * 60_000; document.dispatchEvent(new Event("visibilitychange")); return true })()`)
	p.wait(`!document.querySelector("[data-screen=pin]").hidden`)
	if left := Eval[bool](p, `document.documentElement.innerHTML.includes("Dahl") || [...document.querySelectorAll("dialog textarea")].some((x) => x.value)`); left {
		t.Error("after five minutes without a tap the PIN is asked, and the sheets still name her")
	}
	p.Silent()
}

// A structure test is answered from the list, and stands on the card, before and after it is sent.
func ticksWithout(t *testing.T, m *mast) {
	_, err := m.Organize.MakeTest(m.As("lead"), organize.Test{
		Name: "Button day", Question: "Wore the button", Kind: "sticker", Public: true, ThresholdPct: 70, Closes: m.Clock.Now().Add(48 * time.Hour),
	}, true)
	if err != nil {
		t.Fatal(err)
	}
	p := m.tab(t, "captain")
	// The browser never says whether it will wake the worker: an act is done once it is on the disk.
	p.before(`Object.defineProperty(ServiceWorkerRegistration.prototype, "sync", { get: () => ({ register: () => new Promise(() => {}) }) })`)
	p.Go("/my")
	keepHere(p)
	m.down.Store(true)
	p.press(card(1) + " [data-f=record]")
	p.wait(`document.querySelector("#record").open`)
	tapTargets(p)
	p.Click("#record [name=took] + span")
	p.Shot("my-tick")
	p.Click("#record [data-save]")
	p.wait(`!document.querySelector("#record").open`)
	p.Sees("Took part: Button day")
	chip(p, "1 waiting to send")
	p.press("[data-asked] summary")
	p.Sees("1 of 5 yes")
	p.press(yesOf(2))
	p.press(yesOf(3))
	chip(p, "3 waiting to send")
	p.Sees("3 of 5 yes")
	p.press(yesOf(3)) // the wrong one
	chip(p, "4 waiting to send")
	p.Sees("2 of 5 yes")
	p.leads(chromedp.Navigate("about:blank")) // the page is gone; what it kept is not
	p.Go("/my")
	unlock(p)
	chip(p, "4 waiting to send")
	p.press("[data-asked] summary")
	p.Sees("2 of 5 yes")
	p.Shot("my-yes-waiting")
	fitUnheard(p)
	m.down.Store(false)
	sendNow(p)
	chip(p, "All sent")
	p.Go("/my")
	unlock(p)
	p.Sees("Took part: Button day")
	p.Shot("my-ticked")
	n, err := db.InRead(t.Context(), m.DB, func(tx *db.Tx) (n int, err error) {
		return n, tx.Row(t.Context(), `SELECT COUNT(*) FROM participation_now WHERE state = 'yes'`).Scan(&n)
	})
	if err != nil || n != 2 {
		t.Errorf("%d answers are there: %v", n, err)
	}
	p.Silent()
}

// The phone's clock is not the campaign's. She keeps the list while the first send is still on its way, and then the signal goes: what is
// open and how old the list is go by the campaign's clock all the same.
func yearOff(t *testing.T, m *mast) {
	_, err := m.Organize.MakeTest(m.As("lead"), organize.Test{
		Name: "Button day", Question: "Wore the button", Kind: "sticker", Public: true, ThresholdPct: 70, Closes: m.Clock.Now().Add(48 * time.Hour),
	}, true)
	if err != nil {
		t.Fatal(err)
	}
	p := m.tab(t, "captain")
	let := sync.OnceFunc(func() { close(m.let) })
	t.Cleanup(let)
	m.hold.Store(true)
	p.Go("/my")
	keepHere(p)
	m.hold.Store(false)
	let()
	p.wait(`(` + onDisk + `).then(t => t.includes('"lines"'))`) // which comes after the answer
	m.down.Store(true)
	p.Sees("Button day", "0 of 5 yes")
	called(p, 1, "talked")
	chip(p, "1 waiting to send")
	p.Sees("Button day", "0 of 5 yes")
	p.later(25 * time.Hour)
	p.Go("/my")
	p.Sees("This list was loaded 25 hours ago and was cleared")
	p.Silent()
}

// B02.4.
func phoneLost(t *testing.T, m *mast) {
	p := m.tab(t, "captain")
	p.Go("/my")
	keepHere(p)
	if kept := Eval[string](p, onDisk); strings.Contains(kept, "Nguyen") || strings.Contains(kept, "+1651") {
		t.Errorf("the disk says in clear: %.300s", kept)
	}
	m.down.Store(true)
	called(p, 1, "talked")
	valued(p, 1, 3)
	chip(p, "2 waiting to send")
	err := db.Do(t.Context(), m.DB, func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `UPDATE device SET state = 'revoked', revoked_at = $1, revoked_by = $2 WHERE label = 'phone'`,
			tx.Now.UnixMilli(), m.Account["lead"])
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	m.down.Store(false)
	p.wait(`!document.querySelector("[data-screen=gone]").hidden`)
	t.Logf("the list went %v after the signal came back", time.Since(start).Round(100*time.Millisecond))
	p.Sees("signed out by The lead", "What you entered is kept: 2 waiting to send")
	p.SeesNot("Nguyen")
	p.Shot("my-lost")
	p.Silent()
	if talks, values := m.facts(t); talks+values != 0 {
		t.Errorf("a phone that was signed out sent %d facts", talks+values)
	}
	m.signIn(t, p, "captain")
	p.Go("/my")
	chip(p, "All sent")
	if talks, values := m.facts(t); talks != 1 || values != 1 {
		t.Errorf("after pairing again %d talks and %d values are there", talks, values)
	}
}

func wrongPINs(t *testing.T, m *mast) {
	p := m.tab(t, "captain")
	p.Go("/my")
	keepHere(p)
	m.down.Store(true)
	called(p, 1, "talked")
	p.Go("/my")
	p.wait(`document.querySelector("[data-pin-title]").innerText === "PIN"`)
	for left := 4; left >= 0; left-- {
		for range 6 {
			p.Click("[data-key='9']")
		}
		if left > 0 {
			p.Sees(map[bool]string{true: "One try is left", false: fmt.Sprintf("%d tries are left", left)}[left == 1])
			p.wait(`!document.querySelector("#pin").readOnly`)
			if left == 3 { // closing the page gives none back
				p.Go("/my")
				p.wait(`document.querySelector("[data-pin-title]").innerText === "PIN"`)
			}
		}
	}
	p.Sees("After five wrong PINs the list was cleared", "1 waiting to send")
	p.Shot("my-pins")
	p.Silent()
	m.down.Store(false)
	p.Go("/my")
	p.Sees("Sign in")
	p.SeesNot("Nguyen")
	p.Go("/people") // nor is there a way round
	p.SeesNot("Nguyen")
	m.signIn(t, p, "captain")
	p.Go("/my")
	chip(p, "All sent")
	if talks, _ := m.facts(t); talks != 1 {
		t.Errorf("%d talks are there", talks)
	}
	p.Silent()
}

func quickLeave(t *testing.T, m *mast) {
	p := m.tab(t, "captain")
	p.Go("/my")
	p.Sees("Keep this list on your phone?")
	p.Shot("my-offer")
	p.Click("[data-no-pin]") // somebody else's phone: all of it works, nothing is kept
	called(p, 1, "busy")
	sendNow(p)
	chip(p, "All sent")
	if kept := Eval[string](p, onDisk); strings.Contains(kept, m.Person["Ingrid Dahl"]) || strings.Contains(kept, `"lock":`) {
		t.Errorf("a phone that keeps nothing keeps %.300s", kept)
	}
	if n := Eval[int](p, `navigator.serviceWorker.getRegistrations().then(all => all.length)`); n != 0 {
		t.Errorf("%d service workers", n)
	}
	p.Go("/my")
	keepHere(p)
	p.Go("/my")
	p.wait(`!document.querySelector("[data-screen=pin]").hidden`) // until the script has looked what is kept, no screen is shown
	p.Shot("my-pin")
	p.Fit()
	unlock(p)
	p.Click("[data-leave]")
	p.wait(`location.pathname === "/my/away"`)
	p.wait(`document.querySelectorAll(".month .today").length === 1`)
	p.SeesNot("Nguyen", "My people", "Tenday")
	p.Shot("my-away")
	p.Quick()
	// Nothing that is kept in the same moment, an answer of the server or a tap in another tab, opens again what she locked.
	if got := Eval[string](p, `(async () => {
		const [{ disk }, { remember, stateOf }] = await Promise.all([import("/static/offline/store.js"), import("/static/offline/vault.js")]);
		const store = await disk(), more = (n) => remember(store, (s) => ({ tries: s.tries + n }));
		await Promise.all([remember(store, { open: Date.now() + 1e6 }), remember(store, { open: 0 }), remember(store, { seen: Date.now() }), more(1), more(1)]);
		const { open, tries } = await stateOf(store);
		await more(-2);
		store.close();
		return open + " " + tries;
	})()`); got != "0 2" {
		t.Errorf("the phone is open until, and has counted wrong PINs: %s", got)
	}
	p.Go("/people") // her other pages ask for it, too
	p.wait(`location.pathname === "/my"`)
	p.SeesNot("Nguyen")
	unlock(p)
	p.Go("/people")
	p.Sees("Nguyen")
}

// The service worker sends what waits when the browser says that there is a signal, without a page and without the PIN.
func sentBehind(t *testing.T, m *mast) {
	p := m.tab(t, "captain")
	registered := make(chan serviceworker.RegistrationID, 1)
	err := chromedp.Listen(p.ctx, func(ev any) {
		if e, ok := ev.(*serviceworker.EventWorkerRegistrationUpdated); ok && len(e.Registrations) > 0 {
			select {
			case registered <- e.Registrations[0].RegistrationID:
			default:
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	p.Go("/my")
	keepHere(p)
	if _, err := chromedp.Call(p.ctx, serviceworker.Enable, cdp.Empty{}); err != nil {
		t.Fatal(err)
	}
	id := <-registered
	m.down.Store(true)
	called(p, 1, "talked")
	p.leads(chromedp.Navigate("about:blank"))
	m.down.Store(false)
	_, err = chromedp.Call(p.ctx, serviceworker.DispatchSyncEvent, serviceworker.DispatchSyncEventParams{Origin: m.url, RegistrationID: id, Tag: "queue"})
	if err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(patience / 2)
	for talks := 0; talks != 1; talks, _ = m.facts(t) {
		if time.Now().After(deadline) {
			t.Fatal("nothing was sent")
		}
		time.Sleep(100 * time.Millisecond)
	}
	p.Go("/my")
	unlock(p)
	chip(p, "All sent")
	p.Sees("Talked today")
	p.Silent()
}

// A thumb that comes down twice while the phone is still writing says one thing.
func tappedTwice(t *testing.T, m *mast) {
	p := m.tab(t, "captain")
	p.Go("/my")
	keepHere(p)
	m.down.Store(true)
	twice := func(sel string) {
		t.Helper()
		Eval[bool](p, `((b) => { b.click(); b.click(); return true })(document.querySelector("`+sel+`"))`)
	}
	p.press(card(1) + " [data-f=call]")
	p.wait(`document.querySelector("#result").open`)
	twice("[data-outcome=talked]")
	p.wait(`!document.querySelector("#result").open`)
	p.press(card(2) + " [data-f=record]")
	p.wait(`document.querySelector("#record").open`)
	p.Click("#record [name=value][value='2'] + span")
	twice("#record [data-save]")
	p.wait(`!document.querySelector("#record").open`)
	called(p, 3, "talked") // whatever was on its way to the disk before is on it
	chip(p, "3 waiting to send")
	m.down.Store(false)
	sendNow(p)
	chip(p, "All sent")
	if talks, values := m.facts(t); talks != 2 || values != 1 {
		t.Errorf("%d talks and %d values are there, want 2 and 1", talks, values)
	}
	p.Silent()
}

// What comes from the server while she presses a card does not take it away from under the press.
func pressedCard(t *testing.T, m *mast) {
	p := m.tab(t, "captain")
	p.slowly()
	p.my()
	called(p, 1, "talked")
	p.Sees("To send")
	at := Eval[[]float64](p, `((a) => {
		a.scrollIntoView({ block: "center" });
		const { x, y, width, height } = a.getBoundingClientRect();
		return [x + width / 2, y + height / 2];
	})(document.querySelector("`+card(1)+` [data-f=record]"))`)
	mouse := func(what input.DispatchMouseEventType) {
		t.Helper()
		_, err := chromedp.Call(p.ctx, input.DispatchMouseEvent, input.DispatchMouseEventParams{
			Type: what, X: at[0], Y: at[1], Button: input.MouseButtonLeft, ClickCount: 1,
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	mouse(chromedp.MousePressed)
	sendNowBehind(p)
	mouse(chromedp.MouseReleased)
	p.wait(`document.querySelector("#record").open`)
	p.Click("#record [data-close]")
	p.wait(`!document.querySelector("` + card(1) + `").innerText.includes("To send")`)
}

// What the server does not accept is kept there, and she reads why.
func refusedIsShown(t *testing.T, m *mast) {
	p := m.tab(t, "captain")
	p.Go("/my")
	keepHere(p)
	m.down.Store(true)
	called(p, 2, "talked")
	name := Eval[string](p, `document.querySelector("`+card(2)+` strong").innerText`)
	err := db.Do(t.Context(), m.DB, func(tx *db.Tx) error { // meanwhile somebody else looks after her
		_, err := tx.Exec(t.Context(), `DELETE FROM people_set_member WHERE person_id = $1`, m.Person[name])
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	m.down.Store(false)
	sendNow(p)
	chip(p, "All sent")
	p.Sees("There is no such person in your turf")
	p.Shot("my-refused")
	p.Fit()
	p.Click("[data-refusals] [data-f=seen]")
	p.wait(`document.querySelector("[data-refusals]").children.length === 0`)
	p.Silent()
}

// chaosRuns is how many seeded runs go through a real browser; TENDAY_PHONE_RUNS says otherwise. Hundreds more run without one, in
// internal/offline.
const chaosRuns = 3

func chaos(t *testing.T, m *mast) {
	runs := chaosRuns
	if s := os.Getenv("TENDAY_PHONE_RUNS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		runs = n
	}
	p := m.tab(t, "captain")
	p.Go("/my")
	keepHere(p)
	wantTalks, wantValues := 0, 0
	for seed := range runs {
		r := rand.New(rand.NewPCG(uint64(seed), 40))
		for range 5 {
			m.down.Store(r.IntN(2) == 0)
			m.double.Store(r.IntN(2) == 0)
			m.drop.Store(r.Int32N(3))
			if r.IntN(2) == 0 {
				called(p, 1+r.IntN(5), "talked")
				wantTalks++
			} else {
				valued(p, 1+r.IntN(5), 1+r.IntN(5))
				wantValues++
			}
			switch r.IntN(3) {
			case 0: // the tab is killed
				p.leads(chromedp.Navigate("about:blank"))
				p.Go("/my")
				unlock(p)
			case 1:
				p.Click("[data-queue]")
				p.Click("[data-send]")
				p.wait(`!document.querySelector("#waiting").open`)
			}
		}
		m.down.Store(false)
		m.drop.Store(0)
		for range 3 {
			sendNow(p)
		}
		chip(p, "All sent")
		if talks, values := m.facts(t); talks != wantTalks || values != wantValues {
			t.Fatalf("seed %d: %d talks and %d values are there, want %d and %d", seed, talks, values, wantTalks, wantValues)
		}
	}
	t.Logf("%d seeds: %d talks and %d values, each there once", runs, wantTalks, wantValues)
	p.Silent()
}
