// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/web"
)

// turf is a named set of people that a captain keeps contact with.
type turf struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	N    int    `json:"n"`
}

// turfs returns those that lie within reach whole, by name. An empty one lies nowhere: it is its maker's and the unit's.
func turfs(ctx context.Context, tx *db.Tx, reach Reach) ([]turf, error) {
	var args db.Args
	filled := "1 = 1"
	if !reach.All {
		filled = `(s.made_by = ` + args.Add(audit.By(ctx).Account) + ` OR EXISTS (SELECT 1 FROM people_set_member e WHERE e.set_id = s.id))`
	}
	query := `SELECT s.id, s.name, (SELECT COUNT(*) FROM people_set_member c WHERE c.set_id = s.id) FROM people_set s
		WHERE ` + filled + ` AND NOT EXISTS (SELECT 1 FROM people_set_member m WHERE m.set_id = s.id AND NOT (` + reach.Where("m.person_id", &args) + `))
		ORDER BY s.name, s.id LIMIT 5000`
	all, err := db.All(ctx, tx, func(r *sql.Rows) (t turf, err error) { return t, r.Scan(&t.ID, &t.Name, &t.N) }, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read turfs: %w", err)
	}
	return all, nil
}

// turfIn returns the turf if all of it is within reach. Errors: Missing.
func turfIn(ctx context.Context, tx *db.Tx, reach Reach, id string) (turf, error) {
	all, err := turfs(ctx, tx, reach)
	if err != nil {
		return turf{}, err
	}
	i := slices.IndexFunc(all, func(t turf) bool { return t.ID == id })
	if i < 0 {
		return turf{}, fault.New(fault.Missing, "auth.no_turf")
	}
	return all[i], nil
}

type turfsView struct {
	Turfs []turf   `json:"turfs"`
	Sites []option `json:"-"`
	Form  web.Form `json:"-"`
}

// turfs serves GET /turfs.
func (h handler) turfs(w http.ResponseWriter, r *http.Request) error {
	return h.turfsForm(w, r, web.Form{}, http.StatusOK)
}

func (h handler) turfsForm(w http.ResponseWriter, r *http.Request, f web.Form, status int) error {
	ctx := r.Context()
	reach, err := Allowed(ctx, TurfManage)
	if err != nil {
		return err
	}
	v := turfsView{Form: f}
	_, err = db.InRead(ctx, h.d, func(tx *db.Tx) (struct{}, error) {
		var err error
		if v.Turfs, err = turfs(ctx, tx, reach); err != nil {
			return struct{}{}, err
		}
		v.Sites, err = h.siteOptions(ctx, tx, f.Value("site"))
		return struct{}{}, err
	})
	if err != nil {
		return err
	}
	return web.Page(w, r, web.View{Page: "turfs", Title: "auth.turfs.title", Status: status, Body: v})
}

func (h handler) siteOptions(ctx context.Context, tx *db.Tx, chosen string) ([]option, error) {
	places, err := h.People.Places(ctx, tx)
	var all []option
	for _, p := range places {
		all = append(all, option{Value: p.ID, Label: p.Name, Selected: p.ID == chosen})
	}
	return all, err
}

// turfMost is how many people of one worksite the form takes; a clinic has ten, a hospital hundreds.
const turfMost = 2000

// makeTurf serves POST /turfs: everybody of a worksite within reach; who is too many is taken out on the next page.
func (h handler) makeTurf(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	reach, err := Allowed(ctx, TurfManage)
	if err != nil {
		return err
	}
	name, err := turfName(r)
	var id string
	if err == nil {
		id, err = db.InTx(ctx, h.d, func(tx *db.Tx) (string, error) {
			site := r.PostFormValue("site")
			var ids []string
			if site != "" {
				people, _, err := h.People.Find(ctx, tx, reach, PeopleQuery{Site: site, Limit: turfMost})
				if err != nil {
					return "", err
				}
				for _, p := range people {
					ids = append(ids, p.ID)
				}
			}
			if len(ids) == 0 {
				return "", fault.Field("site", "auth.turf_nobody")
			}
			return AddSet(ctx, tx, name, ids)
		})
	}
	if f, ok := web.Refill(r, err); ok {
		return h.turfsForm(w, r, f, http.StatusUnprocessableEntity)
	} else if err != nil {
		return err
	}
	return web.Done(w, r, "/turfs/"+id, nil)
}

