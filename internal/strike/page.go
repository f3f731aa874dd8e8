// SPDX-License-Identifier: Apache-2.0

package strike

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/internal/web"
	"github.com/tenday/tenday/notice"
)

// strikeView is the page of one action: it always says the next step.
type strikeView struct {
	ID      string   `json:"id"`
	Title   string   `json:"title"`
	Kind    Kind     `json:"kind"`
	State   State    `json:"state"`
	Version int      `json:"facts_version"`
	Starts  string   `json:"starts"`
	Ends    string   `json:"ends"`
	Began   string   `json:"began,omitempty"`
	Over    string   `json:"over,omitempty"`
	Sites   []Site   `json:"sites"`
	Full    bool     `json:"-"` // the caller reads plans and papers
	Before  *link    `json:"supersedes,omitempty"`
	Locked  bool     `json:"locked"`
	Steps   []stepOf `json:"steps,omitempty"`
	Next    nextStep `json:"next,omitzero"`

	Verdict    string       `json:"verdict,omitempty"`
	Tone, Icon string       `json:"-"`
	Counts     []count      `json:"-"` // lines by verdict
	Deadlines  []deadline   `json:"deadlines,omitempty"`
	AsOf       string       `json:"as_of,omitempty"`
	Ask        []question   `json:"ask,omitempty"` // what is not known
	Conflicts  []conflict   `json:"conflicts,omitempty"`
	Blocks     []string     `json:"blocks,omitempty"` // what stands between the plan and "noticed"
	Request    *requestView `json:"request,omitempty"`
	Go         *goView      `json:"go,omitempty"`
	Acks       *Acks        `json:"-"`
	Overdue    bool         `json:"-"` // 15 minutes have passed: the silent are called
	People     []string     `json:"-"` // whose numbers are shown
	Mine       bool         `json:"-"` // the caller is a captain who has not said that she knows
	Moved      bool         `json:"-"` // what captains have to know is a new start, not an end
	Hold       *holdView    `json:"-"`
	History    []History    `json:"-"`
	May        struct{ Act, Confirm bool }
	AtRisk     bool `json:"-"`
	CanClose   bool `json:"-"`
	CanEnd     bool `json:"-"`
	CanOff     bool `json:"-"`
	Disclaimer string
}

type link struct{ Href, Text string }

// stepOf is one of the steps from plan to noticed.
type stepOf struct {
	Key     string `json:"key"`
	Text    string `json:"-"`
	Under   string `json:"-"`
	Href    string `json:"-"`
	Done    bool   `json:"done"`
	Current bool   `json:"-"`
}

// nextStep is what somebody is to do now: the sentences strike.next.<Key>, and where.
type nextStep struct {
	Key   string         `json:"key"`
	Args  map[string]any `json:"-"`
	Href  string         `json:"href,omitempty"`
	Tone  string         `json:"-"`
	Text  string         `json:"-"`
	Title string         `json:"-"`
	Do    string         `json:"-"`
}

type count struct {
	Verdict, Tone, Icon string
	N                   int
}

// deadline is one paper of the plan: the safe day is the one to work to, the lenient one stands beside it.
type deadline struct {
	ID      string   `json:"id"`
	Paper   string   `json:"-"`
	To      []string `json:"-"`
	State   string   `json:"state"`
	Safe    string   `json:"safe"`
	House   string   `json:"-"`
	Lenient string   `json:"lenient"`
	Done    string   `json:"done,omitempty"`
	Tone    string   `json:"-"`
	Icon    string   `json:"-"`
}

type question struct {
	Text string `json:"text"`
	Href string `json:"href"`
}

type conflict struct {
	Source string `json:"source"`
	Says   string `json:"says"`
	Stated string `json:"stated"`
}

// goView is the last day: who said Go.
type goView struct {
	Words  []Word
	Open   bool // it may be said now
	Mine   bool // the caller has said it
	Passed bool // the stated minute passed without two
	Voided int  // said it, and the facts have changed since
	From   time.Time
}

// serveStrike serves GET /strike/{strike}.
func (s *Store) serveStrike(w http.ResponseWriter, r *http.Request) error {
	return s.strikePage(w, r, web.Form{}, http.StatusOK)
}

