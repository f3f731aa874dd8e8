// SPDX-License-Identifier: Apache-2.0

package organize

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Chart is the wall chart: who stands where, in columns.
type Chart struct {
	By      Grouping    `json:"by"`
	Columns []Column    `json:"columns"` // holes are in them: a worksite without people is an empty column
	Tests   []ChartTest `json:"tests"`
	N       int         `json:"n"`     // distinct people of the unit within reach and the chosen region
	On      int         `json:"on"`    // of them, those whom the filter keeps; N without one
	Shown   int         `json:"shown"` // distinct people on this page of columns
	From    int         `json:"from"`  // the first column's place among all
	Of      int         `json:"of"`    // columns in all
	Skip    int         `json:"skip"`  // cards of the only column of a page that come before it, where one worksite is more than a page holds
	List    int         `json:"list"`  // version of the unit's list, 0 for none
	ListDay string      `json:"list_day"`
	AsOf    time.Time   `json:"as_of"` // zero: now
}

// Grouping says what a column is.
type Grouping string

// The groupings. By contact the columns are leaders, and a card moved between them changes who keeps contact.
const (
	BySite    Grouping = "site"
	ByShift   Grouping = "shift"
	ByJob     Grouping = "job"
	ByContact Grouping = "contact"
)

// Groupings lists them.
var Groupings = []Grouping{BySite, ByShift, ByJob, ByContact}

// Column is one of the chart. People without an assessment come first: they are the holes that the chart is there to show.
type Column struct {
	Key    string `json:"key"` // worksite, shift, occupation or leader; "" for none
	Label  string `json:"label"`
	Under  string `json:"under,omitempty"`
	Cards  []Card `json:"cards"`
	N      int    `json:"n"`      // cards, also those that are on other pages
	Blank  int    `json:"blank"`  // not assessed
	With   int    `json:"with"`   // 1 or 2
	On     int    `json:"on"`     // kept by the filter
	Leader bool   `json:"leader"` // somebody of the column leads people
}

// ChartTest is a structure test whose ticks the cards carry.
type ChartTest struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Open bool   `json:"open"`
}

// Card is one person. What the reader may not see stays zero.
type Card struct {
	Person  string      `json:"person"`
	Name    string      `json:"name"`
	Site    string      `json:"site"`
	Job     string      `json:"job"`
	Shift   string      `json:"shift"`
	Value   int         `json:"value"`
	ValueAt time.Time   `json:"value_at"`
	Stale   bool        `json:"stale"`
	Marked  string      `json:"marked,omitempty"`
	Leads   int         `json:"leads,omitempty"`
	Contact string      `json:"contact,omitempty"` // who keeps contact with her
	Pledge  PledgeState `json:"pledge,omitempty"`
	Booked  string      `json:"booked,omitempty"` // yes, no; "" while no line has opened its shifts
	Ticks   []Answer    `json:"ticks,omitempty"`  // for each of the chart's tests
	On      bool        `json:"on"`               // kept by the filter
	Label   string      `json:"-"`                // all of it in words
}

// Filter keeps cards: with Any those that fit one of the conditions, else those that fit all. None keeps everybody.
type Filter struct {
	Any   bool
	Terms []Term
}

// Term is one condition, or its opposite.
type Term struct {
	Not  bool
	Text string // value:1 … value:5, value:none, stale, pledge:public, booked, leader, contact:none, test:<id>:yes, job:MD, shift:night
}

func (f Filter) keeps(c *Card, tests []ChartTest) bool {
	for _, t := range f.Terms {
		if (t.fits(c, tests) != t.Not) == f.Any {
			return f.Any
		}
	}
	return !f.Any || len(f.Terms) == 0
}

func (t Term) fits(c *Card, tests []ChartTest) bool {
	what, rest, _ := strings.Cut(t.Text, ":")
	switch what {
	case "value":
		return rest == "none" && c.Value == 0 || len(rest) == 1 && c.Value == int(rest[0]-'0') && c.Value != 0
	case "stale":
		return c.Stale
	case "pledge":
		return string(c.Pledge) == rest || rest == "any" && (c.Pledge == PledgePrivate || c.Pledge == PledgePublic)
	case "booked":
		return c.Booked == "yes"
	case "leader":
		return c.Marked != "" || c.Leads > 0
	case "contact":
		return c.Contact == ""
	case "test":
		id, answer, _ := strings.Cut(rest, ":")
		i := slices.IndexFunc(tests, func(t ChartTest) bool { return t.ID == id })
		return i >= 0 && i < len(c.Ticks) && string(c.Ticks[i]) == answer
	case "job":
		return c.Job == rest
	case "shift":
		return c.Shift == rest
	}
	return false
}

// order puts the blanks on top, then 1 to 5, and within each the names as they came.
func order(cards []Card) {
	slices.SortStableFunc(cards, func(a, b Card) int { return cmp.Compare(a.Value, b.Value) })
}

// sum counts a column.
func (c *Column) sum() {
	c.N, c.Blank, c.With, c.On, c.Leader = len(c.Cards), 0, 0, 0, false
	for i := range c.Cards {
		card := &c.Cards[i]
		c.Blank += bit(card.Value == 0)
		c.With += bit(card.Value == 1 || card.Value == 2)
		c.On += bit(card.On)
		c.Leader = c.Leader || card.Leads > 0
	}
}
