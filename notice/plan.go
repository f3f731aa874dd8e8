// SPDX-License-Identifier: Apache-2.0

package notice

import (
	"cmp"
	"maps"
	"slices"
)

// HouseBuffer is how many civil days before the act the house likes to serve the notice that announces it. It is policy, not
// law.
const HouseBuffer = 12

// Plan is when to serve what for one act, tenday.notice.plan/1: backward from its start (Steps) and forward from today (ServeFrom,
// EarliestStart). Days are YYYY-MM-DD, moments carry offset and zone, "" is not known.
type Plan struct {
	Schema        string            `json:"schema"`
	Action        string            `json:"action"`
	Kind          string            `json:"kind"`
	TargetStart   string            `json:"target_start"`
	TargetEnd     string            `json:"target_end,omitempty"`
	AsOf          Day               `json:"as_of"`
	Verdict       Verdict           `json:"verdict"` // of the act as the facts stand
	Cancelled     bool              `json:"cancelled,omitempty"`
	Feasible      bool              `json:"feasible"`
	BlockedBy     []string          `json:"blocked_by"` // rules that no notice can satisfy for this start
	Steps         []PlanStep        `json:"steps"`      // last first
	ServeFrom     string            `json:"serve_from"` // the first day on which a fresh notice of the act may be given
	EarliestStart map[string]string `json:"earliest_start"`
	BufferDays    int               `json:"buffer_days"`
	Disclaimer    string            `json:"disclaimer"`
}

// PlanStep is one kind of notice. State is done; open: the safe day is ahead; late: it is past and the base reading still
// passes; or blocked: that is past too.
type PlanStep struct {
	ID         string            `json:"id"`
	Recipients []string          `json:"recipients"`
	Rules      []string          `json:"rules"`
	State      string            `json:"state"`
	Done       string            `json:"done,omitempty"`
	Latest     map[string]string `json:"latest"`         // by reading, the strictest of the rules
	Last       string            `json:"last,omitempty"` // the last day that passes at all: by the base readings
	Safe       string            `json:"safe"`           // every reading holds, moved back over weekends and holidays
	House      string            `json:"house,omitempty"`
	NotBefore  map[string]string `json:"not_before"`
	Cites      []Cite            `json:"cites"`
}

// JSON returns the plan, indented by one space and ended by a line feed.
func (p Plan) JSON() []byte { return marshal(p) }

// Solve plans action under p as known at the end of asOf: backward, by when each notice has to be received for the start that is
// wanted; forward, when a fresh notice may be given and the earliest start from there. buffer is in civil days. A step behind
// another counts from the other's actual date, else from its safe day. The error is an *InputError: E-REF for an action that does
// not exist, E-PACK for a pack that does not govern.
func Solve(p *Pack, f *Facts, action string, asOf Day, buffer int) (Plan, error) {
	e := newEvaluation(p, f, asOf, true)
	a := e.act(action)
	if a == nil {
		return Plan{}, inputErr(eRef, "there is no action %q", action)
	}
	if t, _ := e.test(p.Select.When, a); t == No {
		return Plan{}, inputErr(ePack, "the pack %s does not govern this employer", p.ID)
	}
	s := &solver{e: e, a: a, steps: map[string]*planning{}}
	s.collect()
	pl := Plan{
		Schema: "tenday.notice.plan/1", Action: a.ID, Kind: a.Kind, TargetStart: a.moment().String(),
		TargetEnd: a.until().String(), AsOf: asOf, Cancelled: a.State == "cancelled", Feasible: true, BlockedBy: []string{},
		Steps: []PlanStep{}, EarliestStart: map[string]string{}, BufferDays: buffer, Disclaimer: Disclaimer,
	}
	asked := newEvaluation(p, f, asOf, false)
	pl.Verdict = asked.actionReport(asked.act(action), asked.judge(asked.act(action))).Verdict
	for _, kind := range s.order {
		st := s.step(kind)
		if kind == s.final() && buffer > 0 {
			st.House = s.house(st.Safe, buffer)
		}
		pl.Feasible = pl.Feasible && st.State != "blocked"
		pl.Steps = append(pl.Steps, st)
	}
	for _, r := range s.rules {
		if (r.Kind == "bar" || r.Kind == "order" && r.Period == nil) && e.find(r, a).verdict == Unlawful {
			pl.BlockedBy, pl.Feasible = append(pl.BlockedBy, r.ID), false
		}
	}
	from := s.serveFrom()
	pl.ServeFrom = from.String()
	for _, reading := range []string{"civil", "clear"} {
		pl.EarliestStart[reading] = s.earliest(reading, from).String()
	}
	return pl, nil
}

