// SPDX-License-Identifier: Apache-2.0

package job

import (
	"context"
	"embed"
	"net/http"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/web"
)

// Text holds the words of the operator's page.
//
//go:embed text/*.json
var Text embed.FS

//go:embed templates/*.html
var templates embed.FS

// operate is the ability of those who keep the machine running. They see kinds, times and errors, and no person.
const operate = "system.operate"

type handler struct{ db *db.DB }

// Register adds the operator's page of jobs to s.
func Register(s *web.Server, d *db.DB) error {
	h := handler{d}
	s.Show(web.Item{Href: "/jobs", Key: "job.nav", Icon: "clock", Access: web.Need(operate)})
	return s.Add(templates,
		web.Route{Pattern: "GET /jobs", Access: web.Need(operate), Handler: h.list},
		web.Route{Pattern: "POST /jobs/{id}/again", Access: web.Need(operate), Handler: h.again})
}

type jobsView struct {
	Dead    []Row `json:"dead"`
	Running []Row `json:"running"`
	Waiting []Row `json:"waiting"`
}

// list serves GET /jobs.
func (h handler) list(w http.ResponseWriter, r *http.Request) error {
	rows, err := db.InRead(r.Context(), h.db, func(tx *db.Tx) ([]Row, error) { return Unfinished(r.Context(), tx) })
	if err != nil {
		return err
	}
	v := jobsView{Dead: []Row{}, Running: []Row{}, Waiting: []Row{}}
	for _, row := range rows {
		switch row.State {
		case Dead:
			v.Dead = append(v.Dead, row)
		case Running:
			v.Running = append(v.Running, row)
		default:
			v.Waiting = append(v.Waiting, row)
		}
	}
	return web.Page(w, r, web.View{Page: "jobs", Title: "job.title", Body: v})
}

// again serves POST /jobs/{id}/again.
func (h handler) again(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	err := db.Do(r.Context(), h.db, func(tx *db.Tx) error { return again(r.Context(), tx, id) })
	if err != nil {
		return err
	}
	web.Say(w, r, web.Flash{Key: "job.sent_again"})
	return web.Done(w, r, "/jobs", nil)
}

func again(ctx context.Context, tx *db.Tx, id string) error {
	ok, err := Revive(ctx, tx, id)
	if err != nil {
		return err
	}
	if !ok {
		return fault.New(fault.Missing, "job.not_dead")
	}
	_, err = audit.Append(ctx, tx, audit.Entry{Verb: "job.again", Object: "job:" + id})
	return err
}
