// SPDX-License-Identifier: Apache-2.0

package notice

import "fmt"

// interval tests the period between two events: at least Min, or at most Max.
func (e *evaluation) interval(r *Rule, a *act) finding {
	p, atMost := r.Min, false
	if r.Max != nil {
		p, atMost = r.Max, true
	}
	from := e.occurred(r.From, a, true, r.Missing != "")
	to := e.occurred(r.To, a, false, r.Missing != "")
	return e.period(r, from, to, *p, atMost)
}

// order tests that Then is not before First, or not before First plus Period.
func (e *evaluation) order(r *Rule, a *act) finding {
	first := e.occurred(r.First, a, true, r.Missing != "")
	then := e.occurred(r.Then, a, false, r.Missing != "")
	if r.Period != nil {
		return e.period(r, first, then, *r.Period, false)
	}
	f := finding{steps: []Step{e.told("first", first), e.told("then", then)}, dates: map[string]string{}}
	switch {
	case first.state == elsewhere || then.state == elsewhere:
		f.verdict, f.why = NA, "There is nothing here to come first."
	case first.state == never:
		f.verdict, f.breached, f.why = r.Breach.Verdict, true, "What has to come first never happened."
	case first.state != known || then.state != known:
		f.verdict, f.why, f.ask = Unsure, "Not recorded: "+list(append(first.missing, then.missing...))+".", r.Ask
	default:
		f.dates["start"] = shown(then)
		f.dates["not_before"] = shown(first)
		if then.at.Before(first.at) {
			f.verdict, f.breached = r.Breach.Verdict, true
			f.why = fmt.Sprintf("%s is before %s.", shown(then), shown(first))
		} else {
			f.verdict = Lawful
			f.why = fmt.Sprintf("%s is not before %s.", shown(then), shown(first))
		}
	}
	return f
}

// shown writes the moment that governs an occurrence.
func shown(o occurrence) string {
	for _, p := range o.parts {
		if !p.moment.Clock {
			return p.day.String()
		}
	}
	return momentText(o.at, o.zone)
}

// period reads the span between two occurrences in every way the rule names.
func (e *evaluation) period(r *Rule, from, to occurrence, p Period, atMost bool) finding {
	f := finding{dates: map[string]string{}, steps: []Step{e.told("from", from), e.told("to", to)}}
	if from.state == elsewhere || to.state == elsewhere {
		f.verdict, f.why = NA, "Left to the rule on who must be told: nobody was, or nobody has to be."
		return f
	}
	sp := span{n: p.N, unit: p.Unit, max: atMost, lag: r.DeemedLag, cal: &e.p.Calendar}
	if from.state == known || from.state == partly && r.start().binds(atMost) {
		sp.s = &from.point
	}
	if to.state == known {
		sp.a = &to.point
	}
	whole := from.state == known && to.state == known // else what passes may still fail
	all := e.readings(&f, r, sp, whole)
	if from.sent != nil && from.state == known && r.Dispatch != "" {
		e.dispatch(&f, r, sp, *from.sent, all)
	}
	if safe, ok := e.safe(r.Readings, sp); ok && !atMost && sp.a != nil {
		f.dates["safe_latest"], f.safe = safe.String(), &safe
	}
	e.decide(&f, r, from, to, all, sp)
	return f
}

// start is the event that a period counts from.
func (r *Rule) start() *EventRef {
	if r.From != nil {
		return r.From
	}
	return r.First
}

// binds tells whether the copies of which the receipt is known can decide that a period fails: what is not known of the rest can only
// make a minimum shorter if the latest copy counts, and a maximum longer if the earliest does.
func (ref *EventRef) binds(atMost bool) bool { return (ref.Pick == "earliest") == atMost }

