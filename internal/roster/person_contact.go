// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// addContact adds a personal phone or address. One of the employer's own is refused with the reason; one that somebody else has
// too must be said to be shared; one that she refused stays refused.
func (e *editing) addContact() error {
	kind, given := e.value("kind"), e.value("value")
	c := Contact{ID: newID(), PersonID: e.f.ID, Kind: kind, AsGiven: given, Personal: true, Status: Unverified, Source: "hand"}
	switch kind {
	case "phone":
		p, problem := ReadPhone(given, "US")
		if problem != "" || p.E164 == "" {
			return fault.Field("value", "roster.contact.phone_form")
		}
		c.Value, c.Ext = p.E164, p.Ext
	case "email":
		domains, err := MailDomains(e.ctx, e.tx)
		if err != nil {
			return err
		}
		address, _, problem := ReadEmail(given, domains)
		switch {
		case problem == WorkEmail:
			return fault.Field("value", "contact.work_email", "Domain", domainOf(address))
		case problem != "" || address == "":
			return fault.Field("value", "roster.contact.email_form")
		}
		c.Value = address
	default:
		return fault.Field("kind", "roster.contact.kind_unknown")
	}
	if e.own {
		c.Status, c.VerifiedAt = WorksOK, e.now()
	}
	if err := e.known(c); err != nil {
		return err
	}
	if err := e.share(&c); err != nil {
		return err
	}
	if err := add(e.ctx, e.tx, e.by, additions{contacts: []Contact{c}}); err != nil {
		return err
	}
	e.added("contact_point", c.ID, "removed_at", int64(0), e.now())
	return nil
}

// known refuses what is on file for her already, and what she refused, removed or not.
func (e *editing) known(c Contact) error {
	had, err := db.Strings(e.ctx, e.tx, `SELECT CASE WHEN status = 'refused' THEN 'refused' WHEN removed_at = 0 THEN 'there' ELSE '' END
		FROM contact_point WHERE person_id = $1 AND value = $2 ORDER BY id`, c.PersonID, c.Value)
	if err != nil {
		return fmt.Errorf("read contacts of the person: %w", err)
	}
	switch {
	case slices.Contains(had, "refused") && !e.own:
		return fault.New(fault.Forbidden, "contact.refused")
	case slices.Contains(had, "there"):
		return &fault.Error{Code: fault.Conflict, Key: "roster.contact.there", Field: "value"}
	}
	return nil
}

// share marks a contact that others have too, on both sides. Without the tick nobody is guessed to live with anybody. Others are
// those whose contacts the caller may see: an answer about anybody else would tell her whose number it is. What she cannot see is
// left to the search for duplicates.
func (e *editing) share(c *Contact) error {
	type other struct{ id, person, shared string }
	var others []other
	within := reach(e.ctx, auth.PersonContact)
	if within.Ability == "" {
		return nil
	}
	var args db.Args
	query := `SELECT id, person_id, shared_with FROM contact_point WHERE value = ` + args.Add(c.Value) + ` AND removed_at = 0
		AND person_id <> ` + args.Add(c.PersonID) + ` AND ` + within.Where("person_id", &args) + ` ORDER BY id LIMIT 20`
	err := e.tx.Rows(e.ctx, query, args, func(r *sql.Rows) error {
		var o other
		err := r.Scan(&o.id, &o.person, &o.shared)
		others = append(others, o)
		return err
	})
	if err != nil {
		return fmt.Errorf("read who shares a contact: %w", err)
	}
	if len(others) == 0 {
		return nil
	}
	if e.value("shared") == "" {
		return fault.Field("shared", "contact.shared", "Contact", showPhone(c.Value))
	}
	for _, o := range others {
		c.SharedWith = append(c.SharedWith, o.person)
		with := listOf(o.shared)
		if !slices.Contains(with, c.PersonID) {
			if err := e.setOf(o.person, "contact_point", o.id, "shared_with", o.shared, jsonList(append(with, c.PersonID))); err != nil {
				return err
			}
			e.touched = append(e.touched, o.person)
		}
	}
	slices.Sort(c.SharedWith)
	c.SharedWith = slices.Compact(c.SharedWith)
	return nil
}

// contact returns the contact that the form is about. Errors: Missing; Forbidden for one that she refused, unless she is it.
func (e *editing) contact() (Contact, error) {
	i := slices.IndexFunc(e.f.contacts, func(c Contact) bool { return c.ID == e.form.Get("contact") })
	if i < 0 {
		return Contact{}, fault.New(fault.Missing, "roster.contact.missing")
	}
	if c := e.f.contacts[i]; c.Status != Refused || e.own {
		return c, nil
	}
	return Contact{}, fault.New(fault.Forbidden, "contact.refused")
}

// markContact says what came of using a contact.
func (e *editing) markContact() error {
	c, err := e.contact()
	if err != nil {
		return err
	}
	to := ContactStatus(e.form.Get("status"))
	switch to {
	case WorksOK, Bounced, WrongOne, Refused:
	default:
		return fault.Field("status", "roster.contact.status_unknown")
	}
	if err := e.tx.Lock(e.ctx, "number:"+c.Value); err != nil { // a call may be telling of it now
		return fmt.Errorf("lock number: %w", err)
	}
	e.final = to == Refused && !e.own
	if err := e.set("contact_point", c.ID, "status", string(c.Status), string(to)); err != nil {
		return err
	}
	if to == WorksOK {
		return e.set("contact_point", c.ID, "verified_at", c.VerifiedAt, e.now())
	}
	return nil
}

func (e *editing) removeContact() error {
	c, err := e.contact()
	if err != nil {
		return err
	}
	return e.set("contact_point", c.ID, "removed_at", int64(0), e.now())
}

// domainOf returns what stands behind the at sign.
func domainOf(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }
