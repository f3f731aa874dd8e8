// SPDX-License-Identifier: Apache-2.0

package notice

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// match tests that the act equals the paper, by one field.
func (e *evaluation) match(r *Rule, a *act) finding {
	switch r.Field {
	case "site_kind":
		return e.siteKind(r, a)
	case "initiator":
		return e.initiator(r, a)
	case "sponsor":
		return e.sponsor(r, a)
	}
	if a.ReliesOn == nil {
		return finding{verdict: Unsure, why: "Not recorded: " + a.path("relies_on") + ".", ask: "Which notice does this act rely on?"}
	}
	if len(a.relies) == 0 {
		return finding{verdict: NA, why: "No notice of the acting party is relied on; the rule on giving one speaks."}
	}
	if i := slices.IndexFunc(a.relies, func(x reliance) bool { return x.announce == nil }); i >= 0 {
		return finding{verdict: Unsure, why: "What notice " + a.relies[i].notice.ID + " announces is not recorded."}
	}
	switch r.Field {
	case "start_late":
		return e.startLate(r, a)
	case "start_early":
		return e.startEarly(r, a)
	case "sites":
		return e.sites(r, a)
	case "action_kind":
		return e.actionKind(r, a)
	}
	return e.use(r, a)
}

// siteKind asks whether every site is of a kind in the rule's group, or named by a notice relied on.
func (e *evaluation) siteKind(r *Rule, a *act) finding {
	f := finding{verdict: Lawful, why: "Every site is of a kind that the text covers, or named in the notice."}
	var other, open []string
	for _, s := range a.starts {
		named := slices.ContainsFunc(a.relies, func(x reliance) bool {
			return x.announce != nil && slices.Contains(x.announce.Sites, s.site.ID)
		})
		switch {
		case s.site.Kind == "" || s.site.Kind == "unknown":
			open = append(open, s.site.ID)
		case slices.Contains(e.p.Groups[r.Group], s.site.Kind) || named:
		default:
			other = append(other, s.site.ID)
		}
	}
	switch {
	case len(open) > 0:
		f.verdict, f.sites = Unsure, open
		f.why = "What kind of site this is is not recorded: " + list(open) + "."
	case len(other) > 0:
		f.verdict, f.breached, f.sites = r.Breach.Verdict, true, other
		f.why = "Not a health care site by kind, and not named in the notice: " + list(other) + "."
	}
	return f
}

// initiator asks whether a union filed the notice, whoever opened.
func (e *evaluation) initiator(r *Rule, a *act) finding {
	notices, none := e.counted(r.Notice, a)
	for _, n := range notices {
		if role := e.f.role(n.By); role == "union" || role == "other_union" || role == "building_trades_union" {
			return finding{verdict: Lawful, why: "The union filed a " + noticeWords[r.Notice] + " itself."}
		}
	}
	if len(notices) == 0 && none.state == unrecorded {
		return finding{verdict: Unsure, why: "No " + noticeWords[r.Notice] + " is recorded."}
	}
	return finding{verdict: r.Breach.Verdict, breached: true, why: "The union filed no " + noticeWords[r.Notice] + " of its own."}
}

// sponsor asks whether the notices relied on are the acting party's own.
func (e *evaluation) sponsor(r *Rule, a *act) finding {
	if a.ReliesOn == nil {
		return finding{verdict: Unsure, why: "Not recorded: " + a.path("relies_on") + "."}
	}
	if len(a.ReliesOn) == 0 {
		return finding{verdict: NA, why: "No notice is relied on."}
	}
	for _, ref := range a.ReliesOn {
		id, _, _ := strings.Cut(ref, "#")
		if n := e.f.notice(id); n.By != a.By {
			return finding{
				verdict: r.Breach.Verdict, breached: true,
				why: fmt.Sprintf("Notice %s was given by %s; the act is by %s.", n.ID, n.By, a.By),
			}
		}
	}
	return finding{verdict: Lawful, why: "The notice is the acting party's own."}
}

// sites asks whether every site is named.
func (e *evaluation) sites(r *Rule, a *act) finding {
	var missing []string
	for _, id := range a.Sites {
		if !slices.ContainsFunc(a.relies, func(x reliance) bool { return slices.Contains(x.announce.Sites, id) }) {
			missing = append(missing, id)
		}
	}
	switch {
	case len(missing) == 0:
		return finding{verdict: Lawful, why: "Every site of the act is named in the notice."}
	case slices.ContainsFunc(a.relies, func(x reliance) bool { return x.announce.Sites == nil }):
		return finding{verdict: Unsure, sites: missing, why: "Which sites the notice names is not recorded."}
	case slices.ContainsFunc(a.relies, func(x reliance) bool { return slices.Contains(x.announce.Sites, "*") }):
		return finding{
			verdict: r.Breach.Verdict, breached: true, sites: missing,
			why: "The notice names no single site: it says all of them.",
		}
	}
	return finding{verdict: r.Breach.Verdict, breached: true, sites: missing, why: "Not named in the notice: " + list(missing) + "."}
}

