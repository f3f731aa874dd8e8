// SPDX-License-Identifier: Apache-2.0

package strike

import (
	"net/url"
	"slices"
	"strings"

	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/notice"
)

// whatForm is the form of the question "what if": another start, another kind, other worksites, a copy received at another time.
type whatForm struct {
	Start, Received momentField
	Kinds, Copies   []option
	Groups          []siteGroup
	Sites           int
	All             bool
	Error           string
}

// whatView answers "what if".
type whatView struct {
	Said                []string
	Before, After       string
	BeforeTone, ToneNow string
	BeforeIcon, IconNow string
	Changed             []notice.Change
	FeasibleDeadlines   []deadline
	Locked              bool
	HurtText            []string
}

// supposed is a fact that is not so: the edits that make it so, and how a page says it.
type supposed struct {
	edits []notice.Edit
	said  []string
	act   bool       // it concerns the act, and not a receipt
	asOf  notice.Day // of a receipt that lies ahead, the day on which it is a fact
}

func (s *supposed) set(said string, pairs ...string) {
	s.act = s.act || strings.HasPrefix(pairs[0], "actions[")
	if said != "" {
		s.said = append(s.said, said)
	}
	for i := 0; i < len(pairs); i += 2 {
		s.edits = append(s.edits, notice.Edit{Op: "set", Path: pairs[i], Value: pairs[i+1]})
	}
}

// whatIf fills the form and, where something was asked, has the engine answer. Nothing is changed; what is locked may be asked about
// too, and the page says so.
func (v *verdictView) whatIf(tr *i18n.Translator, b *book, a *Action, j *Judged, q url.Values) error {
	v.If = b.whatForm(tr, a, q)
	if !q.Has("what_date") && !q.Has("kind") {
		return nil
	}
	s, problem := b.suppose(tr, a, j, q)
	if problem != nil {
		problem = &fault.Error{Code: problem.Code, Key: problem.Key, Args: problem.Args, Field: problem.Field}
		if said := tr.Fault(problem); problem.Field == "got" {
			v.If.Received.Error = said
		} else {
			v.If.Start.Error = said
		}
		return nil
	}
	f, err := j.Facts.Edited(s.edits)
	if err != nil {
		v.If.Error = tr.T("strike.what.contradicts")
		return nil //nolint:nilerr // the engine cannot read such facts: the form says so
	}
	asOf := max(j.AsOf, s.asOf)
	d, err := notice.WhatIf(j.Pack, j.Facts, asOf, s.edits)
	if err != nil {
		v.If.Error = tr.T("strike.what.contradicts")
		return nil //nolint:nilerr // as above
	}
	what := &whatView{Said: s.said, Before: j.Verdict.String(), BeforeTone: toneOf(j.Verdict), Locked: s.act && b.locked(j.Facts, a.ID)}
	for _, x := range notice.Evaluate(j.Pack, f, asOf).Actions {
		if x.ID == a.ID {
			what.After, what.ToneNow = x.Verdict.String(), toneOf(x.Verdict)
		}
	}
	what.BeforeIcon, what.IconNow = iconOf(what.BeforeTone), iconOf(what.ToneNow)
	names := b.names(tr)
	for _, c := range d.Changed {
		if c.Action != a.ID {
			continue
		}
		c.Why = names.Replace(c.Why)
		what.Changed = append(what.Changed, c)
		for _, h := range c.Hurts {
			if !slices.Contains(what.HurtText, h.Text) {
				what.HurtText = append(what.HurtText, h.Text)
			}
		}
	}
	if plan, err := notice.Solve(j.Pack, f, a.ID, asOf, notice.HouseBuffer); err == nil {
		for _, s := range plan.Steps {
			what.FeasibleDeadlines = append(what.FeasibleDeadlines, b.deadlineOf(tr, a, s))
		}
	}
	v.What = what
	return nil
}

// copies are those of which a receipt may be supposed: one for each paper and recipient, as the engine is given them.
func (b *book) copies(a *Action) (papers []*Notice) {
	papers = b.ofCampaign()
	if n := b.paper(a.ID); n != nil {
		papers = append([]*Notice{n}, papers...)
	}
	return papers
}

