// SPDX-License-Identifier: Apache-2.0

package organize_test

import (
	"context"
	"errors"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tenday/tenday/internal/app/apptest"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/mail"
	"github.com/tenday/tenday/internal/organize"
	"github.com/tenday/tenday/internal/roster"
)

// post keeps what is mailed.
type post struct {
	mu  sync.Mutex
	all []mail.Message
}

func (p *post) Send(_ context.Context, m mail.Message) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all = append(p.all, m)
	return nil
}

var linkIn = regexp.MustCompile(`/reply/[A-Z0-9]+`)

// last returns the path of the link mailed last, and to whom.
func (p *post) last(t testing.TB, h *apptest.House) (to, path string) {
	t.Helper()
	if _, err := h.Jobs.RunDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.all) == 0 {
		return "", ""
	}
	m := p.all[len(p.all)-1]
	return m.To, linkIn.FindString(m.Text)
}

// drive writes the words of the pledge.
func drive(t testing.TB, h *apptest.House) *post {
	t.Helper()
	p := &post{}
	h.Organize.Mail = p
	if _, err := h.Organize.WritePledgeText(h.As("lead"), map[string]string{"en": "I will honor the line.", "es": "Respetaré la línea."}); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAMemberPledgesByALinkThatWorksOnce(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		box, ingrid := drive(t, h), h.Person["Ingrid Dahl"]
		test := sticker(t, h, func(x *organize.Test) { x.Kind, x.Name = "pledge", "Public pledge" })
		if n, err := h.Organize.SendLinks(h.As("captain"), []string{ingrid}, ""); err != nil || n != 1 {
			t.Fatalf("%d links, %v", n, err)
		}
		to, path := box.last(t, h)
		if to != "ingrid.dahl@mail.example.org" || path == "" {
			t.Fatalf("mailed to %q: %q", to, path)
		}
		for range 3 { // B09.4: a scanner looks
			a := h.Get("", path, "")
			for _, want := range []string{"I will honor the line.", "version 1", "Who sees what", "the employer sees it"} {
				if !strings.Contains(a.Body, want) {
					t.Fatalf("%d: the page lacks %q:\n%.3000s", a.Status, want, a.Body)
				}
			}
			if strings.Contains(a.Body, "Ingrid") {
				t.Error("the page names her")
			}
		}
		if c := current(t, h, ingrid); c.Pledge != organize.NoPledge {
			t.Errorf("looking made it %q", c.Pledge)
		}
		done := h.Post("", path, url.Values{"answer": {"public"}, "version": {"1"}})
		if done.Status != 303 {
			t.Fatalf("%d %.500s", done.Status, done.Body)
		}
		c := current(t, h, ingrid)
		if c.Pledge != organize.PledgePublic || c.PledgeDay.String() != "2025-10-31" {
			t.Errorf("pledge %q of %v", c.Pledge, c.PledgeDay)
		}
		var v struct{ All organize.Tally }
		h.Get("lead", "/tests/"+test, "application/json").JSON(t, &v)
		if v.All.Yes != 1 || v.All.Verified != 1 {
			t.Errorf("her pledge speaks for her in the open test: %+v", v.All)
		}
		if p := h.Get("member", "/pledges/public", "").Body; strings.Contains(p, "Ingrid Dahl") {
			t.Error("the public list tells in which hour she pledged")
		}
		for _, a := range []apptest.Answer{h.Get("", path, ""), h.Post("", path, url.Values{"answer": {"private"}, "version": {"1"}})} { // B09.3
			if a.Status != 404 || !strings.Contains(a.Body, "Ask for another link") || strings.Contains(a.Body, "Ingrid") {
				t.Errorf("the second time: %d %.300s", a.Status, a.Body)
			}
		}
		h.Clock.Advance(12 * time.Hour) // the next day; her own page works for minutes, so she asks for another
		if p := h.Get("member", "/pledges/public", "").Body; !strings.Contains(p, "Ingrid Dahl") {
			t.Error("the public list lacks her")
		}
		if _, err := h.Organize.SendLinks(h.As("captain"), []string{ingrid}, ""); err != nil {
			t.Fatal(err)
		}
		_, again := box.last(t, h)
		// B09.2: she withdraws, by that one.
		if a := h.Post("", again, url.Values{"answer": {"withdrawn"}, "version": {"1"}}); a.Status != 303 {
			t.Fatalf("withdraw: %d %.500s", a.Status, a.Body)
		}
		if p := h.Get("member", "/pledges/public", "").Body; strings.Contains(p, "Ingrid Dahl") {
			t.Error("the public list still names her")
		}
		h.Get("lead", "/tests/"+test, "application/json").JSON(t, &v)
		if c := current(t, h, ingrid); c.Pledge != organize.Withdrawn || v.All.Yes != 0 || v.All.No != 0 {
			t.Errorf("withdrawn as %q, counted as %+v", c.Pledge, v.All)
		}
		if err := send(t, h, "captain", "pledge", v7(), h.Clock.Now(), map[string]any{"person": ingrid, "state": "public", "text_version": 1}); fault.CodeOf(err) != fault.Conflict {
			t.Errorf("her captain makes it public again: %v", err)
		}
	})
}

