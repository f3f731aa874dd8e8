// SPDX-License-Identifier: Apache-2.0

package notice

import (
	"slices"
	"time"
)

// happened says how much is known of an event.
type happened int8

const (
	unrecorded happened = iota // nothing is known of it
	partly                     // some of the copies that it takes are known; what is known can already be too late
	never                      // known not to have happened
	known                      // known in full
	elsewhere                  // left to another rule, or there is nothing that it could be
)

// occurrence is an event as far as it is known. The point is the latest (or earliest) of its parts in date and, apart from that,
// in instant, since a date is one in its recipient's zone.
type occurrence struct {
	point
	state   happened
	parts   []part
	missing []string // paths that would have to be known
	unknown []string // the recipients, in words, of whom it is not known
	refused []string // the recipients, in words, known not to have been given it
	sent    *point   // the same, with posted copies counted from dispatch; nil where none was posted
}

// part is one moment that the occurrence was made of.
type part struct {
	who    string // in words
	path   string
	moment Moment
	proof  string
	day    Day
	at     time.Time
	posted *Moment // dispatch by post or courier
}

func atMoment(m Moment, path string, zone *time.Location, late bool) occurrence {
	if m.IsZero() {
		return occurrence{state: unrecorded, missing: []string{path}}
	}
	at := m.Begin()
	if late {
		at = m.End()
	}
	day := m.dayIn(zone)
	return occurrence{state: known, point: point{day: day, at: at, zone: zone}, parts: []part{{path: path, moment: m, day: day, at: at}}}
}

// occurred finds an event for an act. late says that an unknown clock time counts as 24:00, else as 00:00: whichever works
// against whoever has to show the period. left says that a recipient known not to be served is another rule's business.
func (e *evaluation) occurred(ref *EventRef, a *act, late, left bool) occurrence {
	switch ref.Event {
	case "action.start":
		return occurrence{state: known, point: a.point, parts: []part{{path: a.startPath(), moment: a.moment(), day: a.day, at: a.at}}}
	case "contract.expires":
		return atMoment(e.f.Bargaining.Contract.Expires, "bargaining.contract.expires", a.zone, true)
	case "right_to_strike_on":
		return atMoment(e.f.Bargaining.RightToStrikeOn, "bargaining.right_to_strike_on", a.zone, false)
	case "ballot.opens", "ballot.closes":
		b := e.f.ballot(a.Ballot)
		if b == nil {
			return occurrence{state: unrecorded, missing: []string{a.path("ballot")}}
		}
		if ref.Event == "ballot.opens" {
			return atMoment(b.Opens, "ballots["+b.ID+"].opens", a.zone, late)
		}
		return atMoment(b.Closes, "ballots["+b.ID+"].closes", a.zone, late)
	case "notice.previous_named_start":
		return e.previousStart(a)
	}
	return e.served(ref, a, late, left)
}

func (a *act) startPath() string {
	if a.State == "underway" || a.State == "ended" {
		return a.path("actual_start")
	}
	return a.path("start")
}

// counted returns the notices of a kind that count for an act, and what it means if there are none: of the kinds that announce
// an act those relied on, of others every live one.
func (e *evaluation) counted(kind string, a *act) ([]*Notice, occurrence) {
	var all []*Notice
	if kind == "ten_day" || kind == "strike_notice" {
		for _, r := range a.relies {
			if r.notice.Kind == kind && !slices.Contains(all, r.notice) {
				all = append(all, r.notice)
			}
		}
		if a.ReliesOn == nil {
			return nil, occurrence{state: unrecorded, missing: []string{a.path("relies_on")}}
		}
		return all, occurrence{state: never}
	}
	for i := range e.f.Notices {
		if n := &e.f.Notices[i]; n.Kind == kind && n.Withdrawn == nil {
			all = append(all, n)
		}
	}
	if slices.Contains(e.f.NotGiven, kind) {
		return all, occurrence{state: never}
	}
	return all, occurrence{state: unrecorded, missing: []string{"notices (kind " + kind + ")"}}
}