// actionKind asks whether the act is of a kind that the notice announces. Accept may soften "<kind>_under_<announced>".
func (e *evaluation) actionKind(r *Rule, a *act) finding {
	var kinds []string
	for _, x := range a.relies {
		kinds = append(kinds, x.announce.Kinds...)
	}
	if slices.Contains(kinds, a.counts) {
		return finding{verdict: Lawful, why: "The notice announces a " + a.counts + "."}
	}
	why := fmt.Sprintf("The act is a %s; the notice announces %s.", a.counts, list(kinds))
	for _, k := range kinds {
		if v, ok := r.Accept[a.counts+"_under_"+k]; ok {
			return finding{verdict: v, why: why}
		}
	}
	return finding{verdict: r.Breach.Verdict, breached: true, why: why}
}

// use asks whether an earlier act, now ended, used the announcement up. 315 NLRB 468 (1994)
func (e *evaluation) use(r *Rule, a *act) finding {
	var open []string
	for _, b := range e.acts {
		if b == a || b.State != "ended" || e.partOf(b.Action, a.ID) || e.partOf(a.Action, b.ID) || a.PartOf != "" && a.PartOf == b.PartOf {
			continue
		}
		if !b.at.Before(a.at) {
			continue
		}
		if b.ReliesOn == nil && b.By == a.By && b.counts != "none" {
			open = append(open, b.path("relies_on"))
		}
		for _, x := range a.relies {
			if slices.Contains(b.relies, x) {
				return finding{
					verdict: r.Breach.Verdict, breached: true,
					why: fmt.Sprintf("Action %s, now ended, has used this announcement already.", b.ID),
				}
			}
		}
	}
	if len(open) > 0 {
		return finding{verdict: Unsure, why: "Whether an earlier act, now ended, has used this announcement is not known: not recorded is " + list(open) + "."}
	}
	return finding{verdict: Lawful, why: "No earlier act has used this announcement."}
}

// late and early are minutes by which an act starts after or before what was stated, over its sites. The stated minute is a whole
// one: half a minute into it nobody is late, half a minute before it somebody is early.
type off struct{ late, early int }

func offBy(f *Facts, a *act, stated Moment, scope string) (o off) {
	want := begin(f, stated, scope, a.Sites)
	for i, s := range a.starts {
		d := s.at.Sub(want[i].at).Minutes()
		o.late = max(o.late, int(math.Floor(d)))
		o.early = max(o.early, int(math.Ceil(-d)))
	}
	return o
}

// startState is what the two rules on the start share.
type startState struct {
	stated stated
	off    off
	within bool // a part of another act, inside its span
	open   string
}

// start compares an act with what is stated. verdict is NA or Unsure where there is nothing to compare, with the reason in open.
func (e *evaluation) start(a *act) (st startState, verdict Verdict) {
	st.stated = a.stated(e.f, e.known)
	switch {
	case !st.stated.dated:
		st.open = "The start that the notice states is not recorded."
		return st, Unsure
	case !st.stated.timed:
		st.open = "The notice states no time: the rule on its content speaks."
		return st, NA
	}
	st.off = offBy(e.f, a, st.stated.start, st.stated.announce.StartScope)
	if !a.moment().Clock && a.moment().Day == st.stated.start.dayIn(a.zone) {
		st.open = "The hour at which the act starts is not recorded: " + a.startPath() + "."
		return st, Unsure
	}
	if a.PartOf == "" {
		return st, Lawful
	}
	whole := e.act(a.PartOf)
	if a.at.Before(whole.at) || st.off.late == 0 {
		return st, Lawful
	}
	until := whole.until()
	if until.IsZero() {
		st.open = "Whether it falls within action " + whole.ID + " is not known: not recorded is " + whole.path("end") + "."
		return st, Unsure
	}
	st.within = !a.at.After(until.Begin())
	return st, Lawful
}

