// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"context"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tenday/tenday/internal/demo"
	"github.com/tenday/tenday/internal/mail"
)

// The moments at which journeys begin.
const (
	arrival = "2025-10-31T16:30" // the employer's second list waits
	morning = "2025-11-05T06:40"
)

// house is a demo that is served.
type house struct {
	b   *Browser
	url string

	mu   sync.Mutex
	sent []mail.Message
}

// serve builds a demo as of at and serves it until t ends.
func serve(t *testing.T, b *Browser, at string) *house {
	t.Helper()
	h := &house{b: b}
	d, err := demo.New(t.Context(), demo.Config{At: at, Version: "test", Mail: h})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(d)
	t.Cleanup(func() {
		srv.Close()
		if err := d.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	h.url = srv.URL
	return h
}

// Send keeps the mail instead of sending it.
func (h *house) Send(_ context.Context, m mail.Message) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sent = append(h.sent, m)
	return nil
}

// link returns the path of the newest one-time link that went to address, once it has: the page does not wait for the mail.
func (h *house) link(t *testing.T, address string) string {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if path := h.sentTo(address); path != "" {
			return path
		}
	}
	t.Fatalf("no link went to %s", address)
	return ""
}

func (h *house) sentTo(address string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, m := range slices.Backward(h.sent) {
		if m.To == address {
			for word := range strings.FieldsSeq(m.Text) {
				if path, ok := strings.CutPrefix(word, h.url); ok {
					return path
				}
			}
		}
	}
	return ""
}

// as opens a tab and comes in as a persona by the demo's front door.
func (h *house) as(t *testing.T, persona string, s Screen) *Tab {
	t.Helper()
	p := h.b.Tab(t, h.url, s)
	p.Go("/demo")
	p.Follow(`button[value="` + persona + `"]`)
	return p
}

// TestJourneys goes through the campaign as people do. All share one Chromium; those that change nothing that another one looks at
// share one demo.
func TestJourneys(t *testing.T) {
	t.Parallel()

	if testing.Short() {
		t.Skip("short: nothing was done in a browser")
	}
	b := Open(t)
	at := serve(t, b, morning)
	for _, j := range []struct {
		name string
		do   func(*testing.T, *house)
	}{
		{"every page of every persona fits", everyPage},
		{"a captain finds nobody of another clinic", searchStopsAtTheTurf},
		{"a captain prints and cannot save, and the officer reads of it", printIsOnRecord},
		{"an officer reads who saw a person", trailOfAPerson},
		{"two records of one person are merged and taken apart", mergeAndUnmerge},
		{"two people of one name stay two", markDifferent},
		{"a one-time link signs in once", oneTimeLink},
		{"a member joins by the code that her captain shows", join},
		{"the keyboard is enough", keyboard},
		{"letters, worksheet and calendar of a strike", papers},
		{"the wall chart finds holes and fills them", wallChart},
		{"scripts are not needed", withoutScripts},
	} {
		t.Run(j.name, func(t *testing.T) {
			t.Parallel()
			j.do(t, at)
		})
	}
	t.Run("lost phone, misaligned list, import and undo, clock", func(t *testing.T) {
		t.Parallel()
		h := serve(t, b, arrival)
		lostPhone(t, h)
		misalignedStops(t, h)
		listAndUndo(t, h)
		clock(t, h)
	})
}
