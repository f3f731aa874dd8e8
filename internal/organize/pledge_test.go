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

func TestNobodyReadsTheTimeOfAPledge(t *testing.T) {
	t.Parallel()

	h := apptest.New(t)
	drive(t, h)
	ctx := h.As("member")
	if err := h.Organize.SetMyPledge(ctx, "private", 1); err != nil {
		t.Fatal(err)
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
