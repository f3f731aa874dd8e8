// SPDX-License-Identifier: Apache-2.0

package line

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/tenday/tenday/internal/i18n"
)

// picket.md 6.7: numbers below five of a single clinic are for its captain, and cannot be had from the total either.
func TestTheWallShowsNoCountBelowFiveOfOneLine(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		w.people(10)
		small, a := w.line("Coon Rapids", "55448", "2025-11-05T07:00", "2025-11-05T11:00", 9)
		large, b := w.line("West St. Paul", "55118", "2025-11-05T07:00", "2025-11-05T11:00", 9)
		now := w.chicago("2025-11-05T06:50:00")
		for n := 1; n <= 10; n++ {
			line, shift := small, a[0]
			if n > 4 {
				line, shift = large, b[0]
			}
			_, err := w.SignUp(w.as(n), shift, OnLine)
			w.must(err)
			w.must(w.Record(w.boss, CheckIn{Line: line, Person: person(n), Kind: "in", Method: "search"}))
		}
		token, err := w.WallLink(w.boss, "", now.Add(time.Hour))
		w.must(err)
		days, err := w.Wall(t.Context(), token)
		w.must(err)
		text, err := i18n.New(Text)
		w.must(err)
		rows, total := dayRows(text.For("en"), days, now)
		if rows[0].Here != Few || rows[0].Expected != Few || rows[0].Booked != Few || rows[1].Here != 6 || total.Here != 6 || total.Expected != 0 {
			t.Errorf("%+v\n%+v\n%+v", rows[0].Day, rows[1].Day, total)
		}
		if few, many, hidden := rows[0].Count(rows[0].Here), rows[1].Count(rows[1].Here), rows[1].Count(rows[1].Expected); few != "under 5" || many != "6" || hidden != "–" {
			t.Errorf("%q, %q, %q", few, many, hidden)
		}
		if out, err := json.Marshal(days); err != nil || strings.Contains(string(out), "taken") {
			t.Errorf("who is booked can be counted: %s, %v", out, err)
		}
		board, err := w.Board(w.boss)
		if err != nil || board[0].Here != 4 {
			t.Errorf("who looks after the line reads %+v, %v", board, err)
		}
	})
}

// What is shown of a line does not give away what is not: those here and those missing are those expected.
func TestTheWallShowsNoCountFromWhichASmallOneFollows(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct{ in, want Day }{
		"enough on both sides": {
			Day{Here: 20, Expected: 33, Booked: 33, Arriving: 13, Missing: 13, Asked: 9, Confirmed: 24, Leaving: 10},
			Day{Here: 20, Expected: 33, Booked: 33, Arriving: 13, Missing: 13, Asked: 9, Confirmed: 24, Leaving: 10},
		},
		"two are missing": {
			Day{Here: 31, Expected: 33, Booked: 33, Missing: 2, Leaving: 31},
			Day{Here: 31, Expected: Hidden, Booked: Hidden, Arriving: Few, Missing: Few, Asked: Few, Confirmed: Few, Leaving: Hidden},
		},
		"three came so far": {
			Day{Here: 3, Expected: 33, Booked: 33, Arriving: 30, Asked: 30, Confirmed: 3},
			Day{Here: Few, Expected: 33, Booked: 33, Arriving: Hidden, Missing: Few, Asked: Hidden, Confirmed: Few, Leaving: Few},
		},
	} {
		if c.in.blur(); c.in != c.want {
			t.Errorf("%s: %+v, want %+v", name, c.in, c.want)
		}
	}
}
