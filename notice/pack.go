// SPDX-License-Identifier: Apache-2.0

package notice

// Pack is the law of one place as data, tenday.notice.pack/1. LoadPack makes one; the fields are for reading.
type Pack struct {
	Schema        string               `key:"schema*" of:"tenday.notice.pack/1"`
	ID            string               `key:"id*"`
	Version       string               `key:"version*"`
	Title         string               `key:"title*"`
	Complete      bool                 `key:"complete*"`
	Select        Select               `key:"select*"`
	Groups        map[string][]string  `key:"groups"`
	Recipients    map[string]Addressee `key:"recipients" of:"keys:@recipient"`
	StateAgencies map[string]Addressee `key:"state_agencies"` // by region, for the recipient state_agency
	Calendar      Calendar             `key:"calendar"`
	Classify      []Class              `key:"classify*"`
	Rules         []Rule               `key:"rules*"` // in the order in which a report prints them
	Advisories    []Advisory           `key:"advisories"`

	src []byte
	sha string
	of  map[string]map[string]bool // notice kind -> recipients that some rule asks about
}

// SHA256 is the hash of the pack's file as it was read.
func (p *Pack) SHA256() string { return p.sha }

// Source returns the pack's file as it was read. Stored beside a report, it answers again what it answered then.
func (p *Pack) Source() []byte { return p.src }

// Addressee is who a kind of recipient is; receipts are dated in Zone.
type Addressee struct {
	Name string `key:"name*"`
	Zone string `key:"zone"`
}

// Select says whose facts the pack is for. Its line comes first in every report.
type Select struct {
	ID         string     `key:"id*"`
	Title      string     `key:"title*"`
	When       *Predicate `key:"when*"`
	Cite       []Cite     `key:"cite*"`
	Confidence string     `key:"confidence*" of:"@confidence"`
	Ask        string     `key:"ask*"`
}

// Cite is an authority. Checked is the day on which somebody read it, or "unverified".
type Cite struct {
	Ref     string   `key:"ref*" json:"ref"`
	Phrase  string   `key:"phrase" json:"phrase,omitempty"`
	Weight  string   `key:"weight*" of:"@weight" json:"weight"`
	Binds   []string `key:"binds" of:"@circuit" json:"binds,omitempty"` // circuits; nil: everywhere
	Checked string   `key:"checked*" json:"checked"`
}

// Effective bounds a version of a rule, both days included. By says whose day counts: as_of for case law, the notice's or
// ballot's for a statute.
type Effective struct {
	From *Day   `key:"from*"`
	To   *Day   `key:"to"`
	By   string `key:"by" of:"@effective_by"`
}

func (e Effective) holds(d Day) bool { return d >= *e.From && (e.To == nil || d <= *e.To) }

// Breach is what follows when a rule is broken.
type Breach struct {
	Verdict Verdict             `key:"verdict*"`
	Hurts   map[string][]string `key:"hurts*" of:"keys:@hurt"` // effects, by what the act counts as, or "any"
	Cure    string              `key:"cure*"`
	Varies  []Varies            `key:"varies"`
}

// Varies is split authority: where When holds, another verdict applies.
type Varies struct {
	When    *Predicate `key:"when*"`
	Verdict Verdict    `key:"verdict*"`
	Why     string     `key:"why*"`
}

// Class decides what an act counts as; the first that does not fail decides.
type Class struct {
	ID         string     `key:"id*"`
	Title      string     `key:"title*"`
	When       *Predicate `key:"when*"`
	CountsAs   string     `key:"counts_as*" of:"@counts"`
	Cite       []Cite     `key:"cite*"`
	Confidence string     `key:"confidence*" of:"@confidence"`
	Effective  Effective  `key:"effective*"`
	Breach     *Breach    `key:"breach"` // required of a contested one
	Ask        string     `key:"ask*"`
	Doubt      string     `key:"doubt"`
}

