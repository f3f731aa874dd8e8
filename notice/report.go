// SPDX-License-Identifier: Apache-2.0

package notice

import (
	"bytes"
	"encoding/json"
	"strings"
)

// Version is the engine's: it rises whenever the same facts and pack could give another report.
const Version = "1.2.1"

// Report is the answer, tenday.notice.report/1. Lines stand in pack order within an action, actions in file order.
type Report struct {
	Schema      string           `json:"schema"`
	Verdict     Verdict          `json:"verdict"`
	Headline    string           `json:"headline"`
	Disclaimer  string           `json:"disclaimer"`
	AsOf        Day              `json:"as_of"`
	Renotices   int              `json:"renotices"` // notices withdrawn
	Pack        PackRef          `json:"pack"`
	Engine      EngineRef        `json:"engine"`
	TZDB        string           `json:"tzdb"`
	FactsSHA256 string           `json:"facts_sha256"`
	Actions     []ActionReport   `json:"actions"`
	Lines       []Line           `json:"lines"`
	Advisories  []AdvisoryReport `json:"advisories"`
	Claimed     []string         `json:"claimed"` // receipts without proof, by path
	Conflicts   []Conflict       `json:"conflicts"`
}

// PackRef says which law was applied.
type PackRef struct {
	ID       string `json:"id"`
	Version  string `json:"version"`
	SHA256   string `json:"sha256"`
	Complete bool   `json:"complete"` // false: the pack knows a part of its law
}

// EngineRef says which program applied it.
type EngineRef struct {
	Version string `json:"version"`
}

// ActionReport is what a pack says of one act.
type ActionReport struct {
	ID       string   `json:"id"`
	Verdict  Verdict  `json:"verdict"`
	CountsAs string   `json:"counts_as"`
	By       string   `json:"by,omitempty"` // the classification that decided
	Why      string   `json:"why"`
	Cites    []Cite   `json:"cites"`
	Start    string   `json:"start"`
	Sites    []string `json:"sites"`
}

// Line is what one rule says of one act.
type Line struct {
	Rule         string            `json:"rule"`
	Title        string            `json:"title"`
	Action       string            `json:"action"`
	Verdict      Verdict           `json:"verdict"`
	Confidence   string            `json:"confidence"`
	Why          string            `json:"why"`
	Doubt        string            `json:"doubt,omitempty"` // what of the rule nobody has verified
	Hurts        []Hurt            `json:"hurts"`           // who is, or would be
	Cure         string            `json:"cure,omitempty"`
	Ask          string            `json:"ask,omitempty"`
	Steps        []Step            `json:"steps"`
	Cites        []Cite            `json:"cites"`
	Readings     []Reading         `json:"readings"`
	Dates        map[string]string `json:"dates"`
	Sites        []string          `json:"sites"`
	CurableUntil string            `json:"curable_until,omitempty"` // the safe day, while it is not past
}

// Hurt is an effect of a breach.
type Hurt struct {
	Effect string `json:"effect"`
	Text   string `json:"text"`
}

// Step is one sentence of the trace, with the facts that it rests on.
type Step struct {
	Text     string    `json:"text"`
	Op       string    `json:"op"`
	Operands []Operand `json:"operands"`
	Result   string    `json:"result"`
}

// Operand is a fact used in a step. Proof is set for moments of delivery.
type Operand struct {
	Path  string `json:"path"`
	Value string `json:"value"`
	Proof string `json:"proof,omitempty"`
}

// Reading is one way of counting a period. Latest is the last moment that passes given the other end, Earliest the first; both are
// days, or minutes for the readings that count hours.
type Reading struct {
	ID            string `json:"id"`
	Base          bool   `json:"base"`
	Pass          *bool  `json:"pass"` // null: not known
	Have          string `json:"have"`
	Need          string `json:"need"`
	Unit          string `json:"unit"`
	Latest        string `json:"latest"`
	Earliest      string `json:"earliest"`
	MarginMinutes *int   `json:"margin_minutes"`
}

// AdvisoryReport is an advisory that applies.
type AdvisoryReport struct {
	ID    string `json:"id"`
	Who   string `json:"who"`
	Text  string `json:"text"`
	Cites []Cite `json:"cites"`
}

// Conflict is a public claim that differs from the papers. It is for the press desk and moves nothing.
type Conflict struct {
	Claim  string `json:"claim"`
	Action string `json:"action"`
	Field  string `json:"field"`
	Says   string `json:"says"`
	Stated string `json:"stated"`
}

// JSON returns the report, indented by one space and ended by a line feed. Equal reports give equal bytes.
func (r Report) JSON() []byte { return marshal(r) }

func marshal(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(v); err != nil {
		panic("notice: encode report: " + err.Error()) // its types hold nothing that cannot be encoded
	}
	return b.Bytes()
}

// Only returns the report on one action alone, with the verdict and headline of that action. ok is false if there is none.
func (r Report) Only(action string) (only Report, ok bool) {
	only = r
	only.Actions, only.Lines = []ActionReport{}, []Line{}
	for _, a := range r.Actions {
		if a.ID == action {
			only.Actions, ok = append(only.Actions, a), true
			only.Verdict = a.Verdict
		}
	}
	for _, l := range r.Lines {
		if l.Action == action {
			only.Lines = append(only.Lines, l)
		}
	}
	only.Headline = only.headline(action)
	return only, ok
}

// headline says in one sentence what the verdict rests on.
func (r Report) headline(worst string) string {
	if r.Verdict <= Lawful {
		return "Lawful by every reading of every rule in this pack, on the facts recorded."
	}
	n := 0
	for _, l := range r.Lines {
		if l.Action == worst && l.Verdict == r.Verdict {
			n++
		}
	}
	return capital(strings.ReplaceAll(r.Verdict.String(), "_", " ")) + ": " + plural(n, "point", "points") + " on " + worst + "."
}
