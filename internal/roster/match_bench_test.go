// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// crowdOf makes n people of no known names from a seed. A few family names are very common, as they are anywhere; the
// worksites have 20 people on average, and one has a fifth of everybody.
func crowdOf(n int) []Known {
	r := rand.New(rand.NewPCG(20251105, 1))
	syllables := []string{"an", "bar", "cor", "del", "en", "fal", "gor", "hal", "is", "jen", "kar", "lun", "mor", "nor", "ol", "pet", "ros", "sam", "tor", "vik"}
	word := func(k int) string {
		s := ""
		var sSb21 strings.Builder
		for range 2 + k%2 {
			sSb21.WriteString(syllables[k%len(syllables)])
			k /= 7
		}
		s += sSb21.String()
		return s
	}
	zipf := rand.NewZipf(r, 1.1, 8, 20000)
	table, err := os.ReadFile(filepath.Join("link", "nickname.txt"))
	if err != nil {
		panic(err)
	}
	given := slices.Compact(slices.Sorted(strings.FieldsSeq(string(table))))
	jobs := []JobClass{MD, DO, PA, NP}
	people := make([]Known, n)
	for i := range people {
		site := r.IntN(n/20 + 1)
		if r.IntN(5) == 0 {
			site = 0
		}
		people[i] = Known{
			ID:          fmt.Sprintf("p%06d", i),
			Names:       []Name{{Given: given[r.IntN(len(given))], Family: word(int(zipf.Uint64())) + "son"}},
			Identifiers: []Identifier{{System: "employee_number", Value: fmt.Sprintf("%07d", i)}},
			Phones:      []KnownPhone{{Value: fmt.Sprintf("+1651555%04d%d", i%10000, i/10000)}},
			Emails:      []KnownEmail{{Value: fmt.Sprintf("p%d@clinic.example.org", i)}},
			Worksites:   []string{fmt.Sprintf("%04d", site)},
			JobClass:    jobs[r.IntN(len(jobs))],
			HireDate:    Date{2005, 1, 1}.AddDays(r.IntN(7000)),
		}
	}
	return people
}

// BenchmarkMatch matches a list of 100,000 rows to 100,000 people: the same people, of whom every tenth has another
// number and phone.
func BenchmarkMatch(b *testing.B) {
	const n = 100_000
	people := crowdOf(n)
	rows := make([]Known, n)
	for i, p := range people {
		p.ID, p.Kind = "", EmployerList
		if i%10 == 0 {
			p.Identifiers, p.Phones = []Identifier{{System: "employee_number", Value: fmt.Sprintf("9%06d", i)}}, nil
		}
		rows[i] = p
	}
	for b.Loop() {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		index := NewIndex(DefaultRule, people, nil)
		runtime.GC()
		runtime.ReadMemStats(&after)
		var auto, queue int
		for _, row := range rows {
			if cs := index.Match(row); len(cs) > 0 && cs[0].Band == Auto {
				auto++
			} else if len(cs) > 0 {
				queue++
			}
		}
		if auto < n*9/10 {
			b.Fatalf("%d linked", auto)
		}
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/1e6, "MB-index")
		b.ReportMetric(float64(auto), "linked")
		b.ReportMetric(float64(queue), "queued")
	}
}

// BenchmarkPairs looks for duplicates among 100,000 people.
func BenchmarkPairs(b *testing.B) {
	index := NewIndex(DefaultRule, crowdOf(100_000), nil)
	for b.Loop() {
		b.ReportMetric(float64(len(index.Pairs())), "pairs")
	}
}

// BenchmarkRow reads a row of an employer's list.
func BenchmarkRow(b *testing.B) {
	m := Mapping{Kind: EmployerList, Columns: []Column{
		{Field: FieldEmployeeNumber},
		{Field: FieldFullName, Order: LastFirst},
		{Field: FieldCredential},
		{Field: FieldJobTitle},
		{Field: FieldWorksiteCode},
		{Field: FieldFTE},
		{Field: FieldShift},
		{Field: FieldHireDate},
		{Field: FieldHomeZIP},
		{Field: FieldPhone},
		{Field: FieldEmail},
		{Field: FieldStatus},
	}}
	cells := []string{
		"31955", "AKERLUND, COBBIE S", "MD", "PHYS-FM MD", "414", "40 hrs", "D", "45268", "55412-1234", "320-555-0174",
		"COBBIE.AKERLUND@clinic.example.org", "A",
	}
	ctx := ParseContext{NumberWidth: 7, Region: "US"}
	for b.Loop() {
		if p := m.Row(2, cells, ctx); p.Unreadable {
			b.Fatal(p.Problems)
		}
	}
}