// readings measures sp by every reading of the rule, the results in the rule's order.
func (e *evaluation) readings(f *finding, r *Rule, sp span, whole bool) []measure {
	all := make([]measure, len(r.Readings))
	for i, id := range r.Readings {
		m := sp.read(id)
		all[i] = m
		line := Reading{
			ID: id, Base: id == r.Base, Have: m.have, Need: sp.need(id), Unit: unitOf(id, sp.unit),
			Latest: m.latest.String(), Earliest: m.earliest.String(),
		}
		if m.pass == No || m.pass == Yes && whole {
			line.Pass = new(m.pass == Yes)
			line.MarginMinutes = new(m.margin)
		}
		f.readings = append(f.readings, line)
		if m.have != "" {
			f.steps = append(f.steps, Step{
				Op: "read", Operands: []Operand{}, Result: m.pass.String(),
				Text: fmt.Sprintf("Read as %s: %s %s, %s needed.", id, m.have, units(id, sp.unit, m.have), bounded(sp, id)),
			})
		}
		if m.beyond {
			f.steps = append(f.steps, Step{
				Op: "refuse", Operands: []Operand{}, Result: "unknown",
				Text: "Read as " + id + ": the days fall outside the verified holiday table, and the engine refuses to guess.",
			})
		}
	}
	return all
}

func units(reading, unit, have string) string {
	word := map[string]string{"hour": "hour", "day": "day", "working_day": "working day", "month": "month"}[unitOf(reading, unit)]
	if have == "1" {
		return word
	}
	return word + "s"
}

func bounded(sp span, reading string) string {
	if sp.max {
		return "at most " + sp.need(reading)
	}
	return sp.need(reading)
}

// safe is the day by which serving satisfies every reading, moved back over weekends and holidays. ok is false where the holiday
// table does not reach.
func (e *evaluation) safe(readings []string, sp span) (Day, bool) {
	strict, ok := strictest(readings, sp)
	if !ok {
		return 0, false
	}
	return e.p.Calendar.roll(strict, -1)
}

// strictest is the last whole day that satisfies every reading of a minimum.
func strictest(readings []string, sp span) (day Day, ok bool) {
	for _, id := range readings {
		m := sp.read(id)
		if !m.latest.ok {
			return 0, false
		}
		if whole := m.latest.wholeDay(); !ok || whole < day {
			day, ok = whole, true
		}
	}
	return day, ok
}

// dispatch notes what the period would be if posted copies counted from the day they were sent. 29 U.S.C. 158(g) does not say.
func (e *evaluation) dispatch(f *finding, r *Rule, sp span, sent point, all []measure) {
	if sp.a == nil || base(r, all).pass != No {
		return
	}
	sp.s = &sent
	passes := false
	for _, id := range r.Readings {
		m := sp.read(id)
		f.dates["dispatch."+id] = m.have
		passes = passes || id == r.Base && m.pass == Yes
	}
	if !passes {
		return
	}
	f.verdict = AtRisk
	f.steps = append(f.steps, Step{
		Op: "dispatch", Operands: []Operand{}, Result: "at_risk",
		Text: "Late by receipt, in time by dispatch: which one counts is unsettled.",
	})
}

func base(r *Rule, all []measure) measure {
	for i, id := range r.Readings {
		if id == r.Base {
			return all[i]
		}
	}
	return measure{}
}

// decide turns the readings into a verdict: what is known may already be too late, whatever else is missing.
func (e *evaluation) decide(f *finding, r *Rule, from, to occurrence, all []measure, sp span) {
	m := base(r, all)
	switch {
	case from.state == never:
		f.verdict, f.breached = r.Breach.Verdict, true
		f.why = e.notGiven(r, from)
	case to.state == never:
		f.verdict, f.breached, f.why = r.Breach.Verdict, true, "What the period has to run to never happened."
	case m.pass == No && f.verdict == AtRisk: // by dispatch
		f.why = fmt.Sprintf("%s %s by receipt, %s by dispatch; %s needed. Which one counts is unsettled.", m.have,
			units(r.Base, sp.unit, m.have), f.dates["dispatch."+r.Base], bounded(sp, r.Base))
	case m.pass == No && to.state == known:
		f.verdict, f.breached = r.Breach.Verdict, true
		f.why = fmt.Sprintf("%s %s, %s needed.", m.have, units(r.Base, sp.unit, m.have), bounded(sp, r.Base))
		if m.earliest.ok && !sp.max {
			f.why += " The earliest would be " + m.earliest.String() + "."
		}
	case from.state != known || to.state != known:
		f.verdict = Unsure
		f.why, f.ask = e.asks(r, from, to, f, m)
	case m.beyond:
		f.verdict = Unsure
		f.why = "The days fall outside the verified holiday table; the engine refuses to guess holidays."
	default:
		e.stricter(f, r, all, sp)
	}
}

