// SPDX-License-Identifier: Apache-2.0

package notice

import (
	"fmt"
	"slices"
	"strings"
)

// content tests what the facts and papers say, demand by demand; the worst counts.
func (e *evaluation) content(r *Rule, a *act) finding {
	worst := finding{verdict: NA, why: "There is nothing of the kind on file; the rule on giving it speaks."}
	for i := range r.Require {
		q := &r.Require[i]
		f := e.require(r, q, a)
		if f.verdict == Unlawful && f.breached {
			f.verdict = r.Breach.Verdict
			if q.Else != nil {
				f.verdict, f.breached = *q.Else, false
			}
		}
		if f.verdict > worst.verdict {
			f.steps = append(worst.steps, f.steps...)
			worst = f
		}
	}
	return worst
}

// require tests one demand. Unlawful and breached together mean "not met"; the rule then says how bad that is.
func (e *evaluation) require(r *Rule, q *Require, a *act) finding {
	kind, field, _ := strings.Cut(q.Field, ".")
	switch kind {
	case "announce":
		return e.announces(q, field, a)
	case "method":
		return e.method(r, q, field, a)
	case "proof":
		return e.proof(field, a)
	case "ballot":
		return e.vote(q, field, a)
	}
	value, path := e.fact(q.Field, a)
	return q.value(value, path)
}

var notMet = Unlawful

// value judges a word.
func (q *Require) value(value, path string) finding {
	step := Step{Op: "look", Text: path + " is " + value + ".", Operands: []Operand{{Path: path, Value: value}}, Result: value}
	switch {
	case value == "" || value == "unknown":
		return finding{verdict: Unsure, why: "Not recorded: " + path + "."}
	case slices.Contains(q.In, value):
		return finding{verdict: Lawful, why: step.Text, steps: []Step{step}}
	case slices.Contains(q.Soft, value):
		return finding{verdict: AtRisk, why: step.Text, steps: []Step{step}}
	}
	return finding{verdict: notMet, breached: true, why: step.Text, steps: []Step{step}}
}

// announces judges every announcement relied on.
func (e *evaluation) announces(q *Require, field string, a *act) finding {
	if a.ReliesOn == nil {
		return finding{verdict: Unsure, why: "Not recorded: " + a.path("relies_on") + "."}
	}
	worst := finding{verdict: NA, why: "No notice of the acting party is relied on; the rule on giving one speaks."}
	if field == "one_start" {
		return e.oneStart(a, worst)
	}
	for _, x := range a.relies {
		f := finding{verdict: Unsure, why: "What notice " + x.notice.ID + " announces is not recorded."}
		if x.announce != nil {
			f = q.announce(field, x)
		}
		if f.verdict > worst.verdict {
			worst = f
		}
	}
	return worst
}

func (q *Require) announce(field string, x reliance) finding {
	path := "notices[" + x.notice.ID + "].announces[" + x.announce.ID + "]."
	start := x.announce.Start
	switch {
	case field == "qualifier":
		return q.value(x.announce.Qualifier, path+"qualifier")
	case field == "date" && start.IsZero():
		return finding{verdict: notMet, breached: true, why: "Notice " + x.notice.ID + " states no date."}
	case start.IsZero():
		return finding{verdict: Unsure, why: "The start that notice " + x.notice.ID + " states is not recorded."}
	case field == "time" && !start.Clock:
		return finding{verdict: notMet, breached: true, why: "Notice " + x.notice.ID + " states a date and no time."}
	}
	return finding{
		verdict: Lawful, why: "The notice states " + start.String() + ".",
		steps: []Step{{
			Op: "look", Text: "Stated: " + start.String() + ".", Operands: []Operand{{Path: path + "start", Value: start.String()}},
			Result: start.String(),
		}},
	}
}

// oneStart asks that several announcements relied on do not contradict each other.
func (e *evaluation) oneStart(a *act, none finding) finding {
	var first *reliance
	for i, x := range a.relies {
		if x.announce == nil || x.announce.Start.IsZero() {
			continue
		}
		if first == nil {
			first = &a.relies[i]
		} else if !first.announce.Start.Begin().Equal(x.announce.Start.Begin()) {
			return finding{verdict: notMet, breached: true, why: fmt.Sprintf("Notice %s states %s and notice %s states %s.",
				first.notice.ID, first.announce.Start, x.notice.ID, x.announce.Start)}
		}
	}
	if first == nil {
		return none
	}
	return finding{verdict: Lawful, why: "One start is stated."}
}

// method judges how a recipient was served; one good copy is enough. Once a receipt is known, copies that nobody is known to have
// received serve nobody.
func (e *evaluation) method(r *Rule, q *Require, recipient string, a *act) finding {
	notices, none := e.counted(r.Notice, a)
	if len(notices) == 0 {
		if none.state == unrecorded {
			return finding{verdict: Unsure, why: "Not recorded: " + list(none.missing) + "."}
		}
		return finding{verdict: NA, why: "No such notice is relied on; the rule on giving one speaks."}
	}
	best := finding{verdict: Unsure, why: "How " + e.who(recipient) + " was served is not recorded."}
	received := func(d *Delivery) bool { return d.State == "received" && e.known(d.ReceivedAt) }
	served := slices.ContainsFunc(notices, func(n *Notice) bool {
		return slices.ContainsFunc(n.Deliveries, func(d Delivery) bool { return d.Recipient == recipient && received(&d) })
	})
	found := false
	for _, n := range notices {
		for i := range n.Deliveries {
			d := &n.Deliveries[i]
			if d.Recipient != recipient || d.State == "not_given" || served && !received(d) || e.sets(d, notices) {
				continue
			}
			if f := q.value(d.Method, n.deliveryPath(i)+".method"); !found || f.verdict < best.verdict {
				best, found = f, true
			}
		}
	}
	return best
}

