// SPDX-License-Identifier: Apache-2.0

package notice

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// evaluation is one question: these facts under this pack, as known at the end of asOf.
type evaluation struct {
	p        *Pack
	f        *Facts
	asOf     Day
	planning bool // a notice that is yet to be given counts as relied on
	proved   bool // where a recipient has a copy with proof, the copies without count for nothing
	acts     []*act
}

// Evaluate judges every action under p as known at the end of asOf, which also chooses among versions of case law. It is pure and
// safe for concurrent use: the same arguments give the same Report, in the order of the facts' actions and the pack's rules.
func Evaluate(p *Pack, f *Facts, asOf Day) Report {
	e := newEvaluation(p, f, asOf, false)
	r := Report{
		Schema: "tenday.notice.report/1", Disclaimer: Disclaimer, AsOf: asOf,
		Pack:   PackRef{ID: p.ID, Version: p.Version, SHA256: p.sha, Complete: p.Complete},
		Engine: EngineRef{Version: Version}, TZDB: TZDB, FactsSHA256: f.sha,
		Actions: []ActionReport{}, Lines: []Line{}, Claimed: e.claimed(), Conflicts: e.conflicts(),
	}
	for i := range f.Notices {
		if f.Notices[i].Withdrawn != nil {
			r.Renotices++
		}
	}
	for _, a := range e.acts {
		lines := e.judge(a)
		r.Lines = append(r.Lines, lines...)
		r.Actions = append(r.Actions, e.actionReport(a, lines))
	}
	r.Advisories = e.advisories()
	r.sum(f)
	return r
}

func newEvaluation(p *Pack, f *Facts, asOf Day, planning bool) *evaluation {
	e := &evaluation{p: p, f: f, asOf: asOf, planning: planning}
	for i := range f.Actions {
		a := newAct(f, &f.Actions[i])
		if planning {
			a.noticed = Yes
		}
		e.acts = append(e.acts, a)
	}
	for _, a := range e.acts {
		e.classify(a)
	}
	return e
}

func (e *evaluation) act(id string) *act {
	for _, a := range e.acts {
		if a.ID == id {
			return a
		}
	}
	return nil
}

// known reports whether m is a fact already.
func (e *evaluation) known(m Moment) bool { return !m.IsZero() && m.Day <= e.asOf }

// classify decides what an act counts as: the first class that is not false. A contested act that was noticed is treated as
// covered; one that was not stays contested.
func (e *evaluation) classify(a *act) {
	for i := range e.p.Classify {
		c := &e.p.Classify[i]
		if !c.Effective.holds(e.asOf) {
			continue
		}
		t, undecided := e.test(c.When, a)
		if t == No {
			continue
		}
		a.class, a.doubted = c, undecided
		if t == Yes {
			a.counts = c.CountsAs
		}
		if a.counts == "contested" && a.noticed != No {
			a.counts = natural(a.Kind)
		}
		return
	}
}

// judge returns the lines of one act: the pack's choice, the classification where it matters, then the rules.
func (e *evaluation) judge(a *act) []Line {
	chosen, t := e.selects(a)
	lines := []Line{chosen}
	if t == No {
		for _, r := range e.p.byID() {
			lines = append(lines, e.line(r[0], a, finding{verdict: NA, why: "The pack does not govern this employer."}))
		}
		return lines
	}
	if l, ok := e.classLine(a); ok {
		lines = append(lines, l)
	}
	for _, versions := range e.p.byID() {
		if l, ok := e.rule(versions, a); ok {
			lines = append(lines, l)
		}
	}
	return lines
}

func (e *evaluation) selects(a *act) (Line, Tri) {
	s := &e.p.Select
	t, undecided := e.test(s.When, a)
	rule := &Rule{
		ID: s.ID, Title: s.Title, Cite: s.Cite, Confidence: s.Confidence, Ask: s.Ask,
		Breach: Breach{Hurts: map[string][]string{"any": {"nobody_yet"}}},
	}
	f := finding{verdict: Lawful, why: "The pack " + e.p.ID + " governs this employer."}
	switch t {
	case No:
		f = finding{verdict: Unsure, why: "Wrong pack: " + e.p.ID + " does not govern this employer."}
		if right := e.otherPack(); right != "" {
			f.why += " Run " + right + "."
			f.ask = "Run the pack " + right + "."
		}
	case Unknown:
		f = finding{verdict: Unsure, why: "It is not known whether this pack governs: not recorded is " + list(undecided) + "."}
	}
	return e.line(rule, a, f), t
}

// otherPack is the id of the one embedded pack that does govern, if there is exactly one.
func (e *evaluation) otherPack() string {
	p, err := Choose(e.f)
	if err != nil {
		return ""
	}
	return p.ID
}

// classLine prints a classification that is open or contested; one that is clear stands with the action.
func (e *evaluation) classLine(a *act) (Line, bool) {
	c := a.class
	if c == nil || a.counts != "" && a.counts != "contested" {
		return Line{}, false
	}
	rule := &Rule{ID: c.ID, Title: c.Title, Cite: c.Cite, Confidence: c.Confidence, Ask: c.Ask, Doubt: c.Doubt}
	if c.Breach != nil {
		rule.Breach = *c.Breach
	} else {
		rule.Breach.Hurts = map[string][]string{"any": {"nobody_yet"}}
	}
	if a.counts == "" {
		return e.line(rule, a, finding{
			verdict: Unsure,
			why:     "What this act counts as is not known: not recorded is " + list(a.doubted) + ".",
		}), true
	}
	return e.line(rule, a, finding{
		verdict: rule.Breach.Verdict,
		why:     "Whether this act needs a notice is contested, and none was given.",
	}), true
}

// byID groups the rules by id, in pack order.
func (p *Pack) byID() [][]*Rule {
	var groups [][]*Rule
	at := map[string]int{}
	for i := range p.Rules {
		r := &p.Rules[i]
		g, ok := at[r.ID]
		if !ok {
			g = len(groups)
			at[r.ID] = g
			groups = append(groups, nil)
		}
		groups[g] = append(groups[g], r)
	}
	return groups
}

// effective returns the version of a rule that applies to an act, nil if none does, and whether the day that decides is known.
func (e *evaluation) effective(versions []*Rule, a *act) (r *Rule, sure bool) {
	day, sure := e.effectiveDay(versions[0].Effective.By, a)
	for _, v := range versions {
		if v.Effective.holds(day) {
			return v, sure
		}
	}
	if !sure {
		return versions[len(versions)-1], false
	}
	return nil, true
}

// effectiveDay is the day whose law counts: case law reaches back, so that asOf decides; a statute is that of the paper's day. If
// the paper is not known yet, asOf stands in for it.
func (e *evaluation) effectiveDay(by string, a *act) (Day, bool) {
	var o occurrence
	switch kind, isNotice := strings.CutPrefix(by, "notice."); {
	case isNotice:
		of := slices.Sorted(maps.Keys(e.p.of[kind]))
		o = e.occurred(&EventRef{Event: "notice", Notice: kind, Of: of, Moment: "received", Pick: "earliest"}, a, false, true)
		if len(o.parts) > 0 {
			return o.day, true
		}
	case by == "ballot.opens":
		o = e.occurred(&EventRef{Event: "ballot.opens"}, a, false, false)
		if o.state == known {
			return o.day, true
		}
	default:
		return e.asOf, true
	}
	return e.asOf, o.state == never || o.state == elsewhere
}

// rule judges one act by the version of a rule in force. ok is false where none was.
func (e *evaluation) rule(versions []*Rule, a *act) (Line, bool) {
	r, sure := e.effective(versions, a)
	if r == nil {
		return Line{}, false
	}
	l := e.line(r, a, e.find(r, a))
	if sure || l.Verdict == NA {
		return l, true
	}
	for _, v := range versions {
		if e.find(v, a).verdict != Unlawful && l.Verdict == Unlawful {
			l.Verdict = Unsure
		}
	}
	if l.Verdict < Unsure {
		l.Verdict = Unsure
	}
	l.Why = "Which version of this rule applies is not known. " + l.Why
	l.Ask = r.Ask
	return l, true
}

// finding is what a rule's test found, before it is dressed as a line.
type finding struct {
	verdict  Verdict
	breached bool // the verdict is the breach's, so that split authority may change it
	why      string
	ask      string // more exact than the rule's own
	steps    []Step
	readings []Reading
	dates    map[string]string
	sites    []string
	safe     *Day // last safe day to cure
}

func (e *evaluation) find(r *Rule, a *act) finding {
	t, undecided := e.test(r.When, a)
	switch t {
	case No:
		return finding{verdict: NA, why: "The rule does not govern this act."}
	case Unknown:
		f := e.apply(r, a)
		f.verdict, f.breached = Unsure, false
		f.why = "It is not known whether this rule applies: not recorded is " + list(undecided) + "."
		return f
	}
	f := e.apply(r, a)
	if !f.breached {
		return f
	}
	for _, v := range r.Breach.Varies {
		if t, _ := e.test(v.When, a); t == Yes {
			f.verdict = v.Verdict
			f.why += " " + v.Why
		}
	}
	return f
}