// constraint is a rule that keeps a notice a period away from another event.
type constraint struct {
	rule     *Rule
	from, to *EventRef
	period   Period
	max      bool
}

// planning is what is collected about one kind of notice.
type planning struct {
	kind       string
	out        []constraint // that count from it
	recipients []string
	rules      []*Rule
}

type solver struct {
	e     *evaluation
	a     *act
	rules []*Rule // that may govern the act
	in    []constraint
	steps map[string]*planning
	order []string // kinds, last first
}

func (s *solver) collect() {
	for _, versions := range s.e.p.byID() {
		r, _ := s.e.effective(versions, s.a)
		if r == nil {
			continue
		}
		if t, _ := s.e.test(r.When, s.a); t == No {
			continue
		}
		s.rules = append(s.rules, r)
		switch {
		case r.Kind == "interval" && r.Min != nil:
			s.add(constraint{r, r.From, r.To, *r.Min, false})
		case r.Kind == "interval":
			s.add(constraint{r, r.From, r.To, *r.Max, true})
		case r.Kind == "order" && r.Period != nil:
			s.add(constraint{r, r.First, r.Then, *r.Period, false})
		}
	}
	for _, r := range s.rules {
		if st := s.steps[r.Notice]; r.Kind == "recipients" && st != nil {
			st.join(r, r.All)
		}
	}
	s.order = slices.SortedStableFunc(maps.Keys(s.steps), func(x, y string) int {
		return cmp.Or(cmp.Compare(s.base(y), s.base(x)), cmp.Compare(x, y))
	})
}

func (s *solver) add(c constraint) {
	s.in = append(s.in, c)
	if c.from.Event != "notice" {
		return
	}
	st := s.steps[c.from.Notice]
	if st == nil {
		st = &planning{kind: c.from.Notice}
		s.steps[c.from.Notice] = st
	}
	st.out = append(st.out, c)
	st.join(c.rule, c.from.Of)
}

func (p *planning) join(r *Rule, recipients []string) {
	p.rules = append(p.rules, r)
	for _, x := range recipients {
		if !slices.Contains(p.recipients, x) {
			p.recipients = append(p.recipients, x)
		}
	}
}

// target is what a constraint runs to: an event of the facts, or the day on which the notice behind it was or should be given.
func (s *solver) target(c constraint) (point, bool) {
	if next := s.steps[c.to.Notice]; c.to.Event == "notice" && next != nil {
		if _, done := s.done(next.kind); !done {
			day, ok := s.safe(next.kind)
			return point{day: day, at: firstAt(day.Start(), s.a.zone), zone: s.a.zone}, ok
		}
	}
	o := s.e.occurred(c.to, s.a, false, true)
	return o.point, o.state == known
}

func (s *solver) span(c constraint) (span, bool) {
	to, ok := s.target(c)
	return span{n: c.period.N, unit: c.period.Unit, max: c.max, a: &to, lag: c.rule.DeemedLag, cal: &s.e.p.Calendar}, ok
}

