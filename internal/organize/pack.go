// SPDX-License-Identifier: Apache-2.0

package organize

import (
	"net/http"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/web"
)

// packView is the captain's print pack: her people with boxes to tick, for the day when no phone works. Each line's code leads back
// to the page where what is written on it is entered.
type packView struct {
	People []packRow
	No     string // of this pack: its first digits stand on every sheet
	Made   time.Time
	Maker  string
	Marks  []mark
	Tests  []ChartTest // open ones: a box each
	List   int
}

type packRow struct {
	Mine
	Name string
	Mark mark
	QR   *web.Square
}

// RegisterPack puts the captain's print pack on s.
func RegisterPack(s *web.Server, st *Store) error {
	h := packPages{st}
	return s.Add(nil, web.Route{Pattern: "GET /my/pack", Access: auth.Need(AssessWrite), Handler: h.pack})
}

type packPages struct{ *Store }

// pack serves GET /my/pack.
func (h packPages) pack(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	people, err := h.Mine(ctx)
	if err != nil {
		return err
	}
	v := packView{No: newID()[24:], Made: web.Now(r), Maker: web.Caller(r).Name}
	_, err = db.InRead(ctx, h.d, func(tx *db.Tx) (struct{}, error) {
		sc, err := scaleOf(ctx, tx)
		if err != nil {
			return struct{}{}, err
		}
		v.Marks = sc.marks(web.Text(r))
		open, err := tests(ctx, tx, reachOf(ctx, AssessWrite), TestOpen)
		for _, t := range open {
			v.Tests = append(v.Tests, ChartTest{ID: t.ID, Name: t.Name, Open: true})
		}
		if err == nil {
			v.List, err = listVersion(ctx, tx)
		}
		return struct{}{}, err
	})
	if err != nil {
		return err
	}
	ids := make([]string, len(people))
	for i, p := range people {
		ids[i] = p.ID
		qr, err := web.QR(h.BaseURL + "/my/" + p.ID)
		if err != nil {
			return err
		}
		v.People = append(v.People, packRow{Mine: p, Name: p.Given + " " + p.Family, Mark: v.Marks[max(0, 2*p.Value-1)], QR: qr})
	}
	if err := h.log.Read(ctx, audit.Entry{Verb: "pack.print", Detail: "no=" + v.No, Subjects: ids, Count: len(ids)}); err != nil {
		return err
	}
	return web.Page(w, r, web.View{Page: "pack", Title: "organize.pack.title", Body: v})
}
