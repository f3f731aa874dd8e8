// SPDX-License-Identifier: Apache-2.0

package picket

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/tenday/tenday/flow"
)

var planColumns = []string{"member_id", "site_id", "shift_id", "role", "state", "travel_min", "answer"}

// WriteCSV writes the placements as plan.csv, in their order.
func (r *Result) WriteCSV(w io.Writer) error {
	c := csv.NewWriter(w)
	c.Write(planColumns) //nolint:errcheck // Error has it
	for _, p := range r.Placements {
		c.Write([]string{ //nolint:errcheck // Error has it
			r.in.Members[p.Member].ID, r.in.Sites[p.Site].ID, r.in.Shifts[p.Shift].ID, p.Role.String(), string(p.State),
			strconv.Itoa(p.Minutes), string(p.Answer),
		})
	}
	c.Flush()
	if err := c.Error(); err != nil {
		return fmt.Errorf("write plan: %w", err)
	}
	return nil
}

// WriteMin writes the network of the plan in DIMACS format, with the weights of the levels in its comment. What teams and rest have done to
// it is in it.
func (r *Result) WriteMin(w io.Writer) error {
	var comment strings.Builder
	comment.WriteString("weights")
	for _, l := range r.m.order {
		fmt.Fprintf(&comment, " %v=%d", l, r.k.weights[l])
	}
	return flow.WriteMin(w, r.live.Problem(), comment.String())
}
