// SPDX-License-Identifier: Apache-2.0

package notice

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// packCheck tells what the single values cannot.
type packCheck struct {
	p    *Pack
	r    *reader
	root *node
}

func (c *packCheck) fail(path, format string, args ...any) {
	steps, _ := splitPath(path)
	n, _ := c.root.walk(steps)
	c.r.fail(n, path, ePack, format, args...)
}

func (c *packCheck) all() {
	p := c.p
	c.predicate("select", p.Select.When)
	c.cites("select", p.Select.Cite)
	for name, a := range p.Recipients {
		c.zone("recipients."+name, a)
	}
	for name, a := range p.StateAgencies {
		c.zone("state_agencies."+name, a)
	}
	for i := range p.Classify {
		c.class(&p.Classify[i], fmt.Sprintf("classify[%d]", i))
	}
	for i := range p.Rules {
		c.rule(&p.Rules[i], fmt.Sprintf("rules[%d]", i))
	}
	for i := range p.Advisories {
		path := fmt.Sprintf("advisories[%d]", i)
		c.predicate(path, p.Advisories[i].When)
		c.cites(path, p.Advisories[i].Cite)
	}
	c.versions()
	c.circles()
}

func (c *packCheck) zone(path string, a Addressee) {
	if _, err := LoadZone(a.Zone); a.Zone != "" && err != nil {
		c.fail(path+".zone", "%v", err)
	}
}

// predicate replaces the names of groups by their values.
func (c *packCheck) predicate(path string, p *Predicate) {
	p.walk(func(q *Predicate) {
		if len(q.In) != 1 || !strings.HasPrefix(q.In[0], "@") {
			return
		}
		group, ok := c.p.Groups[q.In[0][1:]]
		if !ok {
			c.fail(path, "there is no group %q", q.In[0][1:])
		}
		q.In = group
	})
}

func (c *packCheck) cites(path string, all []Cite) {
	if len(all) == 0 {
		c.fail(path+".cite", "cite at least one authority")
	}
	for i, cite := range all {
		if _, err := ParseDay(cite.Checked); err != nil && cite.Checked != "unverified" {
			c.fail(fmt.Sprintf("%s.cite[%d].checked", path, i), `write the day on which the text was read, or "unverified"`)
		}
	}
}

// doubts requires a sentence of doubt wherever somebody has to be warned.
func (c *packCheck) doubts(path, confidence, doubt string, cites []Cite) {
	unverified := slices.ContainsFunc(cites, func(x Cite) bool { return x.Checked == "unverified" })
	if doubt == "" && (confidence == "low" || unverified) {
		c.fail(path+".doubt", "confidence is low or a citation unverified: say what is in doubt")
	}
}

func (c *packCheck) breach(path string, b *Breach) {
	if b.Verdict < AtRisk {
		c.fail(path+".breach.verdict", "a breach is at_risk, unknown or unlawful")
	}
	if strings.TrimSpace(b.Cure) == "" {
		c.fail(path+".breach.cure", "say what cures the breach, or that nothing does")
	}
	if len(b.Hurts) == 0 {
		c.fail(path+".breach.hurts", "say who is hurt")
	}
	for _, who := range slices.Sorted(maps.Keys(b.Hurts)) {
		for _, effect := range b.Hurts[who] {
			if !slices.Contains(allowed("@effect"), effect) {
				c.fail(path+".breach.hurts."+who, "%q is not an effect: write one of %s", effect, strings.Join(allowed("@effect"), ", "))
			}
		}
	}
}

// holds refuses a rule that never held.
func (c *packCheck) holds(path string, e Effective) {
	if e.To != nil && *e.To < *e.From {
		c.fail(path+".effective", "the last day, %s, is before the first, %s", e.To, e.From)
	}
}

