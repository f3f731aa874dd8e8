// SPDX-License-Identifier: Apache-2.0

//go:build unix

package roster_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/tenday/tenday/internal/app/apptest"
	"github.com/tenday/tenday/internal/roster"
)

// large returns a house with n people at 61 worksites.
func large(tb testing.TB, n int) (*apptest.House, []roster.Worksite) {
	tb.Helper()
	h := apptest.New(tb)
	var sites []roster.Worksite
	for i := range 61 {
		sites = append(sites, roster.Worksite{
			EmployerID: h.Employer, Code: fmt.Sprintf("%04d", 1113+i*14), Name: fmt.Sprintf("Clinic %d", i),
			Town: fmt.Sprintf("Town %02d", i), Zone: "America/Chicago", Kind: "clinic", Status: roster.Open,
			Region: []string{"Core", "North", "South", "East", "West"}[i%5],
		})
	}
	if err := h.Roster.AddWorksites(tb.Context(), sites); err != nil {
		tb.Fatal(err)
	}
	var ids []string
	for _, s := range sites {
		ids = append(ids, s.ID)
	}
	start := time.Now()
	if err := h.Roster.Fill(tb.Context(), n, ids); err != nil {
		tb.Fatal(err)
	}
	tb.Logf("%d people in %v", n, time.Since(start))
	return h, sites
}

// One worksite, one occupation there, the beginning of a name, and the whole list: a quarter each, over 100,000 people, signed in,
// scoped and audited, sixteen at once.
func BenchmarkPeoplePage(b *testing.B) {
	h, sites := large(b, 100_000)
	var paths []string
	for i, s := range sites {
		prefix := []string{"Al", "Ber", "Car", "Dal", "Er", "Fal", "Gar", "Hal"}[i%8]
		found := h.Post("data_lead", "/people/find", url.Values{"q": {prefix}})
		paths = append(paths, "/people", "/people?site="+s.Code, "/people?site="+s.Code+"&job="+[]string{"MD", "DO", "PA", "NP"}[i%4], found.Location)
	}
	for _, kind := range []struct{ name, match string }{{"mix", ""}, {"all", "/people"}, {"site", "site="}, {"job", "job="}, {"name", "q="}} {
		var mine []string
		for _, p := range paths {
			if kind.match == "" || kind.match == "/people" && p == "/people" || kind.match != "/people" && strings.Contains(p, kind.match) &&
				(kind.match != "site=" || !strings.Contains(p, "job=")) {
				mine = append(mine, p)
			}
		}
		b.Run(kind.name, func(b *testing.B) {
			handler := h.Handler()
			cookie := h.Cookie("data_lead")
			get := func(path string) int {
				req := httptest.NewRequestWithContext(b.Context(), http.MethodGet, path, http.NoBody)
				req.AddCookie(cookie)
				rec := httptest.NewRecorder()
				handler.ServeHTTP(rec, req)
				if rec.Code != 200 {
					b.Errorf("%s = %d", path, rec.Code)
				}
				return rec.Body.Len()
			}
			for _, p := range mine {
				get(p)
			}
			b.ResetTimer()
			before := cpu()
			var n, size atomic.Int64
			b.SetParallelism(8)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					size.Store(int64(get(mine[int(n.Add(1))%len(mine)])))
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
			b.ReportMetric(float64((cpu()-before).Microseconds())/float64(b.N), "cpu-us/op")
			b.ReportMetric(float64(size.Load()), "bytes")
		})
	}
}

// cpu is what the process has used of all processors: on a machine that does other things too, the only steady measure.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
