// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/line"
)

// picketLine is a small campaign with one line that has a shift from 7 to 11: a member and a colleague, whose line captain is the captain.
type picketLine struct {
	*mast
	line, shift string
	zone        *time.Location
}

func newPicketLine(t *testing.T, b *Browser) *picketLine {
	t.Helper()
	m := &picketLine{mast: newMast(t, b)}
	var err error
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	m.zone, err = time.LoadLocation("America/Chicago")
	must(err)
	m.at("2025-11-05T04:10")
	must(db.Do(t.Context(), m.DB, func(tx *db.Tx) error {
		for name, person := range map[string]string{"colleague": "Mohamed Ali", "deputy": "Ingrid Dahl"} {
			id, err := auth.AddAccount(t.Context(), tx, auth.Account{Person: m.Person[person], Display: person, Email: name + "@post.example.org"})
			if err != nil {
				return err
			}
			m.Account[name] = id
			if _, err := auth.AddGrant(t.Context(), tx, auth.Grant{Account: id, Role: auth.Member, Scope: auth.Own, From: tx.Now.Add(-time.Hour)}); err != nil {
				return err
			}
		}
		return nil
	}))
	lead := m.As("lead")
	m.line, err = m.Line.Add(lead, line.Line{Name: "Hastings", Place: "The sidewalk", Worksite: m.Site["0901"], Parking: "The ramp"})
	must(err)
	must(m.Line.SetNeeds(lead, "line:"+m.line, []line.Need{{Role: line.OnLine, Min: 1, Target: 2, Max: 3}}))
	shifts, err := m.Line.AddShifts(lead, m.line, line.Run{From: "2025-11-05T07:00", To: "2025-11-05T11:00"})
	must(err)
	m.shift = shifts[0]
	_, err = m.Line.OpenShifts(lead, m.line)
	must(err)
	must(m.Line.NameCaptain(lead, m.line, m.Person["Rosa Almquist"], false, false))
	must(m.Line.NameCaptain(lead, m.line, m.Person["Ingrid Dahl"], true, false))
	must(m.Line.Offer(m.As("colleague"), line.Availability{MaxShifts: 1, CanBeAsked: true}))
	_, err = m.Line.SignUp(m.As("member"), m.shift, line.OnLine)
	must(err)
	return m
}

// at sets the campaign's clock, as clocks in Hastings show it.
func (m *picketLine) at(wall string) {
	at, err := time.ParseInLocation("2006-01-02T15:04", wall, m.zone)
	if err != nil {
		panic(err)
	}
	m.Clock.Set(at)
}

// openDay is the captain's phone with her list, five minutes into the shift: nobody is here yet. before runs in its pages first.
func openDay(t *testing.T, before ...string) (*picketLine, *Tab) {
	t.Helper()
	if testing.Short() {
		t.Skip("short: nothing was done in a browser")
	}
	m := newPicketLine(t, Open(t))
	m.at("2025-11-05T07:05")
	p := m.tab(t, "captain")
	for _, script := range before {
		p.before(script)
	}
	p.Go("/lines/" + m.line + "/day")
	p.Sees("Katherine Nguyen", "0 here, 1 booked")
	return m, p
}

