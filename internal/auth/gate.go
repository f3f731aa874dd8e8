// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/internal/web"
)

type identityKey struct{}

// By returns who calls, or nil when nobody is signed in.
func By(ctx context.Context) *Identity {
	id, _ := ctx.Value(identityKey{}).(*Identity)
	return id
}

// As returns a context whose caller is id, for work outside a request: the command line, jobs, the demo, tests.
func As(ctx context.Context, id *Identity) context.Context {
	ctx = context.WithValue(ctx, identityKey{}, id)
	return audit.With(ctx, audit.Actor{Account: id.Account, Device: id.Device})
}

// Allowed returns how far the caller's ability reaches. Errors: SignedOut, Forbidden.
func Allowed(ctx context.Context, a Ability) (Reach, error) {
	id := By(ctx)
	if id == nil {
		return Reach{}, fault.New(fault.SignedOut, "auth.signed_out")
	}
	r, ok := id.Reach(a)
	if !ok {
		return Reach{}, refuse(id, a)
	}
	return r, nil
}

// refuse says why not: the role has ended, or it never held this.
func refuse(id *Identity, a Ability) error {
	if id.Lapsed != nil && (len(id.Grants) == 0 || id.Lapsed.Role.Has(a)) {
		return id.expired()
	}
	if a == Export {
		return fault.New(fault.Forbidden, "scope.export")
	}
	return fault.New(fault.Forbidden, "auth.not_your_role")
}

// expired says on which day the role ended, as people count: a role until Saturday 0:00 ended on Friday.
func (id *Identity) expired() error {
	last := endTime(id.Lapsed).Add(-time.Millisecond).In(id.zone)
	return fault.New(fault.Forbidden, "scope.expired", "When", spoken{last}, "Lead", id.helper)
}

// spoken is a moment that each language's sentence writes in its own way: {{.When.Day "es"}}.
type spoken struct{ at time.Time }

// Day writes the day out.
func (s spoken) Day(locale string) string { return (&i18n.Translator{Locale: locale}).Day(s.at) }

// Moment writes day and time out.
func (s spoken) Moment(locale string) string { return (&i18n.Translator{Locale: locale}).Moment(s.at) }

// Gate is the web server's: it reads the session, refuses what the route's access does not allow, and puts the caller into the
// request's context.
func (s *Store) Gate(r *http.Request, a web.Access) (*http.Request, web.Viewer, error) {
	id, err := s.identify(r.Context())
	switch {
	case err == nil:
	case fault.CodeOf(err) != fault.SignedOut:
		return r, web.Viewer{}, err
	case a != web.Public: // a public page is for those who were signed out, too
		clearSite(r.Context())
		return r, web.Viewer{}, err
	}
	var v web.Viewer
	if id != nil {
		v = web.Viewer{ID: id.Account, Name: id.Display, Locale: id.Locale}
		if _, err := r.Cookie("locale"); err == nil {
			v.Locale = "" // what was chosen on this device goes before the account's language
		}
		v.Roles = roleNames(id, cmp.Or(v.Locale, web.Text(r).Locale))
		r = r.WithContext(As(r.Context(), id))
	}
	switch {
	case a == web.Public:
		return r, v, nil
	case id == nil:
		return r, v, fault.New(fault.SignedOut, "auth.signed_out")
	}
	if err := s.meet(r, id); err != nil {
		return r, v, err
	}
	if a.Ability == "" {
		return r, v, nil
	}
	reach, err := Allowed(r.Context(), Ability(a.Ability))
	if err != nil {
		return r, v, err
	}
	actor := audit.By(r.Context())
	actor.Grant = reach.GrantID
	return r.WithContext(audit.With(r.Context(), actor)), v, nil
}

// Revoked tells whether somebody signed the device of the session in ctx out from afar.
func (s *Store) Revoked(ctx context.Context) bool {
	_, err := s.identify(ctx)
	f, ok := errors.AsType[*fault.Error](err)
	return ok && f.Key == "device.revoked"
}

// meet keeps the device's last_seen, and tells somebody whose role ended since then so, once, at her next tap on a page; after
// that she goes on with the roles she still has (B02.5).
func (s *Store) meet(r *http.Request, id *Identity) error {
	news := id.Lapsed != nil && len(id.Grants) > 0 && endTime(id.Lapsed).After(id.seen)
	if news && (r.Method != http.MethodGet || !strings.Contains(r.Header.Get("Accept"), "text/html") || r.Header.Get("HX-Request") != "") {
		return nil
	}
	if age := s.d.Now().Sub(id.seen); news || age > touchEvery || age < 0 {
		if err := s.touch(r.Context(), id.Device); err != nil {
			return err
		}
	}
	if news {
		return id.expired()
	}
	return nil
}

// May tells whether the caller of ctx would pass the gate to a.
func (s *Store) May(ctx context.Context, a web.Access) bool {
	id := By(ctx)
	switch {
	case a == web.Public:
		return true
	case id == nil:
		return false
	case a.Ability == "":
		return true
	}
	_, ok := id.Reach(Ability(a.Ability))
	return ok
}

func roleNames(id *Identity, locale string) string {
	var names []string
	for _, g := range id.Grants {
		if name := words().For(locale).T("auth.role." + string(g.Role)); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// Text holds the room's sentences, Templates its pages.
var (
	//go:embed text/*.json
	Text embed.FS
	//go:embed templates/*.html
	Templates embed.FS
)

// words speaks the room's sentences where there is no request to take the language from: in mail.
var words = sync.OnceValue(func() *i18n.Bundle {
	b, err := i18n.New(Text)
	if err != nil {
		panic(err) // embedded: every test reads it
	}
	return b
})