func (e *evaluation) apply(r *Rule, a *act) finding {
	switch r.Kind {
	case "interval":
		return e.interval(r, a)
	case "order":
		return e.order(r, a)
	case "match":
		return e.match(r, a)
	case "content":
		return e.content(r, a)
	case "recipients":
		return e.recipients(r, a)
	}
	return e.bar(r, a)
}

// line dresses a finding.
func (e *evaluation) line(r *Rule, a *act, f finding) Line {
	l := Line{
		Rule: r.ID, Title: r.Title, Action: a.ID, Verdict: f.verdict, Confidence: r.Confidence, Why: f.why, Doubt: r.Doubt,
		Hurts: []Hurt{}, Steps: f.steps, Cites: r.Cite, Readings: f.readings, Dates: f.dates, Sites: f.sites,
	}
	if l.Steps == nil {
		l.Steps = []Step{}
	}
	if l.Readings == nil {
		l.Readings = []Reading{}
	}
	if l.Dates == nil {
		l.Dates = map[string]string{}
	}
	if l.Sites == nil {
		l.Sites = a.Sites
	}
	if f.verdict <= Lawful {
		return l
	}
	l.Cure = r.Breach.Cure
	l.Ask = cmp.Or(f.ask, r.Ask)
	effects, ok := r.Breach.Hurts[a.counts]
	if !ok {
		effects = r.Breach.Hurts["any"]
	}
	for _, effect := range effects {
		l.Hurts = append(l.Hurts, Hurt{Effect: effect, Text: effectWords[effect]})
	}
	if f.safe != nil && *f.safe >= e.asOf {
		l.CurableUntil = f.safe.String()
	}
	return l
}

// actionReport sums the lines of an act: the worst counts.
func (e *evaluation) actionReport(a *act, lines []Line) ActionReport {
	out := ActionReport{ID: a.ID, CountsAs: a.counts, Cites: []Cite{}, Start: a.moment().String(), Sites: a.Sites}
	if a.counts == "" {
		out.CountsAs = "unknown"
	}
	if a.class != nil {
		out.By, out.Cites = a.class.ID, a.class.Cite
	}
	governed := false
	for _, l := range lines {
		out.Verdict = max(out.Verdict, l.Verdict)
		governed = governed || l.Verdict != NA && l.Rule != e.p.Select.ID
	}
	for _, l := range lines {
		if l.Verdict == out.Verdict && l.Verdict > Lawful {
			out.Why = l.Rule + ": " + l.Why
			break
		}
	}
	switch {
	case !governed && out.Verdict <= Lawful:
		out.Verdict, out.Why = Lawful, "No rule of this pack governs this act."
	case out.Verdict == Lawful:
		out.Why = "Every rule passes by every reading."
	}
	if a.class != nil {
		out.Why = capital(a.class.Title) + ". " + out.Why
	}
	return out
}

// sum sets the verdict and headline of the whole: the worst action that was not cancelled.
func (r *Report) sum(f *Facts) {
	worst := ""
	for i, a := range r.Actions {
		if f.Actions[i].State != "cancelled" && (worst == "" || a.Verdict > r.Verdict) {
			r.Verdict, worst = a.Verdict, a.ID
		}
	}
	if worst == "" {
		r.Verdict = Unsure
		r.Headline = "No action is recorded that is not cancelled: there is nothing to judge."
		return
	}
	r.Headline = r.headline(worst)
}

// advisories are those that apply to any act that is not cancelled.
func (e *evaluation) advisories() []AdvisoryReport {
	out := []AdvisoryReport{}
	for i := range e.p.Advisories {
		v := &e.p.Advisories[i]
		for _, a := range e.acts {
			if t, _ := e.test(v.When, a); t == Yes && a.State != "cancelled" {
				out = append(out, AdvisoryReport{ID: v.ID, Who: v.Who, Text: v.Text, Cites: v.Cite})
				break
			}
		}
	}
	return out
}

// claimed are the receipts of live notices that no proof on file supports.
func (e *evaluation) claimed() []string {
	out := []string{}
	for i := range e.f.Notices {
		n := &e.f.Notices[i]
		for j, d := range n.Deliveries {
			if n.Withdrawn == nil && d.State == "received" && d.Proof.bare() {
				out = append(out, n.deliveryPath(j)+".received_at")
			}
		}
	}
	return out
}

// conflicts are public claims of another start date.
func (e *evaluation) conflicts() []Conflict {
	out := []Conflict{}
	for _, c := range e.f.PublicClaims {
		a := e.f.action(c.Action)
		if a == nil || c.Says == nil || *c.Says == a.Start.Day {
			continue
		}
		out = append(out, Conflict{Claim: c.ID, Action: a.ID, Field: "start_date", Says: c.Says.String(), Stated: a.Start.Day.String()})
	}
	return out
}
