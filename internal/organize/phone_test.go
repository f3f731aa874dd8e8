// SPDX-License-Identifier: Apache-2.0

package organize_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/tenday/tenday/internal/app/apptest"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/offline"
	"github.com/tenday/tenday/internal/organize"
)

// phoneEvent is an event of a phone.
func phoneEvent(kind, data string, at time.Time) offline.Sent {
	return offline.Sent{ID: uuid.Must(uuid.NewV7()).String(), Kind: kind, At: at.UnixMilli(), Data: json.RawMessage(data)}
}

func phoneTalk(person, note, visibility string, at time.Time) offline.Sent {
	return phoneEvent("conversation", fmt.Sprintf(`{"person":%q,"channel":"call","outcome":"talked","issues":["pay"],"next_step":"Talk again",
		"next_at":"2025-11-03","note":%q,"note_visibility":%q}`, person, note, visibility), at)
}

// synced is what a phone of role does with what waits.
func synced(t testing.TB, h *apptest.House, role string, events ...offline.Sent) offline.Answer {
	t.Helper()
	a, err := h.Offline.Sync(h.As(role), offline.Batch{Now: h.Clock.Now().UnixMilli(), Events: events})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// mine returns the captain's people by name, as her phone gets them.
func mine(t *testing.T, h *apptest.House, role string) map[string]organize.Mine {
	t.Helper()
	var d struct{ People []organize.Mine }
	h.Get(role, "/my/data", "application/json").JSON(t, &d)
	out := map[string]organize.Mine{}
	for _, p := range d.People {
		out[p.Given+" "+p.Family] = p
	}
	return out
}

func TestAPhoneShowsItsOwnersPeopleAndWhatIsTrueOfThem(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		now := h.Clock.Now()
		ingrid := h.Person["Ingrid Dahl"]
		a := synced(t, h, "captain", phoneTalk(ingrid, "", "private", now.Add(-time.Hour)),
			phoneEvent("assessment", fmt.Sprintf(`{"person":%q,"value":2,"basis":"said"}`, ingrid), now.Add(-time.Minute)))
		if len(a.Done) != 2 {
			t.Fatalf("%+v", a)
		}
		all := mine(t, h, "captain")
		want := []string{"Ingrid Dahl", "Katherine Nguyen", "Mohamed Ali", "Peter Dahl", "Åsa Lindström"}
		got := []string{}
		for name := range all {
			got = append(got, name)
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("her people (-want +got):\n%s", diff)
		}
		p := all["Ingrid Dahl"]
		if p.Value != 2 || p.ValueAt != now.Add(-time.Minute).UnixMilli() || p.TalkAt != now.Add(-time.Hour).UnixMilli() ||
			p.Outcome != organize.Talked || p.Next != "Talk again" || p.NextOn != "2025-11-03" || !strings.HasPrefix(p.Phone, "+1651") {
			t.Errorf("Ingrid is %+v", p)
		}
		for role, want := range map[string]int{"site reader": 0, "region reader": 0, "lead": 0} { // nobody is led by them
			if got := mine(t, h, role); len(got) != want {
				t.Errorf("%s has %d people", role, len(got))
			}
		}
		for _, role := range []string{"", "member", "press", "data_lead", "lapsed"} {
			if a := h.Get(role, "/my/data", "application/json"); a.Status != http.StatusForbidden && a.Status != http.StatusUnauthorized {
				t.Errorf("%q gets %d", role, a.Status)
			}
		}
	})
}

// B02.6: a private note is not in the page, the answer for the phone, or the page without scripts of anybody but its author.
func TestAPrivateNoteStaysWithItsAuthor(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		ingrid, now := h.Person["Ingrid Dahl"], h.Clock.Now()
		synced(t, h, "lead", phoneTalk(ingrid, "lead-private", "private", now.Add(-3*time.Hour)), phoneTalk(ingrid, "lead-shared", "shared", now.Add(-2*time.Hour)),
			phoneEvent("note", fmt.Sprintf(`{"person":%q,"text":"lead-remark","visibility":"private"}`, ingrid), now.Add(-time.Hour)))
		synced(t, h, "captain", phoneTalk(ingrid, "captain-private", "private", now))
		for _, path := range []string{"/my", "/my/data", "/my/" + ingrid} {
			body := h.Get("captain", path, "").Body
			for text, want := range map[string]bool{"lead-private": false, "lead-remark": false, "lead-shared": true, "captain-private": true} {
				if strings.Contains(body, text) != want {
					t.Errorf("%s: %s is there: %v", path, text, !want)
				}
			}
		}
		retracted := phoneTalk(ingrid, "taken-back", "private", now)
		synced(t, h, "captain", retracted, phoneEvent("retract", fmt.Sprintf(`{"fact":%q}`, retracted.ID), now))
		if body := h.Get("captain", "/my/data", "").Body; strings.Contains(body, "taken-back") {
			t.Error("a note that was taken back is shown")
		}
	})
}

