// SPDX-License-Identifier: Apache-2.0

package line

import (
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/picket"
)

// Say writes what the planner says to a member in the reader's language. Times are those of the site.
func Say(tr *i18n.Translator, in *picket.Input, member int32, s picket.Sentence) string {
	who := &in.Members[member]
	args := map[string]any{"ZIP": who.ZIP, "Minutes": s.Minutes, "N": s.Amount, "K": s.Amount, "Max": s.Of, "Duty": string(who.Duty)}
	if s.Site >= 0 {
		args["Site"] = siteName(in, s.Site)
		if s.Shift >= 0 {
			args["When"] = when(tr, in.Shifts[s.Shift].At[s.Site])
			args["Role"] = tr.T("picket.role." + s.Role.String())
			args["Place"] = tr.M("picket.say.place", args)
		}
	}
	if s.Hurt != nil {
		args["Site2"] = siteName(in, s.Hurt.Site)
		args["When2"] = when(tr, in.Shifts[s.Hurt.Shift].At[s.Hurt.Site])
		if s.Key == "alt.min" {
			args["N"] = s.Hurt.Min
		}
	}
	if who.Team >= 0 {
		args["Team"] = in.Teams[who.Team].ID
	}
	key := "picket.say." + s.Key
	if s.Key == "if_needed" {
		key += map[int]string{1: "_min", 2: "_target"}[s.Of]
	}
	return tr.M(key, args)
}

func siteName(in *picket.Input, site int32) string {
	if n := in.Sites[site].Name; n != "" {
		return n
	}
	return in.Sites[site].ID
}

// when writes an interval as "Wed 5 Nov 2025, 7:00 a.m. to 11:00 a.m.": a shift belongs to the day on which it starts.
func when(tr *i18n.Translator, at picket.Interval) string {
	return tr.T("line.when", "Day", tr.Day(at.Start), "From", tr.Clock(at.Start), "To", tr.Clock(at.End))
}