func turfName(r *http.Request) (string, error) {
	name := strings.TrimSpace(r.PostFormValue("name"))
	if name == "" || len(name) > longestLabel {
		return "", fault.Field("name", "auth.label_length", "Max", longestLabel)
	}
	return name, nil
}

type turfView struct {
	Turf   turf     `json:"turf"`
	People []Person `json:"people"`
	Others []Person `json:"others"` // of the worksite that was chosen
	Sites  []option `json:"-"`
}

// turf serves GET /turfs/{turf}; ?site= shows who else could be added.
func (h handler) turf(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	reach, err := Allowed(ctx, TurfManage)
	if err != nil {
		return err
	}
	var v turfView
	_, err = db.InRead(ctx, h.d, func(tx *db.Tx) (struct{}, error) {
		var err error
		if v.Turf, err = turfIn(ctx, tx, reach, r.PathValue("turf")); err != nil {
			return struct{}{}, err
		}
		if v.People, _, err = h.People.Find(ctx, tx, reach, PeopleQuery{Set: v.Turf.ID, Limit: turfMost}); err != nil {
			return struct{}{}, err
		}
		site := r.URL.Query().Get("site")
		if site != "" {
			if v.Others, _, err = h.People.Find(ctx, tx, reach, PeopleQuery{Site: site, Limit: turfMost}); err != nil {
				return struct{}{}, err
			}
			v.Others = slices.DeleteFunc(v.Others, func(p Person) bool {
				return slices.ContainsFunc(v.People, func(in Person) bool { return in.ID == p.ID })
			})
		}
		v.Sites, err = h.siteOptions(ctx, tx, site)
		return struct{}{}, err
	})
	if err != nil {
		return err
	}
	if err := h.seen(ctx, "turf.open", reach, slices.Concat(v.People, v.Others)); err != nil {
		return err
	}
	return web.Page(w, r, web.View{Page: "turf", Title: "auth.turfs.title", Body: v})
}

// saveTurf serves POST /turfs/{turf}: of the people the form showed, those ticked are in it.
func (h handler) saveTurf(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	reach, err := Allowed(ctx, TurfManage)
	if err != nil {
		return err
	}
	id := r.PathValue("turf")
	next := "/turfs/" + id
	err = db.Do(ctx, h.d, func(tx *db.Tx) error {
		if _, err := turfIn(ctx, tx, reach, id); err != nil {
			return err
		}
		name, err := turfName(r)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE people_set SET name = $1 WHERE id = $2`, name, id); err != nil {
			return fmt.Errorf("name turf: %w", err)
		}
		if err := h.fillTurf(ctx, tx, reach, id, r.PostForm["shown"], r.PostForm["in"]); err != nil {
			return err
		}
		_, err = turfIn(ctx, tx, reach, id)
		if fault.CodeOf(err) == fault.Missing { // she emptied somebody else's
			next = "/turfs"
			return nil
		}
		return err
	})
	if err != nil {
		return err
	}
	web.Say(w, r, web.Flash{Key: "auth.turf.saved"})
	return web.Done(w, r, next, nil)
}

func (h handler) fillTurf(ctx context.Context, tx *db.Tx, reach Reach, id string, shown, in []string) error {
	for _, p := range shown {
		if _, err := h.one(ctx, tx, reach, p); err != nil {
			return err
		}
		var err error
		if slices.Contains(in, p) {
			_, err = tx.Exec(ctx, `INSERT INTO people_set_member (set_id, person_id, added_at) VALUES ($1, $2, $3)
				ON CONFLICT (set_id, person_id) DO NOTHING`, id, p, tx.Now.UnixMilli())
		} else {
			_, err = tx.Exec(ctx, `DELETE FROM people_set_member WHERE set_id = $1 AND person_id = $2`, id, p)
		}
		if err != nil {
			return fmt.Errorf("change turf: %w", err)
		}
	}
	_, err := audit.Append(ctx, tx, audit.Entry{
		Verb: "turf.change", Object: "turf:" + id, Scope: reach.Label(), Subjects: shown,
		Count: len(shown),
	})
	return err
}
