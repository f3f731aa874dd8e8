// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/mail"
)

// box keeps what is mailed.
type box chan mail.Message

// Send keeps the mail instead of sending it.
func (b box) Send(_ context.Context, m mail.Message) error {
	b <- m
	return nil
}

// B09.2: she withdraws by her link. A list of public pledges that somebody has had open for long drops her by itself, also after its
// connection broke and while no stream comes through; the count falls; her captain sees that she withdrew, and nothing of why.
func TestAListThatIsOpenDropsWhoWithdraws(t *testing.T) {
	t.Parallel()

	if testing.Short() {
		t.Skip("short: nothing was done in a browser")
	}
	m := newMast(t, Open(t))
	var cut, deaf atomic.Bool // nobody answers; no stream is let through, as by a proxy that waits for the end of an answer
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if cut.Load() {
			panic(http.ErrAbortHandler)
		}
		if deaf.Load() && strings.HasPrefix(r.URL.Path, "/live/") {
			http.Error(w, "bad gateway", http.StatusBadGateway)
			return
		}
		m.Handler().ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	m.url = srv.URL
	mailed := make(box, 10)
	m.Organize.Mail = mailed
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := m.Organize.WritePledgeText(m.As("lead"), map[string]string{"en": "I will honor the line."})
	must(err)
	names := []string{"Ingrid Dahl", "Peter Dahl", "Mohamed Ali", "Omar Farah"}
	her := func(name, answer string) error {
		return m.Organize.SetMyPledge(auth.As(t.Context(), &auth.Identity{Person: m.Person[name]}), answer, 1)
	}
	for _, name := range names {
		must(her(name, "public"))
	}
	m.Clock.Advance(24 * time.Hour)

	reader, captain, member := m.tab(t, "press"), m.tab(t, "captain"), m.b.Tab(t, m.url, Phone)
	reader.Go("/pledges/public")
	reader.Sees(names...)
	reader.Sees("4 members have put their names")
	reader.Fit()
	reader.Shot("list")
	Eval[bool](reader, `(window.same = true)`)
	captain.Go("/pledges")
	captain.Sees("Ingrid Dahl")
	Eval[bool](captain, `(window.same = true)`)
	captain.Click(`tbody tr:nth-child(2) .tick`)

	_, err = m.Organize.SendLinks(m.As("captain"), []string{m.Person["Ingrid Dahl"]}, "")
	must(err)
	_, err = m.Jobs.RunDue(t.Context())
	must(err)
	link := replyLink.FindString((<-mailed).Text)
	member.Go(link)
	member.Sees("you pledged publicly on")
	member.Follow("[value=withdrawn]")
	member.Sees("Your pledge is taken back. Nobody is told why.")
	gone := func(name string) string {
		return `window.same && !document.querySelector("#list").innerText.includes("` + name + `")`
	}
	start := time.Now()
	reader.wait(gone("Ingrid Dahl"))
	reader.Sees("3 members have put their names")
	t.Logf("she was gone after %v", time.Since(start).Round(10*time.Millisecond))
	captain.wait(`window.same && [...document.querySelectorAll("#person tbody tr")].some((r) => r.innerText.includes("Ingrid") && r.innerText.includes("Withdrawn"))`)
	if !Eval[bool](captain, `document.querySelector("tbody .tick input:checked") !== null`) {
		t.Error("what the captain ticked is ticked no more")
	}
	captain.Fit()

	cut.Store(true)
	srv.CloseClientConnections()
	must(her("Peter Dahl", "private"))
	reader.wait(`document.querySelector("[data-live-note]")`)
	reader.Sees("This list may be old")
	fitUnheard(reader)
	cut.Store(false)
	reader.wait(gone("Peter Dahl"))
	reader.wait(`!document.querySelector("[data-live-note]")`)

	deaf.Store(true)
	srv.CloseClientConnections()
	must(her("Mohamed Ali", "withdrawn"))
	reader.wait(gone("Mohamed Ali"))
	reader.Sees("Omar Farah")
	deaf.Store(false)
	// Whoever is signed out meanwhile keeps no names on her screen.
	if _, err := chromedp.Call(reader.ctx, network.ClearBrowserCookies, cdp.Empty{}); err != nil {
		t.Fatal(err)
	}
	srv.CloseClientConnections()
	reader.wait(`!document.body.innerText.includes("Omar Farah") && document.querySelector("form")`)
	reader.Silent()
	captain.Silent()
}
