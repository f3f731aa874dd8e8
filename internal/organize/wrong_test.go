// SPDX-License-Identifier: Apache-2.0

package organize_test

import (
	"database/sql"
	"fmt"
	"maps"
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
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/offline"
	"github.com/tenday/tenday/internal/organize"
	"github.com/tenday/tenday/internal/roster"
)

const homePhone = "+16515550177"

// couple gives each of people the same home phone, marked as shared.
func couple(t testing.TB, h *apptest.House, people ...string) {
	t.Helper()
	for i, name := range people {
		form := url.Values{"kind": {"phone"}, "value": {homePhone}}
		if i > 0 {
			form.Set("shared", "yes")
		}
		if err := h.Roster.Edit(h.As("data_lead"), h.Person[name], "contact", form); err != nil {
			t.Fatal(err)
		}
		old := contacts(t, h, name)
		for id, c := range old {
			if c.number != homePhone { // the only one that is left
				if err := h.Roster.Edit(h.As("data_lead"), h.Person[name], "contact-remove", url.Values{"contact": {id}}); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

type contact struct{ number, status string }

// contacts are the phones of somebody, by id.
func contacts(t testing.TB, h *apptest.House, name string) map[string]contact {
	t.Helper()
	out := map[string]contact{}
	err := db.Do(t.Context(), h.DB, func(tx *db.Tx) error {
		return tx.Rows(t.Context(), `SELECT id, value, status FROM contact_point WHERE kind = 'phone' AND removed_at = 0 AND person_id = $1 ORDER BY id`,
			[]any{h.Person[name]}, func(r *sql.Rows) error {
				var id string
				var c contact
				err := r.Scan(&id, &c.number, &c.status)
				out[id] = c
				return err
			})
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// standing says of each of people what the home phone is for her.
func standing(t testing.TB, h *apptest.House, people ...string) string {
	t.Helper()
	var out []string
	for _, name := range people {
		for _, id := range slices.Sorted(maps.Keys(contacts(t, h, name))) {
			if c := contacts(t, h, name)[id]; c.number == homePhone {
				out = append(out, c.status)
			}
		}
	}
	return strings.Join(out, " ")
}

func wrongNumber(person, whose string, at time.Time) offline.Sent {
	return phoneEvent("conversation", fmt.Sprintf(`{"person":%q,"channel":"call","outcome":"wrong_number","number":%q,"whose":%q}`, person, homePhone, whose), at)
}

// B04.6: a couple with one home phone; a wrong-number result on it asks which of the two.
func TestAWrongNumberOnAPhoneOfTwoIsWrongForTheOneItIsSaidOf(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		whose string // a name, or one of the roster's words
		want  string // what the phone is for Ingrid, who was called, and for Peter
	}{
		"hers":         {"Ingrid Dahl", "unverified wrong"},
		"his":          {"Peter Dahl", "wrong unverified"},
		"nobody's":     {roster.NobodysNumber, "wrong wrong"},
		"not asked":    {"", "wrong unverified"},
		"a stranger's": {"Blair Onlyblaine", "wrong unverified"}, // who has nothing to do with it: as if not asked
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			apptest.Each(t, func(t *testing.T, h *apptest.House) {
				couple(t, h, "Ingrid Dahl", "Peter Dahl")
				ingrid, peter := h.Person["Ingrid Dahl"], h.Person["Peter Dahl"]
				all := mine(t, h, "captain")
				if diff := cmp.Diff([]roster.Sharer{{ID: peter, Name: "Peter Dahl"}}, all["Ingrid Dahl"].Shared); diff != "" {
					t.Fatalf("her phone asks about (-want +got)\n%s", diff)
				}
				whose := c.whose
				if id := h.Person[whose]; id != "" {
					whose = id
				}
				e := wrongNumber(ingrid, whose, h.Clock.Now())
				for range 2 { // sent twice
					if a := synced(t, h, "captain", e); len(a.Done) != 1 {
						t.Fatalf("%+v", a)
					}
				}
				if got := standing(t, h, "Ingrid Dahl", "Peter Dahl"); got != c.want {
					t.Errorf("the phone is %s for them, want %s", got, c.want)
				}
				all = mine(t, h, "captain")
				for i, name := range []string{"Ingrid Dahl", "Peter Dahl"} {
					want := ""
					if strings.Fields(c.want)[i] != "wrong" {
						want = homePhone
					}
					if p := all[name]; p.Phone != want || len(p.Shared) != 0 {
						t.Errorf("%s is called at %q, shared with %v", name, p.Phone, p.Shared)
					}
				}
				if a := synced(t, h, "captain", phoneEvent("retract", fmt.Sprintf(`{"fact":%q}`, e.ID), h.Clock.Now())); len(a.Done) != 1 {
					t.Fatalf("%+v", a)
				}
				if got := standing(t, h, "Ingrid Dahl", "Peter Dahl"); got != "unverified unverified" {
					t.Errorf("taken back, the phone is %s", got)
				}
				if p := mine(t, h, "captain")["Ingrid Dahl"]; p.Phone != homePhone || len(p.Shared) != 1 {
					t.Errorf("taken back, she is %+v", p)
				}
			})
		})
	}
}

// Outside the captain's reach nobody is named, changed, or told of.
func TestAPhoneSharedWithAStrangerNamesNobody(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		couple(t, h, "Ingrid Dahl", "Blair Onlyblaine", "Peter Dahl")
		ingrid, blair := h.Person["Ingrid Dahl"], h.Person["Blair Onlyblaine"]
		for _, path := range []string{"/my", "/my/data", "/my/" + ingrid} {
			body := h.Get("captain", path, "").Body
			if strings.Contains(body, blair) || strings.Contains(body, "Onlyblaine") {
				t.Errorf("%s names who shares the phone elsewhere", path)
			}
		}
		want := []roster.Sharer{{ID: h.Person["Peter Dahl"], Name: "Peter Dahl"}, {ID: roster.OthersNumber}}
		if diff := cmp.Diff(want, mine(t, h, "captain")["Ingrid Dahl"].Shared); diff != "" {
			t.Errorf("her phone asks about (-want +got)\n%s", diff)
		}
		if page := h.Get("captain", "/my/"+ingrid, "").Body; !strings.Contains(page, "Somebody else’s") || !strings.Contains(page, "Peter Dahl’s") {
			t.Error("the page without scripts does not ask")
		}
		for _, whose := range []string{ingrid, blair, roster.NobodysNumber, roster.OthersNumber} {
			if a := synced(t, h, "captain", wrongNumber(ingrid, whose, h.Clock.Now())); len(a.Done) != 1 {
				t.Fatalf("%+v", a)
			}
			if got := standing(t, h, "Blair Onlyblaine"); got != "unverified" {
				t.Errorf("%q: a captain of another clinic made it %s", whose, got)
			}
		}
		if got := standing(t, h, "Ingrid Dahl", "Peter Dahl"); got != "wrong wrong" {
			t.Errorf("for hers it is %s", got)
		}
	})
}

// Else a captain could put any number on file for one of hers and read off her phone whether it is somebody's on the roster.
func TestANumberThatACaptainPutOnFileHerselfTellsHerOfNobody(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		couple(t, h, "Blair Onlyblaine")
		ingrid := h.Person["Ingrid Dahl"]
		for id := range contacts(t, h, "Ingrid Dahl") {
			if err := h.Roster.Edit(h.As("captain"), ingrid, "contact-remove", url.Values{"contact": {id}}); err != nil {
				t.Fatal(err)
			}
		}
		if err := h.Roster.Edit(h.As("captain"), ingrid, "contact", url.Values{"kind": {"phone"}, "value": {homePhone}}); err != nil {
			t.Fatal(err)
		}
		if err := h.Roster.FindPairs(h.As("data_lead")); err != nil { // marks it, on both
			t.Fatal(err)
		}
		if p := mine(t, h, "captain")["Ingrid Dahl"]; p.Phone != homePhone || len(p.Shared) != 0 {
			t.Errorf("she is told %+v", p.Shared)
		}
		if p := mine(t, h, "lead"); len(p) != 0 {
			t.Errorf("%d people are the lead's", len(p))
		}
	})
}

