// SPDX-License-Identifier: Apache-2.0

package auth_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tenday/tenday/internal/app/apptest"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/db/dbtest"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/mail"
)

// mailbox keeps what was sent.
type mailbox struct {
	mu  sync.Mutex
	got []mail.Message
}

func (m *mailbox) Send(_ context.Context, msg mail.Message) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.got = append(m.got, msg)
	return nil
}

var linkIn = regexp.MustCompile(`http://\S+/signin/link/\S+`)

// browser is somebody's browser: it keeps cookies and does not follow redirects.
type browser struct {
	t       *testing.T
	h       *apptest.House
	box     *mailbox
	cookies map[string]*http.Cookie
	agent   string
}

func open(t *testing.T, h *apptest.House) *browser {
	t.Helper()
	box, ok := h.Auth.Mail.(*mailbox)
	if !ok {
		box = &mailbox{}
		h.Auth.Mail = box
	}
	return &browser{
		t: t, h: h, box: box, cookies: map[string]*http.Cookie{},
		agent: "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Mobile Safari/537.36",
	}
}

func (b *browser) send(method, path string, form url.Values, header ...string) apptest.Answer {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), method, b.h.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("User-Agent", b.agent)
	req.Header.Set("Accept", "text/html,application/xhtml+xml")
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	for _, c := range b.cookies {
		req.AddCookie(c)
	}
	a := b.h.Do("", req)
	for _, c := range (&http.Response{Header: a.Header}).Cookies() {
		b.cookies[c.Name] = c
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		}
	}
	return a
}

func (b *browser) get(path string) apptest.Answer { return b.send(http.MethodGet, path, nil) }
func (b *browser) post(path string, pairs ...string) apptest.Answer {
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return b.send(http.MethodPost, path, form)
}

// mails waits for what is on its way and returns all that came so far.
func (b *browser) mails() []mail.Message {
	b.t.Helper()
	if err := b.h.Auth.Close(); err != nil {
		b.t.Fatal(err)
	}
	b.box.mu.Lock()
	defer b.box.mu.Unlock()
	return b.box.got
}

// link returns the path of the newest link.
func (b *browser) link() string {
	b.t.Helper()
	all := b.mails()
	if len(all) == 0 {
		b.t.Fatal("no mail came")
	}
	found := linkIn.FindString(all[len(all)-1].Text)
	return strings.TrimPrefix(found, b.h.URL)
}

func want(t *testing.T, what string, a apptest.Answer, status int, contains ...string) {
	t.Helper()
	if a.Status != status {
		t.Errorf("%s: status %d, want %d: %.400s", what, a.Status, status, a.Body)
	}
	for _, c := range contains {
		if !strings.Contains(a.Body+" "+a.Location, c) {
			t.Errorf("%s: %q is not in it: %.600s", what, c, a.Body)
		}
	}
}

const memberMail = "member@post.example.org"

func TestALinkOpensOnceAndOnlyByATap(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		phone := open(t, h)
		want(t, "door", phone.get("/signin"), 200, "Sign in")
		want(t, "ask", phone.post("/signin/link", "email", " Member@Post.example.org"), 303, "/signin/sent")
		if got := phone.mails()[0]; got.To != memberMail || got.Subject != "Your link" ||
			regexp.MustCompile(`(?i)union|strike|picket|tenday|campaign`).MatchString(got.Subject+strings.Replace(got.Text, h.URL, "", 1)) {
			t.Errorf("mail is not neutral: %+v", got)
		}
		path := phone.link()
		for range 3 { // a mail scanner follows links; nothing is used up
			want(t, "scanner", open(t, h).get(path), 200, "Sign in on this device")
		}
		planted := &http.Cookie{Name: "tenday", Value: "planted-by-somebody-else"}
		phone.cookies["tenday"] = planted
		a := phone.post(path)
		want(t, "tap", a, 303, "/account")
		if phone.cookies["tenday"].Value == planted.Value {
			t.Error("the token planted before signing in is still in use")
		}
		want(t, "in", phone.get("/account"), 200, "Chrome · Android")
		want(t, "again, elsewhere", open(t, h).post(path), 410, "used already", "/signin")
		want(t, "never was", open(t, h).get("/signin/link/nothing"), 410, "used already")
		want(t, "door when in", phone.get("/signin"), 303, "/")
		want(t, "out", phone.post("/signout"), 303, "/signin")
		want(t, "after", phone.get("/account"), 303, "/signin")
	})
}

