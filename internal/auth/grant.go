// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// isOfficer tells whether the identity is an officer now. There are officers of the whole unit alone.
func (id *Identity) isOfficer() bool {
	return slices.ContainsFunc(id.Grants, func(g Grant) bool { return g.Role == Officer && g.Scope == Unit })
}

// mayHandle tells whether the identity may give the role at all: an officer any, others one whose abilities they all hold
// themselves. What a role may do to oneself alone is nobody's to withhold.
func (id *Identity) mayHandle(role Role) bool {
	if id.isOfficer() {
		return true
	}
	for a, own := range book().roles[role] {
		if _, ok := id.Reach(a); !ok && !own {
			return false
		}
	}
	return role.Known()
}

// covers tells whether the reach includes all of a scope.
func (r Reach) covers(ctx context.Context, tx *db.Tx, places *atlas, kind Scope, id string) (bool, error) {
	switch {
	case r.All || kind == Own:
		return true, nil
	case kind == Region:
		return slices.Contains(r.Regions, id), nil
	case kind == Site:
		p, _ := places.site(id)
		return slices.Contains(r.Sites, id) || p.Region != "" && slices.Contains(r.Regions, p.Region), nil
	case kind == Turf:
		all, err := turfs(ctx, tx, r)
		return slices.Contains(r.Sets, id) || slices.ContainsFunc(all, func(t turf) bool { return t.ID == id }), err
	}
	return false, nil
}

// checkGrant says why the caller may not give g. Errors: Invalid by field, Forbidden.
func (s *Store) checkGrant(ctx context.Context, tx *db.Tx, g Grant) error {
	me := By(ctx)
	places, err := s.maps(ctx, tx)
	if err != nil {
		return err
	}
	_, isSite := places.site(g.ScopeID)
	exists := map[Scope]bool{
		Own: g.ScopeID == "", Unit: g.ScopeID == "", Site: isSite,
		Region: slices.Contains(places.regions(), g.ScopeID), Turf: places.sets[g.ScopeID] != "",
	}
	var problems []*fault.Error
	switch {
	case !g.Role.Known():
		problems = append(problems, fault.Field("role", "auth.role_unknown"))
	case !exists[g.Scope]:
		problems = append(problems, fault.Field("scope", "auth.scope_unknown"))
	case g.Role == Officer && g.Scope != Unit:
		problems = append(problems, fault.Field("scope", "auth.officer_unit"))
	case width(g.Scope) > width(g.Role.Widest()):
		problems = append(problems, fault.Field("scope", "auth.scope_too_wide"))
	case g.MayExport && !g.Role.Has(Export):
		problems = append(problems, fault.Field("export", "auth.role_no_export"))
	}
	if !g.Until.After(tx.Now) || g.Until.Sub(tx.Now) > maxGrant+24*time.Hour { // the last day counts whole
		problems = append(problems, fault.Field("until", "auth.until_range"))
	}
	if err := fault.Join(problems...); err != nil {
		return err
	}
	if me.isOfficer() {
		return nil
	}
	if !me.mayHandle(g.Role) {
		return fault.New(fault.Forbidden, "auth.not_yours_to_give")
	}
	for a, own := range book().roles[g.Role] {
		if own || a == Export && !g.MayExport {
			continue
		}
		reach, _ := me.Reach(a)
		ok, err := reach.covers(ctx, tx, places, g.Scope, g.ScopeID)
		if err != nil {
			return err
		}
		if !ok {
			return fault.New(fault.Forbidden, "auth.not_yours_to_give")
		}
	}
	return nil
}

// width orders scopes from narrow to wide.
func width(s Scope) int { return slices.Index([]Scope{Own, Turf, Site, Region, Unit}, s) }

// GiveGrant gives g as the caller of ctx, by the rules: nobody gives what she lacks, but an officer any role; what takes two
// people (see takesTwo), and whatever one gives to oneself, waits for an officer as second person, unless the giver is the
// campaign's only officer. It returns whether the grant waits. Errors: Invalid by field, Forbidden, Missing for an account out
// of reach.
func (s *Store) GiveGrant(ctx context.Context, g Grant) (pending bool, err error) {
	reach, err := Allowed(ctx, GrantManage)
	if err != nil {
		return false, err
	}
	return db.InTx(ctx, s.d, func(tx *db.Tx) (bool, error) {
		to, err := accountIn(ctx, tx, reach, g.Account)
		if err != nil {
			return false, err
		}
		if err := s.checkGrant(ctx, tx, g); err != nil {
			return false, err
		}
		if g.takesTwo() || By(ctx).is(to.ID, to.Person) {
			n, err := officers(ctx, tx)
			if err != nil {
				return false, err
			}
			if n == 1 && By(ctx).isOfficer() {
				g.why = " second=none:only_officer"
			} else {
				g.Pending = true
			}
		}
		if g.Until.Sub(tx.Now) > maxGrant {
			g.Until = tx.Now.Add(maxGrant)
		}
		_, err = AddGrant(ctx, tx, g)
		return g.Pending, err
	})
}

