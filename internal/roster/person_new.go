// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"context"
	"net/http"
	"slices"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/internal/web"
)

// newView is the form by which somebody is added by hand.
type newView struct {
	Form  web.Form `json:"form"`
	Today string   `json:"-"`

	tr *i18n.Translator
	at *placed
}

// Options are the options of a select.
func (v newView) Options(name string) []option {
	return formOptions(v.tr, v.at, name, v.Form.Value(name))
}

// mayAddAt tells whether the caller edits people at w: her reach holds the worksite, not only some who work there.
func mayAddAt(ctx context.Context, w *Worksite) bool {
	r := reach(ctx, auth.PersonEdit)
	return r.All || slices.Contains(r.Sites, w.ID) || w.Region != "" && slices.Contains(r.Regions, w.Region)
}

func mayAdd(ctx context.Context) bool {
	r := reach(ctx, auth.PersonEdit)
	return r.All || len(r.Sites) > 0 || len(r.Regions) > 0
}

func (s *Store) newForm(r *http.Request, form web.Form) (newView, error) {
	if !mayAdd(r.Context()) {
		return newView{}, fault.New(fault.Forbidden, "roster.edit.not_yours")
	}
	at, err := s.places(r.Context())
	if err != nil {
		return newView{}, err
	}
	return newView{Form: form, Today: DateOf(web.Now(r)).String(), tr: web.Text(r), at: addable(r.Context(), at)}, nil
}

// addable returns p with those worksites alone where the caller may add people.
func addable(ctx context.Context, p *placed) *placed {
	mine := *p
	mine.Sites = slices.DeleteFunc(slices.Clone(p.Sites), func(w Worksite) bool { return !mayAddAt(ctx, &w) })
	return &mine
}

// places returns the worksites as they are now.
func (s *Store) places(ctx context.Context) (*placed, error) {
	return db.InRead(ctx, s.d, func(tx *db.Tx) (*placed, error) {
		rev, err := revision(ctx, tx)
		if err != nil {
			return nil, err
		}
		return s.placed(ctx, tx, rev)
	})
}

// newPerson serves GET /people/new.
func (s *Store) newPerson(w http.ResponseWriter, r *http.Request) error {
	v, err := s.newForm(r, web.Form{})
	if err != nil {
		return err
	}
	return web.Page(w, r, web.View{Page: "person-new", Title: "roster.people.add", Body: v})
}

// createPerson serves POST /people/new.
func (s *Store) createPerson(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	id, err := s.addFromForm(r)
	if err == nil {
		web.Say(w, r, web.Flash{Key: "roster.edited.added"})
		return web.Done(w, r, "/people/"+id, map[string]string{"id": id})
	}
	form, ok := web.Refill(r, err)
	if !ok {
		return err
	}
	v, err := s.newForm(r, form)
	if err != nil {
		return err
	}
	return web.Page(w, r, web.View{Page: "person-new", Title: "roster.people.add", Status: http.StatusUnprocessableEntity, Body: v})
}

func (s *Store) addFromForm(r *http.Request) (string, error) {
	ctx := r.Context()
	at, err := s.places(ctx)
	if err != nil {
		return "", err
	}
	e := &editing{form: r.PostForm}
	var j Employment
	problems := e.jobForm(&j)
	p := NewPerson{
		Name: Name{Given: e.value("given"), Middle: e.value("middle"), Family: e.value("family")}, Preferred: e.value("preferred"),
		UnitStatus: UnitStatus(e.value("unit_status")), WorksiteID: e.value("worksite"), JobClass: j.JobClass, Title: j.TitlePrinted,
		FTE: j.FTE, Shift: j.Shift,
	}
	problems = append(problems, p.problems()...)
	if !slices.Contains(UnitStatuses, p.UnitStatus) {
		problems = append(problems, fault.Field("unit_status", "roster.edit.status_unknown"))
	}
	if site := at.ByID[p.WorksiteID]; site == nil && p.WorksiteID != "" || site != nil && !mayAddAt(ctx, site) {
		problems = append(problems, fault.Field("worksite", "roster.person.worksite_needed"))
	}
	if p.StartsOn, err = ParseDate(e.value("starts_on")); err != nil {
		problems = append(problems, fault.Field("starts_on", "roster.job.start_needed"))
	}
	employer, domains, err := s.numbering(ctx)
	if err != nil {
		return "", err
	}
	number, _, problem := ReadEmployeeNumber(e.value("number"), employer.NumberWidth)
	if problem != "" {
		problems = append(problems, fault.Field("number", "roster.person.number_form"))
	}
	p.Number = number
	if text := e.value("phone"); !blank(text) {
		phone, problem := ReadPhone(text, "US")
		if problem != "" {
			problems = append(problems, fault.Field("phone", "roster.contact.phone_form"))
		}
		p.Phone = phone.E164
	}
	address, _, problem := ReadEmail(e.value("email"), domains)
	switch problem {
	case "":
		p.Email = address
	case WorkEmail:
		problems = append(problems, fault.Field("email", "contact.work_email", "Domain", domainOf(address)))
	default:
		problems = append(problems, fault.Field("email", "roster.contact.email_form"))
	}
	if err := fault.Join(problems...); err != nil {
		return "", err
	}
	return s.AddPerson(ctx, p)
}

func (s *Store) numbering(ctx context.Context) (Employer, []string, error) {
	var domains []string
	e, err := db.InRead(ctx, s.d, func(tx *db.Tx) (Employer, error) {
		var err error
		if domains, err = MailDomains(ctx, tx); err != nil {
			return Employer{}, err
		}
		return employer(ctx, tx)
	})
	return e, domains, err
}