func TestALinkLivesFifteenMinutesByTheCampaignsClock(t *testing.T) {
	t.Parallel()

	h := apptest.New(t)
	phone := open(t, h)
	phone.post("/signin/link", "email", memberMail)
	path := phone.link()
	h.Clock.Advance(15*time.Minute - time.Second)
	want(t, "14:59", phone.get(path), 200)
	h.Clock.Advance(time.Second)
	want(t, "15:00", phone.get(path), 410)
	want(t, "15:00, tap", phone.post(path), 410, "too old")
}

func TestOfTwoTapsAtOnceOneOpens(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		phone := open(t, h)
		phone.post("/signin/link", "email", memberMail)
		path := phone.link()
		got := make(chan int, 8)
		for range cap(got) {
			go func() { got <- open(t, h).post(path).Status }()
		}
		count := map[int]int{}
		for range cap(got) {
			count[<-got]++
		}
		if diff := cmp.Diff(map[int]int{303: 1, 410: 7}, count); diff != "" {
			t.Errorf("eight taps (-want +got):\n%s", diff)
		}
	})
}

func TestSigningInOnSomebodysBrowserSignsHerOutOfIt(t *testing.T) {
	t.Parallel()

	h := apptest.New(t)
	phone := open(t, h)
	for _, address := range []string{memberMail, "captain@post.example.org"} {
		phone.post("/signin/link", "email", address)
		want(t, address, phone.post(phone.link()), 303)
	}
	want(t, "the second", phone.get("/account"), 200, "The captain")
	id, err := h.Auth.IdentityOf(t.Context(), h.Account["member"])
	if err != nil {
		t.Fatal(err)
	}
	var active int
	err = db.Do(t.Context(), h.DB, func(tx *db.Tx) error {
		return tx.Row(t.Context(), `SELECT COUNT(*) FROM device WHERE account_id = $1 AND state = 'active'`, id.Account).Scan(&active)
	})
	if err != nil || active != 0 {
		t.Errorf("the first has %d devices here still, %v", active, err)
	}
}

func TestTheAnswerDoesNotTellWhoHasAnAccount(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		b := open(t, h)
		has, none := b.post("/signin/link", "email", memberMail), b.post("/signin/link", "email", "nobody@post.example.org")
		has.Header, none.Header = nil, nil
		if diff := cmp.Diff(has, none); diff != "" {
			t.Errorf("an address with and one without an account (-has +none):\n%s", diff)
		}
		if got := b.mails(); len(got) != 1 {
			t.Errorf("%d mails, want one", len(got))
		}
	})
}

func TestAWorkAddressIsRefusedWithTheReason(t *testing.T) {
	t.Parallel()

	h := apptest.New(t)
	b := open(t, h)
	for _, address := range []string{"kim@clinic.example.org", "kim@mail.CLINIC.example.org"} {
		want(t, address, b.post("/signin/link", "email", address), 422, "the employer, who can read it", `value="`+address+`"`, `aria-invalid="true"`)
	}
	want(t, "no address", b.post("/signin/link", "email", "kim"), 422, "not an e-mail address")
	b.cookies["locale"] = &http.Cookie{Name: "locale", Value: "es"}
	want(t, "es", b.post("/signin/link", "email", "kim@clinic.example.org"), 422, "es del empleador")
	if got := b.mails(); len(got) != 0 {
		t.Errorf("%d mails, want none", len(got))
	}
}

