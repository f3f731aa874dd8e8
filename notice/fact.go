// SPDX-License-Identifier: Apache-2.0

package notice

import "strings"

// factTable gives the value of a fact for an act, "" where it is not recorded, and the path where it would stand. What rules may
// ask about is exactly this table and the attributes.
var factTable = map[string]func(e *evaluation, a *act) (value, path string){
	"employer.country":   func(e *evaluation, _ *act) (string, string) { return e.f.Employer.Country, "employer.country" },
	"employer.region":    func(e *evaluation, _ *act) (string, string) { return e.f.Employer.Region, "employer.region" },
	"employer.circuit":   func(e *evaluation, _ *act) (string, string) { return e.f.Employer.Circuit, "employer.circuit" },
	"employer.ownership": func(e *evaluation, _ *act) (string, string) { return e.f.Employer.Ownership, "employer.ownership" },
	"employer.nlra":      func(e *evaluation, _ *act) (string, string) { return e.f.Employer.NLRA, "employer.nlra" },
	"employer.kind":      func(e *evaluation, _ *act) (string, string) { return e.f.Employer.Kind, "employer.kind" },

	"bargaining.kind": func(e *evaluation, _ *act) (string, string) { return e.f.Bargaining.Kind, "bargaining.kind" },
	"bargaining.offered_to_meet": func(e *evaluation, _ *act) (string, string) {
		return e.f.Bargaining.OfferedToMeet.String(), "bargaining.offered_to_meet"
	},
	"bargaining.impasse": func(e *evaluation, _ *act) (string, string) {
		return e.f.Bargaining.Impasse.String(), "bargaining.impasse"
	},
	"bargaining.unit_class": func(e *evaluation, _ *act) (string, string) {
		return e.f.Bargaining.UnitClass, "bargaining.unit_class"
	},
	"bargaining.contract.exists": func(e *evaluation, _ *act) (string, string) {
		return e.f.Bargaining.Contract.Exists.String(), "bargaining.contract.exists"
	},
	"bargaining.contract.no_strike_clause": func(e *evaluation, _ *act) (string, string) {
		return e.f.Bargaining.Contract.NoStrikeClause.String(), "bargaining.contract.no_strike_clause"
	},

	"action.kind":      func(_ *evaluation, a *act) (string, string) { return a.Kind, a.path("kind") },
	"action.state":     func(_ *evaluation, a *act) (string, string) { return a.State, a.path("state") },
	"action.counts_as": func(_ *evaluation, a *act) (string, string) { return a.counts, a.path("kind") },
	"action.by_role":   func(e *evaluation, a *act) (string, string) { return e.f.role(a.By), a.path("by") },
	"action.sponsor":   func(_ *evaluation, a *act) (string, string) { return a.Sponsor, a.path("sponsor") },
	"action.union_involvement": func(_ *evaluation, a *act) (string, string) {
		return a.UnionInvolvement, a.path("union_involvement")
	},
	"action.purpose":       func(_ *evaluation, a *act) (string, string) { return a.Purpose, a.path("purpose") },
	"action.target":        func(_ *evaluation, a *act) (string, string) { return a.Target, a.path("target") },
	"action.conduct.signs": func(_ *evaluation, a *act) (string, string) { return a.Conduct.Signs.String(), a.path("conduct.signs") },
	"action.conduct.patrol": func(_ *evaluation, a *act) (string, string) {
		return a.Conduct.Patrol.String(), a.path("conduct.patrol")
	},
	"action.series_announced": func(_ *evaluation, a *act) (string, string) {
		return a.SeriesAnnounced.String(), a.path("series_announced")
	},
	"action.serious_ulp_claimed": func(_ *evaluation, a *act) (string, string) {
		return a.SeriousULPClaimed.String(), a.path("serious_ulp_claimed")
	},
	// action.told_employer_would_work: whether anybody did
	"action.told_employer_would_work": func(_ *evaluation, a *act) (string, string) {
		path := a.path("told_employer_would_work")
		if a.ToldEmployerWillWork == nil {
			return "", path
		}
		return triOf(*a.ToldEmployerWillWork > 0).String(), path
	},
	// action.noticed: whether the act relies on a notice that counts
	"action.noticed": func(_ *evaluation, a *act) (string, string) { return a.noticed.String(), a.path("relies_on") },
	// action.opened: whether the acting party opened the bargaining
	"action.opened": func(e *evaluation, a *act) (string, string) {
		const path = "bargaining.initiator"
		if e.f.Bargaining.Initiator == "" || e.f.Bargaining.Initiator == "unknown" {
			return "", path
		}
		side := "union"
		if role := e.f.role(a.By); role == "employer" || role == "employer_group" {
			side = "employer"
		}
		return triOf(side == e.f.Bargaining.Initiator).String(), path
	},
	// action.has_ballot: whether the act names a vote
	"action.has_ballot": func(_ *evaluation, a *act) (string, string) {
		return triOf(a.Ballot != "").String(), a.path("ballot")
	},
}

// knownFact reports whether a pack may ask about name.
func knownFact(name string) bool {
	if _, ok := factTable[name]; ok {
		return true
	}
	return attribute(name, "employer.attributes.") != "" || attribute(name, "bargaining.attributes.") != ""
}

func attribute(name, prefix string) string {
	rest, ok := strings.CutPrefix(name, prefix)
	if !ok || strings.Contains(rest, ".") {
		return ""
	}
	return rest
}

// fact returns the value of a fact for a, "" where it is not recorded, and its path.
func (e *evaluation) fact(name string, a *act) (value, path string) {
	if f, ok := factTable[name]; ok {
		return f(e, a)
	}
	if x := attribute(name, "employer.attributes."); x != "" {
		return e.f.Employer.Attributes[x].String(), name
	}
	return e.f.Bargaining.Attributes[attribute(name, "bargaining.attributes.")].String(), name
}

// test decides a condition for an act.
func (e *evaluation) test(p *Predicate, a *act) (Tri, []string) {
	return p.test(func(name string) (string, string) { return e.fact(name, a) })
}