func TestWhatIsSaidOfANumberAfterTheCallStands(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		couple(t, h, "Ingrid Dahl", "Peter Dahl")
		ingrid, called := h.Person["Ingrid Dahl"], h.Clock.Now()
		h.Clock.Advance(time.Hour)
		for id := range contacts(t, h, "Ingrid Dahl") { // she answered somebody else since
			if err := h.Roster.Edit(h.As("lead"), ingrid, "contact-mark", url.Values{"contact": {id}, "status": {"ok"}}); err != nil {
				t.Fatal(err)
			}
		}
		h.Clock.Advance(time.Hour)
		late := wrongNumber(ingrid, roster.NobodysNumber, called)
		b := offline.Batch{Now: h.Clock.Now().UnixMilli(), Events: []offline.Sent{late}}
		if a, err := h.Offline.Sync(h.As("captain"), b); err != nil || len(a.Done) != 1 {
			t.Fatalf("%+v, %v", a, err)
		}
		if got := standing(t, h, "Ingrid Dahl", "Peter Dahl"); got != "ok wrong" {
			t.Errorf("the phone is %s, want ok for her, who was reached since, and wrong for him", got)
		}
		if p := mine(t, h, "captain")["Ingrid Dahl"]; p.Outcome != organize.WrongNumber {
			t.Errorf("the call is lost: %+v", p)
		}
		early := wrongNumber(ingrid, "", h.Clock.Now())
		synced(t, h, "captain", phoneEvent("retract", fmt.Sprintf(`{"fact":%q}`, early.ID), h.Clock.Now()))
		if a := synced(t, h, "captain", early); len(a.Done) != 1 {
			t.Fatalf("%+v", a)
		}
		if got := standing(t, h, "Ingrid Dahl"); got != "ok" {
			t.Errorf("taken back before it came, it made the phone %s", got)
		}
	})
}

