// SPDX-License-Identifier: Apache-2.0

package strike_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tenday/tenday/internal/app/apptest"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/strike"
	"github.com/tenday/tenday/notice"
)

const never = "0199a6b0-0000-7000-8000-00000000dead"

// paths of an action's pages, with who may open them beside the committee.
var paths = map[string][]string{
	"": nil, "/questions": {"officer", "lead"}, "/verdict": {"officer", "lead"}, "/deliveries": {"officer", "lead"}, "/list": {"officer", "lead"},
	"/change": {"officer", "lead"}, "/review": {"officer"}, "/edit": {}, "/off": {}, "/guard": nil,
}

// A plan is nobody's but the committee's and those who read it; once it is noticed everybody knows what, where and when.
func TestWhoSeesWhat(t *testing.T) {
	t.Parallel()

	pages(t, func(t *testing.T, c *campaign) {
		planned := c.planned()
		for path, readers := range paths {
			for _, who := range []string{"member", "captain", "press", "data_lead", "lead", "officer", "operator"} {
				want := http.StatusForbidden
				switch {
				case slices.Contains(readers, who):
					want = http.StatusOK
				case readers == nil && slices.Contains([]string{"lead", "officer"}, who):
					want = http.StatusOK
				case readers == nil:
					want = http.StatusNotFound
				}
				if got := c.Get(who, "/strike/"+planned+path, ""); got.Status != want {
					t.Errorf("%s opens %s of a plan: %d, want %d", who, path, got.Status, want)
				}
			}
			if got := c.Get("", "/strike/"+planned+path, ""); got.Status != http.StatusSeeOther {
				t.Errorf("a stranger opens %s: %d", path, got.Status)
			}
		}
		gone, hidden := c.Get("member", "/strike/"+never, ""), c.Get("member", "/strike/"+planned, "")
		if strings.ReplaceAll(gone.Body, never, planned) != hidden.Body {
			t.Error("a member can tell a plan from nothing")
		}
		if got := c.Get("member", "/strike", ""); strings.Contains(got.Body, "One-day strike") {
			t.Error("a member sees the plan in the list")
		}
	})
	pages(t, func(t *testing.T, c *campaign) {
		id := c.noticed()
		got := c.Get("member", "/strike/"+id, "")
		if got.Status != http.StatusOK || !strings.Contains(got.Body, "Hastings") || strings.Contains(got.Body, "legal clock") || strings.Contains(got.Body, "omar") {
			t.Errorf("a member sees %d: %.300s", got.Status, got.Body)
		}
		var v struct{ Verdict, Ask any }
		c.Get("member", "/strike/"+id, "application/json").JSON(t, &v)
		if v.Verdict != nil || v.Ask != nil {
			t.Errorf("JSON tells a member %v", v)
		}
		if got := c.Get("captain", "/strike/"+id+"/guard", ""); got.Status != http.StatusOK {
			t.Errorf("a captain opens the clock: %d", got.Status)
		}
	})
}

// Every page in both languages, in every state it can be in: no key shows, nothing is left empty by a slip.
func TestEveryPageSpeaksBothLanguages(t *testing.T) {
	t.Parallel()

	key := regexp.MustCompile(`[> "](?:strike|papers|audit)\.[a-z_]+[a-z_.]*|no value|%!`)
	c := newCampaign(t, apptest.New(t))
	look := func(id, when string) {
		t.Helper()
		for path := range paths {
			for _, locale := range []string{"en", "es"} {
				got := c.in(locale, "marit", "/strike/"+id+path)
				if got.Status == http.StatusConflict && path == "/off" || got.Status == http.StatusConflict && when == "draft" {
					continue // nothing to call off, nothing to judge
				}
				if got.Status != http.StatusOK {
					t.Errorf("%s, %s in %s: %d %.200s", when, path, locale, got.Status, got.Body)
				}
				for _, found := range key.FindAllString(strip(got.Body), -1) {
					t.Errorf("%s, %s in %s shows %q", when, path, locale, found)
				}
			}
		}
		for _, locale := range []string{"en", "es"} {
			if got := c.in(locale, "member", "/strike"); key.MatchString(strip(got.Body)) {
				t.Errorf("the list in %s shows %q", locale, key.FindString(strip(got.Body)))
			}
		}
	}
	empty, err := c.Strike.Make(c.as("marit"), strike.Wish{Kind: strike.Rally, Title: "Rally"})
	c.must(err)
	look(empty, "draft")
	id := c.ready()
	look(id, "planned")
	q, err := c.Strike.Ask(c.as("marit"), id, strike.Serve, c.action(id).FactsVersion, "")
	c.must(err)
	look(id, "asked")
	_, err = c.Strike.Confirm(c.as("omar"), q.ID)
	c.must(err)
	look(id, "noticed")
	c.at("2025-11-04T18:00")
	c.must(c.Strike.SayGo(c.as("marit"), id))
	look(id, "one Go")
	c.at("2025-11-05T06:50")
	look(id, "ten minutes before")
	c.must(c.Strike.SayGo(c.as("omar"), id))
	c.must(c.Strike.Stop(c.as("marit")))
	look(id, "held")
	c.at("2025-11-05T07:00")
	c.must(c.Strike.Tick(t.Context()))
	look(id, "on")
	c.must(c.both(id, strike.Suspend, "talks"))
	look(id, "suspended")
	c.at("2025-11-05T07:30")
	look(id, "captains overdue")
}

