// SPDX-License-Identifier: Apache-2.0

package organize_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tenday/tenday/internal/app/apptest"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/organize"
)

// rated writes a value as role.
func rated(t *testing.T, h *apptest.House, role, person string, value int) string {
	t.Helper()
	id := v7()
	if err := send(t, h, role, "assessment", id, h.Clock.Now(), map[string]any{"person": person, "value": value, "basis": "said"}); err != nil {
		t.Fatal(err)
	}
	return id
}

func TestAListNeitherNamesNorRatesAContactPersonOutsideItsReach(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		wilma, omar := h.Person["Wilma Westberg"], h.Person["Omar Farah"]
		rated(t, h, "lead", wilma, 4)
		if err := h.Organize.Lead(h.As("lead"), wilma, []string{omar}); err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{"/coverage/people?why=unsure", "/chart/person/" + omar, "/chart/sheet", "/chart?by=contact", "/tests/soft", "/coverage"} {
			for _, accept := range []string{"", "application/json"} {
				inside, outside := h.Get("lead", path, accept).Body, h.Get("site reader", path, accept).Body
				if strings.Contains(outside, "Westberg") || strings.Contains(outside, "Wilma") || strings.Contains(outside, `"LeaderValue":4`) ||
					strings.Contains(outside, "is a 4") {
					t.Errorf("%s tells the organizer of Blaine of somebody in the West:\n%.1500s", path, outside)
				}
				if strings.HasPrefix(path, "/chart/person") && (!strings.Contains(inside, "Westberg") || !strings.Contains(outside, "Farah")) {
					t.Errorf("%s (%s) lacks whom it is about", path, accept)
				}
			}
		}
	})
}

func TestWhoSeesTheWallWithoutTheAssessmentsIsToldNone(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		ingrid := h.Person["Ingrid Dahl"]
		drive(t, h)
		rated(t, h, "lead", ingrid, 2)
		if err := send(t, h, "lead", "conversation", v7(), h.Clock.Now(), map[string]any{"person": ingrid, "channel": "call", "outcome": "talked"}); err != nil {
			t.Fatal(err)
		}
		if err := send(t, h, "lead", "pledge", v7(), h.Clock.Now(), map[string]any{"person": ingrid, "state": "private", "text_version": 1}); err != nil {
			t.Fatal(err)
		}
		err := db.Do(t.Context(), h.DB, func(tx *db.Tx) error {
			for _, role := range []auth.Role{"strike_committee", "picket_coordinator"} {
				if _, err := auth.AddGrant(t.Context(), tx, auth.Grant{Account: h.Account["treasurer"], Role: role, Scope: auth.Unit}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		var v struct{ Rows []organize.Held }
		h.Get("treasurer", "/chart/sheet", "application/json").JSON(t, &v)
		if len(v.Rows) != 10 {
			t.Fatalf("%d rows", len(v.Rows))
		}
		var card struct{ Person organize.Held }
		h.Get("treasurer", "/chart/person/"+ingrid, "application/json").JSON(t, &card)
		for _, r := range append(v.Rows, card.Person) {
			if r.Value != 0 || r.Basis != "" || !r.ValueAt.IsZero() || r.Pledge != "" || !r.PledgeDay.IsZero() || !r.TalkAt.IsZero() || r.Outcome != "" {
				t.Errorf("%s is told as %+v", r.Name(), r.Current)
			}
		}
	})
}

func TestACaptainWhoIsNoneAnyMoreTakesNothingBack(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		ingrid, peter := h.Person["Ingrid Dahl"], h.Person["Peter Dahl"]
		first, second := rated(t, h, "captain", ingrid, 1), rated(t, h, "captain", peter, 2)
		do := func(query string, args ...any) {
			t.Helper()
			if err := db.Do(t.Context(), h.DB, func(tx *db.Tx) error { _, err := tx.Exec(t.Context(), query, args...); return err }); err != nil {
				t.Fatal(err)
			}
		}
		do(`DELETE FROM people_set_member WHERE person_id = $1`, ingrid)
		if err := send(t, h, "captain", "retract", v7(), h.Clock.Now(), map[string]any{"fact": first}); fault.CodeOf(err) != fault.Missing {
			t.Errorf("of somebody who is not hers any more: %v", err)
		}
		do(`UPDATE role_grant SET ended_at = $1 WHERE account_id = $2`, h.Clock.Now().UnixMilli(), h.Account["captain"])
		h.Clock.Advance(time.Minute)
		if err := send(t, h, "captain", "retract", v7(), h.Clock.Now(), map[string]any{"fact": second}); fault.CodeOf(err) != fault.Forbidden {
			t.Errorf("once her grant has ended: %v", err)
		}
		if a, b := current(t, h, ingrid).Value, current(t, h, peter).Value; a != 1 || b != 2 {
			t.Errorf("they stand at %d and %d", a, b)
		}
	})
}