func TestALinkDiesAfterThreeDaysAndGoesToNoWorkAddress(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		box := drive(t, h)
		if a := h.Post("", "/reply", url.Values{"email": {"ingrid.dahl@clinic.example.org"}}); a.Status != 422 || !strings.Contains(a.Body, "belongs to the employer") { // B09.5
			t.Errorf("a work address: %d %.600s", a.Status, a.Body)
		}
		known := h.Post("", "/reply", url.Values{"email": {"Ingrid.Dahl@mail.example.org"}})
		if to, _ := box.last(t, h); to != "ingrid.dahl@mail.example.org" {
			t.Errorf("mailed to %q", to)
		}
		unknown := h.Post("", "/reply", url.Values{"email": {"nobody@mail.example.org"}})
		if known.Status != 303 || unknown.Status != 303 || known.Location != unknown.Location {
			t.Errorf("the answer tells who is on file: %v, %v", known, unknown)
		}
		_, path := box.last(t, h)
		h.Clock.Advance(71 * time.Hour)
		if a := h.Get("", path, ""); a.Status != 200 {
			t.Errorf("after 71 hours: %d", a.Status)
		}
		h.Clock.Advance(time.Hour)
		if a := h.Get("", path, ""); a.Status != 404 {
			t.Errorf("after 72 hours: %d", a.Status)
		}
		if n, err := h.Organize.SendLinks(h.As("captain"), []string{h.Person["Blair Onlyblaine"]}, ""); fault.CodeOf(err) != fault.Missing {
			t.Errorf("a captain writes to another's people: %d, %v", n, err)
		}
	})
}

func TestOneLinkIsUsedOnceByTwoWhoTapAtOnce(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		box := drive(t, h)
		if _, err := h.Organize.SendLinks(h.As("captain"), []string{h.Person["Ingrid Dahl"]}, ""); err != nil {
			t.Fatal(err)
		}
		_, path := box.last(t, h)
		code := strings.TrimPrefix(path, "/reply/")
		won := make(chan bool, 8)
		var wg sync.WaitGroup
		for range cap(won) {
			wg.Go(func() {
				_, err := h.Organize.Reply(t.Context(), code, "private", 1)
				if err != nil && fault.CodeOf(err) != fault.Missing {
					t.Error(err)
				}
				won <- err == nil
			})
		}
		wg.Wait()
		close(won)
		n := 0
		for ok := range won {
			if ok {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%d taps counted, want 1", n)
		}
	})
}

