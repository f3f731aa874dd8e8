// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// Worksite is a clinic or urgent care where people of the unit work. The postal city is not the town: match on Code, show Town.
type Worksite struct {
	ID           string
	EmployerID   string
	Code         string
	Name         string
	Town         string
	Address      string
	PostalCity   string
	State        string
	County       string
	ZIP          string
	Lat, Lng     float64 // degrees; 0, 0 unknown
	Zone         string  // IANA
	Region       string
	Kind         string // clinic, urgent_care, hospital, office
	Phone        string
	Opens        string // "07:30", local
	Closes       string
	OpenDays     string // "Mon-Fri"
	Status       WorksiteStatus
	ClosesOn     Date
	PatientsGoTo string   // worksite id
	Aliases      []string // other names that lists use
}

// WorksiteStatus says whether a worksite is open, will close on a known day, or has closed.
type WorksiteStatus string

// The states of a worksite.
const (
	Open    WorksiteStatus = "open"
	Closing WorksiteStatus = "closing"
	Closed  WorksiteStatus = "closed"
)

// On returns the status on day d: a worksite that is closing is closed from its day on.
func (w *Worksite) On(d Date) WorksiteStatus {
	if w.Status == Closing && !d.Before(w.ClosesOn) {
		return Closed
	}
	return w.Status
}

func (w *Worksite) check() error {
	var problems []*fault.Error
	need := func(field, value string) {
		if value == "" {
			problems = append(problems, fault.Field(field, "roster.worksite.needed"))
		}
	}
	need("code", w.Code)
	need("name", w.Name)
	need("town", w.Town)
	if _, err := time.LoadLocation(w.Zone); err != nil || w.Zone == "" {
		problems = append(problems, fault.Field("zone", "roster.worksite.zone_unknown", "Zone", w.Zone))
	}
	switch w.Kind {
	case "clinic", "urgent_care", "hospital", "office":
	default:
		problems = append(problems, fault.Field("kind", "roster.worksite.kind_unknown"))
	}
	switch {
	case w.Status != Open && w.Status != Closing && w.Status != Closed:
		problems = append(problems, fault.Field("status", "roster.worksite.status_unknown"))
	case w.Status != Open && w.ClosesOn.IsZero():
		problems = append(problems, fault.Field("closes_on", "roster.worksite.closes_on_needed"))
	}
	if !(math.Abs(w.Lat) <= 90 && math.Abs(w.Lng) <= 180) { // so written, it refuses what is no number, too
		problems = append(problems, fault.Field("lat", "roster.worksite.place_impossible"))
	}
	return fault.Join(problems...)
}

// AddEmployer adds the employer and its unit and returns both ids.
func (s *Store) AddEmployer(ctx context.Context, e Employer, u UnitInfo) (employer, unit string, err error) {
	employer, unit = newID(), newID()
	err = db.Do(ctx, s.d, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `INSERT INTO employer (id, name, mail_domains, payroll_id_width) VALUES ($1, $2, $3, $4)`,
			employer, e.Name, jsonList(e.MailDomains), e.NumberWidth); err != nil {
			return fmt.Errorf("add employer: %w", err)
		}
		if _, err := tx.Exec(ctx, `INSERT INTO unit (id, employer_id, name, recognised_on, certified_n, certified_src)
			VALUES ($1, $2, $3, $4, $5, $6)`, unit, employer, u.Name, u.RecognisedOn.String(), u.CertifiedN,
			u.CertifiedSource); err != nil {
			return fmt.Errorf("add unit: %w", err)
		}
		_, err := audit.Append(ctx, tx, audit.Entry{Verb: "employer.add", Object: "employer:" + employer, Count: 1})
		return err
	})
	return employer, unit, err
}

