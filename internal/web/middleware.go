// SPDX-License-Identifier: Apache-2.0

package web

import (
	"compress/gzip"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"sync"
	"time"
)

// headers sets what every answer carries. No script or style that is not a file of ours, no frame, no other origin; the one
// exception, a frame-ancestor or image source, would have to be written here to exist.
func headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "+
			"connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(self), microphone=(), geolocation=(), payment=(), publickey-credentials-get=(self), "+
			"publickey-credentials-create=(self)")
		h.Set("Cache-Control", "no-store") // pages hold people; static files say otherwise themselves
		if s := of(r).server; s.cfg.Secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// observe logs and counts each request by its pattern, never by its path or query, and turns a panic into an error page.
func (s *Server) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := &request{server: s, start: time.Now(), tr: s.translator(r, Viewer{})}
		r = r.WithContext(context.WithValue(r.Context(), requestKey{}, q))
		rec := &recorder{ResponseWriter: w}
		defer func() {
			if p := recover(); p != nil {
				if p == http.ErrAbortHandler { //nolint:errorlint // the documented comparison
					panic(p)
				}
				s.cfg.Log.Error("panic", "route", q.route.Pattern, "what", fmt.Sprintf("%T", p), "stack", string(debug.Stack()))
				if rec.status == 0 {
					s.answer(rec, r, fmt.Errorf("panic: %T", p))
				}
			}
			took := time.Since(q.start)
			s.stats.count(q.route.Pattern, rec.status, took)
			level := slog.LevelInfo
			if rec.status >= 500 {
				level = slog.LevelError
			}
			if !s.cfg.Log.Enabled(r.Context(), level) || q.route.Quiet && level < slog.LevelError {
				return
			}
			attrs := []slog.Attr{
				slog.String("route", q.route.Pattern), slog.Int("status", rec.status),
				slog.Duration("took", took), slog.String("account", q.viewer.ID),
			}
			if q.fault != nil {
				attrs = append(attrs, *q.fault)
			}
			s.cfg.Log.LogAttrs(r.Context(), level, "request", attrs...)
		}()
		next.ServeHTTP(rec, r)
	})
}

// recorder remembers the status.
type recorder struct {
	http.ResponseWriter
	status int
}

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection, for server-sent events and deadlines.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

var gzips = sync.Pool{New: func() any {
	z, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // the level is a known one
	return z
}}

// compress answers with gzip where it is asked for and worth it: text, and not already compressed.
func compress(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Vary", "Accept-Encoding")
		if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			next.ServeHTTP(w, r)
			return
		}
		z := &gzipWriter{ResponseWriter: w}
		defer z.close()
		next.ServeHTTP(z, r)
	})
}

type gzipWriter struct {
	http.ResponseWriter
	z       *gzip.Writer
	decided bool
}

func (w *gzipWriter) WriteHeader(status int) {
	if !w.decided {
		w.decided = true
		h := w.Header()
		kind := h.Get("Content-Type")
		text := strings.HasPrefix(kind, "text/") && !strings.HasPrefix(kind, "text/event-stream") ||
			strings.HasPrefix(kind, "application/json") || strings.HasPrefix(kind, "image/svg+xml")
		if text && h.Get("Content-Encoding") == "" && status != http.StatusNoContent && status != http.StatusNotModified {
			h.Set("Content-Encoding", "gzip")
			h.Del("Content-Length")
			w.z = gzips.Get().(*gzip.Writer)
			w.z.Reset(w.ResponseWriter)
		}
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *gzipWriter) Write(b []byte) (int, error) {
	if !w.decided {
		w.WriteHeader(http.StatusOK)
	}
	if w.z != nil {
		return w.z.Write(b)
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController; events are never compressed, so flushing below is right.
func (w *gzipWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *gzipWriter) close() {
	if w.z != nil {
		_ = w.z.Close() // the reader has gone
		gzips.Put(w.z)
	}
}