func (e *evaluation) served(ref *EventRef, a *act, late, left bool) occurrence {
	notices, none := e.counted(ref.Notice, a)
	if len(notices) == 0 {
		if ref.Else != "" && none.state == never {
			return e.occurred(&EventRef{Event: ref.Else}, a, late, left)
		}
		if left && none.state == never {
			none.state = elsewhere
		}
		return none
	}
	o := occurrence{state: known}
	for _, recipient := range ref.Of {
		if e.f.Recipients[recipient].None {
			continue
		}
		e.serve(&o, notices, recipient, ref, a, late)
	}
	switch {
	case len(o.refused) > 0 && !left:
		o.state = never
	case len(o.missing) > 0 && len(o.parts) == 0:
		o.state = unrecorded
	case len(o.missing) > 0:
		o.state = partly
	case len(o.parts) == 0:
		o.state = elsewhere
	}
	o.gather(ref.Pick == "earliest", a.zone)
	return o
}

// serve adds the earliest copy that recipient is known to have had. Of a moment after the as-of day nothing is known yet.
func (e *evaluation) serve(o *occurrence, notices []*Notice, recipient string, ref *EventRef, a *act, late bool) {
	zone, who := e.zoneOf(recipient, a), e.who(recipient)
	var best *part
	open, before, refused := "", "", false // a copy of which it is not known; one of them that may have gone out; one never given
	for _, n := range notices {
		for i := range n.Deliveries {
			d := &n.Deliveries[i]
			if d.Recipient != recipient || e.sets(d, notices) {
				continue
			}
			m, field := d.moment(ref.Moment)
			path := n.deliveryPath(i) + "." + field
			if d.State == "not_given" {
				refused = true
				continue
			}
			if m.IsZero() || m.Day > e.asOf {
				if open = path; d.State != "planned" {
					before = path
				}
				continue
			}
			p := part{who: who, path: path, moment: m, proof: d.Proof.Kind, day: m.dayIn(zone), at: m.Begin()}
			if late {
				p.at = m.End()
			}
			if p.proof == "" {
				p.proof = "none"
			}
			if field == "received_at" && !d.SentAt.IsZero() && slices.Contains([]string{"mail", "certified_mail", "courier"}, d.Method) {
				p.posted = &d.SentAt
			}
			if best == nil || p.at.Before(best.at) {
				best = &p
			}
		}
	}
	switch {
	case best != nil:
		o.parts = append(o.parts, *best)
		if before != "" && ref.Pick == "earliest" { // another copy may have gone out before
			o.missing, o.unknown = append(o.missing, before), append(o.unknown, who)
		}
	case open != "":
		o.missing, o.unknown = append(o.missing, open), append(o.unknown, who)
	case refused:
		o.refused = append(o.refused, who)
	default:
		o.missing = append(o.missing, "notices["+notices[0].ID+"].deliveries["+recipient+"]")
		o.unknown = append(o.unknown, who)
	}
}

// sets reports whether a copy is set aside: proved copies alone are looked at, this one has none, and its recipient has another
// that does.
func (e *evaluation) sets(d *Delivery, notices []*Notice) bool {
	return e.proved && d.Proof.bare() && slices.ContainsFunc(notices, func(n *Notice) bool {
		return slices.ContainsFunc(n.Deliveries, func(o Delivery) bool {
			return o.Recipient == d.Recipient && o.State == "received" && e.known(o.ReceivedAt) && !o.Proof.bare()
		})
	})
}

func (p Proof) bare() bool { return p.Kind == "" || p.Kind == "none" }

// moment returns a delivery's moment and its field. "given" is sent, else received.
func (d *Delivery) moment(moment string) (Moment, string) {
	received, sent := d.State == "received", d.State == "received" || d.State == "sent"
	if moment != "received" && sent && !d.SentAt.IsZero() {
		return d.SentAt, "sent_at"
	}
	if moment == "sent" {
		return Moment{}, "sent_at"
	}
	if received {
		return d.ReceivedAt, "received_at"
	}
	return Moment{}, "received_at"
}

// deliveryPath names delivery i: by its recipient where that is unique.
func (n *Notice) deliveryPath(i int) string {
	sel := n.Deliveries[i].Recipient
	for j := range n.Deliveries {
		if j != i && n.Deliveries[j].Recipient == sel {
			return "notices[" + n.ID + "].deliveries[" + itoa(i) + "]"
		}
	}
	return "notices[" + n.ID + "].deliveries[" + sel + "]"
}