func (s *Store) strikePage(w http.ResponseWriter, r *http.Request, f web.Form, status int) error {
	v := pageView{Form: f}
	err := s.look(r, func(tx *db.Tx, b *book, a *Action) error {
		if err := s.fill(r, tx, b, a, &v.strikeView); err != nil || v.Request == nil {
			return err
		}
		v.Request.say(web.Text(r), b, a, f)
		return nil
	})
	if err != nil {
		return err
	}
	if len(v.People) > 0 { // captains by name, and by number once they are overdue
		if err := s.log.Read(r.Context(), callsRead(v.ID, v.People)); err != nil {
			return err
		}
	}
	return web.Page(w, r, web.View{Page: "strike", Title: "strike.title", Status: status, Body: v})
}

type pageView struct {
	strikeView
	Form web.Form `json:"-"`
}

// fill gathers the page.
func (s *Store) fill(r *http.Request, tx *db.Tx, b *book, a *Action, v *strikeView) error {
	ctx, tr := r.Context(), web.Text(r)
	v.ID, v.Title, v.Kind, v.State, v.Version, v.Sites = a.ID, a.Title, a.Kind, a.State, a.FactsVersion, a.Sites
	v.Starts, v.Ends, v.Began, v.Over = sayMoment(tr, a.Starts), sayMoment(tr, a.Ends), sayMoment(tr, a.Began), sayMoment(tr, a.Over)
	v.Full, v.May.Act, v.May.Confirm, v.Disclaimer = may(ctx, mayRead), may(ctx, mayAct), may(ctx, mayConfirm), notice.Disclaimer
	k, err := acks(ctx, tx, a.ID)
	if err != nil {
		return err
	}
	if k.Step == Extend && a.State != Noticed { // it has begun, or will not
		k = Acks{}
	}
	v.Mine, v.Moved = k.Mine, k.Step == Extend
	if !v.Full {
		v.Next = nextStep{Key: "member." + string(a.State)}
		v.Next.write(tr)
		return nil
	}
	if len(k.All) > 0 {
		if v.People, err = s.callList(ctx, tx, &k); err != nil {
			return err
		}
		v.Acks, v.Overdue = &k, !tx.Now.Before(k.Due)
	}
	j, err := b.judge(a)
	if err != nil {
		return err
	}
	if old, err := b.action(a.Supersedes); err == nil {
		v.Before = &link{"/strike/" + old.ID, old.Title}
	}
	if j != nil {
		v.judged(tr, b, a, j)
	}
	if v.History, err = history(ctx, tx, a.ID); err != nil {
		return err
	}
	for i := range v.History {
		h := &v.History[i]
		if h.Event.moves() && h.Event != Correct {
			h.Was, h.Becomes = cmp.Or(sayText(tr, h.Was), tr.T("strike.open_end")), cmp.Or(sayText(tr, h.Becomes), tr.T("strike.open_end"))
		}
	}
	if v.Hold, err = s.holdOf(r, tx); err != nil {
		return err
	}
	if v.Request, err = s.requestOf(ctx, tx, a); err != nil {
		return err
	}
	if a.State == Noticed {
		if v.Go, err = goOf(ctx, tx, b, a); err != nil {
			return err
		}
	}
	v.CanOff = v.May.Act && slices.ContainsFunc(a.State.Allowed(), func(e Event) bool { return e == CallOff || e == Suspend || e == Settle })
	v.CanEnd = v.May.Act && a.State == On && a.Ends.IsZero()
	v.CanClose = v.May.Act && slices.Contains(a.State.Allowed(), Close)
	return s.next(ctx, tx, tr, b, a, j, v)
}

// judged fills what the legal clock says.
func (v *strikeView) judged(tr *i18n.Translator, b *book, a *Action, j *Judged) {
	v.Verdict, v.Tone, v.AsOf = j.Verdict.String(), toneOf(j.Verdict), tr.ISODay(j.AsOf.String())
	v.Icon, v.AtRisk, v.Locked = iconOf(v.Tone), j.Verdict == notice.AtRisk, b.locked(j.Facts, a.ID)
	byVerdict := map[notice.Verdict]int{}
	for _, l := range j.Lines {
		byVerdict[l.Verdict]++
	}
	for _, x := range []notice.Verdict{notice.Unlawful, notice.Unsure, notice.AtRisk, notice.Lawful, notice.NA} {
		if n := byVerdict[x]; n > 0 {
			v.Counts = append(v.Counts, count{x.String(), toneOf(x), iconOf(toneOf(x)), n})
		}
	}
	if j.Plan != nil {
		for _, step := range j.Plan.Steps {
			v.Deadlines = append(v.Deadlines, b.deadlineOf(tr, a, step))
		}
	}
	v.Ask = b.toAsk(tr, a)
	for _, c := range j.Report.Conflicts {
		if c.Action != a.ID {
			continue
		}
		source := ""
		for _, one := range b.claims {
			if one.ID == c.Claim {
				source = one.Source
			}
		}
		v.Conflicts = append(v.Conflicts, conflict{source, sayText(tr, c.Says), sayText(tr, c.Stated)})
	}
}