// grantOf returns the grant when its account is within reach. Errors: Missing.
func grantOf(ctx context.Context, tx *db.Tx, reach Reach, id string) (listedGrant, error) {
	all, err := grantList(ctx, tx, func(args *db.Args) string { return "g.id = " + args.Add(id) + " AND " + reach.within(args) })
	if err != nil || len(all) == 0 {
		return listedGrant{}, errors.Join(err, fault.New(fault.Missing, "auth.no_grant"))
	}
	return all[0], nil
}

// ConfirmGrant is the second person's word. Errors: Missing, Conflict when it does not wait, Forbidden unless the caller is an
// officer and somebody else: see maySecond.
func (s *Store) ConfirmGrant(ctx context.Context, id string) (account string, err error) {
	reach, err := Allowed(ctx, GrantManage)
	if err != nil {
		return "", err
	}
	return db.InTx(ctx, s.d, func(tx *db.Tx) (string, error) {
		g, err := grantOf(ctx, tx, reach, id)
		if err != nil {
			return "", err
		}
		me := By(ctx)
		maker, err := makerOf(ctx, tx, me.Account)
		if err != nil {
			return "", err
		}
		if err := me.maySecond(g, maker); err != nil {
			return "", err
		}
		n, err := tx.ExecN(ctx, `UPDATE role_grant SET pending = 0, from_at = $1, second_by = $2
			WHERE id = $3 AND pending = 1 AND ended_at = 0 AND until_at > $4`, tx.Now.UnixMilli(), me.Account, id, tx.Now.UnixMilli())
		if err != nil || n == 0 {
			return "", errors.Join(err, fault.New(fault.Conflict, "auth.not_pending"))
		}
		_, err = audit.Append(ctx, tx, audit.Entry{Verb: "grant.confirm", Object: "account:" + g.Account, Detail: "grant=" + id, Count: 1})
		return g.Account, err
	})
}

// EndGrant ends a grant now, or takes back one that waits; it works at the next request of its account. Errors: Missing,
// Forbidden for a role that the caller could not give and for an account that reaches further than she does, Conflict for one
// that is over and for the last officer's.
func (s *Store) EndGrant(ctx context.Context, id string) (account string, err error) {
	reach, err := Allowed(ctx, GrantManage)
	if err != nil {
		return "", err
	}
	return db.InTx(ctx, s.d, func(tx *db.Tx) (string, error) {
		g, err := grantOf(ctx, tx, reach, id)
		if err != nil {
			return "", err
		}
		theirs := &Identity{Account: g.Account}
		if err := loadGrants(ctx, tx, theirs); err != nil {
			return "", err
		}
		if !By(ctx).mayHandle(g.Role) {
			return "", fault.New(fault.Forbidden, "auth.not_yours_to_end")
		}
		if err := s.spans(ctx, tx, reach, append(theirs.Grants, g.Grant)); err != nil {
			return "", err
		}
		n, err := tx.ExecN(ctx, `UPDATE role_grant SET ended_at = $1, ended_by = $2 WHERE id = $3 AND ended_at = 0 AND until_at > $4`,
			tx.Now.UnixMilli(), By(ctx).Account, id, tx.Now.UnixMilli())
		if err != nil || n == 0 {
			return "", errors.Join(err, fault.New(fault.Conflict, "auth.grant_over"))
		}
		if g.Role == Officer && !g.Pending {
			if err := someOfficer(ctx, tx); err != nil {
				return "", err
			}
		}
		_, err = audit.Append(ctx, tx, audit.Entry{Verb: "grant.end", Object: "account:" + g.Account, Detail: "grant=" + id, Count: 1})
		return g.Account, err
	})
}

// someOfficer refuses a change after which nobody could give a role any more.
func someOfficer(ctx context.Context, tx *db.Tx) error {
	if err := tx.Lock(ctx, "officer"); err != nil {
		return err
	}
	n, err := officers(ctx, tx)
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.New(fault.Conflict, "auth.last_officer")
	}
	return nil
}