// Rule is one rule, in one version. Which fields it has beside the common ones depends on Kind.
type Rule struct {
	ID         string     `key:"id*"`
	Title      string     `key:"title*"`
	Kind       string     `key:"kind*" of:"@rule"`
	Cite       []Cite     `key:"cite*"`
	Effective  Effective  `key:"effective*"`
	Confidence string     `key:"confidence*" of:"@confidence"`
	Doubt      string     `key:"doubt"` // required where confidence is low or a citation unverified
	When       *Predicate `key:"when"`  // nil: always
	Breach     Breach     `key:"breach*"`
	Ask        string     `key:"ask*"`

	// interval: From .. To is at least Min, or at most Max
	From *EventRef `key:"from"`
	To   *EventRef `key:"to"`
	Min  *Period   `key:"min"`
	Max  *Period   `key:"max"`
	// order: Then is not before First (plus Period)
	First  *EventRef `key:"first"`
	Then   *EventRef `key:"then"`
	Period *Period   `key:"period"`
	// interval and order with a period
	Readings  []string `key:"readings" of:"@reading"`
	Base      string   `key:"base" of:"@reading"`
	DeemedLag int      `key:"deemed_lag"`              // days after dispatch on which a paper counts as received
	Dispatch  string   `key:"dispatch" of:"at_risk"`   // late by receipt, in time by dispatch
	Missing   string   `key:"missing" of:"other_rule"` // a recipient known not served is another rule's business
	// match
	Field  string             `key:"field" of:"@match"`
	Group  string             `key:"group"`
	Accept map[string]Verdict `key:"accept"`
	Grace  *Grace             `key:"grace"`
	// content
	Require []Require `key:"require"`
	// recipients, and the notice of match and content
	Notice       string   `key:"notice" of:"@notice"`
	All          []string `key:"all" of:"@recipient"`
	Simultaneous string   `key:"simultaneous" of:"at_risk"`
	// bar
	Bar *Bar `key:"bar"`
}

// Period is a length of time; which days count is a matter of readings.
type Period struct {
	N    int    `key:"n*"`
	Unit string `key:"unit*" of:"@unit"`
}

// EventRef names a moment that the facts may hold.
type EventRef struct {
	Event  string   `key:"event*" of:"@event"`
	Notice string   `key:"notice" of:"@notice"`
	Of     []string `key:"of" of:"@recipient"`
	Moment string   `key:"moment" of:"received|sent|given"`
	Pick   string   `key:"pick" of:"latest|earliest"`
	Else   string   `key:"else" of:"action.start"` // where no such notice is relied on
}

// Grace lets a late start pass with Verdict while it is at most Minutes late.
type Grace struct {
	Minutes int     `key:"minutes*"`
	Verdict Verdict `key:"verdict*"`
}

// Require is one demand of a content rule: a fact in a list, or a number above a bound. A value in Soft is at risk.
type Require struct {
	Field string   `key:"field*"`
	In    []string `key:"in"`
	Soft  []string `key:"soft"`
	GE    *int     `key:"ge"`
	GT    *int     `key:"gt"`
	Else  *Verdict `key:"else"` // otherwise; nil: the breach's verdict
}

// Bar is a prohibition: by a fact, until a date, by count, or while an inquiry freezes.
type Bar struct {
	Type  string     `key:"type*" of:"fact|until|count|freeze"`
	Fact  *Predicate `key:"fact"`  // fact: barred where it holds; until and count: only, or also, where it holds
	Until *EventRef  `key:"until"` // until
	Count int        `key:"count"` // count: this many strikes ...
	Days  int        `key:"days"`  // ... with starts within fewer days than these
	// freeze
	Inquiry       string    `key:"inquiry" of:"@inquiry"`
	AppointWithin int       `key:"appoint_within"` // days after From; 0: whenever
	From          *EventRef `key:"from"`
	ReportWithin  int       `key:"report_within"` // days after the appointment
	Then          int       `key:"then"`          // days that the freeze goes on after the report, or after the notification
}

// Advisory is worth saying and never changes a verdict.
type Advisory struct {
	ID   string     `key:"id*"`
	Who  string     `key:"who*"`
	Text string     `key:"text*"`
	When *Predicate `key:"when*"`
	Cite []Cite     `key:"cite*"`
}
