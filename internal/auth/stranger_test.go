// SPDX-License-Identifier: Apache-2.0

package auth_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tenday/tenday/internal/app/apptest"
	"github.com/tenday/tenday/internal/db"
)

func contains(s, part string) bool { return strings.Contains(s, part) }

// deadPasskey is a well-formed answer to a challenge that was never given.
func deadPasskey() string {
	b64 := base64.RawURLEncoding.EncodeToString
	client := fmt.Sprintf(`{"type":"webauthn.get","challenge":%q,"origin":"https://campaign.example.org"}`, b64([]byte("never given")))
	data := append(make([]byte, 32), 5, 0, 0, 0, 0) // of no site; present and verified; counter 0
	return fmt.Sprintf(`{"id":%q,"rawId":%q,"type":"public-key","response":{"clientDataJSON":%q,"authenticatorData":%q,"signature":%q,"userHandle":%q}}`,
		b64([]byte("key")), b64([]byte("key")), b64([]byte(client)), b64(data), b64([]byte("signature")), b64([]byte("nobody")))
}

// postJSON sends body as a script does.
func (b *browser) postJSON(path, body string) apptest.Answer {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.h.URL+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	return b.h.Do("", req)
}

// SQLite has one writer: what strangers send must not queue for it.
func TestAStrangerDoesNotWaitForTheWriter(t *testing.T) {
	t.Parallel()

	h := apptest.New(t)
	h.Auth.BaseURL = "https://campaign.example.org"
	b := open(t, h)
	held, release := make(chan struct{}), make(chan struct{})
	done := make(chan error, 1)
	go func() {
		done <- db.Do(t.Context(), h.DB, func(*db.Tx) error {
			close(held)
			<-release
			return nil
		})
	}()
	<-held
	answers := make(chan struct{})
	go func() {
		defer close(answers)
		want(t, "a link that never was", b.post("/signin/link/nothing"), 410)
		want(t, "a passkey for no challenge", b.postJSON("/signin/passkey", deadPasskey()), 422, "auth.passkey_refused")
		want(t, "out, without having been in", b.post("/signout"), 303, "/signin")
	}()
	select {
	case <-answers:
	case <-time.After(time.Minute):
		t.Error("a stranger waits for the writer")
	}
	close(release)
	<-answers
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestTriesAtTheDoorAreCounted(t *testing.T) {
	t.Parallel()

	h := apptest.New(t)
	h.Auth.BaseURL = "https://campaign.example.org"
	b := open(t, h)
	for i := range 60 {
		if i%2 == 0 {
			want(t, "link", b.post("/signin/link/nothing"), 410)
		} else {
			want(t, "passkey", b.postJSON("/signin/passkey", deadPasskey()), 422)
		}
	}
	want(t, "61st link", b.post("/signin/link/nothing"), 429, "Wait 15 minutes")
	want(t, "61st passkey", b.postJSON("/signin/passkey", deadPasskey()), 429)
}

// A proxy may add a line of its own below the one that the caller made up.
func TestTheProxysOwnLineCounts(t *testing.T) {
	t.Parallel()

	h := apptest.New(t)
	h.Auth.Proxied = true
	b := open(t, h)
	send := func(i int) apptest.Answer {
		form := url.Values{"email": {fmt.Sprintf("nobody%d@post.example.org", i)}}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.URL+"/signin/link", strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Add("X-Forwarded-For", fmt.Sprintf("203.0.113.%d", i))
		req.Header.Add("X-Forwarded-For", "198.51.100.7")
		return b.h.Do("", req)
	}
	for i := range 60 {
		want(t, "try", send(i), 303)
	}
	want(t, "61st", send(60), 429)
}

func TestAForeignHostIsToldSo(t *testing.T) {
	t.Parallel()

	h := apptest.New(t)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.URL+"/signin/link",
		strings.NewReader(url.Values{"email": {memberMail}}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Host = "evil.example"
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	a := h.Do("", req)
	want(t, "evil", a, 422, "does not answer at this address")
	if got := open(t, h).mails(); len(got) != 0 {
		t.Errorf("%d mails", len(got))
	}
}

func TestASearchOfManyWordsIsNoTrouble(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		many := strings.Repeat("lindstrom ", 1500)
		found := h.Post("officer", "/invite/search", url.Values{"q": {many}})
		want(t, "search", found, 303)
		want(t, "found by the first words", h.Get("officer", found.Location, ""), 200, "Åsa Lindström")
	})
}

func TestAnEmptyTurfIsItsMakersAndTheUnits(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		made := h.Post("lead", "/turfs", url.Values{"name": {"Night shift"}, "site": {h.Site["0333"]}}).Location
		want(t, "in her region", h.Get("region reader", made, ""), 200)
		people := []string{h.Person["Wilma Westberg"]}
		want(t, "emptied", h.Post("lead", made, url.Values{"name": {"Night shift"}, "shown": people}), 303)
		want(t, "the unit's", h.Get("lead", made, ""), 200)
		want(t, "not of a region", h.Get("region reader", made, ""), 404)
		if contains(h.Get("region reader", "/turfs", "").Body, "Night shift") {
			t.Error("the list shows it")
		}
		hers := h.Post("region reader", "/turfs", url.Values{"name": {"Hers"}, "site": {h.Site["0333"]}}).Location
		want(t, "she empties her own", h.Post("region reader", hers, url.Values{"name": {"Hers"}, "shown": people}), 303, hers)
		want(t, "still hers", h.Get("region reader", hers, ""), 200)
		theirs := h.Post("lead", "/turfs", url.Values{"name": {"Theirs"}, "site": {h.Site["0333"]}}).Location
		a := h.Post("region reader", theirs, url.Values{"name": {"Theirs"}, "shown": people})
		if a.Status != 303 || a.Location != "/turfs" {
			t.Errorf("she empties the lead's: %d %s, want the list", a.Status, a.Location)
		}
	})
}