// in asks for a page in a language.
func (c *campaign) in(locale, role, path string) apptest.Answer {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), http.MethodGet, c.URL+path, http.NoBody)
	c.must(err)
	req.AddCookie(&http.Cookie{Name: "locale", Value: locale})
	return c.Do(role, req)
}

// strip leaves what is shown: no scripts' addresses, no attributes that hold paths.
func strip(body string) string {
	return regexp.MustCompile(`(?:href|action|src|name|id|for|data-[a-z-]+|value)="[^"]*"`).ReplaceAllString(body, "")
}

// The seven steps as forms, as a browser posts them.
func TestSevenStepsByForms(t *testing.T) {
	t.Parallel()

	pages(t, func(t *testing.T, c *campaign) {
		post := func(who, path string, form url.Values, want int) apptest.Answer {
			t.Helper()
			got := c.Post(who, path, form)
			if got.Status != want {
				t.Fatalf("%s posts %s: %d, want %d: %.400s", who, path, got.Status, want, regexp.MustCompile(`(?s)<main.*`).FindString(got.Body))
			}
			return got
		}
		plan := url.Values{
			"kind": {"strike"}, "title": {"One-day strike"}, "starts_date": {"2025-11-05"}, "starts_time": {"07:00"}, "starts_zone": {"America/Chicago"},
			"ends_date": {"2025-11-06"}, "ends_time": {"07:00"}, "all": {"1"}, "version": {"0"},
		}
		at := post("marit", "/strike/new", plan, http.StatusSeeOther).Location
		id := strings.TrimPrefix(at, "/strike/")
		says(t, c.Get("marit", at, ""), "Answer what the law asks", "by Fri 24 Oct 2025", "most lenient reading: Sun 26 Oct 2025", "Not legal advice")
		form := url.Values{"version": {"2"}}
		for name, value := range answers {
			form.Set(name, value)
		}
		post("marit", at+"/questions", form, http.StatusSeeOther)
		says(t, c.Get("marit", at, ""), "Have the final paper checked")
		read := url.Values{"starts_date": {"2025-11-06"}, "starts_time": {"07:00"}, "starts_zone": {"America/Chicago"}, "all": {"1"}}
		says(t, post("omar", at+"/review", read, http.StatusOK), "do not say the same", "The start differs")
		if body := c.Get("omar", at+"/review", "").Body; strings.Contains(body, "Nov 2025, 7:00") || strings.Contains(body, `value="2025-11-05"`) {
			t.Error("the reviewer's page shows what is on record")
		}
		says(t, c.Get("marit", at, ""), "A reviewer read something else")
		read.Set("starts_date", "2025-11-05")
		post("omar", at+"/review", read, http.StatusSeeOther)
		post("officer", at+"/review", read, http.StatusSeeOther)
		post("marit", at+"/counsel", url.Values{"decision": {"confirmed"}}, http.StatusUnprocessableEntity)
		post("marit", at+"/counsel", url.Values{"decision": {"confirmed"}, "counsel": {"A. Counsel"}}, http.StatusSeeOther)
		c.at("2025-10-24T15:00")
		tenDay, dispute := c.papers(id)
		c.serves(at, tenDay, "2025-10-24", http.StatusSeeOther)
		says(t, c.Get("marit", at, ""), "When did the state mediation agency receive this", "unknown")
		c.serves(at, dispute, "2025-09-22", http.StatusSeeOther)
		says(t, c.Get("marit", at, ""), "Everything is there: two people confirm", "lawful")
		version := url.Values{"event": {"serve"}, "version": {"3"}}
		post("marit", at+"/steps", url.Values{"event": {"begin"}, "version": {"3"}}, http.StatusConflict)
		post("marit", at+"/steps", version, http.StatusSeeOther)
		body := c.Get("omar", at, "").Body
		confirm := regexp.MustCompile(`/confirmations/[0-9a-f-]+/confirm`).FindString(body)
		if confirm == "" {
			t.Fatalf("omar is not asked: %.2000s", body)
		}
		if strings.Contains(c.Get("marit", at, "").Body, confirm) {
			t.Error("the one who asked is offered to confirm")
		}
		post("marit", confirm, url.Values{}, http.StatusForbidden)
		post("omar", confirm, url.Values{}, http.StatusSeeOther)
		says(t, c.Get("marit", at, ""), "The notice is served", "noticed")
		plan.Set("starts_time", "09:00")
		plan.Set("version", "4")
		says(t, post("marit", at+"/edit", plan, http.StatusUnprocessableEntity), "withdraw it and serve a new notice")
		says(t, c.Get("marit", at+"/change", ""), "HC-33", "339 NLRB 1262", "Both parties have signed a later start", "Withdraw, and serve a new notice")
	})
}

