// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"

	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/roster/link"
	"github.com/tenday/tenday/internal/sheet"
)

// matchPair is a pair as it is written.
type matchPair struct {
	A       string        `json:"a"`
	B       string        `json:"b"`
	LineA   int           `json:"line_a"`
	LineB   int           `json:"line_b"`
	Cluster string        `json:"cluster"`
	Chance  float64       `json:"probability"`
	Bits    float64       `json:"evidence_bits"`
	Reasons []link.Reason `json:"reasons"`
}

// writePairs writes the pairs to a file: as JSON where its name says so, else as CSV.
func (c *console) writePairs(name string, l *matchLists, res *link.Result) (err error) {
	f, err := os.Create(name)
	if err != nil {
		return &fault.Error{Code: fault.Invalid, Key: "cli.match.no_out", Args: map[string]any{"File": name}, Err: err}
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	out := bufio.NewWriter(f)
	write := c.pairsCSV
	if strings.HasSuffix(name, ".json") {
		write = c.pairsJSON
	}
	if err := write(out, l, res); err != nil {
		return fmt.Errorf("write pairs: %w", err)
	}
	return out.Flush()
}

func (l *matchLists) pairOf(res *link.Result, p link.Pair) matchPair {
	line := func(row int) int {
		if split := l.table.Split; split > 0 && row >= split {
			return l.files[1].lines[row-split]
		}
		return l.files[0].lines[row]
	}
	out := matchPair{
		A: l.ids[p.A], B: l.ids[p.B], LineA: line(p.A), LineB: line(p.B), Cluster: l.ids[res.Cluster[p.A]],
		Chance: math.Round(p.Chance()*1e4) / 1e4, Bits: math.Round(p.Bits*10) / 10,
	}
	for r := range res.Reasons(p) {
		r.Bits = math.Round(r.Bits*10) / 10
		out.Reasons = append(out.Reasons, r)
	}
	return out
}

func (c *console) pairsJSON(w io.Writer, l *matchLists, res *link.Result) error {
	pairs := make([]matchPair, 0, len(res.Pairs))
	for _, p := range res.Pairs {
		pairs = append(pairs, l.pairOf(res, p))
	}
	return json.NewEncoder(w).Encode(pairs)
}

func (c *console) pairsCSV(w io.Writer, l *matchLists, res *link.Result) error {
	out := csv.NewWriter(w)
	_ = out.Write([]string{"a", "b", "line_a", "line_b", "cluster", "probability", "evidence_bits", "reasons"}) // out keeps its first error
	for _, p := range res.Pairs {
		one := l.pairOf(res, p)
		var reasons []string
		for _, r := range one.Reasons {
			reasons = append(reasons, fmt.Sprintf("%s: %s (%+.1f)", r.Column, c.tr.T("cli.match.level_"+r.Level), r.Bits))
		}
		_ = out.Write([]string{
			sheet.Guard(one.A), sheet.Guard(one.B), strconv.Itoa(one.LineA), strconv.Itoa(one.LineB), sheet.Guard(one.Cluster),
			strconv.FormatFloat(one.Chance, 'f', 4, 64), strconv.FormatFloat(one.Bits, 'f', 1, 64), sheet.Guard(strings.Join(reasons, "; ")),
		})
	}
	out.Flush()
	return out.Error()
}