func TestANumberThatIsPutOnFileAnewAfterTheCallStands(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		couple(t, h, "Ingrid Dahl", "Peter Dahl")
		called := h.Clock.Now()
		h.Clock.Advance(time.Hour)
		for id := range contacts(t, h, "Ingrid Dahl") {
			for _, act := range []url.Values{{"contact": {id}}, {"kind": {"phone"}, "value": {homePhone}, "shared": {"yes"}}} {
				what := "contact"
				if act.Has("contact") {
					what = "contact-remove"
				}
				if err := h.Roster.Edit(h.As("data_lead"), h.Person["Ingrid Dahl"], what, act); err != nil {
					t.Fatal(err)
				}
			}
		}
		if a := synced(t, h, "captain", wrongNumber(h.Person["Ingrid Dahl"], roster.NobodysNumber, called)); len(a.Done) != 1 {
			t.Fatalf("%+v", a)
		}
		if got := standing(t, h, "Ingrid Dahl", "Peter Dahl"); got != "unverified wrong" {
			t.Errorf("the phone is %s", got)
		}
	})
}

// Calls, and calls taken back, in any order and each twice: the number comes to the same.
func TestTheOrderOfWrongNumbersDoesNotMatter(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		couple(t, h, "Ingrid Dahl", "Peter Dahl")
		people := []string{h.Person["Ingrid Dahl"], h.Person["Peter Dahl"]}
		now := h.Clock.Now()
		rapid.Check(t, func(rt *rapid.T) {
			n := rapid.IntRange(1, 4).Draw(rt, "calls")
			var all, back []offline.Sent
			wrong := map[string]bool{}
			for range n {
				called := rapid.SampledFrom(people).Draw(rt, "called")
				whose := rapid.SampledFrom(append([]string{"", roster.NobodysNumber}, people...)).Draw(rt, "whose")
				e := wrongNumber(called, whose, now)
				all = append(all, e)
				undo := phoneEvent("retract", fmt.Sprintf(`{"fact":%q}`, e.ID), now)
				back = append(back, undo)
				if rapid.Bool().Draw(rt, "taken back") {
					all = append(all, undo)
					continue
				}
				for _, p := range people {
					if p == called && whose != p || p != called && whose != "" && whose != p {
						wrong[p] = true
					}
				}
			}
			order := rapid.Permutation(append(seq(len(all)), seq(len(all))...)).Draw(rt, "order")
			for _, i := range order {
				if a := synced(t, h, "captain", all[i]); len(a.Done) != 1 {
					rt.Fatalf("%+v", a)
				}
			}
			want := []string{"unverified", "unverified"}
			for i, p := range people {
				if wrong[p] {
					want[i] = "wrong"
				}
			}
			if got := standing(t, h, "Ingrid Dahl", "Peter Dahl"); got != strings.Join(want, " ") {
				rt.Fatalf("the phone is %s, want %v", got, want)
			}
			synced(t, h, "captain", back...)
			if got := standing(t, h, "Ingrid Dahl", "Peter Dahl"); got != "unverified unverified" {
				rt.Fatalf("all taken back, the phone is %s", got)
			}
		})
	})
}

func TestTheFormWithoutScriptsAsksWhoseANumberIs(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		couple(t, h, "Ingrid Dahl", "Peter Dahl")
		ingrid, peter := h.Person["Ingrid Dahl"], h.Person["Peter Dahl"]
		if page := h.Get("captain", "/my/"+h.Person["Mohamed Ali"], "").Body; !strings.Contains(page, "data-whose hidden") {
			t.Error("it is asked of a phone of one")
		}
		form := url.Values{
			"talk_id": {uuid.Must(uuid.NewV7()).String()}, "outcome": {"wrong_number"}, "channel": {"call"}, "number": {homePhone}, "whose": {peter}, "visibility": {"private"},
		}
		for range 2 {
			if a := h.Post("captain", "/my/"+ingrid, form); a.Status != http.StatusSeeOther {
				t.Fatalf("%d %.300s", a.Status, a.Body)
			}
		}
		if got := standing(t, h, "Ingrid Dahl", "Peter Dahl"); got != "wrong unverified" {
			t.Errorf("the phone is %s", got)
		}
		for field, value := range map[string]string{"number": "0", "whose": "x' OR 1"} {
			bad := maps.Clone(form)
			bad.Set("talk_id", uuid.Must(uuid.NewV7()).String())
			bad.Set(field, value)
			if a := h.Post("captain", "/my/"+ingrid, bad); a.Status != http.StatusUnprocessableEntity {
				t.Errorf("%s %q: %d", field, value, a.Status)
			}
		}
		if a := synced(t, h, "member", wrongNumber(ingrid, roster.NobodysNumber, h.Clock.Now())); len(a.Refused) != 1 {
			t.Errorf("a member says of it %+v", a)
		}
	})
}
