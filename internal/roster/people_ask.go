// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/web"
)

// asked is what an address of the people list says. Search words and the place in the list are sealed: an address stands in
// histories and logs, and a name must not.
type asked map[string]string

// askedNames are the parts of an address, in the order in which they are written.
var askedNames = []string{"q", "site", "region", "job", "shift", "unit", "member", "contact", "leave", "sort", "desc", "col"}

// filterNames are those of them that narrow the list.
var filterNames = askedNames[:9]

// unknown stands for what a list cannot be narrowed by: nobody is in it.
const unknown = "?"

func readAsked(values url.Values) asked {
	a := asked{}
	for _, name := range askedNames {
		switch v := strings.Join(values[name], ","); {
		case len(v) >= 2000: // left out, it would open the list
			a[name] = unknown
		case v != "":
			a[name] = v
		}
	}
	return a
}

// settle puts unknown in the place of every value that is none of the choices: what was typed into an address goes into no query and
// no record.
func (a asked) settle(p *placed) {
	for _, name := range filterNames[1:] {
		if a[name] != "" && !p.offers(name, a[name]) {
			a[name] = unknown
		}
	}
}

// offers tells whether value is one of the choices of a filter.
func (p *placed) offers(name, value string) bool {
	switch name {
	case "site":
		return p.ByCode[value] != nil
	case "region":
		return slices.Contains(p.Regions, value)
	case "job":
		return slices.Contains(jobRank, JobClass(value))
	case "unit":
		return slices.Contains(UnitStatuses, UnitStatus(value))
	case "contact":
		return contactQuality[value] != ""
	}
	return slices.Contains(filterWords[name], value)
}

// filterWords are the choices of the filters that have no table of their own.
var filterWords = map[string][]string{
	"shift": {"day", "evening", "night", "weekend", "rotating"}, "member": {"member", "fee_payer", "none"}, "leave": {"yes", "no"},
}

// with returns the query that a says, with other values for some names: pairs of name and value, "" takes one away.
func (a asked) with(pairs ...string) string {
	var b strings.Builder
	write := func(name, value string) {
		if value == "" {
			return
		}
		if b.Len() > 0 {
			b.WriteByte('&')
		}
		b.WriteString(name + "=" + url.QueryEscape(value))
	}
	for _, name := range askedNames {
		value := a[name]
		for i := 0; i+1 < len(pairs); i += 2 {
			if pairs[i] == name {
				value = pairs[i+1]
			}
		}
		write(name, value)
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if !slices.Contains(askedNames, pairs[i]) {
			write(pairs[i], pairs[i+1])
		}
	}
	return b.String()
}

// address is the list's address for with(pairs...).
func (a asked) address(pairs ...string) string {
	if q := a.with(pairs...); q != "" {
		return "/people?" + q
	}
	return "/people"
}

// filter turns the settled address into a Filter. What is unknown leaves the list empty, not open, and so do sealed words that
// cannot be opened (search is "" then) and what holds no word.
func (a asked) filter(search string, p *placed) Filter {
	f := Filter{
		Search: search, Region: a["region"], Job: a["job"], Shift: a["shift"], Unit: a["unit"], Member: a["member"],
		Contact: a["contact"], OnLeave: a["leave"], Desc: a["desc"] != "",
	}
	if w := p.ByCode[a["site"]]; w != nil {
		f.Site = w.ID
	}
	if sortColumns[a["sort"]] != "" {
		f.Sort = a["sort"]
	}
	if a["q"] != "" && Fold(search) == "" || slices.ContainsFunc(filterNames[1:], func(name string) bool { return a[name] == unknown }) {
		return Filter{Site: "none"}
	}
	return f
}

// detail is the filter for the audit: that words were searched for, never which.
func (a asked) detail() string {
	var parts []string
	for _, name := range filterNames {
		switch {
		case a[name] == "":
		case name == "q":
			parts = append(parts, "search")
		default:
			parts = append(parts, name+"="+a[name])
		}
	}
	return strings.Join(parts, " ")
}

// columns returns the columns chosen, those of a new reader when none are.
func (a asked) columns() []string {
	if a["col"] == "" {
		return []string{"job", "site", "fte", "unit", "contact", "phone"}
	}
	return strings.Split(a["col"], ",")
}

// What is searched for has at most so many bytes and words: each word is a condition of the query.
const (
	mostSearched = 200
	mostWords    = 8
)

// findPeople serves POST /people/find, the form of the search field and of the filters: it seals the words and leads to the list.
func (s *Store) findPeople(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	words := strings.TrimSpace(r.PostForm.Get("q"))
	if len(words) > mostSearched || len(strings.Fields(Fold(words))) > mostWords {
		return fault.Field("q", "roster.people.search_long", "Max", mostWords)
	}
	a := readAsked(r.PostForm)
	a["q"] = web.Seal(r, "people", words)
	return web.Done(w, r, a.address(), nil)
}

func sealCursor(r *http.Request, c cursor) string {
	b, err := json.Marshal(c)
	if err != nil {
		return "" // texts and numbers
	}
	return web.Seal(r, "people.at", string(b))
}

// openCursor returns nil, the beginning, for what sealCursor has not made.
func openCursor(r *http.Request, sealed string) *cursor {
	var c cursor
	if sealed == "" || json.Unmarshal([]byte(web.Unseal(r, "people.at", sealed)), &c) != nil {
		return nil
	}
	return &c
}

// edge makes the cursor at one end of a page whose first line is number from.
func edge(l *Listed, back bool, from int) cursor {
	return cursor{Part: l.part, Value: l.sortVal, Key: l.key, ID: l.ID, Back: back, From: max(1, from)}
}

// atoi reads digits, 0 for anything else.
func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}