func TestLinksAreLimitedByAddressAndByNetwork(t *testing.T) {
	t.Parallel()

	h := apptest.New(t)
	b := open(t, h)
	for range 5 {
		want(t, "try", b.post("/signin/link", "email", memberMail), 303)
	}
	want(t, "sixth", b.post("/signin/link", "email", memberMail), 429, "Wait 15 minutes")
	want(t, "another address", b.post("/signin/link", "email", "captain@post.example.org"), 303)
	h.Clock.Advance(15 * time.Minute)
	for range 60 {
		b.post("/signin/link", "email", "other@post.example.org")
	}
	want(t, "the network's 61st", b.post("/signin/link", "email", "third@post.example.org"), 429)
	h.Auth.Proxied = true
	far := url.Values{"email": {"third@post.example.org"}}
	want(t, "another network", b.send(http.MethodPost, "/signin/link", far, "X-Forwarded-For", "203.0.113.9, 198.51.100.7"), 303)
}

func TestASuspendedAccountIsShutOut(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		phone, other := open(t, h), open(t, h)
		phone.post("/signin/link", "email", memberMail)
		phone.post(phone.link())
		other.post("/signin/link", "email", memberMail)
		waiting := other.link()
		want(t, "suspend", h.Post("lead", "/access/"+h.Account["member"]+"/suspend", nil), 303)
		want(t, "next tap", phone.get("/account"), 303, "/signin")
		want(t, "the link on its way", other.post(waiting), 410, "closed for now")
		n := len(other.mails())
		other.post("/signin/link", "email", memberMail)
		if len(other.mails()) != n {
			t.Error("a suspended account got a link")
		}
		want(t, "resume", h.Post("lead", "/access/"+h.Account["member"]+"/resume", nil), 303)
		want(t, "the old phone stays out", phone.get("/account"), 303, "/signin")
	})
}

func TestCookiesStayWhereTheyBelong(t *testing.T) {
	t.Parallel()

	for _, secure := range []bool{false, true} {
		d := dbtest.SQLite(t, nil)
		s := auth.NewStore(d, secure)
		var account string
		err := db.Do(t.Context(), d, func(tx *db.Tx) (err error) {
			account, err = auth.AddAccount(t.Context(), tx, auth.Account{Display: "Kim", Email: "kim@mail.example.org"})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		rec := recordSignIn(t, s, account)
		c := rec[0]
		name := map[bool]string{false: "tenday", true: "__Host-tenday"}[secure]
		if len(rec) != 1 || c.Name != name || !c.HttpOnly || c.Secure != secure || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
			t.Errorf("secure %v: cookie %+v", secure, c)
		}
	}
}

func TestAFormOfAnotherSiteIsRefused(t *testing.T) {
	t.Parallel()

	h := apptest.New(t)
	b := open(t, h)
	b.post("/signin/link", "email", memberMail)
	path := b.link()
	for _, header := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://elsewhere.example"}} {
		for _, p := range []string{"/signout", "/signin/link", path, "/account/locale"} {
			want(t, p, b.send(http.MethodPost, p, url.Values{"email": {memberMail}}, header...), 403)
		}
	}
	want(t, "and nothing was used up", b.post(path), 303)
}

func TestTheFirstOfficerComesInByOneLink(t *testing.T) {
	t.Parallel()

	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		path, err := auth.FirstOfficer(t.Context(), d, "Olga Officer", "Olga@mail.example.org")
		if err != nil || !strings.HasPrefix(path, "/signin/link/") {
			t.Fatalf("%q, %v", path, err)
		}
		if _, err := auth.FirstOfficer(t.Context(), d, "Other", "other@mail.example.org"); fault.CodeOf(err) != fault.Conflict {
			t.Errorf("a second first officer: %v", err)
		}
	})
}

// recordSignIn signs the account in and returns the cookies that were set.
func recordSignIn(t *testing.T, s *auth.Store, account string) []*http.Cookie {
	t.Helper()
	rec := httptest.NewRecorder()
	s.Sessions(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if err := s.SignIn(r.Context(), account, "test"); err != nil {
			t.Error(err)
		}
	})).ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", http.NoBody))
	res := rec.Result()
	defer res.Body.Close()
	return res.Cookies()
}
