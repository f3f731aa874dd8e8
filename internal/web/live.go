// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"
	"strconv"
	"time"

	"github.com/tenday/tenday/internal/fault"
)

// A stream ends before the server's write time-out; the browser comes back, and the gate looks again whether it may.
const (
	streamLife  = 90 * time.Second
	streamPause = 2 * time.Second  // between two words to one page: many changes at once are one
	streamBeat  = 20 * time.Second // a page that hears nothing for twice as long knows that the line is dead, whatever its end says
	oldestPage  = 24 * time.Hour
)

// Live adds GET /live/<topic>: server-sent events that say "changed" and nothing more, whenever the topic was touched. Pages
// name the topic and the address of their fragment in data-live and data-live-src; static/live.js fetches it anew, under the
// viewer's own grant. It says how many milliseconds ago it asked for the page (age), so that what changed since is told at once.
func (s *Server) Live(topic string, a Access) error {
	return s.Add(nil, Route{Pattern: "GET /live/" + topic, Access: a, Handler: func(w http.ResponseWriter, r *http.Request) error {
		return Stream(w, r, topic)
	}})
}

// Stream answers with the events of topic until the reader leaves, the stream's life is over or the server stops: for routes
// that let in by other means than a grant. Errors: Missing, when this server has nothing live.
func Stream(w http.ResponseWriter, r *http.Request, topic string) error {
	s := of(r).server
	if s.cfg.Watch == nil {
		return fault.New(fault.Missing, "web.missing")
	}
	age, _ := strconv.Atoi(r.URL.Query().Get("age")) // none, or nonsense, is a page of now
	changed, end := s.cfg.Watch(topic, time.Duration(min(max(age, 0), int(oldestPage.Milliseconds())))*time.Millisecond)
	defer end()
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // a proxy is to pass each word on
	w.WriteHeader(http.StatusOK)
	out := http.NewResponseController(w)
	say := func(line string) bool {
		_, err := w.Write([]byte(line))
		return err == nil && out.Flush() == nil
	}
	if !say("retry: 3000\n: here\n\n") {
		return nil
	}
	over := time.NewTimer(streamLife)
	defer over.Stop()
	beat := time.NewTicker(streamBeat)
	defer beat.Stop()
	for {
		select {
		case <-changed:
			if !say("event: changed\ndata:\n\n") {
				return nil
			}
		case <-beat.C:
			if !say("event: beat\ndata:\n\n") {
				return nil
			}
			continue
		case <-r.Context().Done():
			return nil
		case <-over.C:
			return nil
		case <-s.stopping:
			return nil
		}
		select {
		case <-time.After(streamPause):
		case <-r.Context().Done():
			return nil
		case <-s.stopping:
			return nil
		}
	}
}

// Stop ends the streams, so that a server that shuts down need not wait for readers who never leave.
func (s *Server) Stop() { s.stopOnce.Do(func() { close(s.stopping) }) }