func (c *packCheck) class(x *Class, path string) {
	c.holds(path, x.Effective)
	c.predicate(path, x.When)
	c.cites(path, x.Cite)
	c.doubts(path, x.Confidence, x.Doubt, x.Cite)
	c.said(path, x.Ask)
	if x.Breach != nil {
		c.breach(path, x.Breach)
	} else if x.CountsAs == "contested" {
		c.fail(path+".breach", "a contested classification needs a breach")
	}
}

func (c *packCheck) said(path, ask string) {
	if strings.TrimSpace(ask) == "" {
		c.fail(path+".ask", "write the question to ask")
	}
}

func (c *packCheck) rule(x *Rule, path string) {
	c.holds(path, x.Effective)
	c.cites(path, x.Cite)
	c.doubts(path, x.Confidence, x.Doubt, x.Cite)
	c.said(path, x.Ask)
	c.breach(path, &x.Breach)
	for _, p := range x.predicates() {
		c.predicate(path, p)
	}
	for _, e := range x.events() {
		c.event(path, e)
	}
	switch x.Kind {
	case "interval":
		c.need(path, "from", x.From != nil)
		c.need(path, "to", x.To != nil)
		c.need(path, "min or max", (x.Min == nil) != (x.Max == nil))
		if x.Min != nil {
			c.readings(x, path, *x.Min, false)
		} else if x.Max != nil {
			c.readings(x, path, *x.Max, true)
		}
	case "order":
		c.need(path, "first", x.First != nil)
		c.need(path, "then", x.Then != nil)
		if x.Period != nil {
			c.readings(x, path, *x.Period, false)
		}
	case "match":
		c.match(x, path)
	case "content":
		c.need(path, "require", len(x.Require) > 0)
		for i := range x.Require {
			c.require(x, &x.Require[i], fmt.Sprintf("%s.require[%d]", path, i))
		}
	case "recipients":
		c.need(path, "notice", x.Notice != "")
		c.need(path, "all", len(x.All) > 0)
	case "bar":
		c.need(path, "bar", x.Bar != nil)
		if x.Bar != nil {
			c.bar(x.Bar, path+".bar")
		}
	}
}

func (c *packCheck) need(path, name string, there bool) {
	if !there {
		c.fail(path+"."+name, "this kind of rule needs %s", name)
	}
}

func (c *packCheck) event(path string, e *EventRef) {
	if e.Event == "notice" && (e.Notice == "" || len(e.Of) == 0 || e.Moment == "" || e.Pick == "") {
		c.fail(path, "the event notice needs notice, of, moment and pick")
	}
}

// readings that can read a unit, as a minimum and as a maximum.
var readable = map[string][]string{
	"day min": {"civil", "wall", "elapsed", "clear", "last_day_omitted"}, "day max": {"civil", "last_day_omitted"},
	"working_day min": {"clear"}, "month max": {"civil", "month_end"},
}

func (c *packCheck) readings(x *Rule, path string, p Period, atMost bool) {
	way := p.Unit + " min"
	if atMost {
		way = p.Unit + " max"
	}
	for _, r := range x.Readings {
		if !slices.Contains(readable[way], r) {
			c.fail(path+".readings", "%s cannot read a period in %s", r, way)
		}
	}
	if p.N < 1 || p.N > 3660 {
		c.fail(path, "a period is from 1 to 3660 units")
	}
	if !slices.Contains(x.Readings, x.Base) {
		c.fail(path+".base", "the base is one of the readings")
	}
}

// acceptable are the keys of accept, by field.
var acceptable = map[string]func(key string) bool{
	"start_late": func(key string) bool {
		return key == "signed_after_start" || slices.Contains(allowed("@extension"), key)
	},
	"action_kind": func(key string) bool {
		act, announced, ok := strings.Cut(key, "_under_")
		return ok && slices.Contains(allowed("@announced"), act) && slices.Contains(allowed("@announced"), announced)
	},
}

