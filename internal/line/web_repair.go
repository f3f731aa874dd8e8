// SPDX-License-Identifier: Apache-2.0

package line

import (
	"encoding/json"
	"net/http"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/web"
)

// entryAct serves POST /bookings/{booking}/{act}: absent, release, or role with role=, by the captain.
func (h handler) entryAct(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("booking")
	var err error
	switch r.PathValue("act") {
	case "absent":
		err = h.MarkAbsent(r.Context(), id)
	case "confirm":
		err = h.ConfirmFor(r.Context(), id)
	case "release":
		err = h.Release(r.Context(), id)
	case "role":
		err = ofHer(h.SetRole(r.Context(), id, Role(r.PostFormValue("role"))))
	default:
		return fault.New(fault.Missing, "web.missing")
	}
	if err != nil {
		return err
	}
	key := "line.said." + r.PathValue("act")
	if r.PathValue("act") == "confirm" {
		key = "line.said.confirm_for"
	}
	web.Say(w, r, web.Flash{Key: key})
	return web.Done(w, r, web.Local(r.PostFormValue("next")), nil)
}

type repairView struct {
	Name, When, Line, Back, ID string
	Answers                    []answerRow
}

type answerRow struct {
	Key   string // sealed: what to carry out
	N     int
	Helps string
	Rows  []placeRow
}

// repairs serves GET /bookings/{booking}/repair: who could come instead.
func (h handler) repairs(w http.ResponseWriter, r *http.Request) error {
	ctx, tr := r.Context(), web.Text(r)
	e, answers, err := h.Repairs(ctx, r.PathValue("booking"))
	if err != nil {
		return err
	}
	v := repairView{ID: e.ID}
	_, err = db.InRead(ctx, h.d, func(tx *db.Tx) (struct{}, error) {
		x, l, err := shiftOf(ctx, tx, e.Shift)
		if err != nil {
			return struct{}{}, err
		}
		names, err := namesOf(ctx, tx, []string{e.Person})
		v.Name, v.When, v.Line, v.Back = names[e.Person], span(tr, x), l.Name, "/lines/"+l.ID+"/day"
		return struct{}{}, err
	})
	if err != nil {
		return err
	}
	for _, a := range answers {
		b, err := json.Marshal(a.Places)
		if err != nil {
			return err
		}
		row := answerRow{Key: web.Seal(r, "line.repair."+e.ID, string(b)), N: len(a.Places)}
		if a.Helps != "" {
			row.Helps = tr.T("line.repair.helps." + a.Helps)
		}
		if row.Rows, err = h.placeRows(ctx, tr, a.Places); err != nil {
			return err
		}
		for i := range row.Rows {
			if row.Rows[i].Hidden {
				row.Rows[i].Name = tr.T("line.repair.hidden")
			}
		}
		v.Answers = append(v.Answers, row)
	}
	return web.Page(w, r, web.View{Page: "linerepair", Title: "line.repair.title", Body: v})
}

// repair serves POST /bookings/{booking}/repair: one tap.
func (h handler) repair(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("booking")
	var places []Place
	if err := json.Unmarshal([]byte(web.Unseal(r, "line.repair."+id, r.PostFormValue("answer"))), &places); err != nil {
		return fault.New(fault.Conflict, "line.moved_on")
	}
	if err := ofHer(h.Repair(r.Context(), id, places)); err != nil {
		return err
	}
	web.Say(w, r, web.Flash{Key: "line.said.repair", Args: map[string]any{"N": len(places)}})
	return web.Done(w, r, web.Local(r.PostFormValue("next")), nil)
}

type packView struct {
	Line  Line
	Rolls []rollRow
	Made  string
	Code  *web.Square
	Blank []int
}

// pack serves GET /lines/{line}/pack: what a captain takes along on paper.
func (h handler) pack(w http.ResponseWriter, r *http.Request) error {
	tr := web.Text(r)
	l, rolls, err := h.Rolls(r.Context(), r.PathValue("line"))
	if err != nil {
		return err
	}
	v := packView{Line: *l, Made: tr.Moment(web.Now(r)), Blank: make([]int, 6)}
	if v.Code, err = web.QR(h.BaseURL + "/lines/" + l.ID + "/day#paper"); err != nil {
		return err
	}
	for _, roll := range rolls {
		row := rollRow{Shift: roll.Shift, When: span(tr, &roll.Shift)}
		for _, p := range roll.People {
			if p.Entry.State != Waiting {
				row.People = append(row.People, personOf(tr, p))
				row.People[len(row.People)-1].Asked = roll.Calls && p.unanswered()
			}
		}
		v.Rolls = append(v.Rolls, row)
	}
	return web.Page(w, r, web.View{Page: "linepack", Title: "line.pack.title", Body: v})
}
