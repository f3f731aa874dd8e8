// SPDX-License-Identifier: Apache-2.0

package load

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func TestRunCountsGoodAndBadAnswersApart(t *testing.T) {
	t.Parallel()

	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/closed" || r.Header.Get("Cookie") != "id=1" {
			http.Redirect(w, r, "/", http.StatusSeeOther)
		}
	}))
	t.Cleanup(s.Close)

	got, err := Run(t.Context(), Job{
		Base: s.URL, Paths: []string{"/open", "/closed"}, Cookie: "id=1", Connections: 2, Duration: 50 * time.Millisecond,
	})
	if err != nil || got.Requests == 0 || got.Errors == 0 || got.PerSec == 0 {
		t.Errorf("Run = %+v, %v", got, err)
	}
	if _, err := Run(t.Context(), Job{Base: s.URL, Paths: []string{"/closed"}, Duration: time.Millisecond}); err == nil {
		t.Error("a run without one good answer is no result")
	}
	if _, err := Run(t.Context(), Job{Base: "http://192.0.2.1", Paths: []string{"/"}}); err == nil {
		t.Error("another machine was measured")
	}
}

func TestPercentile(t *testing.T) {
	t.Parallel()

	times := make([]time.Duration, 200)
	for i := range times {
		times[i] = time.Duration(i+1) * time.Millisecond
	}
	for p, want := range map[int]float64{50: 100, 95: 190, 99: 198} {
		if got := percentile(times, p); got != want {
			t.Errorf("percentile %d = %v, want %v", p, got, want)
		}
	}
}
