// SPDX-License-Identifier: Apache-2.0

package sheet_test

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/tenday/tenday/internal/sheet"
)

const benchRows = 100_000

func bigTable() *sheet.Table {
	t := &sheet.Table{Name: "List"}
	for i := range 15 {
		t.Columns = append(t.Columns, sheet.Column{Title: fmt.Sprint("Column ", i)})
	}
	t.Rows = func(yield func([]string, error) bool) {
		for i := range benchRows {
			n := fmt.Sprintf("%07d", i)
			if !yield([]string{
				n, "NYSTRÖM, ALEX " + n, "MD", "Physician", "0414", "0414", "Example Health Camden Clinic", "1.0", "D",
				"03/07/2019", "", "55412", "(651) 555-0142", "alex." + n + "@clinic.example.org", "A",
			}, nil) {
				return
			}
		}
	}
	return t
}

// sharedStrings is the list as Excel itself writes it: distinct texts in a part of their own.
func sharedStrings(b *testing.B) []byte {
	b.Helper()
	f := excelize.NewFile()
	row := 0
	for values, err := range bigTable().Rows {
		if err != nil {
			b.Fatal(err)
		}
		row++
		cells := make([]any, len(values))
		for i, v := range values {
			cells[i] = v
		}
		if err := f.SetSheetRow("Sheet1", fmt.Sprint("A", row), &cells); err != nil {
			b.Fatal(err)
		}
	}
	var buf bytes.Buffer
	if err := f.Write(&buf); err != nil {
		b.Fatal(err)
	}
	return buf.Bytes()
}

// BenchmarkRead reports rows a second and the most heap that was in use above what stood there before, sampled.
func BenchmarkRead(b *testing.B) {
	for name, make := range map[string]func() []byte{
		"csv":         func() []byte { var w bytes.Buffer; _ = sheet.WriteCSV(&w, bigTable()); return w.Bytes() },
		"xlsx-inline": func() []byte { var w bytes.Buffer; _ = sheet.WriteXLSX(&w, bigTable()); return w.Bytes() },
		"xlsx-shared": func() []byte { return sharedStrings(b) },
	} {
		b.Run(name, func(b *testing.B) {
			data := make()
			b.SetBytes(int64(len(data)))
			peak := watch(b)
			for b.Loop() {
				book, err := open("list", data, sheet.Limits{})
				if err != nil {
					b.Fatal(err)
				}
				n := 0
				for _, err := range book.Sheets[0].Rows() {
					if err != nil {
						b.Fatal(err)
					}
					n++
				}
				if n < benchRows {
					b.Fatal(n)
				}
			}
			b.ReportMetric(float64(benchRows*b.N)/b.Elapsed().Seconds(), "rows/s")
			b.ReportMetric(float64(peak())/(1<<20), "peak-MB")
		})
	}
}

func BenchmarkWrite(b *testing.B) {
	for name, write := range writers {
		b.Run(name, func(b *testing.B) {
			peak := watch(b)
			for b.Loop() {
				if err := write(io.Discard, bigTable()); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(benchRows*b.N)/b.Elapsed().Seconds(), "rows/s")
			b.ReportMetric(float64(peak())/(1<<20), "peak-MB")
		})
	}
}

// watch samples the heap until the returned function is called.
func watch(b *testing.B) func() uint64 {
	b.Helper()
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	before, most := m.HeapInuse, m.HeapInuse
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			case <-time.After(5 * time.Millisecond):
				runtime.ReadMemStats(&m)
				most = max(most, m.HeapInuse)
			}
		}
	}()
	return func() uint64 {
		close(stop)
		<-done
		return most - before
	}
}
