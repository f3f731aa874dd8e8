// SPDX-License-Identifier: Apache-2.0

package link

import (
	"context"
	"encoding/csv"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tenday/tenday/internal/roster/link/linktest"
)

// openSets are the open sets of testdata: their kinds, column by column, and the floor that a plain matcher of weighted Jaro-Winkler reached
// with the best cut for each (the pairwise F1), or what is asked of us where that is more. Nothing else is set per file.
var openSets = []struct {
	file, kinds string
	least       float64
}{
	{"febrl_dataset1.csv", "id truth given family number address address place postcode category date code", 0.99},
	{"febrl_dataset3.csv", "id truth given family number address address place postcode category date code", 0.99},
	{"febrl_dataset3.csv", "id truth given family number address address place postcode category date skip", 0.98}, // without the number
	{"splink_fake_1000.csv", "id given family date place email truth", 0.94},
	{"chicago_sites_dev.csv", "truth id skip org address postcode phone skip skip skip", 0.94},
	{"restaurant_fodors_zagats.csv", "org address place category truth", 0.908},
}

// readSet reads a set; kinds "" has them guessed.
func readSet(tb testing.TB, file, kinds string) (t Table, truth []string) {
	tb.Helper()
	f, err := os.Open(filepath.Join("testdata", file))
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		tb.Fatal(err)
	}
	t = tableOf(all[0], all[1:])
	if kinds != "" {
		for i, k := range strings.Fields(kinds) {
			t.Columns[i] = Column{all[0][i], Kind(k)}
		}
	}
	for i, c := range t.Columns {
		if c.Kind == Truth {
			truth = t.Cells[i]
		}
	}
	return t, truth
}

func tableOf(headers []string, rows [][]string) Table {
	cells := make([][]string, len(headers))
	for i := range headers {
		for _, r := range rows {
			cells[i] = append(cells[i], r[i])
		}
	}
	return Table{Columns: Guess(headers, cells), Cells: cells}
}

func TestOpenSetsStayAboveTheirFloors(t *testing.T) {
	t.Parallel()

	for _, s := range openSets {
		if testing.Short() && strings.Contains(s.file, "dataset3") {
			continue
		}
		table, truth := readSet(t, s.file, s.kinds)
		r, err := Link(t.Context(), table, nil)
		if err != nil {
			t.Fatal(err)
		}
		got := r.ScoreLabels(truth)
		t.Logf("%-30s %6d rows, %6d pairs found: precision %.4f, recall %.4f, F1 %.4f", s.file, len(truth), got.Found, got.Precision(), got.Recall(), got.F1())
		if got.F1() < s.least {
			t.Errorf("%s: F1 %.4f, want at least %.3f", s.file, got.F1(), s.least)
		}
	}
}

// People whom no open set has: made here, with the headings to be guessed. The rates of mistakes go up to where one cell in two is
// wrong or blank.
func TestMadePeopleAreFound(t *testing.T) {
	t.Parallel()

	for _, c := range []struct {
		wrong, blank, least float64
	}{{0.12, 0.08, 0.98}, {0.35, 0.15, 0.88}} {
		m := linktest.New(11)
		m.Wrong, m.Blank = c.wrong, c.blank
		a, b, ta, tb := m.Two(1000, 0.6)
		table := tableOf(linktest.Headers, slices.Concat(a, b))
		table.Split = len(a)
		r, err := Link(t.Context(), table, nil)
		if err != nil {
			t.Fatal(err)
		}
		two := r.ScoreLabels(slices.Concat(ta, tb))
		rows, truth := m.One(1200, 4)
		r, err = Link(t.Context(), tableOf(linktest.Headers, rows), nil)
		if err != nil {
			t.Fatal(err)
		}
		one := r.ScoreLabels(truth)
		t.Logf("wrong %.2f, blank %.2f: two files precision %.4f recall %.4f F1 %.4f; one file %.4f %.4f %.4f", c.wrong, c.blank,
			two.Precision(), two.Recall(), two.F1(), one.Precision(), one.Recall(), one.F1())
		if two.F1() < c.least || one.F1() < c.least {
			t.Errorf("wrong %.2f: F1 %.4f between two files and %.4f in one, want at least %.2f", c.wrong, two.F1(), one.F1(), c.least)
		}
	}
}

