// SPDX-License-Identifier: Apache-2.0

package organize

import (
	"context"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/internal/offline"
	"github.com/tenday/tenday/internal/roster"
	"github.com/tenday/tenday/internal/web"
)

// phone serves the captains' pages.
type phone struct {
	*Store
	queue  *offline.Store
	server *web.Server
}

// RegisterPhone puts My people on s, and the room's kinds of events into the queue that phones send.
func RegisterPhone(s *web.Server, store *Store, queue *offline.Store) error {
	for name, apply := range store.Events() {
		queue.Handle(offline.Kind{Name: name, Apply: kindOf(apply)})
	}
	h := phone{store, queue, s}
	write := auth.Need(AssessWrite)
	s.Show(web.Item{Href: offline.Start, Key: "organize.phone.nav", Icon: "phone", Access: write, Tab: true})
	return s.Add(nil,
		web.Route{Pattern: "GET " + offline.Start, Access: write, Handler: h.start},
		web.Route{Pattern: "GET " + offline.Shell, Access: write, Handler: h.shell},
		web.Route{Pattern: "GET " + offline.Away, Access: web.Public, Handler: h.away},
		web.Route{Pattern: "GET /my/data", Access: write, Handler: h.data},
		web.Route{Pattern: "GET /my/{person}", Access: write, Handler: h.person},
		web.Route{Pattern: "POST /my/{person}", Access: write, Handler: h.record})
}

// phoneData is what the phone's script works with, and all of it that the phone may keep.
type phoneData struct {
	Account string            `json:"account"`
	Made    int64             `json:"made"` // by the server's clock
	Stale   int               `json:"stale_days"`
	Worker  string            `json:"worker"` // address of the service worker: another one when the program is another
	People  []Mine            `json:"people"`
	Tests   []OpenTest        `json:"tests"` // open ones
	Words   int               `json:"words"` // version of the pledge's; 0: none is written yet
	Refused []offline.Refusal `json:"refused"`
}

// phoneView is My people as a page.
type phoneView struct {
	Setup offline.Setup
	Data  *phoneData // nil: the empty page that a phone keeps
	Cards []phoneCard
	Form  recordForm
	Open  []phoneTest
	Card  phoneCard // an empty one, for the script to fill
	Test  phoneTest // another
	Ask   phoneAsk  // and another
	Marks []phoneMark
	AsOf  string
	Count string
}

// phoneCard is one of her people, in words.
type phoneCard struct {
	Mine
	Name, Under, Talk, NextLine string
	Part                        string // the open tests that she took part in
	Call, Text                  template.URL
	Mark                        phoneMark
	Pledged                     badge
	Old                         bool
}

// phoneTest is an open test and whom it is asked of.
type phoneTest struct {
	OpenTest
	So   string // until when, and how many said yes
	Asks string // what a yes means
	Rows []phoneAsk
}

// phoneAsk is one of her people and a test.
type phoneAsk struct {
	Test          OpenTest
	ID, Name, How string
	Yes, Fixed    bool // Fixed: not hers to take back
}

type badge struct{ Tone, Icon, Text string }

func (h phone) read(r *http.Request) (*phoneData, error) {
	ctx := r.Context()
	people, err := h.Mine(ctx)
	if err != nil {
		return nil, err
	}
	refused, err := h.queue.Refused(ctx)
	if err != nil {
		return nil, err
	}
	offline.Speak(web.Text(r), refused)
	stale, err := h.staleDays(ctx)
	if err != nil {
		return nil, err
	}
	open, words, err := h.asked(ctx, people)
	if people == nil {
		people = []Mine{}
	}
	if refused == nil {
		refused = []offline.Refusal{}
	}
	return &phoneData{
		Account: auth.By(ctx).Account, Made: web.Now(r).UnixMilli(), Stale: stale, Worker: offline.Worker(h.server), People: people, Refused: refused,
		Tests: open, Words: words,
	}, err
}

// asked is the same as the function asked, never nil.
func (h phone) asked(ctx context.Context, people []Mine) (open []OpenTest, words int, err error) {
	_, err = db.InRead(ctx, h.d, func(tx *db.Tx) (struct{}, error) {
		open, words, err = asked(ctx, tx, people)
		return struct{}{}, err
	})
	if open == nil {
		open = []OpenTest{}
	}
	return open, words, err
}

// start serves GET /my. It works without scripts; with them the page keeps what it is told, with or without a signal.
func (h phone) start(w http.ResponseWriter, r *http.Request) error {
	d, err := h.read(r)
	if err != nil {
		return err
	}
	v, err := h.view(r)
	if err != nil {
		return err
	}
	v.Data = d
	tr, now := web.Text(r), web.Now(r)
	v.AsOf, v.Count = tr.Clock(now), counted(tr, "people", len(d.People))
	for _, p := range d.People {
		v.Cards = append(v.Cards, card(tr, now, d.Stale, v.Marks, d.Tests, p))
	}
	for _, t := range d.Tests {
		v.Open = append(v.Open, testCard(tr, now, t, d.People))
	}
	return web.Page(w, r, web.View{Page: "phone", Title: "organize.phone.title", Body: v})
}

