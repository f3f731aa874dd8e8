// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/web"
)

// handler holds the room's pages.
type handler struct{ *Store }

// Register adds the room's pages to srv.
func Register(srv *web.Server, s *Store) error {
	h := handler{s}
	srv.Show(web.Item{Href: "/invite", Key: "auth.nav.invite", Icon: "qr", Access: Need(Invite)},
		web.Item{Href: "/access", Key: "auth.nav.access", Icon: "key", Access: Need(GrantManage)})
	return srv.Add(Templates,
		web.Route{Pattern: "GET /signin", Access: web.Public, Handler: h.signInPage},
		web.Route{Pattern: "POST /signin/link", Access: web.Public, Handler: h.askLink},
		web.Route{Pattern: "GET /signin/sent", Access: web.Public, Handler: h.sent},
		web.Route{Pattern: "GET /signin/link/{code}", Access: web.Public, Handler: h.linkPage},
		web.Route{Pattern: "POST /signin/link/{code}", Access: web.Public, Handler: h.takeLink},
		web.Route{Pattern: "POST /signin/passkey/begin", Access: web.Public, Handler: h.passkeyBegin},
		web.Route{Pattern: "POST /signin/passkey", Access: web.Public, Handler: h.passkeySignIn},
		web.Route{Pattern: "POST /signout", Access: web.Public, Handler: h.signOut},

		web.Route{Pattern: "GET /invite", Access: Need(Invite), Handler: h.invitePage},
		web.Route{Pattern: "POST /invite/search", Access: Need(Invite), Handler: h.inviteSearch},
		web.Route{Pattern: "GET /invite/{person}", Access: Need(Invite), Handler: h.codePage},
		web.Route{Pattern: "POST /invite/{person}", Access: Need(Invite), Handler: h.invite},
		web.Route{Pattern: "GET /join", Access: web.Public, Handler: h.joinTyped},
		web.Route{Pattern: "POST /join", Access: web.Public, Handler: h.joinTo},
		web.Route{Pattern: "GET /join/{code}", Access: web.Public, Handler: h.joinPage},
		web.Route{Pattern: "POST /join/{code}", Access: web.Public, Handler: h.join},

		web.Route{Pattern: "GET /account", Access: web.SignedIn, Handler: h.account},
		web.Route{Pattern: "POST /account/locale", Access: web.SignedIn, Handler: h.setLocale},
		web.Route{Pattern: "POST /account/devices/others/signout", Access: web.SignedIn, Handler: h.signOutOthers},
		web.Route{Pattern: "POST /account/devices/{device}/signout", Access: web.SignedIn, Handler: h.signOutOne},
		web.Route{Pattern: "POST /account/passkeys/begin", Access: web.SignedIn, Handler: h.addPasskeyBegin},
		web.Route{Pattern: "POST /account/passkeys", Access: web.SignedIn, Handler: h.addPasskey},
		web.Route{Pattern: "POST /account/passkeys/{passkey}/name", Access: web.SignedIn, Handler: h.namePasskey},
		web.Route{Pattern: "POST /account/passkeys/{passkey}/remove", Access: web.SignedIn, Handler: h.removePasskey},

		web.Route{Pattern: "GET /access", Access: Need(GrantManage), Handler: h.access},
		web.Route{Pattern: "POST /access/search", Access: Need(GrantManage), Handler: h.accessSearch},
		web.Route{Pattern: "GET /access/pending", Access: Need(GrantManage), Handler: h.pending},
		web.Route{Pattern: "GET /access/{account}", Access: Need(GrantManage), Handler: h.accessAccount},
		web.Route{Pattern: "POST /access/{account}/grants", Access: Need(GrantManage), Handler: h.giveGrant},
		web.Route{Pattern: "POST /access/{account}/suspend", Access: Need(GrantManage), Handler: h.suspend},
		web.Route{Pattern: "POST /access/{account}/resume", Access: Need(GrantManage), Handler: h.resume},
		web.Route{Pattern: "POST /access/{account}/devices/{device}/signout", Access: Need(GrantManage), Handler: h.signOutPhone},
		web.Route{Pattern: "POST /access/grants/{grant}/end", Access: Need(GrantManage), Handler: h.endGrant},
		web.Route{Pattern: "POST /access/grants/{grant}/confirm", Access: Need(GrantManage), Handler: h.confirmGrant},
		web.Route{Pattern: "GET /turfs", Access: Need(TurfManage), Handler: h.turfs},
		web.Route{Pattern: "POST /turfs", Access: Need(TurfManage), Handler: h.makeTurf},
		web.Route{Pattern: "GET /turfs/{turf}", Access: Need(TurfManage), Handler: h.turf},
		web.Route{Pattern: "POST /turfs/{turf}", Access: Need(TurfManage), Handler: h.saveTurf},
	)
}

// signInView is the door.
type signInView struct {
	Form    web.Form `json:"form"`
	Passkey bool     `json:"passkey"` // works at this address
	Note    string   `json:"note"`    // why somebody was signed out
}

// signInPage serves GET /signin.
func (h handler) signInPage(w http.ResponseWriter, r *http.Request) error {
	if By(r.Context()) != nil {
		return web.Done(w, r, "/", nil)
	}
	return h.signInForm(w, r, web.Form{}, http.StatusOK)
}

