// SPDX-License-Identifier: Apache-2.0

// Package load measures a server on this machine: a closed loop of keep-alive connections, each asking for the next
// page as soon as the last has been read whole, for a fixed time.
package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"
)

// Job says what to ask, how, and for how long.
type Job struct {
	Base   string   // "http://127.0.0.1:8090"; only loopback addresses are measured
	Paths  []string // asked in an order drawn from a fixed seed
	Cookie string   // sent as the Cookie header when not empty

	Connections int           // 16 when 0
	Warmup      time.Duration // asked before the clock starts
	Duration    time.Duration // 5 s when 0, a minute at most
}

// Result is what one run measured. Times are milliseconds, from sending a request to the last byte of its answer.
type Result struct {
	Requests int     `json:"requests"` // answered with status 200
	Errors   int     `json:"errors"`   // any other status, or none
	PerSec   float64 `json:"per_sec"`
	P50      float64 `json:"p50_ms"`
	P95      float64 `json:"p95_ms"`
	P99      float64 `json:"p99_ms"`
	MeanKB   float64 `json:"mean_kb"` // of an answer's body
}

func (r Result) String() string {
	return fmt.Sprintf("%8.0f req/s  p50 %6.2f ms  p95 %6.2f ms  p99 %6.2f ms  %d errors  %.1f KB an answer",
		r.PerSec, r.P50, r.P95, r.P99, r.Errors, r.MeanKB)
}

// Run does the job and returns what it measured. A job that could not be started, or that got no good answer at all,
// is an error.
func Run(ctx context.Context, j Job) (Result, error) {
	u, err := url.Parse(j.Base)
	if err != nil {
		return Result{}, fmt.Errorf("parse base: %w", err)
	}
	if ip := net.ParseIP(u.Hostname()); ip == nil || !ip.IsLoopback() {
		return Result{}, fmt.Errorf("%s is no loopback address", j.Base)
	}
	if len(j.Paths) == 0 {
		return Result{}, errors.New("no paths to ask for")
	}
	if j.Connections == 0 {
		j.Connections = 16
	}
	if j.Duration == 0 {
		j.Duration = 5 * time.Second
	}
	j.Duration = min(j.Duration, time.Minute)

	client := &http.Client{
		Transport: &http.Transport{MaxIdleConnsPerHost: j.Connections, DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { // a redirect to the sign-in page is no people list
			return http.ErrUseLastResponse
		},
	}
	defer client.CloseIdleConnections()

	if j.Warmup > 0 {
		loop(ctx, client, j, min(j.Warmup, time.Minute))
	}
	start := time.Now()
	s := loop(ctx, client, j, j.Duration)
	took := time.Since(start)
	if len(s.times) == 0 {
		return Result{Errors: s.errors}, fmt.Errorf("no good answer among %d: %w", s.errors, s.err)
	}
	slices.Sort(s.times)
	return Result{
		Requests: len(s.times),
		Errors:   s.errors,
		PerSec:   float64(len(s.times)) / took.Seconds(),
		P50:      percentile(s.times, 50),
		P95:      percentile(s.times, 95),
		P99:      percentile(s.times, 99),
		MeanKB:   float64(s.bytes) / float64(len(s.times)) / 1024,
	}, nil
}

type sample struct {
	times  []time.Duration
	bytes  int64
	errors int
	err    error // one of them
}

// loop asks on all connections until the time is over, and waits for the answers under way.
func loop(ctx context.Context, client *http.Client, j Job, d time.Duration) sample {
	var (
		wg    sync.WaitGroup
		parts = make([]sample, j.Connections)
		end   = time.Now().Add(d)
	)
	for i := range parts {
		wg.Go(func() {
			s, r := &parts[i], rand.New(rand.NewPCG(1, uint64(i)))
			for time.Now().Before(end) && ctx.Err() == nil {
				start := time.Now()
				n, err := ask(ctx, client, j.Base+j.Paths[r.IntN(len(j.Paths))], j.Cookie)
				if err != nil {
					s.errors, s.err = s.errors+1, err
					continue
				}
				s.times, s.bytes = append(s.times, time.Since(start)), s.bytes+n
			}
		})
	}
	wg.Wait()

	var all sample
	for _, s := range parts {
		all.times, all.bytes, all.errors = append(all.times, s.times...), all.bytes+s.bytes, all.errors+s.errors
		if s.err != nil {
			all.err = s.err
		}
	}
	return all
}

// ask reads one page whole and returns its length.
func ask(ctx context.Context, client *http.Client, page, cookie string) (int64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, page, nil)
	if err != nil {
		return 0, err
	}
	if cookie != "" {
		req.Header.Set("Cookie", cookie)
	}
	res, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	n, err := io.Copy(io.Discard, res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s answers %s", page, res.Status)
	}
	return n, err
}

// percentile returns the smallest time that p percent of the sorted times do not exceed, in milliseconds.
func percentile(sorted []time.Duration, p int) float64 {
	i := (len(sorted)*p+99)/100 - 1
	return float64(sorted[max(i, 0)].Microseconds()) / 1000
}