// testCard puts a test and the answers of her people into words.
func testCard(tr *i18n.Translator, now time.Time, t OpenTest, people []Mine) phoneTest {
	out := phoneTest{OpenTest: t, Asks: strings.ReplaceAll(tr.T("organize.phone.test.question"), "{what}", t.Question)}
	yes := 0
	for _, p := range people {
		if !t.counts(p.ID) {
			continue
		}
		a := phoneAsk{Test: t, ID: p.ID, Name: p.Given + " " + p.Family, Yes: p.Took[t.ID] == Yes, Fixed: slices.Contains(p.Sure, t.ID)}
		switch {
		case a.Yes && a.Fixed:
			a.How = tr.T("organize.phone.test.sure")
		case p.Took[t.ID] == No:
			a.How = tr.T("organize.phone.test.no")
		}
		yes += bit(a.Yes)
		a.Fixed = a.Fixed && a.Yes
		out.Rows = append(out.Rows, a)
	}
	closes := time.UnixMilli(t.Closes).In(now.Location())
	when := tr.Day(closes)
	if roster.DateOf(closes) == roster.DateOf(now) {
		when = tr.Clock(closes)
	}
	out.So = strings.NewReplacer("{when}", when, "{n}", tr.Int(yes), "{of}", tr.Int(len(out.Rows))).Replace(tr.T("organize.phone.test.so"))
	return out
}

// shell serves GET /my/shell: the page without anybody on it.
func (h phone) shell(w http.ResponseWriter, r *http.Request) error {
	v, err := h.view(r)
	if err != nil {
		return err
	}
	return web.Page(w, r, web.View{Page: "phone", Title: "organize.phone.title", Body: v})
}

// away serves GET /my/away: a calendar, which is what somebody looking over her shoulder sees.
func (h phone) away(w http.ResponseWriter, r *http.Request) error {
	return web.Page(w, r, web.View{Page: "phone-away", Title: "organize.phone.away", Bare: true, Body: h.server.Asset("offline/away.js")})
}

// data serves GET /my/data.
func (h phone) data(w http.ResponseWriter, r *http.Request) error {
	d, err := h.read(r)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, d)
}

func (h phone) view(r *http.Request) (phoneView, error) {
	tr := web.Text(r)
	marks, err := h.marks(r)
	if err != nil {
		return phoneView{}, err
	}
	v := phoneView{
		Setup: offline.NewSetup(r, h.server, h.queue.Key()), Form: newRecordForm(tr, marks, web.Form{}), Marks: marks, Card: phoneCard{Mark: marks[0]},
	}
	for _, key := range phoneWords {
		v.Setup.Words[key] = tr.T("organize.phone." + key)
	}
	for _, o := range Outcomes {
		v.Setup.Words["outcome."+string(o)] = tr.T("organize.phone.outcome." + string(o))
	}
	for _, m := range marks {
		v.Setup.Words["mark."+strconv.Itoa(m.Value)] = m.Word
	}
	return v, nil
}

// phoneWords are the sentences that the script puts numbers and names into.
var phoneWords = []string{
	"waiting.one", "waiting.other", "sent_all", "talk.never", "talk.today", "talk.yesterday", "talk.days", "tried.today", "tried.yesterday",
	"tried.days", "pledge.none", "pledge.private", "pledge.public", "pledge.withdrawn", "next", "next_on", "next_today", "next_over",
	"loaded", "loaded_old", "no_signal", "gone.old", "gone.pins", "gone.left",
	"gone.kept.none", "gone.kept.one", "gone.kept.other", "saved", "undone", "too_late", "full", "entry.waiting", "entry.locked", "entry.other",
	"what_of", "kind.conversation", "kind.assessment", "kind.note", "kind.other",
	"people.one", "people.other", "note.own", "note.shared", "choose", "booked.yes", "booked.no", "part", "line",
	"test.so", "test.sure", "test.no", "test.question", "kind.participation", "to_send", "whose.of", "whose.other", "whose.nobody",
	"whose.unknown",
}

// counted picks one or other of a sentence for n.
func counted(tr *i18n.Translator, key string, n int) string {
	form := ".other"
	if n == 1 {
		form = ".one"
	}
	return strings.ReplaceAll(tr.T("organize.phone."+key+form), "{n}", tr.Int(n))
}

