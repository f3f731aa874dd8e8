// SPDX-License-Identifier: Apache-2.0

package strike

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/internal/web"
	"github.com/tenday/tenday/notice"
)

// verdictView is what the legal clock says of an action, with the trace.
type verdictView struct {
	ID, Title, Starts        string
	Verdict, Tone, Icon      string
	CountsAs, Why            string
	AsOf, Pack, TZDB, SHA256 string
	Complete, Chosen         bool
	Worse                    []lineView // what stands in the way, or may
	Fine                     []lineView // what passes, and what does not govern
	Deadlines                []deadline
	ServeFrom                string
	Earliest                 []option // by reading
	Feasible                 bool
	Advisories               []adviceView
	Ask                      []question
	Disclaimer               string
	If                       whatForm
	What                     *whatView
	Form                     web.Form
	JSON                     json.RawMessage
}

// lineView is one rule's word. The sentences are the engine's: English, because the law that they quote is.
type lineView struct {
	notice.Line
	Name       sentence // the rule's title, where it is translated in the reader's language
	Tone, Icon string
	Readings   []readingView
	Steps      []stepText
}

// sentence is one of a rule pack and the language that it is in.
type sentence struct{ Text, Lang string }

type adviceView struct {
	notice.AdvisoryReport
	Say sentence
}

type readingView struct {
	notice.Reading
	Tone, Icon, Latest string
	Got, Wanted        string // Have and Need with their unit, "" when not known
}

type stepText struct {
	Text, Result string
	Operands     []notice.Operand
}

// serveVerdict serves GET /strike/{strike}/verdict, also with a what-if.
func (s *Store) serveVerdict(w http.ResponseWriter, r *http.Request) error {
	tr := web.Text(r)
	v := verdictView{Disclaimer: notice.Disclaimer}
	err := s.look(r, func(_ *db.Tx, b *book, a *Action) error {
		v.ID, v.Title, v.Starts = a.ID, a.Title, sayMoment(tr, a.Starts)
		j, err := b.judge(a)
		if err != nil {
			return err
		}
		if j == nil {
			return fault.New(fault.Conflict, "strike.block.plan")
		}
		v.fill(tr, b, a, j)
		return v.whatIf(tr, b, a, j, r.URL.Query())
	})
	if err != nil {
		return err
	}
	return web.Page(w, r, web.View{Page: "strike-verdict", Title: "strike.verdict.title", Body: v})
}

func (v *verdictView) fill(tr *i18n.Translator, b *book, a *Action, j *Judged) {
	v.Verdict, v.Tone, v.CountsAs = j.Verdict.String(), toneOf(j.Verdict), j.CountsAs
	v.Icon, v.AsOf, v.Chosen = iconOf(v.Tone), tr.ISODay(j.AsOf.String()), j.Chosen
	p := j.Report.Pack
	v.Pack, v.Complete, v.TZDB, v.SHA256 = p.ID+" "+p.Version, p.Complete, j.Report.TZDB, p.SHA256
	names := b.names(tr)
	for _, x := range j.Report.Actions {
		if x.ID == a.ID {
			v.Why = names.Replace(x.Why)
		}
	}
	lines := slices.Clone(j.Lines)
	slices.SortStableFunc(lines, func(x, y notice.Line) int { return int(y.Verdict) - int(x.Verdict) })
	for _, l := range lines {
		one := lineOf(tr, names, l)
		if l.Verdict > notice.Lawful {
			v.Worse = append(v.Worse, one)
		} else {
			v.Fine = append(v.Fine, one)
		}
	}
	for _, x := range j.Report.Advisories {
		v.Advisories = append(v.Advisories, adviceView{x, sayRule(tr, "strike.advice."+x.ID, x.Text)})
	}
	v.Ask = b.toAsk(tr, a)
	if j.Plan == nil {
		return
	}
	for _, s := range j.Plan.Steps {
		v.Deadlines = append(v.Deadlines, b.deadlineOf(tr, a, s))
	}
	v.Feasible, v.ServeFrom = j.Plan.Feasible, sayText(tr, j.Plan.ServeFrom)
	for _, reading := range []string{"clear", "civil"} {
		if at := j.Plan.EarliestStart[reading]; at != "" {
			v.Earliest = append(v.Earliest, option{Value: reading, Label: sayText(tr, at)})
		}
	}
}

// names puts words for the ids and moments that the engine quotes.
func (b *book) names(tr *i18n.Translator) *strings.Replacer {
	var pairs []string
	moment := func(all ...notice.Moment) {
		for _, m := range all {
			if !m.IsZero() {
				pairs = append(pairs, m.String(), sayMoment(tr, m))
			}
		}
	}
	for _, a := range b.actions {
		pairs = append(pairs, a.ID, a.Title)
		moment(a.Starts, a.Ends, a.Began, a.Over)
	}
	for _, n := range b.notices {
		moment(n.Starts)
		for _, d := range n.Deliveries {
			moment(d.Sent, d.Received)
		}
		pairs = append(pairs, n.ID, tr.T("strike.paper."+string(n.Kind)))
	}
	for _, s := range b.sites {
		pairs = append(pairs, s.ID, s.Code)
	}
	return strings.NewReplacer(pairs...)
}

// sayRule says what a rule pack says in English: translated where key has a sentence. What binds is the English text that it cites.
func sayRule(tr *i18n.Translator, key, english string) sentence {
	if text := tr.T(key); text != key && tr.Locale != "en" {
		return sentence{text, tr.Locale}
	}
	return sentence{english, "en"}
}

// amountOf writes a count of the engine with its unit: "12 days", "283,66 horas".
func amountOf(tr *i18n.Translator, n, unit string) string {
	if n == "" {
		return ""
	}
	shown := n
	if tr.Locale == "es" {
		shown = strings.Replace(n, ".", ",", 1)
	}
	return tr.T("strike.unit."+unit, "N", n, "Shown", shown)
}

func lineOf(tr *i18n.Translator, names *strings.Replacer, l notice.Line) lineView {
	out := lineView{Line: l, Name: sayRule(tr, "strike.rule."+l.Rule, l.Title), Tone: toneOf(l.Verdict)}
	out.Icon = iconOf(out.Tone)
	out.Why, out.Cure, out.Ask = names.Replace(l.Why), names.Replace(l.Cure), names.Replace(l.Ask)
	for _, r := range l.Readings {
		tone := "info"
		if r.Pass != nil {
			tone = map[bool]string{true: "ok", false: "stop"}[*r.Pass]
		}
		out.Readings = append(out.Readings, readingView{
			Reading: r, Tone: tone, Icon: iconOf(tone), Latest: sayText(tr, r.Latest),
			Got: amountOf(tr, r.Have, r.Unit), Wanted: amountOf(tr, r.Need, r.Unit),
		})
	}
	for _, s := range l.Steps {
		one := stepText{Text: names.Replace(s.Text), Result: names.Replace(s.Result)}
		for _, o := range s.Operands {
			one.Operands = append(one.Operands, notice.Operand{Path: names.Replace(o.Path), Value: names.Replace(o.Value), Proof: o.Proof})
		}
		out.Steps = append(out.Steps, one)
	}
	return out
}
