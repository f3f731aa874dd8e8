// SPDX-License-Identifier: Apache-2.0

package booth_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"

	"github.com/tenday/tenday/ballot"
)

// TestAVoterCastsAndOnlyCiphertextGoesOut plants a credential and an answer, and watches the wire from both ends while a voter casts by the link,
// mistypes, changes her mind, votes again. What goes out holds neither, in any form that the test can think of.
func TestAVoterCastsAndOnlyCiphertextGoesOut(t *testing.T) {
	t.Parallel()

	const planted = "PLANTED-ANSWER-7391"
	el := newElection(t, 3, ballot.Question{Text: "Which?", Answers: []string{"Other", planted}, Blank: &on, Min: 1, Max: 1},
		ballot.Question{Text: "Up to two?", Answers: []string{"x", "y", "z"}, Min: 0, Max: 2})
	h := newHall(t, el)
	p := browsers(t)
	var mu sync.Mutex
	var requests []string
	if err := chromedp.Listen(p.ctx, func(ev any) {
		if e, ok := ev.(*network.EventRequestWillBeSent); ok {
			body, _ := json.Marshal(e)
			mu.Lock()
			requests = append(requests, string(body))
			mu.Unlock()
		}
	}); err != nil {
		t.Fatal(err)
	}
	credential := el.credentials[0].Reveal()
	p.do(chromedp.Navigate(h.URL + "/b#c=" + credential))
	p.screen("credential")
	if at := eval[string](p, "location.href + history.length"); strings.Contains(at, credential) {
		t.Errorf("the credential stays in the address: %s", at)
	}
	p.says("credential.good")
	p.shot("1-credential")
	p.write("[data-credential-field]", credential[:5]+"0"+credential[6:])
	p.says("credential.character")
	p.write("[data-credential-field]", strings.ReplaceAll(credential, "-", " "))
	p.press("credential")
	p.screen("choose")
	p.press("review")
	p.says("votes.range")
	p.pick(planted)
	p.pick("x")
	p.pick("y")
	p.pick("z")
	p.press("review")
	p.says("votes.range")
	p.pick("y")
	p.shot("2-choose")
	p.press("review")
	p.screen("review")
	if got := folded(eval[string](p, `document.querySelector("[data-choices]").innerText`)); got != "Which? "+planted+" Up to two? x z" {
		t.Errorf("the review says %q", got)
	}
	p.shot("3-review")
	p.press("encrypt")
	p.screen("encrypted")
	p.shot("4-encrypted")
	if left := eval[string](p, `document.documentElement.outerHTML + [...document.querySelectorAll("input")].map(i => i.value + i.checked).join()`); strings.Contains(left, credential) || strings.Contains(left, "true") {
		t.Error("credential or choice is still in the page after encryption")
	}
	tracker := strings.ReplaceAll(p.filled("tracker"), " ", "")
	p.press("cast")
	p.screen("cast")
	p.shot("5-cast")
	if got := strings.ReplaceAll(p.filled("tracker"), " ", ""); got != tracker || len(got) != 43 {
		t.Errorf("tracker %s after, %s before casting", got, tracker)
	}
	p.press("again")
	p.until(`document.querySelector("[data-kept-list]")?.children.length === 1`)
	p.shot("6-kept")
	stored := eval[string](p, `JSON.stringify({...localStorage}) + JSON.stringify({...sessionStorage}) + document.cookie`)
	if strings.Contains(stored, credential) || strings.Contains(stored, planted) || !strings.Contains(stored, tracker) {
		t.Errorf("the device keeps %s", stored)
	}
	p.write("[data-credential-field]", credential)
	p.press("credential")
	p.pick("Blank")
	p.press("review")
	p.press("cast")
	p.screen("cast")

	el.count()
	if diff := cmp.Diff([][]int{{1, 0, 0}, {0, 0, 0}}, el.box.Report().Result); diff != "" {
		t.Errorf("her last ballot counts (-want +got):\n%s", diff)
	}
	el.toolVerifies()

	mu.Lock()
	defer mu.Unlock()
	sent := append(h.sent(), requests...)
	casts := 0
	for _, s := range sent {
		if strings.Contains(s, "POST /cast") {
			casts++
		}
		plain := strings.ReplaceAll(credential, "-", "")
		if strings.HasPrefix(s, "{") && strings.Contains(s, `"documentURL"`) {
			// The browser tells the debugger the address with the fragment; it does not send that.
			s = strings.ReplaceAll(s, "#c="+credential, "")
		}
		for _, secret := range []string{credential, plain, base64.StdEncoding.EncodeToString([]byte(credential)), planted, "checked", "[[0,0,1]", "[0,0,1]", "Cookie"} {
			if strings.Contains(s, secret) {
				t.Errorf("%q goes out in %.300s", secret, s)
			}
		}
	}
	if casts != 2 || len(requests) < 20 {
		t.Errorf("the wire was not watched: %d ballots, %d requests", casts, len(requests))
	}
	if said := p.console(); len(said) > 0 {
		t.Errorf("the console says %q", said)
	}
}

