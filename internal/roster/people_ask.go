// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/tenday/tenday/internal/web"
)

// asked is what an address of the people list says. Search words and the place in the list are sealed: an address stands in
// histories and logs, and a name must not.
type asked map[string]string

// askedNames are the parts of an address, in the order in which they are written.
var askedNames = []string{"q", "site", "region", "job", "shift", "unit", "member", "contact", "leave", "sort", "desc", "col"}

// filterNames are those of them that narrow the list.
var filterNames = askedNames[:9]

func readAsked(values url.Values) asked {
	a := asked{}
	for _, name := range askedNames {
		if v := strings.Join(values[name], ","); v != "" && len(v) < 2000 {
			a[name] = v
		}
	}
	return a
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

// filter turns the address into a Filter; a worksite code that there is none of leaves the list empty, not open.
func (a asked) filter(search string, p *placed) Filter {
	f := Filter{Search: search, Region: a["region"], Job: a["job"], Shift: a["shift"], Unit: a["unit"], Member: a["member"],
		Contact: a["contact"], OnLeave: a["leave"], Desc: a["desc"] != ""}
	if code := a["site"]; code != "" {
		f.Site = "none"
		if w := p.ByCode[code]; w != nil {
			f.Site = w.ID
		}
	}
	if sortColumns[a["sort"]] != "" {
		f.Sort = a["sort"]
	}
	if contactQuality[f.Contact] == "" {
		f.Contact = ""
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

// findPeople serves POST /people/find, the form of the search field and of the filters: it seals the words and leads to the list.
func (s *Store) findPeople(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	a := readAsked(r.PostForm)
	a["q"] = web.Seal(r, strings.TrimSpace(r.PostForm.Get("q")))
	return web.Done(w, r, a.address(), nil)
}

func sealCursor(r *http.Request, c cursor) string {
	b, err := json.Marshal(c)
	if err != nil {
		return "" // texts and numbers
	}
	return web.Seal(r, string(b))
}

// openCursor returns nil, the beginning, for what sealCursor has not made.
func openCursor(r *http.Request, sealed string) *cursor {
	var c cursor
	if sealed == "" || json.Unmarshal([]byte(web.Unseal(r, sealed)), &c) != nil {
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
