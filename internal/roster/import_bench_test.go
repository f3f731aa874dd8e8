// SPDX-License-Identifier: Apache-2.0

package roster_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/tenday/tenday/internal/db/dbtest"
	"github.com/tenday/tenday/internal/roster"
)

// bigList makes a list of n people from a seed; year changes some of them: a tenth move, a hundredth are new.
func bigList(n, year int, sites []roster.Worksite) []byte {
	r := rand.New(rand.NewPCG(20251105, 7))
	syllables := strings.Fields("an bar cor del en fal gor hal is jen kar lun mor nor ol pet ros sam tor vik")
	word := func(k int) string {
		s := ""
		var sSb23 strings.Builder
		for range 3 {
			sSb23.WriteString(syllables[k%len(syllables)])
			k /= len(syllables)
		}
		s += sSb23.String()
		return strings.ToUpper(s[:1]) + s[1:]
	}
	var b bytes.Buffer
	b.WriteString("Employee ID,Last Name,First Name,Credential,Job Title,Location Code,FTE,Shift,Hire Date,Home ZIP,Home Phone,Work Email,Employment Status\n")
	for i := range n {
		family, given, site, area := word(r.IntN(8000)), word(r.IntN(2000)), r.IntN(len(sites)), 201+r.IntN(700)
		number := i
		if year > 0 && i%100 == 0 {
			number += n
			family = word(i % 8000)
		}
		if year > 0 && i%10 == 1 {
			site = (site + 1) % len(sites)
		}
		fmt.Fprintf(&b, "%07d,%s,%s,MD,Physician,%s,%.2f,Day,%02d/%02d/20%02d,55%03d,(%d) %03d-%04d,p%d@clinic.example.org,Active\n", number, family, given,
			sites[site].Code, []float64{1, .8, .6}[i%3], 1+i%12, 1+i%28, 1+i%24, i%1000, area, 201+i%700, i%10000, number)
	}
	return b.Bytes()
}

// BenchmarkImport brings in 100,000 people, then the next list of as many, and takes it back.
func BenchmarkImport(b *testing.B) {
	for b.Loop() {
		r := newRoom(b, dbtest.SQLite(b, nil))
		sites, err := r.Worksites(r.ctx)
		r.must(err)
		for year, day := range []string{"2025-05-30", "2025-10-31"} {
			start := b.Elapsed()
			i := r.preview(roster.EmployerList, "big.csv", bigList(100_000, year, sites), day)
			b.ReportMetric((b.Elapsed() - start).Seconds(), fmt.Sprintf("s-preview-%d", year))
			_, err := r.DecideAll(r.ctx, i.ID, roster.HoldRow, 1)
			r.must(err)
			start = b.Elapsed()
			r.must(r.Apply(r.ctx, i.ID))
			b.ReportMetric((b.Elapsed() - start).Seconds(), fmt.Sprintf("s-apply-%d", year))
			b.Log(i.State, i.Summary.States, i.Summary.Absent, memory(b))
			if year == 1 {
				start = b.Elapsed()
				_, err := r.Undo(r.ctx, i.ID)
				r.must(err)
				b.ReportMetric((b.Elapsed() - start).Seconds(), "s-undo")
			}
		}
		b.Log(memory(b))
	}
}

// memory returns the most memory that the process has held.
func memory(tb testing.TB) string {
	tb.Helper()
	body, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return "unknown"
	}
	for line := range strings.Lines(string(body)) {
		if strings.HasPrefix(line, "VmHWM") {
			return strings.TrimSpace(line)
		}
	}
	return "unknown"
}
