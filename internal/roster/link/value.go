// SPDX-License-Identifier: Apache-2.0

package link

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// value is one distinct cell of a column, read as its kind asks.
type value struct {
	text    string    // as compared for equality
	words   []string  // of names, organizations, addresses, texts: sorted by nothing, as printed
	weights []float64 // of words: rare ones weigh most
	glued   string    // text without spaces, nor the house number
	number  string    // of an address: the house number
	local   string    // of an e-mail address: what stands before the @
	day     time.Time // of a date that could be read
	count   int32     // rows that have it
}

// readValue returns nil for a cell that says nothing.
func readValue(kind Kind, cell string) *value {
	cell = strings.Trim(strings.TrimSpace(cell), `"'`)
	if IsBlank(cell) {
		return nil
	}
	v := &value{text: Fold(cell)}
	switch kind {
	case Phone:
		v.text = digits(cell)
		if len(v.text) == 11 && v.text[0] == '1' {
			v.text = v.text[1:]
		}
	case Code, Postcode:
		v.words = strings.Fields(v.text)
		v.text = strings.ReplaceAll(v.text, " ", "")
	case Email:
		v.text = strings.ToLower(cell)
		v.local, _, _ = strings.Cut(v.text, "@")
	case Date:
		v.day = readDay(cell)
		if !v.day.IsZero() {
			v.text = v.day.Format("20060102")
		} else {
			v.text = strings.ReplaceAll(v.text, " ", "")
		}
	case Name:
		if family, given, ok := strings.Cut(cell, ","); ok && !strings.Contains(given, ",") {
			v.text = Fold(given + " " + family)
		}
		v.words = strings.Fields(v.text)
	case Given, Family:
		v.words = strings.Fields(v.text)
	case Address:
		v.words = strings.Fields(v.text)
		for i, w := range v.words {
			v.words[i] = ordinal(w)
		}
		v.text = strings.Join(v.words, " ")
		if len(v.words) > 1 && isNumber(v.words[0]) {
			v.number, v.words = v.words[0], v.words[1:]
		}
	case Org, Text, Place, Category:
		v.words = strings.Fields(v.text)
	}
	if v.text == "" {
		return nil
	}
	v.glued = strings.ReplaceAll(strings.TrimPrefix(v.text, v.number), " ", "")
	return v
}

// IsBlank reports whether a cell only says that there is nothing to say.
func IsBlank(cell string) bool {
	switch strings.ToLower(strings.TrimSpace(cell)) {
	case "", "-", "--", "n/a", "na", "#n/a", "null", "nan", "nil", ".", "unknown":
		return true
	}
	return false
}

var ordinals = map[string]string{
	"first": "1", "second": "2", "third": "3", "fourth": "4", "fifth": "5", "sixth": "6", "seventh": "7", "eighth": "8",
	"ninth": "9", "tenth": "10",
}

// ordinal returns a street's number without its ending: "132nd" and "fifth" as "132" and "5".
func ordinal(w string) string {
	if n, ok := ordinals[w]; ok {
		return n
	}
	if len(w) > 2 && isNumber(w) {
		switch w[len(w)-2:] {
		case "st", "nd", "rd", "th":
			return w[:len(w)-2]
		}
	}
	return w
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

var dayForms = []string{
	"2006-01-02", "20060102", "2006/01/02", "2006-1-2", "1/2/2006", "01/02/2006", "2.1.2006", "02-Jan-2006", "2 Jan 2006", "January 2, 2006", "Jan 2, 2006",
	time.DateTime, time.RFC3339, "1/2/06",
}

// readDay reads a date in the usual forms, US order of day and month; the zero time if it is none.
func readDay(s string) time.Time {
	for _, form := range dayForms {
		if t, err := time.Parse(form, s); err == nil {
			return t
		}
	}
	if len(s) == 10 && s[2] == '/' && s[5] == '/' { // 31/12/1980: the day first
		if t, err := time.Parse("02/01/2006", s); err == nil {
			return t
		}
	}
	return time.Time{}
}

// field is one compared column with its distinct values.
type field struct {
	Column
	measure
	values []value
	of     []int32 // row -> index of its value, -1 without
	twin   int     // another field whose cells may stand in this one by mistake, -1 without
}

const none = -1

func readField(c Column, cells func(yield func(string) bool)) *field {
	f := &field{Column: c, measure: measures[c.Kind], twin: none}
	seen := map[string]int32{}   // cell -> value
	byText := map[string]int32{} // text -> value
	for cell := range cells {
		at, ok := seen[cell]
		if !ok {
			at = none
			if v := readValue(c.Kind, cell); v != nil {
				if at, ok = byText[v.text]; !ok {
					at = int32(len(f.values))
					f.values = append(f.values, *v)
					byText[v.text] = at
				}
			}
			seen[cell] = at
		}
		f.of = append(f.of, at)
		if at >= 0 {
			f.values[at].count++
		}
	}
	f.weigh()
	return f
}

// weigh gives words their weights: the logarithm of how rare they are.
func (f *field) weigh() {
	has := map[string]int32{}
	rows := 0.0
	for i := range f.values {
		v := &f.values[i]
		rows += float64(v.count)
		for j, w := range v.words {
			if !slices.Contains(v.words[:j], w) {
				has[w] += v.count
			}
		}
	}
	for i := range f.values {
		v := &f.values[i]
		for _, w := range v.words {
			v.weights = append(v.weights, math.Log2(1+rows/float64(has[w])))
		}
	}
}

// parts returns year, month and day as text.
func (v *value) parts() (y, m, d string) {
	return strconv.Itoa(v.day.Year()), strconv.Itoa(int(v.day.Month())), strconv.Itoa(v.day.Day())
}