// AddWorksites adds worksites in one transaction, with the ids that they carry or new ones; a PatientsGoTo may name the code
// of another. Errors: Invalid by field, Conflict for a code in use.
func (s *Store) AddWorksites(ctx context.Context, all []Worksite) error {
	codes := map[string]string{}
	for i := range all {
		if all[i].ID == "" {
			all[i].ID = newID()
		}
		codes[all[i].Code] = all[i].ID
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		rows := make([][]any, 0, len(all))
		for i := range all {
			w := &all[i]
			if err := w.check(); err != nil {
				return err
			}
			if id, ok := codes[w.PatientsGoTo]; ok {
				w.PatientsGoTo = id
			}
			rows = append(rows, []any{
				w.ID, w.EmployerID, w.Code, w.Name, w.Town, w.Address, w.PostalCity, w.State, w.County, w.ZIP,
				w.Lat, w.Lng, w.Zone, w.Region, w.Kind, w.Phone, w.Opens, w.Closes, w.OpenDays, w.Status, w.ClosesOn.String(),
				w.PatientsGoTo, jsonList(w.Aliases), audit.By(ctx).Account, tx.Now.UnixMilli(),
			})
		}
		err := tx.Insert(ctx, "worksite", []string{
			"id", "employer_id", "code", "name", "town", "address", "postal_city", "state",
			"county", "zip", "lat", "lng", "tz", "region", "kind", "phone", "opens", "closes", "open_days", "status", "closes_on",
			"patients_go_to", "aliases", "by_account", "at",
		}, rows)
		if db.IsUnique(err) {
			return &fault.Error{Code: fault.Conflict, Key: "roster.worksite.code_taken", Field: "code", Err: err}
		} else if err != nil {
			return err
		}
		if err := changed(ctx, tx); err != nil {
			return err
		}
		_, err = audit.Append(ctx, tx, audit.Entry{Verb: "worksite.add", Count: len(all)})
		return err
	})
}

// There are tens of worksites, a few thousand at the most: they are read whole.
const sqlWorksites = `SELECT id, employer_id, code, name, town, address, postal_city, state, county, zip, lat, lng, tz, region,
	kind, phone, opens, closes, open_days, status, closes_on, patients_go_to, aliases FROM worksite ORDER BY town, code LIMIT 5000`

// worksites returns all worksites by town, then code.
func worksites(ctx context.Context, tx *db.Tx) ([]Worksite, error) {
	return db.All(ctx, tx, scanWorksite, sqlWorksites)
}

func scanWorksite(r *sql.Rows) (Worksite, error) {
	var w Worksite
	var aliases string
	err := r.Scan(&w.ID, &w.EmployerID, &w.Code, &w.Name, &w.Town, &w.Address, &w.PostalCity, &w.State, &w.County, &w.ZIP, &w.Lat,
		&w.Lng, &w.Zone, &w.Region, &w.Kind, &w.Phone, &w.Opens, &w.Closes, &w.OpenDays, &w.Status, &w.ClosesOn, &w.PatientsGoTo,
		&aliases)
	w.Aliases = listOf(aliases)
	return w, err
}

// Worksites returns all worksites by town, then code. They are no secret to anyone signed in.
func (s *Store) Worksites(ctx context.Context) ([]Worksite, error) {
	return db.InRead(ctx, s.d, func(tx *db.Tx) ([]Worksite, error) { return worksites(ctx, tx) })
}

// employer returns the one employer. Errors: Missing before there is one.
func employer(ctx context.Context, tx *db.Tx) (Employer, error) {
	var e Employer
	var domains string
	err := tx.Row(ctx, `SELECT id, name, mail_domains, payroll_id_width FROM employer ORDER BY id LIMIT 1`).Scan(&e.ID, &e.Name,
		&domains, &e.NumberWidth)
	if ok, err := db.Found(err); err != nil || !ok {
		return e, errors.Join(err, fault.New(fault.Missing, "roster.no_employer"))
	}
	e.MailDomains = listOf(domains)
	return e, nil
}

// MailDomains returns the mail domains of employers, in lower case: no personal address may be one of them.
func MailDomains(ctx context.Context, tx *db.Tx) ([]string, error) {
	lists, err := db.Strings(ctx, tx, `SELECT mail_domains FROM employer ORDER BY id LIMIT 100`)
	if err != nil {
		return nil, fmt.Errorf("read mail domains: %w", err)
	}
	var out []string
	for _, l := range lists {
		out = append(out, listOf(l)...)
	}
	return out, nil
}