// Two lists of different people: what is found must be next to nothing, however much the method would like to find something.
func TestStrangersStayStrangers(t *testing.T) {
	t.Parallel()

	a, b, _, _ := linktest.New(5).Two(800, 0)
	table := tableOf(linktest.Headers, slices.Concat(a, b))
	table.Split = len(a)
	r, err := Link(t.Context(), table, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Pairs) > 5 {
		t.Errorf("%d pairs between lists of strangers, the first %v %v", len(r.Pairs), a[r.Pairs[0].A], b[r.Pairs[0].B-len(a)])
	}
}

func TestTheSameTableGivesTheSameResult(t *testing.T) {
	t.Parallel()

	rows, _ := linktest.New(3).One(2000, 3) // enough rows for blocks and draws
	table := tableOf(linktest.Headers, rows)
	var pairs [2][]Pair
	for i := range pairs {
		r, err := Link(t.Context(), table, nil)
		if err != nil {
			t.Fatal(err)
		}
		pairs[i] = r.Pairs
	}
	if diff := cmp.Diff(pairs[0], pairs[1]); diff != "" {
		t.Errorf("second time (-first +second):\n%s", diff)
	}
}

func TestReasonsAddUpToTheEvidence(t *testing.T) {
	t.Parallel()

	table, _ := readSet(t, "splink_fake_1000.csv", "")
	r, err := Link(t.Context(), table, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range r.Pairs {
		bits := r.Prior()
		for reason := range r.Reasons(p) {
			bits += reason.Bits
		}
		if d := bits - p.Bits; d > 1e-6 || d < -1e-6 {
			t.Fatalf("pair %v: reasons add up to %.3f", p, bits)
		}
	}
}

// A chain of likenesses must not join two people: a row between them goes to the nearer.
func TestAChainDoesNotJoinTwoPeople(t *testing.T) {
	t.Parallel()

	table, truth := readSet(t, "splink_fake_1000.csv", "")
	r, err := Link(t.Context(), table, nil)
	if err != nil {
		t.Fatal(err)
	}
	sizes := map[int]int{}
	for _, c := range r.Cluster {
		sizes[c]++
	}
	people := map[string]int{}
	for _, who := range truth {
		people[who]++
	}
	most := func(m int, n int) int { return max(m, n) }
	biggest, real := 0, 0
	for _, n := range sizes {
		biggest = most(biggest, n)
	}
	for _, n := range people {
		real = most(real, n)
	}
	if biggest > real+2 {
		t.Errorf("a cluster of %d rows, the largest person has %d", biggest, real)
	}
}

func TestLinkRefusesWhatItCannotDo(t *testing.T) {
	t.Parallel()

	one := Table{Columns: []Column{{"name", Name}}, Cells: [][]string{{"Rosa Almquist"}}}
	if _, err := Link(t.Context(), one, nil); !errors.Is(err, ErrFewRows) {
		t.Errorf("one row: %v", err)
	}
	one.Columns[0].Kind = Skip
	if _, err := Link(t.Context(), one, nil); !errors.Is(err, ErrNoColumn) {
		t.Errorf("no column: %v", err)
	}
	rows, _ := linktest.New(3).One(3000, 2)
	ctx, cancel := context.WithCancel(t.Context())
	stage := Stage("")
	_, err := Link(ctx, tableOf(linktest.Headers, rows), func(s Stage) {
		if stage = s; s == Comparing {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || stage == Joining {
		t.Errorf("stopped while comparing: %v at %s", err, stage)
	}
}
