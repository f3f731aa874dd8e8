// SPDX-License-Identifier: Apache-2.0

package strike

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/notice"
)

// union is the id of our own party in the facts.
const union = "union"

type object = map[string]any

// facts writes the book as tenday.notice.facts/1 and has the engine read it. Errors: Invalid with the engine's own words, for
// something that contradicts itself.
func (b *book) facts() (*notice.Facts, error) {
	given := b.answers[""]
	doc := object{
		"schema": "tenday.notice.facts/1", "campaign": object{"id": "campaign"},
		"parties":    []any{object{"id": union, "role": "union"}},
		"employer":   b.employerFacts(given),
		"bargaining": b.bargainingFacts(given),
		"notices":    b.noticeFacts(), "actions": b.actionFacts(), "public_claims": b.claimFacts(),
	}
	if list := b.inquiries(given); list != nil {
		doc["inquiries"] = list
	}
	text, err := json.Marshal(doc)
	if err != nil {
		return nil, fmt.Errorf("write facts: %w", err)
	}
	f, err := notice.LoadFacts(bytes.NewReader(text), "facts")
	if e, ok := errors.AsType[*notice.InputError](err); ok {
		return nil, &fault.Error{Code: fault.Invalid, Key: "strike.engine_says", Args: map[string]any{"Msg": e.Msg}, Err: err}
	}
	return f, err
}

// put sets key unless the value is empty: what is not recorded is left out, and the engine asks.
func put(o object, key, value string) {
	if value != "" {
		o[key] = value
	}
}

func (b *book) employerFacts(given answers) object {
	var sites []any
	states := map[string]int{}
	for _, s := range b.sites {
		kind := s.Kind
		if kind == "" {
			kind = "unknown"
		}
		sites = append(sites, object{"id": s.ID, "name": s.Name, "address": s.Address, "tz": s.Zone, "kind": kind})
		states[s.State]++
	}
	e := object{"name": b.employer, "country": "US", "region": "US-" + most(states), "sites": sites}
	for _, name := range []string{"ownership", "nlra", "kind"} {
		put(e, name, given["employer."+name])
	}
	return e
}

// most returns the state in which most worksites lie: the region whose agency and law are asked for.
func most(states map[string]int) string {
	best := ""
	for s, n := range states {
		if s != "" && (n > states[best] || n == states[best] && s < best || best == "") {
			best = s
		}
	}
	return cmp.Or(best, "XX")
}

func (b *book) bargainingFacts(given answers) object {
	contract := object{}
	for _, name := range []string{"exists", "no_strike_clause"} {
		put(contract, name, given["bargaining.contract."+name])
	}
	if day := given["bargaining.contract.expires"]; day != "" {
		contract["expires"] = day + "[" + b.zone.String() + "]"
	}
	o := object{"contract": contract}
	for _, name := range []string{"kind", "initiator", "offered_to_meet", "impasse", "unit_class"} {
		put(o, name, given["bargaining."+name])
	}
	return o
}

// inquiries returns the boards of inquiry: an empty list says "none", nil that nobody has said.
func (b *book) inquiries(given answers) []any {
	switch given["inquiry"] {
	case "no":
		return []any{}
	case "yes":
		i := object{"id": "inquiry", "kind": "board_of_inquiry"}
		for _, name := range []string{"appointed_on", "notified_on", "reported_on"} {
			if day := given["inquiry."+name]; day != "" {
				i[name] = day + "[" + b.zone.String() + "]"
			}
		}
		return []any{i}
	}
	return nil
}

func (b *book) noticeFacts() []any {
	out := []any{}
	for _, n := range b.notices {
		o := object{"id": n.ID, "kind": string(n.Kind), "by": union, "deliveries": deliveryFacts(n), "extensions": []any{}, "withdrawn": nil}
		if n.Kind == TenDay {
			a := object{"id": "a", "kinds": n.Acts, "qualifier": n.Qualifier, "sites": n.Sites}
			put(a, "start", n.Starts.String())
			put(a, "start_scope", n.StartScope)
			o["announces"] = []any{a}
		}
		var extensions []any
		for _, e := range n.Extensions {
			form := "union_only"
			if e.SignedByBoth {
				form = "signed_by_both"
			}
			x := object{"id": e.ID, "announce": "a", "form": form, "proof": object{"kind": "receipt", "sha256": e.File.SHA256}}
			put(x, "agreed_at", e.Agreed.String())
			put(x, "new_start", e.NewStarts.String())
			extensions = append(extensions, x)
		}
		if extensions != nil {
			o["extensions"] = extensions
		}
		if !n.Withdrawn.IsZero() {
			o["withdrawn"] = object{"at": n.Withdrawn.In(b.zone).Format("2006-01-02T15:04:05-07:00") + "[" + b.zone.String() + "]"}
		}
		out = append(out, o)
	}
	return out
}

