// SPDX-License-Identifier: Apache-2.0

package notice

import (
	"fmt"
	"maps"
	"slices"
)

// bar tests a prohibition.
func (e *evaluation) bar(r *Rule, a *act) finding {
	switch r.Bar.Type {
	case "until":
		return e.until(r, a)
	case "count":
		return e.count(r, a)
	case "freeze":
		return e.freeze(r, a)
	}
	t, undecided := e.test(r.Bar.Fact, a)
	switch t {
	case Yes:
		return finding{verdict: r.Breach.Verdict, breached: true, why: capital(r.Title) + "."}
	case No:
		return finding{verdict: Lawful, why: "The bar does not apply."}
	}
	return finding{verdict: Unsure, why: "Not recorded: " + list(undecided) + "."}
}

// until bars an act before a date, where Fact holds.
func (e *evaluation) until(r *Rule, a *act) finding {
	end := e.occurred(r.Bar.Until, a, true, false)
	f := finding{steps: []Step{e.told("until", end)}, dates: map[string]string{}}
	if end.state == known && !a.at.Before(end.at) {
		f.verdict, f.why = Lawful, "The act starts after "+shown(end)+", when the bar ends."
		return f
	}
	t, undecided := e.test(r.Bar.Fact, a)
	switch {
	case t == No:
		f.verdict, f.why = Lawful, "There is no such bar."
	case t == Unknown || end.state != known:
		f.verdict, f.why = Unsure, "Not recorded: "+list(append(undecided, end.missing...))+"."
	default:
		f.verdict, f.breached, f.why = r.Breach.Verdict, true, "The bar holds until "+shown(end)+"; the act starts before."
		f.dates["until"] = shown(end)
	}
	return f
}

// count bars the n-th act of one party within some days, or an announced series.
func (e *evaluation) count(r *Rule, a *act) finding {
	var ids []string
	for _, b := range e.acts {
		days := int(a.day - b.day)
		if b.By != a.By || b.counts != a.counts || b.State == "cancelled" || b.PartOf != "" && b != a || days < 0 || days >= r.Bar.Days {
			continue
		}
		if b == a || b.at.Before(a.at) {
			ids = append(ids, b.ID)
		}
	}
	f := finding{verdict: Lawful, dates: map[string]string{"count": itoa(len(ids))}}
	f.why = fmt.Sprintf("Number %d within %d days.", len(ids), r.Bar.Days)
	f.steps = []Step{{Op: "count", Text: f.why, Operands: []Operand{}, Result: f.dates["count"]}}
	for _, id := range ids {
		f.steps[0].Operands = append(f.steps[0].Operands, Operand{Path: "actions[" + id + "].start", Value: e.act(id).moment().String()})
	}
	t, undecided := e.test(r.Bar.Fact, a)
	switch {
	case r.Bar.Fact != nil && t == Unknown:
		f.verdict, f.why = Unsure, f.why+" Not recorded: "+list(undecided)+"."
	case len(ids) >= r.Bar.Count:
		f.verdict, f.breached = r.Breach.Verdict, true
	case r.Bar.Fact != nil && t == Yes:
		f.verdict, f.breached, f.why = r.Breach.Verdict, true, f.why+" A series has been announced."
	}
	return f
}

// window is a freeze as far as it is known.
type window struct {
	through Day
	sure    bool // false: it may last longer
}

// freeze bars an act while an inquiry keeps things as they are. 29 U.S.C. 183
func (e *evaluation) freeze(r *Rule, a *act) finding {
	b := r.Bar
	f := finding{verdict: Lawful, why: "No inquiry has been appointed.", dates: map[string]string{}}
	from := occurrence{state: elsewhere}
	if b.From != nil {
		from = e.occurred(b.From, a, true, true)
		f.steps = []Step{e.told("from", from)}
		if from.state == known && b.AppointWithin > 0 {
			f.dates["appoint_by"] = (from.day + Day(b.AppointWithin)).String()
		}
	}
	if e.f.Inquiries == nil {
		f.verdict, f.why = Unsure, "Whether an inquiry has been appointed is not recorded: inquiries."
		return f
	}
	for i := range e.f.Inquiries {
		q := &e.f.Inquiries[i]
		if q.Kind != b.Inquiry {
			continue
		}
		if g := e.frozen(r, a, q, from); g.verdict > f.verdict || f.dates["freeze_through"] == "" && g.verdict == f.verdict {
			maps.Copy(g.dates, f.dates)
			g.steps = slices.Concat(f.steps, g.steps)
			f = g
		}
	}
	return f
}

// frozen judges the act against one inquiry.
func (e *evaluation) frozen(r *Rule, a *act, q *Inquiry, from occurrence) finding {
	b, path := r.Bar, "inquiries["+q.ID+"]."
	f := finding{verdict: Lawful, dates: map[string]string{}}
	start, field := q.AppointedOn, "appointed_on"
	if b.AppointWithin == 0 {
		start, field = q.NotifiedOn, "notified_on"
	}
	if start.IsZero() {
		return finding{verdict: Unsure, why: "Not recorded: " + path + field + ".", dates: f.dates}
	}
	f.steps = []Step{{
		Op: "freeze", Text: "The inquiry: " + path + field + " is " + start.String() + ".",
		Operands: []Operand{{Path: path + field, Value: start.String()}}, Result: start.String(),
	}}
	if b.AppointWithin > 0 && from.state == known && start.Day > from.day+Day(b.AppointWithin) {
		f.why = "Appointed too late to bind: by " + (from.day + Day(b.AppointWithin)).String() + " it would have had to be."
		return f
	}
	w := b.window(q, start)
	f.dates["freeze_through"] = w.through.String()
	switch {
	case a.day > w.through && w.sure:
		f.why = "The freeze is over: it lasts through " + w.through.String() + "."
	case b.AppointWithin > 0 && from.state != known:
		f.verdict, f.why = Unsure, "Whether the inquiry was appointed in time is not known: not recorded is "+list(from.missing)+"."
	case a.day > w.through:
		f.verdict, f.why = Unsure, "How long the freeze lasts is not known: no report is recorded: "+path+"reported_on."
	default:
		f.verdict, f.breached = r.Breach.Verdict, true
		f.why = "The act falls within a freeze that lasts through " + w.through.String() + "."
	}
	return f
}

// window is from the report if there is one, else from the day on which it is due at the latest, and may then last longer.
func (b *Bar) window(q *Inquiry, start Moment) window {
	switch {
	case b.AppointWithin == 0:
		return window{start.Day + Day(b.Then), true}
	case !q.ReportedOn.IsZero():
		return window{q.ReportedOn.Day + Day(b.Then), true}
	}
	return window{start.Day + Day(b.ReportWithin) + Day(b.Then), false}
}
