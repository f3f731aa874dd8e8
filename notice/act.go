// SPDX-License-Identifier: Apache-2.0

package notice

import (
	"slices"
	"strings"
	"time"
)

// act is an action with what follows from the rest of the facts.
type act struct {
	*Action
	point               // the earliest instant of the start and the earliest of its dates
	starts  []siteStart // in the order of Sites
	relies  []reliance  // the live notices of the acting party that it relies on
	noticed Tri         // whether there is one
	counts  string      // what it counts as; "" undecided
	class   *Class      // the classification that decided, nil if none did
	doubted []string    // the facts that keep the classification open
}

// siteStart is when an act, or what was announced, begins at one site.
type siteStart struct {
	site *Site
	at   time.Time
	day  Day
}

// reliance is an announcement that the act relies on; announce is nil where the notice announces nothing.
type reliance struct {
	notice   *Notice
	announce *Announce
}

func (a *act) path(field string) string { return "actions[" + a.ID + "]." + field }

// begin returns when m happens at each site: at one instant, or at one time on every site's wall clock.
func begin(f *Facts, m Moment, scope string, ids []string) []siteStart {
	var all []siteStart
	for _, id := range ids {
		s := f.site(id)
		zone := s.zone()
		start := siteStart{site: s, at: m.Begin(), day: m.dayIn(zone)}
		if !m.Clock || scope == "same_wall_clock" {
			w := m.Day.Start()
			if m.Clock {
				w = wall(m.at, m.zone)
			}
			start.at = firstAt(w, zone)
			start.day = m.Day
		}
		all = append(all, start)
	}
	return all
}

// earliest is the first of several starts, with the earliest of their dates: a period that is long enough there is long enough
// everywhere.
func earliest(all []siteStart) point {
	p := point{day: all[0].day, at: all[0].at, zone: all[0].site.zone()}
	for _, s := range all[1:] {
		if s.at.Before(p.at) {
			p.at, p.zone = s.at, s.site.zone()
		}
		p.day = min(p.day, s.day)
	}
	return p
}

func newAct(f *Facts, a *Action) *act {
	out := &act{Action: a}
	m := a.moment()
	out.starts = begin(f, m, a.StartScope, a.Sites)
	out.point = earliest(out.starts)
	if a.ReliesOn == nil {
		return out
	}
	out.noticed = No
	for _, ref := range a.ReliesOn {
		id, name, _ := strings.Cut(ref, "#")
		n := f.notice(id)
		if n.Withdrawn != nil || n.By != a.By || n.Kind != "ten_day" && n.Kind != "strike_notice" {
			continue
		}
		r := reliance{notice: n, announce: n.announce(name)}
		if name == "" && len(n.Announces) == 1 {
			r.announce = &n.Announces[0]
		}
		out.relies = append(out.relies, r)
		out.noticed = Yes
	}
	return out
}

// natural is what an act counts as by its kind alone.
func natural(kind string) string {
	switch kind {
	case "strike", "refusal", "lockout":
		return kind
	}
	return "picket"
}

// partOf reports whether a is part of whole, directly or not.
func (e *evaluation) partOf(a *Action, whole string) bool {
	for id := a.PartOf; id != ""; {
		if id == whole {
			return true
		}
		next := e.f.action(id)
		id = next.PartOf
	}
	return false
}

// stated is what the papers say of the start: the earliest of the announcements relied on, moved by extensions that both signed
// before it. ok is false where no announcement relied on names a time.
type stated struct {
	announce *Announce
	notice   *Notice
	start    Moment
	path     string
	dated    bool // an announcement names at least a date
	timed    bool // the one that governs names a time
}

// stated finds the start that governs an act, as known at the end of asOf.
func (a *act) stated(f *Facts, known func(Moment) bool) stated {
	var best stated
	for _, r := range a.relies {
		if r.announce == nil || r.announce.Start.IsZero() {
			continue
		}
		s := stated{
			announce: r.announce, notice: r.notice, start: r.announce.Start, dated: true, timed: r.announce.Start.Clock,
			path: "notices[" + r.notice.ID + "].announces[" + r.announce.ID + "].start",
		}
		s.extend(known)
		if !best.dated || s.start.Begin().Before(best.start.Begin()) {
			best = s
		}
	}
	return best
}

// extend applies the extensions that both signed before the time that then stood. 29 U.S.C. 158(g): "may be extended by the
// written agreement of both parties". One to an earlier time is none.
func (s *stated) extend(known func(Moment) bool) {
	var signed []*Extension
	for i := range s.notice.Extensions {
		x := &s.notice.Extensions[i]
		if x.of(s.announce) && x.Form == "signed_by_both" && !x.AgreedAt.IsZero() && !x.NewStart.IsZero() && known(x.AgreedAt) {
			signed = append(signed, x)
		}
	}
	slices.SortStableFunc(signed, func(x, y *Extension) int { return x.AgreedAt.End().Compare(y.AgreedAt.End()) })
	for _, x := range signed {
		if x.AgreedAt.End().Before(s.start.Begin()) && x.NewStart.Begin().After(s.start.Begin()) {
			s.start, s.timed = x.NewStart, x.NewStart.Clock
			s.path = "notices[" + s.notice.ID + "].extensions[" + x.ID + "].new_start"
		}
	}
}

// of reports whether the extension is of announcement a; with a single announcement it need not say so.
func (x *Extension) of(a *Announce) bool { return x.Announce == "" || x.Announce == a.ID }