// proof asks for proof of every copy that counts. A receipt without one is a claim. House rule. Where a recipient has both, the
// claims are not needed if every rule answers as well on the proved copies alone. So a claim put on file, or taken off it, never
// makes a proved notice better or worse.
func (e *evaluation) proof(kind string, a *act) finding {
	notices, _ := e.counted(kind, a)
	steps := e.proofs(notices, kind, a)
	if len(steps) == 0 {
		return finding{verdict: NA, why: "No receipt is relied on."}
	}
	proved := *e
	proved.proved = true
	f := finding{verdict: Lawful, why: "Every receipt relied on has proof on file.", steps: steps}
	claims := proved.aside(notices, e.p.of[kind])
	if len(claims) > 0 && proved.asGoodAs(e, a) {
		f.steps = proved.proofs(notices, kind, a)
		f.why += " A claim without proof, " + list(claims) + ", is not needed."
		claims = nil
	}
	for _, s := range f.steps {
		if path := s.Operands[0].Path; s.Result == "none" && !slices.Contains(claims, path) {
			claims = append(claims, path)
		}
	}
	if len(claims) > 0 {
		f.verdict, f.breached = notMet, true
		f.why = "A claim without proof: " + list(claims) + "."
	}
	return f
}

// proofs tells, by path, what proves each copy that counts.
func (e *evaluation) proofs(notices []*Notice, kind string, a *act) []Step {
	var steps []Step
	for recipient := range e.p.of[kind] {
		if len(notices) == 0 {
			break
		}
		var o occurrence
		e.serve(&o, notices, recipient, &EventRef{Moment: "received", Pick: "latest"}, a, true)
		if len(o.parts) == 0 {
			e.serve(&o, notices, recipient, &EventRef{Moment: "given", Pick: "latest"}, a, true)
		}
		for _, p := range o.parts {
			steps = append(steps, Step{
				Op: "prove", Text: capital(p.who) + ": " + proofWords[p.proof] + ".",
				Operands: []Operand{{Path: p.path, Value: p.moment.String(), Proof: p.proof}}, Result: p.proof,
			})
		}
	}
	slices.SortFunc(steps, func(x, y Step) int { return strings.Compare(x.Operands[0].Path, y.Operands[0].Path) })
	return steps
}

// aside lists the receipts that are set aside, by path.
func (e *evaluation) aside(notices []*Notice, of map[string]bool) []string {
	var paths []string
	for _, n := range notices {
		for i := range n.Deliveries {
			if d := &n.Deliveries[i]; of[d.Recipient] && d.State == "received" && e.known(d.ReceivedAt) && e.sets(d, notices) {
				paths = append(paths, n.deliveryPath(i)+".received_at")
			}
		}
	}
	return paths
}

// asGoodAs reports whether every rule but those on proof answers at least as well as it does in o.
func (e *evaluation) asGoodAs(o *evaluation, a *act) bool {
	for _, versions := range e.p.byID() {
		if slices.ContainsFunc(versions, (*Rule).asksProof) {
			continue
		}
		mine, ok := e.rule(versions, a)
		theirs, _ := o.rule(versions, a)
		if ok && mine.Verdict > theirs.Verdict {
			return false
		}
	}
	return true
}

func (r *Rule) asksProof() bool {
	return slices.ContainsFunc(r.Require, func(q Require) bool { return strings.HasPrefix(q.Field, "proof.") })
}

// vote judges the ballot that the act names.
func (e *evaluation) vote(q *Require, field string, a *act) finding {
	b := e.f.ballot(a.Ballot)
	if b == nil {
		return finding{verdict: Unsure, why: "Not recorded: " + a.path("ballot") + "."}
	}
	path := "ballots[" + b.ID + "]."
	switch field {
	case "secret":
		return q.value(b.Secret.String(), path+field)
	case "method":
		return q.value(b.Method, path+field)
	case "result_told":
		return q.value(b.ResultTold.String(), path+field)
	}
	top, bottom := b.Yes, b.Cast
	switch field {
	case "turnout_pct":
		top, bottom = b.Cast, b.Eligible
	case "support_pct":
		bottom = b.Eligible
	}
	return q.share(top, bottom, path, field)
}

// share judges top of bottom against a bound in percent, without rounding.
func (q *Require) share(top, bottom *int, path, field string) finding {
	if top == nil || bottom == nil || *bottom == 0 {
		return finding{verdict: Unsure, why: "Not recorded: the counts for " + path + field + "."}
	}
	text := fmt.Sprintf("%d of %d (%s).", *top, *bottom, strings.TrimSuffix(field, "_pct"))
	step := Step{Op: "share", Text: text, Operands: []Operand{{Path: strings.TrimSuffix(path, ".")}}, Result: text}
	if q.GE != nil && 100**top < *q.GE**bottom || q.GT != nil && 100**top <= *q.GT**bottom {
		return finding{verdict: notMet, breached: true, why: text, steps: []Step{step}}
	}
	return finding{verdict: Lawful, why: text, steps: []Step{step}}
}