func (c *packCheck) match(x *Rule, path string) {
	c.need(path, "field", x.Field != "")
	c.need(path, "notice", x.Notice != "" || x.Field != "initiator")
	c.need(path, "group", c.p.Groups[x.Group] != nil || x.Field != "site_kind")
	for _, key := range slices.Sorted(maps.Keys(x.Accept)) {
		if ok := acceptable[x.Field]; ok == nil || !ok(key) {
			c.fail(path+".accept."+key, "the field %s accepts nothing of the name", x.Field)
		}
	}
}

func (c *packCheck) require(x *Rule, q *Require, path string) {
	kind, field, _ := strings.Cut(q.Field, ".")
	bounds := q.GE != nil || q.GT != nil
	ok := knownFact(q.Field) && len(q.In) > 0
	switch kind {
	case "announce":
		ok = slices.Contains([]string{"time", "date", "one_start"}, field) || field == "qualifier" && len(q.In) > 0
	case "method":
		ok = slices.Contains(allowed("@recipient"), field) && x.Notice != "" && len(q.In) > 0
	case "proof":
		ok = slices.Contains(allowed("@notice"), field)
	case "ballot":
		ok = slices.Contains([]string{"secret", "method", "result_told"}, field) && len(q.In) > 0 ||
			slices.Contains([]string{"yes_of_cast_pct", "turnout_pct", "support_pct"}, field) && bounds
	}
	if !ok {
		c.fail(path, "the field %q is not known, or its test is missing", q.Field)
	}
}

func (c *packCheck) bar(b *Bar, path string) {
	switch b.Type {
	case "fact":
		c.need(path, "fact", b.Fact != nil)
	case "until":
		c.need(path, "fact", b.Fact != nil)
		c.need(path, "until", b.Until != nil)
	case "count":
		c.need(path, "count", b.Count > 0)
		c.need(path, "days", b.Days > 0)
	case "freeze":
		c.need(path, "inquiry", b.Inquiry != "")
		c.need(path, "from", b.From != nil || b.AppointWithin == 0)
		c.need(path, "then", b.Then > 0)
	}
}

// circles refuses papers that wait for each other: a plan that looks for the first day of each would never end.
func (c *packCheck) circles() {
	waits := map[string][]string{} // kind of notice -> the kinds that come before it
	for i := range c.p.Rules {
		x, path := &c.p.Rules[i], fmt.Sprintf("rules[%d]", i)
		from, to := x.start(), x.To
		if to == nil {
			to = x.Then
		}
		if from == nil || to == nil || from.Notice == "" || to.Notice == "" || x.Kind == "order" && x.Period == nil {
			continue
		}
		before := []string{from.Notice} // and whatever it waits for
		for j := 0; j < len(before); j++ {
			for _, kind := range waits[before[j]] {
				if !slices.Contains(before, kind) {
					before = append(before, kind)
				}
			}
		}
		if slices.Contains(before, to.Notice) {
			c.fail(path, "the %s would have to wait for itself", to.Notice)
			return
		}
		waits[to.Notice] = append(waits[to.Notice], from.Notice)
	}
}

// versions refuses two versions of one rule that hold on one day, and an id that names a rule and something else.
func (c *packCheck) versions() {
	other := map[string]bool{c.p.Select.ID: true}
	for _, x := range c.p.Classify {
		other[x.ID] = true
	}
	for i := range c.p.Rules {
		x, path := &c.p.Rules[i], fmt.Sprintf("rules[%d]", i)
		if other[x.ID] {
			c.fail(path+".id", "%q names something else already", x.ID)
		}
		for j := range i {
			y := &c.p.Rules[j]
			if x.ID != y.ID {
				continue
			}
			if x.Effective.By != y.Effective.By {
				c.fail(path+".effective.by", "the versions of %s go by different days", x.ID)
			}
			if (x.Effective.To == nil || *y.Effective.From <= *x.Effective.To) &&
				(y.Effective.To == nil || *x.Effective.From <= *y.Effective.To) {
				c.fail(path+".effective", "two versions of %s hold on one day", x.ID)
			}
		}
	}
}
