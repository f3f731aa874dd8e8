// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/web"
)

// accessMost is how many accounts the page shows; beyond, one types a name.
const accessMost = 200

type accessView struct {
	Show     string      `json:"show"` // roles, members, suspended; "" while searching
	Search   string      `json:"-"`
	Accounts []accessRow `json:"accounts"`
	Total    int         `json:"total"`
	Pending  int         `json:"pending"`
	Turfs    bool        `json:"-"` // the caller may edit turfs
}

type accessRow struct {
	ID        string     `json:"id"`
	Display   string     `json:"display"`
	Suspended bool       `json:"suspended"`
	Grants    []grantRow `json:"grants"`
}

// access serves GET /access: who holds which role, where, until when.
func (h handler) access(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	reach, err := Allowed(ctx, GrantManage)
	if err != nil {
		return err
	}
	v := accessView{Show: "roles", Search: web.Unseal(r, "access", r.URL.Query().Get("q"))}
	if show := r.URL.Query().Get("show"); slices.Contains([]string{"members", "suspended"}, show) {
		v.Show = show
	}
	if v.Search != "" {
		v.Show = ""
	}
	_, v.Turfs = By(ctx).Reach(TurfManage)
	people, err := db.InRead(ctx, h.d, func(tx *db.Tx) ([]string, error) { return h.listAccess(ctx, tx, r, reach, &v) })
	if err != nil {
		return err
	}
	err = h.Audit.Read(ctx, audit.Entry{
		Verb: "account.list", Scope: reach.Label(), Detail: "show=" + v.Show, Subjects: people,
		Count: len(v.Accounts),
	})
	if err != nil {
		return err
	}
	return web.Page(w, r, web.View{Page: "access", Title: "auth.access.title", Body: v})
}

func (h handler) listAccess(ctx context.Context, tx *db.Tx, r *http.Request, reach Reach, v *accessView) (people []string, err error) {
	places, err := h.maps(ctx, tx)
	if err != nil {
		return nil, err
	}
	all, err := accounts(ctx, tx, reach)
	if err != nil {
		return nil, err
	}
	grants, err := grantList(ctx, tx, func(args *db.Args) string {
		return "g.ended_at = 0 AND g.until_at > " + args.Add(tx.Now.UnixMilli()) + " AND " + reach.within(args)
	})
	if err != nil {
		return nil, err
	}
	rows := map[string][]grantRow{}
	roles := map[string]bool{} // holds more than her own page
	for _, g := range grants {
		rows[g.Account] = append(rows[g.Account], places.row(web.Text(r), g.Grant, tx.Now))
		roles[g.Account] = roles[g.Account] || g.Role != Member
		if g.Pending {
			v.Pending++
		}
	}
	for _, a := range all {
		suspended := !a.Suspended.IsZero()
		shown := map[string]bool{
			"": strings.Contains(fold(a.Display), fold(v.Search)), "roles": roles[a.ID] && !suspended,
			"members": !roles[a.ID] && !suspended, "suspended": suspended,
		}
		if !shown[v.Show] {
			continue
		}
		if v.Total++; v.Total <= accessMost {
			v.Accounts = append(v.Accounts, accessRow{ID: a.ID, Display: a.Display, Suspended: suspended, Grants: rows[a.ID]})
			people = append(people, personOf(a.Person)...)
		}
	}
	return people, nil
}

// accessSearch serves POST /access/search.
func (h handler) accessSearch(w http.ResponseWriter, r *http.Request) error {
	return web.Done(w, r, searched(r, "/access"), nil)
}

type option struct {
	Value, Label string
	Selected     bool
}

type accessAccountView struct {
	ID        string     `json:"id"`
	Display   string     `json:"display"`
	Suspended time.Time  `json:"suspended,omitzero"`
	Devices   []Device   `json:"devices"`
	Grants    []grantRow `json:"grants"`
	Over      []grantRow `json:"over"` // ended, for the history
	Self      bool       `json:"self"`

	Form    web.Form `json:"-"`
	Roles   []option `json:"-"`
	Regions []option `json:"-"`
	Sites   []option `json:"-"`
	Turfs   []option `json:"-"`
	Scope   string   `json:"-"`
	MinDay  string   `json:"-"`
	MaxDay  string   `json:"-"`
	Second  bool     `json:"-"` // export and the unit wait for an officer
}