// serves posts that all copies of n were received at noon of day, with a file each.
func (c *campaign) serves(at string, n *strike.Notice, day string, want int) {
	c.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	put := func(name, value string) { c.must(w.WriteField(name, value)) }
	for _, d := range n.Deliveries {
		put("copy", d.ID)
		for name, value := range map[string]string{
			"state": "received", "method": "in_person", "proof": "receipt", "ref": "", "received": "",
		} {
			put(name+"-"+d.ID, value)
		}
		put("received-"+d.ID+"_date", day)
		put("received-"+d.ID+"_time", "12:00")
		put("received-"+d.ID+"_zone", "America/Chicago")
		f, err := w.CreateFormFile("file-"+d.ID, `C:\proofs\receipt.pdf`)
		c.must(err)
		_, err = f.Write([]byte("%PDF-1.4 receipt of " + d.ID))
		c.must(err)
	}
	c.must(w.Close())
	req, err := http.NewRequestWithContext(c.t.Context(), http.MethodPost, c.URL+at+"/notices/"+n.ID+"/upload", &b)
	c.must(err)
	req.Header.Set("Content-Type", w.FormDataContentType())
	if got := c.Do("marit", req); got.Status != want {
		c.t.Fatalf("deliveries: %d %.600s", got.Status, strip(got.Body))
	}
}

func says(t *testing.T, got apptest.Answer, want ...string) {
	t.Helper()
	for _, s := range want {
		if !strings.Contains(got.Body, s) {
			t.Errorf("%q is not said on a page of status %d: %s", s, got.Status, regexp.MustCompile(`\s+`).ReplaceAllString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(got.Body, " "), " "))
		}
	}
}

