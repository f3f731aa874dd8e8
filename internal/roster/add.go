// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"context"
	"errors"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// NewPerson is what is known of somebody who is put on the roster by hand.
type NewPerson struct {
	ID         string // "" for a new one
	Name       Name
	Preferred  string // given name she goes by
	UnitStatus UnitStatus
	WorksiteID string
	JobClass   JobClass
	Title      string
	FTE        int // hundredths; -1: not said
	Shift      Shift
	StartsOn   Date
	Number     string // employee number
	Phone      string // personal, E.164
	Email      string // personal
	Verified   bool   // the contacts were tried and work
}

// problems says what a NewPerson lacks.
func (p *NewPerson) problems() []*fault.Error {
	var problems []*fault.Error
	if p.Name.Given == "" {
		problems = append(problems, fault.Field("given", "roster.person.given_needed"))
	}
	if p.Name.Family == "" {
		problems = append(problems, fault.Field("family", "roster.person.family_needed"))
	}
	if p.WorksiteID == "" {
		problems = append(problems, fault.Field("worksite", "roster.person.worksite_needed"))
	}
	return problems
}

// AddPerson puts somebody on the roster by hand and returns her id. Errors: Invalid by field, Conflict for a number in use.
func (s *Store) AddPerson(ctx context.Context, p NewPerson) (string, error) {
	if err := fault.Join(p.problems()...); err != nil {
		return "", err
	}
	if p.ID == "" {
		p.ID = newID()
	}
	if p.UnitStatus == "" {
		p.UnitStatus = UnitUnknown
	}
	return p.ID, db.Do(ctx, s.d, func(tx *db.Tx) error {
		today, err := s.today(ctx, tx)
		if err != nil {
			return err
		}
		if p.StartsOn.IsZero() {
			p.StartsOn = today
		}
		e, err := employer(ctx, tx)
		if err != nil {
			return err
		}
		if err := add(ctx, tx, byHand(ctx), p.rows(e.ID, today)); err != nil {
			return err
		}
		if err := errors.Join(refresh(ctx, tx, today, []string{p.ID}), s.tell(ctx, tx, []string{p.ID})); err != nil {
			return err
		}
		if err := changed(ctx, tx); err != nil {
			return err
		}
		_, err = audit.Append(ctx, tx, audit.Entry{Verb: "person.add", Object: "person:" + p.ID, Subjects: []string{p.ID}, Count: 1})
		return err
	})
}

func (p NewPerson) rows(employerID string, today Date) additions {
	a := additions{
		people: []Person{{ID: p.ID, UnitStatus: p.UnitStatus}},
		names:  []PersonName{{ID: newID(), PersonID: p.ID, Kind: Legal, Name: p.Name, From: p.StartsOn}},
		employments: []Employment{{
			ID: newID(), PersonID: p.ID, WorksiteID: p.WorksiteID, JobClass: p.JobClass, TitlePrinted: p.Title,
			FTE: p.FTE, Shift: p.Shift, StartsOn: p.StartsOn, Primary: true,
		}},
	}
	if p.Preferred != "" {
		a.names = append(a.names, PersonName{ID: newID(), PersonID: p.ID, Kind: Preferred, Name: Name{Given: p.Preferred}, From: today})
	}
	if p.Number != "" {
		a.identifiers = []PersonIdentifier{{
			ID: newID(), PersonID: p.ID, System: "employee_number", IssuerID: employerID,
			Value: p.Number, From: p.StartsOn,
		}}
	}
	status := Unverified
	if p.Verified {
		status = WorksOK
	}
	for kind, value := range map[string]string{"phone": p.Phone, "email": p.Email} {
		if value != "" {
			a.contacts = append(a.contacts, Contact{
				ID: newID(), PersonID: p.ID, Kind: kind, Value: value, AsGiven: value, Personal: true,
				Status: status, Source: "hand",
			})
		}
	}
	return a
}