// stricter looks at the readings beside the base, which passed.
func (e *evaluation) stricter(f *finding, r *Rule, all []measure, sp span) {
	m := base(r, all)
	var failing, beyond []string
	for i, id := range r.Readings {
		switch {
		case all[i].beyond:
			beyond = append(beyond, id)
		case all[i].pass == No:
			failing = append(failing, fmt.Sprintf("%s (%s %s of %s)", id, all[i].have, units(id, sp.unit, all[i].have), sp.need(id)))
		}
	}
	have := fmt.Sprintf("%s %s, %s needed", m.have, units(r.Base, sp.unit, m.have), bounded(sp, r.Base))
	switch {
	case len(beyond) > 0:
		f.verdict = Unsure
		f.why = have + "; but the verified holiday table does not reach far enough to read it as " + list(beyond) + "."
	case len(failing) > 0:
		f.verdict = AtRisk
		f.why = have + "; but it fails if read as " + list(failing) + "."
	default:
		f.verdict = Lawful
		f.why = have + "."
		if len(r.Readings) > 1 {
			f.why = have + "; every reading passes."
		}
	}
}

func (e *evaluation) notGiven(r *Rule, from occurrence) string {
	ref := r.start()
	if len(from.refused) > 0 {
		return capital(list(from.refused)) + " never got the " + noticeWords[ref.Notice] + "."
	}
	return "There is no " + noticeWords[ref.Notice] + " that counts."
}

// asks says what is missing, and the last days that would do.
func (e *evaluation) asks(r *Rule, from, to occurrence, f *finding, m measure) (why, ask string) {
	switch {
	case len(from.unknown) > 0:
		why = "Not known: when " + list(from.unknown) + " got the paper."
	default:
		why = "Not recorded: " + list(append(from.missing, to.missing...)) + "."
	}
	ask = r.Ask
	if m.latest.ok {
		last := " The last day that would do: " + m.latest.String()
		if safe := f.dates["safe_latest"]; safe != "" {
			last += "; to be safe: " + safe
		}
		ask += last + "."
	}
	return why, ask
}

// told is the step that says what an end of a period rests on.
func (e *evaluation) told(op string, o occurrence) Step {
	s := Step{Op: op, Operands: []Operand{}, Result: "unknown"}
	for _, p := range o.parts {
		text := p.moment.String()
		proof := p.proof
		who := p.who
		if who != "" {
			s.Text += capital(who) + ": " + text
			if p.day != p.moment.Day {
				s.Text += ", which is " + p.day.String() + " there"
			}
			s.Text += " (" + proofWords[proof] + "). "
		} else {
			s.Text += p.path + " is " + text + ". "
		}
		s.Operands = append(s.Operands, Operand{Path: p.path, Value: text, Proof: proof})
	}
	for _, path := range o.missing {
		s.Text += "Not recorded: " + path + ". "
		s.Operands = append(s.Operands, Operand{Path: path})
	}
	for _, who := range o.refused {
		s.Text += "Never given to " + who + ". "
	}
	switch {
	case o.state == known:
		s.Result = shown(o)
	case o.state == never:
		s.Result = "never"
		if s.Text == "" {
			s.Text = "It never happened. "
		}
	case o.state == elsewhere:
		s.Result = "na"
	}
	if s.Text == "" {
		s.Text = "Nothing is recorded. "
	}
	s.Text = s.Text[:len(s.Text)-1]
	return s
}
