// SPDX-License-Identifier: Apache-2.0

package notice

import "slices"

// recipients tests that each of All has been given the notice, and, where the text says so, on one day.
func (e *evaluation) recipients(r *Rule, a *act) finding {
	ref := &EventRef{Event: "notice", Notice: r.Notice, Of: r.All, Moment: "given", Pick: "latest"}
	o := e.occurred(ref, a, true, false)
	f := finding{steps: []Step{e.told("given", o)}}
	switch {
	case o.state == never:
		f.verdict, f.breached = r.Breach.Verdict, true
		f.why = "There is no " + noticeWords[r.Notice] + " that counts."
		if len(o.refused) > 0 {
			f.why = capital(list(o.refused)) + " never got the " + noticeWords[r.Notice] + "."
		}
	case o.state == elsewhere:
		f.verdict, f.why = NA, "There is nobody who would have to be told."
	case o.state != known:
		f.verdict = Unsure
		f.why = "It is not known whether the " + noticeWords[r.Notice] + " was given: not recorded is " + list(o.missing) + "."
	case r.Simultaneous != "" && slices.ContainsFunc(o.parts, func(p part) bool {
		return p.moment.dayIn(a.zone) != o.parts[0].moment.dayIn(a.zone) // one clock for all: 23:30 here is no other day there
	}):
		f.verdict = AtRisk
		f.why = "Given to all, but not on one day; the text says simultaneously."
	default:
		f.verdict, f.why = Lawful, "Given to all who must be told."
	}
	return f
}