// The empty page, which phones keep, holds nobody; nor does the neutral one.
func TestWhatAPhoneKeepsInClearNamesNobody(t *testing.T) {
	t.Parallel()

	h := apptest.New(t)
	for _, path := range []string{offline.Shell, offline.Away, "/sync/files", "/app.webmanifest"} {
		a := h.Get("captain", path, "")
		if a.Status != http.StatusOK {
			t.Errorf("%s: %d", path, a.Status)
		}
		body := strings.ReplaceAll(a.Body, h.Offline.Key(), "") // drawn by chance: short names are in it now and then
		for _, p := range apptest.People {
			if strings.Contains(body, p[1]) {
				t.Errorf("%s names %s", path, p[1])
			}
		}
		if strings.Contains(a.Body, "Example Health") || strings.Contains(a.Body, "The captain") {
			t.Errorf("%s says whose phone it is", path)
		}
	}
	var files []string
	h.Get("captain", "/sync/files", "").JSON(t, &files)
	for _, f := range files {
		if a := h.Get("", f, ""); a.Status != http.StatusOK {
			t.Errorf("a phone is to keep %s: %d", f, a.Status)
		}
	}
	if len(files) < 12 {
		t.Errorf("%d files: %v", len(files), files)
	}
}

func TestTheFormWithoutScriptsIsOneTalkHoweverOftenItIsSent(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		path := "/my/" + h.Person["Ingrid Dahl"]
		form := url.Values{
			"talk_id": {uuid.Must(uuid.NewV7()).String()}, "value_id": {uuid.Must(uuid.NewV7()).String()}, "outcome": {"talked"},
			"channel": {"in_person"}, "issue": {"pay", "staffing"}, "next": {"meet"}, "when": {"tomorrow"}, "value": {"1"}, "basis": {"did"},
			"note": {"hers"}, "visibility": {"shared"},
		}
		for range 2 {
			if a := h.Post("captain", path, form); a.Status != http.StatusSeeOther || a.Location != "/my" {
				t.Fatalf("%d %s %.300s", a.Status, a.Location, a.Body)
			}
		}
		p := mine(t, h, "captain")["Ingrid Dahl"]
		if p.Value != 1 || p.Next != "Meet in person" || p.NextOn != "2025-11-01" || len(p.Notes) != 1 {
			t.Errorf("she is %+v", p)
		}
		if a := h.Post("captain", path, url.Values{"channel": {"call"}, "note": {""}}); a.Status != http.StatusUnprocessableEntity {
			t.Errorf("nothing chosen: %d", a.Status)
		}
		form.Set("value", "7")
		form.Set("talk_id", uuid.Must(uuid.NewV7()).String())
		form.Set("value_id", uuid.Must(uuid.NewV7()).String())
		if a := h.Post("captain", path, form); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "hers") {
			t.Errorf("a wrong number: %d", a.Status)
		}
		if n := rowsOf(t, h, "conversation"); n != 1 {
			t.Errorf("%d talks are there", n)
		}
		if a := h.Post("captain", "/my/"+h.Person["Blair Onlyblaine"], form); a.Status != http.StatusNotFound {
			t.Errorf("somebody of another clinic: %d", a.Status)
		}
	})
}