// A proof is kept byte by byte under its hash, opened by those who read papers alone, and each opening is on record.
func TestAProofIsKeptAndItsReadingIsOnRecord(t *testing.T) {
	t.Parallel()

	pages(t, func(t *testing.T, c *campaign) {
		id := c.planned()
		tenDay, _ := c.papers(id)
		c.at("2025-10-24T15:00")
		c.serves("/strike/"+id, tenDay, "2025-10-24", http.StatusSeeOther)
		tenDay, _ = c.papers(id)
		f := tenDay.Deliveries[0].File
		if f == nil || f.Name != "receipt.pdf" || f.MediaType != "application/pdf" {
			t.Fatalf("kept: %+v", f)
		}
		got := c.Get("officer", "/proofs/"+f.ID, "")
		if got.Status != http.StatusOK || !strings.HasPrefix(got.Body, "%PDF-1.4 receipt of ") || !strings.HasPrefix(got.Header.Get("Content-Disposition"), "attachment") {
			t.Errorf("%d %v", got.Status, got.Header)
		}
		for _, who := range []string{"member", "captain", "press", "operator"} {
			if got := c.Get(who, "/proofs/"+f.ID, ""); got.Status != http.StatusForbidden {
				t.Errorf("%s: %d", who, got.Status)
			}
		}
		var n int
		_, err := db.InRead(t.Context(), c.DB, func(tx *db.Tx) (struct{}, error) {
			return struct{}{}, tx.Row(t.Context(), `SELECT COUNT(*) FROM audit_record WHERE verb = 'strike.proof' AND object = $1`, "proof:"+f.ID).Scan(&n)
		})
		c.must(err)
		if n != 1 {
			t.Errorf("%d readings on record", n)
		}
		c.must(db.Do(t.Context(), c.DB, func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `UPDATE strike_file SET body = $1 WHERE id = $2`, []byte("%PDF-1.4 forged"), f.ID)
			return err
		}))
		if got := c.Get("officer", "/proofs/"+f.ID, ""); got.Status != http.StatusConflict {
			t.Errorf("a forged proof is sent: %d", got.Status)
		}
	})
}

// A wall time that clocks skip, or show twice, is refused with a question; the answer is taken.
func TestATimeThatIsNotOneIsAsked(t *testing.T) {
	t.Parallel()

	c := &campaign{House: apptest.New(t), t: t}
	c.at("2025-10-13T09:00")
	c.committee("marit", "")
	form := func(date, clock, offset string) url.Values {
		return url.Values{
			"kind": {"strike"}, "title": {"Night"}, "starts_date": {date}, "starts_time": {clock}, "starts_zone": {"America/Chicago"}, "starts_offset": {offset},
			"all": {"1"}, "version": {"0"},
		}
	}
	says(t, c.Post("marit", "/strike/new", form("2026-03-08", "02:30", "")), "Clocks skip 02:30", "Which time do you mean?")
	says(t, c.Post("marit", "/strike/new", form("2025-11-02", "01:30", "")), "twice", "CDT (-05:00)", "CST (-06:00)")
	got := c.Post("marit", "/strike/new", form("2025-11-02", "01:30", "-06:00"))
	if got.Status != http.StatusSeeOther {
		t.Fatalf("%d", got.Status)
	}
	if a := c.action(strings.TrimPrefix(got.Location, "/strike/")); a.Starts.String() != "2025-11-02T01:30-06:00[America/Chicago]" {
		t.Errorf("starts %s", a.Starts)
	}
}

// The clock of the day says what the engine says, two hours before and a minute late, and nobody's Go is missing in silence.
func TestTheClockOfTheDay(t *testing.T) {
	t.Parallel()

	pages(t, func(t *testing.T, c *campaign) {
		id := c.noticed()
		c.at("2025-11-04T18:00")
		c.must(c.Strike.SayGo(c.as("marit"), id))
		guard := func(who string) apptest.Answer { return c.Get(who, "/strike/"+id+"/guard", "") }
		spanish := func(want string) {
			t.Helper()
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.URL+"/strike/"+id+"/guard", http.NoBody)
			c.must(err)
			req.AddCookie(&http.Cookie{Name: "locale", Value: "es"})
			got := c.Do("captain", req)
			if says(t, got, want); strings.Contains(got.Body, "The stated") || strings.Contains(got.Body, "to go") {
				t.Error("the clock speaks English to a Spanish reader")
			}
		}
		c.at("2025-11-05T06:50")
		says(t, guard("captain"), "Two people have not said Go: do not walk out", "10 minutes to go")
		c.must(c.Strike.SayGo(c.as("omar"), id))
		says(t, guard("captain"), "Nobody goes out yet", "7:00", "6:50", "10 minutes to go. Nobody goes out before 07:00")
		spanish("faltan 10 minutos")
		c.at("2025-11-05T07:00")
		says(t, guard("captain"), "This is the stated minute")
		c.at("2025-11-05T07:01") // no clock has ticked: nobody is out
		says(t, guard("captain"), "Too late: do not walk out", "Not without a writing both have signed")
		spanish("hace 1 minuto")
		c.must(c.Strike.Tick(t.Context()))
		says(t, guard("captain"), "It has begun")
		c.at("2025-11-05T09:00")
		q, err := c.Strike.AskOut(c.as("marit"), id, c.action(id).FactsVersion, moment(t, "2025-11-05T08:00"), "seen")
		c.must(err)
		_, err = c.Strike.Confirm(c.as("omar"), q.ID)
		c.must(err)
		says(t, c.Get("marit", "/strike/"+id, ""), "unlawful") // Alexandria Clinic, 339 NLRB 1262
	})
}

