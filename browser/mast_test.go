// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/tenday/tenday/internal/app/apptest"
	"github.com/tenday/tenday/internal/db"
)

// mast is a small campaign behind a mast: it does to a phone what masts and servers do.
type mast struct {
	*apptest.House
	b   *Browser
	url string

	down   atomic.Bool  // no signal: nobody answers
	drop   atomic.Int32 // so many sends are committed, and the server is gone before it answers
	double atomic.Bool  // every send arrives twice
	hold   atomic.Bool  // sends are answered once let says so
	let    chan struct{}
	bytes  atomic.Int64 // of answers, as they went over the air
}

func newMast(t *testing.T, b *Browser) *mast {
	t.Helper()
	m := &mast{House: apptest.New(t), b: b, let: make(chan struct{})}
	srv := httptest.NewServer(m.around(m.Handler()))
	t.Cleanup(srv.Close)
	m.url = srv.URL
	return m
}

// greeting is less than any send with an event in it.
const greeting = 300 // bytes

func (m *mast) around(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if m.down.Load() {
			panic(http.ErrAbortHandler)
		}
		if r.URL.Path == "/sync" && m.hold.Load() {
			<-m.let
		}
		if r.URL.Path == "/sync" && r.ContentLength > greeting {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				panic(http.ErrAbortHandler)
			}
			send := func(w http.ResponseWriter) {
				one := r.Clone(r.Context())
				one.Body = io.NopCloser(bytes.NewReader(body))
				h.ServeHTTP(w, one)
			}
			if m.double.Load() {
				send(httptest.NewRecorder())
			}
			if m.drop.Add(-1) >= 0 {
				send(httptest.NewRecorder())
				panic(http.ErrAbortHandler)
			}
			send(counting{w, &m.bytes})
			return
		}
		h.ServeHTTP(counting{w, &m.bytes}, r)
	})
}

// counting counts what goes through.
type counting struct {
	http.ResponseWriter
	n *atomic.Int64
}

func (c counting) Write(b []byte) (int, error) {
	n, err := c.ResponseWriter.Write(b)
	c.n.Add(int64(n))
	return n, err
}

func (c counting) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// tab opens a phone on which role is signed in.
func (m *mast) tab(t *testing.T, role string) *Tab {
	t.Helper()
	p := m.b.Tab(t, m.url, Phone)
	p.noDialler()
	m.signIn(t, p, role)
	return p
}

// noDialler leaves the phone's own dialler closed: this machine has none, and the browser waits for it.
func (p *Tab) noDialler() {
	p.t.Helper()
	p.before(`addEventListener("click", (e) => e.target.closest?.("a[href^='tel:'], a[href^='sms:']") && e.preventDefault())`)
}

// signIn signs role in on the phone, on a device of its own.
func (m *mast) signIn(t *testing.T, p *Tab, role string) {
	t.Helper()
	rec := httptest.NewRecorder()
	m.Auth.Sessions(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if err := m.Auth.SignIn(r.Context(), m.Account[role], "phone"); err != nil {
			t.Error(err)
		}
	})).ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", http.NoBody))
	for _, c := range rec.Result().Cookies() {
		_, err := chromedp.Call(p.ctx, network.SetCookie, network.SetCookieParams{Name: c.Name, Value: c.Value, URL: m.url, HTTPOnly: new(true)})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// facts returns how many rows the captain's account wrote, by table.
func (m *mast) facts(t *testing.T) (talks, values int) {
	t.Helper()
	_, err := db.InRead(t.Context(), m.DB, func(tx *db.Tx) (struct{}, error) {
		for table, n := range map[string]*int{"conversation": &talks, "assessment": &values} {
			if err := tx.Row(t.Context(), `SELECT COUNT(*) FROM `+table+` WHERE by_account = $1`, m.Account["captain"]).Scan(n); err != nil {
				return struct{}{}, err
			}
		}
		return struct{}{}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return talks, values
}
