// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"context"
	"fmt"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
)

// Fill adds n made-up people over the worksites given, through the same doors as an import.
func (s *Store) Fill(ctx context.Context, n int, sites []string) error {
	given := []string{"Ada", "Ben", "Carmen", "Dalia", "Elias", "Fatima", "Grace", "Hodan", "Ines", "Jonas", "Kim", "Lena", "Mateo"}
	first := []string{"Al", "Ber", "Car", "Dal", "Er", "Fal", "Gar", "Hal", "Is", "Jor", "Kel", "Lin", "Mor", "Nel", "Or", "Per"}
	last := []string{"berg", "dahl", "ford", "gren", "hart", "ison", "land", "mann", "nova", "quist", "rosa", "son", "ton"}
	jobs := []JobClass{MD, MD, MD, NP, PA, DO}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		today, err := s.today(ctx, tx)
		if err != nil {
			return err
		}
		var a additions
		var ids []string
		for i := range n {
			id := newID()
			ids = append(ids, id)
			status := InUnit
			if i%50 == 7 {
				status = Disputed
			}
			a.people = append(a.people, Person{ID: id, UnitStatus: status})
			a.names = append(a.names, PersonName{
				ID: newID(), PersonID: id, Kind: Legal, From: today,
				Name: Name{Given: given[i%len(given)], Family: first[i/7%len(first)] + last[i/3%len(last)]},
			})
			a.employments = append(a.employments, Employment{
				ID: newID(), PersonID: id, WorksiteID: sites[i*7%len(sites)],
				JobClass: jobs[i%len(jobs)], FTE: 50 + i%6*10, Shift: Day, StartsOn: Date{2010 + i%15, 3, 1 + i%28}, Primary: true, OnLeave: i%40 == 3,
			})
			if i%9 == 0 && len(sites) > 1 {
				a.employments = append(a.employments, Employment{
					ID: newID(), PersonID: id, WorksiteID: sites[(i*7+1)%len(sites)],
					JobClass: jobs[i%len(jobs)], FTE: 20, StartsOn: Date{2020, 1, 1},
				})
			}
			if i%5 != 0 {
				a.contacts = append(a.contacts, Contact{
					ID: newID(), PersonID: id, Kind: "phone", Value: fmt.Sprintf("+1612%07d", 5550000+i),
					Personal: true, Status: []ContactStatus{Unverified, WorksOK}[i%2],
				})
			}
			if len(ids) == 10_000 || i == n-1 {
				if err := add(ctx, tx, author{account: "test"}, a); err != nil {
					return err
				}
				if err := refresh(ctx, tx, today, ids); err != nil {
					return err
				}
				a, ids = additions{}, nil
			}
		}
		return changed(ctx, tx)
	})
}

// HotQuery is one of the texts that pages ask often.
type HotQuery struct {
	Name, Text string
	Args       []any
}

// HotQueries returns them, for readers of the whole unit, of a worksite and of a turf.
func HotQueries(unit, site, turf auth.Reach, siteID string) []HotQuery {
	var all []HotQuery
	at := &cursor{Key: "hart ada", ID: siteID}
	list := func(name string, f Filter, r auth.Reach, part int, c *cursor) {
		text, args := newPeopleQuery(f, r, r).text(part, c, false, 51)
		all = append(all, HotQuery{name, text, args})
	}
	list("list", Filter{}, unit, 0, nil)
	list("next page", Filter{}, unit, 0, at)
	list("worksite", Filter{Site: siteID}, unit, 0, at)
	list("region", Filter{Region: "East"}, unit, 0, at)
	list("occupation", Filter{Job: "MD"}, unit, 0, at)
	list("in the unit", Filter{Unit: "in"}, unit, 0, at)
	list("worksite and occupation", Filter{Site: siteID, Job: "MD"}, unit, 0, at)
	list("family name", Filter{Search: "al"}, unit, 0, nil)
	list("any name", Filter{Search: "al"}, unit, 1, nil)
	list("two words", Filter{Search: "ada al"}, unit, 0, nil)
	list("word at a worksite", Filter{Search: "al", Site: siteID}, unit, 0, nil)
	list("one worksite's reader", Filter{}, site, 0, at)
	list("captain", Filter{}, turf, 0, nil)
	list("captain searches", Filter{Search: "al"}, turf, 1, nil)
	var args db.Args
	all = append(all, HotQuery{"count of a worksite", `SELECT COUNT(*)` + newPeopleQuery(Filter{Site: siteID}, unit, unit).from(&args, whole), args},
		HotQuery{"saved views", sqlViews, []any{"a"}}, HotQuery{"history", sqlChanges, []any{"p"}},
		HotQuery{"names", sqlAddedNames, []any{"p"}}, HotQuery{"jobs", sqlAddedJobs, []any{"p"}},
		HotQuery{"contacts", sqlAddedContacts, []any{"p"}}, HotQuery{"contacts of a day", sqlContactsAsOf, []any{"p", 1, 2}})
	return all
}