// card puts somebody into words. The script says the same, of what it knows since.
func card(tr *i18n.Translator, now time.Time, stale int, marks []phoneMark, open []OpenTest, p Mine) phoneCard {
	var part []string
	for _, t := range open {
		if p.Took[t.ID] == Yes {
			part = append(part, t.Name)
		}
	}
	c := phoneCard{Mine: p, Name: p.Given + " " + p.Family, Under: strings.Trim(p.Job+" · "+p.Town, " ·"), Mark: marks[p.Value]}
	if p.Phone != "" {
		c.Call, c.Text = template.URL("tel:"+p.Phone), template.URL("sms:"+p.Phone) //nolint:gosec // E.164, from the roster
	}
	c.Talk = tr.T("organize.phone.talk.never")
	if p.TalkAt > 0 {
		c.Talk = ago(tr, "talk", now, p.TalkAt)
	}
	if p.TriedAt > p.TalkAt {
		c.Talk += " · " + ago(tr, "tried", now, p.TriedAt) + ": " + tr.T("organize.phone.outcome."+string(p.Outcome))
	}
	if p.Pledge != "" {
		c.Pledged = badge{"", "unknown", tr.T("organize.phone.pledge." + string(p.Pledge))}
		switch p.Pledge {
		case PledgePrivate, PledgePublic:
			c.Pledged.Tone, c.Pledged.Icon = "ok", "check"
		case Withdrawn:
			c.Pledged.Tone, c.Pledged.Icon = "warn", "undo"
		case NoPledge:
		}
	}
	if p.Next != "" {
		c.NextLine = strings.ReplaceAll(tr.T("organize.phone.next"), "{what}", p.Next)
		if p.NextOn != "" {
			c.NextLine = strings.NewReplacer("{what}", p.Next, "{when}", tr.ISODay(p.NextOn)).Replace(tr.T("organize.phone.next_on"))
		}
	}
	if len(part) > 0 {
		c.Part = strings.ReplaceAll(tr.T("organize.phone.part"), "{what}", strings.Join(part, ", "))
	}
	c.Old = p.Value > 0 && now.Sub(time.UnixMilli(p.ValueAt)) > time.Duration(stale)*24*time.Hour
	return c
}

// ago says how many civil days lie between.
func ago(tr *i18n.Translator, what string, now time.Time, at int64) string {
	noon := func(d roster.Date) time.Time { return time.Date(d.Year, d.Month, d.Day, 12, 0, 0, 0, time.UTC) }
	days := int(noon(roster.DateOf(now)).Sub(noon(roster.DateOf(time.UnixMilli(at).In(now.Location())))).Hours() / 24)
	switch days {
	case 0:
		return tr.T("organize.phone." + what + ".today")
	case 1:
		return tr.T("organize.phone." + what + ".yesterday")
	}
	return strings.ReplaceAll(tr.T("organize.phone."+what+".days"), "{n}", strconv.Itoa(days))
}

// DataJSON is the people, "null" on the empty page.
func (v phoneView) DataJSON() (template.JS, error) { return web.Block(v.Data) }

// choice is one of a few.
type choice struct{ Value, Label string }

// recordForm is what one may record of somebody, the same with scripts and without.
type recordForm struct {
	web.Form
	Outcomes, Channels, Bases, Issues, Nexts, Whens []choice
	Papers                                          []choice // how she signed
	Marks                                           []phoneMark
	Tests                                           []ticked // open ones
	Whose                                           []choice // of somebody's shared number: whose it may be, hers first
	Number                                          string
	Paper                                           bool // she has not pledged: what she signed on paper may be recorded
}

// ticked is an open test, and whether she took part as far as one knows.
type ticked struct {
	OpenTest
	Yes, Fixed bool
}

var (
	phoneChannels = []Channel{Call, SMS, InPerson}
	phoneIssues   = strings.Fields("workload staffing pay schedule respect patients job")
	phoneNexts    = strings.Fields("again meet pledge bring shift")
	phoneWhens    = strings.Fields("today tomorrow three week")
	whenDays      = map[string]int{"today": 0, "tomorrow": 1, "three": 3, "week": 7}
)

func newRecordForm(tr *i18n.Translator, marks []phoneMark, form web.Form) recordForm {
	f := recordForm{Form: form, Marks: marks[1:]}
	add := func(to *[]choice, prefix, value string) {
		*to = append(*to, choice{value, tr.T("organize.phone." + prefix + "." + value)})
	}
	for _, o := range Outcomes {
		add(&f.Outcomes, "outcome", string(o))
	}
	for _, s := range []PledgeState{PledgePrivate, PledgePublic} {
		add(&f.Papers, "paper", string(s))
	}
	for _, c := range phoneChannels {
		add(&f.Channels, "channel", string(c))
	}
	for _, b := range Bases {
		add(&f.Bases, "basis", string(b))
	}
	for _, i := range phoneIssues {
		add(&f.Issues, "issue", i)
	}
	for _, n := range phoneNexts {
		add(&f.Nexts, "next", n)
	}
	for _, w := range phoneWhens {
		add(&f.Whens, "when", w)
	}
	return f
}

// Is tells whether the form holds value in field, or holds nothing there and value is what it begins with.
func (f recordForm) Is(field, value, begins string) bool {
	if f.Values == nil {
		return value == begins
	}
	return slices.Contains(f.Values[field], value)
}
