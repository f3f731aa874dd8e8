// SPDX-License-Identifier: Apache-2.0

package booth_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/tenday/tenday/ballot"
	"github.com/tenday/tenday/ballot/canon"
	"github.com/tenday/tenday/internal/vote/booth"
)

// policy is the one that the house sends with every page.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; " +
	"manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// hall serves the voter's page of an election, and remembers every request in full.
type hall struct {
	*election
	*httptest.Server
	key      ed25519.PrivateKey
	receiver http.HandlerFunc // answers a ballot in place of the honest server; may be nil
	listed   bool
	practice string

	mu   sync.Mutex
	wire []string
	down bool
}

func newHall(t testing.TB, el *election) *hall {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	h := &hall{election: el, key: key, listed: true}
	pages := template.Must(template.ParseFiles("testdata/booth.html"))
	mux := http.NewServeMux()
	mux.HandleFunc("GET /b", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if err := pages.Execute(w, map[string]any{
			"Tags": booth.Tags("/modules", "booth.js"), "Fingerprint": el.box.Election().Fingerprint(),
			"Key":    base64.StdEncoding.EncodeToString(key.Public().(ed25519.PublicKey)),
			"Listed": h.listed, "Practice": h.practice,
		}); err != nil {
			t.Error(err)
		}
	})
	mux.Handle("GET /modules/", booth.Files())
	mux.HandleFunc("GET /icon.svg", func(w http.ResponseWriter, r *http.Request) { w.Header().Set("Content-Type", "image/svg+xml") })
	mux.HandleFunc("GET /election.json", func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write(el.raw) })
	mux.HandleFunc("GET /listed", func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write(booth.Listed(el.public)) })
	mux.HandleFunc("POST /cast", h.cast)
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		h.mu.Lock()
		h.wire = append(h.wire, fmt.Sprintf("%s %s %v %s", r.Method, r.URL, r.Header, body))
		down := h.down
		h.mu.Unlock()
		if down {
			panic(http.ErrAbortHandler)
		}
		w.Header().Set("Content-Security-Policy", policy)
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(h.Close)
	return h
}

// cast is what an honest server does.
func (h *hall) cast(w http.ResponseWriter, r *http.Request) {
	if h.receiver != nil {
		h.receiver(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	raw, _ := io.ReadAll(r.Body)
	receipt, err := h.box.AppendBallot(raw)
	if err != nil {
		w.WriteHeader(http.StatusUnprocessableEntity)
		_ = json.NewEncoder(w).Encode(map[string]string{"key": "vote.refused", "text": "It says: " + err.Error()})
		return
	}
	_ = json.NewEncoder(w).Encode(h.sign(receipt))
}

func (h *hall) sign(r ballot.Receipt) map[string]any {
	return map[string]any{
		"uuid": r.UUID, "tracker": r.Tracker, "height": r.Height, "event": r.Event.String(),
		"signature": base64.StdEncoding.EncodeToString(ed25519.Sign(h.key, canon.Marshal(r))),
	}
}

func (h *hall) sent() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]string{}, h.wire...)
}

func (h *hall) shut(down bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.down = down
}

// pick chooses an answer by its text.
func (p *tab) pick(text string) {
	p.t.Helper()
	p.do(chromedp.Click(fmt.Sprintf(`//label[contains(., %q)]`, text), chromedp.NodeVisible))
}