// deadlineOf says of one paper by when it is to be received. A receipt that is not known is a question, whatever the day: the
// paper may have come in time.
func (b *book) deadlineOf(tr *i18n.Translator, a *Action, step notice.PlanStep) deadline {
	d := deadline{
		ID: step.ID, Paper: tr.T("strike.paper." + step.ID), State: step.State, Safe: sayText(tr, step.Safe),
		House: sayText(tr, step.House), Lenient: sayText(tr, step.Latest["civil"]), Done: sayText(tr, step.Done),
	}
	for _, r := range step.Recipients {
		d.To = append(d.To, tr.T("strike.recipient."+r))
	}
	papers := b.ofCampaign()
	if n := b.paper(a.ID); n != nil {
		papers = append(papers, n)
	}
	for _, n := range papers {
		for _, c := range n.Deliveries {
			if string(n.Kind) == step.ID && step.State != "done" && (c.State == NotKnown || c.State == Sent) && slices.Contains(step.Recipients, string(c.Recipient)) {
				d.State = "ask"
			}
		}
	}
	d.Tone = map[string]string{"done": "ok", "open": "info", "late": "warn", "blocked": "stop", "ask": "info"}[d.State]
	d.Icon = map[string]string{"done": "ok", "open": "clock", "late": "warn", "blocked": "stop", "ask": "unknown"}[d.State]
	return d
}

// toAsk lists what nobody has said yet: questions without an answer, receipts that are not known.
func (b *book) toAsk(tr *i18n.Translator, a *Action) []question {
	var out []question
	given := b.given(a)
	for _, q := range asked(given, a) {
		if given[q.Name] == "" {
			out = append(out, question{tr.T("strike.ask." + q.Name), "/strike/" + a.ID + "/questions#" + q.Name})
		}
	}
	papers := b.ofCampaign()
	if n := b.paper(a.ID); n != nil {
		papers = append(papers, n)
	}
	for _, n := range papers {
		for _, d := range n.Deliveries {
			if d.State == NotKnown {
				text := tr.T("strike.deliver.ask", "Paper", tr.T("strike.paper."+string(n.Kind)), "Recipient", tr.T("strike.recipient."+string(d.Recipient)))
				out = append(out, question{text, "/strike/" + a.ID + "/deliveries#" + d.ID})
			}
		}
	}
	return out
}

func goOf(ctx context.Context, tx *db.Tx, b *book, a *Action) (*goView, error) {
	v := &goView{From: a.Starts.Begin().Add(-goWindow)}
	var err error
	if v.Words, err = words(ctx, tx, a); err != nil {
		return nil, err
	}
	if v.Voided, err = voided(ctx, tx, a); err != nil {
		return nil, err
	}
	v.Passed = !b.now.Before(a.Starts.Begin())
	v.Open = !v.Passed && !b.now.Before(v.From)
	for _, w := range v.Words {
		same, err := sameHuman(ctx, tx, w.By)
		if err != nil {
			return nil, err
		}
		v.Mine = v.Mine || same
	}
	return v, nil
}

// write gives the next step its words.
func (n *nextStep) write(tr *i18n.Translator) {
	n.Title, n.Text = tr.M("strike.next."+n.Key, n.Args), tr.M("strike.next."+n.Key+".text", n.Args)
	if n.Href != "" {
		n.Do = tr.M("strike.next."+n.Key+".do", n.Args)
	}
}

// said turns refusals into sentences.
func said(tr *i18n.Translator, all []*fault.Error) []string {
	var out []string
	for _, e := range all {
		out = append(out, tr.M(e.Key, e.Args))
	}
	return out
}