func TestAMorningAtOneLine(t *testing.T) {
	t.Parallel()

	if testing.Short() {
		t.Skip("short: nothing was done in a browser")
	}
	m := newPicketLine(t, Open(t))
	member, captain := m.tab(t, "member"), m.tab(t, "captain")
	shift, day := "/shifts/"+m.shift, "/lines/"+m.line+"/day"
	if !t.Run("B10.4 ten to three hours before, she tells her captain", func(t *testing.T) {
		p := member.on(t)
		p.Go(shift)
		p.Sees("Tell your captain", "Find someone to take it")
		p.SeesNot("Cancel my place")
		p.Fit()
		p.Shot("late")
	}) || !t.Run("B11.1 a colleague is asked and takes it, if the captain agrees", func(t *testing.T) {
		m.at("2025-11-05T05:00")
		p := member.on(t)
		p.Go(shift)
		p.Follow(`form[action$="/seek"] button`)
		p.Sees("I will come after all")
		p.Fit()
		p.Shot("seek")
		q := m.tab(t, "colleague")
		q.Go("/shifts")
		q.Sees("Hastings")
		q.Fit()
		q.Shot("asked")
		q.Follow(`form[action$="/take"] button`)
		q.Sees("captain")
		q.SeesNot("You are booked")
		q.Fit()
		q.Shot("taken")
	}) || !t.Run("B11.2 the captain's tap is one out and one in", func(t *testing.T) {
		p := captain.on(t)
		p.Go(day)
		p.Sees("Mohamed Ali would come instead of Katherine Nguyen", "1 booked")
		p.Fit()
		p.Shot("wish")
		p.Follow(`form[action$="/approve"] button`)
		p.Sees("Mohamed Ali", "1 booked")
		p.SeesNot("would come instead")
		q := member.on(t)
		q.Go(shift)
		q.Sees("Sign up")
	}) {
		return
	}
	m.at("2025-11-05T07:05")
	t.Run("B12.4 one who is not on the list is booked and here; a stranger is nobody new", func(t *testing.T) {
		p := captain.on(t)
		p.Go(day)
		p.Type(`form[action$="/walkin"] #name`, "Peter Dahl")
		p.Submit(`form[action$="/walkin"] #name`)
		p.Sees("Peter Dahl", "here since 7:05 a.m.")
		p.Type(`form[action$="/walkin"] #name`, "Zed Unknown")
		p.Submit(`form[action$="/walkin"] #name`)
		p.Sees("No one whom you may see has exactly this name", "paper sheet")
		p.Silent() // of the refusal, which the page says better
		p.Shot("walkin")
		if n := m.people(t, "Zed"); n != 0 {
			t.Errorf("%d new people", n)
		}
	})
	t.Run("B12.5 the deputy goes on where the captain's phone died", func(t *testing.T) {
		p := m.tab(t, "deputy")
		p.Go(day)
		p.Sees("Peter Dahl", "here since 7:05 a.m.", "Time on the paper sheet")
		p.Go("/lines/" + m.line + "/pack")
		p.Sees("Peter Dahl")
		if box := Eval[string](p, `document.querySelector(".qr svg").getAttribute("viewBox")`); box == "" {
			t.Error("the paper has no code that leads back")
		}
	})
	t.Run("B13.3 the board changes by itself", func(t *testing.T) {
		p := m.tab(t, "lead")
		p.Go("/lines/board")
		p.wait(`document.querySelector("[data-live]").innerText.includes("Hastings")`)
		before := Eval[string](p, `document.querySelector("#day").innerText`)
		Eval[bool](p, `(window.same = true)`)
		if err := m.Line.Record(m.As("captain"), line.CheckIn{Line: m.line, Person: m.Person["Mohamed Ali"], Kind: "in", Method: "search"}); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		p.wait(`window.same && document.querySelector("#day").innerText !== ` + strconv.Quote(before))
		t.Logf("the board changed after %v", time.Since(start).Round(10*time.Millisecond))
		shown := Eval[string](p, `document.querySelector("#day").innerText`)
		p.Scripts(false)
		p.Go("/lines/board")
		p.Shot("board")
		if !strings.Contains(before, "1 here, 2 expected") || !strings.Contains(shown, "2 here, 2 expected") {
			t.Errorf("it shows %q", shown)
		}
		p.Scripts(true)
	})
	t.Run("B20.4 both versions of an incident's words stay, with who and when", func(t *testing.T) {
		p := captain.on(t)
		id, err := m.Line.Capture(m.As("captain"), line.Incident{Line: m.line, Kind: "vehicle"}, "A truck came close.", nil)
		if err != nil {
			t.Fatal(err)
		}
		p.Go("/incidents/" + id)
		m.at("2025-11-05T07:20")
		p.Type("#text", "A white truck came close, plate not seen.")
		p.Follow(`form[action="/incidents/` + id + `"] button`)
		p.Sees("A truck came close.", "A white truck came close, plate not seen.", "The captain", "7:05", "7:20")
		p.Fit()
		p.Shot("versions")
	})
	t.Run("B10.6 a shift without needs is shown, and says so", func(t *testing.T) {
		lead := m.As("lead")
		id, err := m.Line.Add(lead, line.Line{Name: "Blaine", Place: "The corner", Worksite: m.Site["0308"]})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.Line.AddShifts(lead, id, line.Run{From: "2025-11-05T15:00", To: "2025-11-05T19:00"}); err != nil {
			t.Fatal(err)
		}
		p := m.tab(t, "lead")
		p.Go("/lines/" + id)
		p.Sees("needs not set")
		p.Fit()
		p.Shot("unset")
	})
}

// diskLater keeps the phone's disk from opening until the page calls diskNow.
const diskLater = `{
	const real = IDBFactory.prototype.open, now = new Promise((done) => { globalThis.diskNow = done });
	IDBFactory.prototype.open = function (...args) {
		const request = {};
		now.then(() => {
			const r = real.apply(this, args);
			r.onupgradeneeded = () => { request.result = r.result; request.onupgradeneeded?.() };
			r.onsuccess = () => { request.result = r.result; request.onsuccess?.() };
		});
		return request;
	};
}`