// TestAWatchedWireFindsWhatIsPlanted shows that the watch of the test above would find a leak.
func TestAWatchedWireFindsWhatIsPlanted(t *testing.T) {
	t.Parallel()

	el := newElection(t, 1, yesNoBlank)
	h := newHall(t, el)
	p := browsers(t)
	p.do(chromedp.Navigate(h.URL + "/b"))
	p.screen("credential")
	eval[bool](p, fmt.Sprintf(`fetch("/cast", {method: "POST", body: "leak " + %q}).then(() => true)`, el.credentials[0].Reveal()))
	for _, s := range h.sent() {
		if strings.Contains(s, el.credentials[0].Reveal()) {
			return
		}
	}
	t.Error("a credential went out unseen")
}

// TestABallotIsNotCastWithoutAValidReceipt answers a ballot in every wrong way. The page never says CAST, and casting works afterwards.
func TestABallotIsNotCastWithoutAValidReceipt(t *testing.T) {
	t.Parallel()

	el := newElection(t, 2, yesNoBlank)
	h := newHall(t, el)
	p := browsers(t)
	p.do(chromedp.Navigate(h.URL + "/b"))
	p.screen("credential")
	p.write("[data-credential-field]", el.credentials[1].Reveal())
	p.press("credential")
	p.screen("choose")
	p.pick("Yes")
	p.press("review")
	answers := []struct {
		says   string
		answer func(w http.ResponseWriter, r *http.Request)
	}{
		{"unreachable", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }},
		{"refused", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusConflict)
			_, _ = io.WriteString(w, `{"text":"The vote is over."}`)
		}},
		{"refused", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }},
		{"receipt", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "OK") }},
		{"receipt", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}") }},
		{"receipt", func(w http.ResponseWriter, _ *http.Request) { // of somebody else's ballot
			_ = json.NewEncoder(w).Encode(h.sign(ballot.Receipt{UUID: el.uuid, Tracker: strings.Repeat("A", 43), Height: 1}))
		}},
		{"receipt", func(w http.ResponseWriter, r *http.Request) { // signed with another key
			_, other, _ := ed25519.GenerateKey(rand.Reader)
			mine := h.key
			h.key = other
			raw, _ := io.ReadAll(r.Body)
			receipt, err := el.box.AppendBallot(raw)
			if err != nil {
				t.Error(err)
			}
			_ = json.NewEncoder(w).Encode(h.sign(receipt))
			h.key = mine
		}},
		{"unreachable", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/b", http.StatusSeeOther) }},
	}
	for i, a := range answers {
		h.receiver = a.answer
		p.press("cast")
		p.screen("encrypted")
		p.says(a.says)
		if eval[bool](p, `!document.querySelector('[data-screen="cast"]').hidden`) {
			t.Fatalf("answer %d passes for a receipt", i)
		}
	}
	// She leaves: the browser asks.
	asked := make(chan page.DialogType, 1)
	if err := chromedp.Listen(p.ctx, func(ev any) {
		if e, ok := ev.(*page.EventJavascriptDialogOpening); ok {
			go func() {
				_, _ = chromedp.Call(p.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: false})
				asked <- e.Type
			}()
		}
	}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(p.ctx)
	stays := make(chan struct{})
	go func() { // a step that stays may be one that never ends
		defer close(stays)
		_ = chromedp.Do(ctx, chromedp.Navigate(h.URL+"/icon.svg"))
	}()
	select {
	case kind := <-asked:
		if kind != page.DialogTypeBeforeunload {
			t.Errorf("asked by %s", kind)
		}
	case <-time.After(patience):
		t.Error("she left before the ballot was cast, and nobody asked")
	}
	cancel()
	<-stays
	h.receiver = nil
	p.press("cast") // the same bytes again: the server has them from the answer with the wrong key
	p.screen("cast")
	if n := el.box.Report().BallotEvents; n != 1 {
		t.Errorf("%d ballots, want 1", n)
	}
}

