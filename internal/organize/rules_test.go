// SPDX-License-Identifier: Apache-2.0

package organize

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/internal/roster"
)

var nbsp = strings.NewReplacer("\u00a0", " ")

//go:embed testdata/counts.json
var countVectors []byte

func TestNumbersAgreeWithTheVectors(t *testing.T) {
	t.Parallel()

	b, err := i18n.New(i18n.Text)
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		ID, Fn                    string
		Yes, No, Unknown, N       int
		Pct                       *float64
		Text                      string
		Lines                     map[string]int
		Sites, Ratio, Led, Booked int
		Result                    any
		Public                    Share       `json:"public_pledge"`
		BookedShare               Share       `json:"-"`
		Coverage                  Share       `json:"coverage"`
		LimitedBy                 string      `json:"limited_by"`
		Assessed                  roster.Date `json:"assessed_at"`
		Today                     roster.Date
		Served                    *roster.Date `json:"notice_served_at"`
		Stale                     bool
		Ballots                   int
		OfVotes                   float64 `json:"yes_of_votes"`
		OfUnit                    float64 `json:"yes_of_unit"`
		Turnout                   float64
	}
	var raw []map[string]json.RawMessage
	if err := json.Unmarshal(countVectors, &raw); err != nil {
		t.Fatal(err)
	}
	shares := map[int]Share{} // "booked" is a number in one vector and a share in another
	for i, c := range raw {
		var s Share
		if json.Unmarshal(c["booked"], &s) == nil && s.N > 0 {
			shares[i] = s
			delete(c, "booked")
		}
		if string(c["fn"]) == `"slots"` { // the line's: its lines are picket lines
			delete(c, "lines")
		}
	}
	again, err := json.Marshal(raw)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(again, &cases); err != nil {
		t.Fatal(err)
	}
	r := DefaultRules()
	pct := func(s Share) float64 { return float64(s.Tenths()) / 10 }
	ran := 0
	for i, c := range cases {
		ran++
		check := func(what string, got, want any) {
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s %s: %v, want %v", c.ID, what, got, want)
			}
		}
		switch c.Fn {
		case "participation":
			tally := Tally{N: c.N, Yes: c.Yes, No: c.No, Unknown: c.Unknown}
			// The house sets a no-break space before the sign, which is no difference of the vector's.
			check("text", nbsp.Replace(b.For("en").Share(tally.Yes, tally.N)), c.Text)
			if c.Pct != nil {
				check("pct", pct(Share{tally.Yes, tally.N}), *c.Pct)
			}
		case "majority_lines":
			for line, want := range c.Lines {
				got := Majority(c.N)
				if line != "more_than_half" {
					var p int
					if _, err := fmt.Sscan(line, &p); err != nil {
						t.Fatal(err)
					}
					got = Needed(c.N, p)
				}
				check(line, got, want)
			}
		case "captains_needed":
			check("captains", CaptainsNeeded(c.Sites, c.N, c.Ratio), c.Result)
		case "readiness":
			least, limits := Weakest(c.Public, shares[i], c.Coverage)
			check("pct", pct(least), *c.Pct)
			check("limited by", limits, c.LimitedBy)
		case "expected":
			check("expected", r.Expected(c.Booked), c.Result)
		case "yes_both_ways":
			check("of votes", pct(Share{c.Yes, c.Ballots}), c.OfVotes)
			check("of unit", pct(Share{c.Yes, c.N}), c.OfUnit)
			check("turnout", pct(Share{c.Ballots, c.N}), c.Turnout)
		case "load":
			check("load", r.Load(c.Led), c.Result)
		case "stale":
			check("stale", r.Stale(c.Assessed, c.Today, c.Served != nil), c.Stale)
		case "slots":
		default:
			t.Errorf("%s: no test of %q", c.ID, c.Fn)
		}
	}
	if ran < 19 {
		t.Errorf("%d vectors, want 19", ran)
	}
}

func TestTheVectorsAreThoseOfTheSpecification(t *testing.T) {
	t.Parallel()

	shared := os.Getenv("TENDAY_SHARED")
	if shared == "" {
		t.Skip("TENDAY_SHARED is not set: the copy was not compared with the specification")
	}
	b, err := os.ReadFile(shared + "/spec/campaign-vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var all struct{ Counts []map[string]any }
	var own []map[string]any
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(countVectors, &own); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(all.Counts) != fmt.Sprint(own) {
		t.Error("testdata/counts.json differs from the specification")
	}
}