func (h handler) signInForm(w http.ResponseWriter, r *http.Request, f web.Form, status int) error {
	v := signInView{Form: f}
	_, v.Passkey = h.relyingParty(r)
	if _, err := h.identify(r.Context()); fault.CodeOf(err) == fault.SignedOut {
		v.Note = web.ProblemOf(web.Text(r), err).Text
	}
	return web.Page(w, r, web.View{Page: "signin", Title: "auth.signin.title", Bare: true, Status: status, Body: v})
}

// askLink serves POST /signin/link. Its answer, and the time it takes, are the same for every personal address.
func (h handler) askLink(w http.ResponseWriter, r *http.Request) error {
	address, err := h.personal(r.Context(), r.PostFormValue("email"))
	if f, ok := web.Refill(r, err); ok {
		return h.signInForm(w, r, f, http.StatusUnprocessableEntity)
	} else if err != nil {
		return err
	}
	if err := h.mayTry(r); err != nil {
		return err
	}
	if err := h.mayMail(address); err != nil {
		return err
	}
	origin, err := h.origin(r)
	if err != nil {
		return err
	}
	if err := h.courier.run(h.Log, func(ctx context.Context) error { return h.mailLink(ctx, origin, address) }); err != nil {
		return err
	}
	return web.Done(w, r, "/signin/sent", nil)
}

// mayTry counts a try from the caller's network. Errors: TooMany.
func (h handler) mayTry(r *http.Request) error { return h.count("ip", h.callerIP(r), perIP) }

// mayMail counts a mail to the address. Errors: TooMany.
func (h handler) mayMail(address string) error { return h.count("address", address, perAddress) }

func (h handler) count(kind, value string, most int) error {
	if !h.tries.allow(kind, value, most, h.d.Now()) {
		return fault.New(fault.TooMany, "auth.too_many")
	}
	return nil
}

// callerIP returns the caller's address, by which tries are counted; it is neither stored nor logged. IPv6 callers own a /64.
func (s *Store) callerIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	if s.Proxied {
		all := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",") // a proxy may add a line of its own
		host = strings.TrimSpace(all[len(all)-1])
	}
	if ip := net.ParseIP(host); ip != nil && ip.To4() == nil {
		return ip.Mask(net.CIDRMask(64, 128)).String()
	}
	return host
}

// Network returns whose network a request comes from, to bound what strangers can cost; it is for counting alone.
func (s *Store) Network(r *http.Request) string { return s.callerIP(r) }

// origin returns what a link begins with: the configured address, or the loopback one that the browser uses. The Host header of
// a stranger never gets into a mail. Errors: Invalid for any other host.
func (s *Store) origin(r *http.Request) (string, error) {
	if s.BaseURL != "" {
		return strings.TrimSuffix(s.BaseURL, "/"), nil
	}
	if !loopback(r.Host) {
		return "", fault.New(fault.Invalid, "auth.host_unknown")
	}
	return "http://" + r.Host, nil
}

// loopback tells whether host, with or without a port, is this machine.
func loopback(host string) bool {
	u := url.URL{Host: host}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// sent serves GET /signin/sent: one answer for all.
func (h handler) sent(w http.ResponseWriter, r *http.Request) error {
	return web.Page(w, r, web.View{Page: "sent", Title: "auth.sent.title", Bare: true, Body: struct{ Minutes int }{int(linkLife.Minutes())}})
}

// linkView asks before it opens, since mail scanners follow links.
type linkView struct {
	Alive bool   `json:"alive"`
	Why   string `json:"why,omitempty"`
}

// linkPage serves GET /signin/link/{code}.
func (h handler) linkPage(w http.ResponseWriter, r *http.Request) error {
	alive, err := h.linkLives(r.Context(), r.PathValue("code"))
	if err != nil {
		return err
	}
	if !alive {
		return h.deadLink(w, r, errDead)
	}
	return web.Page(w, r, web.View{Page: "link", Title: "auth.link.title", Bare: true, Body: linkView{Alive: true}})
}

// deadLink says why a link does not open, and how to get another.
func (h handler) deadLink(w http.ResponseWriter, r *http.Request, err error) error {
	return web.Page(w, r, web.View{
		Page: "link", Title: "auth.link.title", Bare: true, Status: http.StatusGone,
		Body: linkView{Why: web.ProblemOf(web.Text(r), err).Text},
	})
}

// takeLink serves POST /signin/link/{code}.
func (h handler) takeLink(w http.ResponseWriter, r *http.Request) error {
	if err := h.mayTry(r); err != nil {
		return err
	}
	bare, err := h.Store.takeLink(r.Context(), r.PathValue("code"), deviceLabel(r.UserAgent()))
	switch fault.CodeOf(err) {
	case fault.OK:
	case fault.Missing, fault.Forbidden, fault.Conflict:
		return h.deadLink(w, r, err)
	default:
		return err
	}
	if bare { // what to do next is there: add a passkey
		return web.Done(w, r, "/account", nil)
	}
	return web.Done(w, r, "/", nil)
}

// signOut serves POST /signout.
func (h handler) signOut(w http.ResponseWriter, r *http.Request) error {
	if err := h.SignOut(r.Context()); err != nil {
		return err
	}
	return web.Done(w, r, "/signin", nil)
}