// TestACredentialOfAnotherElectionIsRefusedOnTheDevice sends nothing about it.
func TestACredentialOfAnotherElectionIsRefusedOnTheDevice(t *testing.T) {
	t.Parallel()

	el := newElection(t, 2, yesNoBlank)
	h := newHall(t, el)
	p := browsers(t)
	p.do(chromedp.Navigate(h.URL + "/b"))
	p.screen("credential")
	stranger := must[ballot.Credential](t)(ballot.NewCredential(rand.Reader))
	p.write("[data-credential-field]", stranger.Reveal())
	p.press("credential")
	p.says("credential.not_listed")
	p.press("credential")
	p.says("credential.not_listed")
	for _, s := range h.sent() {
		if !strings.HasPrefix(s, "GET ") {
			t.Errorf("this goes out: %.100s", s)
		}
	}

	// Without the list the server's refusal says it, and nothing is stored.
	h.listed = false
	p.do(chromedp.Navigate(h.URL + "/b"))
	p.screen("credential")
	p.write("[data-credential-field]", stranger.Reveal())
	p.press("credential")
	p.screen("choose")
	p.pick("No")
	p.press("review")
	p.press("cast")
	p.screen("encrypted")
	p.says("refused")
	if got := p.filled("text"); !strings.Contains(got, "ballot.credential") {
		t.Errorf("the refusal says %q", got)
	}
}

func TestAnotherElectionThanAnnouncedIsNotShown(t *testing.T) {
	t.Parallel()

	el := newElection(t, 1, yesNoBlank)
	h := newHall(t, el)
	el.raw = must[[]byte](t)(ballot.NewElection(el.uuid, "Vote", "other", []ballot.Question{yesNoBlank}, ballot.Trustees{{Single: &el.key}}))
	p := browsers(t)
	p.do(chromedp.Navigate(h.URL + "/b"))
	p.says("fingerprint")
	el.raw = []byte(strings.Replace(string(el.raw), `,"name"`, `, "name"`, 1))
	p.do(chromedp.Navigate(h.URL + "/b"))
	p.says("election")
	if got := p.filled("reason"); got != "json.canonical" {
		t.Errorf("reason %q", got)
	}
}

func TestAPracticeBallotNeedsNoCodeOfOnesOwn(t *testing.T) {
	t.Parallel()

	el := newElection(t, 1, yesNoBlank)
	h := newHall(t, el)
	h.practice = el.credentials[0].Reveal()
	p := browsers(t)
	p.do(chromedp.Navigate(h.URL + "/b"))
	p.screen("credential")
	p.press("credential")
	p.screen("choose")
	p.pick("No")
	p.press("review")
	p.press("cast")
	p.screen("cast")
}

// TestAfterLoadingTheNetIsNeededToSendOnly takes the server away from the moment that the page stands until the ballot is to be sent.
func TestAfterLoadingTheNetIsNeededToSendOnly(t *testing.T) {
	t.Parallel()

	el := newElection(t, 1, yesNoBlank)
	h := newHall(t, el)
	h.listed = false
	p := browsers(t)
	p.do(chromedp.Navigate(h.URL + "/b"))
	p.screen("credential")
	h.shut(true)
	p.write("[data-credential-field]", el.credentials[0].Reveal())
	p.press("credential")
	p.screen("choose")
	p.pick("Yes")
	p.press("review")
	p.press("cast")
	p.screen("encrypted")
	p.says("unreachable")
	h.shut(false)
	p.press("cast")
	p.screen("cast")
}