func rowsOf(t testing.TB, h *apptest.House, table string) int {
	t.Helper()
	n, err := db.InRead(t.Context(), h.DB, func(tx *db.Tx) (n int, err error) {
		return n, tx.Row(t.Context(), `SELECT COUNT(*) FROM `+table).Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// What a phone sends about somebody whom its owner does not look after is kept for her, and is no fact.
func TestAPhoneWritesAboutItsOwnersPeopleAlone(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		now := h.Clock.Now()
		stranger, nobody := phoneTalk(h.Person["Blair Onlyblaine"], "", "private", now), phoneTalk(uuid.Must(uuid.NewV7()).String(), "", "private", now)
		for _, role := range []string{"captain", "member", "lapsed", "press"} {
			for _, e := range []offline.Sent{stranger, nobody} {
				e.ID = uuid.Must(uuid.NewV7()).String()
				if a := synced(t, h, role, e); len(a.Refused) != 1 {
					t.Errorf("%s: %+v", role, a)
				}
			}
		}
		if n := rowsOf(t, h, "conversation"); n != 0 {
			t.Errorf("%d talks are there", n)
		}
		var d struct{ Refused []offline.Refusal }
		h.Get("captain", "/my/data", "application/json").JSON(t, &d)
		if len(d.Refused) != 2 || d.Refused[0].Text != d.Refused[1].Text || d.Refused[0].Text == "" {
			t.Errorf("told: %+v", d.Refused)
		}
		if _, err := h.Organize.MineOne(h.As("captain"), h.Person["Blair Onlyblaine"]); fault.CodeOf(err) != fault.Missing {
			t.Errorf("she opens a stranger: %v", err)
		}
	})
}

// B01.6: two phones about one person: in whatever order, however often, the same facts and the same present.
func TestTheOrderInWhichPhonesSendDoesNotMatter(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		people := []string{h.Person["Ingrid Dahl"], h.Person["Peter Dahl"]} // the same is done about both, in two orders
		start := h.Clock.Now().Add(-2000 * time.Hour)
		rapid.Check(t, func(rt *rapid.T) {
			start = start.Add(time.Hour) // after the facts of the runs before
			n := rapid.IntRange(1, 7).Draw(rt, "events")
			type act struct {
				kind, data string
				at         time.Time
				role       string
			}
			acts := make([]act, n)
			for i := range acts {
				at := start.Add(time.Duration(rapid.IntRange(0, 50).Draw(rt, "minute")) * time.Minute).Add(time.Duration(i) * time.Millisecond)
				acts[i] = act{role: rapid.SampledFrom([]string{"captain", "lead"}).Draw(rt, "phone"), at: at}
				if rapid.Bool().Draw(rt, "talk") {
					acts[i].kind = "conversation"
					acts[i].data = fmt.Sprintf(`"channel":"call","outcome":%q`, rapid.SampledFrom(organize.Outcomes).Draw(rt, "outcome"))
				} else {
					acts[i].kind = "assessment"
					acts[i].data = fmt.Sprintf(`"value":%d,"basis":"said"`, rapid.IntRange(1, 5).Draw(rt, "value"))
				}
			}
			order := rapid.Permutation(append(seq(n), seq(n)...)).Draw(rt, "order") // each twice
			for i, person := range people {
				events := make([]offline.Sent, n)
				for j, a := range acts {
					events[j] = phoneEvent(a.kind, fmt.Sprintf(`{"person":%q,%s}`, person, a.data), a.at)
				}
				for _, part := range slices.Collect(slices.Chunk([][]int{seq(n), order}[i], 3)) { // what a phone has when there is a signal
					for _, role := range []string{"captain", "lead"} {
						var batch []offline.Sent
						for _, j := range part {
							if acts[j].role == role {
								batch = append(batch, events[j])
							}
						}
						if a := synced(t, h, role, batch...); len(a.Done) != len(batch) {
							rt.Fatalf("%+v", a)
						}
					}
				}
			}
			all := mine(t, h, "captain")
			a, b := all["Ingrid Dahl"], all["Peter Dahl"]
			a.ID, a.Given, a.Job, a.Phone = b.ID, b.Given, b.Job, b.Phone
			if diff := cmp.Diff(a, b); diff != "" {
				rt.Fatalf("in order, and in another (-in order +other):\n%s", diff)
			}
		})
		talks, ledger := rowsOf(t, h, "conversation")+rowsOf(t, h, "assessment"), rowsOf(t, h, "sync_event")
		if talks != ledger {
			t.Errorf("%d facts, %d events", talks, ledger)
		}
	})
}