// accessAccount serves GET /access/{account}.
func (h handler) accessAccount(w http.ResponseWriter, r *http.Request) error {
	return h.accessForm(w, r, web.Form{}, http.StatusOK)
}

func (h handler) accessForm(w http.ResponseWriter, r *http.Request, f web.Form, status int) error {
	ctx := r.Context()
	reach, err := Allowed(ctx, GrantManage)
	if err != nil {
		return err
	}
	v := accessAccountView{
		ID: r.PathValue("account"), Form: f, Scope: f.Value("scope"), Self: r.PathValue("account") == By(ctx).Account,
		MinDay: web.Now(r).Format(time.DateOnly), MaxDay: web.Now(r).Add(maxGrant).Format(time.DateOnly),
	}
	person, err := db.InRead(ctx, h.d, func(tx *db.Tx) (string, error) {
		a, err := accountIn(ctx, tx, reach, v.ID)
		if err != nil {
			return "", err
		}
		v.Display, v.Suspended = a.Display, a.Suspended
		if v.Devices, err = devices(ctx, tx, v.ID, By(ctx).Device); err != nil {
			return "", err
		}
		n, err := officers(ctx, tx)
		if err != nil {
			return "", err
		}
		v.Second = n > 1 || !By(ctx).isOfficer()
		return a.Person, h.fillGrants(ctx, tx, r, &v)
	})
	if err != nil {
		return err
	}
	err = h.Audit.Read(ctx, audit.Entry{Verb: "account.open", Object: "account:" + v.ID, Scope: reach.Label(), Subjects: personOf(person), Count: 1})
	if err != nil {
		return err
	}
	return web.Page(w, r, web.View{Page: "access-account", Title: "auth.access.title", Status: status, Body: v})
}

func (h handler) fillGrants(ctx context.Context, tx *db.Tx, r *http.Request, v *accessAccountView) error {
	places, err := h.maps(ctx, tx)
	if err != nil {
		return err
	}
	grants, err := grantList(ctx, tx, func(args *db.Args) string { return "g.account_id = " + args.Add(v.ID) })
	if err != nil {
		return err
	}
	tr := web.Text(r)
	for _, g := range grants {
		row := places.row(tr, g.Grant, tx.Now)
		row.By = g.giver
		if row.State == "over" {
			v.Over = append(v.Over, row)
		} else {
			v.Grants = append(v.Grants, row)
		}
	}
	add := func(to *[]option, value, label string, chosen bool) {
		*to = append(*to, option{Value: value, Label: label, Selected: chosen})
	}
	for _, role := range Roles() {
		if By(ctx).mayHandle(role) {
			add(&v.Roles, string(role), tr.T("auth.role."+string(role)), v.Form.Value("role") == string(role))
		}
	}
	for _, name := range places.regions() {
		add(&v.Regions, "region:"+name, name, v.Scope == "region:"+name)
	}
	for _, p := range places.sites {
		add(&v.Sites, "site:"+p.ID, p.Name, v.Scope == "site:"+p.ID)
	}
	reach, _ := By(ctx).Reach(GrantManage)
	sets, err := turfs(ctx, tx, reach)
	for _, t := range sets {
		add(&v.Turfs, "turf:"+t.ID, t.Name, v.Scope == "turf:"+t.ID)
	}
	return err
}

// giveGrant serves POST /access/{account}/grants. "Until Friday" is until the end of Friday where the campaign is.
func (h handler) giveGrant(w http.ResponseWriter, r *http.Request) error {
	kind, id, _ := strings.Cut(r.PostFormValue("scope"), ":")
	g := Grant{
		Account: r.PathValue("account"), Role: Role(r.PostFormValue("role")), Scope: Scope(kind), ScopeID: id,
		MayExport: r.PostFormValue("export") != "",
	}
	if day, err := time.ParseInLocation(time.DateOnly, r.PostFormValue("until"), web.Now(r).Location()); err == nil {
		g.Until = day.AddDate(0, 0, 1)
	}
	pending, err := h.GiveGrant(r.Context(), g)
	if f, ok := web.Refill(r, err); ok {
		return h.accessForm(w, r, f, http.StatusUnprocessableEntity)
	} else if err != nil {
		return err
	}
	said := web.Flash{Key: "auth.grant.given"}
	if pending {
		said = web.Flash{Key: "auth.grant.asked", Tone: "info"}
	}
	web.Say(w, r, said)
	return web.Done(w, r, "/access/"+g.Account, map[string]bool{"pending": pending})
}

