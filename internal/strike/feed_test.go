// SPDX-License-Identifier: Apache-2.0

package strike

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/calendar"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/db/dbtest"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/internal/roster"
)

// desk is the room alone on a fresh database, with two clinics and a committee member.
type desk struct {
	feeds
	ctx     context.Context
	clock   *dbtest.Clock
	account string
	sites   []string
}

func newDesk(t *testing.T, d *db.DB, clock *dbtest.Clock) *desk {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	clock.Set(time.Date(2025, 9, 1, 15, 0, 0, 0, time.UTC))
	log := audit.NewLog(d)
	t.Cleanup(func() { must(log.Close()) })
	texts, err := i18n.New(i18n.Text, Text)
	must(err)
	out := &desk{feeds: feeds{Store: NewStore(d, log), texts: texts}, clock: clock}
	must(db.Do(t.Context(), d, func(tx *db.Tx) (err error) {
		out.account, err = auth.AddAccount(t.Context(), tx, auth.Account{Display: "Committee", Email: "committee@post.example.org"})
		return errors.Join(err, db.PutSetting(t.Context(), tx, "campaign.zone", "America/Chicago"))
	}))
	out.ctx = auth.As(t.Context(), &auth.Identity{Account: out.account, Grants: []auth.Grant{{Role: "strike_committee", Scope: auth.Unit}}})
	rooms := roster.NewStore(d, log)
	t.Cleanup(func() { must(rooms.Close()) })
	employer, _, err := rooms.AddEmployer(t.Context(), roster.Employer{Name: "Example Health"}, roster.UnitInfo{Name: "Clinicians", CertifiedN: 600})
	must(err)
	sites := []roster.Worksite{{Code: "0901", Town: "Hastings"}, {Code: "0308", Town: "Blaine"}}
	for i := range sites {
		s := &sites[i]
		s.EmployerID, s.Name, s.Zone, s.Kind, s.Status, s.State, s.Region = employer, s.Town+" Clinic", "America/Chicago", "clinic", roster.Open, "MN", "East"
	}
	must(rooms.AddWorksites(t.Context(), sites))
	for _, s := range sites {
		out.sites = append(out.sites, s.ID)
	}
	return out
}

// planned makes a strike and plans it.
func (d *desk) planned(t *testing.T, start string) string {
	t.Helper()
	id, err := d.Make(d.ctx, d.wish(t, start))
	if err == nil {
		err = d.Take(d.ctx, id, Plan, 1)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Answer(d.ctx, id, 2, map[string]string{
		"employer.ownership": "private", "employer.nlra": "covered", "employer.kind": "health_system", "bargaining.kind": "initial", "action.purpose": "bargaining",
	}); err != nil {
		t.Fatal(err)
	}
	return id
}

func (d *desk) wish(t *testing.T, start string) Wish {
	t.Helper()
	return Wish{Kind: Strike, Title: "One day", Starts: onPaper(t, start), Ends: onPaper(t, "2025-11-07T07:00[America/Chicago]"), Sites: d.sites}
}

func (d *desk) read(t *testing.T, locale string, reads bool, only string) []calendar.Event {
	t.Helper()
	events, err := d.events(d.ctx, d.texts.For(locale), reads, only)
	if err != nil {
		t.Fatal(err)
	}
	return events
}

func TestAFeedHasTheCarefulDaysAndTheLenientOnes(t *testing.T) {
	t.Parallel()

	dbtest.EachTimed(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		k := newDesk(t, d, clock)
		id := k.planned(t, "2025-11-05T07:00[America/Chicago]")
		type seen struct {
			UID, Start, Summary, Location string
			AllDay, Cancelled             bool
			Seq                           int
		}
		var got []seen
		for _, e := range k.read(t, "en", true, "") {
			got = append(got, seen{e.UID, e.Start.UTC().Format("2006-01-02T15:04"), e.Summary, e.Location, e.AllDay, e.Cancelled, e.Seq})
			want := map[string]string{"ten_day": "Last day that passes at all: Sun 26 Oct 2025", "dispute": "Last day that passes at all: Wed 24 Sep 2025", "start": "Not legal advice"}
			_, step, _ := strings.Cut(strings.TrimSuffix(e.UID, "@tenday"), ".")
			if !strings.Contains(e.Description, want[step]) || e.Class != "" {
				t.Errorf("%s: class %q, %s", e.UID, e.Class, e.Description)
			}
		}
		want := []seen{
			{id + ".ten_day@tenday", "2025-10-24T00:00", "The ten-day notice must have arrived", "", true, false, 0},
			{id + ".dispute@tenday", "2025-09-23T00:00", "The notice of dispute must have arrived", "", true, false, 0},
			{id + ".start@tenday", "2025-11-05T13:00", "Strike: Wed 5 Nov 2025, 7:00\u00a0a.m. CST", "Blaine, Hastings", false, false, 0},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if members := k.read(t, "en", false, ""); len(members) > 0 {
			t.Errorf("a plan is nobody's business yet: %v", members)
		}
		if _, err := k.events(k.ctx, k.texts.For("en"), false, id); fault.CodeOf(err) != fault.Missing {
			t.Errorf("the file of a plan: %v", err)
		}
	})
}

func TestASequenceRisesWithTheFactsAndWithNothingElse(t *testing.T) {
	t.Parallel()

	dbtest.EachTimed(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		k := newDesk(t, d, clock)
		id := k.planned(t, "2025-11-05T07:00[America/Chicago]")
		write := func(events []calendar.Event) []byte {
			var b bytes.Buffer
			if err := calendar.Write(&b, "x", events); err != nil {
				t.Fatal(err)
			}
			return b.Bytes()
		}
		seqs := func(events []calendar.Event) (all []int) {
			for _, e := range events {
				all = append(all, e.Seq)
			}
			return all
		}
		first := write(k.read(t, "en", true, ""))
		clock.Advance(time.Hour)
		k.read(t, "es", true, "")
		if again := write(k.read(t, "en", true, "")); !bytes.Equal(first, again) {
			t.Errorf("nothing changed, and the bytes did:\n%s", cmp.Diff(string(first), string(again)))
		}
		if err := k.Change(k.ctx, id, 3, k.wish(t, "2025-11-06T07:00[America/Chicago]")); err != nil {
			t.Fatal(err)
		}
		moved := k.read(t, "en", true, "")
		if diff := cmp.Diff([]int{1, 1, 1}, seqs(moved)); diff != "" {
			t.Errorf("after a change (-want +got):\n%s", diff)
		}
		if !moved[0].Stamp.Equal(clock.Now()) || moved[0].Start.Format(time.DateOnly) != "2025-10-24" || moved[2].Start.UTC().Day() != 6 {
			t.Errorf("stamp %v, deadline %v, start %v", moved[0].Stamp, moved[0].Start, moved[2].Start)
		}
		clock.Set(time.Date(2025, 10, 25, 15, 0, 0, 0, time.UTC)) // the careful day is past, the lenient one is not
		late := k.read(t, "en", true, "")
		i := slices.IndexFunc(late, func(e calendar.Event) bool { return e.UID == id+".ten_day@tenday" })
		if i < 0 || late[i].Start.Format(time.DateOnly) != "2025-10-27" || late[i].Seq != 2 {
			t.Errorf("late: %+v", late)
		}
	})
}