// B07.2: a member without an account says by her link that she took part.
func TestAMemberSaysByHerLinkThatSheTookPart(t *testing.T) {
	t.Parallel()

	h := apptest.New(t)
	box, test := drive(t, h), sticker(t, h, nil)
	if _, err := h.Organize.SendLinks(h.As("captain"), []string{h.Person["Peter Dahl"]}, test); err != nil {
		t.Fatal(err)
	}
	_, path := box.last(t, h)
	if a := h.Get("", path, ""); a.Status != 200 || !strings.Contains(a.Body, "Wore the sticker") {
		t.Fatalf("%d %.800s", a.Status, a.Body)
	}
	if a := h.Post("", path, url.Values{"answer": {"yes"}}); a.Status != 303 {
		t.Fatalf("%d %.500s", a.Status, a.Body)
	}
	var v struct{ All organize.Tally }
	h.Get("captain", "/tests/"+test, "application/json").JSON(t, &v)
	if v.All.Yes != 1 || v.All.Verified != 1 {
		t.Errorf("her captain sees %+v", v.All)
	}
}

// Her page promises that the time of day is shown to her and to nobody else.
func TestTheTimeOfAPledgeIsHersAlone(t *testing.T) {
	t.Parallel()

	h := apptest.New(t)
	drive(t, h)
	test := sticker(t, h, func(x *organize.Test) {
		x.Kind, x.Name, x.Closes = "pledge", "Pledge", h.Clock.Now().Add(200*time.Hour)
	})
	h.Clock.Advance(17 * time.Minute) // a minute that nothing else happens in
	at := h.Clock.Now().In(zone(t)).Format("3:04")
	ctx := h.As("member")
	if err := h.Organize.SetMyPledge(ctx, "public", 1); err != nil {
		t.Fatal(err)
	}
	h.Clock.Advance(49*time.Hour + 11*time.Minute)
	if p := h.Get("member", "/my-pledge", "").Body; !strings.Contains(p, at) || !strings.Contains(p, "to you and to nobody else") {
		t.Errorf("she does not read %s on her own page, or that nobody else does:\n%.3000s", at, p)
	}
	h.Organize.WritePledgeText(h.As("lead"), map[string]string{"en": "x"}) //nolint:errcheck // to see older words, too
	katherine := h.Person["Katherine Nguyen"]
	for _, role := range []string{"lead", "captain", "data_lead", "officer", "region reader", "press", "operator"} {
		for _, path := range []string{
			"/pledges", "/pledges?site=" + h.Site["0901"], "/pledges/public", "/chart", "/chart/print", "/chart/person/" + katherine, "/chart?view=sheet", "/my", "/my/" + katherine,
			"/board", "/coverage", "/coverage/people?why=none", "/tests", "/tests/" + test, "/tests/" + test + "/enter", "/people/" + katherine,
		} {
			for _, accept := range []string{"", "application/json"} {
				if a := h.Get(role, path, accept); strings.Contains(a.Body, at) {
					i := strings.Index(a.Body, at)
					t.Errorf("%s reads %s on %s: %q", role, at, path, a.Body[max(0, i-150):i+20])
				}
			}
		}
	}
	err := db.Do(t.Context(), h.DB, func(tx *db.Tx) error {
		var id string
		if err := tx.Row(t.Context(), `SELECT id FROM pledge`).Scan(&id); err != nil {
			return err
		}
		if u, err := uuid.Parse(id); err != nil || u.Version() != 4 {
			return errors.Join(err, errors.New("the id of a pledge tells its time"))
		}
		var n int
		if err := tx.Row(t.Context(), `SELECT COUNT(*) FROM participation WHERE by_account <> '' OR by_person <> '' OR device <> ''`).Scan(&n); err != nil || n > 0 {
			return errors.Join(err, errors.New("her answer to the test says from which account and device it came"))
		}
		if err := tx.Row(t.Context(), `SELECT COUNT(*) FROM audit_record WHERE verb = 'reply.give' AND (actor <> '' OR subjects <> '' OR device <> '')`).Scan(&n); err != nil || n > 0 {
			return errors.Join(err, errors.New("the audit tells when she pledged"))
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	for role, want := range map[string]int{"captain": 200, "lead": 200, "officer": 403, "press": 403, "member": 403} {
		if a := h.Get(role, "/pledges?site="+h.Site["0901"], ""); a.Status != want {
			t.Errorf("%s: %d, want %d", role, a.Status, want)
		}
	}
}

func zone(t testing.TB) *time.Location {
	t.Helper()
	z, err := time.LoadLocation("America/Chicago")
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// A thumb taps twice, or a page is sent again since no answer came: the second is told what the first was, and nothing more happens.
func TestASecondTapIsAnsweredLikeTheFirst(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		box, ingrid := drive(t, h), h.Person["Ingrid Dahl"]
		if _, err := h.Organize.SendLinks(h.As("captain"), []string{ingrid}, ""); err != nil {
			t.Fatal(err)
		}
		_, path := box.last(t, h)
		tap := func(answer string) apptest.Answer {
			return h.Post("", path, url.Values{"answer": {answer}, "version": {"1"}})
		}
		first := tap("public")
		h.Clock.Advance(2 * time.Second)
		second := tap("public")
		if first.Status != 303 || second.Status != 303 {
			t.Fatalf("%d, then %d: %.500s", first.Status, second.Status, second.Body)
		}
		for _, a := range []apptest.Answer{first, second} {
			if p := h.Get("", a.Location, ""); p.Status != 200 || !strings.Contains(p.Body, "You have pledged, publicly") {
				t.Errorf("%d %.300s", p.Status, p.Body)
			}
		}
		for _, other := range []string{"private", "withdrawn", "none", ""} {
			if a := tap(other); a.Status != 404 {
				t.Errorf("another answer, %q, by the same link: %d", other, a.Status)
			}
		}
		if a := h.Get("", path, ""); a.Status != 404 { // B09.3
			t.Errorf("opened a second time: %d", a.Status)
		}
		h.Clock.Advance(time.Minute)
		if a := tap("public"); a.Status != 404 {
			t.Errorf("a minute later: %d", a.Status)
		}
		rows, err := db.InRead(t.Context(), h.DB, func(tx *db.Tx) (n int, err error) {
			return n, tx.Row(t.Context(), `SELECT COUNT(*) FROM pledge`).Scan(&n)
		})
		if err != nil || rows != 1 {
			t.Errorf("%d pledges, %v", rows, err)
		}
	})
}

// The words change: whoever has the old ones open reads the new ones before she promises; who promised the old ones is not said to have
// promised the new ones, may take hers back from the page that she has open, and may promise anew.
func TestNobodyPledgesToWordsThatSheDidNotRead(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		box := drive(t, h)
		link := func(name string) string {
			t.Helper()
			if _, err := h.Organize.SendLinks(h.As("captain"), []string{h.Person[name]}, ""); err != nil {
				t.Fatal(err)
			}
			_, path := box.last(t, h)
			return path
		}
		for _, name := range []string{"Ingrid Dahl", "Katherine Nguyen", "Mohamed Ali"} {
			pledges(t, h, name, "public")
		}
		h.Clock.Advance(24 * time.Hour)
		peter, ingrid := link("Peter Dahl"), link("Ingrid Dahl")
		write := func() int {
			v, err := h.Organize.WritePledgeText(h.As("lead"), map[string]string{"en": "I will stay out for a week.", "es": "Una semana."})
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		if v, again := write(), write(); v != 2 || again != 2 {
			t.Errorf("the same words twice are versions %d and %d", v, again)
		}

		a := h.Post("", peter, url.Values{"answer": {"public"}, "version": {"1"}})
		if a.Status != 409 || !strings.Contains(a.Body, "I will stay out for a week.") || !strings.Contains(a.Body, "The words changed") || !strings.Contains(a.Body, `value="public"`) {
			t.Errorf("to words that changed: %d %.3000s", a.Status, a.Body)
		}
		if c := current(t, h, h.Person["Peter Dahl"]); c.Pledge != organize.NoPledge {
			t.Errorf("he stands as %q", c.Pledge)
		}
		if a := h.Post("", peter, url.Values{"answer": {"public"}, "version": {"2"}}); a.Status != 303 {
			t.Errorf("to the new ones, by the same link: %d", a.Status)
		}
		if a := h.Post("member", "/my-pledge", url.Values{"answer": {"private"}, "version": {"1"}}); a.Status != 409 || !strings.Contains(a.Body, "I will stay out for a week.") {
			t.Errorf("signed in: %d %.500s", a.Status, a.Body)
		}

		p := h.Get("", ingrid, "").Body
		for _, want := range []string{"You pledged to version 1 of the words", "I will honor the line.", "I will stay out for a week.", "I pledge, publicly", "I pledge, privately"} {
			if !strings.Contains(p, want) {
				t.Errorf("her page lacks %q:\n%.3000s", want, p)
			}
		}
		if list := h.Get("press", "/pledges/public", "").Body; strings.Contains(list, "I will stay out for a week.") || !strings.Contains(list, "I will honor the line.") {
			t.Errorf("three promised the old words, and the list says:\n%.3000s", list)
		}
		if a := h.Post("", ingrid, url.Values{"answer": {"withdrawn"}, "version": {"1"}}); a.Status != 303 {
			t.Errorf("she takes hers back from the page with the old words: %d %.500s", a.Status, a.Body)
		}
		if a := h.Post("member", "/my-pledge", url.Values{"answer": {"public"}, "version": {"2"}}); a.Status != 303 {
			t.Errorf("anew: %d", a.Status)
		}
		list := h.Get("press", "/pledges/public", "").Body
		if !strings.Contains(list, "I will stay out for a week.") || !strings.Contains(list, "I will honor the line.") {
			t.Errorf("one to each, and the list says:\n%.3000s", list)
		}
		if !strings.Contains(list, "Katherine Nguyen") {
			t.Error("who promises anew leaves the list for a day, which tells when she did")
		}
		if n := strings.Count(list, "· version 1 of the words"); n != 1 {
			t.Errorf("%d names stand under the older words, want one", n)
		}
		if p := h.Get("member", "/my-pledge", "").Body; strings.Contains(p, "I will honor the line.") {
			t.Error("who promised the new words is shown the old ones")
		}
	})
}

// Two records were merged by mistake. The pledge that came by a link to one's address is hers when they are taken apart.
func TestAPledgeByHerLinkStaysHersWhenAMergeIsUndone(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		box, katherine := drive(t, h), h.Person["Katherine Nguyen"]
		kate, pair := twin(t, h)
		if err := h.Roster.Merge(h.As("data_lead"), pair, roster.Merge{Keep: katherine}); err != nil {
			t.Fatal(err)
		}
		if err := h.Organize.AskLink(t.Context(), "kate@post.example.org"); err != nil {
			t.Fatal(err)
		}
		to, path := box.last(t, h)
		if to != "kate@post.example.org" {
			t.Fatalf("mailed to %q", to)
		}
		a := h.Post("", path, url.Values{"answer": {"private"}, "version": {"1"}})
		if a.Status != 303 || current(t, h, katherine).Pledge != organize.PledgePrivate {
			t.Fatalf("%d: as one they are %+v", a.Status, current(t, h, katherine))
		}
		next, _, _ := strings.Cut(a.Location, "?")
		if a := h.Post("", next, url.Values{"answer": {"public"}, "version": {"1"}}); a.Status != 303 {
			t.Fatalf("%d", a.Status)
		}
		if err := h.Roster.Unmerge(h.As("data_lead"), pair, nil); err != nil {
			t.Fatal(err)
		}
		if k, n := current(t, h, kate).Pledge, current(t, h, katherine).Pledge; k != organize.PledgePublic || n != organize.NoPledge {
			t.Errorf("apart, Kate is %q and Katherine %q", k, n)
		}
	})
}

func TestNoLinkIsMailedToWhoLeftTheUnit(t *testing.T) {
	t.Parallel()

	h := apptest.New(t)
	box, ingrid := drive(t, h), h.Person["Ingrid Dahl"]
	if _, err := h.Organize.SendLinks(h.As("captain"), []string{ingrid}, ""); err != nil {
		t.Fatal(err)
	}
	if err := h.Roster.Edit(h.As("data_lead"), ingrid, "status", url.Values{"unit_status": {"out"}, "why": {"she left"}}); err != nil {
		t.Fatal(err)
	}
	if to, _ := box.last(t, h); to != "" {
		t.Errorf("one was mailed to %s", to)
	}
}
