// SPDX-License-Identifier: Apache-2.0

package picket

import "time"

// noticed is what a served ten-day notice names: for each site the hours of the act; an end of zero is open. nil: no notice was given to
// compare with.
type noticed map[int32]Interval

// noticed reads notice.csv: site_id, starts, [ends], wall times at the site.
func (r *reading) noticed(in *Input, sites *table, ids map[string]int32) noticed {
	t := r.open("notice.csv", "site_id starts", "ends", true)
	if _, there := r.read["notice.csv"]; !there {
		return nil
	}
	named := noticed{}
	for _, row := range t.rows {
		site := row.needed("site_id", ids, sites)
		if site < 0 || in.Sites[site].Zone == nil {
			continue
		}
		var at Interval
		for _, c := range []struct {
			column string
			into   *time.Time
		}{{"starts", &at.Start}, {"ends", &at.End}} {
			if c.column == "ends" && row.get("ends") == "" {
				continue
			}
			when, code := instant(row.get(c.column), in.Sites[site].Zone)
			if code != "" {
				row.fail(c.column, code)
			}
			*c.into = when
		}
		if !at.End.IsZero() && !at.End.After(at.Start) {
			row.fail("ends", "ends_before_start")
		}
		named[site] = at
	}
	return named
}

// check warns of a need that the notice does not cover: whether that matters is counsel's question.
func (n noticed) check(r *reading, in *Input, row row, need Need) {
	if n == nil || need.Site < 0 || need.Shift < 0 {
		return
	}
	warn := func(column, code string) {
		r.warnings = append(r.warnings, problem(row.t.name, row.line, column, code, row.get(column)))
	}
	at, ok := n[need.Site]
	shift := in.Shifts[need.Shift].At[need.Site]
	switch {
	case !ok:
		warn("site_id", "site_not_noticed")
	case shift.Start.Before(at.Start) || !at.End.IsZero() && shift.End.After(at.End):
		warn("shift_id", "time_not_noticed")
	}
}
