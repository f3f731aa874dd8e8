// SPDX-License-Identifier: Apache-2.0

package demo

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/board"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/roster"
)

const campaignName = "Example Health: a first contract"

// step is one thing that somebody did at one minute.
type step struct {
	at string // in the campaign's zone
	do func(ctx context.Context, h *house) error
}

func (s step) time(zone *time.Location) time.Time {
	t, err := time.ParseInLocation(minute, s.at, zone)
	if err != nil {
		panic("demo: step at " + s.at) // a constant; a test goes through all of them
	}
	return t
}

// story is the campaign, in order. Days that sources print are theirs; the hours between are the demo's.
var story = inOrder(organizeStory, strikeStory, voteStory, papersStory, lineStory, []step{
	{"2025-05-12T09:00", open},
	{"2025-05-30T08:10", func(ctx context.Context, h *house) error { return h.applyFirst(ctx) }},
	{"2025-05-30T08:40", appoint},
	{"2025-06-30T17:00", chapter("june")},
	{"2025-10-20T10:00", func(ctx context.Context, h *house) error { return h.applyUnion(ctx) }},
	{"2025-10-22T19:00", verify},
	{"2025-10-24T14:00", announceClosures},
	{"2025-10-24T14:30", chapter("notice")},
	{"2025-10-31T16:12", func(ctx context.Context, h *house) error { return h.receiveSecond(ctx) }},
	{"2025-10-31T18:05", func(ctx context.Context, h *house) error { return h.applySecond(ctx) }},
})

// open makes the employer, its worksites, and the two who begin: an officer and the data lead.
func open(ctx context.Context, h *house) error {
	for _, key := range []string{"officer", "data_lead"} {
		if err := h.account(ctx, key, "", ""); err != nil {
			return err
		}
	}
	ctx, err := h.as(ctx, "data_lead")
	if err != nil {
		return err
	}
	h.employer, _, err = h.Roster.AddEmployer(ctx,
		roster.Employer{Name: "Example Health (fictional employer)", MailDomains: []string{"clinic.example.org"}, NumberWidth: 7},
		roster.UnitInfo{Name: "Clinicians", CertifiedN: 600, CertifiedSource: "F016 (a report of June 2025)"})
	if err != nil {
		return err
	}
	sites, err := h.truth.worksites(h.employer)
	if err != nil {
		return err
	}
	if err := h.Roster.AddWorksites(ctx, sites); err != nil {
		return err
	}
	return h.tell(ctx, "opening")
}

// shortNames are those that people write on the union's form.
var shortNames = map[string][]string{
	"0824": {"W. St. Paul", "W. St. Paul clinic"}, "0435": {"W. St. Paul urgent care", "W. St. Paul UC"},
	"0899": {"Vadnais", "Vadnais Hts"}, "0115": {"Col Heights"}, "0212": {"Brooklyn Pk"},
}

// worksites returns the worksites as they stood in spring, when none was known to close.
func (t *truth) worksites(employer string) ([]roster.Worksite, error) {
	var out []roster.Worksite
	for _, s := range t.sites {
		w := roster.Worksite{
			EmployerID: employer, Code: s["site_code"], Name: s["name"], Town: s["town"], Address: s["address"],
			PostalCity: s["postal_city"], State: s["state"], County: s["county"], ZIP: s["zip"], Zone: s["tz"], Region: s["region"],
			Kind: strings.ReplaceAll(s["kind"], " ", "_"), Phone: s["phone"], Opens: s["opens"], Closes: s["closes"], OpenDays: s["open_days"], Status: roster.Open,
			Aliases: shortNames[s["site_code"]],
		}
		var err error
		for column, into := range map[string]*float64{"lat": &w.Lat, "lng": &w.Lng} {
			if *into, err = strconv.ParseFloat(s[column], 64); err != nil {
				return nil, fmt.Errorf("worksite %s: %w", w.Code, err)
			}
		}
		out = append(out, w)
	}
	return out, nil
}

// chapter adds entries to the timeline once they are known.
func chapter(name string) func(context.Context, *house) error {
	return func(ctx context.Context, h *house) error {
		ctx, err := h.as(ctx, "data_lead")
		if err != nil {
			return err
		}
		return h.tell(ctx, name)
	}
}

func (h *house) tell(ctx context.Context, name string) error {
	var entries []board.Entry
	for _, e := range h.truth.events[name] {
		entries = append(entries, board.Entry{
			On: e.On, Precision: e.Precision, Said: e.Said, Certainty: e.Certainty,
			Otherwise: e.Otherwise, Source: strings.Join(e.Facts, ", "),
		})
	}
	return h.Board.AddTimeline(ctx, entries)
}

// appoint gives the captain her turf, and an account to her and to one of her nine.
func appoint(ctx context.Context, h *house) error {
	people, err := h.people(ctx, firstList)
	if err != nil {
		return err
	}
	var turf []string
	for _, id := range h.truth.ids {
		if p := h.truth.people[id]; p["site_v1"] == captainSite && id != captainPerson {
			turf = append(turf, people[id])
		}
	}
	ctx, err = h.as(ctx, "officer")
	if err != nil {
		return err
	}
	set, err := db.InTx(ctx, h.DB, func(tx *db.Tx) (string, error) { return auth.AddSet(ctx, tx, "Hastings", turf) })
	if err != nil {
		return err
	}
	for _, key := range []string{"captain", "member"} {
		p, _ := personaOf(key)
		if err := h.account(ctx, key, people[p.person], set); err != nil {
			return err
		}
	}
	return nil
}

// account makes the account of a persona, with her grants. person and turf are ids on the roster, where she needs them.
func (h *house) account(ctx context.Context, key, person, turf string) error {
	p, _ := personaOf(key)
	email := p.email
	if email == "" {
		email = h.truth.people[p.person]["personal_email"]
	}
	return db.Do(ctx, h.DB, func(tx *db.Tx) error {
		id, err := auth.AddAccount(ctx, tx, auth.Account{ID: h.accounts[key], Person: person, Display: h.truth.nameOf(p), Email: email})
		if err != nil {
			return err
		}
		for _, g := range p.grants {
			g.Account = id
			if g.Scope == auth.Turf {
				g.ScopeID = turf
			}
			if _, err := auth.AddGrant(ctx, tx, g); err != nil {
				return err
			}
		}
		return nil
	})
}