func TestTakingBackAnIdInAdvanceHidesNobodyElsesFact(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		id := v7()
		if err := send(t, h, "captain", "retract", v7(), h.Clock.Now(), map[string]any{"fact": id}); err != nil {
			t.Fatal(err)
		}
		if err := send(t, h, "lead", "conversation", id, h.Clock.Now(), map[string]any{
			"person": h.Person["Ingrid Dahl"], "channel": "call", "outcome": "talked",
			"note": "shared words", "note_visibility": "shared", "next_step": "Meet",
		}); err != nil {
			t.Fatal(err)
		}
		p := mine(t, h, "captain")["Ingrid Dahl"]
		if len(p.Notes) != 1 || p.Next != "Meet" || p.TalkAt == 0 {
			t.Errorf("her captain sees %+v", p)
		}
	})
}

func TestSignedPaperInACaptainsHandsIsHerWord(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		drive(t, h)
		test := sticker(t, h, func(x *organize.Test) { x.Kind = "pledge" })
		for role, name := range map[string]string{"captain": "Ingrid Dahl", "lead": "Peter Dahl"} {
			if err := send(t, h, role, "pledge", v7(), h.Clock.Now(), map[string]any{"person": h.Person[name], "state": "public", "text_version": 1}); err != nil {
				t.Fatal(err)
			}
		}
		var v struct{ All organize.Tally }
		h.Get("lead", "/tests/"+test, "application/json").JSON(t, &v)
		if v.All.Yes != 2 || v.All.Verified != 1 || v.All.Captain != 1 {
			t.Errorf("%+v", v.All)
		}
	})
}

func TestAnAnswerEndsEveryOtherLinkToTheSame(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		box, ingrid := drive(t, h), h.Person["Ingrid Dahl"]
		var links []string
		for range 2 {
			if _, err := h.Organize.SendLinks(h.As("captain"), []string{ingrid}, ""); err != nil {
				t.Fatal(err)
			}
			_, path := box.last(t, h)
			links = append(links, path)
			h.Clock.Advance(time.Hour)
		}
		if links[0] == links[1] {
			t.Fatal("one link twice")
		}
		done := h.Post("", links[1], url.Values{"answer": {"private"}, "version": {"1"}})
		if done.Status != 303 {
			t.Fatalf("%d %.300s", done.Status, done.Body)
		}
		if a := h.Post("", links[0], url.Values{"answer": {"public"}, "version": {"1"}}); a.Status != 404 {
			t.Errorf("an older mail answers for her: %d", a.Status)
		}
		if a := h.Get("", done.Location, ""); a.Status != 200 {
			t.Errorf("she herself cannot change it any more: %d", a.Status)
		}
	})
}

// Of the people of others a captain learns neither that they exist nor anything else, whatever her phone sends about them.
func TestEveryKindOfEventAnswersAStrangersIdLikeOneThatIsNobodys(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		drive(t, h)
		open := sticker(t, h, nil)
		west, err := h.Organize.MakeTest(h.As("lead"), organize.Test{
			Name: "Westpicket", Question: "q", Kind: "sticker", Public: true, ThresholdPct: 70, Closes: h.Clock.Now().Add(48 * time.Hour), Scope: auth.Region, ScopeID: "West",
		}, true)
		if err != nil {
			t.Fatal(err)
		}
		draft, err := h.Organize.MakeTest(h.As("lead"), organize.Test{
			Name: "Draftname", Question: "q", Kind: "sticker", Public: true, ThresholdPct: 70, Closes: h.Clock.Now().Add(48 * time.Hour),
		}, false)
		if err != nil {
			t.Fatal(err)
		}
		theirs := rated(t, h, "lead", h.Person["Blair Onlyblaine"], 3)
		step := v7()
		if err := send(t, h, "lead", "next_step", step, h.Clock.Now(), map[string]any{"person": h.Person["Blair Onlyblaine"], "what": "call"}); err != nil {
			t.Fatal(err)
		}
		say := func(err error) string { return fmt.Sprint(fault.CodeOf(err), err) }
		for kind, data := range map[string]map[string]any{
			"conversation": {"channel": "call", "outcome": "talked"}, "assessment": {"value": 1, "basis": "said"}, "note": {"text": "x", "visibility": "shared"},
			"next_step": {"what": "x"}, "pledge": {"state": "public", "text_version": 1},
			"participation": {"test": open, "state": "yes", "evidence": "captain"},
		} {
			var answers []string
			for _, person := range []string{h.Person["Blair Onlyblaine"], v7(), "", "' OR 1=1 --"} {
				data["person"] = person
				answers = append(answers, say(send(t, h, "captain", kind, v7(), h.Clock.Now(), data)))
			}
			for _, a := range answers {
				if a != answers[0] || !strings.HasPrefix(a, fmt.Sprint(fault.Missing)) {
					t.Errorf("%s: %q", kind, answers)
				}
			}
		}
		for _, c := range []struct {
			kind string
			data map[string]any
		}{
			{"participation", map[string]any{"person": h.Person["Ingrid Dahl"], "test": west, "state": "yes", "evidence": "captain"}},
			{"participation", map[string]any{"person": h.Person["Ingrid Dahl"], "test": draft, "state": "yes", "evidence": "captain"}},
			{"participation", map[string]any{"person": h.Person["Ingrid Dahl"], "test": v7(), "state": "yes", "evidence": "captain"}},
			{"retract", map[string]any{"fact": theirs}},
			{"next_step_done", map[string]any{"fact": step}},
			{"next_step_done", map[string]any{"fact": v7()}},
		} {
			err := send(t, h, "captain", c.kind, v7(), h.Clock.Now(), c.data)
			if b, _ := json.Marshal(err); fault.CodeOf(err) != fault.Missing || strings.Contains(fmt.Sprint(err, string(b)), "Draftname") {
				t.Errorf("%s %v: %v %s", c.kind, c.data, err, b)
			}
		}
		for _, path := range []string{
			"/my/%s", "/chart/person/%s", "/tests/" + open + "/enter?site=" + h.Site["0308"], "/pledges?site=" + h.Site["0308"], "/chart/sheet?site=" + h.Site["0308"],
			"/coverage/people?site=" + h.Site["0308"], "/tests/" + west, "/tests/" + draft,
		} {
			bodies := map[string]bool{}
			for _, id := range []string{h.Person["Blair Onlyblaine"], v7()} {
				p := path
				if strings.Contains(path, "%s") {
					p = fmt.Sprintf(path, id)
				}
				a := h.Get("captain", p, "application/json")
				bodies[a.Body] = true
				if strings.Contains(a.Body, "Onlyblaine") || strings.Contains(a.Body, "Westpicket") || strings.Contains(a.Body, "Draftname") {
					t.Errorf("%s tells of others: %.300s", p, a.Body)
				}
			}
			if len(bodies) != 1 {
				t.Errorf("%s answers a stranger's id otherwise than nobody's: %v", path, bodies)
			}
		}
	})
}