// done is the day on which the last recipient got a kind of notice. ok is false until all have.
func (s *solver) done(kind string) (day Day, ok bool) {
	for _, c := range s.steps[kind].out {
		o := s.e.occurred(c.from, s.a, true, c.rule.Missing != "")
		if o.state != known || len(o.refused) > 0 {
			return 0, false
		}
		day, ok = max(day, o.day), true
	}
	return day, ok
}

// strict is the last whole day on which serving satisfies every reading of every rule.
func (s *solver) strict(kind string) (day Day, ok bool) {
	for _, c := range s.steps[kind].out {
		sp, known := s.span(c)
		if !known || c.max {
			continue
		}
		if d, found := strictest(c.rule.Readings, sp); found && (!ok || d < day) {
			day, ok = d, true
		}
	}
	return day, ok
}

// safe is strict moved back to a working day; where the holiday table does not reach, strict itself.
func (s *solver) safe(kind string) (Day, bool) {
	strict, ok := s.strict(kind)
	if d, rolled := s.e.p.Calendar.roll(strict, -1); ok && rolled {
		return d, true
	}
	return strict, ok
}

var farFuture = Date(2199, 12, 31)

// base is the last day by the base readings, the far future where nothing binds.
func (s *solver) base(kind string) Day {
	last := farFuture
	for _, c := range s.steps[kind].out {
		if sp, ok := s.span(c); ok && !c.max {
			if m := sp.read(c.rule.Base); m.latest.ok {
				last = min(last, m.latest.day)
			}
		}
	}
	return last
}

func (s *solver) step(kind string) PlanStep {
	p := s.steps[kind]
	st := PlanStep{
		ID: kind, Recipients: p.recipients, Rules: []string{}, Latest: map[string]string{}, NotBefore: map[string]string{},
		Cites: []Cite{},
	}
	for _, r := range p.rules {
		st.Rules, st.Cites = append(st.Rules, r.ID), append(st.Cites, r.Cite[0])
	}
	latest := map[string]bound{}
	for _, c := range p.out {
		sp, ok := s.span(c)
		if !ok || c.max {
			continue
		}
		for _, id := range c.rule.Readings {
			if b := sp.read(id).latest; b.ok && (!latest[id].ok || b.before(latest[id])) {
				latest[id] = b
			}
		}
	}
	for id, b := range latest {
		st.Latest[id] = b.String()
	}
	strict, found := s.strict(kind)
	if found {
		if d, rolled := s.e.p.Calendar.roll(strict, -1); rolled {
			st.Safe, strict = d.String(), d
		}
	}
	for _, reading := range []string{"civil", "clear"} {
		if d, ok := s.notBefore(kind, reading); ok {
			st.NotBefore[reading] = d.String()
		}
	}
	day, done := s.done(kind)
	last := s.base(kind)
	if last < farFuture {
		st.Last = last.String()
	}
	switch {
	case done && day <= last:
		st.State, st.Done = "done", day.String()
	case done || s.e.asOf > last:
		st.State = "blocked"
	case found && s.e.asOf > strict:
		st.State = "late"
	default:
		st.State = "open"
	}
	return st
}

// house is the day that house policy wants: the buffer before the act, and never after the safe day.
func (s *solver) house(safe string, buffer int) string {
	d, ok := s.e.p.Calendar.roll(s.a.day-Day(buffer), -1)
	if !ok {
		return ""
	}
	if last, err := ParseDay(safe); err == nil {
		d = min(d, last)
	}
	return d.String()
}

// final is the notice that announces the act, "" if the pack knows none.
func (s *solver) final() string {
	for _, kind := range []string{"ten_day", "strike_notice", "petition", "no_board"} {
		if s.steps[kind] != nil {
			return kind
		}
	}
	return ""
}

