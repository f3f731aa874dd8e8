// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"net/http"
	"slices"
	"strings"

	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/internal/web"
)

// clinicsView is the public page of worksites: what is open, what closes, and where patients go. It holds no person.
type clinicsView struct {
	Query string   `json:"query"`
	Found bool     `json:"found"` // something answers to the query; else all are listed
	List  []clinic `json:"list"`
}

type clinic struct {
	Name       string         `json:"name"`
	Town       string         `json:"town"`
	Address    string         `json:"address"`
	Phone      string         `json:"phone"`
	Hours      string         `json:"hours"`
	Status     WorksiteStatus `json:"status"`
	ClosesOn   string         `json:"closes_on,omitempty"`
	GoTo       string         `json:"go_to,omitempty"`
	GoToPhone  string         `json:"go_to_phone,omitempty"`
	GoToPlaced string         `json:"go_to_address,omitempty"`
}

// serveClinics serves GET /clinics to anyone. A town or a ZIP code is nobody's secret: it may stand in the address.
func (s *Store) serveClinics(w http.ResponseWriter, r *http.Request) error {
	all, err := s.Worksites(r.Context())
	if err != nil {
		return err
	}
	v := clinicsView{Query: clean(r.URL.Query().Get("q"))}
	found := slices.DeleteFunc(slices.Clone(all), func(w Worksite) bool { return !w.answers(v.Query) })
	if v.Found = len(found) > 0; !v.Found {
		found = all
	}
	today := DateOf(web.Now(r))
	for _, one := range found {
		v.List = append(v.List, clinicOf(web.Text(r), &one, all, today))
	}
	slices.SortStableFunc(v.List, func(a, b clinic) int { return bit(a.Status == Open) - bit(b.Status == Open) }) // what changed comes first
	return web.Page(w, r, web.View{Page: "clinics", Title: "roster.clinics.title", Bare: true, Body: v})
}

// answers tells whether the worksite is what somebody means who types a town, its postal city or a ZIP code.
func (w *Worksite) answers(query string) bool {
	q := Fold(query)
	if q == "" {
		return true
	}
	return strings.HasPrefix(w.ZIP, q) && len(q) >= 3 || strings.Contains(Fold(w.Town+" "+w.PostalCity+" "+w.Name), q)
}

func clinicOf(tr *i18n.Translator, w *Worksite, all []Worksite, today Date) clinic {
	c := clinic{
		Name: w.Name, Town: w.Town, Address: postal(w), Phone: w.Phone, Hours: openHours(tr, w),
		Status: w.On(today),
	}
	if c.Status == Open {
		return c
	}
	c.ClosesOn = tr.ISODay(w.ClosesOn.String())
	if i := slices.IndexFunc(all, func(to Worksite) bool { return to.ID == w.PatientsGoTo }); i >= 0 {
		c.GoTo, c.GoToPhone, c.GoToPlaced = all[i].Name, all[i].Phone, postal(&all[i])
	}
	return c
}
