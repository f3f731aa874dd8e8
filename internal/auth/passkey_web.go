// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"net/http"
	"strings"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/web"
)

// party is relyingParty or a refusal.
func (h handler) party(r *http.Request) (*webauthn.WebAuthn, error) {
	p, ok := h.relyingParty(r)
	if !ok {
		return nil, fault.New(fault.Conflict, "auth.passkey_not_here")
	}
	return p, nil
}

// passkeyBegin serves POST /signin/passkey/begin: a challenge for whichever passkey the device offers.
func (h handler) passkeyBegin(w http.ResponseWriter, r *http.Request) error {
	party, err := h.party(r)
	if err != nil {
		return err
	}
	if err := h.count("ceremony", h.callerIP(r), perIPCeremonies); err != nil {
		return err
	}
	ask, session, err := party.BeginDiscoverableLogin()
	if err != nil {
		return err
	}
	if err := h.keepCeremony(r.Context(), "", session); err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, ask.Response)
}

// passkeySignIn serves POST /signin/passkey.
func (h handler) passkeySignIn(w http.ResponseWriter, r *http.Request) error {
	party, err := h.party(r)
	if err != nil {
		return err
	}
	if err := h.mayTry(r); err != nil {
		return err
	}
	got, err := protocol.ParseCredentialRequestResponseBody(r.Body)
	if err != nil {
		return &fault.Error{Code: fault.Invalid, Key: "auth.passkey_refused", Err: err}
	}
	if err := h.signInByPasskey(r.Context(), party, got, deviceLabel(r.UserAgent())); err != nil {
		return err
	}
	return web.Done(w, r, "/", nil)
}

// addPasskeyBegin serves POST /account/passkeys/begin.
func (h handler) addPasskeyBegin(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	party, err := h.party(r)
	if err != nil {
		return err
	}
	k, err := db.InRead(ctx, h.d, func(tx *db.Tx) (*keyholder, error) { return holder(ctx, tx, By(ctx).Account) })
	if err != nil {
		return err
	}
	ask, session, err := party.BeginRegistration(k, webauthn.WithExclusions(webauthn.Credentials(k.WebAuthnCredentials()).CredentialDescriptors()))
	if err != nil {
		return err
	}
	if err := h.keepCeremony(ctx, k.account, session); err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, ask.Response)
}

// addPasskey serves POST /account/passkeys.
func (h handler) addPasskey(w http.ResponseWriter, r *http.Request) error {
	party, err := h.party(r)
	if err != nil {
		return err
	}
	made, err := protocol.ParseCredentialCreationResponseBody(r.Body)
	if err != nil {
		return &fault.Error{Code: fault.Invalid, Key: "auth.passkey_refused", Err: err}
	}
	if err := h.Store.addPasskey(r.Context(), party, made, deviceLabel(r.UserAgent())); err != nil {
		return err
	}
	web.Say(w, r, web.Flash{Key: "auth.passkey.added"})
	return web.Done(w, r, "/account", nil)
}

const longestLabel = 60

// namePasskey serves POST /account/passkeys/{passkey}/name.
func (h handler) namePasskey(w http.ResponseWriter, r *http.Request) error {
	label := strings.TrimSpace(r.PostFormValue("label"))
	if label == "" || len(label) > longestLabel {
		return fault.Field("label", "auth.label_length", "Max", longestLabel)
	}
	if err := h.Store.namePasskey(r.Context(), r.PathValue("passkey"), label); err != nil {
		return err
	}
	return web.Done(w, r, "/account", nil)
}

// removePasskey serves POST /account/passkeys/{passkey}/remove.
func (h handler) removePasskey(w http.ResponseWriter, r *http.Request) error {
	if err := h.Store.removePasskey(r.Context(), r.PathValue("passkey")); err != nil {
		return err
	}
	web.Say(w, r, web.Flash{Key: "auth.passkey.removed"})
	return web.Done(w, r, "/account", nil)
}