// startLate asks whether the act starts after the stated time. 29 U.S.C. 158(g); 339 NLRB 1262 (2003)
func (e *evaluation) startLate(r *Rule, a *act) finding {
	st, v := e.start(a)
	if v != Lawful {
		return finding{verdict: v, why: st.open}
	}
	f := finding{verdict: Lawful, dates: map[string]string{
		"stated": momentText(st.stated.start.at, a.zone), "start": momentText(a.at, a.zone),
		"late_minutes": strconv.Itoa(st.off.late),
	}}
	f.steps = []Step{{
		Op: "compare", Text: fmt.Sprintf("Stated: %s. The act starts: %s.", f.dates["stated"], f.dates["start"]),
		Operands: []Operand{{Path: st.stated.path, Value: st.stated.start.String()}, {Path: a.startPath(), Value: a.moment().String()}},
		Result:   f.dates["late_minutes"] + " minutes late",
	}}
	switch {
	case st.off.late == 0:
		f.why = "The act does not start after the stated time."
		return f
	case st.within:
		f.why = "A part of action " + a.PartOf + ", within its span."
		return f
	}
	why := fmt.Sprintf("The act starts %s after the stated time, %s.", plural(st.off.late, "minute", "minutes"), f.dates["stated"])
	f.verdict, f.breached = r.Breach.Verdict, true
	f.why = why + " No writing signed by both moved it."
	if r.Grace != nil && st.off.late <= r.Grace.Minutes {
		f.verdict, f.breached = r.Grace.Verdict, false
		f.why = why + " That is within the grace that case law then gave."
	}
	for i := range st.stated.notice.Extensions {
		x := &st.stated.notice.Extensions[i]
		v, said := e.extension(r, a, x, st.stated)
		if v < f.verdict {
			f.verdict, f.breached, f.why = v, false, why+" "+said
		}
	}
	return f
}

// extension says what an agreement that did not move the stated time is worth for this start: nothing unless it names it.
func (e *evaluation) extension(r *Rule, a *act, x *Extension, st stated) (Verdict, string) {
	if !x.of(st.announce) {
		return Unlawful, ""
	}
	if x.NewStart.IsZero() {
		if r.accept(x.Form, Unlawful) == Unlawful {
			return Unlawful, ""
		}
		return Unsure, "Not recorded: which new start extension " + x.ID + " agrees."
	}
	if o := offBy(e.f, a, x.NewStart, st.announce.StartScope); o.late > 0 || o.early > 0 {
		return Unlawful, ""
	}
	switch {
	case x.Form != "signed_by_both":
		return r.accept(x.Form, Unlawful), "Extension " + x.ID + ": " + strings.ReplaceAll(x.Form, "_", " ") + "."
	case !e.known(x.AgreedAt):
		return Unsure, "Extension " + x.ID + ": when both signed is not recorded, or not a fact yet."
	case !x.AgreedAt.Clock && x.AgreedAt.Begin().Before(st.start.Begin()):
		return Unsure, "Extension " + x.ID + ": both signed on that day; at which hour is not recorded."
	}
	return r.accept("signed_after_start", Unlawful), "Both signed, but only after the stated time had passed."
}

// accept is the verdict that a rule gives a form, or otherwise.
func (r *Rule) accept(form string, otherwise Verdict) Verdict {
	if v, ok := r.Accept[form]; ok {
		return v
	}
	return otherwise
}

// startEarly asks whether the act starts before the stated time, or before the one that both signed.
func (e *evaluation) startEarly(r *Rule, a *act) finding {
	st, v := e.start(a)
	if v != Lawful {
		return finding{verdict: v, why: st.open}
	}
	f := finding{
		verdict: Lawful, why: "The act does not start before the stated time.",
		dates: map[string]string{"stated": momentText(st.stated.start.at, a.zone), "start": momentText(a.at, a.zone)},
	}
	if st.off.early > 0 {
		f.verdict, f.breached = r.Breach.Verdict, true
		f.why = fmt.Sprintf("The act starts %s before the stated time, %s.", plural(st.off.early, "minute", "minutes"), f.dates["stated"])
		return f
	}
	for i := range st.stated.notice.Extensions {
		if x := &st.stated.notice.Extensions[i]; e.maybeMoved(a, x, st.stated) {
			f.verdict = Unsure
			f.why = "Whether extension " + x.ID + " moved the stated time past this start is not known: its form, when both signed or which start " +
				"they agreed is not recorded."
			return f
		}
	}
	return f
}

// maybeMoved reports whether an extension may have moved the stated time past the start of the act, for all that is recorded of it.
func (e *evaluation) maybeMoved(a *act, x *Extension, st stated) bool {
	if !x.of(st.announce) || x.Form != "signed_by_both" && x.Form != "unknown" {
		return false
	}
	if !x.NewStart.IsZero() && (!x.NewStart.Begin().After(st.start.Begin()) || offBy(e.f, a, x.NewStart, st.announce.StartScope).early <= 0) {
		return false
	}
	if x.AgreedAt.IsZero() {
		return true
	}
	if !e.known(x.AgreedAt) || !x.AgreedAt.Begin().Before(st.start.Begin()) {
		return false // not signed yet, or signed too late to move it
	}
	return x.Form == "unknown" || x.NewStart.IsZero() || !x.AgreedAt.Clock
}