// On an old phone the disk takes its time; the captain does not wait for it.
func TestATapBeforeThePhoneIsReadyIsKept(t *testing.T) {
	t.Parallel()

	m, p := openDay(t, diskLater)
	Eval[bool](p, `(window.same = true)`)
	Eval[bool](p, `(document.querySelector("[data-roll] form[data-mark] button").click(), true)`)
	Eval[bool](p, `(diskNow(), true)`)
	p.wait(`window.same && document.querySelector("[data-roll] li[data-here]")`)
	p.chip("All sent")
	p.Go("/lines/" + m.line + "/day")
	p.Sees("Katherine Nguyen", "here since", "1 here, 1 booked")
	p.Quick()
}

// diskFull lets nothing more be written to the phone's queue.
const diskFull = `{
	const put = IDBObjectStore.prototype.put;
	IDBObjectStore.prototype.put = function (...args) {
		if (this.name === "queue") throw new DOMException("no room", "QuotaExceededError");
		return put.apply(this, args);
	};
}`

// A phone without room keeps no tap, so the campaign gets it at once.
func TestATapOnAFullPhoneGoesStraightToTheCampaign(t *testing.T) {
	t.Parallel()

	_, p := openDay(t, diskFull)
	p.Follow("[data-roll] form[data-mark] button")
	p.Sees("Katherine Nguyen", "here since", "1 here, 1 booked")
	p.Quick()
}

// on makes what is seen from here on part of another test.
func (p *Tab) on(t *testing.T) *Tab {
	p.t = t
	return p
}