// notBefore is the first day on which a notice may be given, because of what has to come first or of how soon it lapses.
func (s *solver) notBefore(kind, reading string) (day Day, ok bool) {
	later := func(b bound) {
		if b.ok && (!ok || b.day > day) {
			day, ok = b.day, true
		}
	}
	for _, c := range s.in {
		switch {
		case !c.max && c.to.Event == "notice" && c.to.Notice == kind:
			later(s.after(c, reading))
		case c.max && c.from.Event == "notice" && c.from.Notice == kind:
			if sp, known := s.span(c); known {
				later(sp.read(c.rule.reading(reading)).earliest)
			}
		}
	}
	return day, ok
}

// after is the first end of a minimum, from the day on which its beginning was, or can be, served.
func (s *solver) after(c constraint, reading string) bound {
	start := occurrence{}
	if c.from.Event != "notice" {
		if start = s.e.occurred(c.from, s.a, true, true); start.state != known {
			return bound{}
		}
	} else {
		start.day = s.serve(c.from.Notice)
		start.at, start.zone = firstAt((start.day+1).Start(), s.a.zone), s.a.zone
	}
	sp := span{n: c.period.N, unit: c.period.Unit, s: &start.point, lag: c.rule.DeemedLag, cal: &s.e.p.Calendar}
	return sp.read(c.rule.reading(reading)).earliest
}

// reading is id where the rule has it, else its base.
func (r *Rule) reading(id string) string {
	if slices.Contains(r.Readings, id) {
		return id
	}
	return r.Base
}

// serve is the day on which a notice was given to all, else the first on which it can be.
func (s *solver) serve(kind string) Day {
	if day, done := s.done(kind); done {
		return day
	}
	day, _ := s.notBeforeOrder(kind)
	return max(s.e.asOf, day)
}

// notBeforeOrder is notBefore by what has to come first alone, counted in clear days.
func (s *solver) notBeforeOrder(kind string) (day Day, ok bool) {
	for _, c := range s.in {
		if c.max || c.to.Event != "notice" || c.to.Notice != kind {
			continue
		}
		if b := s.after(c, "clear"); b.ok {
			day, ok = max(day, b.day), true
		}
	}
	return day, ok
}

// serveFrom is the first day on which a fresh notice of the act may be given.
func (s *solver) serveFrom() Day {
	day, _ := s.notBeforeOrder(s.final())
	return max(s.e.asOf, day)
}

// earliest is the first day of the act by one reading, if a fresh notice is given on day from.
func (s *solver) earliest(reading string, from Day) Day {
	first := max(s.e.asOf, from)
	for _, c := range s.in {
		if c.max || c.to.Event != "action.start" {
			continue
		}
		b := s.after(c, reading)
		if c.from.Notice == s.final() && s.final() != "" {
			p := point{day: from, at: firstAt((from + 1).Start(), s.a.zone), zone: s.a.zone}
			sp := span{n: c.period.N, unit: c.period.Unit, s: &p, lag: c.rule.DeemedLag, cal: &s.e.p.Calendar}
			b = sp.read(c.rule.reading(reading)).earliest
		}
		if b.ok {
			first = max(first, b.day)
		}
	}
	for _, r := range s.rules {
		first = max(first, s.ends(r))
	}
	return first
}

// ends is the first day after a bar or an order without a period, as far as its end is known.
func (s *solver) ends(r *Rule) Day {
	switch {
	case r.Kind == "order" && r.Period == nil && r.Then.Event == "action.start":
		if o := s.e.occurred(r.First, s.a, true, true); o.state == known {
			return DayOf(o.at.In(o.zone))
		}
	case r.Kind == "bar" && r.Bar.Type == "until":
		o := s.e.occurred(r.Bar.Until, s.a, true, true)
		if t, _ := s.e.test(r.Bar.Fact, s.a); t != No && o.state == known {
			return DayOf(o.at.In(o.zone))
		}
	case r.Kind == "bar" && r.Bar.Type == "freeze":
		if through, err := ParseDay(s.e.freeze(r, s.a).dates["freeze_through"]); err == nil {
			return through + 1
		}
	}
	return 0
}
