// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/internal/web"
)

// grantRow is a grant as pages show it.
type grantRow struct {
	ID      string    `json:"id"`
	Role    string    `json:"role"`
	Scope   string    `json:"scope"`
	Export  bool      `json:"export"`
	From    time.Time `json:"from"`
	Until   time.Time `json:"until"` // its last moment
	State   string    `json:"state"` // live, pending, over
	Whose   string    `json:"-"`
	Account string    `json:"account"`
	By      string    `json:"by"` // who gave it
	Why     string    `json:"-"`  // the viewer may not confirm it; "" when she may
}

func (a *atlas) row(tr *i18n.Translator, g Grant, now time.Time) grantRow {
	row := grantRow{
		ID: g.ID, Account: g.Account, Role: tr.T("auth.role." + string(g.Role)), Scope: a.label(tr, g.Scope, g.ScopeID),
		Export: g.MayExport, From: g.From, Until: endTime(&g).Add(-time.Millisecond), State: "over",
	}
	switch {
	case g.Pending && g.Ended.IsZero() && now.Before(g.Until):
		row.State = "pending"
	case !g.Pending && g.live(now):
		row.State = "live"
	}
	return row
}

type accountView struct {
	Devices  []Device   `json:"devices"`
	Others   int        `json:"others"` // signed in elsewhere
	Passkeys []Passkey  `json:"passkeys"`
	CanAdd   bool       `json:"can_add_passkey"` // they work at this address
	Grants   []grantRow `json:"grants"`
	Locale   string     `json:"locale"`
}

// account serves GET /account: what belongs to the caller herself.
func (h handler) account(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	me, tr := By(ctx), web.Text(r)
	v := accountView{Locale: tr.Locale}
	_, v.CanAdd = h.relyingParty(r)
	_, err := db.InRead(ctx, h.d, func(tx *db.Tx) (struct{}, error) {
		places, err := h.maps(ctx, tx)
		if err != nil {
			return struct{}{}, err
		}
		if v.Devices, err = devices(ctx, tx, me.Account, me.Device); err != nil {
			return struct{}{}, err
		}
		v.Devices = slices.DeleteFunc(v.Devices, func(d Device) bool { return !d.Active })
		v.Others = max(0, len(v.Devices)-1)
		for _, g := range me.Grants {
			v.Grants = append(v.Grants, places.row(tr, g, tx.Now))
		}
		v.Passkeys, err = passkeys(ctx, tx, me.Account)
		return struct{}{}, err
	})
	if err != nil {
		return err
	}
	return web.Page(w, r, web.View{Page: "account", Title: "auth.account.title", Body: v})
}

// setLocale serves POST /account/locale: for this account on every device, and on this one at once.
func (h handler) setLocale(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	value := r.PostFormValue("value")
	if !slices.Contains(i18n.Locales, value) {
		return fault.Field("value", "web.locale_unknown")
	}
	err := db.Do(ctx, h.d, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE account SET locale = $1 WHERE id = $2`, value, By(ctx).Account)
		if err != nil {
			return err
		}
		_, err = audit.Append(ctx, tx, audit.Entry{Verb: "account.locale", Object: "account:" + By(ctx).Account, Count: 1})
		return err
	})
	if err != nil {
		return err
	}
	http.SetCookie(w, &http.Cookie{Name: "locale", Path: "/", MaxAge: -1, HttpOnly: true}) // the account's is in force again
	return web.Done(w, r, "/account", nil)
}

// signOutOne serves POST /account/devices/{device}/signout.
func (h handler) signOutOne(w http.ResponseWriter, r *http.Request) error {
	me := By(r.Context())
	if err := h.revokeOf(r.Context(), me.Account, r.PathValue("device")); err != nil {
		return err
	}
	web.Say(w, r, web.Flash{Key: "auth.device.out"})
	return web.Done(w, r, "/account", nil)
}

// signOutOthers serves POST /account/devices/others/signout.
func (h handler) signOutOthers(w http.ResponseWriter, r *http.Request) error {
	n, err := h.signOutAll(r.Context(), By(r.Context()).Account, By(r.Context()).Device)
	if err != nil {
		return err
	}
	web.Say(w, r, web.Flash{Key: "auth.device.others_out", Args: map[string]any{"N": n}})
	return web.Done(w, r, "/account", nil)
}

func (s *Store) signOutAll(ctx context.Context, account, but string) (int, error) {
	return db.InTx(ctx, s.d, func(tx *db.Tx) (int, error) {
		n, err := revokeOthers(ctx, tx, account, but)
		if err != nil || n == 0 {
			return 0, err
		}
		_, err = audit.Append(ctx, tx, audit.Entry{Verb: "device.revoke", Object: "account:" + account, Count: n})
		return n, err
	})
}