func (b *book) whatForm(tr *i18n.Translator, a *Action, q url.Values) whatForm {
	f := whatForm{
		Start: b.momentOf(tr, q, "what", a.Starts, ""), Received: b.momentOf(tr, q, "got", notice.Moment{}, ""), Sites: len(b.sites),
		All: q.Get("all") != "",
	}
	kind, ids := Kind(q.Get("kind")), q["sites"]
	if !q.Has("kind") {
		kind, ids = a.Kind, a.SiteIDs()
	}
	for _, k := range Kinds {
		f.Kinds = append(f.Kinds, option{string(k), tr.T("strike.kind." + string(k)), k == kind})
	}
	f.Copies = append(f.Copies, option{Label: tr.T("strike.what.no_copy"), Selected: q.Get("copy") == ""})
	for _, n := range b.copies(a) {
		for _, r := range n.Kind.Recipients() {
			value := n.ID + "." + string(r)
			label := tr.T("strike.paper."+string(n.Kind)) + ": " + tr.T("strike.recipient."+string(r))
			f.Copies = append(f.Copies, option{value, label, value == q.Get("copy")})
		}
	}
	f.Groups = b.groups(tr, ids, q["region"])
	return f
}

// suppose reads the question. Before service the paper says what is planned; after it, it says what it said.
func (b *book) suppose(tr *i18n.Translator, a *Action, j *Judged, q url.Values) (*supposed, *fault.Error) {
	s := &supposed{}
	act, announces := "actions["+a.ID+"].", ""
	if n := b.paper(a.ID); n != nil && !b.locked(j.Facts, a.ID) {
		announces = "notices[" + n.ID + "].announces[a]."
	}
	at, problem := readMoment(q, "what")
	if problem == nil && q.Has("what_date") && (at.IsZero() || !at.Clock) {
		problem = fault.Field("what", "strike.time.needed")
	}
	if problem != nil {
		return nil, problem
	}
	if !at.IsZero() && at.String() != a.Starts.String() {
		s.set(sayMoment(tr, at), act+"start", at.String())
		if announces != "" {
			s.set("", announces+"start", at.String())
		}
		if !a.Ends.IsZero() && !a.Ends.End().After(at.Begin()) {
			s.edits = append(s.edits, notice.Edit{Op: "unset", Path: act + "end"})
		}
	}
	if kind := Kind(q.Get("kind")); kind != a.Kind && slices.Contains(Kinds, kind) {
		s.set(tr.T("strike.kind."+string(kind)), act+"kind", actKinds[kind])
		if announces != "" {
			s.set("", announces+"kinds", jsonList(actsOf(kind)))
		}
	}
	sites := b.readSites(q, q.Get("what_date"))
	if q.Has("kind") && len(sites) > 0 && !slices.Equal(sites, sorted(a.SiteIDs())) {
		s.set(tr.T("strike.sites.n", "N", len(sites)), act+"sites", jsonList(sites))
		if announces != "" {
			s.set("", announces+"sites", jsonList(sites))
		}
	}
	return s, s.received(tr, b, a, q)
}

// received supposes that a copy was received at another time, and that this is proved.
func (s *supposed) received(tr *i18n.Translator, b *book, a *Action, q url.Values) *fault.Error {
	got, problem := readMoment(q, "got")
	if problem != nil || got.IsZero() {
		return problem
	}
	id, recipient, _ := strings.Cut(q.Get("copy"), ".")
	for _, n := range b.copies(a) {
		if n.ID != id || !slices.Contains(n.Kind.Recipients(), Recipient(recipient)) {
			continue
		}
		at := "notices[" + n.ID + "].deliveries[" + recipient + "]."
		said := tr.T("strike.what.received", "Paper", tr.T("strike.paper."+string(n.Kind)), "Recipient", tr.T("strike.recipient."+recipient), "When", sayMoment(tr, got))
		s.set(said, at+"state", "received", at+"received_at", got.String(), at+"proof", `{"kind": "receipt"}`)
		for _, d := range n.Deliveries {
			if string(d.Recipient) == recipient && !d.Sent.IsZero() && d.Sent.Begin().After(got.End()) {
				s.edits = append(s.edits, notice.Edit{Op: "unset", Path: at + "sent_at"})
			}
		}
		s.asOf = got.Day
		return nil
	}
	return fault.Field("got", "strike.what.which_copy")
}
