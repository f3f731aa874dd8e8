// SPDX-License-Identifier: Apache-2.0

package notice

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Text writes the report for a reader: the verdict, then for each act what fails and why, who is hurt, what cures it, what to ask
// and the authority; then in one line each what passes and what does not apply; then claims, advisories and the disclaimer.
func (r Report) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "VERDICT: %s\n%s\n", strings.ToUpper(r.Verdict.String()), r.Headline)
	fmt.Fprintf(&b, "As of %s, pack %s %s (%.12s), facts %.12s, time zones %s, engine %s.\n", r.AsOf, r.Pack.ID, r.Pack.Version,
		r.Pack.SHA256, r.FactsSHA256, r.TZDB, r.Engine.Version)
	if !r.Pack.Complete {
		b.WriteString("This pack is partial: it knows a part of its law.\n")
	}
	for _, a := range r.Actions {
		fmt.Fprintf(&b, "\nACTION %s: %s (counts as %s, starts %s)\n  %s\n", a.ID, a.Verdict, a.CountsAs, a.Start, a.Why)
		var brief []string
		for _, l := range r.Lines {
			switch {
			case l.Action != a.ID:
			case l.Verdict > Lawful:
				l.text(&b)
			default:
				brief = append(brief, fmt.Sprintf("  %-7s %-7s %s: %s", l.Verdict, l.Rule, l.Title, l.Why))
			}
		}
		if len(brief) > 0 {
			fmt.Fprintf(&b, "\n%s\n", strings.Join(brief, "\n"))
		}
	}
	if len(r.Claimed) > 0 {
		fmt.Fprintf(&b, "\nCLAIMED, WITHOUT PROOF\n  %s\n", strings.Join(r.Claimed, "\n  "))
	}
	for i, c := range r.Conflicts {
		if i == 0 {
			b.WriteString("\nSAID IN PUBLIC, AND MOVES NOTHING\n")
		}
		fmt.Fprintf(&b, "  %s says %s for %s; the papers say %s\n", c.Claim, c.Says, c.Action, c.Stated)
	}
	for i, v := range r.Advisories {
		if i == 0 {
			b.WriteString("\nWORTH KNOWING\n")
		}
		fmt.Fprintf(&b, "  %s (%s): %s [%s]\n", v.ID, v.Who, v.Text, refs(v.Cites))
	}
	fmt.Fprintf(&b, "\n%s\n", r.Disclaimer)
	return b.String()
}

func (l Line) text(b *strings.Builder) {
	fmt.Fprintf(b, "\n  %s %s: %s\n    Why: %s\n", strings.ToUpper(l.Verdict.String()), l.Rule, l.Title, l.Why)
	for _, s := range l.Steps {
		fmt.Fprintf(b, "      - %s\n", s.Text)
	}
	var hurts []string
	for _, h := range l.Hurts {
		hurts = append(hurts, h.Text)
	}
	for _, part := range []struct{ name, text string }{
		{"Hurts", strings.Join(hurts, "; ")},
		{"Cure", l.Cure},
		{"Cure by", l.CurableUntil},
		{"Ask", l.Ask},
		{"Doubt", l.Doubt},
		{"Authority", refs(l.Cites) + ", confidence " + l.Confidence},
	} {
		if part.text != "" {
			fmt.Fprintf(b, "    %s: %s\n", part.name, part.text)
		}
	}
}

// refs lists authorities, and says which of them nobody has read.
func refs(cites []Cite) string {
	var all []string
	for _, c := range cites {
		ref := c.Ref
		if c.Checked == "unverified" {
			ref += " (unverified)"
		}
		all = append(all, ref)
	}
	return strings.Join(all, "; ")
}

// Text writes the plan for a reader.
func (p Plan) Text() string {
	var b strings.Builder
	feasible := "feasible"
	if !p.Feasible {
		feasible = "NOT FEASIBLE"
	}
	fmt.Fprintf(&b, "PLAN for %s, a %s at %s: %s as of %s\n", p.Action, p.Kind, p.TargetStart, feasible, p.AsOf)
	if len(p.BlockedBy) > 0 {
		fmt.Fprintf(&b, "  Barred by %s: no notice helps\n", list(p.BlockedBy))
	}
	for _, s := range p.Steps {
		var who []string
		for _, r := range s.Recipients {
			who = append(who, recipientWords[r])
		}
		fmt.Fprintf(&b, "\n  %s: %s to %s (%s)\n", strings.ToUpper(s.State), noticeWords[s.ID], list(who), strings.Join(s.Rules, ", "))
		switch {
		case s.Done != "":
			fmt.Fprintf(&b, "    received by all on %s\n", s.Done)
		case s.Safe != "":
			fmt.Fprintf(&b, "    safe: received by %s\n", s.Safe)
			if s.State == "blocked" {
				b.WriteString("    that is past; if it was given in time, record when and what proves it\n")
			}
		default:
			b.WriteString("    safe: not known, the verified holiday table does not reach\n")
		}
		if s.House != "" {
			fmt.Fprintf(&b, "    house policy (%d days, not law): by %s, and never by e-mail alone on a Friday afternoon\n", p.BufferDays, s.House)
		}
		for _, id := range slices.Sorted(maps.Keys(s.Latest)) {
			fmt.Fprintf(&b, "    latest if read as %s: %s\n", id, s.Latest[id])
		}
		for _, id := range slices.Sorted(maps.Keys(s.NotBefore)) {
			fmt.Fprintf(&b, "    not before, if read as %s: %s\n", id, s.NotBefore[id])
		}
	}
	fmt.Fprintf(&b, "\nA fresh notice may be given from %s; the earliest start is then %s (safer: %s).\n\n%s\n", p.ServeFrom,
		p.EarliestStart["civil"], p.EarliestStart["clear"], p.Disclaimer)
	return b.String()
}

// Text writes the diff for a reader.
func (d Diff) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "BEFORE: %s\nAFTER: %s\n", strings.ToUpper(d.Before.String()), strings.ToUpper(d.After.String()))
	for _, c := range d.Changed {
		fmt.Fprintf(&b, "\n  %s (%s): %s -> %s\n    %s\n", c.Rule, c.Action, c.From, c.To, c.Why)
		for _, h := range c.Hurts {
			fmt.Fprintf(&b, "    Hurts: %s\n", h.Text)
		}
	}
	fmt.Fprintf(&b, "\n%s\n", Disclaimer)
	return b.String()
}

// Text writes the guard's state for a reader.
func (g GuardState) Text() string {
	return fmt.Sprintf("%s: %s\n%s\nStated %s, now %s.\n\n%s\n", strings.ToUpper(g.State), g.Action, g.Say, g.Stated, g.Now, g.Disclaimer)
}
