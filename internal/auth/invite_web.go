// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/web"
)

// errNoInvitation answers a code that was used, is too old, or never was.
var errNoInvitation = fault.New(fault.Missing, "auth.invitation_dead")

// inviteMost is how many people the page shows; a captain has ten, an officer searches.
const inviteMost = 50

type inviteView struct {
	People []Person `json:"people"`
	Total  int      `json:"total"`
	Search string   `json:"-"`
}

// invitePage serves GET /invite: the caller's people, those without an account first.
func (h handler) invitePage(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	reach, err := Allowed(ctx, Invite)
	if err != nil {
		return err
	}
	v := inviteView{Search: web.Unseal(r, "invite", r.URL.Query().Get("q"))}
	_, err = db.InRead(ctx, h.d, func(tx *db.Tx) (struct{}, error) {
		var err error
		v.People, v.Total, err = h.People.Find(ctx, tx, reach, PeopleQuery{Name: v.Search, Limit: inviteMost})
		return struct{}{}, err
	})
	if err != nil {
		return err
	}
	if err := h.seen(ctx, "invitation.list", reach, v.People); err != nil {
		return err
	}
	return web.Page(w, r, web.View{Page: "invite", Title: "auth.invite.title", Body: v})
}

// seen records that the people were shown.
func (h handler) seen(ctx context.Context, verb string, reach Reach, people []Person) error {
	ids := make([]string, len(people))
	for i, p := range people {
		ids[i] = p.ID
	}
	return h.Audit.Read(ctx, audit.Entry{Verb: verb, Scope: reach.Label(), Subjects: ids, Count: len(ids)})
}

// inviteSearch serves POST /invite/search: a name never stands in an address.
func (h handler) inviteSearch(w http.ResponseWriter, r *http.Request) error {
	return web.Done(w, r, searched(r, "/invite"), nil)
}

// searched returns path with the search words of the form, sealed for the page of that name.
func searched(r *http.Request, path string) string {
	if q := web.Seal(r, path[1:], strings.TrimSpace(r.PostFormValue("q"))); q != "" {
		return path + "?q=" + q
	}
	return path
}

// invite serves POST /invite/{person}. The code travels to its page sealed: the address alone opens nothing.
func (h handler) invite(w http.ResponseWriter, r *http.Request) error {
	reach, err := Allowed(r.Context(), Invite)
	if err != nil {
		return err
	}
	person := r.PathValue("person")
	code, err := h.Store.invite(r.Context(), reach, person)
	if err != nil {
		return err
	}
	return web.Done(w, r, "/invite/"+person+"?c="+web.Seal(r, "code", code), nil)
}

type codeView struct {
	Person Person      `json:"person"`
	State  string      `json:"state"` // none, waiting, used, over
	Code   string      `json:"-"`
	Typed  string      `json:"-"` // where the code is typed, without the scheme
	Until  time.Time   `json:"until,omitzero"`
	QR     *web.Square `json:"-"`
}

// codePage serves GET /invite/{person}: the code to scan, and whether it was used.
func (h handler) codePage(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	reach, err := Allowed(ctx, Invite)
	if err != nil {
		return err
	}
	v := codeView{State: "none", Code: web.Unseal(r, "code", r.URL.Query().Get("c"))}
	_, err = db.InRead(ctx, h.d, func(tx *db.Tx) (struct{}, error) {
		var err error
		if v.Person, err = h.one(ctx, tx, reach, r.PathValue("person")); err != nil || v.Code == "" {
			return struct{}{}, err
		}
		o, ok, err := findCode(ctx, tx, kindInvitation, hashCode(v.Code))
		switch {
		case err != nil || !ok || o.Person != v.Person.ID:
		case o.Used:
			v.State = "used"
		case !o.live(tx.Now):
			v.State = "over"
		default:
			v.State, v.Until = "waiting", o.Expires
		}
		return struct{}{}, err
	})
	if err != nil {
		return err
	}
	if v.State == "waiting" {
		origin, err := h.origin(r)
		if err != nil {
			return err
		}
		_, host, _ := strings.Cut(origin, "://")
		v.Typed = host + "/join"
		if v.QR, err = web.QR(origin + "/join/" + v.Code); err != nil {
			return err
		}
	}
	if err := h.seen(ctx, "invitation.show", reach, []Person{v.Person}); err != nil {
		return err
	}
	return web.Page(w, r, web.View{Page: "invite-code", Title: "auth.invite.title", Body: v})
}

// joinTyped serves GET /join, for those whose camera will not scan.
func (h handler) joinTyped(w http.ResponseWriter, r *http.Request) error {
	return web.Page(w, r, web.View{Page: "join-code", Title: "auth.join.title", Bare: true, Body: nil})
}

// joinTo serves POST /join.
func (h handler) joinTo(w http.ResponseWriter, r *http.Request) error {
	code := plainCode(r.PostFormValue("code"))
	if strings.Trim(code, codeLetters+"-") != "" || code == "" {
		return errNoInvitation
	}
	return web.Done(w, r, "/join/"+code, nil)
}

type joinView struct {
	Form    web.Form `json:"form"`
	Name    string   `json:"-"`
	From    string   `json:"-"`
	Again   bool     `json:"again"` // has an account: pairs another phone
	Locale  string   `json:"locale"`
	Minutes int      `json:"minutes"`
}

// joinPage serves GET /join/{code}: what will be stored and who sees it, before anything is.
func (h handler) joinPage(w http.ResponseWriter, r *http.Request) error {
	inv, err := h.tryInvitation(r)
	if err != nil {
		return err
	}
	return h.joinForm(w, r, inv, web.Form{}, http.StatusOK)
}

// tryInvitation counts the try, since these codes are short, and returns the invitation.
func (h handler) tryInvitation(r *http.Request) (invitation, error) {
	if err := h.mayTry(r); err != nil {
		return invitation{}, err
	}
	return h.invitation(r.Context(), r.PathValue("code"))
}

func (h handler) joinForm(w http.ResponseWriter, r *http.Request, inv invitation, f web.Form, status int) error {
	v := joinView{
		Form: f, Name: inv.Person.Name, From: inv.From, Again: inv.Person.Account, Locale: web.Text(r).Locale,
		Minutes: int(invitationLife.Minutes()),
	}
	if l := f.Value("locale"); l != "" {
		v.Locale = l
	}
	return web.Page(w, r, web.View{Page: "join", Title: "auth.join.title", Bare: true, Status: status, Body: v})
}

// join serves POST /join/{code}: the link goes to a personal address, and proves that it is hers.
func (h handler) join(w http.ResponseWriter, r *http.Request) error {
	inv, err := h.tryInvitation(r)
	if err != nil {
		return err
	}
	address, err := h.personal(r.Context(), r.PostFormValue("email"))
	if f, ok := web.Refill(r, err); ok {
		return h.joinForm(w, r, inv, f, http.StatusUnprocessableEntity)
	} else if err != nil {
		return err
	}
	if err := h.mayMail(address); err != nil {
		return err
	}
	origin, err := h.origin(r)
	if err != nil {
		return err
	}
	locale := words().For(r.PostFormValue("locale")).Locale
	err = h.courier.run(h.Log, func(ctx context.Context) error { return h.mailJoin(ctx, origin, inv.hash, address, locale) })
	if err != nil {
		return err
	}
	return web.Done(w, r, "/signin/sent", nil)
}
