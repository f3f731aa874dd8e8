// SPDX-License-Identifier: Apache-2.0

package organize

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/roster"
	"github.com/tenday/tenday/internal/web"
)

// RegisterTurf puts the map on s from which turf is cut; the lists it leads to are those of the coverage pages.
func RegisterTurf(s *web.Server, st *Store) error {
	h := turfPages{st}
	return s.Add(nil, web.Route{Pattern: "GET /coverage/map", Access: auth.Need(auth.TurfManage), Handler: h.turfMap})
}

type turfPages struct{ *Store }

type turfMapView struct {
	Map   any        `json:"-"`
	Sites []turfSite `json:"sites"`
	None  int        `json:"no_contact"`
}

// turfSite is a worksite with the people there whom nobody keeps contact with.
type turfSite struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	N    int    `json:"n"`
	None int    `json:"no_contact"`
}

// turfMap serves GET /coverage/map.
func (h turfPages) turfMap(w http.ResponseWriter, r *http.Request) error {
	ctx, tr := r.Context(), web.Text(r)
	reach, err := auth.Allowed(ctx, auth.TurfManage)
	if err != nil {
		return err
	}
	var v turfMapView
	_, err = db.InRead(ctx, h.d, func(tx *db.Tx) (struct{}, error) {
		rules, err := RulesOf(ctx, tx)
		if err != nil {
			return struct{}{}, err
		}
		c, err := h.coverage(ctx, tx, reach, &rules)
		if err != nil {
			return struct{}{}, err
		}
		_, at, err := places(ctx, tx)
		if err != nil {
			return struct{}{}, err
		}
		var spots []roster.Spot
		for _, sh := range c.Shifts {
			p := at[sh.Site]
			if p == nil {
				continue
			}
			if last := len(v.Sites) - 1; last < 0 || v.Sites[last].ID != sh.Site {
				v.Sites = append(v.Sites, turfSite{ID: sh.Site, Name: p.Name})
			}
			one := &v.Sites[len(v.Sites)-1]
			one.N, one.None, v.None = one.N+sh.N, one.None+sh.NoOne, v.None+sh.NoOne
		}
		for _, one := range v.Sites {
			p := at[one.ID]
			class := "open"
			if one.None > 0 {
				class = "closing" // the amber of what asks for work
			}
			spots = append(spots, roster.Spot{
				ID: one.ID, Town: p.Name, Lat: p.Lat, Lng: p.Lng, N: one.None, Class: class,
				Label: tr.T("organize.turf.site", "Name", one.Name, "None", one.None, "N", one.N),
			})
		}
		slices.SortStableFunc(v.Sites, func(a, b turfSite) int { return cmp.Compare(b.None, a.None) })
		v.Map = roster.Map(tr.T("organize.turf.title"), spots)
		return struct{}{}, nil
	})
	if err != nil {
		return err
	}
	return web.Page(w, r, web.View{Page: "coverage-map", Title: "organize.turf.title", Body: v})
}
