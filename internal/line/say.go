// SPDX-License-Identifier: Apache-2.0

package line

import (
	"time"

	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/picket"
)

// sentence is what the planner says to a member, with all that it speaks of: it can be kept, and be read later in whatever language. It names nobody.
type sentence struct {
	Key     string    `json:"k"`
	Site    string    `json:"s,omitempty"`
	At      *interval `json:"at,omitempty"`
	Role    string    `json:"r,omitempty"`
	Hurt    string    `json:"h,omitempty"` // the site that would suffer
	HurtAt  *interval `json:"ha,omitempty"`
	Minutes int       `json:"m,omitempty"`
	N       int64     `json:"n,omitempty"`
	Of      int       `json:"of,omitempty"`
	ZIP     string    `json:"z,omitempty"`
	Duty    string    `json:"d,omitempty"`
	Team    string    `json:"t,omitempty"`
}

// interval is from one second to another, on the clocks of a zone.
type interval struct {
	From int64  `json:"f"`
	To   int64  `json:"t"`
	Zone string `json:"z"`
}

func intervalOf(at picket.Interval) *interval {
	return &interval{at.Start.Unix(), at.End.Unix(), at.Start.Location().String()}
}

// sentenceOf takes from the plan's input what a sentence to a member speaks of.
func sentenceOf(in *picket.Input, member int32, s picket.Sentence) sentence {
	who := &in.Members[member]
	out := sentence{Key: s.Key, Minutes: s.Minutes, N: s.Amount, Of: s.Of}
	if s.Site >= 0 {
		out.Site = siteName(in, s.Site)
		if s.Shift >= 0 {
			out.At, out.Role = intervalOf(in.Shifts[s.Shift].At[s.Site]), s.Role.String()
		}
	}
	if s.Hurt != nil {
		out.Hurt, out.HurtAt = siteName(in, s.Hurt.Site), intervalOf(in.Shifts[s.Hurt.Shift].At[s.Hurt.Site])
		if s.Key == "alt.min" {
			out.N = int64(s.Hurt.Min)
		}
	}
	switch s.Key {
	case "if_needed":
		out.Key += map[int]string{1: "_min", 2: "_target"}[s.Of]
	case "placed", "un.too_far":
		out.ZIP = who.ZIP
	case "un.duty":
		out.Duty = string(who.Duty)
	case "team":
		out.Team = in.Teams[who.Team].ID
	}
	return out
}

// words writes a sentence in the reader's language. Times are those of the site.
func (s *sentence) words(tr *i18n.Translator) string {
	args := map[string]any{
		"ZIP": s.ZIP, "Minutes": s.Minutes, "N": s.N, "K": s.N, "Max": s.Of, "Duty": s.Duty, "Team": s.Team,
		"Site": s.Site, "When": s.At.words(tr), "Role": "", "Site2": s.Hurt, "When2": s.HurtAt.words(tr),
	}
	if s.Role != "" {
		args["Role"] = tr.T("picket.role." + s.Role)
	}
	args["Place"] = tr.M("picket.say.place", args)
	return tr.M("picket.say."+s.Key, args)
}

// words writes an interval as "Wed 5 Nov 2025, 7:00 a.m. to 11:00 a.m.": a shift belongs to the day on which it starts.
func (i *interval) words(tr *i18n.Translator) string {
	if i == nil {
		return ""
	}
	zone, err := time.LoadLocation(i.Zone)
	if err != nil {
		zone = time.UTC // a zone that went out of use
	}
	from, to := time.Unix(i.From, 0).In(zone), time.Unix(i.To, 0).In(zone)
	return tr.T("line.when", "Day", tr.Day(from), "From", tr.Clock(from), "To", tr.Clock(to))
}

// Say writes what the planner says to a member in the reader's language.
func Say(tr *i18n.Translator, in *picket.Input, member int32, s picket.Sentence) string {
	one := sentenceOf(in, member, s)
	return one.words(tr)
}

func siteName(in *picket.Input, site int32) string {
	if n := in.Sites[site].Name; n != "" {
		return n
	}
	return in.Sites[site].ID
}