func seq(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// BenchmarkSync is the sending of 50 talks at once: the goal is 300 ms of the server's time.
func BenchmarkSync(b *testing.B) {
	h := apptest.New(b)
	ingrid := h.Person["Ingrid Dahl"]
	for b.Loop() {
		b.StopTimer()
		events := make([]offline.Sent, 50)
		for i := range events {
			events[i] = phoneTalk(ingrid, "a note of some length about what was said in the hall", "shared", h.Clock.Now())
		}
		b.StartTimer()
		if a := synced(b, h, "captain", events...); len(a.Done) != 50 {
			b.Fatalf("%+v", a)
		}
	}
}

// Structure tests and signed paper are answered from the phone, with or without a signal, with or without scripts.
func TestACaptainTicksHerPeopleOffFromHerPhone(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		ingrid, now := h.Person["Ingrid Dahl"], h.Clock.Now()
		drive(t, h)
		button, other := sticker(t, h, nil), sticker(t, h, func(x *organize.Test) { x.Name = "Petition day" })
		sticker(t, h, func(x *organize.Test) { x.Name, x.Kind = "Pledge test", "pledge" })
		var d struct {
			Tests []organize.OpenTest
			Words int
		}
		h.Get("captain", "/my/data", "application/json").JSON(t, &d)
		if len(d.Tests) != 2 || d.Words != 1 {
			t.Fatalf("she may answer %+v, words %d", d.Tests, d.Words)
		}
		tick := phoneEvent("participation", fmt.Sprintf(`{"person":%q,"test":%q,"state":"yes","evidence":"captain"}`, ingrid, button), now)
		for range 2 {
			if a := synced(t, h, "captain", tick); len(a.Done) != 1 {
				t.Fatalf("%+v", a)
			}
		}
		if p := mine(t, h, "captain")["Ingrid Dahl"]; p.Took[button] != organize.Yes || len(p.Took) != 1 {
			t.Errorf("she took part in %v", p.Took)
		}
		if page := h.Get("captain", "/my/"+ingrid, "").Body; !strings.Contains(page, `value="`+button+`" checked`) || !strings.Contains(page, "Took part: Sticker day") {
			t.Errorf("the page without scripts does not know of it:\n%.3000s", page)
		}
		a := h.Post("captain", "/my/"+ingrid, url.Values{"took": {other}, "was": {button}, "pledge": {"private"}})
		if a.Status != http.StatusSeeOther {
			t.Fatalf("%d: %.500s", a.Status, a.Body)
		}
		p := mine(t, h, "captain")["Ingrid Dahl"]
		if diff := cmp.Diff(map[string]organize.Answer{other: organize.Yes}, p.Took); diff != "" || p.Pledge != organize.PledgePrivate {
			t.Errorf("pledge %q, took part (-want +got)\n%s", p.Pledge, diff)
		}
		paper := phoneEvent("pledge", fmt.Sprintf(`{"person":%q,"state":"public","text_version":1}`, h.Person["Peter Dahl"]), now)
		b := synced(t, h, "captain", paper, phoneEvent("retract", fmt.Sprintf(`{"fact":%q}`, paper.ID), now.Add(time.Second)))
		if len(b.Done) != 1 || len(b.Refused) != 1 || b.Refused[0].Key != "organize.pledge.hers" {
			t.Errorf("a pledge that is there is hers alone to take back: %+v", b)
		}
		if page := h.Get("captain", "/my/"+ingrid, "").Body; !strings.Contains(page, "data-paper hidden") {
			t.Error("paper of somebody who has pledged is asked for")
		}
	})
}