// B14.4: fifteen minutes after the call-off the silent captains are a call list with numbers.
func TestSilentCaptainsAreCalled(t *testing.T) {
	t.Parallel()

	pages(t, func(t *testing.T, c *campaign) {
		id := c.on()
		c.at("2025-11-05T07:40")
		c.must(c.both(id, strike.Suspend, "talks"))
		says(t, c.Get("captain", "/strike/"+id, ""), "It is off: say that you know")
		page := c.Get("marit", "/strike/"+id, "")
		says(t, page, "1 of 1 silent")
		if strings.Contains(page.Body, "tel:") {
			t.Error("numbers are shown before it is overdue")
		}
		c.Clock.Advance(15 * time.Minute)
		says(t, c.Get("marit", "/strike/"+id, ""), "Call these now", "tel:&#43;16515550100")
		if got := c.Get("lead", "/strike/"+id, ""); strings.Contains(got.Body, "tel:") {
			t.Error("somebody who cannot call it off sees numbers")
		}
		if got := c.Post("captain", "/strike/"+id+"/know", nil); got.Status != http.StatusSeeOther {
			t.Fatalf("know: %d", got.Status)
		}
		if got := c.Get("marit", "/strike/"+id, ""); strings.Contains(got.Body, "tel:") || !strings.Contains(got.Body, "0 of 1 silent") {
			t.Error("she said that she knows and is still called")
		}
		if got := c.Post("member", "/strike/"+id+"/know", nil); got.Status != http.StatusNotFound {
			t.Errorf("who was not asked: %d", got.Status)
		}
	})
}

func TestHoldStandsForHalfAnHourOrUntilASecondPerson(t *testing.T) {
	t.Parallel()

	pages(t, func(t *testing.T, c *campaign) {
		held := func() *strike.Hold {
			h, err := db.InRead(t.Context(), c.DB, func(tx *db.Tx) (*strike.Hold, error) { return c.Strike.Held(t.Context(), tx) })
			c.must(err)
			return h
		}
		c.must(c.Strike.Stop(c.as("marit")))
		h := held()
		if h == nil {
			t.Fatal("nothing is held")
		}
		if err := c.Strike.Release(c.as("twin"), h.ID); err == nil {
			t.Error("the same human released it")
		}
		c.Clock.Advance(30 * time.Minute)
		if held() != nil {
			t.Error("held for longer than half an hour on one word")
		}
		c.must(c.Strike.Stop(c.as("marit")))
		c.must(c.Strike.Keep(c.as("omar"), held().ID))
		c.Clock.Advance(time.Hour)
		if h = held(); h == nil || h.Confirmed != "omar" {
			t.Fatalf("a confirmed one ended by itself: %+v", h)
		}
		c.must(c.Strike.Release(c.as("officer"), h.ID))
		if held() != nil {
			t.Error("released and still held")
		}
	})
}

// Public words never move the clock.
func TestWhatIsPrintedMovesNothing(t *testing.T) {
	t.Parallel()

	pages(t, func(t *testing.T, c *campaign) {
		id := c.noticed()
		before := c.action(id)
		c.must(c.Strike.Hear(c.as("marit"), id, "A newspaper", notice.Date(2025, time.October, 24), notice.Date(2025, time.November, 9)))
		says(t, c.Get("marit", "/strike/"+id, ""), "A newspaper says Sun 9 Nov 2025. The notice says Wed 5 Nov 2025", "The clock does not move", "lawful")
		if after := c.action(id); after.Starts.String() != before.Starts.String() || after.FactsVersion != before.FactsVersion {
			t.Errorf("moved: %+v", after)
		}
	})
}
