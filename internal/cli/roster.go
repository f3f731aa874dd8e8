// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"runtime/debug"
	"strings"

	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/roster/link"
)

type rosterCmd struct {
	Match rosterMatchCmd `cmd:"" help:"cli.help.roster_match"`
}

// rosterMatchCmd links the rows of any one or two lists. It needs no database and changes none.
type rosterMatchCmd struct {
	A       string `arg:"" help:"cli.arg.match_a"`
	B       string `arg:"" optional:"" help:"cli.arg.match_b"`
	Out     string `short:"o" placeholder:"FILE" help:"cli.flag.match_out"`
	Truth   string `placeholder:"FILE" help:"cli.flag.match_truth"`
	Columns string `placeholder:"FILE" help:"cli.flag.match_columns"`
	Format  string `enum:"text,json" default:"text" help:"cli.flag.notice_format"`
}

// matchMemory is where the collector begins to work harder while lists are matched.
const matchMemory = 1200 << 20

// matchSummary is what a match found, as printed.
type matchSummary struct {
	Rows     []int         `json:"rows"` // by file
	Columns  []matchColumn `json:"columns"`
	Compared int           `json:"pairs_compared"`
	Found    int           `json:"pairs_found"`
	Score    *matchScore   `json:"score,omitempty"`
}

type matchColumn struct {
	Name string    `json:"name"`
	Kind link.Kind `json:"kind"`
}

// matchScore is pairwise.
type matchScore struct {
	True      int     `json:"pairs_true"`
	Right     int     `json:"pairs_right"`
	Wrong     int     `json:"pairs_wrong"`
	Missed    int     `json:"pairs_missed"`
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
	F1        float64 `json:"f1"`
}

// Run matches, writes the pairs and says how many there are, and how good they are where the truth is known.
func (m *rosterMatchCmd) Run(ctx context.Context, c *console) error {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(matchMemory)
	}
	lists, err := readMatchLists(m.A, m.B, m.Columns)
	if err != nil {
		return err
	}
	truth, err := lists.truth(m.Truth)
	if err != nil {
		return err
	}
	res, err := link.Link(ctx, lists.table, func(s link.Stage) { c.note("cli.match.stage_" + string(s)) })
	switch {
	case errors.Is(err, link.ErrNoColumn):
		return fault.New(fault.Invalid, "cli.match.no_column", "File", m.A)
	case errors.Is(err, link.ErrFewRows):
		return fault.New(fault.Invalid, "cli.match.few_rows", "File", m.A)
	case err != nil:
		return err
	}
	sum := lists.summary(res)
	if truth != nil {
		sum.Score = scoreOf(truth.score(res))
	}
	if m.Out != "" {
		if err := c.writePairs(m.Out, lists, res); err != nil {
			return err
		}
	}
	if m.Format == "json" {
		e := json.NewEncoder(c.out)
		e.SetIndent("", "  ")
		return e.Encode(sum)
	}
	c.matchSummary(sum)
	return nil
}

func (l *matchLists) summary(res *link.Result) matchSummary {
	sum := matchSummary{Compared: res.Compared, Found: len(res.Pairs)}
	for _, f := range l.files {
		sum.Rows = append(sum.Rows, len(f.lines))
	}
	for _, col := range l.table.Columns {
		sum.Columns = append(sum.Columns, matchColumn{col.Name, col.Kind})
	}
	return sum
}

func scoreOf(s link.Score) *matchScore {
	four := func(x float64) float64 { return math.Round(x*1e4) / 1e4 }
	return &matchScore{s.True, s.Right, s.Found - s.Right, s.True - s.Right, four(s.Precision()), four(s.Recall()), four(s.F1())}
}

func (c *console) matchSummary(s matchSummary) {
	var columns []string
	for _, col := range s.Columns {
		columns = append(columns, col.Name+"="+string(col.Kind))
	}
	c.say("cli.match.columns", "Columns", strings.Join(columns, ", "))
	line := func(n int, key string) { fmt.Fprintf(c.out, "%9d  %s\n", n, c.tr.T(key)) }
	rows := 0
	for _, n := range s.Rows {
		rows += n
	}
	line(rows, "cli.match.rows")
	line(s.Compared, "cli.match.compared")
	line(s.Found, "cli.match.found")
	if s.Score == nil {
		return
	}
	line(s.Score.True, "cli.match.true")
	line(s.Score.Right, "cli.match.right")
	line(s.Score.Wrong, "cli.match.wrong")
	line(s.Score.Missed, "cli.match.missed")
	c.say("cli.match.score", "Precision", fmt.Sprintf("%.4f", s.Score.Precision), "Recall", fmt.Sprintf("%.4f", s.Score.Recall),
		"F1", fmt.Sprintf("%.4f", s.Score.F1))
}