// people is how many records have a name.
func (m *picketLine) people(t *testing.T, given string) int {
	t.Helper()
	n, err := db.InRead(t.Context(), m.DB, func(tx *db.Tx) (n int, err error) {
		return n, tx.Row(t.Context(), `SELECT COUNT(*) FROM person_name WHERE given = $1`, given).Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Two spouses share a phone, and each leads at the line: what one has tapped without a signal waits for her, and is never sent as the other's.
func TestTwoSpousesOnOnePhoneEachSendTheirOwn(t *testing.T) {
	t.Parallel()

	if testing.Short() {
		t.Skip("short: nothing was done in a browser")
	}
	m := newPicketLine(t, Open(t))
	if _, err := m.Line.SignUp(m.As("colleague"), m.shift, line.OnLine); err != nil {
		t.Fatal(err)
	}
	m.at("2025-11-05T07:05")
	day, katherine, mohamed := "/lines/"+m.line+"/day", m.Person["Katherine Nguyen"], m.Person["Mohamed Ali"]
	by := func(person string) string {
		t.Helper()
		all, err := db.InRead(t.Context(), m.DB, func(tx *db.Tx) ([]string, error) {
			return db.Strings(t.Context(), tx, `SELECT by_account FROM checkin WHERE person_id = $1 ORDER BY id`, person)
		})
		if err != nil {
			t.Fatal(err)
		}
		for i := range all {
			for name, id := range m.Account {
				if id == all[i] {
					all[i] = name
				}
			}
		}
		return strings.Join(all, ", ")
	}
	p := m.tab(t, "captain")
	tap := func(person string) {
		t.Helper()
		Eval[bool](p, `(document.querySelector("[data-person='`+person+`'] form[data-mark] button").click(), true)`)
		p.chip("1 waiting to send")
	}
	there := func(count string) { // by the server
		t.Helper()
		p.wait(`fetch(location.href).then((r) => r.text()).then((text) => text.includes("` + count + `"))`)
		p.chip("All sent")
	}
	p.Go(day)
	p.chip("All sent")
	m.down.Store(true)
	tap(katherine)

	change := func(role string) { // whatever the one before has sent and nobody has answered comes from nobody now
		t.Helper()
		p.Do(chromedp.Navigate("about:blank"))
		if err := db.Do(t.Context(), m.DB, func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `DELETE FROM session`)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		m.signIn(t, p, role)
		m.down.Store(false)
	}
	change("deputy")
	p.Go(day)
	p.Sees("0 here, 2 booked")
	m.down.Store(true)
	tap(mohamed)
	p.Do(chromedp.Navigate("about:blank")) // the page is closed
	m.down.Store(false)
	p.Go(day)
	there("1 here, 2 booked")
	if a, b := by(katherine), by(mohamed); a != "" || b != "deputy" {
		t.Errorf("marked by %q and %q", a, b)
	}

	change("captain")
	p.Go(day)
	there("2 here, 2 booked")
	if a, b := by(katherine), by(mohamed); a != "captain" || b != "deputy" {
		t.Errorf("marked by %q and %q", a, b)
	}
	p.Silent() // of the sends that nobody answered
}

// B12.1: without a signal, a code held up twice, a tap and then a code, a time from paper and then a code: three have come, by three methods, and three wait to be sent.
func TestASecondMarkOnTheSamePhoneIsNone(t *testing.T) {
	t.Parallel()

	if testing.Short() {
		t.Skip("short: nothing was done in a browser")
	}
	m := newPicketLine(t, Open(t))
	codes := map[string]string{}
	for role, name := range map[string]string{"member": "Katherine Nguyen", "colleague": "Mohamed Ali", "deputy": "Ingrid Dahl"} {
		if role != "member" {
			if _, err := m.Line.SignUp(m.As(role), m.shift, line.OnLine); err != nil {
				t.Fatal(err)
			}
		}
		code, err := m.Line.MyCode(m.As(role))
		if err != nil {
			t.Fatal(err)
		}
		codes[name] = code
	}
	m.at("2025-11-05T07:25")
	p := m.tab(t, "captain")
	p.Go("/lines/" + m.line + "/day")
	p.Sees("0 here, 3 booked")
	m.down.Store(true)
	row := func(name string) string { return `[data-person="` + m.Person[name] + `"]` }
	scan := func(name string) {
		t.Helper()
		p.Type("#code", codes[name])
		Eval[bool](p, `(document.querySelector("form[data-code]").requestSubmit(), true)`)
		p.wait(`document.querySelector("#code").value === ""`)
	}
	again := func() {
		t.Helper()
		p.wait(`!document.querySelector("[data-day-note]").hidden`)
	}
	scan("Katherine Nguyen")
	p.chip("1 waiting to send")
	scan("Katherine Nguyen")
	again()
	p.chip("1 waiting to send")
	Eval[bool](p, `(document.querySelector('`+row("Mohamed Ali")+` form[data-mark] button').click(), true)`)
	p.chip("2 waiting to send")
	scan("Mohamed Ali")
	again()
	Eval[bool](p, `((form) => { form.elements.paper.value = "07:05"; form.requestSubmit(); return true })(document.querySelector('`+row("Ingrid Dahl")+` form:has([name=paper])'))`)
	p.chip("3 waiting to send")
	scan("Ingrid Dahl")
	again()
	p.chip("3 waiting to send")
	p.Shot("marked-twice")
	m.down.Store(false)
	p.chip("All sent")
	p.Silent() // of the sends that nobody answered
	p.Go("/lines/" + m.line + "/day")
	p.Sees("3 here, 3 booked", "here since 7:05")
	marks, err := db.InRead(t.Context(), m.DB, func(tx *db.Tx) ([]string, error) {
		return db.Strings(t.Context(), tx, `SELECT kind || ' ' || method FROM checkin ORDER BY 1`)
	})
	if err != nil || strings.Join(marks, ", ") != "in code, in paper, in search" {
		t.Errorf("%q, %v", marks, err)
	}
}

// The button turns from arrival to departure under her finger: the second half of a double tap, before or after the first is kept, is nothing.
func TestADoubleTapChecksNobodyOut(t *testing.T) {
	t.Parallel()

	m, p := openDay(t)
	m.down.Store(true)
	Eval[bool](p, `(() => {
		const row = document.querySelector("[data-roll] li"), button = row.querySelector("form[data-mark] button");
		new MutationObserver((_, o) => { o.disconnect(); button.click() }).observe(row, { attributes: true, attributeFilter: ["data-here"] });
		button.click();
		button.click();
		return true;
	})()`)
	p.chip("1 waiting to send")
	if !Eval[bool](p, `document.querySelector("[data-roll] li").hasAttribute("data-here")`) {
		t.Error("she is checked out")
	}
	p.wait(`(document.querySelector("[data-roll] li[data-here] form[data-mark] button")?.click(), !document.querySelector("[data-roll] li[data-here]"))`) // later it is one
	p.chip("2 waiting to send")
	m.down.Store(false)
	p.chip("All sent")
	p.Silent() // of the sends that nobody answered
	p.Go("/lines/" + m.line + "/day")
	p.Sees("Katherine Nguyen", "0 here, 1 booked")
}

// What stays at the foot of a phone's page covers nothing that has come into view to be used.
func TestNothingInUseLiesBeneathTheFootOfTheLinesPage(t *testing.T) {
	t.Parallel()

	_, p := openDay(t)
	covered := Eval[string](p, `(() => {
		document.documentElement.style.scrollBehavior = "auto";
		const out = [];
		for (const e of document.querySelectorAll("main form :is(button, input:not([type=hidden]))")) {
			if (!e.checkVisibility() || e.closest(".dock, dialog")) continue;
			e.scrollIntoView({ block: "end" });
			const box = e.getBoundingClientRect(), at = document.elementFromPoint(box.x + box.width / 2, box.bottom - 2);
			if (at?.closest(".dock")) out.push(e.ariaLabel || e.innerText || e.name);
		}
		return out.join(", ");
	})()`)
	if covered != "" {
		t.Errorf("beneath it: %s", covered)
	}
}
