// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// stats counts requests by route pattern and status: never by path, which holds ids.
type stats struct {
	registry *prometheus.Registry
	took     *prometheus.HistogramVec
	page     http.Handler
}

func newStats() *stats {
	s := &stats{
		registry: prometheus.NewRegistry(),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "tenday_request_seconds", Help: "Time to answer, by route and status.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"route", "status"}),
	}
	s.registry.MustRegister(s.took, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	s.page = promhttp.HandlerFor(s.registry, promhttp.HandlerOpts{})
	return s
}

func (s *stats) count(route string, status int, took time.Duration) {
	s.took.WithLabelValues(route, strconv.Itoa(status)).Observe(took.Seconds())
}

func (s *stats) serve(w http.ResponseWriter, r *http.Request) error {
	s.page.ServeHTTP(w, r)
	return nil
}

// Metrics returns the metrics page for a listener of its own, where no grant is asked: bind it to loopback.
func (s *Server) Metrics() http.Handler { return s.stats.page }

// health answers 200 with "ok" when the database answers, else 503. It tells a stranger nothing more.
func (s *Server) health(w http.ResponseWriter, r *http.Request) error {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	if s.cfg.Healthy != nil {
		if err := s.cfg.Healthy(ctx); err != nil {
			s.cfg.Log.Error("unhealthy", "error", err)
			return send(w, http.StatusServiceUnavailable, "text/plain; charset=utf-8", []byte("unwell\n"))
		}
	}
	return send(w, http.StatusOK, "text/plain; charset=utf-8", []byte("ok\n"))
}