// endGrant serves POST /access/grants/{grant}/end.
func (h handler) endGrant(w http.ResponseWriter, r *http.Request) error {
	account, err := h.EndGrant(r.Context(), r.PathValue("grant"))
	if err != nil {
		return err
	}
	web.Say(w, r, web.Flash{Key: "auth.grant.ended"})
	return web.Done(w, r, "/access/"+account, nil)
}

// confirmGrant serves POST /access/grants/{grant}/confirm.
func (h handler) confirmGrant(w http.ResponseWriter, r *http.Request) error {
	if _, err := h.ConfirmGrant(r.Context(), r.PathValue("grant")); err != nil {
		return err
	}
	web.Say(w, r, web.Flash{Key: "auth.grant.confirmed"})
	return web.Done(w, r, "/access/pending", nil)
}

type pendingView struct {
	Grants  []grantRow `json:"grants"`
	Officer bool       `json:"officer"` // the caller may confirm
}

// pending serves GET /access/pending: what waits for a second person.
func (h handler) pending(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	reach, err := Allowed(ctx, GrantManage)
	if err != nil {
		return err
	}
	me := By(ctx)
	v := pendingView{Officer: me.isOfficer()}
	_, err = db.InRead(ctx, h.d, func(tx *db.Tx) (struct{}, error) {
		places, err := h.maps(ctx, tx)
		if err != nil {
			return struct{}{}, err
		}
		maker, err := makerOf(ctx, tx, me.Account)
		if err != nil {
			return struct{}{}, err
		}
		all, err := grantList(ctx, tx, func(args *db.Args) string {
			return "g.pending = 1 AND g.ended_at = 0 AND g.until_at > " + args.Add(tx.Now.UnixMilli()) + " AND " + reach.within(args)
		})
		for _, g := range all {
			row := places.row(web.Text(r), g.Grant, tx.Now)
			row.Whose, row.By = g.whose, g.giver
			if me.is(g.givenBy, g.giverPerson) {
				row.Why = web.Text(r).T("auth.pending.yours")
			} else if err := me.maySecond(g, maker); err != nil && v.Officer {
				row.Why = web.ProblemOf(web.Text(r), err).Text
			}
			v.Grants = append(v.Grants, row)
		}
		return struct{}{}, err
	})
	if err != nil {
		return err
	}
	if err := h.Audit.Read(ctx, audit.Entry{Verb: "grant.pending", Scope: reach.Label(), Count: len(v.Grants)}); err != nil {
		return err
	}
	return web.Page(w, r, web.View{Page: "access-pending", Title: "auth.pending.title", Body: v})
}

// signOutPhone serves POST /access/{account}/devices/{device}/signout: the phone is out at its next request.
func (h handler) signOutPhone(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	account := r.PathValue("account")
	if err := h.inReach(ctx, account); err != nil {
		return err
	}
	if err := h.revokeOf(ctx, account, r.PathValue("device")); err != nil {
		return err
	}
	web.Say(w, r, web.Flash{Key: "auth.device.out"})
	return web.Done(w, r, "/access/"+account, nil)
}

func (h handler) inReach(ctx context.Context, account string) error {
	reach, err := Allowed(ctx, GrantManage)
	if err != nil {
		return err
	}
	_, err = db.InRead(ctx, h.d, func(tx *db.Tx) (holderRow, error) { return accountIn(ctx, tx, reach, account) })
	return err
}

// suspend serves POST /access/{account}/suspend.
func (h handler) suspend(w http.ResponseWriter, r *http.Request) error {
	account := r.PathValue("account")
	if account == By(r.Context()).Account { // a slip that would end in her own locked door
		if err := h.inReach(r.Context(), account); err != nil {
			return err
		}
		return fault.New(fault.Conflict, "auth.not_yourself")
	}
	if err := h.Suspend(r.Context(), account); err != nil {
		return err
	}
	web.Say(w, r, web.Flash{Key: "auth.account.suspended", Undo: "/access/" + account + "/resume"})
	return web.Done(w, r, "/access/"+account, nil)
}

// resume serves POST /access/{account}/resume.
func (h handler) resume(w http.ResponseWriter, r *http.Request) error {
	account := r.PathValue("account")
	if err := h.Resume(r.Context(), account); err != nil {
		return err
	}
	web.Say(w, r, web.Flash{Key: "auth.account.resumed"})
	return web.Done(w, r, "/access/"+account, nil)
}
