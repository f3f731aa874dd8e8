// SPDX-License-Identifier: Apache-2.0

package auth_test

import (
	"context"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	cdpwebauthn "github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"github.com/tenday/tenday/internal/app/apptest"
	"github.com/tenday/tenday/internal/db"
)

// patience is how long a step in the browser may take on a busy machine.
const patience = 2 * time.Minute

// chrome returns a tab with a virtual authenticator that has verified its owner; it skips t without a Chromium.
func chrome(t *testing.T) (context.Context, cdpwebauthn.AuthenticatorID) {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Skip("no chromium on this machine: passkeys are not tested in a browser")
	}
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path),
		chromedp.NoSandbox, chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil { // the browser lives as long as this context, each step has its own
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, cdpwebauthn.Enable, cdpwebauthn.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	made, err := chromedp.Call(ctx, cdpwebauthn.AddVirtualAuthenticator, cdpwebauthn.AddVirtualAuthenticatorParams{
		Options: &cdpwebauthn.VirtualAuthenticatorOptions{
			Protocol:  cdpwebauthn.AuthenticatorProtocolCtap2,
			Transport: cdpwebauthn.AuthenticatorTransportInternal, HasResidentKey: true, HasUserVerification: true,
			IsUserVerified: true, AutomaticPresenceSimulation: true,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return ctx, made.AuthenticatorID
}

// do runs the steps in the tab.
func do(ctx context.Context, t *testing.T, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := chromedp.Do(limited, steps...); err != nil {
		where, _ := chromedp.Run(ctx, chromedp.Location())
		text, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body.innerText.slice(0, 800)`))
		t.Fatalf("%v at %s:\n%s", err, where, text)
	}
}

// waitFor waits until a page whose address ends in path has loaded: its address alone is there before its forms are.
func waitFor(ctx context.Context, t *testing.T, path string) {
	t.Helper()
	deadline := time.Now().Add(patience)
	where := ""
	for time.Now().Before(deadline) {
		where, _ = chromedp.Run(ctx, chromedp.Evaluate[string](`document.readyState === 'complete' ? location.href : ''`))
		if strings.HasSuffix(where, path) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	text, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body.innerText.slice(0, 800)`))
	t.Fatalf("waited for %s, stands at %s:\n%s", path, where, text)
}

// The first story: a link by mail, a tap, a passkey; next week one tap.
func TestAPasskeyOpensInOneTap(t *testing.T) {
	t.Parallel()

	ctx, device := chrome(t)
	h := apptest.New(t)
	box := &mailbox{}
	h.Auth.Mail = box
	b := &browser{t: t, h: h, box: box}
	origin := strings.Replace(h.URL, "127.0.0.1", "localhost", 1) // a passkey is bound to a name

	do(ctx, t, chromedp.Navigate(origin+"/signin"), chromedp.SendKeys(`input[name=email]`, memberMail),
		chromedp.Click(`form[action="/signin/link"] button`))
	waitFor(ctx, t, "/signin/sent")
	link := linkIn.FindString(b.mails()[0].Text)
	if !strings.HasPrefix(link, origin) {
		t.Fatalf("link %s, want one at %s", link, origin)
	}
	do(ctx, t, chromedp.Navigate(link), chromedp.Click(`main form button`))
	waitFor(ctx, t, "/account")
	do(ctx, t, chromedp.Click(`[data-passkey-add] button`), chromedp.WaitVisible(`footer[data-passkey-add]`))
	signOut := chromedp.Evaluate[bool](`document.querySelector('form[action="/signout"]').submit(), true`)
	if _, err := chromedp.Run(ctx, signOut); err != nil {
		t.Fatal(err)
	}

	h.Clock.Advance(7 * 24 * time.Hour)
	home := strings.TrimPrefix(origin, "http://") + "/"
	waitFor(ctx, t, home) // the field offers the passkey by itself, and this authenticator takes it at once

	// from here on a browser whose fields offer nothing: the button
	_, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: `PublicKeyCredential.isConditionalMediationAvailable = async () => false`,
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Run(ctx, signOut); err != nil {
		t.Fatal(err)
	}
	waitFor(ctx, t, "/signin")
	tap := func() {
		t.Helper()
		do(ctx, t, chromedp.Navigate(origin+"/signin"), chromedp.Click(`[data-passkey-signin] button`))
	}
	tap()
	waitFor(ctx, t, home)
	do(ctx, t, chromedp.Navigate(origin+"/account"), chromedp.WaitVisible(`[data-passkey-add]`))
	var used int64
	err = db.Do(t.Context(), h.DB, func(tx *db.Tx) error {
		return tx.Row(t.Context(), `SELECT last_used_at FROM passkey WHERE account_id = $1`, h.Account["member"]).Scan(&used)
	})
	if err != nil || used != h.Clock.Now().UnixMilli() {
		t.Errorf("last used %v, %v", time.UnixMilli(used), err)
	}

	// A copy of the key with an older counter: two are in use, so it opens no more, and the record says so.
	keys, err := chromedp.Call(ctx, cdpwebauthn.GetCredentials, cdpwebauthn.GetCredentialsParams{AuthenticatorID: device})
	if err != nil || len(keys.Credentials) != 1 {
		t.Fatalf("%d keys, %v", len(keys.Credentials), err)
	}
	key := keys.Credentials[0]
	if _, err := chromedp.Call(ctx, cdpwebauthn.ClearCredentials, cdpwebauthn.ClearCredentialsParams{AuthenticatorID: device}); err != nil {
		t.Fatal(err)
	}
	// by hand: the generated type sends a field that this authenticator does not know
	addCredential := cdp.Command[map[string]any, cdp.Empty]{Method: cdpwebauthn.CommandAddCredential}
	if _, err := chromedp.Call(ctx, addCredential, map[string]any{"authenticatorId": device, "credential": map[string]any{
		"credentialId": key.CredentialID, "isResidentCredential": true, "rpId": key.RpID, "privateKey": key.PrivateKey,
		"userHandle": key.UserHandle, "signCount": 0,
	}}); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Run(ctx, signOut); err != nil {
		t.Fatal(err)
	}
	waitFor(ctx, t, "/signin")
	tap()
	do(ctx, t, chromedp.WaitVisible(`[data-passkey-signin] [role=alert]`))
	said, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.querySelector('[data-passkey-signin] [role=alert]').textContent`))
	if err != nil || !strings.Contains(said, "A copy of this passkey") {
		t.Errorf("said %q, %v", said, err)
	}
	var cloned int
	err = db.Do(t.Context(), h.DB, func(tx *db.Tx) error {
		return tx.Row(t.Context(), `SELECT COUNT(*) FROM audit_record WHERE verb = 'passkey.cloned'`).Scan(&cloned)
	})
	if err != nil || cloned != 1 {
		t.Errorf("%d records of a copy, %v", cloned, err)
	}
}

func TestPasskeysAreOfferedOnlyWhereTheyWork(t *testing.T) {
	t.Parallel()

	h := apptest.New(t)
	b := open(t, h)
	a := b.get("/signin")
	if strings.Contains(a.Body, "passkey.js") {
		t.Error("127.0.0.1 has no name, and a passkey is offered there")
	}
	want(t, "begin", b.post("/signin/passkey/begin"), 409, "Open the campaign by its name")
	h.Auth.BaseURL = "https://campaign.example.org"
	want(t, "by its name", b.get("/signin"), 200, "passkey.js")
	want(t, "a ceremony of nobody", b.send("POST", "/signin/passkey", nil, "Content-Type", "application/json", "Accept", "application/json"), 422, "auth.passkey_refused")
}
