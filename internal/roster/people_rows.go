// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"html/template"
	"strings"
)

// column is one that a list may show beside the name.
type column struct {
	name    string
	class   string // of its cells
	sort    string // what its head sorts by, "" for none
	num     bool
	contact bool // for readers of contacts
}

// columns in the order in which lists show them.
var columns = []column{
	{name: "job"},
	{name: "site", sort: "worksite"},
	{name: "region"},
	{name: "shift"},
	{name: "fte", class: "num", sort: "fte", num: true},
	{name: "unit"},
	{name: "member"},
	{name: "contact", contact: true},
	{name: "phone", class: "nowrap optional-s", contact: true},
	{name: "email", class: "optional-s", contact: true},
	{name: "hired", class: "nowrap", sort: "hired"},
	{name: "number", class: "mono"},
}

// rows writes the lines of a list. They are written here because fifty lines of a template cost more than all the rest of the
// page together; everything that comes from the roster is escaped on its way.
type rows struct {
	strings.Builder
	v     *peopleView
	icons string // address of the icons
	words map[string]string
}

// Rows returns the body of the table. icons is the address of the file of icons.
func (v *peopleView) Rows(icons string) template.HTML {
	b := &rows{v: v, icons: icons, words: map[string]string{}}
	b.Grow(1200 * len(v.People))
	for i := range v.People {
		b.line(&v.People[i])
	}
	return template.HTML(b.String()) //nolint:gosec // see rows
}

// Heads returns the heads of the table's columns, each a link that sorts by it where that can be done.
func (v *peopleView) Heads(icons string) template.HTML {
	b := &rows{v: v, icons: icons}
	for i := range v.Columns {
		c := &v.Columns[i]
		b.WriteString(`<th scope="col"`)
		if c.num {
			b.WriteString(` class="num"`)
		}
		if c.Order != "" {
			b.WriteString(` aria-sort="` + c.Order + `"`)
		}
		b.WriteString(`>`)
		if c.Href == "" || v.Printed {
			b.esc(c.Title)
		} else {
			b.WriteString(`<a class="sort" href="`)
			b.esc(c.Href)
			b.WriteString(`">`)
			b.esc(c.Title)
			if c.Order != "" {
				b.icon(map[string]string{"ascending": "sort-up", "descending": "sort-down"}[c.Order])
			}
			b.WriteString(`</a>`)
		}
		b.WriteString(`</th>`)
	}
	return template.HTML(b.String()) //nolint:gosec // see rows
}

// Ticks returns the choice of columns.
func (v *peopleView) Ticks() template.HTML {
	b := &rows{v: v}
	for i := range v.Picks {
		c := &v.Picks[i]
		b.WriteString(`<label class="tick"><input type="checkbox" name="col" value="` + c.name + `"`)
		if c.Shown {
			b.WriteString(` checked`)
		}
		b.WriteString(`>`)
		b.esc(c.Title)
		b.WriteString(`</label>`)
	}
	return template.HTML(b.String()) //nolint:gosec // see rows
}

func (b *rows) esc(s string) { template.HTMLEscape(b, []byte(s)) }

// word is the translation of prefix + value, escaped, kept for the next line.
func (b *rows) word(prefix, value string) string {
	key := prefix + value
	w, ok := b.words[key]
	if !ok {
		w = template.HTMLEscapeString(b.v.tr.T(key))
		b.words[key] = w
	}
	return w
}

func (b *rows) icon(name string) {
	b.WriteString(`<svg class="icon" aria-hidden="true"><use href="` + b.icons + `#` + name + `"/></svg>`)
}

func (b *rows) badge(tone, icon, word string) {
	b.WriteString(`<span class="badge ` + tone + `">`)
	b.icon(icon)
	b.WriteString(word + `</span>`)
}

func (b *rows) line(l *Listed) {
	b.WriteString(`<tr><th scope="row"><a href="/people/` + l.ID + `">`)
	b.esc(l.Family)
	b.WriteString(`, `)
	b.esc(l.Given)
	b.WriteString(`</a></th>`)
	for i := range b.v.Columns[1:] {
		c := &b.v.Columns[i+1]
		b.WriteString(`<td`)
		if c.class != "" {
			b.WriteString(` class="` + c.class + `"`)
		}
		b.WriteString(` data-label="`)
		b.esc(c.Title)
		b.WriteString(`">`)
		b.cell(c.name, l)
		b.WriteString(`</td>`)
	}
	if l.Phone != "" && !b.v.Printed {
		b.WriteString(`<td class="act phone-only"><div class="actions"><a class="btn" href="tel:`)
		b.esc(l.Phone)
		b.WriteString(`">`)
		b.icon("phone")
		b.WriteString(b.word("roster.people.", "call") + `</a><a class="btn" href="sms:`)
		b.esc(l.Phone)
		b.WriteString(`">`)
		b.icon("message")
		b.WriteString(b.word("roster.people.", "text") + `</a></div></td>`)
	}
	b.WriteString("</tr>\n")
}

var unitBadges = map[string][2]string{ // tone, icon
	"in": {"ok", "ok"}, "disputed": {"warn", "unknown"}, "out": {"", "close"}, "left": {"", "left-list"}, "unknown": {"warn", "unknown"},
}

func (b *rows) cell(name string, l *Listed) {
	none := func(s string) {
		if s == "" {
			b.WriteString(`<span class="none">` + b.word("roster.people.", "not_said") + `</span>`)
			return
		}
		b.esc(s)
	}
	switch name {
	case "job":
		none(jobWord(b.v.tr, l.Job))
	case "site":
		none(l.Town)
		if l.Worksites > 1 {
			b.WriteString(`<span class="under">`)
			b.esc(b.v.tr.T("roster.people.more_sites", "N", l.Worksites-1))
			b.WriteString(`</span>`)
		}
	case "region":
		none(l.Region)
	case "shift":
		if l.Shift == "" {
			none("")
			return
		}
		b.WriteString(b.word("roster.shift.", l.Shift))
	case "fte":
		none(fteText(l.FTE))
	case "unit":
		look := unitBadges[l.Unit]
		b.badge(look[0], look[1], b.word("roster.unit.", l.Unit))
		if l.OnLeave {
			b.WriteByte(' ')
			b.badge("info", "clock", b.word("roster.leave.", "yes"))
		}
	case "member":
		b.WriteString(b.word("roster.member.", l.Member))
	case "contact":
		switch {
		case !l.MayContact:
			b.WriteString(`<span class="none">` + b.word("roster.people.", "not_yours") + `</span>`)
		case l.ContactsAny == 0:
			b.badge("stop", "stop", b.word("roster.quality.", "none"))
		case l.ContactsOK == 0:
			b.badge("", "unknown", b.word("roster.quality.", "unverified"))
		default:
			b.badge("ok", "ok", b.word("roster.quality.", "verified"))
		}
	case "phone":
		b.esc(showPhone(l.Phone))
	case "email":
		b.esc(l.Email)
	case "hired":
		none(b.v.tr.ISODay(l.HiredOn))
	case "number":
		none(l.Number)
	}
}

// fteText writes hundredths of full time, "" when not said.
func fteText(hundredths int) string {
	if hundredths < 0 {
		return ""
	}
	return FormatFTE(hundredths)
}

// showPhone writes a number of this continent the way people read it: "(651) 555-0142".
func showPhone(e164 string) string {
	if len(e164) == 12 && e164[:2] == "+1" {
		return "(" + e164[2:5] + ") " + e164[5:8] + "-" + e164[8:]
	}
	return e164
}