// B07.1: an open test is one row of yes buttons over the list: for whom it counts, with what a yes rests on.
func TestAnOpenTestIsARowOfYesButtonsForThoseWhomItCounts(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		omar, ingrid, now := h.Person["Omar Farah"], h.Person["Ingrid Dahl"], h.Clock.Now()
		rosa := h.Person["Rosa Almquist"]
		if err := errors.Join(h.Organize.Mark(h.As("lead"), rosa, "captain"), h.Organize.Lead(h.As("lead"), rosa, []string{omar})); err != nil { // of Blaine, in her turf now
			t.Fatal(err)
		}
		unit := sticker(t, h, nil)
		site := sticker(t, h, func(x *organize.Test) { x.Name, x.Scope, x.ScopeID = "Hastings day", auth.Site, h.Site["0901"] })
		west := sticker(t, h, func(x *organize.Test) { x.Name, x.Scope, x.ScopeID = "Western day", auth.Region, "West" })
		strict := sticker(t, h, func(x *organize.Test) { x.Name, x.Kind, x.Verified = "Petition day", "petition", true })
		open := func(role string) map[string]organize.OpenTest {
			var d struct{ Tests []organize.OpenTest }
			h.Get(role, "/my/data", "application/json").JSON(t, &d)
			out := map[string]organize.OpenTest{}
			for _, x := range d.Tests {
				out[x.ID] = x
			}
			return out
		}
		all := open("captain")
		if u := all[unit]; u.Name != "Sticker day" || u.Question != "Wore the sticker" || u.Closes != now.Add(48*time.Hour).UnixMilli() ||
			u.Evidence != organize.ByCaptain || u.Weak || u.Of != nil {
			t.Errorf("the unit's test is %+v", u)
		}
		if u := all[strict]; u.Evidence != organize.ByCaptain || !u.Weak {
			t.Errorf("a test that counts what is verified is %+v", u)
		}
		if of := all[site].Of; len(of) != 5 || slices.Contains(of, omar) {
			t.Errorf("the worksite's test counts %v", of)
		}
		if _, ok := all[west]; ok {
			t.Error("a test that counts none of hers is asked")
		}
		rows := func(test string) string { // the page without scripts
			page := h.Get("captain", "/my", "").Body
			_, page, _ = strings.Cut(page, `data-test="`+test+`"`)
			page, _, _ = strings.Cut(page, "</details>")
			return page
		}
		if page := rows(unit); strings.Count(page, "data-ask=") != 6 || strings.Count(page, `aria-pressed="false"`) != 6 || !strings.Contains(page, "0 of 6 yes") {
			t.Errorf("the unit's test is drawn as\n%.2000s", page)
		}
		if page := rows(site); strings.Contains(page, omar) || strings.Count(page, "data-ask=") != 5 {
			t.Errorf("the worksite's test is asked of others:\n%.2000s", page)
		}
		if page := h.Get("captain", "/my/"+omar, "").Body; strings.Contains(page, "Hastings day") || !strings.Contains(page, "Sticker day") {
			t.Error("on her page she is asked what the test does not count")
		}

		yes := url.Values{"took": {unit}, "evidence." + unit: {"captain"}} // a tap without scripts
		if a := h.Post("captain", "/my/"+ingrid, yes); a.Status != http.StatusSeeOther {
			t.Fatalf("%d %.300s", a.Status, a.Body)
		}
		if page := rows(unit); strings.Count(page, `aria-pressed="true"`) != 1 || !strings.Contains(page, "1 of 6 yes") {
			t.Errorf("a yes is drawn as\n%.2000s", page)
		}
		if a := h.Post("captain", "/my/"+ingrid, url.Values{"took": {strict}, "evidence." + strict: {"signature"}}); a.Status != http.StatusForbidden {
			t.Errorf("a captain says that she verified a signature: %d", a.Status)
		}
		signed := fmt.Sprintf(`{"person":%q,"test":%q,"state":"yes","evidence":"signature"}`, ingrid, strict)
		if a := synced(t, h, "lead", phoneEvent("participation", signed, now)); len(a.Done) != 1 {
			t.Fatalf("%+v", a)
		}
		if p := mine(t, h, "captain")["Ingrid Dahl"]; !slices.Equal(p.Sure, []string{strict}) {
			t.Errorf("not hers to take back: %v", p.Sure)
		}
		if page := rows(strict); strings.Count(page, "<form ") != 6 || strings.Count(page, `data-f="form" hidden`) != 1 || !strings.Contains(page, "confirmed") {
			t.Errorf("what somebody verified is drawn as\n%.3000s", page)
		}
		if a := h.Post("captain", "/my/"+ingrid, url.Values{"outcome": {"no_answer"}, "channel": {"call"}, "visibility": {"private"}, "talk_id": {uuid.Must(uuid.NewV7()).String()}, "was": {unit}, "took": {unit}}); a.Status != http.StatusSeeOther {
			t.Fatalf("%d %.300s", a.Status, a.Body)
		}
		if p := mine(t, h, "captain")["Ingrid Dahl"]; p.Took[strict] != organize.Yes || p.Took[unit] != organize.Yes {
			t.Errorf("the form took back %v", p.Took)
		}
	})
}