// deliveryFacts gives the engine one copy for each recipient: of several sites the one that stands worst, since the notice is
// to "the institution" and each site may be one.
func deliveryFacts(n *Notice) []any {
	byRecipient := map[Recipient]Delivery{}
	for _, d := range n.Deliveries {
		if have, ok := byRecipient[d.Recipient]; !ok || worse(&d, &have) {
			byRecipient[d.Recipient] = d
		}
	}
	out := []any{}
	for _, r := range recipients {
		d, ok := byRecipient[r]
		if !ok {
			continue
		}
		o := object{"recipient": string(r), "state": string(d.State)}
		put(o, "sent_at", d.Sent.String())
		put(o, "received_at", d.Received.String())
		put(o, "method", d.Method)
		if d.Proved() {
			p := object{"kind": d.ProofKind}
			put(p, "ref", d.ProofRef)
			if d.File != nil {
				p["sha256"] = d.File.SHA256
			}
			o["proof"] = p
		}
		out = append(out, o)
	}
	return out
}

// worst orders the states of a copy: a breach before a question, a question before what is on its way, receipts last.
var worst = []DeliveryState{NotGiven, NotKnown, ToSend, Sent, Received}

// worse tells whether d is worse for us than o: by its state, then a later receipt, then one without proof. What is left is
// ordered by its text, so that the same copies give the same facts in whatever order they were recorded.
func worse(d, o *Delivery) bool {
	is := func(yes bool) int { return map[bool]int{true: 1}[yes] }
	text := func(d *Delivery) string {
		return strings.Join([]string{d.Received.String(), d.Sent.String(), d.Method, d.ProofKind, d.ProofRef, d.ID}, "\x00")
	}
	return cmp.Or(
		cmp.Compare(slices.Index(worst, d.State), slices.Index(worst, o.State)),
		-cmp.Compare(is(d.Received.IsZero()), is(o.Received.IsZero())),
		-d.Received.End().Compare(o.Received.End()),
		cmp.Compare(is(d.Proved()), is(o.Proved())),
		cmp.Compare(text(d), text(o)),
	) < 0
}

// actKinds are the kinds as the engine names them.
var actKinds = map[Kind]string{Strike: "strike", Picket: "picket", Rally: "rally", Handbilling: "handbill"}

func (b *book) actionFacts() []any {
	out := []any{}
	for _, a := range b.actions {
		if a.Starts.IsZero() || len(a.Sites) == 0 {
			continue // not planned yet
		}
		given := b.answers[a.ID]
		o := object{
			"id": a.ID, "kind": actKinds[a.Kind], "by": union, "sponsor": "labor_organization", "sites": a.SiteIDs(),
			"start": a.Starts.String(), "state": actState(a), "relies_on": []any{},
		}
		put(o, "end", a.Ends.String())
		put(o, "start_scope", a.StartScope)
		put(o, "actual_start", a.Began.String())
		put(o, "actual_end", a.Over.String())
		for _, name := range []string{"purpose", "target", "series_announced", "serious_ulp_claimed"} {
			put(o, name, given["action."+name])
		}
		conduct := object{}
		put(conduct, "signs", given["action.conduct.signs"])
		put(conduct, "patrol", given["action.conduct.patrol"])
		if len(conduct) > 0 {
			o["conduct"] = conduct
		}
		var relies []any
		for _, n := range b.notices {
			if n.Action == a.ID && n.Withdrawn.IsZero() {
				relies = append(relies, n.ID)
			}
		}
		if relies != nil {
			o["relies_on"] = relies
		}
		out = append(out, o)
	}
	return out
}

// actState is the state as the engine names it.
func actState(a *Action) string {
	switch {
	case a.State == On:
		return "underway"
	case !a.Began.IsZero():
		return "ended"
	case a.State == CalledOff || a.State == Settled || a.State == Closed:
		return "cancelled"
	}
	return "planned"
}

func (b *book) claimFacts() []any {
	out := []any{}
	for _, c := range b.claims {
		out = append(out, object{
			"id": c.ID, "source": c.Source, "published_on": c.On.String(), "action": c.Action, "field": "start_date", "says": c.Says.String(),
		})
	}
	return out
}

// locked tells whether start, end, sites, kind and name of the action stand: the engine says so of every act whose notice was sent, and a
// copy that was once recorded as sent is out in the world, whatever is recorded of it later.
func (b *book) locked(f *notice.Facts, action string) bool {
	n := b.paper(action)
	return n != nil && n.Sent() ||
		slices.ContainsFunc(notice.Locked(f), func(path string) bool { return strings.HasPrefix(path, "actions["+action+"].") })
}