func TestAnAddressWorksUntilItIsTakenBack(t *testing.T) {
	t.Parallel()

	dbtest.EachTimed(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		k := newDesk(t, d, clock)
		made := func() string {
			token, err := k.make(k.ctx)
			if err != nil {
				t.Fatal(err)
			}
			return token
		}
		works := func(token string) bool {
			account, _, err := k.owner(t.Context(), token)
			if err != nil && fault.CodeOf(err) != fault.Missing {
				t.Fatal(err)
			}
			return account == k.account
		}
		one := made()
		a, err := k.address(t.Context(), k.account)
		if err != nil || !a.Made.Equal(clock.Now()) || !a.Read.IsZero() {
			t.Errorf("%+v, %v", a, err)
		}
		if !works(one) || works("") || works(one+"x") {
			t.Error("the token, and it alone, opens the calendar")
		}
		if a, err := k.address(t.Context(), k.account); err != nil || !a.Read.Equal(clock.Now()) {
			t.Errorf("%+v, %v", a, err)
		}
		two := made()
		if works(one) || !works(two) {
			t.Error("a new address ends the one before")
		}
		for _, token := range []string{one, two} {
			n, err := db.InRead(t.Context(), d, func(tx *db.Tx) (n int, err error) {
				return n, tx.Row(t.Context(), `SELECT COUNT(*) FROM calendar_feed WHERE id = $1 OR token_sha256 = $2`, token, token).Scan(&n)
			})
			if err != nil || n > 0 {
				t.Errorf("the token is kept as it is (%v)", err)
			}
		}
		set := func(query string) {
			if err := db.Do(t.Context(), d, func(tx *db.Tx) error {
				_, err := tx.Exec(t.Context(), query, k.account)
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		set(`UPDATE account SET suspended_at = 1 WHERE id = $1`)
		if works(two) {
			t.Error("a suspended account reads no calendar")
		}
		set(`UPDATE account SET suspended_at = 0 WHERE id = $1`)
		if err := errors.Join(k.revoke(k.ctx), k.revoke(k.ctx)); err != nil || works(two) {
			t.Errorf("an address that was taken back works (%v)", err)
		}
	})
}

func TestMembersSeeWhatIsAnnouncedAndWhenItIsOff(t *testing.T) {
	t.Parallel()

	texts, err := i18n.New(i18n.Text, Text)
	if err != nil {
		t.Fatal(err)
	}
	starts := onPaper(t, "2025-11-05T07:00[America/Chicago]")
	began := onPaper(t, "2025-11-05T07:00[America/Chicago]")
	over := onPaper(t, "2025-11-05T15:00[America/Chicago]")
	of := func(state State, change func(*Action)) *Action {
		a := &Action{ID: string(state), Kind: Rally, Title: "x", State: state, Starts: starts, FactsVersion: 3, Announced: true}
		if change != nil {
			change(a)
		}
		return a
	}
	b := &book{actions: []*Action{
		of(Draft, nil), of(Planned, func(a *Action) { a.Announced = false }), of(Noticed, nil), of(CalledOff, nil),
		of(Suspended, func(a *Action) { a.Began, a.Over = began, over }),
	}}
	all, err := b.entries(texts.For("es"), false, "")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, e := range all {
		got[e.UID] = e.Summary
		if e.Cancelled {
			got[e.UID] = "off"
		}
		if !e.End.IsZero() {
			got[e.UID] += " until " + e.End.Format("15:04")
		}
	}
	want := map[string]string{
		"noticed.start@tenday": "Mitin: mié 5 nov 2025, 7:00\u00a0a.\u00a0m. CST", "called_off.start@tenday": "off",
		"suspended.start@tenday": "Mitin: mié 5 nov 2025, 7:00\u00a0a.\u00a0m. CST until 15:00",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