// gather sets the point from the parts.
func (o *occurrence) gather(first bool, zone *time.Location) {
	sent := point{zone: zone}
	posted := false
	for i, p := range o.parts {
		day, at := p.day, p.at
		sDay, sAt := day, at
		if p.posted != nil {
			posted = true
			sDay, sAt = p.posted.dayIn(zone), p.posted.End()
		}
		if i == 0 {
			o.point, sent.day, sent.at = point{day: day, at: at, zone: zone}, sDay, sAt
			continue
		}
		if first {
			o.day, o.at = min(o.day, day), earlier(o.at, at)
			sent.day, sent.at = min(sent.day, sDay), earlier(sent.at, sAt)
		} else {
			o.day, o.at = max(o.day, day), later(o.at, at)
			sent.day, sent.at = max(sent.day, sDay), later(sent.at, sAt)
		}
	}
	if posted {
		o.sent = &sent
	}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// zoneOf is where a recipient's receipts are dated: as the facts say, else the pack, else where the act is.
func (e *evaluation) zoneOf(recipient string, a *act) *time.Location {
	name := e.f.Recipients[recipient].Zone
	if name == "" {
		name = e.p.Recipients[recipient].Zone
	}
	if name == "" && recipient == "state_agency" {
		name = e.p.StateAgencies[e.f.Employer.Region].Zone
	}
	if loc, err := LoadZone(name); name != "" && err == nil {
		return loc
	}
	return a.zone
}

// who is a recipient in words.
func (e *evaluation) who(recipient string) string {
	if r := e.f.Recipients[recipient]; r.Name != "" {
		return r.Name
	}
	if s, ok := e.p.StateAgencies[e.f.Employer.Region]; ok && recipient == "state_agency" {
		return s.Name
	}
	if r := e.p.Recipients[recipient]; r.Name != "" {
		return r.Name
	}
	return recipientWords[recipient]
}

// previousStart is the last day named by an earlier notice of the same party that the act does not rely on, withdrawn or used.
func (e *evaluation) previousStart(a *act) occurrence {
	if a.ReliesOn == nil {
		return occurrence{state: unrecorded, missing: []string{a.path("relies_on")}}
	}
	o := occurrence{state: elsewhere}
	for i := range e.f.Notices {
		n := &e.f.Notices[i]
		relied := slices.ContainsFunc(a.relies, func(r reliance) bool { return r.notice == n })
		if n.Kind != "strike_notice" || n.By != a.By || relied || !n.dispatched() || e.laterThanRelied(n, a) {
			continue
		}
		if n.Announces == nil {
			o.missing = append(o.missing, "notices["+n.ID+"].announces")
		}
		for j := range n.Announces {
			path := "notices[" + n.ID + "].announces[" + n.Announces[j].ID + "].start"
			next := atMoment(n.Announces[j].Start, path, a.zone, true)
			if next.state != known {
				o.missing = append(o.missing, next.missing...)
			} else if o.state != known || next.day > o.day {
				o.state, o.point, o.parts = known, next.point, next.parts
			}
		}
	}
	if len(o.missing) > 0 {
		o.state = unrecorded
	}
	return o
}

// dispatched reports whether any copy has left the house.
func (n *Notice) dispatched() bool {
	return slices.ContainsFunc(n.Deliveries, func(d Delivery) bool { return d.State == "sent" || d.State == "received" })
}

// laterThanRelied reports whether n was given after every notice relied on: then it is not the one before.
func (e *evaluation) laterThanRelied(n *Notice, a *act) bool {
	given := func(n *Notice) (first Moment) {
		for i := range n.Deliveries {
			if m, _ := n.Deliveries[i].moment("given"); !m.IsZero() && (first.IsZero() || m.Begin().Before(first.Begin())) {
				first = m
			}
		}
		return first
	}
	mine := given(n)
	for _, r := range a.relies {
		if g := given(r.notice); mine.IsZero() || g.IsZero() || !mine.Begin().After(g.Begin()) {
			return false
		}
	}
	return len(a.relies) > 0
}
